/* listen.c - binds, tells why not, and takes what comes; see the header.
 *
 * Why    A port that is taken and a daemon that runs already are the two faults that
 *        everybody meets; both are found at start, and told with their cure.
 * Limits The lock is advisory and local: two machines that share a data.dir over a
 *        network whose locks do not work are not told apart from one.
 */
#include "http/listen.h"
#include "base/check.h"
#include "base/reach.h"
#include "sys/file.h"
#include "sys/tcp.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG_COUNT = 64 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Its size; 0: not digits of an address. */
static socklen_t
read_address(const char *host, uint16_t port, union address *a)
{
	memset(a, 0, sizeof *a);
	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons(port);
		return sizeof a->v4;
	}
	if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons(port);
		return sizeof a->v6;
	}
	return 0;
}

bool
listen_is_loopback(const char *host)
{
	union address a;

	if (read_address(host, 0, &a) == 0)
		return false;
	if (a.any.sa_family == AF_INET)
		return reach_of((const unsigned char *)&a.v4.sin_addr, 4) == REACH_LOOPBACK;
	return reach_of(a.v6.sin6_addr.s6_addr, 16) == REACH_LOOPBACK;
}

static enum err
tell_tcp(int error_number, struct text *trouble)
{
	switch (error_number) {
	case EADDRINUSE:
		text_str(trouble, "another program has this port: end it (ss -ltnp shows which "
		                  "it is), or choose another http.listen");
		return ERR_UNAVAILABLE;
	case EADDRNOTAVAIL:
		text_str(trouble, "this machine does not have that address: choose one that "
		                  "`ip address` shows, or 127.0.0.1");
		return ERR_CONFIG;
	case EAFNOSUPPORT:
		text_str(trouble, "this machine does not speak that kind of address: use "
		                  "127.0.0.1");
		return ERR_CONFIG;
	case EACCES:
	case EPERM:
		text_str(trouble, "not permitted: ports below 1024 need a privilege; choose a "
		                  "higher one");
		return ERR_PERMISSION;
	default:
		text_str(trouble, tcp_words(error_number));
		return ERR_UNAVAILABLE;
	}
}

static uint16_t
port_of(int fd)
{
	union address a;
	socklen_t size = sizeof a;

	memset(&a, 0, sizeof a);
	if (getsockname(fd, &a.any, &size) < 0)
		return 0;
	return ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
}

enum err
listen_tcp(const char *host, uint16_t port, int *fd_out, uint16_t *port_out,
           struct text *trouble)
{
	const int on = 1, off = 0;
	union address a;
	socklen_t size = read_address(host, port, &a);
	int fd, failed;

	*fd_out = -1;
	text_format(trouble, strchr(host, ':') != NULL ? "http.listen [%s]:%u: "
	                                               : "http.listen %s:%u: ",
	            host, (unsigned)port);
	if (size == 0) {
		text_str(trouble, "is no address, such as 127.0.0.1");
		return ERR_CONFIG;
	}
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tell_tcp(errno, trouble);
	/* Connections of the last run that the kernel still remembers do not hinder the
	 * next one; a program that listens there does. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	/* :: is all addresses of both families, whatever the machine's default says. */
	if (a.any.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, &a.any, size) < 0 || listen(fd, BACKLOG_COUNT) < 0) {
		failed = errno;
		close(fd);
		return tell_tcp(failed, trouble);
	}
	trouble->count = 0;
	*fd_out = fd;
	*port_out = port_of(fd);
	return ERR_NONE;
}

/* --- the file ------------------------------------------------------------------- */

static enum err
tell_file(const char *path, const char *more, int error_number, struct text *trouble)
{
	text_format(trouble, "%s%s: %s", path, more, strerror(error_number));
	if (error_number == EACCES || error_number == EPERM)
		text_str(trouble, "; data.dir belongs to another user, or was used by one: run as "
		                  "that user, or remove the file");
	if (error_number == ENOENT)
		text_str(trouble, "; is data.dir there?");
	return file_err(error_number);
}

static enum err
tell_live(const char *path, struct text *trouble)
{
	text_format(trouble, "%s: a tidewatch runs already with this data.dir: end it first, or "
	                     "give this one another data.dir", path);
	return ERR_UNAVAILABLE;
}

/* Ours until this process ends, however it ends. */
static enum err
lock(struct listen_unix *u, struct text *trouble)
{
	char path[LISTEN_PATH_BYTES + 8];
	struct text name = text_init(path, sizeof path);
	enum err err;

	text_format(&name, "%s.lock", u->path);
	ASSERT(!name.cut);
	err = file_lock(&u->lock, path);
	if (err == ERR_AGAIN)
		return tell_live(u->path, trouble);
	if (err)
		return tell_file(u->path, ".lock", u->lock.error_number, trouble);
	return ERR_NONE; /* where there are no locks, trying alone has to do */
}

static void
fill(struct sockaddr_un *a, const char *path)
{
	memset(a, 0, sizeof *a);
	a->sun_family = AF_UNIX;
	memcpy(a->sun_path, path, strlen(path) + 1);
}

/* What stands at the path goes, if it is a socket that nobody answers. */
static enum err
clear_path(const struct listen_unix *u, struct text *trouble)
{
	struct sockaddr_un a;
	struct stat st;
	int fd, failed = 0;

	if (lstat(u->path, &st) < 0)
		return errno == ENOENT ? ERR_NONE : tell_file(u->path, "", errno, trouble);
	if (!S_ISSOCK(st.st_mode)) {
		text_format(trouble, "%s: is there and is no socket; remove it, or choose another "
		                     "data.dir", u->path);
		return ERR_CREATE;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tell_file(u->path, "", errno, trouble);
	fill(&a, u->path);
	if (connect(fd, (const struct sockaddr *)&a, sizeof a) < 0)
		failed = errno;
	close(fd);
	/* EAGAIN: so many wait there that we would have to. */
	if (failed == 0 || failed == EAGAIN)
		return tell_live(u->path, trouble);
	if (failed != ECONNREFUSED)
		return tell_file(u->path, "", failed, trouble);
	if (unlink(u->path) < 0 && errno != ENOENT)
		return tell_file(u->path, "", errno, trouble);
	return ERR_NONE;
}

static enum err
bind_path(struct listen_unix *u, struct text *trouble)
{
	struct sockaddr_un a;
	struct stat st;

	fill(&a, u->path);
	u->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (u->fd < 0 || bind(u->fd, (const struct sockaddr *)&a, sizeof a) < 0)
		return tell_file(u->path, "", errno, trouble);
	/* The umask is the whole process's, so it is left alone: until somebody listens
	 * the file is of no use, whatever its mode. */
	if (chmod(u->path, 0600) < 0 || lstat(u->path, &st) < 0 || listen(u->fd, BACKLOG_COUNT) < 0)
		return tell_file(u->path, "", errno, trouble);
	u->device = (uint64_t)st.st_dev;
	u->inode = (uint64_t)st.st_ino;
	return ERR_NONE;
}

enum err
listen_unix_open(struct listen_unix *u, const char *path, struct text *trouble)
{
	enum err err;

	memset(u, 0, sizeof *u);
	u->fd = u->lock.fd = -1;
	if (!slice_copy(slice_str(path), u->path, sizeof u->path)) {
		text_format(trouble, "data.dir is too long: %s has %zu bytes, and the name of a "
		                     "socket at most %d", path, strlen(path), LISTEN_PATH_BYTES - 1);
		return ERR_CONFIG;
	}
	err = lock(u, trouble);
	if (err == ERR_NONE)
		err = clear_path(u, trouble);
	if (err == ERR_NONE)
		err = bind_path(u, trouble);
	if (err != ERR_NONE)
		listen_unix_close(u);
	return err;
}

void
listen_unix_close(struct listen_unix *u)
{
	struct stat st;

	if (u->inode != 0 && lstat(u->path, &st) == 0 && (uint64_t)st.st_dev == u->device &&
	    (uint64_t)st.st_ino == u->inode)
		(void)unlink(u->path);
	if (u->fd >= 0)
		close(u->fd);
	file_close(&u->lock);
	u->fd = -1;
	u->inode = 0;
}

/* --- what comes ----------------------------------------------------------------- */

int
listen_accept(int fd)
{
	int got;

	do {
		got = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

void
listen_way(int fd, bool is_unix, struct gate_way *way)
{
	union address a;
	socklen_t size = sizeof a;

	memset(way, 0, sizeof *way);
	way->is_unix = is_unix;
	memset(&a, 0, sizeof a);
	if (is_unix || getsockname(fd, &a.any, &size) < 0)
		return;
	if (a.any.sa_family == AF_INET) {
		way->own_count = 4;
		memcpy(way->own, &a.v4.sin_addr, 4);
	} else if (a.any.sa_family == AF_INET6) {
		way->own_count = 16;
		memcpy(way->own, &a.v6.sin6_addr, 16);
	}
}
