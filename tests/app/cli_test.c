/* Goal: argv is read as the contract of the command line says, and every mistake is
 *       told with its place and a way out.
 * Method: whole command lines as tables, against the real table of commands; what
 *       is expected is written from the contract, not from the program. */
#include "app/cli.h"
#include "app/command.h"
#include "app/nearest.h"
#include "app/when.h"
#include "check.h"

enum { WORDS_MAX = 12 };

static struct cli cli;
static char message[CLI_ERROR_BYTES];

static enum err
parse(const char *const *word)
{
	char *argv[WORDS_MAX + 2];
	int argc = 1;
	struct text error = text_init(message, sizeof message - 1);
	enum err err;

	memset(message, 0, sizeof message);
	argv[0] = (char *)(uintptr_t)"tidewatch";
	while (word[argc - 1] != NULL) {
		argv[argc] = (char *)(uintptr_t)word[argc - 1];
		argc++;
	}
	argv[argc] = NULL;
	err = cli_parse(&cli, argc, argv, &error);
	CHECK(!error.cut);
	return err;
}

static const char *
name_of_command(void)
{
	return cli.command != NULL ? cli.command->name : "(none)";
}

static void
good_lines_are_read(void)
{
	static const struct {
		const char *word[WORDS_MAX];
		const char *command;
		const char *option, *value; /* one option looked at; NULL value: a flag */
		int positional_count;
		const char *first;
	} row[] = {
		{ { "decode", "--venue", "binance-usdm", "FILE" }, "decode", "venue", "binance-usdm", 1, "FILE" },
		{ { "decode", "--venue=binance-usdm" }, "decode", "venue", "binance-usdm", 0, NULL },
		{ { "decode", "FILE", "--venue", "bybit-linear" }, "decode", "venue", "bybit-linear", 1, "FILE" },
		{ { "decode", "--venue", "bybit-spot", "-" }, "decode", "venue", "bybit-spot", 1, "-" },
		{ { "decode", "--venue", "bybit-spot", "--", "--json" }, "decode", "venue", "bybit-spot", 1, "--json" },
		{ { "decode", "--venue", "bybit-spot", "--", "--" }, "decode", "venue", "bybit-spot", 1, "--" },
		{ { "decode", "--json", "--venue", "bybit-spot", "--rest", "/v5/x?a=b" }, "decode", "rest", "/v5/x?a=b", 0, NULL },
		{ { "decode", "--venue", "bybit-spot", "--rest=/v5/x?a=b=c" }, "decode", "rest", "/v5/x?a=b=c", 0, NULL },
		{ { "check" }, "check", NULL, NULL, 0, NULL },
		{ { "check", "-c", "f" }, "check", "config", "f", 0, NULL },
		{ { "check", "-cf" }, "check", "config", "f", 0, NULL },
		{ { "check", "--config", "f", "--json" }, "check", "config", "f", 0, NULL },
		{ { "check", "--config=f" }, "check", "config", "f", 0, NULL },
		{ { "check", "-c", "-" }, "check", "config", "-", 0, NULL },
		{ { "tape", "cat", "a.tape" }, "tape cat", NULL, NULL, 1, "a.tape" },
		{ { "tape", "info", "--json", "a.tape" }, "tape info", "json", NULL, 1, "a.tape" },
		{ { "tape", "import", "--venue", "bybit-spot", "in", "-o", "out" }, "tape import", "output", "out", 1, "in" },
		{ { "tape", "import", "--venue", "bybit-spot", "-", "-oout" }, "tape import", "output", "out", 1, "-" },
		{ { "replay", "a", "b", "--speed", "max" }, "replay", "speed", "max", 2, "a" },
		{ { "replay", "a", "--speed=2.5" }, "replay", "speed", "2.5", 1, "a" },
		{ { "replay", "a", "--print", "events,alerts" }, "replay", "print", "events,alerts", 1, "a" },
		{ { "replay", "a", "--ask", "/cvd btc 15m@2026-03-14T09:26:53Z" }, "replay", "ask", "/cvd btc 15m@2026-03-14T09:26:53Z", 1, "a" },
		{ { "replay", "a", "--ask=/liq @bybit@+5" }, "replay", "ask", "/liq @bybit@+5", 1, "a" },
		{ { "bench", "--venue", "bybit-spot", "--seconds", "0.5", "f", "g" }, "bench", "seconds", "0.5", 2, "f" },
		{ { "run", "--record", "DIR" }, "run", "record", "DIR", 0, NULL },
		{ { "health", "--ready" }, "health", "ready", NULL, 0, NULL },
		{ { "ask", "--json", "/cvd btc 15m" }, "ask", "json", NULL, 1, "/cvd btc 15m" },
		{ { "chart", "btc", "15m", "-o", "x.png" }, "chart", "output", "x.png", 2, "btc" },
		{ { "doctor", "telegram" }, "doctor", NULL, NULL, 1, "telegram" },
		{ { "doctor", "bybit-linear" }, "doctor", NULL, NULL, 1, "bybit-linear" },
		{ { "store", "info" }, "store info", NULL, NULL, 0, NULL },
		{ { "update", "rollback" }, "update rollback", NULL, NULL, 0, NULL },
		{ { "help", "tape", "cat" }, "help", NULL, NULL, 2, "tape" },
		{ { "--help" }, "help", NULL, NULL, 0, NULL },
		{ { "-h" }, "help", NULL, NULL, 0, NULL },
		{ { "--version" }, "version", NULL, NULL, 0, NULL },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		enum err err = parse(row[i].word);

		CHECK_TEXT(message, "");
		CHECK(err == ERR_NONE);
		CHECK_TEXT(name_of_command(), row[i].command);
		if (err || cli.command == NULL)
			continue;
		CHECK(cli.positional_count == row[i].positional_count);
		if (row[i].first != NULL && cli.positional_count > 0)
			CHECK_TEXT(cli.positional[0], row[i].first);
		if (row[i].value != NULL) {
			const char *value = cli_text(&cli, row[i].option);

			CHECK(value != NULL);
			CHECK_TEXT(value != NULL ? value : "", row[i].value);
		} else if (row[i].option != NULL) {
			CHECK(cli_flag(&cli, row[i].option));
			CHECK(cli_text(&cli, row[i].option) == NULL);
		}
	}
}

static void
wrong_lines_are_refused_with_a_way_out(void)
{
	static const struct {
		const char *word[WORDS_MAX];
		const char *part[3]; /* what the message must hold */
	} row[] = {
		{ { NULL }, { "a command is missing" } },
		{ { "decod" }, { "unknown command decod", "did you mean decode?" } },
		{ { "replya" }, { "did you mean replay?" } },
		{ { "zzzz" }, { "unknown command zzzz", "See: tidewatch help" } },
		{ { "" }, { "unknown command" } },
		{ { "-c", "f", "check" }, { "options stand behind the command" } },
		{ { "--json" }, { "options stand behind the command" } },
		{ { "tape" }, { "tape needs a word behind it", "tape cat", "tape import" } },
		{ { "tape", "dump" }, { "tape has no command dump", "tape verify" } },
		{ { "store" }, { "store info" } },
		{ { "decode" }, { "tidewatch decode: --venue VENUE is missing", "binance-usdm" } },
		{ { "decode", "--venue", "binance-usd" }, { "argument 3", "did you mean binance-usdm?", "bybit-inverse" } },
		{ { "decode", "--venue", "" }, { "no such venue" } },
		{ { "decode", "--venue" }, { "argument 2", "--venue needs a value" } },
		{ { "decode", "--venue", "--json" }, { "--venue needs a value" } },
		{ { "decode", "--venu", "x" }, { "argument 2: unknown option --venu", "did you mean --venue?" } },
		{ { "decode", "--venue", "bybit-spot", "--venue", "bybit-spot" }, { "given twice" } },
		{ { "decode", "--venue", "bybit-spot", "a", "b" }, { "argument 5: b", "one argument too many", "[FILE|-]" } },
		{ { "decode", "--venue=bybit-spot", "--json=yes" }, { "--json takes no value" } },
		{ { "decode", "-x" }, { "unknown option -x" } },
		{ { "check", "f" }, { "takes no argument" } },
		{ { "check", "-c" }, { "--config needs a value" } },
		{ { "check", "-c", "" }, { "--config", "empty" } },
		{ { "check", "-c", "a", "--config", "b" }, { "given twice" } },
		{ { "replay" }, { "FILE|DIR|-... is missing" } },
		{ { "replay", "a", "--speed", "fast" }, { "--speed fast", "from 0.001 to 1000000", "or max" } },
		{ { "replay", "a", "--speed", "0" }, { "expected a number" } },
		{ { "replay", "a", "--speed", "-1" }, { "--speed -1: expected a number" } },
		{ { "replay", "a", "--print", "event" }, { "events, signals, alerts, answers" } },
		{ { "replay", "a", "--print", "events," }, { "expected a list" } },
		{ { "replay", "a", "--print", "" }, { "expected a list" } },
		{ { "replay", "a", "--ask", "/cvd btc" }, { "expected CMD@TIME" } },
		{ { "replay", "a", "--ask", "@+5" }, { "expected CMD@TIME" } },
		{ { "replay", "a", "--ask", "/cvd@yesterday" }, { "expected CMD@TIME" } },
		{ { "tape", "import", "--venue", "bybit-spot", "in" }, { "--output TAPE is missing" } },
		{ { "tape", "import", "--venue", "bybit-spot", "-o", "out" }, { "FILE|- is missing" } },
		{ { "bench", "f", "--seconds", "1e9" }, { "from 0.001 to 3600" } },
		{ { "bench", "f", "--seconds", "nan" }, { "expected a number" } },
		{ { "export", "trade" }, { "trade: expected bars or trades" } },
		{ { "export", "bars", "--from", "today" }, { "expected a time" } },
		{ { "doctor", "telegramm" }, { "no such venue", "or telegram" } },
		{ { "help", "a", "b", "c" }, { "one argument too many" } },
		{ { "decode", "\x1b[31m" "--venue" }, { "missing" } },
		{ { "\x1b[31mred" }, { "unknown command ?[31mred" } },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(parse(row[i].word) == ERR_USAGE);
		CHECK(strncmp(message, "tidewatch", 9) == 0);
		CHECK(strstr(message, "See: tidewatch help") != NULL);
		for (int k = 0; k < 3 && row[i].part[k] != NULL; k++) {
			CHECK(strstr(message, row[i].part[k]) != NULL);
			if (strstr(message, row[i].part[k]) == NULL)
				printf("  message: %s  lacks:   %s\n", message, row[i].part[k]);
		}
	}
}

static void
too_many_options_and_arguments_end_in_a_message(void)
{
	static char *argv[CLI_POSITIONAL_MAX + 8];
	struct text error = text_init(message, sizeof message);
	int argc = 0;

	argv[argc++] = (char *)(uintptr_t)"tidewatch";
	argv[argc++] = (char *)(uintptr_t)"replay";
	while (argc < CLI_POSITIONAL_MAX + 2)
		argv[argc++] = (char *)(uintptr_t)"f";
	CHECK(cli_parse(&cli, argc, argv, &error) == ERR_NONE);
	CHECK(cli.positional_count == CLI_POSITIONAL_MAX);
	argv[argc++] = (char *)(uintptr_t)"f";
	CHECK(cli_parse(&cli, argc, argv, &error) == ERR_USAGE);
	argc = 3;
	while (argc < 3 + CLI_GIVEN_MAX)
		argv[argc++] = (char *)(uintptr_t)"--ask=/x@+1";
	CHECK(cli_parse(&cli, argc, argv, &error) == ERR_NONE);
	CHECK(cli_repeat(&cli, "ask") == CLI_GIVEN_MAX);
	argv[argc++] = (char *)(uintptr_t)"--ask=/x@+1";
	CHECK(cli_parse(&cli, argc, argv, &error) == ERR_USAGE);
}

static void
repeated_options_keep_their_order(void)
{
	static const char *const word[] = { "replay", "--ask", "/a@+1", "t", "--ask=/b@+2", NULL };

	CHECK(parse(word) == ERR_NONE);
	CHECK(cli_repeat(&cli, "ask") == 2);
	CHECK_TEXT(cli_repeat_at(&cli, "ask", 0), "/a@+1");
	CHECK_TEXT(cli_repeat_at(&cli, "ask", 1), "/b@+2");
	CHECK(cli_repeat_at(&cli, "ask", 2) == NULL);
	CHECK(cli_text(&cli, "labels") == NULL);
	CHECK(!cli_flag(&cli, "labels"));
}

static void
numbers_and_lists_are_asked_by_name(void)
{
	static const char *const given[] = { "replay", "t", "--speed", "2.5", "--print",
	                                     "events,answers", NULL };
	static const char *const none[] = { "replay", "t", NULL };
	static const char *const max[] = { "replay", "t", "--speed", "max", NULL };

	CHECK(parse(given) == ERR_NONE);
	CHECK(cli_number(&cli, "speed", 7) == 2.5);
	CHECK(cli_lists(&cli, "print", "events", false));
	CHECK(cli_lists(&cli, "print", "answers", false));
	CHECK(!cli_lists(&cli, "print", "alerts", true));
	CHECK(parse(none) == ERR_NONE);
	CHECK(cli_number(&cli, "speed", 7) == 7);
	CHECK(cli_lists(&cli, "print", "events", true));
	CHECK(!cli_lists(&cli, "print", "events", false));
	CHECK(parse(max) == ERR_NONE);
	CHECK(cli_number(&cli, "speed", 0) == 0);
}

static void
help_may_stand_anywhere(void)
{
	static const char *const row[][4] = {
		{ "decode", "--help", NULL }, { "decode", "x", "-h", NULL },
		{ "tape", "cat", "--help", NULL }, { "tape", "--help", NULL },
		{ "chart", "--help", NULL },
	};
	static const char *const behind[] = { "decode", "--venue=bybit-spot", "--", "--help", NULL };

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(parse(row[i]) == ERR_NONE);
		CHECK(cli.help);
	}
	CHECK(parse(behind) == ERR_NONE);
	CHECK(!cli.help);
}

static void
every_command_of_the_contract_is_there(void)
{
	static const char *const name[] = {
		"run", "check", "doctor", "decode", "record", "tape cat", "tape info",
		"tape verify", "tape import", "replay", "ask", "top", "status", "health",
		"chart", "export", "sql", "backup", "restore", "store info", "bench", "version",
		"update check", "update apply", "update rollback", "help",
	};
	static char help[16 * 1024];
	struct text out = text_init(help, sizeof help - 1);
	size_t count = 0;

	while (command_at((int)count) != NULL)
		count++;
	CHECK(count == sizeof name / sizeof name[0]);
	command_help_all(&out);
	CHECK(!out.cut);
	help[out.count] = '\0';
	for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
		const struct command *c = command_find(slice_str(name[i]));
		char line[64];

		CHECK(c != NULL);
		snprintf(line, sizeof line, "\n  %s ", name[i]);
		CHECK(strstr(help, line) != NULL);
	}
	CHECK(command_find(SLICE("tape")) == NULL);
	CHECK(command_is_group(SLICE("tape")));
	CHECK(!command_is_group(SLICE("tap")));
	CHECK(!command_is_group(SLICE("check")));
}

/* What help prints is what the parser knows: every option of every command, and no
 * line wider than a terminal. */
static void
help_tells_every_option(void)
{
	const struct command *c;
	static char help[8 * 1024];

	for (int i = 0; (c = command_at(i)) != NULL; i++) {
		struct text out = text_init(help, sizeof help - 1);
		struct slice rest;

		memset(help, 0, sizeof help);
		command_help_one(&out, c);
		CHECK(!out.cut);
		CHECK(c->summary[0] != '\0');
		CHECK(c->positional_min <= c->positional_max);
		CHECK((c->positional_max > 0) == (c->arguments[0] != '\0'));
		for (const struct cli_option *o = c->option; o->name != NULL; o++) {
			char word[64];

			snprintf(word, sizeof word, "--%s", o->name);
			CHECK(strstr(help, word) != NULL);
			CHECK(o->kind != CLI_NONE);
			CHECK((o->kind == CLI_FLAG) == (o->argument == NULL));
			CHECK(o->help != NULL);
			CHECK(o->kind != CLI_NUMBER || o->min < o->max);
		}
		for (rest = text_slice(&out); rest.count > 0;)
			CHECK(slice_cut(&rest, '\n').count <= 80);
	}
}

static void
times_are_read_in_three_forms(void)
{
	static const struct { const char *text; bool good; int64_t ns; bool relative; } row[] = {
		{ "+0", true, 0, true },
		{ "+90", true, 90000000000, true },
		{ "+0.5", true, 500000000, true },
		{ "+0.1234567891", true, 123456789, true },
		{ "0", true, 0, false },
		{ "1773480413", true, 1773480413000000000, false },
		{ "1773480413.25", true, 1773480413250000000, false },
		/* date -u -d 2026-03-14T09:26:53Z +%s: 1773480413 */
		{ "2026-03-14T09:26:53Z", true, 1773480413000000000, false },
		{ "2026-03-14t09:26:53z", true, 1773480413000000000, false },
		{ "2026-03-14T17:26:53+08:00", true, 1773480413000000000, false },
		{ "2026-03-14T05:56:53.5-03:30", true, 1773480413500000000, false },
		{ "1970-01-01T00:00:00Z", true, 0, false },
		/* A leap day, and the seconds behind it: 951782400 is 2000-02-29. */
		{ "2000-02-29T00:00:00Z", true, 951782400000000000, false },
		{ "2024-12-31T23:59:60Z", true, 1735689600000000000, false },
		{ "", false, 0, false },
		{ "+", false, 0, false },
		{ "-5", false, 0, false },
		{ "1.", false, 0, false },
		{ "5s", false, 0, false },
		{ "2026-03-14", false, 0, false },
		{ "2026-03-14T09:26:53", false, 0, false }, /* in which zone? */
		{ "2026-02-29T00:00:00Z", false, 0, false },
		{ "2100-02-29T00:00:00Z", false, 0, false },
		{ "2026-13-01T00:00:00Z", false, 0, false },
		{ "2026-00-01T00:00:00Z", false, 0, false },
		{ "2026-01-01T24:00:00Z", false, 0, false },
		{ "2026-01-01T00:60:00Z", false, 0, false },
		{ "2026-01-01T00:00:61Z", false, 0, false },
		{ "2026-01-01T00:00:00+24:00", false, 0, false },
		{ "2026-01-01T00:00:00ZZ", false, 0, false },
		{ "1969-12-31T23:59:59Z", false, 0, false },
		{ "1970-01-01T00:00:00+00:01", false, 0, false },
		{ "9999-01-01T00:00:00Z", false, 0, false },
		{ "1773480413000000000", false, 0, false }, /* that is ns */
		{ "99999999999999999999999", false, 0, false },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct when when = { 0 };
		bool good = when_read(slice_str(row[i].text), &when);

		CHECK(good == row[i].good);
		if (good != row[i].good)
			printf("  time: %s\n", row[i].text);
		if (!good)
			continue;
		CHECK(when.ns == row[i].ns);
		CHECK(when.relative == row[i].relative);
	}
}

static void
distance_counts_letters(void)
{
	static const struct { const char *a, *b; int want; } row[] = {
		{ "", "", 0 }, { "abc", "abc", 0 }, { "ABC", "abc", 0 }, { "", "abc", 3 },
		{ "abc", "ab", 1 }, { "abc", "abd", 1 }, { "abc", "acb", 1 }, /* one swap */
		{ "kitten", "sitting", 3 }, { "ca", "abc", 3 }, /* OSA, not full Damerau */
	};
	static char long_word[NEAREST_BYTES_MAX + 2];
	struct nearest n = nearest_to(SLICE("chekc"));

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(nearest_distance(slice_str(row[i].a), slice_str(row[i].b)) == row[i].want);
		CHECK(nearest_distance(slice_str(row[i].b), slice_str(row[i].a)) == row[i].want);
	}
	nearest_offer(&n, "chart");
	CHECK(n.best == NULL);
	nearest_offer(&n, "check");
	CHECK(n.best != NULL && strcmp(n.best, "check") == 0);
	memset(long_word, 'a', sizeof long_word - 1);
	n = nearest_to(slice_str(long_word));
	nearest_offer(&n, long_word);
	CHECK(n.best == NULL);
}

int
main(void)
{
	good_lines_are_read();
	wrong_lines_are_refused_with_a_way_out();
	too_many_options_and_arguments_end_in_a_message();
	repeated_options_keep_their_order();
	numbers_and_lists_are_asked_by_name();
	help_may_stand_anywhere();
	every_command_of_the_contract_is_there();
	help_tells_every_option();
	times_are_read_in_three_forms();
	distance_counts_letters();
	return CHECK_END("cli");
}
