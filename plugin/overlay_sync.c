/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cambric overlay. A record of its own kind counts as a user of the network, as that of a container does. */
#include "plugin/overlay_sync.h"

#include "base/cleanup.h"
#include "conf/input.h"
#include "plugin/conflist.h"
#include "plugin/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** struct session - what one call works with */
struct session {
	struct store *store;
	struct kernel kernel;
};

#define SESSION_CLOSED                                                                                                 \
	{                                                                                                              \
		.kernel = KERNEL_CLOSED                                                                                \
	}

static void session_close(struct session *session)
{
	store_close(&session->store);
	kernel_close(&session->kernel);
}

static int session_open(struct session *session, const char *data_dir, bool create, struct error *err)
{
	if (kernel_open(&session->kernel, err) < 0 || store_open(&session->store, data_dir, create, err) < 0)
		return -1;
	return store_enter(session->store, false, err);
}

static bool same_addresses(const struct attachment *a, const struct attachment *b)
{
	if (a->mode != b->mode || a->address_count != b->address_count)
		return false;
	for (size_t i = 0; i < a->address_count; i++)
		if (!ip_equal(&a->addresses[i].gateway, &b->addresses[i].gateway) ||
		    !prefix_equal(&a->addresses[i].subnet, &b->addresses[i].subnet))
			return false;
	return true;
}

/** keep() - make it so, or look whether it still is. A record that is not finished, or of other addresses, is made anew */
static int keep(struct session *session, const struct attachment *wish, struct error *err)
{
	const struct kind *kind = kind_of_overlays();
	AUTO_FREE struct attachment *want = attachment_new(err);
	AUTO_FREE struct attachment *record = attachment_new(err);
	bool exists;

	if (!want || !record || store_lock_attachment(session->store, &wish->id, true, err) < 0 ||
	    record_find(session->store, &wish->id, record, &exists, err) < 0)
		return -1;
	if (exists && record->state == ATTACHMENT_READY && same_addresses(record, wish)) {
		record->overlay = wish->overlay;
		return resources_renew(kind, record, session->store, &session->kernel, err);
	}
	if (exists && resources_remove(kind, record, session->store, &session->kernel, err) < 0)
		return -1;
	attachment_copy(want, wish);
	return resources_ensure(kind, want, session->store, &session->kernel, err);
}

static int sync_request(struct request *request, const json_t *config, struct error *err)
{
	CLEANUP(session_close) struct session session = SESSION_CLOSED;

	if (conflist_read_as_add(request, OVERLAY_KIND, OVERLAY_KIND, config, err) < 0 ||
	    session_open(&session, request->network.data_dir, true, err) < 0)
		return -1;
	return keep(&session, &request->wish, err);
}

/** sync_plugin() - *@count: overlays so far */
static int sync_plugin(const struct field *document, const struct field *plugin, bool first, size_t *count,
		       struct error *err)
{
	const struct field type = field_get(plugin, "type"), overlay = field_get(plugin, "overlay");

	if (!overlay.json || !json_is_string(type.json) || strcmp(json_string_value(type.json), "cambric") != 0)
		return 0;
	++*count;
	CLEANUP(conflist_free) json_t *config = conflist_plugin(document, plugin, first);
	AUTO_FREE struct request *request = calloc(1, sizeof *request);
	if (!config || !request)
		return error_set(err, ERROR_IO, ENOMEM, "read an overlay");
	int status = sync_request(request, config, err);
	request_free(request);
	return status;
}

int overlay_sync(const char *config, size_t length, struct error *err)
{
	CLEANUP(conflist_free) json_t *json = NULL;
	struct field list;
	size_t count = 0;

	if (input_parse(config, length, &json, err) < 0)
		return -1;
	const struct field document = field_root(json, "");
	if (field_array(&document, "plugins", &list, err) < 0)
		return -1;
	if (!list.json && sync_plugin(&document, &document, true, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&list); i++) {
		const struct field plugin = field_item(&list, i), bare = field_root(plugin.json, "");

		if (sync_plugin(&document, &bare, i == 0, &count, err) < 0)
			return -1;
	}
	return count > 0 ? 0 : error_set(err, ERROR_CONFIG, 0, "there is no plugin of type cambric with an overlay");
}

int overlay_leave(const char *data_dir, const char *network, struct error *err)
{
	CLEANUP(session_close) struct session session = SESSION_CLOSED;
	AUTO_FREE struct attachment *record = attachment_new(err);
	struct attachment_id id = {.network = ""};
	bool exists;

	if (!record)
		return -1;
	if (strlen(network) > MAX_NETWORK_NAME)
		return error_set(err, ERROR_CONFIG, 0, "network name is longer than %d bytes", MAX_NETWORK_NAME);
	(void)snprintf(id.network, sizeof id.network, "%s", network);
	(void)snprintf(id.container, sizeof id.container, "%s", OVERLAY_KIND);
	(void)snprintf(id.ifname, sizeof id.ifname, "%s", OVERLAY_KIND);
	(void)snprintf(id.kind, sizeof id.kind, "%s", OVERLAY_KIND);
	if (session_open(&session, data_dir, false, err) < 0 ||
	    store_lock_attachment(session.store, &id, true, err) < 0 ||
	    record_find(session.store, &id, record, &exists, err) < 0)
		return -1;
	return exists ? resources_remove(kind_of_overlays(), record, session.store, &session.kernel, err)
		      : store_tidy(session.store, err);
}
