/* digits.h - figures as people read them on a board: few digits, a unit, a sign.
 *
 * For eyes, not for programs (those read JSON).  A figure that is not known is NAN and
 * becomes "-", never 0.  Rounding is to the nearest, on the value as it is stored;
 * what rounds to zero has no sign.  Ages alone are cut off, not rounded.
 *
 *   price    at most 7 significant digits, zeros at the end left out, whole digits
 *            all there and grouped: 61,234.5  0.00001234.  Fewer digits where the
 *            column is narrow; beyond that 1.2e-15.
 *   short    whole below 1000; then k M B T, one decimal below 100 of the unit, none
 *            from there: 734  1.2k  45.0M  450M  5.6B; from 1000T on 1.2e15
 *   percent  of a fraction: two decimals below 100 %, none from there: +1.23%
 *   age      40 ms, 3.2 s, 32 s, 4 m, 5 h, 3 d
 *   span     two units: 59 s, 2 m 5 s, 3 h 4 m, 5 d 6 h
 */
#ifndef APP_DIGITS_H
#define APP_DIGITS_H
#include "base/text.h"

enum { DIGITS_BYTES = 48 }; /* none is longer */

/* `width`: columns there are; at least 8. */
void digits_price(struct text *out, double price, size_t width);

/* `sign`: a plus too. */
void digits_short(struct text *out, double value, bool sign);
void digits_percent(struct text *out, double fraction);

void digits_age(struct text *out, double ms);
void digits_span(struct text *out, double seconds);

/* A number of things a second: "0", "3.2", "120", "12.0k". */
void digits_rate(struct text *out, double per_s);

/* "0 B", "734 B", "49.2 kB", "1.4 GB": units of 1000. */
void digits_bytes(struct text *out, double bytes);

/* A count, grouped: "1,234,567". */
void digits_count(struct text *out, double count);
#endif
