/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference tuning. */
#include "conf/chained_config.h"
#include "conf/network.h"
#include "conf/reference.h"
#include "conf/settings_config.h"
#include "conf/wish_parts.h"

#include <string.h>

static const uint8_t NO_MAC[MAC_LENGTH];

/** says_allmulti() - unlike "promisc", false is a wish as well */
static bool says_allmulti(const struct parts *parts)
{
	return field_get(parts->root, "allmulti").json || field_get(&parts->args_cni, "allmulti").json;
}

static int read_link(struct attachment *wish, const struct parts *parts, struct error *err)
{
	struct tuning *tuning = &wish->tuning;

	if (settings_read_interface(&wish->settings, parts->root, &parts->args_cni, err) < 0 ||
	    parts_read_tuned_mac(tuning->mac, parts, err) < 0 || network_mtu(&tuning->mtu, parts->root, err) < 0 ||
	    network_mtu(&tuning->mtu, &parts->args_cni, err) < 0)
		return -1;
	tuning->sets_mac = memcmp(tuning->mac, NO_MAC, MAC_LENGTH) != 0;
	tuning->clears_allmulti = says_allmulti(parts) && !wish->settings.allmulti;
	return 0;
}

int reference_tuning_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct parts parts;

	if (chained_read(request, "Required prevResult missing", err) < 0 ||
	    parts_read(&parts, request, root, err) < 0 || read_link(wish, &parts, err) < 0)
		return -1;
	if (request->command != COMMAND_CHECK &&
	    settings_check_allowed(&wish->settings, root, &parts.args_cni, err) < 0)
		return -1;
	request->idle =
		!tuning_changes_link(wish) && wish->settings.sysctl_count == 0 && request->command != COMMAND_STATUS;
	return 0;
}
