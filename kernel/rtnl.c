/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnetlink with the kernel's own errno and words.
 *
 * libnl builds the messages; the answers are read here, because libnl folds many errno values into
 * "Unspecific failure" (lib/error.c, nl_syserr2nlerr) and does not know extended acknowledgements.
 */
#include "kernel/rtnl.h"

#include "base/cleanup.h"

#include <linux/netlink.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* The kernel fills dump messages up to 32 KiB (net/netlink/af_netlink.c, netlink_dump) */
enum { ANSWER_SIZE = 32768, LABEL_SIZE = 256, TIMEOUT_SECONDS = 5 };
enum { ATTRIBUTE_HEADER = sizeof(struct nlattr) };

struct rtnl {
	struct nl_sock *socket;
};

int rtnl_open(struct rtnl **opened, struct error *err)
{
	const struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
	const int on = 1;
	struct rtnl *rtnl = calloc(1, sizeof *rtnl);

	if (!rtnl || !(rtnl->socket = nl_socket_alloc())) {
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

/** read_extack() - the kernel's text behind an error answer (include/uapi/linux/netlink.h, nlmsgerr_attrs) */
static void read_extack(const struct nlmsghdr *answer, struct error *err)
{
	const struct nlmsgerr *refusal = NLMSG_DATA(answer);
	size_t offset = NLMSG_HDRLEN + sizeof *refusal;

	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(answer->nlmsg_flags & NLM_F_CAPPED)) /* the request is repeated before the attributes */
		offset += refusal->msg.nlmsg_len - NLMSG_HDRLEN;
	while (offset + ATTRIBUTE_HEADER <= answer->nlmsg_len) {
		const struct nlattr *attribute = (const void *)((const char *)answer + offset);
		if (attribute->nla_len < ATTRIBUTE_HEADER || offset + attribute->nla_len > answer->nlmsg_len)
			return;
		if ((attribute->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG)
			error_detail(err, "kernel: %.*s", attribute->nla_len - ATTRIBUTE_HEADER,
				     (const char *)(attribute + 1));
		offset += (attribute->nla_len + 3U) & ~3U; /* NLA_ALIGN, unsigned */
	}
}

/**
 * struct exchange - one request and what to do with its answers
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
	bool interrupted, failed;
};

/** read_refusal() - an NLMSG_ERROR answer: 1 when it is the acknowledgement */
static int read_refusal(const struct exchange *exchange, const struct nlmsghdr *answer, struct error *err)
{
	const struct nlmsgerr *refusal = NLMSG_DATA(answer);

	if (answer->nlmsg_len < NLMSG_LENGTH(sizeof *refusal))
		return error_set(err, ERROR_KERNEL, EBADMSG, "%s", exchange->label);
	if (refusal->error == 0)
		return 1;
	(void)error_set(err, ERROR_KERNEL, -refusal->error, "%s", exchange->label);
	read_extack(answer, err);
	return -1;
}

/** read_end() - NLMSG_DONE: its payload is the dump's own errno (net/netlink/af_netlink.c, netlink_dump_done) */
static int read_end(const struct exchange *exchange, const struct nlmsghdr *answer, struct error *err)
{
	int status = 0;

	if (answer->nlmsg_len >= NLMSG_LENGTH(sizeof status))
		memcpy(&status, NLMSG_DATA(answer), sizeof status);
	if (status < 0)
		return error_set(err, ERROR_KERNEL, -status, "%s", exchange->label);
	if (exchange->interrupted)
		return error_set(err, ERROR_TRY_AGAIN, EINTR, "%s: the list changed while it was read",
				 exchange->label);
	return 1;
}

/** read_answer() - one message: 1 when it was the last, 0 when more follow, -1 on failure */
static int read_answer(struct exchange *exchange, struct nlmsghdr *answer, struct error *err)
{
	if (answer->nlmsg_seq != exchange->sequence)
		return 0; /* late answer to a request that timed out */
	if (answer->nlmsg_flags & NLM_F_DUMP_INTR)
		exchange->interrupted = true;
	if (answer->nlmsg_type == NLMSG_ERROR)
		return read_refusal(exchange, answer, err);
	if (answer->nlmsg_type == NLMSG_DONE)
		return read_end(exchange, answer, err);
	if (answer->nlmsg_type < NLMSG_MIN_TYPE || !exchange->visit || exchange->failed)
		return 0;
	if (exchange->visit(answer, exchange->into, err) < 0)
		exchange->failed = true;
	return 0;
}

/** receive_some() - one datagram of the kernel's: its length, -1 on failure */
static ssize_t receive_some(int fd, char buffer[static ANSWER_SIZE], const struct exchange *exchange, struct error *err)
{
	for (;;) {
		struct sockaddr_nl sender = {.nl_family = AF_NETLINK};
		socklen_t length = sizeof sender;
		ssize_t got = recvfrom(fd, buffer, ANSWER_SIZE, MSG_TRUNC, (struct sockaddr *)&sender, &length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(err, errno == EAGAIN ? ERROR_TRY_AGAIN : ERROR_KERNEL, errno, "%s: no answer",
					 exchange->label);
		if (sender.nl_pid != 0)
			continue; /* forged: whoever is root in the container can write to our socket there */
		if (got > ANSWER_SIZE)
			return error_set(err, ERROR_KERNEL, EMSGSIZE, "%s: answer of %zd bytes", exchange->label, got);
		return got;
	}
}

/** receive() - answers until the last one */
static int receive(int fd, struct exchange *exchange, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[ANSWER_SIZE];

	for (;;) {
		int left = (int)receive_some(fd, buffer, exchange, err);
		if (left < 0)
			return -1;
		for (struct nlmsghdr *answer = (void *)buffer; nlmsg_ok(answer, left);
		     answer = nlmsg_next(answer, &left)) {
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
