/* tls_bearssl.h - what the two files about BearSSL share. */
#ifndef NET_TLS_BEARSSL_H
#define NET_TLS_BEARSSL_H
#include "net/tls_internal.h"
#include <bearssl.h>

enum {
	TLS_BEARSSL_CHAIN_BYTES = 16384, /* of all certificates; mbedTLS's limit is the same */
	TLS_BEARSSL_IN_BYTES = BR_SSL_BUFSIZE_INPUT + TLS_SLACK_BYTES,
	/* The library fills a power of two and the overhead, whatever it is given. */
	TLS_BEARSSL_OUT_BYTES = 4096 + (BR_SSL_BUFSIZE_OUTPUT - 16384),
};

struct tls_bearssl_validator {
	const br_x509_class *vtable; /* first: the library knows us by its address */
	struct tls *t;
	size_t count;                /* of `bytes` */
	bool overflow;
	struct tls_chain chain;
	br_x509_minimal_context minimal;
	br_x509_trust_anchor anchor;
	char bytes[TLS_BEARSSL_CHAIN_BYTES];
};

/* t->own, in the heap of the slot. */
struct tls_bearssl {
	br_ssl_client_context client;
	struct tls_bearssl_validator validator;
	br_ec_impl curves;           /* the library's, less what is not offered */
	unsigned char in[TLS_BEARSSL_IN_BYTES], out[TLS_BEARSSL_OUT_BYTES];
};

/* Before the library is told of own->validator. */
void tls_bearssl_cert_init(struct tls *t, struct tls_bearssl *own);

/* Ends with the reason of an error that is one of certificates. */
void tls_bearssl_cert_end(struct tls *t, int error);
#endif
