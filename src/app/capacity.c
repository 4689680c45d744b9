/* capacity.c - counts from a configuration; see the header. */
#include "app/capacity.h"
#include "feed/feed.h"
#include "venue/say.h"

enum {
	RESERVE_COINS_MIN = 8,
	/* A coin has a spot market in four dollars, two perpetuals and four quarters at
	 * the most that is known (BTC on Binance and Bybit: 22 over six venues); an
	 * ordinary one has one a venue. */
	INSTRUMENTS_EACH = 4,
	/* Streams of an instrument that are topics of their own. */
	TOPICS_EACH = 5,
	TOPIC_BYTES = 32,
	/* Links for requests: one a host. */
	CONNS_MORE = FEED_HOSTS_MAX + 2,
	PART_BYTES = 4 << 20,
};

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Connections of a venue with so many instruments: plan.h fills them to three quarters,
 * each route begins its own, each has two sides. */
static uint32_t
links_of(const struct venue_say *say, uint32_t instruments)
{
	uint32_t topics = instruments * TOPICS_EACH;
	uint32_t each = (uint32_t)say->topics_per_link_max * 3 / 4;

	if (say->topic_bytes_per_link_max > 0)
		each = least(each, (uint32_t)say->topic_bytes_per_link_max * 3 / 4 / TOPIC_BYTES);
	return 2 * (say->route_count + topics / each);
}

void
capacity_of(const struct config *c, struct capacity *out)
{
	const struct config_coins *coins = &c->watch.coins;
	uint32_t most = (uint32_t)c->limits.instruments_max;
	uint32_t each;

	*out = (struct capacity){ .part_bytes = PART_BYTES };
	out->record_bytes_max = LIMIT_message_bytes_max + 65536;
	out->ring_bytes = (size_t)2 * out->record_bytes_max + (1 << 20);
	out->reserve = (coins->count + 3) / 4;
	if (out->reserve < RESERVE_COINS_MIN)
		out->reserve = RESERVE_COINS_MIN;
	out->coins_max = coins->count + out->reserve;
	if (coins->kind == CONFIG_COINS_ALL) {
		out->coins_max = most;
		out->reserve = 0;
	}
	for (uint32_t i = 0; i < c->watch.venues.count; i++)
		out->venue_count += config_venue_is_on(c, c->watch.venues.id[i]);
	each = least(most, out->coins_max * INSTRUMENTS_EACH);
	out->instruments_max = least(most, each * out->venue_count);
	for (uint32_t i = 0; i < c->watch.venues.count; i++) {
		uint8_t id = c->watch.venues.id[i];
		const struct venue_say *say = venue_say(id);
		const struct venue *v = venue_by_id(id);
		size_t bytes;

		if (!config_venue_is_on(c, id) || say == NULL)
			continue;
		out->links_max += links_of(say, each);
		bytes = v->state_bytes(LIMIT_instruments_max);
		if (bytes > 0) /* two sides, each begins on a cache line */
			out->state_bytes += 2 * (bytes + 64);
	}
	out->links_max = least(out->links_max, FEED_LINKS_MAX);
	out->conns_max = out->links_max + CONNS_MORE;
}
