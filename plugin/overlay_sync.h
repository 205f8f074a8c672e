/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An overlay without any container: made, shown and given up by hand, or by the agent in its own process. */
#pragma once

#include "base/error.h"

#include <stddef.h>

/**
 * overlay_sync() - make tunnels, routes and gateway addresses of each overlay in a list of plugins what it says
 * @config: a list of plugins, or one plugin's configuration, as JSON; @length in bytes
 *
 * They stay, whether or not there are containers, until overlay_leave(). May be called any number of times in one process.
 * What fails half-way stays as far as it has got where it was there before.
 */
int overlay_sync(const char *config, size_t length, struct error *err);

/**
 * overlay_leave() - end that; what containers of the network still need goes with the last of them
 * @data_dir: root of the store. A network that is not kept is success
 */
int overlay_leave(const char *data_dir, const char *network, struct error *err);

/** overlay_show() - print what is applied; @network: NULL for all. Prints, as the command line does */
int overlay_show(const char *data_dir, const char *network, struct error *err);
