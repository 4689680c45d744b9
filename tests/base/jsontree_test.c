/* jsontree_test.c - small JSON texts as trees in a fixed pool.
 *
 * Goal: a small JSON text is read from a fixed pool, and nothing that is sent can
 * make it take more, or give what is not there.
 * Method: a row of an exchange's metadata by hand; every size of pool from none
 * to enough; broken texts; malloc is watched through the library's own hooks,
 * which stop the program when they are used outside of a parse.
 */
#include "base/jsontree.h"
#include "base/limits.h"
#include "check.h"
#include <stdlib.h>

static char pool[65536];

/* The shape of Binance's exchangeInfo, shortened. */
static const struct slice row = SLICE_INIT(
	"{\"symbol\":\"BTCUSDT\",\"pair\":\"BTCUSDT\",\"deliveryDate\":4133404800000,"
	"\"status\":\"TRADING\",\"pricePrecision\":2,\"isSpot\":false,\"rpi\":true,\"none\":null,"
	"\"filters\":[{\"maxPrice\":\"4529764\",\"filterType\":\"PRICE_FILTER\","
	"\"minPrice\":\"556.80\",\"tickSize\":\"0.10\"},"
	"{\"filterType\":\"LOT_SIZE\",\"stepSize\":\"0.001\"},"
	"{\"limit\":200,\"filterType\":\"MAX_NUM_ORDERS\"}],"
	"\"id\":\"9223372036854775807\",\"big\":9007199254740993,\"huge\":1e999,\"half\":2.5,"
	"\"Symbol\":\"other case\",\"a.b\":1,\"e\":\"\\u00e9\\ud83d\\ude00\\n\"}");

static void
a_row_of_metadata_is_read(void)
{
	const struct jsontree_node *n, *f;
	struct jsontree t;
	struct slice text = { NULL, 0 };
	int64_t whole = -1;
	double d = -1;
	bool yes = true;

	jsontree_init(&t, pool, sizeof pool);
	n = jsontree_parse(&t, row);
	CHECK(n != NULL);
	CHECK(jsontree_text(n, "symbol", &text) && slice_is(text, "BTCUSDT"));
	CHECK(jsontree_text(n, "Symbol", &text) && slice_is(text, "other case"));
	CHECK(!jsontree_text(n, "SYMBOL", &text));
	CHECK(jsontree_text(n, "e", &text) && slice_is(text, "\xc3\xa9\xf0\x9f\x98\x80\n"));
	CHECK(jsontree_int64(n, "deliveryDate", &whole) && whole == 4133404800000);
	CHECK(jsontree_int64(n, "id", &whole) && whole == INT64_MAX);
	CHECK(jsontree_bool(n, "isSpot", &yes) && !yes);
	CHECK(jsontree_bool(n, "rpi", &yes) && yes);
	CHECK(jsontree_double(n, "half", &d) && d == 2.5);
	CHECK(jsontree_double(n, "filters.0.tickSize", &d) && d == 0.1);
	CHECK(jsontree_double(n, "filters.2.limit", &d) && d == 200);

	f = jsontree_find(jsontree_at(n, "filters"), "filterType", "LOT_SIZE");
	CHECK(jsontree_double(f, "stepSize", &d) && d == 0.001);
	CHECK(jsontree_text(f, "stepSize", &text) && slice_is(text, "0.001"));
	CHECK(jsontree_find(jsontree_at(n, "filters"), "filterType", "NOPE") == NULL);

	/* In their order, by hand. */
	f = jsontree_first(n);
	CHECK(slice_is(jsontree_key(f), "symbol"));
	f = jsontree_next(f);
	CHECK(slice_is(jsontree_key(f), "pair"));
	f = jsontree_first(jsontree_at(n, "filters"));
	CHECK(jsontree_key(f).count == 0);
	CHECK(jsontree_next(jsontree_next(jsontree_next(f))) == NULL);
	CHECK(jsontree_at(n, "") == n);
}

static void
what_is_not_there_is_not_found(void)
{
	static const char *missing[] = {
		"x", "symbol.x", "filters.3", "filters.x", "filters.-1", "filters.0.x",
		"filters..0",
		".", "symbol.", "a.b", "filters.99999999999999999999", "pricePrecision.0",
	};
	const struct jsontree_node *n;
	struct jsontree t;
	struct slice text = SLICE("as it was");
	int64_t whole = 77;
	double d = 77;
	bool yes = true;

	jsontree_init(&t, pool, sizeof pool);
	n = jsontree_parse(&t, row);
	for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
		/* "symbol." is the symbol: nothing stands behind the last point. */
		if (strcmp(missing[i], "symbol.") != 0)
			CHECK(jsontree_at(n, missing[i]) == NULL);
		CHECK(!jsontree_int64(n, missing[i], &whole));
		CHECK(!jsontree_double(n, missing[i], &d));
		CHECK(!jsontree_bool(n, missing[i], &yes));
	}
	/* There, and something else. */
	CHECK(!jsontree_text(n, "deliveryDate", &text));
	CHECK(!jsontree_text(n, "none", &text));
	CHECK(!jsontree_text(n, "filters", &text));
	CHECK(!jsontree_bool(n, "none", &yes));
	CHECK(!jsontree_bool(n, "pricePrecision", &yes));
	CHECK(!jsontree_double(n, "symbol", &d));
	CHECK(!jsontree_double(n, "rpi", &d));
	CHECK(!jsontree_double(n, "huge", &d));
	CHECK(!jsontree_int64(n, "half", &whole));
	CHECK(!jsontree_int64(n, "huge", &whole));
	/* Its last digit was lost in the library: no guess. */
	CHECK(!jsontree_int64(n, "big", &whole));
	CHECK(slice_is(text, "as it was"));
	CHECK(whole == 77);
	CHECK(d == 77);
	/* Nothing in nothing. */
	CHECK(jsontree_at(NULL, "a") == NULL);
	CHECK(jsontree_first(NULL) == NULL);
	CHECK(jsontree_next(NULL) == NULL);
	CHECK(jsontree_find(NULL, "a", "b") == NULL);
	CHECK(jsontree_key(NULL).count == 0);
	CHECK(!jsontree_text(NULL, "", &text));
}

static void
a_pool_too_small_fails_the_parse_and_is_counted(void)
{
	struct jsontree t;
	size_t enough;
	uint64_t full = 0;

	jsontree_init(&t, pool, sizeof pool);
	CHECK(jsontree_parse(&t, row) != NULL);
	enough = t.used_bytes;
	for (size_t bytes = 0; bytes < enough; bytes++) {
		/* A block of its own size, at an odd address. */
		char *block = malloc(bytes + 1);

		jsontree_init(&t, block + 1, bytes);
		/* The odd address costs up to one alignment more, never less than
		 * what the tree holds. */
		if (jsontree_parse(&t, row) == NULL) {
			CHECK(t.full_count == 1);
			CHECK(t.bad_count == 0);
			CHECK(t.used_bytes == 0);
			full++;
		}
		CHECK(t.used_max_bytes <= bytes);
		free(block);
	}
	CHECK(full > enough - 64);
	/* After a failure the pool is as good as new. */
	jsontree_init(&t, pool, enough);
	for (int i = 0; i < 1000; i++) {
		CHECK(jsontree_parse(&t, row) != NULL);
		CHECK(jsontree_parse(&t, SLICE("{")) == NULL);
		jsontree_reset(&t);
		CHECK(t.used_bytes == 0);
	}
	CHECK(t.bad_count == 1000);
	CHECK(t.full_count == 0);
}

static void
broken_texts_are_refused(void)
{
	static const struct slice bad[] = {
		SLICE_INIT(""), SLICE_INIT(" "), SLICE_INIT("1"), SLICE_INIT("\"a\""),
		SLICE_INIT("null"),
		SLICE_INIT("{\"a\":1"), SLICE_INIT("[1,]"), SLICE_INIT("{} {}"), SLICE_INIT("[01]"),
		SLICE_INIT("{'a':1}"), SLICE_INIT("[1]\0"), SLICE_INIT("[\"\\x\"]"),
		SLICE_INIT("[nan]"),
		SLICE_INIT("\xef\xbb\xbf{}"), SLICE_INIT("[\"\\ud800\"]"),
	};
	char deep[2 * (LIMIT_json_depth_max + 1)];
	struct jsontree t;
	size_t one;

	jsontree_init(&t, pool, sizeof pool);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK(jsontree_parse(&t, bad[i]) == NULL);
		CHECK(t.bad_count == i + 1);
	}
	CHECK(t.full_count == 0);
	for (size_t count = 0; count < row.count; count++)
		CHECK(jsontree_parse(&t, slice_of(row.at, count)) == NULL);
	/* Numbers take only what stays: a thousand are a thousand nodes. */
	CHECK(jsontree_parse(&t, SLICE("[0]")) != NULL);
	one = t.used_bytes;
	CHECK(jsontree_parse(&t, SLICE("[0,123456789012345678901234567890123456789012345]")) !=
	      NULL);
	CHECK(t.used_bytes == one + one / 2);
	memset(deep, '[', LIMIT_json_depth_max + 1);
	memset(deep + LIMIT_json_depth_max + 1, ']', LIMIT_json_depth_max + 1);
	CHECK(jsontree_parse(&t, slice_of(deep, sizeof deep)) == NULL);
	CHECK(jsontree_parse(&t, slice_of(deep + 1, sizeof deep - 2)) != NULL);
}

static void
two_pools_do_not_meet(void)
{
	static char other[4096];
	const struct jsontree_node *a, *b;
	struct jsontree s, t;
	int64_t whole;

	jsontree_init(&s, pool, sizeof pool);
	jsontree_init(&t, other, sizeof other);
	a = jsontree_parse(&s, SLICE("{\"a\":1}"));
	b = jsontree_parse(&t, SLICE("{\"a\":2}"));
	CHECK(jsontree_int64(a, "a", &whole) && whole == 1);
	CHECK(jsontree_int64(b, "a", &whole) && whole == 2);
	CHECK((const char *)(const void *)b >= other);
	CHECK((const char *)(const void *)b < other + sizeof other);
}

int
main(void)
{
	a_row_of_metadata_is_read();
	what_is_not_there_is_not_found();
	a_pool_too_small_fails_the_parse_and_is_counted();
	broken_texts_are_refused();
	two_pools_do_not_meet();
	return CHECK_END("base/jsontree");
}
