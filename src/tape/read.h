/* read.h - blocks in, records out, and what is wrong with the tape.
 *
 *     while ((result = tape_read_next(&r, &record)) != TAPE_READ_END)
 *             if (result == TAPE_READ_FAULT) tell(&r.fault);
 *             else use(&record);
 *
 * A fault never ends the reading while there is a whole block behind it: the block
 * is reported and left out, and the next valid header is looked for.  A block is
 * given whole or not at all, none twice, and none whose time goes back.  A tape of
 * a thousand lies costs time in proportion to its length, and no memory.
 *
 * Views in a record are valid until the next call.  A kind that is not known here
 * (a newer writer's) is skipped and counted.
 */
#ifndef TAPE_READ_H
#define TAPE_READ_H
#include "tape/block.h"
#include "tape/index.h"
#include "tape/record.h"
#include "tape/source.h"

/* The words are a contract: `tape verify` prints them. */
#define TAPE_FAULTS(X)                                                          \
	X(NONE,     "none")                                                     \
	X(HEADER,   "damaged_header")  /* no block where one should begin */     \
	X(PAYLOAD,  "damaged_block")   /* the CRC of what is stored is wrong */  \
	X(RECORDS,  "broken_records")  /* the CRC is right, the content is not */ \
	X(MISSING,  "missing_blocks")  /* the numbers of the blocks jump */      \
	X(REPEATED, "repeated_block")  /* a number comes again, or too late */   \
	X(TIME,     "time_goes_back")  /* the block is earlier than one before */ \
	X(INDEX,    "index_differs")   /* the index is not that of this tape */  \
	X(TRAILING, "bytes_behind_end") /* something stands behind the end */    \
	X(UNCLOSED, "not_closed")      /* no index: killed, or still written to */ \
	X(TORN,     "torn")            /* ends in the middle of a block */       \
	X(HEAD,     "no_head")         /* does not begin with a TAPE_HEAD of ours */ \
	X(READ,     "read_failed")     /* the disk, not the tape */

enum tape_fault_kind {
#define X(name, text) TAPE_FAULT_##name,
	TAPE_FAULTS(X)
#undef X
	TAPE_FAULT_COUNT
};

struct tape_fault {
	uint8_t kind;    /* enum tape_fault_kind */
	uint64_t offset; /* in the file */
	uint64_t bytes;  /* of the file that were left out or lost; may be 0 */
	uint64_t blocks; /* that are known to be lost by it; may be 0 */
};

const char *tape_fault_name(enum tape_fault_kind kind);

/* Room to unpack in.  Readers that take turns (merge.h) share one: a block waits
 * unpacked in one of the small rooms, one each; only a single long record lies in
 * the big one, and it is given at once. */
struct tape_rooms {
	char *stored; /* header and payload of one block */
	char *big;
	char **small; /* [small_count]: a stack of those that are free */
	uint32_t small_count;
	uint32_t small_max;
	struct pack_inflate *inflate;
};

/* For up to `reader_count` readers: 8 MB and 64 KB a reader, of which only what is
 * used is touched.  ERR_FULL when the arena has no room. */
enum err tape_rooms_init(struct tape_rooms *rooms, uint32_t reader_count,
                         struct arena *boot);

enum tape_read_result { TAPE_READ_END, TAPE_READ_RECORD, TAPE_READ_FAULT };

struct tape_read {
	struct tape_source source;
	struct tape_rooms *rooms;
	struct tape_fault fault;   /* of the last TAPE_READ_FAULT */
	uint64_t fault_count;
	uint64_t unknown_count;    /* records of kinds unknown here */
	struct tape_totals *totals; /* NULL, or adds up what was read */
	struct tape_index *index;  /* NULL, or made again from what was read */
	bool is_closed;            /* index and trailer were seen where they belong */
	/* insides */
	bool has_id;     /* id is that of this tape */
	bool has_block;  /* block is the header at offset, found good and in turn */
	bool in_block;   /* cursor walks a block that was unpacked */
	bool has_record; /* record is the next one to be given */
	bool is_ended;
	uint32_t id;
	uint64_t offset;        /* where the next block begins */
	uint64_t next_sequence; /* what number it should have */
	uint64_t load_bytes;    /* of payloads read so far: bounds second looks */
	int64_t last_ns;        /* nothing earlier is given */
	int64_t from_ns;        /* of tape_read_seek */
	struct tape_block block;
	char *raw;              /* in_block: the room its payload lies in */
	struct tape_cursor cursor;
	struct tape_record record;
};

/* Opens where the tape begins.  `rooms` is kept. */
void tape_read_init(struct tape_read *r, struct tape_source source,
                    struct tape_rooms *rooms);

/* The next record, or a fault (in r->fault), or the end: again and again. */
enum tape_read_result tape_read_next(struct tape_read *r, struct tape_record *out);

/* Goes to where the first record of `ns` or later is given next.  Through the index
 * where there is one, else by reading headers; a pipe goes forward only.  What the
 * tape begins with (head, instruments) is not given again: read it first. */
void tape_read_seek(struct tape_read *r, int64_t ns);

/* Like tape_read_next without the record: has one been found, and of what time at
 * the earliest?  Reads a header, unpacks nothing. */
enum tape_read_result tape_read_peek(struct tape_read *r, int64_t *ns_out);

/* The same, but the record is unpacked and ns_out is its time. */
enum tape_read_result tape_read_ready(struct tape_read *r, int64_t *ns_out);

/* What the index of a closed tape says, without reading the tape.  False: there is
 * none, or it is broken.  Call it before the first record. */
bool tape_read_index(struct tape_read *r, struct tape_totals *out);
#endif
