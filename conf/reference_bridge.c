/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference bridge and ptp, by its defaults. */
#include "conf/bridge_config.h"
#include "conf/network.h"
#include "conf/reference.h"
#include "conf/wish_parts.h"

#include <string.h>

enum { DEFAULT_MTU = 1500 };

/** read_backend() - whichever the reference would have used, nftables does it */
static int read_backend(const struct field *root, struct error *err)
{
	const char *backend = "";

	if (field_text(root, "ipMasqBackend", &backend, err) < 0)
		return -1;
	if (backend[0] == '\0' || strcmp(backend, "iptables") == 0 || strcmp(backend, "nftables") == 0)
		return 0;
	return error_set(err, ERROR_CONFIG, 0, "unknown ipmasq backend \"%.64s\"", backend);
}

/** read_link() - what bridge and ptp have in common beside their addresses */
static int read_link(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	bool masquerade = false;

	if (network_read_mtu(&request->network, root, err) < 0 || field_boolean(root, "ipMasq", &masquerade, err) < 0 ||
	    read_backend(root, err) < 0 || field_boolean(root, "dockerUser", &wish->docker_user, err) < 0)
		return -1;
	wish->mode = request->network.mode;
	wish->mtu = request->network.mtu ? request->network.mtu : DEFAULT_MTU;
	wish->masquerade_ipv4 = wish->masquerade_ipv6 = masquerade;
	wish->forward_guard = true;
	return 0;
}

static const struct bridge_defaults BRIDGE_DEFAULTS = {.name = "cni0"};

int reference_bridge_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct parts parts;

	request->network.mode = MODE_BRIDGE;
	if (parts_read(&parts, request, root, err) < 0)
		return -1;
	const bool has_ipam = !parts_have_no_ipam(request, &parts);
	if (parts_read_addresses(request, &parts, has_ipam, err) < 0 || read_link(request, root, err) < 0)
		return -1;
	wish->masquerade_ipv4 = wish->masquerade_ipv6 = wish->masquerade_ipv4 && has_ipam;
	if (bridge_config_read(wish, root, has_ipam, &BRIDGE_DEFAULTS, err) < 0)
		return -1;
	return parts_read_mac(wish, &parts, err) < 0 ? -1 : parts_read_dns(request, &parts, err);
}

int reference_ptp_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct parts parts;

	request->network.mode = MODE_ROUTED;
	if (parts_read(&parts, request, root, err) < 0 || parts_read_addresses(request, &parts, true, err) < 0 ||
	    read_link(request, root, err) < 0)
		return -1;
	wish->default_routes = false;
	wish->point_to_point = true;
	return parts_read_dns(request, &parts, err);
}
