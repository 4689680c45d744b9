/* binance_ask.c - what Binance is asked over REST, how often, and why it refuses.
 *
 * Documents read 2026-11-25 (dated notes up to 2026-10-23).
 *
 * Weights   spot 6000 a minute; USD-M and COIN-M 2400 a minute together, per address,
 *           told in X-MBX-USED-WEIGHT-1M.  /futures/data of USD-M weighs nothing but
 *           is 1000 requests in 5 minutes; fundingInfo and fundingRate are 500 in 5
 *           minutes.  COIN-M's /futures/data weighs 1.
 * Fill      aggTrades by fromId, inclusive, 1000 a page: weight 4 on spot, 20 on futures.
 * Rhythm    OI every 15 s (the value moves every 3 s or so), ratios every 5 minutes,
 *           metadata every hour; marks and tickers only while their stream is down.
 * Pairs     COIN-M statistics are asked by pair, its perpetual's.
 */
#include "venue/binance_say.h"

enum { WEIGHT, DATA, FUNDING };

#define MINUTE_MS 60000
#define HOUR_S 3600

const struct say_bucket binance_spot_bucket[BINANCE_SPOT_BUCKETS] = {
	[WEIGHT] = { .shared = 1, .weight_max = 6000, .window_ms = MINUTE_MS,
	             .header = "X-MBX-USED-WEIGHT-1M" },
};

#define FUTURES_BUCKETS                                                        \
	[WEIGHT] = { .shared = 2, .weight_max = 2400, .window_ms = MINUTE_MS,  \
	             .header = "X-MBX-USED-WEIGHT-1M" },                       \
	[DATA] = { .shared = 3, .weight_max = 1000, .window_ms = 5 * MINUTE_MS }, \
	[FUNDING] = { .shared = 4, .weight_max = 500, .window_ms = 5 * MINUTE_MS }

const struct say_bucket binance_usdm_bucket[BINANCE_FUTURES_BUCKETS] = { FUTURES_BUCKETS };
const struct say_bucket binance_coinm_bucket[BINANCE_FUTURES_BUCKETS] = { FUTURES_BUCKETS };

const struct say_ask binance_spot_ask[BINANCE_SPOT_ASKS] = {
	{ .asked = ASK_INSTRUMENTS, .when = WHEN_ALWAYS, .weight = 20, .period_s = HOUR_S,
	  .path = "/api/v3/exchangeInfo?showPermissionSets=false" },
	{ .asked = ASK_FILL, .when = WHEN_GAP, .each = true, .weight = 4, .limit = 1000,
	  .path = "/api/v3/aggTrades?symbol={symbol}&fromId={from}&limit={limit}" },
	{ .asked = ASK_TICKERS, .when = WHEN_RANK, .weight = 80, .period_s = 60,
	  .instead = SAY_CARRIES(EVENT_TICKER), .path = "/api/v3/ticker/24hr" },
	{ .asked = ASK_TOPS, .when = WHEN_REST, .weight = 4, .period_s = 30,
	  .path = "/api/v3/ticker/bookTicker" },
	{ .asked = ASK_BARS, .when = WHEN_START, .each = true, .weight = 2, .limit = 1000,
	  .path = "/api/v3/klines?symbol={symbol}&interval=1m&limit={limit}" },
};

#define RATIO(kind, name, bucket_, weight_, by)                                \
	{ .asked = (kind), .when = WHEN_ALWAYS, .bucket = (bucket_), .each = true, \
	  .perpetual_only = true, .weight = (weight_), .period_s = 300, .limit = 2, \
	  .path = "/futures/data/" name "?" by "&period=5m&limit={limit}" }

const struct say_ask binance_usdm_ask[BINANCE_USDM_ASKS] = {
	{ .asked = ASK_INSTRUMENTS, .when = WHEN_ALWAYS, .weight = 1, .period_s = HOUR_S,
	  .path = "/fapi/v1/exchangeInfo" },
	{ .asked = ASK_FUNDING_INFO, .when = WHEN_ALWAYS, .bucket = FUNDING, .weight = 1,
	  .period_s = HOUR_S, .path = "/fapi/v1/fundingInfo" },
	{ .asked = ASK_FILL, .when = WHEN_GAP, .each = true, .weight = 20, .limit = 1000,
	  .path = "/fapi/v1/aggTrades?symbol={symbol}&fromId={from}&limit={limit}" },
	{ .asked = ASK_TICKERS, .when = WHEN_RANK, .weight = 40, .period_s = 60,
	  .instead = SAY_CARRIES(EVENT_TICKER), .path = "/fapi/v1/ticker/24hr" },
	{ .asked = ASK_MARKS, .when = WHEN_SILENT, .weight = 10, .period_s = 30,
	  .instead = SAY_CARRIES(EVENT_MARK), .path = "/fapi/v1/premiumIndex" },
	{ .asked = ASK_OI, .when = WHEN_ALWAYS, .each = true, .weight = 1, .period_s = 15,
	  .path = "/fapi/v1/openInterest?symbol={symbol}" },
	RATIO(ASK_RATIO_GLOBAL, "globalLongShortAccountRatio", DATA, 1, "symbol={symbol}"),
	RATIO(ASK_RATIO_TOP_ACCOUNT, "topLongShortAccountRatio", DATA, 1, "symbol={symbol}"),
	RATIO(ASK_RATIO_TOP_POSITION, "topLongShortPositionRatio", DATA, 1, "symbol={symbol}"),
	RATIO(ASK_RATIO_TAKER, "takerlongshortRatio", DATA, 1, "symbol={symbol}"),
	{ .asked = ASK_BARS, .when = WHEN_START, .each = true, .weight = 10, .limit = 1440,
	  .path = "/fapi/v1/klines?symbol={symbol}&interval=1m&limit={limit}" },
	{ .asked = ASK_OI_HISTORY, .when = WHEN_START, .bucket = DATA, .each = true,
	  .perpetual_only = true, .weight = 1, .limit = 500,
	  .path = "/futures/data/openInterestHist?symbol={symbol}&period=5m&limit={limit}" },
	{ .asked = ASK_FUNDING_HISTORY, .when = WHEN_START, .bucket = FUNDING, .each = true,
	  .perpetual_only = true, .weight = 1, .limit = 100,
	  .path = "/fapi/v1/fundingRate?symbol={symbol}&limit={limit}" },
};

const struct say_ask binance_coinm_ask[BINANCE_COINM_ASKS] = {
	{ .asked = ASK_INSTRUMENTS, .when = WHEN_ALWAYS, .weight = 1, .period_s = HOUR_S,
	  .path = "/dapi/v1/exchangeInfo" },
	{ .asked = ASK_FILL, .when = WHEN_GAP, .each = true, .weight = 20, .limit = 1000,
	  .path = "/dapi/v1/aggTrades?symbol={symbol}&fromId={from}&limit={limit}" },
	{ .asked = ASK_TICKERS, .when = WHEN_RANK, .weight = 40, .period_s = 60,
	  .instead = SAY_CARRIES(EVENT_TICKER), .path = "/dapi/v1/ticker/24hr" },
	{ .asked = ASK_MARKS, .when = WHEN_SILENT, .weight = 10, .period_s = 30,
	  .instead = SAY_CARRIES(EVENT_MARK), .path = "/dapi/v1/premiumIndex" },
	{ .asked = ASK_OI, .when = WHEN_ALWAYS, .each = true, .weight = 1, .period_s = 15,
	  .path = "/dapi/v1/openInterest?symbol={symbol}" },
	RATIO(ASK_RATIO_GLOBAL, "globalLongShortAccountRatio", WEIGHT, 1, "pair={pair}"),
	RATIO(ASK_RATIO_TOP_ACCOUNT, "topLongShortAccountRatio", WEIGHT, 1, "pair={pair}"),
	RATIO(ASK_RATIO_TOP_POSITION, "topLongShortPositionRatio", WEIGHT, 1, "pair={pair}"),
	RATIO(ASK_RATIO_TAKER, "takerBuySellVol", WEIGHT, 1,
	      "pair={pair}&contractType=PERPETUAL"),
	{ .asked = ASK_BARS, .when = WHEN_START, .each = true, .weight = 10, .limit = 1440,
	  .path = "/dapi/v1/klines?symbol={symbol}&interval=1m&limit={limit}" },
	{ .asked = ASK_OI_HISTORY, .when = WHEN_START, .each = true, .perpetual_only = true,
	  .weight = 1, .limit = 500, .path = "/futures/data/openInterestHist?pair={pair}"
	  "&contractType=PERPETUAL&period=5m&limit={limit}" },
	{ .asked = ASK_FUNDING_HISTORY, .when = WHEN_START, .each = true,
	  .perpetual_only = true, .weight = 1, .limit = 100,
	  .path = "/dapi/v1/fundingRate?symbol={symbol}&limit={limit}" },
};

enum say_trouble
binance_trouble(int status, struct slice body)
{
	int64_t code;
	/* Error objects come with 400 and, seldom, with 200.  No row of an answer has a
	 * member of that name. */
	bool is_error = say_number(body, "\"code\"", &code) && code < 0;

	switch (status) {
	case 451:
		return TROUBLE_PLACE;
	case 403:
		return TROUBLE_WALL;
	case 418:
		return TROUBLE_BANNED;
	case 429:
		return TROUBLE_TOO_MANY;
	default:
		break;
	}
	if (status >= 500)
		return TROUBLE_SERVER;
	if (say_contains(body, "restricted location"))
		return TROUBLE_PLACE;
	if (is_error && code == -1121)
		return TROUBLE_SYMBOL;
	if (is_error && code == -1003)
		return TROUBLE_TOO_MANY;
	if (is_error && (code == -1000 || code == -1001 || code == -1008))
		return TROUBLE_SERVER; /* unknown, disconnected, overloaded */
	if (is_error || (status >= 400 && status < 500))
		return TROUBLE_REQUEST;
	return status == 200 ? TROUBLE_NONE : TROUBLE_STRANGE;
}
