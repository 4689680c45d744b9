/* cmd_bench.c - how many messages a second of CPU time, decoded and piped.
 *
 * Why    The target machine has a tenth of a core; a figure on this page decides
 *        whether a crash can be followed on it.
 * Input  Files of messages, one a line as for `decode`; --venue says whose.
 * Output Per file: decode alone, and the whole pipeline (decode, watch list, once
 *        only), in ns of CPU time a message and messages a CPU-second.
 * How    The file is held in memory; after one round to warm up the rounds are
 *        repeated for --seconds and the median round counts.  CPU time of this
 *        thread, not wall time.  Symbols are read from their spelling.
 */
#include "app/cli.h"
#include "app/command.h"
#include "app/input.h"
#include "app/memory.h"
#include "app/pipeline.h"
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	BENCH_MESSAGES_MAX = 1 << 20,
	BENCH_ROUNDS_MAX = 1001,
	LINE_BYTES = LIMIT_message_bytes_max + 64,
};
static const size_t text_bytes_max = (size_t)1 << 30;
static const size_t arena_bytes = (size_t)3 << 30;
static const struct pipeline_room room = {
	.instruments_max = LIMIT_instruments_max,
	.seen_max = LIMIT_instruments_max / 4,
	.state_bytes = (size_t)32 << 20,
};

struct bench {
	const struct venue *venue;
	struct pipeline pipeline;
	char *text;
	size_t text_bytes;
	struct bench_message { struct slice msg; int64_t recv_ns; } *message;
	size_t message_count;
	void *state;
	uint64_t event_count;
};

struct bench_result { double decode_ns, pipeline_ns; uint64_t events; };

static double
cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
count_event(void *context, const struct event *ev)
{
	struct bench *b = context;

	ASSERT(ev->kind != EVENT_NONE);
	b->event_count++;
}

static enum err
load(struct bench *b, const char *path, char *line_buffer)
{
	struct input in;
	struct slice line;
	enum err err = input_open(&in, path, line_buffer, LINE_BYTES);

	if (err)
		return err;
	b->message_count = b->text_bytes = 0;
	while (input_line(&in, &line)) {
		int64_t recv_ns;
		struct slice msg = input_receipt(line, &recv_ns);

		if (b->message_count == BENCH_MESSAGES_MAX ||
		    b->text_bytes + msg.count > text_bytes_max)
			break;
		memcpy(b->text + b->text_bytes, msg.at, msg.count);
		b->message[b->message_count].msg = slice_of(b->text + b->text_bytes, msg.count);
		b->message[b->message_count++].recv_ns = recv_ns;
		b->text_bytes += msg.count;
	}
	return input_close(&in);
}

static void
round_decode(struct bench *b)
{
	struct venue_call call = { .state = b->state, .table = &b->pipeline.table,
	                           .out = &b->pipeline.batch };

	for (size_t i = 0; i < b->message_count; i++) {
		call.recv_ns = b->message[i].recv_ns;
		b->venue->decode(b->venue, &call, b->message[i].msg);
		b->event_count += b->pipeline.batch.count;
		b->pipeline.batch.count = 0;
	}
}

/* Each round is told as if for the first time: what was seen is forgotten. */
static void
round_pipeline(struct bench *b)
{
	struct tape_record record = { .kind = TAPE_FRAME, .venue = b->venue->id, .link = 1 };
	struct pipeline *p = &b->pipeline;

	memset(p->sequence, 0, p->table.count * sizeof p->sequence[0]);
	memset(p->seen, 0, p->seen_count * sizeof p->seen[0]);
	for (size_t i = 0; i < b->message_count; i++) {
		record.recv_ns = b->message[i].recv_ns;
		record.data = b->message[i].msg;
		pipeline_record(p, &record);
	}
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median ns a message over rounds that fill `seconds` of CPU time. */
static double
measure(struct bench *b, void (*round)(struct bench *), double seconds)
{
	static double ns[BENCH_ROUNDS_MAX];
	double begin = cpu_s(), before = begin, after;
	int count = 0;

	round(b);
	do {
		before = cpu_s();
		round(b);
		after = cpu_s();
		ns[count++] = (after - before) * 1e9 / (double)b->message_count;
	} while (count < BENCH_ROUNDS_MAX && (count < 3 || after - begin < seconds));
	qsort(ns, (size_t)count, sizeof ns[0], compare);
	return ns[count / 2];
}

static void
print(const struct cli *cli, const struct bench *b, const char *path,
      const struct bench_result *r)
{
	double bytes = (double)b->text_bytes / (double)b->message_count;

	if (cli_flag(cli, "json"))
		printf("{\"venue\":\"%s\",\"file\":\"%s\",\"messages\":%zu,\"bytes\":%.1f,"
		       "\"events\":%llu,\"decode_ns\":%.1f,\"pipeline_ns\":%.1f}\n",
		       b->venue->name, path, b->message_count, bytes,
		       (unsigned long long)r->events, r->decode_ns, r->pipeline_ns);
	else
		printf("%-14s %8zu msgs %7.0f B %6.2f ev/msg  decode %8.1f ns %7.2f M/s"
		       "  pipeline %8.1f ns %7.2f M/s  %s\n",
		       b->venue->name, b->message_count, bytes,
		       (double)r->events / (double)b->message_count, r->decode_ns,
		       1e3 / r->decode_ns, r->pipeline_ns, 1e3 / r->pipeline_ns, path);
	fflush(stdout);
}

int
cmd_bench(const struct cli *cli)
{
	static struct bench b;
	const char *venue = cli_text(cli, "venue");
	double seconds = cli_number(cli, "seconds", 1.0);
	struct arena arena;
	char *line;
	enum err err;

	b.venue = venue != NULL ? venue_by_name(slice_str(venue)) : NULL;
	if (b.venue == NULL || cli->positional_count == 0) {
		fprintf(stderr, "tidewatch bench: needs --venue VENUE and a FILE of messages\n");
		return err_exit(ERR_USAGE);
	}
	err = memory_open(&arena, arena_bytes);
	if (err)
		return err_exit(err);
	line = arena_take(&arena, "line", LINE_BYTES, 1);
	b.text = arena_take(&arena, "text", text_bytes_max, 1);
	b.message = arena_take(&arena, "messages", BENCH_MESSAGES_MAX, sizeof b.message[0]);
	pipeline_init(&b.pipeline, &arena, &room, count_event, &b);
	b.pipeline.table.learn = true;
	b.state = venue_state(b.venue, &arena, room.instruments_max, NULL);
	ASSERT(arena.missing_bytes == 0);
	for (int i = 0; i < cli->positional_count; i++) {
		struct bench_result r;

		err = load(&b, cli->positional[i], line);
		if (!err && b.message_count == 0) {
			fprintf(stderr, "tidewatch bench: %s: no message in it\n",
			        cli->positional[i]);
			err = ERR_DATA;
		}
		if (err)
			return err_exit(err);
		b.event_count = 0;
		round_decode(&b);
		r.events = b.event_count;
		r.decode_ns = measure(&b, round_decode, seconds);
		r.pipeline_ns = measure(&b, round_pipeline, seconds);
		print(cli, &b, cli->positional[i], &r);
	}
	return 0;
}
