/* jsonlist.c - a pushed JSON walk that keeps one element and a bit a level.
 *
 * Between tokens every byte is looked at by `between`, which is the grammar:
 *
 *        want            allowed
 *        VALUE           a value
 *        VALUE_OR_END    a value, "]"         just behind "["
 *        KEY             a key
 *        KEY_OR_END      a key, "}"           just behind "{"
 *        COLON           ":"
 *        COMMA_OR_END    ",", the bracket that closes
 *        NOTHING         blanks               behind the body
 *
 * Inside of a token (string, escape, word, number) `inside` takes as many bytes
 * as belong to it.  Both may stop anywhere: all they know is in the struct.
 */
#include "base/jsonlist.h"
#include "base/check.h"
#include "base/json_scan.h"
#include "base/limits.h"
#include <string.h>

enum want {
	WANT_VALUE,
	WANT_VALUE_OR_END,
	WANT_KEY,
	WANT_KEY_OR_END,
	WANT_COLON,
	WANT_COMMA_OR_END,
	WANT_NOTHING,
};

enum token {
	TOKEN_NONE,
	TOKEN_STRING,
	TOKEN_ESCAPE, /* behind a backslash */
	TOKEN_HEX,    /* state: digits still to come */
	TOKEN_TRUE,   /* state: bytes of the word already read; also the next two */
	TOKEN_FALSE,
	TOKEN_NULL,
	TOKEN_NUMBER, /* state: enum number */
};

enum number {
	N_OVER, /* the byte does not belong to it */
	N_MINUS,
	N_ZERO,
	N_WHOLE,
	N_POINT,
	N_PART,
	N_E,
	N_E_SIGN,
	N_EXPONENT,
	N_COUNT
};

/* Which byte leads where.  A number may end in the states marked. */
static const struct {
	uint8_t zero, digit, point, e, plus, minus;
	bool may_end;
} number[N_COUNT] = {
	/*               0           1-9         .        e    +         -         */
	[N_MINUS]    = { N_ZERO,     N_WHOLE,    0,       0,   0,        0,        false },
	[N_ZERO]     = { 0,          0,          N_POINT, N_E, 0,        0,        true  },
	[N_WHOLE]    = { N_WHOLE,    N_WHOLE,    N_POINT, N_E, 0,        0,        true  },
	[N_POINT]    = { N_PART,     N_PART,     0,       0,   0,        0,        false },
	[N_PART]     = { N_PART,     N_PART,     0,       N_E, 0,        0,        true  },
	[N_E]        = { N_EXPONENT, N_EXPONENT, 0,       0,   N_E_SIGN, N_E_SIGN, false },
	[N_E_SIGN]   = { N_EXPONENT, N_EXPONENT, 0,       0,   0,        0,        false },
	[N_EXPONENT] = { N_EXPONENT, N_EXPONENT, 0,       0,   0,        0,        true  },
};

static uint8_t
number_step(uint8_t state, char c)
{
	switch (c) {
	case '0': return number[state].zero;
	case '.': return number[state].point;
	case 'e': case 'E': return number[state].e;
	case '+': return number[state].plus;
	case '-': return number[state].minus;
	default: return c >= '1' && c <= '9' ? number[state].digit : N_OVER;
	}
}

/* --- the path -------------------------------------------------------------------- */

static struct slice
path_part(const struct jsonlist *w, int index)
{
	struct slice rest = slice_str(w->path), part = { NULL, 0 };

	for (int i = 0; i <= index; i++)
		part = slice_cut(&rest, '.');
	return part;
}

/* A key was read.  Only keys of the object that the path has led to count: it
 * stands one level below each part already entered. */
static bool
is_next_part(const struct jsonlist *w)
{
	if (w->found || w->path_matched == w->path_parts || w->depth != w->path_matched + 1)
		return false;
	return w->key_count <= sizeof w->key &&
	       slice_equal(slice_of(w->key, w->key_count), path_part(w, w->path_matched));
}

/* --- elements -------------------------------------------------------------------- */

static void
collect(struct jsonlist *w, const char *at, size_t count)
{
	if (!w->collecting || w->overflow)
		return;
	if (count > w->buffer_bytes - w->count) {
		w->overflow = true;
		return;
	}
	memcpy(w->buffer + w->count, at, count);
	w->count += count;
}

static void
collect_begin(struct jsonlist *w)
{
	w->collecting = true;
	w->overflow = false;
	w->count = 0;
}

static void
hand_out(struct jsonlist *w)
{
	w->collecting = false;
	if (w->overflow) {
		w->too_long_count++;
		return;
	}
	w->element_count++;
	w->on_element(w->context, slice_of(w->buffer, w->count));
}

/* A value ended, its last byte collected. */
static void
value_end(struct jsonlist *w)
{
	w->token = TOKEN_NONE;
	w->want = WANT_COMMA_OR_END;
	if (w->depth == 0) {
		w->want = WANT_NOTHING;
		w->ended = true;
		w->collecting = false;
	} else if (w->list_depth > 0 && w->depth == w->list_depth) {
		hand_out(w);
	}
}

/* --- brackets -------------------------------------------------------------------- */

static void
open_bracket(struct jsonlist *w, char c)
{
	bool is_array = c == '[';
	bool at_last_part = w->path_matched + 1 >= w->path_parts;
	bool on_path = w->key_matches || (w->depth == 0 && w->path_parts == 0);

	w->key_matches = false;
	if (w->depth == LIMIT_json_depth_max) {
		w->bad = true;
		return;
	}
	w->depth++;
	w->is_array = w->is_array << 1 | is_array;
	w->want = is_array ? WANT_VALUE_OR_END : WANT_KEY_OR_END;
	if (!on_path)
		return;
	if (is_array && at_last_part) {
		/* What was collected so far was in case there is no list. */
		w->found = true;
		w->list_depth = w->depth;
		w->collecting = false;
	} else if (!is_array && w->path_parts > 0 && !at_last_part) {
		w->path_matched++;
	}
}

static void
close_bracket(struct jsonlist *w, char c)
{
	if (c != (w->is_array & 1 ? ']' : '}')) {
		w->bad = true;
		return;
	}
	w->is_array >>= 1;
	w->depth--;
	if (w->depth < w->list_depth)
		w->list_depth = 0;
	if (w->path_matched > 0 && w->depth == w->path_matched)
		w->path_matched--;
	value_end(w);
}

/* --- bytes ----------------------------------------------------------------------- */

static void
begin_value(struct jsonlist *w, char c)
{
	if (w->depth == 0 || w->depth == w->list_depth)
		collect_begin(w);
	collect(w, &c, 1);
	if (c == '{' || c == '[') {
		open_bracket(w, c);
		return;
	}
	w->key_matches = false;
	w->is_key = false;
	w->token_state = 1;
	/* A body is an object or a list, never a bare word. */
	if (w->depth == 0) {
		w->bad = true;
	} else if (c == '"') {
		w->token = TOKEN_STRING;
	} else if (c == 't') {
		w->token = TOKEN_TRUE;
	} else if (c == 'f') {
		w->token = TOKEN_FALSE;
	} else if (c == 'n') {
		w->token = TOKEN_NULL;
	} else {
		/* Its first byte is a sign or what may follow one. */
		w->token = TOKEN_NUMBER;
		w->token_state = c == '-' ? N_MINUS : number_step(N_MINUS, c);
		w->bad = w->token_state == N_OVER;
	}
}

static void
between(struct jsonlist *w, char c)
{
	bool at_start = w->want == WANT_VALUE || w->want == WANT_VALUE_OR_END;

	if (json_is_blank(c)) {
		collect(w, &c, 1);
		return;
	}
	if (at_start && !(w->want == WANT_VALUE_OR_END && c == ']')) {
		begin_value(w, c);
		return;
	}
	/* A comma or bracket of the list itself belongs to no element: nothing is
	 * being collected then. */
	collect(w, &c, 1);
	switch (w->want) {
	case WANT_VALUE_OR_END:
		close_bracket(w, c);
		break;
	case WANT_KEY:
	case WANT_KEY_OR_END:
		if (c == '}' && w->want == WANT_KEY_OR_END) {
			close_bracket(w, c);
		} else if (c == '"') {
			w->token = TOKEN_STRING;
			w->is_key = true;
			w->key_count = 0;
		} else {
			w->bad = true;
		}
		break;
	case WANT_COLON:
		w->bad = c != ':';
		w->want = WANT_VALUE;
		break;
	case WANT_COMMA_OR_END:
		if (c == ',')
			w->want = w->is_array & 1 ? WANT_VALUE : WANT_KEY;
		else
			close_bracket(w, c);
		break;
	default:
		w->bad = true;
		break;
	}
}

/* The next byte or run of bytes of a string; returns how many were taken. */
static size_t
inside_string(struct jsonlist *w, struct slice bytes)
{
	const char *end = bytes.at + bytes.count;
	size_t count = (size_t)(json_scan_run(bytes.at, end) - bytes.at);
	bool closed = false;

	if (w->token == TOKEN_HEX) {
		count = 1;
		w->bad = !json_is_hex(bytes.at[0]);
		if (--w->token_state == 0)
			w->token = TOKEN_STRING;
	} else if (w->token == TOKEN_ESCAPE) {
		count = 1;
		w->bad = memchr("\"\\/bfnrtu", bytes.at[0], 9) == NULL;
		w->token = bytes.at[0] == 'u' ? TOKEN_HEX : TOKEN_STRING;
		w->token_state = 4;
	} else if (count == 0) {
		count = 1;
		closed = bytes.at[0] == '"';
		w->bad = !closed && bytes.at[0] != '\\';
		w->token = TOKEN_ESCAPE;
	}
	collect(w, bytes.at, count);
	if (closed && w->is_key) {
		w->token = TOKEN_NONE;
		w->want = WANT_COLON;
		w->key_matches = is_next_part(w);
	} else if (closed) {
		value_end(w);
	} else if (w->is_key) {
		if (w->key_count + count <= sizeof w->key)
			memcpy(w->key + w->key_count, bytes.at, count);
		w->key_count += count;
	}
	return count;
}

static size_t
inside_word(struct jsonlist *w, const char *word, char c)
{
	collect(w, &c, 1);
	w->bad = c != word[w->token_state];
	w->token_state++;
	if (!w->bad && word[w->token_state] == '\0')
		value_end(w);
	return 1;
}

static size_t
inside_number(struct jsonlist *w, struct slice bytes)
{
	size_t count = 0;
	uint8_t next = w->token_state;

	while (count < bytes.count) {
		next = number_step(w->token_state, bytes.at[count]);
		if (next == N_OVER)
			break;
		w->token_state = next;
		count++;
	}
	collect(w, bytes.at, count);
	/* The byte that is not the number's is the next one to be looked at. */
	if (next == N_OVER) {
		w->bad = !number[w->token_state].may_end;
		if (!w->bad)
			value_end(w);
	}
	return count;
}

void
jsonlist_init(struct jsonlist *w, const char *path, char *buffer, size_t buffer_bytes,
              jsonlist_element *on_element, void *context)
{
	struct slice rest = slice_str(path), part;

	ASSERT(buffer_bytes > 0);
	*w = (struct jsonlist){
		.path = path,
		.buffer = buffer,
		.buffer_bytes = buffer_bytes,
		.on_element = on_element,
		.context = context,
	};
	while (rest.count > 0) {
		part = slice_cut(&rest, '.');
		ASSERT(part.count > 0);
		ASSERT(part.count <= sizeof w->key);
		w->path_parts++;
	}
}

void
jsonlist_feed(struct jsonlist *w, struct slice bytes)
{
	size_t count;

	while (bytes.count > 0 && !w->bad) {
		count = 1;
		switch (w->token) {
		case TOKEN_NONE:   between(w, bytes.at[0]); break;
		case TOKEN_TRUE:   count = inside_word(w, "true", bytes.at[0]); break;
		case TOKEN_FALSE:  count = inside_word(w, "false", bytes.at[0]); break;
		case TOKEN_NULL:   count = inside_word(w, "null", bytes.at[0]); break;
		case TOKEN_NUMBER: count = inside_number(w, bytes); break;
		default:           count = inside_string(w, bytes); break;
		}
		bytes = slice_after(bytes, count);
	}
}

bool
jsonlist_end(struct jsonlist *w)
{
	if (w->bad || !w->ended)
		return false;
	if (!w->found)
		hand_out(w);
	return true;
}
