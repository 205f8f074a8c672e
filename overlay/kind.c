/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of tunnel kinds. */
#include "overlay/kind.h"

static const struct tunnel_kind *const kinds[] = {
	[OVERLAY_IPIP] = &tunnel_ipip,
};

const struct tunnel_kind *tunnel_kind_find(enum overlay_kind kind)
{
	return (size_t)kind < sizeof kinds / sizeof *kinds ? kinds[kind] : NULL;
}
