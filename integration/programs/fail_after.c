/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin with one more row, which always fails, behind row K of its table: fail_after K, then as the plugin. Started
   under the name of a kind it is that one, otherwise "cambric". */
#include "conf/request.h"
#include "ipam/delegate.h"
#include "plugin/commands.h"
#include "plugin/process.h"
#include "plugin/result.h"
#include "plugin/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_ROWS = 32 };

static int fail(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)want;
	(void)store;
	(void)kernel;
	return error_set(err, ERROR_INTERNAL, 0, "row that always fails");
}

/** with_failure() - the first @count rows of @kind, then the failing one, then the rest */
static struct kind with_failure(const struct kind *kind, size_t count, struct resource rows[static MAX_ROWS])
{
	struct kind changed = *kind;

	memcpy(rows, kind->rows, count * sizeof *rows);
	rows[count] = (struct resource){.name = "failing", .ensure = fail};
	memcpy(rows + count + 1, kind->rows + count, (kind->row_count - count) * sizeof *rows);
	changed.rows = rows;
	changed.row_count++;
	return changed;
}

static const struct kind *kind_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct kind *kind = kind_find(slash ? slash + 1 : path);

	return kind ? kind : kind_find("cambric");
}

int main(int argc, char *argv[])
{
	static struct request request;
	struct resource rows[MAX_ROWS];
	struct inherited inherited;
	struct error err = ERROR_INIT;
	const struct kind *kind = kind_of(argv[0]);
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	if (argc < 2) /* without an argument: how many rows there are */
		return printf("%zu\n", kind->row_count) < 0;
	process_prepare(&inherited);
	if (count > kind->row_count || request_read(&request, kind->name, environ, STDIN_FILENO, &err) < 0)
		return EXIT_FAILURE;
	struct kind changed = with_failure(kind, count, rows);
	int status = command_run(&changed, &request, STDOUT_FILENO, &err);
	if (status < 0)
		(void)result_write_error(&err, STDOUT_FILENO);
	request_free(&request);
	return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
