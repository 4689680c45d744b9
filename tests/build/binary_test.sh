#!/bin/sh
# Goal:   the shipped binary needs nothing from where it runs, and is hardened.
# Method: readelf on the file, nm on the copy with symbols, for both architectures.
set -eu
cd "$(dirname "$0")/../.."
failed=0

check() { # WHAT COMMAND...
	what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		echo "ok   $what"
	else
		echo "FAIL $what"
		failed=1
	fi
}
not() { ! "$@"; }
has() { echo "$1" | grep -Eq "$2"; }

examine() { # FILE MACHINE
	file=$1
	name=$2
	header=$(readelf -hW "$file")
	segments=$(readelf -lW "$file")
	check "$name: is for $name" has "$header" "Machine: .*$3"
	# Plain static: the kernel maps it and jumps, no loader, nothing to relocate.
	check "$name: runs at a fixed place" has "$header" 'Type: *EXEC'
	check "$name: no interpreter" not has "$segments" 'INTERP'
	check "$name: no dynamic section" not has "$segments" 'DYNAMIC'
	check "$name: no relocations" has "$(readelf -rW "$file")" 'no relocations'
	check "$name: the stack does not execute" has "$segments" 'GNU_STACK .* RW '
	check "$name: nothing is writable and executable" not has "$segments" ' LOAD .* RWE '
	check "$name: constants are not executable" has "$segments" 'LOAD .* R   0x'
	check "$name: read-only after start" has "$segments" 'GNU_RELRO'
	check "$name: no symbols" has "$(nm "$file" 2>&1)" 'no symbols'
	check "$name: no debug sections" not has "$(readelf -SW "$file")" '[.]debug_'
	symbols=$(nm "$file.debug")
	check "$name: stack protector" has "$symbols" ' __stack_chk_fail$'
	check "$name: symbols are kept beside it" has "$symbols" ' main$'
	# glibc would show itself by these.
	check "$name: musl, not glibc" not has "$symbols" ' (_IO_2_1_stdout_|_dl_relocate_static_pie)$'
	check "$name: no path of the build" not grep -qF "$PWD" "$file"
}

examine "$TIDEWATCH" x86_64 'X86-64'
if [ -n "${ARM64_TIDEWATCH:-}" ]; then
	examine "$(dirname "$ARM64_TIDEWATCH")/tidewatch" aarch64 AArch64
else
	echo "not looked at: aarch64, which is not built here"
fi
# A scratch image is nothing but the file.
if [ "$(id -u)" = 0 ]; then
	root=$(mktemp -d)
	trap 'rm -rf "$root"' EXIT
	cp "$TIDEWATCH" "$root/tidewatch"
	check "runs in an empty root directory" chroot "$root" /tidewatch version
fi
exit $failed
