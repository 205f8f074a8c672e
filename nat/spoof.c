/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of table "bridge cambric": what one attachment has there, and the table anew from all records. */
#include "nat/spoof.h"

#include "base/cleanup.h"
#include "conf/bridged.h"
#include "nat/removal.h"
#include "nat/spoof_ruleset.h"
#include "store/maker.h"

#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>

/* The port in two sets, the unspecified addresses, and for each of its MACs itself and the link-local address */
enum { MAX_MACS = 2, MAX_BOUND = MAX_ADDRESSES + 4 + 2 * MAX_MACS, HEALING_ROUNDS = 2 };

/** struct bound - all elements of an attachment */
struct bound {
	size_t count;
	struct nft_element elements[MAX_BOUND];
};

static struct nft_element *append(struct bound *bound, const char *set, const struct attachment *attachment)
{
	struct nft_element *element = &bound->elements[bound->count++];

	*element = (struct nft_element){.kind = NFT_SINGLE};
	(void)snprintf(element->set, sizeof element->set, "%s", set);
	nft_value_ifname(&element->key, attachment->host_ifname);
	return element;
}

static void append_ip(struct bound *bound, const struct attachment *attachment, const struct ip *ip)
{
	struct nft_element *element = append(bound, ip->family == AF_INET ? SPOOF_IPV4 : SPOOF_IPV6, attachment);

	nft_value_ip(&element->key, ip);
}

/** link_local() - the address that Linux gives an interface of this MAC (RFC 4291, appendix A) */
static struct ip link_local(const uint8_t mac[static MAC_LENGTH])
{
	return (struct ip){.family = AF_INET6,
			   .bytes = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3],
				     mac[4], mac[5]}};
}

/** struct macs - that of an interface, and the one it was made with, which nobody else has either: no frame is lost meanwhile */
struct macs {
	size_t count;
	const uint8_t *of[MAX_MACS];
};

static struct macs macs_of(const struct attachment *attachment)
{
	const uint8_t *current = attachment_current_mac(attachment);

	return (struct macs){.count = current == attachment->mac ? 1 : 2, .of = {attachment->mac, current}};
}

/** bind_mac() - as the source of frames; with IPv6 also the address that the kernel makes of it when the interface comes up */
static void bind_mac(struct bound *bound, const struct attachment *attachment, const uint8_t *mac)
{
	const struct ip own = link_local(mac);

	nft_value_mac(&append(bound, SPOOF_MACS, attachment)->key, mac);
	if (attachment_has_family(attachment, AF_INET6))
		append_ip(bound, attachment, &own);
}

/** bind_addresses() - who has no address yet may ask: ARP probes and DHCP from 0.0.0.0, DAD from :: */
static void bind_addresses(struct bound *bound, const struct attachment *attachment)
{
	const struct ip none4 = {.family = AF_INET}, none6 = {.family = AF_INET6};

	(void)append(bound, SPOOF_BOUND, attachment);
	for (size_t i = 0; i < attachment->address_count; i++)
		append_ip(bound, attachment, &attachment->addresses[i].ip);
	if (attachment_has_family(attachment, AF_INET))
		append_ip(bound, attachment, &none4);
	if (attachment_has_family(attachment, AF_INET6))
		append_ip(bound, attachment, &none6);
}

static void list_elements(struct bound *bound, const struct attachment *attachment)
{
	const struct macs macs = macs_of(attachment);

	bound->count = 0;
	if (!bridge_has(attachment, BRIDGE_SPOOF_CHECK))
		return;
	(void)append(bound, SPOOF_PORTS, attachment);
	for (size_t i = 0; i < macs.count; i++)
		bind_mac(bound, attachment, macs.of[i]);
	if (attachment->address_count > 0)
		bind_addresses(bound, attachment);
}

static void add_all(struct nft *nft, const struct bound *bound)
{
	for (size_t i = 0; i < bound->count; i++)
		nft_add_element(nft, &bound->elements[i]);
}

/** struct rebuild - one walk over the records */
struct rebuild {
	struct nft *nft;
	size_t attachments;
};

static void rebuild_free(struct rebuild *rebuild)
{
	nft_free(rebuild->nft);
}

static int add_record(const struct attachment *attachment, void *argument, struct error *err)
{
	struct rebuild *rebuild = argument;
	struct bound bound;

	(void)err;
	if (attachment->state == ATTACHMENT_REMOVING)
		return 0;
	list_elements(&bound, attachment);
	rebuild->attachments += bound.count > 0;
	add_all(rebuild->nft, &bound);
	return 0;
}

int spoof_rebuild(struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(rebuild_free) struct rebuild rebuild = {.nft = nft_begin_in(NFPROTO_BRIDGE, SPOOF_TABLE)};

	nft_add_table(rebuild.nft); /* so that deleting works whether or not it is there */
	nft_delete_table(rebuild.nft);
	spoof_ruleset_add(rebuild.nft);
	if (record_walk(store, NULL, add_record, &rebuild, err) < 0)
		return -1;
	if (rebuild.attachments == 0)
		return 0;
	struct nft *nft = rebuild.nft;
	rebuild.nft = NULL;
	return nft_commit(nft, kernel->nft, err);
}

static int rebuild_in_section(struct store *store, struct kernel *kernel, struct error *err)
{
	if (store_begin(store, err) < 0)
		return -1;
	int status = spoof_rebuild(store, kernel, err);
	store_end(store);
	return status;
}

int spoof_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct bound bound;

	list_elements(&bound, want);
	for (int round = 0; bound.count > 0; round++) {
		struct error refusal = ERROR_INIT;
		struct nft *nft = nft_begin_in(NFPROTO_BRIDGE, SPOOF_TABLE);
		add_all(nft, &bound);
		if (nft_commit(nft, kernel->nft, &refusal) == 0)
			return 0;
		if (refusal.errnum != ENOENT || round == HEALING_ROUNDS) {
			error_merge(err, &refusal);
			return -1;
		}
		if (rebuild_in_section(store, kernel, err) < 0)
			return -1;
	}
	return 0;
}

int spoof_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct nft_element found;
	struct bound bound;
	bool present;

	(void)store;
	list_elements(&bound, want);
	if (bound.count > 0 && spoof_ruleset_verify(kernel->nft, err) < 0)
		return -1;
	for (size_t i = 0; i < bound.count; i++) {
		const struct nft_element *element = &bound.elements[i];
		if (nft_get_element_in(kernel->nft, NFPROTO_BRIDGE, SPOOF_TABLE, element, &found, &present, err) < 0)
			return -1;
		if (!present)
			return error_set(err, ERROR_DRIFT, 0, "element of %s in nftables set bridge %s %s is missing",
					 want->host_ifname, SPOOF_TABLE, element->set);
	}
	return 0;
}

int spoof_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT, others = ERROR_INIT;
	struct bound bound;

	list_elements(&bound, want);
	if (bound.count == 0)
		return 0;
	struct nft *nft = nft_begin_in(NFPROTO_BRIDGE, SPOOF_TABLE);
	add_all(nft, &bound); /* so that deleting works whether or not they are there */
	for (size_t i = 0; i < bound.count; i++)
		nft_delete_element(nft, &bound.elements[i]);
	if (nft_commit(nft, kernel->nft, &refusal) == 0)
		return 0;
	if (!nobody_has_it(&refusal)) {
		error_merge(err, &refusal);
		return -1;
	}
	if (refusal.errnum == ENOENT && store_exists(store) && rebuild_in_section(store, kernel, &others) < 0)
		error_warn(err, "nftables table bridge %s is missing and could not be rebuilt: %s", SPOOF_TABLE,
			   others.msg);
	return 0;
}

/** find_checked() - *@checked: who made the interface has its MAC checked, and @want gives it another one */
static int find_checked(const struct attachment *want, struct store *store, struct attachment *maker, bool *checked,
			struct error *err)
{
	const struct tuning *tuning = &want->tuning;

	*checked = false;
	/* where it had that MAC before, another link of the chain has let it pass */
	if (!tuning->sets_mac || (tuning->remembered && memcmp(tuning->before.mac, tuning->mac, MAC_LENGTH) == 0))
		return 0;
	if (maker_find(store, &want->id, maker, checked, err) < 0)
		return -1;
	*checked = *checked && bridge_has(maker, BRIDGE_SPOOF_CHECK) &&
		   memcmp(maker->mac, want->tuning.mac, MAC_LENGTH) != 0;
	return 0;
}

int spoof_let_tuned(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	AUTO_FREE struct attachment *maker = attachment_new(err);
	bool checked;

	if (!maker || find_checked(want, store, maker, &checked, err) < 0)
		return -1;
	return checked ? spoof_ensure(maker, store, kernel, err) : 0;
}

int spoof_end_tuned(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	AUTO_FREE struct attachment *maker = attachment_new(err);
	struct error refusal = ERROR_INIT;
	struct bound bound = {.count = 0};
	bool checked;

	if (!maker || find_checked(want, store, maker, &checked, err) < 0)
		return -1;
	if (!checked)
		return 0;
	bind_mac(&bound, maker, want->tuning.mac);
	struct nft *nft = nft_begin_in(NFPROTO_BRIDGE, SPOOF_TABLE);
	add_all(nft, &bound);
	for (size_t i = 0; i < bound.count; i++)
		nft_delete_element(nft, &bound.elements[i]);
	if (nft_commit(nft, kernel->nft, &refusal) == 0 || nobody_has_it(&refusal))
		return 0;
	error_merge(err, &refusal);
	return -1;
}

int spoof_table_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;
	bool last;

	if (!bridge_has(want, BRIDGE_SPOOF_CHECK))
		return 0;
	if (use_is_last(store, USE_SPOOF_CHECK, &want->id, &last, err) < 0)
		return -1;
	if (!last)
		return 0;
	struct nft *nft = nft_begin_in(NFPROTO_BRIDGE, SPOOF_TABLE);
	nft_delete_table(nft);
	if (nft_commit(nft, kernel->nft, &refusal) == 0 || nobody_has_it(&refusal))
		return 0;
	error_merge(err, &refusal);
	return -1;
}

int spoof_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;

	(void)store;
	if (!bridge_has(want, BRIDGE_SPOOF_CHECK))
		return 0;
	struct nft *nft = nft_begin_in(NFPROTO_BRIDGE, SPOOF_TABLE "_probe");
	spoof_ruleset_add(nft);
	if (nft_try(nft, kernel->nft, &refusal) == 0)
		return 0;
	(void)error_set(err, ERROR_NOT_AVAILABLE, refusal.errnum,
			"macspoofchk: nftables cannot filter on bridges (CONFIG_NF_TABLES_BRIDGE)");
	error_detail(err, "%s", refusal.msg);
	return -1;
}
