/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines for the journal. */
#include "agent/log.h"

#include "base/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 2048, ESCAPED_SIZE = 4 };

/** escape() - what is not printable ASCII could forge a line. Return: length of @into */
static size_t escape(const char *text, char *into, size_t size)
{
	size_t length = 0;

	for (; *text && length + ESCAPED_SIZE + 1 < size; text++) {
		const unsigned char byte = (unsigned char)*text;

		if (byte >= 0x20 && byte < 0x7f)
			into[length++] = *text;
		else
			length += (size_t)snprintf(into + length, size - length, "\\x%02x", byte);
	}
	into[length++] = '\n';
	return length;
}

void log_line(enum log_level level, const char *format, ...)
{
	char text[LINE_SIZE], line[LINE_SIZE + 8];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	int prefix = snprintf(line, sizeof line, "<%d>", (int)level);
	size_t length = (size_t)prefix + escape(text, line + prefix, sizeof line - (size_t)prefix);
	/* A log that cannot be written must not stop the network */
	(void)file_write_some(STDERR_FILENO, line, length);
}

void log_error(enum log_level level, const char *what, const struct error *err)
{
	log_line(level, "%s: %s%s%s", what, err->msg, err->details[0] ? "; " : "", err->details);
}
