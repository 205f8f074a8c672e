/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names by hash, cut to what iptables, the kernel or a comment takes. */
#include "conf/leftover.h"

#include "base/sha512.h"

#include <stdio.h>

/** hash() - of two texts, with nothing in between but @separator */
static const char *hash(const char *first, const char *separator, const char *second, char hex[static SHA512_HEX_SIZE])
{
	char text[MAX_NETWORK_NAME + MAX_CONTAINER_ID + 2];
	int length = snprintf(text, sizeof text, "%s%s%s", first, separator, second);

	return sha512_hex(text, (size_t)length, hex);
}

const char *leftover_chain(const struct attachment_id *id, const char *infix, char chain[static LEFTOVER_CHAIN_SIZE])
{
	char hex[SHA512_HEX_SIZE];

	(void)snprintf(chain, LEFTOVER_CHAIN_SIZE, "CNI-%s%s", infix, hash(id->network, "", id->container, hex));
	return chain;
}

const char *leftover_ifb(const struct attachment_id *id, char ifname[static IFNAMSIZ])
{
	char hex[SHA512_HEX_SIZE];

	(void)snprintf(ifname, IFNAMSIZ, "bwp%s", hash(id->network, "", id->container, hex));
	return ifname;
}

const char *leftover_tag(const struct attachment_id *id, char tag[static LEFTOVER_TAG_SIZE])
{
	char network[SHA512_HEX_SIZE], container[SHA512_HEX_SIZE];

	(void)snprintf(tag, LEFTOVER_TAG_SIZE, "%.*s-%.*s", LEFTOVER_HASH_SIZE - 1, hash(id->network, "", "", network),
		       LEFTOVER_HASH_SIZE - 1, hash(id->ifname, ":", id->container, container));
	return tag;
}
