/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every fuzz program demands of a parser beside not to crash: a verdict and an error that agree. */
#pragma once

#include "base/error.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/** LLVMFuzzerTestOneInput() - called by libFuzzer for each input; 0: the input may join the corpus */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** demand() - libFuzzer takes an abort for a finding and keeps the input */
static inline void demand(bool condition)
{
	if (!condition)
		abort();
}

/** demand_verdict() - 0 without an error or -1 with a code and a message */
static inline void demand_verdict(int status, const struct error *err)
{
	demand(memchr(err->msg, '\0', sizeof err->msg) && memchr(err->details, '\0', sizeof err->details) &&
	       memchr(err->warning, '\0', sizeof err->warning));
	if (status == 0)
		demand(err->code == ERROR_NONE);
	else
		demand(status == -1 && err->code != ERROR_NONE && err->code != ERROR_INTERNAL && err->msg[0] != '\0');
}

/** memory_input() - a descriptor to read @size bytes from, as stdin is one */
static inline int memory_input(const void *data, size_t size)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	demand(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}
