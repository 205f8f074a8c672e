/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cambric check-config. Each plugin is read as libcni would hand it over for an ADD. Prints, as the command line does. */
#include "plugin/check_config.h"

#include "base/cleanup.h"
#include "conf/input.h"
#include "conf/json_text.h"
#include "conf/known_keys.h"
#include "conf/request.h"
#include "plugin/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static void free_document(json_t **document)
{
	json_decref(*document);
}

static int read_file(const char *path, json_t **document, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	AUTO_FREE char *text = NULL;
	size_t length;

	if (fd < 0)
		return error_set(err, ERROR_IO, errno, "open");
	if (input_read(fd, INPUT_TIMEOUT_MS, &text, &length, err) < 0)
		return -1;
	return input_parse(text, length, document, err);
}

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

/** sample_result() - as much as any plugin says to those behind it */
static json_t *sample_result(void)
{
	static const char text[] =
		"{\"interfaces\": [{\"name\": \"br0\"}, {\"name\": \"eth0\", \"sandbox\": \"/run/netns/check\"}],"
		"\"ips\": [{\"interface\": 1, \"address\": \"192.0.2.2/24\", \"gateway\": \"192.0.2.1\"}]}";
	json_error_t ignored;

	return json_decode(text, sizeof text - 1, 0, &ignored);
}

/**
 * as_runtime() - the plugin's object with what a list has for all of them; to be freed, NULL: no memory
 * @first: there is none before it
 */
static json_t *as_runtime(const struct field *document, const struct field *plugin, bool first)
{
	const struct field versions = field_get(document, "cniVersions");
	const struct field last = field_item(&versions, field_count(&versions) ? field_count(&versions) - 1 : 0);
	const struct field name = field_get(document, "name"), version = field_get(document, "cniVersion");
	json_t *config = json_copy((json_t *)(uintptr_t)plugin->json);
	int status = 0;

	if (name.json)
		status |= json_object_set(config, "name", (json_t *)(uintptr_t)name.json);
	if (last.json || version.json)
		status |= json_object_set(config, "cniVersion",
					  (json_t *)(uintptr_t)(last.json ? last.json : version.json));
	if (!first)
		status |= json_object_set_new(config, "prevResult", sample_result());
	(void)json_object_del(config, "cniVersions");
	if (status == 0)
		return config;
	json_decref(config);
	return NULL;
}

/** write_aside() - a text as a descriptor to read it from */
static int write_aside(const json_t *config, struct error *err)
{
	AUTO_FREE char *text = json_text(config, JSON_COMPACT);
	AUTO_CLOSE int fd = memfd_create("config", MFD_CLOEXEC);

	if (!text || fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || lseek(fd, 0, SEEK_SET) < 0)
		return error_set(err, ERROR_IO, text ? errno : ENOMEM, "write configuration");
	return take_fd(&fd);
}

/** read_as_add() - the way of any ADD, up to where the host would be touched */
static int read_as_add(const char *kind, const json_t *config, struct error *err)
{
	static struct request request; /* too large for some stacks */
	char command[] = "CNI_COMMAND=ADD", container[] = "CNI_CONTAINERID=check", ifname[] = "CNI_IFNAME=eth0";
	char netns[] = "CNI_NETNS=/run/netns/check", path[] = "CNI_PATH=/opt/cni/bin";
	char *environment[] = {command, container, ifname, netns, path, NULL};
	AUTO_CLOSE int fd = write_aside(config, err);

	if (fd < 0)
		return -1;
	int status = request_read(&request, kind, environment, fd, err);
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
	CLEANUP(free_document) json_t *config = as_runtime(document, plugin, first);
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
	CLEANUP(free_document) json_t *json = NULL;
	struct error err = ERROR_INIT;
	struct field list;
	size_t ours = 0;

	if (read_file(path, &json, &err) < 0) {
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
