/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes a tunnel device of its kind, attribute by attribute. */
#include "overlay/link_data.h"

#include <arpa/inet.h>
#include <netlink/attr.h>
#include <string.h>

static void append(struct link_data *list, int type, const void *bytes, uint8_t length)
{
	list->data[list->count].type = type;
	list->data[list->count].length = length;
	memcpy(list->data[list->count++].bytes, bytes, length);
}

void link_data_u8(struct link_data *list, int type, uint8_t value)
{
	append(list, type, &value, sizeof value);
}

void link_data_u32(struct link_data *list, int type, uint32_t value)
{
	append(list, type, &value, sizeof value);
}

void link_data_be16(struct link_data *list, int type, uint16_t value)
{
	const uint16_t ordered = htons(value);

	append(list, type, &ordered, sizeof ordered);
}

void link_data_ipv4(struct link_data *list, int type, const struct ip *ip)
{
	append(list, type, ip->bytes, IPV4_BITS / 8);
}

int link_data_put(struct nl_msg *msg, const struct link_data *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (nla_put(msg, list->data[i].type, list->data[i].length, list->data[i].bytes) < 0)
			return -1;
	return 0;
}

bool link_data_same(const struct link_data *list, struct nlattr *nest)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct nlattr *found = nest ? nla_find(nla_data(nest), nla_len(nest), list->data[i].type) : NULL;
		if (!found || nla_len(found) != list->data[i].length ||
		    memcmp(nla_data(found), list->data[i].bytes, list->data[i].length) != 0)
			return false;
	}
	return true;
}
