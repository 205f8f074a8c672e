/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generic netlink: families that are found by name, and the header that their requests have. */
#pragma once

#include "base/error.h"
#include "kernel/rtnl.h"

#include <netlink/msg.h>
#include <stdint.h>

/**
 * generic_family() - the number that a family has until the next boot; the kernel loads the module that has it
 * @generic: of rtnl_open_generic()
 *
 * ERROR_KERNEL with errnum ENOENT: there is none of that name.
 */
int generic_family(struct rtnl *generic, const char *name, uint16_t *family, struct error *err);

/** generic_begin() - a request with its header, room for @size bytes in all; NULL without memory */
struct nl_msg *generic_begin(uint16_t family, int flags, uint8_t command, uint8_t version, size_t size);

/** generic_attributes() - those of an answer into @attributes (@last + 1 of them). Return: 0, -1 when it is not well formed */
int generic_attributes(struct nlmsghdr *answer, struct nlattr *attributes[], int last, const struct nla_policy *policy);
