/* bybit_ask.c - what Bybit is asked over REST, how often, and why it refuses.
 *
 * Documents read 2026-11-25 (repository of 2026-07-24).
 *
 * Budget    600 requests in 5 s per address over all hosts and products.  Whoever asks
 *           more gets 403 "access too frequent" and must close its connections and be
 *           silent for ten minutes.
 * Place     The same 403, with another page, where Bybit does not serve the country;
 *           also retCode 10009 and 10024.
 * Fill      recent-trade has no paging: the newest 1000 (spot: 60), nothing older.
 * Metadata  Linear is longer than a page of 1000: nextPageCursor.
 * Errors    retCode in the envelope decides, whatever the HTTP status.
 */
#include "venue/bybit_say.h"

#define HOUR_S 3600

const struct say_bucket bybit_bucket[BYBIT_BUCKETS] = {
	{ .shared = 5, .weight_max = 600, .window_ms = 5000 },
};

const struct say_ask bybit_spot_ask[BYBIT_SPOT_ASKS] = {
	{ .asked = ASK_INSTRUMENTS, .when = WHEN_ALWAYS, .weight = 1, .period_s = HOUR_S,
	  .path = "/v5/market/instruments-info?category=spot" },
	{ .asked = ASK_FILL, .when = WHEN_GAP, .each = true, .weight = 1, .limit = 60,
	  .path = "/v5/market/recent-trade?category=spot&symbol={symbol}&limit={limit}" },
	{ .asked = ASK_TICKERS, .when = WHEN_RANK, .weight = 1, .period_s = 15,
	  .instead = SAY_CARRIES(EVENT_TICKER), .path = "/v5/market/tickers?category=spot" },
	/* The stream of tickers has no bid and ask on spot, the answer has. */
	{ .asked = ASK_TOPS, .when = WHEN_REST, .weight = 1, .period_s = 30,
	  .path = "/v5/market/tickers?category=spot" },
	{ .asked = ASK_BARS, .when = WHEN_START, .each = true, .weight = 1, .limit = 1000,
	  .path = "/v5/market/kline?category=spot&symbol={symbol}&interval=1&limit={limit}" },
};

#define CONTRACT_ASKS(category)                                                \
	{ .asked = ASK_INSTRUMENTS, .when = WHEN_ALWAYS, .weight = 1, .period_s = HOUR_S, \
	  .cursor = "nextPageCursor",                                          \
	  .path = "/v5/market/instruments-info?category=" category "&limit=1000" }, \
	{ .asked = ASK_FILL, .when = WHEN_GAP, .each = true, .weight = 1, .limit = 1000, \
	  .path = "/v5/market/recent-trade?category=" category                 \
	          "&symbol={symbol}&limit={limit}" },                          \
	{ .asked = ASK_TICKERS, .when = WHEN_RANK, .weight = 1, .period_s = 15, \
	  .instead = SAY_CARRIES(EVENT_MARK),                                  \
	  .path = "/v5/market/tickers?category=" category },                   \
	{ .asked = ASK_RATIO_GLOBAL, .when = WHEN_ALWAYS, .each = true,        \
	  .perpetual_only = true, .weight = 1, .period_s = 300, .limit = 2,    \
	  .path = "/v5/market/account-ratio?category=" category                \
	          "&symbol={symbol}&period=5min&limit={limit}" },              \
	{ .asked = ASK_BARS, .when = WHEN_START, .each = true, .weight = 1, .limit = 1000, \
	  .path = "/v5/market/kline?category=" category                        \
	          "&symbol={symbol}&interval=1&limit={limit}" },               \
	{ .asked = ASK_OI_HISTORY, .when = WHEN_START, .each = true, .weight = 1, \
	  .limit = 200, .path = "/v5/market/open-interest?category=" category  \
	          "&symbol={symbol}&intervalTime=5min&limit={limit}" },        \
	{ .asked = ASK_FUNDING_HISTORY, .when = WHEN_START, .each = true,      \
	  .perpetual_only = true, .weight = 1, .limit = 100,                   \
	  .path = "/v5/market/funding/history?category=" category              \
	          "&symbol={symbol}&limit={limit}" }

const struct say_ask bybit_linear_ask[BYBIT_CONTRACT_ASKS] = { CONTRACT_ASKS("linear") };
const struct say_ask bybit_inverse_ask[BYBIT_CONTRACT_ASKS] = { CONTRACT_ASKS("inverse") };

enum say_trouble
bybit_trouble(int status, struct slice body)
{
	int64_t code = 0;
	bool has_code = say_number(body, "\"retCode\"", &code);

	if (status == 403)
		return say_contains(body, "too frequent") ? TROUBLE_BANNED : TROUBLE_PLACE;
	if (code == 10009 || code == 10024)
		return TROUBLE_PLACE;
	if (status == 429 || code == 10006 || code == 429)
		return TROUBLE_TOO_MANY;
	if (status >= 500 || code == 10016)
		return TROUBLE_SERVER;
	if (status == 200 && code == 0)
		return TROUBLE_NONE;
	/* 10001 is said of every wrong parameter; of ours only the symbol changes. */
	if (code == 10001 && say_contains(body, "ymbol"))
		return TROUBLE_SYMBOL;
	if (has_code || (status >= 400 && status < 500))
		return TROUBLE_REQUEST;
	return TROUBLE_STRANGE;
}
