/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking for what an attachment consists of. */
#include "bench/driver/look.h"

#include "base/cleanup.h"
#include "bench/driver/spawn.h"

#include <ctype.h>
#include <fcntl.h>
#include <fts.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

enum { PORT_TEXT_SIZE = 8 };

/** has_end() - whether the container has its interface */
static bool has_end(const struct chain *chain)
{
	AUTO_FREE char *path = text_of("/run/netns/%s", chain->pod);
	AUTO_CLOSE int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int netns = open(path, O_RDONLY | O_CLOEXEC);

	if (home < 0 || netns < 0 || setns(netns, CLONE_NEWNET) < 0)
		fail("%s: %s", path, strerror(errno));
	bool found = if_nametoindex("eth0") != 0;
	if (setns(home, CLONE_NEWNET) < 0)
		fail("come home from %s: %s", path, strerror(errno));
	return found;
}

/** continues() - whether a word goes on with this character */
static bool continues(char character)
{
	return isalnum((unsigned char)character) || character == '.';
}

/** has_word() - whether @text has it, not as part of a longer word, number or address */
static bool has_word(const char *text, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
		const bool begins = at == text || !continues(at[-1]);
		if (begins && !continues(at[length]))
			return true;
	}
	return false;
}

/** read_rules() - all that the packet filter has, whoever made it; nft warns of what iptables made. To be freed */
static char *read_rules(void)
{
	char *arguments[] = {(char[]){"/bin/sh"}, (char[]){"-c"},
			     (char[]){"nft --stateless list ruleset 2>&1 && iptables-save 2>&1"}, NULL};
	char *rules;

	if (spawn_run(arguments, environ, "", &rules) != 0)
		fail("cannot list the rules of the packet filter: %s", rules);
	return rules;
}

/** has_reservation() - whether a file is named after the address (host-local) or begins with the container's id and @ */
static bool has_reservation(const struct chain *chain)
{
	AUTO_FREE char *id = text_of("%s@", chain->pod);
	AUTO_FREE char *state = text_of("%s", chain->competitor->state);
	char *const roots[] = {state, NULL};
	FTS *files = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	bool found = false;

	if (!files)
		fail("%s: %s", state, strerror(errno));
	for (const FTSENT *file = fts_read(files); file; file = fts_read(files))
		found |= strcmp(file->fts_name, chain->address) == 0 || strncmp(file->fts_name, id, strlen(id)) == 0;
	(void)fts_close(files);
	return found;
}

/** demand() - one finding, as it has to be */
static void demand(const struct chain *chain, const char *what, bool found, bool wanted)
{
	if (found != wanted)
		fail("%s: %s of %s (%s, %s, port %u) %s", chain->competitor->name, what, chain->pod, chain->address,
		     chain->host_ifname, chain->host_port,
		     wanted ? "is not there after ADD" : "is left when DEL has ended");
}

static void look_at_rules(const struct chain *chain, bool wanted)
{
	AUTO_FREE char *rules = read_rules();
	char port[PORT_TEXT_SIZE];

	(void)snprintf(port, sizeof port, "%u", chain->host_port);
	demand(chain, "a rule with the address", has_word(rules, chain->address), wanted);
	demand(chain, "a rule with the published port", has_word(rules, port), wanted);
	if (wanted)
		return;
	demand(chain, "a rule with the interface", has_word(rules, chain->host_ifname), false);
	demand(chain, "a rule with the name", has_word(rules, chain->pod), false);
}

static void look_at_links(const struct chain *chain, bool wanted)
{
	if (!chain->competitor->makes)
		return;
	demand(chain, "the host's interface", if_nametoindex(chain->host_ifname) != 0, wanted);
	demand(chain, "the container's interface", has_end(chain), wanted);
}

static void look(const struct chain *chain, bool wanted)
{
	look_at_links(chain, wanted);
	if (chain->competitor->makes)
		look_at_rules(chain, wanted);
	if (chain->competitor->state)
		demand(chain, "the reservation", has_reservation(chain), wanted);
}

void look_for(const struct chain *chain)
{
	look(chain, true);
}

void look_for_no_link(const struct chain *chain)
{
	look_at_links(chain, false);
}

void look_for_nothing(const struct chain *chain)
{
	look(chain, false);
}
