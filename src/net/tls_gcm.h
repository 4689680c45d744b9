/* tls_gcm.h - mbedTLS's AES-GCM by BearSSL's AES and GHASH, on x86-64.
 *
 * The functions are those of <mbedtls/gcm.h>, and so is their contract, with this on
 * top: nothing is taken from a heap; a tag is compared in constant time, and a wrong
 * one leaves zeros where the plain bytes would be; an argument that is refused has
 * written nothing; calls out of order (a piece of text before the nonce, or more to
 * authenticate behind the text) are refused.  A context must stay where it is from
 * its key on.  Other ciphers than AES are refused.
 *
 * Elsewhere (arm64) they are mbedTLS's own, see README.md, and this is nothing.
 */
#ifndef NET_TLS_GCM_H
#define NET_TLS_GCM_H
#include <stdbool.h>
#include <stdint.h>

struct mbedtls_gcm_context;

/* Asks the processor what it can do and computes what is known already.  Only the
 * first call works; without one the first key does it.  False: it computes wrongly,
 * and no key will be taken. */
bool tls_gcm_boot(void);

/* tls_gcm_known.c: seals and opens as the standard says?  `c` has the known key. */
extern const uint8_t tls_gcm_known_key[16];
bool tls_gcm_known(struct mbedtls_gcm_context *c);
#endif
