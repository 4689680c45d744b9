# vendor.mk - fetches, checks and builds other people's code.  See README.md.
#
# For the Makefile: LIBS, the libraries that our sources include, DOORS for
# `make layers`, and the rules for build/vendor/TARGET/NAME.key.

LOCK := vendor/sources.lock
FETCHED := vendor/.cache/fetched

# All libraries that are compiled, and those that our sources include.
LIBS_all := $(shell awk '$$1 == "library" && $$2 != "musl" && $$2 != "ca-certificates" \
	{ print $$2 }' $(LOCK))
# One word a library, its doors joined by commas.
DOORS := $(shell awk '$$1 == "door" { $$1 = ""; gsub(/^ | $$/, ""); gsub(/ /, ","); print }' $(LOCK))
LIBS := $(shell awk -f vendor/libs.awk $(LOCK) $(wildcard src/*.[ch] src/*/*.[ch]))

# Archives first, in one go: after this the network is not needed again.
$(FETCHED): $(LOCK) vendor/fetch.sh vendor/common.sh vendor/archive.sh | build/.tools-build
	$(Q)vendor/fetch.sh
	$(Q)touch $@

fetch: $(FETCHED)  ## bring and check the archives; the rest works offline

vendor: $(foreach l,$(LIBS_all),build/vendor/$(ARCH)-musl/$l.key)  ## build every library of vendor/sources.lock

vendor-update:  ## look for newer versions and rewrite vendor/sources.lock
	$(Q)vendor/bootstrap.sh build
	$(Q)vendor/update.sh

build/.tools-%: vendor/bootstrap.sh
	$(Q)vendor/bootstrap.sh $*
	@mkdir -p $(@D) && touch $@
# Each of these needs the plain compiler too.
build/.tools-arm64 build/.tools-fuzz build/.tools-check: | build/.tools-build

# vendor_target TARGET CC AR FLAGS: rules for each library of one target.
define vendor_target
build/vendor/$1/%.stamp: vendor/recipe/%.sh vendor/build.sh vendor/compile.mk \
		$(wildcard vendor/config/*) $(FETCHED) \
		| build/.tools-$(if $(filter $(HOST)%,$1),build,arm64)
	$$(Q)+mkdir -p $$(@D) && CC='$2' AR='$3' TARGET_CFLAGS='$4' MAKE='$$(MAKE)' \
		vendor/build.sh $1 $$* && touch $$@

# The key is older than the stamp when nothing had to be built again.
build/vendor/$1/%.key: build/vendor/$1/%.stamp
	@:

$(if $(filter %-musl,$1),$(LIBS_all:%=build/vendor/$1/%.stamp): build/vendor/$1/musl.key)
endef
