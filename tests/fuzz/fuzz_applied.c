/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store/overlay_state: what is applied for an overlay, in a file that somebody else may have written to. */
#include "store/overlay_state.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/store_fixture.h"

#include <jansson.h>

static struct fixture fixture;

static void remove_store(void)
{
	fixture_close(&fixture);
}

static void start(void)
{
	fixture_open_in(&fixture, "/dev/shm");
	(void)atexit(remove_store);
	AUTO_CLOSE int room = dir_open(fixture.store->root, "overlay", true, &fixture.err);
	demand(room >= 0);
}

/** load() - NULL: it cannot be read, which is said in a warning and nowhere else */
static struct overlay *load(void)
{
	struct overlay *state;

	demand(overlay_state_load(fixture.store, "net", &state, &fixture.err) == 0);
	demand_verdict(0, &fixture.err);
	demand(!state == (fixture.err.warning[0] != '\0'));
	(void)failed_with(&fixture);
	return state;
}

/** demand_names() - all that is used as a name ends where there is room for one, and the list of old ones ends, too */
static void demand_names(const struct overlay *state)
{
	const char *at = state->old_tunnels;
	char name[IFNAMSIZ];

	demand(memchr(state->device, '\0', IFNAMSIZ) && memchr(state->tunnel, '\0', IFNAMSIZ) &&
	       memchr(state->old_tunnels, '\0', sizeof state->old_tunnels) &&
	       memchr(state->private_key_file, '\0', sizeof state->private_key_file));
	for (size_t i = 0; overlay_old_tunnel(&at, name); i++)
		demand(i < sizeof state->old_tunnels && memchr(name, '\0', sizeof name));
	for (size_t i = 0; i < state->peer_count; i++)
		demand(memchr(state->peers[i].tunnel, '\0', IFNAMSIZ) &&
		       state->peers[i].subnet_count <= MAX_PEER_SUBNETS);
}

/** saved() - the file that becomes of it */
static char *saved(const struct overlay *state)
{
	char *text = NULL;

	demand(store_begin(fixture.store, &fixture.err) == 0);
	demand(overlay_state_save(fixture.store, "net", state, &fixture.err) == 0);
	store_end(fixture.store);
	demand(file_read(fixture.store->root, "overlay/net", OVERLAY_STATE_LIMIT, &text, NULL, &fixture.err) == 0);
	return text;
}

static json_t *first_line(const char *text, size_t size)
{
	const char *end = memchr(text, '\n', size);

	return json_loadb(text, end ? (size_t)(end - text) : size, 0, NULL);
}

/** demand_kept() - numbers and flags that stood there stand in what becomes of it */
static void demand_kept(const char *before, size_t size, const char *after)
{
	json_auto_t *old = first_line(before, size), *new = first_line(after, strlen(after));
	json_t *value;
	const char *key;

	demand(old && new);
	json_object_foreach(new, key, value)
	{
		const json_t *was = json_object_get(old, key);

		demand(!json_is_integer(value) || json_equal(was, value));
		demand(!json_is_boolean(value) || !json_is_boolean(was) || json_equal(was, value));
	}
}

/** demand_glance() - who wishes for the same is told what was decided, by the first line alone */
static void demand_glance(const struct overlay *state)
{
	CLEANUP(overlay_free) struct overlay *wish = overlay_new(&fixture.err);

	demand(wish != NULL);
	wish->hash = state->hash;
	demand(overlay_state_glance(fixture.store, "net", wish, &fixture.err) == 0);
	demand(wish->settled == state->settled && wish->mtu == state->mtu && wish->egress == state->egress &&
	       ip_equal(&wish->local, &state->local) && strcmp(wish->tunnel, state->tunnel) == 0);
	demand(failed_with(&fixture) == ERROR_NONE);
}

static int count(const char *network, const struct overlay *state, void *argument, struct error *err)
{
	(void)err;
	demand(network[0] != '\0' && state != NULL);
	++*(size_t *)argument;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t seen = 0;

	if (!fixture.store)
		start();
	demand(file_write(fixture.store->root, "overlay/net", data, size, &fixture.err) == 0);
	demand(overlay_states_walk(fixture.store, NULL, count, &seen, &fixture.err) == 0);
	(void)failed_with(&fixture);
	CLEANUP(overlay_free) struct overlay *state = load();
	demand(seen == (state != NULL));
	if (!state)
		return 0;
	demand_names(state);
	demand_glance(state);
	AUTO_FREE char *first = saved(state);
	demand_kept((const char *)data, size, first);
	CLEANUP(overlay_free) struct overlay *again = load();
	demand(again != NULL);
	AUTO_FREE char *second = saved(again);
	demand(strcmp(first, second) == 0); /* nothing is lost or changed on the way */
	return 0;
}
