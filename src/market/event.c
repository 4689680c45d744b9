/* event.c - the words of the NDJSON contract for the enums of event.h. */
#include "market/event.h"
#include "base/check.h"

const char *
event_kind_name(enum event_kind kind)
{
	static const char *const name[EVENT_KIND_COUNT] = {
		[EVENT_NONE]        = "none",
		[EVENT_TRADE]       = "trade",
		[EVENT_LIQUIDATION] = "liquidation",
		[EVENT_MARK]        = "mark",
		[EVENT_OI]          = "oi",
		[EVENT_TICKER]      = "ticker",
		[EVENT_TOP]         = "top",
		[EVENT_RATIO]       = "ratio",
		[EVENT_BAR]         = "bar",
		[EVENT_INSTRUMENT]  = "instrument",
		[EVENT_STATUS]      = "status",
	};

	ASSERT(kind < EVENT_KIND_COUNT);
	return name[kind];
}

const char *
event_side_name(enum side side)
{
	static const char *const name[SIDE_COUNT] = {
		[SIDE_NONE]  = NULL,
		[SIDE_BUY]   = "buy",
		[SIDE_SELL]  = "sell",
		[SIDE_LONG]  = "long",
		[SIDE_SHORT] = "short",
	};

	ASSERT(side < SIDE_COUNT);
	return name[side];
}

const char *
event_price_kind_name(enum price_kind kind)
{
	static const char *const name[PRICE_KIND_COUNT] = {
		[PRICE_NONE]       = NULL,
		[PRICE_FILL]       = "fill",
		[PRICE_BANKRUPTCY] = "bankruptcy",
	};

	ASSERT(kind < PRICE_KIND_COUNT);
	return name[kind];
}

const char *
event_ratio_kind_name(enum ratio_kind kind)
{
	static const char *const name[RATIO_KIND_COUNT] = {
		[RATIO_NONE]           = NULL,
		[RATIO_GLOBAL_ACCOUNT] = "global_account",
		[RATIO_TOP_ACCOUNT]    = "top_account",
		[RATIO_TOP_POSITION]   = "top_position",
		[RATIO_TAKER]          = "taker",
	};

	ASSERT(kind < RATIO_KIND_COUNT);
	return name[kind];
}

const char *
event_status_name(enum status_what what)
{
	static const char *const name[STATUS_WHAT_COUNT] = {
		[STATUS_NONE]         = NULL,
		[STATUS_UP]           = "up",
		[STATUS_DOWN]         = "down",
		[STATUS_SILENT]       = "silent",
		[STATUS_GAP]          = "gap",
		[STATUS_FILLED]       = "filled",
		[STATUS_RESUBSCRIBED] = "resubscribed",
	};

	ASSERT(what < STATUS_WHAT_COUNT);
	return name[what];
}
