/* shelf.c - walks over a directory of tapes; see the header.
 *
 * Limits The directory is read with getdents64: opendir takes memory from the heap, and
 *        trimming is done while the program runs.
 */
#include "tape/shelf.h"
#include "base/limits.h"
#include "sys/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	PATH_BYTES = LIMIT_path_bytes_max,
	NAME_BYTES = 24,    /* "2026-11-25T03_001.tape" and its zero, in whole words */
	HOUR_CHARS = 13,    /* "2026-11-25T03" */
	OLDEST_COUNT = 64,  /* found in one walk: a thousand hours go in 16 walks */
	WALKS_MAX = 2000,   /* fourteen years of hours */
	/* struct linux_dirent64 of getdents64(2): ino 8, off 8, reclen 2, type 1, name */
	ENTRY_RECLEN = 16,
	ENTRY_NAME = 19,
};

struct walk {
	int fd;
	long count, at;
	int error_number; /* of what ended it early; 0: it came to the end */
	_Alignas(8) char room[4096];
};

/* 2026-11-25T03.tape, or 2026-11-25T03_001.tape: the form, not the calendar. */
static bool
is_tape(const char *name)
{
	static const char *const form[] = { "####-##-##T##.tape", "####-##-##T##_###.tape" };

	for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
		size_t k = 0;

		while (name[k] != '\0' && form[i][k] != '\0' &&
		       (form[i][k] == '#' ? name[k] >= '0' && name[k] <= '9' : name[k] == form[i][k]))
			k++;
		if (name[k] == '\0' && form[i][k] == '\0')
			return true;
	}
	return false;
}

static bool
walk_open(struct walk *w, const char *directory)
{
	w->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	w->error_number = w->fd < 0 ? errno : 0;
	w->count = w->at = 0;
	return w->fd >= 0;
}

/* The next plain file that is named as a tape; NULL: there are no more. */
static const char *
walk_next(struct walk *w, struct stat *about)
{
	for (;;) {
		const char *name = w->room + w->at + ENTRY_NAME;
		uint16_t entry_bytes;

		if (w->at == w->count) {
			w->at = 0;
			w->count = syscall(SYS_getdents64, w->fd, w->room, sizeof w->room);
			if (w->count > 0)
				continue;
			w->error_number = w->count < 0 ? errno : 0;
			w->count = 0;
			return NULL;
		}
		memcpy(&entry_bytes, w->room + w->at + ENTRY_RECLEN, sizeof entry_bytes);
		w->at += entry_bytes;
		if (is_tape(name) && fstatat(w->fd, name, about, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(about->st_mode))
			return name;
	}
}

/* --- closing what is torn --------------------------------------------------------------- */

/* Of open descriptions, not of processes: it is gone with the file, and a second file
 * of the same program does not take it. */
static struct flock
whole_file(short type)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET };
}

void
shelf_claim(int fd)
{
	struct flock lock = whole_file(F_WRLCK);

	/* A file system without locks: then nobody knows of us, as without this. */
	(void)fcntl(fd, F_OFD_SETLK, &lock);
}

static bool
is_claimed(int fd)
{
	struct flock lock = whole_file(F_RDLCK);

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

enum tape_state { STATE_OPEN, STATE_CLOSED, STATE_CLAIMED };

/* Has it an index where one belongs?  Reads its end only. */
static enum tape_state
state_of(const char *path, struct tape_rooms *rooms)
{
	static struct tape_totals totals;
	enum tape_state state = STATE_OPEN;
	struct tape_read r;
	struct file f;

	if (file_open(&f, path) != ERR_NONE)
		return STATE_OPEN; /* repair will say what is wrong with it */
	tape_read_init(&r, tape_source_file(&f), rooms);
	if (is_claimed(f.fd))
		state = STATE_CLAIMED;
	else if (tape_read_index(&r, &totals))
		state = STATE_CLOSED;
	file_close(&f);
	return state;
}

static void
repair_one(const char *path, struct tape_repair *repair, struct shelf_told *told)
{
	enum tape_state state = state_of(path, repair->rooms);
	struct tape_fault tear;

	if (state == STATE_CLOSED) {
		told->closed_count++;
	} else if (state == STATE_CLAIMED ||
	           tape_repair_file(repair, path, &tear) != ERR_NONE) {
		told->left_count++;
	} else if (tear.kind == TAPE_FAULT_NONE) {
		told->closed_count++;
	} else {
		told->repaired_count++;
		told->cut_bytes += tear.bytes;
	}
}

enum err
shelf_repair(const char *directory, struct tape_repair *repair, struct shelf_told *told)
{
	struct walk w;
	struct stat about;
	const char *name;

	*told = (struct shelf_told){ 0 };
	if (!walk_open(&w, directory))
		return file_err(w.error_number);
	while ((name = walk_next(&w, &about)) != NULL) {
		char path[PATH_BYTES];
		int n = snprintf(path, sizeof path, "%s/%s", directory, name);

		if (n > 0 && n < PATH_BYTES)
			repair_one(path, repair, told);
		else
			told->left_count++;
	}
	close(w.fd);
	return file_err(w.error_number);
}

/* --- removing the oldest ------------------------------------------------------------------ */

struct oldest {
	uint32_t count;
	struct oldest_one { char name[NAME_BYTES]; uint64_t bytes; } one[OLDEST_COUNT];
};

/* Keeps the earliest names in order. */
static void
oldest_add(struct oldest *o, const char *name, uint64_t bytes)
{
	uint32_t at = o->count;

	if (at == OLDEST_COUNT && strcmp(name, o->one[--at].name) >= 0)
		return;
	for (; at > 0 && strcmp(name, o->one[at - 1].name) < 0; at--)
		o->one[at] = o->one[at - 1];
	snprintf(o->one[at].name, NAME_BYTES, "%s", name);
	o->one[at].bytes = bytes;
	o->count += o->count < OLDEST_COUNT;
}

/* The bytes of all, and the oldest of those before the hour of `keep`. */
static void
look(struct walk *w, const char *keep, struct oldest *o, uint64_t *bytes_out)
{
	struct stat about;
	const char *name;

	o->count = 0;
	*bytes_out = 0;
	w->count = w->at = 0;
	while ((name = walk_next(w, &about)) != NULL) {
		*bytes_out += (uint64_t)about.st_size;
		if (strncmp(name, keep, HOUR_CHARS) < 0)
			oldest_add(o, name, (uint64_t)about.st_size);
	}
}

static int
remove_oldest(const struct walk *w, const struct oldest *o, uint64_t bytes_max,
              struct shelf_trimmed *trimmed)
{
	for (uint32_t i = 0; i < o->count && trimmed->kept_bytes > bytes_max; i++) {
		if (unlinkat(w->fd, o->one[i].name, 0) != 0 && errno != ENOENT)
			return errno;
		trimmed->kept_bytes -= o->one[i].bytes;
		trimmed->removed_count++;
		trimmed->removed_bytes += o->one[i].bytes;
	}
	return 0;
}

enum err
shelf_trim(const char *directory, const char *keep, uint64_t bytes_max,
           struct shelf_trimmed *trimmed)
{
	const char *slash = strrchr(keep, '/');
	struct oldest o = { .count = 0 };
	struct walk w;

	*trimmed = (struct shelf_trimmed){ 0 };
	keep = slash != NULL ? slash + 1 : keep;
	if (!walk_open(&w, directory))
		return file_err(errno = w.error_number);
	/* Nobody knows which hour it is: nothing is older. */
	if (!is_tape(keep))
		keep = "";
	for (int i = 0; i < WALKS_MAX; i++) {
		if (lseek(w.fd, 0, SEEK_SET) < 0)
			w.error_number = errno;
		else
			look(&w, keep, &o, &trimmed->kept_bytes);
		if (w.error_number == 0)
			w.error_number = remove_oldest(&w, &o, bytes_max, trimmed);
		if (w.error_number != 0 || trimmed->kept_bytes <= bytes_max ||
		    o.count < OLDEST_COUNT)
			break;
	}
	close(w.fd);
	errno = w.error_number;
	return file_err(w.error_number);
}
