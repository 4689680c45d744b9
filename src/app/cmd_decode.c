/* cmd_decode.c - raw messages of a venue to events, one line each.
 *
 * Why    To look into a recording, and to test a decoder against anything else.
 * Input  One message a line, `recv_ns TAB message` or plain; with --rest one REST
 *        body and the request it answers.
 * Output Events as NDJSON on stdout; what gave none is counted by reason on
 *        stderr, with the first line where it happened.
 * Limits The decoder alone: no watch list, no de-duplication, no clamping.  A bad
 *        line never stops it, and the exit code stays 0.
 */
#include "app/cli.h"
#include "app/command.h"
#include "app/input.h"
#include "app/memory.h"
#include "app/output.h"
#include "base/json.h"
#include "base/jsonlist.h"
#include "market/event_json.h"
#include "sys/file.h"
#include "venue/venue.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	LINE_BYTES = LIMIT_message_bytes_max + 64, /* a receipt time stands before it */
	/* Bound of the arena; a venue's merged state is most of it. */
	ARENA_BYTES = 64 * 1024 * 1024,
	BODY_BYTES_MAX = 256 * 1024 * 1024,
};

struct decode_run {
	const struct venue *venue;
	struct venue_call call;
	struct instrument_table table;
	struct event_batch batch;
	struct slice asked; /* of --rest */
	struct output out;
	bool quiet;         /* metadata is read for itself: print nothing */
	/* The newest bar of a REST answer may still be open, and nothing in its row
	 * says so.  It is found by a first pass, and printed as final only if the
	 * body's own time proves it. */
	bool looking;
	int64_t newest_bar_ns, body_ns;
	uint64_t message_count;
	uint64_t event_count[EVENT_KIND_COUNT];
	uint64_t count[DECODE_COUNT];
	uint64_t first_line[DECODE_COUNT]; /* line (or element) number, from 1 */
	uint64_t row_count[DECODE_COUNT];  /* rows skipped inside good messages */
};

static void
print_event(struct decode_run *run, const struct event *ev)
{
	run->event_count[ev->kind]++;
	event_json(&run->out.text, ev, &run->table, run->venue->name);
	output_line(&run->out);
}

static bool
is_open_bar(const struct decode_run *run, const struct event *ev)
{
	return ev->ts_ns == run->newest_bar_ns &&
	       ev->ts_ns + ev->u.bar.interval_s * (int64_t)1000000000 > run->body_ns;
}

static void
take_bar(struct decode_run *run, struct event *ev)
{
	if (run->looking) {
		if (ev->ts_ns > run->newest_bar_ns)
			run->newest_bar_ns = ev->ts_ns;
		return;
	}
	if (is_open_bar(run, ev))
		ev->u.bar.final = false;
	print_event(run, ev);
}

static void
take(struct decode_run *run, enum decode result, uint64_t line)
{
	run->message_count++;
	if (run->count[result]++ == 0)
		run->first_line[result] = line;
	for (int i = 0; i < DECODE_COUNT; i++) {
		run->row_count[i] += run->call.skipped[i];
		run->call.skipped[i] = 0;
	}
	for (uint32_t i = 0; i < run->batch.count && !run->quiet; i++) {
		struct event *ev = &run->batch.at[i];

		if (ev->kind == EVENT_BAR && run->asked.count > 0)
			take_bar(run, ev);
		else if (!run->looking)
			print_event(run, ev);
	}
	run->batch.count = 0;
}

static void
on_element(void *context, struct slice element)
{
	struct decode_run *run = context;

	take(run, run->venue->body(run->venue, &run->call, run->asked, element),
	     run->message_count + 1);
}

/* A compressed file read as text would be one long bad line: say what to do instead. */
static bool
is_gzip(const char *name, struct slice bytes)
{
	if (bytes.count < 2 || bytes.at[0] != '\x1f' || bytes.at[1] != '\x8b')
		return false;
	fprintf(stderr, "tidewatch: %s: is compressed; use: gunzip -c FILE | tidewatch "
	                "decode ... -\n", name);
	return true;
}

static void
walk_body(struct decode_run *run, struct slice body, char *element)
{
	struct jsonlist list;

	jsonlist_init(&list, run->venue->list(run->venue, run->asked), element,
	              LIMIT_body_element_bytes_max, on_element, run);
	jsonlist_feed(&list, body);
	if (!jsonlist_end(&list))
		take(run, DECODE_JSON, run->message_count + 1);
	run->count[DECODE_TOO_MANY] += list.too_long_count;
}

static void
forget_counts(struct decode_run *run)
{
	run->message_count = 0;
	memset(run->count, 0, sizeof run->count);
	memset(run->row_count, 0, sizeof run->row_count);
}

/* When the venue wrote the body, in ns, where it says so at the top level; else 0. */
static int64_t
time_of_body(struct slice body)
{
	struct json r = json_open(body);
	struct slice key;
	struct json_value value;
	int64_t ms = 0;

	while (json_member(&r, &key, &value))
		if (slice_is(key, "time") && !json_int64(&value, &ms))
			ms = 0;
	return ms > 0 && ms < INT64_MAX / 1000000 ? ms * 1000000 : 0;
}

static enum err
read_body(struct decode_run *run, const char *path, char *element)
{
	struct file file;
	struct file_view view;
	enum err err = file_open(&file, path);

	if (!err)
		err = file_map(&file, BODY_BYTES_MAX, &view);
	if (err) {
		fprintf(stderr, "tidewatch: %s: %s\n", path,
		        err == ERR_FULL ? "is larger than 256 MB" : file_reason(&file));
		file_close(&file);
		return err;
	}
	if (is_gzip(path, view.data)) {
		err = ERR_DATA;
	} else {
		run->body_ns = time_of_body(view.data);
		run->newest_bar_ns = 0;
		run->looking = true;
		walk_body(run, view.data, element);
		forget_counts(run);
		run->looking = false;
		walk_body(run, view.data, element);
	}
	file_unmap(&view);
	file_close(&file);
	return err;
}

static void
flush_output(void *context)
{
	output_flush(context);
}

static enum err
read_lines(struct decode_run *run, const char *path, char *buffer)
{
	struct input in;
	struct slice line;
	enum err err = input_open(&in, path, buffer, LINE_BYTES);

	if (err)
		return err;
	in.before_wait = flush_output;
	in.context = &run->out;
	while (run->out.error_number == 0 && input_line(&in, &line)) {
		struct slice msg = input_receipt(line, &run->call.recv_ns);

		if (in.line_count == 1 && is_gzip(in.name, line)) {
			input_close(&in);
			return ERR_DATA;
		}
		if (msg.count == 0) {
			take(run, DECODE_EMPTY, in.line_count);
			continue;
		}
		take(run, run->venue->decode(run->venue, &run->call, msg), in.line_count);
	}
	if (in.too_long_count > 0)
		fprintf(stderr, "decode skipped reason=line_too_long count=%llu max_bytes=%d\n",
		        (unsigned long long)in.too_long_count, LINE_BYTES);
	return input_close(&in);
}

static void
summary_text(const struct decode_run *run)
{
	fprintf(stderr, "decode venue=%s messages=%llu", run->venue->name,
	        (unsigned long long)run->message_count);
	for (int i = EVENT_NONE + 1; i < EVENT_KIND_COUNT; i++)
		if (run->event_count[i] > 0)
			fprintf(stderr, " %s=%llu", event_kind_name((enum event_kind)i),
			        (unsigned long long)run->event_count[i]);
	fputc('\n', stderr);
	for (int i = DECODE_OK + 1; i < DECODE_COUNT; i++) {
		if (run->count[i] > 0)
			fprintf(stderr, "decode skipped reason=%s count=%llu first_line=%llu\n",
			        decode_text((enum decode)i), (unsigned long long)run->count[i],
			        (unsigned long long)run->first_line[i]);
		if (run->row_count[i] > 0)
			fprintf(stderr, "decode skipped_rows reason=%s count=%llu\n",
			        decode_text((enum decode)i),
			        (unsigned long long)run->row_count[i]);
	}
	if (run->table.refused_count > 0)
		fprintf(stderr, "decode skipped reason=instrument_table_full count=%llu\n",
		        (unsigned long long)run->table.refused_count);
}

static void
summary_counts(const char *key, const uint64_t *count, int first, int end,
               const char *(*name)(int))
{
	const char *comma = "";

	fprintf(stderr, ",\"%s\":{", key);
	for (int i = first; i < end; i++) {
		if (count[i] == 0)
			continue;
		fprintf(stderr, "%s\"%s\":%llu", comma, name(i), (unsigned long long)count[i]);
		comma = ",";
	}
	fputc('}', stderr);
}

static const char *
name_of_kind(int kind)
{
	return event_kind_name((enum event_kind)kind);
}

static const char *
name_of_result(int result)
{
	return decode_text((enum decode)result);
}

static void
summary_json(const struct decode_run *run)
{
	fprintf(stderr, "{\"venue\":\"%s\",\"messages\":%llu", run->venue->name,
	        (unsigned long long)run->message_count);
	summary_counts("events", run->event_count, EVENT_NONE + 1, EVENT_KIND_COUNT,
	               name_of_kind);
	summary_counts("skipped", run->count, DECODE_OK + 1, DECODE_COUNT, name_of_result);
	summary_counts("skipped_rows", run->row_count, DECODE_OK + 1, DECODE_COUNT,
	               name_of_result);
	fprintf(stderr, "}\n");
}

static const struct venue *
venue_option(const struct cli *cli)
{
	const char *name = cli_text(cli, "venue");
	const struct venue *v;

	if (name == NULL) {
		fprintf(stderr, "tidewatch decode: --venue is missing. Venues:");
	} else {
		v = venue_by_name(slice_str(name));
		if (v != NULL)
			return v;
		fprintf(stderr, "tidewatch decode: --venue %s: no such venue. Venues:", name);
	}
	for (size_t i = 0; (v = venue_at(i)) != NULL; i++)
		fprintf(stderr, " %s", v->name);
	fputc('\n', stderr);
	return NULL;
}

int
cmd_decode(const struct cli *cli)
{
	static struct decode_run run;
	const char *path = cli->positional_count > 0 ? cli->positional[0] : "-";
	const char *instruments = cli_text(cli, "instruments");
	const char *rest = cli_text(cli, "rest");
	char *line, *element;
	struct arena arena;
	enum err err;

	run.venue = venue_option(cli);
	if (run.venue == NULL)
		return err_exit(ERR_USAGE);
	err = memory_open(&arena, ARENA_BYTES);
	if (err)
		return err_exit(err);
	instrument_table_init(&run.table, &arena, LIMIT_instruments_max);
	line = arena_take(&arena, "line", LINE_BYTES, 1);
	element = arena_take(&arena, "element", LIMIT_body_element_bytes_max, 1);
	run.batch.at = arena_take(&arena, "events", LIMIT_message_events_max,
	                          sizeof run.batch.at[0]);
	run.batch.count_max = LIMIT_message_events_max;
	run.call = (struct venue_call){ .table = &run.table, .out = &run.batch };
	run.call.state = venue_state(run.venue, &arena, LIMIT_instruments_max, NULL);
	if (arena.missing_bytes > 0) {
		fprintf(stderr, "tidewatch decode: %zu bytes of memory are missing\n",
		        arena.missing_bytes);
		return err_exit(ERR_INTERNAL);
	}
	output_init(&run.out);

	run.table.learn = true;
	if (instruments != NULL) {
		run.quiet = true;
		run.asked = slice_str(run.venue->instruments);
		err = read_body(&run, instruments, element);
		if (!err && run.table.count <= 1) {
			fprintf(stderr, "tidewatch decode: %s: no instrument of %s in it\n",
			        instruments, run.venue->name);
			err = ERR_DATA;
		}
		if (err)
			return err_exit(err);
		/* Metadata is at hand: from here on an unknown symbol is unknown. */
		run.table.learn = false;
		run.quiet = false;
		run.asked = (struct slice){ NULL, 0 };
		forget_counts(&run);
	}
	if (rest != NULL) {
		run.asked = slice_str(rest);
		err = read_body(&run, path, element);
	} else {
		err = read_lines(&run, path, line);
	}
	if (!err)
		err = output_close(&run.out);
	if (cli_flag(cli, "json"))
		summary_json(&run);
	else
		summary_text(&run);
	return err_exit(err);
}
