/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CNI_* variables: which are required, what they may look like. */
#pragma once

#include "base/error.h"
#include "conf/request.h"

/**
 * environment_read() - take the CNI_* variables from @variables and check them
 * @makes_interface: the kind creates CNI_IFNAME: then "lo", "all" and "default" are refused too
 *
 * Order and wording of the reference library: the first invalid one wins over all that are missing; for a verb that
 * does not need a variable its value is not looked at; an unknown verb needs only CNI_COMMAND. All ERROR_ENVIRONMENT.
 * Bounds of our own: container ID 1024 bytes, CNI_NETNS 4095, interface names printable ASCII.
 */
int environment_read(struct environment *environment, char **variables, bool makes_interface, struct error *err);

/** command_find() - upper case only. Return: false for a word that is no verb */
bool command_find(const char *text, enum command *command);

/** ifname_fault() - what is wrong with an interface name, NULL if nothing is */
const char *ifname_fault(const char *ifname);

/** name_is_valid() - what container IDs and network names may consist of: ^[a-zA-Z0-9][a-zA-Z0-9_.-]*$, bytewise */
bool name_is_valid(const char *text);
