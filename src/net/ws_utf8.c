/* ws_utf8.c - UTF-8 as RFC 3629 section 4 writes it; see the header.
 *
 * Why    Text that is none must end the link (RFC 6455 8.1), and every message is looked
 *        at: nearly all are ASCII, so that is the fast way.
 * Limits Reads nothing behind the text.
 *
 *   first byte   second      further
 *   00..7F
 *   C2..DF       80..BF
 *   E0           A0..BF      80..BF
 *   E1..EF       80..BF      80..BF     (ED: 80..9F, no surrogates)
 *   F0           90..BF      80..BF 80..BF
 *   F1..F3       80..BF      80..BF 80..BF
 *   F4           80..8F      80..BF 80..BF
 */
#include "net/ws_utf8.h"

static const uint64_t high_bits = UINT64_C(0x8080808080808080);

static inline uint64_t
word_at(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
	return word;
}

/* How many ASCII bytes stand in front, by whole words; the last few are left over. */
static inline size_t
ascii_words(const char *at, size_t count)
{
	size_t i = 0;

	for (; count - i >= 32; i += 32)
		if (((word_at(at + i) | word_at(at + i + 8) | word_at(at + i + 16) |
		      word_at(at + i + 24)) & high_bits) != 0)
			break;
	for (; count - i >= 8; i += 8)
		if ((word_at(at + i) & high_bits) != 0)
			break;
	return i;
}

/* The first byte of a character of several. */
static bool
begin(struct ws_utf8 *u, uint8_t c)
{
	u->low = 0x80;
	u->high = 0xbf;
	if (c >= 0xc2 && c <= 0xdf) {
		u->left = 1;
	} else if (c >= 0xe0 && c <= 0xef) {
		u->left = 2;
		if (c == 0xe0)
			u->low = 0xa0;
		else if (c == 0xed)
			u->high = 0x9f;
	} else if (c >= 0xf0 && c <= 0xf4) {
		u->left = 3;
		if (c == 0xf0)
			u->low = 0x90;
		else if (c == 0xf4)
			u->high = 0x8f;
	} else {
		return false;
	}
	return true;
}

bool
ws_utf8_step(struct ws_utf8 *u, struct slice part)
{
	for (size_t i = 0; i < part.count; i++) {
		uint8_t c = (uint8_t)part.at[i];

		if (u->left > 0) {
			if (c < u->low || c > u->high)
				return false;
			u->left--;
			u->low = 0x80;
			u->high = 0xbf;
		} else if (c >= 0x80) {
			if (!begin(u, c))
				return false;
		} else {
			size_t words = ascii_words(part.at + i, part.count - i);

			i += words > 0 ? words - 1 : 0;
		}
	}
	return true;
}

bool
ws_utf8_is(struct slice text)
{
	struct ws_utf8 u = { 0 };
	size_t i = ascii_words(text.at, text.count);

	/* The last word may overlap the one before: no loop over single bytes. */
	if (text.count - i < 8 && text.count >= 8 &&
	    (word_at(text.at + text.count - 8) & high_bits) == 0)
		return true;
	return ws_utf8_step(&u, slice_after(text, i)) && u.left == 0;
}
