/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of settings, with the reference tuning plugin's rules. */
#pragma once

#include "conf/field.h"
#include "conf/settings.h"

/**
 * settings_read() - "sysctl", "promisc", "allmulti", "txQLen", "sourceRouting"
 * @root:     the configuration
 * @args_cni: "args.cni", whose members win (but for sourceRouting)
 *
 * A sysctl that is not below net. is ERROR_CONFIG, as is one that stands there twice under two spellings.
 */
int settings_read(struct container_settings *settings, const struct field *root, const struct field *args_cni,
		  struct error *err);

/** settings_read_interface() - the same without "sourceRouting" */
int settings_read_interface(struct container_settings *settings, const struct field *root, const struct field *args_cni,
			    struct error *err);

/** settings_check_allowed() - ask the administrator's list (conf/sysctl_allowed.h), where there is anything to ask */
int settings_check_allowed(const struct container_settings *settings, const struct field *root,
			   const struct field *args_cni, struct error *err);
