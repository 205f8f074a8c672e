/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a new TCP connection takes, from connect() to its success.
 *
 *	connect serve PORT                     accept on 0.0.0.0 and close, until killed; prints "ready" when it listens
 *	connect time ADDRESS PORT COUNT        one connection after the other; one line of nanoseconds for each
 *
 * Connections end with a reset, so that none of them waits (RFC 9293, TIME-WAIT) and the next finds a port.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 128, CONNECTIONS_LIMIT = 100000, TIMEOUT_S = 5 };

static _Noreturn void fail(const char *what)
{
	(void)fprintf(stderr, "connect: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/** number() - decimal, up to @limit; 0 is none */
static unsigned long number(const char *text, unsigned long limit)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	return end == text || *end || value > limit ? 0 : value;
}

static struct sockaddr_in address_of(const char *ip, const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number(port, UINT16_MAX))};

	if (inet_pton(AF_INET, ip, &address.sin_addr) != 1 || address.sin_port == 0)
		fail("ADDRESS PORT");
	return address;
}

static _Noreturn void serve(const char *port)
{
	const struct sockaddr_in address = address_of("0.0.0.0", port);
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0 || bind(listener, (const struct sockaddr *)&address, sizeof address) < 0 ||
	    listen(listener, BACKLOG) < 0)
		fail("listen");
	(void)puts("ready");
	(void)fflush(stdout);
	for (;;) {
		int connection = accept(listener, NULL, NULL);
		if (connection >= 0)
			(void)close(connection);
		else if (errno != ECONNABORTED && errno != EINTR)
			fail("accept");
	}
}

static long long now_ns(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

static long long time_one(const struct sockaddr_in *address)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	const struct timeval timeout = {.tv_sec = TIMEOUT_S};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) < 0)
		fail("socket");
	const long long start = now_ns();
	if (connect(fd, (const struct sockaddr *)address, sizeof *address) < 0)
		fail("connect");
	const long long took = now_ns() - start;
	(void)close(fd);
	return took;
}

int main(int argc, char *argv[])
{
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve(argv[2]);
	const unsigned long count = argc == 5 && strcmp(argv[1], "time") == 0 ? number(argv[4], CONNECTIONS_LIMIT) : 0;
	if (count == 0)
		return (void)fprintf(stderr, "usage: connect serve PORT | time ADDRESS PORT COUNT\n"), EXIT_FAILURE;
	const struct sockaddr_in address = address_of(argv[2], argv[3]);
	for (unsigned long i = 0; i < count; i++)
		(void)printf("%lld\n", time_one(&address));
	return EXIT_SUCCESS;
}
