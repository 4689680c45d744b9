/* text.h - writes text into a buffer of the caller, and never beyond it.
 *
 * A writer keeps its first failure: once something did not fit, `cut` is set
 * and every further call is harmless, so code writes straight down and looks
 * once at the end.  The bytes written so far are at[0..count); a piece that does
 * not fit is left out whole.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include "base/slice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *at;
	size_t count;
	size_t size;
	bool cut;
};

static inline struct text
text_init(char *at, size_t size)
{
	return (struct text){ at, 0, size, false };
}

void text_char(struct text *t, char c);
void text_put(struct text *t, struct slice s);
void text_str(struct text *t, const char *s);
void text_int(struct text *t, int64_t value);
void text_uint(struct text *t, uint64_t value);

/* The shortest decimal that reads back as the same double, and of those the
 * nearest; "null" for a value that is not finite.  Whole numbers have no ".0",
 * -0 is "0".  An exponent ("1.5e-10") only below 1e-9 and from 1e18 on. */
void text_double(struct text *t, double value);

/* A JSON string with its quotes, escaped where JSON demands it, and the controls
 * U+007F to U+009F, which terminals would obey, as well.  Bytes that are
 * not UTF-8 become one U+FFFD each, so the output is always valid. */
void text_json(struct text *t, struct slice s);

/* Bytes in base64 with its padding, on one line (RFC 4648, 4). */
void text_base64(struct text *t, struct slice bytes);

/* A time as RFC 3339 in UTC, "2026-11-25T02:45:01.123Z".  `digits` of the second's
 * fraction, 0 to 9; what is finer is cut off, not rounded.  Any int64 is fine. */
void text_time(struct text *t, int64_t wall_ns, int digits);

/* printf for the slow path: log lines, help, errors.  Needs one byte more than
 * it writes. */
void text_format(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct slice text_slice(const struct text *t);
#endif
