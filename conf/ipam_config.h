/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The "ipam" object, and what runtime and arguments add to it, into range sets and requested addresses. */
#pragma once

#include "conf/args.h"
#include "conf/field.h"
#include "conf/ranges.h"

/**
 * struct ipam_source - every place an address may be asked for in
 * @ipam, @runtime, @args_cni: "ipam", "runtimeConfig" and "args.cni", each an object or absent
 * @shares:         what this host was given of an overlay: ranges, where "ipam" names none
 * @one_per_family: the configuration's version knows one address per family only
 * @version:        of the configuration, for messages
 */
struct ipam_source {
	struct field ipam, runtime, args_cni;
	const struct args *args;
	const struct prefix *shares;
	size_t share_count;
	bool one_per_family;
	const char *version;
};

/**
 * ipam_config_read() - fill @pool as host-local does, or as static does
 *
 * host-local: range sets of runtimeConfig.ipRanges, then the old single-range keys, then "ranges"; requested are CNI_ARGS
 * IP, args.cni.ips and runtimeConfig.ips together, prefix lengths ignored.
 * static: "addresses" and CNI_ARGS IP, gateways from CNI_ARGS GATEWAY; all replaced by args.cni.ips when there are any,
 * and again by runtimeConfig.ips. Each address becomes a set of that one address, and is requested.
 */
int ipam_config_read(struct address_pool *pool, const struct ipam_source *source, bool is_static, struct error *err);

/** static_config_read() - the second half of it, in conf/static_config.c */
int static_config_read(struct address_pool *pool, const struct ipam_source *source, struct error *err);

/** next_item() - the next of a list separated by commas, without white space around it; false at the end */
bool next_item(const char **list, char *item, size_t size);
