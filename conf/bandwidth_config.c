/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of bandwidth, with the reference's rules. */
#include "conf/bandwidth_config.h"

enum { LEAST_RATE = 8, BITS = 8 };

/** struct way - one direction: names of its keys, and what they said */
struct way {
	const char *rate_key, *burst_key;
	uint64_t *rate, *burst;
};

static int read_number(const struct field *object, const char *key, uint64_t *number, struct error *err)
{
	int64_t value = 0;

	if (field_integer(object, key, 0, INT64_MAX, &value, err) < 0)
		return -1;
	*number = (uint64_t)value;
	return 0;
}

static int refuse(const struct field *object, const char *key, const char *why, struct error *err)
{
	return error_set(err, ERROR_CONFIG, 0, "%s%s%s: %s", object->path, object->path[0] ? "." : "", key, why);
}

static int read_way(const struct way *way, const struct field *object, struct error *err)
{
	if (read_number(object, way->rate_key, way->rate, err) < 0 ||
	    read_number(object, way->burst_key, way->burst, err) < 0)
		return -1;
	if (*way->rate != 0 && *way->burst == 0)
		return refuse(object, way->rate_key, "if rate is set, burst must also be set", err);
	if (*way->rate == 0 && *way->burst != 0)
		return refuse(object, way->burst_key, "if burst is set, rate must also be set", err);
	if (*way->burst / BITS >= UINT32_MAX)
		return refuse(object, way->burst_key, "burst cannot be more than 4GB", err);
	if (*way->rate != 0 && *way->rate < LEAST_RATE)
		return refuse(object, way->rate_key, "less than the 8 bits per second that can be counted", err);
	return 0;
}

int bandwidth_read(struct bandwidth *bandwidth, const struct field *root, const struct field *runtime,
		   struct error *err)
{
	const struct way ways[] = {
		{"ingressRate", "ingressBurst", &bandwidth->ingress_rate, &bandwidth->ingress_burst},
		{"egressRate", "egressBurst", &bandwidth->egress_rate, &bandwidth->egress_burst},
	};
	struct field capability;
	bool configured = false;

	if (field_object(runtime, "bandwidth", &capability, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		configured =
			configured || field_get(root, ways[i].rate_key).json || field_get(root, ways[i].burst_key).json;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (read_way(&ways[i], configured ? root : &capability, err) < 0)
			return -1;
	return 0;
}
