/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions of the CNI specification: text, order, gates. */
#include "conf/version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_PARTS = 3, LIST_SIZE = 96 };

static const char *const texts[CNI_VERSION_COUNT] = {
	[CNI_0_1_0] = "0.1.0", [CNI_0_2_0] = "0.2.0", [CNI_0_3_0] = "0.3.0", [CNI_0_3_1] = "0.3.1",
	[CNI_0_4_0] = "0.4.0", [CNI_1_0_0] = "1.0.0", [CNI_1_1_0] = "1.1.0",
};

static const struct {
	enum command command;
	const char *name;
	long since[VERSION_PARTS];
} gates[] = {
	{.command = COMMAND_CHECK, .name = "CHECK", .since = {0, 4, 0}},
	{.command = COMMAND_GC, .name = "GC", .since = {1, 1, 0}},
	{.command = COMMAND_STATUS, .name = "STATUS", .since = {1, 1, 0}},
};

static const long newest[VERSION_PARTS] = {1, 1, 0};

const char *cni_version_text(enum cni_version version)
{
	return texts[version];
}

bool cni_version_find(const char *text, enum cni_version *version)
{
	for (int i = 0; i < CNI_VERSION_COUNT; i++) {
		if (strcmp(texts[i], text) != 0 && (i != CNI_0_1_0 || text[0] != '\0'))
			continue;
		*version = (enum cni_version)i;
		return true;
	}
	return false;
}

static int parse_part(const char *part, const char *end, const char *label, long *value, struct error *err)
{
	char text[16], *rest;

	(void)snprintf(text, sizeof text, "%.*s", (int)(end - part), part);
	errno = 0;
	*value = strtol(text, &rest, 10);
	/* strtol() skips white space, Go's Atoi does not */
	if (errno == 0 && rest != text && *rest == '\0' && strchr("+-0123456789", text[0]))
		return 0;
	return error_set(err, ERROR_DECODE, 0, "failed to convert %s version part \"%s\": not a number", label, text);
}

/** parse() - up to three numbers; missing ones are 0, an empty text is 0.1.0 */
static int parse(const char *text, long parts[static VERSION_PARTS], struct error *err)
{
	static const char *const labels[VERSION_PARTS] = {"major", "minor", "micro"};
	const char *part = text[0] ? text : texts[CNI_0_1_0];

	memset(parts, 0, VERSION_PARTS * sizeof *parts);
	for (size_t i = 0; part; i++) {
		const char *end = part + strcspn(part, ".");

		if (i == VERSION_PARTS)
			return error_set(err, ERROR_DECODE, 0, "invalid version \"%.32s\": too many parts", text);
		if (parse_part(part, end, labels[i], &parts[i], err) < 0)
			return -1;
		part = *end ? end + 1 : NULL;
	}
	return 0;
}

static bool is_at_least(const long version[static VERSION_PARTS], const long since[static VERSION_PARTS])
{
	for (size_t i = 0; i < VERSION_PARTS; i++)
		if (version[i] != since[i])
			return version[i] > since[i];
	return true;
}

/** check_range() - the numeric comparison that CHECK, GC and STATUS make before the exact one */
static int check_range(enum command command, const char *config, struct error *err)
{
	long version[VERSION_PARTS];

	for (size_t i = 0; i < sizeof gates / sizeof *gates; i++) {
		if (gates[i].command != command)
			continue;
		if (parse(config, version, err) < 0)
			return -1;
		if (!is_at_least(version, gates[i].since))
			return error_set(err, ERROR_VERSION, 0, "config version does not allow %s", gates[i].name);
		if (!is_at_least(newest, version))
			return error_set(err, ERROR_VERSION, 0, "plugin version does not allow %s", gates[i].name);
	}
	return 0;
}

/** format_list() - @separator between the versions of [@first, @end), each in @quote */
static void format_list(enum cni_version first, enum cni_version end, const char *quote, char list[static LIST_SIZE])
{
	size_t used = 0;

	list[0] = '\0';
	for (enum cni_version i = first; i < end; i++)
		used += (size_t)snprintf(list + used, LIST_SIZE - used, "%s%s%s%s", i > first ? " " : "", quote,
					 texts[i], quote);
}

int cni_version_gate(enum command command, const char *config, enum cni_version *version, struct error *err)
{
	char list[LIST_SIZE];

	if (check_range(command, config, err) < 0) {
		error_detail(err, "cniVersion is \"%.32s\"", config);
		return -1;
	}
	if (cni_version_find(config, version))
		return 0;
	format_list(CNI_0_1_0, CNI_VERSION_COUNT, "\"", list);
	(void)error_set(err, ERROR_VERSION, 0, "incompatible CNI versions");
	error_detail(err, "config is \"%.32s\", plugin supports [%s]", config, list);
	return -1;
}

/** cni_version_family() - oldest version whose results have the same shape: 0.1.0, 0.3.0 or 1.0.0 */
static enum cni_version cni_version_family(enum cni_version version)
{
	if (version >= CNI_1_0_0)
		return CNI_1_0_0;
	return version >= CNI_0_3_0 ? CNI_0_3_0 : CNI_0_1_0;
}

int cni_version_check_result(const char *text, enum cni_version config, struct error *err)
{
	enum cni_version first = cni_version_family(config), end = first, version = first;
	char list[LIST_SIZE];

	if (text[0] == '\0' || (cni_version_find(text, &version) && cni_version_family(version) == first))
		return 0;
	while (end < CNI_VERSION_COUNT && cni_version_family(end) == first)
		end++;
	format_list(first, end, "", list);
	return error_set(err, ERROR_VERSION, 0, "result type supports [%s] but unmarshalled CNIVersion is \"%.32s\"",
			 list, text);
}
