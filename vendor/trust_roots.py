#!/usr/bin/env python3
# trust_roots.py CERTDATA FOLDER - Mozilla's roots as a C table.
#
# Reads certdata.txt of the pinned ca-certificates source, keeps every root that is
# trusted to vouch for servers, and writes FOLDER/trust_roots.h and .c.  The order
# is by key and then by certificate, so the same source gives the same bytes.
#
# A root with a distrust-after date is kept with that date: certificates issued
# later must not be accepted under it.  net/ judges, the table only states it.
import hashlib
import re
import sys
import time
from calendar import timegm

HEADER = '''/* trust_roots.h - the roots that vouch for servers; generated, not committed.
 *
 * Sorted by `key`: the first 8 bytes, big-endian, of the SHA-256 of the root's
 * subject name in DER, which is the issuer name of what it signed.  Roots may
 * share a name, so look at all rows with the key.  Everything else is a place in
 * `trust_root_der`, relative to its start: no pointers, nothing to relocate.
 */
#ifndef TRUST_ROOTS_H
#define TRUST_ROOTS_H
#include <stdint.h>

enum trust_key_kind { TRUST_KEY_NONE, TRUST_KEY_RSA, TRUST_KEY_EC };

/* The numbers of RFC 8422, which BearSSL uses too. */
enum trust_curve {
	TRUST_CURVE_NONE = 0,
	TRUST_CURVE_P256 = 23,
	TRUST_CURVE_P384 = 24,
	TRUST_CURVE_P521 = 25,
};

struct trust_root {
	uint64_t key;
	int64_t valid_from_s, valid_until_s; /* unix seconds */
	int64_t distrust_after_s; /* nothing issued later is trusted; 0: no such date */
	uint32_t cert_at;         /* the certificate */
	uint32_t name_at;         /* its subject name, a whole DER SEQUENCE */
	uint32_t public_at;       /* RSA: modulus; EC: point, uncompressed */
	uint32_t exponent_at;     /* RSA only */
	uint16_t cert_bytes, name_bytes, public_bytes, exponent_bytes;
	uint8_t kind;             /* enum trust_key_kind */
	uint8_t curve;            /* enum trust_curve */
	const char *label;        /* Mozilla's name for it, ASCII */
};

enum { TRUST_ROOT_COUNT = %d };
extern const struct trust_root trust_roots[TRUST_ROOT_COUNT];
extern const uint8_t trust_root_der[%d];
#endif
'''

CURVES = {
    bytes.fromhex('2a8648ce3d030107'): 23,  # P-256
    bytes.fromhex('2b81040022'): 24,        # P-384
    bytes.fromhex('2b81040023'): 25,        # P-521
}
RSA = bytes.fromhex('2a864886f70d010101')
EC = bytes.fromhex('2a8648ce3d0201')


def objects(path):
    """The attributes of each object of certdata.txt, as a dict."""
    now, name, octets = {}, None, None
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            line = line.rstrip('\n')
            if octets is not None:
                if line == 'END':
                    now[name] = bytes(octets)
                    octets = None
                else:
                    octets += bytes(int(o, 8) for o in re.findall(r'\\([0-7]{3})', line))
                continue
            if line.startswith('CKA_CLASS '):
                if now:
                    yield now
                now = {}
            word = line.split(None, 2)
            if len(word) < 2 or not word[0].startswith('CKA_'):
                continue
            if word[1] == 'MULTILINE_OCTAL':
                name, octets = word[0], bytearray()
            else:
                now[word[0]] = word[2] if len(word) > 2 else ''
    if now:
        yield now


class Der:
    """One element of DER inside `data`: its tag, where it is and its body."""

    def __init__(self, data, at, end=None):
        self.data, self.at = data, at
        self.tag = data[at]
        length, head = data[at + 1], 2
        if length & 0x80:
            count = length & 0x7f
            length = int.from_bytes(data[at + 2:at + 2 + count], 'big')
            head += count
        self.body_at, self.end = at + head, at + head + length
        if self.end > (len(data) if end is None else end):
            raise ValueError('an element longer than what holds it')

    def body(self):
        return self.data[self.body_at:self.end]

    def parts(self):
        at, found = self.body_at, []
        while at < self.end:
            found.append(Der(self.data, at, self.end))
            at = found[-1].end
        return found


def seconds(text, is_utc):
    """UTCTime or GeneralizedTime to unix seconds."""
    text = text.decode('ascii')
    if is_utc:
        text = ('19' if int(text[:2]) >= 50 else '20') + text
    return timegm(time.strptime(text, '%Y%m%d%H%M%SZ'))


def integer(element):
    """Where the magnitude of an INTEGER starts (without a leading zero), and its bytes."""
    at = element.body_at
    while at < element.end - 1 and element.data[at] == 0:
        at += 1
    return at, element.end - at


def read_root(label, der, distrust):
    certificate = Der(der, 0)
    fields = certificate.parts()[0].parts()
    if fields[0].tag == 0xa0:  # the version is optional
        fields = fields[1:]
    _serial, _algorithm, _issuer, validity, subject, public = fields[:6]
    begin, end = validity.parts()
    algorithm, bits = public.parts()
    kind_parts = algorithm.parts()
    root = {
        'label': label, 'der': der,
        'key': int.from_bytes(hashlib.sha256(der[subject.at:subject.end]).digest()[:8], 'big'),
        'from': seconds(begin.body(), begin.tag == 0x17),
        'until': seconds(end.body(), end.tag == 0x17),
        'distrust': seconds(distrust, True) if isinstance(distrust, bytes) else 0,
        'name': (subject.at, subject.end - subject.at),
        'exponent': (0, 0), 'curve': 0,
    }
    if der[bits.body_at] != 0:
        raise ValueError('a key that is not whole bytes')
    if kind_parts[0].body() == RSA:
        modulus, exponent = Der(der, bits.body_at + 1, bits.end).parts()
        root.update(kind=1, public=integer(modulus), exponent=integer(exponent))
    elif kind_parts[0].body() == EC:
        curve = CURVES[kind_parts[1].body()]
        point = (bits.body_at + 1, bits.end - bits.body_at - 1)
        if der[point[0]] != 4:
            raise ValueError('a point that is not uncompressed')
        root.update(kind=2, public=point, curve=curve)
    else:
        raise ValueError('neither RSA nor EC')
    return root


def roots(path):
    certificates, trusted = [], set()
    for thing in objects(path):
        where = (thing.get('CKA_ISSUER'), thing.get('CKA_SERIAL_NUMBER'))
        if thing['CKA_CLASS'].endswith('CKO_CERTIFICATE'):
            certificates.append((where, thing))
        elif thing['CKA_CLASS'].endswith('CKO_NSS_TRUST'):
            if thing.get('CKA_TRUST_SERVER_AUTH', '').endswith('CKT_NSS_TRUSTED_DELEGATOR'):
                trusted.add(where)
    for where, thing in certificates:
        if where not in trusted:
            continue
        label = thing['CKA_LABEL'].strip('"')
        # Labels are shown to people and stored in C: plain ASCII.  certdata
        # writes other characters as \xNN bytes of UTF-8.
        label = re.sub(r'(\\x[0-9a-fA-F]{2})+', '?', label)
        label = label.encode('ascii', 'replace').decode().replace('\\', '?').replace('"', "'")
        try:
            yield read_root(label, thing['CKA_VALUE'], thing.get('CKA_NSS_SERVER_DISTRUST_AFTER'))
        except (ValueError, KeyError, IndexError) as problem:
            sys.exit(f'trust_roots.py: {label}: {problem}')


def main():
    path, folder = sys.argv[1:]
    table = sorted(roots(path), key=lambda root: (root['key'], root['der']))
    if len(table) < 50:
        sys.exit(f'trust_roots.py: only {len(table)} roots in {path}: has its form changed?')
    total = sum(len(root['der']) for root in table)
    with open(f'{folder}/trust_roots.h', 'w', encoding='ascii') as out:
        out.write(HEADER % (len(table), total))
    with open(f'{folder}/trust_roots.c', 'w', encoding='ascii') as out:
        out.write('/* trust_roots.c - see trust_roots.h; generated, not committed. */\n'
                  '#include "trust_roots.h"\n\n'
                  'const struct trust_root trust_roots[TRUST_ROOT_COUNT] = {\n')
        at = 0
        for root in table:
            out.write(
                f'\t{{ .key = 0x{root["key"]:016x}u, .valid_from_s = {root["from"]},'
                f' .valid_until_s = {root["until"]}, .distrust_after_s = {root["distrust"]},\n'
                f'\t  .cert_at = {at}, .cert_bytes = {len(root["der"])},'
                f' .name_at = {at + root["name"][0]}, .name_bytes = {root["name"][1]},\n'
                f'\t  .kind = {root["kind"]}, .curve = {root["curve"]},'
                f' .public_at = {at + root["public"][0]}, .public_bytes = {root["public"][1]},\n'
                f'\t  .exponent_at = {at + root["exponent"][0] if root["kind"] == 1 else 0},'
                f' .exponent_bytes = {root["exponent"][1]},\n'
                f'\t  .label = "{root["label"]}" }},\n')
            at += len(root['der'])
        out.write('};\n\nconst uint8_t trust_root_der[] = {\n')
        der = b''.join(root['der'] for root in table)
        for i in range(0, total, 16):
            out.write('\t' + ','.join(str(byte) for byte in der[i:i + 16]) + ',\n')
        out.write('};\n')


main()
