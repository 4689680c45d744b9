/* cli.c - argv against the command table; see the header. */
#include "app/cli.h"
#include "app/cli_value.h"
#include "app/command.h"
#include "app/nearest.h"
#include "base/check.h"
#include "base/num.h"
#include "venue/venue.h"
#include <string.h>

struct reader {
	struct cli *cli;
	int argc;
	char *const *argv;
	int at; /* the argument being read */
	struct text *error;
};

/* "tidewatch tape cat: argument 3: " */
static struct text *
place(struct reader *r)
{
	text_str(r->error, "tidewatch");
	if (r->cli->command != NULL)
		text_format(r->error, " %s", r->cli->command->name);
	if (r->at < r->argc)
		text_format(r->error, ": argument %d", r->at);
	text_str(r->error, ": ");
	return r->error;
}

static enum err
refuse(struct reader *r)
{
	text_char(r->error, '\n');
	if (r->cli->command != NULL)
		text_format(r->error, "See: tidewatch help %s\n", r->cli->command->name);
	else
		text_str(r->error, "See: tidewatch help\n");
	return ERR_USAGE;
}

static enum err
give(struct reader *r, const struct cli_option *o, const char *value)
{
	struct cli *cli = r->cli;

	if (value != NULL && !cli_is_value(o, slice_str(value))) {
		text_format(place(r), "--%s ", o->name);
		cli_put_typed(r->error, slice_str(value));
		text_str(r->error, ": ");
		cli_put_allowed(r->error, o, slice_str(value));
		return refuse(r);
	}
	for (int i = 0; i < cli->given_count && !o->repeat; i++) {
		if (cli->given[i].option == o) {
			text_format(place(r), "--%s is given twice", o->name);
			return refuse(r);
		}
	}
	if (cli->given_count == CLI_GIVEN_MAX) {
		text_format(place(r), "more than %d options", CLI_GIVEN_MAX);
		return refuse(r);
	}
	cli->given[cli->given_count].option = o;
	cli->given[cli->given_count++].value = value;
	return ERR_NONE;
}

static enum err
unknown_option(struct reader *r, struct slice name, bool is_long)
{
	struct nearest n = nearest_to(name);

	place(r);
	text_str(r->error, is_long ? "unknown option --" : "unknown option -");
	cli_put_typed(r->error, name);
	for (const struct cli_option *o = r->cli->command->option; o->name != NULL; o++)
		nearest_offer(&n, o->name);
	nearest_offer(&n, "help");
	if (is_long && n.best != NULL)
		text_format(r->error, "; did you mean --%s?", n.best);
	return refuse(r);
}

/* The value of an option that stands apart, or NULL with the error told. */
static const char *
next_value(struct reader *r, const struct cli_option *o)
{
	const char *value = r->at + 1 < r->argc ? r->argv[r->at + 1] : NULL;

	/* "--venue --json": the value was forgotten.  One that really begins so can
	 * be written as --opt=VALUE; "-" and "-5" are values. */
	if (value == NULL || (value[0] == '-' && value[1] != '\0' &&
	                      !(value[1] >= '0' && value[1] <= '9'))) {
		text_format(place(r), "--%s needs a value: --%s %s", o->name, o->name,
		            o->argument);
		refuse(r);
		return NULL;
	}
	r->at++;
	return value;
}

static enum err
long_option(struct reader *r, const char *text)
{
	struct slice value = slice_str(text);
	struct slice name = slice_cut(&value, '=');
	bool has_value = text[name.count] == '=';
	const char *given;

	if (slice_is(name, "help")) {
		r->cli->help = true;
		return ERR_NONE;
	}
	for (const struct cli_option *o = r->cli->command->option; o->name != NULL; o++) {
		if (!slice_equal(name, slice_str(o->name)))
			continue;
		if (o->kind == CLI_FLAG && has_value) {
			text_format(place(r), "--%s takes no value", o->name);
			return refuse(r);
		}
		if (o->kind == CLI_FLAG)
			return give(r, o, NULL);
		given = has_value ? text + name.count + 1 : next_value(r, o);
		return given != NULL ? give(r, o, given) : ERR_USAGE;
	}
	return unknown_option(r, name, true);
}

static enum err
short_option(struct reader *r, const char *text)
{
	const char *given;

	if (strcmp(text, "h") == 0) {
		r->cli->help = true;
		return ERR_NONE;
	}
	for (const struct cli_option *o = r->cli->command->option; o->name != NULL; o++) {
		if (o->letter == '\0' || o->letter != text[0])
			continue;
		if (o->kind == CLI_FLAG)
			return text[1] == '\0' ? give(r, o, NULL)
			                       : unknown_option(r, slice_str(text), false);
		given = text[1] != '\0' ? text + 1 : next_value(r, o);
		return given != NULL ? give(r, o, given) : ERR_USAGE;
	}
	return unknown_option(r, slice_str(text), false);
}

static enum err
positional(struct reader *r, const char *text)
{
	struct cli *cli = r->cli;
	const struct cli_option *check = &cli->command->positional;

	if (cli->positional_count == cli->command->positional_max ||
	    cli->positional_count == CLI_POSITIONAL_MAX) {
		place(r);
		cli_put_typed(r->error, slice_str(text));
		if (cli->command->positional_max == 0)
			text_str(r->error, ": takes no argument");
		else
			text_format(r->error, ": one argument too many; it takes %s",
			            cli->command->arguments);
		return refuse(r);
	}
	if (check->kind != CLI_NONE && !cli_is_value(check, slice_str(text))) {
		place(r);
		cli_put_typed(r->error, slice_str(text));
		text_str(r->error, ": ");
		cli_put_allowed(r->error, check, slice_str(text));
		return refuse(r);
	}
	cli->positional[cli->positional_count++] = text;
	return ERR_NONE;
}

static enum err
check_complete(struct reader *r)
{
	struct cli *cli = r->cli;

	r->at = r->argc; /* what is missing stands nowhere */
	for (const struct cli_option *o = cli->command->option; o->name != NULL; o++) {
		if (o->required && cli_repeat(cli, o->name) == 0) {
			struct text *out = place(r);

			text_format(out, "--%s %s is missing: %s", o->name, o->argument, o->help);
			if (o->kind == CLI_VENUE) {
				const struct venue *v;

				text_str(out, "; venues:");
				for (size_t i = 0; (v = venue_at(i)) != NULL; i++)
					text_format(out, " %s", v->name);
			}
			return refuse(r);
		}
	}
	if (cli->positional_count < cli->command->positional_min) {
		text_format(place(r), "%s is missing", cli->command->arguments);
		return refuse(r);
	}
	return ERR_NONE;
}

/* Finds the command and moves r->at to its last word. */
static enum err
find_command(struct reader *r)
{
	struct slice first = slice_str(r->argv[1]);
	struct nearest n = nearest_to(first);
	const struct command *c;
	char words[64];

	if (command_is_group(first)) {
		struct text t = text_init(words, sizeof words);

		r->at = 2;
		text_put(&t, first);
		if (r->argc > 2 && (strcmp(r->argv[2], "--help") == 0 ||
		                    strcmp(r->argv[2], "-h") == 0)) {
			r->cli->help = true;
			return ERR_NONE;
		}
		if (r->argc > 2) {
			text_char(&t, ' ');
			text_str(&t, r->argv[2]);
			r->cli->command = t.cut ? NULL : command_find(text_slice(&t));
			if (r->cli->command != NULL)
				return ERR_NONE;
		}
		place(r);
		if (r->argc > 2) {
			text_format(r->error, "%s has no command ", r->argv[1]);
			cli_put_typed(r->error, slice_str(r->argv[2]));
		} else {
			text_format(r->error, "%s needs a word behind it", r->argv[1]);
		}
		text_str(r->error, "; there is");
		for (int i = 0; (c = command_at(i)) != NULL; i++) {
			struct slice rest = slice_str(c->name);

			if (slice_equal(slice_cut(&rest, ' '), first))
				text_format(r->error, " %s,", c->name);
		}
		r->error->count -= !r->error->cut; /* the last comma */
		return refuse(r);
	}
	r->cli->command = command_find(first);
	if (r->cli->command != NULL)
		return ERR_NONE;
	place(r);
	if (first.count > 1 && first.at[0] == '-') {
		text_str(r->error, "options stand behind the command: tidewatch COMMAND ");
		cli_put_typed(r->error, first);
		return refuse(r);
	}
	text_str(r->error, "unknown command ");
	cli_put_typed(r->error, first);
	for (int i = 0; (c = command_at(i)) != NULL; i++)
		nearest_offer(&n, c->name);
	if (n.best == NULL) /* "tap cat", "stor" */
		for (int i = 0; (c = command_at(i)) != NULL; i++) {
			struct slice rest = slice_str(c->name);
			struct slice word = slice_cut(&rest, ' ');

			if (rest.count > 0 && nearest_distance(first, word) == 1)
				n.best = c->name;
		}
	if (n.best != NULL)
		text_format(r->error, "; did you mean %s?", n.best);
	return refuse(r);
}

enum err
cli_parse(struct cli *cli, int argc, char *const *argv, struct text *error)
{
	struct reader r = { cli, argc, argv, 1, error };
	bool options = true;
	enum err err;

	memset(cli, 0, sizeof *cli);
	if (argc < 2) {
		text_str(place(&r), "a command is missing");
		return refuse(&r);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		cli->command = command_find(SLICE("help"));
		return ERR_NONE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		cli->command = command_find(SLICE("version"));
		return ERR_NONE;
	}
	err = find_command(&r);
	if (err || cli->command == NULL)
		return err;
	for (r.at++; r.at < argc && !err; r.at++) {
		const char *text = argv[r.at];

		if (options && strcmp(text, "--") == 0)
			options = false;
		else if (options && text[0] == '-' && text[1] == '-')
			err = long_option(&r, text + 2);
		else if (options && text[0] == '-' && text[1] != '\0')
			err = short_option(&r, text + 1);
		else
			err = positional(&r, text);
	}
	/* Who asks for help has not finished the line yet. */
	if (cli->help)
		return ERR_NONE;
	return err ? err : check_complete(&r);
}

/* --- what commands ask ------------------------------------------------------------ */

/* A name the command does not have is a mistake of ours, not of the user's. */
static const struct cli_option *
option_of(const struct cli *cli, const char *name)
{
	for (const struct cli_option *o = cli->command->option;; o++) {
		ASSERT(o->name != NULL);
		if (strcmp(o->name, name) == 0)
			return o;
	}
}

int
cli_repeat(const struct cli *cli, const char *name)
{
	const struct cli_option *o = option_of(cli, name);
	int count = 0;

	for (int i = 0; i < cli->given_count; i++)
		count += cli->given[i].option == o;
	return count;
}

const char *
cli_repeat_at(const struct cli *cli, const char *name, int index)
{
	const struct cli_option *o = option_of(cli, name);

	for (int i = 0; i < cli->given_count; i++)
		if (cli->given[i].option == o && index-- == 0)
			return cli->given[i].value;
	return NULL;
}

const char *
cli_text(const struct cli *cli, const char *name)
{
	return cli_repeat_at(cli, name, 0);
}

bool
cli_flag(const struct cli *cli, const char *name)
{
	return cli_repeat(cli, name) > 0;
}

double
cli_number(const struct cli *cli, const char *name, double otherwise)
{
	const char *text = cli_text(cli, name);
	double number;

	return text != NULL && num_double(slice_str(text), 0, &number) ? number : otherwise;
}

bool
cli_lists(const struct cli *cli, const char *name, const char *word, bool otherwise)
{
	const char *text = cli_text(cli, name);
	struct slice rest = slice_str(text != NULL ? text : "");

	while (rest.count > 0)
		if (slice_equal(slice_cut(&rest, ','), slice_str(word)))
			return true;
	return text == NULL && otherwise;
}
