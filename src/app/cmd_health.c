/* cmd_health.c - is the running daemon well?  The HEALTHCHECK of an image.
 *
 * Output Nothing when it is; one sentence on stderr when it is not; with --json one
 *        object on stdout either way.
 * Limits Exit code 0 or 1, and 78 for a configuration that cannot be read.  Two seconds
 *        at most: a daemon whose loop hangs is not well.
 */
#include "app/cells.h"
#include "app/command.h"
#include "app/look.h"
#include <stdio.h>

static void
print_json(const struct look *l, bool is_well, const char *target)
{
	static char buffer[LOOK_WORDS_BYTES * 8];
	struct text t = text_init(buffer, sizeof buffer);

	text_format(&t, "{\"ok\":%s,\"asked\":\"%s\",\"status\":", is_well ? "true" : "false", target);
	if (l->daemon.status > 0)
		text_int(&t, l->daemon.status);
	else
		text_str(&t, "null");
	text_str(&t, ",\"reason\":");
	if (is_well)
		text_str(&t, "null");
	else
		text_json(&t, slice_str(l->trouble));
	text_str(&t, "}\n");
	fwrite(t.at, 1, t.count, stdout);
}

/* What the daemon says reaches a terminal as letters only. */
static void
print_sentence(const struct look *l)
{
	static char buffer[LOOK_WORDS_BYTES * 4];
	struct text t = text_init(buffer, sizeof buffer);
	struct cells c = cells_init(&t, sizeof buffer / 4, false, true);

	cells_str(&c, "tidewatch health: ");
	cells_str(&c, l->trouble);
	cells_end(&c);
	fwrite(t.at, 1, t.count, stderr);
}

int
cmd_health(const struct cli *cli)
{
	static struct look look;
	const char *target = cli_flag(cli, "ready") ? "/readyz" : "/livez";
	enum err err = look_open(&look, cli);

	if (err)
		return err_exit(err);
	err = look_ask(&look, target);
	daemon_close(&look.daemon);
	if (cli_flag(cli, "json"))
		print_json(&look, err == ERR_NONE, target);
	else if (err)
		print_sentence(&look);
	return err_exit(err ? ERR_FAILED : ERR_NONE);
}
