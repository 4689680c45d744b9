# Makefile - the only one.  `make help` lists what it can do.
# Adding a .c under src/ or tests/ needs no change here.
.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
SHELL := /bin/sh

VERSION := 0.1.0

MODE ?= release# release | debug | asan | fuzz
HOST := $(shell uname -m)
ARCH ?= $(HOST)#  x86_64 | aarch64; debug, asan and fuzz are for this machine
Q    := $(if $(V),,@)

# A variant is one way of compiling everything; each has its folder below build/.
VARIANT  := $(if $(filter release,$(MODE)),release-$(ARCH),$(MODE))
VARIANTS := release-x86_64 release-aarch64 debug asan fuzz
$(if $(filter $(VARIANT),$(VARIANTS)),,$(error MODE=$(MODE) ARCH=$(ARCH): no such variant, there is $(VARIANTS)))

GCC_x86_64  := x86_64-linux-gnu-gcc
GCC_aarch64 := aarch64-linux-gnu-gcc
CLANG       ?= clang

include vendor/vendor.mk

# --- flags ---------------------------------------------------------------------
# Release: plain static, not static-pie (measured: vendor/README.md).  Tables of
# pointers are in .rodata from the first instruction, nothing is relocated at
# start, and the file has no dynamic section.
CFLAGS_common := -std=c11 -D_GNU_SOURCE -Isrc -MMD -MP -ffp-contract=off \
                 -ffile-prefix-map=$(CURDIR)=.
CFLAGS_house  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla \
                 -Wstrict-prototypes -Wmissing-prototypes -Werror
CFLAGS_release := -O2 -g -fno-pie -fstack-protector-strong -fstack-clash-protection \
                  -fno-strict-aliasing -ffunction-sections -fdata-sections
LDFLAGS_release := -static -no-pie -Wl,--gc-sections -Wl,-z,relro,-z,now \
                   -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--build-id=none -Wl,--fatal-warnings
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

musl_specs = -specs=build/vendor/$1-musl/lib/musl-gcc.specs

CC_release-x86_64       := $(GCC_x86_64)
CFLAGS_release-x86_64   := $(call musl_specs,x86_64) $(CFLAGS_release)
LDFLAGS_release-x86_64  := $(LDFLAGS_release)
CC_release-aarch64      := $(GCC_aarch64)
CFLAGS_release-aarch64  := $(call musl_specs,aarch64) $(CFLAGS_release)
LDFLAGS_release-aarch64 := $(LDFLAGS_release)
CC_debug      := $(GCC_$(HOST))
CFLAGS_debug  := -O0 -g3
CC_asan       := $(GCC_$(HOST))
CFLAGS_asan   := -O1 -g $(SANITIZE)
LDFLAGS_asan  := $(SANITIZE)
CC_fuzz       := $(CLANG)
CFLAGS_fuzz   := -O1 -g $(SANITIZE) -fsanitize=fuzzer-no-link -DFUZZING
LDFLAGS_fuzz  := $(SANITIZE)

# --- sources -------------------------------------------------------------------
SRC   := $(sort $(wildcard src/*.c src/*/*.c))
TESTS := $(sort $(wildcard tests/*/*_test.c))
# Generated: the roots, once there is something that speaks TLS.
GEN   := $(if $(filter mbedtls bearssl,$(LIBS)),build/gen/trust_roots.c)
SCRIPTS := $(sort $(wildcard tests/*/*_test.sh))
FUZZERS := $(sort $(wildcard tests/fuzz/*_fuzz.c))

TARGET_release-x86_64  := x86_64-musl
TARGET_release-aarch64 := aarch64-musl
TARGET_debug := $(HOST)-glibc
TARGET_asan  := $(HOST)-glibc
TARGET_fuzz  := $(HOST)-glibc

# --- rules, once for each variant ----------------------------------------------
# Everything is made under another name and renamed, so that two makes in one tree
# do not read each other's halves.
# $1 variant  $2 its vendor target
define variant
build/$1/%.o: %.c build/$1/flags $(LIBS:%=build/vendor/$2/%.key) \
		| build/$1/gen/build_info.h $(GEN:.c=.h)
	@echo "  CC      $1 $$<"
	@mkdir -p $$(@D)
	$$(Q)$(CC_$1) $(CFLAGS_common) $(CFLAGS_$1) $(CFLAGS_house) $$(CFLAGS) -Itests \
		-Ibuild/$1/gen -Ibuild/gen -isystem build/vendor/$2/include -MF $$(@:.o=.d) -MT $$@ \
		-c -o $$@.new$$$$$$$$ $$< && mv $$@.new$$$$$$$$ $$@

build/$1/libtidewatch.a: $(patsubst %.c,build/$1/%.o,$(filter-out src/main.c,$(SRC)) $(GEN))
	$$(Q)rm -f $$@.new$$$$$$$$ && $(AR) rcsD $$@.new$$$$$$$$ $$^ && mv $$@.new$$$$$$$$ $$@

# A group: mbedTLS asks us for its hooks and its GCM, we ask it for the rest.
build/$1/tidewatch.debug: build/$1/src/main.o build/$1/libtidewatch.a
	@echo "  LD      $$@"
	$$(Q)$(CC_$1) $(CFLAGS_$1) $(LDFLAGS_$1) $$(LDFLAGS) -o $$@.new$$$$$$$$ -Wl,--start-group $$^ \
		$(LIBS:%=build/vendor/$2/lib/lib%.a) -Wl,--end-group -lm -lpthread && mv $$@.new$$$$$$$$ $$@

build/$1/tests/%_test: build/$1/tests/%_test.o build/$1/libtidewatch.a
	$$(Q)$(CC_$1) $(CFLAGS_$1) $(LDFLAGS_$1) $$(LDFLAGS) -o $$@.new$$$$$$$$ -Wl,--start-group $$^ \
		$(LIBS:%=build/vendor/$2/lib/lib%.a) -Wl,--end-group -lm -lpthread && mv $$@.new$$$$$$$$ $$@

build/$1/tests/%_fuzz: build/$1/tests/%_fuzz.o build/$1/libtidewatch.a
	@echo "  LD      $$@"
	$$(Q)$(CC_$1) $(CFLAGS_$1) $(LDFLAGS_$1) -fsanitize=fuzzer $$(LDFLAGS) -o $$@.new$$$$$$$$ -Wl,--start-group $$^ \
		$(LIBS:%=build/vendor/$2/lib/lib%.a) -Wl,--end-group -lm -lpthread && mv $$@.new$$$$$$$$ $$@

# Other flags or another compiler: everything again, otherwise nothing.
build/$1/flags: FORCE | build/.tools-$(if $(filter fuzz,$1),fuzz,$(if $(filter release-$(HOST) debug asan,$1),build,arm64))
	@mkdir -p $$(@D)
	@{ $(CC_$1) --version | head -n 1; echo '$(CC_$1) $(CFLAGS_common) $(CFLAGS_$1) $(CFLAGS_house) $(CFLAGS) $(LIBS)'; } >$$@.new; \
	cmp -s $$@ $$@.new && rm $$@.new || mv $$@.new $$@

build/$1/gen/build_info.h: build/$1/flags vendor/build_info.sh $(FETCHED) FORCE
	@mkdir -p $$(@D)
	@CC='$(CC_$1)' vendor/build_info.sh '$(VERSION)' '$1' '$(CFLAGS_$1)' '$(LIBS) $(if $(GEN),ca-certificates)' >$$@.new; \
	cmp -s $$@ $$@.new && rm $$@.new || mv $$@.new $$@

-include $(patsubst %.c,build/$1/%.d,$(SRC) $(TESTS) $(FUZZERS))
endef
$(foreach v,$(VARIANTS),$(eval $(call variant,$v,$(TARGET_$v))))

$(eval $(call vendor_target,x86_64-musl,$(GCC_x86_64),ar,-specs=build/vendor/x86_64-musl/lib/musl-gcc.specs -fno-pie))
$(eval $(call vendor_target,aarch64-musl,$(GCC_aarch64),aarch64-linux-gnu-ar,-specs=build/vendor/aarch64-musl/lib/musl-gcc.specs -fno-pie))
$(eval $(call vendor_target,$(HOST)-glibc,$(GCC_$(HOST)),ar,))

build/gen/trust_roots.c: vendor/trust_roots.py $(FETCHED)
	@echo "  GEN     $@"
	@mkdir -p $(@D)
	$(Q)python3 $< vendor/.cache/src/ca-certificates/mozilla/certdata.txt $(@D)
build/gen/trust_roots.h: build/gen/trust_roots.c
	@:

# The file that is shipped, and beside it the same with symbols.
build/release-%/tidewatch: build/release-%/tidewatch.debug
	$(Q)$*-linux-gnu-strip --strip-all -o $@ $<

build/debug/tidewatch build/asan/tidewatch: %: %.debug
	$(Q)ln -sf tidewatch.debug $@

# --- what one asks for ---------------------------------------------------------
BIN := build/$(VARIANT)/tidewatch

all: $(BIN)  ## build the binary: build/release-x86_64/tidewatch (MODE=, ARCH=)
	@$(if $(filter release-$(HOST),$(VARIANT)),ln -sf release-$(HOST)/tidewatch build/tidewatch,:)
	@printf '%s  %s kB\n' $(BIN) "$$(($$(stat -L -c %s $(BIN)) / 1024))"

HOST_BIN := build/release-$(HOST)/tidewatch
# An emulator in front of the other architecture's binary, as one file to call.
build/release-aarch64/tidewatch-emulated: build/release-aarch64/tidewatch
	@printf '#!/bin/sh\nexec qemu-aarch64-static "$$(dirname "$$0")/tidewatch" "$$@"\n' >$@
	@chmod +x $@

# Without root and without the cross compiler the other architecture is left out.
ARM64 ?= $(shell if [ "$$(id -u)" = 0 ] || { command -v $(GCC_aarch64) && command -v \
	qemu-aarch64-static; } >/dev/null; then echo yes; else echo no; fi)
CORPUS ?= $(abspath $(wildcard ../shared/data))
TEST_VARIANTS := asan release-$(HOST) $(if $(filter yes,$(ARM64)),release-aarch64)

RESULTS := $(foreach v,$(TEST_VARIANTS),$(TESTS:%.c=build/$v/%.result)) \
           $(SCRIPTS:%.sh=build/scripts/%.result)

# TEST_EMULATED=1 tells a test that it runs in an emulator, some 20 times slower:
# what tries everything may try a sample, and wall time means little.
# A result is written whatever the outcome; tests/build/summary.sh judges.
define test_variant
build/$1/tests/%.result: build/$1/tests/% tests/build/one.sh $(wildcard tests/*/*/* tests/*/*/*/*)
	@$(if $(filter-out release-$(HOST),$(filter release-%,$1)),TEST_EMULATED=1) tests/build/one.sh \
		$$@ '$1 $$*' $(if $(filter release-aarch64,$1),qemu-aarch64-static) $$<
endef
$(foreach v,$(TEST_VARIANTS),$(eval $(call test_variant,$v)))

build/scripts/tests/%.result: tests/%.sh tests/build/one.sh $(HOST_BIN) \
		$(if $(filter yes,$(ARM64)),build/release-aarch64/tidewatch-emulated) \
		Makefile $(wildcard vendor/* vendor/*/*) $(filter-out %.c,$(wildcard tests/*/*)) \
		| build/.tools-test
	@mkdir -p $(@D)
	@TIDEWATCH=$(CURDIR)/$(HOST_BIN) CORPUS=$(CORPUS) MAKE='$(MAKE)' \
		ARM64_TIDEWATCH=$(if $(filter yes,$(ARM64)),$(CURDIR)/build/release-aarch64/tidewatch-emulated) \
		tests/build/one.sh $@ '$*' $<

test: $(RESULTS)  ## build and run every test (only what changed)
	@tests/build/summary.sh $(RESULTS)

# --- what a commit should pass ---------------------------------------------------
check: layers format scripts build-gcc build-clang tidy  ## what a commit should pass, besides the tests
	@echo "check: clean"

layers:  ## who includes whom, against src/LAYERS
	$(Q)awk -v doors='$(DOORS)' -v generated='build_info.h trust_roots.h' \
		-f tests/layers.awk src/LAYERS $$(find src -name '*.[ch]' | LC_ALL=C sort)

format:  ## the layout of our C files (tests/format.awk)
	$(Q)LC_ALL=C awk -f tests/format.awk $$(find src tests -name '*.[ch]' | LC_ALL=C sort)

scripts: build/.tools-check  ## shellcheck over our scripts
	$(Q)shellcheck -x -S warning $$(find vendor tests .ci -path vendor/.cache -prune -o \( -name '*.sh' -o -path .ci/run \) -print | LC_ALL=C sort)

# Everything that our own compiler sees, with warnings as errors.
build-gcc: $(patsubst %.c,build/release-$(HOST)/%.o,$(SRC) $(TESTS))
build-clang: $(patsubst %.c,build/clang/%.ok,$(SRC) $(TESTS) $(FUZZERS))
tidy: $(patsubst %.c,build/tidy/%.ok,$(SRC))

# The second opinions read the headers of the debug variant.
CLANG_READS = $(CFLAGS_common) -Itests -Ibuild/debug/gen -Ibuild/gen \
              -isystem build/vendor/$(HOST)-glibc/include
build/clang/%.ok: %.c $(LIBS:%=build/vendor/$(HOST)-glibc/%.key) \
		| build/.tools-check build/debug/gen/build_info.h $(GEN:.c=.h)
	@echo "  CLANG   $<"
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(CLANG_READS) $(CFLAGS_house) -Wno-string-conversion -fsyntax-only -MF $(@:.ok=.d) -MT $@ $<
	@touch $@

build/tidy/%.ok: %.c build/clang/%.ok .clang-tidy
	@echo "  TIDY    $<"
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- $(filter-out -M%,$(CLANG_READS)) 2>$(@:.ok=.log) || { \
		grep -v 'warnings generated' $(@:.ok=.log); exit 1; }
	@touch $@

-include $(patsubst %.c,build/clang/%.d,$(SRC) $(TESTS) $(FUZZERS))

FUZZ_S ?= 60#  seconds for each fuzzer
fuzz: build/.tools-fuzz $(FUZZERS:%.c=build/fuzz/%)  ## run each tests/fuzz/*_fuzz.c for FUZZ_S seconds
	@tests/build/fuzz.sh $(FUZZ_S) $(FUZZERS:tests/fuzz/%_fuzz.c=%)

clean:  ## remove build/
	rm -rf build

distclean: clean  ## remove build/ and the fetched archives
	rm -rf vendor/.cache

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n",$$1,$$2}' $(MAKEFILE_LIST)
	@echo "  MODE=$(MODE) (release debug asan)  ARCH=$(ARCH) (x86_64 aarch64)  V=1 shows commands"

# DEMO_TLS=bearssl uses the other TLS library, DEMO_DIR=DIR keeps what was made.
demo: $(HOST_BIN) build/.tools-test  ## a simulated market against the real program (DEMO_S=30 ends by itself)
	@TIDEWATCH=$(CURDIR)/$(HOST_BIN) DEMO_S='$(DEMO_S)' tests/sim/demo.sh

run: $(HOST_BIN)  ## the real exchanges; alerts on the console without a Telegram token
	@$(HOST_BIN) run

# The same work done the plain way, to be measured in the same run.
PEER := build/release-$(HOST)/tests/bench/cjson_peer
$(PEER): $(PEER).o
	$(Q)$(CC_release-$(HOST)) $(CFLAGS_release-$(HOST)) $(LDFLAGS_release-$(HOST)) -o $@ $< \
		build/vendor/$(HOST)-musl/lib/libcjson.a

# BENCH_QUICK=1 only tries whether it works.
bench: $(HOST_BIN) $(PEER) build/.tools-test  ## throughput, delay, CPU and memory, beside cJSON and other clients
	@TIDEWATCH=$(HOST_BIN) PEER=$(PEER) CORPUS=$(CORPUS) BENCH_CACHE=build/bench tests/bench/bench.sh

chroot-test:  ## the whole of it in an empty Debian 12 (root, slow)
	tests/build/chroot.sh

.PHONY: all check layers format scripts build-gcc build-clang tidy test fuzz demo run bench \
        chroot-test clean distclean help fetch vendor vendor-update FORCE
.SECONDARY:
FORCE:
