/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request for all that changes, and one for all that is put back. */
#include "link/tuning.h"

#include "base/cleanup.h"
#include "kernel/link_message.h"
#include "link/keep.h"
#include "link/known_mac.h"
#include "link/messages.h"
#include "link/recorded_netns.h"
#include "link/settings.h"

#include <linux/rtnetlink.h>
#include <string.h>

/** query() - the interface; *@exists tells */
static int query(const struct attachment *want, struct rtnl *container, struct link_state *state, bool *exists,
		 struct error *err)
{
	return link_query(container, want->id.ifname, state, exists, err);
}

static struct link_values values_of(const struct link_state *state)
{
	struct link_values values = {.promisc = state->flags & IFF_PROMISC,
				     .allmulti = state->flags & IFF_ALLMULTI,
				     .mtu = state->mtu,
				     .tx_queue_length = state->tx_queue_length};

	memcpy(values.mac, state->mac, MAC_LENGTH);
	return values;
}

/** wanted_values() - what the interface is to have: what it had, but for what the configuration names */
static struct link_values wanted_values(const struct attachment *want)
{
	const struct container_settings *settings = &want->settings;
	const struct tuning *tuning = &want->tuning;
	struct link_values values = tuning->before;

	if (tuning->sets_mac)
		memcpy(values.mac, tuning->mac, MAC_LENGTH);
	if (tuning->mtu)
		values.mtu = tuning->mtu;
	if (settings->sizes_queue)
		values.tx_queue_length = settings->tx_queue_length;
	values.promisc = values.promisc || settings->promisc;
	values.allmulti = (values.allmulti && !tuning->clears_allmulti) || settings->allmulti;
	return values;
}

/** build_change() - only what the configuration has named is touched */
static struct nl_msg *build_change(const struct attachment *want, int ifindex, const struct link_values *values)
{
	const struct container_settings *settings = &want->settings;
	const struct tuning *tuning = &want->tuning;

	return link_message(
		RTM_NEWLINK, 0,
		&(struct link_wish){.ifindex = ifindex,
				    .mac = tuning->sets_mac ? values->mac : NULL,
				    .mtu = tuning->mtu ? values->mtu : 0,
				    .queue_length = settings->sizes_queue ? &values->tx_queue_length : NULL,
				    .flags = (values->promisc ? IFF_PROMISC : 0U) |
					     (values->allmulti ? IFF_ALLMULTI : 0U),
				    .flag_mask = (settings->promisc ? IFF_PROMISC : 0U) |
						 (settings->allmulti || tuning->clears_allmulti ? IFF_ALLMULTI : 0U)});
}

/** struct change - whose interface is to have which values */
struct change {
	const struct attachment *want;
	const struct link_values *values;
};

static int apply(struct rtnl *container, int ifindex, const void *what, struct error *err)
{
	const struct change *change = what;

	return rtnl_request(container, build_change(change->want, ifindex, change->values), err,
			    "tune interface %s in the container", change->want->id.ifname);
}

static int apply_down(struct rtnl *container, int ifindex, const void *what, struct error *err)
{
	if (link_set_up(container, ifindex, false, err) < 0)
		return -1;
	int status = apply(container, ifindex, what, err);
	return link_set_up(container, ifindex, true, err) < 0 ? -1 : status;
}

static int change(const struct attachment *want, const struct link_values *values, struct rtnl *container, int ifindex,
		  struct store *store, struct kernel *kernel, struct error *err)
{
	const struct change change = {.want = want, .values = values};
	struct error refusal = ERROR_INIT;
	int status = apply(container, ifindex, &change, &refusal);

	/* Some drivers take another MAC only while the interface is down (net/ethernet/eth.c, eth_prepare_mac_addr_change) */
	if (status < 0 && refusal.errnum == EBUSY)
		status =
			link_change_keeping(container, ifindex, RT_TABLE_MAIN, RT_TABLE_MAIN, apply_down, &change, err);
	else
		error_merge(err, &refusal);
	if (status < 0)
		return -1;
	return want->tuning.sets_mac ? known_mac_renew(want, values->mac, container, ifindex, store, kernel, err) : 0;
}

int tuning_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state state;
	bool exists;

	if (settings_ensure(want, kernel, err) < 0)
		return -1;
	if (!tuning_changes_link(want))
		return 0;
	if (query(want, kernel->container, &state, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_CONFIG, 0, "interface %s is missing in the container", want->id.ifname);
	want->tuning.before = values_of(&state);
	want->tuning.remembered = true;
	if (record_update(store, want, err) < 0)
		return -1;
	const struct link_values values = wanted_values(want);
	return change(want, &values, kernel->container, state.ifindex, store, kernel, err);
}

int tuning_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct tuning *tuning = &want->tuning;
	char text[MAC_TEXT_SIZE];
	struct link_state state;
	bool exists;

	if (query(want, kernel->container, &state, &exists, err) < 0)
		return -1;
	if (!exists && tuning_changes_link(want))
		return error_set(err, ERROR_DRIFT, 0, "interface %s is missing in the container", want->id.ifname);
	if (tuning->sets_mac && memcmp(state.mac, tuning->mac, MAC_LENGTH) != 0)
		return error_set(err, ERROR_DRIFT, 0, "interface %s has another MAC than %s", want->id.ifname,
				 mac_format(tuning->mac, text));
	if (tuning->mtu && state.mtu != tuning->mtu)
		return error_set(err, ERROR_DRIFT, 0, "interface %s has MTU %u, expected %u", want->id.ifname,
				 state.mtu, tuning->mtu);
	if (tuning->clears_allmulti && state.flags & IFF_ALLMULTI)
		return error_set(err, ERROR_DRIFT, 0, "interface %s is allmulti in the container", want->id.ifname);
	return settings_verify(want, store, kernel, err);
}

/** give_up() - what the next DEL can do must fail this one; what none can must fail none */
static int give_up(const struct attachment *want, const struct error *refusal, struct error *err)
{
	if (error_retry_helps(refusal)) {
		error_merge(err, refusal);
		return -1;
	}
	error_warn(err, "interface %s keeps what was changed: %s", want->id.ifname, refusal->msg);
	return 0;
}

int tuning_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(kernel_close) struct kernel visit = KERNEL_CLOSED;
	struct error refusal = ERROR_INIT;
	struct link_state state;
	bool exists = false;

	if (!want->tuning.remembered)
		return 0;
	int there = recorded_netns_enter(want, &visit, err);
	if (there <= 0)
		return there;
	if (query(want, visit.container, &state, &exists, &refusal) < 0 ||
	    (exists && change(want, &want->tuning.before, visit.container, state.ifindex, store, kernel, &refusal) < 0))
		return give_up(want, &refusal, err);
	return 0;
}
