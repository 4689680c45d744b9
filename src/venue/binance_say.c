/* binance_say.c - what Binance wants to hear on a websocket, and how it answers.
 *
 * Documents read 2026-11-25 (dated notes up to 2026-10-23); fixtures are in
 * tests/venue/binance_say_test.c.
 *
 * stream        spot /stream      USD-M                          COIN-M /stream
 * trade         <s>@aggTrade      /market <s>@aggTrade           <s>@aggTrade
 * liquidation   none              /market !forceOrder@arr        !forceOrder@arr
 * mark          none              /market <s>@markPrice@1s, or   <s>@markPrice@1s
 *                                 !markPrice@arr@1s
 * ticker        <s>@miniTicker,   /market the same               the same
 *               !miniTicker@arr
 * top           <s>@bookTicker    /public <s>@bookTicker for the first coins,
 *                                 !bookTicker (every 5 s) for the rest
 *
 * Routes   A stream on the wrong route of USD-M is acknowledged and stays silent: the
 *          watchdog of the stream is what finds out.
 * All      All-market streams carry every symbol of two product lines; they cost more
 *          than single ones until half of the market is watched.  Liquidations are few:
 *          one topic for all, always.
 * Pace     5 messages a second on spot, 10 on futures, our pongs and pings among them;
 *          ours keep to 4 and 5.
 * Life     24 h.
 */
#include "venue/binance_say.h"
#include "base/json.h"

#define HOURS_MS ((int64_t)3600000)

static const struct say_route one_route[] = { { "/stream" } };
static const struct say_route usdm_route[] = { { "/market/stream" }, { "/public/stream" } };

static const struct say_stream spot_stream[] = {
	{ .name = "trade", .each = "{lower}@aggTrade", .carries = SAY_CARRIES(EVENT_TRADE),
	  .quiet_ms = 10000 },
	{ .name = "ticker", .each = "{lower}@miniTicker", .all = "!miniTicker@arr",
	  .all_percent = 50, .carries = SAY_CARRIES(EVENT_TICKER), .quiet_ms = 30000 },
	{ .name = "top", .each = "{lower}@bookTicker", .live_top = true,
	  .carries = SAY_CARRIES(EVENT_TOP), .quiet_ms = 30000 },
};

static const struct say_stream usdm_stream[] = {
	{ .name = "trade", .each = "{lower}@aggTrade", .carries = SAY_CARRIES(EVENT_TRADE),
	  .quiet_ms = 10000 },
	{ .name = "liquidation", .all = "!forceOrder@arr",
	  .carries = SAY_CARRIES(EVENT_LIQUIDATION) },
	{ .name = "mark", .each = "{lower}@markPrice@1s", .all = "!markPrice@arr@1s",
	  .all_percent = 50, .carries = SAY_CARRIES(EVENT_MARK), .steady = true,
	  .quiet_ms = 5000 },
	{ .name = "ticker", .each = "{lower}@miniTicker", .all = "!miniTicker@arr",
	  .all_percent = 50, .carries = SAY_CARRIES(EVENT_TICKER), .quiet_ms = 30000 },
	{ .name = "top", .each = "{lower}@bookTicker", .all = "!bookTicker", .route = 1,
	  .live_top = true, .carries = SAY_CARRIES(EVENT_TOP), .quiet_ms = 30000 },
};

static const struct say_stream coinm_stream[] = {
	{ .name = "trade", .each = "{lower}@aggTrade", .carries = SAY_CARRIES(EVENT_TRADE),
	  .quiet_ms = 10000 },
	{ .name = "liquidation", .all = "!forceOrder@arr",
	  .carries = SAY_CARRIES(EVENT_LIQUIDATION) },
	{ .name = "mark", .each = "{lower}@markPrice@1s", .carries = SAY_CARRIES(EVENT_MARK),
	  .steady = true, .quiet_ms = 5000 },
	{ .name = "ticker", .each = "{lower}@miniTicker", .carries = SAY_CARRIES(EVENT_TICKER),
	  .quiet_ms = 30000 },
	{ .name = "top", .each = "{lower}@bookTicker", .all = "!bookTicker",
	  .live_top = true, .carries = SAY_CARRIES(EVENT_TOP), .quiet_ms = 30000 },
};

static void
opening(struct text *out, bool subscribe, uint32_t id)
{
	(void)id;
	text_str(out, subscribe ? "{\"method\":\"SUBSCRIBE\",\"params\":["
	                        : "{\"method\":\"UNSUBSCRIBE\",\"params\":[");
}

static void
closing(struct text *out, uint32_t id)
{
	text_str(out, "],\"id\":");
	text_uint(out, id);
	text_char(out, '}');
}

/* {"result":null,"id":7}; {"code":2,"msg":"...","id":7}; {"error":{...},"id":7};
 * {"stream":"!serverShutdown",...} and {"e":"serverShutdown",...}. */
static enum say_reply
reply(struct slice msg, struct say_answer *out)
{
	struct json r;
	struct json_value value;
	struct slice key;
	int64_t id;
	bool has_result = false, is_error = false;

	/* What all data looks like is told from its first bytes. */
	if (slice_starts(msg, SLICE("{\"stream\":\"")) &&
	    !slice_starts(msg, SLICE("{\"stream\":\"!server")))
		return SAY_DATA;
	*out = (struct say_answer){ 0 };
	r = json_open(msg);
	if (r.type != JSON_OBJECT)
		return SAY_DATA;
	while (json_member(&r, &key, &value)) {
		if (slice_is(key, "stream") || slice_is(key, "e")) {
			if (slice_is(value.text, "!serverShutdown") ||
			    slice_is(value.text, "serverShutdown"))
				return SAY_SHUTDOWN;
			return SAY_DATA;
		}
		if (slice_is(key, "id") && json_int64(&value, &id) && id > 0 && id <= UINT32_MAX) {
			out->has_id = true;
			out->id = (uint32_t)id;
		} else if (slice_is(key, "result")) {
			has_result = true;
		} else if (slice_is(key, "error")) {
			is_error = true;
			out->text = value.text;
		} else if (slice_is(key, "msg")) {
			is_error = true;
			out->text = value.text;
		}
	}
	if (!json_ok(&r))
		return SAY_DATA; /* the decoder will count it */
	if (is_error)
		return SAY_REFUSED;
	return has_result ? SAY_ACK : SAY_DATA;
}

#define COMMON                                                                 \
	.trading = "TRADING",                                                  \
	.topics_per_link_max = 1024,                                           \
	.topics_per_message_max = 100,                                         \
	.link_quiet_ms = 30000,                                                \
	.life_ms = 24 * HOURS_MS,                                              \
	.opening = opening,                                                    \
	.closing = closing,                                                    \
	.reply = reply,                                                        \
	.trouble = binance_trouble

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

const struct venue_say say_binance_spot = {
	COMMON,
	.venue = 1,
	.ws = "wss://stream.binance.com:9443",
	.rest = "https://api.binance.com",
	.route = one_route,
	.route_count = COUNT(one_route),
	.stream = spot_stream,
	.stream_count = COUNT(spot_stream),
	.ask = binance_spot_ask,
	.ask_count = BINANCE_SPOT_ASKS,
	.bucket = binance_spot_bucket,
	.bucket_count = BINANCE_SPOT_BUCKETS,
	.message_gap_ms = 250,
};

const struct venue_say say_binance_usdm = {
	COMMON,
	.venue = 2,
	.ws = "wss://fstream.binance.com",
	.rest = "https://fapi.binance.com",
	.route = usdm_route,
	.route_count = COUNT(usdm_route),
	.stream = usdm_stream,
	.stream_count = COUNT(usdm_stream),
	.ask = binance_usdm_ask,
	.ask_count = BINANCE_USDM_ASKS,
	.bucket = binance_usdm_bucket,
	.bucket_count = BINANCE_FUTURES_BUCKETS,
	.message_gap_ms = 200,
};

const struct venue_say say_binance_coinm = {
	COMMON,
	.venue = 3,
	.ws = "wss://dstream.binance.com",
	.rest = "https://dapi.binance.com",
	.route = one_route,
	.route_count = COUNT(one_route),
	.stream = coinm_stream,
	.stream_count = COUNT(coinm_stream),
	.ask = binance_coinm_ask,
	.ask_count = BINANCE_COINM_ASKS,
	.bucket = binance_coinm_bucket,
	.bucket_count = BINANCE_FUTURES_BUCKETS,
	.message_gap_ms = 200,
};
