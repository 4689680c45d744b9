/* answer.c - what the local server answers: is it alive, is it ready, how is it.
 *
 * Paths and their answers are a contract; http/README.md has the table.
 */
#include "app/status.h"

enum { WHY_BYTES = 1024 };

static void
answer_ready(const struct live *l, struct reply *reply)
{
	char room[WHY_BYTES];
	struct text why = text_init(room, sizeof room - 1);
	bool ready = status_is_ready(l, &why);

	room[why.count] = '\0';
	reply_words(reply, ready ? 200 : 503, ready ? "ready" : room);
}

static void
answer_front(struct reply *reply)
{
	reply->status = 200;
	text_str(&reply->body, "tidewatch\n\n"
	         "/livez        200 while the loop turns\n"
	         "/readyz       200 when every venue is followed, else 503 and why\n"
	         "/status.json  everything about this run\n"
	         "/metrics      the same for a metrics collector\n");
}

void
live_answer(void *context, const struct request *request, struct now now,
            struct reply *reply)
{
	const struct live *l = context;

	(void)now;
	if (slice_is(request->path, "/livez")) {
		reply_words(reply, 200, "ok");
	} else if (slice_is(request->path, "/readyz")) {
		answer_ready(l, reply);
	} else if (slice_is(request->path, "/status.json")) {
		reply->status = 200;
		reply->content_type = REPLY_JSON;
		status_json(l, &reply->body);
	} else if (slice_is(request->path, "/metrics")) {
		reply->status = 200;
		reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
		metrics_text(l, &reply->body);
	} else if (slice_is(request->path, "/")) {
		answer_front(reply);
	}
}
