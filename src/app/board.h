/* board.h - what the running daemon says of itself, as one plain value.
 *
 * The answer to GET /status.json, read into a struct of fixed size.  Texts are copied
 * and cut to their room; they may hold anything (cells.h looks at them).  Figures
 * are doubles, NAN where the daemon said null or nothing, or something that is no
 * number: what is not known stays not known.  Times in ns are whole, 0: not known.
 *
 * Keys that are not known are passed over: a later daemon may say more.
 */
#ifndef APP_BOARD_H
#define APP_BOARD_H
#include "base/limits.h"
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

/* Full: what comes behind is counted and not kept.  Coins come biggest first. */
enum {
	BOARD_COINS_MAX = 1024,
	BOARD_LINKS_MAX = LIMIT_links_max,
	BOARD_VENUES_MAX = LIMIT_venues_max,
	BOARD_NAME_BYTES = 48,
	BOARD_WORDS_BYTES = 256,
	BOARD_COINS_TEXT_BYTES = 512,
};

struct board_venue {
	char name[BOARD_NAME_BYTES];
	char state[BOARD_NAME_BYTES];    /* up, partly, down, refused */
	char trouble[BOARD_WORDS_BYTES]; /* "": none */
	char doubt[BOARD_WORDS_BYTES];   /* of its own figures; "": none */
	double instruments, gaps, filled, unfilled, weight_used, weight_max, requests,
		requests_failed, trades, trade_usd;
};

struct board_link {
	char venue[BOARD_NAME_BYTES];
	char state[BOARD_NAME_BYTES]; /* idle connect upgrade subscribe live closing backoff */
	char reason[BOARD_WORDS_BYTES];
	char about[BOARD_WORDS_BYTES];
	double number, since_ms, age_ms, lag_ms, streams, silent, tries, restarts, frames, bytes;
};

struct board_coin {
	char name[BOARD_NAME_BYTES];
	double price, change, delta_usd, volume_usd, liquidated_long_usd, liquidated_short_usd,
		age_ms, trades;
};

struct board {
	char version[BOARD_NAME_BYTES];
	char state[BOARD_NAME_BYTES];
	bool ready;
	double pid;
	int64_t started_ns, now_ns;
	double plan_bytes, limit_bytes, rss_bytes;
	char coins_text[BOARD_COINS_TEXT_BYTES]; /* "BTC,ETH", "top:50", "all" */
	double coin_count, instrument_count;     /* that are watched */
	double window_s;
	double frames, bodies, events, trades, duplicates, gaps, gaps_filled, unreadable,
		unwatched;
	struct {
		char state[BOARD_NAME_BYTES]; /* off, recording, failed */
		char dir[BOARD_WORDS_BYTES];
		char reason[BOARD_WORDS_BYTES];
		double records, stored_bytes, dropped;
	} tape;
	/* How many came, and those that are kept. */
	uint32_t venues_told, links_told, coins_told;
	uint32_t venue_count, link_count, coins_kept;
	struct board_venue venue[BOARD_VENUES_MAX];
	struct board_link link[BOARD_LINKS_MAX];
	struct board_coin coin[BOARD_COINS_MAX];
};

/* False: this is not the answer of a daemon (no JSON, cut, or without version, state,
 * links or coins); `b` is then not to be used. */
bool board_read(struct board *b, struct slice json);

/* The same daemon in the same life as before, and later: figures may be subtracted. */
bool board_follows(const struct board *now, const struct board *before);

/* Frames a second of a link between two answers; NAN: not known. */
double board_frames_per_s(const struct board *now, const struct board *before,
                          const struct board_link *link);
#endif
