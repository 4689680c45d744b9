/* json_fuzz.c - any bytes: the reader judges as a second, slow and simple reader
 * does, in the whole and in every container inside, and what it hands out is
 * within the bytes; a string that is resolved and written again reads the same.
 *
 * The slow reader is RFC 8259 word by word, recursive, one byte at a time.
 */
#include "base/json.h"
#include "base/json_scan.h"
#include "base/limits.h"
#include "base/text.h"
#include <stdlib.h>

#define MUST(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- the slow reader ------------------------------------------------------------- */

struct slow { const char *at, *end; };

static char
peek(const struct slow *s)
{
	return s->at < s->end ? *s->at : '\0';
}

static bool
eat(struct slow *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static void
slow_blanks(struct slow *s)
{
	while (eat(s, ' ') || eat(s, '\t') || eat(s, '\n') || eat(s, '\r'))
		continue;
}

static bool
slow_digits(struct slow *s)
{
	size_t count = 0;

	for (; peek(s) >= '0' && peek(s) <= '9'; count++)
		s->at++;
	return count > 0;
}

static bool
slow_number(struct slow *s)
{
	eat(s, '-');
	if (!eat(s, '0') && !slow_digits(s))
		return false;
	if (eat(s, '.') && !slow_digits(s))
		return false;
	if (eat(s, 'e') || eat(s, 'E')) {
		if (!eat(s, '+'))
			eat(s, '-');
		return slow_digits(s);
	}
	return true;
}

static bool
slow_string(struct slow *s)
{
	if (!eat(s, '"'))
		return false;
	while (s->at < s->end) {
		unsigned char c = (unsigned char)*s->at++;

		if (c == '"')
			return true;
		if (c < 0x20)
			return false;
		if (c != '\\')
			continue;
		if (eat(s, 'u')) {
			for (int i = 0; i < 4; i++) {
				c = (unsigned char)peek(s);
				if (c == '\0' || strchr("0123456789abcdefABCDEF", c) == NULL)
					return false;
				s->at++;
			}
		} else if (peek(s) == '\0' || strchr("\"\\/bfnrt", peek(s)) == NULL) {
			return false;
		} else {
			s->at++;
		}
	}
	return false;
}

static bool slow_value(struct slow *s, int depth);

static bool
slow_container(struct slow *s, int depth, char close, bool keys)
{
	s->at++;
	if (depth > LIMIT_json_depth_max)
		return false;
	slow_blanks(s);
	if (eat(s, close))
		return true;
	do {
		slow_blanks(s);
		if (keys) {
			if (!slow_string(s))
				return false;
			slow_blanks(s);
			if (!eat(s, ':'))
				return false;
			slow_blanks(s);
		}
		if (!slow_value(s, depth))
			return false;
		slow_blanks(s);
	} while (eat(s, ','));
	return eat(s, close);
}

static bool
slow_word(struct slow *s, const char *word)
{
	while (*word != '\0') {
		if (!eat(s, *word++))
			return false;
	}
	return true;
}

static bool
slow_value(struct slow *s, int depth)
{
	switch (peek(s)) {
	case '{': return slow_container(s, depth + 1, '}', true);
	case '[': return slow_container(s, depth + 1, ']', false);
	case '"': return slow_string(s);
	case 't': return slow_word(s, "true");
	case 'f': return slow_word(s, "false");
	case 'n': return slow_word(s, "null");
	default:  return slow_number(s);
	}
}

static bool
slow_judge(struct slice text)
{
	struct slow s = { text.at, text.at + text.count };

	slow_blanks(&s);
	if (peek(&s) != '{' && peek(&s) != '[')
		return false;
	if (!slow_value(&s, 0))
		return false;
	slow_blanks(&s);
	return s.at == s.end;
}

/* --- properties ------------------------------------------------------------------ */

static void
check_string(struct slice text)
{
	size_t room = 6 * text.count + 3, count, again_count;
	char *plain = malloc(text.count + 1), *again = malloc(text.count + 1);
	char *written = malloc(room);
	struct text t = text_init(written, room);
	struct json r;
	struct json_value v;

	/* Resolving never grows a text. */
	if (json_unescape(text, plain, text.count, &count)) {
		MUST(count <= text.count);
		text_char(&t, '[');
		text_json(&t, slice_of(plain, count));
		text_char(&t, ']');
		if (!t.cut) {
			r = json_open(text_slice(&t));
			MUST(json_element(&r, &v));
			MUST(!json_element(&r, &v));
			MUST(json_ok(&r));
			r = json_open(text_slice(&t));
			MUST(json_element(&r, &v));
			/* The same characters, unless some were no UTF-8. */
			if (memmem(written, t.count, "\xef\xbf\xbd", 3) == NULL) {
				MUST(json_unescape(v.text, again, text.count, &again_count));
				MUST(again_count == count);
				MUST(memcmp(plain, again, count) == 0);
			}
		}
	}
	free(plain);
	free(again);
	free(written);
}

/* True when all in it was read to its end. */
static bool
walk(struct slice text)
{
	struct json r = json_open(text);
	struct json_value v;
	struct slice key = { NULL, 0 };

	while (r.type == JSON_ARRAY ? json_element(&r, &v) : json_member(&r, &key, &v)) {
		MUST(v.text.at >= text.at);
		MUST(v.text.at + v.text.count <= text.at + text.count);
		if (r.type == JSON_OBJECT)
			check_string(key);
		if (v.type == JSON_STRING) {
			check_string(v.text);
			MUST(v.escaped == (memchr(v.text.at, '\\', v.text.count) != NULL));
		}
		/* What the outer reader let pass, the inner one lets pass too. */
		if (v.type == JSON_OBJECT || v.type == JSON_ARRAY)
			MUST(walk(v.text));
	}
	MUST(r.done != r.bad);
	return json_ok(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };

	MUST(walk(text) == slow_judge(text));
	for (size_t from = 0; from < size; from++) {
		const char *at = text.at + from, *end = text.at + size;

		MUST(json_scan_run(at, end) == json_scan_run_portable(at, end));
		MUST(json_scan_digits(at, end) == json_scan_digits_portable(at, end));
		/* Long inputs: the start of every second kilobyte is enough. */
		if (size > 4096)
			from += 2048;
	}
	return 0;
}
