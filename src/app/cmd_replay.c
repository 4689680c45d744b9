/* cmd_replay.c - tapes through the pipeline in virtual time.
 *
 * Why    What the program would have said of a recorded day; and the proof that it
 *        says the same each time.
 * Input  Tapes, merged by receipt time, then by the order given.  The watch list is
 *        that of -c, else that on the tape, else everything.  Symbols are known
 *        from the tape's instruments and metadata, as they were to the run that
 *        recorded it; those of an import are read by their spelling.
 * Output NDJSON on stdout, in the order things happened; sums and the faults of a
 *        tape on stderr.
 * Limits No socket, no store, nothing is sent.  Same input, same bytes.
 */
#include "app/cli.h"
#include "app/command.h"
#include "app/config.h"
#include "app/output.h"
#include "app/pipeline.h"
#include "app/tapes.h"
#include "app/watch.h"
#include "market/event_json.h"
#include "sys/clock.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Bounds; pages nobody writes to cost nothing. */
static const size_t replay_arena_bytes = (size_t)1 << 30;
static const struct pipeline_room room = {
	.instruments_max = LIMIT_instruments_max,
	.seen_max = LIMIT_instruments_max / 4,
	.state_bytes = (size_t)32 << 20,
};

struct replay {
	struct pipeline pipeline;
	struct tapes tapes;
	struct watch_list watch;
	struct config config;
	struct config_report report;
	bool config_given; /* by -c: what the tape says is not asked */
	bool print_events;
	struct output out;
	double speed;      /* 0: as fast as it goes */
	int64_t first_ns, begin_mono_ns;
	uint64_t damaged_count, bad_config_count;
};

static void
on_event(void *context, const struct event *ev)
{
	struct replay *r = context;

	if (!r->print_events)
		return;
	event_json(&r->out.text, ev, &r->pipeline.table, venue_by_id(ev->venue)->name);
	output_line(&r->out);
}

static bool
is_watched(void *context, const struct instrument *row)
{
	const struct replay *r = context;

	return watch_has(&r->watch, slice_str(row->coin)) &&
	       (!r->config_given || config_venue_is_on(&r->config, row->venue));
}

static void
watch_change(struct replay *r, struct slice list)
{
	if (!watch_set(&r->watch, list))
		r->bad_config_count++;
	pipeline_watch_changed(&r->pipeline);
}

/* What stands on the tape about how it was watched. */
static void
take_setting(struct replay *r, const struct tape_record *record)
{
	if (r->config_given)
		return;
	if (record->kind == TAPE_WATCH) {
		watch_change(r, record->data);
		return;
	}
	if (config_parse(&r->config, &r->report, record->data, "the tape's configuration",
	                 CONFIG_FROM_TAPE) != ERR_NONE) {
		config_report_print(&r->report);
		r->bad_config_count++;
		return;
	}
	watch_change(r, slice_str(r->config.watch.coins.text));
}

/* Waits until virtual time has come, at `speed` times real time. */
static void
pace(struct replay *r, int64_t recv_ns)
{
	int64_t wait_ns;
	struct timespec pause;

	if (r->speed <= 0)
		return;
	if (r->begin_mono_ns == 0) {
		r->begin_mono_ns = clock_mono_ns();
		r->first_ns = recv_ns;
	}
	wait_ns = (int64_t)((double)(recv_ns - r->first_ns) / r->speed) -
	          (clock_mono_ns() - r->begin_mono_ns);
	if (wait_ns <= 0)
		return;
	output_flush(&r->out);
	pause = (struct timespec){ wait_ns / 1000000000, wait_ns % 1000000000 };
	nanosleep(&pause, NULL);
}

static void
fault(struct replay *r)
{
	const struct tape_fault *f = &r->tapes.read[r->tapes.merge.index].fault;

	tape_print_fault(&r->tapes.log, r->tapes.name[r->tapes.merge.index], f, false);
	/* A tape that was cut by a crash is whole up to its end; one damaged in the
	 * middle lacks something that figures rest on. */
	if (f->kind != TAPE_FAULT_TORN && f->kind != TAPE_FAULT_UNCLOSED)
		r->damaged_count++;
}

static void
run(struct replay *r)
{
	struct tape_record record;
	enum tape_read_result result;

	while ((result = tape_merge_next(&r->tapes.merge, &record)) != TAPE_READ_END) {
		if (result == TAPE_READ_FAULT) {
			fault(r);
			continue;
		}
		if (r->out.error_number != 0)
			return;
		if (record.kind == TAPE_CONFIG || record.kind == TAPE_WATCH)
			take_setting(r, &record);
		if (record.kind == TAPE_INSTRUMENT ||
		    (record.kind == TAPE_HEAD &&
		     slice_is(tape_head_value(record.data, "instruments"), "listed")))
			r->pipeline.table.learn = false;
		pace(r, record.recv_ns);
		pipeline_record(&r->pipeline, &record);
	}
}

static void
summary(const struct replay *r)
{
	const struct pipeline *p = &r->pipeline;

	fprintf(stderr, "replay records=%llu frames=%llu bodies=%llu events=%llu",
	        (unsigned long long)p->count.records, (unsigned long long)p->count.frames,
	        (unsigned long long)p->count.bodies, (unsigned long long)p->count.events);
	for (int i = EVENT_NONE + 1; i < EVENT_KIND_COUNT; i++)
		if (p->count.kind[i] > 0)
			fprintf(stderr, " %s=%llu", event_kind_name((enum event_kind)i),
			        (unsigned long long)p->count.kind[i]);
	fputc('\n', stderr);
	fprintf(stderr, "replay duplicates=%llu told_otherwise=%llu unwatched=%llu gaps=%llu "
	        "gaps_filled=%llu\n", (unsigned long long)p->count.duplicates,
	        (unsigned long long)p->count.told_otherwise,
	        (unsigned long long)p->count.unwatched, (unsigned long long)p->count.gaps,
	        (unsigned long long)p->count.gaps_filled);
	for (int i = DECODE_OK + 1; i < DECODE_COUNT; i++)
		if (p->count.decode[i] + p->count.skipped[i] > 0)
			fprintf(stderr, "replay skipped reason=%s messages=%llu rows=%llu\n",
			        decode_text((enum decode)i),
			        (unsigned long long)p->count.decode[i],
			        (unsigned long long)p->count.skipped[i]);
	if (p->count.bad_records + p->count.no_venue + p->count.links_full + p->count.seen_full > 0)
		fprintf(stderr, "replay trouble bad_records=%llu unknown_venue=%llu "
		        "links_full=%llu seen_full=%llu\n",
		        (unsigned long long)p->count.bad_records,
		        (unsigned long long)p->count.no_venue,
		        (unsigned long long)p->count.links_full,
		        (unsigned long long)p->count.seen_full);
}

int
cmd_replay(const struct cli *cli)
{
	static struct replay r;
	const char *path = cli_text(cli, "config");
	enum err err, closed;

	if (cli_repeat(cli, "ask") > 0 || cli_text(cli, "labels") != NULL) {
		fprintf(stderr, "tidewatch replay: --ask and --labels need the analysis, which "
		        "this build does not have yet\n");
		return err_exit(ERR_UNAVAILABLE);
	}
	r.watch.all = true;
	r.print_events = cli_lists(cli, "print", "events", true);
	r.speed = cli_number(cli, "speed", 0);
	if (path != NULL) {
		err = config_load(&r.config, &r.report, path, CONFIG_FOR_REPLAY);
		config_report_print(&r.report);
		if (err)
			return err_exit(err);
		r.config_given = true;
		watch_set(&r.watch, slice_str(r.config.watch.coins.text));
	}
	err = tapes_open(&r.tapes, cli->positional, cli->positional_count, replay_arena_bytes);
	if (err)
		return err_exit(err);
	pipeline_init(&r.pipeline, &r.tapes.arena, &room, on_event, &r);
	if (r.tapes.arena.missing_bytes > 0) {
		fprintf(stderr, "tidewatch replay: %zu bytes of memory are missing\n",
		        r.tapes.arena.missing_bytes);
		return err_exit(ERR_INTERNAL);
	}
	r.pipeline.watch = is_watched;
	r.pipeline.table.learn = true;
	output_init(&r.out);
	run(&r);
	err = output_close(&r.out);
	summary(&r);
	closed = tapes_close(&r.tapes);
	if (!err && r.pipeline.count.records == 0) {
		fprintf(stderr, "tidewatch replay: %s: no record in it; is it a tape? `tidewatch tape "
		        "import` makes one of recorded messages\n", r.tapes.name[0]);
		err = ERR_DATA;
	}
	if (!err && (r.damaged_count > 0 || r.bad_config_count > 0))
		err = ERR_FAILED;
	return err_exit(err ? err : closed);
}
