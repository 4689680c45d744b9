/* cmd_top.c - the live board: asks the daemon again and again and draws its answer.
 *
 * Why    In a crash one wants to see at a glance what trades, what dies and whether
 *        the figures can be trusted.
 * Output On a terminal one screen, drawn in place; q or Ctrl-C ends it.  Elsewhere a
 *        block of lines each interval, a blank line between them, no escapes.
 * Limits The daemon may go and come: meanwhile the last figures stay, dim and with
 *        their age (elsewhere only the sentence), and it is asked again each time.
 *        Exit code 0 when somebody ended it; after --count blocks that of the last
 *        answer.
 */
#include "app/board_draw.h"
#include "app/command.h"
#include "app/look.h"
#include "app/term.h"
#include "sys/clock.h"
#include <stdlib.h>
#include <string.h>

struct top {
	struct look look;
	struct board board[3];      /* the last two answers, and room for the next */
	struct board *now, *before; /* NULL: none yet */
	int64_t answered_ns;        /* when `now` came, monotonic */
	enum err err;               /* of the last question */
	bool no_color;
	char lines[BOARD_DRAW_BYTES];
};

static void
ask(struct top *t)
{
	struct board *to = t->board;

	while (to == t->now || to == t->before)
		to++;
	t->err = look_status(&t->look, to);
	if (t->err)
		return;
	t->before = t->now;
	t->now = to;
	t->answered_ns = clock_mono_ns();
}

/* False: nobody reads any more. */
static bool
draw(struct top *t, bool is_first)
{
	const char *no_color = getenv("NO_COLOR");
	bool is_screen = term_is_screen();
	struct text out = text_init(t->lines, sizeof t->lines);
	struct board_view view = {
		.colour = is_screen && !t->no_color && (no_color == NULL || no_color[0] == '\0'),
		.unicode = term_is_unicode(),
		.keys = is_screen,
		.old_ms = (double)(clock_mono_ns() - t->answered_ns) / 1e6,
	};

	term_size(&view.columns, &view.rows);
	if (t->err) {
		view.trouble = t->look.trouble;
		view.cure = t->look.is_away ? t->look.start : NULL;
	}
	if (!is_screen) {
		view.rows = 0;
		if (!is_first)
			text_char(&out, '\n');
	}
	/* In a log old figures would be read as new ones. */
	board_draw(&out, t->err && !is_screen ? NULL : t->now, t->before, &view);
	return term_show(text_slice(&out));
}

int
cmd_top(const struct cli *cli)
{
	static struct top t;
	const int64_t interval_ns = (int64_t)(cli_number(cli, "interval", 1) * 1e9);
	const double count_max = cli_number(cli, "count", 0);
	enum term_event event = TERM_NONE;
	enum err err = look_open(&t.look, cli);
	double count = 0;

	if (err)
		return err_exit(err);
	t.no_color = cli_flag(cli, "no-color");
	term_open();
	while (event != TERM_QUIT) {
		int64_t next_ns = clock_mono_ns() + interval_ns;

		ask(&t);
		if (!draw(&t, count == 0))
			break;
		count++;
		if (count_max > 0 && count >= count_max)
			break;
		while ((event = term_wait(next_ns)) == TERM_DRAW)
			if (term_is_screen() && !draw(&t, false))
				break;
	}
	term_close();
	daemon_close(&t.look.daemon);
	return err_exit(count_max > 0 && count >= count_max ? t.err : ERR_NONE);
}
