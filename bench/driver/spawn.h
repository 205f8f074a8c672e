/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that are run to their end, with text in and text out; and the end of the bench when something fails. */
#pragma once

#include <stdint.h>

/** now_us() - CLOCK_MONOTONIC, microseconds */
uint64_t now_us(void);

/** fail() - say why on stderr and end the bench with status 1; printf style */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** text_of() - allocate and print; the caller frees. printf style */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * spawn_run() - start a program with posix_spawn() and wait for it
 * @arguments: the first is the path
 * @input:     its standard input; @output: its standard output, to be freed
 *
 * Return: wait status. A program that cannot be started ends the bench
 */
int spawn_run(char *const arguments[], char *const environment[], const char *input, char **output);

/** spawn_adopt() - children that a program leaves behind become children of this process from now on */
void spawn_adopt(void);
/** spawn_settle() - wait until all that programs left behind has ended */
void spawn_settle(void);
