/* Goal: whatever peers do, nothing breaks, hangs or leaks, and when they behave again
 *       everything is live, with every wanted stream subscribed exactly once.
 * Method: six venues on a fake network that drops, refuses, mutes, hangs and talks
 *         nonsense as a seeded generator says, while the watch list changes; then calm. A
 *         failing run prints its seed. */
#include "feed_world.h"
#include "check.h"

static struct chance chance;
static bool calm;

static int64_t
some(int64_t below)
{
	return chance_below(&chance, below);
}

static struct fake_answer
chaos(struct conn *c, struct slice path)
{
	static const int statuses[] = { 200, 400, 403, 404, 418, 429, 451, 500, 503, 302 };
	static char bodies[][100] = {
		"", "{", "[]", "<html>", "{\"retCode\":10001,\"retMsg\":\"Symbol\"}",
		"{\"code\":-1121,\"msg\":\"Invalid symbol.\"}", "{\"retCode\":10006}",
		"{\"symbols\":[{\"symbol\":1}]}", "[[[[[[", "{\"result\":{\"list\":[1,2,3]}}",
	};
	static const char *const headers[] = {
		NULL, "Retry-After: 3\r\n", "Retry-After: -1\r\n", "Retry-After: x\r\n",
		"X-MBX-USED-WEIGHT-1M: 2399\r\n", "X-MBX-USED-WEIGHT-1M: nonsense\r\n",
	};
	struct fake_answer a = { 0 };

	(void)path;
	if (calm || some(3) > 0)
		return a;
	if (some(5) == 0) {
		a.drop = true;
	} else if (some(5) == 0) {
		c->hang = true;
	} else {
		a.status = statuses[some(10)];
		a.body = bodies[some(10)];
		a.header = headers[some(6)];
	}
	return a;
}

static void
chaos_message(struct conn *c, struct slice message)
{
	static const char *const nonsense[] = {
		"{}", "{\"code\":2,\"msg\":\"Invalid request\"}", "{\"result\":null,\"id\":1}",
		"{\"success\":false,\"ret_msg\":\"Invalid topic :[publicTrade.BTCUSDT]\"}", "{\"e\":\"serverShutdown\",\"E\":1}", "\xff", "[",
	};

	if (!calm && some(4) == 0)
		return;
	if (!calm && some(6) == 0)
		fake_say(c, nonsense[some(7)]);
	if (c->state == FAKE_UP)
		fake_acknowledge(c, message);
}

static struct conn *
some_conn(void)
{
	for (int i = 0; i < 20; i++) {
		struct conn *c = &fake.conn[some(FAKE_CONNS)];

		if (c->state == FAKE_UP)
			return c;
	}
	return NULL;
}

static void
misbehave(void)
{
	static const char *const lists[] = { "BTC", "ETH,SOL", "BTC,ETH,SOL,XRP", "top:2",
	                                     "NOBODY", "BTC,LINK" };
	static const int upgrades[] = { 0, 0, 0, 451, 403, 429, 503 };
	struct conn *c = some_conn();

	switch (some(8)) {
	case 0:
	case 1:
		if (c != NULL)
			fake_drop(c, (enum conn_reason)(CONN_REASON_DNS + some(10)));
		break;
	case 2:
		fake.refuse = some(2) == 0;
		break;
	case 3:
		fake.upgrade_status = upgrades[some(7)];
		break;
	case 4:
		fake.mute = some(2) == 0;
		break;
	case 5:
		if (c != NULL && c->ws != NULL && c->ws->state == WS_OPEN)
			fake_say(c, some(2) == 0 ? "{\"stream\":\"x\",\"data\":{}}"
			                         : "{\"topic\":\"tickers.BTCUSDT\",\"data\":{}}");
		else if (c != NULL)
			fake_say(c, "HTTP/1.1 200 OK\r\n\r\n");
		break;
	case 6:
		feed_watch(world.feed, lists[some(6)]);
		break;
	default:
		if (c != NULL)
			c->hang = true;
		break;
	}
}

static void
everything_is_as_it_should_be(void)
{
	const struct feed *f = world.feed;
	int conns = 0, links = 0, hosts = 0;

	CHECK(feed_is_ready(f));
	for (uint32_t i = 1; i < f->plan.topic_count; i++) {
		const struct topic *t = &f->plan.topic[i];

		if (!t->used)
			continue;
		CHECK(t->wanted);
		CHECK(t->state[f->group[t->group].active] == TOPIC_ON);
	}
	for (int i = 0; i < PLAN_GROUPS_MAX; i++)
		for (int side = 0; side < 2 && f->plan.group[i].used; side++)
			links += f->group[i].link[side].conn != NULL;
	for (int i = 0; i < f->host_count; i++)
		hosts += f->host[i].conn != NULL;
	for (int i = 0; i < FAKE_CONNS; i++)
		conns += fake.conn[i].state != FAKE_FREE;
	CHECK(conns == links + hosts);
	for (int i = 0; i < ASKS_MAX; i++)
		CHECK(!f->ask[i].used || !f->ask[i].in_air ||
		      f->host[f->place[f->ask[i].place].host].asked == i);
}

int
main(void)
{
	for (uint64_t seed = 1; seed <= 10; seed++) {
		int failed = check_failed_count;

		chance.state = seed;
		calm = false;
		world.answer = chaos;
		world_open_as(&(struct world_options){
			.coins = "BTC,ETH", .venue = { 1, 2, 3, 4, 5, 6 }, .instruments_max = 50,
			.top_live_coins = 1, .backfill = seed % 2 == 0 });
		fake.on_message = chaos_message;
		for (int i = 0; i < 300; i++) {
			misbehave();
			fake_run_ms(some(4) == 0 ? some(60000) : some(1500));
		}
		calm = true;
		fake.refuse = fake.mute = false;
		fake.upgrade_status = 0;
		for (int i = 0; i < FAKE_CONNS; i++)
			fake.conn[i].hang = false;
		feed_watch(world.feed, "BTC,ETH");
		/* The longest pause is half an hour, for a place that was refused; then the
		 * metadata of the hour. */
		fake_run_ms(2 * 3600 * 1000);
		everything_is_as_it_should_be();
		if (check_failed_count > failed)
			printf("seed %llu\n", (unsigned long long)seed);
		feed_close(world.feed);
		fake_run_ms(15000);
		for (int i = 0; i < FAKE_CONNS; i++)
			CHECK(fake.conn[i].state == FAKE_FREE);
	}
	return CHECK_END("chaos");
}
