/* bybit_say.h - what bybit_say.c (websocket) and bybit_ask.c (REST) share; no other
 * file includes it. */
#ifndef VENUE_BYBIT_SAY_H
#define VENUE_BYBIT_SAY_H
#include "venue/say.h"

enum { BYBIT_SPOT_ASKS = 5, BYBIT_CONTRACT_ASKS = 7, BYBIT_BUCKETS = 1 };

extern const struct say_ask bybit_spot_ask[BYBIT_SPOT_ASKS];
extern const struct say_ask bybit_linear_ask[BYBIT_CONTRACT_ASKS];
extern const struct say_ask bybit_inverse_ask[BYBIT_CONTRACT_ASKS];
extern const struct say_bucket bybit_bucket[BYBIT_BUCKETS];

enum say_trouble bybit_trouble(int status, struct slice body);
#endif
