/* file.h - files, with every byte accounted for.
 *
 * A file keeps its first failure: after it every further read or write returns
 * the same error and does nothing, so code reads straight down and looks once at
 * the end.  That is more than comfort: behind half a record nothing may be
 * written as if it were whole.  `error_number` is the errno of that failure, and
 * file_reason() says it in words.
 *
 * Interrupted calls are repeated, short writes go on, short reads go on until
 * the end of the file.  Everything here may wait for a disk: the loop thread
 * calls it at start and at the end only (disk.h).
 *
 * A write beyond RLIMIT_FSIZE is a failed write only while SIGXFSZ is ignored:
 * signal_open() sees to that.
 */
#ifndef SYS_FILE_H
#define SYS_FILE_H
#include "base/err.h"
#include "base/slice.h"
#include <stddef.h>
#include <stdint.h>

struct file {
	int fd;           /* -1: not open */
	int error_number; /* errno of the first failure; 0: none */
};

/* For reading.  "-" is standard input. */
enum err file_open(struct file *f, const char *path);

/* For reading and writing at the end, made if it is not there.  `mode` as 0600. */
enum err file_open_append(struct file *f, const char *path, unsigned mode);

/* A new file for writing; one that exists already is ERR_CREATE, EEXIST. */
enum err file_create(struct file *f, const char *path, unsigned mode);

/* Bytes read, at most `size`; less only at the end of the file; or -ERR_x.  From
 * a pipe or terminal it waits until `size` are there or the other side closes:
 * file_read_some returns what there is. */
int64_t file_read(struct file *f, void *to, size_t size);
int64_t file_read_some(struct file *f, void *to, size_t size);

/* The same from `offset` on; the file's own position stays. */
int64_t file_pread(struct file *f, int64_t offset, void *to, size_t size);

/* All of it, or an error: then an unknown part was written. */
enum err file_write(struct file *f, struct slice data);

/* On the disk when it returns: data, and size as far as it matters.  What has no
 * disk behind it (a pipe) is left alone. */
enum err file_sync(struct file *f);

/* Cuts (or extends with zeros) to `size` bytes: repairs a torn tail. */
enum err file_truncate(struct file *f, int64_t size);

/* In bytes, or -ERR_x. */
int64_t file_size(struct file *f);

/* Closes and reports the first failure, also one the kernel tells only now.
 * Standard input stays open; what is not open stays closed. */
enum err file_close(struct file *f);

/* Words for error_number: "No space left on device"; "" without a failure. */
const char *file_reason(const struct file *f);

/* What an errno means to us. */
enum err file_err(int error_number);

/* Replaces the content of `path` in one step: whoever opens it sees the old or
 * the new content, whole, also after a pulled plug.  Writes PATH.tmp, syncs it,
 * renames it, syncs the directory.  On failure the old file is as it was and
 * PATH.tmp is gone; only when the directory alone could not be synced the new
 * content stands already.  error_number_out (may be NULL) says why.  One writer
 * at a time for a path. */
enum err file_replace(const char *path, struct slice content, unsigned mode,
                      int *error_number_out);

/* A lock file: made if it is not there, and ours alone until it is closed, however
 * this process ends.  ERR_AGAIN: somebody has it (another opener in this process is
 * somebody too).  Where the file system has no locks everybody gets one. */
enum err file_lock(struct file *f, const char *path);

/* Makes a rename, creation or removal in a directory lasting. */
enum err file_sync_dir(const char *path);

/* The whole rest of a file as one slice: mapped where it is a plain file, read
 * into anonymous memory where it is not (standard input, a pipe, /proc), up to
 * size_max; more is ERR_FULL.  The file may be closed afterwards.
 *
 * For commands that work on files at rest: whoever cuts a mapped file short kills
 * the reader (SIGBUS).  What another process may still write is read. */
struct file_view {
	struct slice data;
	void *map; /* NULL: nothing to unmap */
	size_t map_bytes;
};

enum err file_map(struct file *f, size_t size_max, struct file_view *view);
void file_unmap(struct file_view *view);
#endif
