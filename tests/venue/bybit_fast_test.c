/* Goal: the fast reader of publicTrade gives exactly what the any-order decoder
 *       gives, or steps aside and leaves no trace.
 * Method: the shapes that Bybit sends must take the fast way; those shapes, damaged
 *       byte by byte, piece by piece and at random, must give the same both ways.
 */
#include "bybit_fixture.h"
#include "venue/bybit.h"

static struct bench fast, any;

static const char derivative[] =
	"{\"topic\":\"publicTrade.BTCUSDT\",\"type\":\"snapshot\",\"ts\":1774021164130,\"data\":["
	"{\"T\":1774021164129,\"s\":\"BTCUSDT\",\"S\":\"Buy\",\"v\":\"0.020\",\"p\":\"69916.90\","
	"\"L\":\"ZeroMinusTick\",\"i\":\"f60eae3c-d812-5c0b-ad26-8010c31c53aa\",\"BT\":false,"
	"\"RPI\":false,\"seq\":549792208812},"
	"{\"T\":1774021164130,\"s\":\"BTCUSDT\",\"S\":\"Sell\",\"v\":\"3\",\"p\":\"69916.80\","
	"\"L\":\"MinusTick\",\"i\":\"f60eae3c-d812-5c0b-ad26-8010c31c53ab\",\"BT\":true,"
	"\"RPI\":true,\"seq\":549792208813}]}";

static const char lots[] =
	"{\"topic\":\"publicTrade.1000PEPEUSDT\",\"type\":\"snapshot\",\"ts\":1774021164130,"
	"\"data\":[{\"T\":1774021164129,\"s\":\"1000PEPEUSDT\",\"S\":\"Buy\",\"v\":\"1500\","
	"\"p\":\"0.0123450\",\"L\":\"PlusTick\",\"i\":\"f60eae3c-d812-5c0b-ad26-8010c31c53aa\","
	"\"BT\":false}]}";

static const char inverse[] =
	"{\"topic\":\"publicTrade.BTCUSD\",\"type\":\"snapshot\",\"ts\":1774021164130,\"data\":["
	"{\"T\":1774021164129,\"s\":\"BTCUSD\",\"S\":\"Sell\",\"v\":\"1000\",\"p\":\"69916.50\","
	"\"L\":\"PlusTick\",\"i\":\"f60eae3c-d812-5c0b-ad26-8010c31c53aa\",\"BT\":false,"
	"\"RPI\":false,\"seq\":7}]}";

static const char spot_id_first[] =
	"{\"topic\":\"publicTrade.BTCUSDT\",\"ts\":1680652847526,\"type\":\"snapshot\",\"data\":["
	"{\"i\":\"2290000000050703789\",\"T\":1680652847524,\"p\":\"28165.38\",\"v\":\"0.041732\","
	"\"S\":\"Sell\",\"s\":\"BTCUSDT\",\"BT\":false},"
	"{\"i\":\"2290000000050703790\",\"T\":1680652847524,\"p\":\"28165.38\",\"v\":\"0.008513\","
	"\"S\":\"Buy\",\"s\":\"BTCUSDT\",\"BT\":false,\"RPI\":true,\"seq\":42}]}";

static const char spot_time_first[] =
	"{\"topic\":\"publicTrade.ETHBTC\",\"ts\":1774021164130,\"type\":\"snapshot\",\"data\":["
	"{\"T\":1774021164129,\"s\":\"ETHBTC\",\"S\":\"Buy\",\"v\":\"3\",\"p\":\"0.0625\","
	"\"i\":\"2290000000050703791\",\"BT\":false,\"RPI\":false,\"seq\":43}]}";

static const char short_symbol[] =
	"{\"topic\":\"publicTrade.MUSD\",\"type\":\"snapshot\",\"ts\":1774021164130,\"data\":["
	"{\"T\":1774021164129,\"s\":\"MUSD\",\"S\":\"Buy\",\"v\":\"5\",\"p\":\"2.5\","
	"\"L\":\"PlusTick\",\"i\":\"f60eae3c-d812-5c0b-ad26-8010c31c53aa\",\"BT\":false}]}";

static const struct { const char *text; const struct venue *venue; } shape[] = {
	{ derivative, &venue_bybit_linear },
	{ lots, &venue_bybit_linear },
	{ inverse, &venue_bybit_inverse },
	{ spot_id_first, &venue_bybit_spot },
	{ spot_time_first, &venue_bybit_spot },
	{ short_symbol, &venue_bybit_inverse },
};

enum { SHAPE_COUNT = sizeof shape / sizeof shape[0] };

static bool
same_double(double a, double b)
{
	return a == b || (is_absent(a) && is_absent(b));
}

static bool
same_event(const struct event *a, const struct event *b)
{
	return a->kind == b->kind && a->side == b->side && a->flags == b->flags &&
	       a->venue == b->venue && a->instrument == b->instrument &&
	       a->ts_ns == b->ts_ns && a->recv_ns == b->recv_ns &&
	       same_double(a->u.trade.price, b->u.trade.price) &&
	       same_double(a->u.trade.qty, b->u.trade.qty) &&
	       same_double(a->u.trade.usd, b->u.trade.usd) &&
	       a->u.trade.id.at == b->u.trade.id.at &&
	       a->u.trade.id.count == b->u.trade.id.count &&
	       a->u.trade.first_id == b->u.trade.first_id &&
	       a->u.trade.last_id == b->u.trade.last_id &&
	       a->u.trade.id_space == b->u.trade.id_space;
}

/* Both ways on one text; true: the fast one took it.  The text gets memory of its
 * exact size, so that a read behind its end is noticed. */
static bool
both(struct slice given)
{
	static char *copy;
	struct slice text = given;
	enum decode result;
	bool took;

	free(copy);
	copy = malloc(given.count + (given.count == 0));
	if (given.count > 0)
		memcpy(copy, given.at, given.count);
	text.at = copy;
	fast.batch.count = any.batch.count = 1;
	took = bybit_fast_trades(fast.venue, &fast.call, text);
	CHECK(bench_skipped(&fast) == 0);
	if (!took) {
		CHECK(fast.batch.count == 1);
		return false;
	}
	result = bybit_decode_any(any.venue, &any.call, text);
	CHECK(result == DECODE_OK);
	CHECK(fast.batch.count == any.batch.count);
	for (uint32_t i = 1; i < fast.batch.count && i < any.batch.count; i++)
		CHECK(same_event(&fast.event[i], &any.event[i]));
	return true;
}

/* Both benches know the instrument of this shape, and nothing else. */
static void
begin(int n)
{
	struct slice text = slice_str(shape[n].text);

	bench_reset(&fast, shape[n].venue);
	bench_reset(&any, shape[n].venue);
	CHECK(!bybit_fast_trades(fast.venue, &fast.call, text));
	CHECK(fast.table.count == 1);
	CHECK(bybit_decode_any(fast.venue, &fast.call, text) == DECODE_OK);
	CHECK(bybit_decode_any(any.venue, &any.call, text) == DECODE_OK);
}

static void
the_known_shapes_take_the_fast_way(void)
{
	for (int n = 0; n < SHAPE_COUNT; n++) {
		begin(n);
		CHECK(both(slice_str(shape[n].text)));
		CHECK(fast.batch.count == (n == 0 || n == 3 ? 3 : 2));
	}
}

static void
every_byte_counts(void)
{
	static const char other[] = "09.-\"\\,:{}[] aAbBsSeE\0\x80\x1f\x7f\n";
	static char copy[1024];

	for (int n = 0; n < SHAPE_COUNT; n++) {
		size_t count = strlen(shape[n].text);

		begin(n);
		for (size_t at = 0; at < count; at++) {
			for (size_t c = 0; c < sizeof other - 1; c++) {
				memcpy(copy, shape[n].text, count);
				copy[at] = other[c];
				both(slice_of(copy, count));
			}
			/* one byte less, one more, and the end here */
			memcpy(copy, shape[n].text, at);
			memcpy(copy + at, shape[n].text + at + 1, count - at - 1);
			both(slice_of(copy, count - 1));
			memcpy(copy, shape[n].text, at);
			copy[at] = ' ';
			memcpy(copy + at + 1, shape[n].text + at, count - at);
			both(slice_of(copy, count + 1));
			CHECK(!both(slice_of(shape[n].text, at)));
		}
	}
}

/* Values that stand where a value may stand. */
static void
odd_values_give_the_same_or_step_aside(void)
{
	static const struct { const char *what, *with; bool fast; } row[] = {
		{ "0.020", "0.02", true },
		{ "0.020", "007.50", true },
		{ "0.020", "123456789012345678", false },   /* more than 53 bits */
		{ "0.020", "9007199254740992", true },      /* 2^53 */
		{ "0.020", "9007199254740993", false },
		{ "0.020", "0.00000000000000001", true },    /* 18 digits */
		{ "0.020", "0.000000000000000001", false },
		{ "0.020", "1e3", false },
		{ "0.020", "0", false },
		{ "0.020", "-1", false },
		{ "0.020", "5.", false },
		{ "0.020", ".5", false },
		{ "0.020", "", false },
		{ "69916.90", "0.1", true },
		{ "69916.90", "0.3", true },
		{ "69916.90", "123456.789012345", true },
		{ "1774021164129", "9223372036854", true },
		{ "1774021164129", "9223372036855", false }, /* beyond 64 bits of ns */
		{ "1774021164129", "17740211641290", false },
		{ "1774021164129", "177402116412", true },
		{ "1774021164129", "5", true },
		{ "1774021164129", "01774021164129", false },
		{ "1774021164129", "1774021164129.0", false },
		{ "1774021164129", "\"1774021164129\"", false },
		{ "1774021164129", "0", false },
		{ "549792208812", "0", false },
		{ "549792208812", "1", true },
		{ "ZeroMinusTick", "", true },
		{ "ZeroMinusTick", "Zero Tick", true },
		{ "ZeroMinusTick", "fifteen letters", true },
		{ "ZeroMinusTick", "sixteen  letters", false },
		{ "ZeroMinusTick", "Zero\tTick", false },
		{ "ZeroMinusTick", "Zero\x80Tick", false },
		{ "ZeroMinusTick", "\\u0041", false },
		{ "f60eae3c-d812-5c0b-ad26-8010c31c53aa", "1", true },
		{ "f60eae3c-d812-5c0b-ad26-8010c31c53aa", "", true },
		{ "f60eae3c-d812-5c0b-ad26-8010c31c53aa", "f60eae3c-d812-5c0b-ad26-8010c31c53a\\",
		  false },
		{ "f60eae3c-d812-5c0b-ad26-8010c31c53aa", "f60eae3c-d812-5c0b-ad26-8010\\\\1c53aa",
		  false },
		{ "f60eae3c-d812-5c0b-ad26-8010c31c53aa", "f60eae3c-d812-5c0b-ad26\"8010c31c53aa",
		  false },
		{ "\"BT\":false", "\"BT\":null", false },
		{ "\"BT\":false", "\"BT\":\"false\"", false },
		{ "\"BT\":false", "\"BT\":true", true },
		{ ",\"RPI\":false", "", true },
		{ ",\"seq\":549792208812", "", true },
		{ ",\"L\":\"ZeroMinusTick\"", "", true },
		{ ",\"seq\":549792208812", ",\"seq\":549792208812,\"x\":1", false },
		{ "\"S\":\"Buy\"", "\"S\":\"buy\"", false },
		{ "\"s\":\"BTCUSDT\"", "\"s\":\"ETHUSDT\"", false },
		{ "\"s\":\"BTCUSDT\"", "\"s\":\"BTCUSDTX\"", false },
		{ "]}", "],\"cts\":5}", false },
		{ "]}", "]} ", false },
		{ "]}", "]}}", false },
		{ "]}", ",]}", false },
		{ "\"type\":\"snapshot\"", "\"type\":\"delta\"", false },
		{ "\"ts\":1774021164130", "\"ts\":\"x\"", false },
	};
	char text[1024];

	begin(0);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const char *at = strstr(derivative, row[i].what);
		bool took;

		CHECK(at != NULL);
		snprintf(text, sizeof text, "%.*s%s%s", (int)(at - derivative), derivative,
		         row[i].with, at + strlen(row[i].what));
		took = both(slice_str(text));
		CHECK(took == row[i].fast);
		if (took != row[i].fast)
			printf("%s -> %s\n", row[i].what, row[i].with);
	}
}

/* Every count of digits with a point at every place: what is read without a loop, and
 * what is not, and the way between the two. */
static void
decimals_of_every_length(void)
{
	char number[32], text[1024];
	const char *at = strstr(derivative, "69916.90");
	uint32_t seed = 7;

	begin(0);
	for (int digits = 1; digits <= 20; digits++) {
		for (int point = 0; point <= digits; point++) {
			for (int round = 0; round < 20; round++) {
				int n = 0;

				for (int i = 0; i < digits; i++) {
					if (i == point && point > 0)
						number[n++] = '.';
					seed = seed * 1664525u + 1013904223u;
					number[n++] = (char)('0' + (seed >> 20) % 10);
				}
				if (point == digits && round == 0)
					number[n++] = '.'; /* nothing behind it */
				number[n] = '\0';
				snprintf(text, sizeof text, "%.*s%s%s", (int)(at - derivative),
				         derivative, number, at + 8);
				if (!both(slice_str(text)) || n > 17)
					continue;
				CHECK(fast.event[1].u.trade.price == strtod(number, NULL));
			}
		}
	}
}

static void
pieces_of_real_shapes_in_any_mixture(void)
{
	static char copy[4096];
	uint32_t seed = 20261125, took_count = 0;

	for (int n = 0; n < SHAPE_COUNT; n++) {
		size_t count = strlen(shape[n].text);

		begin(n);
		for (int round = 0; round < 20000; round++) {
			size_t length = count;

			memcpy(copy, shape[n].text, count);
			for (uint32_t edits = 1 + (seed >> 28) % 3; edits > 0; edits--) {
				size_t from, to, bytes;

				seed = seed * 1664525u + 1013904223u;
				from = (seed >> 8) % length;
				seed = seed * 1664525u + 1013904223u;
				to = (seed >> 8) % length;
				bytes = 1 + (seed >> 4) % 12;
				if (from + bytes > length || to + bytes > length)
					continue;
				switch (seed >> 30) {
				case 0: /* a piece from elsewhere */
					memmove(copy + to, copy + from, bytes);
					break;
				case 1: /* a piece away */
					memmove(copy + to, copy + to + bytes,
					        length - to - bytes);
					length -= bytes;
					break;
				case 2: /* a piece twice */
					memmove(copy + to + bytes, copy + to, length - to);
					length += bytes;
					break;
				default: /* another digit */
					copy[to] = (char)('0' + (seed >> 16) % 10);
					break;
				}
			}
			took_count += both(slice_of(copy, length));
		}
	}
	/* Digits change often enough that both ways are really compared. */
	CHECK(took_count > 1000);
}

static void
without_room_it_steps_aside(void)
{
	begin(0);
	fast.batch.count_max = 2;
	fast.batch.count = 1;
	CHECK(!bybit_fast_trades(fast.venue, &fast.call, slice_str(derivative)));
	CHECK(fast.batch.count == 1);
	CHECK(fast.venue->decode(fast.venue, &fast.call, slice_str(derivative)) ==
	      DECODE_TOO_MANY);
	CHECK(fast.batch.count == 1);
}

int
main(void)
{
	the_known_shapes_take_the_fast_way();
	every_byte_counts();
	odd_values_give_the_same_or_step_aside();
	decimals_of_every_length();
	pieces_of_real_shapes_in_any_mixture();
	without_room_it_steps_aside();
	return CHECK_END("bybit_fast");
}
