/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds a fuzz program every file of its corpus, without libFuzzer: replay_NAME reads tests/fuzz/corpus/NAME. A file
 * that breaks a demand ends the program; its name is the last line that was printed.
 */
#include "base/cleanup.h"
#include "base/file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

enum { INPUT_LIMIT = 1 << 20 };

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay(int corpus, const char *name)
{
	struct error err = ERROR_INIT;
	AUTO_FREE char *content = NULL;
	size_t length = 0;

	printf("# %s\n", name);
	if (!ok(file_read(corpus, name, INPUT_LIMIT, &content, &length, &err) == 0, name))
		return;
	/* Of exactly this size, so that AddressSanitizer sees who reads on */
	AUTO_FREE uint8_t *input = malloc(length ? length : 1);
	demand(input != NULL);
	memcpy(input, content, length);
	(void)LLVMFuzzerTestOneInput(input, length);
}

int main(int argc, char **argv)
{
	const char *name = argc > 0 ? strrchr(argv[0], '_') : NULL;
	char path[256];
	struct dirent **files = NULL;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)snprintf(path, sizeof path, "tests/fuzz/corpus/%s", name ? name + 1 : "");
	AUTO_CLOSE int corpus = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int count = corpus < 0 ? -1 : scandirat(corpus, ".", &files, is_visible, alphasort);
	ok(count > 0, "there are inputs in the corpus");
	for (int i = 0; i < count; i++) {
		replay(corpus, files[i]->d_name);
		free(files[i]);
	}
	free(files);
	return done();
}
