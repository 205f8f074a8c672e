/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in a plugin directory. Prints, as the command line does. */
#include "plugin/names.h"

#include "base/cleanup.h"
#include "plugin/table.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static const char PROGRAM[] = "cambric", KEPT[] = ".replaced-by-cambric", NEW[] = ".cambric.new";

/** struct place - a plugin directory, and the one in it for what was replaced; -1 when that is not there */
struct place {
	const char *path;
	int directory, kept;
};

#define PLACE_CLOSED                                                                                                   \
	{                                                                                                              \
		.directory = -1, .kept = -1                                                                            \
	}

static void place_close(struct place *place)
{
	if (place->kept >= 0)
		(void)close(place->kept);
	if (place->directory >= 0)
		(void)close(place->directory);
}

static int fail(const struct place *place, const char *name, const char *what, struct error *err)
{
	return error_set(err, ERROR_IO, errno, "%s %s/%s", what, place->path, name);
}

/** place_open() - @create: also where to keep things */
static int place_open(struct place *place, const char *path, bool create, struct error *err)
{
	place->path = path;
	place->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->directory < 0)
		return error_set(err, ERROR_IO, errno, "open %s", path);
	if (create && mkdirat(place->directory, KEPT, 0755) < 0 && errno != EEXIST)
		return fail(place, KEPT, "make", err);
	place->kept = openat(place->directory, KEPT, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return place->kept >= 0 || (errno == ENOENT && !create) ? 0 : fail(place, KEPT, "open", err);
}

static int rename_new(const struct place *place, const char *name, struct error *err)
{
	return renameat(place->directory, NEW, place->directory, name) == 0 ? 0 : fail(place, name, "replace", err);
}

/** remove_new() - what an interrupted run has left */
static int remove_new(const struct place *place, struct error *err)
{
	return unlinkat(place->directory, NEW, 0) == 0 || errno == ENOENT ? 0 : fail(place, NEW, "remove", err);
}

static int copy_all(const struct place *place, int from, int into, struct error *err)
{
	ssize_t copied;

	do
		copied = sendfile(into, from, NULL, INT32_MAX);
	while (copied > 0 || (copied < 0 && errno == EINTR));
	return copied == 0 && fsync(into) == 0 ? 0 : fail(place, PROGRAM, "write", err);
}

/** is_program() - whether @directory's own copy is the file that is running */
static bool is_program(const struct place *place, int running)
{
	struct stat here, self;

	return fstatat(place->directory, PROGRAM, &here, AT_SYMLINK_NOFOLLOW) == 0 && fstat(running, &self) == 0 &&
	       here.st_dev == self.st_dev && here.st_ino == self.st_ino;
}

static int install_program(const struct place *place, struct error *err)
{
	AUTO_CLOSE int running = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (running < 0)
		return error_set(err, ERROR_IO, errno, "open /proc/self/exe");
	if (is_program(place, running))
		return 0;
	if (remove_new(place, err) < 0)
		return -1;
	AUTO_CLOSE int copy = openat(place->directory, NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0755);
	if (copy < 0)
		return fail(place, NEW, "make", err);
	return copy_all(place, running, copy, err) < 0 ? -1 : rename_new(place, PROGRAM, err);
}

/** find_state() - what is under a name: *@there anything, *@ours a link to our program */
static int find_state(const struct place *place, const char *name, bool *there, bool *ours, struct error *err)
{
	char target[sizeof PROGRAM + 1];
	ssize_t length = readlinkat(place->directory, name, target, sizeof target);

	*there = length >= 0 || errno != ENOENT;
	*ours = length == (ssize_t)strlen(PROGRAM) && memcmp(target, PROGRAM, strlen(PROGRAM)) == 0;
	return length >= 0 || errno == EINVAL || errno == ENOENT ? 0 : fail(place, name, "look at", err);
}

/** keep() - a second name for what is there: the first one goes on working until it is replaced */
static int keep(const struct place *place, const char *name, struct error *err)
{
	if (linkat(place->directory, name, place->kept, name, 0) == 0)
		return 0;
	if (errno != EEXIST)
		return fail(place, name, "keep", err);
	/* kept once before, and somebody (a package, say) has put a newer one in our place since */
	if (unlinkat(place->kept, name, 0) < 0 || linkat(place->directory, name, place->kept, name, 0) < 0)
		return fail(place, name, "keep", err);
	return 0;
}

static int install_name(const struct place *place, const char *name, struct error *err)
{
	bool there, ours;

	if (find_state(place, name, &there, &ours, err) < 0)
		return -1;
	if (ours)
		return 0;
	if ((there && keep(place, name, err) < 0) || remove_new(place, err) < 0)
		return -1;
	if (symlinkat(PROGRAM, place->directory, NEW) < 0)
		return fail(place, NEW, "make", err);
	if (rename_new(place, name, err) < 0)
		return -1;
	(void)printf("%s%s\n", name, there ? ": the old one is kept" : "");
	return 0;
}

int names_install(const char *directory, struct error *err)
{
	CLEANUP(place_close) struct place place = PLACE_CLOSED;
	const char *name;

	if (place_open(&place, directory, true, err) < 0 || install_program(&place, err) < 0)
		return -1;
	for (size_t i = 0; (name = kind_name(i)); i++)
		if (strcmp(name, PROGRAM) != 0 && install_name(&place, name, err) < 0)
			return -1;
	return 0;
}

static int remove_name(const struct place *place, const char *name, struct error *err)
{
	bool there, ours;

	if (find_state(place, name, &there, &ours, err) < 0)
		return -1;
	if (!ours)
		return 0;
	if (place->kept >= 0 && renameat(place->kept, name, place->directory, name) == 0) {
		(void)printf("%s: the old one is back\n", name);
		return 0;
	}
	if (place->kept >= 0 && errno != ENOENT)
		return fail(place, name, "put back", err);
	if (unlinkat(place->directory, name, 0) < 0)
		return fail(place, name, "remove", err);
	(void)printf("%s: removed\n", name);
	return 0;
}

/** refuse_orphan() - another program would not know what to detach */
static int refuse_orphan(const struct attachment *record, void *argument, struct error *err)
{
	(void)argument;
	if (strcmp(record->id.kind, PROGRAM) == 0)
		return 0;
	return error_set(err, ERROR_STORE, EBUSY,
			 "container %.64s interface %s is attached by cambric's \"%s\": detach what is attached first",
			 record->id.container, record->id.ifname, record->id.kind);
}

static int check_orphans(const char *data_dir, struct error *err)
{
	CLEANUP(store_close) struct store *store = NULL;

	if (store_open(&store, data_dir, false, err) < 0 || store_enter(store, false, err) < 0)
		return -1;
	return record_walk(store, NULL, refuse_orphan, NULL, err);
}

int names_remove(const char *directory, const char *data_dir, struct error *err)
{
	CLEANUP(place_close) struct place place = PLACE_CLOSED;
	const char *name;

	if (check_orphans(data_dir, err) < 0 || place_open(&place, directory, false, err) < 0)
		return -1;
	for (size_t i = 0; (name = kind_name(i)); i++)
		if (strcmp(name, PROGRAM) != 0 && remove_name(&place, name, err) < 0)
			return -1;
	if (place.kept >= 0 && unlinkat(place.directory, KEPT, AT_REMOVEDIR) < 0 && errno != ENOTEMPTY)
		return fail(&place, KEPT, "remove", err);
	return 0;
}
