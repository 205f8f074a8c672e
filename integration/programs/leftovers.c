/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a DEL without a record does about the reference plugins' things, and nothing else:
 * leftovers KIND NETWORK CONTAINER IFNAME NETNS [ADDRESS...], with the addresses of prevResult.
 */
#include "link/leftovers.h"
#include "base/cleanup.h"
#include "conf/marks.h"
#include "link/host_device.h"
#include "nat/leftovers.h"

#include <stdio.h>
#include <string.h>

enum { KIND = 1, NETWORK, CONTAINER, IFNAME, NETNS, FIRST_ADDRESS, MAX_STEPS = 3 };

typedef int (*step)(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** struct kind_steps - what a kind's DEL does, in this order */
struct kind_steps {
	const char *kind;
	step steps[MAX_STEPS];
};

static const struct kind_steps KINDS[] = {
	{"bridge", {leftover_spoof_remove, leftover_masquerade_remove, leftover_veth_remove}},
	{"ptp", {leftover_masquerade_remove, leftover_veth_remove}},
	{"portmap", {leftover_portmap_remove}},
	{"firewall", {leftover_firewall_remove}},
	{"tuning", {leftover_settings_return}},
	{"bandwidth", {leftover_ifb_remove}},
	{"host-device", {host_device_remove}},
};

static void read_key(struct attachment *want, int count, char **words)
{
	const char *mode = getenv("RECORDED");

	attachment_init(want);
	want->mode = mode && mode[0] ? MODE_BRIDGE : MODE_ANY;
	(void)snprintf(want->id.network, sizeof want->id.network, "%s", words[NETWORK]);
	(void)snprintf(want->id.container, sizeof want->id.container, "%s", words[CONTAINER]);
	(void)snprintf(want->id.ifname, sizeof want->id.ifname, "%s", words[IFNAME]);
	(void)snprintf(want->netns, sizeof want->netns, "%s", words[NETNS]);
	for (int i = FIRST_ADDRESS; i < count && want->address_count < MAX_ADDRESSES; i++)
		if (ip_parse(words[i], &want->addresses[want->address_count].ip))
			want->address_count++;
}

static int remove_all(const struct kind_steps *kind, const struct attachment *want, struct store *store,
		      struct kernel *kernel, struct error *err)
{
	for (size_t i = 0; i < MAX_STEPS && kind->steps[i]; i++)
		if (kind->steps[i](want, store, kernel, err) < 0)
			return -1;
	return 0;
}

int main(int count, char **words)
{
	CLEANUP(kernel_close) struct kernel kernel = KERNEL_CLOSED;
	CLEANUP(store_close) struct store *store = NULL;
	struct error err = ERROR_INIT;
	AUTO_FREE struct attachment *want = attachment_new(&err);
	int status = -1;

	if (count < FIRST_ADDRESS || !want || store_open(&store, DEFAULT_DATA_DIR, false, &err) < 0 ||
	    kernel_open(&kernel, &err) < 0)
		return 2;
	read_key(want, count, words);
	for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
		if (strcmp(KINDS[i].kind, words[KIND]) == 0)
			status = remove_all(&KINDS[i], want, store, &kernel, &err);
	(void)fprintf(stderr, "%s%s%s\n", err.warning, err.msg, err.details);
	return status == 0 ? 0 : 1;
}
