/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTM_*QDISC and RTM_*TFILTER, built by hand: libnl 3.7 has no rates of more than 32 bits, and its modules would
 * double what is linked.
 */
#include "link/traffic_control.h"

#include "kernel/message.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <netlink/attr.h>
#include <string.h>

/* One tick is 64 ns (include/net/pkt_sched.h, PSCHED_SHIFT); tables of rates have 256 cells (TC_RTAB_SIZE) */
enum { TICK_SHIFT = 6, NANOSECONDS = 1000000000, RATE_CELLS = 256, RATE_CELL_LOG = 8 };
/* LOOPBACK_INDEX: net/core/net_namespace.c, LOOPBACK_IFINDEX */
enum { LOOPBACK_INDEX = 1, ROOT_HANDLE = 1 << 16, FILTER_PREFERENCE = 1, FIRST_ACTION = 1, FILTER_DEPTH = 4 };

static const char TBF[] = "tbf";
static const char INGRESS[] = "ingress";
static const char U32[] = "u32";
static const char MIRRED[] = "mirred";
static const char POLICE[] = "police";

/** begin() - a request about one interface; NULL without memory */
static struct nl_msg *begin(int type, int flags, const struct tcmsg *header, const char *kind)
{
	struct nl_msg *msg = message_begin(type, flags, header, sizeof *header);

	return message_finish(msg, msg && (!kind || nla_put_string(msg, TCA_KIND, kind) == 0));
}

/** ticks() - how long @rate takes for some bytes, in the kernel's ticks */
static uint64_t ticks(uint64_t bytes, uint64_t rate)
{
	return bytes * NANOSECONDS / rate >> TICK_SHIFT;
}

/** clamp() - what the old fields of 32 bits can say; a larger rate has a field of its own */
static uint32_t clamp(uint64_t number)
{
	return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

static struct nl_msg *build_bucket(int ifindex, const struct tc_bucket *bucket)
{
	const struct tcmsg header = {.tcm_ifindex = ifindex, .tcm_parent = TC_H_ROOT, .tcm_handle = ROOT_HANDLE};
	const struct tc_tbf_qopt parameters = {
		.rate = {.rate = clamp(bucket->rate), .linklayer = TC_LINKLAYER_ETHERNET},
		.limit = bucket->limit,
		.buffer = clamp(ticks(bucket->burst, bucket->rate)),
	};
	struct nl_msg *msg = begin(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &header, TBF);
	struct nlattr *options = msg ? nla_nest_start(msg, TCA_OPTIONS) : NULL;

	/* The burst in bytes as well: as time it is rounded, by more than a frame at high rates */
	bool whole = options && nla_put(msg, TCA_TBF_PARMS, sizeof parameters, &parameters) == 0 &&
		     nla_put_u32(msg, TCA_TBF_BURST, bucket->burst) == 0 &&
		     (bucket->rate <= UINT32_MAX || nla_put_u64(msg, TCA_TBF_RATE64, bucket->rate) == 0);
	return message_finish(msg, whole && nla_nest_end(msg, options) == 0);
}

int tc_bucket_add(struct rtnl *rtnl, int ifindex, const struct tc_bucket *bucket, struct error *err)
{
	return rtnl_request(rtnl, build_bucket(ifindex, bucket), err, "add a token bucket (tbf) to interface %d",
			    ifindex);
}

/** probe() - who knows the kind refuses a request without parameters (EINVAL) */
static int probe(struct rtnl *rtnl, struct nl_msg *msg, const char *module, struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (rtnl_request(rtnl, msg, &refusal, "try module %s", module) == 0 || refusal.errnum == EINVAL)
		return 0;
	return error_set(err, ERROR_NOT_AVAILABLE, refusal.errnum, "rates cannot be limited (module %s)", module);
}

int tc_bucket_probe(struct rtnl *rtnl, struct error *err)
{
	/* With these flags and no handle the kernel begins to make one, whatever the root is (net/sched/sch_api.c,
	   tc_modify_qdisc), and goes no further without parameters (net/sched/sch_tbf.c, tbf_init) */
	const struct tcmsg header = {.tcm_ifindex = LOOPBACK_INDEX, .tcm_parent = TC_H_ROOT};

	return probe(rtnl, begin(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL | NLM_F_REPLACE, &header, TBF), "sch_tbf",
		     err);
}

/** remove_discipline() - what cannot be found so is not ours (net/sched/sch_api.c, tc_get_qdisc) */
static int remove_discipline(struct rtnl *rtnl, const struct tcmsg *header, const char *kind, struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (rtnl_request(rtnl, begin(RTM_DELQDISC, 0, header, kind), &refusal, "remove %s from interface %d", kind,
			 header->tcm_ifindex) == 0 ||
	    refusal.errnum == ENOENT || refusal.errnum == EINVAL || refusal.errnum == ENODEV)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

int tc_bucket_remove(struct rtnl *rtnl, int ifindex, struct error *err)
{
	const struct tcmsg header = {.tcm_ifindex = ifindex, .tcm_parent = TC_H_ROOT, .tcm_handle = ROOT_HANDLE};

	return remove_discipline(rtnl, &header, TBF, err);
}

/** struct search - what is looked for in the answers, and whether it turned up */
struct search {
	const struct tc_bucket *bucket;
	int to;
	bool found;
};

/** is_near() - equal but for what the kernel's own arithmetic rounds */
static bool is_near(uint64_t got, uint64_t wanted)
{
	uint64_t difference = got > wanted ? got - wanted : wanted - got;

	return difference <= 2 + wanted / 1024;
}

/** has_burst() - @got is in ticks, of which the kernel shows 32 bits */
static bool has_burst(const struct tc_bucket *bucket, uint32_t got)
{
	uint64_t wanted = ticks(bucket->burst, bucket->rate);

	return wanted > UINT32_MAX || is_near(got, wanted);
}

/** read_options() - those of an answer; false when it has none, or is of another kind */
static bool read_options(struct nlmsghdr *answer, const char *kind, struct nlattr *options[], int highest)
{
	struct nlattr *attributes[TCA_MAX + 1] = {0};

	return nlmsg_parse(answer, sizeof(struct tcmsg), attributes, TCA_MAX, NULL) == 0 && attributes[TCA_KIND] &&
	       nla_strcmp(attributes[TCA_KIND], kind) == 0 && attributes[TCA_OPTIONS] &&
	       nla_parse_nested(options, highest, attributes[TCA_OPTIONS], NULL) == 0;
}

/** read_struct() - a fixed part of the options; false when it is missing or shorter */
static bool read_struct(struct nlattr *attribute, void *into, size_t size)
{
	if (!attribute || nla_len(attribute) < (int)size)
		return false;
	memcpy(into, nla_data(attribute), size);
	return true;
}

/** rate_of() - the large field, where there is one */
static uint64_t rate_of(struct nlattr *rate64, uint32_t rate)
{
	uint64_t large = rate;

	(void)read_struct(rate64, &large, sizeof large);
	return large;
}

static int match_bucket(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct search *search = into;
	struct nlattr *options[TCA_TBF_MAX + 1] = {0};
	struct tc_tbf_qopt parameters;

	(void)err;
	if (!read_options(answer, TBF, options, TCA_TBF_MAX) ||
	    !read_struct(options[TCA_TBF_PARMS], &parameters, sizeof parameters))
		return 0;
	search->found = rate_of(options[TCA_TBF_RATE64], parameters.rate.rate) == search->bucket->rate &&
			parameters.limit == search->bucket->limit && has_burst(search->bucket, parameters.buffer);
	return 0;
}

/** found() - outcome of a question: an interface, qdisc or filter that is not there is no failure */
static int found(int status, const struct error *refusal, const struct search *search, bool *result, struct error *err)
{
	*result = search->found;
	if (status == 0 || refusal->errnum == ENOENT || refusal->errnum == ENODEV || refusal->errnum == EINVAL)
		return 0;
	error_merge(err, refusal);
	return -1;
}

int tc_bucket_matches(struct rtnl *rtnl, int ifindex, const struct tc_bucket *bucket, bool *matches, struct error *err)
{
	const struct tcmsg header = {.tcm_ifindex = ifindex, .tcm_parent = TC_H_ROOT};
	struct search search = {.bucket = bucket};
	struct error refusal = ERROR_INIT;
	/* Without the echo the answer goes to listeners only (net/sched/sch_api.c, qdisc_get_notify) */
	int status = rtnl_ask(rtnl, begin(RTM_GETQDISC, NLM_F_ECHO, &header, NULL), match_bucket, &search, &refusal,
			      "get the queueing discipline of interface %d", ifindex);

	return found(status, &refusal, &search, matches, err);
}

int tc_ingress_add(struct rtnl *rtnl, int ifindex, struct error *err)
{
	const struct tcmsg header = {
		.tcm_ifindex = ifindex, .tcm_parent = TC_H_INGRESS, .tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0)};

	return rtnl_request(rtnl, begin(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &header, INGRESS), err,
			    "add an ingress hook to interface %d", ifindex);
}

int tc_ingress_remove(struct rtnl *rtnl, int ifindex, struct error *err)
{
	const struct tcmsg header = {
		.tcm_ifindex = ifindex, .tcm_parent = TC_H_INGRESS, .tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0)};

	return remove_discipline(rtnl, &header, INGRESS, err);
}

/** struct filter - a request for one, with what of it is open, the innermost last */
struct filter {
	struct nl_msg *msg;
	struct nlattr *open[FILTER_DEPTH];
};

/** begin_filter() - one that matches all, and has an action of this kind whose options come next. Return: whether it is whole */
static bool begin_filter(struct filter *filter, int ifindex, const char *action)
{
	const struct tcmsg header = {.tcm_ifindex = ifindex,
				     .tcm_parent = TC_H_MAKE(TC_H_INGRESS, 0),
				     .tcm_info = TC_H_MAKE(FILTER_PREFERENCE << 16, htons(ETH_P_ALL))};
	/* No bit of the first word compared: everything; the key stands behind its selector */
	const struct tc_u32_sel selector = {.flags = TC_U32_TERMINAL, .nkeys = 1};
	uint8_t all[sizeof selector + sizeof(struct tc_u32_key)] = {0};
	struct nl_msg *msg = filter->msg = begin(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &header, U32);

	memcpy(all, &selector, sizeof selector);
	return msg && (filter->open[0] = nla_nest_start(msg, TCA_OPTIONS)) &&
	       nla_put(msg, TCA_U32_SEL, sizeof all, all) == 0 &&
	       (filter->open[1] = nla_nest_start(msg, TCA_U32_ACT)) &&
	       (filter->open[2] = nla_nest_start(msg, FIRST_ACTION)) &&
	       nla_put_string(msg, TCA_ACT_KIND, action) == 0 &&
	       (filter->open[3] = nla_nest_start(msg, TCA_ACT_OPTIONS));
}

static struct nl_msg *end_filter(const struct filter *filter, bool whole)
{
	for (size_t i = FILTER_DEPTH; whole && i-- > 0;)
		whole = nla_nest_end(filter->msg, filter->open[i]) == 0;
	return message_finish(filter->msg, whole);
}

static struct nl_msg *build_redirect(int from, int to)
{
	const struct tc_mirred target = {.action = TC_ACT_STOLEN, .eaction = TCA_EGRESS_REDIR, .ifindex = (uint32_t)to};
	struct filter filter;
	bool whole = begin_filter(&filter, from, MIRRED) &&
		     nla_put(filter.msg, TCA_MIRRED_PARMS, sizeof target, &target) == 0;

	return end_filter(&filter, whole);
}

int tc_redirect_add(struct rtnl *rtnl, int from, int to, struct error *err)
{
	return rtnl_request(rtnl, build_redirect(from, to), err, "redirect interface %d to %d", from, to);
}

/** fill_rates() - the table that a policer must bring, though only its rate is used (net/sched/sch_api.c) */
static void fill_rates(uint32_t table[static RATE_CELLS], uint64_t rate)
{
	for (uint64_t i = 0; i < RATE_CELLS; i++)
		table[i] = clamp(ticks((i + 1) << RATE_CELL_LOG, rate));
}

/** put_police() - options of the action */
static bool put_police(struct nl_msg *msg, const struct tc_bucket *bucket)
{
	const struct tc_police parameters = {
		.action = TC_ACT_SHOT,
		.burst = clamp(ticks(bucket->burst, bucket->rate)),
		.mtu = UINT32_MAX, /* what the container's segmentation offload hands over is one packet here */
		.rate = {.rate = clamp(bucket->rate),
			 .linklayer = TC_LINKLAYER_ETHERNET,
			 .cell_log = RATE_CELL_LOG,
			 .cell_align = -1},
	};
	uint32_t rates[RATE_CELLS];

	fill_rates(rates, bucket->rate);
	return nla_put(msg, TCA_POLICE_TBF, sizeof parameters, &parameters) == 0 &&
	       nla_put(msg, TCA_POLICE_RATE, sizeof rates, rates) == 0 &&
	       (bucket->rate <= UINT32_MAX || nla_put_u64(msg, TCA_POLICE_RATE64, bucket->rate) == 0);
}

static struct nl_msg *build_police(int ifindex, const struct tc_bucket *bucket)
{
	struct filter filter;
	bool whole = begin_filter(&filter, ifindex, POLICE) && put_police(filter.msg, bucket);

	return end_filter(&filter, whole);
}

int tc_police_add(struct rtnl *rtnl, int ifindex, const struct tc_bucket *bucket, struct error *err)
{
	return rtnl_request(rtnl, build_police(ifindex, bucket), err, "police interface %d", ifindex);
}

/** build_action() - the action alone, without a filter and without parameters */
static struct nl_msg *build_action(const char *kind)
{
	const struct tcamsg header = {.tca_family = AF_UNSPEC};
	struct nl_msg *msg = message_begin(RTM_NEWACTION, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	struct nlattr *list = msg ? nla_nest_start(msg, TCA_ACT_TAB) : NULL;
	struct nlattr *action = list ? nla_nest_start(msg, FIRST_ACTION) : NULL;
	bool whole = action && nla_put_string(msg, TCA_ACT_KIND, kind) == 0 && nla_nest_end(msg, action) == 0;

	return message_finish(msg, whole && nla_nest_end(msg, list) == 0);
}

int tc_police_probe(struct rtnl *rtnl, struct error *err)
{
	return probe(rtnl, build_action(POLICE), "act_police", err);
}

/** read_action() - options of the first action of a filter, when it is of this kind */
static bool read_action(struct nlmsghdr *answer, const char *kind, struct nlattr *options[], int highest)
{
	struct nlattr *filter[TCA_U32_MAX + 1] = {0}, *list[FIRST_ACTION + 1] = {0}, *action[TCA_ACT_MAX + 1] = {0};

	return read_options(answer, U32, filter, TCA_U32_MAX) && filter[TCA_U32_ACT] &&
	       nla_parse_nested(list, FIRST_ACTION, filter[TCA_U32_ACT], NULL) == 0 && list[FIRST_ACTION] &&
	       nla_parse_nested(action, TCA_ACT_MAX, list[FIRST_ACTION], NULL) == 0 && action[TCA_ACT_KIND] &&
	       nla_strcmp(action[TCA_ACT_KIND], kind) == 0 && action[TCA_ACT_OPTIONS] &&
	       nla_parse_nested(options, highest, action[TCA_ACT_OPTIONS], NULL) == 0;
}

static int match_redirect(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct search *search = into;
	struct nlattr *options[TCA_MIRRED_MAX + 1] = {0};
	struct tc_mirred target;

	(void)err;
	if (read_action(answer, MIRRED, options, TCA_MIRRED_MAX) &&
	    read_struct(options[TCA_MIRRED_PARMS], &target, sizeof target) && target.eaction == TCA_EGRESS_REDIR &&
	    target.ifindex == (uint32_t)search->to)
		search->found = true;
	return 0;
}

static int match_police(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct search *search = into;
	struct nlattr *options[TCA_POLICE_MAX + 1] = {0};
	struct tc_police parameters;

	(void)err;
	if (read_action(answer, POLICE, options, TCA_POLICE_MAX) &&
	    read_struct(options[TCA_POLICE_TBF], &parameters, sizeof parameters) && parameters.action == TC_ACT_SHOT &&
	    rate_of(options[TCA_POLICE_RATE64], parameters.rate.rate) == search->bucket->rate &&
	    has_burst(search->bucket, parameters.burst))
		search->found = true;
	return 0;
}

/** search_filters() - those of the ingress hook of one interface */
static int search_filters(struct rtnl *rtnl, int ifindex, rtnl_visit match, struct search *search, bool *result,
			  struct error *err)
{
	const struct tcmsg header = {.tcm_ifindex = ifindex, .tcm_parent = TC_H_MAKE(TC_H_INGRESS, 0)};
	struct error refusal = ERROR_INIT;
	int status = rtnl_list(rtnl, begin(RTM_GETTFILTER, NLM_F_DUMP, &header, NULL), match, search, NULL, &refusal,
			       "list filters of interface %d", ifindex);

	return found(status, &refusal, search, result, err);
}

static int match_any(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct search *search = into;

	(void)answer;
	(void)err;
	search->found = true;
	return 0;
}

int tc_ingress_is_used(struct rtnl *rtnl, int ifindex, bool *used, struct error *err)
{
	struct search search = {.to = 0};

	return search_filters(rtnl, ifindex, match_any, &search, used, err);
}

int tc_redirect_exists(struct rtnl *rtnl, int from, int to, bool *exists, struct error *err)
{
	struct search search = {.to = to};

	return search_filters(rtnl, from, match_redirect, &search, exists, err);
}

int tc_police_matches(struct rtnl *rtnl, int ifindex, const struct tc_bucket *bucket, bool *matches, struct error *err)
{
	struct search search = {.bucket = bucket};

	return search_filters(rtnl, ifindex, match_police, &search, matches, err);
}
