/* cmd_help.c - the binary's own documents, made from the tables it works with.
 *
 * Why    A help text that is written apart from the table tells lies after a while.
 * Input  Nothing, a command, the first word of commands ("tape"), or "config".
 * Output Text on stdout, at most 80 columns wide where the words allow it.
 */
#include "app/command.h"
#include "app/config_schema.h"
#include "app/nearest.h"
#include "app/wrap.h"
#include <stdio.h>
#include <string.h>

enum { HELP_INDENT = 26 };

/* "  left      words", the words on a line of their own where left is long. */
static void
put_row(struct text *out, const char *left, const char *words)
{
	size_t column = 2 + strlen(left);

	text_format(out, "  %s", left);
	if (column + 2 > HELP_INDENT) {
		text_char(out, '\n');
		column = 0;
	}
	wrap_pad(out, column, HELP_INDENT);
	wrap_put(out, words, HELP_INDENT, HELP_INDENT);
}

void
command_help_all(struct text *out)
{
	const struct command *c;

	text_str(out, "tidewatch watches crypto exchanges: trades, liquidations, open interest and\n"
	              "funding.\n\nUsage: tidewatch COMMAND [OPTIONS] [ARGUMENTS]\n\n");
	for (int i = 0; (c = command_at(i)) != NULL; i++)
		if (c->run != NULL)
			put_row(out, c->name, c->summary);
	text_str(out, "\nNot in this build yet:\n\n");
	for (int i = 0; (c = command_at(i)) != NULL; i++)
		if (c->run == NULL)
			put_row(out, c->name, c->summary);
	text_str(out,
	         "\ntidewatch help COMMAND tells more, tidewatch help config lists the keys of the\n"
	         "configuration. Results go to stdout, everything else to stderr.\n\n"
	         "Exit codes: 0 ok, 1 failed or unhealthy, 64 usage, 65 broken data, 69 a service\n"
	         "is unavailable, 70 internal, 73 or 74 file, 75 try again, 77 permission,\n"
	         "78 configuration.\n");
}

void
command_help_one(struct text *out, const struct command *c)
{
	text_format(out, "tidewatch %s: ", c->name);
	wrap_put(out, c->summary, 12 + strlen(c->name), 0);
	text_format(out, "\nUsage: tidewatch %s%s%s%s\n", c->name,
	            c->option[0].name != NULL ? " [OPTIONS]" : "",
	            c->arguments[0] != '\0' ? " " : "", c->arguments);
	if (c->run == NULL)
		text_str(out, "\nThis build does not have this command yet.\n");
	if (c->more != NULL) {
		text_char(out, '\n');
		wrap_put(out, c->more, 0, 0);
	}
	text_str(out, "\nOptions:\n");
	for (const struct cli_option *o = c->option; o->name != NULL; o++) {
		char left[96], help[256];

		snprintf(left, sizeof left, "%s%c%s--%s%s%s", o->letter != '\0' ? "-" : "",
		         o->letter != '\0' ? o->letter : ' ', o->letter != '\0' ? ", " : "   ",
		         o->name, o->argument != NULL ? " " : "",
		         o->argument != NULL ? o->argument : "");
		snprintf(help, sizeof help, "%s%s", o->help, o->required ? " (required)" : "");
		put_row(out, left, help);
	}
	put_row(out, "-h, --help", "this text");
}

void
command_help_group(struct text *out, struct slice word)
{
	const struct command *c;

	text_str(out, "Usage: tidewatch ");
	text_put(out, word);
	text_str(out, " COMMAND [OPTIONS] [ARGUMENTS]\n\n");
	for (int i = 0; (c = command_at(i)) != NULL; i++) {
		struct slice rest = slice_str(c->name);

		if (slice_equal(slice_cut(&rest, ' '), word))
			put_row(out, c->name, c->summary);
	}
}

static int
unknown(struct slice words)
{
	struct nearest n = nearest_to(words);
	const struct command *c;

	for (int i = 0; (c = command_at(i)) != NULL; i++)
		nearest_offer(&n, c->name);
	nearest_offer(&n, "config");
	fprintf(stderr, "tidewatch help: no such command");
	if (n.best != NULL)
		fprintf(stderr, "; did you mean %s?", n.best);
	fprintf(stderr, "\nSee: tidewatch help\n");
	return err_exit(ERR_USAGE);
}

int
cmd_help(const struct cli *cli)
{
	static char buffer[64 * 1024];
	struct text out = text_init(buffer, sizeof buffer);
	char name[64];
	struct text words = text_init(name, sizeof name);
	const struct command *c;

	for (int i = 0; i < cli->positional_count; i++) {
		if (i > 0)
			text_char(&words, ' ');
		text_str(&words, cli->positional[i]);
	}
	c = command_find(text_slice(&words));
	if (words.count == 0)
		command_help_all(&out);
	else if (c != NULL)
		command_help_one(&out, c);
	else if (command_is_group(text_slice(&words)))
		command_help_group(&out, text_slice(&words));
	else if (slice_is(text_slice(&words), "config"))
		config_describe(&out);
	else
		return unknown(text_slice(&words));
	fwrite(out.at, 1, out.count, stdout);
	return 0;
}
