/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON documents as text, whole or not at all. */
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
