/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talking to etcd: its HTTP/JSON gateway by libcurl, several endpoints, one watch. */
#pragma once

#include "agent/config.h"
#include "agent/stream.h"
#include "base/error.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOKEN_SIZE = 4096, CALL_TIMEOUT_MS = 5000, CONNECT_TIMEOUT_MS = 3000 };

/** enum grpc_code - that the gateway passes on */
enum grpc_code { GRPC_OUT_OF_RANGE = 11, GRPC_UNAVAILABLE = 14, GRPC_UNAUTHENTICATED = 16 };

/**
 * struct reply - what came back
 * @status:    of HTTP; 0: nothing came
 * @code:      enum grpc_code, 0: none
 * @ambiguous: it failed, but may have been carried out all the same
 * @json:      the answer, owned; NULL on failure
 */
struct reply {
	long status;
	int code;
	bool ambiguous;
	json_t *json;
};

/**
 * struct etcd - a connection to the cluster, at one endpoint at a time
 * @call, @watch: handles inside @multi; a call goes on while the watch is fed
 * @stop_fd:      readable: whatever waits gives up; -1: nothing does
 * @endpoint:     index of the one in use. @watch_endpoint: of the one that the watch is at
 * @local:        this host's address on the way to it, AF_UNSPEC: not known yet
 * @watch_result: how the watch ended, valid while @watch_ended
 */
struct etcd {
	const struct etcd_config *config;
	CURLM *multi;
	CURL *call, *watch;
	struct curl_slist *headers, *watch_headers;
	int stop_fd;
	size_t endpoint, watch_endpoint;
	struct ip local;
	char token[TOKEN_SIZE];
	struct stream answer, lines;
	bool watching, watch_ended, call_ended;
	CURLcode watch_result, call_result;
	uint64_t calls, failures;
};

/** etcd_open() - no connection is made yet; @config is borrowed. etcd_close() is due in any case */
int etcd_open(struct etcd *etcd, const struct etcd_config *config, int stop_fd, struct error *err);
void etcd_close(struct etcd *etcd);

/**
 * etcd_call() - one request, one answer
 * @path:    "/v3/kv/range" and so on
 * @request: stolen; NULL: there was no memory for it
 *
 * Endpoints are gone through once, from the one in use; a transaction is sent again only when it is sure that it did not
 * arrive. A token is asked for, and once more when it has run out. Stopped: errnum ECANCELED.
 *
 * Return: 0 with @reply->json, whose reference goes to the caller, or -1: ERROR_TRY_AGAIN when it may help to wait
 */
int etcd_call(struct etcd *etcd, const char *path, json_t *request, struct reply *reply, struct error *err);

/** etcd_next_endpoint() - the one in use is of no use */
void etcd_next_endpoint(struct etcd *etcd);

/** etcd_watch_begin() - @request is stolen; what comes is for etcd_watch_next(). A watch that there was ends */
int etcd_watch_begin(struct etcd *etcd, json_t *request, struct error *err);
void etcd_watch_end(struct etcd *etcd);

/** etcd_watch_next() - 1: *@line is one more object, to be released; 0: none yet; -1: the watch has ended, @err says how */
int etcd_watch_next(struct etcd *etcd, json_t **line, struct error *err);

/**
 * etcd_wait() - until something has come for the watch, one of @fds is ready, or the time is over
 * @fds: revents are filled in; may be NULL
 */
void etcd_wait(struct etcd *etcd, struct curl_waitfd fds[], unsigned count, int timeout_ms);

/** etcd_pause() - for so long, or until the process is to stop */
void etcd_pause(struct etcd *etcd, int timeout_ms);
