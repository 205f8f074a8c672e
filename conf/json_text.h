/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON documents to text and back, whole or not at all. */
#pragma once

#include <jansson.h>
#include <stddef.h>

/**
 * json_text() - encode a document
 * @document: NULL gives NULL
 * @flags:    of json_dumps()
 *
 * json_dumps() of jansson 2.14 goes on when its buffer cannot grow and returns a text with a gap
 * (tried: every allocation made to fail once). This measures first and needs one allocation of its own.
 *
 * Return: to be freed by the caller; NULL without memory
 */
char *json_text(const json_t *document, size_t flags);

/**
 * json_decode() - decode a document
 * @flags: of json_loadb()
 * @fault: not NULL
 *
 * json_loadb() of jansson 2.14 drops a byte of a token that it finds no room for, and goes on: the value is another one,
 * or, when the byte was the closing quote, memory behind it is overwritten (tried: every allocation made to fail once).
 * This gives it what it asks for from a reserve, ends its input, and says that memory is missing.
 *
 * Return: a new reference; NULL with @fault, whose code is json_error_out_of_memory when there was no memory
 */
json_t *json_decode(const char *text, size_t length, size_t flags, json_error_t *fault);
