/* board_draw.h - the live board: one screen, or one block of lines, of a daemon's state.
 *
 * Pure: a value and the one before it go in, lines come out, each ended by a newline,
 * none wider than the columns and not more than the rows.  From top to bottom:
 *
 *   what is wrong with the daemon itself, when it does not answer
 *   version, state, uptime, memory, what is watched
 *   coins, biggest first
 *   links
 *   troubles as sentences
 *   gaps, duplicates, tape, keys: on the last row
 *
 * When rows are few, blank lines go first, then coins and links share what there is
 * (links at least a third, less when they need less), then troubles, then links.
 */
#ifndef APP_BOARD_DRAW_H
#define APP_BOARD_DRAW_H
#include "app/board.h"
#include "base/text.h"

enum { BOARD_DRAW_COLUMNS_MIN = 20, BOARD_DRAW_COLUMNS_MAX = 300, BOARD_DRAW_ROWS_MAX = 300 };

/* Enough for every board, whatever it holds. */
enum { BOARD_DRAW_BYTES = 2 * 1024 * 1024 };

struct board_view {
	int columns;         /* cut to the bounds above */
	int rows;            /* 0: as many as it takes, a block and not a screen */
	bool colour;
	bool unicode;
	bool keys;           /* somebody can press q */
	const char *trouble; /* the daemon does not answer, and why; NULL: it does */
	const char *cure;    /* what to do then */
	double old_ms;       /* age of the figures then */
};

/* `now` NULL: it never answered.  `before` NULL: there is no answer before. */
void board_draw(struct text *out, const struct board *now, const struct board *before,
                const struct board_view *view);
#endif
