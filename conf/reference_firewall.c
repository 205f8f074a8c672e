/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference firewall. */
#include "conf/chained_config.h"
#include "conf/reference.h"

#include <string.h>

/** check_words() - what other firewalls are told there; nftables needs none of it */
static int check_words(const struct field *root, struct error *err)
{
	static const char *const keys[] = {"backend", "iptablesAdminChainName", "firewalldZone"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const char *text = "";
		if (field_text(root, keys[i], &text, err) < 0)
			return -1;
	}
	return 0;
}

int reference_firewall_read(struct request *request, const struct field *root, struct error *err)
{
	struct chained *chained = &request->wish.chained;
	const char *policy = "";

	if (chained_read(request, "missing prevResult from earlier plugin", err) < 0 || check_words(root, err) < 0 ||
	    field_text(root, "ingressPolicy", &policy, err) < 0 ||
	    field_boolean(root, "dockerUser", &request->wish.docker_user, err) < 0)
		return -1;
	if (policy[0] != '\0' && !chained_policy_find(policy, &chained->policy))
		return error_set(err, ERROR_CONFIG, 0, "unknown ingress policy: \"%.64s\"", policy);
	request->idle =
		chained->policy == POLICY_OPEN && !request->wish.docker_user && request->command != COMMAND_STATUS;
	return 0;
}
