/* binance_fuzz.c - hostile bytes to the Binance adapter.
 *
 * Goal: nothing that can come from Binance's end of a line does more than give events
 *       of the agreed shape, or none.
 * Method: the first byte chooses venue, road and what is known; the rest is a message
 *       or one element of a body.  Properties: the fast reader gives what the any-order
 *       reader gives, or steps aside without a trace; what is not OK put nothing; a
 *       blank behind the message changes nothing; a message that was OK is not OK when
 *       its end is missing; all numbers of an event are in their ranges, and its texts
 *       lie within the message.
 */
#include "venue/binance_harness.h"
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct harness h;

#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "not true: %s\n", #condition);         \
			abort();                                               \
		}                                                              \
	} while (0)

static const char *const asked[] = {
	"/%s/exchangeInfo",
	"/%s/fundingInfo",
	"/%s/aggTrades?symbol=%s",
	"/%s/trades?symbol=%s",
	"/%s/klines?symbol=%s&interval=1m",
	"/%s/premiumIndex",
	"/%s/fundingRate?symbol=%s",
	"/%s/openInterest?symbol=%s",
	"/%s/ticker/24hr",
	"/%s/ticker/bookTicker",
	"/futures/data/openInterestHist?pair=BTCUSD&contractType=PERPETUAL",
	"/futures/data/topLongShortPositionRatio?symbol=BTCUSDT",
	"/futures/data/takerlongshortRatio?symbol=BTCUSDT",
	"/futures/data/takerBuySellVol?pair=BTCUSD&contractType=PERPETUAL",
	"/%s/continuousKlines?pair=BTCUSDT&contractType=PERPETUAL&interval=1h",
	"/%s/depth?symbol=%s",
};

static bool
is_price(double v)
{
	return is_absent(v) || (v > 0 && !isinf(v));
}

static bool
is_quantity(double v)
{
	return is_absent(v) || (v >= 0 && !isinf(v) && !signbit(v));
}

static void
event_is_sane(const struct event *ev, struct slice msg)
{
	MUST(ev->venue == h.v->id);
	MUST(ev->instrument > 0);
	MUST(ev->instrument < h.table.count);
	MUST(ev->ts_ns >= 0);
	MUST(ev->recv_ns == h.call.recv_ns);
	switch ((enum event_kind)ev->kind) {
	case EVENT_TRADE:
		MUST(ev->u.trade.price > 0 && !isinf(ev->u.trade.price));
		MUST(ev->u.trade.qty > 0 && !isinf(ev->u.trade.qty));
		MUST(is_quantity(ev->u.trade.usd));
		MUST(ev->side <= SIDE_SELL);
		MUST(ev->side != SIDE_NONE || (ev->flags & FLAGS_OFF_BOOK) != 0);
		MUST(ev->u.trade.id.count == 0 ||
		     (ev->u.trade.id.at >= msg.at && ev->u.trade.id.at + ev->u.trade.id.count <=
		      msg.at + msg.count));
		MUST(ev->u.trade.first_id == ev->u.trade.last_id);
		MUST((ev->u.trade.id_space != ID_NONE) == (ev->u.trade.first_id > 0));
		break;
	case EVENT_LIQUIDATION:
		MUST(ev->u.liquidation.price > 0 && !isinf(ev->u.liquidation.price));
		MUST(ev->u.liquidation.qty > 0 && !isinf(ev->u.liquidation.qty));
		MUST(is_quantity(ev->u.liquidation.usd));
		MUST(ev->side == SIDE_LONG || ev->side == SIDE_SHORT);
		MUST(ev->u.liquidation.price_kind != PRICE_NONE);
		break;
	case EVENT_MARK:
		MUST(is_price(ev->u.mark.mark));
		MUST(is_price(ev->u.mark.index));
		MUST(!isinf(ev->u.mark.funding));
		MUST(ev->u.mark.funding_interval_h >= 0);
		MUST(ev->u.mark.next_funding_ns >= 0);
		break;
	case EVENT_OI:
		MUST(is_quantity(ev->u.oi.qty));
		MUST(is_quantity(ev->u.oi.usd));
		break;
	case EVENT_TICKER:
		MUST(is_price(ev->u.ticker.last) && is_price(ev->u.ticker.open));
		MUST(is_price(ev->u.ticker.high) && is_price(ev->u.ticker.low));
		MUST(is_quantity(ev->u.ticker.qty) && is_quantity(ev->u.ticker.usd));
		break;
	case EVENT_TOP:
		MUST(is_price(ev->u.top.bid) && is_price(ev->u.top.ask));
		MUST(is_absent(ev->u.top.bid) == is_absent(ev->u.top.bid_qty));
		MUST(is_absent(ev->u.top.ask) == is_absent(ev->u.top.ask_qty));
		MUST(is_quantity(ev->u.top.bid_qty) && is_quantity(ev->u.top.ask_qty));
		break;
	case EVENT_RATIO:
		MUST(ev->u.ratio.long_share >= 0 && ev->u.ratio.long_share <= 1);
		MUST(ev->u.ratio.ratio_kind != RATIO_NONE);
		break;
	case EVENT_BAR:
		MUST(is_price(ev->u.bar.open) && is_price(ev->u.bar.close));
		MUST(is_price(ev->u.bar.high) && is_price(ev->u.bar.low));
		MUST(is_quantity(ev->u.bar.qty) && is_quantity(ev->u.bar.usd));
		MUST(is_quantity(ev->u.bar.buy_qty) && is_quantity(ev->u.bar.buy_usd));
		MUST(ev->u.bar.interval_s > 0);
		MUST(ev->ts_ns > 0);
		break;
	case EVENT_INSTRUMENT:
		MUST(h.table.at[ev->instrument].symbol[0] != '\0');
		MUST(h.table.at[ev->instrument].kind != KIND_NONE);
		break;
	default:
		MUST(ev->kind == EVENT_NONE); /* no kind that Binance gives */
	}
}

static void
batch_is_sane(enum decode result, struct slice msg)
{
	static char line[65536];
	struct text out = text_init(line, sizeof line);

	MUST(result < DECODE_COUNT);
	MUST(result == DECODE_OK || h.batch.count == 0);
	MUST(h.batch.count <= h.batch.count_max);
	for (uint32_t i = 0; i < h.batch.count; i++)
		event_is_sane(&h.event[i], msg);
	harness_print(&h, &out);
}

/* The message ends at its last byte that is no blank. */
static size_t
trimmed(const char *at, size_t count)
{
	while (count > 0 && memchr(" \t\r\n", at[count - 1], 4) != NULL)
		count--;
	return count;
}

static void
message(const char *at, size_t count)
{
	char *copy = malloc(count + 1);
	enum decode result, again;
	uint32_t events;
	bool took;

	memcpy(copy, at, count);
	copy[count] = ' ';
	MUST(harness_agree(&h, slice_of(at, count), &took));
	h.batch.count = 0;
	result = h.v->decode(h.v, &h.call, slice_of(at, count));
	batch_is_sane(result, slice_of(at, count));
	events = h.batch.count;
	h.batch.count = 0;
	again = h.v->decode(h.v, &h.call, slice_of(copy, count + 1));
	MUST(again == result);
	MUST(h.batch.count == events);
	count = trimmed(at, count);
	if (result == DECODE_OK) {
		h.batch.count = 0;
		MUST(h.v->decode(h.v, &h.call, slice_of(at, count - 1)) == DECODE_JSON);
		MUST(h.batch.count == 0);
	}
	free(copy);
}

static void
element(unsigned which, const char *at, size_t count)
{
	static const char *const root[] = { "api/v3", "fapi/v1", "dapi/v1" };
	static const char *const symbol[] = { "BTCUSDT", "1000PEPEUSDT", "BTCUSD_PERP" };
	const char *form = asked[which % (sizeof asked / sizeof asked[0])];
	char text[128], *to = text;

	for (int n = 0; *form != '\0'; form++) {
		if (*form != '%') {
			*to++ = *form;
			continue;
		}
		to += sprintf(to, "%s", n++ == 0 ? root[h.v->id - 1] : symbol[h.v->id - 1]);
		form++;
	}
	batch_is_sane(h.v->body(h.v, &h.call, slice_of(text, (size_t)(to - text)),
	                        slice_of(at, count)), slice_of(at, count));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct venue *const venue[] = {
		&venue_binance_spot, &venue_binance_usdm, &venue_binance_coinm
	};
	static const struct slice known[] = {
		{ "BTCUSDT", 7 }, { "1000PEPEUSDT", 12 }, { "BTCUSD_PERP", 11 }, { "ETHBTC", 6 }
	};
	char *own;

	if (size < 1)
		return 0;
	harness_init(&h, venue[data[0] % 3]);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		venue_instrument(h.v, &h.call, known[i]);
	memset(h.call.skipped, 0, sizeof h.call.skipped);
	h.table.learn = (data[0] & 4) == 0;
	h.call.recv_ns = data[0] & 8 ? 1790526539087221517 : 0;
	own = malloc(size - 1 + (size == 1)); /* its own, so that a step beyond the end is seen */
	memcpy(own, data + 1, size - 1);
	if (data[0] & 128)
		element(data[0] >> 3 & 15, own, size - 1);
	else
		message(own, size - 1);
	free(own);
	return 0;
}
