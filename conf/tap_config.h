/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of tap mode, which are those of the reference tap. */
#pragma once

#include "conf/args.h"
#include "conf/attachment.h"
#include "conf/field.h"

/**
 * tap_config_read() - read @wish->tap
 * @root:     multiQueue, owner, group
 * @args_cni: owner and group of this one attachment: many who start virtual machines give each a user of its own
 * @args:     the same, said in CNI_ARGS
 *
 * The last of configuration, CNI_ARGS and args.cni counts. Where nobody says who may open the tap, only root may: the
 * kernel would let every user who gets into the namespace. ERROR_CONFIG and ERROR_ENVIRONMENT name the field.
 */
int tap_config_read(struct attachment *wish, const struct field *root, const struct field *args_cni,
		    const struct args *args, struct error *err);

/** tap_config_read_plain() - the configuration alone, as the reference tap does: without either anybody may open it */
int tap_config_read_plain(struct attachment *wish, const struct field *root, struct error *err);
