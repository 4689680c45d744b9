/* num.h - decimals of venues to doubles and integers, without strtod or locale.
 *
 * Grammar: JSON numbers, plus leading zeros ("007.50"), which venues send as
 * strings.  No sign other than '-', no hex, no inf, no nan, no blanks.
 *
 * A double is always the one nearest to the decimal (ties to even).  Up to 2^53
 * in the mantissa and |exponent| <= 22 that is one exact multiplication or
 * division of doubles (Clinger 1990, "How to read floating point numbers
 * accurately", fast path); longer ones take 128-bit integers, and what is left
 * (far exponents, exact middles) strtod on a copy.  num.c says how.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

/* text * 10^shift10 as the nearest double.  False when the text is no number or
 * the result is not finite; then *out is as it was.  |shift10| <= 30.  "-0" is
 * the double -0.0, which equals 0. */
bool num_double(struct slice text, int shift10, double *out);

/* Digits only, optional '-'; false beyond 64 bits. */
bool num_int64(struct slice text, int64_t *out);
bool num_uint64(struct slice text, uint64_t *out);

/* The double nearest to 10^n: exact for 0 <= n <= 22, infinite or 0 far out. */
double num_pow10(int n);
#endif
