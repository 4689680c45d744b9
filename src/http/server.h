/* server.h - the daemon's own small HTTP/1.1 server: GET and HEAD, answers at once.
 *
 *   TCP address ─┐                 ┌─> gate (Host, Origin, token) ─> handler ─> reply
 *   unix socket ─┴─> connection ───┴─< bytes, as fast as the peer reads
 *
 * A handler writes its whole answer during the call, into room that is lent for it.
 * What the kernel does not take at once waits: a small rest with its connection, a
 * large one in the room itself, of which there are out_count_max.  When all of them
 * wait for slow readers the next large answer is a 503 with Retry-After; small ones are
 * answered whatever happens, so that a probe never fails because of a slow reader.
 *
 * Everything a peer can do has an end: see the table of states in server_conn.c.  When
 * all places are taken the one that has asked nothing for the longest time goes; when
 * all of them ask, who comes waits in the kernel's queue.  The unix socket has places
 * of its own.
 *
 * All memory is taken at open.  One request of a connection is answered per turn.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H
#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "http/listen.h"
#include "http/reply.h"
#include "http/request.h"
#include "sys/loop.h"
#include <stdint.h>

enum {
	SERVER_UNIX_COUNT = 4,      /* places of the unix socket */
	SERVER_TROUBLE_BYTES = 512,
};

/* What the loop needs for it, besides one timer. */
#define SERVER_WATCHERS(connection_count_max) ((connection_count_max) + SERVER_UNIX_COUNT + 2)

/* `request` and the reply's room are valid during the call.  It must not close the
 * server. */
typedef void server_handler(void *context, const struct request *request, struct now now,
                            struct reply *reply);

struct server_options {
	const char *listen_host;    /* "127.0.0.1"; "": no TCP */
	uint16_t listen_port;       /* 0: the kernel chooses */
	const char *unix_path;      /* "": no unix socket */
	const char *token;          /* "": none is asked for */
	uint32_t connection_count_max; /* of TCP; such as 16 */
	uint32_t out_count_max;     /* large answers that may wait; such as 3 */
	size_t out_bytes_max;       /* of the largest answer */
};

struct server_stats {
	uint64_t accepted_count;
	uint64_t request_count;     /* read whole; those refused at the gate too */
	uint64_t answered_count;    /* sent to their end, whatever their status */
	uint64_t refused_count;     /* no good request: 400, 405, 413, 414, 431, 505 */
	uint64_t forbidden_count;   /* 401, 403 */
	uint64_t late_count;        /* no whole request in time: 408 */
	uint64_t stalled_count;     /* did not read their answer in time: dropped */
	uint64_t evicted_count;     /* idle, and their place was needed */
	uint64_t full_count;        /* times that nobody could be let in */
	uint64_t busy_count;        /* 503: too many large answers waited */
	uint64_t too_long_count;    /* 500: an answer did not fit */
	uint64_t accept_failed_count; /* no descriptor, no watcher */
	uint64_t sent_bytes;
};

struct server {
	struct loop *loop;
	struct log *log;
	server_handler *handler;
	void *context;
	struct gate gate;
	struct server_port {        /* [0] TCP, [1] unix */
		struct server *server;
		int fd;             /* -1: none */
		uint64_t handle;
		bool paused;        /* until resume_ns, or until a place is free */
		int64_t resume_ns;
	} port[2];
	struct listen_unix file;
	uint16_t tcp_port;          /* as bound */
	struct server_conn *conn;   /* [conn_count_max]; the first are those of TCP */
	uint32_t conn_count_max, tcp_count_max;
	uint32_t open_count;
	struct server_out { char *at; bool is_lent; } *out; /* [out_count], one of them free */
	uint32_t out_count, out_lent_count;
	size_t out_bytes_max;
	uint64_t timer;
	struct server_stats stats;
	char trouble[SERVER_TROUBLE_BYTES]; /* why it did not open: a sentence with its cure */
};

/* ERR_CONFIG: an address beyond loopback without a token, among others.  ERR_FULL: no
 * room in the arena or the loop.  Nothing stays open then.  Texts are copied; the
 * rest is kept.  `log` may be NULL. */
enum err server_open(struct server *s, const struct server_options *options,
                     struct loop *loop, server_handler *handler, void *context,
                     struct arena *boot, struct log *log);

/* What is under way is cut.  One that did not open is fine. */
void server_close(struct server *s);
#endif
