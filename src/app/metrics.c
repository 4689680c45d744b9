/* metrics.c - the state in the text format of Prometheus; see status.h. */
#include "app/status.h"
#include "build_info.h"

static void
head(struct text *out, const char *name, const char *type, const char *help)
{
	text_format(out, "# HELP tidewatch_%s %s\n# TYPE tidewatch_%s %s\n", name, help, name,
	            type);
}

static void
one(struct text *out, const char *name, const char *type, const char *help, double value)
{
	head(out, name, type, help);
	text_format(out, "tidewatch_%s ", name);
	text_double(out, value);
	text_char(out, '\n');
}

static void
put_decoding(const struct live *l, struct text *out)
{
	const struct pipeline *p = &l->pipeline;

	head(out, "events_total", "counter", "Events by kind, each once.");
	for (int i = EVENT_NONE + 1; i < EVENT_KIND_COUNT; i++)
		text_format(out, "tidewatch_events_total{kind=\"%s\"} %llu\n",
		            event_kind_name((enum event_kind)i),
		            (unsigned long long)p->count.kind[i]);
	head(out, "decoded_total", "counter", "Messages and rows of lists by result.");
	for (int i = 0; i < DECODE_COUNT; i++)
		text_format(out, "tidewatch_decoded_total{result=\"%s\"} %llu\n",
		            decode_text((enum decode)i),
		            (unsigned long long)(p->count.decode[i] + p->count.skipped[i]));
	one(out, "duplicates_total", "counter", "Trades and liquidations told again.",
	    (double)p->count.duplicates);
	one(out, "gaps_total", "counter", "Gaps proved by trade ids.", (double)p->count.gaps);
	one(out, "gaps_filled_total", "counter", "Of these, filled over REST.",
	    (double)p->count.gaps_filled);
}

static void
put_venues(const struct live *l, struct text *out)
{
	struct feed_venue_status s;

	head(out, "venue_up", "gauge", "1 when all streams of the venue are live.");
	for (int i = 0; feed_venue_status(l->feed, i, &s); i++)
		text_format(out, "tidewatch_venue_up{venue=\"%s\"} %d\n", venue_by_id(s.venue)->name,
		            slice_is(slice_str(s.state), "up"));
	head(out, "venue_trades_total", "counter", "Trades of the venue, each once.");
	for (int i = 0; feed_venue_status(l->feed, i, &s); i++)
		text_format(out, "tidewatch_venue_trades_total{venue=\"%s\"} %llu\n",
		            venue_by_id(s.venue)->name, (unsigned long long)l->sum[s.venue].trades);
	head(out, "venue_requests_failed_total", "counter", "REST requests without an answer.");
	for (int i = 0; feed_venue_status(l->feed, i, &s); i++)
		text_format(out, "tidewatch_venue_requests_failed_total{venue=\"%s\"} %llu\n",
		            venue_by_id(s.venue)->name,
		            (unsigned long long)s.request_failed_count);
	head(out, "venue_weight_used", "gauge", "Request weight used in this window.");
	for (int i = 0; feed_venue_status(l->feed, i, &s); i++)
		text_format(out, "tidewatch_venue_weight_used{venue=\"%s\"} %u\n",
		            venue_by_id(s.venue)->name, (unsigned)s.weight_used);
}

static void
put_links(const struct live *l, struct text *out)
{
	const struct net_stats *n = net_stats(l->net);
	struct feed_link_status s;

	head(out, "link_frames_total", "counter", "Messages of a link.");
	for (int i = 0; feed_link_status(l->feed, i, &s); i++)
		text_format(out, "tidewatch_link_frames_total{venue=\"%s\",link=\"%u\"} %llu\n",
		            venue_by_id(s.venue)->name, (unsigned)s.link,
		            (unsigned long long)s.frame_count);
	head(out, "link_restarts_total", "counter", "Times a link was opened anew.");
	for (int i = 0; feed_link_status(l->feed, i, &s); i++)
		text_format(out, "tidewatch_link_restarts_total{venue=\"%s\",link=\"%u\"} %u\n",
		            venue_by_id(s.venue)->name, (unsigned)s.link,
		            (unsigned)s.restart_count);
	head(out, "link_closed_total", "counter", "Connections that ended, by reason.");
	for (int i = 1; i < CONN_REASON_COUNT; i++)
		text_format(out, "tidewatch_link_closed_total{reason=\"%s\"} %llu\n",
		            conn_reason_text((enum conn_reason)i),
		            (unsigned long long)n->closed_count[i]);
	one(out, "network_receive_bytes_total", "counter", "Bytes read from sockets.",
	    (double)n->bytes_in);
	one(out, "network_transmit_bytes_total", "counter", "Bytes written to sockets.",
	    (double)n->bytes_out);
}

void
metrics_text(const struct live *l, struct text *out)
{
	char none[1];
	struct text ignored = text_init(none, 0);

	head(out, "build_info", "gauge", "Version of this program.");
	text_format(out, "tidewatch_build_info{version=\"%s\"} 1\n", BUILD_VERSION);
	one(out, "ready", "gauge", "1 when every venue has its lists and streams.",
	    status_is_ready(l, &ignored));
	one(out, "start_time_seconds", "gauge", "When it began, unix time.",
	    (double)l->started_ns / 1e9);
	one(out, "resident_memory_bytes", "gauge", "Memory in use, as the kernel counts it.",
	    (double)status_rss_bytes());
	one(out, "planned_memory_bytes", "gauge", "Memory taken at start.",
	    (double)l->arena.used_bytes);
	one(out, "loop_turns_total", "counter", "Turns of the loop.",
	    (double)l->loop.stats.turn_count);
	one(out, "frames_total", "counter", "Websocket messages.", (double)l->pipeline.count.frames);
	one(out, "bodies_total", "counter", "REST answers.", (double)l->pipeline.count.bodies);
	put_decoding(l, out);
	put_venues(l, out);
	put_links(l, out);
	one(out, "tape_recording", "gauge", "1 while frames are recorded.",
	    l->recording && !l->recorder.failed);
	one(out, "tape_stored_bytes_total", "counter", "Bytes of tapes written.",
	    (double)l->recorder.write.count.stored_bytes);
	one(out, "tape_dropped_total", "counter", "Records that are on no tape.",
	    (double)(l->recorder.write.count.dropped + l->recorder.write.count.refused));
	one(out, "http_requests_total", "counter", "Requests to this server.",
	    (double)l->server.stats.request_count);
	one(out, "http_refused_total", "counter", "Of these, refused: broken, forbidden, too busy.",
	    (double)(l->server.stats.refused_count + l->server.stats.forbidden_count +
	             l->server.stats.busy_count));
	one(out, "log_lines_lost_total", "counter", "Log lines nobody read in time.",
	    (double)l->console.lost_count);
}
