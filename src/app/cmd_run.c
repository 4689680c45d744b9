/* cmd_run.c - run, the daemon; and record, the daemon that only keeps frames.
 *
 * Output Log lines on stderr; with --print events what happens as NDJSON on stdout.
 * Limits Everything else is in live.h.
 */
#include "app/command.h"
#include "app/live.h"
#include <stdio.h>

static struct live live;

int
cmd_run(const struct cli *cli)
{
	struct live_options options = {
		.config_path = cli_text(cli, "config"),
		.record_dir = cli_text(cli, "record"),
		.print_events = cli_lists(cli, "print", "events", false),
		.seconds = cli_number(cli, "seconds", 0),
	};

	return err_exit(live_main(&live, &options));
}

int
cmd_record(const struct cli *cli)
{
	struct live_options options = {
		.config_path = cli_text(cli, "config"),
		.record_dir = cli->positional_count > 0 ? cli->positional[0] : NULL,
		.seconds = cli_number(cli, "seconds", 0),
		.must_record = true,
	};

	return err_exit(live_main(&live, &options));
}
