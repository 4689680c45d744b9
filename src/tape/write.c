/* write.c - fills blocks with records and hands them on; see the header. */
#include "tape/write.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/text.h"
#include "tape/bytes.h"
#include "tape/record.h"
#include <string.h>

/* What the writer itself says of a segment, and the names of venues. */
static struct slice
head_text(const struct tape_write *w, char *room, size_t size)
{
	const struct tape_write_options *o = &w->options;
	struct text t = text_init(room, size);

	text_format(&t, "format=1\nsegment=%u\n", (unsigned)w->segment_count);
	text_put(&t, o->head);
	if (o->head.count > 0 && o->head.at[o->head.count - 1] != '\n')
		text_char(&t, '\n');
	for (uint32_t id = 1; id < o->venue_count; id++)
		if (o->venue_name[id] != NULL)
			text_format(&t, "venue.%u=%s\n", (unsigned)id, o->venue_name[id]);
	return t.cut ? (struct slice){ 0 } : text_slice(&t);
}

enum err
tape_write_init(struct tape_write *w, const struct tape_write_options *options,
                struct arena *boot)
{
	char head[TAPE_HEAD_BYTES_MAX];
	size_t bytes = options->record_bytes_max;
	char *raw;

	ASSERT(options->sink.begin != NULL);
	ASSERT(options->sink.put != NULL);
	ASSERT(options->sink.end != NULL);
	ASSERT(options->segment_ns >= 0);
	ASSERT(bytes <= LIMIT_tape_record_bytes_max);
	ASSERT(options->venue_count <= 256);
	if (bytes == 0)
		bytes = LIMIT_tape_record_bytes_max;
	if (bytes < LIMIT_tape_block_bytes)
		bytes = LIMIT_tape_block_bytes;
	memset(w, 0, sizeof *w);
	w->options = *options;
	w->raw_bytes_max = bytes;
	/* The index is written from the same rooms. */
	if (bytes < TAPE_INDEX_BYTES_MAX)
		bytes = TAPE_INDEX_BYTES_MAX;
	raw = arena_take(boot, "tape", TAPE_HEADER_BYTES + bytes, 1);
	w->packed = arena_take(boot, "tape", TAPE_HEADER_BYTES + bytes, 1);
	w->deflate = pack_deflate_init(boot, "tape", options->level);
	if (!tape_index_init(&w->index, boot) || raw == NULL || w->packed == NULL ||
	    w->deflate == NULL)
		return w->err = ERR_FULL;
	w->open.at = w->open.end = raw + TAPE_HEADER_BYTES;
	/* Ten digits of the segment's number are what may still be added. */
	if (head_text(w, head, sizeof head - 10).count == 0)
		return w->err = ERR_DATA;
	return ERR_NONE;
}

static enum err
fail(struct tape_write *w, enum err err)
{
	if (w->err == ERR_NONE)
		w->err = err;
	/* What was in the open block did not get anywhere. */
	w->count.dropped += w->open.record_count;
	w->open.record_count = 0;
	w->open.end = w->open.at;
	return w->err;
}

/* Packs the payload that lies in the open block's room and gives it away. */
static enum err
give(struct tape_write *w, struct tape_block *b)
{
	struct slice block;
	enum err err;

	b->id = w->id;
	b->sequence = w->sequence;
	block = tape_block_pack(b, w->deflate, w->open.at, w->packed);
	err = w->options.sink.put(w->options.sink.context, block);
	if (err != ERR_NONE)
		return fail(w, err);
	w->sequence++;
	w->count.stored_bytes += block.count;
	return ERR_NONE;
}

/* The id is made of what only we know before the file is read: the head with its
 * seed and the time.  The same input makes the same tape. */
static uint32_t
make_id(int64_t first_ns, struct slice payload)
{
	char time[8];

	bytes_put64(time, (uint64_t)first_ns);
	return pack_crc32(pack_crc32(0, slice_of(time, sizeof time)), payload);
}

enum err
tape_write_flush(struct tape_write *w)
{
	struct tape_block b = {
		.type = TAPE_BLOCK_RECORDS,
		.record_count = w->open.record_count,
		.raw_bytes = (uint32_t)(w->open.end - w->open.at),
		.first_ns = w->open.first_ns,
		.last_ns = w->last_ns,
	};

	if (w->err != ERR_NONE || w->open.record_count == 0)
		return w->err;
	/* The last number is kept for the index.  Nobody gets here: a tape of four
	 * billion blocks is larger than any disk of ours. */
	if (w->sequence == UINT32_MAX)
		return fail(w, ERR_FULL);
	if (w->sequence == 0)
		w->id = make_id(b.first_ns, slice_of(w->open.at, b.raw_bytes));
	if (give(w, &b) != ERR_NONE)
		return w->err;
	tape_index_block(&w->index, w->offset, &b);
	w->offset += TAPE_HEADER_BYTES + (uint64_t)b.stored_bytes;
	w->count.blocks++;
	w->count.raw_bytes += b.raw_bytes;
	w->open.end = w->open.at;
	w->open.record_count = 0;
	return ERR_NONE;
}

enum err
tape_write_flush_older(struct tape_write *w, int64_t ns)
{
	if (w->open.record_count == 0 || w->open.first_ns >= ns)
		return w->err;
	return tape_write_flush(w);
}

static void
append(struct tape_write *w, const struct tape_record *record)
{
	size_t used = (size_t)(w->open.end - w->open.at);
	int64_t before_ns = w->open.record_count > 0 ? w->last_ns : record->recv_ns;
	size_t bytes = tape_record_bytes(record, before_ns);

	/* A record longer than a block finds the open one closed before it, and
	 * nothing fits behind it: it is a block of its own. */
	if (w->open.record_count > 0 && used + bytes > LIMIT_tape_block_bytes) {
		if (tape_write_flush(w) != ERR_NONE) {
			w->count.dropped++;
			return;
		}
		before_ns = record->recv_ns;
	}
	if (w->open.record_count == 0)
		w->open.first_ns = record->recv_ns;
	w->open.end = tape_record_put(w->open.end, record, before_ns);
	w->open.record_count++;
	w->last_ns = record->recv_ns;
	tape_index_record(&w->index, record->kind, record->venue);
	w->count.records++;
}

static void
begin(struct tape_write *w, int64_t first_ns)
{
	char room[TAPE_HEAD_BYTES_MAX];
	struct tape_record head = { .kind = TAPE_HEAD, .recv_ns = first_ns };
	enum err err = w->options.sink.begin(w->options.sink.context, first_ns);

	if (err != ERR_NONE) {
		fail(w, err);
		return;
	}
	w->is_open = true;
	w->offset = 0;
	w->sequence = 0;
	w->last_ns = first_ns;
	tape_index_clear(&w->index);
	head.data = head_text(w, room, sizeof room);
	w->segment_count++;
	w->count.files++;
	append(w, &head);
	if (w->options.prologue != NULL) {
		w->in_prologue = true;
		w->options.prologue(w->options.context, w);
		w->in_prologue = false;
	}
	/* The first block holds our own words only.  Were its header damaged, no
	 * bytes of a peer's would be among those a reader searches for a block
	 * before it has seen the tape's id. */
	tape_write_flush(w);
}

enum err
tape_write_close(struct tape_write *w)
{
	struct tape_block b = { .type = TAPE_BLOCK_INDEX };
	struct tape_sink *sink = &w->options.sink;
	char trailer[TAPE_TRAILER_BYTES];
	enum err err;

	if (!w->is_open)
		return w->err;
	tape_write_flush(w);
	if (w->err == ERR_NONE) {
		b.first_ns = w->index.totals.first_ns;
		b.last_ns = w->index.totals.last_ns;
		b.raw_bytes = tape_index_put(&w->index, w->open.at);
		give(w, &b);
	}
	if (w->err == ERR_NONE) {
		tape_trailer_put(trailer, w->offset);
		err = sink->put(sink->context, slice_of(trailer, sizeof trailer));
		if (err != ERR_NONE)
			fail(w, err);
		else
			w->count.stored_bytes += sizeof trailer;
	}
	w->is_open = false;
	err = sink->end(sink->context, w->err != ERR_NONE);
	if (err != ERR_NONE)
		fail(w, err);
	return w->err;
}

void
tape_write_again(struct tape_write *w)
{
	ASSERT(!w->is_open);
	w->err = ERR_NONE;
}

enum err
tape_write_put(struct tape_write *w, const struct tape_record *record)
{
	struct tape_record r = *record;
	int64_t segment_ns = w->options.segment_ns;

	ASSERT(r.kind > TAPE_NONE);
	ASSERT(r.kind < TAPE_KIND_COUNT);
	if (w->err != ERR_NONE) {
		w->count.dropped++;
		return w->err;
	}
	/* Compared one by one, so that lengths near 2^64 do not wrap. */
	if (r.asked.count > w->raw_bytes_max || r.data.count > w->raw_bytes_max ||
	    r.asked.count + r.data.count + TAPE_RECORD_HEAD_BYTES_MAX > w->raw_bytes_max) {
		w->count.refused++;
		return ERR_DATA;
	}
	if (w->in_prologue) {
		r.recv_ns = w->last_ns;
	} else if (r.recv_ns < w->last_ns) {
		w->count.raised++;
		r.recv_ns = w->last_ns;
	}
	if (!w->in_prologue && w->is_open && segment_ns > 0 &&
	    r.recv_ns / segment_ns != w->last_ns / segment_ns)
		tape_write_close(w);
	if (!w->is_open && w->err == ERR_NONE)
		begin(w, r.recv_ns);
	if (w->err == ERR_NONE)
		append(w, &r);
	else
		w->count.dropped++;
	return w->err;
}
