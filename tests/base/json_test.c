/* json_test.c - what is JSON is read, what is not is noticed.
 *
 * Goal: what is JSON is read, what is not is noticed, wherever it stands.
 * Method: a table of texts that are JSON and of texts that are not; each is put
 * at every place of a message (read directly, skipped in an object, skipped in
 * an array) and must be judged the same.  Good texts are cut at every length and
 * must be judged cut.  The scanner of sixteen bytes is held against its portable
 * twin on the same inputs.
 */
#include "base/json.h"
#include "base/json_scan.h"
#include "base/limits.h"
#include "base/text.h"
#include "check.h"
#include <stdlib.h>

/* Walks a container and all in it by readers of their own; false at the first
 * thing that is wrong. */
static bool
walk(struct slice text)
{
	struct json r = json_open(text);
	struct json_value v;
	struct slice key;
	bool ok = true;

	while (r.type == JSON_ARRAY ? json_element(&r, &v) : json_member(&r, &key, &v)) {
		if (v.type == JSON_OBJECT || v.type == JSON_ARRAY)
			ok = walk(v.text) && ok;
	}
	return json_ok(&r) && ok;
}

/* The same by the outermost reader alone: what is inside is only skipped. */
static bool
skim(struct slice text)
{
	struct json r = json_open(text);
	struct json_value v;
	struct slice key;

	while (r.type == JSON_ARRAY ? json_element(&r, &v) : json_member(&r, &key, &v))
		continue;
	return json_ok(&r);
}

/* A copy that ends where its heap block ends, so that the sanitizer sees a read
 * beyond it. */
static bool
walk_tight(struct slice text)
{
	char *copy = malloc(text.count > 0 ? text.count : 1);
	bool ok;

	if (text.count > 0)
		memcpy(copy, text.at, text.count);
	ok = walk(slice_of(copy, text.count));
	CHECK(skim(slice_of(copy, text.count)) == ok);
	free(copy);
	return ok;
}

/* Judges `value` in every surrounding a message can give it. */
static bool
judge(struct slice value, bool want)
{
	static const struct { const char *before, *after; } place[] = {
		{ "[", "]" },
		{ "[ ", " ]" },
		{ "{\"k\":", "}" },
		{ "{\"k\" : ", "\n}" },
		{ "[1,", ",2]" },
		{ "[[", "]]" },
		{ "[[\"a\",", "],{\"b\":null}]" },
		{ "[{\"k\":", "}]" },
		{ "{\"e\":{\"k\":[0,", ",{}]}}" },
	};
	char buffer[4096];
	bool all = true;

	for (size_t i = 0; i < sizeof place / sizeof place[0]; i++) {
		struct text t = text_init(buffer, sizeof buffer);

		text_str(&t, place[i].before);
		text_put(&t, value);
		text_str(&t, place[i].after);
		all = !t.cut && walk_tight(text_slice(&t)) == want && all;
	}
	return all;
}

static void
values_are_judged_the_same_everywhere(void)
{
	static const struct { const char *text; bool ok; } row[] = {
		{ "0", true }, { "-0", true }, { "10", true }, { "0.5", true },
		{ "-1.25e-7", true },
		{ "1E5", true }, { "1e+5", true }, { "0e0", true },
		{ "123456789012345678901234567890", true },
		{ "00", false }, { "01", false }, { "-01", false }, { "-", false }, { "+1", false },
		{ ".5", false }, { "5.", false }, { "1.e5", false }, { "1e", false },
		{ "1e+", false },
		{ "0x1", false }, { "1_0", false }, { "1 2", false }, { "--1", false },
		{ "1-", false },
		{ "NaN", false }, { "Infinity", false }, { "-Infinity", false }, { "1.2.3", false },
		{ "true", true }, { "false", true }, { "null", true },
		{ "True", false }, { "tru", false }, { "truex", false }, { "nul", false },
		{ "falsey", false }, { "undefined", false }, { "t", false }, { "f", false },
		{ "\"\"", true }, { "\"a\"", true }, { "\"BTCUSDT\"", true },
		{ "\"0123456789abcdef\"", true }, { "\"0123456789abcde\"", true },
		{ "\"brackets ]}[{ , : inside\"", true },
		{ "\"quote \\\" and end \\\\\"", true },
		{ "\"\\b\\f\\n\\r\\t\\/\\u00e9\\uD83d\\uDE00\"", true },
		{ "\"\xe5\xb8\x81\xe5\xae\x89USDT\"", true },
		{ "\"a\tn\"", false }, { "\"a\x01\\\\\"", false },
		{ "\"tab\tinside\"", false }, { "\"line\ninside\"", false },
		{ "\"long enough for sixteen bytes, then a\x01 control\"", false },
		{ "\"bad \\x escape\"", false }, { "\"\\u12g4\"", false }, { "\"\\u123\"", false },
		{ "\"not closed", false }, { "not opened\"", false }, { "'a'", false },
		{ "\"a\"\"b\"", false }, { "\"a\" \"b\"", false },
		{ "\"ends in a backslash\\\"", false },
		{ "[]", true }, { "{}", true }, { "[ ]", true }, { "{ \r\n\t}", true },
		{ "[1,2,3]", true }, { "[1, 2 ,3 ]", true }, { "[[],[[]],{}]", true },
		{ "{\"a\":1}", true }, { "{\"a\":{\"b\":[{}]}}", true },
		{ "{\"a\":1 , \"b\" : 2}", true },
		{ "{\"\":0}", true }, { "{\"a\":1,\"a\":2}", true },
		{ "[1,]", false }, { "[,1]", false }, { "[,]", false }, { "[1,,2]", false },
		{ "[1 2]", false },
		{ "[1", false }, { "1]", false }, { "[1}", false }, { "{\"a\":1]", false },
		{ "[}", false },
		{ "{]", false }, { "[[1]", false }, { "[1]]", false }, { "[(1)]", false },
		{ "{\"a\"}", false }, { "{\"a\":}", false }, { "{\"a\",1}", false },
		{ "{:1}", false },
		{ "{a:1}", false }, { "{1:1}", false }, { "{\"a\":1,}", false },
		{ "{,\"a\":1}", false },
		{ "{\"a\":1 \"b\":2}", false }, { "{\"a\"::1}", false }, { "{\"a\":1:2}", false },
		{ "{\"a\" 1}", false }, { "{\"a\":1,,\"b\":2}", false }, { "{{}}", false },
		{ "{[]}", false },
		{ "{\"a\":[1,{\"b\":2]}}", false }, { "[{\"a\":1]", false }, { "[1:2]", false },
		{ "{\"tab\tinside\":1}", false }, { "{\"a\\q\":1}", false },
		{ ",", false }, { ":", false }, { "/* no */ 1", false },
		{ "\x0b" "1", false }, { "1\x0c", false }, { "\xef\xbb\xbf" "1", false },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		bool ok = judge(slice_str(row[i].text), row[i].ok);

		CHECK(ok);
		if (!ok)
			printf("  %s\n", row[i].text);
	}
	/* A zero byte is a byte like any other that does not belong here. */
	CHECK(!walk_tight(slice_of("[1\0]", 4)));
	CHECK(!walk_tight(slice_of("[\"\0\"]", 5)));
	CHECK(!walk_tight(slice_of("[1]\0", 4)));
}

static void
only_one_container_is_a_message(void)
{
	static const struct { const char *text; uint8_t type; bool ok; } row[] = {
		{ "{}", JSON_OBJECT, true },
		{ "[]", JSON_ARRAY, true },
		{ " \t\r\n{} \t\r\n", JSON_OBJECT, true },
		{ "", JSON_NONE, false },
		{ "  ", JSON_NONE, false },
		{ "1", JSON_NONE, false },
		{ "\"a\"", JSON_NONE, false },
		{ "null", JSON_NONE, false },
		{ "ping", JSON_NONE, false },
		{ "{", JSON_OBJECT, false },
		{ "[", JSON_ARRAY, false },
		{ "{}{}", JSON_OBJECT, false },
		{ "[],", JSON_ARRAY, false },
		{ "[]]", JSON_ARRAY, false },
		{ "{}x", JSON_OBJECT, false },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(json_open(slice_str(row[i].text)).type == row[i].type);
		CHECK(walk_tight(slice_str(row[i].text)) == row[i].ok);
	}
	CHECK(!walk((struct slice){ NULL, 0 }));
}

static void
a_message_is_read_in_its_order(void)
{
	static const struct {
		const char *key, *text;
		uint8_t type;
		bool escaped;
	} want[] = {
		{ "e", "aggTrade", JSON_STRING, false },
		{ "p", "84551.00", JSON_STRING, false },
		{ "a", "3466782976", JSON_NUMBER, false },
		{ "m", "true", JSON_TRUE, false },
		{ "n", "false", JSON_FALSE, false },
		{ "z", "null", JSON_NULL, false },
		{ "s", "a\\\"b", JSON_STRING, true },
		{ "o", "{ \"x\" : [1, \"]\"] }", JSON_OBJECT, false },
		{ "l", "[]", JSON_ARRAY, false },
		{ "k\\u0041", "-1.5e3", JSON_NUMBER, false },
		{ "", "", JSON_STRING, false },
	};
	const struct slice message = SLICE(
		" {\"e\":\"aggTrade\", \"p\" :\"84551.00\",\"a\": 3466782976 ,\"m\":true,"
		"\"n\":false,\"z\":null,\"s\":\"a\\\"b\",\"o\":{ \"x\" : [1, \"]\"] },"
		"\"l\":[],\"k\\u0041\":-1.5e3,\"\":\"\"} ");
	struct json r = json_open(message);
	struct json_value v;
	struct slice key;
	size_t count = 0;

	CHECK(r.type == JSON_OBJECT);
	CHECK(!json_ok(&r));
	while (json_member(&r, &key, &v)) {
		CHECK(count < sizeof want / sizeof want[0]);
		CHECK(slice_equal(key, slice_str(want[count].key)));
		CHECK(slice_equal(v.text, slice_str(want[count].text)));
		CHECK(v.type == want[count].type);
		CHECK(v.escaped == want[count].escaped);
		count++;
	}
	CHECK(count == sizeof want / sizeof want[0]);
	CHECK(json_ok(&r));
	/* The end stays the end. */
	CHECK(!json_member(&r, &key, &v));
	CHECK(json_ok(&r));
}

static void
a_message_cut_anywhere_is_noticed(void)
{
	const struct slice message = SLICE(
		"{\"stream\":\"btcusdt@aggTrade\",\"data\":{\"e\":\"aggTrade\",\"E\":1790526539527,"
		"\"p\":\"84551.00\",\"m\":true,\"l\":[[\"1.5\",\"2\"],[],{\"a\":null}]},"
		  "\"n\":-0.5e-3}");

	CHECK(walk_tight(message));
	for (size_t count = 0; count < message.count; count++)
		CHECK(!walk_tight(slice_of(message.at, count)));
	for (size_t from = 1; from < message.count; from++) {
		/* No tail is a message either: each has a bracket too many. */
		CHECK(!walk_tight(slice_after(message, from)));
	}
}

static void
the_first_error_is_kept(void)
{
	struct json r = json_open(SLICE("{\"a\":1,\"b\":tru,\"c\":2}"));
	struct json_value v;
	struct slice key;

	CHECK(json_member(&r, &key, &v));
	CHECK(!json_member(&r, &key, &v));
	CHECK(r.bad);
	CHECK(!json_member(&r, &key, &v));
	CHECK(!json_ok(&r));

	/* Asked for the wrong kind of item. */
	r = json_open(SLICE("[1]"));
	CHECK(!json_member(&r, &key, &v));
	CHECK(!json_element(&r, &v));
	CHECK(!json_ok(&r));
	r = json_open(SLICE("{\"a\":1}"));
	CHECK(!json_element(&r, &v));
	CHECK(!json_ok(&r));
	r = json_open(SLICE("x"));
	CHECK(!json_member(&r, &key, &v));
	CHECK(!json_element(&r, &v));
	CHECK(!json_ok(&r));
}

static void
depth_has_an_end(void)
{
	char text[2 * 100000];

	for (int depth = 1; depth <= LIMIT_json_depth_max + 2; depth++) {
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		CHECK(walk_tight(slice_of(text, 2 * (size_t)depth)) ==
		      (depth <= LIMIT_json_depth_max));
	}
	/* Mixed kinds, each closed by its own; one swapped pair is noticed at any
	 * depth. */
	for (int at = 0; at < LIMIT_json_depth_max - 1; at++) {
		size_t count = 0;

		for (int i = 0; i < LIMIT_json_depth_max; i++) {
			memcpy(text + count, i % 2 ? "[" : "{\"\":", i % 2 ? 1 : 4);
			count += i % 2 ? 1 : 4;
		}
		text[count++] = '0';
		for (int i = LIMIT_json_depth_max; i-- > 0;)
			text[count++] = i % 2 ? ']' : '}';
		CHECK(walk_tight(slice_of(text, count)));
		text[count - 1 - (size_t)at] ^= ']' ^ '}';
		CHECK(!walk_tight(slice_of(text, count)));
	}
	/* A hundred thousand open brackets are no danger, only bad. */
	memset(text, '[', sizeof text);
	CHECK(!walk_tight(slice_of(text, sizeof text)));
	memset(text + sizeof text / 2, ']', sizeof text / 2);
	CHECK(!walk_tight(slice_of(text, sizeof text)));
}

static void
numbers_come_as_text_or_as_number(void)
{
	static const struct {
		uint8_t type;
		const char *text;
		bool is_double;
		double want;
		bool is_int;
		int64_t want_int;
	} row[] = {
		{ JSON_NUMBER, "12", true, 12, true, 12 },
		{ JSON_STRING, "12", true, 12, true, 12 },
		{ JSON_STRING, "0.0100", true, 0.01, false, 0 },
		{ JSON_STRING, "007.50", true, 7.5, false, 0 },
		{ JSON_NUMBER, "1e3", true, 1000, false, 0 },
		{ JSON_STRING, "", false, 0, false, 0 },
		{ JSON_STRING, "abc", false, 0, false, 0 },
		{ JSON_STRING, " 1", false, 0, false, 0 },
		{ JSON_TRUE, "true", false, 0, false, 0 },
		{ JSON_NULL, "null", false, 0, false, 0 },
		{ JSON_ARRAY, "1", false, 0, false, 0 },
		{ JSON_OBJECT, "1", false, 0, false, 0 },
		{ JSON_NONE, "1", false, 0, false, 0 },
	};
	int64_t i64;
	double d;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct json_value v = { slice_str(row[i].text), row[i].type, false };

		d = -1;
		i64 = -1;
		CHECK(json_double(&v, 0, &d) == row[i].is_double);
		CHECK(d == (row[i].is_double ? row[i].want : -1));
		CHECK(json_int64(&v, &i64) == row[i].is_int);
		CHECK(i64 == (row[i].is_int ? row[i].want_int : -1));
	}
	struct json_value v = { SLICE("0.01230"), JSON_STRING, false };
	CHECK(json_double(&v, -3, &d));
	CHECK(d == 0.0000123);
}

static void
escapes_are_resolved(void)
{
	static const struct { const char *text; bool ok; struct slice want; } row[] = {
		{ "", true, SLICE_INIT("") },
		{ "plain", true, SLICE_INIT("plain") },
		{ "\\\"\\\\\\/\\b\\f\\n\\r\\t", true, SLICE_INIT("\"\\/\b\f\n\r\t") },
		{ "a\\u0041z", true, SLICE_INIT("aAz") },
		{ "\\u0000", true, SLICE_INIT("\0") },
		{ "\\u007f\\u0080\\u07FF\\u0800\\uffff", true,
		  SLICE_INIT("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf") },
		{ "\\ud83d\\ude00", true, SLICE_INIT("\xf0\x9f\x98\x80") },
		{ "\\uD800\\uDC00\\uDBFF\\uDFFF", true,
		  SLICE_INIT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf") },
		{ "\\ud83d", false, SLICE_INIT("") },       /* half a pair */
		{ "\\ud83dx", false, SLICE_INIT("") },
		{ "\\ud83d\\n", false, SLICE_INIT("") },
		{ "\\ud83d\\ud83d", false, SLICE_INIT("") },
		{ "\\ude00", false, SLICE_INIT("") },       /* the wrong half first */
		{ "\\ud83d\\u00", false, SLICE_INIT("") },
		{ "\\", false, SLICE_INIT("") },
		{ "\\x", false, SLICE_INIT("") },
		{ "\\u12", false, SLICE_INIT("") },
		{ "\\u12G4", false, SLICE_INIT("") },
	};
	char to[64];
	size_t count;

	CHECK(json_unescape((struct slice){ NULL, 0 }, to, sizeof to, &count));
	CHECK(count == 0);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		count = 999;
		CHECK(json_unescape(slice_str(row[i].text), to, sizeof to, &count) == row[i].ok);
		CHECK(count == (row[i].ok ? row[i].want.count : 999));
		if (row[i].ok)
			CHECK(memcmp(to, row[i].want.at, row[i].want.count) == 0);
		/* Every smaller room is refused, and not overstepped. */
		for (size_t size = 0; row[i].ok && size < row[i].want.count; size++) {
			memset(to, '#', sizeof to);
			CHECK(!json_unescape(slice_str(row[i].text), to, size, &count));
			CHECK(to[size] == '#');
		}
	}
}

static void
sixteen_bytes_at_a_time_are_the_same_as_one(void)
{
	static const char special[] = { '"', '\\', '\x1f', '\x00', '\n', ' ', '\x7f', '\x80',
	      '\xff' };
	char text[80];

	/* Every special byte at every place of strings around the width. */
	for (size_t count = 0; count < sizeof text; count++) {
		for (size_t at = 0; at <= count; at++) {
			for (size_t s = 0; s < sizeof special; s++) {
				const char *end = text + count;

				memset(text, 'x', sizeof text);
				text[at] = special[s];
				CHECK(json_scan_run(text, end) == json_scan_run_portable(text,
				      end));
				memset(text, '5', sizeof text);
				text[at] = special[s];
				CHECK(json_scan_digits(text, end) ==
				      json_scan_digits_portable(text, end));
			}
		}
	}
	for (int c = 0; c < 256; c++) {
		bool stops = c < 0x20 || c == '"' || c == '\\';

		memset(text, c, sizeof text);
		CHECK(json_scan_run(text, text + sizeof text) ==
		      (stops ? text : text + sizeof text));
		CHECK(json_scan_run_portable(text, text + 1) == (stops ? text : text + 1));
		stops = c < '0' || c > '9';
		CHECK(json_scan_digits(text, text + sizeof text) ==
		      (stops ? text : text + sizeof text));
		CHECK(json_scan_digits_portable(text, text + 1) == (stops ? text : text + 1));
	}
}

int
main(void)
{
	values_are_judged_the_same_everywhere();
	only_one_container_is_a_message();
	a_message_is_read_in_its_order();
	a_message_cut_anywhere_is_noticed();
	the_first_error_is_kept();
	depth_has_an_end();
	numbers_come_as_text_or_as_number();
	escapes_are_resolved();
	sixteen_bytes_at_a_time_are_the_same_as_one();
	return CHECK_END("base/json");
}
