/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures for Prometheus, by HTTP on an address of this host. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { METRICS_SIZE = 4096 };

/** struct metric - @help goes before it; @is_counter: it only grows */
struct metric {
	const char *name, *help;
	bool is_counter;
	int64_t value;
};

/** metrics_open() - listen on "ADDRESS:PORT" or "[ADDRESS]:PORT". Return: descriptor, or -1 with ERROR_CONFIG, ERROR_IO */
int metrics_open(const char *where, struct error *err);

/** metrics_text() - in the text format of Prometheus. Return: @text */
const char *metrics_text(const struct metric metrics[], size_t count, char text[static METRICS_SIZE]);

/** metrics_serve() - answer one that has connected, whatever it asks; who is slow gets nothing */
void metrics_serve(int listener, const char *text);
