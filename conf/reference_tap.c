/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference tap. */
#include "conf/device_parts.h"
#include "conf/reference.h"
#include "conf/tap_config.h"

/** refuse_context() - a label is of the process that makes the tap, and this one does not change its own */
static int refuse_context(const struct field *root, struct error *err)
{
	const char *context = "";

	if (field_text(root, "selinuxContext", &context, err) < 0)
		return -1;
	return context[0] == '\0' ? 0
				  : error_set(err, ERROR_UNSUPPORTED_FIELD, 0,
					      "unsupported field selinuxContext: \"%.128s\"", context);
}

int reference_tap_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct parts parts;
	bool has_ipam;

	if (device_begin(request, root, &parts, &has_ipam, err) < 0 || refuse_context(root, err) < 0 ||
	    tap_config_read_plain(wish, root, err) < 0 ||
	    device_read_name(root, "bridge", wish->device.bridge, err) < 0)
		return -1;
	return parts_read_mac(wish, &parts, err) < 0 ? -1 : device_read_dns(wish, &parts, err);
}
