/* command.c - the table of commands; see the header.
 *
 * Names, options and exit codes are a contract (README.md of the repository):
 * scripts rely on them.  A row is changed by adding to it.
 */
#include "app/command.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OPTION_CONFIG                                                          \
	{ .name = "config", .letter = 'c', .kind = CLI_FILE, .argument = "FILE",  \
	  .help = "the configuration (help config says where it is looked for)" }
#define OPTION_JSON                                                            \
	{ .name = "json", .kind = CLI_FLAG, .help = "the result as JSON" }
#define OPTION_SECONDS                                                         \
	{ .name = "seconds", .kind = CLI_NUMBER, .argument = "N", .min = 1, .max = 1e9, \
	  .help = "end by itself after N seconds" }
#define OPTION_VENUE_REQUIRED                                                  \
	{ .name = "venue", .kind = CLI_VENUE, .argument = "VENUE", .required = true, \
	  .help = "whose messages these are" }
#define OPTION_OUTPUT(WORD, HELP)                                              \
	{ .name = "output", .letter = 'o', .kind = CLI_FILE, .argument = (WORD),  \
	  .required = true, .help = (HELP) }

static const struct command table[] = {
	{
		.name = "run", .summary = "watch the exchanges: the daemon",
		.arguments = "", .run = cmd_run,
		.more = "top, status and health look at it while it runs. SIGTERM ends it, SIGHUP "
		        "reads the configuration again. This build raises no alerts yet.",
		.option = {
			OPTION_CONFIG,
			{ .name = "record", .kind = CLI_FILE, .argument = "DIR",
			  .help = "also keep all raw frames as tapes in DIR" },
			{ .name = "print", .kind = CLI_LIST, .argument = "LIST",
			  .words = "events",
			  .help = "what is printed as NDJSON while it happens: events" },
			OPTION_SECONDS,
		},
	},
	{
		.name = "check", .summary = "read the configuration and explain it",
		.arguments = "", .run = cmd_check,
		.more = "Every mistake is told with its line, the allowed values and a "
		        "suggestion; exit code 78 then. Secrets are never shown.",
		.option = { OPTION_CONFIG, OPTION_JSON },
	},
	{
		.name = "doctor", .summary = "find out what does not work, and why",
		.arguments = "[VENUE|telegram]", .positional_max = 1,
		.positional = { .kind = CLI_VENUE, .words = "telegram" },
		.option = { OPTION_CONFIG, OPTION_JSON },
	},
	{
		.name = "decode", .summary = "raw messages of a venue to events, as NDJSON",
		.arguments = "[FILE|-]", .positional_max = 1, .run = cmd_decode,
		.more = "One message a line, plain or as `recv_ns TAB message`. What gives no "
		        "event is counted by reason on stderr and never stops it. With --rest "
		        "the input is one REST body, the answer to that request.",
		.option = {
			OPTION_VENUE_REQUIRED,
			{ .name = "instruments", .kind = CLI_FILE, .argument = "FILE",
			  .help = "the venue's metadata body; else symbols are read from their "
			          "spelling" },
			{ .name = "rest", .kind = CLI_TEXT, .argument = "'PATH?QUERY'",
			  .help = "the request that the body answers" },
			{ .name = "json", .kind = CLI_FLAG,
			  .help = "the summary on stderr as JSON" },
		},
	},
	{
		.name = "record", .summary = "keep raw frames as tapes, and do nothing else",
		.arguments = "[DIR]", .positional_max = 1, .run = cmd_record,
		.more = "Without DIR they go to tape.dir of the configuration.",
		.option = {
			OPTION_CONFIG,
			OPTION_SECONDS,
		},
	},
	{
		.name = "tape cat", .summary = "the frames of tapes as `recv_ns TAB message`",
		.arguments = "FILE|DIR|-...", .positional_min = 1,
		.positional_max = COMMAND_MANY,
		.run = cmd_tape_cat, .option = { OPTION_JSON },
	},
	{
		.name = "tape info", .summary = "what is on a tape: times, venues, counts",
		.arguments = "FILE|DIR|-...", .positional_min = 1,
		.positional_max = COMMAND_MANY,
		.run = cmd_tape_info, .option = { OPTION_JSON },
	},
	{
		.name = "tape verify", .summary = "check every block of a tape",
		.arguments = "FILE|DIR|-...", .positional_min = 1,
		.positional_max = COMMAND_MANY,
		.run = cmd_tape_verify, .option = { OPTION_JSON },
	},
	{
		.name = "tape import", .summary = "make a tape of recorded messages",
		.arguments = "FILE|-", .positional_min = 1, .positional_max = 1,
		.run = cmd_tape_import,
		.more = "Lines are `recv_ns TAB message`, or plain messages: these get the "
		        "time they carry, never going back.",
		.option = {
			OPTION_VENUE_REQUIRED,
			OPTION_OUTPUT("TAPE", "the tape to write"),
			OPTION_JSON,
		},
	},
	{
		.name = "replay", .summary = "tapes through the same pipeline, in virtual time",
		.arguments = "FILE|DIR|-...", .positional_min = 1, .positional_max = COMMAND_MANY,
		.run = cmd_replay,
		.more = "Prints NDJSON in the order things happened: same input, same output, "
		        "byte for byte. Files are merged by receipt time. The configuration is "
		        "-c, else the one on the tape, else every symbol is watched.",
		.option = {
			OPTION_CONFIG,
			{ .name = "speed", .kind = CLI_NUMBER, .argument = "N|max", .words = "max",
			  .min = 0.001, .max = 1e6,
			  .help = "N times as fast as it happened (default max)" },
			{ .name = "print", .kind = CLI_LIST, .argument = "LIST",
			  .words = "events signals alerts answers",
			  .help = "what is printed: events,signals,alerts,answers" },
			{ .name = "ask", .kind = CLI_ASK, .argument = "'CMD'@TIME", .repeat = true,
			  .help = "ask a chat command at that time (RFC 3339, unix seconds, or "
			          "+SECONDS from the first record); may come several times" },
			{ .name = "labels", .kind = CLI_FILE, .argument = "FILE",
			  .help = "score the alerts against labelled episodes" },
		},
	},
	{
		.name = "ask", .summary = "ask the running daemon a chat command",
		.arguments = "'/COMMAND ...'", .positional_min = 1, .positional_max = 16,
		.option = { OPTION_CONFIG, OPTION_JSON },
	},
	{
		.name = "top", .summary = "the live board of the running daemon",
		.arguments = "", .run = cmd_top,
		.more = "Coins, biggest first: change, delta (bought less sold by takers), volume "
		        "and liquidations of the window that the head names, in usd; then links, "
		        "and what is wrong. q ends it. Where there is no terminal: a block of "
		        "lines each time. NO_COLOR is honoured.",
		.option = {
			OPTION_CONFIG,
			{ .name = "interval", .kind = CLI_NUMBER, .argument = "SECONDS",
			  .min = 0.1, .max = 3600, .help = "how often it is asked (default 1)" },
			{ .name = "count", .kind = CLI_NUMBER, .argument = "N", .min = 1,
			  .max = 1e9, .help = "end after N times; then the exit code tells of the "
			                      "last" },
			{ .name = "no-color", .kind = CLI_FLAG, .help = "no colours" },
		},
	},
	{
		.name = "status", .summary = "the state of the running daemon, once",
		.arguments = "", .run = cmd_status, .option = { OPTION_CONFIG, OPTION_JSON },
	},
	{
		.name = "health", .summary = "exit code 0 if the running daemon is well, else 1",
		.arguments = "", .run = cmd_health,
		.more = "Silent when all is well, one sentence on stderr when not. Two seconds at "
		        "most.",
		.option = {
			OPTION_CONFIG,
			{ .name = "ready", .kind = CLI_FLAG,
			  .help = "ask whether data flows, not only whether it lives" },
			OPTION_JSON,
		},
	},
	{
		.name = "chart", .summary = "a chart as PNG",
		.arguments = "COIN [TIMEFRAME]", .positional_min = 1, .positional_max = 2,
		.option = { OPTION_CONFIG, OPTION_OUTPUT("FILE.png", "the picture to write") },
	},
	{
		.name = "export", .summary = "stored data as CSV or NDJSON",
		.arguments = "bars|trades|liquidations|oi|alerts", .positional_min = 1,
		.positional_max = 1,
		.positional = { .kind = CLI_WORD, .words = "bars trades liquidations oi alerts" },
		.option = {
			OPTION_CONFIG,
			{ .name = "from", .kind = CLI_TIME, .argument = "TIME",
			  .help = "not before this time" },
			{ .name = "until", .kind = CLI_TIME, .argument = "TIME",
			  .help = "before this time" },
			{ .name = "format", .kind = CLI_WORD, .argument = "csv|ndjson",
			  .words = "csv ndjson", .help = "default csv" },
			{ .name = "output", .letter = 'o', .kind = CLI_FILE, .argument = "FILE",
			  .help = "default is standard output" },
		},
	},
	{
		.name = "sql", .summary = "a question to the store, read-only",
		.arguments = "'SELECT ...'|-", .positional_min = 1, .positional_max = 1,
		.option = { OPTION_CONFIG, OPTION_JSON },
	},
	{
		.name = "backup", .summary = "the store, rules and state as one file",
		.arguments = "FILE", .positional_min = 1, .positional_max = 1,
		.option = { OPTION_CONFIG, OPTION_JSON },
	},
	{
		.name = "restore", .summary = "put back what backup wrote",
		.arguments = "FILE", .positional_min = 1, .positional_max = 1,
		.option = { OPTION_CONFIG, OPTION_JSON },
	},
	{
		.name = "store info", .summary = "what is in the store: tables, ages, sizes",
		.arguments = "", .option = { OPTION_CONFIG, OPTION_JSON },
	},
	{
		.name = "bench", .summary = "decode and pipeline throughput on recorded messages",
		.arguments = "FILE...", .positional_min = 1, .positional_max = COMMAND_MANY,
		.run = cmd_bench,
		.more = "CPU time, not wall time; the median of the rounds.",
		.option = {
			{ .name = "venue", .kind = CLI_VENUE, .argument = "VENUE",
			  .help = "whose messages these are" },
			{ .name = "seconds", .kind = CLI_NUMBER, .argument = "N", .min = 0.001,
			  .max = 3600, .help = "CPU time for each measurement (default 1)" },
			OPTION_JSON,
		},
	},
	{
		.name = "version", .summary = "version, libraries with versions, build flags",
		.arguments = "", .run = cmd_version, .option = { OPTION_JSON },
	},
	{
		.name = "update check", .summary = "is there a newer signed release?",
		.arguments = "", .option = { OPTION_CONFIG, OPTION_JSON },
	},
	{
		.name = "update apply", .summary = "fetch, verify and switch to it",
		.arguments = "", .option = { OPTION_CONFIG, OPTION_JSON },
	},
	{
		.name = "update rollback", .summary = "switch back to the release before",
		.arguments = "", .option = { OPTION_CONFIG, OPTION_JSON },
	},
	{
		.name = "help", .summary = "this list; a command; or `config`: every key",
		.arguments = "[COMMAND|config]", .positional_max = 2, .run = cmd_help,
	},
};

enum { COMMAND_COUNT = sizeof table / sizeof table[0] };

const struct command *
command_at(int position)
{
	return position < COMMAND_COUNT ? &table[position] : NULL;
}

const struct command *
command_find(struct slice words)
{
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (slice_equal(words, slice_str(table[i].name)))
			return &table[i];
	return NULL;
}

bool
command_is_group(struct slice word)
{
	for (int i = 0; i < COMMAND_COUNT; i++) {
		struct slice rest = slice_str(table[i].name);

		if (slice_equal(slice_cut(&rest, ' '), word) && rest.count > 0)
			return true;
	}
	return false;
}

static int
run(const struct cli *cli)
{
	if (cli->command->run != NULL)
		return cli->command->run(cli);
	fprintf(stderr, "tidewatch %s: this build does not have this command yet.\n",
	        cli->command->name);
	return err_exit(ERR_UNAVAILABLE);
}

/* Results that did not reach their reader are no results.  A reader that went
 * away had enough: no error. */
static int
flush(int code)
{
	bool had_failed = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) == 0 && !had_failed)
		return code;
	if (errno == EPIPE)
		return code;
	fprintf(stderr, "tidewatch: standard output: %s\n",
	        errno != 0 ? strerror(errno) : "could not be written");
	return code == 0 ? err_exit(ERR_IO) : code;
}

static void
print(const struct text *text, FILE *to)
{
	fwrite(text->at, 1, text->count, to);
}

int
command_main(int argc, char *const *argv)
{
	static struct cli cli;
	static char buffer[16 * 1024];
	struct text out = text_init(buffer, sizeof buffer);

	if (argc < 2) {
		command_help_all(&out);
		print(&out, stderr);
		return err_exit(ERR_USAGE);
	}
	if (cli_parse(&cli, argc, argv, &out) != ERR_NONE) {
		print(&out, stderr);
		return err_exit(ERR_USAGE);
	}
	if (!cli.help)
		return flush(run(&cli));
	out.count = 0;
	if (cli.command != NULL)
		command_help_one(&out, cli.command);
	else
		command_help_group(&out, slice_str(argv[1]));
	print(&out, stdout);
	return flush(0);
}
