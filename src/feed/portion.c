/* portion.c - what a link says: subscriptions in portions, one in the air at a time.
 *
 * Why    Venues limit topics a message and messages a second, and some refuse a whole
 *        message for one bad topic without saying which message it was.  With one in the
 *        air an answer can only mean that one.
 * Does   Leaving goes first, so that a link at its limit has room for what comes.  When
 *        the refusal names a topic, that one is out and the rest is sent again; else each
 *        goes alone.  A topic that is refused alone stays out until the next connection.
 */
#include "feed/inside.h"

static struct place *
place_of(const struct link *l)
{
	return feed_place_of(l->feed, l->group);
}

static bool
topic_text(const struct link *l, const struct topic *t, struct text *out)
{
	return say_topic(place_of(l)->say, t->stream,
	                 t->instrument != 0 ? &l->feed->table->at[t->instrument] : NULL, out);
}

static bool
leaves(const struct topic *t, int side)
{
	return t->state[side] == TOPIC_ON && (!t->wanted || t->again[side] == AGAIN_LEAVE);
}

static bool
comes(const struct topic *t, int side)
{
	return t->state[side] == TOPIC_OFF && t->wanted;
}

/* Those to leave, or those to come; 0: none. */
static int
gather(struct link *l, bool subscribe, uint32_t id, struct text *out)
{
	struct feed *f = l->feed;
	const struct venue_say *say = place_of(l)->say;
	int count = 0;
	bool alone = false;

	say->opening(out, subscribe, id);
	for (uint32_t i = 1; i < f->plan.topic_count; i++) {
		struct topic *t = &f->plan.topic[i];
		char memory[LIMIT_topic_bytes];
		struct text topic = text_init(memory, sizeof memory);

		if (!t->used || t->group != l->group)
			continue;
		if (subscribe ? !comes(t, l->side) : !leaves(t, l->side))
			continue;
		if (t->alone[l->side] && count > 0)
			continue;
		if (!topic_text(l, t, &topic)) {
			t->state[l->side] = TOPIC_REFUSED;
			continue;
		}
		if (count > 0)
			text_char(out, ',');
		text_json(out, text_slice(&topic));
		t->state[l->side] = subscribe ? TOPIC_ASKED : TOPIC_LEAVING;
		count++;
		alone = t->alone[l->side];
		if (alone || count == say->topics_per_message_max)
			break;
	}
	say->closing(out, id);
	return count;
}

static void
undo(struct link *l)
{
	for (uint32_t i = 1; i < l->feed->plan.topic_count; i++) {
		struct topic *t = &l->feed->plan.topic[i];

		if (!t->used || t->group != l->group)
			continue;
		if (t->state[l->side] == TOPIC_ASKED)
			t->state[l->side] = TOPIC_OFF;
		else if (t->state[l->side] == TOPIC_LEAVING)
			t->state[l->side] = TOPIC_ON;
	}
}

static bool
has_more(const struct link *l)
{
	const struct plan *p = &l->feed->plan;

	for (uint32_t i = 1; i < p->topic_count; i++)
		if (p->topic[i].used && p->topic[i].group == l->group &&
		    (leaves(&p->topic[i], l->side) || comes(&p->topic[i], l->side)))
			return true;
	return false;
}

bool
portion_step(struct link *l)
{
	struct feed *f = l->feed;
	struct text out = text_init(f->portion, f->portion_size);
	int64_t now_ns = f->loop->now.mono_ns;
	int count;

	if (l->asked_id != 0)
		return false;
	if (f->plan.group[l->group].changed[l->side] && !has_more(l))
		f->plan.group[l->group].changed[l->side] = false;
	if (!f->plan.group[l->group].changed[l->side])
		return true;
	if (now_ns < l->send_next_ns)
		return false;
	f->portion_id = f->portion_id == INT32_MAX ? 1 : f->portion_id + 1;
	count = gather(l, false, f->portion_id, &out);
	if (count == 0) {
		out = text_init(f->portion, f->portion_size);
		count = gather(l, true, f->portion_id, &out);
	}
	if (count == 0) {
		f->plan.group[l->group].changed[l->side] = false;
		return true;
	}
	l->send_next_ns = now_ns + place_of(l)->say->message_gap_ms * MS;
	if (out.cut || ws_send_text(l->ws, text_slice(&out)) != ERR_NONE) {
		undo(l);
		return false;
	}
	l->asked_id = f->portion_id;
	l->asked_ns = now_ns;
	return false;
}

/* Is the topic named in the text, and not only as the beginning of another? */
static bool
is_named(struct slice text, struct slice topic)
{
	while (text.count >= topic.count) {
		const char *at = memmem(text.at, text.count, topic.at, topic.count);
		size_t behind;
		char c;

		if (at == NULL)
			return false;
		behind = (size_t)(at - text.at) + topic.count;
		c = behind < text.count ? text.at[behind] : ' ';
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      c == '-' || c == '_' || c == '@' || c == '.'))
			return true;
		text = slice_after(text, behind);
	}
	return false;
}

static void
tell_resubscribed(struct link *l, struct slice topic)
{
	struct place *p = place_of(l);

	/* Whoever merges deltas forgets all of the link at this word; where there are
	 * deltas the stream's own new snapshot is enough. */
	if (p->venue->state_bytes == NULL || p->venue->state_bytes(1) == 0)
		feed_record(l->feed, p, TAPE_LINK, link_number(l), SLICE("resubscribed"), topic);
}

static void
acknowledge(struct link *l)
{
	struct feed *f = l->feed;

	for (uint32_t i = 1; i < f->plan.topic_count; i++) {
		struct topic *t = &f->plan.topic[i];

		if (!t->used || t->group != l->group)
			continue;
		if (t->state[l->side] == TOPIC_ASKED) {
			t->state[l->side] = TOPIC_ON;
			t->on_ns[l->side] = f->loop->now.mono_ns;
			t->alone[l->side] = false;
			t->print_count = 0;
			if (t->again[l->side] == AGAIN_COME) {
				char memory[LIMIT_topic_bytes];
				struct text topic = text_init(memory, sizeof memory);

				t->again[l->side] = AGAIN_NO;
				if (topic_text(l, t, &topic))
					tell_resubscribed(l, text_slice(&topic));
			}
		} else if (t->state[l->side] == TOPIC_LEAVING) {
			t->state[l->side] = TOPIC_OFF;
			if (t->again[l->side] == AGAIN_LEAVE)
				t->again[l->side] = AGAIN_COME;
		}
	}
}

static void
log_refusal(struct link *l, struct slice topic, struct slice text)
{
	struct feed *f = l->feed;

	log_begin(f->log, f->loop->now.wall_ns, LOG_WARN, "stream refused");
	log_text(f->log, "venue", slice_str(place_of(l)->venue->name));
	log_int(f->log, "link", link_number(l));
	log_text(f->log, "stream", topic);
	log_text(f->log, "answer", slice_of(text.at, text.count < 200 ? text.count : 200));
	log_end(f->log);
}

static void
refuse(struct link *l, struct slice text)
{
	struct feed *f = l->feed;
	uint32_t count = 0, named_count = 0;

	/* Two passes: who is named decides what happens to the others. */
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 1; i < f->plan.topic_count; i++) {
			struct topic *t = &f->plan.topic[i];
			char memory[LIMIT_topic_bytes];
			struct text topic = text_init(memory, sizeof memory);
			bool named;

			if (!t->used || t->group != l->group)
				continue;
			if (pass == 0 && t->state[l->side] == TOPIC_LEAVING) {
				/* Not there to be left: that is what we wanted. */
				t->state[l->side] = TOPIC_OFF;
				if (t->again[l->side] == AGAIN_LEAVE)
					t->again[l->side] = AGAIN_COME;
			}
			if (t->state[l->side] != TOPIC_ASKED)
				continue;
			named = topic_text(l, t, &topic) && is_named(text, text_slice(&topic));
			if (pass == 0) {
				count++;
				named_count += named;
				continue;
			}
			if (named || count == 1) {
				t->state[l->side] = TOPIC_REFUSED;
				log_refusal(l, text_slice(&topic), text);
			} else {
				t->state[l->side] = TOPIC_OFF;
				t->alone[l->side] = named_count == 0;
			}
		}
	}
}

void
portion_answered(struct link *l, enum say_reply reply, const struct say_answer *answer)
{
	if (l->asked_id == 0 || (answer->has_id && answer->id != l->asked_id))
		return;
	l->asked_id = 0;
	l->feed->plan.group[l->group].changed[l->side] = true;
	l->feed->plan.group[l->group].sweep = true;
	if (reply == SAY_ACK)
		acknowledge(l);
	else
		refuse(l, answer->text);
}

void
portion_forget(struct link *l)
{
	struct feed *f = l->feed;

	l->asked_id = 0;
	f->plan.group[l->group].changed[l->side] = true;
	f->plan.group[l->group].sweep = true;
	for (uint32_t i = 1; i < f->plan.topic_count; i++) {
		struct topic *t = &f->plan.topic[i];

		if (!t->used || t->group != l->group)
			continue;
		t->state[l->side] = TOPIC_OFF;
		t->again[l->side] = AGAIN_NO;
		t->alone[l->side] = false;
	}
}
