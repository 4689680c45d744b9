/* gate.h - may this request be answered?  Host, Origin and token.  Pure.
 *
 * A page of anybody, open in a browser on this machine, can make that browser ask
 * 127.0.0.1, and by changing what its own name resolves to (DNS rebinding) read the
 * answer.  Such a request names that page's host: what was not sent to localhost, to a
 * loopback address or to the address it came in by is refused, and so is an Origin
 * that is not the Host.
 *
 * With a token set all but /livez and /readyz must show it as "Authorization: Bearer
 * TOKEN".  Who shows it may call us by any name: no page knows it.
 *
 * A unix socket is guarded by the file's mode; nothing is asked there.
 */
#ifndef HTTP_GATE_H
#define HTTP_GATE_H
#include "http/request.h"
#include <stdbool.h>
#include <stddef.h>

enum { GATE_TOKEN_BYTES = 513 }; /* with its closing zero */

struct gate {
	size_t token_count;     /* 0: none is asked for */
	char token[GATE_TOKEN_BYTES];
};

/* How a connection came in. */
struct gate_way {
	bool is_unix;
	size_t own_count;       /* bytes of our address on it: 4 or 16 */
	unsigned char own[16];  /* in network order */
};

/* False: the token is too long, or cannot stand in a header. */
bool gate_init(struct gate *g, const char *token);

/* 0: yes.  Else the status to answer and the sentence.  `r` is DONE. */
int gate_judge(const struct gate *g, const struct gate_way *way, const struct request *r,
               const char **words_out);
#endif
