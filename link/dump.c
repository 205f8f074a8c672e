/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists that the kernel filters. */
#include "link/dump.h"

struct nl_msg *dump_request(int type, void *header, size_t length)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_DUMP);

	if (msg && nlmsg_append(msg, header, length, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

enum { INTERRUPTED_DUMPS = 10 };

int dump(struct rtnl *rtnl, struct nl_msg *(*build)(const void *what), const void *what, rtnl_visit visit, void *into,
	 struct error *err, const char *label)
{
	struct error attempt = ERROR_INIT;

	for (int round = 0; round < INTERRUPTED_DUMPS; round++) {
		error_clear(&attempt);
		if (rtnl_ask(rtnl, build(what), visit, into, &attempt, "%s", label) == 0 || attempt.errnum == ENOENT)
			return 0;
		if (attempt.errnum != EINTR)
			break;
	}
	error_merge(err, &attempt);
	return -1;
}
