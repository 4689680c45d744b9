/* tcp.h - TCP sockets that never wait.
 *
 * An address is its family and its bytes in network order (4 or 16), a port is a
 * number.  What failed is a negative errno: -EAGAIN means "not now", and whoever
 * watches the descriptor is told when.  tcp_words says an errno for a person.
 */
#ifndef SYS_TCP_H
#define SYS_TCP_H
#include "base/slice.h"
#include "base/text.h"
#include <stdint.h>

/* Begins to connect: the descriptor (watch it for LOOP_WRITE, then ask
 * tcp_connected), or a negative errno. */
int tcp_connect(int family, const unsigned char *address, uint16_t port);

/* 0: connected.  EINPROGRESS: not yet.  Else the errno why not, and the descriptor is
 * of no more use.  A socket that met itself (the kernel chose the port that it was to
 * connect to, and nobody listens there) is ECONNREFUSED. */
int tcp_connected(int fd);

/* Small messages go at once.  A peer that answers no probe within about
 * 30 + 3 * 10 s, or leaves our bytes unacknowledged for unacked_max_ms, is gone:
 * reading says ETIMEDOUT.  A kernel that knows an option not goes without. */
void tcp_tune(int fd, int unacked_max_ms);

/* Bytes; 0: the peer will send no more; or a negative errno. */
int64_t tcp_read(int fd, void *to, size_t size);

/* Bytes that the kernel took, 0 to bytes.count, or a negative errno. */
int64_t tcp_write(int fd, struct slice bytes);

/* Says that we send no more. */
void tcp_shut(int fd);
void tcp_close(int fd);

/* "192.0.2.7:443", "[2001:db8::1]:443" */
void tcp_text(struct text *out, int family, const unsigned char *address, uint16_t port);

const char *tcp_words(int error_number);
#endif
