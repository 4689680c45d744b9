/* binance_say.h - what binance_say.c (websocket) and binance_ask.c (REST) share; no
 * other file includes it. */
#ifndef VENUE_BINANCE_SAY_H
#define VENUE_BINANCE_SAY_H
#include "venue/say.h"

enum {
	BINANCE_SPOT_ASKS = 5,
	BINANCE_USDM_ASKS = 13,
	BINANCE_COINM_ASKS = 12,
	BINANCE_SPOT_BUCKETS = 1,
	BINANCE_FUTURES_BUCKETS = 3,
};

extern const struct say_ask binance_spot_ask[BINANCE_SPOT_ASKS];
extern const struct say_ask binance_usdm_ask[BINANCE_USDM_ASKS];
extern const struct say_ask binance_coinm_ask[BINANCE_COINM_ASKS];
extern const struct say_bucket binance_spot_bucket[BINANCE_SPOT_BUCKETS];
extern const struct say_bucket binance_usdm_bucket[BINANCE_FUTURES_BUCKETS];
extern const struct say_bucket binance_coinm_bucket[BINANCE_FUTURES_BUCKETS];

enum say_trouble binance_trouble(int status, struct slice body);
#endif
