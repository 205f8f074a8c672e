/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every kind's attachment is made from, whatever else the keys of its kind say. */
#pragma once

#include "conf/args.h"
#include "conf/field.h"
#include "conf/request.h"

/**
 * struct parts - the objects of a configuration that a wish is made from, each perhaps absent
 * @args:      CNI_ARGS, of ADD and CHECK
 */
struct parts {
	const struct field *root;
	struct field ipam, runtime, args_cni, dns;
	struct args args;
};

/** parts_read() - find the objects, and read CNI_ARGS */
int parts_read(struct parts *parts, const struct request *request, const struct field *root, struct error *err);

/**
 * parts_have_no_ipam() - "ipam" is absent, or there is nothing in it to choose from
 *
 * On a bridge, or with a device of their own, containers may do without addresses of ours.
 */
bool parts_have_no_ipam(const struct request *request, const struct parts *parts);

/**
 * parts_read_addresses() - pool and routes; nothing of it for a delegate, whose "ipam" has keys of its own
 *
 * Sets default_routes when no "routes" are configured: kinds that mean something else by that say so afterwards.
 */
int parts_read_addresses(struct request *request, const struct parts *parts, bool has_ipam, struct error *err);

/** parts_read_ipam_dns() - what built-in IPAM reports: host-local's resolvConf, static's "dns" */
int parts_read_ipam_dns(struct dns *dns, const struct request *request, const struct parts *parts, struct error *err);

/** parts_read_dns() - the configuration's "dns" takes the place of IPAM's; the runtime's lists replace either's */
int parts_read_dns(struct request *request, const struct parts *parts, struct error *err);

/** parts_read_mac() - the reference bridge's order: configuration, CNI_ARGS, args.cni, runtimeConfig; the last one counts */
int parts_read_mac(struct attachment *wish, const struct parts *parts, struct error *err);

/** parts_read_tuned_mac() - the reference tuning's order, in which args.cni counts most; *@mac stays where none is said */
int parts_read_tuned_mac(uint8_t mac[static MAC_LENGTH], const struct parts *parts, struct error *err);

/** parts_read_ports() - "runtimeConfig.portMappings" */
int parts_read_ports(struct attachment *wish, const struct parts *parts, struct error *err);
