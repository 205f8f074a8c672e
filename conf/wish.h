/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attachment that a request asks for, put together from configuration, runtime and arguments. */
#pragma once

#include "conf/field.h"
#include "conf/request.h"

/** wish_read_identity() - key, namespace, derived names and delegate: all that DEL and GC need */
void wish_read_identity(struct request *request, const char *kind);

/** wish_read_overlay() - what a host has of a network without any container: its gateway addresses and the way to other hosts */
int wish_read_overlay(struct request *request, const struct field *root, struct error *err);

/**
 * wish_read() - everything else, for ADD, CHECK and STATUS
 *
 * Adds to @request->network.pool as well. resolvConf is read for ADD and STATUS only, since CHECK does not report it.
 * A configured route of a family that the network has no address of is left out, with a warning.
 */
int wish_read(struct request *request, const struct field *root, struct error *err);
