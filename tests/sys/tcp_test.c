/* Goal: calls on sockets never wait, and say what happened in one way.
 * Method: pairs on loopback; each end closed, reset, filled; a socket that is made to
 * meet itself. */
#include "sys/tcp.h"
#include "check.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const unsigned char loopback[4] = { 127, 0, 0, 1 };

static uint16_t
port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t size = sizeof a;

	CHECK(getsockname(fd, (void *)&a, &size) == 0);
	return ntohs(a.sin_port);
}

static int
listening(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(bind(fd, (void *)&a, sizeof a) == 0);
	CHECK(listen(fd, 8) == 0);
	return fd;
}

static void
wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	CHECK(poll(&p, 1, 3000) == 1);
}

static int
pair(int listener, int *peer)
{
	int fd = tcp_connect(AF_INET, loopback, port_of(listener));

	CHECK(fd >= 0);
	wait_writable(fd);
	CHECK(tcp_connected(fd) == 0);
	*peer = accept(listener, NULL, NULL);
	CHECK(*peer >= 0);
	return fd;
}

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof value;

	CHECK(getsockopt(fd, level, name, &value, &size) == 0);
	return value;
}

static void
bytes_and_their_end(void)
{
	int listener = listening(), peer, fd = pair(listener, &peer);
	char text[8];

	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(tcp_read(fd, text, sizeof text) == -EAGAIN);
	CHECK(tcp_write(fd, SLICE("hello")) == 5);
	CHECK(read(peer, text, sizeof text) == 5);
	CHECK(write(peer, "abc", 3) == 3);
	usleep(1000);
	CHECK(tcp_read(fd, text, sizeof text) == 3);
	/* We end: the peer hears it and may still speak. */
	tcp_shut(fd);
	CHECK(read(peer, text, sizeof text) == 0);
	CHECK(write(peer, "z", 1) == 1);
	close(peer);
	usleep(1000);
	CHECK(tcp_read(fd, text, sizeof text) == 1);
	CHECK(tcp_read(fd, text, sizeof text) == 0);
	CHECK(tcp_read(fd, text, sizeof text) == 0);
	tcp_close(fd);
	close(listener);
}

static void
a_reset_is_an_error_and_no_signal(void)
{
	int listener = listening(), peer, fd = pair(listener, &peer);
	struct linger now = { .l_onoff = 1 };
	char byte;
	int64_t put;

	CHECK(setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
	close(peer);
	usleep(1000);
	CHECK(tcp_read(fd, &byte, 1) == -ECONNRESET);
	put = tcp_write(fd, SLICE("x")); /* SIGPIPE would end the test */
	CHECK(put == -EPIPE || put == -ECONNRESET);
	CHECK_TEXT(tcp_words((int)-put), "connection reset");
	tcp_close(fd);
	close(listener);
}

static void
a_full_socket_says_later(void)
{
	int listener = listening(), peer, fd = pair(listener, &peer);
	static char block[65536];
	int64_t put = 0, total = 0;

	while ((put = tcp_write(fd, slice_of(block, sizeof block))) > 0)
		total += put;
	CHECK(put == -EAGAIN);
	CHECK(total > 0);
	tcp_close(fd);
	close(peer);
	close(listener);
}

static void
options_are_set(void)
{
	int listener = listening(), peer, fd = pair(listener, &peer);

	tcp_tune(fd, 12345);
	CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
	CHECK(option(fd, SOL_SOCKET, SO_KEEPALIVE) != 0);
	CHECK(option(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 30);
	CHECK(option(fd, IPPROTO_TCP, TCP_KEEPINTVL) == 10);
	CHECK(option(fd, IPPROTO_TCP, TCP_KEEPCNT) == 3);
	CHECK(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT) == 12345);
	tcp_close(fd);
	close(peer);
	close(listener);
}

static void
what_cannot_connect_says_why(void)
{
	static const unsigned char link_local[16] = { 0xfe, 0x80, [15] = 1 };
	int listener = listening(), fd, failed;
	uint16_t port = port_of(listener);
	struct rlimit limit, none;

	close(listener);
	fd = tcp_connect(AF_INET, loopback, port);
	CHECK(fd >= 0 || fd == -ECONNREFUSED);
	if (fd >= 0) {
		wait_writable(fd);
		CHECK(tcp_connected(fd) == ECONNREFUSED);
		tcp_close(fd);
	}
	CHECK(tcp_connect(AF_INET6, link_local, 9) < 0); /* of which interface? */
	fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(tcp_connected(fd) == EINPROGRESS); /* never begun */
	close(fd);
	CHECK(tcp_connected(fd) == EBADF);
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = limit;
	none.rlim_cur = 0;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	failed = tcp_connect(AF_INET, loopback, port);
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHECK(failed == -EMFILE);
	CHECK_TEXT(tcp_words(-failed), "no free descriptor");
}

/* The kernel may choose as our own port the one that we connect to: then a socket is
 * connected to itself, and hears what it says.  Done here on purpose. */
static void
a_socket_that_meets_itself_is_refused(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(bind(fd, (void *)&a, sizeof a) == 0);
	a.sin_port = htons(port_of(fd));
	CHECK(connect(fd, (void *)&a, sizeof a) == 0);
	CHECK(tcp_connected(fd) == ECONNREFUSED);
	close(fd);
}

static void
addresses_have_one_spelling(void)
{
	static const struct { const char *address; int family; uint16_t port; const char *text; }
	row[] = {
		{ "192.0.2.7", AF_INET, 443, "192.0.2.7:443" },
		{ "2001:db8::1", AF_INET6, 65535, "[2001:db8::1]:65535" },
		{ "::ffff:192.0.2.7", AF_INET6, 0, "[::ffff:192.0.2.7]:0" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		unsigned char bytes[16];
		char text[64];
		struct text t = text_init(text, sizeof text - 1);

		CHECK(inet_pton(row[i].family, row[i].address, bytes) == 1);
		tcp_text(&t, row[i].family, bytes, row[i].port);
		text[t.count] = '\0';
		CHECK_TEXT(text, row[i].text);
	}
	CHECK_TEXT(tcp_words(ETIMEDOUT), "no acknowledgement");
	CHECK_TEXT(tcp_words(EHOSTUNREACH), "host unreachable");
	CHECK(tcp_words(EINVAL)[0] != '\0');
}

int
main(void)
{
	bytes_and_their_end();
	a_reset_is_an_error_and_no_signal();
	a_full_socket_says_later();
	options_are_set();
	what_cannot_connect_says_why();
	a_socket_that_meets_itself_is_refused();
	addresses_have_one_spelling();
	return CHECK_END("tcp");
}
