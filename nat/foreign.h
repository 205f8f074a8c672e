/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Firewalls of others that win over us: a drop in any base chain is final, an accept in ours is not. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"

/**
 * foreign_warn_forward() - warn when the iptables chain FORWARD drops what nobody accepts (Docker sets that)
 *
 * One question per family of the attachment, by name: no list is read. Rules in that chain that accept
 * our packets are not looked at. iptables-legacy is not seen. With "dockerUser" it is nat/admitted.c that knows more.
 */
void foreign_warn_forward(const struct attachment *want, struct kernel *kernel, struct error *err);

/** foreign_warn_iptables() - the same for one family, whatever the configuration says */
void foreign_warn_iptables(sa_family_t family, struct kernel *kernel, struct error *err);

/** foreign_warn_policies() - warn of every forward chain of any table whose policy is drop */
void foreign_warn_policies(struct kernel *kernel, struct error *err);
