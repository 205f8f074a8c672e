/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file of bits, made from the records when it is not there.
 *
 * Behind the bits stands a seal, a hash of them: a page that anything else wrote to, or that a write was cut off in,
 * is made anew before anything is given out of it.
 */
#pragma once

#include "store/inside.h"

enum { PAGE_BYTES_LIMIT = 16384, SEAL_BYTES = sizeof(uint64_t) };

/**
 * struct page - what a page is called and how it is made
 * @name:  below bits/
 * @bytes: size of the file without its seal
 * @fill:  marks in @bits what @record holds of this page
 */
struct page {
	char name[FILE_NAME_SIZE];
	size_t bytes;
	void (*fill)(uint8_t *bits, const struct attachment *record, const struct page *page);
	const char *registry;
	struct prefix block;
	sa_family_t family;
	uint8_t protocol;
	struct ip host;
};

/** page_open() - open for reading and writing, made from the records if need be; inside a section */
int page_open(struct store *store, const struct page *page, struct error *err);
/**
 * page_peek() - open, O_RDONLY or O_RDWR, only if it is there and has its size. @fd: -1 when it has not
 *
 * Needs no section, and does not look at the seal: that is for who gives something out.
 */
int page_peek(struct store *store, const struct page *page, int flags, int *fd, struct error *err);
/** page_drop() - forget it: the next page_open() makes it anew */
int page_drop(struct store *store, const struct page *page, struct error *err);

/** bits_any() - whether one of @count bits from @first on is set */
bool bits_any(const uint8_t *bits, size_t first, size_t count);
void bits_set(uint8_t *bits, size_t first, size_t count, bool value);

/** page_set() - set bits in the file, which is made if need be. @first counts from the start of the file */
int page_set(struct store *store, const struct page *page, size_t first, size_t count, struct error *err);
/** page_clear() - clear them if there is a file; one whose seal is broken is dropped instead */
int page_clear(struct store *store, const struct page *page, size_t first, size_t count, struct error *err);
