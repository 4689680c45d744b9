/* bearssl.h - BearSSL's choices for our machines; forced into its build.
 *
 * Both are 64 bits wide with a 128-bit product.  Time and entropy are ours to
 * give: without br_x509_minimal_set_time and br_ssl_engine_inject_entropy a
 * handshake fails instead of asking the machine behind our back.
 */
#define BR_64 1
#define BR_INT128 1
#define BR_UMUL128 0
#define BR_USE_UNIX_TIME 0
#define BR_USE_URANDOM 0
#define BR_RDRAND 0
#if defined(__x86_64__)
#define BR_AES_X86NI 1 /* asked of the processor at start */
#define BR_SSE2 1
#define BR_LE_UNALIGNED 1
#endif
