/* tape.h - the record of what was said: raw frames with their receipt time.
 *
 * The format is written down in README.md of this room, for other programs too.
 * A tape is a file of blocks (compressed, each with its CRC), ended by an index;
 * a file without its index, torn by a crash, is readable up to the last whole
 * block.  Each file is complete in itself: it begins with format, build, seed,
 * configuration and the instruments known when it was begun.
 *
 *     write.h    records in, blocks out      segment.h  the files of a recording
 *     read.h     blocks in, records out      merge.h    several files as one
 *     source.h   where a reader's bytes are  repair.h   closes a torn tape
 *     command.h  cat, info, verify, import
 *
 * recv_ns never decreases within a tape.  The writer holds that promise by
 * raising an earlier time to the last one (and counting it); the reader refuses
 * a block that breaks it.
 */
#ifndef TAPE_TAPE_H
#define TAPE_TAPE_H
#include "base/err.h"
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

/* The numbers are on tapes: a new kind takes the next one, none is ever reused. */
enum tape_kind {
	TAPE_NONE,
	TAPE_HEAD,       /* text: "key=value" lines: format, build, seed, made by */
	TAPE_CONFIG,     /* text: the configuration without secrets (INI) */
	TAPE_INSTRUMENT, /* text: one instrument line of the NDJSON contract */
	TAPE_FRAME,      /* one websocket message of link `link` */
	TAPE_BODY,       /* a REST answer: `asked` is path?query, `data` the body */
	TAPE_LINK,       /* link state change: `asked` what (up, down, ...), `data` reason */
	TAPE_GAP,        /* a proved gap: `asked` symbol, `data` "from to" ids */
	TAPE_WATCH,      /* the watch list changed: `data` its new text */
	TAPE_RULES,      /* the rules changed: `data` their new text */
	TAPE_KIND_COUNT
};

struct tape_record {
	uint8_t kind;     /* enum tape_kind */
	uint8_t venue;    /* id of venue/table.def; 0: none */
	uint16_t link;    /* number of the connection within the venue; 0: none */
	int64_t recv_ns;  /* never decreases within a tape */
	struct slice asked;
	struct slice data;
};

/* "frame", "body", ...; "unknown" for a number that is no kind. */
const char *tape_kind_name(enum tape_kind kind);

/* The value of `key` in the lines of a TAPE_HEAD; empty if it is not there. */
struct slice tape_head_value(struct slice head, const char *key);

/* The names of the venues as a tape's heads give them ("venue.2=binance-usdm"),
 * by id.  Zeroed memory knows none. */
struct tape_names {
	struct { char text[32]; } venue[256];
};

/* Takes the names out of a TAPE_HEAD; what was known before stays. */
void tape_names_learn(struct tape_names *names, struct slice head);

/* What a file holds, as counted by the writer (its index) or by a reader. */
struct tape_totals {
	uint64_t block_count;   /* blocks of records, not the index */
	uint64_t record_count;
	uint64_t raw_bytes;     /* of the blocks before compression */
	uint64_t stored_bytes;  /* of the blocks in the file, with their headers */
	int64_t first_ns, last_ns; /* 0, 0 when there is no block */
	uint64_t records[TAPE_KIND_COUNT][256]; /* [kind][venue] */
};
#endif
