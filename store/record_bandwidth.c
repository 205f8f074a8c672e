/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "bandwidth" of a record: rates and bursts as they were given, and whether the container is policed. */
#include "store/record_bandwidth.h"

#include "store/members.h"

enum { LEAST_RATE = 8 };

static const struct {
	const char *key;
	size_t offset;
} numbers[] = {
	{"ingressRate", offsetof(struct bandwidth, ingress_rate)},
	{"ingressBurst", offsetof(struct bandwidth, ingress_burst)},
	{"egressRate", offsetof(struct bandwidth, egress_rate)},
	{"egressBurst", offsetof(struct bandwidth, egress_burst)},
};

static const char POLICED[] = "policed";

static uint64_t *number_of(struct bandwidth *bandwidth, size_t index)
{
	return (uint64_t *)(void *)((char *)bandwidth + numbers[index].offset);
}

int record_bandwidth_format(const struct attachment *attachment, json_t **value)
{
	struct bandwidth bandwidth = attachment->bandwidth;
	int status = 0;

	if (!bandwidth_is_limited(&bandwidth))
		return 0;
	*value = json_object();
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		status |= member_set(*value, numbers[i].key, json_integer((json_int_t)*number_of(&bandwidth, i)));
	status |= member_set(*value, POLICED, json_boolean(bandwidth.policed));
	if (status != 0)
		json_decref(*value);
	return status;
}

/** is_rate() - 0, or what can be divided by when it is bytes */
static bool is_rate(uint64_t rate)
{
	return rate == 0 || rate >= LEAST_RATE;
}

int record_bandwidth_parse(const json_t *value, struct attachment *into, struct error *err)
{
	const json_t *policed = json_object_get(value, POLICED);

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		const json_t *number = json_object_get(value, numbers[i].key);

		if (!json_is_integer(number) || json_integer_value(number) < 0)
			return member_refuse(err, numbers[i].key, "is missing or no positive integer");
		*number_of(&into->bandwidth, i) = (uint64_t)json_integer_value(number);
	}
	if (!is_rate(into->bandwidth.ingress_rate) || !is_rate(into->bandwidth.egress_rate))
		return member_refuse(err, "bandwidth", "has a rate of less than 8 bits per second");
	if (!json_is_boolean(policed))
		return member_refuse(err, POLICED, "is missing or neither true nor false");
	into->bandwidth.policed = json_is_true(policed);
	return 0;
}
