/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The version of the program, not of the protocol. */
#pragma once

#define CAMBRIC_VERSION "0.1.0"
