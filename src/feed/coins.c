/* coins.c - see the header. */
#include "feed/coins.h"
#include "base/num.h"
#include <stdlib.h>

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static struct slice
trim(struct slice s)
{
	while (s.count > 0 && s.at[0] == ' ')
		s = slice_after(s, 1);
	while (s.count > 0 && s.at[s.count - 1] == ' ')
		s.count--;
	return s;
}

bool
coins_is_money(struct slice name)
{
	static const char *const money[] = {
		"USD", "USDT", "USDC", "FDUSD", "USD1", "TUSD", "BUSD", "DAI", "USDE", "USDP",
		"PYUSD", "RLUSD", "XUSD", "BFUSD", "USDD", "EUR", "EURI", "EURC", "AEUR", "GBP",
		"TRY", "BRL", "ARS", "COP", "MXN", "UAH", "PLN", "RON", "ZAR", "JPY", "IDR",
		"CZK", "AUD", "RUB",
	};

	for (size_t i = 0; i < sizeof money / sizeof money[0]; i++)
		if (slice_equal(name, slice_str(money[i])))
			return true;
	return false;
}

int32_t
coins_find(const struct coins *c, struct slice name)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (slice_equal(slice_str(c->at[i].name), name))
			return (int32_t)i;
	return -1;
}

static bool
add(struct coins *c, struct slice name)
{
	struct coin *coin;

	if (coins_find(c, name) >= 0)
		return true;
	if (c->count == c->count_max)
		return false;
	coin = &c->at[c->count];
	*coin = (struct coin){ 0 };
	if (!slice_copy(name, coin->name, sizeof coin->name))
		return false;
	c->count++;
	return true;
}

/* One word of the list, in upper case in the caller's memory. */
static bool
next_word(struct slice *rest, char *memory, size_t size, struct slice *word)
{
	while (rest->count > 0) {
		struct slice raw = trim(slice_cut(rest, ','));

		if (raw.count == 0)
			continue;
		word->at = memory;
		word->count = raw.count;
		for (size_t i = 0; i < raw.count && i < size; i++)
			memory[i] = upper(raw.at[i]);
		return true;
	}
	return false;
}

bool
coins_read(struct coins *c, struct slice list)
{
	char memory[LIMIT_symbol_bytes_max];
	struct slice rest = list, word;
	uint32_t names = 0;

	/* Once to look, once to take: a list that is refused changes nothing. */
	while (next_word(&rest, memory, sizeof memory, &word)) {
		int64_t n;

		if (word.count >= sizeof memory)
			return false;
		if (slice_starts(word, SLICE("TOP:")) &&
		    (!num_int64(slice_after(word, 4), &n) || n <= 0 || n > c->count_max))
			return false;
		names++;
	}
	if (names > c->count_max)
		return false;
	c->count = 0;
	c->top = 0;
	c->all = names == 0;
	rest = list;
	while (next_word(&rest, memory, sizeof memory, &word)) {
		int64_t n;

		if (slice_is(word, "ALL"))
			c->all = true;
		else if (slice_starts(word, SLICE("TOP:")) && num_int64(slice_after(word, 4), &n))
			c->top = (uint32_t)n;
		else
			add(c, word);
	}
	return true;
}

void
coins_weigh(struct coins *rank, struct slice name, double usd)
{
	int32_t at;

	if (name.count == 0 || !(usd > 0) || coins_is_money(name))
		return;
	at = coins_find(rank, name);
	if (at < 0 && add(rank, name))
		at = (int32_t)rank->count - 1;
	if (at >= 0)
		rank->at[at].usd += usd;
}

/* The larger first; equal ones by name, so that the order is the same everywhere. */
static int
by_usd(const void *a, const void *b)
{
	const struct coin *left = a, *right = b;

	if (left->usd > right->usd)
		return -1;
	if (left->usd < right->usd)
		return 1;
	return strcmp(left->name, right->name);
}

void
coins_rank(struct coins *c, struct coins *rank)
{
	uint32_t want = c->all ? rank->count : c->top;

	qsort(rank->at, rank->count, sizeof rank->at[0], by_usd);
	for (uint32_t i = 0; i < rank->count && i < want; i++)
		add(c, slice_str(rank->at[i].name));
}

void
coins_text(const struct coins *c, struct text *out)
{
	for (uint32_t i = 0; i < c->count; i++) {
		if (i > 0)
			text_char(out, ',');
		text_str(out, c->at[i].name);
	}
}
