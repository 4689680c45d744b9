/* merge_test.c - several tapes read as one.
 *
 * Goal: several tapes read as one: by time, then by the order given, then by their
 * own order; a cut recording gives what the whole one gives.
 * Method: seeded random records spread over files; what must come is a stable sort
 * of all that was put. */
#include "memory_tape.h"
#include "check.h"
#include "tape/merge.h"

enum { FILES_MAX = 60, RECORDS_MAX = 6000 };

struct put { int64_t ns; int file; int number; };

static struct put put[RECORDS_MAX];
static int put_count;
static struct memory_sink sink[FILES_MAX];
static struct slice file[FILES_MAX];
static struct tape_read reader[FILES_MAX];
static struct tape_rooms *rooms;
static char big[300000];

static int
by_time_then_file_then_number(const void *a, const void *b)
{
	const struct put *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	if (x->file != y->file)
		return x->file - y->file;
	return x->number - y->number;
}

/* Writes record_count frames to each of file_count tapes.  The data begins with
 * "FILE NUMBER"; some are longer than a block. */
static void
make_files(int file_count, int record_count, int64_t step_ns, uint64_t seed)
{
	static struct tape_write w;
	struct arena arena;

	put_count = 0;
	memset(big, ' ', sizeof big);
	for (int f = 0; f < file_count; f++) {
		struct tape_write_options options =
			memory_options(memory_sink(&sink[f], 2 << 20));
		int64_t ns = (int64_t)(chance(&seed) % 1000);

		options.segment_ns = 0;
		memory_arena(&arena, MEMORY_BYTES);
		CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
		for (int i = 0; i < record_count; i++) {
			int text = snprintf(big, 32, "%d %d", f, i);
			bool is_big = chance(&seed) % 200 == 0;
			struct tape_record r = memory_frame(ns, slice_of(big, is_big ? sizeof big
			                                                     : (size_t)text));

			CHECK(tape_write_put(&w, &r) == ERR_NONE);
			put[put_count++] = (struct put){ ns, f, i };
			big[text] = ' ';
			if (chance(&seed) % 20 == 0)
				tape_write_flush(&w);
			/* Often the same time, here and in the other files. */
			if (chance(&seed) % 3 == 0)
				ns += (int64_t)(chance(&seed) % 5) * step_ns;
		}
		CHECK(tape_write_close(&w) == ERR_NONE);
		file[f] = memory_file(&sink[f], 0);
		memory_free(&arena);
	}
	qsort(put, (size_t)put_count, sizeof put[0], by_time_then_file_then_number);
}

static void
free_files(int file_count)
{
	for (int f = 0; f < file_count; f++)
		free(sink[f].at);
}

static void
open_files(struct tape_merge *m, int file_count, struct arena *arena)
{
	memory_arena(arena, 1 << 16);
	for (int f = 0; f < file_count; f++)
		tape_read_init(&reader[f], tape_source_memory(&file[f]), rooms);
	CHECK(tape_merge_init(m, reader, (uint32_t)file_count, arena) == ERR_NONE);
}

/* Reads on; every frame must be the next of `put` from `first` on whose file is not
 * `without`.  Returns how many faults there were. */
static int
check_order(struct tape_merge *m, int first, int without)
{
	struct tape_record got;
	enum tape_read_result result;
	int faults = 0, next = first;

	while ((result = tape_merge_next(m, &got)) != TAPE_READ_END) {
		char want[32];
		int bytes;

		if (result == TAPE_READ_FAULT) {
			CHECK((int)m->index == without);
			faults++;
			continue;
		}
		if (got.kind == TAPE_HEAD || (int)m->index == without)
			continue;
		while (next < put_count && put[next].file == without)
			next++;
		CHECK(next < put_count);
		if (next == put_count)
			break;
		bytes = snprintf(want, sizeof want, "%d %d", put[next].file, put[next].number);
		CHECK(got.recv_ns == put[next].ns);
		CHECK((int)m->index == put[next].file);
		CHECK(got.data.count >= (size_t)bytes &&
		      memcmp(got.data.at, want, (size_t)bytes) == 0);
		next++;
	}
	while (next < put_count && put[next].file == without)
		next++;
	CHECK(next == put_count);
	CHECK(tape_merge_next(m, &got) == TAPE_READ_END);
	CHECK(rooms->small_count == rooms->small_max);
	return faults;
}

static void
files_come_by_time_then_by_the_order_given(void)
{
	const struct { int files, records; int64_t step_ns; } row[] = {
		{ 1, 300, 1 }, { 2, 500, 1 }, { 2, 500, 1000000 }, { 7, 300, 1 },
		{ FILES_MAX, 60, 3 }, { 3, 200, 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct tape_merge m;
		struct arena arena;

		make_files(row[i].files, row[i].records, row[i].step_ns, 41 + i);
		open_files(&m, row[i].files, &arena);
		CHECK(check_order(&m, 0, -1) == 0);
		memory_free(&arena);
		free_files(row[i].files);
	}
}

static void
a_damaged_file_does_not_stop_the_others(void)
{
	struct tape_merge m;
	struct arena arena;

	make_files(3, 400, 1, 5);
	sink[1].at[sink[1].count / 2] ^= 1;
	file[1].count -= 3;
	open_files(&m, 3, &arena);
	CHECK(check_order(&m, 0, 1) == 2);
	memory_free(&arena);
	free_files(3);
}

static void
a_jump_goes_to_the_time_in_all_files(void)
{
	struct tape_merge m;
	struct arena arena;

	make_files(4, 300, 5, 6);
	open_files(&m, 4, &arena);
	for (int at = 0; at < put_count; at += 97) {
		int first = at;

		tape_merge_seek(&m, put[at].ns);
		while (first > 0 && put[first - 1].ns == put[at].ns)
			first--;
		CHECK(check_order(&m, first, -1) == 0);
	}
	memory_free(&arena);
	free_files(4);
}

/* One recording as one file, and as files of an hour. */
static void
a_cut_recording_gives_what_the_whole_one_gives(void)
{
	static struct tape_write w[2];
	static struct memory_sink whole, cut;
	struct tape_write_options options[2] = {
		memory_options(memory_sink(&whole, 1 << 20)),
		memory_options(memory_sink(&cut, 1 << 20)),
	};
	struct tape_read one, many[MEMORY_FILES_MAX];
	struct slice one_file, files[MEMORY_FILES_MAX];
	struct tape_merge a, b;
	struct arena arena[2], places;
	struct tape_record x, y;
	int count = 0;

	options[0].segment_ns = 0;
	for (int i = 0; i < 2; i++) {
		memory_arena(&arena[i], MEMORY_BYTES);
		CHECK(tape_write_init(&w[i], &options[i], &arena[i]) == ERR_NONE);
		for (int n = 0; n < 1000; n++) {
			char text[16];
			struct tape_record r = memory_frame(n * 30 * (int64_t)1000000000,
				slice_of(text, (size_t)snprintf(text, sizeof text, "%d", n)));

			CHECK(tape_write_put(&w[i], &r) == ERR_NONE);
		}
		CHECK(tape_write_close(&w[i]) == ERR_NONE);
	}
	CHECK(whole.file_count == 1);
	CHECK(cut.file_count == 9); /* 30000 s are 8.3 hours */
	memory_arena(&places, 1 << 16);
	one_file = memory_file(&whole, 0);
	tape_read_init(&one, tape_source_memory(&one_file), rooms);
	CHECK(tape_merge_init(&a, &one, 1, &places) == ERR_NONE);
	for (int i = 0; i < cut.file_count; i++) {
		files[i] = memory_file(&cut, i);
		tape_read_init(&many[i], tape_source_memory(&files[i]), rooms);
	}
	CHECK(tape_merge_init(&b, many, (uint32_t)cut.file_count, &places) == ERR_NONE);
	for (;;) {
		enum tape_read_result ra, rb;

		do {
			ra = tape_merge_next(&a, &x);
		} while (ra == TAPE_READ_RECORD && x.kind == TAPE_HEAD);
		do {
			rb = tape_merge_next(&b, &y);
		} while (rb == TAPE_READ_RECORD && y.kind == TAPE_HEAD);
		CHECK(ra == rb);
		if (ra != TAPE_READ_RECORD || rb != TAPE_READ_RECORD)
			break;
		CHECK(x.recv_ns == y.recv_ns);
		CHECK(slice_equal(x.data, y.data));
		count++;
	}
	CHECK(count == 1000);
	for (int i = 0; i < 2; i++)
		memory_free(&arena[i]);
	memory_free(&places);
	free(whole.at);
	free(cut.at);
}

int
main(void)
{
	rooms = memory_rooms(FILES_MAX);
	files_come_by_time_then_by_the_order_given();
	a_damaged_file_does_not_stop_the_others();
	a_jump_goes_to_the_time_in_all_files();
	a_cut_recording_gives_what_the_whole_one_gives();
	return CHECK_END("tape merge");
}
