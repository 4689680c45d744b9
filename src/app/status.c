/* status.c - the state as JSON; see the header.  The keys are a contract: `top` and
 * other people's scripts read them. */
#include "app/status.h"
#include "build_info.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BASE_BYTES = 96 * 1024, COIN_BYTES = 384 };

size_t
status_bytes_max(uint32_t coin_count)
{
	return BASE_BYTES + (size_t)coin_count * COIN_BYTES;
}

uint64_t
status_rss_bytes(void)
{
	char room[128];
	unsigned long long size = 0, resident = 0;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, room, sizeof room - 1) : -1;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	room[n] = '\0';
	if (sscanf(room, "%llu %llu", &size, &resident) != 2)
		return 0;
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* --- pieces ----------------------------------------------------------------------------- */

static void
put_text(struct text *out, const char *key, const char *value)
{
	text_format(out, ",\"%s\":", key);
	text_json(out, slice_str(value));
}

static void
put_uint(struct text *out, const char *key, uint64_t value)
{
	text_format(out, ",\"%s\":%llu", key, (unsigned long long)value);
}

static void
put_double(struct text *out, const char *key, double value)
{
	text_format(out, ",\"%s\":", key);
	text_double(out, value); /* null for what is absent */
}

/* Milliseconds since; null when it never was. */
static void
put_age(struct text *out, const char *key, int64_t then_ns, int64_t now_ns)
{
	text_format(out, ",\"%s\":", key);
	if (then_ns == 0)
		text_str(out, "null");
	else
		text_int(out, then_ns > now_ns ? 0 : (now_ns - then_ns) / 1000000);
}

static uint32_t
watched_count(const struct live *l)
{
	struct feed_venue_status s;
	uint32_t count = 0;

	for (int i = 0; feed_venue_status(l->feed, i, &s); i++)
		count += s.instrument_count;
	return count;
}

static void
put_totals(const struct live *l, struct text *out)
{
	const struct pipeline *p = &l->pipeline;
	uint64_t unreadable = 0;

	for (int i = DECODE_JSON; i < DECODE_COUNT; i++)
		unreadable += p->count.decode[i] + p->count.skipped[i];
	text_format(out, ",\"totals\":{\"frames\":%llu", (unsigned long long)p->count.frames);
	put_uint(out, "bodies", p->count.bodies);
	put_uint(out, "events", p->count.events);
	put_uint(out, "trades", p->count.kind[EVENT_TRADE]);
	put_uint(out, "liquidations", p->count.kind[EVENT_LIQUIDATION]);
	put_uint(out, "duplicates", p->count.duplicates);
	put_uint(out, "gaps", p->count.gaps);
	put_uint(out, "gaps_filled", p->count.gaps_filled);
	put_uint(out, "unreadable", unreadable);
	put_uint(out, "unwatched", p->count.unwatched);
	put_uint(out, "unread_links", p->count.links_full);
	put_uint(out, "log_lines_lost", l->console.lost_count);
	put_uint(out, "event_lines_lost", l->out.lost_count);
	text_char(out, '}');
}

static void
put_tape(const struct live *l, struct text *out)
{
	const struct recorder *r = &l->recorder;

	text_format(out, ",\"tape\":{\"state\":\"%s\"",
	            !l->recording ? "off" : r->failed ? "failed" : "recording");
	put_text(out, "dir", l->recording ? r->directory : "");
	put_uint(out, "records", r->write.count.records);
	put_uint(out, "stored_bytes", r->write.count.stored_bytes);
	put_uint(out, "dropped", r->write.count.dropped + r->write.count.refused);
	put_uint(out, "lost_bytes", r->lost_bytes);
	put_text(out, "reason", r->reason);
	text_char(out, '}');
}

static void
put_venues(const struct live *l, struct text *out)
{
	struct feed_venue_status s;

	text_str(out, ",\"venues\":[");
	for (int i = 0; feed_venue_status(l->feed, i, &s); i++) {
		text_format(out, "%s{\"venue\":\"%s\"", i > 0 ? "," : "",
		            venue_by_id(s.venue)->name);
		put_text(out, "state", s.state);
		put_text(out, "trouble", s.trouble);
		put_text(out, "doubt", s.doubt);
		put_uint(out, "instruments", s.instrument_count);
		put_uint(out, "gaps", s.gap_count);
		put_uint(out, "filled", s.filled_count);
		put_uint(out, "unfilled", s.unfilled_count);
		put_uint(out, "weight_used", s.weight_used);
		put_uint(out, "weight_max", s.weight_max);
		put_uint(out, "requests", s.request_count);
		put_uint(out, "requests_failed", s.request_failed_count);
		put_uint(out, "trades", l->sum[s.venue].trades);
		put_double(out, "trade_usd", (double)l->sum[s.venue].usd_e4 / 1e4);
		text_char(out, '}');
	}
	text_char(out, ']');
}

static const struct live_lag *
lag_of(const struct live *l, const struct feed_link_status *s)
{
	for (int i = 0; i < l->lag_count; i++)
		if (l->lag[i].venue == s->venue && l->lag[i].link == s->link)
			return &l->lag[i];
	return NULL;
}

static void
put_links(const struct live *l, struct text *out)
{
	int64_t now_ns = l->loop.now.mono_ns;
	struct feed_link_status s;
	const char *comma = "";

	text_str(out, ",\"links\":[");
	for (int i = 0; feed_link_status(l->feed, i, &s); i++) {
		const struct live_lag *g = lag_of(l, &s);

		text_format(out, "%s{\"venue\":\"%s\",\"link\":%u", comma,
		            venue_by_id(s.venue)->name, (unsigned)s.link);
		put_text(out, "state", s.state);
		put_text(out, "reason", s.reason);
		put_text(out, "about", s.about);
		put_age(out, "since_ms", s.since_ns, now_ns);
		put_age(out, "age_ms", s.last_frame_ns, now_ns);
		text_str(out, ",\"lag_ms\":");
		if (g != NULL)
			text_int(out, g->lag_ns / 1000000);
		else
			text_str(out, "null");
		put_uint(out, "streams", s.stream_count);
		put_uint(out, "silent", s.silent_count);
		put_uint(out, "tries", s.tries);
		put_uint(out, "restarts", s.restart_count);
		put_uint(out, "frames", s.frame_count);
		put_uint(out, "bytes", s.byte_count);
		text_char(out, '}');
		comma = ",";
	}
	text_char(out, ']');
}

static int64_t
volume_e4(const struct tally_coin *c)
{
	return tally_plus(tally_plus(c->window.buy_e4, c->window.sell_e4), c->window.other_e4);
}

static void
put_coin(const struct live *l, const struct tally_coin *c, struct text *out)
{
	const struct tally_sums *w = &c->window;

	text_str(out, "{\"coin\":");
	text_json(out, slice_str(c->name));
	put_double(out, "price", c->price);
	put_double(out, "change", tally_change(&l->tally, c));
	put_double(out, "delta_usd", (double)tally_minus(w->buy_e4, w->sell_e4) / 1e4);
	put_double(out, "volume_usd", (double)volume_e4(c) / 1e4);
	put_double(out, "liquidated_long_usd", (double)w->long_e4 / 1e4);
	put_double(out, "liquidated_short_usd", (double)w->short_e4 / 1e4);
	put_age(out, "age_ms", c->event_ns, l->loop.now.wall_ns);
	put_uint(out, "trades", w->trade_count);
	text_char(out, '}');
}

static int
by_volume(const void *a, const void *b)
{
	const struct tally_coin *left = *(const struct tally_coin *const *)a;
	const struct tally_coin *right = *(const struct tally_coin *const *)b;

	if (volume_e4(left) != volume_e4(right))
		return volume_e4(left) < volume_e4(right) ? 1 : -1;
	return strcmp(left->name, right->name);
}

/* The largest first: a screen may end before the list does. */
static void
put_coins(const struct live *l, struct text *out)
{
	static const struct tally_coin *order[LIMIT_instruments_max];
	uint32_t count = l->tally.coin_count;

	for (uint32_t i = 0; i < count; i++)
		order[i] = &l->tally.coin[i];
	qsort(order, count, sizeof(const void *), by_volume);
	text_str(out, ",\"coins\":[");
	for (uint32_t i = 0; i < count; i++) {
		text_str(out, i > 0 ? "," : "");
		put_coin(l, order[i], out);
	}
	text_char(out, ']');
}

/* --- the whole ------------------------------------------------------------------------------ */

void
status_json(const struct live *l, struct text *out)
{
	char none[1];
	struct text ignored = text_init(none, 0);

	text_format(out, "{\"version\":\"%s\",\"pid\":%d", BUILD_VERSION, (int)getpid());
	put_text(out, "state", l->stopping ? "ending" : l->ready_told ? "live" : "starting");
	text_format(out, ",\"ready\":%s,\"started_ns\":%lld,\"now_ns\":%lld",
	            status_is_ready(l, &ignored) ? "true" : "false", (long long)l->started_ns,
	            (long long)l->loop.now.wall_ns);
	text_format(out, ",\"memory\":{\"plan_bytes\":%zu", l->arena.used_bytes);
	put_uint(out, "limit_bytes", (uint64_t)l->config.limits.memory_mb << 20);
	put_uint(out, "rss_bytes", status_rss_bytes());
	text_str(out, "},\"watch\":{\"coins\":");
	text_json(out, slice_str(l->config.watch.coins.text));
	put_uint(out, "coin_count", l->tally.coin_count);
	put_uint(out, "instrument_count", watched_count(l));
	put_uint(out, "listed_count", l->pipeline.table.count - 1);
	text_format(out, "},\"window_s\":%d", TALLY_WINDOW_S);
	put_totals(l, out);
	put_tape(l, out);
	put_venues(l, out);
	put_links(l, out);
	put_coins(l, out);
	text_str(out, "}\n");
}

bool
status_is_ready(const struct live *l, struct text *why)
{
	struct feed_venue_status s;
	int count = 0;

	if (feed_is_ready(l->feed))
		return true;
	for (int i = 0; feed_venue_status(l->feed, i, &s); i++) {
		if (slice_is(slice_str(s.state), "up"))
			continue;
		text_format(why, "%s%s is %s%s%s", count++ > 0 ? "; " : "",
		            venue_by_id(s.venue)->name, s.state, s.trouble[0] != '\0' ? ": " : "",
		            s.trouble);
	}
	if (count == 0)
		text_str(why, "streams are being subscribed");
	return false;
}
