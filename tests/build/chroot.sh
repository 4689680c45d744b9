#!/bin/bash
# chroot.sh [SUITE] - the whole of it in an empty Debian (bookworm, or trixie).
#
# Goal:   a fresh machine with git and make builds and tests; after the fetch it builds
#         again without network.  Root, some ten minutes, network; not part of
#         `make test`.  CHROOT_TESTS=no leaves the tests out.
# Method: debootstrap from the mirror this machine uses, a clean clone of the last
#         commit (or, before the first, of the tree), then make, and make with no
#         network in its namespace.
set -euo pipefail
cd "$(dirname "$0")/../.."
top=$PWD
suite=${1:-bookworm}
[ "$(id -u)" = 0 ] || {
	echo "chroot.sh: root is needed" >&2
	exit 69
}
command -v debootstrap >/dev/null || apt-get install -y --no-install-recommends debootstrap
unset MAKEFLAGS MFLAGS MAKELEVEL

# The archive is the one of this machine's apt.
mirror=${VENDOR_MIRROR:-$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' \
	'Created-By: Packages' | awk '$1 !~ /-security$/ { print $2; exit }')}
root=$(mktemp -d)
chmod 755 "$root" # apt downloads as a user of its own
cleanup() {
	umount "$root/dev/pts" "$root/proc" "$root/dev" 2>/dev/null || true
	rm -rf --one-file-system "$root"
}
trap cleanup EXIT

inside() { # COMMAND: in the new root, with a new machine's environment
	chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
		/bin/sh -ec "cd /root && $1"
}
step() {
	printf '== %s (%s s)\n' "$1" "$SECONDS"
}

step "an empty Debian $suite"
debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
	tail -n 20 "$root.log"
	exit 1
}
rm -f "$root.log"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
# Terminals have a file system of their own.
[ ! -d /dev/pts ] || mount --bind /dev/pts "$root/dev/pts"
cp /etc/resolv.conf "$root/etc/resolv.conf"
[ ! -f /etc/hosts ] || cp /etc/hosts "$root/etc/hosts"
# The proxy and the like of this machine's apt, not its sources.
for file in /etc/apt/apt.conf.d/*; do
	! grep -qiE 'proxy|Check-(Valid|Date)' "$file" || cp "$file" "$root/etc/apt/apt.conf.d/"
done

step "git and make"
inside "apt-get update -qq && apt-get install -y -qq --no-install-recommends git make >/dev/null 2>&1"

step "a clean clone"
if git rev-parse -q --verify HEAD >/dev/null; then
	git clone -q "$top" "$root/root/tidewatch"
else
	mkdir "$root/root/tidewatch"
	tar -cf - --exclude=./build --exclude=./vendor/.cache . | tar -xf - -C "$root/root/tidewatch"
fi

step "make"
inside "cd tidewatch && make -j$(nproc)"
inside "cd tidewatch && build/tidewatch version"

step "make again, from nothing, without network"
cp "$root/root/tidewatch/build/release-$(uname -m)/tidewatch" "$root/first"
# Another network namespace, entered before the chroot.
unshare -n chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	/bin/sh -ec "cd /root/tidewatch && make clean && make -j$(nproc)"
cmp "$root/first" "$root/root/tidewatch/build/release-$(uname -m)/tidewatch"

if [ "${CHROOT_TESTS:-yes}" = yes ]; then
	step "make demo, on each TLS library"
	inside "cd tidewatch && make demo DEMO_S=30 && make demo DEMO_S=10 DEMO_TLS=bearssl"
	step "make test"
	inside "cd tidewatch && make -j$(nproc) test"
fi
step "done"
