# tls_peer.py - a TLS server without a socket, driven step by step over stdin/stdout.
#
# The machine's OpenSSL on memory buffers, through ctypes: everything that it can do
# as a server can be asked for, nothing waits, and the same steps give the same
# records.  The test holds the bytes in between, so it can cut, drip and change them.
#
#   request   a line, and bytes where it says how many     answer  "ok COUNT\n" BYTES
#     trust               PEM of the roots to believe
#     pin NAME            base64 of the SHA-256 of a certificate's public key
#     serve KEY=VALUE...  a new connection; the same words share sessions and tickets
#     put COUNT           cipher bytes from the client; answers what the server says
#     do WHAT [COUNT]     write, shutdown, keyupdate, renegotiate, error; the same
#     tell                what the server knows: version, cipher, group, resumed, error
#   Exits 77 with a reason when the machine cannot do this.
import base64
import ctypes
import hashlib
import sys

try:
    import tls_ca
    from tls_ca import DAY, NOW, Certificate, I, Key, L, P, S, crypto, declare, load
    ssl = load('ssl')
except (OSError, AttributeError, ImportError, SyntaxError) as problem:
    sys.stdout.buffer.write(f'skip {problem}\n'.encode())
    sys.exit(77)

for declaration in (
        (P, 'TLS_server_method'), (P, 'SSL_CTX_new', P), (P, 'SSL_new', P),
        (None, 'SSL_free', P), (None, 'SSL_set_bio', P, P, P), (None, 'SSL_set_accept_state', P),
        (L, 'SSL_CTX_ctrl', P, I, L, P), (None, 'SSL_CTX_set_security_level', P, I),
        (I, 'SSL_CTX_use_certificate_ASN1', P, I, ctypes.c_char_p),
        (I, 'SSL_CTX_use_PrivateKey', P, P),
        (I, 'SSL_CTX_set_cipher_list', P, ctypes.c_char_p),
        (I, 'SSL_CTX_set_ciphersuites', P, ctypes.c_char_p),
        (I, 'SSL_CTX_set_session_id_context', P, ctypes.c_char_p, ctypes.c_uint),
        (ctypes.c_uint64, 'SSL_CTX_set_options', P, ctypes.c_uint64),
        (I, 'SSL_do_handshake', P), (I, 'SSL_read', P, P, I),
        (I, 'SSL_write', P, ctypes.c_char_p, I), (I, 'SSL_shutdown', P),
        (I, 'SSL_key_update', P, I), (I, 'SSL_renegotiate', P), (I, 'SSL_get_error', P, I),
        (I, 'SSL_session_reused', P), (ctypes.c_char_p, 'SSL_get_version', P),
        (P, 'SSL_get_current_cipher', P), (ctypes.c_char_p, 'SSL_CIPHER_get_name', P),
        (I, 'SSL_is_init_finished', P), (L, 'SSL_ctrl', P, I, L, P)):
    declare(ssl, *declaration)

CTRL_EXTRA_CHAIN, CTRL_GROUPS, CTRL_SIGALGS = 14, 92, 98
CTRL_MIN_VERSION, CTRL_MAX_VERSION, CTRL_MAX_FRAGMENT = 123, 124, 52
VERSIONS = {'10': 0x0301, '11': 0x0302, '12': 0x0303, '13': 0x0304}
OP_NO_TICKET, OP_SERVER_PREFERENCE, OP_NO_RENEGOTIATION = 1 << 14, 1 << 22, 1 << 30


def certificates():
    """Every server that the table of the tests names, and what stands above them."""
    p256, p384, rsa = Key('P-256'), Key('P-384'), Key('RSA-2048')
    root_key, mid_key, low_key, other_key = Key('P-384'), Key('P-256'), Key('P-256'), Key('P-256')
    host = dict(names=['good.example', '*.wild.example', '192.0.2.7', '2001:db8::7'])
    c = {}
    c['root'] = Certificate('Test Root/Tidewatch Tests', root_key, ca=True, digest='SHA384',
                            end=NOW + 3650 * DAY)
    c['mid'] = Certificate('Test Mid CA', mid_key, c['root'], ca=True, digest='SHA384')
    c['low'] = Certificate('Test Low CA', low_key, c['mid'], ca=True)
    c['rsa_root'] = Certificate('Test RSA Root', rsa, ca=True)
    c['other'] = Certificate('Stranger Root', other_key, ca=True)

    def leaf(label, key=p256, issuer=c['mid'], **how):
        c[label] = Certificate(how.pop('subject', 'good.example'), key, issuer,
                               **{**host, 'purposes': ['server'], 'use': 0x80, **how})

    leaf('rsa', rsa)
    leaf('p256')
    leaf('p384', p384)
    leaf('under_root', p256, c['root'], digest='SHA384')
    leaf('under_low', p256, c['low'])
    leaf('under_rsa', p256, c['rsa_root'])
    leaf('expired', begin=NOW - 90 * DAY, end=NOW - 1)
    leaf('not_yet', begin=NOW + 1)
    leaf('other_name', names=['else.example'])
    leaf('cn_only', names=())
    leaf('dns_address', names=['dns:192.0.2.7', 'dns:good.example'])
    leaf('unknown', issuer=c['other'])
    c['self'] = Certificate('good.example', p256, **host)
    leaf('sha1', digest='SHA1')
    leaf('rsa1024', Key('RSA-1024'))
    leaf('p521', Key('P-521'))
    leaf('ed25519', Key('ED25519'))
    leaf('client_only', purposes=['client'])
    leaf('no_purpose', purposes=None)
    leaf('any_purpose', purposes=['any'])
    leaf('no_sign', use=0x20)
    leaf('critical', more=[tls_ca.extension('1.3.6.1.4.1.5555.1', tls_ca.seq(), True)])
    leaf('forged', signer=other_key)
    c['mid_expired'] = Certificate('Old Mid CA', mid_key, c['root'], ca=True, digest='SHA384',
                                   end=NOW - DAY)
    leaf('under_expired', issuer=c['mid_expired'])
    c['mid_forged'] = Certificate('Test Mid CA', mid_key, c['root'], ca=True, digest='SHA384',
                                  signer=Key('P-384'))
    c['mid_no_ca'] = Certificate('No CA', mid_key, c['root'], digest='SHA384')
    leaf('under_no_ca', issuer=c['mid_no_ca'])
    c['mid_short'] = Certificate('Short CA', mid_key, c['root'], ca=True, path_max=0,
                                 digest='SHA384')
    c['low_long'] = Certificate('Long CA', low_key, c['mid_short'], ca=True)
    leaf('under_long', issuer=c['low_long'])
    # The same name and key once more, signed by another root: a cross certificate.
    c['mid_cross'] = Certificate('Test Mid CA', mid_key, c['other'], ca=True)
    leaf('many_names', names=['good.example'] + [f'host-{n}.cdn.example' for n in range(100)])
    c['fat'] = Certificate('Stranger/' + 'x' * 3000, other_key, ca=True)
    return c


class Server:
    contexts = {}

    def __init__(self, words, made):
        how = dict(word.split('=', 1) for word in words)
        key = ' '.join(sorted(words))
        if key not in self.contexts:
            self.contexts[key] = self.context(how, made)
        self.ssl = ssl.SSL_new(self.contexts[key])
        self.incoming = crypto.BIO_new(crypto.BIO_s_mem())
        self.outgoing = crypto.BIO_new(crypto.BIO_s_mem())
        ssl.SSL_set_bio(self.ssl, self.incoming, self.outgoing)
        ssl.SSL_set_accept_state(self.ssl)
        self.error, self.got, self.echo = '', b'', how.get('echo', '1') == '1'
        self.begun = False

    @staticmethod
    def context(how, made):
        ctx = ssl.SSL_CTX_new(ssl.TLS_server_method())
        ssl.SSL_CTX_set_security_level(ctx, 0)
        leaf = made[how.get('cert', 'rsa')]
        chain = how.get('chain', 'mid')

        def check(good, what):
            if good <= 0:
                sys.exit(f'tls_peer.py: {what} of {how}')

        check(ssl.SSL_CTX_use_certificate_ASN1(ctx, len(leaf.der), leaf.der), 'certificate')
        check(ssl.SSL_CTX_use_PrivateKey(ctx, leaf.key.pkey), 'key')
        for label in chain.split(',') if chain else ():
            der = made[label].der
            at = ctypes.c_char_p(der)
            x509 = crypto.d2i_X509(None, ctypes.byref(at), len(der))
            check(ssl.SSL_CTX_ctrl(ctx, CTRL_EXTRA_CHAIN, 0, x509), label)
        ssl.SSL_CTX_ctrl(ctx, CTRL_MIN_VERSION, VERSIONS[how.get('min', '12')], None)
        ssl.SSL_CTX_ctrl(ctx, CTRL_MAX_VERSION, VERSIONS[how.get('max', '13')], None)
        if 'groups' in how:
            set_list(ctx, CTRL_GROUPS, how['groups'], check)
        if 'sigalgs' in how:
            set_list(ctx, CTRL_SIGALGS, how['sigalgs'], check)
        if 'ciphers' in how:
            check(ssl.SSL_CTX_set_cipher_list(ctx, how['ciphers'].encode()), 'ciphers')
        if 'suites' in how:
            check(ssl.SSL_CTX_set_ciphersuites(ctx, how['suites'].encode()), 'suites')
        options = OP_SERVER_PREFERENCE if how.get('prefer') else 0
        if how.get('tickets') == '0':
            options |= OP_NO_TICKET
        ssl.SSL_CTX_set_options(ctx, options)
        if 'fragment' in how:
            ssl.SSL_CTX_ctrl(ctx, CTRL_MAX_FRAGMENT, int(how['fragment']), None)
        ssl.SSL_CTX_set_session_id_context(ctx, b'tests', 5)
        return ctx

    def note(self, result):
        kind = ssl.SSL_get_error(self.ssl, result)
        if kind == 6:
            self.error = 'close_notify'
        elif kind not in (2, 3):
            out = ctypes.create_string_buffer(256)
            first = crypto.ERR_get_error()
            if first:
                crypto.ERR_error_string_n(first, out, 256)
                self.error = out.value.decode().split(':')[-1].replace(' ', '_')
            else:
                self.error = f'kind_{kind}'
        crypto.ERR_clear_error()

    def run(self):
        if self.error:
            return
        if not ssl.SSL_is_init_finished(self.ssl):
            result = ssl.SSL_do_handshake(self.ssl)
            if result != 1:
                self.note(result)
                return
        room = ctypes.create_string_buffer(65536)
        while True:
            count = ssl.SSL_read(self.ssl, room, len(room))
            if count <= 0:
                self.note(count)
                return
            self.got += room.raw[:count]
            if self.echo:
                ssl.SSL_write(self.ssl, room.raw[:count], count)

    def said(self):
        out = b''
        room = ctypes.create_string_buffer(65536)
        while (count := crypto.BIO_read(self.outgoing, room, len(room))) > 0:
            out += room.raw[:count]
        return out

    def put(self, data):
        if data:
            crypto.BIO_write(self.incoming, data, len(data))
        self.run()
        return self.said()

    def do(self, what, count=0):
        if what == 'write':  # a record each of 16 KB at most, counting letters
            text = bytes(97 + i % 26 for i in range(count))
            ssl.SSL_write(self.ssl, text, len(text))
        elif what == 'shutdown':
            ssl.SSL_shutdown(self.ssl)
        elif what == 'keyupdate':
            ssl.SSL_key_update(self.ssl, count)
            ssl.SSL_do_handshake(self.ssl)
        elif what == 'renegotiate':
            ssl.SSL_renegotiate(self.ssl)
            ssl.SSL_do_handshake(self.ssl)
        return self.said()

    def tell(self):
        cipher = ssl.SSL_get_current_cipher(self.ssl)
        name = ssl.SSL_CIPHER_get_name(cipher).decode() if cipher else '-'
        group = ssl.SSL_ctrl(self.ssl, 134, 0, None)  # SSL_CTRL_GET_NEGOTIATED_GROUP
        return (f'{ssl.SSL_get_version(self.ssl).decode()} {name} group={group}'
                f' resumed={ssl.SSL_session_reused(self.ssl)} got={len(self.got)}'
                f' error={self.error or "none"}').encode()


def set_list(ctx, control, words, check):
    at = ctypes.create_string_buffer(words.encode())
    check(ssl.SSL_CTX_ctrl(ctx, control, 0, ctypes.cast(at, P)), words)


def main():
    try:
        made = certificates()
    except (ValueError, AttributeError) as problem:
        sys.stdout.buffer.write(f'skip {problem}\n'.encode())
        sys.exit(77)
    server = None
    inp, out = sys.stdin.buffer, sys.stdout.buffer
    out.write(b'ready\n')
    out.flush()
    for line in inp:
        word, *rest = line.decode().split()
        if word == 'trust':
            answer = (made['root'].pem() + made['rsa_root'].pem()).encode()
        elif word == 'pin':
            answer = base64.b64encode(hashlib.sha256(made[rest[0]].key.public).digest())
        elif word == 'serve':
            server = Server(rest, made)
            answer = b''
        elif word == 'put':
            answer = server.put(inp.read(int(rest[0])))
        elif word == 'do':
            answer = server.do(rest[0], *(int(number) for number in rest[1:]))
        elif word == 'tell':
            answer = server.tell()
        else:
            sys.exit(f'tls_peer.py: {word}?')
        out.write(f'ok {len(answer)}\n'.encode() + answer)
        out.flush()


main()
