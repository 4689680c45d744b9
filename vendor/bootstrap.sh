#!/bin/sh
# bootstrap.sh GROUP... - the build packages of this machine.
#
#   build   what `make` needs        arm64   the cross compiler and an emulator
#   fuzz    clang and its runtimes   check   clang, its analyser, shellcheck
#   test    what the scripts of `make test` call
#
# Missing ones are installed when we are root, with the command shown; else the
# command is named and we stop.  Packages are asked for by a file that they
# bring, so a machine that has them from elsewhere is left alone.
set -eu
arch=$(uname -m)

# PACKAGE and what shows that it is there: a program, or a file by path.
packages() {
	case $1 in
	build)
		cat <<-LIST
			gcc $arch-linux-gnu-gcc
			libc6-dev /usr/include/stdio.h
			linux-libc-dev /usr/include/linux/seccomp.h
			binutils ld
			patch patch
			xz-utils xz
			bzip2 bzip2
			debian-archive-keyring /usr/share/keyrings/debian-archive-keyring.*
			python3 python3
		LIST
		;;
	arm64)
		cat <<-'LIST'
			gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc
			linux-libc-dev-arm64-cross /usr/aarch64-linux-gnu/include/linux/seccomp.h
			qemu-user-static qemu-aarch64-static
		LIST
		;;
	fuzz)
		cat <<-'LIST'
			clang clang
			libclang-rt-dev /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a
		LIST
		;;
	check)
		cat <<-'LIST'
			clang clang
			clang-tidy clang-tidy
			shellcheck shellcheck
		LIST
		;;
	test)
		cat <<-'LIST'
			openssl openssl
			jq jq
		LIST
		;;
	*)
		echo "bootstrap.sh: no group $1" >&2
		exit 64
		;;
	esac
}

there() {
	case $1 in
	/*)
		# shellcheck disable=SC2086 # the pattern is meant to expand
		ls $1 >/dev/null 2>&1
		;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

# Two groups of one make may want to install at the same time.
exec 9<"$0"
flock 9
missing=
for group; do
	while read -r package proof; do
		there "$proof" || missing="$missing $package"
	done <<-LIST
		$(packages "$group")
	LIST
done
[ -n "$missing" ] || exit 0

command="apt-get install -y --no-install-recommends$missing"
if ! command -v apt-get >/dev/null; then
	echo "Missing here:$missing (by Debian's names; no apt-get to bring them)" >&2
	exit 69
fi
if [ "$(id -u)" != 0 ]; then
	echo "Missing build packages. As root: $command" >&2
	exit 69
fi
echo "  INSTALL $command" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# The lists may be old, or not there at all on a new machine.
# shellcheck disable=SC2086 # names are words
{ apt-get update && $command; } </dev/null >"$log" 2>&1 || {
	tail -n 20 "$log" >&2
	exit 69
}
