/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nfnetlink socket of one run: batches of nf_tables, questions to nf_tables and conntrack. */
#pragma once

#include "base/error.h"
#include "kernel/answer.h"

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

struct nft_socket;

/**
 * nft_socket_open() - an nfnetlink socket of the namespace the process is in; it stays in that one
 *
 * Receive buffer 1 MiB where that is permitted, extended acknowledgements, requests are not echoed
 * in refusals (a batch may be megabytes), 5 s deadline for an answer. On a kernel without such sockets
 * this succeeds and every use fails with EPROTONOSUPPORT: only who makes something has to fail.
 */
int nft_socket_open(struct nft_socket **opened, struct error *err);
/**
 * nft_socket_close() - accepts NULL, leaves NULL
 *
 * The last close of a socket that ever bound waits until the kernel has freed what transactions
 * deleted (net/netfilter/nf_tables_api.c, nft_rcv_nl_event): 6 to 15 ms. After a deletion a process is left to do it.
 */
void nft_socket_close(struct nft_socket **nft_socket);

/** nft_socket_deleted() - a transaction has deleted something */
void nft_socket_deleted(struct nft_socket *nft_socket);
/** nft_socket_share() - the descriptor, -1 for NULL, for a process that outlives us anyhow: its close is the last one */
int nft_socket_share(struct nft_socket *nft_socket);

/** nft_socket_sequence() - @count consecutive sequence numbers. Return: the first; never 0 */
uint32_t nft_socket_sequence(struct nft_socket *nft_socket, uint32_t count);

/**
 * struct nft_verdict - how the kernel answered a batch
 * @acknowledged: it said that the last request was carried out
 * @errnum:       first refusal, 0 if there was none
 * @sequence:     the request refused first
 * @text:         the kernel's words to it, "" if none
 */
struct nft_verdict {
	bool acknowledged;
	int errnum;
	uint32_t sequence;
	char text[ANSWER_TEXT_SIZE];
};

/**
 * nft_socket_send() - send a batch and collect what the kernel says to it
 * @first, @last: sequence numbers of the batch
 *
 * The kernel works through a batch inside sendto(), so all answers are queued when that returns
 * (net/netfilter/nfnetlink.c, nfnetlink_rcv_batch): they are read until there are no more, never counted.
 *
 * Return: 0 with *@verdict written, also when the batch was refused; -1 when it could not be sent
 */
int nft_socket_send(struct nft_socket *nft_socket, const void *data, size_t length, uint32_t first, uint32_t last,
		    struct nft_verdict *verdict, struct error *err);

/** nft_visit - looks at one answer; 0 to go on, 1 to stop reading, -1 with @err set */
typedef int (*nft_visit)(const struct nlmsghdr *answer, void *into, struct error *err);

/**
 * nft_socket_ask() - send one request and hand each answer to @visit
 * @request: flags and sequence are filled in here: NLM_F_DUMP when @dump, an acknowledgement otherwise
 * @label:   what it does, for the error message
 *
 * For an object, an acknowledgement without an answer is ERROR_KERNEL with errnum EBADMSG. A dump that changed meanwhile is ERROR_TRY_AGAIN with errnum EINTR (answers were visited already).
 */
int nft_socket_ask(struct nft_socket *nft_socket, struct nlmsghdr *request, bool dump, nft_visit visit, void *into,
		   const char *label, struct error *err);
