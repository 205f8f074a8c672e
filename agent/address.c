/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The own address. */
#include "agent/address.h"

#include <ifaddrs.h>
#include <string.h>

/** mask_length() - leading ones */
static uint8_t mask_length(const uint8_t *bytes, size_t size)
{
	uint8_t length = 0;

	for (size_t i = 0; i < size && bytes[i]; i++)
		length = (uint8_t)(length + __builtin_popcount(bytes[i]));
	return length;
}

static bool is_address(const struct sockaddr *address, const struct ip *ip)
{
	if (!address || address->sa_family != ip->family)
		return false;
	const void *bytes = ip->family == AF_INET
				    ? (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr
				    : (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	return memcmp(bytes, ip->bytes, ip_size(ip->family)) == 0;
}

static uint8_t find_length(const struct ip *ip)
{
	struct ifaddrs *all;
	uint8_t length = 0;

	if (getifaddrs(&all) < 0)
		return 0;
	for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
		if (!is_address(one->ifa_addr, ip) || !one->ifa_netmask)
			continue;
		const void *mask =
			ip->family == AF_INET
				? (const void *)&((const struct sockaddr_in *)(void *)one->ifa_netmask)->sin_addr
				: (const void *)&((const struct sockaddr_in6 *)(void *)one->ifa_netmask)->sin6_addr;
		length = mask_length(mask, ip_size(ip->family));
	}
	freeifaddrs(all);
	/* An address of its own, as clouds give them: nothing is known of a link */
	return length == ip_bits(ip->family) ? 0 : length;
}

int address_find(const struct agent_config *config, const struct etcd *etcd, struct ip *host, uint8_t *length,
		 struct error *err)
{
	const struct overlay *overlay = config->overlay;
	const bool given = ip_is_set(&config->public_ip);
	const struct ip *found = given			      ? &config->public_ip
				 : ip_is_set(&overlay->local) ? &overlay->local
							      : &etcd->local;

	if (!ip_is_set(found) || ip_is_loopback(found) || ip_is_link_local(found))
		return error_set(err, ERROR_CONFIG, 0,
				 "publicIP: cannot be told from the way to etcd; set it in the agent's configuration");
	*host = *found;
	*length = given && config->public_length ? config->public_length : find_length(found);
	return 0;
}
