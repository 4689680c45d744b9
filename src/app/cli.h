/* cli.h - the command line: what was asked, checked against the command table.
 *
 * cli_parse reads argv once: the command's words, then its options and arguments
 * in any order.  `--opt value`, `--opt=value`, `-o value` and `-ovalue` say the
 * same; `--` ends the options; a lone `-` is an argument (standard input).  Values
 * are checked by kind here, so a command sees only values of the right form:
 *
 *   CLI_FLAG    no value
 *   CLI_TEXT    any text but none
 *   CLI_FILE    the same, and "-" where the command says so
 *   CLI_NUMBER  a decimal from min to max, or one of `words` if there are some
 *   CLI_WORD    one of `words`
 *   CLI_LIST    one or more of `words`, separated by commas
 *   CLI_VENUE   a venue of this build
 *   CLI_TIME    a time as when.h reads it
 *   CLI_ASK     CMD@TIME
 *
 * Nothing is copied: texts are those of argv and live as long.  A secret never
 * comes this way (argv is readable by everybody on the machine).
 */
#ifndef APP_CLI_H
#define APP_CLI_H
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

enum {
	CLI_POSITIONAL_MAX = LIMIT_replay_files_max, /* full: usage error */
	CLI_GIVEN_MAX = 256,                         /* options given; full: usage error */
	CLI_ERROR_BYTES = 2048,
};

enum cli_kind {
	CLI_NONE,
	CLI_FLAG,
	CLI_TEXT,
	CLI_FILE,
	CLI_NUMBER,
	CLI_WORD,
	CLI_LIST,
	CLI_VENUE,
	CLI_TIME,
	CLI_ASK,
};

struct cli_option {
	const char *name;     /* without dashes */
	char letter;          /* 0: none */
	uint8_t kind;         /* enum cli_kind */
	bool repeat;          /* may come several times */
	bool required;
	const char *argument; /* as help shows it; NULL for a flag */
	const char *words;    /* allowed words, one blank between */
	double min, max;      /* CLI_NUMBER */
	const char *help;
};

struct command;

struct cli {
	const struct command *command;
	bool help; /* --help: show the command's help instead */
	const char *positional[CLI_POSITIONAL_MAX];
	int positional_count;
	struct cli_given {
		const struct cli_option *option;
		const char *value; /* NULL for a flag */
	} given[CLI_GIVEN_MAX];
	int given_count;
};

/* ERR_USAGE: `error` says where and what, in one or two lines with their newlines. */
enum err cli_parse(struct cli *cli, int argc, char *const *argv, struct text *error);

/* --- for commands; `name` is the option's long name -------------------------- */

/* NULL: not given. */
const char *cli_text(const struct cli *cli, const char *name);

bool cli_flag(const struct cli *cli, const char *name);

/* The number of a CLI_NUMBER; `otherwise` if it was not given or is a word. */
double cli_number(const struct cli *cli, const char *name, double otherwise);

/* How often it was given, and the value given as the index-th (from 0). */
int cli_repeat(const struct cli *cli, const char *name);
const char *cli_repeat_at(const struct cli *cli, const char *name, int index);

/* Is `word` one of the list given?  `otherwise` if it was not given. */
bool cli_lists(const struct cli *cli, const char *name, const char *word, bool otherwise);
#endif
