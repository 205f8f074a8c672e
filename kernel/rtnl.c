/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnetlink with the kernel's own errno and words.
 *
 * libnl builds the messages; the answers are read here, because libnl folds many errno values into
 * "Unspecific failure" (lib/error.c, nl_syserr2nlerr) and does not know extended acknowledgements.
 */
#include "kernel/rtnl.h"

#include "base/cleanup.h"
#include "kernel/answer.h"

#include <linux/netlink.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { LABEL_SIZE = 256, TIMEOUT_SECONDS = 5, LIST_ROUNDS = 10 };

struct rtnl {
	struct nl_sock *socket;
};

/** silent_socket() - libnl reads NLDBG and NLCB before main() and would fill our stderr with what it does */
static struct nl_sock *silent_socket(void)
{
	struct nl_cb *silent = nl_cb_alloc(NL_CB_CUSTOM);
	struct nl_sock *socket = silent ? nl_socket_alloc_cb(silent) : NULL;

	nl_debug = 0;
	nl_cb_put(silent);
	return socket;
}

int rtnl_open(struct rtnl **opened, struct error *err)
{
	const struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
	const int on = 1;
	struct rtnl *rtnl = calloc(1, sizeof *rtnl);

	if (!rtnl || !(rtnl->socket = silent_socket())) {
		free(rtnl);
		return error_set(err, ERROR_KERNEL, ENOMEM, "open rtnetlink socket");
	}
	int status = nl_connect(rtnl->socket, NETLINK_ROUTE);
	if (status < 0) {
		rtnl_close(&rtnl);
		return error_set(err, ERROR_KERNEL, errno, "open rtnetlink socket: %s", nl_geterror(status));
	}
	int fd = nl_socket_get_fd(rtnl->socket);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on) < 0) {
		(void)error_set(err, ERROR_KERNEL, errno, "set up rtnetlink socket");
		rtnl_close(&rtnl);
		return -1;
	}
	*opened = rtnl;
	return 0;
}

void rtnl_close(struct rtnl **rtnl)
{
	if (!*rtnl)
		return;
	nl_socket_free((*rtnl)->socket);
	free(*rtnl);
	*rtnl = NULL;
}

/**
 * struct exchange - one request and what to do with its answers
 * @object:      one is asked for, not a list: an acknowledgement alone is no answer
 * @interrupted: the kernel said that a list changed while it was read
 * @failed:      @visit did not like an answer
 *
 * Answers are read to the last one whatever happens: a dump that is left half-read keeps the socket
 * busy (EBUSY for the next one).
 */
struct exchange {
	const char *label;
	uint32_t sequence;
	rtnl_visit visit;
	void *into;
	bool object, visited, interrupted, failed;
};

/** read_answer() - one message: 1 when it was the last, 0 when more follow, -1 on failure */
static int read_answer(struct exchange *exchange, struct nlmsghdr *answer, struct error *err)
{
	if (answer->nlmsg_seq != exchange->sequence)
		return 0; /* late answer to a request that timed out */
	if (answer->nlmsg_flags & NLM_F_DUMP_INTR)
		exchange->interrupted = true;
	int verdict = answer_verdict(answer, exchange->label, err);
	if (verdict > 0 && exchange->interrupted)
		return error_set(err, ERROR_TRY_AGAIN, EINTR, "%s: the list changed while it was read",
				 exchange->label);
	if (verdict > 0 && exchange->object && !exchange->visited)
		return error_set(err, ERROR_KERNEL, EBADMSG, "%s", exchange->label);
	if (verdict != 0)
		return verdict;
	if (answer->nlmsg_type < NLMSG_MIN_TYPE || !exchange->visit || exchange->failed)
		return 0;
	exchange->visited = true;
	if (exchange->visit(answer, exchange->into, err) < 0)
		exchange->failed = true;
	return 0;
}

/** receive() - answers until the last one */
static int receive(int fd, struct exchange *exchange, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[ANSWER_SIZE];

	for (;;) {
		ssize_t got = answers_receive(fd, buffer, exchange->label, err);
		if (got < 0)
			return -1;
		struct answers answers = {.next = buffer, .left = (size_t)got};
		for (struct nlmsghdr *answer; (answer = answers_next(&answers));) {
			int status = read_answer(exchange, answer, err);
			if (status != 0)
				return status < 0 || exchange->failed ? -1 : 0;
		}
	}
}

/** transact() - send, consume @msg, read the answers */
static int transact(struct rtnl *rtnl, struct nl_msg *msg, struct exchange *exchange, struct error *err)
{
	if (!msg)
		return error_set(err, ERROR_KERNEL, ENOMEM, "%s", exchange->label);
	nl_complete_msg(rtnl->socket, msg);
	exchange->sequence = nlmsg_hdr(msg)->nlmsg_seq;
	exchange->object = exchange->visit && (nlmsg_hdr(msg)->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP;
	int status;
	do
		status = nl_send(rtnl->socket, msg);
	while (status < 0 && errno == EINTR);
	int errnum = errno;
	nlmsg_free(msg);
	if (status < 0)
		return error_set(err, ERROR_KERNEL, errnum, "%s: send", exchange->label);
	return receive(nl_socket_get_fd(rtnl->socket), exchange, err);
}

int rtnl_request(struct rtnl *rtnl, struct nl_msg *msg, struct error *err, const char *label, ...)
{
	char text[LABEL_SIZE];
	struct exchange exchange = {.label = text};
	va_list arguments;

	va_start(arguments, label);
	(void)vsnprintf(text, sizeof text, label, arguments);
	va_end(arguments);
	return transact(rtnl, msg, &exchange, err);
}

int rtnl_ask(struct rtnl *rtnl, struct nl_msg *msg, rtnl_visit visit, void *into, struct error *err, const char *label,
	     ...)
{
	char text[LABEL_SIZE];
	struct exchange exchange = {.label = text, .visit = visit, .into = into};
	va_list arguments;

	va_start(arguments, label);
	(void)vsnprintf(text, sizeof text, label, arguments);
	va_end(arguments);
	return transact(rtnl, msg, &exchange, err);
}

int rtnl_list(struct rtnl *rtnl, struct nl_msg *msg, rtnl_visit visit, void *into, size_t *count, struct error *err,
	      const char *label, ...)
{
	const size_t before = count ? *count : 0;
	struct error attempt = ERROR_INIT;
	char text[LABEL_SIZE];
	va_list arguments;
	int status = -1;

	va_start(arguments, label);
	(void)vsnprintf(text, sizeof text, label, arguments);
	va_end(arguments);
	for (int round = 0; round == 0 || (attempt.errnum == EINTR && round < LIST_ROUNDS); round++) {
		struct exchange exchange = {.label = text, .visit = visit, .into = into};
		error_clear(&attempt);
		if (count)
			*count = before;
		if (msg) { /* of which each round consumes one reference, and has a number of its own */
			nlmsg_get(msg);
			nlmsg_hdr(msg)->nlmsg_seq = NL_AUTO_SEQ;
		}
		status = transact(rtnl, msg, &exchange, &attempt);
	}
	nlmsg_free(msg);
	error_merge(err, &attempt);
	return status;
}
