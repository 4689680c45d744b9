/* log_test.c - lines for people, and what cannot be forged in them.
 *
 * Goal: a line says what happened in each of the three formats, cannot be forged
 * by what a peer sent, and a storm of equal lines becomes one with a count.
 * Method: hand-made lines with hand-made times into a sink that keeps them.
 */
#include "base/log.h"
#include "check.h"
#include <stdlib.h>

static const int64_t sec = 1000000000;
static const int64_t start_ns = 1723161255123456789; /* 2024-08-08T23:54:15.123Z */

static struct { char text[65536]; size_t count; uint64_t lines; } seen;

static void
sink(void *context, struct slice line)
{
	CHECK(context == &seen);
	CHECK(line.count > 0 && line.at[line.count - 1] == '\n');
	CHECK(seen.count + line.count < sizeof seen.text);
	memcpy(seen.text + seen.count, line.at, line.count);
	seen.count += line.count;
	seen.text[seen.count] = '\0';
	seen.lines++;
}

static struct log l;

static void
begin(uint8_t format)
{
	seen.count = 0;
	seen.lines = 0;
	seen.text[0] = '\0';
	log_init(&l, LOG_INFO, format, sink, &seen);
}

static void
say_close(int64_t wall_ns, const char *venue, int64_t age_ms)
{
	log_begin(&l, wall_ns, LOG_WARN, "link close");
	log_text(&l, "venue", slice_str(venue));
	log_int(&l, "age_ms", age_ms);
	log_double(&l, "share", 0.25);
	log_end(&l);
}

static void
a_line_is_the_same_in_three_formats(void)
{
	static const char *want[LOG_FORMAT_COUNT] = {
		[LOG_LOGFMT] = "ts=2024-08-08T23:54:15.123Z level=warn msg=\"link close\" "
		               "venue=bybit age_ms=30012 share=0.25\n",
		[LOG_JSON] = "{\"ts\":\"2024-08-08T23:54:15.123Z\",\"level\":\"warn\","
		             "\"msg\":\"link close\",\"venue\":\"bybit\","
		             "\"age_ms\":30012,\"share\":0.25}\n",
		[LOG_PLAIN] = "2024-08-08T23:54:15Z warn link close "
		              "venue=bybit age_ms=30012 share=0.25\n",
	};

	for (uint8_t format = 0; format < LOG_FORMAT_COUNT; format++) {
		begin(format);
		say_close(start_ns, "bybit", 30012);
		CHECK_TEXT(seen.text, want[format]);
	}
}

static void
what_a_peer_sent_stays_a_value(void)
{
	static const struct { struct slice value; const char *logfmt, *json; } row[] = {
		{ SLICE_INIT("a-b.c/d:e@f"), "a-b.c/d:e@f", "\"a-b.c/d:e@f\"" },
		{ SLICE_INIT(""), "\"\"", "\"\"" },
		{ SLICE_INIT("a b"), "\"a b\"", "\"a b\"" },
		{ SLICE_INIT("x level=error"), "\"x level=error\"", "\"x level=error\"" },
		{ SLICE_INIT("a=b"), "\"a=b\"", "\"a=b\"" },
		{ SLICE_INIT("a\nts=1"), "\"a\\nts=1\"", "\"a\\nts=1\"" },
		{ SLICE_INIT("\"q\\"), "\"\\\"q\\\\\"", "\"\\\"q\\\\\"" },
		{ SLICE_INIT("\x1b[2J\x7f"), "\"\\u001b[2J\\u007f\"", "\"\\u001b[2J\\u007f\"" },
		{ SLICE_INIT("\xe5\xb8\x81"), "\"\xe5\xb8\x81\"", "\"\xe5\xb8\x81\"" },
		{ SLICE_INIT("\xff"), "\"\xef\xbf\xbd\"", "\"\xef\xbf\xbd\"" },
		{ SLICE_INIT("a\0b"), "\"a\\u0000b\"", "\"a\\u0000b\"" },
	};
	char want[256];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		for (uint8_t format = 0; format < LOG_FORMAT_COUNT; format++) {
			begin(format);
			log_begin(&l, 0, LOG_ERROR, "v");
			log_text(&l, "k", row[i].value);
			log_end(&l);
			if (format == LOG_JSON)
				snprintf(want, sizeof want,
				         "{\"ts\":\"1970-01-01T00:00:00.000Z\","
				         "\"level\":\"error\",\"msg\":\"v\",\"k\":%s}\n",
				         row[i].json);
			else if (format == LOG_LOGFMT)
				snprintf(want, sizeof want,
				         "ts=1970-01-01T00:00:00.000Z level=error msg=v k=%s\n",
				         row[i].logfmt);
			else
				snprintf(want, sizeof want, "1970-01-01T00:00:00Z error v k=%s\n",
				         row[i].logfmt);
			CHECK_TEXT(seen.text, want);
		}
	}
}

static void
levels_are_filtered(void)
{
	static const struct { uint8_t level; uint64_t want; } row[] = {
		{ LOG_OFF, 0 },
		{ LOG_ERROR, 1 },
		{ LOG_WARN, 2 },
		{ LOG_INFO, 3 },
		{ LOG_DEBUG, 4 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		begin(LOG_PLAIN);
		l.level = row[i].level;
		for (int level = LOG_ERROR; level < LOG_LEVEL_COUNT; level++) {
			log_begin(&l, 0, (enum log_level)level, "x");
			log_text(&l, "k", SLICE("v"));
			log_int(&l, "n", 1);
			log_end(&l);
		}
		CHECK(seen.lines == row[i].want);
		CHECK(l.line_count == row[i].want);
	}
}

static void
a_line_that_is_too_long_leaves_fields_out_and_says_so(void)
{
	char value[LIMIT_log_line_bytes + 10];

	memset(value, 'x', sizeof value);
	begin(LOG_JSON);
	log_begin(&l, 0, LOG_INFO, "v");
	log_text(&l, "long", slice_of(value, sizeof value));
	log_text(&l, "longer", slice_of(value, sizeof value));
	log_text(&l, "short", SLICE("s"));
	log_end(&l);
	CHECK_TEXT(seen.text, "{\"ts\":\"1970-01-01T00:00:00.000Z\",\"level\":\"info\","
	                      "\"msg\":\"v\",\"short\":\"s\",\"left_out\":2}\n");
	/* Every length around the edge gives a whole line. */
	for (size_t count = LIMIT_log_line_bytes - 40; count < sizeof value; count++) {
		begin(LOG_JSON);
		log_begin(&l, 0, LOG_INFO, "v");
		log_text(&l, "k", slice_of(value, count));
		log_end(&l);
		CHECK(seen.text[seen.count - 2] == '}');
		CHECK((strstr(seen.text, "left_out") == NULL) ==
		      (strstr(seen.text, "xxx") != NULL));
	}
}

static void
repeats_are_folded_into_one_line_with_a_count(void)
{
	begin(LOG_PLAIN);
	say_close(0, "bybit", 1);
	CHECK(seen.lines == 1);
	for (int i = 1; i <= 5; i++)
		say_close(i * sec, "bybit", 100 + i);
	/* Another venue is another line. */
	say_close(5 * sec, "okx", 7);
	CHECK(seen.lines == 2);
	CHECK(l.held_count == 5);
	log_tick(&l, 9 * sec);
	CHECK(seen.lines == 2);
	seen.count = 0;
	log_tick(&l, 10 * sec);
	CHECK_TEXT(seen.text, "1970-01-01T00:00:05Z warn link close "
	                      "venue=bybit age_ms=105 share=0.25 repeats=5\n");
	/* Still held back for the next ten seconds; then silent, then new. */
	say_close(12 * sec, "bybit", 8);
	CHECK(seen.lines == 3);
	log_tick(&l, 20 * sec);
	CHECK(seen.lines == 4);
	log_tick(&l, 30 * sec);
	log_tick(&l, 40 * sec);
	CHECK(seen.lines == 4);
	say_close(41 * sec, "bybit", 9);
	CHECK(seen.lines == 5);
	/* The end of the program loses nothing. */
	say_close(42 * sec, "bybit", 10);
	CHECK(seen.lines == 5);
	seen.count = 0;
	log_flush(&l);
	CHECK_TEXT(seen.text, "1970-01-01T00:00:42Z warn link close "
	                      "venue=bybit age_ms=10 share=0.25 repeats=1\n");
	log_flush(&l);
	CHECK(seen.lines == 6);
}

static void
a_fold_ends_by_the_next_line_too(void)
{
	begin(LOG_PLAIN);
	say_close(0, "bybit", 1);
	say_close(1 * sec, "bybit", 2);
	seen.count = 0;
	say_close(10 * sec, "bybit", 3);
	CHECK_TEXT(seen.text, "1970-01-01T00:00:01Z warn link close "
	                      "venue=bybit age_ms=2 share=0.25 repeats=1\n"
	                      "1970-01-01T00:00:10Z warn link close "
	                      "venue=bybit age_ms=3 share=0.25\n");
	/* The clock was set back: no fold of hours. */
	seen.lines = 0;
	say_close(9 * sec, "bybit", 4);
	CHECK(seen.lines == 1);
}

/* How many lines were said, by what was written: each line is one, or as many as
 * it says. */
static uint64_t
told(void)
{
	uint64_t count = 0;

	for (const char *at = seen.text; (at = strchr(at, '\n')) != NULL; at++)
		count++;
	for (const char *at = seen.text; (at = strstr(at, "repeats=")) != NULL; at++)
		count += strtoull(at + 8, NULL, 10) - 1;
	seen.count = 0;
	seen.text[0] = '\0';
	return count;
}

static void
every_line_is_counted_once_whatever_the_storm(void)
{
	uint64_t said = 0, heard = 0;
	char venue[8];

	/* More kinds of lines than folds: the oldest gives way, none is lost. */
	begin(LOG_PLAIN);
	for (int i = 0; i < 3000; i++) {
		snprintf(venue, sizeof venue, "v%d", i * 7 % (i % 60 + 1));
		say_close(i * (sec / 20), venue, i);
		said++;
		if (i % 100 == 0)
			heard += told();
	}
	log_flush(&l);
	heard += told();
	CHECK(heard == said);
	CHECK(l.line_count < said);
	CHECK(l.line_count + l.held_count > said);
}

static void
folding_can_be_off(void)
{
	begin(LOG_PLAIN);
	l.fold_ns = 0;
	for (int i = 0; i < 5; i++)
		say_close(0, "bybit", 1);
	CHECK(seen.lines == 5);
	CHECK(l.held_count == 0);
}

static void
words_of_the_configuration_are_read(void)
{
	uint8_t value = 99;

	CHECK(log_level_read(SLICE("error"), &value) && value == LOG_ERROR);
	CHECK(log_level_read(SLICE("debug"), &value) && value == LOG_DEBUG);
	CHECK(log_level_read(SLICE("off"), &value) && value == LOG_OFF);
	CHECK(log_format_read(SLICE("json"), &value) && value == LOG_JSON);
	CHECK(log_format_read(SLICE("logfmt"), &value) && value == LOG_LOGFMT);
	CHECK(log_format_read(SLICE("plain"), &value) && value == LOG_PLAIN);
	value = 99;
	CHECK(!log_level_read(SLICE("loud"), &value));
	CHECK(!log_level_read(SLICE(""), &value));
	CHECK(!log_format_read(SLICE("JSON"), &value));
	CHECK(value == 99);
}

int
main(void)
{
	a_line_is_the_same_in_three_formats();
	what_a_peer_sent_stays_a_value();
	levels_are_filtered();
	a_line_that_is_too_long_leaves_fields_out_and_says_so();
	repeats_are_folded_into_one_line_with_a_count();
	a_fold_ends_by_the_next_line_too();
	every_line_is_counted_once_whatever_the_storm();
	folding_can_be_off();
	words_of_the_configuration_are_read();
	return CHECK_END("base/log");
}
