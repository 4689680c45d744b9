/* json.c - the reader of json.h.
 *
 * The same few functions walk what is read and what is skipped, so a promise
 * kept on one path is kept on the other.  Each takes a position and the end, and
 * returns the position behind what it read, or NULL when that is not JSON
 * (RFC 8259).  Runs of bytes are found by json_scan.h, sixteen at a time.
 */
#include "base/json.h"
#include "base/json_scan.h"
#include "base/limits.h"
#include "base/num.h"
#include <string.h>

_Static_assert(LIMIT_json_depth_max <= 64, "a bit a level");

enum { SHORT_KEY_BYTES = 4 };

/* Inlined even where the compiler finds it too large: a member is some forty
 * cycles, and the calls were a tenth of that. */
#define PIECE static inline __attribute__((always_inline))

/* --- the pieces ------------------------------------------------------------------ */

/* `at` is behind the backslash. */
static const char *
skip_escape(const char *at, const char *end)
{
	if (at == end)
		return NULL;
	switch (*at++) {
	case '"': case '\\': case '/':
	case 'b': case 'f': case 'n': case 'r': case 't':
		return at;
	case 'u':
		if (end - at < 4)
			return NULL;
		for (int i = 0; i < 4; i++) {
			if (!json_is_hex(at[i]))
				return NULL;
		}
		return at + 4;
	default:
		return NULL;
	}
}

/* `at` is behind the opening quote; the result is at the closing one. */
PIECE const char *
skip_string(const char *at, const char *end, bool *escaped_out)
{
	*escaped_out = false;
	for (;;) {
		at = json_scan_run(at, end);
		if (at == end)
			return NULL;
		if (*at == '"')
			return at;
		if (*at != '\\')
			return NULL;
		*escaped_out = true;
		at = skip_escape(at + 1, end);
		if (at == NULL)
			return NULL;
	}
}

PIECE const char *
skip_digits(const char *at, const char *end)
{
	const char *start = at;

	at = json_scan_digits(at, end);
	return at == start ? NULL : at;
}

PIECE const char *
skip_number(const char *at, const char *end)
{
	if (at < end && *at == '-')
		at++;
	/* No second digit behind a leading zero. */
	if (at < end && *at == '0')
		at++;
	else
		at = skip_digits(at, end);
	if (at != NULL && at < end && *at == '.')
		at = skip_digits(at + 1, end);
	if (at != NULL && at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '-' || *at == '+'))
			at++;
		at = skip_digits(at, end);
	}
	return at;
}

PIECE const char *
skip_word(const char *at, const char *end, const char *word, size_t count)
{
	if ((size_t)(end - at) < count || memcmp(at, word, count) != 0)
		return NULL;
	return at + count;
}

/* A key, its colon, and the blanks around them; the result is at the value. */
PIECE const char *
skip_key(const char *at, const char *end, struct slice *key_out)
{
	const char *start;
	bool escaped;

	at = json_scan_blanks(at, end);
	if (at == end || *at != '"')
		return NULL;
	start = ++at;
	/* Venues' names are short.  A branch a byte is foreseen, where for a vector
	 * we would have to wait: where the next piece begins depends on it. */
	for (int i = 0; i < SHORT_KEY_BYTES && at < end && json_is_plain(*at); i++)
		at++;
	if (at == end || *at != '"')
		at = skip_string(at, end, &escaped);
	if (at == NULL)
		return NULL;
	*key_out = slice_of(start, (size_t)(at - start));
	at = json_scan_blanks(at + 1, end);
	if (at == end || *at != ':')
		return NULL;
	return json_scan_blanks(at + 1, end);
}

/* A string, a number or a word, at `at`, which is below the end. */
PIECE const char *
skip_scalar(const char *at, const char *end, struct json_value *v)
{
	const char *start = at;

	v->escaped = false;
	switch (*at) {
	case '"':
		v->type = JSON_STRING;
		start++;
		at = skip_string(start, end, &v->escaped);
		if (at == NULL)
			return NULL;
		v->text = slice_of(start, (size_t)(at - start));
		return at + 1;
	case 't':
		v->type = JSON_TRUE;
		at = skip_word(at, end, "true", 4);
		break;
	case 'f':
		v->type = JSON_FALSE;
		at = skip_word(at, end, "false", 5);
		break;
	case 'n':
		v->type = JSON_NULL;
		at = skip_word(at, end, "null", 4);
		break;
	default:
		v->type = JSON_NUMBER;
		at = skip_number(at, end);
		break;
	}
	if (at != NULL)
		v->text = slice_of(start, (size_t)(at - start));
	return at;
}

/* A whole object or array, which begins at `at`.  `depth` levels are open around
 * it already. */
static const char *
skip_container(const char *at, const char *end, int depth)
{
	const int floor = depth;
	uint64_t is_array = 0; /* a bit a level, the innermost lowest */
	struct json_value value;
	struct slice key;
	char close;

	for (;;) {
		/* At a value. */
		if (at == end)
			return NULL;
		if (*at == '{' || *at == '[') {
			if (depth == LIMIT_json_depth_max)
				return NULL;
			depth++;
			is_array = is_array << 1 | (*at == '[');
			at = json_scan_blanks(at + 1, end);
			if (at == end)
				return NULL;
			close = is_array & 1 ? ']' : '}';
			if (*at != close) {
				if (!(is_array & 1))
					at = skip_key(at, end, &key);
				if (at == NULL)
					return NULL;
				continue;
			}
		} else {
			at = skip_scalar(at, end, &value);
			if (at == NULL)
				return NULL;
			at = json_scan_blanks(at, end);
		}
		/* Behind a value, or at the bracket that closes an empty one: close
		 * what closes here. */
		for (;;) {
			if (at == end)
				return NULL;
			if (*at == ',')
				break;
			if (*at != (is_array & 1 ? ']' : '}'))
				return NULL;
			at++;
			is_array >>= 1;
			if (--depth == floor)
				return at;
			at = json_scan_blanks(at, end);
		}
		at = json_scan_blanks(at + 1, end);
		if (!(is_array & 1))
			at = skip_key(at, end, &key);
		if (at == NULL)
			return NULL;
	}
}

/* --- the reader ------------------------------------------------------------------ */

struct json
json_open(struct slice text)
{
	struct json r = { .type = JSON_NONE };

	if (text.count > 0) {
		r.end = text.at + text.count;
		r.at = json_scan_blanks(text.at, r.end);
	}
	if (r.at != r.end && (*r.at == '{' || *r.at == '[')) {
		r.type = *r.at == '{' ? JSON_OBJECT : JSON_ARRAY;
		r.at++;
	} else {
		r.bad = true;
	}
	return r;
}

static bool
fail(struct json *r)
{
	r->bad = true;
	return false;
}

/* Steps over the comma before the next item, or over the closing bracket and to
 * the end.  True when an item must follow. */
static inline bool
next_item(struct json *r, char close)
{
	const char *at;

	if (r->bad || r->done)
		return false;
	at = json_scan_blanks(r->at, r->end);
	if (at == r->end)
		return fail(r);
	if (*at == close) {
		r->at = json_scan_blanks(at + 1, r->end);
		if (r->at != r->end)
			return fail(r);
		r->done = true;
		return false;
	}
	if (r->begun) {
		if (*at != ',')
			return fail(r);
		at = json_scan_blanks(at + 1, r->end);
	}
	r->begun = true;
	r->at = at;
	return true;
}

static inline bool
read_value(struct json *r, const char *at, struct json_value *value)
{
	const char *start = at;

	if (at == NULL || at == r->end)
		return fail(r);
	if (*at == '{' || *at == '[') {
		value->type = *at == '{' ? JSON_OBJECT : JSON_ARRAY;
		value->escaped = false;
		at = skip_container(at, r->end, 1);
		if (at == NULL)
			return fail(r);
		value->text = slice_of(start, (size_t)(at - start));
	} else {
		at = skip_scalar(at, r->end, value);
		if (at == NULL)
			return fail(r);
	}
	r->at = at;
	return true;
}

bool
json_member(struct json *r, struct slice *key, struct json_value *value)
{
	if (r->type != JSON_OBJECT)
		return fail(r);
	if (!next_item(r, '}'))
		return false;
	return read_value(r, skip_key(r->at, r->end, key), value);
}

bool
json_element(struct json *r, struct json_value *value)
{
	if (r->type != JSON_ARRAY)
		return fail(r);
	if (!next_item(r, ']'))
		return false;
	return read_value(r, r->at, value);
}

/* --- values ---------------------------------------------------------------------- */

bool
json_double(const struct json_value *v, int shift10, double *out)
{
	if (v->type != JSON_STRING && v->type != JSON_NUMBER)
		return false;
	return num_double(v->text, shift10, out);
}

bool
json_int64(const struct json_value *v, int64_t *out)
{
	if (v->type != JSON_STRING && v->type != JSON_NUMBER)
		return false;
	return num_int64(v->text, out);
}

/* --- escapes --------------------------------------------------------------------- */

static unsigned
hex_value(const char *at)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)at[i];

		value = value << 4 | (c <= '9' ? c - 48u : (c | 32u) - 97u + 10u);
	}
	return value;
}

/* Reads the character of an escape that skip_escape has looked at; `*at` is
 * behind the backslash and is moved behind the escape.  Half a pair is broken. */
static bool
read_escape(const char **at, const char *end, unsigned *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p = *at;
	unsigned low;

	*at = skip_escape(p, end);
	if (*at == NULL)
		return false;
	if (*p != 'u') {
		*out = (unsigned char)to[strchr(from, *p) - from];
		return true;
	}
	*out = hex_value(p + 1);
	if (*out < 0xd800 || *out > 0xdfff)
		return true;
	/* A character beyond 16 bits: a high half, and a low half behind it. */
	if (*out > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
		return false;
	p = *at + 1;
	*at = skip_escape(p, end);
	if (*at == NULL)
		return false;
	low = hex_value(p + 1);
	if (low < 0xdc00 || low > 0xdfff)
		return false;
	*out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

static size_t
utf8_put(char *to, unsigned character)
{
	static const unsigned char head[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t count = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;

	for (size_t i = count; i-- > 1; character >>= 6)
		to[i] = (char)(0x80 | (character & 0x3f));
	to[0] = (char)(head[count] | character);
	return count;
}

bool
json_unescape(struct slice text, char *to, size_t size, size_t *count_out)
{
	const char *at = text.at, *end = at, *run;
	size_t used = 0, count;
	unsigned character;
	char bytes[4];

	/* Nothing may be added to the NULL of an empty slice. */
	if (text.count > 0)
		end += text.count;
	while (at != end) {
		run = at;
		at = memchr(run, '\\', (size_t)(end - run));
		if (at == NULL)
			at = end;
		count = (size_t)(at - run);
		if (count > size - used)
			return false;
		if (count > 0)
			memcpy(to + used, run, count);
		used += count;
		if (at == end)
			break;
		at++;
		if (!read_escape(&at, end, &character))
			return false;
		count = utf8_put(bytes, character);
		if (count > size - used)
			return false;
		memcpy(to + used, bytes, count);
		used += count;
	}
	*count_out = used;
	return true;
}
