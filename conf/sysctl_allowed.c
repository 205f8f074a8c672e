/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One expression a line; blank lines mean nothing. */
#include "conf/sysctl_allowed.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char ALLOWLIST[] = "/etc/cni/tuning/allowlist.conf";
static const char BLANKS[] = " \t\r";

enum { ALLOWLIST_LIMIT = 64 * 1024, LIST_TEXT_SIZE = 256 };

/** next_line() - cut the next line that is not blank out of @text, without blanks around it; NULL at the end */
static char *next_line(char **text)
{
	char *line;

	while ((line = strsep(text, "\n"))) {
		line += strspn(line, BLANKS);
		for (size_t end = strlen(line); end > 0 && strchr(BLANKS, line[end - 1]); end--)
			line[end - 1] = '\0';
		if (line[0] != '\0')
			return line;
	}
	return NULL;
}

/** matches() - 1 or 0; -1 when it is no expression */
static int matches(const char *expression, const char *key, struct error *err)
{
	char reason[128];
	regex_t compiled;
	int status = regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB);

	if (status != 0) {
		(void)regerror(status, &compiled, reason, sizeof reason);
		return error_set(err, ERROR_CONFIG, 0, "%s: \"%.64s\": %s", ALLOWLIST, expression, reason);
	}
	status = regexec(&compiled, key, 0, NULL, 0);
	regfree(&compiled);
	return status == 0;
}

/** is_allowed() - 1 or 0, -1 on failure; collects the list for the message */
static int is_allowed(const char *list, const char *key, char shown[static LIST_TEXT_SIZE], struct error *err)
{
	AUTO_FREE char *copy = strdup(list);
	char *rest = copy, *line;

	if (!copy)
		return error_set(err, ERROR_IO, ENOMEM, "read %s", ALLOWLIST);
	shown[0] = '\0';
	while ((line = next_line(&rest))) {
		int found = matches(line, key, err);
		size_t used = strlen(shown);
		if (found != 0)
			return found;
		(void)snprintf(shown + used, LIST_TEXT_SIZE - used, "%s%s", used ? " " : "", line);
	}
	return 0;
}

/** read_some() - up to @size bytes of a file, less one for the end. Return: bytes, -1 with errno */
static ssize_t read_some(int fd, char *text, size_t size)
{
	size_t used = 0;
	ssize_t got;

	while ((got = read(fd, text + used, size - 1 - used)) != 0) {
		if (got < 0 && errno != EINTR)
			return -1;
		used += got > 0 ? (size_t)got : 0;
	}
	text[used] = '\0';
	return (ssize_t)used;
}

/** read_list() - NULL with @err set on failure, NULL without when there is none */
static char *read_list(struct error *err)
{
	/* A link is followed, the folder is the administrator's. O_NONBLOCK: nobody waits for the writer of a FIFO */
	AUTO_CLOSE int fd = open(ALLOWLIST, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	AUTO_FREE char *text = NULL;
	struct stat status;

	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0 || fstat(fd, &status) < 0 || (text = malloc(ALLOWLIST_LIMIT)) == NULL) {
		(void)error_set(err, ERROR_IO, errno, "open %s", ALLOWLIST);
		return NULL;
	}
	ssize_t length = S_ISREG(status.st_mode) ? read_some(fd, text, ALLOWLIST_LIMIT) : 0;
	if (length < 0 || !S_ISREG(status.st_mode) || length == ALLOWLIST_LIMIT - 1) {
		(void)error_set(err, ERROR_IO, length < 0 ? errno : 0,
				"read %s: a regular file of less than %d bytes is wanted", ALLOWLIST, ALLOWLIST_LIMIT);
		return NULL;
	}
	char *list = text;
	text = NULL;
	return list;
}

int sysctls_allowed(const json_t *sysctls, struct error *err)
{
	AUTO_FREE char *list = json_object_size(sysctls) > 0 ? read_list(err) : NULL;
	char shown[LIST_TEXT_SIZE];
	const json_t *value;
	const char *key;

	if (!list)
		return err->code == ERROR_NONE ? 0 : -1;
	json_object_foreach((json_t *)(uintptr_t)sysctls, key, value)
	{
		int allowed = is_allowed(list, key, shown, err);
		if (allowed < 0)
			return -1;
		if (!allowed)
			return error_set(err, ERROR_CONFIG, 0,
					 "Sysctl %.96s is not allowed. Only the following sysctls are allowed: [%s]",
					 key, shown);
	}
	return 0;
}
