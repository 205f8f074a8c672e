/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forwarding and its guard in a namespace of our own. */
#include "nat/forwarding.h"
#include "tests/nat_table.h"

static void test_forwarding_guard(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2);

	(void)run("ip link add before type bridge && sysctl -qw net.ipv4.ip_forward=0");
	ok(forwarding_probe(one, store, &kernel, &err) == 0, "guard: forwarding can be turned on");
	ok(forwarding_ensure(one, store, &kernel, &err) == 0, "guard: forwarding off");
	show(&err);
	ok(run("test \"$(cat /proc/sys/net/ipv4/ip_forward)\" = 1"), "guard: forwarding is on");
	ok(nft_says("set inet cambric before4", "\"before\""), "guard: holds what was there");
	ok(!nft_says("set inet cambric before4", "\"lo\""), "guard: but not loopback");
	ok(forwarding_verify(one, store, &kernel, &err) == 0, "guard: verify");
	(void)run("ip link add after type bridge && sysctl -qw net.ipv4.ip_forward=0");
	ok(forwarding_verify(one, store, &kernel, &err) < 0 && err.code == ERROR_DRIFT, "guard: verify sees it off");
	error_clear(&err);
	(void)run("nft flush ruleset");
	ok(forwarding_ensure(one, store, &kernel, &err) == 0, "guard: off again, and the table flushed");
	show(&err);
	ok(nft_says("set inet cambric before4", "\"before\""), "guard: restored");
	ok(!nft_says("set inet cambric before4", "\"after\""), "guard: the first list stays");
	ok(nat_rebuild(store, &kernel, false, &err) == 0 && nft_says("set inet cambric before4", "\"before\""),
	   "guard: survives a rebuild");
	(void)run("nft flush set inet cambric before4");
	ok(forwarding_verify(one, store, &kernel, &err) < 0 && err.code == ERROR_DRIFT, "guard: verify sees it gone");
	error_clear(&err);
	ok(forwarding_guard_drop(store, &kernel, &err) == 0, "guard: off");
	ok(nat_rebuild(store, &kernel, false, &err) == 0 && !nft_says("set inet cambric before4", "\"before\""),
	   "guard: does not come back");
	(void)run("sysctl -qw net.ipv4.ip_forward=0");
	one->forward_guard = false;
	ok(forwarding_ensure(one, store, &kernel, &err) == 0 && !nft_says("set inet cambric before4", "\"before\""),
	   "guard: not where it is not wanted");
	free(one);
}

/** guard_of() - what is remembered, to be freed */
static struct guard *guard_of(struct error *err)
{
	struct guard *guard = calloc(1, sizeof *guard);

	if (!guard || guard_load(store, guard, err) < 0)
		exit(1);
	return guard;
}

static bool nothing_is_guarded(struct error *err)
{
	struct guard *guard = guard_of(err);
	bool nothing = !guard->ipv4.set && !guard->ipv6.set;

	free(guard);
	return nothing && run("test -z \"$(nft list table inet cambric | grep -A3 before | grep elements)\"");
}

/** test_failed_switch_takes_the_guard_back() - and one that a kill interrupted holds only if forwarding is on */
static void test_failed_switch_takes_the_guard_back(void)
{
	struct error err = ERROR_INIT, clean = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2);

	(void)run("sysctl -qw net.ipv4.ip_forward=0");
	ok(unshare(CLONE_NEWNS) == 0 && run("mount --make-rprivate / && mount --rbind /proc/sys /proc/sys && "
					    "mount -o remount,bind,ro,nosuid,nodev,noexec /proc/sys"),
	   "failed switch: /proc/sys is read-only");
	ok(forwarding_ensure(one, store, &kernel, &err) < 0, "failed switch: an error");
	printf("# %s\n", err.msg);
	ok(run("umount -l /proc/sys"), "failed switch: writable again");
	ok(nothing_is_guarded(&clean), "failed switch: no guard is left");
	struct guard *guard = guard_of(&clean);
	guard->ipv4 = (struct guard_list){.set = true, .count = 1, .ifnames = {"killed"}};
	ok(guard_save(store, guard, &clean) == 0 && nat_rebuild(store, &kernel, false, &clean) == 0 &&
		   !nft_says("set inet cambric before4", "killed"),
	   "killed before the switch: a rebuild leaves it out");
	(void)run("sysctl -qw net.ipv4.ip_forward=1");
	ok(nat_rebuild(store, &kernel, false, &clean) == 0 && nft_says("set inet cambric before4", "killed"),
	   "killed behind the switch: a rebuild has it");
	(void)run("sysctl -qw net.ipv4.ip_forward=0");
	ok(forwarding_ensure(one, store, &kernel, &clean) == 0 && !nft_says("set inet cambric before4", "killed") &&
		   nft_says("set inet cambric before4", "\"before\""),
	   "killed before the switch: the next ADD takes a list of its own");
	show(&clean);
	ok(forwarding_guard_drop(store, &kernel, &clean) == 0 && nothing_is_guarded(&clean),
	   "failed switch: guard off");
	free(guard);
	free(one);
}

/** test_guard_per_family() - each has the interfaces that were there when it was turned on */
static void test_guard_per_family(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2), *two = attachment_make("net", "two", 3);

	attachment_address_add(two, "fd00:77::3", "fd00:77::/64", "fd00:77::1");
	(void)run("sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0");
	ok(forwarding_ensure(one, store, &kernel, &err) == 0, "families: IPv4 first");
	(void)run("ip link add lan9 type bridge");
	ok(forwarding_ensure(two, store, &kernel, &err) == 0, "families: IPv6 later");
	show(&err);
	ok(nft_says("set inet cambric before6", "\"lan9\"") && nft_says("set inet cambric before6", "\"before\""),
	   "families: IPv6 has what was there by then");
	ok(!nft_says("set inet cambric before4", "\"lan9\""), "families: IPv4 has not");
	ok(nat_rebuild(store, &kernel, false, &err) == 0 && nft_says("set inet cambric before6", "\"lan9\"") &&
		   !nft_says("set inet cambric before4", "\"lan9\""),
	   "families: so it is after a rebuild");
	ok(attach(one, &err), "last one: an attachment");
	one->state = ATTACHMENT_REMOVING;
	ok(record_update(store, one, &err) == 0 && run("nft flush ruleset") &&
		   nat_remove(one, store, &kernel, &err) == 0 && nft_says("set inet cambric before4", "\"before\""),
	   "last one: its removal brings back a flushed guard");
	ok(detach(one, &err), "last one: leaves");
	ok(forwarding_guard_drop(store, &kernel, &err) == 0 && nothing_is_guarded(&err), "families: guard off");
	show(&err);
	(void)run("ip link del lan9");
	free(one);
	free(two);
}

static void test_router_is_kept(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "six", 2);

	attachment_address_add(one, "fd00:77::2", "fd00:77::/64", "fd00:77::1");
	(void)run(
		"sysctl -qw net.ipv6.conf.all.forwarding=0; ip link add daemon0 type bridge; ip link add router0 type "
		"bridge; sysctl -qw net.ipv6.conf.daemon0.accept_ra=0 net.ipv6.conf.router0.forwarding=1");
	(void)run("ip link add wan0.100 type bridge; ip link add lan0 type "
		  "bridge; ip link set wan0.100 up; ip link set lan0 up; ip -6 addr add 2001:db8::2/64 dev wan0.100 "
		  "nodad; ip -6 route add default via 2001:db8::1 dev wan0.100 proto ra");
	ok(forwarding_ensure(one, store, &kernel, &err) == 0, "router: IPv6 forwarding is turned on");
	show(&err);
	ok(run("test $(cat /proc/sys/net/ipv6/conf/all/forwarding) = 1"), "router: it is");
	ok(run("test $(cat /proc/sys/net/ipv6/conf/wan0.100/accept_ra) = 2"),
	   "router: its interface goes on listening");
	ok(run("test $(cat /proc/sys/net/ipv6/conf/lan0/accept_ra) = 2"),
	   "router: so does one whose router has not spoken yet");
	ok(run("test $(cat /proc/sys/net/ipv6/conf/daemon0/accept_ra) = 0"),
	   "router: one that a daemon listens on is left alone");
	ok(run("test $(cat /proc/sys/net/ipv6/conf/router0/accept_ra) = 1"), "router: one that routed before, too");
	ok(nft_says("set inet cambric before6", "\"wan0.100\""), "router: IPv6 has a guard of its own");
	ok(forwarding_verify(one, store, &kernel, &err) == 0, "router: verify");
	ok(forwarding_guard_drop(store, &kernel, &err) == 0 && !nft_says("set inet cambric before6", "wan0"),
	   "router: guard off");
	(void)run("ip link del wan0.100; ip link del lan0; ip link del daemon0; ip link del router0");
	free(one);
}

int main(void)
{
	if (!nat_open())
		return done();
	test_forwarding_guard();
	test_failed_switch_takes_the_guard_back();
	test_guard_per_family();
	test_router_is_kept();
	nat_close();
	return done();
}
