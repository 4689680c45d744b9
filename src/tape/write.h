/* write.h - records in, finished blocks out.
 *
 * The writer opens no file and waits for nothing: it fills a block, packs it and
 * hands it to a sink, which may be a file (segment.h), a queue to the disk thread,
 * or a test.  All memory is taken at init; a record costs a copy, a full block one
 * compression (figures in README.md).
 *
 *   segment    A new one is begun with the first record of each UTC hour
 *              (segment_ns), and by the first record of all.  It begins with the
 *              TAPE_HEAD the writer makes and with what `prologue` puts.
 *   time       A record earlier than the one before it is raised to it and
 *              counted: readers live by the order, and refusing it would lose a
 *              frame.  Whoever writes keeps its clock from jumping ahead: a time
 *              of next year raises everything behind it.
 *   flush      A crash loses the open block and nothing else.  The caller flushes
 *              by time (tape_write_flush_older) and so bounds what that is.
 *   failure    The first error of the sink stays: later records are dropped and
 *              counted, the files are whole up to the last block that was taken.
 *              tape_write_again begins a new file.
 *
 * Nothing here reads records for secrets: that configuration text and requests
 * carry none is the caller's duty.
 */
#ifndef TAPE_WRITE_H
#define TAPE_WRITE_H
#include "tape/block.h"
#include "tape/index.h"

/* Where finished bytes go.  `bytes` is valid only during the call.  An error stops
 * the recording; after an error only `end` is called, to let go of the file. */
struct tape_sink {
	void *context;
	/* A file begins; its first record is of first_ns. */
	enum err (*begin)(void *context, int64_t first_ns);
	/* One whole block, or the trailer: all of it or an error. */
	enum err (*put)(void *context, struct slice bytes);
	/* The file is complete, or (failed) given up. */
	enum err (*end)(void *context, bool failed);
};

struct tape_write;

struct tape_write_options {
	struct tape_sink sink;
	/* Lines "key=value\n" of the head: build, seed, made_by.  The tape's id comes
	 * from here and the time: live, the seed is one nobody can guess.  Kept. */
	struct slice head;
	/* venue_name[id] for the head; NULL: no such venue.  Kept. */
	const char *const *venue_name;
	uint32_t venue_count; /* ids are below this */
	/* Puts what a segment needs to be complete (TAPE_CONFIG, TAPE_INSTRUMENT,
	 * TAPE_WATCH, TAPE_RULES) with tape_write_put; recv_ns is set for it.  May
	 * be NULL. */
	void (*prologue)(void *context, struct tape_write *w);
	void *context;
	int64_t segment_ns;   /* TAPE_HOUR_NS, or 0: never begin a new one by time */
	int level;            /* TAPE_LEVEL_LIVE, TAPE_LEVEL_SMALL */
	uint32_t record_bytes_max; /* 0: LIMIT_tape_record_bytes_max; memory is twice this */
};

enum {
	TAPE_LEVEL_LIVE = 1,  /* recording on a slow core */
	TAPE_LEVEL_SMALL = 6, /* import: nobody waits */
	TAPE_HEAD_BYTES_MAX = 8192,
};
#define TAPE_HOUR_NS ((int64_t)3600 * 1000000000)

struct tape_write {
	struct tape_write_options options;
	enum err err;           /* the first failure */
	bool is_open;           /* a segment was begun */
	bool in_prologue;
	uint32_t segment_count; /* begun so far */
	int64_t last_ns;
	uint64_t offset;        /* in the file of this segment */
	uint32_t id;            /* of this segment, once its first block is full */
	uint32_t sequence;      /* of the next block */
	struct {
		char *at;       /* behind room for a block header */
		char *end;
		uint32_t record_count;
		int64_t first_ns;
	} open;
	char *packed;
	size_t raw_bytes_max;
	struct pack_deflate *deflate;
	struct tape_index index;
	struct {
		uint64_t records, blocks, files;
		uint64_t raw_bytes, stored_bytes;
		uint64_t raised;  /* came with a time before the last one */
		uint64_t refused; /* too long */
		uint64_t dropped; /* after a failure */
	} count;
};

/* Takes its memory from the arena: about twice record_bytes_max (pages nobody
 * writes to until a record is that long), the index and the compressor.  ERR_FULL
 * when that does not fit, ERR_DATA when the head is longer than TAPE_HEAD_BYTES_MAX. */
enum err tape_write_init(struct tape_write *w, const struct tape_write_options *options,
                         struct arena *boot);

/* ERR_DATA: the record is too long, counted, the tape goes on without it.  Any
 * other error is w->err. */
enum err tape_write_put(struct tape_write *w, const struct tape_record *record);

/* Gives the open block to the sink.  Nothing open: nothing happens. */
enum err tape_write_flush(struct tape_write *w);

/* The same if the open block was begun before `ns`. */
enum err tape_write_flush_older(struct tape_write *w, int64_t ns);

/* Ends the segment with its index.  A later record begins a new one.  Returns
 * w->err. */
enum err tape_write_close(struct tape_write *w);

/* After a failure and tape_write_close: the next record begins a new segment. */
void tape_write_again(struct tape_write *w);
#endif
