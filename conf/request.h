/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run's input, environment and stdin, checked and turned into plain data. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "conf/overlay.h"
#include "conf/ranges.h"

#include <jansson.h>
#include <stdbool.h>

struct cni_result;

enum command { COMMAND_ADD, COMMAND_DEL, COMMAND_CHECK, COMMAND_GC, COMMAND_STATUS, COMMAND_VERSION };

/** enum cni_version - every version of the specification, in order, so that they compare with < */
enum cni_version {
	CNI_0_1_0,
	CNI_0_2_0,
	CNI_0_3_0,
	CNI_0_3_1,
	CNI_0_4_0,
	CNI_1_0_0,
	CNI_1_1_0,
	CNI_VERSION_COUNT,
};

/** cni_version_text() - "1.1.0" and so on */
const char *cni_version_text(enum cni_version version);

/** struct environment - the CNI_* variables; "" for those not set. Borrowed from the process */
struct environment {
	const char *command, *container_id, *netns, *ifname, *args, *path;
	bool netns_override;
	char **all;
};

/**
 * struct network - the parsed network configuration, defaults filled in
 * @data_dir:      root of the store
 * @reserved:      of the reference plugins' networks with addresses of host-local
 * @mode:          how containers are joined
 * @mtu:           0: find out
 * @masquerade:    -1: decide by the subnet (private, shared and ULA: yes), else 0 or 1
 * @pool:          built-in IPAM
 * @static_nat:    "nat.static"
 * @ipam_type:     "" when there is none to run: built-in
 * @is_static:     built-in IPAM is static, not host-local
 * @overlay:       of other hosts; NULL: this network ends here. Owned
 * @has_ipam:      an "ipam" object with something to allocate from (or a delegate) is there
 */
struct network {
	char name[MAX_NETWORK_NAME + 1];
	char data_dir[1024];
	struct reserved reserved;
	enum mode mode;
	uint32_t mtu;
	int masquerade;
	bool forward_guard;
	struct address_pool pool;
	struct static_nat_list static_nat;
	struct overlay *overlay;
	const char *ipam_type;
	bool has_ipam, is_static;
};

/**
 * struct request - one run's input
 * @document:    the configuration; strings of @network and @environment borrow from it or the process
 * @prev_result: "prevResult" of the configuration, NULL if absent; borrowed
 * @so_far:      of chained kinds and chained devices: the same, decoded; owned
 * @valid_attachments: GC's list, each entry checked to be {"containerID": text, "ifname": text}; NULL when absent or
 *               null. @gc_listed: the key was there (null counts as an empty list)
 * @idle:        there is nothing to do, and nothing to remember: a link of a chain that hands on what it got
 * @used:        request_read() was here before, so there is something to clear
 * @wish:        the attachment as configured, before IPAM and kernel had their say; for DEL and GC no more than its
 *               key, names, namespace and delegate
 */
struct request {
	enum command command;
	enum cni_version version;
	struct environment environment;
	char *input;
	size_t input_length;
	json_t *document;
	const json_t *prev_result;
	struct cni_result *so_far;
	const json_t *valid_attachments;
	bool gc_listed;
	struct network network;
	bool idle, used;
	struct attachment wish; /* last: it ends in what nobody needs to clear */
};

/**
 * request_read() - everything the runtime says, checked in the order of the reference library (skel)
 * @request: zero, or used before and then overwritten; request_free() it afterwards also when this fails. It must not be moved: @wish borrows from it
 * @kind:  name of the plugin kind, which decides about the keys (conf/dialect.h)
 * @input: descriptor to read the configuration from (stdin); not read for VERSION
 *
 * An empty CNI_COMMAND is ERROR_ENVIRONMENT here; the about text is for main to print instead.
 * STATUS is read as ADD is, without CNI_ARGS; its wish and that of GC have no container and no interface.
 * For DEL and GC the configuration is read leniently: whatever does not concern finding the records
 * (name, store, delegate) is not checked, so that a configuration broken after ADD still detaches.
 * Errors: 1, 4, 5, 6, 7, 2 with the wording of the contract.
 */
int request_read(struct request *request, const char *kind, char **environment, int input, struct error *err);

/** request_free() - release document and input; accepts a request that was never filled but zeroed */
void request_free(struct request *request);
