/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queueing disciplines and filters of one interface, as tc(8) makes them: buckets, redirection, policing. */
#pragma once

#include "base/error.h"
#include "kernel/rtnl.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * struct tc_bucket - a token bucket
 * @rate:  bytes per second, not 0
 * @burst: bytes that may go at once; at least one whole frame, or that frame can never go
 * @limit: bytes that wait for tokens before more is dropped; a policer has none waiting
 */
struct tc_bucket {
	uint64_t rate;
	uint32_t burst, limit;
};

/**
 * tc_bucket_add() - a TBF as root of an interface: all that the interface sends (net/sched/sch_tbf.c)
 *
 * EEXIST, for the caller to judge, when the interface has a root of somebody's already.
 */
int tc_bucket_add(struct rtnl *rtnl, int ifindex, const struct tc_bucket *bucket, struct error *err);
/** tc_bucket_probe() - ERROR_NOT_AVAILABLE where the kernel has no TBF; changes nothing. So tc_police_probe() for policing */
int tc_bucket_probe(struct rtnl *rtnl, struct error *err);
int tc_police_probe(struct rtnl *rtnl, struct error *err);
/** tc_bucket_matches() - whether the root is a TBF with these numbers */
int tc_bucket_matches(struct rtnl *rtnl, int ifindex, const struct tc_bucket *bucket, bool *matches, struct error *err);

/** tc_bucket_remove() - the root that tc_bucket_add() made; none, or one of another kind, is success */
int tc_bucket_remove(struct rtnl *rtnl, int ifindex, struct error *err);

/** tc_ingress_add() - the hook for what an interface receives; redirection and policing need it */
int tc_ingress_add(struct rtnl *rtnl, int ifindex, struct error *err);

/** tc_ingress_remove() - with its filters; none, or one of another kind, is success */
int tc_ingress_remove(struct rtnl *rtnl, int ifindex, struct error *err);
/** tc_ingress_is_used() - whether it has any filter */
int tc_ingress_is_used(struct rtnl *rtnl, int ifindex, bool *used, struct error *err);

/** tc_redirect_add() - send everything that @from receives out of @to */
int tc_redirect_add(struct rtnl *rtnl, int from, int to, struct error *err);
int tc_redirect_exists(struct rtnl *rtnl, int from, int to, bool *exists, struct error *err);

/** tc_police_add() - drop what an interface receives beyond @bucket (net/sched/act_police.c) */
int tc_police_add(struct rtnl *rtnl, int ifindex, const struct tc_bucket *bucket, struct error *err);
int tc_police_matches(struct rtnl *rtnl, int ifindex, const struct tc_bucket *bucket, bool *matches, struct error *err);
