/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel/answer: messages of a datagram and what a refusal says, byte by byte; and what libnftnl is not to see. */
#include "kernel/answer.h"
#include "kernel/nft.h"

#include "tests/tap.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdint.h>

/** struct message - room for one, with an errno and some attributes */
struct message {
	struct nlmsghdr head;
	int error;
	struct nlmsghdr request;
	char rest[64];
};

static struct message make(uint16_t type, int error, size_t length)
{
	return (struct message){.head = {.nlmsg_type = type, .nlmsg_len = (uint32_t)length}, .error = error};
}

static void test_verdict(void)
{
	static const struct {
		const char *name;
		uint16_t type;
		int error;
		size_t length;
		int status, errnum;
	} rows[] = {
		{"an acknowledgement", NLMSG_ERROR, 0, 36, 1, 0},
		{"a refusal", NLMSG_ERROR, -ENODEV, 36, -1, ENODEV},
		{"a refusal without its errno", NLMSG_ERROR, 0, 16, -1, EBADMSG},
		{"a refusal cut off", NLMSG_ERROR, 0, 35, -1, EBADMSG},
		{"a positive error", NLMSG_ERROR, 1, 36, -1, EBADMSG},
		{"the lowest number", NLMSG_ERROR, INT32_MIN, 36, -1, EBADMSG},
		{"the end of a list", NLMSG_DONE, 0, 20, 1, 0},
		{"the end of a list without a payload", NLMSG_DONE, 0, 16, 1, 0},
		{"the end of a list that failed half-way", NLMSG_DONE, -ENOMEM, 20, -1, ENOMEM},
		{"a length at the end of a list", NLMSG_DONE, 40, 20, 1, 0},
		{"data", NLMSG_MIN_TYPE, -EPERM, 36, 0, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct error err = ERROR_INIT;
		struct message message = make(rows[i].type, rows[i].error, rows[i].length);

		ok(answer_verdict(&message.head, "label", &err) == rows[i].status && err.errnum == rows[i].errnum,
		   rows[i].name);
	}
}

/** put_words() - NLMSGERR_ATTR_MSG, @declared bytes long by its own account */
static void put_words(struct message *message, size_t offset, const char *words, uint16_t declared)
{
	const struct nlattr attribute = {.nla_len = declared, .nla_type = NLMSGERR_ATTR_MSG};

	memcpy(message->rest + offset, &attribute, sizeof attribute);
	memcpy(message->rest + offset + sizeof attribute, words, strlen(words));
}

static void test_words(void)
{
	char text[ANSWER_TEXT_SIZE];
	struct message message = make(NLMSG_ERROR, -EINVAL, sizeof message);

	put_words(&message, 0, "because", 4 + 7);
	message.head.nlmsg_flags = NLM_F_CAPPED;
	is_text(answer_words(&message.head, text), "", "there are none unless the flag says so");
	message.head.nlmsg_flags |= NLM_F_ACK_TLVS;
	is_text(answer_words(&message.head, text), "because", "words without a zero at their end");
	put_words(&message, 0, "because", 4 + 61);
	is_text(answer_words(&message.head, text), "", "words longer than the message are none");
	put_words(&message, 0, "because", 3);
	is_text(answer_words(&message.head, text), "", "nor those shorter than their header");
	message.head.nlmsg_flags = NLM_F_ACK_TLVS;
	message.request.nlmsg_len = sizeof message.request + 5;
	put_words(&message, 8, "therefore", 4 + 9);
	is_text(answer_words(&message.head, text), "therefore", "behind a request of odd length");
	message.request.nlmsg_len = 0;
	is_text(answer_words(&message.head, text), "", "a request shorter than its header");
	message.request.nlmsg_len = UINT32_MAX;
	is_text(answer_words(&message.head, text), "", "or of 4 GiB");
}

static int count(size_t left, uint32_t first_length)
{
	static struct message messages[2];
	struct answers answers = {.next = (char *)messages, .left = left};
	int found = 0;

	messages[0] = make(NLMSG_MIN_TYPE, 0, first_length);
	messages[1] = make(NLMSG_MIN_TYPE, 0, sizeof *messages);
	while (answers_next(&answers))
		found++;
	return found;
}

static void test_next(void)
{
	const uint32_t size = sizeof(struct message);

	is_int(count(2 * size, size), 2, "two messages");
	is_int(count(2 * size, size - 1), 2, "the first of odd length");
	is_int(count(2 * size - 1, size), 1, "the second cut off");
	is_int(count(size - 1, size - 1), 1, "an odd length at the end");
	is_int(count(2 * size, 2 * size + 1), 0, "longer than the datagram");
	is_int(count(2 * size, 15), 0, "shorter than a header");
	is_int(count(2 * size, 0), 0, "of no length");
	is_int(count(2 * size, 0x80000010), 0, "of 2 GiB, which libmnl takes for short");
	is_int(count(2 * size, UINT32_MAX), 0, "of 4 GiB");
	is_int(count(15, 15), 0, "less than a header is left");
	is_int(count(0, size), 0, "nothing is left");
}

/** is_whole() - an answer with one expression, which has an attribute of this type and these bytes */
static bool is_whole(uint16_t type, const char *name, size_t length)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg family;
		struct nlattr list, expression, name;
		char text[8];
	} rule = {.head = {.nlmsg_len = (uint32_t)(sizeof rule - sizeof rule.text + length)},
		  .list = {.nla_len = (uint16_t)(12 + length), .nla_type = NFTA_RULE_EXPRESSIONS | NLA_F_NESTED},
		  .expression = {.nla_len = (uint16_t)(8 + length), .nla_type = NFTA_LIST_ELEM | NLA_F_NESTED},
		  .name = {.nla_len = (uint16_t)(4 + length), .nla_type = type}};

	memcpy(rule.text, name, length);
	return nft_rule_is_whole(&rule.head);
}

static void test_rule(void)
{
	ok(is_whole(NFTA_EXPR_NAME, "meta", 5), "an expression with a name");
	ok(!is_whole(NFTA_EXPR_NAME, "meta", 4), "one whose name does not end");
	ok(!is_whole(NFTA_EXPR_NAME, "", 0), "one whose name is nothing");
	ok(!is_whole(NFTA_EXPR_DATA, "meta", 5), "one without a name, which libnftnl compares all the same");
}

int main(void)
{
	test_verdict();
	test_words();
	test_next();
	test_rule();
	return done();
}
