#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Forty sequences of sixty steps: the full length of integration/50-model.sh.
MODEL_SEQUENCES=40 MODEL_STEPS=60 exec "$(dirname "$0")/../50-model.sh"
