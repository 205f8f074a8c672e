/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A driver that takes another MAC only while its interface is down, as eth_prepare_mac_addr_change() has it (net/ethernet/eth.c):
 * for LD_PRELOAD, because no kernel at hand has one. A request of the plugin's for it is answered with EBUSY while the
 * interface is up, and goes through while it is not.
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Sequence of the request that is refused; 0: none */
static uint32_t refused;

/** is_up() - in the namespace of the socket */
static bool is_up(int fd, int index)
{
	struct ifreq request = {.ifr_ifindex = index};

	return ioctl(fd, SIOCGIFNAME, &request) == 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 &&
	       request.ifr_flags & IFF_UP;
}

static bool sets_mac(struct nlmsghdr *header)
{
	struct ifinfomsg *link = NLMSG_DATA(header);
	int left = (int)IFLA_PAYLOAD(header);

	if (header->nlmsg_type != RTM_NEWLINK || link->ifi_index <= 0)
		return false;
	for (struct rtattr *at = IFLA_RTA(link); RTA_OK(at, left); at = RTA_NEXT(at, left))
		if (at->rta_type == IFLA_ADDRESS)
			return true;
	return false;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t (*real)(int, const struct msghdr *, int) = dlsym(RTLD_NEXT, "sendmsg");
	struct nlmsghdr *header = message->msg_iov->iov_base;

	if (message->msg_iov->iov_len >= NLMSG_LENGTH(sizeof(struct ifinfomsg)) && sets_mac(header) &&
	    is_up(fd, ((struct ifinfomsg *)NLMSG_DATA(header))->ifi_index)) {
		refused = header->nlmsg_seq;
		((struct ifinfomsg *)NLMSG_DATA(header))->ifi_index =
			INT_MAX; /* that nobody has: an error comes back */
	}
	return real(fd, message, flags);
}

ssize_t recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *sender, socklen_t *length)
{
	ssize_t (*real)(int, void *, size_t, int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "recvfrom");
	ssize_t got = real(fd, buffer, size, flags, sender, length);
	struct nlmsghdr *header = buffer;

	if (refused && got >= (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) && header->nlmsg_type == NLMSG_ERROR &&
	    header->nlmsg_seq == refused)
		((struct nlmsgerr *)NLMSG_DATA(header))->error = -EBUSY;
	return got;
}
