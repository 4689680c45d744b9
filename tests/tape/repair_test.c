/* repair_test.c - a torn tape is closed again.
 *
 * Goal: a torn tape is closed without losing a record, and nothing else is touched.
 * Method: a small tape on disk, cut at every byte, repaired, and compared with the
 * records that were there before; the closed, the damaged and the empty stay as they
 * are, byte for byte. */
#include "memory_tape.h"
#include "check.h"
#include "sys/file.h"
#include "tape/repair.h"
#include <errno.h>
#include <unistd.h>

static char directory[] = "/tmp/tape_repair_test.XXXXXX";
static char path[600];
static struct tape_rooms *rooms;
static char before[1 << 16], after[1 << 16];

static struct slice
make_tape(struct memory_sink *s)
{
	static struct tape_write w;
	struct tape_write_options options = memory_options(memory_sink(s, 1 << 16));
	struct arena arena;

	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	for (int i = 0; i < 12; i++) {
		struct tape_record r = memory_frame(1000 + i, SLICE("{\"e\":\"trade\"}"));

		r.venue = (uint8_t)(i % 2 ? 2 : 5);
		CHECK(tape_write_put(&w, &r) == ERR_NONE);
		if (i % 3 == 2)
			CHECK(tape_write_flush(&w) == ERR_NONE);
	}
	CHECK(tape_write_close(&w) == ERR_NONE);
	memory_free(&arena);
	return memory_file(s, 0);
}

static void
write_file(struct slice bytes)
{
	struct file f;

	unlink(path);
	CHECK(file_create(&f, path, 0600) == ERR_NONE);
	CHECK(file_write(&f, bytes) == ERR_NONE);
	CHECK(file_close(&f) == ERR_NONE);
}

static struct slice
read_file(void)
{
	struct file f;
	int64_t got;

	CHECK(file_open(&f, path) == ERR_NONE);
	got = file_read(&f, after, sizeof after);
	CHECK(got >= 0);
	CHECK(file_close(&f) == ERR_NONE);
	return slice_of(after, (size_t)got);
}

/* All records as text, and how it ended. */
static size_t
records_of(struct slice tape, char *to, int *fault_count, bool *is_closed)
{
	struct tape_record got;
	struct tape_read r;
	enum tape_read_result result;
	size_t count = 0;

	*fault_count = 0;
	tape_read_init(&r, tape_source_memory(&tape), rooms);
	while ((result = tape_read_next(&r, &got)) != TAPE_READ_END) {
		if (result == TAPE_READ_FAULT)
			++*fault_count;
		else
			count += (size_t)snprintf(to + count, 256, "%d %d %lld %.*s\n", got.kind,
			                          got.venue, (long long)got.recv_ns,
			                          (int)got.data.count, got.data.at);
	}
	*is_closed = r.is_closed;
	return count;
}

static void
cut_anywhere_it_is_closed_and_loses_nothing(struct tape_repair *repair)
{
	static char said[8192];
	struct memory_sink s;
	struct slice tape = make_tape(&s);
	struct tape_block first;
	size_t first_bytes;

	CHECK(tape_block_get(tape.at, &first));
	first_bytes = 52 + first.stored_bytes;
	for (size_t cut = 0; cut <= tape.count; cut++) {
		struct slice torn = slice_of(tape.at, cut), whole;
		struct tape_fault tear;
		enum err err;
		int faults;
		bool is_closed;
		size_t had = records_of(torn, before, &faults, &is_closed);

		write_file(torn);
		err = tape_repair_file(repair, path, &tear);
		whole = read_file();
		if (cut < first_bytes || cut == tape.count) {
			/* Nothing to keep, or nothing to do. */
			CHECK(err == (cut == tape.count ? ERR_NONE : ERR_DATA));
			CHECK((tear.kind == TAPE_FAULT_NONE) == (cut == tape.count));
			CHECK(slice_equal(whole, torn));
			continue;
		}
		CHECK(err == ERR_NONE);
		CHECK(tear.kind == (tear.bytes > 0 ? TAPE_FAULT_TORN : TAPE_FAULT_UNCLOSED));
		CHECK(tear.offset + tear.bytes == cut);
		CHECK(records_of(whole, said, &faults, &is_closed) == had);
		CHECK(memcmp(said, before, had) == 0);
		CHECK(faults == 0);
		CHECK(is_closed);
		/* What has all its records is the tape that was never torn. */
		if (had == records_of(tape, said, &faults, &is_closed))
			CHECK(slice_equal(whole, tape));
		/* Once is enough. */
		CHECK(tape_repair_file(repair, path, &tear) == ERR_NONE);
		CHECK(tear.kind == TAPE_FAULT_NONE);
	}
	free(s.at);
}

static void
what_is_damaged_elsewhere_stays_as_it_is(struct tape_repair *repair)
{
	struct memory_sink s;
	struct slice tape = make_tape(&s);
	struct tape_fault tear;

	for (size_t byte = 0; byte < tape.count / 2; byte += 11) {
		struct slice torn = slice_of(tape.at, tape.count - 20);

		s.at[byte] ^= 1;
		write_file(torn);
		CHECK(tape_repair_file(repair, path, &tear) == ERR_DATA);
		CHECK(tear.kind == TAPE_FAULT_HEADER || tear.kind == TAPE_FAULT_PAYLOAD);
		CHECK(slice_equal(read_file(), torn));
		s.at[byte] ^= 1;
	}
	CHECK(rooms->small_count == rooms->small_max);
	free(s.at);
	unlink(path);
	CHECK(tape_repair_file(repair, path, &tear) == ERR_NOT_FOUND);
	CHECK(access(path, F_OK) != 0);
}

int
main(void)
{
	static struct tape_repair repair;
	struct arena arena;

	if (mkdtemp(directory) == NULL) {
		printf("no directory for temporary files: %s\n", strerror(errno));
		return 77;
	}
	snprintf(path, sizeof path, "%s/x.tape", directory);
	rooms = memory_rooms(1);
	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_repair_init(&repair, rooms, &arena) == ERR_NONE);
	cut_anywhere_it_is_closed_and_loses_nothing(&repair);
	what_is_damaged_elsewhere_stays_as_it_is(&repair);
	unlink(path);
	CHECK(rmdir(directory) == 0);
	return CHECK_END("tape repair");
}
