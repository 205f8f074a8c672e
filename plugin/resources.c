/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The four walks. Undo of a failed ADD, DEL and GC are one function: what DEL's tests prove, rollback has. */
#include "plugin/resources.h"

/** cannot_exist() - the kernel lacks the very notion: nothing of it can be left behind */
static bool cannot_exist(const struct error *refusal)
{
	int errnum = refusal->errnum;

	return refusal->code == ERROR_KERNEL &&
	       (errnum == ENOENT || errnum == ENODEV || errnum == ESRCH || errnum == EOPNOTSUPP ||
		errnum == EAFNOSUPPORT || errnum == EPROTONOSUPPORT);
}

/** serves() - whether an attachment of this mode consists of the row */
static bool serves(const struct resource *row, const struct attachment *want)
{
	return !row->modes || (row->modes & want->mode);
}

/** remove_row() - one row, tolerating what cannot exist */
static int remove_row(const struct resource *row, const struct attachment *want, struct store *store,
		      struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (!row->remove || !serves(row, want) || row->remove(want, store, kernel, &refusal) == 0) {
		error_merge(err, &refusal);
		return 0;
	}
	if (cannot_exist(&refusal)) {
		error_warn(err, "%s: taken for gone: %s", row->name, refusal.msg);
		return 0;
	}
	error_detail(&refusal, "resource: %s", row->name);
	error_merge(err, &refusal);
	return -1;
}

/** remove_own() - rows that no other attachment shares */
static int remove_own(const struct kind *kind, const struct attachment *want, struct store *store,
		      struct kernel *kernel, struct error *err)
{
	size_t first = kind->recorded ? 1 : 0;
	int status = 0;

	for (size_t i = kind->row_count; i-- > first;) {
		const struct resource *row = &kind->rows[i];
		if (row->shared || (row->claim && status < 0))
			continue;
		if (remove_row(row, want, store, kernel, err) < 0)
			status = -1;
	}
	return status;
}

/** remove_leftovers() - of an attachment without a record: perhaps it was never ours */
static int remove_leftovers(const struct kind *kind, const struct attachment *want, struct store *store,
			    struct kernel *kernel, struct error *err)
{
	int status = 0;

	for (size_t i = attachment_has_record(want) ? 0 : kind->leftover_count; i-- > 0;)
		if (remove_row(&kind->leftovers[i], want, store, kernel, err) < 0)
			status = -1;
	return status;
}

/**
 * remove_last() - shared rows and the record, in one section of the store
 *
 * Counting the users and removing what nobody uses must not be torn apart: an ADD links its record,
 * in a section too, before it ensures shared things.
 */
static int remove_last(const struct kind *kind, const struct attachment *want, struct store *store,
		       struct kernel *kernel, struct error *err)
{
	int status = 0;

	if (store_begin(store, err) < 0)
		return -1;
	for (size_t i = kind->row_count; i-- > 1;)
		if (kind->rows[i].shared && !(kind->rows[i].claim && status < 0) &&
		    remove_row(&kind->rows[i], want, store, kernel, err) < 0)
			status = -1;
	if (status == 0)
		status = remove_row(&kind->rows[0], want, store, kernel, err);
	store_end(store);
	return status;
}

/**
 * mark_removing() - say so in the record first, so that nobody who rebuilds the ruleset brings back what goes
 *
 * ENOENT: there never was a record. A store that is full or read-only must not keep kernel objects alive:
 * that is a warning only.
 */
static int mark_removing(struct attachment *want, struct store *store, struct error *err)
{
	struct error refusal = ERROR_INIT;

	want->state = ATTACHMENT_REMOVING;
	if (record_update(store, want, &refusal) == 0 || refusal.errnum == ENOENT)
		return 0;
	if (refusal.errnum == ENOSPC || refusal.errnum == EDQUOT || refusal.errnum == EROFS) {
		error_warn(err, "%s", refusal.msg);
		return 0;
	}
	error_merge(err, &refusal);
	return -1;
}

int resources_remove(const struct kind *kind, struct attachment *want, struct store *store, struct kernel *kernel,
		     struct error *err)
{
	if (!kind->recorded)
		return remove_own(kind, want, store, kernel, err);
	/* perhaps its record was just being made or freed when somebody was killed, and nobody else opens a section */
	if (kind->chained && !attachment_has_record(want))
		return store_tidy(store, err) < 0 ? -1 : remove_leftovers(kind, want, store, kernel, err);
	/* what another program made goes before the claim on its address */
	if (mark_removing(want, store, err) < 0 || remove_leftovers(kind, want, store, kernel, err) < 0 ||
	    remove_own(kind, want, store, kernel, err) < 0)
		return -1;
	return remove_last(kind, want, store, kernel, err);
}

/**
 * undo() - after row @failed
 *
 * All rows are removed, not only those before it: the one that failed may have got half-way, and one
 * behind it may be there already, because somebody rebuilt the ruleset from our pending record. When row
 * 0 itself failed there is no record of ours, and what has one of this key is not ours to touch.
 */
static void undo(const struct kind *kind, size_t failed, struct attachment *want, struct store *store,
		 struct kernel *kernel, struct error *err)
{
	error_detail(err, "resource: %s", kind->rows[failed].name);
	if (kind->recorded && failed > 0)
		(void)resources_remove(kind, want, store, kernel, err);
}

int resources_ensure(const struct kind *kind, struct attachment *want, struct store *store, struct kernel *kernel,
		     struct error *err)
{
	for (size_t i = 0; i < kind->row_count; i++) {
		const struct resource *row = &kind->rows[i];
		if (!row->ensure || !serves(row, want) || row->ensure(want, store, kernel, err) == 0)
			continue;
		undo(kind, i, want, store, kernel, err);
		return -1;
	}
	if (!kind->recorded)
		return 0;
	want->state = ATTACHMENT_READY;
	if (record_update(store, want, err) == 0)
		return 0;
	(void)resources_remove(kind, want, store, kernel, err);
	return -1;
}

int resources_renew(const struct kind *kind, struct attachment *want, struct store *store, struct kernel *kernel,
		    struct error *err)
{
	for (size_t i = 1; i < kind->row_count; i++) {
		const struct resource *row = &kind->rows[i];
		if (!row->ensure || !serves(row, want) || row->ensure(want, store, kernel, err) == 0)
			continue;
		error_detail(err, "resource: %s", row->name);
		return -1;
	}
	return 0;
}

int resources_verify(const struct kind *kind, const struct attachment *want, struct store *store, struct kernel *kernel,
		     struct error *err)
{
	for (size_t i = 0; i < kind->row_count; i++) {
		const struct resource *row = &kind->rows[i];
		if (!row->verify || !serves(row, want) || row->verify(want, store, kernel, err) == 0)
			continue;
		error_detail(err, "resource: %s", kind->rows[i].name);
		return -1;
	}
	return 0;
}

int resources_probe(const struct kind *kind, const struct attachment *want, struct store *store, struct kernel *kernel,
		    struct error *err)
{
	for (size_t i = 0; i < kind->row_count; i++) {
		const struct resource *row = &kind->rows[i];
		if (!row->probe || !serves(row, want) || row->probe(want, store, kernel, err) == 0)
			continue;
		error_detail(err, "resource: %s", kind->rows[i].name);
		return -1;
	}
	return 0;
}
