/* Goal: an instrument is found by venue and symbol and by nothing else, names are
 * split as the venues mean them, and units come out exact.
 * Method: tables of names and figures by hand (exchanges/README.md trap 14, the
 * worked examples of analysis.md); the hash table against a plain list. */
#include "check.h"
#include "market/event.h"
#include "market/instrument.h"
#include <stdlib.h>

enum { FEW = 64, MEMORY_BYTES = 4 << 20 };

static _Alignas(64) char memory[MEMORY_BYTES];

static struct instrument_table
table_of(uint32_t count_max)
{
	struct instrument_table t;
	struct arena boot;

	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, sizeof memory);
	instrument_table_init(&t, &boot, count_max);
	arena_seal(&boot);
	return t;
}

static struct instrument
row_of(uint8_t venue, const char *symbol)
{
	struct instrument row = { .venue = venue, .kind = KIND_SPOT };

	CHECK(slice_copy(slice_str(symbol), row.symbol, sizeof row.symbol));
	return row;
}

static void
symbols_of_every_length_are_found_again(void)
{
	/* The longer is always the shorter and one byte more. */
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234";
	struct instrument_table t = table_of(FEW);
	char symbol[LIMIT_symbol_bytes_max];
	uint32_t index[LIMIT_symbol_bytes_max];

	for (size_t n = 1; n < sizeof symbol; n++) {
		struct instrument row = { .venue = 1 };

		memcpy(row.symbol, letters, n);
		index[n] = instrument_put(&t, &row);
		CHECK(index[n] == n);
	}
	for (size_t n = 1; n < sizeof symbol; n++) {
		/* exactly n bytes of heap: a read beyond them would be noticed */
		char *exact = malloc(n);

		memcpy(exact, letters, n);
		CHECK(instrument_find(&t, 1, slice_of(exact, n)) == index[n]);
		CHECK(instrument_find(&t, 2, slice_of(exact, n)) == 0);
		exact[n - 1] ^= 1;
		CHECK(instrument_find(&t, 1, slice_of(exact, n)) == 0);
		exact[n - 1] ^= 1;
		exact[0] = 'z';
		CHECK(instrument_find(&t, 1, slice_of(exact, n)) == 0);
		free(exact);
	}
}

static void
what_is_no_symbol_is_unknown(void)
{
	struct instrument_table t = table_of(FEW);
	struct instrument row = row_of(1, "BTCUSDT");
	static const char zero_behind[] = "BTCUSDT\0";
	static const char zeros[16];

	CHECK(instrument_put(&t, &row) == 1);
	CHECK(instrument_find(&t, 1, SLICE("BTCUSDT")) == 1);
	CHECK(instrument_find(&t, 1, (struct slice){ NULL, 0 }) == 0);
	CHECK(instrument_find(&t, 1, slice_of(zero_behind, 8)) == 0);
	CHECK(instrument_find(&t, 1, slice_of(zeros, 1)) == 0);
	CHECK(instrument_find(&t, 0, slice_of(zeros, 8)) == 0);
	CHECK(instrument_find(&t, 1, SLICE("btcusdt")) == 0);
	CHECK(instrument_find(&t, 1, SLICE("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345")) == 0);
	CHECK(instrument_find(&t, 1, SLICE("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")) == 0);

	memset(&row, 0, sizeof row);
	CHECK(instrument_put(&t, &row) == 0);
	memset(row.symbol, 'A', sizeof row.symbol); /* not terminated */
	CHECK(instrument_put(&t, &row) == 0);
	CHECK(t.refused_count == 2);
	CHECK(t.count == 2);
}

static void
a_row_is_replaced_in_its_place(void)
{
	struct instrument_table t = table_of(FEW);
	struct instrument row = row_of(3, "1000PEPEUSDT");

	CHECK(instrument_put(&t, &row) == 1);
	row = row_of(4, "1000PEPEUSDT"); /* same spelling, another product */
	CHECK(instrument_put(&t, &row) == 2);
	row = row_of(3, "1000PEPEUSDT");
	/* Rubbish behind the terminator is no part of the name. */
	row.symbol[20] = 'x';
	row.funding_interval_h = 4;
	CHECK(instrument_put(&t, &row) == 1);
	CHECK(t.count == 3);
	CHECK(t.at[1].funding_interval_h == 4);
	CHECK(t.at[2].funding_interval_h == 0);
	CHECK(instrument_find(&t, 3, SLICE("1000PEPEUSDT")) == 1);
	CHECK(instrument_find(&t, 4, SLICE("1000PEPEUSDT")) == 2);
}

static void
a_full_table_refuses_and_still_finds(void)
{
	struct instrument_table t = table_of(2);
	struct instrument row = row_of(1, "A");

	CHECK(instrument_put(&t, &row) == 1);
	row = row_of(1, "B");
	CHECK(instrument_put(&t, &row) == 2);
	row = row_of(1, "C");
	CHECK(instrument_put(&t, &row) == 0);
	CHECK(t.refused_count == 1);
	row = row_of(1, "A");
	row.step = 5;
	CHECK(instrument_put(&t, &row) == 1); /* replacing needs no room */
	CHECK(t.at[1].step == 5);
	CHECK(instrument_find(&t, 1, SLICE("B")) == 2);
	CHECK(instrument_find(&t, 1, SLICE("C")) == 0);
}

static void
without_room_in_the_arena_everything_is_unknown(void)
{
	struct instrument_table t;
	struct instrument row = row_of(1, "A");
	struct arena boot;

	memset(memory, 0, 4096);
	arena_init(&boot, memory, 4096);
	instrument_table_init(&t, &boot, LIMIT_instruments_max);
	CHECK(boot.missing_bytes > 0);
	CHECK(instrument_find(&t, 1, SLICE("A")) == 0);
	CHECK(instrument_put(&t, &row) == 0);
	CHECK(t.refused_count == 1);
}

static uint64_t
random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static void
eight_thousand_symbols_are_where_a_plain_list_has_them(void)
{
	static struct { char symbol[LIMIT_symbol_bytes_max]; uint8_t venue; } list[LIMIT_instruments_max + 1];
	struct instrument_table t = table_of(LIMIT_instruments_max);
	uint64_t chance = 1;
	uint32_t wrong = 0;

	for (uint32_t i = 1; i <= LIMIT_instruments_max; i++) {
		struct instrument row = { .venue = (uint8_t)(1 + i % 6) };
		/* The number makes it the only one; its place varies. */
		const char *const form[] = { "%uUSDT", "B%uUSDT", "1000%uUSDT", "LONGNAME%uUSD_PERP",
		                             "\xe7\x89\x9b\xe6\x9d\xa5%u" };

		snprintf(row.symbol, sizeof row.symbol, form[random_next(&chance) % 5], i);
		memcpy(list[i].symbol, row.symbol, sizeof row.symbol);
		list[i].venue = row.venue;
		wrong += instrument_put(&t, &row) != i;
	}
	for (uint32_t i = 1; i <= LIMIT_instruments_max; i++) {
		struct slice symbol = slice_str(list[i].symbol);

		wrong += instrument_find(&t, list[i].venue, symbol) != i;
		wrong += instrument_find(&t, 7, symbol) != 0;
		wrong += strcmp(t.at[i].symbol, list[i].symbol) != 0;
	}
	CHECK(wrong == 0);
	CHECK(t.count == LIMIT_instruments_max + 1);
}

static void
a_probe_is_short(void)
{
	/* What the venues really call things differs in one or two bytes; a bad
	 * hash would pile them up.  At half full an even spread needs 1.5 looks
	 * on average (Knuth, TAOCP 3, 6.4). */
	struct instrument_table t = table_of(4096);
	uint64_t most = 0;

	for (uint32_t i = 0; i < 4096; i++) {
		struct instrument row = { .venue = (uint8_t)(1 + i % 4) };
		char word[4] = { (char)('A' + i / 4 % 16), (char)('A' + i / 64 % 8), (char)('A' + i / 512), 0 };

		snprintf(row.symbol, sizeof row.symbol, "%sUSDT", word);
		CHECK(instrument_put(&t, &row) == i + 1);
	}
	for (uint32_t i = 0, run = 0; i <= t.slot_mask; i++) {
		run = t.slot[i] != 0 ? run + 1 : 0;
		most = run > most ? run : most;
	}
	/* The longest run of taken slots bounds every probe. */
	CHECK(most < 64);
}

static void
a_multiplier_is_told_from_a_name(void)
{
	static const struct { const char *base, *coin; int exp10; } row[] = {
		{ "BTC", "BTC", 0 },
		{ "1000PEPE", "PEPE", 3 },
		{ "1000SATS", "SATS", 3 },
		{ "10000SATS", "SATS", 4 },
		{ "1000000MOG", "MOG", 6 },
		{ "1000X", "X", 3 },
		{ "SHIB1000", "SHIB", 3 },
		{ "BABYDOGE1000000", "BABYDOGE", 6 },
		{ "1MBABYDOGE", "BABYDOGE", 6 },
		{ "1MBTC", "BTC", 6 },
		{ "1MX", "1MX", 0 },
		{ "1MXY", "1MXY", 0 },
		{ "1M", "1M", 0 },
		{ "1M123", "1M123", 0 },
		{ "1INCH", "1INCH", 0 },
		{ "0G", "0G", 0 },
		{ "1000", "1000", 0 },
		{ "100X", "100X", 0 },
		{ "100PEPE", "100PEPE", 0 },
		{ "2000PEPE", "2000PEPE", 0 },
		{ "1001PEPE", "1001PEPE", 0 },
		{ "01000PEPE", "01000PEPE", 0 },
		{ "X1000", "X1000", 0 },
		{ "AI1000", "AI", 3 },
		{ "C98", "C98", 0 },
		{ "A100", "A100", 0 },
		{ "10000000000000PEPE", "10000000000000PEPE", 0 }, /* 10^13 */
		{ "1000000000000PEPE", "PEPE", 12 },
		{ "\xe7\x89\x9b\xe6\x9d\xa5", "\xe7\x89\x9b\xe6\x9d\xa5", 0 },
		{ "\xe7\x89\x9b\xe6\x9d\xa5" "1000", "\xe7\x89\x9b\xe6\x9d\xa5" "1000", 0 },
		{ "1000\xe7\x89\x9b\xe6\x9d\xa5", "\xe7\x89\x9b\xe6\x9d\xa5", 3 },
		{ "", "", 0 },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234", "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234", 0 },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", "", 0 }, /* 32 bytes: not cut */
		{ "1000ABCDEFGHIJKLMNOPQRSTUVWXYZ01234", "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234", 3 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct instrument in;

		memset(&in, 'x', sizeof in);
		instrument_set_base(&in, slice_str(row[i].base));
		CHECK_TEXT(in.coin, row[i].coin);
		CHECK(in.multiplier_exp10 == row[i].exp10);
	}
}

static void
a_symbol_is_split_at_its_longest_quote(void)
{
	static const struct { const char *symbol, *base, *quote; } row[] = {
		{ "BTCUSDT", "BTC", "USDT" },
		{ "BTCUSDC", "BTC", "USDC" },
		{ "BTCFDUSD", "BTC", "FDUSD" },
		{ "BTCUSD1", "BTC", "USD1" },
		{ "USD1USDT", "USD1", "USDT" },
		{ "BTCUSD", "BTC", "USD" },
		{ "FDUSDUSDT", "FDUSD", "USDT" },
		{ "USDTTRY", "USDT", "TRY" },
		{ "USDCUSDT", "USDC", "USDT" },
		{ "ETHBTC", "ETH", "BTC" },
		{ "WBTCBTC", "WBTC", "BTC" },
		{ "BTCDOGE", "BTC", "DOGE" },
		{ "BTCTUSD", "BTC", "TUSD" },
		{ "BTCBRZ", "BTC", "BRZ" },
		{ "BTCBRL", "BTC", "BRL" },
		{ "BTCEURI", "BTC", "EURI" },
		{ "BTCEUR", "BTC", "EUR" },
		{ "1000PEPEUSDT", "1000PEPE", "USDT" },
		{ "XUSDT", "X", "USDT" },
		{ "\xe7\x89\x9b\xe6\x9d\xa5" "USDT", "\xe7\x89\x9b\xe6\x9d\xa5", "USDT" },
		{ "BUSD", "B", "USD" }, /* BUSD would leave no base */
		{ "USDT", NULL, NULL },
		{ "USD1", NULL, NULL },
		{ "BTC", NULL, NULL },
		{ "", NULL, NULL },
		{ "T", NULL, NULL },
		{ "BTCXYZ", NULL, NULL },
		{ "BTCusdt", NULL, NULL },
		{ "BTCUSDT_260327", NULL, NULL },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct slice base = { NULL, 0 }, quote = { NULL, 0 };
		bool is_split = instrument_split(slice_str(row[i].symbol), &base, &quote);

		CHECK(is_split == (row[i].base != NULL));
		if (!is_split || row[i].base == NULL)
			continue;
		CHECK(slice_equal(base, slice_str(row[i].base)));
		CHECK(slice_equal(quote, slice_str(row[i].quote)));
	}
}

static void
five_quotes_are_dollars(void)
{
	static const struct { const char *quote, *kept; bool is_usd; } row[] = {
		{ "USD", "USD", true },   { "USDT", "USDT", true },   { "USDC", "USDC", true },
		{ "FDUSD", "FDUSD", true }, { "USD1", "USD1", true }, { "TUSD", "TUSD", false },
		{ "BUSD", "BUSD", false }, { "USDE", "USDE", false }, { "DAI", "DAI", false },
		{ "EUR", "EUR", false },  { "BTC", "BTC", false },    { "usdt", "usdt", false },
		{ "USDTX", "USDTX", false }, { "", "", false },       { "US", "US", false },
		{ "ELEVENBYTES", "ELEVENBYTES", false }, { "TWELVE_BYTES", "", false },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct instrument in;

		memset(&in, 'x', sizeof in);
		instrument_set_quote(&in, slice_str(row[i].quote));
		CHECK_TEXT(in.quote, row[i].kept);
		CHECK(in.usd_quote == row[i].is_usd);
		/* its own quote once more */
		instrument_set_quote(&in, slice_str(in.quote));
		CHECK_TEXT(in.quote, row[i].kept);
		CHECK(in.usd_quote == row[i].is_usd);
	}
}

static bool
is_near(double got, double want)
{
	return fabs(got - want) <= 1e-9 * fabs(want);
}

static void
contracts_become_coins_and_dollars(void)
{
	struct instrument inverse = { .kind = KIND_INVERSE, .contract_unit = CONTRACT_USD,
	                              .contract_size = 100 };
	struct instrument lots = { .kind = KIND_LINEAR, .contract_unit = CONTRACT_COIN,
	                           .contract_size = 0.01 };
	struct instrument pepe = { .kind = KIND_LINEAR, .contract_size = ABSENT };
	struct instrument euro = { .kind = KIND_SPOT, .contract_size = ABSENT };

	instrument_set_quote(&inverse, SLICE("USD"));
	instrument_set_quote(&lots, SLICE("USDT"));
	instrument_set_quote(&pepe, SLICE("USDT"));
	instrument_set_base(&pepe, SLICE("1000PEPE"));
	instrument_set_quote(&euro, SLICE("EUR"));

	/* analysis.md 13: inverse 100 x 100 usd at 50 000 */
	CHECK(instrument_coins(&inverse, 100, 50000) == 0.2);
	CHECK(instrument_usd(&inverse, 100, 50000, 0.2) == 10000);
	/* 3 contracts at a price that divides nothing: the dollars stay exact. */
	CHECK(instrument_usd(&inverse, 3, 61234.5, instrument_coins(&inverse, 3, 61234.5)) == 300);
	CHECK(instrument_usd(&inverse, 3, ABSENT, ABSENT) == 300);
	CHECK(is_absent(instrument_coins(&inverse, 3, ABSENT)));
	CHECK(is_absent(instrument_coins(&inverse, 3, 0)));
	CHECK(is_absent(instrument_coins(&inverse, 3, -1)));
	CHECK(is_absent(instrument_coins(&inverse, ABSENT, 50000)));
	CHECK(is_near(instrument_usd(&inverse, ABSENT, 50000, 0.2), 10000));
	CHECK(is_absent(instrument_usd(&inverse, ABSENT, ABSENT, 0.2)));

	CHECK(is_near(instrument_coins(&lots, 250, 3000), 2.5));
	CHECK(is_near(instrument_coins(&lots, 250, ABSENT), 2.5)); /* needs no price */
	CHECK(is_near(instrument_usd(&lots, 250, 3000, 2.5), 7500));

	/* 1000PEPE 5 at .0123: 5000 coins at .0000123, .0615 usd */
	CHECK(pepe.multiplier_exp10 == 3);
	CHECK(instrument_coins(&pepe, 5000, 0.0000123) == 5000);
	CHECK(is_near(instrument_usd(&pepe, 5000, 0.0000123, 5000), 0.0615));
	CHECK(is_absent(instrument_usd(&pepe, 5000, ABSENT, 5000)));
	CHECK(is_absent(instrument_usd(&pepe, 5000, 0.0000123, ABSENT)));

	CHECK(is_absent(instrument_usd(&euro, 2, 50000, 2)));
}

int
main(void)
{
	symbols_of_every_length_are_found_again();
	what_is_no_symbol_is_unknown();
	a_row_is_replaced_in_its_place();
	a_full_table_refuses_and_still_finds();
	without_room_in_the_arena_everything_is_unknown();
	eight_thousand_symbols_are_where_a_plain_list_has_them();
	a_probe_is_short();
	a_multiplier_is_told_from_a_name();
	a_symbol_is_split_at_its_longest_quote();
	five_quotes_are_dollars();
	contracts_become_coins_and_dollars();
	return CHECK_END("market/instrument");
}
