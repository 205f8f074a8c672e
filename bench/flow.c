/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a path carries, and how long a packet takes there and back.
 *
 *	flow serve PORT                       TCP: swallow what comes and say how much it was; UDP: send back. Until killed;
 *	                                      prints "ready" when it listens
 *	flow send ADDRESS PORT MILLISECONDS   one TCP connection, written to for so long; prints bits per second that arrived
 *	flow ask ADDRESS PORT COUNT           one datagram after the other, each when the one before is back; prints the
 *	                                      nanoseconds of each
 *
 * ADDRESS is of either family. A lost datagram ends it: nothing here loses any.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_SIZE = 128 * 1024, DATAGRAM_SIZE = 64, WARM_UP = 20, NUMBER_LIMIT = 1000000, TIMEOUT_S = 10, BITS = 8 };

static const double NS_PER_S = 1e9;

static _Noreturn void fail(const char *what)
{
	(void)fprintf(stderr, "flow: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static long long now_ns(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

/** number() - decimal, from 1 to NUMBER_LIMIT; 0 is none */
static long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	return end == text || *end || value < 1 || value > NUMBER_LIMIT ? 0 : value;
}

/** open_server() - on both families */
static int open_server(int type, long port)
{
	const struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	const int off = 0, fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 1) < 0))
		fail("serve");
	return fd;
}

/** swallow() - a connection to its end; then its sender hears how much came */
static void swallow(int listener)
{
	static char buffer[BUFFER_SIZE];
	const int fd = accept(listener, NULL, NULL);
	uint64_t total = 0;
	ssize_t length;

	if (fd < 0)
		fail("accept");
	while ((length = recv(fd, buffer, sizeof buffer, 0)) > 0)
		total += (uint64_t)length;
	if (length < 0 || send(fd, &total, sizeof total, MSG_NOSIGNAL) != (ssize_t)sizeof total)
		(void)fprintf(stderr, "flow: a connection broke: %s\n", strerror(errno));
	(void)close(fd);
}

static void send_back(int fd)
{
	struct sockaddr_in6 from;
	socklen_t size = sizeof from;
	char datagram[DATAGRAM_SIZE];
	const ssize_t length = recvfrom(fd, datagram, sizeof datagram, 0, (struct sockaddr *)&from, &size);

	if (length < 0 || sendto(fd, datagram, (size_t)length, 0, (const struct sockaddr *)&from, size) != length)
		fail("send back");
}

static _Noreturn void serve(long port)
{
	struct pollfd fds[] = {{.fd = open_server(SOCK_STREAM, port), .events = POLLIN},
			       {.fd = open_server(SOCK_DGRAM, port), .events = POLLIN}};

	(void)puts("ready");
	(void)fflush(stdout);
	for (;;) {
		if (poll(fds, sizeof fds / sizeof *fds, -1) < 0)
			fail("poll");
		if (fds[0].revents)
			swallow(fds[0].fd);
		if (fds[1].revents)
			send_back(fds[1].fd);
	}
}

static int open_client(int type, const char *address, const char *port)
{
	const struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	const struct timeval timeout = {.tv_sec = TIMEOUT_S};
	struct addrinfo *found;

	if (getaddrinfo(address, port, &hints, &found) != 0)
		fail("ADDRESS PORT");
	const int fd = socket(found->ai_family, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0 ||
	    connect(fd, found->ai_addr, found->ai_addrlen) < 0)
		fail("connect");
	freeaddrinfo(found);
	return fd;
}

static void send_for(int fd, long milliseconds)
{
	static char buffer[BUFFER_SIZE];
	const long long start = now_ns();
	uint64_t sent = 0, arrived = 0;

	while (now_ns() - start < milliseconds * 1000000LL) {
		const ssize_t length = send(fd, buffer, sizeof buffer, MSG_NOSIGNAL);

		if (length < 0)
			fail("send");
		sent += (uint64_t)length;
	}
	if (shutdown(fd, SHUT_WR) < 0 || recv(fd, &arrived, sizeof arrived, MSG_WAITALL) != (ssize_t)sizeof arrived)
		fail("the server's answer");
	if (arrived != sent)
		fail("bytes are missing");
	(void)printf("%.0f\n", (double)arrived * BITS / ((double)(now_ns() - start) / NS_PER_S));
}

static long long ask_one(int fd)
{
	char datagram[DATAGRAM_SIZE] = {0};
	const long long start = now_ns();

	if (send(fd, datagram, sizeof datagram, 0) != (ssize_t)sizeof datagram ||
	    recv(fd, datagram, sizeof datagram, 0) != (ssize_t)sizeof datagram)
		fail("a datagram");
	return now_ns() - start;
}

static void ask(int fd, long count)
{
	for (int i = 0; i < WARM_UP; i++)
		(void)ask_one(fd);
	for (long i = 0; i < count; i++)
		(void)printf("%lld\n", ask_one(fd));
}

int main(int argc, char *argv[])
{
	const long last = argc > 2 ? number(argv[argc - 1]) : 0;

	if (argc == 3 && strcmp(argv[1], "serve") == 0 && last > 0 && last <= UINT16_MAX)
		serve(last);
	if (argc != 5 || last == 0 || (strcmp(argv[1], "send") != 0 && strcmp(argv[1], "ask") != 0))
		return (void)fprintf(
			       stderr,
			       "usage: flow serve PORT | send ADDRESS PORT MILLISECONDS | ask ADDRESS PORT COUNT\n"),
		       EXIT_FAILURE;
	if (strcmp(argv[1], "send") == 0)
		send_for(open_client(SOCK_STREAM, argv[2], argv[3]), last);
	else
		ask(open_client(SOCK_DGRAM, argv[2], argv[3]), last);
	return EXIT_SUCCESS;
}
