/* board_table.h - the tables of the board: coins, links, and what is wrong in words.
 *
 * A table fits its columns to the width: where there is little, whole columns go, in
 * this order, and nothing wraps.
 *
 *   coins  trades, volume, age, both liquidations, delta, change
 *   links  about, restarts, streams, gaps, lag, frames/s, silent, age
 *
 * Where there is much, the first column grows a little and the rest stays.
 */
#ifndef APP_BOARD_TABLE_H
#define APP_BOARD_TABLE_H
#include "app/board.h"
#include "app/cells.h"

/* A head and at most `rows` lines; what did not fit is said in the last one.  Coins as
 * they came, biggest first. */
void board_table_coins(struct cells *c, const struct board *b, size_t rows);

/* The same; when not all fit, those that are not well come first.  Gaps are counted
 * for a venue and stand at its first link. */
void board_table_links(struct cells *c, const struct board *now, const struct board *before,
                       size_t rows);

/* How many lines below their heads they want. */
size_t board_table_coin_rows(const struct board *b);
size_t board_table_link_rows(const struct board *b);

/* How many things are wrong; the one at `index` as a sentence without full stop, worst
 * first. */
uint32_t board_table_trouble(const struct board *b, uint32_t index, struct text *out);
#endif
