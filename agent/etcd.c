/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls and the watch, over one multi handle. */
#include "agent/etcd.h"

#include "agent/kv.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "conf/json_text.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
	PASSWORD_LIMIT = 1024,
	HTTP_OK = 200,
	HTTP_BAD_REQUEST = 400,
	HTTP_UNAUTHORIZED = 401,
	HTTP_NOT_FOUND = 404,
	HTTP_REQUEST_TIMEOUT = 408,
	HTTP_UNAVAILABLE = 503,
	HTTP_GATEWAY_TIMEOUT = 504,
	/* The server says something about every ten minutes */
	SILENCE_SECONDS = 1500,
	KEEPALIVE_IDLE_SECONDS = 20,
	KEEPALIVE_INTERVAL_SECONDS = 5,
	POLL_MS = 1000,
};

/** take_bytes() - of libcurl; another number than it gave ends the transfer */
static size_t take_bytes(char *bytes, size_t size, size_t count, void *stream)
{
	struct error ignored = ERROR_INIT;

	return stream_append(stream, bytes, size * count, &ignored) < 0 ? 0 : size * count;
}

static void set_text(CURL *easy, CURLoption option, const char *text)
{
	if (text[0])
		(void)curl_easy_setopt(easy, option, text);
}

/** new_handle() - what calls and watches share */
static CURL *new_handle(const struct etcd_config *config, struct stream *into)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		return NULL;
	/* On plain text a preface of HTTP/2 is taken for gRPC */
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_SECONDS);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_SECONDS);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	set_text(easy, CURLOPT_CAINFO, config->ca_file);
	set_text(easy, CURLOPT_SSLCERT, config->cert_file);
	set_text(easy, CURLOPT_SSLKEY, config->key_file);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_bytes);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, into);
	return easy;
}

int etcd_open(struct etcd *etcd, const struct etcd_config *config, int stop_fd, struct error *err)
{
	*etcd = (struct etcd){.config = config, .stop_fd = stop_fd};
	etcd->multi = curl_multi_init();
	etcd->call = new_handle(config, &etcd->answer);
	etcd->watch = new_handle(config, &etcd->lines);
	if (!etcd->multi || !etcd->call || !etcd->watch)
		return error_set(err, ERROR_IO, ENOMEM, "prepare libcurl");
	(void)curl_easy_setopt(etcd->call, CURLOPT_TIMEOUT_MS, (long)CALL_TIMEOUT_MS);
	(void)curl_easy_setopt(etcd->watch, CURLOPT_LOW_SPEED_LIMIT, 1L);
	(void)curl_easy_setopt(etcd->watch, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_SECONDS);
	return 0;
}

void etcd_close(struct etcd *etcd)
{
	etcd_watch_end(etcd);
	curl_easy_cleanup(etcd->call);
	curl_easy_cleanup(etcd->watch);
	curl_multi_cleanup(etcd->multi);
	curl_slist_free_all(etcd->headers);
	curl_slist_free_all(etcd->watch_headers);
	stream_clear(&etcd->answer);
	stream_clear(&etcd->lines);
	explicit_bzero(etcd->token, sizeof etcd->token);
	*etcd = (struct etcd){.stop_fd = -1};
}

void etcd_next_endpoint(struct etcd *etcd)
{
	etcd->endpoint = (etcd->endpoint + 1) % etcd->config->endpoint_count;
}

/** take_results() - which of the two handles have come to an end */
static void take_results(struct etcd *etcd)
{
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(etcd->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		if (message->easy_handle == etcd->watch) {
			etcd->watch_ended = true;
			etcd->watch_result = message->data.result;
		} else {
			etcd->call_ended = true;
			etcd->call_result = message->data.result;
		}
	}
}

void etcd_wait(struct etcd *etcd, struct curl_waitfd fds[], unsigned count, int timeout_ms)
{
	int running;

	(void)curl_multi_perform(etcd->multi, &running);
	take_results(etcd);
	if (etcd->watch_ended || etcd->lines.scanned < etcd->lines.length)
		timeout_ms = 0;
	(void)curl_multi_poll(etcd->multi, fds, count, timeout_ms, NULL);
	(void)curl_multi_perform(etcd->multi, &running);
	take_results(etcd);
}

static bool is_stopped(const struct etcd *etcd)
{
	struct pollfd fd = {.fd = etcd->stop_fd, .events = POLLIN};

	return poll(&fd, 1, 0) > 0;
}

void etcd_pause(struct etcd *etcd, int timeout_ms)
{
	struct pollfd stop = {.fd = etcd->stop_fd, .events = POLLIN};

	(void)poll(&stop, 1, timeout_ms);
}

/** transfer() - the handle of calls, to its end */
static CURLcode transfer(struct etcd *etcd)
{
	struct curl_waitfd stop = {.fd = etcd->stop_fd, .events = CURL_WAIT_POLLIN};
	int running;

	etcd->call_ended = false;
	if (curl_multi_add_handle(etcd->multi, etcd->call) != CURLM_OK)
		return CURLE_OUT_OF_MEMORY;
	while (!etcd->call_ended && !is_stopped(etcd)) {
		(void)curl_multi_perform(etcd->multi, &running);
		take_results(etcd);
		if (!etcd->call_ended)
			(void)curl_multi_poll(etcd->multi, &stop, etcd->stop_fd >= 0, POLL_MS, NULL);
	}
	(void)curl_multi_remove_handle(etcd->multi, etcd->call);
	return etcd->call_ended ? etcd->call_result : CURLE_ABORTED_BY_CALLBACK;
}

/** prepare() - address, headers and body of a request, for either handle */
static int prepare(const struct etcd *etcd, CURL *easy, struct curl_slist **headers, const char *path, const char *body,
		   struct error *err)
{
	char url[AGENT_PATH_SIZE + 64], authorization[TOKEN_SIZE + 32];
	struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
	struct curl_slist *longer = list ? curl_slist_append(list, "Expect:") : NULL;

	(void)snprintf(authorization, sizeof authorization, "Authorization: %s", etcd->token);
	if (longer && etcd->token[0])
		longer = curl_slist_append(list, authorization);
	if (longer &&
	    easy == etcd->watch) /* a member that has lost its leader ends the watch instead of staying silent */
		longer = curl_slist_append(list, "Grpc-Metadata-hasleader: true");
	curl_slist_free_all(*headers);
	*headers = list;
	(void)snprintf(url, sizeof url, "%s%s", etcd->config->endpoints[etcd->endpoint], path);
	if (!longer || curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body)) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body) != CURLE_OK)
		return error_set(err, ERROR_IO, ENOMEM, "prepare a request to etcd");
	return 0;
}

/** has_arrived() - whether etcd may have seen the request, by how its transfer ended */
static bool has_arrived(CURLcode result)
{
	switch ((int)result) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
		return false;
	default:
		return true;
	}
}

static bool is_passing(const struct reply *reply)
{
	return reply->status == HTTP_UNAVAILABLE || reply->status == HTTP_REQUEST_TIMEOUT ||
	       reply->status == HTTP_GATEWAY_TIMEOUT || reply->code == GRPC_UNAVAILABLE;
}

/** read_refusal() - {"error" or "message", "code"}: the text is for people only */
static int read_refusal(const struct etcd *etcd, const char *path, struct reply *reply, json_t *json, struct error *err)
{
	const json_t *text = json_object_get(json, "message");

	if (!text)
		text = json_object_get(json, "error");
	reply->code = (int)kv_number(json, "code");
	reply->ambiguous = is_passing(reply);
	if (reply->status == HTTP_NOT_FOUND && !json)
		return error_set(
			err, ERROR_CONFIG, 0,
			"%s%s: not found: the gateway of etcd is somewhere else, or off (--enable-grpc-gateway)",
			etcd->config->endpoints[etcd->endpoint], path);
	return error_set(err, is_passing(reply) ? ERROR_TRY_AGAIN : ERROR_KERNEL, 0, "%s%s: %s (HTTP %ld, code %d)",
			 etcd->config->endpoints[etcd->endpoint], path,
			 json_is_string(text) ? json_string_value(text) : "no reason given", reply->status,
			 reply->code);
}

/** send_once() - to the endpoint in use */
static int send_once(struct etcd *etcd, const char *path, const char *body, struct reply *reply, struct error *err)
{
	json_error_t fault;
	char *local = NULL;

	*reply = (struct reply){.status = 0};
	stream_clear(&etcd->answer);
	if (prepare(etcd, etcd->call, &etcd->headers, path, body, err) < 0)
		return -1;
	etcd->calls++;
	CURLcode result = transfer(etcd);
	if (result != CURLE_OK) {
		etcd->failures++;
		reply->ambiguous = has_arrived(result);
		return error_set(err, ERROR_TRY_AGAIN, result == CURLE_ABORTED_BY_CALLBACK ? ECANCELED : 0, "%s%s: %s",
				 etcd->config->endpoints[etcd->endpoint], path, curl_easy_strerror(result));
	}
	(void)curl_easy_getinfo(etcd->call, CURLINFO_RESPONSE_CODE, &reply->status);
	if (curl_easy_getinfo(etcd->call, CURLINFO_LOCAL_IP, &local) == CURLE_OK && local)
		(void)ip_parse(local, &etcd->local);
	json_auto_t *json = json_decode(etcd->answer.bytes ? etcd->answer.bytes : "", etcd->answer.length,
					JSON_DISABLE_EOF_CHECK, &fault);
	if (reply->status == HTTP_OK && json_is_object(json)) {
		reply->json = json_incref(json);
		return 0;
	}
	etcd->failures++;
	return read_refusal(etcd, path, reply, json, err);
}

static int login(struct etcd *etcd, struct error *err)
{
	AUTO_FREE char *password = NULL;
	struct reply reply;

	if (file_read(AT_FDCWD, etcd->config->password_file, PASSWORD_LIMIT, &password, NULL, err) < 0)
		return -1;
	password[strcspn(password, "\r\n")] = '\0';
	json_auto_t *request = json_pack("{s:s, s:s}", "name", etcd->config->user, "password", password);
	AUTO_FREE char *body = json_text(request, JSON_COMPACT);
	explicit_bzero(password, strlen(password));
	etcd->token[0] = '\0';
	if (!body)
		return error_set(err, ERROR_IO, ENOMEM, "log in to etcd");
	if (send_once(etcd, "/v3/auth/authenticate", body, &reply, err) < 0)
		return -1;
	const char *token = json_string_value(json_object_get(reply.json, "token"));
	int length = snprintf(etcd->token, sizeof etcd->token, "%s", token ? token : "");
	json_decref(reply.json);
	return length > 0 && (size_t)length < sizeof etcd->token
		       ? 0
		       : error_set(err, ERROR_DECODE, 0, "etcd: a token that is missing or longer than %d bytes",
				   TOKEN_SIZE);
}

/** wants_login() - that the token has run out is 401; that there is none is 400, the same as many another mistake */
static bool wants_login(const struct etcd *etcd, const struct reply *reply, const struct error *err)
{
	return etcd->config->user[0] != '\0' &&
	       (reply->status == HTTP_UNAUTHORIZED || reply->code == GRPC_UNAUTHENTICATED ||
		(reply->status == HTTP_BAD_REQUEST && strstr(err->msg, "user name is empty")));
}

/** send_authorized() - to the endpoint in use, with a token that is good */
static int send_authorized(struct etcd *etcd, const char *path, const char *body, struct reply *reply,
			   struct error *err)
{
	struct error first = ERROR_INIT;

	*reply = (struct reply){.status = 0};
	if (etcd->config->user[0] && !etcd->token[0] && login(etcd, err) < 0)
		return -1;
	if (send_once(etcd, path, body, reply, &first) == 0)
		return 0;
	if (!wants_login(etcd, reply, &first)) {
		error_merge(err, &first);
		return -1;
	}
	return login(etcd, err) < 0 ? -1 : send_once(etcd, path, body, reply, err);
}

int etcd_call(struct etcd *etcd, const char *path, json_t *request, struct reply *reply, struct error *err)
{
	const bool once = strcmp(path, "/v3/kv/txn") == 0;
	AUTO_FREE char *body = json_text(request, JSON_COMPACT);

	json_decref(request);
	*reply = (struct reply){.status = 0};
	if (!body)
		return error_set(err, ERROR_IO, ENOMEM, "write a request to etcd");
	for (size_t tries = 0; tries < etcd->config->endpoint_count; tries++) {
		struct error problem = ERROR_INIT;

		if (send_authorized(etcd, path, body, reply, &problem) == 0)
			return 0;
		if (problem.code != ERROR_TRY_AGAIN || problem.errnum == ECANCELED || (once && reply->ambiguous) ||
		    tries + 1 == etcd->config->endpoint_count) {
			error_merge(err, &problem);
			if (problem.code == ERROR_TRY_AGAIN)
				etcd_next_endpoint(etcd);
			return -1;
		}
		etcd_next_endpoint(etcd);
	}
	return -1;
}

int etcd_watch_begin(struct etcd *etcd, json_t *request, struct error *err)
{
	AUTO_FREE char *body = json_text(request, JSON_COMPACT);

	json_decref(request);
	etcd_watch_end(etcd);
	if (!body)
		return error_set(err, ERROR_IO, ENOMEM, "write a watch for etcd");
	if (etcd->config->user[0] && !etcd->token[0] && login(etcd, err) < 0)
		return -1;
	if (prepare(etcd, etcd->watch, &etcd->watch_headers, "/v3/watch", body, err) < 0)
		return -1;
	if (curl_multi_add_handle(etcd->multi, etcd->watch) != CURLM_OK)
		return error_set(err, ERROR_IO, ENOMEM, "begin a watch of etcd");
	etcd->watching = true;
	etcd->watch_endpoint = etcd->endpoint;
	return 0;
}

void etcd_watch_end(struct etcd *etcd)
{
	if (etcd->watching)
		(void)curl_multi_remove_handle(etcd->multi, etcd->watch);
	etcd->watching = etcd->watch_ended = false;
	stream_clear(&etcd->lines);
}

int etcd_watch_next(struct etcd *etcd, json_t **line, struct error *err)
{
	json_error_t fault;
	const char *text;
	size_t length;

	if (stream_next(&etcd->lines, &text, &length)) {
		*line = json_decode(text, length, 0, &fault);
		return *line ? 1
			     : error_set(err, ERROR_DECODE, 0, "etcd: a line of the watch is no JSON: %s", fault.text);
	}
	if (etcd->watching && !etcd->watch_ended)
		return 0;
	return error_set(err, ERROR_TRY_AGAIN, 0, "%s: the watch has ended: %s",
			 etcd->config->endpoints[etcd->endpoint],
			 etcd->watch_result == CURLE_OK ? "by etcd" : curl_easy_strerror(etcd->watch_result));
}
