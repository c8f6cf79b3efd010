# Rehearsal: `make` lists the targets.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
# As many jobs as cores, unless -j is given; which make tells its recipes, but not its makefile.
ifeq ($(MAKELEVEL),0)
ifeq ($(shell tr '\0' '\n' </proc/$$PPID/cmdline | grep -E '^(-[a-zA-Z]*j|--jobs)'),)
MAKEFLAGS += -j$(shell nproc)
endif
endif

# A variant is one compiler with one set of flags; its objects live in build/VARIANT. Those named here
# know their flags; any other is made by naming CC, OPT and SAN: make VARIANT=mine OPT=-Og build/mine/rehearse
VARIANT       ?= release
OPT_sanitized := -O1 -fno-omit-frame-pointer
SAN_sanitized := -fsanitize=address,undefined -fno-sanitize-recover=all
CC_fuzz       := clang
OPT_fuzz      := -O1
SAN_fuzz      := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
OPT_seam      := -O1 -U_FORTIFY_SOURCE
OPT_gcc-O0    := -O0
OPT_gcc-O3    := -O3
CC_clang-O3   := clang
OPT_clang-O3  := -O3

ifneq ($(origin CC),command line)
CC            := $(or $(CC_$(VARIANT)),$(filter-out cc,$(CC)),gcc)
endif
OPT           ?= $(or $(OPT_$(VARIANT)),-O2)
SAN           ?= $(SAN_$(VARIANT))
OUT           := build/$(VARIANT)
PREFIX        ?= /usr/local
FUZZ_SECONDS  ?= 20

WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Werror
STRICT  := -Wconversion
CFLAGS  := -std=c17 -D_GNU_SOURCE -g $(OPT) $(SAN) -ffp-contract=off -fno-strict-aliasing -I. $(EXTRA_CFLAGS)
LIBS    := -lcurl -ljansson -lsqlite3 -llz4 -luv -lxxhash -lyaml -lm -lpthread

MAIN_SRC := platform/cli/main.c
LIB_SRC  := $(filter-out $(MAIN_SRC),$(sort $(shell find platform fakes sim reports -name '*.c')))
LIB_OBJ  := $(LIB_SRC:%.c=$(OUT)/%.o)
LIB      := $(OUT)/librehearse.a
PROGRAM  := $(OUT)/rehearse

# $(call said,FILE,TEXT): writes FILE only when it says something else, so that what depends on it is
# made again when a source file is removed or a flag changes, which no time stamp tells.
said = $(shell mkdir -p $(dir $(1)); printf '%s\n' '$(2)' | cmp -s - $(1) || printf '%s\n' '$(2)' >$(1))
FLAGS := $(OUT)/flags.said
$(call said,$(FLAGS),$(CC) $(CFLAGS))
$(call said,$(LIB:.a=.said),$(LIB_SRC))

$(OUT)/tests/%.o: tests/%.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) -MMD -MP -c $< -o $@

$(OUT)/%.o: %.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) $(STRICT) -MMD -MP -c $< -o $@

$(LIB): $(LIB_OBJ) $(LIB:.a=.said)
	@rm -f $@
	ar qcs $@ $(LIB_OBJ)

$(PROGRAM): $(MAIN_SRC:%.c=$(OUT)/%.o) $(LIB)
	$(CC) $(CFLAGS) $^ $(LIBS) -o $@

# One test program a kind: $(OUT)/tests/unit.run from every tests/unit/**/*.c.
define TEST_PROGRAM
TEST_SRC_$(1) := $$(sort $$(shell find tests/$(1) -name '*.c' 2>/dev/null))
$$(call said,$(OUT)/tests/$(1).said,$$(TEST_SRC_$(1)))
$(OUT)/tests/$(1).run: $$(TEST_SRC_$(1):%.c=$(OUT)/%.o) $(LIB) $(OUT)/tests/$(1).said
	$(CC) $(CFLAGS) $$(filter %.o %.a,$$^) $(LIBS) $(2) -o $$@
endef
$(foreach kind,unit scenario peers,$(eval $(call TEST_PROGRAM,$(kind),-lcriterion)))
$(eval $(call TEST_PROGRAM,bench))

# One fuzz program a target: build/fuzz/tests/fuzz/fuzz_app from tests/fuzz/fuzz_app.c.
FUZZ_RUN := $(patsubst %.c,$(OUT)/%,$(wildcard tests/fuzz/fuzz_*.c))
$(FUZZ_RUN): %: %.o $(LIB)
	$(CC) $(CFLAGS) -fsanitize=fuzzer $^ $(LIBS) -o $@
.PHONY: fuzz-programs
fuzz-programs: $(FUZZ_RUN)

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)

.PHONY: help setup build demo test bench model-card fuzz check-seam check-style check-determinism format install clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' Makefile

setup: ## install what building and running need (Debian; elsewhere say what is missing)
	@tests/setup.sh run

build: build/rehearse ## build the program: build/rehearse

build/rehearse: $(PROGRAM)
	@ln -f $< $@

demo: setup ## build, play four scenarios in simulated time, and show where their reports are
	@+tests/demo.sh

test: ## install what the tests need, build, and run every test and check
	@tests/setup.sh test
	@+tests/all.sh

model-card: build ## hold the simulator to queueing theory: out/model-card/model-card.html; minutes
	@build/rehearse model-card

bench: $(OUT)/tests/bench.run build ## time the hot parts, each beside a floor
	@$<

fuzz: ## run every fuzz target for FUZZ_SECONDS (20)
	@+tests/fuzz/fuzz.sh $(FUZZ_SECONDS)

check-seam: ## prove that platform, fakes and sim reach the outside through the seam alone
	@+tests/style/check_seam.sh

check-style: ## check what a machine can check of the house style
	@tests/style/check_style.sh

check-determinism: ## compare the trace hashes of every scenario over compilers, flags, wires and memories
	@+tests/style/check_determinism.sh

format: ## format the C sources with clang-format
	clang-format -i $(shell git ls-files '*.c' '*.h')

install: build ## install the program and its manual page (DESTDIR, PREFIX)
	install -D -m 755 build/rehearse '$(DESTDIR)$(PREFIX)/bin/rehearse'
	install -D -m 644 platform/cli/rehearse.1 '$(DESTDIR)$(PREFIX)/share/man/man1/rehearse.1'

clean: ## remove build/ and out/
	rm -rf build out
