/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses in use. */
#include "store/bits.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "store/page.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { CURSOR_LIMIT = 64 };

static const char HOST_REGISTRY[] = "host";

const char *registry_name(const struct attachment *attachment)
{
	if (attachment->mode == MODE_BRIDGE)
		return attachment->bridge.segment;
	/* where nobody here knows what the addresses are next to, those of a network are */
	return attachment->mode & (MODE_ROUTED | MODE_TAP) ? HOST_REGISTRY : attachment->id.network;
}

/** block_of() - the 32768 addresses that are one page with @ip */
static struct prefix block_of(const struct ip *ip)
{
	struct prefix block = {.ip = *ip, .length = (uint8_t)(ip_bits(ip->family) - ADDRESS_PAGE_SHIFT)};

	return prefix_network(&block);
}

static size_t bit_of(const struct prefix *block, const struct ip *ip)
{
	return (size_t)ip_distance(&block->ip, ip);
}

static void fill_addresses(uint8_t *bits, const struct attachment *record, const struct page *page)
{
	if (!attachment_holds_addresses(record) || strcmp(registry_name(record), page->registry) != 0)
		return;
	for (size_t i = 0; i < record->address_count; i++)
		if (ip_in_prefix(&record->addresses[i].ip, &page->block))
			bits_set(bits, bit_of(&page->block, &record->addresses[i].ip), 1, true);
}

static struct page address_page(const char *registry, const struct ip *ip)
{
	struct page page = {
		.bytes = ADDRESS_PAGE_BITS / 8,
		.fill = fill_addresses,
		.registry = registry,
		.block = block_of(ip),
	};
	const char *const words[] = {registry};
	char block[IP_TEXT_SIZE], name[FILE_NAME_SIZE];

	(void)snprintf(page.name, sizeof page.name, "%.180s-%s_%u", file_name_join(words, 1, name),
		       ip_format(&page.block.ip, block), page.block.length);
	return page;
}

int address_is_taken(struct store *store, const char *registry, const struct ip *ip, bool *taken, struct error *err)
{
	if (store->root < 0) {
		*taken = false;
		return 0;
	}
	const struct page page = address_page(registry, ip);
	size_t bit = bit_of(&page.block, ip);
	AUTO_CLOSE int fd = page_open(store, &page, err);
	uint8_t byte;

	if (fd < 0 || file_read_at(fd, &byte, 1, (off_t)(bit / 8), page.name, err) < 0)
		return -1;
	*taken = bits_any(&byte, bit % 8, 1);
	return 0;
}

/** first_zero() - the first clear bit from @first to @last; ADDRESS_PAGE_BITS when there is none */
static size_t first_zero(const uint8_t *bits, size_t first, size_t last)
{
	for (size_t i = first; i <= last; i++) {
		if (i % 8 == 0 && bits[i / 8] == UINT8_MAX) {
			i += 7;
			continue;
		}
		if (!bits_any(bits, i, 1))
			return i;
	}
	return ADDRESS_PAGE_BITS;
}

/** find_in_page() - the lowest free address from @first to @last or the end of @first's page */
static int find_in_page(struct store *store, const char *registry, const struct ip *first, const struct ip *last,
			struct ip *found, struct error *err)
{
	const struct page page = address_page(registry, first);
	struct ip end = prefix_last(&page.block);
	uint8_t bits[ADDRESS_PAGE_BITS / 8];
	AUTO_CLOSE int fd = page_open(store, &page, err);

	if (ip_compare(last, &end) < 0)
		end = *last;
	if (fd < 0 || file_read_at(fd, bits, sizeof bits, 0, page.name, err) < 0)
		return -1;
	size_t bit = first_zero(bits, bit_of(&page.block, first), bit_of(&page.block, &end));
	if (bit < ADDRESS_PAGE_BITS)
		*found = ip_add(&page.block.ip, bit);
	return 0;
}

int address_find_free(struct store *store, const char *registry, const struct ip *first, const struct ip *last,
		      struct ip *found, struct error *err)
{
	struct ip from = *first;

	*found = (struct ip){0};
	if (store->root < 0) {
		*found = *first;
		return 0;
	}
	while (ip_compare(&from, last) <= 0) {
		if (find_in_page(store, registry, &from, last, found, err) < 0)
			return -1;
		if (ip_is_set(found))
			return 0;
		const struct prefix block = block_of(&from);
		const struct ip end = prefix_last(&block);
		from = ip_add(&end, 1);
		if (ip_compare(&from, &end) < 0) /* past the end of the family */
			return 0;
	}
	return 0;
}

/** struct holder_search - who holds this address in this registry? */
struct holder_search {
	const char *registry;
	const struct ip *ip;
};

static int holds_address(const struct attachment *record, void *argument, struct error *err)
{
	const struct holder_search *search = argument;
	const struct ip *ip = search->ip;

	if (!attachment_holds_addresses(record) || strcmp(registry_name(record), search->registry) != 0)
		return 0;
	for (size_t i = 0; i < record->address_count; i++)
		if (ip_equal(&record->addresses[i].ip, ip)) {
			char text[IP_TEXT_SIZE];

			return error_set(err, ERROR_ADDRESS_TAKEN, 0,
					 "address %s belongs to container \"%.64s\" interface \"%s\" of network \"%s\"",
					 ip_format(ip, text), record->id.container, record->id.ifname,
					 record->id.network);
		}
	return 0;
}

/** check_address() - a bit without a record is nobody's: the page is made anew */
static int check_address(struct store *store, const char *registry, const struct ip *ip, struct error *err)
{
	struct holder_search search = {.registry = registry, .ip = ip};
	bool taken;

	if (address_is_taken(store, registry, ip, &taken, err) < 0)
		return -1;
	if (!taken)
		return 0;
	if (record_walk(store, NULL, holds_address, &search, err) < 0)
		return -1;
	const struct page page = address_page(registry, ip);
	return page_drop(store, &page, err);
}

int addresses_check(struct store *store, const struct attachment *attachment, struct error *err)
{
	for (size_t i = 0; attachment_holds_addresses(attachment) && i < attachment->address_count; i++)
		if (check_address(store, registry_name(attachment), &attachment->addresses[i].ip, err) < 0)
			return -1;
	return 0;
}

int addresses_take(struct store *store, const struct attachment *attachment, struct error *err)
{
	for (size_t i = 0; attachment_holds_addresses(attachment) && i < attachment->address_count; i++) {
		const struct ip *ip = &attachment->addresses[i].ip;
		const struct page page = address_page(registry_name(attachment), ip);

		if (page_set(store, &page, bit_of(&page.block, ip), 1, err) < 0)
			return -1;
	}
	return 0;
}

int addresses_release(struct store *store, const struct attachment *attachment, struct error *err)
{
	for (size_t i = 0; attachment_holds_addresses(attachment) && i < attachment->address_count; i++) {
		const struct ip *ip = &attachment->addresses[i].ip;
		const struct page page = address_page(registry_name(attachment), ip);

		if (page_clear(store, &page, bit_of(&page.block, ip), 1, err) < 0)
			return -1;
	}
	return 0;
}

int addresses_forget(struct store *store, const struct attachment *attachment, struct error *err)
{
	for (size_t i = 0; attachment_holds_addresses(attachment) && i < attachment->address_count; i++) {
		const struct page page = address_page(registry_name(attachment), &attachment->addresses[i].ip);

		if (page_drop(store, &page, err) < 0)
			return -1;
	}
	return 0;
}

static int verify_address(struct store *store, const char *registry, const struct ip *ip, struct error *err)
{
	const struct page page = address_page(registry, ip);
	size_t bit = bit_of(&page.block, ip);
	AUTO_CLOSE int fd = -1;
	char text[IP_TEXT_SIZE];
	uint8_t byte;

	if (page_peek(store, &page, O_RDONLY, &fd, err) < 0)
		return -1;
	if (fd < 0)
		return 0;
	if (file_read_at(fd, &byte, 1, (off_t)(bit / 8), page.name, err) < 0)
		return -1;
	if (bits_any(&byte, bit % 8, 1))
		return 0;
	return error_set(err, ERROR_DRIFT, 0, "address %s is not marked as taken in bits/%s", ip_format(ip, text),
			 page.name);
}

int bits_verify(struct store *store, const struct attachment *attachment, struct error *err)
{
	if (store->root < 0)
		return 0;
	for (size_t i = 0; attachment_holds_addresses(attachment) && i < attachment->address_count; i++)
		if (verify_address(store, registry_name(attachment), &attachment->addresses[i].ip, err) < 0)
			return -1;
	return publics_verify(store, attachment, err) < 0 ? -1 : ports_verify(store, attachment, err);
}

static const char *cursor_path(uint64_t set, char path[static PATH_SIZE])
{
	(void)snprintf(path, PATH_SIZE, "bits/cursor-%016llx", (unsigned long long)set);
	return path;
}

void cursor_load(struct store *store, uint64_t set, struct ip *cursor)
{
	struct error ignored = ERROR_INIT;
	char path[PATH_SIZE];
	AUTO_FREE char *text = NULL;

	*cursor = (struct ip){0};
	if (store->root >= 0 &&
	    file_read(store->root, cursor_path(set, path), CURSOR_LIMIT, &text, NULL, &ignored) == 0) {
		text[strcspn(text, "\n")] = '\0';
		(void)ip_parse(text, cursor);
	}
}

void cursor_save(struct store *store, uint64_t set, const struct ip *cursor)
{
	struct error ignored = ERROR_INIT;
	char path[PATH_SIZE], text[CURSOR_LIMIT], address[IP_TEXT_SIZE];
	AUTO_CLOSE int fd = file_open(store->root, cursor_path(set, path), O_WRONLY | O_CREAT, &ignored);

	/* Always the same length, in place: ext4 flushes a file that is truncated and written anew (1 ms) */
	memset(text, '\n', sizeof text);
	size_t length = strlen(ip_format(cursor, address));
	memcpy(text, address, length);
	if (fd >= 0)
		(void)file_write_at(fd, text, sizeof text, 0, path, &ignored);
}
