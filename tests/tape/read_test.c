/* read_test.c - damage costs the block it hits, and jumps lead to the right place.
 *
 * Goal: damage costs the block it hits and nothing else, is told with its place, and
 * never gives a record that was not put; jumps give what reading on gives.
 * Method: a small tape of ten blocks, cut at every byte, flipped at every bit, bytes
 * taken out and put in everywhere; a disk that fails; files, pipes and jumps.  What
 * must come is computed from the places of the blocks, which the test finds itself. */
#include "ten_blocks.h"
#include "sys/file.h"
#include <sys/wait.h>
#include <unistd.h>

static void
cut_at_every_byte_everything_before_the_tear_is_given(void)
{
	for (size_t cut = 0; cut <= tape_bytes; cut++) {
		struct outcome o = read_bytes(tape, cut);
		int whole = 0;

		while (whole < BLOCKS + 1 && block_at[whole + 1] <= cut)
			whole++;
		/* `whole` is the block, index or trailer in which the cut is. */
		CHECK(came(&o, whole >= BLOCKS ? all : (1u << whole) - 1));
		if (cut == tape_bytes) {
			CHECK(o.fault_count == 0);
			continue;
		}
		CHECK(o.fault_count == 1);
		CHECK(o.fault[0].offset == block_at[whole]);
		CHECK(o.fault[0].bytes == cut - block_at[whole]);
		CHECK(o.fault[0].kind == (cut == block_at[whole] ? TAPE_FAULT_UNCLOSED
		                                                  : TAPE_FAULT_TORN));
	}
}

static void
a_flipped_bit_costs_its_block(void)
{
	static char copy[sizeof tape];

	for (size_t byte = 0; byte < tape_bytes; byte++) {
		int hit = 0;

		while (hit < BLOCKS + 1 && block_at[hit + 1] <= byte)
			hit++;
		for (int bit = 0; bit < 8; bit++) {
			struct outcome o;

			memcpy(copy, tape, tape_bytes);
			copy[byte] = (char)(copy[byte] ^ (1 << bit));
			o = read_bytes(copy, tape_bytes);
			CHECK(came(&o, hit >= BLOCKS ? all : all & ~(1u << hit)));
			CHECK(o.fault_count == 1);
			CHECK(o.fault[0].offset == block_at[hit]);
			if (hit >= BLOCKS) {
				/* Behind a damaged index there is nothing to find. */
				CHECK(o.fault[0].kind == TAPE_FAULT_TORN);
				CHECK(o.fault[0].bytes == tape_bytes - block_at[hit]);
				continue;
			}
			CHECK(o.fault[0].bytes == block_at[hit + 1] - block_at[hit]);
			CHECK(o.fault[0].blocks == 1);
			CHECK(o.fault[0].kind == (byte - block_at[hit] < 52 ? TAPE_FAULT_HEADER
			                                                    : TAPE_FAULT_PAYLOAD));
		}
	}
}

static void
bytes_taken_out_or_put_in_cost_the_blocks_they_hit(void)
{
	static char copy[sizeof tape + 100];
	const size_t counts[] = { 1, 20, 60 };

	for (size_t at = 0; at < block_at[BLOCKS]; at++) {
		for (size_t k = 0; k < 3; k++) {
			size_t count = counts[k];
			unsigned out = all, in = all;
			char fill = 'T';
			struct outcome o;

			for (int i = 0; i < BLOCKS; i++) {
				if (block_at[i] < at + count && block_at[i + 1] > at)
					out &= ~(1u << i);
				if (block_at[i] < at && block_at[i + 1] > at)
					in &= ~(1u << i);
			}
			/* Where an equal byte stands beside it, it is open which of the
			 * two was taken, and which block was hit. */
			if (tape[at] != tape[at + count] &&
			    (at == 0 || tape[at - 1] != tape[at + count - 1])) {
				memcpy(copy, tape, at);
				memcpy(copy + at, tape + at + count, tape_bytes - at - count);
				o = read_bytes(copy, tape_bytes - count);
				CHECK(came(&o, out));
				CHECK(o.fault_count >= 1);
			}
			while (fill == tape[at] || (at > 0 && fill == tape[at - 1]))
				fill++;
			memcpy(copy, tape, at);
			memset(copy + at, fill, count);
			memcpy(copy + at + count, tape + at, tape_bytes - at);
			o = read_bytes(copy, tape_bytes + count);
			CHECK(came(&o, in));
			CHECK(o.fault_count >= 1);
		}
	}
}

static void
a_missing_or_repeated_block_is_noticed(void)
{
	static char copy[sizeof tape * 2];

	for (int i = 0; i < BLOCKS; i++) {
		size_t at = block_at[i], bytes = block_at[i + 1] - at;
		struct outcome o;

		/* Taken out.  (The trailer then points behind the index: told too.) */
		memcpy(copy, tape, at);
		memcpy(copy + at, tape + at + bytes, tape_bytes - at - bytes);
		o = read_bytes(copy, tape_bytes - bytes);
		CHECK(came(&o, all & ~(1u << i)));
		CHECK(o.fault_count == 2);
		CHECK(o.fault[0].kind == TAPE_FAULT_MISSING);
		CHECK(o.fault[0].offset == at);
		CHECK(o.fault[0].blocks == 1);
		CHECK(o.fault[1].kind == TAPE_FAULT_INDEX);
		/* Twice. */
		memcpy(copy, tape, at + bytes);
		memcpy(copy + at + bytes, tape + at, tape_bytes - at);
		o = read_bytes(copy, tape_bytes + bytes);
		CHECK(came(&o, all));
		CHECK(o.fault_count == 2);
		CHECK(o.fault[0].kind == TAPE_FAULT_REPEATED);
		CHECK(o.fault[0].offset == at + bytes);
		CHECK(o.fault[0].bytes == bytes);
		CHECK(o.fault[1].kind == TAPE_FAULT_INDEX);
	}
	/* Twice, the second time torn: it ends where that one begins. */
	memcpy(copy, tape, block_at[BLOCKS]);
	memcpy(copy + block_at[BLOCKS], tape + block_at[3], 60);
	struct outcome torn = read_bytes(copy, block_at[BLOCKS] + 60);
	CHECK(came(&torn, all));
	CHECK(torn.fault_count == 1);
	CHECK(torn.fault[0].kind == TAPE_FAULT_TORN);
	CHECK(torn.fault[0].offset == block_at[BLOCKS]);
	CHECK(torn.fault[0].bytes == 60);
	/* The whole tape behind itself: nothing comes twice. */
	memcpy(copy, tape, tape_bytes);
	memcpy(copy + tape_bytes, tape, tape_bytes);
	struct outcome o = read_bytes(copy, tape_bytes * 2);
	CHECK(came(&o, all));
	CHECK(o.fault_count >= BLOCKS);
	/* Something else behind the end. */
	memcpy(copy + tape_bytes, "rubbish", 7);
	o = read_bytes(copy, tape_bytes + 7);
	CHECK(came(&o, all));
	CHECK(o.fault_count == 1);
	CHECK(o.fault[0].kind == TAPE_FAULT_TRAILING);
	CHECK(o.fault[0].offset == tape_bytes);
	CHECK(o.fault[0].bytes == 7);
}

static void
what_is_no_tape_gives_nothing(void)
{
	static char bytes[300000];
	struct outcome o = read_bytes(bytes, 0);

	CHECK(came(&o, 0));
	CHECK(o.fault_count == 1);
	CHECK(o.fault[0].kind == TAPE_FAULT_UNCLOSED);
	for (int fill = 0; fill < 3; fill++) {
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = fill == 0 ? '\0' : fill == 1 ? 'T' : "TWB1"[i % 4];
		o = read_bytes(bytes, sizeof bytes);
		CHECK(came(&o, 0));
		CHECK(o.fault_count == 1);
		CHECK(o.fault[0].kind == TAPE_FAULT_TORN);
		CHECK(o.fault[0].bytes == sizeof bytes);
	}
}

static int64_t
broken_read_at(void *context, uint64_t offset, void *to, size_t count)
{
	const struct slice s = { tape, tape_bytes };
	struct slice copy = s;
	int64_t *left = context;

	if (--*left < 0)
		return -(int64_t)ERR_IO;
	return tape_source_memory(&copy).read_at(&copy, offset, to, count);
}

static void
a_disk_that_fails_is_told_and_ends_it(void)
{
	int64_t calls = 0;

	for (;; calls++) {
		int64_t left = calls;
		struct tape_source broken = { &left, broken_read_at, tape_bytes };
		struct outcome o = read_all(broken);

		CHECK(!o.strange);
		if (left >= 0)
			break;
		CHECK(o.fault_count == 1);
		CHECK(o.fault[0].kind == TAPE_FAULT_READ);
	}
	CHECK(calls > 2 * BLOCKS);
}

/* From `ns` on, by jump, must be what reading all and leaving out gives. */
static void
check_seek(struct tape_source source, int64_t ns, bool may_jump)
{
	struct tape_record got;
	struct tape_read r;
	enum tape_read_result result;
	int n = 0;

	while (n < (BLOCKS - 1) * FRAMES && frame_ns(n) < ns)
		n++;
	tape_read_init(&r, source, rooms);
	if (may_jump)
		CHECK(tape_read_next(&r, &got) == TAPE_READ_RECORD);
	tape_read_seek(&r, ns);
	while ((result = tape_read_next(&r, &got)) != TAPE_READ_END) {
		if (result == TAPE_READ_FAULT) {
			CHECK(r.fault.kind == TAPE_FAULT_UNCLOSED);
			continue;
		}
		if (got.kind == TAPE_HEAD) {
			CHECK(ns <= frame_ns(0));
			continue;
		}
		CHECK(got.recv_ns >= ns);
		CHECK(slice_equal(got.data, frame_text(n)));
		n++;
	}
	CHECK(n == (BLOCKS - 1) * FRAMES);
}

/* The tape with an index whose CRC is right and whose places are not: entry i leads
 * `more` bytes behind its block, or to the block behind it. */
static struct slice
lying_index(char *copy, bool to_next, unsigned more)
{
	struct tape_block b;
	char index[4096];
	size_t at = block_at[BLOCKS];

	CHECK(tape_block_get(tape + at, &b));
	CHECK(b.raw_bytes <= sizeof index);
	CHECK(tape_block_unpack(&b, rooms->inflate, tape + at + 52, index));
	for (int i = 0; i < BLOCKS; i++) {
		size_t place = block_at[to_next && i + 1 < BLOCKS ? i + 1 : i] + more;

		/* Little-endian, below 65536. */
		index[56 + i * 16] = (char)(place & 0xff);
		index[57 + i * 16] = (char)(place >> 8);
	}
	memcpy(copy, tape, at);
	b.method = TAPE_METHOD_PLAIN;
	b.stored_bytes = b.raw_bytes;
	b.payload_crc = pack_crc32(0, slice_of(index, b.raw_bytes));
	tape_block_put(copy + at, &b);
	memcpy(copy + at + 52, index, b.raw_bytes);
	tape_trailer_put(copy + at + 52 + b.raw_bytes, at);
	return slice_of(copy, at + 52 + b.raw_bytes + 16);
}

static void
a_jump_gives_what_reading_on_gives(void)
{
	static char copy[3][sizeof tape];
	struct slice whole = { tape, tape_bytes };
	struct slice row[] = {
		whole,
		{ tape, block_at[BLOCKS] }, /* no index */
		lying_index(copy[0], false, 0),
		lying_index(copy[1], false, 1),
		lying_index(copy[2], true, 0),
	};
	struct tape_totals totals;
	struct tape_read r;

	tape_read_init(&r, tape_source_memory(&whole), rooms);
	CHECK(tape_read_index(&r, &totals));
	CHECK(totals.block_count == BLOCKS);
	CHECK(totals.record_count == 1 + (BLOCKS - 1) * FRAMES);
	CHECK(totals.records[TAPE_HEAD][0] == 1);
	CHECK(totals.records[TAPE_FRAME][2] == (BLOCKS - 1) * FRAMES);
	CHECK(totals.stored_bytes == block_at[BLOCKS]);
	CHECK(totals.first_ns == frame_ns(0));
	CHECK(totals.last_ns == frame_ns((BLOCKS - 1) * FRAMES - 1));
	tape_read_init(&r, tape_source_memory(&row[1]), rooms);
	CHECK(!tape_read_index(&r, &totals));
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		for (int n = 0; n < (BLOCKS - 1) * FRAMES; n++)
			for (int more = -1; more <= 1; more++)
				check_seek(tape_source_memory(&row[i]), frame_ns(n) + more, true);
		check_seek(tape_source_memory(&row[i]), INT64_MIN, true);
		check_seek(tape_source_memory(&row[i]), INT64_MAX, true);
	}
}

/* Gives the reader of the pipe `bytes` a few at a time. */
static void
feed(int fd, const char *bytes, size_t count, size_t step)
{
	while (count > 0) {
		ssize_t put = write(fd, bytes, count < step ? count : step);

		if (put <= 0)
			_exit(1);
		bytes += put;
		count -= (size_t)put;
	}
	_exit(0);
}

static void
a_pipe_reads_like_a_file(void)
{
	static char copy[sizeof tape];
	struct arena arena;

	memory_arena(&arena, MEMORY_BYTES);
	for (int round = 0; round < 4; round++) {
		struct tape_stream stream;
		struct outcome o;
		struct file end = { 0 };
		int fd[2], status;
		pid_t child;

		memcpy(copy, tape, tape_bytes);
		if (round == 1)
			copy[block_at[4] + 3] ^= 1; /* a header to be searched over */
		CHECK(pipe(fd) == 0);
		child = fork();
		if (child == 0) {
			close(fd[0]);
			feed(fd[1], copy, tape_bytes, round == 2 ? 1 : 700);
		}
		close(fd[1]);
		end.fd = fd[0];
		arena.used_bytes = 0;
		CHECK(tape_stream_init(&stream, &end, &arena) == ERR_NONE);
		if (round < 3) {
			o = read_all(tape_source_stream(&stream));
			CHECK(came(&o, round == 1 ? all & ~16u : all));
			CHECK(o.fault_count == (round == 1));
		} else {
			check_seek(tape_source_stream(&stream), frame_ns(11), false);
		}
		close(fd[0]);
		CHECK(waitpid(child, &status, 0) == child);
	}
	memory_free(&arena);
}

/* Longer than all that is held of it, with a long block to be searched over. */
static void
a_long_pipe_reads_like_a_file(void)
{
	enum { LONG = 4000000, COUNT = 5 };
	static struct tape_write w;
	static char noise[LONG];
	struct memory_sink s;
	struct tape_write_options options = memory_options(memory_sink(&s, 24 << 20));
	struct tape_stream stream;
	struct tape_record got;
	struct tape_read r;
	enum tape_read_result result;
	struct arena arena;
	struct file end = { 0 };
	uint64_t seed = 4;
	int fd[2], status, count = 0;
	size_t at = 0;
	pid_t child;

	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	for (size_t i = 0; i < LONG; i++)
		noise[i] = (char)chance(&seed);
	for (int i = 0; i < COUNT; i++) {
		struct tape_record frame = memory_frame(i, slice_of(noise, sizeof noise));

		noise[0] = (char)i;
		CHECK(tape_write_put(&w, &frame) == ERR_NONE);
	}
	CHECK(tape_write_close(&w) == ERR_NONE);
	memory_free(&arena);
	CHECK(s.count > 20000000);
	for (int i = 0; i < 3; i++)
		at += 52 + stored_bytes(s.at + at);
	s.at[at + 30] ^= 1; /* the header of the third frame: 2 */
	CHECK(pipe(fd) == 0);
	child = fork();
	if (child == 0) {
		close(fd[0]);
		feed(fd[1], s.at, s.count, 60000);
	}
	close(fd[1]);
	end.fd = fd[0];
	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_stream_init(&stream, &end, &arena) == ERR_NONE);
	tape_read_init(&r, tape_source_stream(&stream), rooms);
	while ((result = tape_read_next(&r, &got)) != TAPE_READ_END) {
		if (result == TAPE_READ_FAULT) {
			CHECK(r.fault.kind == TAPE_FAULT_HEADER);
			CHECK(r.fault.offset == at);
			CHECK(r.fault.blocks == 1);
			continue;
		}
		if (got.kind != TAPE_FRAME)
			continue;
		count += count == 2;
		CHECK(got.recv_ns == count);
		CHECK(got.data.count == LONG);
		CHECK(got.data.at[0] == count);
		CHECK(memcmp(got.data.at + 1, noise + 1, LONG - 1) == 0);
		count++;
	}
	CHECK(count == COUNT);
	/* What was let go of is not there any more, and is not invented. */
	CHECK(r.source.read_at(r.source.context, 0, noise, 10) < 0);
	CHECK(r.fault_count == 1);
	CHECK(r.is_closed);
	close(fd[0]);
	CHECK(waitpid(child, &status, 0) == child);
	memory_free(&arena);
	free(s.at);
}

int
main(void)
{
	rooms = memory_rooms(2);
	make_tape();
	cut_at_every_byte_everything_before_the_tear_is_given();
	a_flipped_bit_costs_its_block();
	bytes_taken_out_or_put_in_cost_the_blocks_they_hit();
	a_missing_or_repeated_block_is_noticed();
	what_is_no_tape_gives_nothing();
	a_disk_that_fails_is_told_and_ends_it();
	a_jump_gives_what_reading_on_gives();
	a_pipe_reads_like_a_file();
	a_long_pipe_reads_like_a_file();
	return CHECK_END("tape read");
}
