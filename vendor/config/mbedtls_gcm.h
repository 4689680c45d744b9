/* mbedtls_gcm.h - the object of AES-GCM, in place of mbedTLS's own.
 *
 * Where mbedtls.h asks for MBEDTLS_GCM_ALT, <mbedtls/gcm.h> reads this file under the
 * name gcm_alt.h, and the functions behind it are those of src/net/tls_gcm.c, over
 * BearSSL's AES and GHASH.  The library must know the size and nothing else: BearSSL's
 * objects lie in here as bytes, so that neither build needs the other's headers.
 */
#ifndef TIDEWATCH_GCM_ALT_H
#define TIDEWATCH_GCM_ALT_H

/* It points into itself: never copied. */
typedef struct mbedtls_gcm_context {
	unsigned char stage; /* zero: no key */
	unsigned char encrypts;
	unsigned char keys[256] __attribute__((aligned(16)));  /* br_aes_gen_ctr_keys */
	unsigned char pieces[128] __attribute__((aligned(16))); /* br_gcm_context */
} mbedtls_gcm_context;
#endif
