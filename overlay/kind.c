/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of tunnel kinds. */
#include "overlay/kind.h"

static const struct tunnel_kind *const kinds[] = {
	[OVERLAY_IPIP] = &tunnel_ipip,
	[OVERLAY_GRE] = &tunnel_gre,
	[OVERLAY_SIT] = &tunnel_sit,
	[OVERLAY_VXLAN] = &tunnel_vxlan,
	[OVERLAY_WIREGUARD] = &tunnel_wireguard,
};

const struct tunnel_kind *tunnel_kind_find(enum overlay_kind kind)
{
	return kind <= OVERLAY_WIREGUARD ? kinds[kind] : NULL;
}
