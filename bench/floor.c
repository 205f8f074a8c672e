/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plugin that does only what the kernel has to do for an attachment: the floor under cambric's times.
 *
 * The same objects and settings, as numbers that are known beforehand: no configuration, no store, no questions, no
 * checks, and as few system calls as they fit in. Bridge floor0 with the gateway address and table inet floor have to be
 * there (bench/prepare.sh). ADD: three batches, on the host, in nftables, in the container. DEL: elements, then the
 * link; a child waits for the kernel (some 20 ms), the program only for the announcement that the link is gone, as cambric.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BATCH_SIZE = 8192,
	SUBNET = 0x0a4f0000, /* 10.79.0.0/16; .0.1 is the gateway */
	FIRST_ADDRESS = 256,
	FIRST_HOST_PORT = 20000,
	CONTAINER_PORT = 80,
	FIRST_INDEX = 100000,
	CONTAINER_INDEX = 2,
	GROUP = 4711,
	PROTOCOL = 202,
	MTU = 1500,
	ADDR_GEN_MODE_NONE = 1,
};

/** struct wish - one attachment: everything follows from its number; addresses and ports in network byte order */
struct wish {
	char ifname[IFNAMSIZ];
	int ifindex;
	uint32_t address, gateway;
	uint16_t host_port, container_port;
	uint8_t mac[6], host_mac[6];
};

/** struct batch - requests for one socket */
struct batch {
	_Alignas(struct nlmsghdr) char bytes[BATCH_SIZE];
	size_t length;
	unsigned count;
};

static _Noreturn void fail(const char *what)
{
	(void)printf("{\"cniVersion\": \"1.0.0\", \"code\": 999, \"msg\": \"%s: %s\"}\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static struct wish wish_of(const char *pod)
{
	const unsigned number = (unsigned)strtoul(pod + strcspn(pod, "0123456789"), NULL, 10);
	const uint8_t high = (uint8_t)(number >> 8), low = (uint8_t)number;
	struct wish wish = {.ifindex = FIRST_INDEX + (int)number,
			    .address = htonl(SUBNET + FIRST_ADDRESS + number),
			    .gateway = htonl(SUBNET + 1),
			    .host_port = htons((uint16_t)(FIRST_HOST_PORT + number)),
			    .container_port = htons(CONTAINER_PORT),
			    .mac = {2, 0xf1, 0, 0, high, low},
			    .host_mac = {2, 0xf1, 0, 1, high, low}};

	(void)snprintf(wish.ifname, sizeof wish.ifname, "floor-%u", number);
	return wish;
}

/* --- batches --- */

/** begin() - a request behind those that are in the batch. Its length counts when it is complete: finish() */
static struct nlmsghdr *begin(struct batch *batch, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(batch->bytes + batch->length);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = ++batch->count;
	return message;
}

static void finish(struct batch *batch, const struct nlmsghdr *message)
{
	batch->length += NLMSG_ALIGN(message->nlmsg_len);
}

/** commit() - send all and read what the kernel says: it works during the send, so all answers are there */
static void commit(int fd, const struct batch *batch, const char *what)
{
	char answers[BATCH_SIZE];
	ssize_t length;

	if (send(fd, batch->bytes, batch->length, 0) != (ssize_t)batch->length)
		fail(what);
	while ((length = recv(fd, answers, sizeof answers, MSG_DONTWAIT)) > 0) {
		int left = (int)length;
		for (const struct nlmsghdr *answer = (const void *)answers; mnl_nlmsg_ok(answer, left);
		     answer = mnl_nlmsg_next(answer, &left)) {
			const struct nlmsgerr *verdict = mnl_nlmsg_get_payload(answer);
			errno = -verdict->error;
			if (answer->nlmsg_type == NLMSG_ERROR && errno != 0)
				fail(what);
		}
	}
}

static int open_socket(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		fail("socket");
	return fd;
}

/** open_inside() - a socket of the container's namespace; *@netns: the namespace */
static int open_inside(int *netns)
{
	const char *path = getenv("CNI_NETNS");
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	*netns = open(path ? path : "", O_RDONLY | O_CLOEXEC);
	if (*netns < 0 || setns(*netns, CLONE_NEWNET) < 0)
		fail("enter the container's namespace");
	int fd = open_socket(NETLINK_ROUTE);
	if (setns(home, CLONE_NEWNET) < 0)
		fail("come home");
	return fd;
}

/* --- rtnetlink --- */

static void add_veth(struct batch *batch, const struct wish *wish, int netns)
{
	struct nlmsghdr *message = begin(batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof *link);

	link->ifi_index = wish->ifindex;
	mnl_attr_put_strz(message, IFLA_IFNAME, wish->ifname);
	mnl_attr_put(message, IFLA_ADDRESS, sizeof wish->host_mac, wish->host_mac);
	mnl_attr_put_u32(message, IFLA_MTU, MTU);
	mnl_attr_put_u32(message, IFLA_GROUP, GROUP);
	struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
	struct nlattr *data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
	struct nlattr *peer = mnl_attr_nest_start(message, VETH_INFO_PEER);
	struct ifinfomsg *end = mnl_nlmsg_put_extra_header(message, sizeof *end);
	end->ifi_index = CONTAINER_INDEX;
	mnl_attr_put_strz(message, IFLA_IFNAME, "eth0");
	mnl_attr_put(message, IFLA_ADDRESS, sizeof wish->mac, wish->mac);
	mnl_attr_put_u32(message, IFLA_MTU, MTU);
	mnl_attr_put_u32(message, IFLA_NET_NS_FD, (uint32_t)netns);
	mnl_attr_nest_end(message, peer);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, info);
	finish(batch, message);
}

/** set_up() - with no IPv6 address; on the host also rp_filter and route_localnet, as numbers of linux/ip.h */
static void set_up(struct batch *batch, int ifindex, bool on_host)
{
	struct nlmsghdr *message = begin(batch, RTM_NEWLINK, 0);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof *link);

	link->ifi_index = ifindex;
	link->ifi_flags = link->ifi_change = IFF_UP;
	struct nlattr *families = mnl_attr_nest_start(message, IFLA_AF_SPEC);
	struct nlattr *ipv6 = mnl_attr_nest_start(message, AF_INET6);
	mnl_attr_put_u8(message, IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(message, ipv6);
	if (on_host) {
		struct nlattr *ipv4 = mnl_attr_nest_start(message, AF_INET);
		struct nlattr *settings = mnl_attr_nest_start(message, IFLA_INET_CONF);
		mnl_attr_put_u32(message, IPV4_DEVCONF_RP_FILTER, 1);
		mnl_attr_put_u32(message, IPV4_DEVCONF_ROUTE_LOCALNET, 1);
		mnl_attr_nest_end(message, settings);
		mnl_attr_nest_end(message, ipv4);
	}
	mnl_attr_nest_end(message, families);
	finish(batch, message);
}

static void add_address(struct batch *batch, int ifindex, uint32_t address)
{
	struct nlmsghdr *message = begin(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *head = mnl_nlmsg_put_extra_header(message, sizeof *head);

	head->ifa_family = AF_INET;
	head->ifa_prefixlen = 32;
	head->ifa_index = (unsigned)ifindex;
	mnl_attr_put_u32(message, IFA_LOCAL, address);
	mnl_attr_put_u32(message, IFA_ADDRESS, address);
	finish(batch, message);
}

/** add_route() - to a host, or the default route (@to 0); @source, @gateway: 0 for none */
static void add_route(struct batch *batch, int ifindex, uint32_t to, uint32_t source, uint32_t gateway)
{
	struct nlmsghdr *message = begin(batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(message, sizeof *route);

	route->rtm_family = AF_INET;
	route->rtm_dst_len = to ? 32 : 0;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = PROTOCOL;
	route->rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	route->rtm_type = RTN_UNICAST;
	if (to)
		mnl_attr_put_u32(message, RTA_DST, to);
	if (source)
		mnl_attr_put_u32(message, RTA_PREFSRC, source);
	if (gateway)
		mnl_attr_put_u32(message, RTA_GATEWAY, gateway);
	mnl_attr_put_u32(message, RTA_OIF, (uint32_t)ifindex);
	finish(batch, message);
}

static void add_neighbour(struct batch *batch, int ifindex, uint32_t address, const uint8_t mac[static 6])
{
	struct nlmsghdr *message = begin(batch, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
	struct ndmsg *neighbour = mnl_nlmsg_put_extra_header(message, sizeof *neighbour);

	neighbour->ndm_family = AF_INET;
	neighbour->ndm_ifindex = ifindex;
	neighbour->ndm_state = NUD_PERMANENT;
	mnl_attr_put_u32(message, NDA_DST, address);
	mnl_attr_put(message, NDA_LLADDR, 6, mac);
	finish(batch, message);
}

/* --- nftables --- */

static struct nlmsghdr *begin_nft(struct batch *batch, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource)
{
	struct nlmsghdr *message = begin(batch, type, flags);
	struct nfgenmsg *head = mnl_nlmsg_put_extra_header(message, sizeof *head);

	head->nfgen_family = family;
	head->version = NFNETLINK_V0;
	head->res_id = htons(resource);
	return message;
}

static void put_value(struct nlmsghdr *message, uint16_t type, const void *value, size_t length)
{
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	mnl_attr_put(message, NFTA_DATA_VALUE, length, value);
	mnl_attr_nest_end(message, nest);
}

static void put_element(struct batch *batch, bool adding, const char *set, const void *key, size_t key_length,
			const void *data, size_t data_length)
{
	const uint16_t type = adding ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM;
	struct nlmsghdr *message = begin_nft(batch, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
					     adding ? NLM_F_CREATE | NLM_F_EXCL : 0, NFPROTO_INET, 0);

	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, "floor");
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set);
	struct nlattr *list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	put_value(message, NFTA_SET_ELEM_KEY, key, key_length);
	if (data && adding)
		put_value(message, NFTA_SET_ELEM_DATA, data, data_length);
	mnl_attr_nest_end(message, element);
	mnl_attr_nest_end(message, list);
	finish(batch, message);
}

/** change_elements() - those of one attachment, in one transaction; each field padded to four bytes. Return: the socket */
static int change_elements(const struct wish *wish, bool adding)
{
	struct {
		char ifname[IFNAMSIZ];
		uint32_t address;
	} owner = {.address = wish->address};
	struct {
		uint8_t protocol, zeros[3];
		uint16_t port, zero;
	} published = {.protocol = IPPROTO_TCP, .port = wish->host_port};
	struct {
		uint32_t address;
		uint16_t port, zero;
	} target = {.address = wish->address, .port = wish->container_port};
	char pair[2 * IFNAMSIZ];
	struct batch batch = {0};

	memcpy(owner.ifname, wish->ifname, IFNAMSIZ);
	memcpy(pair, wish->ifname, IFNAMSIZ);
	memcpy(pair + IFNAMSIZ, wish->ifname, IFNAMSIZ);
	finish(&batch, begin_nft(&batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
	put_element(&batch, adding, "attached", wish->ifname, IFNAMSIZ, NULL, 0);
	put_element(&batch, adding, "owner", &owner, sizeof owner, NULL, 0);
	put_element(&batch, adding, "hairpin", pair, sizeof pair, NULL, 0);
	put_element(&batch, adding, "published", &published, sizeof published, &target, sizeof target);
	finish(&batch, begin_nft(&batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
	int fd = open_socket(NETLINK_NETFILTER);
	commit(fd, &batch, adding ? "add elements" : "delete elements");
	return fd;
}

/* --- verbs --- */

static void print_result(const struct wish *wish)
{
	char text[INET_ADDRSTRLEN];

	(void)inet_ntop(AF_INET, &wish->address, text, sizeof text);
	(void)printf("{\"cniVersion\": \"1.0.0\", \"interfaces\": [{\"name\": \"%s\"}, {\"name\": \"eth0\", "
		     "\"sandbox\": \"%s\"}], "
		     "\"ips\": [{\"address\": \"%s/32\", \"interface\": 1}]}\n",
		     wish->ifname, getenv("CNI_NETNS"), text);
}

static void add(const struct wish *wish)
{
	int netns, inside = open_inside(&netns), outside = open_socket(NETLINK_ROUTE);
	struct batch host = {0}, container = {0};

	add_veth(&host, wish, netns);
	set_up(&host, wish->ifindex, true);
	add_route(&host, wish->ifindex, wish->address, wish->gateway, 0);
	add_neighbour(&host, wish->ifindex, wish->address, wish->mac);
	commit(outside, &host, "make the veth and its host side");
	(void)change_elements(wish, true);
	add_address(&container, CONTAINER_INDEX, wish->address);
	add_neighbour(&container, CONTAINER_INDEX, wish->gateway, wish->host_mac);
	set_up(&container, CONTAINER_INDEX, false);
	add_route(&container, CONTAINER_INDEX, wish->gateway, 0, 0);
	add_route(&container, CONTAINER_INDEX, 0, 0, wish->gateway);
	commit(inside, &container, "set up the container's end");
	print_result(wish);
}

/** open_announcements() - a socket that gets RTM_DELLINK of this interface and nothing else */
static int open_announcements(int ifindex)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELLINK), 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NLMSG_HDRLEN + offsetof(struct ifinfomsg, ifi_index)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl((uint32_t)ifindex), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT16_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog filter = {sizeof program / sizeof *program, program};
	int fd = open_socket(NETLINK_ROUTE);

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		fail("listen for announcements");
	return fd;
}

static void delete_link(const struct wish *wish)
{
	struct batch batch = {0};
	struct nlmsghdr *message = begin(&batch, RTM_DELLINK, 0);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof *link);

	link->ifi_index = wish->ifindex;
	finish(&batch, message);
	commit(open_socket(NETLINK_ROUTE), &batch, "delete the link");
}

/** del() - the child also holds the socket of nftables: its last close waits for the kernel, too */
static void del(const struct wish *wish)
{
	char announcement[BATCH_SIZE];
	int elements = change_elements(wish, false), announcements = open_announcements(wish->ifindex);
	pid_t pid = fork();

	if (elements < 0 || pid < 0)
		fail("fork");
	if (pid == 0) {
		delete_link(wish);
		_exit(EXIT_SUCCESS);
	}
	if (recv(announcements, announcement, sizeof announcement, 0) < 0)
		fail("wait for the announcement");
}

int main(void)
{
	const char *command = getenv("CNI_COMMAND"), *pod = getenv("CNI_CONTAINERID");

	if (!command || !pod)
		return EXIT_FAILURE;
	const struct wish wish = wish_of(pod);
	if (strcmp(command, "ADD") == 0)
		add(&wish);
	else if (strcmp(command, "DEL") == 0)
		del(&wish);
	return EXIT_SUCCESS;
}
