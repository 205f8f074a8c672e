/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the kernel has a kind of tunnel, without making one. */
#include "conf/marks.h"
#include "kernel/message.h"
#include "overlay/tunnel.h"

#include <linux/rtnetlink.h>
#include <netlink/attr.h>

static const char PROBE[] = "cambric-probe";

/** build_probe() - data that no kernel takes: a link of one byte (IFLA_IPTUN_LINK, IFLA_GRE_LINK, IFLA_VXLAN_ID) */
static struct nl_msg *build_probe(const struct tunnel_kind *kind)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct nl_msg *msg = message_begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	struct nlattr *info, *data;

	if (!msg || !(info = nla_nest_start(msg, IFLA_LINKINFO)) ||
	    nla_put_string(msg, IFLA_INFO_KIND, kind->link_kind) < 0 || !(data = nla_nest_start(msg, IFLA_INFO_DATA)) ||
	    nla_put_u8(msg, 1, 0) < 0 || nla_nest_end(msg, data) < 0 || nla_nest_end(msg, info) < 0 ||
	    nla_put_u32(msg, IFLA_GROUP, BRIDGE_GROUP) < 0 || nla_put_string(msg, IFLA_IFNAME, PROBE) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int tunnel_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct tunnel_kind *kind = want->overlay ? tunnel_kind_find(want->overlay->kind) : NULL;
	struct error refusal = ERROR_INIT;

	(void)store;
	/* row "overlay" has found out who needs a tunnel at all */
	if (!kind || (want->overlay->direct && !want->overlay->tunnel[0]))
		return 0;
	if (rtnl_request(kernel->host, build_probe(kind), &refusal, "try to add a tunnel") == 0)
		return tunnel_delete(PROBE, kernel, err); /* a kind that looks at nothing */
	if (refusal.errnum != EOPNOTSUPP)
		return 0;
	return error_set(err, ERROR_NOT_AVAILABLE, refusal.errnum, "this kernel has no %s tunnels (module %s)",
			 kind->name, kind->module);
}
