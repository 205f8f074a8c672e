/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cambric check-config: what our readers think of a configuration, before a runtime uses it. */
#pragma once

/**
 * check_config() - read a .conf or .conflist and print errors and warnings, one line each
 *
 * Plugins of other types are left alone. Nothing is looked up or changed on this host, but for files that the
 * configuration names.
 *
 * Return: exit status: failure when there is an error, success with or without warnings
 */
int check_config(const char *path);
