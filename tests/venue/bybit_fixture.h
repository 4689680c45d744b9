/* bybit_fixture.h - a Bybit adapter on a bench, for its tests.
 *
 * Reads tests/venue/bybit/NAME.ndjson (frames, one a line) or NAME.json (a REST
 * body) and beside it NAME.want: the event lines it must yield, written by hand from
 * the exchange's documents.  Tests run in the root of the repository.
 */
#ifndef TESTS_VENUE_BYBIT_FIXTURE_H
#define TESTS_VENUE_BYBIT_FIXTURE_H
#include "base/json.h"
#include "base/limits.h"
#include "check.h"
#include "market/event_json.h"
#include "venue/venue.h"
#include <stdio.h>
#include <stdlib.h>

extern const struct venue venue_bybit_spot, venue_bybit_linear, venue_bybit_inverse;

enum { BENCH_INSTRUMENTS = 64, BENCH_EVENTS = 64 };

#define BENCH_RECV_NS INT64_C(1790000000600000000)

struct bench {
	const struct venue *venue;
	struct venue_call call;
	struct instrument_table table;
	struct event_batch batch;
	struct event event[BENCH_EVENTS];
	struct arena arena;
	_Alignas(64) char memory[64 * 1024];
	_Alignas(64) char state[64 * 1024];
};

/* Everything from the beginning: no instrument known, no delta merged. */
static inline void
bench_reset(struct bench *b, const struct venue *v)
{
	memset(b->memory, 0, sizeof b->memory);
	memset(b->state, 0, sizeof b->state);
	arena_init(&b->arena, b->memory, sizeof b->memory);
	instrument_table_init(&b->table, &b->arena, BENCH_INSTRUMENTS);
	b->table.learn = true;
	b->venue = v;
	b->batch = (struct event_batch){ b->event, 0, BENCH_EVENTS };
	b->call = (struct venue_call){ .state = b->state, .table = &b->table,
	                               .out = &b->batch, .recv_ns = BENCH_RECV_NS };
	CHECK(b->arena.missing_bytes == 0);
	CHECK(v->state_bytes(BENCH_INSTRUMENTS) <= sizeof b->state);
}

/* The text of a file, terminated; it lives until the next call but three. */
static inline struct slice
bench_file(const char *name, const char *ending)
{
	static char buffer[4][16 * 1024];
	static int next;
	char path[256];
	char *to = buffer[next++ % 4];
	size_t count;
	FILE *f;

	snprintf(path, sizeof path, "tests/venue/bybit/%s%s", name, ending);
	f = fopen(path, "r");
	if (f == NULL) {
		printf("cannot open %s\n", path);
		exit(1);
	}
	count = fread(to, 1, sizeof buffer[0] - 1, f);
	fclose(f);
	to[count] = '\0';
	CHECK(count > 0 && count < sizeof buffer[0] - 1);
	return slice_of(to, count);
}

/* Products may differ in the last digits; everything else is the venue's decimal. */
static inline bool
bench_is_product(struct slice key)
{
	return slice_is(key, "usd") || slice_is(key, "qty") || slice_is(key, "bid_qty") ||
	       slice_is(key, "ask_qty");
}

static inline bool
bench_same_value(struct slice key, const struct json_value *a, const struct json_value *b)
{
	double x, y, limit;

	if (a->type != b->type)
		return false;
	if (a->type != JSON_NUMBER || slice_ends(key, SLICE("_ns")))
		return slice_equal(a->text, b->text);
	if (!json_double(a, 0, &x) || !json_double(b, 0, &y))
		return false;
	limit = bench_is_product(key) ? 1e-12 * fabs(y) : 0;
	return fabs(x - y) <= limit;
}

/* Two event lines: the same keys in the same order, the same values. */
static inline bool
bench_same_line(struct slice got, struct slice want)
{
	struct json a = json_open(got), b = json_open(want);
	struct json_value va, vb;
	struct slice ka, kb;

	for (;;) {
		bool more = json_member(&a, &ka, &va);

		if (json_member(&b, &kb, &vb) != more)
			return false;
		if (!more)
			return json_ok(&a) && json_ok(&b);
		if (!slice_equal(ka, kb) || !bench_same_value(ka, &va, &vb))
			return false;
	}
}

/* The batch against the next lines of *want, which are taken off. */
static inline void
bench_expect(struct bench *b, struct slice *want, const char *what)
{
	static char memory[2048];

	for (uint32_t i = 0; i < b->batch.count; i++) {
		struct text line = text_init(memory, sizeof memory);
		struct slice expected = slice_cut(want, '\n');
		bool same;

		event_json(&line, &b->event[i], &b->table, b->venue->name);
		CHECK(!line.cut);
		same = bench_same_line(slice_of(line.at, line.count - 1), expected);
		CHECK(same);
		if (!same)
			printf("%s:\n  got  %.*s  want %.*s\n", what, (int)line.count, line.at,
			       (int)expected.count, expected.at);
	}
	b->batch.count = 0;
}

static inline uint32_t
bench_skipped(const struct bench *b)
{
	uint32_t sum = 0;

	for (int i = 0; i < DECODE_COUNT; i++)
		sum += b->call.skipped[i];
	return sum;
}
#endif
