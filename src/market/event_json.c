/* event_json.c - events as lines of the NDJSON contract; see the header.
 *
 * Why    decode, replay and the tape's instrument table all speak this form, and
 *        other people's programs read it: keys, order and nulls are a contract.
 * Limits One line of an event without hostile texts stays below 1 KiB; symbols
 *        have at most 31 bytes, an id or a reason is as long as the venue's.
 */
#include "market/event_json.h"
#include "base/check.h"
#include "base/json.h"
#include "base/num.h"
#include <string.h>

/* ,"name": as one literal, so that a key is one copy */
#define KEY(name) SLICE(",\"" name "\":")

static const struct slice null_text = { "null", 4 };

/* --- writing ------------------------------------------------------------------ */

static void
put_double(struct text *out, struct slice key, double value)
{
	text_put(out, key);
	if (is_absent(value))
		text_put(out, null_text);
	else
		text_double(out, value);
}

/* A word of ours or NULL: needs no escaping. */
static void
put_word(struct text *out, struct slice key, const char *word)
{
	text_put(out, key);
	if (word == NULL) {
		text_put(out, null_text);
		return;
	}
	text_char(out, '"');
	text_str(out, word);
	text_char(out, '"');
}

/* A text of the venue's; an empty one was not sent. */
static void
put_text(struct text *out, struct slice key, struct slice s)
{
	text_put(out, key);
	if (s.count == 0)
		text_put(out, null_text);
	else
		text_json(out, s);
}

/* Times and intervals: zero is none. */
static void
put_int(struct text *out, struct slice key, int64_t value)
{
	text_put(out, key);
	if (value == 0)
		text_put(out, null_text);
	else
		text_int(out, value);
}

static void
put_id(struct text *out, struct slice key, uint64_t id)
{
	text_put(out, key);
	if (id == 0) {
		text_put(out, null_text);
		return;
	}
	text_char(out, '"');
	text_uint(out, id);
	text_char(out, '"');
}

static void
put_bool(struct text *out, struct slice key, bool value)
{
	text_put(out, key);
	text_put(out, value ? SLICE("true") : SLICE("false"));
}

static void
put_flags(struct text *out, unsigned flags)
{
	static const struct { unsigned flag; struct slice word; } about[] = {
		{ FLAG_BLOCK,     { "\"block\"", 7 } },
		{ FLAG_RPI,       { "\"rpi\"", 5 } },
		{ FLAG_ADL,       { "\"adl\"", 5 } },
		{ FLAG_INSURANCE, { "\"insurance\"", 11 } },
		{ FLAG_OTHER,     { "\"other\"", 7 } },
	};
	bool is_first = true;

	text_put(out, SLICE(",\"flags\":["));
	for (size_t i = 0; flags != 0 && i < sizeof about / sizeof about[0]; i++) {
		if ((flags & about[i].flag) == 0)
			continue;
		if (!is_first)
			text_char(out, ',');
		text_put(out, about[i].word);
		is_first = false;
	}
	text_char(out, ']');
}

/* What every line begins with.  `row` is the nobody for a whole venue. */
static void
put_head(struct text *out, const char *type, const struct instrument *row,
         const char *venue_name, int64_t ts_ns, int64_t recv_ns)
{
	text_put(out, SLICE("{\"type\":\""));
	text_str(out, type);
	put_text(out, SLICE("\",\"venue\":"), slice_str(venue_name));
	put_text(out, KEY("symbol"), slice_str(row->symbol));
	put_text(out, KEY("coin"), slice_str(row->coin));
	put_word(out, KEY("kind"), instrument_kind_name(row->kind));
	put_int(out, KEY("ts_ns"), ts_ns);
	put_int(out, KEY("recv_ns"), recv_ns);
}

static const char *
contract_unit_name(unsigned unit)
{
	return unit == CONTRACT_USD ? "usd" : unit == CONTRACT_COIN ? "coin" : NULL;
}

static void
put_instrument(struct text *out, const struct instrument *row)
{
	put_text(out, KEY("quote"), slice_str(row->quote));
	put_text(out, KEY("settle"), slice_str(row->settle));
	put_text(out, KEY("status"), slice_str(row->status));
	put_double(out, KEY("multiplier"), num_pow10(row->multiplier_exp10));
	put_double(out, KEY("contract_size"), row->contract_size);
	put_word(out, KEY("contract_unit"), contract_unit_name(row->contract_unit));
	put_double(out, KEY("tick"), row->tick);
	put_double(out, KEY("step"), row->step);
	put_int(out, KEY("funding_interval_h"), row->funding_interval_h);
	/* Beyond the contract's keys, and only where it says something: a tape
	 * must not turn a guess into the venue's word. */
	if (row->from_spelling)
		put_bool(out, KEY("from_spelling"), true);
}

static void
put_ticker(struct text *out, const struct event *ev)
{
	put_double(out, KEY("last"), ev->u.ticker.last);
	put_double(out, KEY("open"), ev->u.ticker.open);
	put_double(out, KEY("high"), ev->u.ticker.high);
	put_double(out, KEY("low"), ev->u.ticker.low);
	put_double(out, KEY("qty"), ev->u.ticker.qty);
	put_double(out, KEY("usd"), ev->u.ticker.usd);
}

static void
put_bar(struct text *out, const struct event *ev)
{
	put_int(out, KEY("interval_s"), ev->u.bar.interval_s);
	put_double(out, KEY("open"), ev->u.bar.open);
	put_double(out, KEY("high"), ev->u.bar.high);
	put_double(out, KEY("low"), ev->u.bar.low);
	put_double(out, KEY("close"), ev->u.bar.close);
	put_double(out, KEY("qty"), ev->u.bar.qty);
	put_double(out, KEY("usd"), ev->u.bar.usd);
	put_double(out, KEY("buy_qty"), ev->u.bar.buy_qty);
	put_double(out, KEY("buy_usd"), ev->u.bar.buy_usd);
	put_bool(out, KEY("final"), ev->u.bar.final);
}

static void
put_own_keys(struct text *out, const struct event *ev, const struct instrument *row)
{
	switch ((enum event_kind)ev->kind) {
	case EVENT_TRADE:
		put_text(out, KEY("id"), ev->u.trade.id);
		put_word(out, KEY("side"), event_side_name(ev->side));
		put_double(out, KEY("price"), ev->u.trade.price);
		put_double(out, KEY("qty"), ev->u.trade.qty);
		put_double(out, KEY("usd"), ev->u.trade.usd);
		put_flags(out, ev->flags);
		break;
	case EVENT_LIQUIDATION:
		put_word(out, KEY("side"), event_side_name(ev->side));
		put_double(out, KEY("price"), ev->u.liquidation.price);
		put_word(out, KEY("price_kind"),
		         event_price_kind_name(ev->u.liquidation.price_kind));
		put_double(out, KEY("qty"), ev->u.liquidation.qty);
		put_double(out, KEY("usd"), ev->u.liquidation.usd);
		break;
	case EVENT_MARK:
		put_double(out, KEY("mark"), ev->u.mark.mark);
		put_double(out, KEY("index"), ev->u.mark.index);
		put_double(out, KEY("funding"), ev->u.mark.funding);
		put_int(out, KEY("funding_interval_h"), ev->u.mark.funding_interval_h);
		put_int(out, KEY("next_funding_ns"), ev->u.mark.next_funding_ns);
		break;
	case EVENT_OI:
		put_double(out, KEY("qty"), ev->u.oi.qty);
		put_double(out, KEY("usd"), ev->u.oi.usd);
		break;
	case EVENT_TICKER:
		put_ticker(out, ev);
		break;
	case EVENT_TOP:
		put_double(out, KEY("bid"), ev->u.top.bid);
		put_double(out, KEY("bid_qty"), ev->u.top.bid_qty);
		put_double(out, KEY("ask"), ev->u.top.ask);
		put_double(out, KEY("ask_qty"), ev->u.top.ask_qty);
		break;
	case EVENT_RATIO:
		put_word(out, KEY("ratio_kind"), event_ratio_kind_name(ev->u.ratio.ratio_kind));
		put_double(out, KEY("long"), ev->u.ratio.long_share);
		break;
	case EVENT_BAR:
		put_bar(out, ev);
		break;
	case EVENT_INSTRUMENT:
		put_instrument(out, row);
		break;
	case EVENT_STATUS:
		put_word(out, KEY("what"), event_status_name(ev->u.status.what));
		put_id(out, KEY("from_id"), ev->u.status.from_id);
		put_id(out, KEY("to_id"), ev->u.status.to_id);
		put_text(out, KEY("reason"), ev->u.status.reason);
		break;
	case EVENT_NONE:
	case EVENT_KIND_COUNT:
		break;
	}
}

void
event_json(struct text *out, const struct event *ev, const struct instrument_table *table,
           const char *venue_name)
{
	const struct instrument *row;

	ASSERT(ev->kind != EVENT_NONE);
	ASSERT(ev->kind < EVENT_KIND_COUNT);
	ASSERT(ev->instrument < table->count);
	row = &table->at[ev->instrument];
	put_head(out, event_kind_name(ev->kind), row, venue_name, ev->ts_ns, ev->recv_ns);
	put_own_keys(out, ev, row);
	text_put(out, SLICE("}\n"));
}

void
event_json_instrument(struct text *out, const struct instrument *row,
                      const char *venue_name)
{
	put_head(out, event_kind_name(EVENT_INSTRUMENT), row, venue_name, 0, 0);
	put_instrument(out, row);
	text_put(out, SLICE("}\n"));
}

/* --- reading ------------------------------------------------------------------ */

/* A string, or null for "".  False: another type, broken, too long for `to`, or
 * with a NUL in it. */
static bool
get_text(const struct json_value *v, char *to, size_t size)
{
	size_t count;

	to[0] = '\0';
	if (v->type == JSON_NULL)
		return true;
	if (v->type != JSON_STRING || !json_unescape(v->text, to, size - 1, &count))
		return false;
	to[count] = '\0';
	return strlen(to) == count;
}

static bool
get_double(const struct json_value *v, double *out)
{
	*out = ABSENT;
	return v->type == JSON_NULL || (v->type == JSON_NUMBER && json_double(v, 0, out));
}

static bool
get_kind(const struct json_value *v, uint8_t *out)
{
	*out = KIND_NONE;
	if (v->type == JSON_NULL)
		return true;
	if (v->type != JSON_STRING)
		return false;
	for (int kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
		if (slice_equal(v->text, slice_str(instrument_kind_name((enum instrument_kind)kind))))
			*out = (uint8_t)kind;
	return *out != KIND_NONE;
}

static bool
get_contract_unit(const struct json_value *v, uint8_t *out)
{
	*out = CONTRACT_NONE;
	if (v->type == JSON_NULL)
		return true;
	if (v->type != JSON_STRING)
		return false;
	if (slice_is(v->text, "usd"))
		*out = CONTRACT_USD;
	else if (slice_is(v->text, "coin"))
		*out = CONTRACT_COIN;
	return *out != CONTRACT_NONE;
}

/* A power of ten that num_pow10 knows exactly; null is one. */
static bool
get_multiplier(const struct json_value *v, int8_t *out)
{
	double value;

	*out = 0;
	if (v->type == JSON_NULL)
		return true;
	if (v->type != JSON_NUMBER || !json_double(v, 0, &value))
		return false;
	for (int n = -22; n <= 22; n++) {
		if (value == num_pow10(n)) {
			*out = (int8_t)n;
			return true;
		}
	}
	return false;
}

static bool
get_hours(const struct json_value *v, uint16_t *out)
{
	int64_t hours = 0;

	*out = 0;
	if (v->type == JSON_NULL)
		return true;
	if (v->type != JSON_NUMBER || !json_int64(v, &hours) || hours < 0 || hours > UINT16_MAX)
		return false;
	*out = (uint16_t)hours;
	return true;
}

static bool
get_flag(const struct json_value *v, bool *out)
{
	*out = v->type == JSON_TRUE;
	return v->type == JSON_TRUE || v->type == JSON_FALSE;
}

/* What makes it an instrument line at all; the other keys may be missing, as on
 * tapes of other builds, and are unknown then. */
enum { HAS_TYPE = 1, HAS_VENUE = 2, HAS_SYMBOL = 4, HAS_COIN = 8, HAS_ALL = 15 };

/* One member into row.  False when its value is not what we write there. */
static bool
get_member(struct slice key, const struct json_value *v, struct instrument *row,
           struct slice *venue_out, unsigned *has)
{
	if (slice_is(key, "type")) {
		*has |= HAS_TYPE;
		return v->type == JSON_STRING && slice_is(v->text, "instrument");
	}
	if (slice_is(key, "venue")) {
		*has |= HAS_VENUE;
		*venue_out = v->text;
		return v->type == JSON_STRING && !v->escaped && v->text.count > 0;
	}
	if (slice_is(key, "symbol")) {
		*has |= HAS_SYMBOL;
		return get_text(v, row->symbol, sizeof row->symbol) && row->symbol[0] != '\0';
	}
	if (slice_is(key, "coin")) {
		*has |= HAS_COIN;
		return get_text(v, row->coin, sizeof row->coin);
	}
	if (slice_is(key, "kind"))
		return get_kind(v, &row->kind);
	if (slice_is(key, "quote"))
		return get_text(v, row->quote, sizeof row->quote);
	if (slice_is(key, "settle"))
		return get_text(v, row->settle, sizeof row->settle);
	if (slice_is(key, "status"))
		return get_text(v, row->status, sizeof row->status);
	if (slice_is(key, "multiplier"))
		return get_multiplier(v, &row->multiplier_exp10);
	if (slice_is(key, "contract_size"))
		return get_double(v, &row->contract_size);
	if (slice_is(key, "contract_unit"))
		return get_contract_unit(v, &row->contract_unit);
	if (slice_is(key, "tick"))
		return get_double(v, &row->tick);
	if (slice_is(key, "step"))
		return get_double(v, &row->step);
	if (slice_is(key, "funding_interval_h"))
		return get_hours(v, &row->funding_interval_h);
	if (slice_is(key, "from_spelling"))
		return get_flag(v, &row->from_spelling);
	return true;
}

bool
event_json_read_instrument(struct slice line, struct instrument *row,
                           struct slice *venue_out)
{
	struct instrument read = { .contract_size = ABSENT, .tick = ABSENT, .step = ABSENT };
	struct json r = json_open(line);
	struct json_value value;
	struct slice key, venue = { NULL, 0 };
	unsigned has = 0;

	while (json_member(&r, &key, &value))
		if (!get_member(key, &value, &read, &venue, &has))
			return false;
	if (!json_ok(&r) || has != HAS_ALL)
		return false;
	/* usd_quote follows from the quote; it has no key of its own. */
	instrument_set_quote(&read, slice_str(read.quote));
	read.venue = row->venue;
	*row = read;
	*venue_out = venue;
	return true;
}
