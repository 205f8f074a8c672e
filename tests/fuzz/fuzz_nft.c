/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of nfnetlink: kernel/nft_socket, kernel/nft_read, kernel/nft, kernel/conntrack, nat/foreign. */
#include "kernel/conntrack.h"
#include "kernel/kernel.h"
#include "kernel/nft.h"
#include "nat/foreign.h"
#include "nat/ruleset.h"

#include "tests/fuzz/kernel_played.h"

#include <linux/netfilter.h>

static const struct ip ADDRESS = {AF_INET, {10, 77, 0, 2}};
static struct kernel kernel = KERNEL_CLOSED;
static struct attachment want;

static void demand_value(const struct nft_value *value)
{
	demand(value->length <= sizeof value->bytes);
}

static void get_element(const struct nft_element *wanted, struct error *err)
{
	struct nft_element found = {.set = ""};
	bool present;

	demand_verdict(nft_get_element(kernel.nft, NAT_TABLE, wanted, &found, &present, err), err);
	demand_value(&found.key);
	demand_value(&found.last);
	demand_value(&found.data);
}

static void get_single(struct error *err)
{
	struct nft_element wanted = {.set = "gw4", .kind = NFT_SINGLE};

	nft_value_ip(&wanted.key, &(const struct ip){AF_INET, {10, 77, 0, 1}});
	get_element(&wanted, err);
}

static void get_range(struct error *err)
{
	struct nft_element wanted = {.set = "dnat4r", .kind = NFT_RANGE};

	nft_value_protocol(&wanted.key, IPPROTO_TCP);
	nft_value_port(&wanted.key, 9000);
	nft_value_protocol(&wanted.last, IPPROTO_TCP);
	nft_value_port(&wanted.last, 9099);
	get_element(&wanted, err);
}

static void get_interval(struct error *err)
{
	struct nft_element wanted = {.set = "masq4", .kind = NFT_INTERVAL};

	nft_value_ip(&wanted.key, &(const struct ip){AF_INET, {10, 77}});
	nft_value_ip(&wanted.last, &(const struct ip){AF_INET, {10, 77, 255, 255}});
	get_element(&wanted, err);
}

static void read_set(struct error *err)
{
	struct nft_set_state state;
	bool present;

	demand_verdict(nft_read_set(kernel.nft, NAT_TABLE, "dnat4a", &state, &present, err), err);
}

static void read_chain(struct error *err)
{
	struct nft_chain_state state = {.family = 0};
	bool present;

	demand_verdict(nft_read_chain(kernel.nft, NFPROTO_INET, NAT_TABLE, "raw", &state, &present, err), err);
	demand(memchr(state.table, 0, NFT_NAME_SIZE) && memchr(state.name, 0, NFT_NAME_SIZE) &&
	       memchr(state.type, 0, NFT_NAME_SIZE));
}

/** look_at_rule() - what nat/ruleset_verify does before libnftnl has its turn, which ends the process on what it does not expect */
static int look_at_rule(const struct nlmsghdr *answer, void *into, struct error *err)
{
	(void)err;
	*(int *)into += nft_rule_is_whole(answer);
	return 0;
}

static void list_rules(struct error *err)
{
	int whole = 0;

	demand_verdict(nft_list_rules(kernel.nft, NAT_TABLE, look_at_rule, &whole, err), err);
	demand(whole >= 0);
}

static void warn(struct error *err)
{
	foreign_warn_forward(&want, &kernel, err);
	demand_verdict(0, err);
}

static void warn_all(struct error *err)
{
	foreign_warn_policies(&kernel, err);
	demand_verdict(0, err);
}

static void flush_udp(struct error *err)
{
	const struct conntrack_match matches[] = {
		{CONNTRACK_DESTINATION, AF_INET, ADDRESS, 0, 53, 53},
		{CONNTRACK_DESTINATION, AF_INET, {.family = AF_UNSPEC}, 0, 1, UINT16_MAX}, /* any that is local */
		{CONNTRACK_REPLY_SOURCE, AF_INET6, {AF_INET6, {0xfd, [15] = 2}}, 0, 1, UINT16_MAX},
	};

	demand_verdict(conntrack_flush_udp(kernel.host, kernel.nft, matches, sizeof matches / sizeof *matches, err),
		       err);
	demand_verdict(conntrack_flush_udp(kernel.host, kernel.nft, matches, 1, err), err);
}

/** change() - every kind of request, so that any may be the one that is refused */
static struct nft *change(void)
{
	struct nft *nft = nft_begin(NAT_TABLE);
	struct nft_element element = {.set = "dnat4a"};

	ruleset_add(nft);
	nft_value_ip(&element.key, &ADDRESS);
	nft_add_element(nft, &element);
	nft_delete_element(nft, &element);
	nft_delete_table(nft);
	return nft;
}

static void commit(struct error *err)
{
	demand_verdict(nft_commit(change(), kernel.nft, err), err);
}

static void try(struct error *err)
{
	demand_verdict(nft_try(change(), kernel.nft, err), err);
}

static void (*const questions[])(struct error *err) = {
	get_single, get_range, get_interval, read_set, read_chain, list_rules, warn, warn_all, flush_udp, commit, try,
};

static void start(void)
{
	struct error err = ERROR_INIT;

	demand(kernel_open(&kernel, &err) == 0);
	attachment_init(&want);
	want.addresses[0] = (struct address){.ip = ADDRESS};
	want.addresses[1] = (struct address){.ip = {AF_INET6, {0xfd}}};
	want.address_count = 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;

	if (size == 0)
		return 0;
	if (!kernel.host)
		start();
	play(data + 1, size - 1);
	questions[data[0] % (sizeof questions / sizeof *questions)](&err);
	forget_tail();
	return 0;
}
