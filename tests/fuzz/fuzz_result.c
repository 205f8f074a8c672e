/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/cni_result: prevResult and a delegate's answer. First byte: the assumed version (0 to 6); the rest: the result. */
#include "conf/cni_result.h"

#include "tests/fuzz/fuzz.h"

static struct cni_result result;
static struct attachment want;

static void demand_bounds(void)
{
	demand(result.interface_count <= MAX_RESULT_INTERFACES && result.address_count <= MAX_ADDRESSES &&
	       result.route_count <= MAX_ROUTES);
	for (size_t i = 0; i < result.address_count; i++)
		demand(result.address_interface[i] >= -1 && result.address_interface[i] < (int)result.interface_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT, ipam_err = ERROR_INIT;

	if (size == 0)
		return 0;
	enum cni_version assumed = (enum cni_version)(data[0] % CNI_VERSION_COUNT);
	json_t *document = json_loadb((const char *)data + 1, size - 1, JSON_DECODE_ANY, NULL);
	int status = cni_result_read(&result, document, assumed, &err);
	demand_verdict(status, &err);
	if (status == 0)
		demand_bounds();
	attachment_init(&want);
	status = cni_result_read_ipam(&want, document, assumed, &ipam_err);
	demand_verdict(status, &ipam_err);
	demand(status == 0 || ipam_err.code == ERROR_DELEGATE);
	demand(want.address_count <= MAX_ADDRESSES && want.route_count <= MAX_ROUTES);
	json_decref(document);
	return 0;
}
