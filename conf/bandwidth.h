/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast a container may receive and send: plain data, and the sizes of the buckets that follow from it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/**
 * struct bandwidth - both ways as seen from the container; a rate of 0 is no limit
 * @ingress_rate, @egress_rate:   to and from the container, bits per second
 * @ingress_burst, @egress_burst: bits, as they were given
 * @policed: this kernel has no ifb: what the container sends beyond the rate is dropped, not delayed
 */
struct bandwidth {
	uint64_t ingress_rate, ingress_burst, egress_rate, egress_burst;
	bool policed;
};

/** bandwidth_is_limited() - whether there is anything to do */
bool bandwidth_is_limited(const struct bandwidth *bandwidth);

/** bandwidth_has_ifb() - whether there is an interface for what the container sends */
bool bandwidth_has_ifb(const struct bandwidth *bandwidth);

/**
 * bandwidth_burst() - size of a bucket in bytes
 * @rate:  bits per second, at least 8
 * @burst: bits, as it was given
 * @mtu:   of the interface, bytes
 *
 * 2^31-1 bits and more is what runtimes send that only know a rate (containerd 2^32-1, others 2^31-1), and would
 * let hundreds of megabytes through before any limit shows: then it is what the rate gives in 250 ms, but eight
 * frames. Never less than one frame: that could never go.
 */
uint32_t bandwidth_burst(uint64_t rate, uint64_t burst, uint32_t mtu);

/** bandwidth_police_burst() - the same where nothing can wait: a packet is up to 64 KiB before it is segmented */
uint32_t bandwidth_police_burst(uint64_t rate, uint64_t burst, uint32_t mtu);

/** bandwidth_limit() - bytes that may be queued: a bucket, and what the rate gives in 25 ms, as the reference has it */
uint32_t bandwidth_limit(uint64_t rate, uint32_t burst);
