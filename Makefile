# Rehearsal: `make` lists the targets.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# A variant is one compiler with one set of flags; its objects live in build/VARIANT.
CC      ?= gcc
ifeq ($(origin CC),default)
CC      := gcc
endif
VARIANT ?= release
OPT     ?= -O2
SAN     ?=
OUT     := build/$(VARIANT)
PREFIX  ?= /usr/local
DESTDIR ?=

WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Werror
STRICT  := -Wconversion
CFLAGS  := -std=c17 -D_GNU_SOURCE -g $(OPT) $(SAN) -ffp-contract=off -fno-strict-aliasing -I. $(EXTRA_CFLAGS)
LIBS    := -lcurl -ljansson -lsqlite3 -llz4 -luv -lxxhash -lm -lpthread

SIM_SRC      := $(sort $(shell find fakes sim -name '*.c' 2>/dev/null))
PLATFORM_SRC := $(sort $(shell find platform -name '*.c' 2>/dev/null))
REPORT_SRC   := $(sort $(wildcard reports/*.c))
MAIN_SRC     := platform/cli/main.c
LIB_SRC      := $(filter-out $(MAIN_SRC),$(PLATFORM_SRC)) $(SIM_SRC) $(REPORT_SRC)
LIB_OBJ      := $(LIB_SRC:%.c=$(OUT)/%.o)
MAIN_OBJ     := $(MAIN_SRC:%.c=$(OUT)/%.o)
PROGRAM      := $(OUT)/rehearse

$(OUT)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) -MMD -MP -c $< -o $@

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) $(STRICT) -MMD -MP -c $< -o $@

$(OUT)/librehearse.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(PROGRAM): $(MAIN_OBJ) $(OUT)/librehearse.a
	$(CC) $(CFLAGS) $^ $(LIBS) -o $@

# One test program a kind: $(OUT)/tests/unit.run from every tests/unit/**/*.c.
define TEST_PROGRAM
TEST_OBJ_$(1) := $(patsubst %.c,$(OUT)/%.o,$(sort $(shell find tests/$(1) -name '*.c' 2>/dev/null)))
$(OUT)/tests/$(1).run: $$(TEST_OBJ_$(1)) $(OUT)/librehearse.a
	$(CC) $(CFLAGS) $$^ $(LIBS) -lcriterion -o $$@
endef
$(foreach kind,unit scenario peers,$(eval $(call TEST_PROGRAM,$(kind))))

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' Makefile
