/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file of bits, made from the records when it is not there. */
#pragma once

#include "store/inside.h"

enum { PAGE_BYTES_LIMIT = 16384 };

/**
 * struct page - what a page is called and how it is made
 * @name:  below bits/
 * @bytes: size of the file
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
/** page_peek() - open, O_RDONLY or O_RDWR, only if it is there and whole. @fd: -1 when it is not */
int page_peek(struct store *store, const struct page *page, int flags, int *fd, struct error *err);
/** page_drop() - forget it: the next page_open() makes it anew */
int page_drop(struct store *store, const struct page *page, struct error *err);

/** bits_any() - whether one of @count bits from @first on is set */
bool bits_any(const uint8_t *bits, size_t first, size_t count);
void bits_set(uint8_t *bits, size_t first, size_t count, bool value);

/** page_change() - set or clear bits in the file. @first counts from the start of the file */
int page_change(int fd, const struct page *page, size_t first, size_t count, bool value, struct error *err);
