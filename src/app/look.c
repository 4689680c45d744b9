/* look.c - see the header. */
#include "app/look.h"
#include "app/command.h"
#include <stdio.h>
#include <string.h>

static const int timeout_ms = 2000;

/* Without the full stop or newline at its end: it may stand in a line with others. */
static void
set_trouble(struct look *l, struct slice words)
{
	while (words.count > 0 && strchr(". \r\n", words.at[words.count - 1]) != NULL)
		words.count--;
	slice_copy(words, l->trouble, sizeof l->trouble);
}

enum err
look_open(struct look *l, const struct cli *cli)
{
	const char *path = cli_text(cli, "config");
	enum err err = config_load(&l->config, &l->report, path, CONFIG_FOR_REPLAY);

	if (err) {
		config_report_print(&l->report);
		return err;
	}
	err = daemon_init(&l->daemon, l->config.data.dir);
	if (err) {
		fprintf(stderr, "tidewatch %s: %s\n", cli->command->name, l->daemon.trouble);
		return err;
	}
	snprintf(l->start, sizeof l->start, "if none runs, start it: tidewatch run%s%s",
	         path != NULL ? " -c " : "", path != NULL ? path : "");
	return ERR_NONE;
}

enum err
look_ask(struct look *l, const char *target)
{
	enum err err = daemon_get(&l->daemon, target, timeout_ms);
	char raw[LOOK_WORDS_BYTES];
	struct text t = text_init(raw, sizeof raw);
	struct slice body, line;

	l->is_away = err == ERR_UNAVAILABLE;
	if (err) {
		set_trouble(l, slice_str(l->daemon.trouble[0] != '\0' ? l->daemon.trouble
		                                                      : err_text(err)));
		return err;
	}
	if (l->daemon.status == 200)
		return ERR_NONE;
	body = daemon_body(&l->daemon);
	line = slice_cut(&body, '\n');
	if (line.count > LOOK_WORDS_BYTES / 2)
		line.count = LOOK_WORDS_BYTES / 2;
	text_format(&t, "%s: answers %d to %s", l->daemon.path, l->daemon.status, target);
	if (line.count > 0) {
		text_str(&t, ": ");
		text_put(&t, line);
	}
	set_trouble(l, text_slice(&t));
	return ERR_UNAVAILABLE;
}

enum err
look_status(struct look *l, struct board *b)
{
	enum err err = look_ask(l, "/status.json");

	if (err || board_read(b, daemon_body(&l->daemon)))
		return err;
	snprintf(l->trouble, sizeof l->trouble, "%s: its /status.json is not the JSON that this "
	         "version understands; are both of one version?", l->daemon.path);
	return ERR_DATA;
}
