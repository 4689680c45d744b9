/* reply.h - an answer, as the one who answers fills it in, and its head as it is sent.
 *
 * `body` is room that was lent for the length of the call; what does not fit makes the
 * answer a 500.  A status left 0 says that there is no such path.  `content_type` is a
 * literal; NULL is plain text.
 */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

#define REPLY_JSON "application/json"
#define REPLY_TEXT "text/plain; charset=utf-8"

enum { REPLY_HEAD_BYTES_MAX = 512 };

struct reply {
	int status;             /* 200; 0: no such path */
	const char *content_type;
	int retry_after_s;      /* 0: nothing is said of it */
	struct text body;
};

/* Begins the body anew with one sentence and its newline, as plain text. */
void reply_words(struct reply *r, int status, const char *words);

/* The status line and the headers, at most REPLY_HEAD_BYTES_MAX. */
void reply_head(const struct reply *r, bool keep_alive, int64_t wall_ns, struct text *out);
#endif
