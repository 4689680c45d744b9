#!/bin/sh
# Goal:   the table of roots holds what Mozilla trusts for servers, key by key.
# Method: the table, written out by a small program, against openssl's reading of the
#         same certificates and a plain count in certdata.txt.
set -eu
cd "$(dirname "$0")/../.."
command -v openssl >/dev/null || {
	echo "skipped: no openssl"
	exit 77
}
certdata=vendor/.cache/src/ca-certificates/mozilla/certdata.txt
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
check() { # WHAT COMMAND...
	what=$1
	shift
	if "$@"; then
		echo "ok   $what"
	else
		echo "FAIL $what"
		failed=1
	fi
}

mkdir "$dir/a" "$dir/b"
vendor/trust_roots.py "$certdata" "$dir/a"
PYTHONHASHSEED=7 vendor/trust_roots.py "$certdata" "$dir/b"
check "the same bytes twice" cmp "$dir/a/trust_roots.c" "$dir/b/trust_roots.c"

cat >"$dir/out.c" <<'PROGRAM'
#include "trust_roots.h"
#include <stdio.h>

static void
hex(uint32_t at, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		printf("%02x", trust_root_der[at + i]);
	printf(" ");
}

int
main(int count, char **folder)
{
	for (int i = 0; i < TRUST_ROOT_COUNT; i++) {
		const struct trust_root *r = &trust_roots[i];
		char path[512];
		FILE *out;

		(void)count;
		snprintf(path, sizeof path, "%s/%03d.der", folder[1], i);
		out = fopen(path, "wb");
		if (out == NULL)
			return 1;
		fwrite(trust_root_der + r->cert_at, 1, r->cert_bytes, out);
		fclose(out);
		printf("%03d %016llx %s %d ", i, (unsigned long long)r->key,
		       r->kind == TRUST_KEY_RSA ? "rsa" : "ec", r->curve);
		hex(r->public_at, r->public_bytes);
		hex(r->name_at, r->name_bytes);
		printf("%lld %s", (long long)r->valid_until_s, r->exponent_bytes ? "" : "-");
		if (r->exponent_bytes)
			hex(r->exponent_at, r->exponent_bytes);
		printf("\n");
	}
	return 0;
}
PROGRAM
cc -std=c11 -Wall -Wextra -Werror -I"$dir/a" -o "$dir/out" "$dir/out.c" "$dir/a/trust_roots.c"
"$dir/out" "$dir" >"$dir/table"
want=$(grep -c '^CKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_TRUSTED_DELEGATOR' "$certdata")
check "as many roots as certdata trusts: $want" test "$(wc -l <"$dir/table")" = "$want"
check "sorted by key" sort -c -k2,2 "$dir/table"

wrong=0
while read -r number key kind curve public name until exponent; do
	file=$dir/$number.der
	openssl x509 -inform DER -in "$file" -noout -modulus -enddate >"$dir/said"
	bits=$(openssl x509 -inform DER -in "$file" -noout -pubkey | openssl pkey -pubin -outform DER |
		od -An -v -tx1 | tr -d ' \n')
	if [ "$kind" = rsa ]; then
		modulus=$(sed -n 's/^Modulus=//p' "$dir/said" | tr A-F a-f)
		[ "$public" = "$modulus" ] || { wrong=$((wrong + 1)); echo "$number: another modulus"; }
		case $bits in *"$exponent") ;; *) wrong=$((wrong + 1)); echo "$number: another exponent" ;; esac
	else
		case $bits in *"$public") ;; *) wrong=$((wrong + 1)); echo "$number: another point" ;; esac
		case $curve.${#public} in
		23.130 | 24.194) ;;
		*) wrong=$((wrong + 1)); echo "$number: curve $curve with ${#public} digits" ;;
		esac
	fi
	[ "$(date -u -d "$(sed -n 's/^notAfter=//p' "$dir/said")" +%s)" = "$until" ] || {
		wrong=$((wrong + 1))
		echo "$number: another end of validity"
	}
	# A root is its own issuer: the name by which a chain would ask for it.
	at=$(openssl asn1parse -inform DER -in "$file" | awk -F '[: ]+' '
		$0 ~ /d=2/ && $0 ~ /SEQUENCE/ && ++n == 2 { print $1 == "" ? $2 : $1; exit }')
	openssl asn1parse -inform DER -in "$file" -strparse "$at" -noout -out "$dir/name"
	[ "$(od -An -v -tx1 <"$dir/name" | tr -d ' \n')" = "$name" ] || {
		wrong=$((wrong + 1))
		echo "$number: another name"
	}
	[ "$(openssl dgst -sha256 -r "$dir/name" | cut -c1-16)" = "$key" ] || {
		wrong=$((wrong + 1))
		echo "$number: another key"
	}
done <"$dir/table"
check "keys, names and dates are what openssl reads" test $wrong = 0

# Dates after which a root's new certificates are not trusted.
dated=$(awk '/^CKA_NSS_SERVER_DISTRUST_AFTER MULTILINE_OCTAL/' "$certdata" | wc -l)
check "distrust-after dates are stated: $dated" \
	test "$(grep -c 'distrust_after_s = [1-9]' "$dir/a/trust_roots.c")" = "$dated"
exit $failed
