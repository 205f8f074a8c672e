/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A server of one page. */
#include "agent/metrics.h"

#include "base/cleanup.h"
#include "base/ip.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { REQUEST_SIZE = 2048, PATIENCE_US = 200000, BACKLOG = 4, MAX_PORT = 65535 };

/** parse_where() - Return: length of the socket's address, 0: it is none */
static socklen_t parse_where(const char *where, struct sockaddr_storage *address)
{
	const char *colon = strrchr(where, ':');
	const size_t bracket = where[0] == '[';
	char text[IP_TEXT_SIZE], *rest;
	struct ip ip;

	memset(address, 0, sizeof *address);
	if (!colon || (size_t)(colon - where) >= sizeof text || (size_t)(colon - where) < 2 * bracket + 1)
		return 0;
	(void)snprintf(text, sizeof text, "%.*s", (int)((size_t)(colon - where) - 2 * bracket), where + bracket);
	const unsigned long port = strtoul(colon + 1, &rest, 10);
	if (*rest || port == 0 || port > MAX_PORT || !ip_parse(text, &ip))
		return 0;
	address->ss_family = ip.family;
	if (ip.family == AF_INET) {
		struct sockaddr_in *ipv4 = (struct sockaddr_in *)(void *)address;

		ipv4->sin_port = htons((uint16_t)port);
		memcpy(&ipv4->sin_addr, ip.bytes, sizeof ipv4->sin_addr);
		return sizeof *ipv4;
	}
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)(void *)address;
	ipv6->sin6_port = htons((uint16_t)port);
	memcpy(&ipv6->sin6_addr, ip.bytes, sizeof ipv6->sin6_addr);
	return sizeof *ipv6;
}

int metrics_open(const char *where, struct error *err)
{
	struct sockaddr_storage address;
	const socklen_t length = parse_where(where, &address);
	const int on = 1;

	if (!length)
		return error_set(err, ERROR_CONFIG, 0, "metrics: \"%.64s\" is no ADDRESS:PORT", where);
	AUTO_CLOSE int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, length) < 0 || listen(fd, BACKLOG) < 0)
		return error_set(err, ERROR_IO, errno, "metrics: listen on %.64s", where);
	return take_fd(&fd);
}

const char *metrics_text(const struct metric metrics[], size_t count, char text[static METRICS_SIZE])
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count && length < METRICS_SIZE; i++)
		length += (size_t)snprintf(text + length, METRICS_SIZE - length,
					   "# HELP cambricd_%s %s\n# TYPE cambricd_%s %s\ncambricd_%s %" PRId64 "\n",
					   metrics[i].name, metrics[i].help, metrics[i].name,
					   metrics[i].is_counter ? "counter" : "gauge", metrics[i].name,
					   metrics[i].value);
	return text;
}

void metrics_serve(int listener, const char *text)
{
	const struct timeval patience = {.tv_usec = PATIENCE_US};
	char request[REQUEST_SIZE], answer[METRICS_SIZE + 256];
	AUTO_CLOSE int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0 ||
	    recv(fd, request, sizeof request, 0) <= 0)
		return;
	int length = snprintf(answer, sizeof answer,
			      "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: %zu\r\n"
			      "Connection: close\r\n\r\n%s",
			      strlen(text), text);
	(void)send(fd, answer, (size_t)length, MSG_NOSIGNAL);
}
