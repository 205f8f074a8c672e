/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fuzzer plays the kernel: what is sent to a netlink socket goes nowhere, what is read from one comes from the input.
 *
 * An input is a byte that chooses the question, and datagrams, each behind its length (two bytes, low one first). The
 * sequence number of an answer counts from that of the request sent last, so 0 is the right one. Behind the last
 * datagram a read fails with EAGAIN, as it does when the kernel is silent.
 *
 * To be included by one file of a program: it replaces functions of libc.
 */
#pragma once

#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sanitizer/asan_interface.h>
#include <sys/socket.h>

/* AddressSanitizer sees only what was compiled with it; under valgrind the libraries are watched as well */
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_NOACCESS(address, size) ((void)0)
#define VALGRIND_MAKE_MEM_UNDEFINED(address, size) ((void)0)
#endif

/** __asan_default_options() - a buffer of a function that has returned must not stay forbidden ground for the next one */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_stack_use_after_return=1";
}

/**
 * struct played - what is left of the input, and the buffer whose tail nobody may read
 * @fresh: something was sent and nobody has waited for its answer: only then there is one for who does not wait
 */
static struct played {
	const uint8_t *data;
	size_t size;
	uint32_t sequence;
	bool fresh;
	char *tail;
	size_t tail_size;
} played;

/** forget_tail() - the buffer is about to be used for something else */
static inline void forget_tail(void)
{
	ASAN_UNPOISON_MEMORY_REGION(played.tail, played.tail_size);
	played.tail_size = 0;
}

static void play(const uint8_t *data, size_t size)
{
	played = (struct played){.data = data, .size = size};
}

/** number_answers() - whatever follows the last whole message stays as it is */
static inline void number_answers(char *datagram, size_t size)
{
	struct nlmsghdr head;

	for (size_t at = 0; at + sizeof head <= size; at += NLMSG_ALIGN(head.nlmsg_len)) {
		memcpy(&head, datagram + at, sizeof head);
		head.nlmsg_seq += played.sequence;
		memcpy(datagram + at, &head, sizeof head);
		if (head.nlmsg_len < sizeof head || head.nlmsg_len > size - at)
			return;
	}
}

/** answer() - the next datagram; bytes of @buffer that it does not fill are forbidden ground for AddressSanitizer */
static inline ssize_t answer(char *buffer, size_t room, int flags)
{
	forget_tail();
	(void)VALGRIND_MAKE_MEM_UNDEFINED(buffer, room);
	if (!(flags & MSG_DONTWAIT))
		played.fresh = false;
	if (played.size < 2 || (flags & MSG_DONTWAIT && !played.fresh)) {
		errno = EAGAIN;
		return -1;
	}
	size_t size = (size_t)(played.data[0] | played.data[1] << 8);
	if (size > played.size - 2)
		size = played.size - 2;
	size_t copied = size < room ? size : room;
	memcpy(buffer, played.data + 2, copied);
	number_answers(buffer, copied);
	played.data += 2 + size;
	played.size -= 2 + size;
	played.tail = buffer + copied;
	played.tail_size = room - copied;
	ASAN_POISON_MEMORY_REGION(played.tail, played.tail_size);
	(void)VALGRIND_MAKE_MEM_NOACCESS(played.tail, played.tail_size);
	return (ssize_t)(flags & MSG_TRUNC ? size : copied);
}

/** sent() - remember the number of the first message */
static inline ssize_t sent(const void *data, size_t size)
{
	struct nlmsghdr head;

	demand(size >= sizeof head);
	memcpy(&head, data, sizeof head);
	played.sequence = head.nlmsg_seq;
	played.fresh = true;
	return (ssize_t)size;
}

/* By these names they would meet the inline functions of _FORTIFY_SOURCE */
ssize_t played_sendto(int fd, const void *data, size_t size, int flags, const void *address,
		      socklen_t length) __asm__("sendto");
ssize_t played_sendmsg(int fd, const struct msghdr *message, int flags) __asm__("sendmsg");
ssize_t played_recv(int fd, void *buffer, size_t room, int flags) __asm__("recv");
ssize_t played_recvfrom(int fd, void *buffer, size_t room, int flags, void *address,
			socklen_t *length) __asm__("recvfrom");

ssize_t played_sendto(int fd, const void *data, size_t size, int flags, const void *address, socklen_t length)
{
	(void)fd;
	(void)flags;
	(void)address;
	(void)length;
	return sent(data, size);
}

ssize_t played_sendmsg(int fd, const struct msghdr *message, int flags)
{
	(void)fd;
	(void)flags;
	return sent(message->msg_iov[0].iov_base, message->msg_iov[0].iov_len);
}

ssize_t played_recv(int fd, void *buffer, size_t room, int flags)
{
	(void)fd;
	return answer(buffer, room, flags);
}

ssize_t played_recvfrom(int fd, void *buffer, size_t room, int flags, void *address, socklen_t *length)
{
	(void)fd;
	(void)address; /* as the caller filled it in: port 0, the kernel's */
	(void)length;
	return answer(buffer, room, flags);
}
