/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "tuning" of a record: what was changed of an interface, and what DEL puts back. */
#include "store/record_tuning.h"

#include "store/members.h"

#include <string.h>

static const char BEFORE[] = "before";

static bool has_any(const struct tuning *tuning)
{
	return tuning->sets_mac || tuning->clears_allmulti || tuning->mtu || tuning->remembered;
}

/** has_mac() - tunnels have none */
static bool has_mac(const struct link_values *before)
{
	static const uint8_t none[MAC_LENGTH];

	return memcmp(before->mac, none, MAC_LENGTH) != 0;
}

static int format_before(json_t *value, const struct link_values *before)
{
	json_t *object = json_object();
	char text[MAC_TEXT_SIZE];
	int status = member_set(object, "promisc", json_boolean(before->promisc)) |
		     member_set(object, "allmulti", json_boolean(before->allmulti)) |
		     member_set(object, "mtu", json_integer(before->mtu)) |
		     member_set(object, "txQLen", json_integer(before->tx_queue_length));

	if (has_mac(before))
		status |= member_set(object, "mac", json_string(mac_format(before->mac, text)));
	return status | member_set(value, BEFORE, object);
}

int record_tuning_format(const struct attachment *attachment, json_t **value)
{
	const struct tuning *tuning = &attachment->tuning;
	char text[MAC_TEXT_SIZE];

	if (!has_any(tuning))
		return 0;
	*value = json_object();
	int status = member_set(*value, "clearsAllmulti", json_boolean(tuning->clears_allmulti)) |
		     member_set(*value, "mtu", json_integer(tuning->mtu));
	if (tuning->sets_mac)
		status |= member_set(*value, "mac", json_string(mac_format(tuning->mac, text)));
	if (tuning->remembered)
		status |= format_before(*value, &tuning->before);
	if (status != 0)
		json_decref(*value);
	return status;
}

static int parse_flag(const json_t *object, const char *key, bool *flag, struct error *err)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_boolean(value))
		return member_refuse(err, key, "is missing or neither true nor false");
	*flag = json_is_true(value);
	return 0;
}

static int parse_mac(const json_t *object, uint8_t mac[static MAC_LENGTH], struct error *err)
{
	const char *text = member_text(object, "mac", MAC_TEXT_SIZE, err);

	if (!text)
		return -1;
	return mac_parse(text, mac) ? 0 : member_refuse(err, "mac", "is no MAC address of one station");
}

static int parse_before(const json_t *object, struct link_values *before, struct error *err)
{
	if ((json_object_get(object, "mac") && parse_mac(object, before->mac, err) < 0) ||
	    parse_flag(object, "promisc", &before->promisc, err) < 0 ||
	    parse_flag(object, "allmulti", &before->allmulti, err) < 0)
		return -1;
	return member_number(object, "mtu", UINT32_MAX, &before->mtu, err) < 0
		       ? -1
		       : member_number(object, "txQLen", UINT32_MAX, &before->tx_queue_length, err);
}

int record_tuning_parse(const json_t *value, struct attachment *into, struct error *err)
{
	const json_t *before = json_object_get(value, BEFORE);
	struct tuning *tuning = &into->tuning;

	if (parse_flag(value, "clearsAllmulti", &tuning->clears_allmulti, err) < 0 ||
	    member_number(value, "mtu", UINT32_MAX, &tuning->mtu, err) < 0)
		return -1;
	tuning->sets_mac = json_object_get(value, "mac") != NULL;
	if (tuning->sets_mac && parse_mac(value, tuning->mac, err) < 0)
		return -1;
	tuning->remembered = before != NULL;
	return before ? parse_before(before, &tuning->before, err) : 0;
}
