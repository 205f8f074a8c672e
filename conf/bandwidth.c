/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes of token buckets. */
#include "conf/bandwidth.h"

enum { BITS = 8, FRAME_HEADER = 14, LEAST_FRAMES = 8, LATENCY_MS = 25, UNLIMITED_MS = 250, MS_PER_SECOND = 1000 };
enum { LARGEST_PACKET = 65536 };

bool bandwidth_is_limited(const struct bandwidth *bandwidth)
{
	return bandwidth->ingress_rate != 0 || bandwidth->egress_rate != 0;
}

bool bandwidth_has_ifb(const struct bandwidth *bandwidth)
{
	return bandwidth->egress_rate != 0 && !bandwidth->policed;
}

/** bytes_in() - what a rate in bits per second gives in some milliseconds; divided first, against overflow */
static uint64_t bytes_in(uint64_t rate, unsigned milliseconds)
{
	return rate / BITS / MS_PER_SECOND * milliseconds + rate / BITS % MS_PER_SECOND * milliseconds / MS_PER_SECOND;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

uint32_t bandwidth_burst(uint64_t rate, uint64_t burst, uint32_t mtu)
{
	uint64_t frame = (uint64_t)mtu + FRAME_HEADER, bytes = burst / BITS;

	if (burst >= INT32_MAX)
		bytes = least(bytes, most(bytes_in(rate, UNLIMITED_MS), LEAST_FRAMES * frame));
	return (uint32_t)least(most(bytes, frame), UINT32_MAX);
}

uint32_t bandwidth_police_burst(uint64_t rate, uint64_t burst, uint32_t mtu)
{
	return (uint32_t)most(bandwidth_burst(rate, burst, mtu), LARGEST_PACKET);
}

uint32_t bandwidth_limit(uint64_t rate, uint32_t burst)
{
	return (uint32_t)least(bytes_in(rate, LATENCY_MS) + burst, UINT32_MAX);
}
