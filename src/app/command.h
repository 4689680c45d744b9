/* command.h - the commands, as one table, and the way from argv to an exit code.
 *
 * A command is a row of the table in command.c: its words, what it does, what it
 * takes, and the function that does it.  A row without a function is a command
 * of the contract that this build does not have: its arguments are checked, help
 * says so, and it answers with one sentence and exit code 69.
 *
 * A command writes results to stdout, everything else to stderr, and returns its
 * exit code (base/err.h).  Standard output is flushed and checked afterwards.
 */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H
#include "app/cli.h"
#include "base/text.h"

enum { COMMAND_OPTIONS_MAX = 12, COMMAND_MANY = CLI_POSITIONAL_MAX };

struct command {
	const char *name;      /* one or two words: "decode", "tape cat" */
	const char *summary;   /* one line, no full stop */
	const char *arguments; /* as help shows them: "FILE..."; "" none */
	int positional_min, positional_max;
	struct cli_option positional; /* its kind and words check each; CLI_NONE: any text */
	const char *more;      /* a paragraph for its own help; NULL: none */
	int (*run)(const struct cli *cli); /* NULL: not in this build yet */
	struct cli_option option[COMMAND_OPTIONS_MAX]; /* ends with a name NULL */
};

/* In the order of the contract; NULL beyond the last. */
const struct command *command_at(int position);

/* NULL: no such command.  A first word of two-word commands alone is none. */
const struct command *command_find(struct slice words);

/* Is it the first word of commands like "tape cat"? */
bool command_is_group(struct slice word);

/* All commands; one command; the commands of one group. */
void command_help_all(struct text *out);
void command_help_one(struct text *out, const struct command *c);
void command_help_group(struct text *out, struct slice word);

/* The whole program but main(): parse, run, flush.  Returns the exit code. */
int command_main(int argc, char *const *argv);

int cmd_bench(const struct cli *cli);
int cmd_check(const struct cli *cli);
int cmd_decode(const struct cli *cli);
int cmd_health(const struct cli *cli);
int cmd_help(const struct cli *cli);
int cmd_record(const struct cli *cli);
int cmd_replay(const struct cli *cli);
int cmd_run(const struct cli *cli);
int cmd_status(const struct cli *cli);
int cmd_tape_cat(const struct cli *cli);
int cmd_tape_import(const struct cli *cli);
int cmd_tape_info(const struct cli *cli);
int cmd_tape_verify(const struct cli *cli);
int cmd_top(const struct cli *cli);
int cmd_version(const struct cli *cli);
#endif
