/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lo has index 1 in every namespace (net/core/dev.c, LOOPBACK_IFINDEX). */
#include "link/loopback.h"

#include "link/messages.h"

enum { LOOPBACK_IFINDEX = 1 };

/** take() - the first address of a family is the one that is reported */
static int take(const struct prefix *address, void *argument, struct error *err)
{
	struct attachment *want = argument;
	char text[IP_TEXT_SIZE];

	if (!ip_is_loopback(&address->ip))
		return error_set(err, ERROR_CONFIG, 0, "loopback interface found with non-loopback address \"%s\"",
				 ip_format(&address->ip, text));
	if (!attachment_has_family(want, address->ip.family))
		want->addresses[want->address_count++] =
			(struct address){.ip = address->ip, .subnet = prefix_network(address)};
	return 0;
}

/** look() - at what lo has, of both families */
static int look(struct attachment *want, struct rtnl *container, struct error *err)
{
	want->address_count = 0;
	return addresses_visit(container, LOOPBACK_IFINDEX, AF_INET, take, want, err) < 0
		       ? -1
		       : addresses_visit(container, LOOPBACK_IFINDEX, AF_INET6, take, want, err);
}

int loopback_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	/* before anything is changed; the kernel's own addresses come when it goes up */
	if (look(want, kernel->container, err) < 0 || link_set_up(kernel->container, LOOPBACK_IFINDEX, true, err) < 0)
		return -1;
	return look(want, kernel->container, err);
}

int loopback_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state lo;
	bool exists;

	(void)want;
	(void)store;
	if (link_query_index(kernel->container, LOOPBACK_IFINDEX, &lo, &exists, err) < 0)
		return -1;
	if (!exists || !(lo.flags & IFF_UP))
		return error_set(err, ERROR_DRIFT, 0, "interface lo is down in the container");
	return 0;
}

int loopback_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)want;
	(void)store;
	return kernel->container ? link_set_up(kernel->container, LOOPBACK_IFINDEX, false, err) : 0;
}
