/* rest_answer.c - one answer: its body, its refusal, what it says of budgets and pages.
 *
 * Input  status, headers and body from net/http, of the ask that is in the air.
 * Output records; then the ask is done, asked again, or asks for its next page.
 * Limits what a refusal says is read for its reason only; a ban silences the host for as
 *        long as it says, three days at most.
 */
#include "feed/inside.h"
#include "base/num.h"

enum { PAGES_MAX = 20 };

void
rest_on_part(void *context, struct slice part)
{
	struct host *h = context;
	struct feed *f = h->feed;
	const struct ask *a = &f->ask[h->asked];

	f->in_body = true;
	f->body_of = a;
	feed_record(f, rest_place_of(f, a), TAPE_BODY, 0, slice_of(h->path, h->path_count), part);
	f->in_body = false;
	f->body_of = NULL;
}

void
rest_on_http(void *context, struct slice part)
{
	struct host *h = context;
	size_t room = BODY_SMALL_BYTES - h->body.small_count;

	/* Of a refusal only the beginning is read. */
	if (h->http.status != 200) {
		if (part.count > room)
			part.count = room;
		if (part.count == 0)
			return;
	}
	body_feed(&h->body, part);
}

static int64_t
header_number(const struct host *h, const char *name)
{
	int64_t value;

	return num_int64(http_header(&h->http, name), &value) && value >= 0 ? value : -1;
}

static void
read_budget(struct host *h, const struct ask *a)
{
	const struct say_bucket *b = &rest_place_of(h->feed, a)->say->bucket[a->say->bucket];
	int64_t used = b->header != NULL ? header_number(h, b->header) : -1;

	if (used >= 0)
		budget_told(&h->feed->budget[b->shared], used, h->feed->loop->now.wall_ns);
}

static void
next_page(struct feed *f, struct ask *a, struct slice cursor)
{
	size_t count = cursor.count < sizeof a->cursor - 1 ? cursor.count : 0;

	memcpy(a->cursor, cursor.at, count);
	a->cursor[count] = '\0';
	a->in_air = false;
	a->not_before_ns = f->loop->now.mono_ns;
	a->from_id++; /* counts pages where there are no ids */
}

static void
refused(struct host *h, struct ask *a, enum say_trouble trouble)
{
	struct feed *f = h->feed;
	int64_t retry_s = header_number(h, "Retry-After");
	int64_t pause_s = retry_s > 0 ? retry_s : say_trouble_pause_s(trouble);

	if (pause_s > 3 * 86400)
		pause_s = 3 * 86400; /* the longest ban there is */
	rest_log_failure(f, a, h->path, say_trouble_word(trouble), h->http.status);
	if (pause_s > 0) {
		h->not_before_ns = f->loop->now.mono_ns + pause_s * SECONDS;
		h->ends_badly = true;
	}
	feed_trouble(f, rest_place_of(f, a), trouble, h->http.status);
	if (say_trouble_again(trouble))
		rest_again(f, a, trouble == TROUBLE_SERVER || trouble == TROUBLE_STRANGE);
	else
		rest_done(f, a, false);
}

void
rest_answered(struct host *h)
{
	struct feed *f = h->feed;
	struct ask *a = &f->ask[h->asked];
	struct place *p = rest_place_of(f, a);
	enum say_trouble trouble = p->say->trouble(h->http.status, body_head(&h->body));
	struct slice cursor;
	bool good;

	h->served_count++;
	h->tries = 0;
	h->ends_badly = !h->http.keep_alive;
	read_budget(h, a);
	if (trouble != TROUBLE_NONE) {
		h->asked = -1;
		refused(h, a, trouble);
		return;
	}
	good = body_end(&h->body);
	h->asked = -1;
	if (!good) {
		rest_log_failure(f, a, h->path, "broken_body", h->http.status);
		rest_again(f, a, true);
		return;
	}
	feed_trouble(f, p, TROUBLE_NONE, 200);
	cursor = body_cursor(&h->body);
	if (a->say->cursor != NULL && cursor.count > 0 && a->from_id < PAGES_MAX)
		next_page(f, a, cursor);
	else
		rest_done(f, a, true);
}
