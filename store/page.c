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
	if ((size_t)status.st_size == page->bytes)
		*fd = take_fd(&opened);
	return 0;
}

/** struct filling - a page that is being made */
struct filling {
	const struct page *page;
	uint8_t bits[PAGE_BYTES_LIMIT];
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
	return file_replace(store->root, ASIDE, page_path(page, path), filling.bits, page->bytes, err);
}

int page_open(struct store *store, const struct page *page, struct error *err)
{
	int fd;

	if (store_need_section(store, page->name, err) < 0 || page_peek(store, page, O_RDWR, &fd, err) < 0)
		return -1;
	if (fd >= 0)
		return fd;
	if (page_make(store, page, err) < 0 || page_peek(store, page, O_RDWR, &fd, err) < 0)
		return -1;
	return fd >= 0 ? fd : error_set(err, ERROR_STORE, EIO, "bits/%s does not stay", page->name);
}

int page_drop(struct store *store, const struct page *page, struct error *err)
{
	char path[PATH_SIZE];

	return file_remove(store->root, page_path(page, path), err);
}

int page_change(int fd, const struct page *page, size_t first, size_t count, bool value, struct error *err)
{
	uint8_t bytes[PAGE_BYTES_LIMIT];
	size_t start = first / 8, length = (first + count - 1) / 8 - start + 1;

	if (file_read_at(fd, bytes, length, (off_t)start, page->name, err) < 0)
		return -1;
	bits_set(bytes, first % 8, count, value);
	return file_write_at(fd, bytes, length, (off_t)start, page->name, err);
}
