/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What systemd is told: sd_notify(3) without its library. */
#pragma once

#include <stdint.h>

/** notify() - one datagram to $NOTIFY_SOCKET; nobody waits for it, nothing depends on it */
void notify(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** notify_watchdog_ms() - how often WATCHDOG=1 is due: half of $WATCHDOG_USEC; 0: never */
int64_t notify_watchdog_ms(void);
