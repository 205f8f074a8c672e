/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CNI result as text of any version (prevResult, a delegate's answer) turned into plain data. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "conf/request.h"

#include <jansson.h>

/**
 * cni_result_read_ipam() - take addresses, routes and dns of an IPAM plugin's answer into @want
 * @result: any version of the specification; without cniVersion @assumed is taken
 *
 * Replaces addresses; routes when the answer has any (then there is no default route of ours); dns when
 * the configuration has none of its own, as the reference plugins do. Host end and masquerading are left
 * to attachment_complete(). Every failure is ERROR_DELEGATE; an answer without addresses (also null) is
 * "IPAM plugin returned missing IP config".
 */
int cni_result_read_ipam(struct attachment *want, const json_t *result, enum cni_version assumed, struct error *err);

enum { MAX_RESULT_INTERFACES = 64 };

/** struct result_interface - one of "interfaces": @sandbox is "" for one of the host */
struct result_interface {
	const char *name, *mac, *sandbox;
	uint32_t mtu;
};

/**
 * struct cni_result - what CHECK compares with: strings are borrowed from the document
 * @address_interface: index into @interfaces for each address, -1 if it was not given
 * @addresses: .ip and .subnet.length (as "address": ip/length) and .next_hop (as "gateway") are set
 */
struct cni_result {
	size_t interface_count, address_count, route_count;
	struct result_interface interfaces[MAX_RESULT_INTERFACES];
	int address_interface[MAX_ADDRESSES];
	struct address addresses[MAX_ADDRESSES];
	struct route routes[MAX_ROUTES];
};

/**
 * cni_result_read() - decode a result of any version
 *
 * Wrong types are ERROR_DECODE, text that is no address ERROR_CONFIG; the message names the field, under
 * "prevResult". A version that does not exist is ERROR_VERSION.
 */
int cni_result_read(struct cni_result *into, const json_t *result, enum cni_version assumed, struct error *err);
