/* tape_fuzz.c - tapes that lie, and tapes that were hit.
 *
 * Goal: no bytes crash, hang or grow the reader, and what it gives keeps its promises:
 * times never decrease, a second reading says the same, a pipe says what a file says.
 * Method: the first byte chooses.
 *   0  the rest is a tape as it is
 *   1  the same with all CRCs made right, so that what they guard is reached
 *   2  the rest is a program of records: written, read back, compared; then the tape
 *      is cut or hit where the program says, and gives a part of what was put, in
 *      order; a jump gives what reading all and leaving out gives
 *   3  the rest are lines: imported, printed, imported again, printed again */
#include "base/check.h"
#include "tape/bytes.h"
#include "tape/command.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BYTES_MAX = 1 << 16, RECORDS_MAX = 4096, ARENA_BYTES = 64 << 20 };

static struct tape_rooms rooms;
static char first_out[8 * BYTES_MAX], second_out[8 * BYTES_MAX];

static void
start(void)
{
	static struct arena arena;
	void *memory;

	if (arena.at != NULL)
		return;
	memory = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	              -1, 0);
	ASSERT(memory != MAP_FAILED);
	arena_init(&arena, memory, ARENA_BYTES);
	ASSERT(tape_rooms_init(&rooms, 2, &arena) == ERR_NONE);
}

/* --- 0 and 1: any bytes ------------------------------------------------------- */

/* A hash of all that a reading gives, faults too. */
struct digest { uint64_t hash, records, faults; };

static void
mix(struct digest *d, const void *bytes, size_t count)
{
	const unsigned char *at = bytes;

	/* FNV-1a, 64 bits. */
	for (size_t i = 0; i < count; i++)
		d->hash = (d->hash ^ at[i]) * 1099511628211u;
}

static struct digest
read_all(struct tape_source source, size_t bytes, bool merged)
{
	struct digest d = { .hash = 14695981039346656037u };
	static char places[4096];
	struct tape_record got;
	enum tape_read_result result;
	struct tape_merge m;
	struct tape_read r;
	struct arena arena;
	int64_t last_ns = 0;

	arena_init(&arena, places, sizeof places);
	tape_read_init(&r, source, &rooms);
	ASSERT(tape_merge_init(&m, &r, 1, &arena) == ERR_NONE);
	while ((result = merged ? tape_merge_next(&m, &got) : tape_read_next(&r, &got)) !=
	       TAPE_READ_END) {
		if (result == TAPE_READ_FAULT) {
			mix(&d, &r.fault.kind, 1);
			mix(&d, &r.fault.offset, sizeof r.fault.offset);
			mix(&d, &r.fault.bytes, sizeof r.fault.bytes);
			ASSERT(r.fault.kind != TAPE_FAULT_NONE);
			ASSERT(r.fault.kind != TAPE_FAULT_READ);
			ASSERT(r.fault.offset <= bytes);
			/* Two for a header at most: missing, and what is wrong with it. */
			ASSERT(++d.faults <= 2 * (bytes / TAPE_HEADER_BYTES) + 4);
			continue;
		}
		ASSERT(got.kind > TAPE_NONE);
		ASSERT(got.kind < TAPE_KIND_COUNT);
		ASSERT(got.recv_ns >= last_ns);
		last_ns = got.recv_ns;
		d.records++;
		mix(&d, &got.recv_ns, sizeof got.recv_ns);
		mix(&d, got.data.at, got.data.count);
		mix(&d, got.asked.at, got.asked.count);
	}
	ASSERT(rooms.small_count == rooms.small_max);
	ASSERT(tape_read_next(&r, &got) == TAPE_READ_END);
	return d;
}

static bool
is_equal(struct digest a, struct digest b)
{
	return a.hash == b.hash && a.records == b.records && a.faults == b.faults;
}

static void
ignore(void *context, struct slice bytes)
{
	size_t *count = context;

	*count += bytes.count;
}

static void
any_bytes(const char *at, size_t count)
{
	struct slice tape = slice_of(at, count);
	struct tape_source file = tape_source_memory(&tape);
	struct tape_source pipe = file;
	struct tape_block b;
	struct tape_info info = { .json = true };
	size_t printed = 0;
	struct tape_print out = { &printed, ignore };
	struct tape_record got;
	struct tape_read r;
	struct digest d = read_all(file, count, false);

	ASSERT(is_equal(d, read_all(file, count, true)));
	/* A pipe does not know its end and cannot look for an index: it learns the
	 * tape's id from its first block, as a file does whose first block is good. */
	pipe.bytes = UINT64_MAX;
	if (count >= TAPE_HEADER_BYTES && tape_block_get(at, &b))
		ASSERT(is_equal(d, read_all(pipe, count, false)));
	tape_read_init(&r, file, &rooms);
	(void)tape_info_file(&info, &r, "x", &out);
	tape_read_seek(&r, count > 8 ? (int64_t)bytes_get64(at) : 0);
	while (tape_read_next(&r, &got) != TAPE_READ_END)
		;
	tape_read_init(&r, file, &rooms);
	if (tape_verify(&r, "x", true, &out) == ERR_NONE)
		ASSERT(d.faults == 0);
}

/* Goes from header to header as their sizes lead and makes both CRCs right. */
static void
mend(char *at, size_t count)
{
	size_t offset = 0;

	while (count - offset >= TAPE_HEADER_BYTES) {
		char *h = at + offset;
		size_t left = count - offset - TAPE_HEADER_BYTES;
		uint32_t stored = bytes_get32(h + 24);

		memcpy(h, "TWB1", 4);
		h[6] = h[7] = 0;
		if (stored > left)
			bytes_put32(h + 24, stored = (uint32_t)left);
		bytes_put32(h + 28, pack_crc32(0, slice_of(h + TAPE_HEADER_BYTES, stored)));
		bytes_put32(h + 48, pack_crc32(0, slice_of(h, 48)));
		offset += TAPE_HEADER_BYTES + stored;
		if (count - offset == TAPE_TRAILER_BYTES) {
			tape_trailer_put(at + offset, bytes_get64(at + offset));
			return;
		}
	}
}

/* --- 2: a program of records --------------------------------------------------- */

struct memory { char at[2 * BYTES_MAX]; size_t count; };

static enum err
on_begin(void *context, int64_t first_ns)
{
	(void)context;
	(void)first_ns;
	return ERR_NONE;
}

static enum err
on_put(void *context, struct slice bytes)
{
	struct memory *m = context;

	if (bytes.count > sizeof m->at - m->count)
		return ERR_FULL;
	memcpy(m->at + m->count, bytes.at, bytes.count);
	m->count += bytes.count;
	return ERR_NONE;
}

static enum err
on_end(void *context, bool failed)
{
	(void)context;
	(void)failed;
	return ERR_NONE;
}

static struct tape_write *
make_writer(struct memory *m)
{
	static char memory[24 << 20];
	static struct tape_write w;
	struct tape_write_options options = {
		.sink = { m, on_begin, on_put, on_end },
		.head = SLICE("seed=1\n"),
		.level = 1,
		.record_bytes_max = 1 << 17,
	};
	struct arena arena;

	m->count = 0;
	arena_init(&arena, memory, sizeof memory);
	ASSERT(tape_write_init(&w, &options, &arena) == ERR_NONE);
	return &w;
}

static struct tape_record put[RECORDS_MAX];

static int
count_put(const char *at, size_t count, struct tape_write *w)
{
	int records = 0;
	int64_t last_ns = 0;

	/* kind, venue, link, time, length, and that many bytes, the rest again. */
	while (count >= 8 && records < RECORDS_MAX) {
		size_t bytes = (unsigned char)at[7];
		struct tape_record *r = &put[records];

		*r = (struct tape_record){
			.kind = (uint8_t)(TAPE_CONFIG +
			                  (unsigned char)at[0] % (TAPE_KIND_COUNT - TAPE_CONFIG)),
			.venue = (uint8_t)at[1],
			.link = (uint16_t)((unsigned char)at[2] * 257),
			.recv_ns = (int64_t)(signed char)at[3] *
			           ((int64_t)1 << (unsigned char)at[4] % 56),
		};
		if (at[5] & 1)
			tape_write_flush(w);
		at += 8;
		count -= 8;
		if (bytes > count)
			bytes = count;
		r->asked = slice_of(at, at[-2] & 1 ? bytes / 2 : 0);
		r->data = slice_of(at + r->asked.count, bytes - r->asked.count);
		at += bytes;
		count -= bytes;
		if (tape_write_put(w, r) != ERR_NONE)
			break;
		if (r->recv_ns < last_ns)
			r->recv_ns = last_ns;
		last_ns = r->recv_ns;
		records++;
	}
	return records;
}

static bool
is_same(const struct tape_record *a, const struct tape_record *b)
{
	return a->kind == b->kind && a->venue == b->venue && a->link == b->link &&
	       a->recv_ns == b->recv_ns && slice_equal(a->asked, b->asked) &&
	       slice_equal(a->data, b->data);
}

/* Records from `from_ns` on in order; all of them, or a part when it was hit. */
static void
check_records(struct slice tape, int records, int64_t from_ns, bool is_whole)
{
	struct tape_record got;
	struct tape_read r;
	enum tape_read_result result;
	int next = 0;

	tape_read_init(&r, tape_source_memory(&tape), &rooms);
	if (from_ns > 0)
		tape_read_seek(&r, from_ns);
	while ((result = tape_read_next(&r, &got)) != TAPE_READ_END) {
		ASSERT(result == TAPE_READ_RECORD || !is_whole);
		if (result == TAPE_READ_FAULT || got.kind == TAPE_HEAD)
			continue;
		if (is_whole)
			while (next < records && put[next].recv_ns < from_ns)
				next++;
		else
			while (next < records && !is_same(&put[next], &got))
				next++;
		ASSERT(next < records);
		ASSERT(is_same(&put[next], &got));
		next++;
	}
	while (is_whole && next < records && put[next].recv_ns < from_ns)
		next++;
	ASSERT(!is_whole || next == records);
}

static void
program(const char *at, size_t count)
{
	static struct memory m;
	struct tape_write *w;
	struct slice tape;
	int records;
	uint32_t place;

	if (count < 8)
		return;
	w = make_writer(&m);
	records = count_put(at + 8, count - 8, w);
	if (tape_write_close(w) != ERR_NONE || records == 0)
		return;
	tape = slice_of(m.at, m.count);
	check_records(tape, records, 0, true);
	for (int i = 0; i < 4; i++)
		check_records(tape, records, put[records * i / 4].recv_ns + (i & 1), true);
	place = bytes_get32(at) % (uint32_t)m.count;
	if (at[4] & 1)
		tape.count = place;
	else
		m.at[place] = (char)(m.at[place] ^ (at[5] != 0 ? at[5] : 1));
	check_records(tape, records, 0, false);
	check_records(tape, records, put[records / 2].recv_ns, false);
}

/* --- 3: lines ------------------------------------------------------------------ */

static void
print_to_text(void *context, struct slice bytes)
{
	text_put(context, bytes);
}

/* Imports the lines and prints the tape. */
static struct slice
import_and_print(struct slice lines, char *to, size_t size)
{
	static struct memory m;
	static char places[4096];
	const char *name = "x";
	const struct tape_cat_options options = { 0 };
	struct tape_import im = { .to = make_writer(&m), .venue = 2, .link = 1 };
	struct text t = text_init(to, size);
	struct tape_print out = { &t, print_to_text };
	struct slice tape;
	struct arena arena;
	struct tape_merge merge;
	struct tape_read r;

	while (lines.count > 0)
		if (tape_import_line(&im, slice_cut(&lines, '\n')) != ERR_NONE)
			return (struct slice){ 0 };
	if (tape_write_close(im.to) != ERR_NONE)
		return (struct slice){ 0 };
	arena_init(&arena, places, sizeof places);
	tape = slice_of(m.at, m.count);
	tape_read_init(&r, tape_source_memory(&tape), &rooms);
	ASSERT(tape_merge_init(&merge, &r, 1, &arena) == ERR_NONE);
	if (m.count > 0)
		ASSERT(tape_cat(&merge, &name, &options, &out, &out) == ERR_NONE);
	ASSERT(!t.cut);
	return text_slice(&t);
}

static void
lines(const char *at, size_t count)
{
	struct slice once, again;

	/* A time in front, so that no line is of the time 0, which means none. */
	static char text[BYTES_MAX + 16];

	memcpy(text, "1\tfirst\n", 8);
	memcpy(text + 8, at, count);
	once = import_and_print(slice_of(text, count + 8), first_out, sizeof first_out);
	again = import_and_print(once, second_out, sizeof second_out);
	ASSERT(once.count == 0 || slice_equal(once, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char copy[BYTES_MAX];

	if (size < 1 || size > BYTES_MAX)
		return 0;
	start();
	size--;
	memcpy(copy, data + 1, size);
	switch (data[0] % 4) {
	case 1:
		mend(copy, size);
		any_bytes(copy, size);
		break;
	case 2:
		program(copy, size);
		break;
	case 3:
		/* Each line grows by its time. */
		lines(copy, size < BYTES_MAX / 8 ? size : BYTES_MAX / 8);
		break;
	default:
		any_bytes(copy, size);
		break;
	}
	return 0;
}
