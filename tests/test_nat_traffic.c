/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real packets through the table of nat/: a host, its neighbour outside, and containers, all namespaces of our own. */
#include "kernel/nft.h"
#include "kernel/rtnl.h"
#include "nat/forwarding.h"
#include "nat/nat.h"
#include "store/store.h"
#include "tests/attachments.h"
#include "tests/namespace.h"
#include "tests/tap.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/mount.h>

enum { WAIT_MS = 300, TEXT = 256 };

static struct kernel kernel = KERNEL_CLOSED;
static struct store *store;
static char directory[] = "/tmp/cambric-test-traffic-XXXXXX";
static int host, outside, late, one_ns, two_ns;

/** socket_in() - made in a namespace, it stays there */
static int socket_in(int namespace, int family, int type, int protocol)
{
	(void)setns(namespace, CLONE_NEWNET);
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	(void)setns(host, CLONE_NEWNET);
	return fd;
}

/** endpoint() - a socket address. Return: its length */
static socklen_t endpoint(const char *text, uint16_t port, struct sockaddr_storage *address)
{
	struct sockaddr_in *ipv4 = (void *)address;
	struct sockaddr_in6 *ipv6 = (void *)address;

	memset(address, 0, sizeof *address);
	if (inet_pton(AF_INET, text, &ipv4->sin_addr) == 1) {
		ipv4->sin_family = AF_INET;
		ipv4->sin_port = htons(port);
		return sizeof *ipv4;
	}
	(void)inet_pton(AF_INET6, text, &ipv6->sin6_addr);
	ipv6->sin6_family = AF_INET6;
	ipv6->sin6_port = htons(port);
	return sizeof *ipv6;
}

static const char *text_of(const struct sockaddr_storage *address, char text[static INET6_ADDRSTRLEN])
{
	const struct sockaddr_in *ipv4 = (const void *)address;
	const struct sockaddr_in6 *ipv6 = (const void *)address;

	if (address->ss_family == AF_INET)
		return inet_ntop(AF_INET, &ipv4->sin_addr, text, INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, &ipv6->sin6_addr, text, INET6_ADDRSTRLEN);
}

static bool is_ready(int fd, short events)
{
	struct pollfd wait = {.fd = fd, .events = events};

	return poll(&wait, 1, WAIT_MS) == 1;
}

static int listen_in(int namespace, const char *ip, uint16_t port, int type)
{
	struct sockaddr_storage address;
	socklen_t length = endpoint(ip, port, &address);
	int fd = socket_in(namespace, address.ss_family, type, 0);

	const int on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&address, length) < 0 || (type == SOCK_STREAM && listen(fd, 16) < 0))
		perror("# listen");
	return fd;
}

/** client_seen() - connect; who the server sees, "nobody" when nothing arrives at @server within the time */
static const char *client_seen(int from, const char *ip, uint16_t port, int server, char text[static INET6_ADDRSTRLEN])
{
	struct sockaddr_storage address;
	socklen_t length = endpoint(ip, port, &address);
	int client = socket_in(from, address.ss_family, SOCK_STREAM, 0);

	(void)snprintf(text, INET6_ADDRSTRLEN, "nobody");
	(void)connect(client, (struct sockaddr *)&address, length);
	if (is_ready(server, POLLIN)) {
		length = sizeof address;
		int accepted = accept4(server, (struct sockaddr *)&address, &length, SOCK_CLOEXEC);
		if (accepted >= 0)
			(void)text_of(&address, text);
		close(accepted);
	}
	close(client);
	return text;
}

static void reaches(const char *name, int from, const char *ip, uint16_t port, int server, const char *client)
{
	char text[INET6_ADDRSTRLEN];

	is_text(client_seen(from, ip, port, server, text), client, name);
}

/** arrives() - whether a datagram of @client to @ip gets to @server */
static bool arrives(int client, const char *ip, uint16_t port, int server)
{
	struct sockaddr_storage address;
	socklen_t length = endpoint(ip, port, &address);
	char buffer[16];

	/* an earlier port unreachable is reported by the next call, once */
	if (sendto(client, "hello", 5, 0, (struct sockaddr *)&address, length) < 0 &&
	    sendto(client, "hello", 5, 0, (struct sockaddr *)&address, length) < 0)
		return false;
	if (!is_ready(server, POLLIN))
		return false;
	return recv(server, buffer, sizeof buffer, 0) == 5;
}

/** wire() - a veth pair between the host and a namespace; group of @host_end is that of attachments */
static int wire(const char *host_end, const char *other_end)
{
	int namespace = namespace_new();
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), host);
	bool made = run("ip link set lo up && sysctl -qw net.ipv6.conf.all.accept_dad=0 "
			"net.ipv6.conf.default.accept_dad=0 && ip link add %s type veth peer name %s netns %s && "
			"ip link set %s up",
			other_end, host_end, path, other_end);
	(void)setns(host, CLONE_NEWNET);
	if (!made || !run("ip link set %s up", host_end))
		printf("# no wire %s\n", host_end);
	return namespace;
}

/** wire_container() - as link/ does it, as far as these tests need it */
static int wire_container(const struct attachment *attachment, unsigned number)
{
	char command[4 * TEXT];
	int namespace = wire(attachment->host_ifname, "eth0");

	(void)run("ip link set %s group 0xca3b && ip route add 10.77.0.%u dev %s src 10.77.0.1 && "
		  "ip -6 route add fd00:77::%u dev %s && sysctl -qw net.ipv4.conf.%s.route_localnet=1 && "
		  "ip -6 addr add fe80::1/64 dev %s nodad",
		  attachment->host_ifname, number, attachment->host_ifname, number, attachment->host_ifname,
		  attachment->host_ifname, attachment->host_ifname);
	(void)snprintf(command, sizeof command,
		       "ip addr add 10.77.0.%u/32 dev eth0; ip route add 10.77.0.1 dev eth0; "
		       "ip route add default via 10.77.0.1; ip -6 addr add fd00:77::%u/128 dev eth0 nodad; "
		       "ip -6 route add default via fe80::1 dev eth0",
		       number, number);
	(void)run_in(namespace, host, command);
	return namespace;
}

/** learn_mac() - the container's link-local address is let through by its MAC */
static void learn_mac(struct attachment *attachment, int namespace)
{
	char path[] = "/tmp/cambric-test-mac-XXXXXX", command[TEXT], text[MAC_TEXT_SIZE] = "";
	int fd = mkstemp(path);

	(void)snprintf(command, sizeof command, "ip -br link show eth0 | awk '{print $3}' > %s", path);
	(void)run_in(namespace, host, command);
	if (read(fd, text, sizeof text - 1) != (ssize_t)sizeof text - 1 || !mac_parse(text, attachment->mac))
		printf("# no MAC: %s\n", text);
	close(fd);
	unlink(path);
}

static void make_world(void)
{
	(void)run("ip link set lo up; sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0; "
		  "ip link add cambric0 type bridge && ip link set cambric0 up && ip addr add 10.77.0.1/32 dev "
		  "cambric0; ip addr add fd00:77::1/128 dev cambric0 nodad");
	outside = wire("uplink", "eth0");
	(void)run("ip addr add 192.0.2.1/24 dev uplink; ip addr add 2001:db8::1/64 dev uplink nodad");
	(void)run_in(outside, host,
		     "ip addr add 192.0.2.2/24 dev eth0; ip addr add 2001:db8::2/64 dev eth0 nodad; "
		     "ip route add 198.51.100.0/24 via 192.0.2.1; ip route add 203.0.113.0/24 via 192.0.2.1");
}

/* host ends have no address: masquerading towards them takes that of the first interface, here the gateway bridge */
static void test_published_port(void)
{
	int server = listen_in(one_ns, "10.77.0.2", 80, SOCK_STREAM);
	int server6 = listen_in(one_ns, "fd00:77::2", 80, SOCK_STREAM);

	reaches("port: from outside, the client's address kept", outside, "192.0.2.1", 8080, server, "192.0.2.2");
	reaches("port: from the host, by its address", host, "192.0.2.1", 8080, server, "192.0.2.1");
	reaches("port: from the host, by 127.0.0.1", host, "127.0.0.1", 8080, server, "10.77.0.1");
	reaches("port: from the container itself", one_ns, "192.0.2.1", 8080, server, "10.77.0.1");
	reaches("port: from its neighbour", two_ns, "192.0.2.1", 8080, server, "10.77.0.3");
	reaches("port: not at a gateway address", two_ns, "10.77.0.1", 8080, server, "nobody");
	reaches("port: of a range", outside, "192.0.2.1", 9001, server, "nobody");
	int ranged = listen_in(one_ns, "10.77.0.2", 9001, SOCK_STREAM);
	reaches("port: of a range that somebody serves", outside, "192.0.2.1", 9001, ranged, "192.0.2.2");
	reaches("port: of hostIP 127.0.0.1, from the host", host, "127.0.0.1", 8081, server, "10.77.0.1");
	reaches("port: of hostIP 127.0.0.1, not by another address", host, "192.0.2.1", 8081, server, "nobody");
	reaches("port: of hostIP 127.0.0.1, not from outside", outside, "192.0.2.1", 8081, server, "nobody");
	reaches("port: of a hostIP", outside, "192.0.2.1", 8082, server, "192.0.2.2");
	reaches("port: of a hostIP, not by another address", host, "127.0.0.1", 8082, server, "nobody");
	reaches("port: somebody else's address is left alone", two_ns, "192.0.2.2", 8080, server, "nobody");
	reaches("port: IPv6 from outside", outside, "2001:db8::1", 8080, server6, "2001:db8::2");
	reaches("port: IPv6 from its neighbour", two_ns, "2001:db8::1", 8080, server6, "fd00:77::3");
	reaches("port: IPv6 from the container itself", one_ns, "2001:db8::1", 8080, server6, "fd00:77::1");
	close(server);
	close(server6);
	close(ranged);
}

/** test_forged_loopback() - a neighbour that sends to 127.0.0.1 on the wire (CVE-2020-8558) */
static void test_forged_loopback(void)
{
	int server = listen_in(one_ns, "10.77.0.2", 80, SOCK_STREAM);
	const char forge[] = "ip addr flush dev lo; ip route del local 127.0.0.0/8 table local 2>/dev/null; "
			     "sysctl -qw net.ipv4.conf.all.route_localnet=1; "
			     "ip route add 127.0.0.1 via 192.0.2.1 src 192.0.2.2";
	struct error err = ERROR_INIT;

	(void)run_in(outside, host, forge);
	reaches("forged: 127.0.0.1 from outside is not served", outside, "127.0.0.1", 8080, server, "nobody");
	reaches("forged: nor a port of hostIP 127.0.0.1", outside, "127.0.0.1", 8081, server, "nobody");
	(void)run("nft flush chain inet cambric raw");
	reaches("forged: without the rules it would be", outside, "127.0.0.1", 8080, server, "192.0.2.2");
	ok(nat_rebuild(store, &kernel, false, &err) == 0, "forged: rules are back");
	close(server);
}

static void test_masquerade(void)
{
	int server = listen_in(outside, "192.0.2.2", 90, SOCK_STREAM),
	    two = listen_in(two_ns, "10.77.0.3", 90, SOCK_STREAM);
	int server6 = listen_in(outside, "2001:db8::2", 90, SOCK_STREAM);

	reaches("masquerade: towards outside", two_ns, "192.0.2.2", 90, server, "192.0.2.1");
	reaches("masquerade: IPv6 towards outside", two_ns, "2001:db8::2", 90, server6, "2001:db8::1");
	reaches("masquerade: not towards a neighbour", one_ns, "10.77.0.3", 90, two, "10.77.0.2");
	close(server);
	close(server6);
	close(two);
}

static int udp_from(int namespace, const char *ip, uint16_t port)
{
	return listen_in(namespace, ip, port, SOCK_DGRAM);
}

static void test_sources_are_bound(void)
{
	int server = udp_from(outside, "192.0.2.2", 70);

	(void)run_in(one_ns, host, "ip addr add 10.77.0.99/32 dev lo; ip addr add 10.77.0.3/32 dev lo");
	int honest = udp_from(one_ns, "10.77.0.2", 1), forger = udp_from(one_ns, "10.77.0.99", 1);
	int thief = udp_from(one_ns, "10.77.0.3", 1);
	ok(arrives(honest, "192.0.2.2", 70, server), "source: its own address passes");
	ok(!arrives(forger, "192.0.2.2", 70, server), "source: another address does not");
	ok(!arrives(thief, "192.0.2.2", 70, server), "source: nor that of another container");
	(void)run_in(one_ns, host, "ip addr flush dev lo; ip addr add 127.0.0.1/8 dev lo");
	close(server);
	close(honest);
	close(forger);
	close(thief);
	ok(run_in(one_ns, host, "ping -6 -c1 -W1 -I eth0 fe80::1 >/dev/null 2>&1"),
	   "source: own link-local address passes");
}

static void test_tunnels_from_containers(void)
{
	int server = socket_in(host, AF_INET, SOCK_RAW, IPPROTO_IPIP);
	int forger = socket_in(one_ns, AF_INET, SOCK_RAW, IPPROTO_IPIP);
	int peer = socket_in(outside, AF_INET, SOCK_RAW, IPPROTO_IPIP);
	struct sockaddr_storage address;
	socklen_t length = endpoint("192.0.2.1", 0, &address);

	(void)sendto(forger, "hello", 5, 0, (struct sockaddr *)&address, length);
	ok(!is_ready(server, POLLIN), "tunnel: IP in IP from a container is dropped");
	(void)sendto(peer, "hello", 5, 0, (struct sockaddr *)&address, length);
	ok(is_ready(server, POLLIN), "tunnel: from outside it is not");
	close(server);
	close(forger);
	close(peer);
}

static void test_udp_is_not_led_astray(struct attachment *one, struct attachment *two)
{
	struct error err = ERROR_INIT;
	int client = udp_from(outside, "192.0.2.2", 6000);
	int first = udp_from(one_ns, "10.77.0.2", 53), second = udp_from(two_ns, "10.77.0.3", 53);
	int bystander = udp_from(outside, "192.0.2.2", 6001), other = udp_from(host, "192.0.2.1", 6002);
	char count[] = "test $(grep -c 'sport=6001' /proc/net/nf_conntrack) = 1";

	ok(!arrives(client, "192.0.2.1", 5353, first), "UDP: nobody has the port yet");
	ok(arrives(bystander, "192.0.2.1", 6002, other), "UDP: an unrelated flow");
	attachment_port(one, IPPROTO_UDP, "", 5353, 53, 1);
	ok(nat_ensure(one, store, &kernel, &err) == 0, "UDP: published");
	ok(arrives(client, "192.0.2.1", 5353, first), "UDP: the very next packet of that flow arrives");
	ok(nat_remove(one, store, &kernel, &err) == 0, "UDP: not published any more");
	ok(!arrives(client, "192.0.2.1", 5353, first), "UDP: the flow does not live on");
	attachment_port(two, IPPROTO_UDP, "", 5353, 53, 1);
	ok(nat_ensure(two, store, &kernel, &err) == 0, "UDP: published for another container");
	ok(arrives(client, "192.0.2.1", 5353, second), "UDP: which gets the next packet");
	if (access("/proc/net/nf_conntrack", R_OK) == 0)
		ok(run("%s", count), "UDP: the unrelated flow was not touched");
	is_text(err.warning, "", "UDP: no warnings");
	printf("# %s\n", err.warning);
	one->port_count--;
	ok(nat_ensure(one, store, &kernel, &err) == 0, "UDP: clean up");
	close(client);
	close(first);
	close(second);
	close(bystander);
	close(other);
}

static void test_guard(struct attachment *one)
{
	struct error err = ERROR_INIT;

	int other = wire("lan", "eth0");
	(void)run("ip addr add 198.51.100.1/24 dev lan");
	(void)run_in(other, host, "ip addr add 198.51.100.2/24 dev eth0; ip route add default via 198.51.100.1");
	ok(forwarding_ensure(one, store, &kernel, &err) == 0, "guard: forwarding is turned on");
	late = wire("late", "eth0");
	(void)run("ip addr add 203.0.113.1/24 dev late");
	(void)run_in(late, host, "ip addr add 203.0.113.2/24 dev eth0; ip route add default via 203.0.113.1");
	int server = listen_in(other, "198.51.100.2", 90, SOCK_STREAM);
	int late_server = listen_in(late, "203.0.113.2", 90, SOCK_STREAM);
	reaches("guard: not between interfaces that were there", outside, "198.51.100.2", 90, server, "nobody");
	reaches("guard: to one that came later", outside, "203.0.113.2", 90, late_server, "192.0.2.2");
	ok(forwarding_guard_drop(store, &kernel, &err) == 0, "guard: off");
	reaches("guard: nothing is held back any more", outside, "198.51.100.2", 90, server, "192.0.2.2");
	close(server);
	close(late_server);
}

static struct attachment *make_container(const char *name, unsigned number, int *namespace)
{
	struct attachment *attachment = attachment_make("net", name, number);
	char text[IP_TEXT_SIZE];

	(void)snprintf(text, sizeof text, "fd00:77::%u", number);
	attachment_address_add(attachment, text, "fd00:77::/64", "fd00:77::1");
	*namespace = wire_container(attachment, number);
	learn_mac(attachment, *namespace);
	return attachment;
}

int main(void)
{
	struct error err = ERROR_INIT;

	host = namespace_first();
	if (!ok(host >= 0 && mkdtemp(directory) != NULL, "a namespace of our own"))
		return done();
	ok(nft_socket_open(&kernel.nft, &err) == 0 && rtnl_open(&kernel.host, &err) == 0 &&
		   store_open(&store, directory, true, &err) == 0 && store_enter(store, false, &err) == 0,
	   "sockets and store");
	make_world();
	struct attachment *one = make_container("one", 2, &one_ns), *two = make_container("two", 3, &two_ns);
	attachment_port(one, IPPROTO_TCP, "", 8080, 80, 1);
	attachment_port(one, IPPROTO_TCP, "", 9000, 9000, 10);
	attachment_port(one, IPPROTO_TCP, "127.0.0.1", 8081, 80, 1);
	attachment_port(one, IPPROTO_TCP, "192.0.2.1", 8082, 80, 1);
	ok(attachment_record(one, store, &err) && attachment_record(two, store, &err), "two records");
	test_guard(one);
	ok(nat_ensure(one, store, &kernel, &err) == 0 && nat_ensure(two, store, &kernel, &err) == 0, "two attachments");
	(void)run("sysctl -qw net.ipv6.conf.all.forwarding=1");
	test_published_port();
	test_masquerade();
	test_sources_are_bound();
	test_tunnels_from_containers();
	test_udp_is_not_led_astray(one, two);
	test_forged_loopback();
	store_close(&store);
	nft_socket_close(&kernel.nft);
	rtnl_close(&kernel.host);
	(void)run("rm -rf '%s'", directory);
	free(one);
	free(two);
	if (err.code)
		printf("# %s (%s)\n", err.msg, err.details);
	return done();
}
