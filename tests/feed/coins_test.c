/* Goal: a watch list is read as it is meant, and ranks fill it up.
 * Method: lists and volumes by hand. */
#include "check.h"
#include "feed/coins.h"

static struct coin memory[8], rank_memory[8];

static const char *
text_of(const struct coins *c)
{
	static char text[300];
	struct text out = text_init(text, sizeof text - 1);

	coins_text(c, &out);
	text[out.count] = '\0';
	return text;
}

static void
lists_are_read(void)
{
	const struct { const char *list; bool ok; const char *names; uint32_t top; bool all; }
	row[] = {
		{ "BTC,ETH", true, "BTC,ETH", 0, false },
		{ " btc , eth ,, Sol", true, "BTC,ETH,SOL", 0, false },
		{ "BTC,btc,BTC", true, "BTC", 0, false },
		{ "top:5", true, "", 5, false },
		{ "PEPE,TOP:3", true, "PEPE", 3, false },
		{ "all", true, "", 0, true },
		{ "", true, "", 0, true },
		{ "top:0", false, "", 0, false },
		{ "top:9", false, "", 0, false },   /* more than there is room for */
		{ "top:x", false, "", 0, false },
		{ "top:", false, "", 0, false },
		{ "A,B,C,D,E,F,G,H", true, "A,B,C,D,E,F,G,H", 0, false },
		{ "A,B,C,D,E,F,G,H,I", false, "", 0, false },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG", false, "", 0, false },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct coins c = { .at = memory, .count_max = 8 };
		bool ok = coins_read(&c, slice_str(row[i].list));

		CHECK(ok == row[i].ok);
		if (!ok)
			continue;
		CHECK_TEXT(text_of(&c), row[i].names);
		CHECK(c.top == row[i].top);
		CHECK(c.all == row[i].all);
	}
}

static void
a_refused_list_changes_nothing(void)
{
	struct coins c = { .at = memory, .count_max = 8 };

	CHECK(coins_read(&c, SLICE("BTC,ETH")));
	CHECK(!coins_read(&c, SLICE("SOL,top:99")));
	CHECK_TEXT(text_of(&c), "BTC,ETH");
	CHECK(c.top == 0);
}

static void
ranks_follow_volume_and_leave_money_out(void)
{
	struct coins c = { .at = memory, .count_max = 8 };
	struct coins rank = { .at = rank_memory, .count_max = 8 };

	coins_weigh(&rank, SLICE("SOL"), 10);
	coins_weigh(&rank, SLICE("BTC"), 40);
	coins_weigh(&rank, SLICE("USDC"), 900);
	coins_weigh(&rank, SLICE("EUR"), 900);
	coins_weigh(&rank, SLICE("ETH"), 20);
	coins_weigh(&rank, SLICE("SOL"), 15); /* another venue: 25 */
	coins_weigh(&rank, SLICE("DEAD"), 0);
	coins_weigh(&rank, SLICE(""), 5);
	coins_weigh(&rank, SLICE("ADA"), 20);  /* equal: by name */
	CHECK(coins_read(&c, SLICE("top:3")));
	coins_rank(&c, &rank);
	CHECK_TEXT(text_of(&c), "BTC,SOL,ADA");
	/* Names of the list come first and take no place of the top. */
	CHECK(coins_read(&c, SLICE("DOGE,top:2")));
	coins_rank(&c, &rank);
	CHECK_TEXT(text_of(&c), "DOGE,BTC,SOL");
	CHECK(coins_read(&c, SLICE("all")));
	coins_rank(&c, &rank);
	CHECK_TEXT(text_of(&c), "BTC,SOL,ADA,ETH");
}

static void
a_full_rank_forgets_the_rest(void)
{
	struct coins rank = { .at = rank_memory, .count_max = 2 };

	coins_weigh(&rank, SLICE("A"), 1);
	coins_weigh(&rank, SLICE("B"), 1);
	coins_weigh(&rank, SLICE("C"), 1);
	coins_weigh(&rank, SLICE("A"), 1);
	CHECK(rank.count == 2);
	CHECK(rank.at[0].usd == 2);
}

int
main(void)
{
	lists_are_read();
	a_refused_list_changes_nothing();
	ranks_follow_volume_and_leave_money_out();
	a_full_rank_forgets_the_rest();
	return CHECK_END("coins");
}
