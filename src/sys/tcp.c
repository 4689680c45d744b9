/* tcp.c - the few calls of TCP that net/ needs, without waiting.
 *
 * Why    Interruptions, descriptors that leak into children, a loopback port that
 *        connects to itself: known once, here.
 * Limits TCP over IPv4 and IPv6.  An interface of a link-local address cannot be
 *        said; the kernel refuses those without.
 */
#include "sys/tcp.h"
#include "base/check.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static const int keep_idle_s = 30, keep_interval_s = 10, keep_count = 3;

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t
fill(union address *a, int family, const unsigned char *address, uint16_t port)
{
	memset(a, 0, sizeof *a);
	if (family == AF_INET) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons(port);
		memcpy(&a->v4.sin_addr, address, 4);
		return sizeof a->v4;
	}
	ASSERT(family == AF_INET6);
	a->v6.sin6_family = AF_INET6;
	a->v6.sin6_port = htons(port);
	memcpy(&a->v6.sin6_addr, address, 16);
	return sizeof a->v6;
}

int
tcp_connect(int family, const unsigned char *address, uint16_t port)
{
	union address a;
	socklen_t size = fill(&a, family, address, port);
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), failed;

	if (fd < 0)
		return -errno;
	/* One that is interrupted goes on in the background, like EINPROGRESS. */
	if (connect(fd, &a.any, size) == 0 || errno == EINPROGRESS || errno == EINTR)
		return fd;
	/* Errors of the address come as they are; EAGAIN would read as "later", and here
	 * it says that no port of ours is free. */
	failed = errno == EAGAIN ? EADDRNOTAVAIL : errno;
	close(fd);
	return -failed;
}

/* Both ends the same: possible only where the kernel gave us the port we asked. */
static bool
met_itself(const union address *own, const union address *peer)
{
	if (own->any.sa_family != peer->any.sa_family)
		return false;
	if (own->any.sa_family == AF_INET)
		return own->v4.sin_port == peer->v4.sin_port &&
		       own->v4.sin_addr.s_addr == peer->v4.sin_addr.s_addr;
	return own->v6.sin6_port == peer->v6.sin6_port &&
	       memcmp(&own->v6.sin6_addr, &peer->v6.sin6_addr, 16) == 0;
}

int
tcp_connected(int fd)
{
	union address own, peer;
	socklen_t own_size = sizeof own, peer_size = sizeof peer;
	int failed = 0;
	socklen_t size = sizeof failed;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) < 0)
		return errno;
	if (failed != 0)
		return failed;
	memset(&own, 0, sizeof own);
	memset(&peer, 0, sizeof peer);
	if (getpeername(fd, &peer.any, &peer_size) < 0)
		return errno == ENOTCONN ? EINPROGRESS : errno;
	if (getsockname(fd, &own.any, &own_size) < 0)
		return errno;
	return met_itself(&own, &peer) ? ECONNREFUSED : 0;
}

static void
set(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof value);
}

void
tcp_tune(int fd, int unacked_max_ms)
{
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(fd, IPPROTO_TCP, TCP_KEEPIDLE, keep_idle_s);
	set(fd, IPPROTO_TCP, TCP_KEEPINTVL, keep_interval_s);
	set(fd, IPPROTO_TCP, TCP_KEEPCNT, keep_count);
	set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, unacked_max_ms);
}

int64_t
tcp_read(int fd, void *to, size_t size)
{
	ssize_t got;

	do {
		got = recv(fd, to, size, 0);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

int64_t
tcp_write(int fd, struct slice bytes)
{
	ssize_t put;

	do {
		put = send(fd, bytes.at, bytes.count, MSG_NOSIGNAL);
	} while (put < 0 && errno == EINTR);
	return put < 0 ? -errno : put;
}

void
tcp_shut(int fd)
{
	(void)shutdown(fd, SHUT_WR);
}

void
tcp_close(int fd)
{
	/* Linux lets go of the descriptor whatever it answers. */
	(void)close(fd);
}

void
tcp_text(struct text *out, int family, const unsigned char *address, uint16_t port)
{
	char digits[INET6_ADDRSTRLEN];

	ASSERT(family == AF_INET || family == AF_INET6);
	if (inet_ntop(family, address, digits, sizeof digits) == NULL)
		return;
	text_format(out, family == AF_INET6 ? "[%s]:%u" : "%s:%u", digits, (unsigned)port);
}

const char *
tcp_words(int error_number)
{
	switch (error_number) {
	case ECONNREFUSED:
		return "connection refused";
	case ECONNRESET:
	case EPIPE:
		return "connection reset";
	case ETIMEDOUT:
		return "no acknowledgement";
	case ENETUNREACH:
		return "network unreachable";
	case EHOSTUNREACH:
		return "host unreachable";
	case EADDRNOTAVAIL:
		return "no local address or port for it";
	case EMFILE:
	case ENFILE:
		return "no free descriptor";
	case EACCES:
	case EPERM:
		return "not permitted here";
	default:
		return strerror(error_number);
	}
}
