/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that change addresses, routes and neighbours; queries are in queries.c. */
#include "link/messages.h"

#include "kernel/message.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

/** tolerate() - take one errno for success */
static int tolerate(int status, int errnum, const struct error *attempt, struct error *err)
{
	if (status < 0 && attempt->errnum != errnum)
		error_merge(err, attempt);
	return status < 0 && attempt->errnum != errnum ? -1 : 0;
}

int link_set_up(struct rtnl *rtnl, int ifindex, bool up, struct error *err)
{
	const struct ifinfomsg header = {.ifi_index = ifindex, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP};

	return rtnl_request(rtnl, message_begin(RTM_NEWLINK, 0, &header, sizeof header), err, "set interface %d %s",
			    ifindex, up ? "up" : "down");
}

/** build_address() - @flags: IFA_F_* */
static struct nl_msg *build_address(int type, int ifindex, const struct prefix *address, uint32_t flags)
{
	enum { NO_BROADCAST_LENGTH = 31 }; /* RFC 3021: a link of two has none */
	const struct ifaddrmsg header = {.ifa_family = (uint8_t)address->ip.family,
					 .ifa_prefixlen = address->length,
					 .ifa_index = (uint32_t)ifindex};
	const struct ip last = prefix_last(address);
	struct nl_msg *msg =
		message_begin(type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0, &header, sizeof header);
	bool whole =
		msg && message_put_ip(msg, IFA_LOCAL, &address->ip) && message_put_ip(msg, IFA_ADDRESS, &address->ip);

	if (whole && flags)
		whole = nla_put_u32(msg, IFA_FLAGS, flags) == 0;
	if (whole && address->ip.family == AF_INET && address->length < NO_BROADCAST_LENGTH)
		whole = message_put_ip(msg, IFA_BROADCAST, &last);
	return message_finish(msg, whole);
}

/** unchecked() - whoever is on the link had his address from us */
static uint32_t unchecked(const struct prefix *address)
{
	return address->ip.family == AF_INET6 ? IFA_F_NODAD : 0;
}

static int add_address(struct rtnl *rtnl, struct nl_msg *msg, const struct prefix *address, struct error *err)
{
	struct error attempt = ERROR_INIT;
	char text[PREFIX_TEXT_SIZE];
	int status = rtnl_request(rtnl, msg, &attempt, "add address %s", prefix_format(address, text));

	return tolerate(status, EEXIST, &attempt, err);
}

int address_add(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err)
{
	return add_address(rtnl, build_address(RTM_NEWADDR, ifindex, address, unchecked(address)), address, err);
}

int address_add_public(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err)
{
	/* deprecated (RFC 4862, section 5.5.4) for as long as it is there */
	const struct ifa_cacheinfo lifetime = {.ifa_prefered = 0, .ifa_valid = UINT32_MAX};
	struct nl_msg *msg = build_address(RTM_NEWADDR, ifindex, address, unchecked(address));

	if (msg)
		msg = message_finish(msg, nla_put(msg, IFA_CACHEINFO, sizeof lifetime, &lifetime) == 0);
	return add_address(rtnl, msg, address, err);
}

int address_add_checked(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err)
{
	return add_address(rtnl, build_address(RTM_NEWADDR, ifindex, address, 0), address, err);
}

int address_add_alone(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err)
{
	const uint32_t flags = unchecked(address) | IFA_F_NOPREFIXROUTE;

	return add_address(rtnl, build_address(RTM_NEWADDR, ifindex, address, flags), address, err);
}

int address_delete(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err)
{
	struct nl_msg *msg = build_address(RTM_DELADDR, ifindex, address, 0);
	struct error attempt = ERROR_INIT;
	char text[PREFIX_TEXT_SIZE];
	int status = rtnl_request(rtnl, msg, &attempt, "delete address %s", prefix_format(address, text));

	if (status < 0 && attempt.errnum == ENODEV) /* gone with its interface */
		return 0;
	return tolerate(status, EADDRNOTAVAIL, &attempt, err);
}

static bool put_metrics(struct nl_msg *msg, const struct route_wish *wish)
{
	if (!wish->mtu && !wish->advmss)
		return true;
	struct nlattr *metrics = nla_nest_start(msg, RTA_METRICS);

	return metrics && (!wish->mtu || nla_put_u32(msg, RTAX_MTU, wish->mtu) == 0) &&
	       (!wish->advmss || nla_put_u32(msg, RTAX_ADVMSS, wish->advmss) == 0) && nla_nest_end(msg, metrics) == 0;
}

static struct nl_msg *build_route(int type, int flags, const struct route_wish *wish)
{
	const uint32_t table = wish->table ? wish->table : RT_TABLE_MAIN;
	const struct rtmsg header = {.rtm_family = (uint8_t)wish->destination.ip.family,
				     .rtm_dst_len = wish->destination.length,
				     .rtm_table = table <= UINT8_MAX ? (uint8_t)table : RT_TABLE_UNSPEC,
				     .rtm_protocol = wish->protocol,
				     .rtm_scope = wish->scope,
				     .rtm_type = wish->type};
	struct nl_msg *msg = message_begin(type, flags, &header, sizeof header);
	bool whole =
		msg && message_put_ip(msg, RTA_DST, &wish->destination.ip) && nla_put_u32(msg, RTA_TABLE, table) == 0;

	whole = whole && (!wish->priority || nla_put_u32(msg, RTA_PRIORITY, wish->priority) == 0);
	whole = whole && (!ip_is_set(&wish->source) || message_put_ip(msg, RTA_PREFSRC, &wish->source));
	whole = whole && (!ip_is_set(&wish->gateway) || message_put_ip(msg, RTA_GATEWAY, &wish->gateway));
	whole = whole && (!wish->ifindex || nla_put_u32(msg, RTA_OIF, (uint32_t)wish->ifindex) == 0);
	return message_finish(msg, whole && put_metrics(msg, wish));
}

/** describe_route() - "10.0.0.0/8 via 10.77.0.1", as an operator would type it */
static const char *describe_route(const struct route_wish *wish, char text[static 128])
{
	char destination[PREFIX_TEXT_SIZE], gateway[IP_TEXT_SIZE];
	bool via = ip_is_set(&wish->gateway);

	(void)snprintf(text, 128, "%s%s%s%s", wish->type == RTN_UNREACHABLE ? "unreachable " : "",
		       prefix_format(&wish->destination, destination), via ? " via " : "",
		       ip_format(&wish->gateway, gateway));
	return text;
}

int route_add(struct rtnl *rtnl, const struct route_wish *wish, struct error *err)
{
	char text[128];

	return rtnl_request(rtnl, build_route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, wish), err, "add route %s",
			    describe_route(wish, text));
}

int route_ensure(struct rtnl *rtnl, const struct route_wish *wish, struct error *err)
{
	struct error attempt = ERROR_INIT;
	int status = route_add(rtnl, wish, &attempt);

	return tolerate(status, EEXIST, &attempt, err);
}

int route_delete(struct rtnl *rtnl, const struct route_wish *wish, struct error *err)
{
	struct error attempt = ERROR_INIT;
	char text[128];
	int status = rtnl_request(rtnl, build_route(RTM_DELROUTE, 0, wish), &attempt, "delete route %s",
				  describe_route(wish, text));

	return tolerate(status, ESRCH, &attempt, err);
}

int neighbour_set(struct rtnl *rtnl, int ifindex, const struct ip *ip, const uint8_t mac[static MAC_LENGTH],
		  struct error *err)
{
	const struct ndmsg header = {
		.ndm_family = (uint8_t)ip->family, .ndm_ifindex = ifindex, .ndm_state = NUD_PERMANENT};
	struct nl_msg *msg = message_begin(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof header);
	char text[IP_TEXT_SIZE];

	if (msg)
		msg = message_finish(msg, message_put_ip(msg, NDA_DST, ip) &&
						  nla_put(msg, NDA_LLADDR, MAC_LENGTH, mac) == 0);
	return rtnl_request(rtnl, msg, err, "set neighbour %s", ip_format(ip, text));
}
