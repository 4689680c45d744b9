/* Goal: a symbol without metadata is read as the exchange means it, on the product
 *       line where it exists, and nowhere else.
 * Method: a table of symbols with what each of the three venues must say.
 */
#include "bybit_fixture.h"
#include "venue/bybit.h"

static struct instrument
spelled(const struct venue *v, const char *symbol, bool *is_ours)
{
	struct instrument row = { 0 };

	snprintf(row.symbol, sizeof row.symbol, "%s", symbol);
	*is_ours = v->spell(v, &row);
	return row;
}

static void
symbols_are_read_on_their_line(void)
{
	static const struct {
		const char *symbol, *venue; /* venue: the only one, NULL: none */
		const char *coin, *quote, *settle;
		uint8_t kind;
		int8_t exp10;
	} row[] = {
		{ "BTCPERP", "bybit-linear", "BTC", "USDC", "USDC", KIND_LINEAR, 0 },
		{ "1000PEPEPERP", "bybit-linear", "PEPE", "USDC", "USDC", KIND_LINEAR, 3 },
		{ "BTC-27DEC24", "bybit-linear", "BTC", "USDC", "USDC", KIND_DATED, 0 },
		{ "BTC-6JAN23", "bybit-linear", "BTC", "USDC", "USDC", KIND_DATED, 0 },
		{ "BTCUSDT-27DEC24", "bybit-linear", "BTC", "USDT", "USDT", KIND_DATED, 0 },
		{ "BTCUSD", "bybit-inverse", "BTC", "USD", "BTC", KIND_INVERSE, 0 },
		{ "ETHUSD", "bybit-inverse", "ETH", "USD", "ETH", KIND_INVERSE, 0 },
		{ "BNBUSD", "bybit-inverse", "BNB", "USD", "BNB", KIND_INVERSE, 0 },
		{ "BTCUSDU23", "bybit-inverse", "BTC", "USD", "BTC", KIND_DATED, 0 },
		{ "BTCUSDM21", "bybit-inverse", "BTC", "USD", "BTC", KIND_DATED, 0 },
		{ "BTCUSD0624", "bybit-inverse", "BTC", "USD", "BTC", KIND_DATED, 0 },
		{ "ETHBTC", "bybit-spot", "ETH", "BTC", "BTC", KIND_SPOT, 0 },
		{ "BTCEUR", "bybit-spot", "BTC", "EUR", "EUR", KIND_SPOT, 0 },
		{ "BTCUSDE", "bybit-spot", "BTC", "USDE", "USDE", KIND_SPOT, 0 },
		{ "BTCUSD1", "bybit-spot", "BTC", "USD1", "USD1", KIND_SPOT, 0 },
		{ "BTC-6JAN23-17500-C", NULL, "", "", "", KIND_NONE, 0 },
		{ "BTC-27DEC24-60000-P-USDT", NULL, "", "", "", KIND_NONE, 0 },
		{ "BTCUSD-27DEC24", NULL, "", "", "", KIND_NONE, 0 },
		{ "BTC-27DEC2", NULL, "", "", "", KIND_NONE, 0 },
		{ "BTC-27DEC24-", NULL, "", "", "", KIND_NONE, 0 },
		{ "-27DEC24", NULL, "", "", "", KIND_NONE, 0 },
		{ "BTC-", NULL, "", "", "", KIND_NONE, 0 },
		{ "BTCUSDA23", NULL, "", "", "", KIND_NONE, 0 },
		{ "USDT", NULL, "", "", "", KIND_NONE, 0 },
		{ "PERP", NULL, "", "", "", KIND_NONE, 0 },
		{ "USD", NULL, "", "", "", KIND_NONE, 0 },
		{ "BTC USDT", NULL, "", "", "", KIND_NONE, 0 },
		{ "BTC", NULL, "", "", "", KIND_NONE, 0 },
		{ "", NULL, "", "", "", KIND_NONE, 0 },
	};
	static const struct venue *const venue[] = { &venue_bybit_spot, &venue_bybit_linear,
	                                             &venue_bybit_inverse };

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		for (int n = 0; n < 3; n++) {
			bool is_ours;
			struct instrument got = spelled(venue[n], row[i].symbol, &is_ours);
			bool want = row[i].venue != NULL &&
			            strcmp(row[i].venue, venue[n]->name) == 0;

			CHECK(is_ours == want);
			if (is_ours != want)
				printf("%s on %s\n", row[i].symbol, venue[n]->name);
			if (!is_ours)
				continue;
			CHECK_TEXT(got.coin, row[i].coin);
			CHECK_TEXT(got.quote, row[i].quote);
			CHECK_TEXT(got.settle, row[i].settle);
			CHECK(got.kind == row[i].kind);
			CHECK(got.multiplier_exp10 == row[i].exp10);
		}
	}
}

/* One spelling, two product lines; and lots of coins in front, behind, and not. */
static void
a_pair_is_what_it_was_asked_as(void)
{
	static const struct { const char *symbol, *coin, *quote; int8_t exp10; } row[] = {
		{ "BTCUSDT", "BTC", "USDT", 0 },
		{ "BTCUSDC", "BTC", "USDC", 0 },
		{ "PERPUSDT", "PERP", "USDT", 0 },
		{ "USDEUSDT", "USDE", "USDT", 0 },
		{ "1000PEPEUSDT", "PEPE", "USDT", 3 },
		{ "10000000AIDOGEUSDT", "AIDOGE", "USDT", 7 },
		{ "SHIB1000USDT", "SHIB", "USDT", 3 },
		{ "1INCHUSDT", "1INCH", "USDT", 0 },
		{ "0GUSDT", "0G", "USDT", 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		bool is_ours;
		struct instrument spot = spelled(&venue_bybit_spot, row[i].symbol, &is_ours);
		struct instrument linear;

		CHECK(is_ours);
		CHECK(spot.kind == KIND_SPOT);
		CHECK_TEXT(spot.coin, row[i].coin);
		linear = spelled(&venue_bybit_linear, row[i].symbol, &is_ours);
		CHECK(is_ours);
		CHECK(linear.kind == KIND_LINEAR);
		CHECK_TEXT(linear.coin, row[i].coin);
		CHECK_TEXT(linear.quote, row[i].quote);
		CHECK(linear.multiplier_exp10 == row[i].exp10);
		CHECK(linear.usd_quote);
		CHECK(linear.contract_unit == CONTRACT_NONE);
		CHECK(is_absent(linear.contract_size));
		spelled(&venue_bybit_inverse, row[i].symbol, &is_ours);
		CHECK(!is_ours);
	}
}

static void
inverse_contracts_are_one_dollar(void)
{
	static const char *const symbol[] = { "BTCUSD", "ETHUSD", "BTCUSDU23" };

	for (size_t i = 0; i < 3; i++) {
		bool is_ours;
		struct instrument row = spelled(&venue_bybit_inverse, symbol[i], &is_ours);

		CHECK(is_ours);
		CHECK(row.contract_unit == CONTRACT_USD);
		CHECK(row.contract_size == 1);
		CHECK(row.usd_quote);
	}
}

int
main(void)
{
	symbols_are_read_on_their_line();
	a_pair_is_what_it_was_asked_as();
	inverse_contracts_are_one_dollar();
	return CHECK_END("bybit_spell");
}
