/* say_fixture.h - what the tests of both says share. */
#ifndef TESTS_VENUE_SAY_FIXTURE_H
#define TESTS_VENUE_SAY_FIXTURE_H
#include "check.h"
#include "venue/say.h"

static struct instrument
row_of(uint8_t venue, const char *symbol)
{
	struct instrument row = { .venue = venue, .kind = KIND_LINEAR, .usd_quote = true };

	slice_copy(slice_str(symbol), row.symbol, sizeof row.symbol);
	slice_copy(slice_str("BTC"), row.coin, sizeof row.coin);
	return row;
}

static const char *
topic_of(const struct venue_say *say, const char *stream, const char *symbol)
{
	static char memory[LIMIT_topic_bytes + 1];
	struct text out = text_init(memory, LIMIT_topic_bytes);
	struct instrument row = row_of(say->venue, symbol != NULL ? symbol : "");

	for (int i = 0; i < say->stream_count; i++)
		if (strcmp(say->stream[i].name, stream) == 0) {
			if (!say_topic(say, i, symbol != NULL ? &row : NULL, &out))
				return "(none)";
			memory[out.count] = '\0';
			return memory;
		}
	return "(no stream)";
}

static const char *
route_of(const struct venue_say *say, const char *stream)
{
	for (int i = 0; i < say->stream_count; i++)
		if (strcmp(say->stream[i].name, stream) == 0)
			return say->route[say->stream[i].route].path;
	return "(no stream)";
}

static const char *
path_of(const struct venue_say *say, enum say_asked asked, const char *symbol, uint64_t from,
        const char *cursor)
{
	static char memory[LIMIT_request_path_bytes + 1];
	struct text out = text_init(memory, LIMIT_request_path_bytes);
	struct instrument row = row_of(say->venue, symbol != NULL ? symbol : "");
	const struct say_ask *ask = say_ask_of(say, asked);
	struct say_details details;

	if (ask == NULL)
		return "(not asked)";
	details = (struct say_details){ from, ask->limit, slice_str(cursor) };
	if (!say_path(ask, symbol != NULL ? &row : NULL, &details, &out))
		return "(none)";
	memory[out.count] = '\0';
	return memory;
}

static const char *
portion_of(const struct venue_say *say, bool subscribe, uint32_t id)
{
	static char memory[257];
	struct text out = text_init(memory, 256);

	say->opening(&out, subscribe, id);
	text_json(&out, SLICE("a"));
	text_char(&out, ',');
	text_json(&out, SLICE("b"));
	say->closing(&out, id);
	memory[out.count] = '\0';
	return memory;
}

/* What every venue's tables must keep, whatever is in them. */
static void
tables_are_whole(const struct venue_say *say)
{
	const struct venue *v = venue_by_id(say->venue);

	CHECK(v != NULL);
	CHECK(say->stream_count <= SAY_STREAMS_MAX);
	for (int i = 0; i < say->stream_count; i++) {
		const struct say_stream *s = &say->stream[i];

		CHECK(s->route < say->route_count);
		CHECK(s->carries != 0);
		CHECK(s->each != NULL || s->all != NULL);
		CHECK(!s->live_top || s->each != NULL);
	}
	CHECK(say->ask_count <= 16);
	for (int i = 0; i < say->ask_count; i++) {
		const struct say_ask *a = &say->ask[i];

		CHECK(a->asked > ASK_NONE);
		CHECK(a->asked < ASK_COUNT);
		CHECK(a->when != WHEN_NEVER);
		CHECK(a->weight > 0);
		CHECK(a->bucket < say->bucket_count);
		CHECK(a->each == (strstr(a->path, "{symbol}") != NULL ||
		                  strstr(a->path, "{pair}") != NULL));
		CHECK((strstr(a->path, "{limit}") != NULL) == (a->limit > 0));
		CHECK(a->when == WHEN_START || a->when == WHEN_GAP || a->period_s > 0);
		/* Each sort of request once, or the wrong one would be found. */
		CHECK(say_ask_of(say, (enum say_asked)a->asked) == a);
	}
	CHECK(say_ask_of(say, ASK_INSTRUMENTS) != NULL);
	CHECK_TEXT(path_of(say, ASK_INSTRUMENTS, NULL, 0, ""), v->instruments);
	for (int i = 0; i < say->bucket_count; i++) {
		CHECK(say->bucket[i].shared > 0);
		CHECK(say->bucket[i].shared < SAY_SHARED_MAX);
	}
}
#endif
