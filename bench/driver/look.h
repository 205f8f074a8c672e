/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether anything of an attachment is there: seen from outside, by other programs than the one that made it. */
#pragma once

#include "bench/driver/chain.h"

/**
 * look_for() - end the bench unless all that the competitor makes is there
 *
 * The proof that look_for_nothing() would see it.
 */
void look_for(const struct chain *chain);

/** look_for_no_link() - end the bench when an end of the link is left; a matter of microseconds */
void look_for_no_link(const struct chain *chain);

/**
 * look_for_nothing() - end the bench when something is left of the attachment
 *
 * Link: by name, both ends. Rules: neither address, published port, container nor host interface is named by "nft list
 * ruleset" or iptables-save. Reservation: no file in the competitor's state is named after the address or the container.
 */
void look_for_nothing(const struct chain *chain);
