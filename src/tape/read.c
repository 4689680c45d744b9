/* read.c - walks the blocks of a tape and gives their records; see the header.
 *
 *            header good?             payload good?          records left?
 *   offset ---- find_block ---- load ------------- in_block ---------- record
 *                  |  no: scan for the next header  | no: the same
 *                  v                                v
 *                fault                            fault
 */
#include "tape/read.h"
#include "base/check.h"
#include <string.h>

static const char *const fault_name[TAPE_FAULT_COUNT] = {
#define X(name, text) [TAPE_FAULT_##name] = (text),
	TAPE_FAULTS(X)
#undef X
};

const char *
tape_fault_name(enum tape_fault_kind kind)
{
	return (unsigned)kind < TAPE_FAULT_COUNT ? fault_name[kind] : "unknown";
}

enum {
	SCAN_BYTES_MIN = 4096, /* damage is short as a rule */
	SCAN_BYTES_MAX = 65536,
};

enum err
tape_rooms_init(struct tape_rooms *rooms, uint32_t reader_count, struct arena *boot)
{
	*rooms = (struct tape_rooms){ .small_max = reader_count };
	rooms->stored = arena_take(boot, "tape", TAPE_BLOCK_RAW_BYTES_MAX, 1);
	rooms->big = arena_take(boot, "tape", TAPE_BLOCK_RAW_BYTES_MAX, 1);
	rooms->small = arena_take(boot, "tape", reader_count, sizeof rooms->small[0]);
	rooms->inflate = pack_inflate_init(boot, "tape");
	if (rooms->stored == NULL || rooms->big == NULL || rooms->small == NULL ||
	    rooms->inflate == NULL)
		return ERR_FULL;
	/* The last one taken is the first one lent: pages come into use one by one
	 * and are used again. */
	for (uint32_t i = reader_count; i > 0; i--) {
		char *room = arena_take(boot, "tape", TAPE_BLOCK_RAW_BYTES, 1);

		if (room == NULL)
			return ERR_FULL;
		rooms->small[rooms->small_count++] = room;
	}
	return ERR_NONE;
}

static enum tape_read_result
fault(struct tape_read *r, enum tape_fault_kind kind, uint64_t bytes, uint64_t blocks)
{
	r->fault = (struct tape_fault){ (uint8_t)kind, r->offset, bytes, blocks };
	r->fault_count++;
	return TAPE_READ_FAULT;
}

static int64_t
read_at(struct tape_read *r, uint64_t offset, void *to, size_t count)
{
	return r->source.read_at(r->source.context, offset, to, count);
}

static enum tape_read_result
read_failed(struct tape_read *r)
{
	r->is_ended = true;
	r->has_block = false;
	return fault(r, TAPE_FAULT_READ, 0, 0);
}

static uint64_t
block_bytes(const struct tape_block *b)
{
	return TAPE_HEADER_BYTES + (uint64_t)b->stored_bytes;
}

static bool
is_ours(const struct tape_read *r, const struct tape_block *b)
{
	return !r->has_id || b->id == r->id;
}

/* Looks for a header of this tape at `from` or behind it.  1: at *at_out, 0: there
 * is none, and the tape ends at *at_out; -1: cannot be read. */
static int
scan(struct tape_read *r, uint64_t from, uint64_t *at_out, struct tape_block *b)
{
	char *bytes = r->rooms->stored;
	size_t want = SCAN_BYTES_MIN;

	for (;;) {
		int64_t got = read_at(r, from, bytes, want);
		const char *at = bytes;
		const char *end;

		if (got < 0)
			return -1;
		if (got >= TAPE_HEADER_BYTES) {
			end = bytes + got - (TAPE_HEADER_BYTES - 1);
			while (at < end && (at = memchr(at, 'T', (size_t)(end - at))) != NULL) {
				if (tape_block_get(at, b) && is_ours(r, b)) {
					*at_out = from + (uint64_t)(at - bytes);
					return 1;
				}
				at++;
			}
		}
		if ((size_t)got < want) {
			*at_out = from + (uint64_t)got;
			return 0;
		}
		from += want - (TAPE_HEADER_BYTES - 1);
		if (want < SCAN_BYTES_MAX)
			want *= 2;
	}
}

/* What begins at offset is no good: goes to the next header, and says what was left
 * out.  `skip` bytes are not looked into; `blocks` are known to be lost. */
static enum tape_read_result
damage(struct tape_read *r, enum tape_fault_kind kind, uint64_t skip, uint64_t blocks)
{
	struct tape_block next;
	uint64_t at;
	int found = scan(r, r->offset + skip, &at, &next);
	enum tape_read_result result;

	if (found < 0)
		return read_failed(r);
	/* Behind the end nothing was promised; before it, what is cut is torn. */
	if (r->is_closed)
		kind = TAPE_FAULT_TRAILING;
	else if (!found)
		kind = TAPE_FAULT_TORN;
	if (found && next.sequence > r->next_sequence) {
		blocks += next.sequence - r->next_sequence;
		r->next_sequence = next.sequence;
	}
	/* A skipped payload may claim to reach behind the end of the file. */
	if (!found && at > r->source.bytes)
		at = r->source.bytes;
	result = fault(r, kind, at - r->offset, blocks);
	r->offset = at;
	r->is_ended = !found;
	return result;
}

/* The payload of the block at offset, checked, in rooms->stored.  RECORD: it is. */
static enum tape_read_result
load(struct tape_read *r)
{
	const struct tape_block *b = &r->block;
	int64_t got = read_at(r, r->offset + TAPE_HEADER_BYTES, r->rooms->stored,
	                      b->stored_bytes);
	uint64_t skip = 1;

	if (got < 0)
		return read_failed(r);
	r->load_bytes += (uint64_t)got;
	r->next_sequence = (uint64_t)b->sequence + 1;
	if (got == b->stored_bytes &&
	    pack_crc32(0, slice_of(r->rooms->stored, b->stored_bytes)) == b->payload_crc)
		return TAPE_READ_RECORD;
	r->has_block = false;
	/* Bytes may be missing from the middle, so the next header may stand inside
	 * of what this one claims.  A file made of headers that claim each other
	 * would be read over and over: beyond eight times its length no more. */
	if (r->load_bytes > r->offset * 8 + (uint64_t)16 * TAPE_BLOCK_RAW_BYTES_MAX)
		skip = block_bytes(b);
	return damage(r, TAPE_FAULT_PAYLOAD, skip, b->type == TAPE_BLOCK_RECORDS);
}

/* Does the file reach to the end of the block at offset?  What is skipped is not read,
 * and may have been torn off. */
static bool
is_there(struct tape_read *r)
{
	uint64_t end = r->offset + block_bytes(&r->block);
	char byte;

	/* Beyond the size that was asked at the start a file may have grown. */
	return (r->source.bytes != UINT64_MAX && end <= r->source.bytes) ||
	       read_at(r, end - 1, &byte, 1) == 1;
}

/* Leaves the block at offset out. */
static enum tape_read_result
skip_block(struct tape_read *r, enum tape_fault_kind kind, uint64_t blocks)
{
	enum tape_read_result result = fault(r, kind, block_bytes(&r->block), blocks);

	r->has_block = false;
	r->next_sequence = (uint64_t)r->block.sequence + 1;
	r->offset += block_bytes(&r->block);
	return result;
}

/* Is what was unpacked to `raw` what the header says?  Counts the records. */
static bool
is_sound(const struct tape_block *b, const char *raw, struct tape_totals *totals)
{
	struct tape_cursor c = { raw, raw + b->raw_bytes, b->first_ns };
	struct tape_record record;
	uint32_t count = 0;

	while (tape_record_get(&c, &record)) {
		if (count++ == 0 && record.recv_ns != b->first_ns)
			return false;
		if (totals != NULL && record.kind < TAPE_KIND_COUNT)
			totals->records[record.kind][record.venue]++;
	}
	return c.at == c.end && count == b->record_count && c.ns == b->last_ns;
}

static void
count_block(struct tape_totals *t, const struct tape_block *b)
{
	if (t->block_count == 0)
		t->first_ns = b->first_ns;
	t->last_ns = b->last_ns;
	t->block_count++;
	t->record_count += b->record_count;
	t->raw_bytes += b->raw_bytes;
	t->stored_bytes += block_bytes(b);
}

/* Unpacks the block of records at offset.  RECORD: its records can be walked. */
static enum tape_read_result
open_block(struct tape_read *r)
{
	struct tape_rooms *rooms = r->rooms;
	const struct tape_block *b = &r->block;
	bool is_small = b->raw_bytes <= TAPE_BLOCK_RAW_BYTES;
	enum tape_read_result result = load(r);
	char *raw;

	if (result != TAPE_READ_RECORD)
		return result;
	ASSERT(!is_small || rooms->small_count > 0);
	raw = is_small ? rooms->small[rooms->small_count - 1] : rooms->big;
	if (!tape_block_unpack(b, rooms->inflate, rooms->stored, raw) ||
	    !is_sound(b, raw, NULL))
		return skip_block(r, TAPE_FAULT_RECORDS, 1);
	if (r->totals != NULL) {
		is_sound(b, raw, r->totals);
		count_block(r->totals, b);
	}
	if (r->index != NULL) {
		is_sound(b, raw, &r->index->totals);
		tape_index_block(r->index, r->offset, b);
	}
	rooms->small_count -= is_small;
	r->raw = raw;
	r->cursor = (struct tape_cursor){ raw, raw + b->raw_bytes, b->first_ns };
	r->last_ns = b->last_ns;
	r->offset += block_bytes(b);
	r->has_block = false;
	r->in_block = true;
	return TAPE_READ_RECORD;
}

static void
leave_block(struct tape_read *r)
{
	struct tape_rooms *rooms = r->rooms;

	if (r->in_block && r->raw != rooms->big) {
		ASSERT(rooms->small_count < rooms->small_max);
		rooms->small[rooms->small_count++] = r->raw;
	}
	r->in_block = false;
	r->raw = NULL;
}

/* The index and the trailer behind it: the tape is complete.  RECORD: go on. */
static enum tape_read_result
pass_index(struct tape_read *r)
{
	uint64_t index_offset = r->offset, said;
	char trailer[TAPE_TRAILER_BYTES];
	enum tape_read_result result = load(r);
	bool good;
	int64_t got;

	if (result != TAPE_READ_RECORD)
		return result;
	good = tape_block_unpack(&r->block, r->rooms->inflate, r->rooms->stored,
	                         r->rooms->big) &&
	       tape_index_get(slice_of(r->rooms->big, r->block.raw_bytes), NULL);
	if (!good)
		return skip_block(r, TAPE_FAULT_INDEX, 0);
	r->has_block = false;
	r->offset += block_bytes(&r->block);
	got = read_at(r, r->offset, trailer, sizeof trailer);
	if (got < 0)
		return read_failed(r);
	/* A trailer that is not there or not good is a torn tail like any other. */
	if (got < (int64_t)sizeof trailer || !tape_trailer_get(trailer, &said))
		return TAPE_READ_RECORD;
	r->is_closed = true;
	result = said == index_offset ? TAPE_READ_RECORD : fault(r, TAPE_FAULT_INDEX, 0, 0);
	r->offset += sizeof trailer;
	return result;
}

/* Reads headers until one of records, good and in its turn, stands at offset. */
static enum tape_read_result
find_block(struct tape_read *r)
{
	char header[TAPE_HEADER_BYTES];
	enum tape_read_result result;
	struct tape_block *b = &r->block;
	uint64_t missing;

	while (!r->has_block) {
		int64_t got;

		if (r->is_ended)
			return TAPE_READ_END;
		got = read_at(r, r->offset, header, sizeof header);
		if (got < 0)
			return read_failed(r);
		if (got == 0) {
			r->is_ended = true;
			return r->is_closed ? TAPE_READ_END : fault(r, TAPE_FAULT_UNCLOSED, 0, 0);
		}
		if (got < (int64_t)sizeof header || !tape_block_get(header, b) ||
		    !is_ours(r, b))
			return damage(r, TAPE_FAULT_HEADER, 1, 0);
		r->has_id = true;
		r->id = b->id;
		if (!is_there(r))
			return damage(r, TAPE_FAULT_PAYLOAD, 1, b->type == TAPE_BLOCK_RECORDS);
		if (b->sequence < r->next_sequence) {
			missing = r->next_sequence;
			result = skip_block(r, TAPE_FAULT_REPEATED, 0);
			r->next_sequence = missing;
			return result;
		}
		if (b->sequence > r->next_sequence) {
			missing = b->sequence - r->next_sequence;
			r->next_sequence = b->sequence;
			return fault(r, TAPE_FAULT_MISSING, 0, missing);
		}
		if (b->type == TAPE_BLOCK_INDEX) {
			result = pass_index(r);
			if (result != TAPE_READ_RECORD)
				return result;
			continue;
		}
		if (b->first_ns < r->last_ns)
			return skip_block(r, TAPE_FAULT_TIME, 1);
		if (b->last_ns < r->from_ns) {
			r->offset += block_bytes(b);
			r->next_sequence = (uint64_t)b->sequence + 1;
			r->last_ns = b->last_ns;
			continue;
		}
		r->has_block = true;
	}
	return TAPE_READ_RECORD;
}

/* Decodes on to the next record that is to be given; false: the block is through. */
static bool
find_record(struct tape_read *r)
{
	while (r->in_block && !r->has_record) {
		if (!tape_record_get(&r->cursor, &r->record)) {
			leave_block(r);
			return false;
		}
		if (r->record.kind >= TAPE_KIND_COUNT)
			r->unknown_count++;
		else
			r->has_record = r->record.recv_ns >= r->from_ns;
	}
	return r->has_record;
}

enum tape_read_result
tape_read_peek(struct tape_read *r, int64_t *ns_out)
{
	enum tape_read_result result;

	if (find_record(r)) {
		*ns_out = r->record.recv_ns;
		return TAPE_READ_RECORD;
	}
	result = find_block(r);
	if (result == TAPE_READ_RECORD)
		*ns_out = r->block.first_ns > r->from_ns ? r->block.first_ns : r->from_ns;
	return result;
}

enum tape_read_result
tape_read_ready(struct tape_read *r, int64_t *ns_out)
{
	while (!find_record(r)) {
		enum tape_read_result result = find_block(r);

		if (result == TAPE_READ_RECORD)
			result = open_block(r);
		if (result != TAPE_READ_RECORD)
			return result;
	}
	*ns_out = r->record.recv_ns;
	return TAPE_READ_RECORD;
}

enum tape_read_result
tape_read_next(struct tape_read *r, struct tape_record *out)
{
	int64_t ns;
	enum tape_read_result result = tape_read_ready(r, &ns);

	if (result == TAPE_READ_RECORD) {
		*out = r->record;
		r->has_record = false;
	}
	return result;
}

/* The header of the index block, through the trailer.  The tape may lie: what it
 * leads to is checked like any block. */
static bool
find_index(struct tape_read *r, uint64_t *offset, struct tape_block *b)
{
	char header[TAPE_HEADER_BYTES], trailer[TAPE_TRAILER_BYTES];
	uint64_t bytes = r->source.bytes;

	if (bytes == UINT64_MAX || bytes < sizeof header + sizeof trailer)
		return false;
	return read_at(r, bytes - sizeof trailer, trailer, sizeof trailer) ==
	               (int64_t)sizeof trailer &&
	       tape_trailer_get(trailer, offset) &&
	       *offset <= bytes - sizeof header - sizeof trailer &&
	       read_at(r, *offset, header, sizeof header) == (int64_t)sizeof header &&
	       tape_block_get(header, b) && b->type == TAPE_BLOCK_INDEX && is_ours(r, b);
}

/* Its payload, in rooms->big; empty when there is none that is good. */
static struct slice
load_index(struct tape_read *r)
{
	struct tape_rooms *rooms = r->rooms;
	struct tape_block b;
	struct slice payload = { 0 };
	uint64_t offset;

	if (!find_index(r, &offset, &b))
		return payload;
	if (read_at(r, offset + TAPE_HEADER_BYTES, rooms->stored, b.stored_bytes) !=
	            (int64_t)b.stored_bytes ||
	    pack_crc32(0, slice_of(rooms->stored, b.stored_bytes)) != b.payload_crc)
		return payload;
	if (tape_block_unpack(&b, rooms->inflate, rooms->stored, rooms->big) &&
	    tape_index_get(slice_of(rooms->big, b.raw_bytes), NULL))
		payload = slice_of(rooms->big, b.raw_bytes);
	return payload;
}

bool
tape_read_index(struct tape_read *r, struct tape_totals *out)
{
	struct slice payload = load_index(r);

	return payload.count > 0 && tape_index_get(payload, out);
}

void
tape_read_init(struct tape_read *r, struct tape_source source, struct tape_rooms *rooms)
{
	char header[TAPE_HEADER_BYTES];
	struct tape_block b;
	uint64_t offset;

	*r = (struct tape_read){ .source = source, .rooms = rooms };
	/* The id is what its first block says; when that is damaged, its last. */
	if ((read_at(r, 0, header, sizeof header) == (int64_t)sizeof header &&
	     tape_block_get(header, &b)) || find_index(r, &offset, &b)) {
		r->has_id = true;
		r->id = b.id;
	}
}

void
tape_read_seek(struct tape_read *r, int64_t ns)
{
	char header[TAPE_HEADER_BYTES];
	struct slice payload;
	struct tape_block b;
	uint64_t offset;
	uint32_t sequence;

	leave_block(r);
	r->has_record = false;
	r->from_ns = ns;
	if (r->source.bytes == UINT64_MAX)
		return;
	r->has_block = false;
	r->is_closed = false;
	r->is_ended = false;
	r->last_ns = 0;
	r->offset = 0;
	r->next_sequence = 0;
	payload = load_index(r);
	if (payload.count == 0 || !tape_index_find(payload, ns, &offset, &sequence))
		return;
	/* An index that leads elsewhere than to the block it names is not used. */
	if (read_at(r, offset, header, sizeof header) == (int64_t)sizeof header &&
	    tape_block_get(header, &b) && is_ours(r, &b) && b.sequence == sequence &&
	    b.type == TAPE_BLOCK_RECORDS) {
		r->offset = offset;
		r->next_sequence = sequence;
	}
}
