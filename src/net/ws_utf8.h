/* ws_utf8.h - is this text UTF-8?  Asked in parts, which may be cut inside a character.
 *
 * RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF; said at the first
 * byte that cannot go on, not at the end of its character.  Plain ASCII costs a look at
 * 32 bytes at a time.
 */
#ifndef NET_WS_UTF8_H
#define NET_WS_UTF8_H
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

/* Zeroed: at the border of a character. */
struct ws_utf8 {
	uint8_t left;      /* bytes that the character still wants; 0: at a border */
	uint8_t low, high; /* between which the next of them must be */
};

/* False: broken, for good.  A text is whole when `left` is 0 behind its last part. */
bool ws_utf8_step(struct ws_utf8 *u, struct slice part);

/* A whole text. */
bool ws_utf8_is(struct slice text);
#endif
