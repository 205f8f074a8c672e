/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file of bits. */
#include "store/page.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char DIRECTORY[] = "bits";
static const char ASIDE[] = "bits/new"; /* no page is called that: their names have a "-" */

static const char *page_path(const struct page *page, char path[static PATH_SIZE])
{
	(void)snprintf(path, PATH_SIZE, "%s/%s", DIRECTORY, page->name);
	return path;
}

bool bits_any(const uint8_t *bits, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++)
		if (bits[i / 8] & (1U << i % 8))
			return true;
	return false;
}

void bits_set(uint8_t *bits, size_t first, size_t count, bool value)
{
	for (size_t i = first; i < first + count; i++)
		if (value)
			bits[i / 8] |= (uint8_t)(1U << i % 8);
		else
			bits[i / 8] &= (uint8_t) ~(1U << i % 8);
}

int page_peek(struct store *store, const struct page *page, int flags, int *fd, struct error *err)
{
	char path[PATH_SIZE];
	struct error problem = ERROR_INIT;
	struct stat status;
	AUTO_CLOSE int opened = file_open(store->root, page_path(page, path), flags, &problem);

	*fd = -1;
	if (opened < 0 && problem.errnum == ENOENT)
		return 0;
	if (opened < 0) {
		error_merge(err, &problem);
		return -1;
	}
	if (fstat(opened, &status) < 0)
		return error_set(err, ERROR_STORE, errno, "stat %s", path);
	if ((size_t)status.st_size == page->bytes + SEAL_BYTES)
		*fd = take_fd(&opened);
	return 0;
}

/** seal_of() - every word counts, and its place; 0 bits have a seal that is not 0 */
static uint64_t seal_of(const uint8_t *bits, size_t size)
{
	uint64_t seal = UINT64_C(0x9e3779b97f4a7c15), word;

	for (size_t i = 0; i < size; i += sizeof word) {
		memcpy(&word, bits + i, sizeof word);
		seal = (seal ^ word) * UINT64_C(0xff51afd7ed558ccd);
		seal ^= seal >> 32;
	}
	return seal;
}

/** read_sealed() - all bits of an open page. @whole: whether the seal is that of these bits */
static int read_sealed(int fd, const struct page *page, uint8_t bits[static PAGE_BYTES_LIMIT + SEAL_BYTES], bool *whole,
		       struct error *err)
{
	uint64_t seal;

	if (file_read_at(fd, bits, page->bytes + SEAL_BYTES, 0, page->name, err) < 0)
		return -1;
	memcpy(&seal, bits + page->bytes, sizeof seal);
	*whole = seal == seal_of(bits, page->bytes);
	return 0;
}

/** struct filling - a page that is being made */
struct filling {
	const struct page *page;
	uint8_t bits[PAGE_BYTES_LIMIT + SEAL_BYTES];
};

static int fill_from_record(const struct attachment *record, void *argument, struct error *err)
{
	struct filling *filling = argument;

	(void)err;
	filling->page->fill(filling->bits, record, filling->page);
	return 0;
}

/**
 * page_make() - all of it is written, zeros too: no later write can find the file system full
 *
 * The directory comes after the walk: a walk that meets a corrupt record takes away what was there.
 */
static int page_make(struct store *store, const struct page *page, struct error *err)
{
	struct filling filling = {.page = page};
	char path[PATH_SIZE];

	if (record_walk(store, NULL, fill_from_record, &filling, err) < 0)
		return -1;
	AUTO_CLOSE int directory = dir_open(store->root, DIRECTORY, true, err);
	if (directory < 0)
		return -1;
	const uint64_t seal = seal_of(filling.bits, page->bytes);
	memcpy(filling.bits + page->bytes, &seal, sizeof seal);
	return file_replace(store->root, ASIDE, page_path(page, path), filling.bits, page->bytes + sizeof seal, err);
}

/** open_sealed() - a page that is there and whole. @fd: -1 when it is not; @bits: what it holds */
static int open_sealed(struct store *store, const struct page *page, int *fd,
		       uint8_t bits[static PAGE_BYTES_LIMIT + SEAL_BYTES], struct error *err)
{
	bool whole = false;
	AUTO_CLOSE int opened = -1;

	*fd = -1;
	if (page_peek(store, page, O_RDWR, &opened, err) < 0 ||
	    (opened >= 0 && read_sealed(opened, page, bits, &whole, err) < 0))
		return -1;
	if (whole)
		*fd = take_fd(&opened);
	return 0;
}

/** open_or_make() - as page_open(), with the bits */
static int open_or_make(struct store *store, const struct page *page,
			uint8_t bits[static PAGE_BYTES_LIMIT + SEAL_BYTES], struct error *err)
{
	int fd;

	if (store_need_section(store, page->name, err) < 0 || open_sealed(store, page, &fd, bits, err) < 0)
		return -1;
	if (fd >= 0)
		return fd;
	if (page_make(store, page, err) < 0 || open_sealed(store, page, &fd, bits, err) < 0)
		return -1;
	return fd >= 0 ? fd : error_set(err, ERROR_STORE, EIO, "bits/%s does not stay", page->name);
}

int page_open(struct store *store, const struct page *page, struct error *err)
{
	uint8_t bits[PAGE_BYTES_LIMIT + SEAL_BYTES];

	return open_or_make(store, page, bits, err);
}

int page_drop(struct store *store, const struct page *page, struct error *err)
{
	char path[PATH_SIZE];

	return file_remove(store->root, page_path(page, path), err);
}

/** change() - bits, then the seal: who is killed in between leaves a page that is made anew */
static int change(int fd, const struct page *page, uint8_t *bits, size_t first, size_t count, bool value,
		  struct error *err)
{
	size_t start = first / 8, length = (first + count - 1) / 8 - start + 1;

	bits_set(bits, first, count, value);
	const uint64_t seal = seal_of(bits, page->bytes);
	if (file_write_at(fd, bits + start, length, (off_t)start, page->name, err) < 0)
		return -1;
	return file_write_at(fd, &seal, sizeof seal, (off_t)page->bytes, page->name, err);
}

int page_set(struct store *store, const struct page *page, size_t first, size_t count, struct error *err)
{
	uint8_t bits[PAGE_BYTES_LIMIT + SEAL_BYTES];
	AUTO_CLOSE int fd = open_or_make(store, page, bits, err);

	return fd < 0 ? -1 : change(fd, page, bits, first, count, true, err);
}

int page_clear(struct store *store, const struct page *page, size_t first, size_t count, struct error *err)
{
	uint8_t bits[PAGE_BYTES_LIMIT + SEAL_BYTES];
	AUTO_CLOSE int fd = -1;

	if (open_sealed(store, page, &fd, bits, err) < 0)
		return -1;
	return fd < 0 ? page_drop(store, page, err) : change(fd, page, bits, first, count, false, err);
}
