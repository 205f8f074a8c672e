# SPDX-License-Identifier: GPL-2.0-or-later
BUILD ?= build
CC ?= gcc
ROOMS := base conf kernel store ipam link nat plugin
PACKAGES := libnl-route-3.0 libnl-3.0 jansson libnftnl libmnl

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wswitch-enum -Wvla -Wcast-align -Wundef -Wimplicit-fallthrough
HARDENING := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=c17 -D_GNU_SOURCE $(WARNINGS) $(if $(STRICT),-Werror) $(HARDENING) -iquote . -MMD -MP \
	-isystem /usr/include/libnl3 $(CFLAGS)
# Debian ships these as archives; libmnl only as a shared library
LIBRARIES := -l:libnl-route-3.a -l:libnl-3.a -l:libjansson.a -l:libnftnl.a -lmnl
LINK := -pie -Wl,-z,relro,-z,now,--as-needed,--gc-sections

SOURCES := $(foreach room,$(ROOMS),$(wildcard $(room)/*.c))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
LIBRARY_OBJECTS := $(filter-out $(BUILD)/plugin/main.o,$(OBJECTS))
TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))

.PHONY: build test clean
build: $(BUILD)/cambric

$(BUILD)/cambric: $(OBJECTS)
	$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(LIBRARIES)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(LIBRARY_OBJECTS)
	$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(LIBRARIES)

test: $(TESTS)
	prove --exec '' $(TESTS)

clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(TESTS:=.d)
