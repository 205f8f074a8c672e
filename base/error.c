/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The error object: first failure stays, later ones become details. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/** escape() - control bytes of hostile names must not forge a line of a log or reach a terminal */
static void escape(char *text, size_t size, const char *raw)
{
	size_t used = 0;

	for (; *raw != '\0' && used < size - 1; raw++) {
		unsigned char byte = (unsigned char)*raw;
		if (byte >= 0x20 && byte != 0x7f)
			text[used++] = *raw;
		else
			used += (size_t)snprintf(text + used, size - used, "\\x%02x", byte);
		if (used > size - 1)
			used = size - 1;
	}
	text[used] = '\0';
}

/** append() - printf behind what is there, after @separator; cut where the room ends */
__attribute__((format(printf, 4, 0))) static void append(char *text, size_t size, const char *separator,
							 const char *format, va_list arguments)
{
	char raw[ERROR_DETAILS_SIZE];
	size_t used = strlen(text);

	if (used > 0 && used < size - 1) {
		(void)snprintf(text + used, size - used, "%s", separator);
		used = strlen(text);
	}
	(void)vsnprintf(raw, sizeof raw, format, arguments);
	escape(text + used, size - used, raw);
}

int error_set(struct error *err, enum error_code code, int errnum, const char *format, ...)
{
	char text[ERROR_MSG_SIZE] = "";
	va_list arguments;

	va_start(arguments, format);
	append(text, sizeof text, "", format, arguments);
	va_end(arguments);
	if (errnum != 0 && strlen(text) < sizeof text - 1)
		(void)snprintf(text + strlen(text), sizeof text - strlen(text), ": %s", strerror(errnum));
	if (err->code != ERROR_NONE) {
		error_detail(err, "then: %s", text);
		return -1;
	}
	err->code = code;
	err->errnum = errnum;
	memcpy(err->msg, text, sizeof text);
	return -1;
}

void error_detail(struct error *err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	append(err->details, sizeof err->details, "; ", format, arguments);
	va_end(arguments);
}

void error_warn(struct error *err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	append(err->warning, sizeof err->warning, "\n", format, arguments);
	va_end(arguments);
}

void error_clear(struct error *err)
{
	err->code = ERROR_NONE;
	err->errnum = 0;
	err->msg[0] = '\0';
	err->details[0] = '\0';
}

/** merge_warnings() - line by line: error_warn() escapes what is no text */
static void merge_warnings(struct error *err, const char *lines)
{
	while (*lines != '\0') {
		size_t length = strcspn(lines, "\n");
		error_warn(err, "%.*s", (int)length, lines);
		lines += length + (lines[length] == '\n');
	}
}

void error_merge(struct error *err, const struct error *from)
{
	merge_warnings(err, from->warning);
	if (from->code == ERROR_NONE)
		return;
	if (err->code == ERROR_NONE) {
		err->code = from->code;
		err->errnum = from->errnum;
		memcpy(err->msg, from->msg, sizeof err->msg);
	} else {
		error_detail(err, "then: %s", from->msg);
	}
	if (from->details[0] != '\0')
		error_detail(err, "%s", from->details);
}

bool error_retry_helps(const struct error *err)
{
	return err->code == ERROR_TRY_AGAIN || err->errnum == EAGAIN || err->errnum == ENOMEM ||
	       err->errnum == ENOBUFS || err->errnum == EIO || err->errnum == EINTR || err->errnum == EMFILE ||
	       err->errnum == ENFILE || err->errnum == EBUSY;
}
