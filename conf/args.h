/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CNI_ARGS: "KEY=value;KEY=value". */
#pragma once

#include "base/error.h"

enum { MAX_ARGS_TEXT = 4096, MAX_ARGS_PAIRS = 64, MAX_ARGS_IPS = 16 };

/**
 * struct args - the pairs that mean something to us, as text; "" when not given
 * @ip:      "IP": addresses separated by commas, each with or without a prefix length
 * @mac:     "MAC"
 * @gateway: "GATEWAY": for static IPAM, addresses separated by commas
 * @owner, @group: "TC_REDIRECT_TAP_UID", "TC_REDIRECT_TAP_GID": of a tap, as starters of Firecracker say it
 */
struct args {
	char ip[MAX_ARGS_TEXT + 1];
	char mac[MAX_ARGS_TEXT + 1];
	char gateway[MAX_ARGS_TEXT + 1];
	char owner[MAX_ARGS_TEXT + 1];
	char group[MAX_ARGS_TEXT + 1];
};

/**
 * args_read() - take CNI_ARGS apart
 * @text: as the runtime gave it; "" is fine
 *
 * The reference library's rules and words, as ERROR_ENVIRONMENT: every piece has exactly one "=", also with
 * IgnoreUnknown; without a true IgnoreUnknown an unknown key is refused. Beyond it: the keys above are always
 * known (the reference's plugins each know only some), and so is every key that begins with K8S_, since the
 * runtimes of Kubernetes send those to everybody; a key twice is refused, as are more than 64 pairs or 4096 bytes.
 */
int args_read(struct args *args, const char *text, struct error *err);
