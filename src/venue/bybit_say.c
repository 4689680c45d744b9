/* bybit_say.c - what Bybit v5 wants to hear on a websocket, and how it answers.
 *
 * Documents read 2026-11-25 (repository of 2026-07-24).
 *
 * stream        spot                  linear, inverse
 * trade         publicTrade.<S>       the same
 * liquidation   none                  allLiquidation.<S>; there is no topic for all
 * ticker        tickers.<S>           tickers.<S>, which is mark, OI, 24 h and book top
 * top           orderbook.1.<S>       none of its own: the tickers have it (100 ms)
 *
 * Portions  Ten topics a request everywhere: spot allows no more, and one bad topic can
 *           fail the whole request.  21000 characters of topics a connection.
 * Ping      We say {"op":"ping"} every 20 s; the pong repeats "op":"ping" and has
 *           ret_msg "pong".
 * Refusal   Often without the req_id of the request: link.c has one request in the air
 *           at a time, so it knows which one was meant.
 * Life      No cut is documented; connections end when they end.
 */
#include "venue/bybit_say.h"
#include "base/json.h"

static const struct say_route spot_route[] = { { "/v5/public/spot" } };
static const struct say_route linear_route[] = { { "/v5/public/linear" } };
static const struct say_route inverse_route[] = { { "/v5/public/inverse" } };

static const struct say_stream spot_stream[] = {
	{ .name = "trade", .each = "publicTrade.{symbol}",
	  .carries = SAY_CARRIES(EVENT_TRADE), .quiet_ms = 10000 },
	{ .name = "ticker", .each = "tickers.{symbol}", .carries = SAY_CARRIES(EVENT_TICKER),
	  .quiet_ms = 30000 },
	/* Said again every 3 s when nothing changed. */
	{ .name = "top", .each = "orderbook.1.{symbol}", .live_top = true, .steady = true,
	  .carries = SAY_CARRIES(EVENT_TOP), .quiet_ms = 15000 },
};

static const struct say_stream contract_stream[] = {
	{ .name = "trade", .each = "publicTrade.{symbol}",
	  .carries = SAY_CARRIES(EVENT_TRADE), .quiet_ms = 10000 },
	{ .name = "liquidation", .each = "allLiquidation.{symbol}",
	  .carries = SAY_CARRIES(EVENT_LIQUIDATION) },
	{ .name = "ticker", .each = "tickers.{symbol}", .quiet_ms = 10000,
	  .carries = SAY_CARRIES(EVENT_MARK) | SAY_CARRIES(EVENT_OI) |
	             SAY_CARRIES(EVENT_TICKER) | SAY_CARRIES(EVENT_TOP) },
};

static void
opening(struct text *out, bool subscribe, uint32_t id)
{
	text_str(out, "{\"req_id\":\"");
	text_uint(out, id);
	text_str(out, subscribe ? "\",\"op\":\"subscribe\",\"args\":["
	                        : "\",\"op\":\"unsubscribe\",\"args\":[");
}

static void
closing(struct text *out, uint32_t id)
{
	(void)id;
	text_str(out, "]}");
}

static enum say_reply
reply(struct slice msg, struct say_answer *out)
{
	struct json r;
	struct json_value value;
	struct slice key, op = { NULL, 0 }, text = { NULL, 0 };
	bool success = false, has_success = false;
	int64_t id;

	if (slice_starts(msg, SLICE("{\"topic\":\"")))
		return SAY_DATA;
	*out = (struct say_answer){ 0 };
	r = json_open(msg);
	if (r.type != JSON_OBJECT)
		return SAY_DATA;
	while (json_member(&r, &key, &value)) {
		if (slice_is(key, "topic"))
			return SAY_DATA;
		if (slice_is(key, "op")) {
			op = value.text;
		} else if (slice_is(key, "ret_msg")) {
			text = value.text;
		} else if (slice_is(key, "success")) {
			has_success = true;
			success = value.type == JSON_TRUE;
		} else if (slice_is(key, "req_id") && json_int64(&value, &id) && id > 0 &&
		           id <= UINT32_MAX) {
			out->has_id = true;
			out->id = (uint32_t)id;
		}
	}
	if (!json_ok(&r))
		return SAY_DATA;
	if (slice_is(op, "pong") || slice_is(text, "pong"))
		return SAY_PONG;
	out->text = text;
	if (has_success && !success)
		return SAY_REFUSED;
	if (slice_is(op, "subscribe") || slice_is(op, "unsubscribe"))
		return SAY_ACK;
	return SAY_OTHER;
}

#define COMMON                                                                 \
	.ws = "wss://stream.bybit.com",                                        \
	.rest = "https://api.bybit.com",                                       \
	.trading = "Trading",                                                  \
	.topics_per_link_max = 1000,                                           \
	.topic_bytes_per_link_max = 21000,                                     \
	.topics_per_message_max = 10,                                          \
	.message_gap_ms = 50,                                                  \
	.ping_every_ms = 20000,                                                \
	.link_quiet_ms = 45000,                                                \
	.opening = opening,                                                    \
	.closing = closing,                                                    \
	.ping = "{\"op\":\"ping\"}",                                           \
	.reply = reply,                                                        \
	.bucket = bybit_bucket,                                                \
	.bucket_count = BYBIT_BUCKETS,                                         \
	.trouble = bybit_trouble

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

const struct venue_say say_bybit_spot = {
	COMMON,
	.venue = 4,
	.route = spot_route,
	.route_count = COUNT(spot_route),
	.stream = spot_stream,
	.stream_count = COUNT(spot_stream),
	.ask = bybit_spot_ask,
	.ask_count = BYBIT_SPOT_ASKS,
};

const struct venue_say say_bybit_linear = {
	COMMON,
	.venue = 5,
	.route = linear_route,
	.route_count = COUNT(linear_route),
	.stream = contract_stream,
	.stream_count = COUNT(contract_stream),
	.ask = bybit_linear_ask,
	.ask_count = BYBIT_CONTRACT_ASKS,
};

const struct venue_say say_bybit_inverse = {
	COMMON,
	.venue = 6,
	.route = inverse_route,
	.route_count = COUNT(inverse_route),
	.stream = contract_stream,
	.stream_count = COUNT(contract_stream),
	.ask = bybit_inverse_ask,
	.ask_count = BYBIT_CONTRACT_ASKS,
};
