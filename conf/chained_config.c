/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From prevResult to the addresses of an attachment. */
#include "conf/chained_config.h"

#include "conf/cni_result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool chained_is_own(const struct cni_result *result, size_t address, const char *ifname)
{
	const int index = result->address_interface[address];

	/* of those that do not say */
	if (index < 0)
		return true;
	const struct result_interface *interface = &result->interfaces[index];

	return interface->sandbox[0] != '\0' && strcmp(interface->name, ifname) == 0;
}

static void take_addresses(struct attachment *wish, const struct cni_result *result)
{
	for (size_t i = 0; i < result->address_count; i++)
		if (chained_is_own(result, i, wish->id.ifname))
			wish->addresses[wish->address_count++] =
				(struct address){.ip = result->addresses[i].ip, .subnet = result->addresses[i].subnet};
}

int chained_read_result(struct request *request, struct error *err)
{
	if (!request->so_far)
		request->so_far = malloc(sizeof *request->so_far);
	if (!request->so_far)
		return error_set(err, ERROR_IO, ENOMEM, "prevResult");
	return cni_result_read(request->so_far, request->prev_result, request->version, err);
}

int chained_read(struct request *request, const char *refusal, struct error *err)
{
	request->wish.mode = MODE_CHAINED;
	request->wish.address_count = 0;
	if (request->command == COMMAND_STATUS)
		return 0;
	if (!request->prev_result)
		return error_set(err, ERROR_CONFIG, 0, "%s", refusal);
	if (chained_read_result(request, err) < 0)
		return -1;
	request->wish.reported = request->so_far;
	take_addresses(&request->wish, request->so_far);
	return 0;
}

void chained_note_addresses(struct request *request, struct attachment *into)
{
	struct error ignored = ERROR_INIT;

	into->address_count = 0;
	if (request->prev_result && chained_read_result(request, &ignored) == 0)
		take_addresses(into, request->so_far);
}
