/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/overlay_files: flannel's subnet.env. */
#include "base/cleanup.h"
#include "conf/overlay_config.h"
#include "tests/fuzz/input_file.h"

static void demand_prefix(const struct prefix *prefix, sa_family_t family)
{
	const struct prefix network = prefix_network(prefix);

	demand((family == AF_UNSPEC || prefix->ip.family == family) && prefix->length <= ip_bits(prefix->ip.family) &&
	       prefix_equal(&network, prefix));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const sa_family_t families[OVERLAY_FAMILIES] = {AF_INET, AF_INET6};
	struct error err = ERROR_INIT;
	CLEANUP(overlay_free) struct overlay *overlay = overlay_new(&err);

	demand(overlay != NULL);
	int status = overlay_read_subnet_file(overlay, input_file(data, size), &err);
	demand_verdict(status, &err);
	demand(err.code != ERROR_IO || size > SUBNET_FILE_LIMIT); /* it is there */
	if (status < 0)
		return 0;
	demand(overlay->ready == (overlay->subnet_count > 0) && overlay->subnet_count <= MAX_PEER_SUBNETS);
	demand(overlay->ready || (overlay->reason[0] && memchr(overlay->reason, '\0', sizeof overlay->reason)));
	demand(overlay->mtu <= UINT16_MAX && overlay->peer_count == 0);
	for (size_t i = 0; i < overlay->subnet_count; i++)
		demand_prefix(&overlay->subnets[i], AF_UNSPEC);
	for (size_t i = 0; i < OVERLAY_FAMILIES; i++)
		if (ip_is_set(&overlay->networks[i].ip))
			demand_prefix(&overlay->networks[i], families[i]);
	return 0;
}
