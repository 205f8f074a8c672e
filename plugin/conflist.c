/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of plugins as an administrator writes it, to what a runtime would hand over to each of them. */
#include "plugin/conflist.h"

#include "base/cleanup.h"
#include "conf/input.h"
#include "conf/json_text.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

void conflist_free(json_t **document)
{
	json_decref(*document);
}

int conflist_load(const char *path, json_t **document, struct error *err)
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

/** sample_result() - as much as any plugin says to those behind it */
static json_t *sample_result(void)
{
	static const char text[] =
		"{\"interfaces\": [{\"name\": \"br0\"}, {\"name\": \"eth0\", \"sandbox\": \"/run/netns/check\"}],"
		"\"ips\": [{\"interface\": 1, \"address\": \"192.0.2.2/24\", \"gateway\": \"192.0.2.1\"}]}";
	json_error_t ignored;

	return json_decode(text, sizeof text - 1, 0, &ignored);
}

json_t *conflist_plugin(const struct field *document, const struct field *plugin, bool first)
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

int conflist_read_as_add(struct request *request, const char *kind, const char *name, const json_t *config,
			 struct error *err)
{
	enum { VARIABLE_SIZE = 64 };
	char container[VARIABLE_SIZE], ifname[VARIABLE_SIZE], netns[VARIABLE_SIZE];
	char command[] = "CNI_COMMAND=ADD", path[] = "CNI_PATH=/opt/cni/bin";
	char *environment[] = {command, container, ifname, netns, path, NULL};
	AUTO_CLOSE int fd = write_aside(config, err);

	if (fd < 0)
		return -1;
	(void)snprintf(container, sizeof container, "CNI_CONTAINERID=%s", name);
	(void)snprintf(ifname, sizeof ifname, "CNI_IFNAME=%s", name);
	(void)snprintf(netns, sizeof netns, "CNI_NETNS=/run/netns/%s", name);
	return request_read(request, kind, environment, fd, err);
}
