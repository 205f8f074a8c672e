/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers in keys, and hashes in records. */
#include "plugin/chain.h"

#include "base/cleanup.h"
#include "base/hash.h"
#include "conf/json_text.h"

#include <string.h>

/* What libcni puts into a plugin's object, and may put there otherwise the next time */
static const char *const passing[] = {"name", "cniVersion", "prevResult", "runtimeConfig"};

/** hash_link() - of what the configuration itself says; the order of its keys does not matter */
static int hash_link(const json_t *document, uint64_t *hash, struct error *err)
{
	json_auto_t *own = json_copy((json_t *)(uintptr_t)document);

	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		(void)json_object_del(own, passing[i]);
	AUTO_FREE char *text = json_text(own, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return error_set(err, ERROR_IO, ENOMEM, "compare links of a chain");
	*hash = hash_finish(hash_text(hash_begin(), text), 0);
	return 0;
}

bool chain_is_of(const struct attachment_id *id, const char *kind)
{
	const size_t length = strcspn(id->kind, ".");

	return strncmp(id->kind, kind, length) == 0 && kind[length] == '\0';
}

static int read_link(struct run *run, unsigned ordinal, struct attachment *record, bool *exists, struct error *err)
{
	struct attachment_id id = run->request->wish.id;

	attachment_id_number(&id, ordinal);
	return record_find(run->store, &id, record, exists, err);
}

/** knows() - @record is of another link than that with @hash, and has met it */
static bool knows(const struct attachment *record, uint64_t hash)
{
	for (size_t i = 1; i < CHAIN_LINKS; i++)
		if (record->chained.links[i] == hash)
			return true;
	return false;
}

/** learn() - where there is no room left, the first that it has met is forgotten */
static void learn(struct attachment *record, uint64_t hash)
{
	uint64_t *links = record->chained.links;
	size_t i = 1;

	if (knows(record, hash))
		return;
	while (i < CHAIN_LINKS && links[i] != 0)
		i++;
	if (i == CHAIN_LINKS)
		memmove(&links[1], &links[2], (--i - 1) * sizeof *links);
	links[i] = hash;
}

/** introduce() - this link to those that are there, and the other way round */
static int introduce(struct run *run, unsigned own, struct attachment *record, struct error *err)
{
	struct attachment *wish = &run->request->wish;
	bool exists;

	for (unsigned ordinal = 1; ordinal <= CHAIN_LINKS; ordinal++) {
		if (read_link(run, ordinal, record, &exists, err) < 0)
			return -1;
		if (!exists || ordinal == own)
			continue;
		learn(wish, record->chained.links[0]);
		learn(record, wish->chained.links[0]);
		if (record_update(run->store, record, err) < 0)
			return -1;
	}
	return 0;
}

/**
 * struct survey - of the links that there are; their numbers, 0 for none
 * @own:    has the hash that is looked for
 * @newest: the highest
 * @unused: the lowest that none has
 * @known:  one of them has met the one that is looked for
 */
struct survey {
	unsigned own, newest, unused;
	bool known;
};

/** clear_dead() - one that nobody can need is detached before an ADD, and does not exist any more */
static int clear_dead(struct run *run, struct attachment *record, bool *exists, struct error *err)
{
	if (run_is_alive(run, record, exists, err) < 0)
		return -1;
	return *exists ? 0 : run_remove(run, &record->id, err);
}

static int look_around(struct run *run, bool adding, uint64_t hash, struct survey *survey, struct attachment *record,
		       struct error *err)
{
	const uint64_t *links = record->chained.links;
	bool exists;

	*survey = (struct survey){.unused = CHAIN_LINKS + 1};
	for (unsigned ordinal = CHAIN_LINKS; ordinal > 0; ordinal--) {
		if (read_link(run, ordinal, record, &exists, err) < 0 ||
		    (exists && adding && clear_dead(run, record, &exists, err) < 0))
			return -1;
		if (!exists) {
			survey->unused = ordinal;
			continue;
		}
		if (survey->newest == 0)
			survey->newest = ordinal;
		if (links[0] == hash || (adding && links[0] == 0))
			survey->own = ordinal;
		survey->known = survey->known || knows(record, hash);
	}
	return 0;
}

int chain_begin(struct run *run, struct error *err)
{
	struct attachment *wish = &run->request->wish;
	AUTO_FREE struct attachment *record = attachment_new(err);
	struct survey survey;

	if (!record || hash_link(run->request->document, &wish->chained.links[0], err) < 0 ||
	    look_around(run, true, wish->chained.links[0], &survey, record, err) < 0)
		return -1;
	const unsigned own = survey.own ? survey.own : survey.unused;
	if (own > CHAIN_LINKS)
		return error_set(err, ERROR_ALREADY_ATTACHED, 0, "a chain can have %d links of type %s", CHAIN_LINKS,
				 run->kind->name);
	attachment_id_number(&wish->id, own);
	attachment_derive_names(wish, 0);
	return survey.own || survey.newest == 0 ? 0 : introduce(run, own, record, err);
}

int chain_find(struct run *run, struct error *err)
{
	AUTO_FREE struct attachment *record = attachment_new(err);
	struct survey survey;
	uint64_t hash;

	if (!record || hash_link(run->request->document, &hash, err) < 0 ||
	    look_around(run, false, hash, &survey, record, err) < 0)
		return -1;
	if (survey.own == 0)
		survey.own = survey.known || survey.newest == 0 ? survey.unused : survey.newest;
	attachment_id_number(&run->request->wish.id, survey.own);
	return 0;
}

int chain_remove(struct run *run, const struct attachment_id *id, struct error *err)
{
	AUTO_FREE struct attachment *record = attachment_new(err);
	struct attachment_id link = *id;
	int status = 0;
	bool exists;

	if (!record)
		return -1;
	for (unsigned ordinal = CHAIN_LINKS; ordinal > 0; ordinal--) {
		attachment_id_number(&link, ordinal);
		if (record_find(run->store, &link, record, &exists, err) < 0)
			status = -1;
		/* what an older link would put back is what the newer one found */
		else if (exists && run_remove(run, &link, err) < 0)
			return -1;
	}
	return status;
}
