/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/overlay_files, conf/overlay_peers: the file in which an agent, or somebody else, names the other hosts. */
#include "base/cleanup.h"
#include "conf/input.h"
#include "conf/json_text.h"
#include "conf/overlay_config.h"
#include "conf/overlay_peers.h"
#include "tests/fuzz/input_file.h"

static void demand_prefix(const struct prefix *prefix)
{
	const struct prefix network = prefix_network(prefix);

	demand(prefix->length > 0 && prefix->length <= ip_bits(prefix->ip.family) && prefix_equal(&network, prefix));
}

static void demand_peer(const struct overlay *overlay, const struct overlay_peer *peer)
{
	char name[IFNAMSIZ];

	demand(ip_is_set(&peer->host) && peer->subnet_count > 0 && peer->subnet_count <= MAX_PEER_SUBNETS);
	demand(!peer->leaving && !peer->direct && !peer->tunnel[0]); /* those are decided here, and by nobody else */
	demand(peer->point_to_point == ip_is_set(&peer->address));
	for (size_t i = 0; i < peer->subnet_count; i++)
		demand_prefix(&peer->subnets[i]);
	overlay_tunnel_name(overlay, peer, name);
	demand(memchr(name, '\0', sizeof name) != NULL);
}

/** demand_apart() - nothing is behind two peers, and no host behind one */
static void demand_apart(const struct overlay *overlay)
{
	for (size_t i = 0; i < overlay->peer_count; i++)
		for (size_t j = 0; j < overlay->peer_count; j++)
			for (size_t k = 0; k < overlay->peers[i].subnet_count; k++) {
				const struct prefix *subnet = &overlay->peers[i].subnets[k];

				demand(!ip_in_prefix(&overlay->peers[j].host, subnet));
				for (size_t l = 0; i != j && l < overlay->peers[j].subnet_count; l++)
					demand(!prefix_contains(subnet, &overlay->peers[j].subnets[l]));
			}
}

/** demand_all() - no peer of the list was passed over */
static void demand_all(const struct overlay *overlay, const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	AUTO_FREE char *text = malloc(size + 1);
	json_auto_t *document = NULL;

	demand(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	demand(input_parse(text, size, &document, &err) == 0);
	const struct field root = field_root(document, "peersFile"), peers = field_get(&root, "peers");
	demand(overlay->peer_count == field_count(&peers));
}

/** demand_same() - what was read, written and read again is written as before */
static void demand_same(const struct overlay *overlay)
{
	struct error err = ERROR_INIT;
	CLEANUP(overlay_free) struct overlay *again = overlay_new(&err);
	json_auto_t *first = overlay_peers_write(overlay, PEERS_WISHED), *second = NULL;
	const struct field list = field_root(first, "peers");

	demand(again && first && overlay_peers_read(again, &list, PEERS_WISHED, &err) == 0);
	second = overlay_peers_write(again, PEERS_WISHED);
	demand(second && json_equal(first, second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	CLEANUP(overlay_free) struct overlay *overlay = overlay_new(&err);

	demand(overlay != NULL);
	overlay->kind = OVERLAY_IPIP;
	int status = overlay_read_peers_file(overlay, input_file(data, size), &err);
	demand_verdict(status, &err);
	demand(err.code != ERROR_IO); /* it is there */
	if (status < 0)
		return 0;
	demand(overlay->subnet_count <= MAX_PEER_SUBNETS && memchr(overlay->reason, '\0', sizeof overlay->reason));
	for (size_t i = 0; i < overlay->subnet_count; i++)
		demand_prefix(&overlay->subnets[i]);
	for (size_t i = 0; i < overlay->peer_count; i++)
		demand_peer(overlay, &overlay->peers[i]);
	demand_apart(overlay);
	demand_all(overlay, data, size);
	demand_same(overlay);
	return 0;
}
