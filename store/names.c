/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the store are called. */
#include "store/inside.h"

#include <stdio.h>
#include <string.h>

enum { FILE_NAME_LIMIT = 240, FILE_NAME_CUT = 220 };

/** struct writer - a file name that is being made; @length goes on counting where @name ends */
struct writer {
	char *name;
	size_t length;
};

static void put(struct writer *writer, char byte)
{
	if (writer->length < FILE_NAME_LIMIT)
		writer->name[writer->length] = byte;
	writer->length++;
}

/** is_plain() - bytes that stand for themselves; a dot only where it makes no hidden file and no ".." */
static bool is_plain(char byte, bool first)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
	       byte == '_' || byte == '-' || (byte == '.' && !first);
}

static void put_word(struct writer *writer, const char *word)
{
	static const char digits[] = "0123456789ABCDEF";

	for (const char *byte = word; *byte != '\0'; byte++) {
		if (is_plain(*byte, writer->length == 0)) {
			put(writer, *byte);
			continue;
		}
		put(writer, '%');
		put(writer, digits[(unsigned char)*byte >> 4]);
		put(writer, digits[(unsigned char)*byte & 15]);
	}
}

const char *file_name_join(const char *const words[], size_t count, char name[static FILE_NAME_SIZE])
{
	struct writer writer = {.name = name};
	uint64_t hash = hash_begin();

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			put(&writer, '@');
		put_word(&writer, words[i]);
		hash = hash_text(hash, words[i]);
	}
	if (writer.length <= FILE_NAME_LIMIT)
		name[writer.length] = '\0';
	else /* "~" stands for nothing else: a cut name is never that of another key */
		(void)snprintf(name + FILE_NAME_CUT, FILE_NAME_SIZE - FILE_NAME_CUT, "~%016llx",
			       (unsigned long long)hash_finish(hash, 0));
	return name;
}

const char *record_file_name(const struct attachment_id *id, char name[static FILE_NAME_SIZE])
{
	const char *const words[] = {id->container, id->ifname, id->kind};

	return file_name_join(words, sizeof words / sizeof words[0], name);
}

const char *use_link_name(const struct attachment_id *id, char name[static FILE_NAME_SIZE])
{
	const char *const words[] = {id->network, id->container, id->ifname, id->kind};

	return file_name_join(words, sizeof words / sizeof words[0], name);
}

const char *record_dir(const char *network, char path[static PATH_SIZE])
{
	const char *const words[] = {network};
	char name[FILE_NAME_SIZE];

	(void)snprintf(path, PATH_SIZE, "net/%s/a", file_name_join(words, 1, name));
	return path;
}

const char *record_path(const struct attachment_id *id, char path[static PATH_SIZE])
{
	const char *const words[] = {id->network};
	char network[FILE_NAME_SIZE], record[FILE_NAME_SIZE];

	(void)snprintf(path, PATH_SIZE, "net/%s/a/%s", file_name_join(words, 1, network), record_file_name(id, record));
	return path;
}

uint64_t attachment_hash(const struct attachment_id *id)
{
	uint64_t hash = hash_text(hash_begin(), id->network);
	char kind[sizeof id->kind];

	hash = hash_text(hash, id->container);
	hash = hash_text(hash, id->ifname);
	(void)snprintf(kind, sizeof kind, "%.*s", (int)strcspn(id->kind, "."), id->kind);
	return hash_finish(hash_text(hash, kind), 0);
}
