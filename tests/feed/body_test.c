/* Goal: the records of an answer hold exactly its elements, however it arrives.
 * Method: answers of known elements, whole and byte by byte and cut; what jsonlist finds
 *         in the records is compared with what was put in. */
#include "check.h"
#include "feed/body.h"

static char memory[1 << 20], long_text[400000];
static struct arena arena;
static struct body body;
static char seen[400000], element_memory[70000];
static size_t seen_count;
static int records;
static const char *path;
static size_t record_max;

static void
on_element(void *context, struct slice element)
{
	(void)context;
	CHECK(seen_count + element.count + 1 < sizeof seen);
	memcpy(seen + seen_count, element.at, element.count);
	seen_count += element.count;
	seen[seen_count++] = '\n';
	seen[seen_count] = '\0';
}

static void
on_part(void *context, struct slice part)
{
	struct jsonlist list;

	(void)context;
	records++;
	record_max = part.count > record_max ? part.count : record_max;
	jsonlist_init(&list, path, element_memory, sizeof element_memory, on_element, NULL);
	jsonlist_feed(&list, part);
	CHECK(jsonlist_end(&list));
}

static bool
read_in(const char *list_path, struct slice text, size_t step, const char *cursor)
{
	bool good;

	memset(memory, 0, sizeof memory);
	arena_init(&arena, memory, sizeof memory);
	CHECK(body_init(&body, &arena, on_part, NULL));
	path = list_path;
	seen_count = 0;
	seen[0] = '\0';
	records = 0;
	record_max = 0;
	body_begin(&body, list_path, cursor);
	for (size_t at = 0; at < text.count; at += step)
		body_feed(&body, slice_of(text.at + at, text.count - at < step ? text.count - at
		                                                               : step));
	good = body_end(&body);
	return good;
}

/* head, `count` elements of about `bytes` bytes, tail. */
static struct slice
list_of(const char *head, int count, int bytes, const char *tail)
{
	struct text out = text_init(long_text, sizeof long_text);

	text_str(&out, head);
	for (int i = 0; i < count; i++)
		text_format(&out, "%s{\"n\":%d,\"x\":\"%0*d\"}", i > 0 ? "," : "", i, bytes, i);
	text_str(&out, tail);
	CHECK(!out.cut);
	return text_slice(&out);
}

static void
a_small_answer_is_one_record_as_it_came(void)
{
	struct slice text = SLICE("{ \"retCode\":0, \"result\":{\"list\":[1,2]} }");

	for (size_t step = 1; step < 50; step += 7) {
		CHECK(read_in("result.list", text, step, NULL));
		CHECK(records == 1);
		CHECK(record_max == text.count);
		CHECK_TEXT(seen, "1\n2\n");
	}
}

static void
a_long_list_becomes_records_of_whole_elements(void)
{
	const struct { const char *path, *head, *tail; } shape[] = {
		{ "symbols", "{\"timezone\":\"UTC\",\"limits\":[1,2],\"symbols\":[", "],\"z\":{}}" },
		{ "result.list", "{\"retCode\":0,\"result\":{\"category\":\"linear\",\"list\":[",
		  "],\"nextPageCursor\":\"\"},\"time\":1}" },
		{ "", "[", "]" },
	};

	for (size_t i = 0; i < sizeof shape / sizeof shape[0]; i++) {
		struct slice text = list_of(shape[i].head, 1000, 100, shape[i].tail);
		char want[16];
		int lines;

		for (size_t step = 1; step < 100000; step = step * 7 + 1) {
			CHECK(read_in(shape[i].path, text, step, NULL));
			CHECK(records >= 2);
			CHECK(record_max <= BODY_RECORD_BYTES);
			lines = 0;
			for (size_t k = 0; k < seen_count; k++)
				lines += seen[k] == '\n';
			CHECK(lines == 1000);
			CHECK(strncmp(seen, "{\"n\":0,", 7) == 0);
			snprintf(want, sizeof want, "{\"n\":%d,", 999);
			CHECK(strstr(seen, want) != NULL);
		}
	}
}

static void
elements_of_every_size_fit_or_are_left_out(void)
{
	/* The largest element that is kept, and one that is too long for anybody. */
	for (int bytes = 16300; bytes < 16390; bytes++) {
		struct slice text = list_of("[", 5, bytes, "]");

		read_in("", text, 4096, NULL);
		CHECK(record_max <= BODY_RECORD_BYTES);
	}
	CHECK(read_in("", list_of("[", 3, 16000, "]"), 4096, NULL));
	CHECK(records >= 1);
	CHECK(!read_in("", list_of("[", 3, 17000, "]"), 4096, NULL));
	CHECK(records == 0);
}

static void
broken_and_cut_answers_say_so(void)
{
	struct slice text = list_of("[", 1000, 100, "]");

	CHECK(!read_in("", slice_of(text.at, text.count - 1), 4096, NULL));
	CHECK(!read_in("", slice_of(text.at, text.count / 2), 4096, NULL));
	CHECK(!read_in("", slice_of(text.at, 0), 4096, NULL));
	long_text[60000] = '\x01';
	CHECK(!read_in("", text, 4096, NULL));
	/* Long, and no list: nobody can use it. */
	memset(long_text, '1', 100000);
	CHECK(!read_in("symbols", slice_of(long_text, 100000), 4096, NULL));
	CHECK(records == 0);
}

static void
the_next_page_is_found_wherever_it_stands(void)
{
	const struct { const char *text, *want; } row[] = {
		{ "{\"result\":{\"list\":[],\"nextPageCursor\":\"first%3DA%26last%3DB\"}}",
		  "first%3DA%26last%3DB" },
		{ "{\"result\":{\"nextPageCursor\" : \"abc\",\"list\":[]}}", "abc" },
		{ "{\"result\":{\"list\":[],\"nextPageCursor\":\"\"}}", "" },
		{ "{\"result\":{\"list\":[],\"nextPageCursor\":null}}", "" },
		{ "{\"result\":{\"list\":[{\"xnextPageCursor\":\"no\"}]}}", "" },
		{ "{\"result\":{\"list\":[]},\"nextPageCursor\":\"a b\"}", "" },
		{ "{\"result\":{\"list\":[]},\"nextPageCursor\":\"a\\\"b\"}", "" },
		{ "{\"result\":{\"list\":[]},\"nextPageCursor\":\"a&x=1\"}", "" },
		{ "{\"result\":{\"list\":[\"nextPage\"],\"nextPageCursor\":\"q\"}}", "q" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (size_t step = 1; step < 80; step++) {
			char got[LIMIT_page_cursor_bytes + 1];
			struct slice c;

			read_in("result.list", slice_str(row[i].text), step, "nextPageCursor");
			c = body_cursor(&body);
			snprintf(got, sizeof got, "%.*s", (int)c.count, c.at);
			CHECK_TEXT(got, row[i].want);
		}
}

/* A request keeps it as a terminated text of LIMIT_page_cursor_bytes: what does not fit
 * there is no page, or the first page would be asked for again. */
static void
a_page_that_nobody_could_ask_for_is_none(void)
{
	for (size_t count = 1; count < 2 * LIMIT_page_cursor_bytes; count++) {
		static char text[3 * LIMIT_page_cursor_bytes];
		const size_t want = count < LIMIT_page_cursor_bytes ? count : 0;
		int n = snprintf(text, sizeof text, "{\"nextPageCursor\":\"%0*d\",\"list\":[]}", (int)count, 7);

		CHECK(n > 0);
		read_in("list", slice_of(text, (size_t)n), 50, "nextPageCursor");
		CHECK(body_cursor(&body).count == want);
		CHECK(want == 0 || body_cursor(&body).at[want - 1] == '7');
	}
}

int
main(void)
{
	a_small_answer_is_one_record_as_it_came();
	a_long_list_becomes_records_of_whole_elements();
	elements_of_every_size_fit_or_are_left_out();
	broken_and_cut_answers_say_so();
	the_next_page_is_found_wherever_it_stands();
	a_page_that_nobody_could_ask_for_is_none();
	return CHECK_END("body");
}
