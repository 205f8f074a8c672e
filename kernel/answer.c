/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of a datagram, read without libnl and libmnl: mnl_nlmsg_ok() of libmnl 1.0.4 takes a length from 2 GiB on
 * for a negative one, which is "short enough".
 */
#include "kernel/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { MAX_ERRNO = 4095 }; /* include/linux/err.h */

/** aligned() - NLMSG_ALIGN() and NLA_ALIGN() without their signs */
static size_t aligned(size_t length)
{
	return (length + NLMSG_ALIGNTO - 1) & ~(size_t)(NLMSG_ALIGNTO - 1);
}

ssize_t answer_receive(int fd, void *buffer, size_t size, int flags)
{
	for (;;) {
		struct sockaddr_nl sender = {.nl_family = AF_NETLINK};
		socklen_t length = sizeof sender;
		ssize_t got = recvfrom(fd, buffer, size, flags, (struct sockaddr *)&sender, &length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || sender.nl_pid == 0)
			return got;
	}
}

ssize_t answers_receive(int fd, char buffer[static ANSWER_SIZE], const char *label, struct error *err)
{
	ssize_t got = answer_receive(fd, buffer, ANSWER_SIZE, MSG_TRUNC);

	if (got < 0)
		return error_set(err, errno == EAGAIN ? ERROR_TRY_AGAIN : ERROR_KERNEL, errno, "%s: no answer", label);
	if (got > ANSWER_SIZE)
		return error_set(err, ERROR_KERNEL, EMSGSIZE, "%s: answer of %zd bytes", label, got);
	return got;
}

struct nlmsghdr *answers_next(struct answers *answers)
{
	struct nlmsghdr *message = (void *)answers->next;

	if (answers->left < sizeof *message || message->nlmsg_len < sizeof *message ||
	    message->nlmsg_len > answers->left)
		return NULL;
	size_t step = aligned(message->nlmsg_len);
	if (step > answers->left)
		step = answers->left;
	answers->next += step;
	answers->left -= step;
	return message;
}

/** errno_of() - errors are small negative numbers; anything else is none */
static int errno_of(int error)
{
	return error <= 0 && error >= -MAX_ERRNO ? -error : EBADMSG;
}

int answer_refusal(const struct nlmsghdr *answer)
{
	const struct nlmsgerr *refusal = NLMSG_DATA(answer);

	return answer->nlmsg_len < NLMSG_LENGTH(sizeof *refusal) ? EBADMSG : errno_of(refusal->error);
}

const char *answer_words(const struct nlmsghdr *answer, char text[static ANSWER_TEXT_SIZE])
{
	const struct nlmsgerr *refusal = NLMSG_DATA(answer);
	size_t offset = NLMSG_LENGTH(sizeof *refusal);

	text[0] = '\0';
	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS) || answer->nlmsg_len < offset)
		return text;
	if (!(answer->nlmsg_flags & NLM_F_CAPPED)) /* the request is repeated before the attributes */
		offset += aligned(refusal->msg.nlmsg_len) - NLMSG_HDRLEN;
	while (offset + sizeof(struct nlattr) <= answer->nlmsg_len) {
		const struct nlattr *attribute = (const void *)((const char *)answer + offset);
		if (attribute->nla_len < sizeof *attribute || offset + attribute->nla_len > answer->nlmsg_len)
			break;
		if ((attribute->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG)
			(void)snprintf(text, ANSWER_TEXT_SIZE, "%.*s", (int)(attribute->nla_len - sizeof *attribute),
				       (const char *)(attribute + 1));
		offset += aligned(attribute->nla_len);
	}
	return text;
}

/** end_of_dump() - NLMSG_DONE may come without a payload */
static int end_of_dump(const struct nlmsghdr *answer)
{
	int error = 0;

	if (answer->nlmsg_len < NLMSG_LENGTH(sizeof error))
		return 0;
	memcpy(&error, NLMSG_DATA(answer), sizeof error);
	return error < 0 ? errno_of(error) : 0; /* some dumps leave the length of their last part here */
}

int answer_verdict(const struct nlmsghdr *answer, const char *label, struct error *err)
{
	char text[ANSWER_TEXT_SIZE];

	if (answer->nlmsg_type != NLMSG_ERROR && answer->nlmsg_type != NLMSG_DONE)
		return 0;
	int errnum = answer->nlmsg_type == NLMSG_ERROR ? answer_refusal(answer) : end_of_dump(answer);
	if (errnum == 0)
		return 1;
	(void)error_set(err, ERROR_KERNEL, errnum, "%s", label);
	if (answer->nlmsg_type == NLMSG_ERROR && *answer_words(answer, text))
		error_detail(err, "kernel: %s", text);
	return -1;
}
