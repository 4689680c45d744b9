/* repair.c - cuts and closes a torn tape; see the header. */
#include "tape/repair.h"
#include "base/check.h"
#include "sys/file.h"

enum { FILE_MODE = 0640 };

enum err
tape_repair_init(struct tape_repair *repair, struct tape_rooms *rooms, struct arena *boot)
{
	*repair = (struct tape_repair){ .rooms = rooms };
	repair->raw = arena_take(boot, "tape", TAPE_HEADER_BYTES + TAPE_INDEX_BYTES_MAX, 1);
	repair->packed = arena_take(boot, "tape", TAPE_HEADER_BYTES + TAPE_INDEX_BYTES_MAX, 1);
	repair->deflate = pack_deflate_init(boot, "tape", 1);
	if (!tape_index_init(&repair->index, boot) || repair->raw == NULL ||
	    repair->packed == NULL || repair->deflate == NULL)
		return ERR_FULL;
	return ERR_NONE;
}

/* Reads all of the tape, filling the index.  False: it is not one to be repaired,
 * for what tear says. */
static bool
find_tear(struct tape_repair *repair, struct tape_read *r, struct tape_fault *tear)
{
	struct tape_record record;
	enum tape_read_result result;

	*tear = (struct tape_fault){ 0 };
	tape_index_clear(&repair->index);
	r->index = &repair->index;
	while ((result = tape_read_next(r, &record)) != TAPE_READ_END) {
		if (result != TAPE_READ_FAULT)
			continue;
		*tear = r->fault;
		/* Anything but the end is not for us: read no further. */
		if (tear->kind != TAPE_FAULT_TORN && tear->kind != TAPE_FAULT_UNCLOSED)
			break;
	}
	tape_read_seek(r, INT64_MAX); /* gives the room of a block left early back */
	return repair->index.totals.block_count > 0 &&
	       (tear->kind == TAPE_FAULT_TORN || tear->kind == TAPE_FAULT_UNCLOSED);
}

static enum err
close_tape(struct tape_repair *repair, struct file *f, uint32_t id)
{
	struct tape_index *ix = &repair->index;
	/* Blocks stand without gaps from 0 on.  An index whose trailer was torn is
	 * cut off too and written again. */
	uint64_t offset = ix->totals.stored_bytes;
	char trailer[TAPE_TRAILER_BYTES];
	char *raw = repair->raw + TAPE_HEADER_BYTES;
	struct tape_block b = {
		.type = TAPE_BLOCK_INDEX,
		.id = id,
		.sequence = (uint32_t)ix->totals.block_count,
		.first_ns = ix->totals.first_ns,
		.last_ns = ix->totals.last_ns,
		.raw_bytes = tape_index_put(ix, raw),
	};

	file_truncate(f, (int64_t)offset);
	file_write(f, tape_block_pack(&b, repair->deflate, raw, repair->packed));
	tape_trailer_put(trailer, offset);
	file_write(f, slice_of(trailer, sizeof trailer));
	return file_sync(f);
}

enum err
tape_repair_file(struct tape_repair *repair, const char *path, struct tape_fault *tear_out)
{
	struct tape_read r;
	struct file f;
	enum err err = ERR_NONE;
	enum err close_err;

	*tear_out = (struct tape_fault){ 0 };
	/* Opened for reading first: this must not make a file that is not there. */
	err = file_open(&f, path);
	if (err == ERR_NONE)
		err = file_close(&f);
	if (err == ERR_NONE)
		err = file_open_append(&f, path, FILE_MODE);
	if (err != ERR_NONE)
		return err;
	tape_read_init(&r, tape_source_file(&f), repair->rooms);
	if (find_tear(repair, &r, tear_out))
		err = close_tape(repair, &f, r.id);
	else if (tear_out->kind != TAPE_FAULT_NONE)
		err = tear_out->kind == TAPE_FAULT_READ ? ERR_IO : ERR_DATA;
	close_err = file_close(&f);
	return err != ERR_NONE ? err : close_err;
}
