/* record.h - records to bytes and back, inside of one block.
 *
 *     kind u8 | venue u8 | link varint | delta varint | asked varint | data varint
 *     | asked bytes | data bytes
 *
 * delta is recv_ns less that of the record before it, of the block's first_ns for
 * the first one.  A varint holds seven bits a byte, the lowest first, the top bit
 * set on all bytes but the last; the shortest form is the only one allowed.
 */
#ifndef TAPE_RECORD_H
#define TAPE_RECORD_H
#include "tape/tape.h"

enum {
	TAPE_RECORD_BYTES_MIN = 6,
	/* All of a record that is neither asked nor data: 2 bytes, a link of three,
	 * and three varints of ten at most. */
	TAPE_RECORD_HEAD_BYTES_MAX = 35,
};

/* Bytes of the record behind one of `before_ns`, which is not later than it. */
size_t tape_record_bytes(const struct tape_record *record, int64_t before_ns);

/* Writes the record; `to` has room for tape_record_bytes().  Returns its end. */
char *tape_record_put(char *to, const struct tape_record *record, int64_t before_ns);

/* A walk over the records of a block.  `ns` begins with the block's first_ns. */
struct tape_cursor {
	const char *at;
	const char *end;
	int64_t ns;
};

/* The next record, with views into the block.  False at the end and when the
 * bytes are no record: then at < end. */
bool tape_record_get(struct tape_cursor *c, struct tape_record *out);
#endif
