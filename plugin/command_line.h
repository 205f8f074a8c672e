/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line for people: cambric check-config | list | reload | guard off. */
#pragma once

/** command_line_run() - parse arguments and do what they say. Return: exit status */
int command_line_run(int argc, char *argv[]);
