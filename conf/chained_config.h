/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attachment of a chained plugin: what the result so far says of the container's interface. */
#pragma once

#include "conf/cni_result.h"
#include "conf/request.h"

/**
 * chained_read() - turn the wish into one of MODE_CHAINED, with the addresses of CNI_IFNAME in prevResult
 * @refusal: what is said when there is no prevResult (STATUS has none, and needs none)
 *
 * @request->so_far and what the wish has reported is that result. An address belongs to the interface when it says so or says nothing. ERROR_CONFIG, ERROR_DECODE.
 */
int chained_read(struct request *request, const char *refusal, struct error *err);

/** chained_read_result() - @request->so_far is prevResult, which must be there. ERROR_CONFIG, ERROR_DECODE */
int chained_read_result(struct request *request, struct error *err);

/** chained_is_own() - whether an address of a result is one of the container's interface @ifname, or does not say whose it is */
bool chained_is_own(const struct cni_result *result, size_t address, const char *ifname);

/**
 * chained_note_addresses() - those that prevResult says the interface has, for an attachment without a record
 *
 * A DEL must not fail of a result that cannot be read: then there are none.
 */
void chained_note_addresses(struct request *request, struct attachment *into);
