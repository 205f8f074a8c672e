/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel/rtnl and kernel/lookup against a real kernel, in a namespace of our own. */
#include "kernel/lookup.h"
#include "kernel/message.h"
#include "kernel/rtnl.h"

#include "tests/namespace.h"
#include "tests/tap.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <signal.h>

static int count_answer(struct nlmsghdr *answer, void *into, struct error *err)
{
	(void)answer;
	(void)err;
	(*(int *)into)++;
	return 0;
}

static int list_links(struct rtnl *rtnl, int *count, struct error *err)
{
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_DUMP);

	*count = 0;
	(void)nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO);
	return rtnl_ask(rtnl, msg, count_answer, count, err, "list interfaces");
}

static void test_refusal_has_errno_and_words(struct rtnl *rtnl)
{
	struct error err = ERROR_INIT;
	struct rtmsg header = {.rtm_family = AF_INET, .rtm_dst_len = 77};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWROUTE, NLM_F_CREATE);

	(void)nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO);
	ok(rtnl_request(rtnl, msg, &err, "add route %s", "x") < 0 && err.errnum == EINVAL, "errno of the kernel");
	is_text(err.msg, "add route x: Invalid argument", "label and errno in words");
	ok(strstr(err.details, "kernel: ") != NULL, "the kernel's own words");
}

static void test_error_at_the_end_of_a_dump_is_told(struct rtnl *rtnl)
{
	struct error err = ERROR_INIT;
	struct ifaddrmsg header = {.ifa_family = AF_INET, .ifa_index = 9999};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETADDR, NLM_F_DUMP);
	int count = 0;

	(void)nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO);
	ok(rtnl_ask(rtnl, msg, count_answer, &count, &err, "list addresses") < 0,
	   "a dump that failed is no empty list");
	is_int(err.errnum, ENODEV, "and says why");
}

/** churn() - a child that makes and deletes a link until it is ended, or its parent is */
static pid_t churn(void)
{
	(void)fflush(stdout);
	pid_t child = fork();

	if (child == 0) {
		for (int i = 0; i < 2000; i++)
			(void)run("ip link add churn type bridge && ip link del churn");
		_exit(0);
	}
	return child;
}

static void test_interrupted_dump_leaves_a_working_socket(struct rtnl *rtnl)
{
	int count, interrupted = 0, other = 0;
	pid_t child;

	for (int i = 0; i < 8; i++)
		(void)run("for i in $(seq %d %d); do ip link add b$i type bridge; done", i * 25, i * 25 + 24);
	child = churn();
	for (int i = 0; i < 400; i++) {
		struct error err = ERROR_INIT;
		if (list_links(rtnl, &count, &err) == 0)
			continue;
		interrupted += err.errnum == EINTR;
		other += err.errnum != EINTR;
	}
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	printf("# %d of 400 lists were interrupted\n", interrupted);
	is_int(other, 0, "an interrupted list is all that goes wrong while interfaces come and go");
	/* What the child had just started goes on for a moment */
	int status = -1;
	for (int i = 0; i < 1000 && status < 0; i++) {
		struct error err = ERROR_INIT;
		status = list_links(rtnl, &count, &err);
		if (status < 0 && err.errnum != EINTR)
			break;
	}
	ok(status == 0 && count >= 200, "and the socket still works");
}

/** collect() - counts, as one does who fills an array */
static int collect(struct nlmsghdr *answer, void *into, struct error *err)
{
	(void)answer;
	(void)err;
	(*(size_t *)into)++;
	return 0;
}

/** test_list_begins_again() - after the test before: loopback and 200 interfaces, and at times one or its end more */
static void test_list_begins_again(struct rtnl *rtnl)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	int failed = 0, wrong = 0;
	pid_t child = churn();

	for (int i = 0; i < 400; i++) {
		struct error err = ERROR_INIT;
		size_t count = 7;
		struct nl_msg *msg = message_begin(RTM_GETLINK, NLM_F_DUMP, &header, sizeof header);
		if (rtnl_list(rtnl, msg, collect, &count, &count, &err, "list interfaces") < 0)
			failed += err.errnum != EINTR;
		else
			wrong += count < 7 + 201 || count > 7 + 202;
	}
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	is_int(failed, 0, "lists that were interrupted begin again");
	is_int(wrong, 0, "and without what they had collected, but with what was there before");
}

static void test_list_without_memory(struct rtnl *rtnl)
{
	struct error err = ERROR_INIT;
	size_t count = 0;

	ok(rtnl_list(rtnl, NULL, collect, &count, &count, &err, "list %s", "x") < 0, "a request without memory");
	is_int(err.errnum, ENOMEM, "says so");
}

static void test_lookup(struct rtnl *rtnl)
{
	struct ip lo = {AF_INET, {127, 0, 0, 1}}, far = {AF_INET, {198, 51, 100, 9}}, black = {AF_INET, {10, 9, 9, 9}};
	struct error err = ERROR_INIT;
	struct route_found found;

	ok(run("ip link set lo up; ip link set b0 up; ip addr add 192.0.2.1/24 dev b0; ip link set b1 up; "
	       "ip addr add 203.0.113.1/24 dev b1; ip route add blackhole 10.9.0.0/16; "
	       "ip route add default nexthop via 192.0.2.2 nexthop via 203.0.113.2"),
	   "routes");
	ok(route_lookup(rtnl, &lo, &found, &err) == 0 && found.type == RTN_LOCAL, "a local address");
	ok(route_lookup(rtnl, &far, &found, &err) == 0 && found.type == RTN_UNICAST && found.length == 0,
	   "the default route");
	is_int(found.hop_count, 2, "with both of its devices");
	ok(route_lookup(rtnl, &black, &found, &err) == 0 && found.type != RTN_UNICAST && found.type != RTN_LOCAL,
	   "no way is no failure");
}

enum { BATCH_ROUTES = 1000 };

/** struct routes - unreachable 10.<second>.<index>/32; number @wrong has a length that no address has */
struct routes {
	uint8_t second;
	size_t wrong;
};

static struct nl_msg *build_route(size_t index, const void *what)
{
	const struct routes *routes = what;
	struct rtmsg header = {.rtm_family = AF_INET,
			       .rtm_dst_len = index == routes->wrong ? 77 : 32,
			       .rtm_table = RT_TABLE_MAIN,
			       .rtm_protocol = RTPROT_STATIC,
			       .rtm_scope = RT_SCOPE_UNIVERSE,
			       .rtm_type = RTN_UNREACHABLE};
	const uint8_t destination[] = {10, routes->second, (uint8_t)(index / 256), (uint8_t)index};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);

	(void)nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO);
	(void)nla_put(msg, RTA_DST, sizeof destination, destination);
	return msg;
}

static int add_routes(struct rtnl *rtnl, const void *what, int tolerated, size_t *failed, struct error *err)
{
	return rtnl_batch(rtnl, &(struct rtnl_requests){"add", BATCH_ROUTES, build_route, what, tolerated}, failed,
			  err);
}

static void test_batch(struct rtnl *rtnl)
{
	const struct routes good = {.second = 1, .wrong = SIZE_MAX}, bad = {.second = 2, .wrong = 700};
	struct error err = ERROR_INIT;
	size_t failed = 0;

	ok(add_routes(rtnl, &good, 0, &failed, &err) == 0, "a thousand requests");
	ok(run("test $(ip route list root 10.1.0.0/16 | wc -l) = %d", BATCH_ROUTES), "are carried out");
	ok(add_routes(rtnl, &good, 0, &failed, &err) < 0, "all refused: a failure");
	is_int(err.errnum, EEXIST, "with the errno of the first, and no answer lost for want of room");
	is_int(failed, 0, "and its number");
	error_clear(&err);
	ok(add_routes(rtnl, &good, EEXIST, &failed, &err) == 0, "all refused with what is tolerated: success");
	ok(add_routes(rtnl, &bad, 0, &failed, &err) < 0, "one refused: a failure");
	is_int(failed, 700, "it is known which");
	ok(err.errnum == EINVAL && strstr(err.details, "kernel: ") != NULL, "with the kernel's errno and words");
	ok(run("test $(ip route list root 10.2.0.0/16 | wc -l) = %d", 703),
	   "those of its datagram are carried out all the same");
}

int main(void)
{
	struct error err = ERROR_INIT;
	struct rtnl *rtnl = NULL;

	if (!ok(namespace_first() >= 0 && rtnl_open(&rtnl, &err) == 0, "a socket in a namespace of our own"))
		return done();
	test_refusal_has_errno_and_words(rtnl);
	test_error_at_the_end_of_a_dump_is_told(rtnl);
	test_interrupted_dump_leaves_a_working_socket(rtnl);
	test_list_begins_again(rtnl);
	test_list_without_memory(rtnl);
	test_lookup(rtnl);
	test_batch(rtnl);
	rtnl_close(&rtnl);
	return done();
}
