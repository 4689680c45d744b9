/* jsonlist_test.c - the same elements however a body is cut.
 *
 * Goal: a body gives the same elements however it is cut into parts, each exactly
 * as it stands in the body, and a broken body is noticed.
 * Method: a table of bodies with the elements worked out by hand; each is fed
 * whole, byte by byte, and in two and three parts at all cut points; each part is
 * a heap block of its own, so a read beyond it is seen.
 */
#include "base/jsonlist.h"
#include "base/limits.h"
#include "check.h"
#include <stdlib.h>

enum { OUT_MAX = 512 };

/* The elements, each followed by a bar. */
struct seen { char text[OUT_MAX]; size_t count; };

static void
on_element(void *context, struct slice element)
{
	struct seen *out = context;

	CHECK(out->count + element.count + 1 < OUT_MAX);
	if (out->count + element.count + 1 >= OUT_MAX)
		return;
	memcpy(out->text + out->count, element.at, element.count);
	out->count += element.count;
	out->text[out->count++] = '|';
	out->text[out->count] = '\0';
}

static void
feed_copy(struct jsonlist *w, const char *at, size_t count)
{
	char *copy = malloc(count > 0 ? count : 1);

	memcpy(copy, at, count);
	jsonlist_feed(w, slice_of(copy, count));
	free(copy);
}

/* Feeds the body cut at `a` and `b`; a == SIZE_MAX: byte by byte. */
static bool
run(struct jsonlist *w, const char *path, size_t buffer_bytes, const char *body, size_t a,
    size_t b, struct seen *out)
{
	static char buffer[256];
	size_t count = strlen(body);

	*out = (struct seen){ .count = 0 };
	memset(buffer, '#', sizeof buffer);
	jsonlist_init(w, path, buffer, buffer_bytes, on_element, out);
	if (a == SIZE_MAX) {
		for (size_t i = 0; i < count; i++)
			feed_copy(w, body + i, 1);
	} else {
		feed_copy(w, body, a);
		feed_copy(w, body + a, b - a);
		feed_copy(w, body + b, count - b);
	}
	bool ok = jsonlist_end(w);

	/* Never a byte behind the buffer. */
	for (size_t i = buffer_bytes; i < sizeof buffer; i++)
		CHECK(buffer[i] == '#');
	return ok;
}

static const struct row {
	const char *path, *body, *want;
	bool ok, found;
	uint64_t too_long_count;
	size_t buffer_bytes;
} row[] = {
	/* The body is the list. */
	{ "", "[{\"a\":1},{\"b\":[2,3]}]", "{\"a\":1}|{\"b\":[2,3]}|", true, true, 0, 64 },
	{ "", " [ 1 , \"two\" , true,null , -3.5e+7,[ ],{ } ] ",
	  "1|\"two\"|true|null|-3.5e+7|[ ]|{ }|", true, true, 0, 64 },
	{ "", "[]", "", true, true, 0, 64 },
	{ "", "[[\"1\",\"2\"],[\"3\"]]", "[\"1\",\"2\"]|[\"3\"]|", true, true, 0, 64 },
	/* Blanks and brackets inside of strings are the string's. */
	{ "", "[\"]}[{,:\",\"a\\\"]\",\"\\\\\",\"\\u005d\"]",
	  "\"]}[{,:\"|\"a\\\"]\"|\"\\\\\"|\"\\u005d\"|", true, true, 0, 64 },
	{ "", "[{ \"a\" : \"x y\" , \"b\" :\n[ ] }]",
	  "{ \"a\" : \"x y\" , \"b\" :\n[ ] }|", true, true, 0, 64 },
	/* The list has a name. */
	{ "symbols",
	  "{\"timezone\":\"UTC\",\"limits\":[{\"no\":1}],"
	  "\"symbols\":[{\"s\":1},{\"s\":2}],\"x\":[9]}",
	  "{\"s\":1}|{\"s\":2}|", true, true, 0, 64 },
	{ "symbols", "{\"symbols\":[]}", "", true, true, 0, 8 },
	{ "result.list",
	  "{\"retCode\":0,\"result\":{\"category\":\"linear\",\"list\":[[1],[2]]},\"time\":3}",
	  "[1]|[2]|", true, true, 0, 64 },
	{ "a.b.c", "{\"b\":{\"c\":[1]},\"a\":{\"c\":[2],\"b\":{\"b\":[3],\"c\":[4]}},\"c\":[5]}",
	  "4|", true, true, 0, 64 },
	/* The path goes in again after a dead end, and the first list counts. */
	{ "a.b", "{\"a\":{\"x\":[1]},\"a\":[2],\"a\":{\"b\":[3]},\"a\":{\"b\":[4]}}",
	  "3|", true, true, 0, 64 },
	{ "a.b", "{\"a\":{\"x\":1},\"z\":{\"b\":[9]},\"a\":{\"b\":[3]}}", "3|", true, true, 0, 64 },
	/* The name elsewhere: as a value, deeper, in an element, as the head or
	 * with a tail, escaped. */
	{ "list",
	  "{\"k\":\"list\",\"o\":{\"list\":[1]},\"lis\":[2],\"listx\":[3],\"l\\u0069st\":[4],"
	  "\"list\":[5,{\"list\":[6]}]}",
	  "5|{\"list\":[6]}|", true, true, 0, 128 },
	/* No such list: the whole body, once, at its end. */
	{ "", "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}",
	  "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}|", true, false, 0, 64 },
	{ "symbols", " {\"code\":-1003} \n", "{\"code\":-1003}|", true, false, 0, 64 },
	{ "symbols", "{\"symbols\":{\"a\":1}}", "{\"symbols\":{\"a\":1}}|", true, false, 0, 64 },
	{ "symbols", "{\"symbols\":null}", "{\"symbols\":null}|", true, false, 0, 64 },
	{ "result.list", "{\"result\":[{\"list\":[1]}]}",
	  "{\"result\":[{\"list\":[1]}]}|", true, false, 0, 64 },
	{ "result.list", "[{\"list\":[1]}]", "[{\"list\":[1]}]|", true, false, 0, 64 },
	{ "result.list", "{\"list\":[1],\"result\":1}",
	  "{\"list\":[1],\"result\":1}|", true, false, 0, 64 },
	/* Longer than the buffer: skipped and counted; what follows is whole. */
	{ "", "[[1],[1,2,3],[2]]", "[1]|[2]|", true, true, 1, 6 },
	{ "", "[[1],[1,2],[2]]", "[1]|[1,2]|[2]|", true, true, 0, 5 },
	{ "", "[\"123456\",7,\"123456\"]", "7|", true, true, 2, 7 },
	{ "", "{\"code\":-1121}", "", true, false, 1, 13 },
	{ "symbols", "{\"long before\":\"the list\",\"symbols\":[1]}", "1|", true, true, 0, 1 },
	/* Broken: what came before stands. */
	{ "", "", "", false, false, 0, 64 },
	{ "", "  ", "", false, false, 0, 64 },
	{ "", "true", "", false, false, 0, 64 },
	{ "", "12", "", false, false, 0, 64 },
	{ "", "\"a\"", "", false, false, 0, 64 },
	{ "", "<html>", "", false, false, 0, 64 },
	{ "", "[1,2", "1|", false, true, 0, 64 },
	{ "", "[1,2,", "1|2|", false, true, 0, 64 },
	{ "", "[1,]", "1|", false, true, 0, 64 },
	{ "", "[,1]", "", false, true, 0, 64 },
	{ "", "[1 2]", "1|", false, true, 0, 64 },
	{ "", "[1}", "1|", false, true, 0, 64 },
	{ "", "[{\"a\":1]", "", false, true, 0, 64 },
	{ "", "[{\"a\":1},{\"a\" 1}]", "{\"a\":1}|", false, true, 0, 64 },
	{ "", "[{\"a\":1},{\"a\":1,}]", "{\"a\":1}|", false, true, 0, 64 },
	{ "", "[1]]", "1|", false, true, 0, 64 },
	{ "", "[1] [2]", "1|", false, true, 0, 64 },
	{ "", "[1]x", "1|", false, true, 0, 64 },
	{ "", "[trux,1]", "", false, true, 0, 64 },
	{ "", "[truee]", "true|", false, true, 0, 64 },
	{ "", "[01]", "0|", false, true, 0, 64 },
	{ "", "[1.]", "", false, true, 0, 64 },
	{ "", "[1e+]", "", false, true, 0, 64 },
	{ "", "[-]", "", false, true, 0, 64 },
	{ "", "[+1]", "", false, true, 0, 64 },
	{ "", "[\"a\nb\"]", "", false, true, 0, 64 },
	{ "", "[\"\\x\"]", "", false, true, 0, 64 },
	{ "", "[\"\\u12x4\"]", "", false, true, 0, 64 },
	{ "", "{}", "{}|", true, false, 0, 64 },
	{ "", "{}{}", "", false, false, 0, 64 },
	{ "", "{\"a\"}", "", false, false, 0, 64 },
	{ "", "{a:1}", "", false, false, 0, 64 },
	{ "", "{\"a\":}", "", false, false, 0, 64 },
	{ "", "{,}", "", false, false, 0, 64 },
	{ "", "{\"a\":1]", "", false, false, 0, 64 },
	{ "", "{]", "", false, false, 0, 64 },
	{ "", "[}", "", false, true, 0, 64 },
};

static bool
as_wanted(const struct row *r, bool ok, const struct jsonlist *w, const struct seen *out)
{
	uint64_t bars = 0;

	for (const char *at = r->want; *at != '\0'; at++)
		bars += *at == '|';
	return ok == r->ok && strcmp(out->text, r->want) == 0 && w->found == r->found &&
	       w->too_long_count == r->too_long_count && w->element_count == bars;
}

static void
a_body_gives_its_elements_however_it_is_cut(void)
{
	struct jsonlist w;
	struct seen out;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const struct row *r = &row[i];
		size_t count = strlen(r->body);
		bool ok;

		ok = run(&w, r->path, r->buffer_bytes, r->body, 0, count, &out);
		CHECK(as_wanted(r, ok, &w, &out));
		CHECK_TEXT(out.text, r->want);
		ok = run(&w, r->path, r->buffer_bytes, r->body, SIZE_MAX, 0, &out);
		CHECK(as_wanted(r, ok, &w, &out));
		for (size_t a = 0; a <= count; a++) {
			for (size_t b = a; b <= count; b++) {
				ok = run(&w, r->path, r->buffer_bytes, r->body, a, b, &out);
				CHECK(as_wanted(r, ok, &w, &out));
			}
		}
	}
}

static void
a_body_that_ends_early_is_noticed(void)
{
	struct jsonlist w;
	struct seen out, whole;
	char part[256];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const char *last = row[i].body + strlen(row[i].body);

		if (!row[i].ok)
			continue;
		while (last > row[i].body && last[-1] != ']' && last[-1] != '}')
			last--;
		run(&w, row[i].path, row[i].buffer_bytes, row[i].body, 0, 0, &whole);
		for (size_t count = 0; row[i].body + count < last; count++) {
			memcpy(part, row[i].body, count);
			part[count] = '\0';
			CHECK(!run(&w, row[i].path, row[i].buffer_bytes, part, 0, 0, &out));
			CHECK(!w.bad);
			/* Elements handed out are the first ones of the whole. */
			CHECK(out.count <= whole.count);
			CHECK(memcmp(out.text, whole.text, out.count) == 0);
		}
	}
}

static void
depth_has_an_end(void)
{
	char body[4 * LIMIT_json_depth_max];
	struct jsonlist w;
	struct seen out;

	for (int depth = 1; depth <= LIMIT_json_depth_max + 2; depth++) {
		memset(body, '[', (size_t)depth);
		memset(body + depth, ']', (size_t)depth);
		body[2 * depth] = '\0';
		CHECK(run(&w, "", 200, body, 0, 0, &out) == (depth <= LIMIT_json_depth_max));
		CHECK(w.bad == (depth > LIMIT_json_depth_max));
	}
}

static void
a_key_of_sixty_four_bytes_is_the_longest(void)
{
	static const char key[] = "01234567890123456789012345678901"
	                          "23456789012345678901234567890123";
	char body[200];
	struct jsonlist w;
	struct seen out;

	snprintf(body, sizeof body, "{\"%s\":[1]}", key);
	CHECK(run(&w, key, 100, body, SIZE_MAX, 0, &out));
	CHECK_TEXT(out.text, "1|");
	/* One byte more begins with the right bytes and is another key. */
	snprintf(body, sizeof body, "{\"%s4\":[1],\"%s\":[2]}", key, key);
	CHECK(run(&w, key, 100, body, 0, 0, &out));
	CHECK_TEXT(out.text, "2|");
}

int
main(void)
{
	a_body_gives_its_elements_however_it_is_cut();
	a_body_that_ends_early_is_noticed();
	depth_has_an_end();
	a_key_of_sixty_four_bytes_is_the_longest();
	return CHECK_END("base/jsonlist");
}
