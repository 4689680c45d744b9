/* file.c - reads, writes and replaces files; see the header for the promises.
 *
 * Limits One call moves at most 1 GiB (the kernel's own bound is a little below
 *        2 GiB); loops end because each round moves bytes, meets the end or
 *        fails.  A call interrupted by a signal is repeated.
 */
#include "sys/file.h"
#include "base/check.h"
#include "base/limits.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const size_t call_bytes_max = (size_t)1 << 30;
static const size_t map_first_bytes = (size_t)1 << 20;

enum err
file_err(int error_number)
{
	switch (error_number) {
	case 0:
		return ERR_NONE;
	case ENOENT:
		return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_PERMISSION;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
	case ENOMEM:
		return ERR_FULL;
	case EAGAIN:
		return ERR_AGAIN;
	case EEXIST:
		return ERR_CREATE;
	default:
		return ERR_IO;
	}
}

const char *
file_reason(const struct file *f)
{
	return f->error_number == 0 ? "" : strerror(f->error_number);
}

/* Keeps the first failure. */
static enum err
fail(struct file *f, int error_number)
{
	if (f->error_number == 0)
		f->error_number = error_number;
	return file_err(f->error_number);
}

static int
open_again(const char *path, int flags, unsigned mode)
{
	int fd;

	do {
		fd = open(path, flags | O_CLOEXEC, (mode_t)mode);
	} while (fd < 0 && errno == EINTR);
	return fd;
}

static enum err
open_as(struct file *f, const char *path, int flags, unsigned mode)
{
	f->error_number = 0;
	f->fd = open_again(path, flags, mode);
	return f->fd < 0 ? fail(f, errno) : ERR_NONE;
}

enum err
file_open(struct file *f, const char *path)
{
	if (strcmp(path, "-") == 0) {
		*f = (struct file){ .fd = STDIN_FILENO };
		return ERR_NONE;
	}
	return open_as(f, path, O_RDONLY, 0);
}

enum err
file_open_append(struct file *f, const char *path, unsigned mode)
{
	return open_as(f, path, O_RDWR | O_APPEND | O_CREAT, mode);
}

enum err
file_create(struct file *f, const char *path, unsigned mode)
{
	return open_as(f, path, O_RDWR | O_CREAT | O_EXCL, mode);
}

/* One read that got somewhere: bytes, 0 at the end, or -1 with the failure kept.
 * offset < 0 reads at the file's own position. */
static ssize_t
read_once(struct file *f, int64_t offset, void *to, size_t size)
{
	ssize_t got;

	if (size > call_bytes_max)
		size = call_bytes_max;
	do {
		got = offset < 0 ? read(f->fd, to, size)
		                 : pread(f->fd, to, size, (off_t)offset);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		fail(f, errno);
	return got;
}

static int64_t
read_whole(struct file *f, int64_t offset, void *to, size_t size)
{
	size_t done = 0;
	ssize_t got = 1;

	while (f->error_number == 0 && done < size && got > 0) {
		got = read_once(f, offset < 0 ? -1 : offset + (int64_t)done,
		                (char *)to + done, size - done);
		if (got > 0)
			done += (size_t)got;
	}
	return f->error_number != 0 ? -(int64_t)file_err(f->error_number) : (int64_t)done;
}

int64_t
file_read(struct file *f, void *to, size_t size)
{
	return read_whole(f, -1, to, size);
}

int64_t
file_read_some(struct file *f, void *to, size_t size)
{
	ssize_t got = -1;

	if (f->error_number == 0)
		got = read_once(f, -1, to, size);
	return got < 0 ? -(int64_t)file_err(f->error_number) : (int64_t)got;
}

int64_t
file_pread(struct file *f, int64_t offset, void *to, size_t size)
{
	ASSERT(offset >= 0);
	return read_whole(f, offset, to, size);
}

enum err
file_write(struct file *f, struct slice data)
{
	while (f->error_number == 0 && data.count > 0) {
		size_t size = data.count < call_bytes_max ? data.count : call_bytes_max;
		ssize_t put = write(f->fd, data.at, size);

		if (put > 0)
			data = slice_after(data, (size_t)put);
		else if (put == 0)
			fail(f, EIO); /* nothing taken, nothing said: do not spin */
		else if (errno != EINTR)
			fail(f, errno);
	}
	return file_err(f->error_number);
}

enum err
file_sync(struct file *f)
{
	int result;

	if (f->error_number != 0)
		return file_err(f->error_number);
	do {
		result = fdatasync(f->fd);
	} while (result < 0 && errno == EINTR);
	return result < 0 && errno != EINVAL ? fail(f, errno) : ERR_NONE;
}

enum err
file_truncate(struct file *f, int64_t size)
{
	int result;

	ASSERT(size >= 0);
	if (f->error_number != 0)
		return file_err(f->error_number);
	do {
		result = ftruncate(f->fd, (off_t)size);
	} while (result < 0 && errno == EINTR);
	return result < 0 ? fail(f, errno) : ERR_NONE;
}

int64_t
file_size(struct file *f)
{
	struct stat about;

	if (f->error_number == 0 && fstat(f->fd, &about) == 0)
		return (int64_t)about.st_size;
	return -(int64_t)fail(f, errno);
}

enum err
file_close(struct file *f)
{
	/* Never again after EINTR: Linux has freed the number by then, and it
	 * may be somebody else's already (close(2), "Dealing with error
	 * returns"). */
	if (f->fd > STDIN_FILENO && close(f->fd) < 0 && errno != EINTR)
		fail(f, errno);
	f->fd = -1;
	return file_err(f->error_number);
}

/* --- replacing ---------------------------------------------------------------- */

enum err
file_lock(struct file *f, const char *path)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	enum err err = open_as(f, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);

	if (err)
		return err;
	if (fcntl(f->fd, F_OFD_SETLK, &whole) == 0 || (errno != EAGAIN && errno != EACCES))
		return ERR_NONE;
	file_close(f);
	return ERR_AGAIN;
}

enum err
file_sync_dir(const char *path)
{
	struct file dir;
	enum err err;

	err = open_as(&dir, path, O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return err;
	/* Some file systems cannot sync a directory and say EINVAL: theirs is
	 * then as lasting as they make it. */
	if (fsync(dir.fd) < 0 && errno != EINVAL)
		fail(&dir, errno);
	return file_close(&dir);
}

/* The directory of `path` into `to`, which is as large as path. */
static void
directory_of(const char *path, char *to)
{
	const char *slash = strrchr(path, '/');
	size_t count = slash == NULL ? 0 : (size_t)(slash - path);

	if (slash == path)
		count = 1; /* "/x": the root */
	memcpy(to, path, count);
	to[count] = '\0';
	if (count == 0)
		memcpy(to, ".", 2);
}

enum err
file_replace(const char *path, struct slice content, unsigned mode, int *error_number_out)
{
	char tmp[LIMIT_path_bytes_max + 8], dir[LIMIT_path_bytes_max + 8];
	struct file f = { .fd = -1 };
	size_t count = strlen(path);

	if (count == 0 || count >= LIMIT_path_bytes_max) {
		fail(&f, count == 0 ? ENOENT : ENAMETOOLONG);
		goto out;
	}
	memcpy(tmp, path, count);
	memcpy(tmp + count, ".tmp", sizeof ".tmp");
	directory_of(path, dir);
	/* What a crash left behind has perhaps another mode, or is a link. */
	unlink(tmp);
	if (open_as(&f, tmp, O_WRONLY | O_CREAT | O_EXCL, mode) != ERR_NONE)
		goto out;
	file_write(&f, content);
	file_sync(&f);
	if (file_close(&f) == ERR_NONE && rename(tmp, path) < 0)
		fail(&f, errno);
	if (f.error_number != 0) {
		unlink(tmp);
		goto out;
	}
	if (file_sync_dir(dir) != ERR_NONE)
		fail(&f, EIO);
out:
	if (error_number_out != NULL)
		*error_number_out = f.error_number;
	return file_err(f.error_number);
}

/* --- whole files as one slice ------------------------------------------------- */

/* A plain file with something in it, from the present position on. */
static bool
map_plain(struct file *f, size_t size_max, struct file_view *view)
{
	struct stat about;
	off_t at;
	void *map;

	if (fstat(f->fd, &about) < 0 || !S_ISREG(about.st_mode) || about.st_size <= 0)
		return false;
	at = lseek(f->fd, 0, SEEK_CUR);
	if (at < 0 || at >= about.st_size)
		return false;
	if ((uintmax_t)(about.st_size - at) > size_max) {
		fail(f, EFBIG);
		return true;
	}
	map = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, f->fd, 0);
	if (map == MAP_FAILED)
		return false;
	/* Only advice: a kernel that refuses it reads as before. */
	(void)madvise(map, (size_t)about.st_size, MADV_SEQUENTIAL);
	*view = (struct file_view){
		.data = slice_of((char *)map + at, (size_t)(about.st_size - at)),
		.map = map,
		.map_bytes = (size_t)about.st_size,
	};
	return true;
}

/* Reads to the end into memory that doubles: pages nobody filled cost nothing. */
static void
map_read(struct file *f, size_t size_max, struct file_view *view)
{
	void *map = mmap(NULL, map_first_bytes, PROT_READ | PROT_WRITE,
	                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t size = map_first_bytes, count = 0;
	ssize_t got = 1;

	if (map == MAP_FAILED) {
		fail(f, errno);
		return;
	}
	*view = (struct file_view){ .map = map, .map_bytes = size };
	while (got > 0) {
		if (count == size) {
			map = mremap(view->map, size, size * 2, MREMAP_MAYMOVE);
			if (map == MAP_FAILED) {
				fail(f, errno);
				return;
			}
			size *= 2;
			view->map = map;
			view->map_bytes = size;
		}
		got = read_once(f, -1, (char *)view->map + count, size - count);
		if (got > 0)
			count += (size_t)got;
		if (count > size_max) {
			fail(f, EFBIG);
			return;
		}
	}
	view->data = slice_of(view->map, count);
}

enum err
file_map(struct file *f, size_t size_max, struct file_view *view)
{
	*view = (struct file_view){ .map = NULL };
	if (f->error_number == 0 && !map_plain(f, size_max, view))
		map_read(f, size_max, view);
	if (f->error_number != 0)
		file_unmap(view);
	return file_err(f->error_number);
}

void
file_unmap(struct file_view *view)
{
	if (view->map != NULL)
		munmap(view->map, view->map_bytes);
	*view = (struct file_view){ .map = NULL };
}
