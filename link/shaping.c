/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buckets on the host end and its ifb. */
#include "link/shaping.h"

#include "base/cleanup.h"
#include "conf/marks.h"
#include "kernel/link_message.h"
#include "link/delete.h"
#include "link/device_kind.h"
#include "link/host_end.h"
#include "link/messages.h"
#include "link/other_link.h"
#include "link/recorded_netns.h"
#include "link/traffic_control.h"

#include <string.h>

static const char IFB_KIND[] = "ifb";

enum { BITS = 8, ATTEMPTS = 2 };

/** struct ifb - the interface that an attachment's outgoing packets wait at */
struct ifb {
	char name[IFNAMSIZ];
	uint8_t mac[MAC_LENGTH];
};

static struct ifb ifb_of(const struct attachment *want)
{
	struct ifb ifb = {.name = ""};

	attachment_derive_ifb(want, ifb.name, ifb.mac);
	return ifb;
}

/** end_name() - of the host end, whoever made it */
static const char *end_name(const struct attachment *want)
{
	return want->mode == MODE_CHAINED ? want->chained.ifname : want->host_ifname;
}

/** is_ifb_with_mark() - group or MAC: somebody may have changed the other */
static bool is_ifb_with_mark(const struct link_state *state, const struct ifb *ifb)
{
	return strcmp(state->kind, IFB_KIND) == 0 &&
	       (state->group == IFB_GROUP || memcmp(state->mac, ifb->mac, MAC_LENGTH) == 0);
}

/** to_container(), from_container() - the buckets in the kernel's terms */
static struct tc_bucket to_container(const struct attachment *want)
{
	const struct bandwidth *bandwidth = &want->bandwidth;
	uint32_t burst = bandwidth_burst(bandwidth->ingress_rate, bandwidth->ingress_burst, want->mtu);

	return (struct tc_bucket){.rate = bandwidth->ingress_rate / BITS,
				  .burst = burst,
				  .limit = bandwidth_limit(bandwidth->ingress_rate, burst)};
}

static struct tc_bucket from_container(const struct attachment *want)
{
	const struct bandwidth *bandwidth = &want->bandwidth;
	uint32_t burst = bandwidth_burst(bandwidth->egress_rate, bandwidth->egress_burst, want->mtu);

	if (bandwidth->policed)
		burst = bandwidth_police_burst(bandwidth->egress_rate, bandwidth->egress_burst, want->mtu);
	return (struct tc_bucket){.rate = bandwidth->egress_rate / BITS,
				  .burst = burst,
				  .limit = bandwidth_limit(bandwidth->egress_rate, burst)};
}

static struct nl_msg *build_ifb(const struct ifb *ifb, uint32_t mtu)
{
	return link_message_new(&(struct link_wish){
		.name = ifb->name, .mac = ifb->mac, .mtu = mtu, .group = IFB_GROUP, .kind = IFB_KIND});
}

/** find_ifb() - *@exists: there is one of the name, and it is ours */
static int find_ifb(const struct ifb *ifb, struct rtnl *host, struct link_state *state, bool *exists, struct error *err)
{
	if (link_query(host, ifb->name, state, exists, err) < 0)
		return -1;
	*exists = *exists && is_ifb_with_mark(state, ifb);
	return 0;
}

/** remove_ifb() - one of ours, whoever forgot it */
static int remove_ifb(const struct ifb *ifb, struct kernel *kernel, struct error *err)
{
	struct link_state state;
	bool exists;

	if (find_ifb(ifb, kernel->host, &state, &exists, err) < 0)
		return -1;
	return exists ? link_delete(kernel, &state, err) : 0;
}

/** add_ifb() - 1 when this kernel has no such interfaces. One left over by a lost record is replaced */
static int add_ifb(const struct ifb *ifb, uint32_t mtu, struct kernel *kernel, struct error *err)
{
	for (unsigned attempt = 1;; attempt++) {
		struct error refusal = ERROR_INIT;

		if (rtnl_request(kernel->host, build_ifb(ifb, mtu), &refusal, "add ifb %s", ifb->name) == 0)
			return 0;
		if (refusal.errnum == EOPNOTSUPP)
			return 1;
		if (refusal.errnum != EEXIST || attempt == ATTEMPTS) {
			error_merge(err, &refusal);
			return -1;
		}
		if (remove_ifb(ifb, kernel, err) < 0)
			return -1;
	}
}

static void warn_of_policing(struct error *err)
{
	error_warn(err, "egressRate: this kernel has no interfaces of type ifb (module ifb): what exceeds it is "
			"dropped, not delayed");
}

/** add_police() - recorded first: who has to take it away knows it by its numbers */
static int add_police(struct attachment *want, struct store *store, struct rtnl *host, struct error *err)
{
	want->bandwidth.policed = true;
	const struct tc_bucket bucket = from_container(want);

	if (record_update(store, want, err) < 0)
		return -1;
	return tc_police_add(host, want->host_ifindex, &bucket, err);
}

/** police() - the last resort; its own refusal says what to do about it */
static int police(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	if (tc_ingress_add(kernel->host, want->host_ifindex, err) == 0 &&
	    add_police(want, store, kernel->host, err) == 0) {
		warn_of_policing(err);
		return 0;
	}
	error_detail(err, "egressRate needs interfaces of type ifb (module ifb) or policing (module act_police)");
	return -1;
}

static int redirect(const struct attachment *want, const struct ifb *ifb, struct rtnl *host, struct error *err)
{
	const struct tc_bucket bucket = from_container(want);
	struct link_state state;
	bool exists;

	if (link_query(host, ifb->name, &state, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_KERNEL, ENODEV, "interface %s vanished", ifb->name);
	if (tc_bucket_add(host, state.ifindex, &bucket, err) < 0 || tc_ingress_add(host, want->host_ifindex, err) < 0)
		return -1;
	if (tc_redirect_add(host, want->host_ifindex, state.ifindex, err) < 0)
		return -1;
	return link_set_up(host, state.ifindex, true, err);
}

static int ensure_egress(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct ifb ifb = ifb_of(want);
	int missing = add_ifb(&ifb, want->mtu, kernel, err);

	if (missing)
		return missing < 0 ? -1 : police(want, store, kernel, err);
	return redirect(want, &ifb, kernel->host, err);
}

static int limits_alike(struct attachment *other, const struct attachment *want, struct store *store, struct error *err)
{
	const struct bandwidth *theirs = &other->bandwidth, *ours = &want->bandwidth;

	(void)store;
	(void)err;
	return (theirs->ingress_rate && ours->ingress_rate) || (theirs->egress_rate && ours->egress_rate);
}

int shaping_end_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	int other = other_link(store, want, limits_alike, err);

	if (other < 0)
		return -1;
	return other ? error_set(err, ERROR_ALREADY_ATTACHED, 0, "another link of the chain limits interface %s",
				 want->id.ifname)
		     : host_end_ensure(want, store, kernel, err);
}

/** add_bucket() - one with the same numbers is what a lost record has left */
static int add_bucket(const struct attachment *want, struct rtnl *host, struct error *err)
{
	const struct tc_bucket bucket = to_container(want);
	struct error refusal = ERROR_INIT;
	bool there;

	if (!want->bandwidth.ingress_rate || tc_bucket_add(host, want->host_ifindex, &bucket, &refusal) == 0)
		return 0;
	if (refusal.errnum == EEXIST &&
	    (tc_bucket_matches(host, want->host_ifindex, &bucket, &there, err) < 0 || there))
		return there ? 0 : -1;
	error_merge(err, &refusal);
	return -1;
}

int shaping_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	if (!bandwidth_is_limited(&want->bandwidth))
		return 0;
	if (add_bucket(want, kernel->host, err) < 0)
		return -1;
	if (want->bandwidth.egress_rate && ensure_egress(want, store, kernel, err) < 0)
		return -1;
	/* one that another plugin made is as that one left it */
	return want->mode == MODE_CHAINED ? 0 : link_set_up(kernel->host, want->host_ifindex, true, err);
}

static int verify_bucket(struct rtnl *host, int ifindex, const char *ifname, const struct tc_bucket *bucket,
			 struct error *err)
{
	bool matches;

	if (tc_bucket_matches(host, ifindex, bucket, &matches, err) < 0)
		return -1;
	return matches ? 0
		       : error_set(err, ERROR_DRIFT, 0,
				   "the token bucket of interface %s is missing or has another rate, burst or limit",
				   ifname);
}

static int verify_ifb(const struct attachment *want, const struct link_state *end, struct rtnl *host, struct error *err)
{
	const struct tc_bucket bucket = from_container(want);
	const struct ifb ifb = ifb_of(want);
	struct link_state state;
	bool exists;

	if (find_ifb(&ifb, host, &state, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "interface %s is missing", ifb.name);
	if (!(state.flags & IFF_UP))
		return error_set(err, ERROR_DRIFT, 0, "interface %s is down", ifb.name);
	if (verify_bucket(host, state.ifindex, ifb.name, &bucket, err) < 0 ||
	    tc_redirect_exists(host, end->ifindex, state.ifindex, &exists, err) < 0)
		return -1;
	return exists ? 0
		      : error_set(err, ERROR_DRIFT, 0, "host interface %s is not redirected to %s", end->name,
				  ifb.name);
}

static int verify_police(const struct attachment *want, const struct link_state *end, struct rtnl *host,
			 struct error *err)
{
	const struct tc_bucket bucket = from_container(want);
	bool matches;

	if (tc_police_matches(host, end->ifindex, &bucket, &matches, err) < 0)
		return -1;
	return matches ? 0
		       : error_set(err, ERROR_DRIFT, 0,
				   "the policing of host interface %s is missing or has another rate or burst",
				   end->name);
}

int shaping_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct bandwidth *bandwidth = &want->bandwidth;
	const struct tc_bucket bucket = to_container(want);
	struct link_state end;
	bool exists;

	(void)store;
	if (!bandwidth_is_limited(bandwidth))
		return 0;
	if (link_query(kernel->host, end_name(want), &end, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "host interface %s is missing", end_name(want));
	if (bandwidth->ingress_rate && verify_bucket(kernel->host, end.ifindex, end.name, &bucket, err) < 0)
		return -1;
	if (bandwidth_has_ifb(bandwidth))
		return verify_ifb(want, &end, kernel->host, err);
	return bandwidth->egress_rate ? verify_police(want, &end, kernel->host, err) : 0;
}

/** is_refused() - by another link, or somebody died before he could be: what is there is not ours */
static bool is_refused(const struct attachment *want)
{
	return want->mode == MODE_CHAINED && !want->chained.ifname[0];
}

int shaping_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct ifb ifb = ifb_of(want);

	(void)store;
	/* A record says whether there is one. Without a record it is asked for: nothing else would ever find it */
	if ((!bandwidth_has_ifb(&want->bandwidth) && attachment_has_record(want)) || is_refused(want))
		return 0;
	return remove_ifb(&ifb, kernel, err);
}

/** has_ours() - whether the ingress hook leads to our ifb or polices; one without filters does nothing, whoever's it is */
static int has_ours(const struct attachment *want, int ifindex, struct rtnl *host, bool *ours, struct error *err)
{
	const struct tc_bucket bucket = from_container(want);
	const struct ifb ifb = ifb_of(want);
	struct link_state state;
	bool used, exists;

	if (tc_ingress_is_used(host, ifindex, &used, err) < 0)
		return -1;
	*ours = !used;
	if (!used)
		return 0;
	if (want->bandwidth.policed)
		return tc_police_matches(host, ifindex, &bucket, ours, err);
	if (link_query(host, ifb.name, &state, &exists, err) < 0)
		return -1;
	/* who leads to an interface that is gone is shown as leading to 0 (net/sched/act_mirred.c, tcf_mirred_dump) */
	return tc_redirect_exists(host, ifindex, exists ? state.ifindex : 0, ours, err);
}

/** remove_from_end() - the disciplines of a host end that goes on living */
static int remove_from_end(const struct attachment *want, const struct link_state *end, struct rtnl *host,
			   struct error *err)
{
	const struct tc_bucket bucket = to_container(want);
	bool ours = false;

	if (want->bandwidth.ingress_rate && tc_bucket_matches(host, end->ifindex, &bucket, &ours, err) < 0)
		return -1;
	if (ours && tc_bucket_remove(host, end->ifindex, err) < 0)
		return -1;
	ours = false;
	if ((want->bandwidth.egress_rate || !attachment_has_record(want)) &&
	    has_ours(want, end->ifindex, host, &ours, err) < 0)
		return -1;
	return ours ? tc_ingress_remove(host, end->ifindex, err) : 0;
}

int shaping_end_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(kernel_close) struct kernel visit = KERNEL_CLOSED;
	const struct ifb ifb = ifb_of(want);
	struct link_state end;
	bool exists = true;

	(void)store;
	/* most DELs of who has no record end at this question */
	if (!attachment_has_record(want) && find_ifb(&ifb, kernel->host, &end, &exists, err) < 0)
		return -1;
	if (!exists || is_refused(want))
		return 0;
	int there = recorded_netns_enter(want, &visit, err);
	if (there <= 0)
		return there;
	if (host_end_query(want, visit.container, kernel->host, &end, &exists, err) < 0)
		return -1;
	return exists ? remove_from_end(want, &end, kernel->host, err) : 0;
}

int shaping_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct bandwidth *bandwidth = &want->bandwidth;
	struct error refusal = ERROR_INIT;
	const bool has_ifb =
		bandwidth->egress_rate && device_kind_probe(kernel->host, IFB_KIND, IFB_KIND, &refusal) == 0;

	(void)store;
	if ((bandwidth->ingress_rate || has_ifb) && tc_bucket_probe(kernel->host, err) < 0)
		return -1;
	if (refusal.code == ERROR_NONE)
		return 0;
	if (refusal.errnum == EOPNOTSUPP && tc_police_probe(kernel->host, &refusal) == 0) {
		warn_of_policing(err);
		return 0;
	}
	error_merge(err, &refusal);
	return -1;
}
