# tls_ca.py - certificates for tests, also ones that no CA would sign.
#
# Writes DER by hand and signs with the machine's libcrypto (through ctypes), so a
# certificate can have any field wrong.  Everything is made in memory at test time
# and never stored: there is no key in the repository.
import calendar
import ctypes
import ctypes.util
import hashlib
import time

P, I, L, S = ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_size_t


def load(name):
    """libssl or libcrypto of OpenSSL 3, with its functions declared by `declare`."""
    for file in (f'lib{name}.so.3', ctypes.util.find_library(name)):
        try:
            library = ctypes.CDLL(file)
        except (OSError, TypeError):
            continue
        return library
    raise OSError(f'lib{name} of OpenSSL 3 is not installed')


def declare(library, result, name, *arguments):
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


crypto = load('crypto')
for declaration in (
        (P, 'EVP_PKEY_Q_keygen', P, P, ctypes.c_char_p),
        (I, 'i2d_PUBKEY', P, ctypes.POINTER(ctypes.c_char_p)),
        (P, 'EVP_MD_CTX_new'), (None, 'EVP_MD_CTX_free', P),
        (P, 'EVP_get_digestbyname', ctypes.c_char_p),
        (I, 'EVP_DigestSignInit', P, P, P, P, P),
        (I, 'EVP_DigestSign', P, P, ctypes.POINTER(S), ctypes.c_char_p, S),
        (P, 'd2i_X509', P, ctypes.POINTER(ctypes.c_char_p), L),
        (P, 'BIO_new', P), (P, 'BIO_s_mem'), (I, 'BIO_read', P, P, I),
        (I, 'BIO_write', P, ctypes.c_char_p, I),
        (ctypes.c_ulong, 'ERR_get_error'), (None, 'ERR_clear_error'),
        (None, 'ERR_error_string_n', ctypes.c_ulong, P, S)):
    declare(crypto, *declaration)

NOW = calendar.timegm((2026, 11, 25, 12, 0, 0))  # what the tests' clock says
DAY = 86400


# --- DER ----------------------------------------------------------------------------

def tlv(tag, *bodies):
    body = b''.join(bodies)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    count = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | count]) + len(body).to_bytes(count, 'big') + body


def seq(*bodies):
    return tlv(0x30, *bodies)


def oid(dotted):
    first, second, *rest = (int(part) for part in dotted.split('.'))
    out = bytes([first * 40 + second])
    for part in rest:
        digits = [part & 0x7f]
        while part := part >> 7:
            digits.append(part & 0x7f | 0x80)
        out += bytes(reversed(digits))
    return tlv(0x06, out)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, 'big'))


def bits(body, unused=0):
    return tlv(0x03, bytes([unused]), body)


def name(common, organisation=None):
    parts = [(3, common)] + ([(10, organisation)] if organisation else [])
    return seq(*(tlv(0x31, seq(oid(f'2.5.4.{kind}'), tlv(0x0c, text.encode())))
                 for kind, text in parts))


def moment(seconds):
    when = time.gmtime(seconds)
    if 1950 <= when.tm_year < 2050:
        return tlv(0x17, time.strftime('%y%m%d%H%M%SZ', when).encode())
    return tlv(0x18, time.strftime('%Y%m%d%H%M%SZ', when).encode())


# --- keys ----------------------------------------------------------------------------

class Key:
    def __init__(self, kind):
        algorithm, _, detail = kind.partition('-')
        if algorithm == 'RSA':
            self.pkey = crypto.EVP_PKEY_Q_keygen(None, None, b'RSA', S(int(detail)))
        elif algorithm == 'P':
            self.pkey = crypto.EVP_PKEY_Q_keygen(None, None, b'EC',
                                                 ctypes.c_char_p(kind.encode()))
        else:
            self.pkey = crypto.EVP_PKEY_Q_keygen(None, None, kind.encode())
        self.kind = algorithm
        if not self.pkey:
            raise ValueError(f'no key of kind {kind}')
        at = ctypes.c_char_p()
        count = crypto.i2d_PUBKEY(self.pkey, ctypes.byref(at))
        self.public = ctypes.string_at(at, count)
        self.id = hashlib.sha256(self.public).digest()[:20]

    def sign(self, data, digest):
        context = crypto.EVP_MD_CTX_new()
        kind = crypto.EVP_get_digestbyname(digest) if digest else None
        if crypto.EVP_DigestSignInit(context, None, kind, None, self.pkey) != 1:
            raise ValueError('this key cannot sign so')
        count = S(1024)
        out = ctypes.create_string_buffer(1024)
        if crypto.EVP_DigestSign(context, out, ctypes.byref(count), data, len(data)) != 1:
            raise ValueError('signing failed')
        crypto.EVP_MD_CTX_free(context)
        return out.raw[:count.value]


ALGORITHMS = {
    ('RSA', 'SHA256'): seq(oid('1.2.840.113549.1.1.11'), tlv(0x05)),
    ('RSA', 'SHA384'): seq(oid('1.2.840.113549.1.1.12'), tlv(0x05)),
    ('RSA', 'SHA1'): seq(oid('1.2.840.113549.1.1.5'), tlv(0x05)),
    ('P', 'SHA256'): seq(oid('1.2.840.10045.4.3.2')),
    ('P', 'SHA384'): seq(oid('1.2.840.10045.4.3.3')),
    ('P', 'SHA1'): seq(oid('1.2.840.10045.4.1')),
}


# --- certificates ----------------------------------------------------------------------

def extension(number, value, critical=False):
    return seq(oid(number), tlv(0x01, b'\xff') if critical else b'', tlv(0x04, value))


def alt_names(names):
    """`1.2.3.4` or `::1` as an iPAddress, `dns:X` and plain words as a dNSName."""
    import socket
    entries = []
    for word in names:
        if word.startswith('dns:'):
            entries.append(tlv(0x82, word[4:].encode()))
            continue
        for family in (socket.AF_INET, socket.AF_INET6):
            try:
                entries.append(tlv(0x87, socket.inet_pton(family, word)))
                break
            except OSError:
                continue
        else:
            entries.append(tlv(0x82, word.encode()))
    return seq(*entries)


PURPOSES = {'server': '1.3.6.1.5.5.7.3.1', 'client': '1.3.6.1.5.5.7.3.2',
            'any': '2.5.29.37.0'}


class Certificate:
    """`issuer` is a Certificate, or None: it signs itself."""

    def __init__(self, subject, key, issuer=None, *, names=(), ca=False, path_max=None,
                 begin=NOW - 30 * DAY, end=NOW + 60 * DAY, digest='SHA256', purposes=None,
                 use=None, more=(), signer=None, ids=True):
        self.key, self.subject = key, name(*subject.split('/'))
        issuer = issuer or self
        signer = signer or issuer.key
        algorithm = ALGORITHMS[signer.kind, digest]
        extensions = list(more)
        if ca:
            limit = integer(path_max) if path_max is not None else b''
            extensions.append(extension('2.5.29.19', seq(tlv(0x01, b'\xff'), limit), True))
        if names:
            extensions.append(extension('2.5.29.17', alt_names(names)))
        if purposes:
            extensions.append(extension('2.5.29.37', seq(*(oid(PURPOSES[p]) for p in purposes))))
        if use is not None:
            extensions.append(extension('2.5.29.15', bits(bytes([use])), True))
        if ids:
            extensions.append(extension('2.5.29.14', tlv(0x04, key.id)))
            extensions.append(extension('2.5.29.35', seq(tlv(0x80, issuer.key.id))))
        body = seq(tlv(0xa0, integer(2)), integer(int.from_bytes(key.id[:8], 'big')), algorithm,
                   issuer.subject, seq(moment(begin), moment(end)), self.subject, key.public,
                   tlv(0xa3, seq(*extensions)) if extensions else b'')
        self.der = seq(body, algorithm, bits(signer.sign(body, digest.encode())))

    def pem(self):
        import base64
        text = base64.encodebytes(self.der).decode()
        return f'-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n'
