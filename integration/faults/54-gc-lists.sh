#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A thousand attachments, half of them listed: the full length of integration/41-gc-lists.sh.
GC_ATTACHMENTS=1000 exec "$(dirname "$0")/../41-gc-lists.sh"
