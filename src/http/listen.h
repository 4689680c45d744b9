/* listen.h - sockets that wait for others: a TCP address, and a file of ours.
 *
 * The file is data.dir/tidewatch.sock.  It stays behind when a daemon is killed; whether
 * somebody still answers there is told by a lock on PATH.lock, which ends with its
 * process, and by trying.  A dead one is replaced, a live one is left alone.  Its mode
 * is 0600 before anybody can connect.
 *
 * What failed is told as a sentence with its cure.
 */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H
#include "base/err.h"
#include "base/text.h"
#include "sys/file.h"
#include "http/gate.h"
#include <stdint.h>

enum { LISTEN_PATH_BYTES = 108 }; /* of a unix socket's name, with its closing zero */

/* `host` is digits of an address, or localhost, which is 127.0.0.1.  Port 0 lets the
 * kernel choose; port_out says which it is. */
enum err listen_tcp(const char *host, uint16_t port, int *fd_out, uint16_t *port_out,
                    struct text *trouble);

/* Is it an address that only this machine can reach? */
bool listen_is_loopback(const char *host);

struct listen_unix {
	int fd;                 /* -1: not open */
	struct file lock;       /* held as long as the socket */
	uint64_t device, inode; /* of the file we made */
	char path[LISTEN_PATH_BYTES];
};

enum err listen_unix_open(struct listen_unix *u, const char *path, struct text *trouble);

/* Removes the file, if it is still ours.  The lock's file stays, as removing it would
 * let two daemons hold one each. */
void listen_unix_close(struct listen_unix *u);

/* The next connection, which never waits, or a negative errno; -EAGAIN: there is none. */
int listen_accept(int fd);

/* By which address of ours it came in. */
void listen_way(int fd, bool is_unix, struct gate_way *way);
#endif
