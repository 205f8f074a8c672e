/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /dev/net/tun: an open descriptor belongs to the namespace it was opened in (drivers/net/tun.c, tun_chr_open). */
#include "kernel/tun.h"
#include "kernel/link_message.h"

#include "base/cleanup.h"
#include "kernel/message.h"
#include "kernel/netns.h"

#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <sys/ioctl.h>

static const char DEVICE[] = "/dev/net/tun";

/* What is read below has the size it is read with, and texts end */
static const struct nla_policy info_policy[IFLA_INFO_MAX + 1] = {
	[IFLA_INFO_KIND] = {.type = NLA_STRING},
	[IFLA_INFO_DATA] = {.type = NLA_NESTED},
};
static const struct nla_policy data_policy[IFLA_TUN_MAX + 1] = {
	[IFLA_TUN_OWNER] = {.type = NLA_U32},  [IFLA_TUN_GROUP] = {.type = NLA_U32},
	[IFLA_TUN_TYPE] = {.type = NLA_U8},    [IFLA_TUN_MULTI_QUEUE] = {.type = NLA_U8},
	[IFLA_TUN_PERSIST] = {.type = NLA_U8},
};

static int open_device(void *into, struct error *err)
{
	int *fd = into;

	*fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	return *fd < 0 ? error_set(err, ERROR_KERNEL, errno, "open %s", DEVICE) : 0;
}

int tun_create(int netns_fd, const struct tun_wish *wish, struct error *err)
{
	/* Headers of virtio are up to whoever opens the tap, as is everything else that it says at that time */
	struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL)};
	AUTO_CLOSE int fd = -1;

	(void)snprintf(request.ifr_name, sizeof request.ifr_name, "%s", wish->ifname);
	if (wish->multi_queue)
		request.ifr_flags |= IFF_MULTI_QUEUE;
	if (netns_visit(netns_fd, open_device, &fd, err) < 0)
		return -1;
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		return error_set(err, ERROR_KERNEL, errno == EBUSY ? EEXIST : errno, "make tap %s", wish->ifname);
	if ((wish->owner != UINT32_MAX && ioctl(fd, TUNSETOWNER, (unsigned long)wish->owner) < 0) ||
	    (wish->group != UINT32_MAX && ioctl(fd, TUNSETGROUP, (unsigned long)wish->group) < 0))
		return error_set(err, ERROR_KERNEL, errno, "give tap %s its owner and group", wish->ifname);
	return take_fd(&fd);
}

int tun_keep(int fd, const char *ifname, struct error *err)
{
	return ioctl(fd, TUNSETPERSIST, 1UL) < 0 ? error_set(err, ERROR_KERNEL, errno, "make tap %s persistent", ifname)
						 : 0;
}

/** number() - of an attribute that may be missing */
static uint32_t number(struct nlattr *attribute)
{
	return attribute ? nla_get_u32(attribute) : UINT32_MAX;
}

static bool flag(struct nlattr *attribute)
{
	return attribute && nla_get_u8(attribute);
}

static int read_link(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nlattr *link[IFLA_MAX + 1] = {0}, *info[IFLA_INFO_MAX + 1] = {0}, *data[IFLA_TUN_MAX + 1] = {0};
	struct tun_state *state = into;

	if (answer->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(answer, sizeof(struct ifinfomsg), link, IFLA_MAX, LINK_POLICY) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about an interface");
	if (!link[IFLA_LINKINFO] || nla_parse_nested(info, IFLA_INFO_MAX, link[IFLA_LINKINFO], info_policy) < 0 ||
	    !info[IFLA_INFO_KIND] || nla_strcmp(info[IFLA_INFO_KIND], "tun") != 0 || !info[IFLA_INFO_DATA] ||
	    nla_parse_nested(data, IFLA_TUN_MAX, info[IFLA_INFO_DATA], data_policy) < 0)
		return 0;
	*state = (struct tun_state){.owner = number(data[IFLA_TUN_OWNER]),
				    .group = number(data[IFLA_TUN_GROUP]),
				    .is_tap = data[IFLA_TUN_TYPE] && nla_get_u8(data[IFLA_TUN_TYPE]) == IFF_TAP,
				    .persistent = flag(data[IFLA_TUN_PERSIST]),
				    .multi_queue = flag(data[IFLA_TUN_MULTI_QUEUE])};
	return 0;
}

int tun_query(struct rtnl *rtnl, int ifindex, struct tun_state *state, struct error *err)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
	struct nl_msg *msg = message_begin(RTM_GETLINK, 0, &header, sizeof header);
	struct error refusal = ERROR_INIT;

	*state = (struct tun_state){.is_tap = false};
	if (rtnl_ask(rtnl, msg, read_link, state, &refusal, "get tap %d", ifindex) == 0 || refusal.errnum == ENODEV)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

int tun_probe(struct error *err)
{
	AUTO_CLOSE int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? error_set(err, ERROR_NOT_AVAILABLE, errno, "taps cannot be made: open %s (module tun)", DEVICE)
		      : 0;
}
