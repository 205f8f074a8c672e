/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cambric check-config. Each plugin is read as libcni would hand it over for an ADD. Prints, as the command line does. */
#include "plugin/check_config.h"

#include "base/cleanup.h"
#include "conf/known_keys.h"
#include "conf/request.h"
#include "plugin/conflist.h"
#include "plugin/table.h"

#include <stdio.h>
#include <string.h>

/** print_lines() - "WHAT: PLACE: LINE" for each line of @text */
static void print_lines(const char *what, const char *place, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		(void)printf("%s: %s%s%.*s\n", what, place, place[0] ? ": " : "", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

static int print_error(const char *place, const struct error *problem)
{
	char line[ERROR_MSG_SIZE + ERROR_DETAILS_SIZE + 4];

	(void)snprintf(line, sizeof line, "%s%s%s", problem->msg, problem->details[0] ? "; " : "", problem->details);
	print_lines("error", place, line);
	return -1;
}

static void print_unknown(const struct field *plugin, const char *place)
{
	struct unknown_keys unknown;

	known_keys_find(plugin, &unknown);
	for (size_t i = 0; i < unknown.count && i < MAX_UNKNOWN_KEYS; i++)
		(void)printf("warning: %s%s%s: there is no such key, it is ignored\n", place, place[0] ? ": " : "",
			     unknown.paths[i]);
	if (unknown.count > MAX_UNKNOWN_KEYS)
		(void)printf("warning: %s%s%zu more unknown keys\n", place, place[0] ? ": " : "",
			     unknown.count - MAX_UNKNOWN_KEYS);
}

/** read_as_add() - the way of any ADD, up to where the host would be touched */
static int read_as_add(const char *kind, const json_t *config, struct error *err)
{
	static struct request request; /* too large for some stacks */
	int status = conflist_read_as_add(&request, kind, "check", config, err);

	request_free(&request);
	return status;
}

/** check_plugin() - *@ours counts those of our types */
static int check_plugin(const struct field *document, const struct field *plugin, const char *place, bool first,
			size_t *ours)
{
	struct error err = ERROR_INIT;
	const char *type = "";

	if (field_as_object(plugin, &err) < 0 || field_text(plugin, "type", &type, &err) < 0)
		return print_error(place, &err);
	if (type[0] == '\0') {
		(void)error_set(&err, ERROR_CONFIG, 0, "type: missing");
		return print_error(place, &err);
	}
	const struct kind *kind = kind_find(type);
	if (!kind)
		return 0;
	++*ours;
	CLEANUP(conflist_free) json_t *config = conflist_plugin(document, plugin, first);
	const struct field root = field_root(config, "");
	int status =
		config ? read_as_add(kind->name, config, &err) : error_set(&err, ERROR_IO, ENOMEM, "configuration");
	print_lines("warning", place, err.warning);
	if (kind->recorded)
		print_unknown(&root, place);
	/* what has yet to come says nothing of the configuration */
	if (status < 0 && err.code == ERROR_TRY_AGAIN) {
		print_lines("warning", place, err.msg);
		return 0;
	}
	return status < 0 ? print_error(place, &err) : 0;
}

static int check_list(const struct field *document, const struct field *list, size_t *ours)
{
	int status = 0;

	for (size_t i = 0; i < field_count(list); i++) {
		const struct field plugin = field_item(list, i);
		const struct field bare = field_root(plugin.json, "");
		if (check_plugin(document, &bare, plugin.path, i == 0, ours) < 0)
			status = -1;
	}
	return status;
}

int check_config(const char *path)
{
	CLEANUP(conflist_free) json_t *json = NULL;
	struct error err = ERROR_INIT;
	struct field list;
	size_t ours = 0;

	if (conflist_load(path, &json, &err) < 0) {
		(void)print_error(path, &err);
		return EXIT_FAILURE;
	}
	const struct field document = field_root(json, "");
	if (field_array(&document, "plugins", &list, &err) < 0) {
		(void)print_error("", &err);
		return EXIT_FAILURE;
	}
	int status =
		list.json ? check_list(&document, &list, &ours) : check_plugin(&document, &document, "", true, &ours);
	if (status == 0 && ours == 0)
		(void)printf("warning: no plugin of a type that cambric serves\n");
	return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
