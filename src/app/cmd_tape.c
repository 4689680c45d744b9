/* cmd_tape.c - the commands around tapes; what they do is in tape/command.h. */
#include "app/cli.h"
#include "app/command.h"
#include "app/input.h"
#include "app/memory.h"
#include "app/tapes.h"
#include "build_info.h"
#include "tape/segment.h"
#include "venue/venue.h"
#include <stdio.h>

enum {
	LINE_BYTES = LIMIT_message_bytes_max + 64,
	IMPORT_ARENA_BYTES = 64 * 1024 * 1024,
};

int
cmd_tape_cat(const struct cli *cli)
{
	static struct tapes tapes;
	struct tape_cat_options options = { .json = cli_flag(cli, "json") };
	enum err err = tapes_open(&tapes, cli->positional, cli->positional_count, 0), closed;

	if (err)
		return err_exit(err);
	err = tape_cat(&tapes.merge, tapes.name, &options, &tapes.out, &tapes.log);
	closed = tapes_close(&tapes);
	return err_exit(err ? err : closed);
}

int
cmd_tape_info(const struct cli *cli)
{
	static struct tapes tapes;
	struct tape_info info = { .json = cli_flag(cli, "json") };
	enum err err = tapes_open(&tapes, cli->positional, cli->positional_count, 0), closed;

	if (err)
		return err_exit(err);
	for (uint32_t i = 0; i < tapes.count; i++) {
		enum err one = tape_info_file(&info, &tapes.read[i], tapes.name[i], &tapes.out);

		err = err ? err : one;
	}
	tape_info_end(&info, &tapes.out);
	closed = tapes_close(&tapes);
	return err_exit(err ? err : closed);
}

int
cmd_tape_verify(const struct cli *cli)
{
	static struct tapes tapes;
	enum err err = tapes_open(&tapes, cli->positional, cli->positional_count, 0), closed;

	if (err)
		return err_exit(err);
	for (uint32_t i = 0; i < tapes.count; i++) {
		enum err one = tape_verify(&tapes.read[i], tapes.name[i],
		                           cli_flag(cli, "json"), &tapes.out);

		err = err ? err : one;
	}
	closed = tapes_close(&tapes);
	return err_exit(err ? err : closed);
}

/* The time a message itself carries: that of its latest event. */
struct own_time {
	const struct venue *venue;
	struct venue_call call;
	struct instrument_table table;
	struct event_batch batch;
};

static bool
time_of(void *context, struct slice message, int64_t *ns_out)
{
	struct own_time *own = context;
	int64_t ns = 0;

	own->venue->decode(own->venue, &own->call, message);
	for (uint32_t i = 0; i < own->batch.count; i++)
		if (own->batch.at[i].ts_ns > ns)
			ns = own->batch.at[i].ts_ns;
	own->batch.count = 0;
	*ns_out = ns;
	return ns > 0;
}

static enum err
own_time_init(struct own_time *own, const struct venue *v, struct arena *arena)
{
	own->venue = v;
	instrument_table_init(&own->table, arena, LIMIT_instruments_max);
	own->table.learn = true;
	own->batch.at = arena_take(arena, "events", LIMIT_message_events_max,
	                           sizeof own->batch.at[0]);
	own->batch.count_max = LIMIT_message_events_max;
	own->call = (struct venue_call){ .table = &own->table, .out = &own->batch };
	own->call.state = venue_state(v, arena, LIMIT_instruments_max, NULL);
	return arena->missing_bytes > 0 ? ERR_FULL : ERR_NONE;
}

static enum err
import_lines(struct tape_import *im, const char *path, char *buffer)
{
	struct input in;
	struct slice line;
	enum err err = input_open(&in, path, buffer, LINE_BYTES);

	if (err)
		return err;
	while (!err && input_line(&in, &line))
		err = tape_import_line(im, line);
	im->count.refused += in.too_long_count;
	if (input_close(&in) != ERR_NONE)
		err = err ? err : ERR_IO;
	return err;
}

int
cmd_tape_import(const struct cli *cli)
{
	static struct own_time own;
	static struct tape_segment segment;
	static struct tape_write writer;
	const struct venue *v = venue_by_name(slice_str(cli_text(cli, "venue")));
	const char *output = cli_text(cli, "output");
	const char *venue_name[LIMIT_venues_max] = { NULL };
	struct tape_write_options options = {
		.head = SLICE("build=" BUILD_VERSION "\nseed=0\nmade_by=import\n"),
		.venue_name = venue_name,
		.venue_count = LIMIT_venues_max,
		.level = TAPE_LEVEL_SMALL,
	};
	struct tape_import im = { .to = &writer, .venue = v->id, .link = 1,
	                          .time_of = time_of, .context = &own };
	struct arena arena;
	char *line;
	enum err err = memory_open(&arena, IMPORT_ARENA_BYTES);

	if (err)
		return err_exit(err);
	for (size_t i = 0; venue_at(i) != NULL; i++)
		venue_name[venue_at(i)->id] = venue_at(i)->name;
	line = arena_take(&arena, "line", LINE_BYTES, 1);
	err = own_time_init(&own, v, &arena);
	if (!err)
		err = tape_segment_init_file(&segment, output);
	if (!err) {
		options.sink = tape_segment_sink(&segment);
		err = tape_write_init(&writer, &options, &arena);
	}
	if (err) {
		fprintf(stderr, "tidewatch tape import: %s: %s\n", output, err_text(err));
		return err_exit(err);
	}
	err = import_lines(&im, cli->positional[0], line);
	if (!err && writer.count.records == 0) {
		fprintf(stderr, "tidewatch tape import: %s: no message in it\n",
		        cli->positional[0]);
		return err_exit(ERR_DATA);
	}
	if (tape_write_close(&writer) != ERR_NONE) {
		fprintf(stderr, "tidewatch tape import: %s: %s: %s\n", output,
		        err_text(writer.err), strerror(segment.error_number));
		return err_exit(writer.err);
	}
	if (cli_flag(cli, "json"))
		fprintf(stderr, "{\"lines\":%llu,\"timed\":%llu,\"plain\":%llu,\"untimed\":%llu,"
		        "\"empty\":%llu,\"raised\":%llu,\"refused\":%llu,\"bytes\":%llu}\n",
		        (unsigned long long)im.count.lines, (unsigned long long)im.count.timed,
		        (unsigned long long)im.count.plain, (unsigned long long)im.count.untimed,
		        (unsigned long long)im.count.empty, (unsigned long long)im.count.raised,
		        (unsigned long long)im.count.refused,
		        (unsigned long long)segment.whole_bytes);
	else
		fprintf(stderr, "tape import venue=%s lines=%llu timed=%llu plain=%llu "
		        "untimed=%llu empty=%llu raised=%llu refused=%llu bytes=%llu\n", v->name,
		        (unsigned long long)im.count.lines, (unsigned long long)im.count.timed,
		        (unsigned long long)im.count.plain, (unsigned long long)im.count.untimed,
		        (unsigned long long)im.count.empty, (unsigned long long)im.count.raised,
		        (unsigned long long)im.count.refused,
		        (unsigned long long)segment.whole_bytes);
	return err_exit(err);
}
