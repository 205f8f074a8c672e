/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces of ours that are in the container's namespace: found whatever they are called now, and taken out. */
#pragma once

#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "link/messages.h"

/** link_judge - whether an interface is the one that belongs to @want */
typedef bool (*link_judge)(const struct attachment *want, const struct link_state *link);

/** links_find() - the first of a namespace's interfaces that @judge takes; *@exists tells */
int links_find(struct rtnl *rtnl, const struct attachment *want, link_judge judge, struct link_state *found,
	       bool *exists, struct error *err);

/** inside_delete() - link_delete() in the container's namespace, which @kernel has open */
int inside_delete(struct kernel *kernel, const struct link_state *link, struct error *err);

/** inside_remove() - delete what @judge takes, where the recorded namespace is still there */
int inside_remove(const struct attachment *want, link_judge judge, struct kernel *kernel, struct error *err);
