/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of sysctls. */
#include "conf/settings.h"

#include <string.h>

static const char SEPARATORS[] = "./";
static const char NET[] = "net";
/* What the kernel's own names, interfaces' too, are made of. No '%': the kernel's room gives that a meaning */
static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:@+";

size_t settings_find(const struct container_settings *settings, const char *key)
{
	size_t i = 0;

	while (i < settings->sysctl_count && strcmp(settings->sysctls[i].key, key) != 0)
		i++;
	return i;
}

/** is_component() - dots separate, so there can be no ".." */
static bool is_component(const char *text, size_t length)
{
	return length > 0 && strspn(text, LETTERS) >= length;
}

bool setting_key_parse(const char *text, char key[static SYSCTL_KEY_SIZE])
{
	size_t length = strcspn(text, SEPARATORS), used = 0;

	if (length != sizeof NET - 1 || strncmp(text, NET, length) != 0 || text[length] == '\0' ||
	    strlen(text) - length > SYSCTL_KEY_SIZE)
		return false;
	do {
		text += length + 1;
		length = strcspn(text, SEPARATORS);
		if (!is_component(text, length))
			return false;
		if (used > 0)
			key[used++] = '/';
		memcpy(key + used, text, length);
		used += length;
	} while (text[length] != '\0');
	key[used] = '\0';
	return true;
}
