/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a tuned attachment asks of its interface. */
#include "conf/attachment.h"

bool tuning_changes_link(const struct attachment *attachment)
{
	const struct container_settings *settings = &attachment->settings;
	const struct tuning *tuning = &attachment->tuning;

	return tuning->sets_mac || tuning->mtu || tuning->clears_allmulti || settings->promisc || settings->allmulti ||
	       settings->sizes_queue;
}
