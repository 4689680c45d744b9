/* venue_test.c - the table of venues and what adapters share.
 *
 * Goal: every venue is found by its id and its name, results have their own texts, and
 *       what adapters share reads symbols and queries as it says.
 * Method: the table itself; a hand-made adapter that knows one spelling.
 */
#include "venue/venue.h"
#include "check.h"
#include <ctype.h>

static char memory[65536];
static struct instrument_table table;
static struct event event[2];
static struct event_batch batch;
static struct venue_call call;

static bool
spell(const struct venue *v, struct instrument *row)
{
	(void)v;
	row->kind = KIND_SPOT;
	return row->symbol[0] == 'A';
}

static const struct venue hand_made = { .id = 9, .name = "hand-made", .spell = spell };

static void
begin(bool learn)
{
	static struct arena arena;

	memset(memory, 0, sizeof memory);
	arena_init(&arena, memory, sizeof memory);
	instrument_table_init(&table, &arena, 3);
	table.learn = learn;
	batch = (struct event_batch){ event, 0, 2 };
	call = (struct venue_call){ .table = &table, .out = &batch, .recv_ns = 77 };
}

static void
venues_are_found_by_id_and_name(void)
{
	static const struct { uint8_t id; const char *name; uint8_t kind; } want[] = {
		{ 1, "binance-spot", KIND_SPOT },
		{ 2, "binance-usdm", KIND_LINEAR },
		{ 3, "binance-coinm", KIND_INVERSE },
		{ 4, "bybit-spot", KIND_SPOT },
		{ 5, "bybit-linear", KIND_LINEAR },
		{ 6, "bybit-inverse", KIND_INVERSE },
	};
	const size_t count = sizeof want / sizeof want[0];

	for (size_t i = 0; i < count; i++) {
		const struct venue *v = venue_at(i);

		CHECK(v != NULL);
		if (v == NULL)
			continue;
		CHECK(v->id == want[i].id);
		CHECK(v->kind == want[i].kind);
		CHECK_TEXT(v->name, want[i].name);
		CHECK(venue_by_id(want[i].id) == v);
		CHECK(venue_by_name(slice_str(want[i].name)) == v);
		CHECK(v->state_bytes != NULL);
		CHECK(v->decode != NULL && v->body != NULL);
		CHECK(v->list != NULL && v->spell != NULL);
		CHECK(v->instruments != NULL && v->instruments[0] == '/');
	}
	CHECK(venue_at(count) == NULL);
	CHECK(venue_by_id(0) == NULL);
	CHECK(venue_by_id(200) == NULL);
	CHECK(venue_by_name(SLICE("binance")) == NULL);
	CHECK(venue_by_name(SLICE("binance-spot ")) == NULL);
	CHECK(venue_by_name(slice_of(NULL, 0)) == NULL);
}

static void
results_have_texts_of_their_own(void)
{
	for (int i = 0; i < DECODE_COUNT; i++) {
		const char *text = decode_text((enum decode)i);

		CHECK(text != NULL && text[0] != '\0');
		for (const char *c = text; *c != '\0'; c++)
			CHECK(*c == '_' || islower((unsigned char)*c) ||
			      isdigit((unsigned char)*c));
		for (int k = 0; k < i; k++)
			CHECK(strcmp(text, decode_text((enum decode)k)) != 0);
	}
	CHECK_TEXT(decode_text(DECODE_OK), "ok");
	CHECK_TEXT(decode_text(DECODE_NO_EVENT), "no_event_channel");
}

static void
a_symbol_is_learned_only_where_that_is_wanted(void)
{
	begin(true);
	CHECK(venue_instrument(&hand_made, &call, SLICE("AAA")) == 1);
	CHECK(venue_instrument(&hand_made, &call, SLICE("AAA")) == 1);
	CHECK(call.skipped[DECODE_UNKNOWN_SYMBOL] == 0);
	CHECK(table.at[1].venue == 9);
	CHECK(table.at[1].from_spelling);
	CHECK(is_absent(table.at[1].tick) && is_absent(table.at[1].step));
	CHECK(is_absent(table.at[1].contract_size));
	CHECK(venue_instrument(&hand_made, &call, SLICE("BBB")) == 0); /* no spelling */
	CHECK(call.skipped[DECODE_UNKNOWN_SYMBOL] == 1);

	table.learn = false;
	CHECK(venue_instrument(&hand_made, &call, SLICE("AAA")) == 1);
	CHECK(venue_instrument(&hand_made, &call, SLICE("ABC")) == 0);
	CHECK(call.skipped[DECODE_UNKNOWN_SYMBOL] == 2);

	/* A full table learns no more. */
	table.learn = true;
	CHECK(venue_instrument(&hand_made, &call, SLICE("A2")) == 2);
	CHECK(venue_instrument(&hand_made, &call, SLICE("A3")) == 3);
	CHECK(venue_instrument(&hand_made, &call, SLICE("A4")) == 0);
	CHECK(table.refused_count == 1);
}

static void
what_is_no_symbol_is_not_learned(void)
{
	static const struct { const char *why; struct slice symbol; } row[] = {
		{ "empty",          { "", 0 } },
		{ "no memory",      { NULL, 0 } },
		{ "32 bytes",       { "A1234567890123456789012345678901", 32 } },
		{ "a blank",        { "A B", 3 } },
		{ "a quote",        { "A\"B", 3 } },
		{ "a backslash",    { "A\\B", 3 } },
		{ "a NUL",          { "A\0B", 3 } },
		{ "a line feed",    { "A\n", 2 } },
		{ "a delete",       { "A\177", 2 } },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		begin(true);
		CHECK(venue_instrument(&hand_made, &call, row[i].symbol) == 0);
		CHECK(table.count == 1);
	}
	begin(true);
	CHECK(venue_instrument(&hand_made, &call, SLICE("A\345\270\201")) == 1); /* UTF-8 */
	CHECK(venue_instrument(&hand_made, &call, SLICE("A123456789012345678901234567890")) == 2);
}

static void
events_are_fresh_until_the_batch_is_full(void)
{
	begin(true);
	memset(event, 0x55, sizeof event);
	CHECK(venue_event(&hand_made, &call, EVENT_TRADE, 3) == &event[0]);
	CHECK(event[0].kind == EVENT_TRADE);
	CHECK(event[0].venue == 9);
	CHECK(event[0].instrument == 3);
	CHECK(event[0].recv_ns == 77);
	CHECK(event[0].ts_ns == 0 && event[0].side == SIDE_NONE && event[0].flags == 0);
	CHECK(event[0].u.trade.id.count == 0 && event[0].u.trade.first_id == 0);
	CHECK(venue_event(&hand_made, &call, EVENT_OI, 3) == &event[1]);
	CHECK(venue_event(&hand_made, &call, EVENT_OI, 3) == NULL);
	CHECK(batch.count == 2);
}

static void
queries_are_read_by_name(void)
{
	static const struct { const char *asked, *name, *want; } row[] = {
		{ "/v1/klines?symbol=BTCUSDT&interval=1m", "symbol", "BTCUSDT" },
		{ "/v1/klines?symbol=BTCUSDT&interval=1m", "interval", "1m" },
		{ "/v1/klines?symbol=BTCUSDT&interval=1m", "limit", "" },
		{ "/v1/klines?symbol=BTCUSDT&interval=1m", "sym", "" },
		{ "/v1/klines?a=1&&=2&symbol=X", "symbol", "X" },
		{ "/v1/klines?symbol", "symbol", "" },
		{ "/v1/klines?symbol=", "symbol", "" },
		{ "/v1/klines?x=symbol=Y", "x", "symbol=Y" },
		{ "/v1/klines", "symbol", "" },
		{ "symbol=X", "symbol", "" },
		{ "", "symbol", "" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK(slice_equal(venue_query(slice_str(row[i].asked), row[i].name),
		                  slice_str(row[i].want)));
	CHECK(slice_is(venue_path(SLICE("/v1/klines?a=b?c")), "/v1/klines"));
	CHECK(slice_is(venue_path(SLICE("/v1/klines")), "/v1/klines"));
	CHECK(venue_path(slice_of(NULL, 0)).count == 0);
}

static void
percent_signs_are_resolved_or_refused(void)
{
	static const struct { const char *asked; bool ok; const char *want; } row[] = {
		{ "/x?s=%E7%89%9B%e6%9d%a5USDT", true, "\347\211\233\346\235\245USDT" },
		{ "/x?s=AB%26C", true, "AB&C" },
		{ "/x?s=ABCDEFGHIJK", true, "ABCDEFGHIJK" },
		{ "/x?s=ABCDEFGHIJKLM", false, "" }, /* does not fit */
		{ "/x?s=A%4", false, "" },
		{ "/x?s=A%", false, "" },
		{ "/x?s=A%4g", false, "" },
		{ "/x?s=A%g4", false, "" },
		{ "/x?s=", false, "" },
		{ "/x", false, "" },
	};
	char to[12];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct slice got = { NULL, 0 };
		bool ok = venue_query_text(slice_str(row[i].asked), "s", to, sizeof to, &got);

		CHECK(ok == row[i].ok);
		if (ok)
			CHECK(slice_equal(got, slice_str(row[i].want)));
	}
}

static size_t
two_words_each(uint32_t instrument_count_max)
{
	return instrument_count_max * (size_t)16;
}

static void
a_link_has_zeroed_state_where_the_venue_keeps_one(void)
{
	static char room[4096];
	const struct venue keeps = { .id = 9, .name = "keeps", .state_bytes = two_words_each };
	struct arena arena;
	size_t bytes;
	char *state;

	arena_init(&arena, room, sizeof room);
	state = venue_state(&keeps, &arena, 10, &bytes);
	CHECK(state != NULL);
	CHECK(bytes == 160);
	for (size_t i = 0; state != NULL && i < bytes; i++)
		CHECK(state[i] == 0);
	CHECK(venue_state(&keeps, &arena, 1000, &bytes) == NULL); /* no room */
	CHECK(arena.missing_bytes > 0);
	CHECK(venue_state(&hand_made, &arena, 10, &bytes) == NULL); /* keeps none */
	CHECK(bytes == 0);
}

int
main(void)
{
	venues_are_found_by_id_and_name();
	results_have_texts_of_their_own();
	a_symbol_is_learned_only_where_that_is_wanted();
	what_is_no_symbol_is_not_learned();
	events_are_fresh_until_the_batch_is_full();
	queries_are_read_by_name();
	percent_signs_are_resolved_or_refused();
	a_link_has_zeroed_state_where_the_venue_keeps_one();
	return CHECK_END("venue");
}
