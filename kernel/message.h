/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests put together attribute by attribute: one that lacks a part means something else, so it is whole or NULL. */
#pragma once

#include "base/ip.h"

#include <netlink/msg.h>
#include <stdbool.h>
#include <stddef.h>

/** message_begin() - a request with its header, struct ifinfomsg and the like; NULL without memory */
struct nl_msg *message_begin(int type, int flags, const void *header, size_t length);

/** message_finish() - @msg, or NULL (and it is freed) when one of its parts found no room */
struct nl_msg *message_finish(struct nl_msg *msg, bool whole);

/** message_put_ip() - an attribute that is an address */
bool message_put_ip(struct nl_msg *msg, int attribute, const struct ip *ip);
