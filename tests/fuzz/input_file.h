/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An input as a file, for what reads one by its path. */
#pragma once

#include "tests/fuzz/fuzz.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>

/* In memory, not on a disk, and nobody else's */
static char input_dir[] = "/dev/shm/cambric-fuzz-XXXXXX", input_path[sizeof input_dir + 8];

static inline void remove_input_file(void)
{
	demand(unlink(input_path) == 0 && rmdir(input_dir) == 0);
}

/** input_file() - a file with @size bytes of @data, which goes with the program. Return: its path */
static inline const char *input_file(const void *data, size_t size)
{
	struct error err = ERROR_INIT;

	if (!input_path[0]) {
		demand(mkdtemp(input_dir) != NULL);
		(void)snprintf(input_path, sizeof input_path, "%s/input", input_dir);
		(void)atexit(remove_input_file);
	}
	demand(file_write(AT_FDCWD, input_path, data, size, &err) == 0);
	return input_path;
}
