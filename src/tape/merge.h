/* merge.h - several tapes as one, in the order of receipt time.
 *
 * Records of one time come in the order the files were given, those of one file in
 * their own.  Nothing else decides: a recording that was cut in pieces gives what
 * the whole one gives.  A file is unpacked only when its turn comes, so a month of
 * hours needs the memory of one.
 *
 * The readers are the caller's, opened by tape_read_init on one tape_rooms with a
 * small room for each; they are not used while the merge runs, but may be looked at.
 */
#ifndef TAPE_MERGE_H
#define TAPE_MERGE_H
#include "tape/read.h"

struct tape_merge {
	struct tape_read *file; /* kept */
	uint32_t file_count;
	uint32_t index;         /* of the file the last result came from */
	/* insides */
	uint32_t *heap;         /* files that are not at their end, the next one first */
	int64_t *next_ns;       /* [file]: its next record is not earlier */
	uint32_t heap_count;
	bool is_begun;
};

/* ERR_FULL when the arena has no room. */
enum err tape_merge_init(struct tape_merge *m, struct tape_read *file,
                         uint32_t file_count, struct arena *boot);

/* Like tape_read_next; m->index tells the file, and a fault is in its reader. */
enum tape_read_result tape_merge_next(struct tape_merge *m, struct tape_record *out);

/* Goes to the first records of `ns` or later; before the first tape_merge_next, or
 * again. */
void tape_merge_seek(struct tape_merge *m, int64_t ns);
#endif
