/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of tap mode. */
#include "conf/tap_config.h"

#include <stdlib.h>

/* What is left of 65535 for a frame beside its Ethernet header (drivers/net/tun.c, tun_net_initialize) */
enum { MAX_TAP_MTU = 65521 };

enum { DECIMAL = 10, ROOT = 0 };

/** read_number() - of a user or a group; the last number of 32 bits is the kernel's "none" */
static int read_number(const struct field *object, const char *key, uint32_t *number, struct error *err)
{
	int64_t value = *number;

	if (!field_get(object, key).json)
		return 0;
	if (field_integer(object, key, 0, (int64_t)TAP_ANYBODY - 1, &value, err) < 0)
		return -1;
	*number = (uint32_t)value;
	return 0;
}

/** take_number() - the same as text: digits and nothing else */
static int take_number(const char *text, const char *key, uint32_t *number, struct error *err)
{
	char *rest;

	if (text[0] == '\0')
		return 0;
	unsigned long long value = strtoull(text, &rest, DECIMAL);
	if (text[0] < '0' || text[0] > '9' || *rest != '\0' || value >= TAP_ANYBODY)
		return error_set(err, ERROR_ENVIRONMENT, 0, "CNI_ARGS %s: \"%.64s\" is no number below %u", key, text,
				 TAP_ANYBODY);
	*number = (uint32_t)value;
	return 0;
}

int tap_config_read_plain(struct attachment *wish, const struct field *root, struct error *err)
{
	struct tap *tap = &wish->tap;

	*tap = (struct tap){.owner = TAP_ANYBODY, .group = TAP_ANYBODY};
	if (wish->mtu > MAX_TAP_MTU)
		return error_set(err, ERROR_CONFIG, 0, "mtu: %u is more than the %d of a tap", wish->mtu, MAX_TAP_MTU);
	if (field_boolean(root, "multiQueue", &tap->multi_queue, err) < 0 ||
	    read_number(root, "owner", &tap->owner, err) < 0)
		return -1;
	return read_number(root, "group", &tap->group, err);
}

int tap_config_read(struct attachment *wish, const struct field *root, const struct field *args_cni,
		    const struct args *args, struct error *err)
{
	struct tap *tap = &wish->tap;

	if (tap_config_read_plain(wish, root, err) < 0)
		return -1;
	if (take_number(args->owner, "TC_REDIRECT_TAP_UID", &tap->owner, err) < 0 ||
	    take_number(args->group, "TC_REDIRECT_TAP_GID", &tap->group, err) < 0)
		return -1;
	if (read_number(args_cni, "owner", &tap->owner, err) < 0 ||
	    read_number(args_cni, "group", &tap->group, err) < 0)
		return -1;
	if (tap->owner == TAP_ANYBODY && tap->group == TAP_ANYBODY)
		tap->owner = ROOT;
	return 0;
}
