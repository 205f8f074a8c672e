/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of attachments in a real table of a namespace of our own: made, checked, healed, taken away. */
#include "conf/attachment.h"
#include "kernel/nft.h"
#include "kernel/rtnl.h"
#include "nat/forwarding.h"
#include "nat/nat.h"
#include "nat/ruleset.h"
#include "store/store.h"
#include "tests/attachments.h"
#include "tests/namespace.h"
#include "tests/tap.h"

static struct kernel kernel = KERNEL_CLOSED;
static struct store *store;
static char directory[] = "/tmp/cambric-test-nat-XXXXXX";

/** nft_says() - whether a listing by the nft program has a text in it */
static bool nft_says(const char *what, const char *text)
{
	return run("nft list %s 2>&1 | tr -s ' \\t\\n' ' ' | grep -qF -- '%s'", what, text);
}

/** detach() - as DEL does it: marked, own elements, then the shared ones with the record */
static bool detach(struct attachment *attachment, struct error *err)
{
	attachment->state = ATTACHMENT_REMOVING;
	if (record_update(store, attachment, err) < 0 || nat_remove(attachment, store, &kernel, err) < 0 ||
	    store_begin(store, err) < 0)
		return false;
	int status = nat_network_remove(attachment, store, &kernel, err);
	status |= record_remove(store, attachment, err);
	store_end(store);
	return status == 0;
}

static bool attach(struct attachment *attachment, struct error *err)
{
	return attachment_record(attachment, store, err) && nat_ensure(attachment, store, &kernel, err) == 0;
}

static void show(const struct error *err)
{
	if (err->code != ERROR_NONE)
		printf("# %d: %s (%s)\n", err->code, err->msg, err->details);
}

static void test_ensure_refuses_an_address_of_others(void)
{
	struct error err = ERROR_INIT;
	struct attachment *want = attachment_make("net", "one", 3);

	attachment_port(want, IPPROTO_TCP, "198.51.100.99", 8080, 80, 1);
	ok(nat_ensure(want, store, &kernel, &err) < 0 && err.code == ERROR_CONFIG,
	   "hostIP of nobody: refused (CVE-2020-8554)");
	ok(strstr(err.msg, "198.51.100.99") != NULL, "hostIP of nobody: named");
	free(want);
}

static void test_probe_leaves_nothing(void)
{
	struct error err = ERROR_INIT;
	struct attachment *want = attachment_make("probe", "one", 9);

	ok(nat_probe(want, store, &kernel, &err) == 0, "probe: this kernel can do it all");
	show(&err);
	ok(run("test -z \"$(nft list ruleset)\""), "probe: nothing remains");
	free(want);
}

static void test_ensure_builds_and_remove_empties(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2);

	attachment_port(one, IPPROTO_TCP, "", 8080, 80, 1);
	attachment_port(one, IPPROTO_TCP, "127.0.0.1", 8081, 80, 1);
	attachment_port(one, IPPROTO_UDP, "192.0.2.1", 5353, 53, 1);
	attachment_port(one, IPPROTO_TCP, "", 9000, 9000, 100);
	attachment_port(one, IPPROTO_TCP, "0.0.0.0", 7000, 6000, 2);
	ok(attach(one, &err), "ensure: without a table");
	show(&err);
	ok(nat_verify(one, store, &kernel, &err) == 0, "verify: skeleton and elements are as built");
	show(&err);
	ok(nft_says("map inet cambric dnat4a", "tcp . 8080 : 10.77.0.2 . 80"), "ensure: port of any address");
	ok(nft_says("map inet cambric dnat4a", "tcp . 7001 : 10.77.0.2 . 6001"), "ensure: shifted range");
	ok(nft_says("map inet cambric dnat4l", "127.0.0.1 . tcp . 8081 : 10.77.0.2 . 80"), "ensure: loopback port");
	ok(nft_says("map inet cambric dnat4", "192.0.2.1 . udp . 5353 : 10.77.0.2 . 53"), "ensure: port of hostIP");
	ok(nft_says("map inet cambric dnat4r", "tcp . 9000-9099 : 10.77.0.2"), "ensure: range in one element");
	ok(nft_says("set inet cambric masq4", "elements = { 10.77.0.0/16 }"), "ensure: source to masquerade");
	ok(nft_says("set inet cambric nomasq4", "10.77.0.0/16 . 224.0.0.0/4"), "ensure: not towards multicast");
	ok(nft_says("set inet cambric gw4", "10.77.0.1"), "ensure: gateway address");
	ok(nat_ensure(one, store, &kernel, &err) == 0, "ensure: twice is success");
	ok(detach(one, &err), "remove");
	show(&err);
	ok(!nft_says("table inet cambric", "elements"), "remove: no element is left");
	ok(nat_remove(one, store, &kernel, &err) == 0, "remove: twice is success");
	free(one);
}

static void test_ipv6(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "six", 2);

	attachment_address_add(one, "fd00:77::2", "fd00:77::/64", "fd00:77::1");
	attachment_port(one, IPPROTO_TCP, "", 8080, 80, 1);
	(void)mac_parse("02:11:22:33:44:55", one->mac);
	ok(attach(one, &err), "IPv6: ensure");
	show(&err);
	ok(nat_verify(one, store, &kernel, &err) == 0, "IPv6: verify");
	show(&err);
	ok(nft_says("set inet cambric owner6", "fd00:77::2"), "IPv6: source bound to the interface");
	ok(nft_says("set inet cambric owner6", "fe80::11:22ff:fe33:4455"), "IPv6: link-local address of its MAC, too");
	ok(nft_says("map inet cambric dnat6a", "tcp . 8080 : fd00:77::2 . 80"), "IPv6: published port");
	ok(nft_says("set inet cambric nomasq6", "fd00:77::/64 . ff00::/8"), "IPv6: not towards multicast");
	ok(detach(one, &err), "IPv6: remove");
	ok(!nft_says("table inet cambric", "elements"), "IPv6: no element is left");
	free(one);
}

static void test_conflict_names_the_port(void)
{
	struct error err = ERROR_INIT, clean = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2), *two = attachment_make("net", "two", 3);

	attachment_port(one, IPPROTO_TCP, "", 8080, 80, 1);
	ok(attach(one, &clean), "conflict: first");
	attachment_port(two, IPPROTO_TCP, "", 8079, 80, 1);
	attachment_port(two, IPPROTO_TCP, "", 8080, 80, 1);
	ok(nat_ensure(two, store, &kernel, &err) < 0, "conflict: second is refused");
	is_int(err.code, ERROR_PORT_TAKEN, "conflict: code");
	is_text(err.msg, "host port 8080/tcp is published for 10.77.0.2 already", "conflict: message");
	ok(!nft_says("map inet cambric dnat4a", "8079"), "conflict: nothing of it is left");
	two->port_count = 0;
	attachment_port(two, IPPROTO_TCP, "", 8990, 8990, 20);
	attachment_port(one, IPPROTO_TCP, "", 9000, 9000, 100);
	error_clear(&err);
	ok(record_update(store, one, &clean) == 0 && nat_ensure(one, store, &kernel, &clean) == 0 &&
		   nat_ensure(two, store, &kernel, &err) < 0,
	   "conflict: a range that ends in another one");
	is_text(err.msg, "host port 8990-9009/tcp is published for 10.77.0.2 already",
		"conflict: message names the range");
	ok(nat_remove(two, store, &kernel, &clean) == 0, "conflict: undo");
	ok(nft_says("map inet cambric dnat4a", "tcp . 8080 : 10.77.0.2 . 80"),
	   "conflict: undo spares the first one's port");
	ok(detach(one, &clean), "conflict: clean up");
	show(&clean);
	free(one);
	free(two);
}

static void test_shared_elements_go_last(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2), *two = attachment_make("net", "two", 3);

	ok(attach(one, &err) && attach(two, &err), "shared: two attachments");
	ok(detach(one, &err), "shared: first leaves");
	ok(nft_says("set inet cambric masq4", "10.77.0.0/16"), "shared: subnet stays");
	ok(nat_verify(two, store, &kernel, &err) == 0, "shared: second is whole");
	show(&err);
	ok(detach(two, &err), "shared: second leaves");
	ok(!nft_says("table inet cambric", "elements"), "shared: nothing is left");
	show(&err);
	free(one);
	free(two);
}

static void exclude(struct attachment *attachment, const char *prefix)
{
	(void)prefix_parse(prefix, &attachment->exclusions[attachment->exclusion_count++]);
}

static void test_exclusions_that_hold_each_other(void)
{
	struct error err = ERROR_INIT;
	struct attachment *wide = attachment_make("net", "wide", 2), *narrow = attachment_make("net", "narrow", 3);

	exclude(wide, "10.0.0.0/8");
	exclude(wide, "10.9.0.0/16");
	exclude(narrow, "10.9.0.0/16");
	ok(attach(wide, &err), "exclusions: a list that holds itself");
	show(&err);
	ok(!nft_says("set inet cambric nomasq4", "10.9.0.0"), "exclusions: what is covered is left out");
	ok(attach(narrow, &err), "exclusions: narrower ones after wider ones");
	show(&err);
	ok(nat_verify(narrow, store, &kernel, &err) == 0, "exclusions: covered is as good as there");
	show(&err);
	ok(nat_rebuild(store, &kernel, false, &err) == 0, "exclusions: rebuild with both");
	show(&err);
	ok(nat_verify(wide, store, &kernel, &err) == 0 && nat_verify(narrow, store, &kernel, &err) == 0,
	   "exclusions: both whole after the rebuild");
	show(&err);
	ok(detach(wide, &err), "exclusions: the wider list leaves");
	show(&err);
	ok(!nft_says("set inet cambric nomasq4", "10.0.0.0/8"), "exclusions: it is gone");
	ok(nft_says("set inet cambric nomasq4", "10.77.0.0/16 . 10.9.0.0/16"), "exclusions: what it covered is back");
	ok(nat_verify(narrow, store, &kernel, &err) == 0, "exclusions: the narrower one is whole");
	show(&err);
	ok(detach(narrow, &err), "exclusions: the last leaves");
	ok(!nft_says("table inet cambric", "elements"), "exclusions: nothing is left");
	free(wide);
	free(narrow);
}

/** test_exclusions_that_grow() - of two that begin or end alike the kernel takes no second one, wide or narrow */
static void test_exclusions_that_grow(void)
{
	struct error err = ERROR_INIT;
	struct attachment *narrow = attachment_make("net", "narrow", 2), *wide = attachment_make("net", "wide", 3);

	exclude(narrow, "172.16.0.0/16");
	exclude(narrow, "192.168.255.0/24");
	exclude(wide, "172.16.0.0/12");
	exclude(wide, "192.168.0.0/16");
	ok(attach(narrow, &err), "grown: before");
	ok(attach(wide, &err), "grown: a wider exclusion that begins or ends like a narrow one");
	show(&err);
	ok(nft_says("set inet cambric nomasq4", "10.77.0.0/16 . 172.16.0.0/12"), "grown: it is there");
	ok(nat_verify(narrow, store, &kernel, &err) == 0 && nat_verify(wide, store, &kernel, &err) == 0,
	   "grown: both are whole");
	show(&err);
	ok(nat_rebuild(store, &kernel, false, &err) == 0 && nat_verify(narrow, store, &kernel, &err) == 0,
	   "grown: after a rebuild, too");
	ok(detach(wide, &err), "grown: the wider list leaves");
	ok(nft_says("set inet cambric nomasq4", "10.77.0.0/16 . 172.16.0.0/16"), "grown: the narrow one is back");
	ok(detach(narrow, &err) && !nft_says("table inet cambric", "elements"), "grown: nothing is left");
	show(&err);
	free(narrow);
	free(wide);
}

/** test_what_no_record_explains() - the store says whose a port is; elements that say otherwise go */
static void test_what_no_record_explains(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2), *two = attachment_make("net", "two", 3);

	attachment_port(one, IPPROTO_TCP, "", 8080, 80, 1);
	attachment_port(two, IPPROTO_TCP, "", 8081, 80, 1);
	ok(attach(one, &err), "leaked: an attachment");
	ok(run("nft 'add element inet cambric dnat4a { tcp . 8081 : 10.77.9.9 . 80 }'"),
	   "leaked: a port that leads to nobody");
	ok(attach(two, &err), "leaked: who leases it gets it");
	show(&err);
	ok(nft_says("map inet cambric dnat4a", "tcp . 8081 : 10.77.0.3 . 80"), "leaked: it leads there");
	ok(nat_verify(one, store, &kernel, &err) == 0 && nat_verify(two, store, &kernel, &err) == 0,
	   "leaked: both are whole");
	show(&err);
	ok(detach(one, &err) && detach(two, &err), "leaked: clean up");
	ok(run("nft 'add element inet cambric masq4 { 10.77.3.0-10.78.3.0 }'"), "leaked: a source that overlaps");
	ok(attach(two, &err) && nat_verify(two, store, &kernel, &err) == 0, "leaked: it goes");
	ok(!nft_says("set inet cambric masq4", "10.78"), "leaked: and is not there any more");
	ok(detach(two, &err), "leaked: clean up again");
	show(&err);
	free(one);
	free(two);
}

/** heals() - after @damage, attaching @two puts back what @one had */
static void heals(const char *damage, struct attachment *one, struct attachment *two)
{
	struct error err = ERROR_INIT;
	char name[128];

	(void)run("nft '%s'", damage);
	(void)snprintf(name, sizeof name, "heal: ensure after \"%s\"", damage);
	ok(nat_ensure(two, store, &kernel, &err) == 0, name);
	show(&err);
	ok(nat_verify(one, store, &kernel, &err) == 0 && nat_verify(two, store, &kernel, &err) == 0,
	   "heal: both attachments are whole");
	show(&err);
}

static void test_rebuild_heals_everybody(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2), *two = attachment_make("other", "two", 3),
			  *gone = attachment_make("net", "gone", 4);

	attachment_port(one, IPPROTO_TCP, "", 8080, 80, 1);
	attachment_port(gone, IPPROTO_TCP, "", 8888, 80, 1);
	ok(attach(one, &err) && attach(two, &err) && attach(gone, &err), "heal: three attachments");
	gone->state = ATTACHMENT_REMOVING;
	ok(record_update(store, gone, &err) == 0, "heal: one is being removed");
	heals("flush ruleset", one, two);
	ok(!nft_says("map inet cambric dnat4a", "8888"), "heal: what is being removed does not come back");
	heals("delete table inet cambric", one, two);
	heals("delete table inet cambric; add table inet cambric", one, two);
	heals("add set inet cambric attached_1 { type ifname; }; delete set inet cambric attached_2", one, two);
	(void)run("nft flush ruleset");
	ok(nat_remove(gone, store, &kernel, &err) == 0, "heal: a removal that meets no table");
	ok(nat_verify(one, store, &kernel, &err) == 0 && nat_verify(two, store, &kernel, &err) == 0,
	   "heal: rebuilds it for those who stay");
	show(&err);
	ok(detach(gone, &err) && detach(one, &err) && detach(two, &err), "heal: clean up");
	show(&err);
	(void)run("nft flush ruleset");
	ok(nat_remove(one, store, &kernel, &err) == 0 && run("test -z \"$(nft list ruleset)\""),
	   "heal: a removal makes no table for nobody");
	free(one);
	free(two);
	free(gone);
}

/** notices() - a change by hand is ERROR_DRIFT, and the message has @word in it */
static void notices(const char *change, const char *word, struct attachment *one)
{
	struct error err = ERROR_INIT, clean = ERROR_INIT;
	char name[192];

	ok(nat_rebuild(store, &kernel, false, &clean) == 0 && nat_verify(one, store, &kernel, &clean) == 0,
	   "verify: whole before");
	show(&clean);
	(void)snprintf(name, sizeof name, "verify notices: %s", change);
	ok(run("nft '%s'", change) && nat_verify(one, store, &kernel, &err) < 0 && err.code == ERROR_DRIFT &&
		   strstr(err.msg, word) != NULL,
	   name);
	printf("# %s\n", err.msg);
}

static void test_verify_notices_every_change(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2);

	attachment_port(one, IPPROTO_TCP, "", 8080, 80, 1);
	attachment_port(one, IPPROTO_TCP, "", 9000, 9000, 100);
	exclude(one, "10.9.0.0/16");
	ok(attach(one, &err), "verify: an attachment");
	notices("delete element inet cambric dnat4a { tcp . 8080 }", "8080/tcp", one);
	notices("delete element inet cambric dnat4a { tcp . 8080 }; add element inet cambric dnat4a { tcp . 8080 : "
		"10.77.0.9 . 80 }",
		"changed", one);
	notices("flush map inet cambric dnat4r", "9000-9099", one);
	notices("flush set inet cambric masq4", "masquerade of 10.77.0.0/16", one);
	notices("flush set inet cambric masq4; add element inet cambric masq4 { 10.77.0.0/17 }", "masquerade of", one);
	notices("flush set inet cambric masq4; add element inet cambric masq4 { 10.77.0.0-10.77.1.255, "
		"10.77.128.0-10.77.255.255 }",
		"masquerade of", one);
	notices("flush set inet cambric nomasq4", "exclusion", one);
	notices("flush set inet cambric gw4", "gateway address 10.77.0.1", one);
	notices("flush set inet cambric owner4", "owner4", one);
	notices("flush set inet cambric hairpin", "hairpin", one);
	notices("flush chain inet cambric raw", "raw", one);
	notices("flush chain inet cambric forward", "lacks rules", one);
	notices("flush table inet cambric", "lacks rules", one);
	notices("add rule inet cambric raw accept", "raw", one);
	notices("insert rule inet cambric postrouting accept", "postrouting", one);
	notices("add chain inet cambric forward { policy drop; }", "forward", one);
	notices("delete table inet cambric", "missing", one);
	ok(nat_rebuild(store, &kernel, false, &err) == 0 && detach(one, &err), "verify: clean up");
	free(one);
}

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

static void test_foreign_drop_is_told(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2);

	(void)run("nft 'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy "
		  "drop; }'");
	ok(attach(one, &err), "foreign: ensure succeeds");
	ok(strstr(err.warning, "ip filter FORWARD") != NULL, "foreign: with a warning");
	struct error status = ERROR_INIT;
	ok(nat_probe(one, store, &kernel, &status) == 0 && strstr(status.warning, "ip filter FORWARD") != NULL,
	   "foreign: probe tells as well");
	(void)run("nft delete table ip filter");
	ok(run("nft 'add table inet firewalld; add chain inet firewalld filter_FORWARD { type filter hook forward "
	       "priority 10; }; add rule inet firewalld filter_FORWARD reject with icmpx admin-prohibited'"),
	   "foreign: firewalld");
	struct error firewalld = ERROR_INIT, status_firewalld = ERROR_INIT;
	ok(nat_ensure(one, store, &kernel, &firewalld) == 0 &&
		   strstr(firewalld.warning, "inet firewalld filter_FORWARD rejects") != NULL,
	   "foreign: firewalld rejects, though its policy is accept");
	ok(nat_probe(one, store, &kernel, &status_firewalld) == 0 &&
		   strstr(status_firewalld.warning, "inet firewalld filter_FORWARD") != NULL,
	   "foreign: probe tells of firewalld");
	(void)run("nft delete table inet firewalld");
	ok(detach(one, &err), "foreign: clean up");
	free(one);
}

static void test_probe_tells_of_changes(void)
{
	struct error err = ERROR_INIT, whole = ERROR_INIT, changed = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2);

	ok(attach(one, &err) && nat_rebuild(store, &kernel, false, &err) == 0, "changed: an attachment");
	ok(nat_probe(one, store, &kernel, &whole) == 0 && !whole.warning[0], "changed: nothing to tell");
	ok(run("nft flush table inet cambric") && nat_probe(one, store, &kernel, &changed) == 0 &&
		   strstr(changed.warning, "lacks rules") != NULL,
	   "changed: probe tells that rules are gone");
	printf("# %s\n", changed.warning);
	ok(nat_rebuild(store, &kernel, false, &err) == 0 && detach(one, &err), "changed: clean up");
	free(one);
}

static void test_services_of_ipvs_are_spared(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2), *two = attachment_make("net", "two", 3);

	attachment_port(one, IPPROTO_TCP, "", 8080, 80, 1);
	attachment_port(two, IPPROTO_TCP, "192.0.2.1", 8081, 80, 1);
	(void)run("ip link add kube-ipvs0 type bridge; ip addr add 10.96.0.1/32 dev kube-ipvs0; ip addr add "
		  "fd00:96::1/128 dev kube-ipvs0 nodad; nft flush ruleset");
	ok(attach(one, &err) && nft_says("set inet cambric ipvs4", "elements = { 10.96.0.1 }") &&
		   nft_says("set inet cambric ipvs6", "elements = { fd00:96::1 }"),
	   "services: known to a table that is made anew");
	show(&err);
	(void)run("ip addr add 10.96.0.2/32 dev kube-ipvs0; ip addr del 10.96.0.1/32 dev kube-ipvs0");
	ok(attach(two, &err) && !nft_says("set inet cambric ipvs4", "10.96.0.2"),
	   "services: a port of one address does not ask");
	ok(nat_ensure(one, store, &kernel, &err) == 0 && nft_says("set inet cambric ipvs4", "elements = { 10.96.0.2 }"),
	   "services: a port of any address brings them up to date");
	show(&err);
	(void)run("ip addr del 10.96.0.2/32 dev kube-ipvs0; ip addr del fd00:96::1/128 dev kube-ipvs0");
	ok(nat_rebuild(store, &kernel, false, &err) == 0 && !nft_says("set inet cambric ipvs6", "elements"),
	   "services: so does a rebuild");
	(void)run("ip link del kube-ipvs0");
	ok(detach(one, &err) && detach(two, &err), "services: clean up");
	show(&err);
	free(one);
	free(two);
}

/** test_many_ports() - more elements than one message, or one send buffer, holds */
static void test_many_ports(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "many", 2);

	attachment_port(one, IPPROTO_TCP, "", 10000, 30000, 30000);
	ok(attach(one, &err), "many: ensure");
	show(&err);
	ok(nft_says("map inet cambric dnat4a", "tcp . 39999 : 10.77.0.2 . 59999"), "many: the last of them");
	ok(nat_rebuild(store, &kernel, false, &err) == 0 &&
		   nft_says("map inet cambric dnat4a", "tcp . 10000 : 10.77.0.2 . 30000"),
	   "many: rebuild");
	ok(detach(one, &err), "many: remove");
	ok(!nft_says("table inet cambric", "elements"), "many: no element is left");
	show(&err);
	free(one);
}

/* A setting of this namespace alone, that means nothing else here: 1 while the flusher is to go on */
static const char FLUSHING[] = "/proc/sys/net/ipv4/conf/lo/tag";

/** start_flusher() - a child that flushes the ruleset until it is told to stop, 2000 times at most */
static pid_t start_flusher(void)
{
	enum { ROUNDS = 2000 };

	(void)write_text(FLUSHING, "1");
	(void)fflush(NULL);
	pid_t child = fork();
	if (child != 0)
		return child;
	for (int i = 0; i < ROUNDS && run("grep -q 1 %s", FLUSHING); i++)
		(void)run("nft flush ruleset");
	_exit(0);
}

/** test_flushed_again_and_again() - somebody flushes every few milliseconds while attachments come and go */
static void test_flushed_again_and_again(void)
{
	enum { ATTACHMENTS = 40 };
	struct error err = ERROR_INIT;
	struct attachment *stays = attachment_make("net", "stays", 2);
	int failures = 0;

	attachment_port(stays, IPPROTO_TCP, "", 8080, 80, 1);
	ok(attach(stays, &err), "flushed: one stays");
	pid_t flusher = start_flusher();
	for (unsigned i = 0; i < ATTACHMENTS; i++) {
		struct attachment *passing = attachment_make("other", "passing", 3 + i);
		attachment_port(passing, IPPROTO_TCP, "", (uint16_t)(9000 + i), 80, 1);
		failures += !attach(passing, &err) || !detach(passing, &err);
		free(passing);
	}
	(void)write_text(FLUSHING, "0");
	(void)waitpid(flusher, NULL, 0);
	is_int(failures, 0, "flushed: nobody fails");
	show(&err);
	ok(nat_ensure(stays, store, &kernel, &err) == 0 && nat_verify(stays, store, &kernel, &err) == 0,
	   "flushed: the one that stays is whole");
	ok(!nft_says("map inet cambric dnat4a", "tcp . 90"), "flushed: those that left are gone");
	ok(detach(stays, &err), "flushed: clean up");
	show(&err);
	free(stays);
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
	struct error err = ERROR_INIT;

	if (!ok(namespace_first() >= 0 && mkdtemp(directory) != NULL, "a namespace of our own"))
		return done();
	if (!ok(nft_socket_open(&kernel.nft, &err) == 0 && rtnl_open(&kernel.host, &err) == 0 &&
			store_open(&store, directory, true, &err) == 0 && store_enter(store, false, &err) == 0,
		"sockets and store")) {
		show(&err);
		return done();
	}
	ok(run("ip link set lo up && ip addr add 192.0.2.1/32 dev lo"), "addresses of this host");
	test_ensure_refuses_an_address_of_others();
	test_probe_leaves_nothing();
	test_ensure_builds_and_remove_empties();
	test_ipv6();
	test_conflict_names_the_port();
	test_shared_elements_go_last();
	test_exclusions_that_hold_each_other();
	test_exclusions_that_grow();
	test_what_no_record_explains();
	test_rebuild_heals_everybody();
	test_verify_notices_every_change();
	test_forwarding_guard();
	test_failed_switch_takes_the_guard_back();
	test_guard_per_family();
	test_foreign_drop_is_told();
	test_router_is_kept();
	test_probe_tells_of_changes();
	test_services_of_ipvs_are_spared();
	test_many_ports();
	test_flushed_again_and_again();
	store_close(&store);
	nft_socket_close(&kernel.nft);
	rtnl_close(&kernel.host);
	(void)run("rm -rf '%s'", directory);
	return done();
}
