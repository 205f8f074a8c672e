/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of plugins as an administrator writes it, to what a runtime would hand over to each of them. */
#pragma once

#include "conf/field.h"
#include "conf/request.h"

/** conflist_load() - a file, or - to one that is read by a runtime - one plugin's object. *@document is for conflist_free() */
int conflist_load(const char *path, json_t **document, struct error *err);
void conflist_free(json_t **document);

/**
 * conflist_plugin() - the plugin's object with what a list has for all of them; to be freed, NULL: no memory
 * @first: there is none before it
 */
json_t *conflist_plugin(const struct field *document, const struct field *plugin, bool first);

/**
 * conflist_read_as_add() - request_read() of an ADD that no runtime asks for
 * @name: of the container, its interface and its namespace, none of which need be there
 */
int conflist_read_as_add(struct request *request, const char *kind, const char *name, const json_t *config,
			 struct error *err);
