/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/bandwidth: what is read, what is refused, what buckets come of it, and what is remembered. */
#include "tests/requests.h"

#include "store/record.h"
#include "tests/tap.h"

#include <stdlib.h>

#define IPAM "'ipam':{'subnet':'10.77.0.0/16'}"
#define RUNTIME(keys) "'runtimeConfig':{'bandwidth':{" keys "}}"

static const struct bandwidth *const got = &request.wish.bandwidth;

static void read_keys(const char *keys)
{
	char text[1024];

	(void)snprintf(text, sizeof text, IPAM "%s%s", *keys ? "," : "", keys);
	add("", text);
}

static void test_sources(void)
{
	read_keys("");
	ok(!bandwidth_is_limited(got), "no limit unless asked for");
	read_keys("'ingressRate':0,'ingressBurst':0," RUNTIME("'egressRate':1000,'egressBurst':1000"));
	ok(!bandwidth_is_limited(got), "keys that are there, though 0, hide the runtime's");
	read_keys("'ingressRate':8000,'ingressBurst':9000,'egressRate':7000,'egressBurst':6000");
	ok(got->ingress_rate == 8000 && got->ingress_burst == 9000 && got->egress_rate == 7000 &&
		   got->egress_burst == 6000,
	   "static");
	read_keys(RUNTIME("'EgressRate':7000,'egressBurst':6000"));
	ok(got->ingress_rate == 0 && got->egress_rate == 7000 && got->egress_burst == 6000, "capability");
	ok(bandwidth_has_ifb(got), "what it sends needs an ifb");
	read_keys("'ingressRate':null," RUNTIME("'ingressRate':900,'ingressBurst':900"));
	is_int((long)got->ingress_rate, 900, "null is not there");
	read_keys("'ingressRate':100000000000000,'ingressBurst':34359738359");
	is_text(err.msg, "", "rates and bursts beyond 32 bits");
	ok(got->ingress_burst == 34359738359, "the largest burst");
}

static void test_refused(void)
{
	static const struct {
		const char *keys, *msg;
		enum error_code code;
	} cases[] = {
		{"'ingressRate':1000", "ingressRate: if rate is set, burst must also be set", ERROR_CONFIG},
		{"'egressRate':1000", "egressRate: if rate is set, burst must also be set", ERROR_CONFIG},
		{"'ingressBurst':1000", "ingressBurst: if burst is set, rate must also be set", ERROR_CONFIG},
		{"'egressRate':1000,'egressBurst':34359738360", "egressBurst: burst cannot be more than 4GB",
		 ERROR_CONFIG},
		{"'egressRate':7,'egressBurst':8", "egressRate: less than the 8 bits per second that can be counted",
		 ERROR_CONFIG},
		{"'egressRate':-1,'egressBurst':8", "egressRate: -1 is not between 0 and 9223372036854775807",
		 ERROR_CONFIG},
		{"'egressRate':'1M','egressBurst':8", "egressRate: expected an integer, got \"1M\"", ERROR_DECODE},
		{"'egressRate':1.5,'egressBurst':8", "egressRate: expected an integer, got 1.5", ERROR_DECODE},
		{RUNTIME("'ingressRate':1000"),
		 "runtimeConfig.bandwidth.ingressRate: if rate is set, burst must also be set", ERROR_CONFIG},
		{"'runtimeConfig':{'bandwidth':7}", "runtimeConfig.bandwidth: expected an object, got 7", ERROR_DECODE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		read_keys(cases[i].keys);
		is_text(err.msg, cases[i].msg, cases[i].keys);
		is_int(err.code, cases[i].code, cases[i].keys);
	}
}

static void test_buckets(void)
{
	enum { MTU = 1500, FRAME = 1514 };
	static const uint64_t unlimited[] = {INT32_MAX, UINT32_MAX};

	is_int(bandwidth_burst(8000000, 400000, MTU), 50000, "bits to bytes");
	is_int(bandwidth_burst(8000000, 80, MTU), FRAME, "never less than a frame");
	is_int(bandwidth_burst(8000000, INT32_MAX - 1, MTU), INT32_MAX / 8, "a burst that was meant is kept");
	for (size_t i = 0; i < sizeof unlimited / sizeof *unlimited; i++) {
		is_int(bandwidth_burst(8000000, unlimited[i], MTU), 250000, "no limit meant: 250 ms of the rate");
		is_int(bandwidth_burst(8000, unlimited[i], MTU), 8 * FRAME, "but some frames");
		ok(bandwidth_burst(INT64_MAX, unlimited[i], MTU) == unlimited[i] / 8, "and no more than was given");
	}
	is_int(bandwidth_limit(8000000, 50000), 75000, "25 ms wait");
	ok(bandwidth_limit(INT64_MAX, 1) == UINT32_MAX, "no overflow");
	is_int(bandwidth_police_burst(8000000, 80, MTU), 65536, "a packet before segmentation");
}

static void test_record(void)
{
	struct attachment *written = &request.wish;
	static struct attachment found;
	struct error problem = ERROR_INIT;
	char *text = NULL, *at;
	size_t length;

	read_keys("");
	attachment_init(&found);
	written->address_count = 0; /* none is chosen yet */
	ok(record_format(written, &text, &length, &problem) == 0 && !strstr(text, "bandwidth"), "nothing of nothing");
	free(text);
	written->bandwidth = (struct bandwidth){INT64_MAX, 2, 9, 4, true};
	ok(record_format(written, &text, &length, &problem) == 0, "written");
	is_int(record_parse(&found, text, length, &problem), 0, "read");
	ok(memcmp(&found.bandwidth, &written->bandwidth, sizeof found.bandwidth) == 0, "the same");
	at = strstr(text, "\"egressRate\": 9");
	ok(at != NULL, "a rate");
	if (at)
		at[strlen("\"egressRate\": ")] = '7';
	is_int(record_parse(&found, text, length, &problem), -1, "a rate that would be 0 bytes is no record");
	free(text);
}

int main(void)
{
	test_sources();
	test_refused();
	test_buckets();
	test_record();
	request_free(&request);
	return done();
}
