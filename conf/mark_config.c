/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key "mark" of the configuration. */
#include "conf/mark_config.h"

#include "conf/packet_match_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_DSCP = 63, MAX_TTL = 255 };

static const char *const keys[] = {"direction", "dscp", "ttl", "fwmark", "table", "comment", PACKET_MATCH_KEYS, NULL};

static int refuse(const struct field *field, const char *wanted, struct error *err)
{
	char value[FIELD_VALUE_SIZE];

	return error_set(err, ERROR_CONFIG, 0, "%s: %s is no %s", field->path, field_value(field, value), wanted);
}

/** is_digit() - from @low to @high */
static bool is_digit(char letter, char low, char high)
{
	return letter >= low && letter <= high;
}

/** dscp_parse() - names of RFC 2474, 2597, 3246, 5865 and 8622: cs0 to cs7, af11 to af43, ef, va, le, be */
static bool dscp_parse(const char *text, uint8_t *dscp)
{
	static const struct {
		const char *name;
		uint8_t dscp;
	} names[] = {{"ef", 46}, {"va", 44}, {"le", 1}, {"be", 0}};
	const size_t length = strlen(text);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcasecmp(names[i].name, text) == 0) {
			*dscp = names[i].dscp;
			return true;
		}
	if (length == 3 && strncasecmp(text, "cs", 2) == 0 && is_digit(text[2], '0', '7')) {
		*dscp = (uint8_t)((text[2] - '0') * 8);
		return true;
	}
	if (length != 4 || strncasecmp(text, "af", 2) != 0 || !is_digit(text[2], '1', '4') ||
	    !is_digit(text[3], '1', '3'))
		return false;
	*dscp = (uint8_t)((text[2] - '0') * 8 + (text[3] - '0') * 2);
	return true;
}

static int read_dscp(struct mark *mark, const struct field *object, struct error *err)
{
	const struct field field = field_get(object, "dscp");
	int64_t number = 0;

	if (!field.json)
		return 0;
	mark->fields |= MARK_DSCP;
	if (json_is_string(field.json))
		return dscp_parse(json_string_value(field.json), &mark->dscp)
			       ? 0
			       : refuse(&field, "DSCP: cs0 to cs7, af11 to af43, ef, va, le, be or 0 to 63", err);
	if (field_integer(object, "dscp", 0, MAX_DSCP, &number, err) < 0)
		return -1;
	mark->dscp = (uint8_t)number;
	return 0;
}

static int read_ttl(struct mark *mark, const struct field *object, struct error *err)
{
	int64_t number = 0;

	if (!field_get(object, "ttl").json)
		return 0;
	mark->fields |= MARK_TTL;
	if (field_integer(object, "ttl", 1, MAX_TTL, &number, err) < 0)
		return -1;
	mark->ttl = (uint8_t)number;
	return 0;
}

/** number_parse() - decimal, or hexadecimal behind 0x, up to @rest */
static bool number_parse(const char *text, const char **rest, uint32_t *number)
{
	bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = text + (hexadecimal ? 2 : 0);
	size_t length = strspn(digits, hexadecimal ? "0123456789abcdefABCDEF" : "0123456789");
	unsigned long long value = strtoull(digits, NULL, hexadecimal ? 16 : 10);

	*rest = digits + length;
	*number = (uint32_t)value;
	return length > 0 && length <= 10 && value <= UINT32_MAX;
}

static bool fwmark_parse(const char *text, struct mark *mark)
{
	const char *rest;

	mark->mask = UINT32_MAX;
	if (!number_parse(text, &rest, &mark->value) || (*rest == '/' && !number_parse(rest + 1, &rest, &mark->mask)))
		return false;
	return *rest == '\0' && mark->mask != 0 && (mark->value & ~mark->mask) == 0;
}

static int read_fwmark(struct mark *mark, const struct field *object, struct error *err)
{
	const struct field field = field_get(object, "fwmark"), table = field_get(object, "table");
	char number[FWMARK_TEXT_SIZE];
	const char *text = "";

	if (!field.json)
		return table.json ? error_set(err, ERROR_CONFIG, 0, "%s: only with a fwmark", table.path) : 0;
	mark->fields |= MARK_FWMARK;
	if (json_is_integer(field.json)) {
		(void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(field.json));
		text = number;
	} else if (field_as_text(&field, &text, err) < 0) {
		return -1;
	}
	if (!fwmark_parse(text, mark))
		return refuse(&field, "fwmark: \"value/mask\", with no bit outside of the mask", err);
	return field_uint32(object, "table", &mark->table, err);
}

static int read_direction(struct mark *mark, const struct field *object, struct error *err)
{
	const char *text = "out";

	if (field_text(object, "direction", &text, err) < 0)
		return -1;
	mark->direction = strcmp(text, "in") == 0 ? FIREWALL_IN : FIREWALL_OUT;
	if (strcmp(text, "in") == 0 || strcmp(text, "out") == 0)
		return 0;
	return error_set(err, ERROR_CONFIG, 0, "%s.direction: \"%.32s\" is none of in, out", object->path, text);
}

/** check() - what goes together */
static int check(const struct mark *mark, const struct field *object, struct error *err)
{
	if (mark->fields == 0)
		return error_set(err, ERROR_CONFIG, 0, "%s: has none of dscp, ttl, fwmark", object->path);
	if (!(mark->fields & MARK_FWMARK))
		return 0;
	if (mark->direction == FIREWALL_OUT && mark->match.out_interface[0])
		return error_set(err, ERROR_CONFIG, 0, "%s.outInterface: not known yet when the fwmark is set",
				 object->path);
	if (mark->table && (mark->direction == FIREWALL_IN || mark->value == 0))
		return error_set(err, ERROR_CONFIG, 0,
				 "%s.table: only for packets from the container, and a fwmark that is not 0",
				 object->path);
	return 0;
}

static int read_mark(struct mark *mark, const struct field *object, struct error *err)
{
	*mark = (struct mark){.fields = 0};
	if (field_as_object(object, err) < 0 || field_only(object, keys, err) < 0 ||
	    read_direction(mark, object, err) < 0 || read_dscp(mark, object, err) < 0 ||
	    read_ttl(mark, object, err) < 0 || read_fwmark(mark, object, err) < 0 ||
	    packet_match_read(&mark->match, object, err) < 0)
		return -1;
	return check(mark, object, err);
}

/** check_table() - one fwmark leads to one table: the kernel asks the first rule that matches, and no other */
static int check_table(const struct mark marks[], size_t index, const struct field *object, struct error *err)
{
	const struct mark *mark = &marks[index];
	char text[FWMARK_TEXT_SIZE];

	for (size_t i = 0; mark_has_table(mark) && i < index; i++)
		if (mark_has_table(&marks[i]) && marks[i].value == mark->value && marks[i].mask == mark->mask &&
		    marks[i].table != mark->table)
			return error_set(err, ERROR_CONFIG, 0, "%s.table: fwmark %s has table %u by mark[%zu]",
					 object->path, mark_fwmark_format(mark, text), marks[i].table, i);
	return 0;
}

int marks_read(struct mark marks[static MAX_MARKS], uint8_t *count, const struct field *list, struct error *err)
{
	*count = 0;
	if (!list->json)
		return 0;
	if (field_as_array(list, err) < 0 || field_limit(list, MAX_MARKS, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(list); i++) {
		const struct field item = field_item(list, i);

		if (read_mark(&marks[i], &item, err) < 0 || check_table(marks, i, &item, err) < 0)
			return -1;
	}
	*count = (uint8_t)field_count(list);
	return 0;
}

static json_t *write_mark(const struct mark *mark)
{
	json_t *object = json_object();
	char text[FWMARK_TEXT_SIZE];
	int status =
		json_object_set_new(object, "direction", json_string(mark->direction == FIREWALL_IN ? "in" : "out"));

	if (mark->fields & MARK_DSCP)
		status |= json_object_set_new(object, "dscp", json_integer(mark->dscp));
	if (mark->fields & MARK_TTL)
		status |= json_object_set_new(object, "ttl", json_integer(mark->ttl));
	if (mark->fields & MARK_FWMARK)
		status |= json_object_set_new(object, "fwmark", json_string(mark_fwmark_format(mark, text)));
	if (mark_has_table(mark))
		status |= json_object_set_new(object, "table", json_integer(mark->table));
	if (status == 0 && packet_match_write(&mark->match, object) == 0)
		return object;
	json_decref(object);
	return NULL;
}

json_t *marks_write(const struct mark marks[], size_t count)
{
	json_t *list = json_array();
	int status = 0;

	for (size_t i = 0; i < count; i++)
		status |= json_array_append_new(list, write_mark(&marks[i]));
	if (status == 0)
		return list;
	json_decref(list);
	return NULL;
}
