/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key "firewall" of the configuration. */
#include "conf/firewall_config.h"

#include "conf/packet_match_config.h"

#include <string.h>

static const char *const ingresses[INGRESS_COUNT] = {"open", "published", "isolated"};
static const char *const directions[FIREWALL_DIRECTIONS] = {"in", "out"};
static const char *const actions[FIREWALL_ACTIONS] = {"accept", "drop", "reject"};

static const char *const object_keys[] = {"ingress", "rules", NULL};
static const char *const rule_keys[] = {"direction", "action", "log", "counter", "comment", PACKET_MATCH_KEYS, NULL};

/** struct words - what a text may be; the place is the value */
struct words {
	const char *const *list;
	size_t count;
	const char *shown;
};

static const struct words INGRESSES = {ingresses, INGRESS_COUNT, "open, published, isolated"};
static const struct words DIRECTIONS = {directions, FIREWALL_DIRECTIONS, "in, out"};
static const struct words ACTIONS = {actions, FIREWALL_ACTIONS, "accept, drop, reject"};

static int read_word(const struct field *object, const char *key, const struct words *words, size_t *place,
		     struct error *err)
{
	const char *text = "";

	if (field_text(object, key, &text, err) < 0)
		return -1;
	for (*place = 0; *place < words->count; (*place)++)
		if (strcmp(words->list[*place], text) == 0)
			return 0;
	return error_set(err, ERROR_CONFIG, 0, "%s.%s: \"%.32s\" is none of %s", object->path, key, text, words->shown);
}

static int read_rule(struct firewall_rule *rule, const struct field *object, struct error *err)
{
	size_t direction, action;

	if (field_as_object(object, err) < 0 || field_only(object, rule_keys, err) < 0 ||
	    read_word(object, "direction", &DIRECTIONS, &direction, err) < 0 ||
	    read_word(object, "action", &ACTIONS, &action, err) < 0)
		return -1;
	rule->direction = (enum firewall_direction)direction;
	rule->action = (enum firewall_action)action;
	rule->log = rule->counter = false;
	if (field_boolean(object, "log", &rule->log, err) < 0 ||
	    field_boolean(object, "counter", &rule->counter, err) < 0)
		return -1;
	return packet_match_read(&rule->match, object, err);
}

static int read_ingress(struct firewall *firewall, const struct field *object, struct error *err)
{
	const char *text = "";
	size_t place;

	firewall->ingress = INGRESS_OPEN;
	if (field_text(object, "ingress", &text, err) < 0)
		return -1;
	if (text[0] == '\0')
		return 0;
	if (read_word(object, "ingress", &INGRESSES, &place, err) < 0)
		return -1;
	firewall->ingress = (enum firewall_ingress)place;
	return 0;
}

int firewall_read(struct firewall *firewall, const struct field *object, struct error *err)
{
	struct field list;

	firewall->rule_count = 0;
	firewall->ingress = INGRESS_OPEN;
	if (!object->json)
		return 0;
	if (field_as_object(object, err) < 0 || field_only(object, object_keys, err) < 0 ||
	    read_ingress(firewall, object, err) < 0 || field_array(object, "rules", &list, err) < 0 ||
	    field_limit(&list, MAX_FIREWALL_RULES, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&list); i++) {
		struct field item = field_item(&list, i);

		if (read_rule(&firewall->rules[i], &item, err) < 0)
			return -1;
	}
	firewall->rule_count = (uint8_t)field_count(&list);
	return 0;
}

static json_t *write_rule(const struct firewall_rule *rule)
{
	json_t *object = json_object();
	int status = json_object_set_new(object, "direction", json_string(directions[rule->direction])) |
		     json_object_set_new(object, "action", json_string(actions[rule->action])) |
		     packet_match_write(&rule->match, object);

	if (rule->log)
		status |= json_object_set_new(object, "log", json_true());
	if (rule->counter)
		status |= json_object_set_new(object, "counter", json_true());
	if (status == 0)
		return object;
	json_decref(object);
	return NULL;
}

json_t *firewall_write(const struct firewall *firewall)
{
	json_t *object = json_object(), *list = json_array();
	int status = json_object_set_new(object, "ingress", json_string(ingresses[firewall->ingress]));

	for (size_t i = 0; i < firewall->rule_count; i++)
		status |= json_array_append_new(list, write_rule(&firewall->rules[i]));
	status |= json_object_set_new(object, "rules", list);
	if (status == 0)
		return object;
	json_decref(object);
	return NULL;
}
