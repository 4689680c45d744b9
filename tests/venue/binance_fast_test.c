/* binance_fast_test.c - the fast reader of Binance against the any-order one.
 *
 * Goal: the fast reader takes the shapes that Binance sends, gives what the any-order
 *       reader gives, and touches nothing when it steps aside.
 * Method: real shapes, then each of them with every byte replaced, left out, doubled,
 *       and cut; each frame stands in memory of its own size, so that ASan sees a step
 *       beyond its end.
 */
#include "venue/binance_harness.h"
#include "check.h"

static struct harness h;

struct shape {
	const struct venue *v;
	const char *symbol; /* known beforehand */
	const char *frame;
};

static const struct shape taken[] = {
	/* USD-M, 2026 */
	{ &venue_binance_usdm, "BTCUSDT", "{\"stream\":\"btcusdt@aggTrade\","
		"\"data\":{\"e\":\"aggTrade\",\"E\":1790526539033,\"a\":3466782974,"
		"\"s\":\"BTCUSDT\",\"p\":\"84551.10\",\"q\":\"0.030\",\"nq\":\"0.030\","
		"\"f\":8123344783,\"l\":8123344783,\"T\":1790526538883,\"m\":false,\"st\":1}}" },
	{ &venue_binance_usdm, "1000PEPEUSDT", "{\"e\":\"aggTrade\",\"E\":1790526539033,"
		"\"a\":3466782974,\"s\":\"1000PEPEUSDT\",\"p\":\"0.0084551\",\"q\":\"71030\","
		"\"nq\":\"0\",\"f\":1,\"l\":1,\"T\":1790526538883,\"m\":true,\"st\":1}" },
	{ &venue_binance_usdm, "\347\211\233\346\235\245USDT", "{\"e\":\"aggTrade\","
		"\"E\":1790526539033,\"a\":34,\"s\":\"\347\211\233\346\235\245USDT\","
		"\"p\":\"0.0084551\",\"q\":\"71030\",\"nq\":\"0\",\"f\":1,\"l\":1,"
		"\"T\":1790526538883,\"m\":true,\"st\":1}" },
	{ &venue_binance_usdm, "BTCUSDT", "{\"stream\":\"btcusdt@bookTicker\","
		"\"data\":{\"e\":\"bookTicker\",\"u\":11671659685961,\"s\":\"BTCUSDT\","
		"\"ps\":\"BTCUSDT\",\"b\":\"84551.00\",\"B\":\"2.646\",\"a\":\"84551.10\","
		"\"A\":\"5.302\",\"T\":1790526538939,\"E\":1790526538940,\"st\":1}}" },
	/* futures, 2021 to 2024 */
	{ &venue_binance_usdm, "CTKUSDT", "{\"stream\":\"ctkusdt@aggTrade\","
		"\"data\":{\"e\":\"aggTrade\",\"E\":1626992741575,\"a\":16599292,"
		"\"s\":\"CTKUSDT\",\"p\":\"1.01100\",\"q\":\"10\",\"f\":23961322,"
		"\"l\":23961322,\"T\":1626992741421,\"m\":false}}" },
	{ &venue_binance_usdm, "BTCUSDT", "{\"stream\":\"btcusdt@trade\","
		"\"data\":{\"e\":\"trade\",\"E\":1723161256322,\"T\":1723161256321,"
		"\"s\":\"BTCUSDT\",\"t\":5266583935,\"p\":\"61800.30\",\"q\":\"0.006\","
		"\"X\":\"MARKET\",\"m\":false}}" },
	{ &venue_binance_usdm, "BTCUSDT", "{\"e\":\"bookTicker\",\"u\":5123107838717,"
		"\"s\":\"BTCUSDT\",\"b\":\"0.00\",\"B\":\"0.000\",\"a\":\"2681.63\","
		"\"A\":\"73.077\",\"T\":1723161256310,\"E\":1723161256311}" },
	/* COIN-M */
	{ &venue_binance_coinm, "BTCUSD_PERP", "{\"stream\":\"btcusd_perp@aggTrade\","
		"\"data\":{\"e\":\"aggTrade\",\"E\":1790526539033,\"a\":34,"
		"\"s\":\"BTCUSD_PERP\",\"p\":\"84551.1\",\"q\":\"30\",\"f\":1,\"l\":2,"
		"\"T\":1790526538883,\"m\":false,\"st\":2}}" },
	{ &venue_binance_coinm, "BTCUSD_PERP", "{\"stream\":\"btcusd_perp@trade\","
		"\"data\":{\"e\":\"trade\",\"E\":1790373534694,\"T\":1790373534694,"
		"\"s\":\"BTCUSD_PERP\",\"t\":1155839922,\"p\":\"83781.6\",\"q\":\"1\","
		"\"X\":\"MARKET\",\"m\":false}}" },
	{ &venue_binance_coinm, "ETHUSD_PERP", "{\"stream\":\"ethusd_perp@bookTicker\","
		"\"data\":{\"u\":1007198631825,\"e\":\"bookTicker\",\"s\":\"ETHUSD_PERP\","
		"\"ps\":\"ETHUSD\",\"b\":\"2682.17\",\"B\":\"159\",\"a\":\"2682.18\","
		"\"A\":\"3794\",\"T\":1723161257450,\"E\":1723161257457}}" },
	/* spot */
	{ &venue_binance_spot, "BTCUSDT", "{\"e\":\"aggTrade\",\"E\":1790397172156,"
		"\"s\":\"BTCUSDT\",\"a\":4074288744,\"p\":\"83917.87000000\","
		"\"q\":\"0.00020000\",\"f\":6714723978,\"l\":6714723978,\"T\":1790397172156,"
		"\"m\":true,\"M\":true}" },
	{ &venue_binance_spot, "BTCUSDT", "{\"stream\":\"btcusdt@trade\","
		"\"data\":{\"e\":\"trade\",\"E\":1723161255343123,\"s\":\"BTCUSDT\","
		"\"t\":3735683259,\"p\":\"61837.63000000\",\"q\":\"0.02000000\","
		"\"T\":1723161255342123,\"m\":true,\"M\":true}}" },
	{ &venue_binance_spot, "ETHUSDT", "{\"stream\":\"ethusdt@bookTicker\","
		"\"data\":{\"u\":35346513501,\"s\":\"ETHUSDT\",\"b\":\"2683.80000000\","
		"\"B\":\"3.02920000\",\"a\":\"2683.81000000\",\"A\":\"31.43950000\"}}" },
	{ &venue_binance_spot, "ETHBTC", "{\"u\":35346513501,\"s\":\"ETHBTC\","
		"\"b\":\"0.03180000\",\"B\":\"3.02920000\",\"a\":\"0.03181000\","
		"\"A\":\"31.43950000\"}" },
};

static void
begin(const struct shape *s)
{
	harness_init(&h, s->v);
	CHECK(venue_instrument(s->v, &h.call, slice_str(s->symbol)) == 1);
}

static void
takes_what_binance_sends(void)
{
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
		bool took = false;

		begin(&taken[i]);
		CHECK(harness_agree(&h, slice_str(taken[i].frame), &took));
		if (!took)
			printf("stepped aside: %s\n", taken[i].frame);
		CHECK(took);
		/* Nobody announced it: learning is the other reader's business. */
		harness_init(&h, taken[i].v);
		CHECK(!binance_fast(taken[i].v, &h.call, slice_str(taken[i].frame)));
		CHECK(h.batch.count == 0);
		CHECK(h.table.count == 1);
	}
}

static void
steps_aside_for(const struct venue *v, const char *symbol, const char *frame)
{
	const struct shape s = { v, symbol, frame };
	bool took = true;

	begin(&s);
	CHECK(harness_agree(&h, slice_str(frame), &took));
	if (took)
		printf("took: %s\n", frame);
	CHECK(!took);
}

static void
steps_aside_for_what_it_does_not_know(void)
{
#define AGG(tail) "{\"e\":\"aggTrade\",\"E\":9,\"a\":7,\"s\":\"BTCUSDT\"," tail
#define MID "\"f\":1,\"l\":1,\"T\":8,\"m\":true"
	static const char *const usdm[] = {
		AGG("\"p\":\"2\",\"q\":\"3\"," MID ",\"st\":2}"),          /* not ours */
		AGG("\"p\":\"2\",\"q\":\"3\"," MID ",\"st\":11}"),
		AGG("\"p\":\"2\",\"q\":\"3\"," MID ",\"xx\":1}"),          /* a new member */
		AGG("\"p\":\"2\",\"q\":\"3\"," MID "} "),                  /* a blank */
		AGG("\"p\":\"2\", \"q\":\"3\"," MID "}"),
		AGG("\"q\":\"3\",\"p\":\"2\"," MID "}"),                  /* another order */
		AGG("\"p\":\"0\",\"q\":\"3\"," MID "}"),                  /* no price */
		AGG("\"p\":\"2\",\"q\":\"0.0\"," MID "}"),
		AGG("\"p\":\"-2\",\"q\":\"3\"," MID "}"),
		AGG("\"p\":\"2e3\",\"q\":\"3\"," MID "}"),                /* an exponent */
		AGG("\"p\":\".2\",\"q\":\"3\"," MID "}"),                 /* no number */
		AGG("\"p\":\"2.\",\"q\":\"3\"," MID "}"),
		AGG("\"p\":\"\",\"q\":\"3\"," MID "}"),
		AGG("\"p\":\"90071992547409.93\",\"q\":\"3\"," MID "}"),  /* beyond 2^53 */
		AGG("\"p\":\"0.00000000000000000000001\",\"q\":\"3\"," MID "}"), /* 10^-23 */
		AGG("\"p\":\"00000000000000000002\",\"q\":\"3\"," MID "}"), /* 20 digits */
		AGG("\"p\":\"2\",\"q\":\"3\",\"f\":01,\"l\":1,\"T\":8,\"m\":true}"), /* no JSON */
		AGG("\"p\":\"2\",\"q\":\"3\",\"f\":1,\"l\":1,\"T\":0,\"m\":true}"),  /* then E */
		AGG("\"p\":\"2\",\"q\":\"3\",\"f\":1,\"l\":1,\"T\":99999999999999999,\"m\":true}"),
		AGG("\"p\":\"2\",\"q\":\"3\",\"f\":1,\"l\":1,\"T\":8,\"m\":null}"),
		"{\"e\":\"trade\",\"E\":9,\"T\":8,\"s\":\"BTCUSDT\",\"t\":7,\"p\":\"2\","
			"\"q\":\"3\",\"X\":\"ADL\",\"m\":true}",
		"{\"e\":\"trade\",\"E\":9,\"T\":8,\"s\":\"BTCUSDT\",\"t\":7,\"p\":\"2\","
			"\"q\":\"3\",\"X\":\"RPI\",\"m\":true}",
		"{\"e\":\"trade\",\"E\":9,\"T\":8,\"s\":\"BTC\\u0055SDT\",\"t\":7,\"p\":\"2\","
			"\"q\":\"3\",\"m\":true}",
		"{\"stream\":\"a\\\",\\\"data\\\":\",\"data\":{}}",
		"{\"stream\":\"!bookTicker\",\"data\":{\"u\":1,\"s\":\"BTCUSDT\",\"b\":\"1\","
			"\"B\":\"1\",\"a\":\"2\",\"A\":\"2\"}}",
		"{\"stream\":\"btcusdt@depth\",\"data\":{\"u\":1,\"s\":\"BTCUSDT\","
			"\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"2\"}}",
		"{\"stream\":\"x\",\"data\":{\"e\":\"trade\",\"E\":9,\"T\":8,"
			"\"s\":\"BTCUSDT\",\"t\":7,\"p\":\"2\",\"q\":\"3\",\"m\":true}",
		"{\"e\":\"trade\",\"E\":9,\"T\":8,\"s\":\"BTCUSDT\",\"t\":7,\"p\":\"2\","
			"\"q\":\"3\",\"m\":true}}",
		"}", "{}", "{\"u\":}", "{\"e\":\"trade\",\"E\":}", "",
	};

	for (size_t i = 0; i < sizeof usdm / sizeof usdm[0]; i++)
		steps_aside_for(&venue_binance_usdm, "BTCUSDT", usdm[i]);
	steps_aside_for(&venue_binance_spot, "BTCUSDT",
	                AGG("\"p\":\"2\",\"q\":\"3\"," MID ",\"st\":1}"));
}

static bool
agrees_in_its_own_memory(const char *bytes, size_t count)
{
	char *own = malloc(count + (count == 0)); /* no byte to spare behind it */
	bool took, same;

	if (count > 0)
		memcpy(own, bytes, count);
	same = harness_agree(&h, slice_of(own, count), &took);
	if (!same)
		printf("differs: %.*s\n", (int)count, bytes);
	free(own);
	return same;
}

static void
agrees_on_every_mutation(const struct shape *s)
{
	static const char other[] = "0123456789.-eE\"\\{}[],: \n\xff" "aAbBmMTXst";
	size_t count = strlen(s->frame);
	char copy[512];

	begin(s);
	for (size_t i = 0; i < count; i++) {
		/* another byte; one less; one twice; nothing behind */
		for (size_t k = 0; k < sizeof other - 1; k++) {
			memcpy(copy, s->frame, count);
			copy[i] = other[k];
			CHECK(agrees_in_its_own_memory(copy, count));
			memcpy(copy, s->frame, i);
			copy[i] = other[k];
			memcpy(copy + i + 1, s->frame + i, count - i);
			CHECK(agrees_in_its_own_memory(copy, count + 1));
		}
		memcpy(copy, s->frame, count);
		memmove(copy + i, copy + i + 1, count - i - 1);
		CHECK(agrees_in_its_own_memory(copy, count - 1));
		CHECK(agrees_in_its_own_memory(s->frame, i));
	}
	/* Names of members exchanged for each other's, and parts left out. */
	for (size_t i = 0; i < count; i++) {
		for (size_t k = i + 1; k < count && k < i + 24; k++) {
			memcpy(copy, s->frame, count);
			memmove(copy + i, copy + k, count - k);
			CHECK(agrees_in_its_own_memory(copy, count - (k - i)));
		}
	}
}

static void
agrees_when_the_batch_is_full(void)
{
	begin(&taken[0]);
	h.batch.count = h.batch.count_max = 1;
	CHECK(!binance_fast(h.v, &h.call, slice_str(taken[0].frame)));
	CHECK(h.batch.count == 1);
	CHECK(h.v->decode(h.v, &h.call, slice_str(taken[0].frame)) == DECODE_TOO_MANY);
}

int
main(void)
{
	takes_what_binance_sends();
	steps_aside_for_what_it_does_not_know();
	agrees_when_the_batch_is_full();
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
		agrees_on_every_mutation(&taken[i]);
	return CHECK_END("binance_fast");
}
