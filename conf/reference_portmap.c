/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference portmap. */
#include "conf/chained_config.h"
#include "conf/network.h"
#include "conf/port_mappings.h"
#include "conf/reference.h"

#include <string.h>

enum { MAX_MARK_BIT = 31 };

/** check_marks() - words about the way in which the reference masquerades; that it is done is what counts */
static int check_marks(const struct field *root, struct error *err)
{
	const bool has_bit = field_get(root, "markMasqBit").json != NULL;
	const char *chain = "";
	int64_t bit = 0;

	if (field_text(root, "externalSetMarkChain", &chain, err) < 0 ||
	    field_integer(root, "markMasqBit", INT32_MIN, INT32_MAX, &bit, err) < 0)
		return -1;
	if (chain[0] != '\0' && has_bit)
		return error_set(err, ERROR_CONFIG, 0, "Cannot specify externalSetMarkChain and markMasqBit");
	if (bit < 0 || bit > MAX_MARK_BIT)
		return error_set(err, ERROR_CONFIG, 0, "MasqMarkBit must be between 0 and %d", MAX_MARK_BIT);
	return 0;
}

static int check_backend(const struct field *root, struct error *err)
{
	const char *backend = "";

	if (field_text(root, "backend", &backend, err) < 0)
		return -1;
	if (backend[0] == '\0' || strcmp(backend, "iptables") == 0 || strcmp(backend, "nftables") == 0)
		return 0;
	return error_set(err, ERROR_CONFIG, 0, "unrecognized portmap backend: \"%.64s\"", backend);
}

int reference_portmap_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct field runtime, list;
	bool hairpin = true, all = false;

	if (chained_read(request, "must be called as chained plugin", err) < 0 || check_backend(root, err) < 0 ||
	    check_marks(root, err) < 0 || network_refuse_conditions(root, err) < 0)
		return -1;
	if (field_boolean(root, "snat", &hairpin, err) < 0 || field_boolean(root, "masqAll", &all, err) < 0 ||
	    field_object(root, "runtimeConfig", &runtime, err) < 0 ||
	    field_array(&runtime, "portMappings", &list, err) < 0 || port_mappings_read(wish, &list, err) < 0)
		return -1;
	wish->chained.hairpin = hairpin;
	wish->chained.masquerade_all = hairpin && all;
	request->idle = wish->port_count == 0 && request->command != COMMAND_STATUS;
	return 0;
}
