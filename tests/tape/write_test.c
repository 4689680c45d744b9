/* write_test.c - what was put is what is read.
 *
 * Goal: what was put is what is read, whatever was put and however the disk fails.
 * Method: seeded random records through the writer into memory and back through the
 * reader; a sink whose n-th call fails, for every n; times and sizes at the edges. */
#include "memory_tape.h"
#include "base/limits.h"
#include "check.h"

enum { RECORDS_MAX = 4000, BYTES_MAX = 12 << 20 };

/* What was put, as it should come back. */
static struct {
	struct tape_record at[RECORDS_MAX];
	int count;
	char bytes[BYTES_MAX];
	size_t used;
} want;

static struct slice
keep(uint64_t *seed, size_t count)
{
	char *at = want.bytes + want.used;
	/* Half of it repeats and half does not: both methods are used. */
	bool noise = chance(seed) % 2 == 0;

	if (count > BYTES_MAX - want.used)
		abort();
	for (size_t i = 0; i < count; i++)
		at[i] = noise ? (char)chance(seed) : "{\"e\":\"trade\"}"[i % 13];
	want.used += count;
	return slice_of(at, count);
}

static bool
is_equal(const struct tape_record *a, const struct tape_record *b)
{
	return a->kind == b->kind && a->venue == b->venue && a->link == b->link &&
	       a->recv_ns == b->recv_ns && slice_equal(a->asked, b->asked) &&
	       slice_equal(a->data, b->data);
}

/* Reads all files; heads (and their times) are checked and left out.  Returns how
 * many of `want` came back in order before anything differed. */
static int
read_back(const struct memory_sink *s, struct tape_rooms *rooms, int *fault_count)
{
	int count = 0;

	*fault_count = 0;
	for (int i = 0; i < s->file_count; i++) {
		struct slice file = memory_file(s, i);
		struct tape_record got;
		struct tape_read r;
		enum tape_read_result result;
		bool first = true, good = true;

		tape_read_init(&r, tape_source_memory(&file), rooms);
		while ((result = tape_read_next(&r, &got)) != TAPE_READ_END) {
			if (result == TAPE_READ_FAULT) {
				++*fault_count;
				continue;
			}
			if (first) {
				CHECK(got.kind == TAPE_HEAD);
				CHECK(got.recv_ns == s->first_ns[i]);
			} else {
				good = good && count < want.count &&
				       is_equal(&got, &want.at[count]);
				count += good;
			}
			first = false;
		}
	}
	return count;
}

static void
random_records_come_back(struct tape_rooms *rooms, uint64_t seed)
{
	static struct tape_write w;
	struct memory_sink s;
	struct tape_write_options options = memory_options(memory_sink(&s, BYTES_MAX * 2));
	struct arena arena;
	int64_t ns = 1700000000000000000, last_ns = 0;
	uint64_t raised = 0;
	int faults, flushes = 0;
	uint64_t first_seed = seed;

	want.count = 0;
	want.used = 0;
	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	for (int i = 0; i < 1500; i++) {
		const unsigned kinds = TAPE_KIND_COUNT - TAPE_CONFIG; /* all but the head */
		struct tape_record r = {
			.kind = (uint8_t)(TAPE_CONFIG + chance(&seed) % kinds),
			.venue = (uint8_t)chance(&seed),
			.link = (uint16_t)(chance(&seed) % 3 ? 1 : chance(&seed)),
		};
		uint64_t dice = chance(&seed) % 100;

		if (dice < 60)
			ns += (int64_t)(chance(&seed) % 5000000);
		else if (dice < 62)
			ns += (int64_t)(chance(&seed) % 3000) * 1000000000;
		else if (dice < 65)
			ns -= (int64_t)(chance(&seed) % 5000000000);
		r.asked = keep(&seed, dice % 4 ? 0 : chance(&seed) % 200);
		r.data = keep(&seed, dice == 99 ? chance(&seed) % 300000 : chance(&seed) % 400);
		r.recv_ns = ns;
		CHECK(tape_write_put(&w, &r) == ERR_NONE);
		if (r.recv_ns < last_ns) {
			raised++;
			r.recv_ns = last_ns;
		}
		last_ns = r.recv_ns;
		want.at[want.count++] = r;
		if (chance(&seed) % 50 == 0) {
			CHECK(tape_write_flush(&w) == ERR_NONE);
			flushes++;
		}
	}
	CHECK(tape_write_close(&w) == ERR_NONE);
	CHECK(w.count.raised == raised);
	CHECK(raised > 0);
	CHECK(flushes > 0);
	CHECK(s.file_count > 1);
	CHECK(s.end_count == s.file_count);
	CHECK(w.count.records == (uint64_t)(want.count + s.file_count));
	CHECK(w.count.stored_bytes == s.count);
	if (read_back(&s, rooms, &faults) != want.count || faults != 0)
		printf("seed %llu\n", (unsigned long long)first_seed);
	CHECK(read_back(&s, rooms, &faults) == want.count);
	CHECK(faults == 0);
	free(s.at);
	memory_free(&arena);
}

static void
the_same_input_gives_the_same_bytes(void)
{
	struct memory_sink s[2];

	for (int round = 0; round < 2; round++) {
		static struct tape_write w;
		struct tape_write_options options =
			memory_options(memory_sink(&s[round], 1 << 20));
		struct arena arena;
		uint64_t seed = 7;

		want.used = 0;
		memory_arena(&arena, MEMORY_BYTES);
		CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
		for (int i = 0; i < 500; i++) {
			struct tape_record r = memory_frame(i * 20 * (int64_t)1000000000,
			                                    keep(&seed, 150));
			CHECK(tape_write_put(&w, &r) == ERR_NONE);
		}
		CHECK(tape_write_close(&w) == ERR_NONE);
		memory_free(&arena);
	}
	/* 10000 s are 2.7 hours. */
	CHECK(s[0].file_count == 3);
	CHECK(s[1].file_count == 3);
	CHECK(s[0].count == s[1].count);
	CHECK(memcmp(s[0].at, s[1].at, s[0].count) == 0);
	free(s[0].at);
	free(s[1].at);
}

static void
prologue(void *context, struct tape_write *w)
{
	struct tape_record r = { .kind = TAPE_CONFIG, .data = SLICE("[watch]\ncoins=BTC\n") };
	int *count = context;

	/* The time of a prologue is that of the segment, whatever is asked for. */
	r.recv_ns = 5;
	tape_write_put(w, &r);
	r.kind = TAPE_INSTRUMENT;
	r.data = SLICE("{\"type\":\"instrument\"}");
	r.recv_ns = INT64_MAX;
	tape_write_put(w, &r);
	++*count;
}

static void
each_hour_is_complete_in_itself(struct tape_rooms *rooms)
{
	const int64_t hour = TAPE_HOUR_NS;
	/* 2026-11-25T03:00:00Z */
	const int64_t three = 1795575600 * (int64_t)1000000000;
	const struct { int64_t at_ns; int want_files; } row[] = {
		{ three + 1, 1 },
		{ three + hour - 1, 1 },
		{ three + hour, 2 },     /* the first nanosecond of the next one */
		{ three + hour - 5, 2 }, /* raised into it */
		{ three + 5 * hour, 3 }, /* hours without a record have no file */
	};
	const int64_t begins[] = { three + 1, three + hour, three + 5 * hour };
	static struct tape_write w;
	struct memory_sink s;
	struct tape_write_options options = memory_options(memory_sink(&s, 1 << 20));
	int prologue_count = 0;
	struct arena arena;

	CHECK(three % hour == 0);
	options.prologue = prologue;
	options.context = &prologue_count;
	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct tape_record r = memory_frame(row[i].at_ns, SLICE("{}"));

		CHECK(tape_write_put(&w, &r) == ERR_NONE);
		CHECK(s.file_count == row[i].want_files);
	}
	CHECK(tape_write_close(&w) == ERR_NONE);
	CHECK(prologue_count == 3);
	for (int i = 0; i < s.file_count; i++) {
		struct slice file = memory_file(&s, i);
		struct tape_record got;
		struct tape_read r;
		char number[] = { (char)('0' + i), '\0' };

		tape_read_init(&r, tape_source_memory(&file), rooms);
		CHECK(tape_read_next(&r, &got) == TAPE_READ_RECORD);
		CHECK(got.kind == TAPE_HEAD);
		CHECK(got.recv_ns == begins[i]);
		CHECK(slice_equal(tape_head_value(got.data, "format"), SLICE("1")));
		CHECK(slice_equal(tape_head_value(got.data, "segment"), slice_str(number)));
		CHECK(slice_equal(tape_head_value(got.data, "build"), SLICE("test")));
		CHECK(slice_equal(tape_head_value(got.data, "seed"), SLICE("1")));
		CHECK(slice_equal(tape_head_value(got.data, "venue.2"), SLICE("binance-usdm")));
		CHECK(slice_equal(tape_head_value(got.data, "venue.5"), SLICE("bybit-linear")));
		CHECK(tape_head_value(got.data, "venue.3").count == 0);
		CHECK(tape_head_value(got.data, "venue").count == 0);
		CHECK(tape_read_next(&r, &got) == TAPE_READ_RECORD);
		CHECK(got.kind == TAPE_CONFIG);
		CHECK(got.recv_ns == begins[i]);
		CHECK(tape_read_next(&r, &got) == TAPE_READ_RECORD);
		CHECK(got.kind == TAPE_INSTRUMENT);
		CHECK(got.recv_ns == begins[i]);
		while (tape_read_next(&r, &got) == TAPE_READ_RECORD)
			CHECK(got.kind == TAPE_FRAME);
		CHECK(r.fault_count == 0);
		CHECK(r.is_closed);
	}
	free(s.at);
	memory_free(&arena);
}

/* Sizes around a block and around the longest record. */
static void
long_records_get_a_block_of_their_own(struct tape_rooms *rooms)
{
	const size_t block = LIMIT_tape_block_bytes, most = LIMIT_tape_record_bytes_max;
	/* A frame with 2-byte times has 6 bytes and the length before its data. */
	const struct { size_t bytes; enum err want; } row[] = {
		{ 0, ERR_NONE }, { block - 8, ERR_NONE }, { block - 7, ERR_NONE },
		{ block, ERR_NONE }, { block + 1, ERR_NONE }, { 2 * block, ERR_NONE },
		{ most - 35, ERR_NONE }, { most - 34, ERR_DATA }, { most, ERR_DATA },
		{ most + 1, ERR_DATA }, { SIZE_MAX, ERR_DATA }, { 1, ERR_NONE },
	};
	static struct tape_write w;
	struct memory_sink s;
	struct tape_write_options options = memory_options(memory_sink(&s, 16 << 20));
	struct arena arena;
	uint64_t refused = 0;
	int faults;

	want.count = 0;
	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		/* All views of the same bytes; refused ones are not looked into. */
		struct tape_record r = memory_frame((int64_t)i * 200,
		                                    slice_of(want.bytes, row[i].bytes));

		CHECK(tape_write_put(&w, &r) == row[i].want);
		CHECK(w.err == ERR_NONE);
		if (row[i].want == ERR_NONE)
			want.at[want.count++] = r;
		else
			refused++;
		CHECK(w.count.refused == refused);
	}
	/* Two lengths that together wrap around. */
	struct tape_record r = memory_frame(1 << 20, slice_of(want.bytes, 8));
	r.asked = slice_of(want.bytes, SIZE_MAX - 4);
	CHECK(tape_write_put(&w, &r) == ERR_DATA);
	CHECK(tape_write_close(&w) == ERR_NONE);
	CHECK(read_back(&s, rooms, &faults) == want.count);
	CHECK(faults == 0);
	free(s.at);
	memory_free(&arena);
}

static void
time_never_goes_back_and_ends_at_2_63(struct tape_rooms *rooms)
{
	const struct { int64_t put_ns, want_ns; } row[] = {
		{ INT64_MIN, 0 }, { -1, 0 }, { 0, 0 }, { 5, 5 }, { 4, 5 }, { 5, 5 },
		{ INT64_MAX - 1, INT64_MAX - 1 }, { INT64_MAX, INT64_MAX },
		{ 0, INT64_MAX }, { INT64_MIN, INT64_MAX },
	};
	static struct tape_write w;
	struct memory_sink s;
	struct tape_write_options options = memory_options(memory_sink(&s, 1 << 20));
	struct arena arena;
	int faults;

	want.count = 0;
	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct tape_record r = memory_frame(row[i].put_ns, SLICE("x"));

		CHECK(tape_write_put(&w, &r) == ERR_NONE);
		r.recv_ns = row[i].want_ns;
		want.at[want.count++] = r;
	}
	CHECK(tape_write_close(&w) == ERR_NONE);
	CHECK(w.count.raised == 5);
	CHECK(read_back(&s, rooms, &faults) == want.count);
	CHECK(faults == 0);
	free(s.at);
	memory_free(&arena);
}

static void
only_an_old_open_block_is_flushed(void)
{
	static struct tape_write w;
	struct memory_sink s;
	struct tape_write_options options = memory_options(memory_sink(&s, 1 << 20));
	struct tape_record r = memory_frame(1000, SLICE("{}"));
	struct arena arena;
	size_t before;

	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	CHECK(tape_write_flush(&w) == ERR_NONE);
	CHECK(tape_write_close(&w) == ERR_NONE);
	CHECK(s.file_count == 0); /* nothing was said: no file */
	CHECK(tape_write_put(&w, &r) == ERR_NONE);
	before = s.count; /* the head is there already */
	CHECK(before > 0);
	CHECK(tape_write_flush_older(&w, 1000) == ERR_NONE);
	CHECK(s.count == before);
	CHECK(tape_write_flush_older(&w, 1001) == ERR_NONE);
	CHECK(s.count > before);
	before = s.count;
	CHECK(tape_write_flush(&w) == ERR_NONE);
	CHECK(s.count == before); /* nothing open */
	CHECK(tape_write_close(&w) == ERR_NONE);
	CHECK(s.count > before);
	CHECK(tape_write_close(&w) == ERR_NONE);
	CHECK(s.end_count == 1);
	/* After the end a new file begins. */
	CHECK(tape_write_put(&w, &r) == ERR_NONE);
	CHECK(s.file_count == 2);
	CHECK(tape_write_close(&w) == ERR_NONE);
	free(s.at);
	memory_free(&arena);
}

/* One run with the n-th call failing after `torn` bytes.  Returns true when
 * nothing failed any more. */
static bool
survives_failure(struct tape_rooms *rooms, int n, size_t torn)
{
	static struct tape_write w;
	struct memory_sink s;
	struct tape_write_options options = memory_options(memory_sink(&s, 1 << 20));
	struct arena arena;
	uint64_t seed = 3;
	int faults, came_back, lost;

	want.count = 0;
	want.used = 0;
	memory_arena(&arena, MEMORY_BYTES);
	s.fail_at = n;
	s.torn = torn;
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	for (int i = 0; i < 60; i++) {
		struct tape_record r = memory_frame(i * 120 * (int64_t)1000000000,
		                                    keep(&seed, 500));

		tape_write_put(&w, &r);
		want.at[want.count++] = r;
		if (i % 10 == 9)
			tape_write_flush(&w);
	}
	tape_write_close(&w);
	came_back = read_back(&s, rooms, &faults);
	CHECK(s.end_count == s.file_count);
	CHECK((w.err != ERR_NONE) == (s.call_count >= n));
	if (w.err == ERR_NONE) {
		CHECK(came_back == want.count);
		CHECK(faults == 0);
		CHECK(s.failed_count == 0);
	} else {
		/* Begin fails with ERR_CREATE, put with ERR_FULL; no call came after. */
		CHECK(w.err == ERR_CREATE || w.err == ERR_FULL);
		CHECK(s.call_count == n);
		/* What came back is the beginning of what was put: all but what is
		 * counted.  (A head that was lost counts too, and is no record here.) */
		lost = want.count - came_back;
		CHECK((uint64_t)lost <= w.count.dropped);
		CHECK((uint64_t)lost + 1 >= w.count.dropped);
		CHECK(w.err == ERR_CREATE ? faults == 0 : faults <= 1);
		/* Further calls are harmless. */
		struct tape_record r = memory_frame(1, SLICE("late"));
		size_t before = s.count;
		CHECK(tape_write_put(&w, &r) == w.err);
		CHECK(tape_write_flush(&w) == w.err);
		CHECK(tape_write_close(&w) == w.err);
		CHECK(s.count == before);
	}
	free(s.at);
	memory_free(&arena);
	return s.call_count < n;
}

static void
what_does_not_fit_is_refused_at_start(void)
{
	static struct tape_write w;
	static char long_head[TAPE_HEAD_BYTES_MAX];
	struct memory_sink s;
	struct tape_write_options options = memory_options(memory_sink(&s, 1024));
	struct arena arena;

	for (size_t bytes = 1024; bytes <= 8u << 20; bytes *= 2) {
		memory_arena(&arena, bytes);
		CHECK(tape_write_init(&w, &options, &arena) == ERR_FULL);
		memory_free(&arena);
	}
	memset(long_head, 'x', sizeof long_head);
	options.head = slice_of(long_head, sizeof long_head);
	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_DATA);
	memory_free(&arena);
	free(s.at);
}

int
main(void)
{
	struct tape_rooms *rooms = memory_rooms(1);
	int n = 1;

	for (uint64_t seed = 1; seed <= 8; seed++)
		random_records_come_back(rooms, seed * 7919);
	the_same_input_gives_the_same_bytes();
	each_hour_is_complete_in_itself(rooms);
	long_records_get_a_block_of_their_own(rooms);
	time_never_goes_back_and_ends_at_2_63(rooms);
	only_an_old_open_block_is_flushed();
	what_does_not_fit_is_refused_at_start();
	while (!survives_failure(rooms, n, 0))
		n++;
	CHECK(n > 10);
	for (int i = 1; i <= n; i++) {
		survives_failure(rooms, i, 1);
		survives_failure(rooms, i, 40);
		survives_failure(rooms, i, 100);
	}
	return CHECK_END("tape write");
}
