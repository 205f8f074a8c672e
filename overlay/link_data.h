/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The content of IFLA_INFO_DATA as a list, so that what is written and what is compared cannot differ. */
#pragma once

#include "base/ip.h"

#include <netlink/msg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_LINK_DATA = 10, MAX_LINK_DATUM = 4 };

/** struct link_data - attributes; filled with the functions below, starting at {.count = 0} */
struct link_data {
	size_t count;
	struct {
		int type;
		uint8_t length, bytes[MAX_LINK_DATUM];
	} data[MAX_LINK_DATA];
};

void link_data_u8(struct link_data *list, int type, uint8_t value);
void link_data_u32(struct link_data *list, int type, uint32_t value);
/** link_data_be16() - @value is in host byte order */
void link_data_be16(struct link_data *list, int type, uint16_t value);
/** link_data_ipv4() - 0.0.0.0 for an address that is not set */
void link_data_ipv4(struct link_data *list, int type, const struct ip *ip);

/** link_data_put() - write all of them. Return: 0, or -1 when @msg has no room */
int link_data_put(struct nl_msg *msg, const struct link_data *list);

/** link_data_same() - whether @nest (NULL: there is none) has each of them with the same value */
bool link_data_same(const struct link_data *list, struct nlattr *nest);
