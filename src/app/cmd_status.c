/* cmd_status.c - the state of the running daemon, once: all that it says of itself.
 *
 * Output Sections of plain text on stdout, on a terminal and elsewhere the same; with
 *        --json the daemon's own JSON, as it came.
 * Limits No rates: they take two answers (`top`).  Exit code 69 when no daemon answers,
 *        65 when its answer is not understood.
 */
#include "app/board_table.h"
#include "app/command.h"
#include "app/digits.h"
#include "app/look.h"
#include "app/term.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STATUS_BYTES = 2 * 1024 * 1024, COLUMNS = 80, LINES_MAX = 8 };

/* --- a line of words and figures --------------------------------------------------- */

/* Text is made in a line of its own and goes out through cells, broken at the width. */
struct line {
	struct cells *c;
	struct text text;
	char raw[2048];
};

static struct text *
line_begin(struct line *l, struct cells *c, size_t indent, const char *words)
{
	l->c = c;
	cells_pad(c, indent);
	l->text = text_init(l->raw, sizeof l->raw);
	text_str(&l->text, words);
	return &l->text;
}

static void
line_end(struct line *l, size_t indent)
{
	cells_words(l->c, text_slice(&l->text), indent, LINES_MAX);
}

/* ", 1,234 WORDS" */
static void
put_count(struct text *t, const char *before, double count, const char *words)
{
	text_str(t, before);
	digits_count(t, count);
	text_str(t, words);
}

static void
section(struct cells *c, const char *name)
{
	cells_end(c);
	cells_str(c, name);
	cells_end(c);
}

/* --- the sections -------------------------------------------------------------------- */

static void
put_memory(struct text *t, double bytes)
{
	if (isfinite(bytes))
		text_format(t, "%.1f MB", bytes / (1024 * 1024)); /* as limits.memory_mb counts */
	else
		text_char(t, '-');
}

static void
put_process(struct cells *c, const struct board *b)
{
	struct line l;
	struct text *t = line_begin(&l, c, 0, "tidewatch ");

	text_format(t, "%s, %s, %s", b->version, b->state, b->ready ? "ready" : "not ready");
	line_end(&l, 0);
	t = line_begin(&l, c, 0, "process: ");
	if (isfinite(b->pid))
		text_format(t, "%.0f", b->pid);
	else
		text_char(t, '-');
	text_str(t, ", up ");
	digits_span(t, b->started_ns > 0 && b->now_ns > 0
	                       ? (double)(b->now_ns - b->started_ns) / 1e9 : (double)NAN);
	if (b->started_ns > 0) {
		text_str(t, ", since ");
		text_time(t, b->started_ns, 0);
	}
	line_end(&l, 2);
	t = line_begin(&l, c, 0, "memory: ");
	put_memory(t, b->rss_bytes);
	text_str(t, " used, ");
	put_memory(t, b->plan_bytes);
	text_str(t, " planned, ");
	put_memory(t, b->limit_bytes);
	text_str(t, " at most");
	line_end(&l, 2);
	t = line_begin(&l, c, 0, "watch: ");
	text_format(t, "%s", b->coins_text[0] != '\0' ? b->coins_text : "-");
	put_count(t, "; ", b->coin_count, " coins,");
	put_count(t, " ", b->instrument_count, " instruments");
	line_end(&l, 2);
}

static void
put_venue(struct cells *c, const struct board_venue *v)
{
	struct line l;
	struct text *t = line_begin(&l, c, 2, "");

	text_format(t, "%s: %s", v->name, v->state);
	put_count(t, ", ", v->instruments, " instruments,");
	put_count(t, " ", v->trades, " trades of ");
	digits_short(t, v->trade_usd, false);
	text_str(t, " usd,");
	put_count(t, " gaps ", v->gaps, "");
	put_count(t, " (filled ", v->filled, "");
	put_count(t, ", not ", v->unfilled, "),");
	put_count(t, " requests ", v->requests, "");
	put_count(t, " (failed ", v->requests_failed, "),");
	put_count(t, " weight ", v->weight_used, " of ");
	digits_count(t, v->weight_max);
	line_end(&l, 4);
}

/* What the table of links has no column for. */
static void
put_link(struct cells *c, const struct board_link *k)
{
	struct line l;
	struct text *t = line_begin(&l, c, 2, "");

	text_format(t, "%s ", k->venue);
	digits_count(t, k->number);
	text_format(t, ": %s for ", k->state);
	digits_age(t, k->since_ms);
	put_count(t, ", ", k->frames, " frames, ");
	digits_bytes(t, k->bytes);
	put_count(t, ", ", k->restarts, " restarts,");
	put_count(t, " ", k->tries, " tries");
	if (k->about[0] != '\0')
		text_format(t, ", %s", k->about);
	if (k->reason[0] != '\0')
		text_format(t, "; %s", k->reason);
	line_end(&l, 4);
}

static void
put_totals(struct cells *c, const struct board *b)
{
	struct line l;
	struct text *t = line_begin(&l, c, 2, "");

	put_count(t, "", b->frames, " frames,");
	put_count(t, " ", b->bodies, " REST bodies,");
	put_count(t, " ", b->events, " events,");
	put_count(t, " ", b->trades, " trades,");
	put_count(t, " ", b->duplicates, " duplicates,");
	put_count(t, " gaps ", b->gaps, "");
	put_count(t, " (filled ", b->gaps_filled, "),");
	put_count(t, " ", b->unreadable, " unreadable frames,");
	put_count(t, " ", b->unwatched, " events of coins not watched");
	line_end(&l, 2);
}

static void
put_tape(struct cells *c, const struct board *b)
{
	struct line l;
	struct text *t = line_begin(&l, c, 2, "");

	text_str(t, b->tape.state[0] != '\0' ? b->tape.state : "-");
	if (strcmp(b->tape.state, "off") != 0) {
		text_format(t, ", %s", b->tape.dir[0] != '\0' ? b->tape.dir : "-");
		put_count(t, ", ", b->tape.records, " records, ");
		digits_bytes(t, b->tape.stored_bytes);
		put_count(t, ", ", b->tape.dropped, " dropped");
		if (b->tape.reason[0] != '\0')
			text_format(t, "; %s", b->tape.reason);
	}
	line_end(&l, 2);
}

static void
put_troubles(struct cells *c, const struct board *b)
{
	struct text none = text_init(NULL, 0);
	uint32_t count = board_table_trouble(b, UINT32_MAX, &none);

	if (count == 0)
		return;
	section(c, "troubles");
	for (uint32_t i = 0; i < count; i++) {
		struct line l;

		board_table_trouble(b, i, line_begin(&l, c, 2, "! "));
		line_end(&l, 4);
	}
}

static void
put_all(struct cells *c, const struct board *b)
{
	put_process(c, b);
	section(c, "coins, in usd");
	board_table_coins(c, b, board_table_coin_rows(b));
	section(c, "links");
	board_table_links(c, b, NULL, board_table_link_rows(b));
	for (uint32_t i = 0; i < b->link_count; i++)
		put_link(c, &b->link[i]);
	section(c, "venues");
	for (uint32_t i = 0; i < b->venue_count; i++)
		put_venue(c, &b->venue[i]);
	if (b->venues_told == 0) {
		cells_str(c, "  none");
		cells_end(c);
	}
	section(c, "totals");
	put_totals(c, b);
	section(c, "tape");
	put_tape(c, b);
	put_troubles(c, b);
}

int
cmd_status(const struct cli *cli)
{
	static struct look look;
	static struct board board;
	static char buffer[STATUS_BYTES];
	struct text out = text_init(buffer, sizeof buffer);
	struct cells cells = cells_init(&out, COLUMNS, false, term_is_unicode());
	struct cells words = cells_init(&out, STATUS_BYTES / 4, false, term_is_unicode());
	enum err err = look_open(&look, cli);

	if (err)
		return err_exit(err);
	err = look_status(&look, &board);
	daemon_close(&look.daemon);
	if (err) {
		cells_str(&words, "tidewatch status: ");
		cells_str(&words, look.trouble);
		cells_end(&words);
		if (look.is_away) {
			cells_str(&words, look.start);
			cells_end(&words);
		}
		fwrite(out.at, 1, out.count, stderr);
		return err_exit(err);
	}
	if (cli_flag(cli, "json")) {
		struct slice body = daemon_body(&look.daemon);

		fwrite(body.at, 1, body.count, stdout);
		if (!slice_ends(body, SLICE("\n")))
			fputc('\n', stdout);
		return err_exit(ERR_NONE);
	}
	put_all(&cells, &board);
	fwrite(out.at, 1, out.count, stdout);
	return err_exit(ERR_NONE);
}
