/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel/answer: what another process writes to our netlink sockets is not taken for the kernel's answer. */
#include "kernel/answer.h"
#include "kernel/nft.h"
#include "kernel/rtnl.h"

#include "tests/namespace.h"
#include "tests/tap.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <time.h>

enum { FORGERIES = 64, MAX_DESCRIPTOR = 64 };

/** port_of() - netlink port of our socket of this protocol, 0 when there is none */
static uint32_t port_of(int protocol)
{
	for (int fd = 3; fd < MAX_DESCRIPTOR; fd++) {
		struct sockaddr_nl address = {.nl_family = AF_UNSPEC};
		socklen_t length = sizeof address, size = sizeof(int);
		int found = -1;
		if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &found, &size) == 0 && found == protocol &&
		    getsockname(fd, (struct sockaddr *)&address, &length) == 0 && address.nl_family == AF_NETLINK)
			return address.nl_pid;
	}
	return 0;
}

/** forge() - answers with this errno (0: acknowledged) to all requests from @first on. Return: whether they were sent */
static bool forge(int protocol, uint32_t first, int errnum)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr body;
	} answers[FORGERIES] = {0};
	const struct sockaddr_nl target = {.nl_family = AF_NETLINK, .nl_pid = port_of(protocol)};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	for (uint32_t i = 0; i < FORGERIES; i++) {
		answers[i].head = (struct nlmsghdr){
			.nlmsg_len = sizeof answers[i], .nlmsg_type = NLMSG_ERROR, .nlmsg_seq = first + i};
		answers[i].body.error = -errnum;
	}
	bool sent = target.nl_pid != 0 && sendto(fd, answers, sizeof answers, 0, (const struct sockaddr *)&target,
						 sizeof target) == (ssize_t)sizeof answers;
	close(fd);
	return sent;
}

static void test_forged_acknowledgement_of_a_route(void)
{
	struct error err = ERROR_INIT;
	struct rtmsg header = {.rtm_family = AF_INET, .rtm_dst_len = 77};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWROUTE, NLM_F_CREATE);
	struct rtnl *rtnl = NULL;

	(void)nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO);
	ok(rtnl_open(&rtnl, &err) == 0, "rtnetlink: a socket");
	/* libnl begins with the time */
	ok(forge(NETLINK_ROUTE, (uint32_t)time(NULL) - FORGERIES / 2, 0), "rtnetlink: answers are forged");
	ok(rtnl_request(rtnl, msg, &err, "add route") < 0 && err.errnum == EINVAL,
	   "rtnetlink: a forged acknowledgement is not believed");
	rtnl_close(&rtnl);
}

static void test_forged_refusal_of_a_transaction(void)
{
	struct nft_socket *nft_socket = NULL;
	struct error err = ERROR_INIT;

	ok(nft_socket_open(&nft_socket, &err) == 0, "nfnetlink: a socket");
	ok(forge(NETLINK_NETFILTER, 1, EPERM), "nfnetlink: answers are forged");
	struct nft *nft = nft_begin("table");
	nft_add_table(nft);
	ok(nft_commit(nft, nft_socket, &err) == 0, "nfnetlink: a forged refusal is not believed");
	printf("# %s\n", err.msg);
	nft_socket_close(&nft_socket);
}

int main(void)
{
	if (!ok(namespace_first() >= 0, "a namespace of our own"))
		return done();
	test_forged_acknowledgement_of_a_route();
	test_forged_refusal_of_a_transaction();
	return done();
}
