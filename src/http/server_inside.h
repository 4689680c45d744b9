/* server_inside.h - what server.c and server_conn.c know of each other, and nobody else. */
#ifndef HTTP_SERVER_INSIDE_H
#define HTTP_SERVER_INSIDE_H
#include "http/server.h"

/* A rest of this size waits with its connection. */
enum { SERVER_SMALL_BYTES = 4096 };

enum server_state {
	SERVER_FREE,
	SERVER_IDLE,   /* nothing of a request has come */
	SERVER_HEAD,   /* a part of one, or several */
	SERVER_ANSWER, /* the peer has to read */
	SERVER_LINGER, /* all is said; what the peer still sends is thrown away */
	SERVER_STATE_COUNT
};

struct server_conn {
	struct server *server;
	struct server_port *port;
	int fd;
	uint64_t handle;
	uint8_t state;          /* enum server_state */
	uint8_t want;           /* what the loop was asked for */
	bool keep_alive;        /* behind the answer under way */
	bool has_ended;         /* the peer sends no more */
	int64_t entered_ns;     /* this state */
	int64_t deadline_ns;
	struct gate_way way;
	const char *out;        /* what is still to be sent */
	size_t out_count;
	int queued_bytes;       /* that the kernel held for the peer when it last took some */
	uint32_t lent;          /* where it lies: index of server.out + 1; 0: in `small` */
	size_t thrown_bytes;
	char small[SERVER_SMALL_BYTES];
	struct request request;
};

/* --- of server.c ---------------------------------------------------------------- */

/* A place became free, or might. */
void server_resume(struct server *s);

/* --- of server_conn.c ----------------------------------------------------------- */

/* `c` is SERVER_FREE; the descriptor is its own from here on. */
void server_conn_begin(struct server_conn *c, struct server_port *port, int fd, struct now now);
void server_conn_close(struct server_conn *c);

/* Its deadline has passed. */
void server_conn_late(struct server_conn *c, struct now now);

/* May its place be given to somebody else? */
bool server_conn_is_idle(const struct server_conn *c, struct now now);
#endif
