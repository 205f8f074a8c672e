/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of attachments in a real table of a namespace of our own: made, checked, taken away. */
#include "tests/nat_table.h"

#include <sys/socket.h>

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

/** be_a_plain_user() - a user namespace, where no send buffer grows beyond the limit that is set for all */
static bool be_a_plain_user(void)
{
	const int size = 1 << 20;
	char map[64];

	/* where the test itself runs as a plain user there is one already */
	if (setsockopt(nft_socket_share(kernel.nft), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0)
		return namespace_new() >= 0;
	(void)snprintf(map, sizeof map, "0 %u 1", (unsigned)geteuid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/uid_map", map);
}

/** remove_more_than_one_batch() - in a child: 0 when all went well */
static int remove_more_than_one_batch(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "many", 2);

	attachment_address_add(one, "fd00:77::2", "fd00:77::/64", "fd00:77::1");
	attachment_port(one, IPPROTO_TCP, "", 1000, 2000, 60000);
	bool whole = be_a_plain_user();
	nft_socket_close(&kernel.nft);
	whole = whole && nft_socket_open(&kernel.nft, &err) == 0 && nat_ensure(one, store, &kernel, &err) == 0 &&
		nat_remove(one, store, &kernel, &err) == 0 && !nft_says("map inet cambric dnat4a", "elements") &&
		!nft_says("map inet cambric dnat6a", "elements");
	show(&err);
	nft_socket_close(&kernel.nft);
	free(one);
	(void)fflush(NULL);
	return whole ? 0 : 1;
}

static void test_removal_beyond_the_send_buffer(void)
{
	int status = -1;

	(void)fflush(NULL);
	pid_t child = fork();
	if (child == 0)
		_exit(remove_more_than_one_batch());
	ok(child > 0 && waitpid(child, &status, 0) == child && status == 0,
	   "rootless: a removal that is too big for one batch");
}

int main(void)
{
	if (!nat_open())
		return done();
	test_ensure_refuses_an_address_of_others();
	test_probe_leaves_nothing();
	test_ensure_builds_and_remove_empties();
	test_ipv6();
	test_conflict_names_the_port();
	test_shared_elements_go_last();
	test_verify_notices_every_change();
	test_foreign_drop_is_told();
	test_probe_tells_of_changes();
	test_services_of_ipvs_are_spared();
	test_many_ports();
	test_removal_beyond_the_send_buffer();
	nat_close();
	return done();
}
