/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attachments for tests, written down in a line or two. */
#pragma once

#include "conf/attachment.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

static inline struct ip ip_of(const char *text)
{
	struct ip ip = {.family = AF_UNSPEC};

	(void)ip_parse(text, &ip);
	return ip;
}

static inline void attachment_address_add(struct attachment *attachment, const char *ip, const char *subnet,
					  const char *gateway)
{
	struct address *address = &attachment->addresses[attachment->address_count++];

	*address = (struct address){.ip = ip_of(ip), .gateway = ip_of(gateway)};
	(void)prefix_parse(subnet, &address->subnet);
	address->next_hop = address->gateway;
}

static inline void attachment_port(struct attachment *attachment, uint8_t protocol, const char *host,
				   uint16_t host_port, uint16_t container_port, uint16_t count)
{
	attachment->ports[attachment->port_count++] = (struct port_mapping){.host_ip = ip_of(host),
									    .host_port = host_port,
									    .container_port = container_port,
									    .count = count,
									    .protocol = protocol};
}

/** attachment_make() - one with the IPv4 address 10.77.0.@host in 10.77.0.0/16; to be freed */
static inline struct attachment *attachment_make(const char *network, const char *container, unsigned host)
{
	struct attachment *attachment = malloc(sizeof *attachment);
	char text[IP_TEXT_SIZE];

	if (!attachment)
		exit(1);
	attachment_init(attachment);
	(void)snprintf(attachment->id.network, sizeof attachment->id.network, "%s", network);
	(void)snprintf(attachment->id.container, sizeof attachment->id.container, "%s", container);
	(void)snprintf(attachment->id.ifname, sizeof attachment->id.ifname, "eth0");
	(void)snprintf(attachment->id.kind, sizeof attachment->id.kind, "cambric");
	(void)snprintf(attachment->netns, sizeof attachment->netns, "/run/netns/%s", container);
	attachment_derive_names(attachment, 0);
	attachment->state = ATTACHMENT_READY;
	attachment->masquerade_ipv4 = attachment->masquerade_ipv6 = true;
	attachment->forward_guard = true;
	(void)snprintf(text, sizeof text, "10.77.0.%u", host);
	attachment_address_add(attachment, text, "10.77.0.0/16", "10.77.0.1");
	return attachment;
}

/** attachment_record() - as ADD does it: recorded before anything is made */
static inline bool attachment_record(const struct attachment *attachment, struct store *store, struct error *err)
{
	if (store_begin(store, err) < 0)
		return false;
	int status = record_create(store, attachment, err);
	store_end(store);
	return status == 0;
}
