# tls_gcm_peer.py - AES-GCM by the machine's OpenSSL, asked over stdin/stdout.
#
#   request   four numbers of 32 bits, little endian: bytes of key, nonce, AAD, text;
#             then these bytes                       answer  cipher text and 16 of tag
#   Exits 77 with a reason when the machine cannot do this.
import ctypes
import struct
import sys

try:
    from tls_ca import I, P, crypto, declare
    for declaration in (
            (P, 'EVP_CIPHER_CTX_new'), (None, 'EVP_CIPHER_CTX_free', P),
            (P, 'EVP_aes_128_gcm'), (P, 'EVP_aes_192_gcm'), (P, 'EVP_aes_256_gcm'),
            (I, 'EVP_CIPHER_CTX_ctrl', P, I, I, P),
            (I, 'EVP_EncryptInit_ex', P, P, P, ctypes.c_char_p, ctypes.c_char_p),
            (I, 'EVP_EncryptUpdate', P, P, ctypes.POINTER(I), ctypes.c_char_p, I),
            (I, 'EVP_EncryptFinal_ex', P, P, ctypes.POINTER(I))):
        declare(crypto, *declaration)
except (OSError, AttributeError, ImportError) as problem:
    sys.stdout.write(f'skip {problem}\n')
    sys.exit(77)

CTRL_NONCE_BYTES, CTRL_GET_TAG = 0x9, 0x10
CIPHER = {16: crypto.EVP_aes_128_gcm, 24: crypto.EVP_aes_192_gcm, 32: crypto.EVP_aes_256_gcm}


def seal(key, nonce, aad, text):
    context, got = crypto.EVP_CIPHER_CTX_new(), I()
    out, tag = ctypes.create_string_buffer(len(text) + 16), ctypes.create_string_buffer(16)
    good = crypto.EVP_EncryptInit_ex(context, CIPHER[len(key)](), None, None, None) == 1
    good &= crypto.EVP_CIPHER_CTX_ctrl(context, CTRL_NONCE_BYTES, len(nonce), None) == 1
    good &= crypto.EVP_EncryptInit_ex(context, None, None, key, nonce) == 1
    if aad:
        good &= crypto.EVP_EncryptUpdate(context, None, got, aad, len(aad)) == 1
    if text:
        good &= crypto.EVP_EncryptUpdate(context, out, got, text, len(text)) == 1
    good &= crypto.EVP_EncryptFinal_ex(context, None, got) == 1
    good &= crypto.EVP_CIPHER_CTX_ctrl(context, CTRL_GET_TAG, 16, tag) == 1
    crypto.EVP_CIPHER_CTX_free(context)
    if not good:
        sys.exit(1)
    return out.raw[:len(text)] + tag.raw


def main():
    read, write = sys.stdin.buffer, sys.stdout.buffer
    write.write(b'ready\n')
    write.flush()
    while len(head := read.read(16)) == 16:
        write.write(seal(*[read.read(count) for count in struct.unpack('<4I', head)]))
        write.flush()


main()
