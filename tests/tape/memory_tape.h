/* memory_tape.h - tapes in memory for the tests of this room: a sink that keeps what
 * it is given, a writer and a reader with their arenas, and chance with a seed. */
#ifndef TESTS_TAPE_MEMORY_TAPE_H
#define TESTS_TAPE_MEMORY_TAPE_H
#include "tape/read.h"
#include "tape/write.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MEMORY_FILES_MAX = 64, MEMORY_BYTES = 24 << 20 };

/* Files one behind the other in one buffer. */
struct memory_sink {
	char *at;
	size_t count, size;
	size_t begin[MEMORY_FILES_MAX]; /* of each file */
	int64_t first_ns[MEMORY_FILES_MAX];
	int file_count, end_count, failed_count;
	int call_count;
	int fail_at;   /* the n-th call of begin or put fails; 0: none does */
	size_t torn;   /* and takes that many bytes of it first */
};

static inline enum err
memory_begin(void *context, int64_t first_ns)
{
	struct memory_sink *s = context;

	if (++s->call_count == s->fail_at)
		return ERR_CREATE;
	if (s->file_count == MEMORY_FILES_MAX)
		return ERR_CREATE;
	s->begin[s->file_count] = s->count;
	s->first_ns[s->file_count++] = first_ns;
	return ERR_NONE;
}

static inline enum err
memory_put(void *context, struct slice bytes)
{
	struct memory_sink *s = context;
	bool fails = ++s->call_count == s->fail_at;

	if (fails && bytes.count > s->torn)
		bytes.count = s->torn;
	if (bytes.count > s->size - s->count)
		return ERR_FULL;
	memcpy(s->at + s->count, bytes.at, bytes.count);
	s->count += bytes.count;
	return fails ? ERR_FULL : ERR_NONE;
}

static inline enum err
memory_end(void *context, bool failed)
{
	struct memory_sink *s = context;

	s->end_count++;
	s->failed_count += failed;
	return ERR_NONE;
}

static inline struct tape_sink
memory_sink(struct memory_sink *s, size_t size)
{
	*s = (struct memory_sink){ .at = malloc(size), .size = size };
	if (s->at == NULL)
		abort();
	return (struct tape_sink){ s, memory_begin, memory_put, memory_end };
}

static inline struct slice
memory_file(const struct memory_sink *s, int index)
{
	size_t end = index + 1 < s->file_count ? s->begin[index + 1] : s->count;

	return slice_of(s->at + s->begin[index], end - s->begin[index]);
}

static inline void
memory_arena(struct arena *a, size_t bytes)
{
	/* Pages, so that what is not used costs nothing, and the arena begins where
	 * they do. */
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	arena_init(a, memory, bytes);
}

static inline void
memory_free(struct arena *a)
{
	munmap(a->at, a->bytes);
}

/* Two venues of the real table, as a head names them. */
static const char *const memory_venues[] = { NULL, NULL, "binance-usdm", NULL, NULL,
                                             "bybit-linear" };

/* Options of a small tape with one head line and no prologue. */
static inline struct tape_write_options
memory_options(struct tape_sink sink)
{
	return (struct tape_write_options){
		.sink = sink,
		.head = SLICE("build=test\nseed=1\n"),
		.venue_name = memory_venues,
		.venue_count = sizeof memory_venues / sizeof memory_venues[0],
		.segment_ns = TAPE_HOUR_NS,
		.level = TAPE_LEVEL_LIVE,
	};
}

/* Rooms for so many readers; made once per test program. */
static inline struct tape_rooms *
memory_rooms(uint32_t reader_count)
{
	static struct tape_rooms rooms;
	struct arena arena;

	memory_arena(&arena, MEMORY_BYTES + reader_count * (size_t)TAPE_BLOCK_RAW_BYTES);
	if (tape_rooms_init(&rooms, reader_count, &arena) != ERR_NONE)
		abort();
	return &rooms;
}

static inline struct tape_record
memory_frame(int64_t recv_ns, struct slice data)
{
	return (struct tape_record){ .kind = TAPE_FRAME, .venue = 2, .link = 1,
	                             .recv_ns = recv_ns, .data = data };
}

/* xorshift64*: Vigna 2016, "An experimental exploration of Marsaglia's xorshift
 * generators, scrambled". */
static inline uint64_t
chance(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 2685821657736338717u;
}
#endif
