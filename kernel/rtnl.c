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

enum { LABEL_SIZE = 256, TIMEOUT_SECONDS = 5, LIST_ROUNDS = 10, BATCH_COUNT = 32, BATCH_SIZE = 32768 };

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

static int open_protocol(struct rtnl **opened, int protocol, struct error *err)
{
	const struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
	const int on = 1;
	struct rtnl *rtnl = calloc(1, sizeof *rtnl);

	if (!rtnl || !(rtnl->socket = silent_socket())) {
		free(rtnl);
		return error_set(err, ERROR_KERNEL, ENOMEM, "open netlink socket");
	}
	int status = nl_connect(rtnl->socket, protocol);
	if (status < 0) {
		rtnl_close(&rtnl);
		return error_set(err, ERROR_KERNEL, errno, "open netlink socket: %s", nl_geterror(status));
	}
	int fd = nl_socket_get_fd(rtnl->socket);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on) < 0) {
		(void)error_set(err, ERROR_KERNEL, errno, "set up netlink socket");
		rtnl_close(&rtnl);
		return -1;
	}
	*opened = rtnl;
	return 0;
}

int rtnl_open(struct rtnl **opened, struct error *err)
{
	return open_protocol(opened, NETLINK_ROUTE, err);
}

int rtnl_open_generic(struct rtnl **opened, struct error *err)
{
	return open_protocol(opened, NETLINK_GENERIC, err);
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

/**
 * struct batch - requests of one datagram, and what became of them
 * @first, @last: sequence numbers
 */
struct batch {
	const char *label;
	uint32_t first, last;
	int tolerated;
	bool failed;
	size_t failed_at;
	size_t count, length;
	_Alignas(struct nlmsghdr) char bytes[BATCH_SIZE];
};

/** batch_take() - one request more, which is not to be acknowledged. Return: false when there is no room for it */
static bool batch_take(struct batch *batch, struct rtnl *rtnl, struct nl_msg *msg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	const size_t length = NLMSG_ALIGN(header->nlmsg_len);

	if (batch->count == BATCH_COUNT || length > sizeof batch->bytes - batch->length)
		return false;
	nl_complete_msg(rtnl->socket, msg);
	header->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	memcpy(batch->bytes + batch->length, header, header->nlmsg_len);
	if (batch->count++ == 0)
		batch->first = header->nlmsg_seq;
	batch->last = header->nlmsg_seq;
	batch->length += length;
	return true;
}

/** batch_judge() - one answer; the first refusal counts. Return: whether it was that of the last request */
static bool batch_judge(struct batch *batch, const struct nlmsghdr *answer, struct error *err)
{
	const uint32_t number = answer->nlmsg_seq - batch->first;

	if (answer->nlmsg_type != NLMSG_ERROR || number > batch->last - batch->first)
		return false; /* late answer to something else */
	const int refusal = answer_refusal(answer);
	if (refusal != 0 && refusal != batch->tolerated && !batch->failed) {
		batch->failed = true;
		batch->failed_at = number;
		(void)answer_verdict(answer, batch->label, err);
	}
	return answer->nlmsg_seq == batch->last;
}

static int batch_receive(struct batch *batch, int fd, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[ANSWER_SIZE];

	for (;;) {
		ssize_t got = answers_receive(fd, buffer, batch->label, err);
		if (got < 0)
			return -1;
		struct answers answers = {.next = buffer, .left = (size_t)got};
		for (struct nlmsghdr *answer; (answer = answers_next(&answers));)
			if (batch_judge(batch, answer, err))
				return batch->failed ? -1 : 0;
	}
}

/** batch_send() - what was taken, as one datagram; the last is to be acknowledged */
static int batch_send(struct batch *batch, struct rtnl *rtnl, struct error *err)
{
	struct nlmsghdr *last = (void *)batch->bytes;

	for (size_t i = 1; i < batch->count; i++)
		last = (void *)((char *)last + NLMSG_ALIGN(last->nlmsg_len));
	last->nlmsg_flags |= NLM_F_ACK;
	int status;
	do
		status = nl_sendto(rtnl->socket, batch->bytes, batch->length);
	while (status < 0 && errno == EINTR);
	if (status < 0)
		return error_set(err, ERROR_KERNEL, errno, "%s: send", batch->label);
	return batch_receive(batch, nl_socket_get_fd(rtnl->socket), err);
}

int rtnl_batch(struct rtnl *rtnl, const struct rtnl_requests *requests, size_t *failed, struct error *err)
{
	const char *label = requests->label;

	for (size_t begin = 0, next; begin < requests->count; begin = next) {
		struct batch batch = {.label = label, .tolerated = requests->tolerated};
		for (next = begin; next < requests->count; next++) {
			struct nl_msg *msg = requests->build(next, requests->what);
			const bool taken = msg && batch_take(&batch, rtnl, msg);
			nlmsg_free(msg);
			if (!msg)
				return error_set(err, ERROR_KERNEL, ENOMEM, "%s", label);
			if (!taken)
				break;
		}
		*failed = begin; /* one too large for any datagram, too */
		if (next == begin)
			return error_set(err, ERROR_KERNEL, EMSGSIZE, "%s", label);
		int status = batch_send(&batch, rtnl, err);
		*failed += batch.failed_at;
		if (status < 0)
			return -1;
	}
	return 0;
}
