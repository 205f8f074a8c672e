/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Warnings about forward chains that are not ours. */
#include "nat/foreign.h"

#include "kernel/nft.h"
#include "nat/ruleset.h"

#include <linux/netfilter.h>
#include <string.h>

/* The table and chain that iptables-nft makes; in families ip and ip6 */
static const char IPTABLES_TABLE[] = "filter";
static const char IPTABLES_CHAIN[] = "FORWARD";
/* The one of firewalld, family inet */
static const char FIREWALLD_TABLE[] = "firewalld";
static const char FIREWALLD_CHAIN[] = "filter_FORWARD";

static const char *family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_INET:
		return "inet";
	default:
		return "";
	}
}

/** is_firewalld() - its policy is accept, but its last rule rejects what no zone or policy has accepted */
static bool is_firewalld(const struct nft_chain_state *chain)
{
	return chain->family == NFPROTO_INET && strcmp(chain->table, FIREWALLD_TABLE) == 0 &&
	       strcmp(chain->name, FIREWALLD_CHAIN) == 0;
}

static bool drops_forwarded(const struct nft_chain_state *chain)
{
	return chain->type[0] && chain->hook == NF_INET_FORWARD && (chain->policy == NF_DROP || is_firewalld(chain)) &&
	       family_name(chain->family)[0] && strcmp(chain->table, NAT_TABLE) != 0;
}

static void warn(const struct nft_chain_state *chain, struct error *err)
{
	error_warn(err, "nftables chain %s %s %s %s: packets of containers are lost unless a rule there accepts them",
		   family_name(chain->family), chain->table, chain->name,
		   chain->policy == NF_DROP ? "has policy drop" : "rejects what no zone accepts");
}

static void warn_of(uint8_t family, const char *table, const char *name, struct kernel *kernel, struct error *err)
{
	struct nft_chain_state chain;
	struct error unread = ERROR_INIT;
	bool present;

	/* a failure to ask is no reason to warn: what matters was committed just before */
	if (nft_read_chain(kernel->nft, family, table, name, &chain, &present, &unread) == 0 && present &&
	    drops_forwarded(&chain))
		warn(&chain, err);
}

void foreign_warn_iptables(sa_family_t family, struct kernel *kernel, struct error *err)
{
	warn_of(family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6, IPTABLES_TABLE, IPTABLES_CHAIN, kernel, err);
}

void foreign_warn_forward(const struct attachment *want, struct kernel *kernel, struct error *err)
{
	static const sa_family_t families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (attachment_has_family(want, families[i]) && !want->docker_user)
			foreign_warn_iptables(families[i], kernel, err);
	warn_of(NFPROTO_INET, FIREWALLD_TABLE, FIREWALLD_CHAIN, kernel, err);
}

static int look_at_chain(const struct nlmsghdr *answer, void *into, struct error *err)
{
	const struct nft_chain_state chain = nft_chain_state_of(answer);

	(void)err;
	if (drops_forwarded(&chain))
		warn(&chain, into);
	return 0;
}

void foreign_warn_policies(struct kernel *kernel, struct error *err)
{
	struct error found = ERROR_INIT, unread = ERROR_INIT;

	if (nft_list_chains(kernel->nft, look_at_chain, &found, &unread) < 0)
		error_warn(err, "forward chains of others were not checked: %s", unread.msg);
	error_merge(err, &found);
}
