/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy routing on the host (ip-rule(8)), by fwmark. */
#include "link/mark_rules.h"

#include "conf/bridged.h"
#include "conf/marks.h"
#include "link/rules.h"

enum { FAMILIES = 2 };

static const sa_family_t families[FAMILIES] = {AF_INET, AF_INET6};

static struct rule_wish rule_of(const struct mark *mark, sa_family_t family)
{
	return (struct rule_wish){.family = family,
				  .mark = mark->value,
				  .mask = mark->mask,
				  .table = mark->table,
				  .priority = RULE_PRIORITY,
				  .protocol = ROUTE_PROTOCOL};
}

/** rule_act - what is done with one rule */
typedef int (*rule_act)(const struct attachment *want, const struct mark *mark, sa_family_t family, struct store *store,
			struct kernel *kernel, struct error *err);

/** for_each() - all rules of an attachment that the host routes; the first failure ends it */
static int for_each(const struct attachment *want, rule_act act, struct store *store, struct kernel *kernel,
		    struct error *err)
{
	for (size_t i = 0; attachment_is_routed(want) && i < want->mark_count; i++)
		for (size_t j = 0; mark_has_table(&want->marks[i]) && j < FAMILIES; j++)
			if (attachment_has_family(want, families[j]) &&
			    act(want, &want->marks[i], families[j], store, kernel, err) < 0)
				return -1;
	return 0;
}

static int ensure_one(const struct attachment *want, const struct mark *mark, sa_family_t family, struct store *store,
		      struct kernel *kernel, struct error *err)
{
	const struct rule_wish rule = rule_of(mark, family);

	(void)want;
	(void)store;
	return rule_ensure(kernel->host, &rule, err);
}

static int verify_one(const struct attachment *want, const struct mark *mark, sa_family_t family, struct store *store,
		      struct kernel *kernel, struct error *err)
{
	const struct rule_wish rule = rule_of(mark, family);
	char text[FWMARK_TEXT_SIZE];
	bool exists;

	(void)want;
	(void)store;
	if (rule_exists(kernel->host, &rule, &exists, err) < 0)
		return -1;
	return exists ? 0
		      : error_set(err, ERROR_DRIFT, 0, "IPv%d rule fwmark %s lookup %u is missing",
				  family == AF_INET ? 4 : 6, mark_fwmark_format(mark, text), mark->table);
}

static int remove_one(const struct attachment *want, const struct mark *mark, sa_family_t family, struct store *store,
		      struct kernel *kernel, struct error *err)
{
	const struct rule_wish rule = rule_of(mark, family);
	char name[USE_NAME_SIZE];
	bool last;

	if (use_is_last(store, use_name_mark(mark, family, name), &want->id, &last, err) < 0)
		return -1;
	return last ? rule_delete(kernel->host, &rule, err) : 0;
}

int mark_rules_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	return for_each(want, ensure_one, store, kernel, err);
}

int mark_rules_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	return for_each(want, verify_one, store, kernel, err);
}

int mark_rules_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	return for_each(want, remove_one, store, kernel, err);
}
