/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Found by its key, which differs in the kind only. */
#include "store/maker.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

static const char *const makers[] = {"cambric", "bridge", "ptp"};

int maker_find(struct store *store, const struct attachment_id *id, struct attachment *found, bool *exists,
	       struct error *err)
{
	struct attachment_id key = *id;

	*exists = false;
	for (size_t i = 0; i < sizeof makers / sizeof *makers && !*exists; i++) {
		(void)snprintf(key.kind, sizeof key.kind, "%s", makers[i]);
		if (record_find(store, &key, found, exists, err) < 0)
			return -1;
	}
	*exists = *exists && found->state == ATTACHMENT_READY;
	return 0;
}

static int set_mac(struct store *store, const struct attachment_id *id, const uint8_t *mac, struct error *err)
{
	AUTO_FREE struct attachment *maker = attachment_new(err);
	bool exists;

	if (!maker || maker_find(store, id, maker, &exists, err) < 0)
		return -1;
	if (!exists || memcmp(attachment_current_mac(maker), mac ? mac : maker->mac, MAC_LENGTH) == 0)
		return 0;
	if (!mac || memcmp(maker->mac, mac, MAC_LENGTH) == 0)
		memset(maker->tuned_mac, 0, MAC_LENGTH);
	else
		memcpy(maker->tuned_mac, mac, MAC_LENGTH);
	return record_update_uses(store, maker, err);
}

int maker_set_mac(struct store *store, const struct attachment_id *id, const uint8_t *mac, struct error *err)
{
	if (store_begin(store, err) < 0)
		return -1;
	int status = set_mac(store, id, mac, err);
	store_end(store);
	return status;
}
