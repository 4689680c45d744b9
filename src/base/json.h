/* json.h - reads JSON in place, in one direction, without memory of its own.
 *
 * For what exchanges send: a reader walks one object or array that lies whole in
 * memory.  Strings are given as they stand between their quotes; `escaped` says
 * that a backslash is in them.  Containers are given as slices of their whole
 * text, to be opened by a reader of their own when somebody cares.
 *
 * The reader keeps its first error: after it json_member and json_element return
 * false, and json_ok is false.  Structure is checked (commas, colons, brackets,
 * depth up to LIMIT_json_depth_max, nothing behind the end), so a message that
 * was cut or garbled anywhere is noticed, also inside of what is skipped.  UTF-8
 * is not checked here.
 *
 *     struct json r = json_open(message);
 *     while (json_member(&r, &key, &value)) ...
 *     if (!json_ok(&r)) return DECODE_JSON;
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

enum json_type {
	JSON_NONE,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
	JSON_OBJECT,
	JSON_ARRAY,
};

struct json_value {
	struct slice text; /* string: between the quotes; else the whole value */
	uint8_t type;      /* enum json_type */
	bool escaped;      /* a string with a backslash in it */
};

struct json {
	const char *at;
	const char *end;
	uint8_t type; /* JSON_OBJECT, JSON_ARRAY, or JSON_NONE when the text is neither */
	bool begun;
	bool done; /* the closing bracket was read and nothing stands behind it */
	bool bad;
};

/* Blanks around the value are skipped.  A text that is no object and no array
 * gives a reader that is bad at once. */
struct json json_open(struct slice text);

/* The next member or element.  False at the end and after an error. */
bool json_member(struct json *r, struct slice *key, struct json_value *value);
bool json_element(struct json *r, struct json_value *value);

/* True once the container was read to its end without an error. */
static inline bool
json_ok(const struct json *r)
{
	return r->done && !r->bad;
}

/* A string or a number as a double, shifted by 10^shift10: venues use both. */
bool json_double(const struct json_value *v, int shift10, double *out);
bool json_int64(const struct json_value *v, int64_t *out);

/* Writes the string's characters with its escapes resolved; false when it does
 * not fit, or an escape is broken. */
bool json_unescape(struct slice text, char *to, size_t size, size_t *count_out);
#endif
