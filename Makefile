# SPDX-License-Identifier: GPL-2.0-or-later
# Everything that is done with cambric; "make help" lists it. Files are found by room, never listed.
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -Oz -g
DESTDIR ?=
BINDIR ?= /opt/cni/bin
SBINDIR ?= /usr/local/sbin
# The first is the file, the others are links to it; "all" is every kind there is
NAMES ?= cambric loopback
ALL_NAMES := cambric $(filter-out cambric,$(shell sed -n 's/^\t{ .name = "\([a-z-]*\)", *ROWS.*/\1/p' plugin/table.c))
# Tests wait more than they compute
JOBS ?= $(shell expr 2 \* `nproc`)
PLUGIN ?= $(BUILD)/cambric

ROOMS := base conf kernel store ipam link overlay nat plugin agent
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wswitch-enum -Wvla -Wcast-align -Wundef -Wimplicit-fallthrough -Wnull-dereference $(if $(STRICT),-Werror)
# Taken by gcc 12 and clang 14 alike. Sanitizers want none of it but the semantics
SEMANTICS := -fno-strict-aliasing -fno-delete-null-pointer-checks -fwrapv
HARDENING := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer,\
	-D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection=return)
C_FLAGS := -std=c17 -D_GNU_SOURCE -iquote . -isystem /usr/include/libnl3
ALL_CFLAGS = $(C_FLAGS) $(WARNINGS) $(SEMANTICS) $(HARDENING) -fPIE \
	-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -MMD -MP $(CFLAGS)
# Relative relocations take 1 kB packed, 32 kB as a table (glibc 2.36); see plugin/sections.ld for the other part
SMALL := $(if $(SANITIZE),,-Wl,-z,pack-relative-relocs,--no-eh-frame-hdr,-T,plugin/sections.ld)
# The plugin is optimized as a whole, which takes 12 kB off, and without two habits of gcc that -Oz leaves on: they would cost
# 3 kB. All else is linked from the same objects as they are. Whoever says what CFLAGS are to be says it all
WHOLE := $(if $(filter file,$(origin CFLAGS)),$(if $(filter gcc,$(CC)),-flto -flto-partition=one \
	-fno-move-loop-invariants -fno-caller-saves))
ALL_CFLAGS += $(if $(WHOLE),$(WHOLE) -ffat-lto-objects)
LINKED_AS := $(if $(WHOLE),-fno-lto)
ALL_LDFLAGS = -pie $(LINKED_AS) $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(SMALL) \
	-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed,--gc-sections $(LDFLAGS)
# Debian ships these as archives, which start faster; libmnl only as a shared library
LIBRARIES := -l:libnl-route-3.a -l:libnl-3.a -l:libjansson.a -l:libnftnl.a -lmnl

SOURCES := $(foreach room,$(filter-out agent,$(ROOMS)),$(wildcard $(room)/*.c))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
LIBRARY_OBJECTS := $(filter-out $(BUILD)/plugin/main.o,$(OBJECTS))
# The agent is a program of its own: libcurl alone takes as long to start as an ADD (docs/decisions.md)
AGENT_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard agent/*.c))
TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(wildcard integration/programs/*.c bench/*.c))
DRIVER_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard bench/driver/*.c))
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
# The committed corpus of each fuzz program is a unit test, too
TESTS += $(FUZZERS:$(BUILD)/tests/fuzz/fuzz_%=$(BUILD)/tests/fuzz/replay_%)
# Scripts are numbered in the order in which a failure is most telling
INTEGRATION := $(wildcard integration/[0-9]*.sh integration/reference/[0-9]*.sh integration/attacks/[0-9]*.sh)
# The same rows, asked of Debian's reference plugins
REFERENCE := $(patsubst %,'BIN=/usr/lib/cni %',$(filter-out %/00-differences.sh,$(wildcard integration/reference/[0-9]*.sh)))
CLIENTS := $(wildcard integration/clients/[0-9]*.sh)
FAULTS := $(wildcard integration/faults/[0-9]*.sh)
# Those that go over thousands of points share them out to four hosts, which wait for the kernel at the same time
FAULT_SHARES := 0 1 2 3
SHARED_FAULTS := $(filter integration/faults/1% integration/faults/2% integration/faults/3%,$(FAULTS))
# What needs Debian's kernel, and what runs once more on it; "make check" leaves out the longest. An argument of run.py is a
# virtual machine
VM := integration/vm/run.sh
IN_VM_IN_CHECK := '$(VM) $(wildcard integration/vm/[123]*.sh integration/reference/vm/10-kernel.sh)' \
	'$(VM) $(wildcard integration/vm/4*.sh)' '$(VM) $(wildcard integration/vm/5*.sh)'
REFERENCE_IN_VM := '$(VM) integration/reference/vm/20-reference.sh'
IN_VM := $(foreach script,10-add-del 20-check 41-bridge,'$(VM) integration/$(script).sh') $(IN_VM_IN_CHECK) $(REFERENCE_IN_VM)
LINT := $(wildcard tests/lint/*.sh)
GUARDS := $(wildcard tests/guards/*.patch)
# What runs a second time with sanitizers: all but the bench, 46, which asks no more of the plugin than 44, 91, which is
# another such tool, and those that trace or kill at each system call: LeakSanitizer cannot be traced, and most calls would
# be AddressSanitizer's. "make check" leaves out more that take minutes
SANITIZED := $(filter-out integration/reference/00% integration/35% integration/36% integration/46% integration/80% integration/85-names% \
	integration/91% integration/attacks/10%,$(INTEGRATION))
SANITIZED_IN_CHECK := $(filter-out integration/15% integration/30% integration/43% integration/45% integration/50% integration/75% \
	integration/77-firewall% integration/78-firewall% integration/79-nat% integration/81% integration/83% integration/84% \
	integration/85% integration/86% integration/reference/% integration/attacks/20% integration/attacks/30% \
	integration/attacks/40% integration/attacks/70% integration/attacks/80%,$(SANITIZED))

# What "make valgrind" runs: all but what waits for something that valgrind 3.19 does not do: pidfd_open() (delegate),
# being traced (lease), signals that end the wait for a lock (store); what counts milliseconds or
# system calls, and 14, where libc leaves the process (--help) with all it has
WATCHED := $(filter-out %/test_delegate %/test_lease %/test_store,$(TESTS))
WATCHED_INTEGRATION := $(filter-out integration/00% integration/14% integration/15% integration/3% integration/5% integration/61% \
	integration/63% integration/80% integration/91% integration/attacks/% integration/reference/%,$(INTEGRATION))

# What "make coverage" runs: 35 kills many runs before they can count
COUNTED := $(filter-out integration/35% integration/91%,$(INTEGRATION))

# Objects of tests are kept, so that a second run builds nothing
.PRECIOUS: $(BUILD)/%.o
.PHONY: build test unit-tests programs bench integration reference vm faults clients check demo demo-overlay sanitize valgrind coverage fuzzers fuzz \
	guards lint format install clean help

# One line per file; V=1 shows the commands, -s nothing
say = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@echo '  $(1)' &&)

build: $(BUILD)/cambric $(BUILD)/cambricd ## plugin and agent, into build/ (STRICT=1: warnings are errors; CC=clang BUILD=build-clang)

$(BUILD)/cambric: LINKED_AS := $(WHOLE)
$(BUILD)/cambric: $(OBJECTS)
	$(call say,LD $@) $(CC) $(CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARIES)

$(BUILD)/cambricd: $(AGENT_OBJECTS) $(LIBRARY_OBJECTS)
	$(call say,LD $@) $(CC) $(CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARIES) -lcurl

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC $<) $(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(LIBRARY_OBJECTS)
	$(call say,LD $@) $(CC) $(CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARIES)

$(BUILD)/tests/test_agent%: $(BUILD)/tests/test_agent%.o $(filter-out %/main.o,$(AGENT_OBJECTS)) $(LIBRARY_OBJECTS)
	$(call say,LD $@) $(CC) $(CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARIES) -lcurl

# Changes whenever the flags do, so that no folder mixes objects of two kinds
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' > $@
FORCE:

$(PROGRAMS): $(BUILD)/%: $(BUILD)/%.o $(LIBRARY_OBJECTS)
	$(call say,LD $@) $(CC) $(CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARIES)

$(BUILD)/bench/measure: $(DRIVER_OBJECTS)

# libFuzzer brings main(); objects are instrumented for it by SANITIZE=fuzzer-no-link,...
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(LIBRARY_OBJECTS)
	$(call say,LD $@) $(CC) $(CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBRARIES)

$(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(LIBRARY_OBJECTS)
	$(call say,LD $@) $(CC) $(CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARIES)

unit-tests: $(TESTS)

programs: $(PROGRAMS)

fuzzers: $(FUZZERS)

test: unit-tests ## unit tests, no root needed
	@tests/run.py --jobs $(JOBS) $(TESTS)

integration: build programs ## integration/NN-*.sh against PLUGIN=build/cambric, each on a host of its own (root)
	@PLUGIN=$(PLUGIN) tests/run.py --jobs $(JOBS) $(INTEGRATION)

vm: ## VLANs, and a part of the integration scripts, in virtual machines with Debian's kernel (root, 4 minutes)
	@tests/install-packages.sh check
	@$(MAKE) --no-print-directory --silent build programs
	@PLUGIN=$(PLUGIN) tests/run.py --jobs $(JOBS) --timeout 600 $(IN_VM)

reference: ## integration/reference/ against Debian's reference plugins: that its rows say what those do (root)
	@tests/install-packages.sh check
	@tests/run.py --jobs $(JOBS) --timeout 600 $(REFERENCE) $(REFERENCE_IN_VM)

faults: ## a kill, an error and no memory at every point, odd input and output, no space, races (root)
	@tests/install-packages.sh check
	@$(MAKE) --no-print-directory --silent build
	@PLUGIN=$(PLUGIN) tests/run.py --jobs $(words $(FAULT_SHARES)) --timeout 3600 $(filter-out $(SHARED_FAULTS),$(FAULTS)) \
		$(foreach script,$(SHARED_FAULTS),$(foreach share,$(FAULT_SHARES),'EVERY=4 FIRST=$(share) $(script)'))

clients: build ## cnitool, podman and containerd, each with real containers (root)
	@integration/clients/build-cnitool.sh
	@PLUGIN=$(PLUGIN) tests/run.py $(CLIENTS)

check: ## install what the tests need, build strictly, run everything; ends in 'N passed, N failed' (root)
	@tests/install-packages.sh check || { echo '0 passed, 1 failed'; exit 1; }
	@PLUGIN=build/cambric tests/run.py --jobs $(JOBS) --timeout 1800 --first tests/build.sh $(TESTS) $(LINT) $(INTEGRATION) $(REFERENCE) $(IN_VM_IN_CHECK) \
		$(TESTS:build/%=build-sanitize/%) $(SANITIZED_IN_CHECK:%='PLUGIN=build-sanitize/cambric %') $(CLIENTS)

demo-overlay: ## see two hosts with an etcd find each other, and their containers (root)
	@tests/install-packages.sh demo-overlay
	@$(MAKE) --no-print-directory --silent build
	@PLUGIN=$(PLUGIN) integration/demo-overlay.sh

demo: ## see in ten seconds what cambric is, on a host made for the purpose (root)
	@tests/install-packages.sh demo
	@$(MAKE) --no-print-directory --silent build
	@PLUGIN=$(PLUGIN) integration/demo.sh

sanitize: ## unit and integration tests under AddressSanitizer and UBSan, in build-sanitize/ (root)
	$(MAKE) BUILD=build-sanitize SANITIZE=address,undefined CFLAGS='-O1 -g' unit-tests build programs
	@PLUGIN=build-sanitize/cambric tests/run.py --jobs $(JOBS) --timeout 1200 $(TESTS:$(BUILD)/%=build-sanitize/%) $(SANITIZED)

valgrind: ## unit tests and integration scripts, each process under valgrind (root, 10 minutes)
	@tests/install-packages.sh check
	@$(MAKE) --no-print-directory --silent build unit-tests programs
	@PLUGIN=tests/valgrind/plugin.sh tests/run.py --jobs $(JOBS) --timeout 1800 \
		$(WATCHED:%='PROGRAM=% tests/valgrind/run.sh') $(WATCHED_INTEGRATION)

bench: ## what ADD, CHECK and DEL cost, beside Debian's reference plugins; what an overlay costs (PARTS=overlay: that alone); root
	@tests/install-packages.sh bench
	@$(MAKE) --no-print-directory --silent build programs
	@PLUGIN=$(PLUGIN) bench/run.sh

coverage: ## lines that unit and integration tests run, per room; a build of its own in build-coverage/ (root)
	@tests/install-packages.sh coverage
	$(MAKE) BUILD=build-coverage CC=gcc CFLAGS='-Og -g --coverage' unit-tests build programs
	@find build-coverage -name '*.gcda' -delete
	@PLUGIN=build-coverage/cambric tests/run.py --jobs $(JOBS) $(TESTS:$(BUILD)/%=build-coverage/%) $(COUNTED); \
		status=$$?; tests/coverage.sh build-coverage $(ROOMS) && exit $$status

guards: ## take each guard out of a copy and see that its test fails (tests/guards/; root)
	@tests/install-packages.sh check
	$(MAKE) BUILD=build-guards build
	@tests/run.py --jobs $(JOBS) $(GUARDS:%='GUARD=% tests/guards/try.sh')

fuzz: ## clang's libFuzzer over every parser (tests/fuzz/), FUZZ_SECONDS=60 for each, in build-fuzz/
	@tests/install-packages.sh fuzz
	$(MAKE) BUILD=build-fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined CFLAGS='-O1 -g' fuzzers
	@tests/fuzz/run.sh $(FUZZERS:$(BUILD)/%=build-fuzz/%)

lint: ## layers, headers, format, clang-tidy, cppcheck, gcc -fanalyzer, shellcheck, documents
	@tests/run.py --jobs $(JOBS) $(LINT)

format: ## let clang-format rewrite all sources
	clang-format -i $(wildcard $(ROOMS:%=%/*.[ch]) tests/*.[ch] tests/fuzz/*.[ch])

# Each name appears whole or not at all: runtimes may be calling the old file at this instant
install: override NAMES := $(if $(filter all,$(NAMES)),$(ALL_NAMES),$(NAMES))
install: build ## into $(DESTDIR)$(BINDIR), under each of NAMES="cambric loopback"; NAMES=all for the reference names, too; the agent into $(SBINDIR)
	install -d $(DESTDIR)$(BINDIR)
	install -m 0755 $(BUILD)/cambric $(DESTDIR)$(BINDIR)/.cambric.new
	strip $(DESTDIR)$(BINDIR)/.cambric.new
	mv -f $(DESTDIR)$(BINDIR)/.cambric.new $(DESTDIR)$(BINDIR)/$(firstword $(NAMES))
	install -d $(DESTDIR)$(SBINDIR)
	install -m 0755 -s $(BUILD)/cambricd $(DESTDIR)$(SBINDIR)/.cambricd.new
	mv -f $(DESTDIR)$(SBINDIR)/.cambricd.new $(DESTDIR)$(SBINDIR)/cambricd
	for name in $(wordlist 2,99,$(NAMES)); do \
		ln -sf $(firstword $(NAMES)) $(DESTDIR)$(BINDIR)/.$$name.new && \
		mv -fT $(DESTDIR)$(BINDIR)/.$$name.new $(DESTDIR)$(BINDIR)/$$name || exit 1; \
	done

clean: ## remove everything that was built
	rm -rf build build-*

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | expand -t 14

-include $(OBJECTS:.o=.d) $(AGENT_OBJECTS:.o=.d) $(TESTS:=.d) $(PROGRAMS:=.d) $(DRIVER_OBJECTS:.o=.d) $(FUZZERS:=.d)
