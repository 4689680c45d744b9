/* repair.h - closes a tape that was torn by a crash: cuts the half block off its end
 * and writes the index that is missing.
 *
 * Done at start to what the run before left.  Reading does not need it: a torn tape
 * gives the same records before and after.  What it gives is a file that is closed
 * for good, that jumps, and whose tear was said once.
 *
 * Nothing is touched in a tape that is closed, that is damaged elsewhere (a person
 * should see it as it is), or that has not one whole block.  A crash in the middle
 * leaves a torn tape again.  The caller knows that nobody writes to the file.
 */
#ifndef TAPE_REPAIR_H
#define TAPE_REPAIR_H
#include "tape/index.h"
#include "tape/read.h"

struct tape_repair {
	struct tape_rooms *rooms;
	struct tape_index index;
	struct pack_deflate *deflate;
	char *raw, *packed;
};

/* Memory is taken once, for any number of tapes.  `rooms` is kept.  ERR_FULL when
 * the arena has no room. */
enum err tape_repair_init(struct tape_repair *repair, struct tape_rooms *rooms,
                          struct arena *boot);

/* tear_out: TAPE_FAULT_NONE when the tape was closed; TAPE_FAULT_UNCLOSED or
 * TAPE_FAULT_TORN, with offset and bytes cut off, when it was repaired.  ERR_DATA: it
 * is left as it is, tear_out says why.  Other errors are those of the file. */
enum err tape_repair_file(struct tape_repair *repair, const char *path,
                          struct tape_fault *tear_out);
#endif
