/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfnetlink: what goes over the wire and how refusals are read. */
#include "kernel/nft_socket.h"

#include "base/cleanup.h"
#include "kernel/detached.h"

#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { TIMEOUT_SECONDS = 5, RECEIVE_BUFFER = 1 << 20 };

/** struct nft_socket - @absent: errno that says that this kernel has no such sockets; 0 when it has. @close_waits: see nft_socket_close() */
struct nft_socket {
	int fd;
	int absent;
	int send_buffer;
	uint32_t sequence;
	bool close_waits;
};

/** grow_buffer() - beyond rmem_max or wmem_max where we may, up to them where we may not (rootless) */
static void grow_buffer(int fd, int force, int ordinary, int size)
{
	if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof size) < 0)
		(void)setsockopt(fd, SOL_SOCKET, ordinary, &size, sizeof size);
}

/** open_absent() - whoever makes something hears of it when he does; what is to be removed cannot be there */
static int open_absent(struct nft_socket **opened, int errnum, struct error *err)
{
	struct nft_socket *nft_socket = calloc(1, sizeof *nft_socket);

	if (!nft_socket)
		return error_set(err, ERROR_KERNEL, ENOMEM, "open nfnetlink socket");
	*nft_socket = (struct nft_socket){.fd = -1, .absent = errnum};
	*opened = nft_socket;
	return 0;
}

static int refuse_absent(const struct nft_socket *nft_socket, struct error *err)
{
	return error_set(err, ERROR_KERNEL, nft_socket->absent, "this kernel has no nf_tables");
}

int nft_socket_open(struct nft_socket **opened, struct error *err)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	const struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
	const int on = 1;
	AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0 && (errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT))
		return open_absent(opened, errno, err);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return error_set(err, ERROR_KERNEL, errno, "open nfnetlink socket");
	grow_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on) < 0)
		return error_set(err, ERROR_KERNEL, errno, "set up nfnetlink socket");
	struct nft_socket *nft_socket = calloc(1, sizeof *nft_socket);
	if (!nft_socket)
		return error_set(err, ERROR_KERNEL, ENOMEM, "open nfnetlink socket");
	nft_socket->fd = take_fd(&fd);
	*opened = nft_socket;
	return 0;
}

void nft_socket_close(struct nft_socket **nft_socket)
{
	if (!*nft_socket)
		return;
	if ((*nft_socket)->close_waits)
		detached_close((*nft_socket)->fd);
	else
		cleanup_close(&(*nft_socket)->fd);
	free(*nft_socket);
	*nft_socket = NULL;
}

void nft_socket_deleted(struct nft_socket *nft_socket)
{
	nft_socket->close_waits = true;
}

int nft_socket_share(struct nft_socket *nft_socket)
{
	if (!nft_socket)
		return -1;
	nft_socket->close_waits = false;
	return nft_socket->fd;
}

uint32_t nft_socket_sequence(struct nft_socket *nft_socket, uint32_t count)
{
	if (nft_socket->sequence > UINT32_MAX - count - 1)
		nft_socket->sequence = 0;
	uint32_t first = nft_socket->sequence + 1;
	nft_socket->sequence += count;
	return first;
}

/** struct batch - the sequence numbers of what was sent */
struct batch {
	uint32_t first, last;
};

/** judge() - one answer to a batch; the refusal of the earliest request counts */
static void judge(const struct nlmsghdr *answer, const struct batch *batch, struct nft_verdict *verdict)
{
	if (answer->nlmsg_type != NLMSG_ERROR || answer->nlmsg_seq < batch->first || answer->nlmsg_seq > batch->last)
		return; /* late answer to something else */
	int errnum = answer_refusal(answer);
	if (errnum == 0) {
		verdict->acknowledged = true;
		return;
	}
	if (verdict->errnum && verdict->sequence <= answer->nlmsg_seq)
		return;
	verdict->errnum = errnum;
	verdict->sequence = answer->nlmsg_seq;
	(void)answer_words(answer, verdict->text);
}

/** drain() - read everything that is queued; ENOBUFS says that some of it was lost, not that anything failed */
static int drain(int fd, const struct batch *batch, struct nft_verdict *verdict, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[ANSWER_SIZE];

	for (;;) {
		ssize_t got = answer_receive(fd, buffer, sizeof buffer, MSG_DONTWAIT);
		if (got < 0 && errno == EAGAIN)
			return 0;
		if (got < 0 && errno == ENOBUFS)
			continue;
		if (got < 0)
			return error_set(err, ERROR_KERNEL, errno, "nfnetlink: read answers");
		struct answers answers = {.next = buffer, .left = (size_t)got};
		for (const struct nlmsghdr *answer; (answer = answers_next(&answers));)
			judge(answer, batch, verdict);
	}
}

/** send_to_kernel() - all of it, or -1 with errno */
static ssize_t send_to_kernel(int fd, const void *data, size_t length)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	ssize_t sent;

	do
		sent = sendto(fd, data, length, 0, (const struct sockaddr *)&address, sizeof address);
	while (sent < 0 && errno == EINTR);
	return sent;
}

int nft_socket_send(struct nft_socket *nft_socket, const void *data, size_t length, uint32_t first, uint32_t last,
		    struct nft_verdict *verdict, struct error *err)
{
	const struct batch batch = {.first = first, .last = last};
	struct nft_verdict fresh = {.errnum = 0};

	if (nft_socket->absent)
		return refuse_absent(nft_socket, err);
	/* a message must fit into the send buffer as a whole (netlink_sendmsg); the default holds some 200 KiB */
	if ((int)length > nft_socket->send_buffer) {
		grow_buffer(nft_socket->fd, SO_SNDBUFFORCE, SO_SNDBUF, (int)length + RECEIVE_BUFFER);
		nft_socket->send_buffer = (int)length + RECEIVE_BUFFER;
	}
	if (send_to_kernel(nft_socket->fd, data, length) < 0)
		return error_set(err, ERROR_KERNEL, errno, "nft: send a transaction of %zu bytes", length);
	if (drain(nft_socket->fd, &batch, &fresh, err) < 0)
		return -1;
	*verdict = fresh;
	return 0;
}

/** struct question - one request and what to do with its answers. @object: not a list, so one of them must be visited */
struct question {
	uint32_t sequence;
	bool object, visited;
	nft_visit visit;
	void *into;
	const char *label;
};

/** read_answer() - one message: 1 when it was the last, 0 when more follow, -1 on failure */
static int read_answer(struct question *question, const struct nlmsghdr *answer, struct error *err)
{
	if (answer->nlmsg_seq != question->sequence)
		return 0; /* late answer to a request that timed out */
	if (answer->nlmsg_flags & NLM_F_DUMP_INTR)
		return error_set(err, ERROR_TRY_AGAIN, EINTR, "%s: the list changed while it was read",
				 question->label);
	int verdict = answer_verdict(answer, question->label, err);
	if (verdict > 0 && question->object && !question->visited)
		return error_set(err, ERROR_KERNEL, EBADMSG, "%s", question->label);
	if (verdict != 0)
		return verdict;
	if (answer->nlmsg_type < NLMSG_MIN_TYPE || !question->visit)
		return 0;
	if (answer->nlmsg_len < NLMSG_LENGTH(sizeof(struct nfgenmsg)))
		return error_set(err, ERROR_KERNEL, EBADMSG, "%s", question->label);
	question->visited = true;
	return question->visit(answer, question->into, err);
}

/** receive() - answers until the last one */
static int receive(int fd, struct question *question, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[ANSWER_SIZE];

	for (;;) {
		ssize_t got = answers_receive(fd, buffer, question->label, err);
		if (got < 0)
			return -1;
		struct answers answers = {.next = buffer, .left = (size_t)got};
		for (const struct nlmsghdr *answer; (answer = answers_next(&answers));) {
			int status = read_answer(question, answer, err);
			if (status != 0)
				return status < 0 ? -1 : 0;
		}
	}
}

int nft_socket_ask(struct nft_socket *nft_socket, struct nlmsghdr *request, bool dump, nft_visit visit, void *into,
		   const char *label, struct error *err)
{
	struct question question = {.sequence = nft_socket_sequence(nft_socket, 1),
				    .object = visit && !dump,
				    .visit = visit,
				    .into = into,
				    .label = label};
	const struct batch nothing = {.first = 1, .last = 0};
	struct nft_verdict ignored = {.errnum = 0};

	if (nft_socket->absent)
		return refuse_absent(nft_socket, err);
	/* a list that was given up goes on while it is read, and no second one starts meanwhile (EBUSY) */
	if (dump && drain(nft_socket->fd, &nothing, &ignored, err) < 0)
		return -1;
	request->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK));
	request->nlmsg_seq = question.sequence;
	if (send_to_kernel(nft_socket->fd, request, request->nlmsg_len) < 0)
		return error_set(err, ERROR_KERNEL, errno, "%s: send", label);
	return receive(nft_socket->fd, &question, err);
}
