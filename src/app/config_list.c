/* config_list.c - lists of the configuration: coins, venues, ids, addresses, pins.
 *
 * Parts stand between commas, blanks around them do not count.  An empty part and
 * one that stands twice are mistakes: somebody meant something else.
 */
#include "app/config_value.h"
#include "app/nearest.h"
#include "base/num.h"
#include "venue/venue.h"
#include <string.h>

bool
config_set_ids(const struct config_key *k, struct config_ids *field, struct slice text,
        struct text *why)
{
	struct config_ids ids;
	bool more = text.count > 0;
	struct slice item;

	memset(&ids, 0, sizeof ids);
	while (config_next_item(&text, &more, &item)) {
		int64_t id;

		if (!num_int64(item, &id) || id == 0)
			return config_wrong(k, why, item, "is no id: a whole number, groups have negative "
			                           "ones");
		for (uint32_t i = 0; i < ids.count; i++)
			if (ids.at[i] == id)
				return config_wrong(k, why, item, "stands twice");
		if (ids.count == CONFIG_CHATS_MAX)
			return config_wrong(k, why, item, "is one too many");
		ids.at[ids.count++] = id;
	}
	*field = ids;
	return true;
}

static bool
is_coin(struct slice s)
{
	for (size_t i = 0; i < s.count; i++) {
		unsigned char c = (unsigned char)s.at[i];

		/* Some coins are named in other alphabets than ours. */
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c >= 0x80 || c == '_'))
			return false;
	}
	return s.count > 0 && s.count < LIMIT_symbol_bytes_max;
}

static bool
has_coin(struct slice list, struct slice coin)
{
	while (list.count > 0)
		if (slice_equal(slice_cut(&list, ','), coin))
			return true;
	return false;
}

static bool
add_coin(const struct config_key *k, struct config_coins *coins, struct slice item,
         struct text *why)
{
	char name[LIMIT_symbol_bytes_max] = "";
	struct slice coin = slice_of(name, item.count);
	struct text list = { coins->text, strlen(coins->text), sizeof coins->text - 1, false };

	if (item.count >= sizeof name)
		return config_wrong(k, why, item, "is too long for a coin");
	for (size_t i = 0; i < item.count; i++)
		name[i] = item.at[i] >= 'a' && item.at[i] <= 'z' ? (char)(item.at[i] - 'a' + 'A')
		                                                : item.at[i];
	if (slice_is(coin, "ALL") || slice_starts(coin, SLICE("TOP:")))
		return config_wrong(k, why, item, "stands alone, not in a list");
	if (!is_coin(coin))
		return config_wrong(k, why, item, item.count == 0
		                                   ? "is an empty name: a comma too many"
		                                   : "is no coin (a comment needs a line of its own)");
	if (coin.count > 4 && slice_ends(coin, SLICE("USDT"))) {
		config_wrong(k, why, item, "is a symbol; coins are named without their quote: ");
		text_put(why, slice_of(coin.at, coin.count - 4));
		return false;
	}
	if (has_coin(slice_str(coins->text), coin))
		return config_wrong(k, why, item, "stands twice");
	if (coins->count == CONFIG_COINS_MAX)
		return config_wrong(k, why, item, "is one coin too many");
	if (coins->count++ > 0)
		text_char(&list, ',');
	text_put(&list, coin);
	if (list.cut)
		return config_wrong(k, why, item, "makes the list too long");
	coins->text[list.count] = '\0';
	return true;
}

bool
config_set_coins(const struct config_key *k, struct config_coins *field, struct slice text,
          struct text *why)
{
	static struct config_coins coins; /* large; begun afresh at each call */
	struct text t = text_init(coins.text, sizeof coins.text - 1);
	bool more = true;
	struct slice item;

	memset(&coins, 0, sizeof coins);
	if (config_is_word(text, "all")) {
		coins.kind = CONFIG_COINS_ALL;
		text_str(&t, "all");
	} else if (text.count > 4 && config_is_word(slice_of(text.at, 4), "top:")) {
		uint64_t n;

		if (!num_uint64(config_trim(slice_after(text, 4)), &n) || n < 1 || n > CONFIG_COINS_MAX)
			return config_wrong(k, why, text, "is no top:N with N from 1 to 1000");
		coins.kind = CONFIG_COINS_TOP;
		coins.count = (uint32_t)n;
		text_format(&t, "top:%u", coins.count);
	} else {
		coins.kind = CONFIG_COINS_LIST;
		while (config_next_item(&text, &more, &item))
			if (!add_coin(k, &coins, item, why))
				return false;
	}
	*field = coins;
	return true;
}

static bool
add_venue(struct config_venues *venues, const struct venue *v)
{
	for (uint32_t i = 0; i < venues->count; i++)
		if (venues->id[i] == v->id)
			return false;
	venues->id[venues->count++] = v->id;
	return true;
}

/* Is it the name of an exchange, of which `v` is a product line? */
static bool
is_exchange_of(struct slice name, const struct venue *v)
{
	struct slice venue = slice_str(v->name);

	return venue.count > name.count && slice_starts(venue, name) &&
	       venue.at[name.count] == '-' && name.count > 0;
}

bool
config_set_venues(const struct config_key *k, struct config_venues *field, struct slice text,
           struct text *why)
{
	struct config_venues venues;
	bool more = true, all = config_is_word(text, "all");
	const struct venue *v;
	struct slice item;

	memset(&venues, 0, sizeof venues);
	while (config_next_item(&text, &more, &item)) {
		struct nearest n = nearest_to(item);
		bool found = false, added = false;

		for (size_t i = 0; (v = venue_at(i)) != NULL; i++) {
			nearest_offer(&n, v->name);
			if (all || slice_equal(item, slice_str(v->name)) ||
			    is_exchange_of(item, v)) {
				found = true;
				added |= add_venue(&venues, v);
			}
		}
		if (found && !added)
			return config_wrong(k, why, item, "stands twice");
		if (!found) {
			config_wrong(k, why, item, "is no venue of this build");
			if (n.best != NULL)
				text_format(why, "; did you mean %s?", n.best);
			return false;
		}
	}
	*field = venues;
	return true;
}

bool
config_set_listen(const struct config_key *k, struct config_address *field, struct slice text,
           struct text *why)
{
	struct config_address a;

	if (config_is_off(text)) {
		memset(field, 0, sizeof *field);
		return true;
	}
	config_quote(why, text);
	text_char(why, ' ');
	memset(&a, 0, sizeof a);
	if (!config_address_read(text, -1, true, &a, why))
		return false;
	if (config_reach_of(a.host) == CONFIG_REACH_NAME && strcmp(a.host, "localhost") != 0) {
		text_str(why, "has a name; an address is needed, such as 127.0.0.1 or 0.0.0.0");
		return false;
	}
	(void)k;
	why->count = 0;
	*field = a;
	return true;
}

bool
config_set_servers(const struct config_key *k, struct config_servers *field, struct slice text,
            struct text *why)
{
	struct config_servers servers;
	bool more = true;
	struct slice item;

	memset(&servers, 0, sizeof servers);
	while (config_next_item(&text, &more, &item)) {
		if (servers.count == CONFIG_SERVERS_MAX)
			return config_wrong(k, why, item, "is one server too many");
		config_quote(why, item);
		text_char(why, ' ');
		if (!config_address_read(item, 53, false, &servers.at[servers.count], why))
			return false;
		why->count = 0;
		if (config_reach_of(servers.at[servers.count].host) == CONFIG_REACH_NAME)
			return config_wrong(k, why, item, "is no address: a name server has to be known "
			                           "without asking one");
		servers.count++;
	}
	*field = servers;
	return true;
}

/* 32 bytes in base64: 43 characters and one '='. */
static bool
is_sha256(struct slice s)
{
	if (s.count != 44 || s.at[43] != '=')
		return false;
	for (size_t i = 0; i < 43; i++) {
		char c = s.at[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      c == '+' || c == '/'))
			return false;
	}
	/* 43 * 6 = 256 + 2: the last two bits are nobody's and must be zero. */
	return strchr("AEIMQUYcgkosw048", s.at[42]) != NULL;
}

bool
config_set_pins(const struct config_key *k, struct config_pins *field, struct slice text,
         struct text *why)
{
	static struct config_pins pins; /* large; begun afresh at each call */
	bool more = true;
	struct slice item;

	memset(&pins, 0, sizeof pins);
	while (config_next_item(&text, &more, &item)) {
		struct slice key = item, host = slice_cut(&key, ' ');
		struct config_address a;
		char ignored[128];
		struct text t = text_init(ignored, sizeof ignored);

		key = config_trim(key);
		if (!slice_starts(key, SLICE("sha256/")) || !is_sha256(slice_after(key, 7)) ||
		    memchr(host.at, ':', host.count) != NULL ||
		    !config_address_read(host, 0, false, &a, &t))
			return config_wrong(k, why, item, "is no HOST sha256/BASE64");
		if (pins.count == CONFIG_PINS_MAX)
			return config_wrong(k, why, item, "is one pin too many");
		t = text_init(pins.at[pins.count], sizeof pins.at[0] - 1);
		text_format(&t, "%s ", a.host);
		text_put(&t, key);
		pins.count++;
	}
	*field = pins;
	return true;
}
