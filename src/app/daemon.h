/* daemon.h - asks the daemon that runs, over its socket; for the commands that only
 * look: health, status, top.
 *
 * The daemon answers HTTP/1.1 on data.dir/tidewatch.sock; the paths and their answers
 * are in http/README.md.  Blocking, with a deadline.
 */
#ifndef APP_DAEMON_H
#define APP_DAEMON_H
#include "base/err.h"
#include "base/slice.h"
#include <stddef.h>

enum { DAEMON_BODY_BYTES_MAX = 1 << 20 };

/* Name of the socket in data.dir. */
#define DAEMON_SOCKET "tidewatch.sock"

struct daemon {
	int fd;                /* -1: not connected; kept over several questions */
	char path[108];        /* of the socket */
	char body[DAEMON_BODY_BYTES_MAX]; /* of the last answer */
	size_t body_count;
	int status;            /* HTTP status of the last answer; 0: none came */
	char trouble[256];     /* a sentence when a question failed: what and where */
};

/* "DATA_DIR/tidewatch.sock"; ERR_CONFIG when that is longer than a socket's name. */
enum err daemon_init(struct daemon *d, const char *data_dir);

/* GET `target` ("/livez").  ERR_NONE when an answer came, whatever its status.
 * ERR_UNAVAILABLE: nobody runs there, or no answer in time. */
enum err daemon_get(struct daemon *d, const char *target, int timeout_ms);

struct slice daemon_body(const struct daemon *d);

void daemon_close(struct daemon *d);
#endif
