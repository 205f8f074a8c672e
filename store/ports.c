/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host ports in use, leased like addresses: per family and protocol, for any address or for one. */
#include "base/cleanup.h"
#include "base/file.h"
#include "store/bits.h"
#include "store/page.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const sa_family_t families[] = {AF_INET, AF_INET6};
enum { FAMILIES = sizeof families / sizeof families[0] };

/**
 * claims() - whether a mapping of an attachment takes host ports of a family
 *
 * Addresses of a delegated attachment come later than its ports, so it claims both families: what a
 * record holds must be the same all its life.
 */
static bool claims(const struct attachment *attachment, const struct port_mapping *mapping, sa_family_t family)
{
	return port_mapping_applies(mapping, family) &&
	       (attachment->delegated || attachment_has_family(attachment, family));
}

/** fill_shared() - "any" in the first half, "some address" in the second */
static void fill_shared(uint8_t *bits, const struct attachment *record, const struct page *page)
{
	for (size_t i = 0; i < record->port_count; i++) {
		const struct port_mapping *mapping = &record->ports[i];
		size_t half = port_mapping_is_any(mapping) ? 0 : PORT_PAGE_BITS;

		if (mapping->protocol == page->protocol && claims(record, mapping, page->family))
			bits_set(bits, half + mapping->host_port, mapping->count, true);
	}
}

static void fill_host(uint8_t *bits, const struct attachment *record, const struct page *page)
{
	for (size_t i = 0; i < record->port_count; i++) {
		const struct port_mapping *mapping = &record->ports[i];

		if (mapping->protocol == page->protocol && claims(record, mapping, page->family) &&
		    ip_equal(&mapping->host_ip, &page->host))
			bits_set(bits, mapping->host_port, mapping->count, true);
	}
}

/** shared_page() - what all claims of a family and protocol look at */
static struct page shared_page(const struct port_mapping *mapping, sa_family_t family)
{
	struct page page = {
		.bytes = 2 * PORT_PAGE_BITS / 8,
		.fill = fill_shared,
		.family = family,
		.protocol = mapping->protocol,
	};

	(void)snprintf(page.name, sizeof page.name, "ports-%s-%s", family == AF_INET ? "ipv4" : "ipv6",
		       protocol_name(mapping->protocol));
	return page;
}

/** host_page() - the claims for one host address */
static struct page host_page(const struct port_mapping *mapping, sa_family_t family)
{
	struct page page = shared_page(mapping, family);
	size_t used = strlen(page.name);
	char host[IP_TEXT_SIZE];

	page.bytes = PORT_PAGE_BITS / 8;
	page.fill = fill_host;
	page.host = mapping->host_ip;
	(void)snprintf(page.name + used, sizeof page.name - used, "-%s", ip_format(&page.host, host));
	return page;
}

/** is_claimed() - whether one of a mapping's ports is marked in a page; @offset: of the half to look at, in bits */
static int is_claimed(struct store *store, const struct page *page, const struct port_mapping *mapping, size_t offset,
		      bool *claimed, struct error *err)
{
	uint8_t bits[PORT_PAGE_BITS / 8];
	AUTO_CLOSE int fd = page_open(store, page, err);

	if (fd < 0 || file_read_at(fd, bits, sizeof bits, (off_t)(offset / 8), page->name, err) < 0)
		return -1;
	*claimed = *claimed || bits_any(bits, mapping->host_port, mapping->count);
	return 0;
}

/** struct claim - a mapping whose holder is looked for */
struct claim {
	const struct port_mapping *mapping;
	sa_family_t family;
};

/** conflict() - the first port that two mappings of one family both take, 0 if none */
static unsigned conflict(const struct port_mapping *a, const struct port_mapping *b)
{
	unsigned first = a->host_port > b->host_port ? a->host_port : b->host_port;

	if (a->protocol != b->protocol || first >= (unsigned)a->host_port + a->count ||
	    first >= (unsigned)b->host_port + b->count)
		return 0;
	if (!port_mapping_is_any(a) && !port_mapping_is_any(b) && !ip_equal(&a->host_ip, &b->host_ip))
		return 0;
	return first;
}

static int holds_port(const struct attachment *record, void *argument, struct error *err)
{
	const struct claim *claim = argument;

	for (size_t i = 0; i < record->port_count; i++) {
		const struct port_mapping *mapping = &record->ports[i];
		unsigned port = claims(record, mapping, claim->family) ? conflict(mapping, claim->mapping) : 0;

		if (port != 0)
			return error_set(err, ERROR_PORT_TAKEN, 0,
					 "host port %u/%s is published by container \"%.64s\" interface \"%s\" of "
					 "network \"%s\"",
					 port, protocol_name(mapping->protocol), record->id.container,
					 record->id.ifname, record->id.network);
	}
	return 0;
}

/** ask_records() - some bit is set: name the holder, or, when nobody holds it, forget the pages that said so */
static int ask_records(struct store *store, const struct port_mapping *mapping, sa_family_t family, struct error *err)
{
	struct claim claim = {.mapping = mapping, .family = family};
	const struct page shared = shared_page(mapping, family), host = host_page(mapping, family);

	if (record_walk(store, NULL, holds_port, &claim, err) < 0 || page_drop(store, &shared, err) < 0)
		return -1;
	return port_mapping_is_any(mapping) ? 0 : page_drop(store, &host, err);
}

static int check_claim(struct store *store, const struct port_mapping *mapping, sa_family_t family, struct error *err)
{
	const struct page shared = shared_page(mapping, family), host = host_page(mapping, family);
	bool any = port_mapping_is_any(mapping), claimed = false;

	if (is_claimed(store, &shared, mapping, 0, &claimed, err) < 0)
		return -1;
	if (any ? is_claimed(store, &shared, mapping, PORT_PAGE_BITS, &claimed, err) < 0
		: is_claimed(store, &host, mapping, 0, &claimed, err) < 0)
		return -1;
	return claimed ? ask_records(store, mapping, family, err) : 0;
}

/* That the mappings of one attachment exclude each other has been seen to: conf/port_mappings.h */
int ports_check(struct store *store, const struct attachment *attachment, struct error *err)
{
	for (size_t i = 0; i < attachment->port_count; i++)
		for (size_t j = 0; j < FAMILIES; j++)
			if (claims(attachment, &attachment->ports[i], families[j]) &&
			    check_claim(store, &attachment->ports[i], families[j], err) < 0)
				return -1;
	return 0;
}

/** page_change - what is done to a page: page_set(), page_clear(), forget() */
typedef int (*page_change)(struct store *store, const struct page *page, size_t first, size_t count, struct error *err);

/**
 * change_claim() - mark or unmark one mapping in one family
 *
 * "Some address" stays marked when a claim for one address goes: another address may have the same port.
 */
static int change_claim(struct store *store, const struct port_mapping *mapping, sa_family_t family, page_change change,
			struct error *err)
{
	const struct page shared = shared_page(mapping, family), host = host_page(mapping, family);

	if (port_mapping_is_any(mapping))
		return change(store, &shared, mapping->host_port, mapping->count, err);
	if (change == page_set &&
	    page_set(store, &shared, PORT_PAGE_BITS + mapping->host_port, mapping->count, err) < 0)
		return -1;
	return change(store, &host, mapping->host_port, mapping->count, err);
}

static int change_all(struct store *store, const struct attachment *attachment, page_change change, struct error *err)
{
	for (size_t i = 0; i < attachment->port_count; i++)
		for (size_t j = 0; j < FAMILIES; j++)
			if (claims(attachment, &attachment->ports[i], families[j]) &&
			    change_claim(store, &attachment->ports[i], families[j], change, err) < 0)
				return -1;
	return 0;
}

int ports_take(struct store *store, const struct attachment *attachment, struct error *err)
{
	return change_all(store, attachment, page_set, err);
}

int ports_release(struct store *store, const struct attachment *attachment, struct error *err)
{
	return change_all(store, attachment, page_clear, err);
}

/** forget() - as a change */
static int forget(struct store *store, const struct page *page, size_t first, size_t count, struct error *err)
{
	(void)first;
	(void)count;
	return page_drop(store, page, err);
}

int ports_forget(struct store *store, const struct attachment *attachment, struct error *err)
{
	return change_all(store, attachment, forget, err);
}

static int verify_claim(struct store *store, const struct port_mapping *mapping, sa_family_t family, struct error *err)
{
	const struct page page =
		port_mapping_is_any(mapping) ? shared_page(mapping, family) : host_page(mapping, family);
	uint8_t bits[PORT_PAGE_BITS / 8];
	AUTO_CLOSE int fd = -1;

	if (page_peek(store, &page, O_RDONLY, &fd, err) < 0)
		return -1;
	if (fd < 0)
		return 0;
	if (file_read_at(fd, bits, sizeof bits, 0, page.name, err) < 0)
		return -1;
	for (unsigned port = mapping->host_port; port < (unsigned)mapping->host_port + mapping->count; port++)
		if (!bits_any(bits, port, 1))
			return error_set(err, ERROR_DRIFT, 0, "host port %u/%s is not marked as taken in bits/%s", port,
					 protocol_name(mapping->protocol), page.name);
	return 0;
}

int ports_verify(struct store *store, const struct attachment *attachment, struct error *err)
{
	for (size_t i = 0; i < attachment->port_count; i++)
		for (size_t j = 0; j < FAMILIES; j++)
			if (claims(attachment, &attachment->ports[i], families[j]) &&
			    verify_claim(store, &attachment->ports[i], families[j], err) < 0)
				return -1;
	return 0;
}
