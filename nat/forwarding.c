/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forwarding and the guard that comes with it: elements first, sysctl second. */
#include "nat/forwarding.h"

#include "base/cleanup.h"
#include "conf/bridged.h"
#include "kernel/sysctl.h"
#include "nat/elements.h"
#include "nat/interfaces.h"
#include "nat/rebuild.h"
#include "nat/removal.h"
#include "nat/ruleset.h"

#include <string.h>

/** struct switch_of - the setting that makes a host forward packets of a family */
struct switch_of {
	sa_family_t family;
	const char *file;
	struct sysctl on;
};

static const struct switch_of switches[] = {
	{.family = AF_INET,
	 .file = "/proc/sys/net/ipv4/ip_forward",
	 .on = {.directory = "ipv4", .name = "ip_forward", .value = "1"}},
	{.family = AF_INET6,
	 .file = "/proc/sys/net/ipv6/conf/all/forwarding",
	 .on = {.directory = "ipv6/conf/all", .name = "forwarding", .value = "1"}},
};
enum { SWITCHES = sizeof switches / sizeof switches[0] };

static const char *const guard_sets[] = {"before#", "within#"};
enum { GUARD_SETS = sizeof guard_sets / sizeof guard_sets[0] };

static int is_on(const struct switch_of *family, bool *on, struct error *err)
{
	char value[SYSCTL_VALUE_SIZE];

	if (sysctl_read(&family->on, NULL, value, err) < 0)
		return -1;
	*on = strcmp(value, family->on.value) == 0;
	return 0;
}

static struct guard_list *list_of(struct guard *guard, sa_family_t family)
{
	return family == AF_INET ? &guard->ipv4 : &guard->ipv6;
}

static int switch_on(const struct switch_of *family, struct kernel *kernel, struct error *err)
{
	/* the kernel drops routes of routers on all other interfaces at the moment of the switch */
	if (family->family == AF_INET6 && interfaces_keep_router(kernel->host, err) < 0)
		return -1;
	return sysctl_ensure(&family->on, 1, NULL, err);
}

/** take_list() - write down who is there now, not armed yet */
static int take_list(struct guard *guard, sa_family_t family, struct store *store, struct kernel *kernel,
		     struct error *err)
{
	struct guard_list *list = list_of(guard, family);

	if (interfaces_list(kernel->host, list, err) < 0)
		return -1;
	list->set = true;
	return guard_save(store, guard, err);
}

/** empty_sets() - those of the guard of a family */
static void empty_sets(struct nft *nft, sa_family_t family)
{
	char name[NFT_NAME_SIZE];

	for (size_t i = 0; i < GUARD_SETS; i++)
		nft_flush_set(nft, ruleset_set_name(guard_sets[i], family, name));
}

static int set_elements(const struct guard_list *guarded, sa_family_t family, struct store *store,
			struct kernel *kernel, struct error *err)
{
	CLEANUP(element_list_free) struct element_list list = ELEMENT_LIST_EMPTY;

	/* those of a list that a kill left behind are none of this one's */
	for (size_t i = 0; i < GUARD_SETS; i++)
		(void)ruleset_set_name(guard_sets[i], family, list.emptied[i]);
	elements_guard(&list, family, guarded);
	if (list.failed)
		return error_set(err, ERROR_KERNEL, ENOMEM, "guard forwarding");
	return commit_healing_in_section(&list, 1, store, kernel, err);
}

/** withdraw() - forwarding stays off, so whoever turns it on some day means all interfaces; elements first */
static void withdraw(struct guard *guard, sa_family_t family, struct store *store, struct kernel *kernel,
		     struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct nft *nft = nft_begin(NAT_TABLE);

	empty_sets(nft, family);
	if (nft_commit(nft, kernel->nft, &refusal) < 0 && !nobody_has_it(&refusal))
		error_merge(err, &refusal);
	*list_of(guard, family) = (struct guard_list){.set = false};
	struct error unsaved = ERROR_INIT;
	if (guard_save(store, guard, &unsaved) < 0)
		error_merge(err, &unsaved);
}

/**
 * turn_on_in_section() - list, elements, switch, and only then is the list armed
 *
 * An armed list of this boot stays: whoever turns forwarding off and has us turn it on again does not
 * mean the interfaces that came in between.
 */
static int turn_on_in_section(const struct switch_of *family, struct store *store, struct kernel *kernel,
			      struct error *err)
{
	AUTO_FREE struct guard *guard = calloc(1, sizeof *guard);
	bool on = false;

	if (!guard)
		return error_set(err, ERROR_KERNEL, ENOMEM, "guard forwarding");
	if (guard_load(store, guard, err) < 0 || is_on(family, &on, err) < 0)
		return -1;
	if (on)
		return 0; /* somebody was faster */
	struct guard_list *list = list_of(guard, family->family);
	if (!list->armed && take_list(guard, family->family, store, kernel, err) < 0)
		return -1;
	if (set_elements(list, family->family, store, kernel, err) < 0 || switch_on(family, kernel, err) < 0) {
		if (!list->armed)
			withdraw(guard, family->family, store, kernel, err);
		return -1;
	}
	if (list->armed)
		return 0;
	list->armed = true;
	return guard_save(store, guard, err);
}

static int turn_on(const struct switch_of *family, const struct attachment *want, struct store *store,
		   struct kernel *kernel, struct error *err)
{
	if (!want->forward_guard)
		return switch_on(family, kernel, err);
	if (store_begin(store, err) < 0)
		return -1;
	int status = turn_on_in_section(family, store, kernel, err);
	store_end(store);
	return status;
}

/** is_needed() - a bridge that is no gateway needs no router */
static bool is_needed(const struct switch_of *family, const struct attachment *want)
{
	return attachment_is_routed(want) && attachment_has_family(want, family->family);
}

int forwarding_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	for (size_t i = 0; i < SWITCHES; i++) {
		bool on = false;
		if (!is_needed(&switches[i], want))
			continue;
		if (is_on(&switches[i], &on, err) < 0)
			return -1;
		if (!on && turn_on(&switches[i], want, store, kernel, err) < 0)
			return -1;
	}
	return 0;
}

static int verify_guard(const struct guard_list *guard, sa_family_t family, struct kernel *kernel, struct error *err)
{
	CLEANUP(element_list_free) struct element_list list = ELEMENT_LIST_EMPTY;
	struct nft_element found;
	bool present;

	elements_guard(&list, family, guard);
	if (list.failed)
		return error_set(err, ERROR_KERNEL, ENOMEM, "list the forward guard");
	for (size_t i = 0; i < list.count; i++) {
		const struct nft_element *wanted = &list.elements[i].nft;
		if (nft_get_element(kernel->nft, NAT_TABLE, wanted, &found, &present, err) < 0)
			return -1;
		if (!present)
			return error_set(err, ERROR_DRIFT, 0,
					 "forward guard: interface %s is missing in nftables set inet %s %s",
					 guard->ifnames[i / GUARD_SETS], NAT_TABLE, wanted->set);
	}
	return 0;
}

int forwarding_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	AUTO_FREE struct guard *guard = calloc(1, sizeof *guard);

	if (!guard)
		return error_set(err, ERROR_KERNEL, ENOMEM, "read the forward guard");
	if (guard_load(store, guard, err) < 0)
		return -1;
	for (size_t i = 0; i < SWITCHES; i++) {
		const sa_family_t family = switches[i].family;
		if (!is_needed(&switches[i], want))
			continue;
		if (sysctl_verify(&switches[i].on, 1, NULL, err) < 0 ||
		    verify_guard(list_of(guard, family), family, kernel, err) < 0)
			return -1;
	}
	return 0;
}

int forwarding_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	(void)kernel;
	for (size_t i = 0; i < SWITCHES; i++) {
		struct error unread = ERROR_INIT;
		bool on = false;
		if (!is_needed(&switches[i], want))
			continue;
		if (is_on(&switches[i], &on, &unread) < 0)
			return error_set(err, ERROR_NOT_AVAILABLE, unread.errnum, "forwarding: read %s",
					 switches[i].file);
		if (!on && access(switches[i].file, W_OK) < 0)
			return error_set(err, ERROR_NOT_AVAILABLE, errno, "forwarding is off and %s cannot be written",
					 switches[i].file);
	}
	return 0;
}

/**
 * holds() - whether a list is in force
 *
 * One that is not armed was left by a kill. If forwarding is on, cambric may have turned it on in its last
 * moment, so the list holds: to be closed is the safe mistake.
 */
static int holds(const struct switch_of *family, const struct guard_list *list, bool *held, struct error *err)
{
	*held = list->armed;
	if (!list->set || list->armed)
		return 0;
	return is_on(family, held, err);
}

int forwarding_guard_elements(struct element_list *list, struct store *store, struct error *err)
{
	AUTO_FREE struct guard *guard = calloc(1, sizeof *guard);

	if (!guard)
		return error_set(err, ERROR_KERNEL, ENOMEM, "read the forward guard");
	if (guard_load(store, guard, err) < 0)
		return -1;
	for (size_t i = 0; i < SWITCHES; i++) {
		const struct guard_list *guarded = list_of(guard, switches[i].family);
		bool held = false;
		if (holds(&switches[i], guarded, &held, err) < 0)
			return -1;
		if (held)
			elements_guard(list, switches[i].family, guarded);
	}
	return list->failed ? error_set(err, ERROR_KERNEL, ENOMEM, "list the forward guard") : 0;
}

static int drop_in_section(struct store *store, struct kernel *kernel, struct error *err)
{
	AUTO_FREE struct guard *none = calloc(1, sizeof *none);
	struct error refusal = ERROR_INIT;

	if (!none)
		return error_set(err, ERROR_KERNEL, ENOMEM, "drop the forward guard");
	struct nft *nft = nft_begin(NAT_TABLE);
	for (size_t i = 0; i < SWITCHES; i++)
		empty_sets(nft, switches[i].family);
	if (nft_commit(nft, kernel->nft, &refusal) < 0 && !nobody_has_it(&refusal)) {
		error_merge(err, &refusal);
		return -1;
	}
	return guard_save(store, none, err);
}

int forwarding_guard_drop(struct store *store, struct kernel *kernel, struct error *err)
{
	if (store_begin(store, err) < 0)
		return -1;
	int status = drop_in_section(store, kernel, err);
	store_end(store);
	return status;
}
