/* tls_mbedtls.h - what the three files about mbedTLS share. */
#ifndef NET_TLS_MBEDTLS_H
#define NET_TLS_MBEDTLS_H
#include "net/tls_internal.h"
#include <mbedtls/ssl.h>

/* t->own, in the heap of the slot. */
struct tls_mbedtls {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	struct slice input;       /* what tls_receive was given and is not taken yet */
	bool reading;             /* in mbedtls_ssl_read: who sends now, answers */
	bool answered;
	int tickets;
};

/* Every way into the library is between these two: whose heap, clock and chance it is. */
void tls_mbedtls_enter(struct tls *t);
void tls_mbedtls_leave(void);

/* Certificates must be verified, the way that the policy judged. */
void tls_mbedtls_cert_configure(struct tls *t, mbedtls_ssl_config *config);

/* Is an error of the handshake one of certificates?  Then this ends with its reason. */
bool tls_mbedtls_cert_error(int error);
void tls_mbedtls_cert_end(struct tls *t, int error);
#endif
