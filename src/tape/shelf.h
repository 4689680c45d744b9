/* shelf.h - the directory of a recording: what the run before left torn is closed,
 * what is too much is removed, the oldest first.
 *
 * Names begin with the hour (segment.h), so their order is that of times.  Only plain
 * files that are named as a segment is are ours: an import beside them, a link or a
 * pipe is nobody's business here, neither read nor counted nor removed.  Both wait for
 * the disk: at start, or on the disk thread.
 */
#ifndef TAPE_SHELF_H
#define TAPE_SHELF_H
#include "base/err.h"
#include "tape/repair.h"
#include <stdbool.h>
#include <stdint.h>

struct shelf_told {
	uint32_t closed_count;   /* tapes with their index; their blocks were not looked at */
	uint32_t repaired_count;
	uint64_t cut_bytes;      /* of half blocks at their ends */
	uint32_t left_count;     /* damaged elsewhere, or without one whole block: as they are;
	                          * and those that another program is writing */
};

/* Before anybody records there.  ERR_NOT_FOUND: no such directory.  Any other error is
 * one of reading the directory, some tapes were perhaps not seen. */
enum err shelf_repair(const char *directory, struct tape_repair *repair,
                      struct shelf_told *told);

/* Marks an open tape as being written, until it is closed or its program is gone, so
 * that nobody else's shelf_repair closes it. */
void shelf_claim(int fd);

struct shelf_trimmed {
	uint64_t kept_bytes;     /* of all tapes that are left */
	uint32_t removed_count;
	uint64_t removed_bytes;
};

/* Removes tapes until at most bytes_max are left; never `keep` (a path, being written)
 * nor anything of its hour or later: a name of that hour that became free would be
 * given again, out of order.  Takes no memory.  On an error errno says why. */
enum err shelf_trim(const char *directory, const char *keep, uint64_t bytes_max,
                    struct shelf_trimmed *trimmed);
#endif
