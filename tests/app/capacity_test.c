/* Goal: what is taken at start follows from counts, holds a reserve, and ends at the limits.
 * Method: configurations as text; expectations from the sentences of capacity.h and the
 * venues' limits in the exchange sheets, worked out by hand. */
#include "app/capacity.h"
#include "feed/feed.h"
#include "check.h"

static struct config config;
static struct config_report report;
static struct capacity got;

static void
count(const char *text)
{
	CHECK(config_parse(&config, &report, slice_str(text), "t.conf", CONFIG_FOR_RUN) == ERR_NONE);
	capacity_of(&config, &got);
}

static void
a_list_is_its_length_and_a_reserve(void)
{
	count("[watch]\ncoins = BTC,ETH,SOL\n");
	CHECK(got.reserve == 8);
	CHECK(got.coins_max == 11);
	CHECK(got.venue_count == 6);
	/* Four instruments a coin on each venue: 44 each. */
	CHECK(got.instruments_max == 264);
	/* 220 topics fit on one connection everywhere (1024 topics; 21,000 bytes), USD-M has
	 * two routes: seven connections, each with its other side. */
	CHECK(got.links_max == 14);
	CHECK(got.conns_max > got.links_max);
	count("[watch]\ncoins = top:100\n");
	CHECK(got.reserve == 25);
	CHECK(got.coins_max == 125);
}

static void
what_is_off_needs_nothing(void)
{
	size_t with_bybit;

	count("[watch]\nvenues = binance-spot,bybit-linear\n");
	CHECK(got.venue_count == 2);
	CHECK(got.links_max == 4);
	with_bybit = got.state_bytes;
	count("[watch]\nvenues = binance-spot,bybit-linear\n[venue.bybit-linear]\nenabled = no\n");
	CHECK(got.venue_count == 1);
	CHECK(got.instruments_max == 44);
	CHECK(got.links_max == 2);
	/* Only Bybit sends deltas. */
	CHECK(with_bybit > 0);
	CHECK(got.state_bytes == 0);
}

static void
all_is_the_limit_and_needs_no_reserve(void)
{
	count("[watch]\ncoins = all\n[limits]\ninstruments_max = 2000\n");
	CHECK(got.coins_max == 2000);
	CHECK(got.reserve == 0);
	CHECK(got.instruments_max == 2000);
	CHECK(got.links_max <= FEED_LINKS_MAX);
	count("[watch]\ncoins = all\n");
	CHECK(got.instruments_max == LIMIT_instruments_max);
	CHECK(got.links_max == FEED_LINKS_MAX);
}

static void
a_record_of_the_longest_message_fits_on_the_tape(void)
{
	count("");
	CHECK(got.record_bytes_max > LIMIT_message_bytes_max);
	CHECK(got.record_bytes_max <= LIMIT_tape_record_bytes_max);
	CHECK(got.ring_bytes >= 2 * (size_t)got.record_bytes_max);
}

int
main(void)
{
	a_list_is_its_length_and_a_reserve();
	what_is_off_needs_nothing();
	all_is_the_limit_and_needs_no_reserve();
	a_record_of_the_longest_message_fits_on_the_tape();
	return CHECK_END("capacity");
}
