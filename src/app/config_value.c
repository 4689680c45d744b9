/* config_value.c - which type is read and written how; see the header. */
#include "app/config_value.h"
#include "venue/venue.h"
#include <string.h>

static bool
set_url(const struct config_key *k, char *field, struct slice text, struct text *why)
{
	struct text begun = *why;
	char url[CONFIG_SECRET_BYTES];

	if (!(k->flags & CONFIG_IS_SECRET)) {
		config_quote(why, text);
		text_char(why, ' ');
	} else {
		text_str(why, "the value ");
	}
	if (!config_url_read((enum config_type)k->type, text, url, k->size, why))
		return false;
	*why = begun;
	return config_set_text(k, field, slice_str(url), why);
}

bool
config_value_set(const struct config_key *k, void *field, struct slice text,
                 const char *base_dir, struct text *why)
{
	if (text.count == 0 && !(k->flags & CONFIG_MAY_BE_EMPTY)) {
		text_str(why, "has no value");
		return false;
	}
	switch ((enum config_type)k->type) {
	case CONFIG_TEXT:
	case CONFIG_RULE:
		return config_set_text(k, field, text, why);
	case CONFIG_TOKEN:
		return config_set_token(k, field, text, why);
	case CONFIG_PATH:
		return config_set_path(k, field, text, base_dir, why);
	case CONFIG_BOOL:
		return config_set_bool(k, field, text, why);
	case CONFIG_INTEGER:
	case CONFIG_MS:
		return config_set_integer(k, field, text, why);
	case CONFIG_DECIMAL:
		return config_set_decimal(k, field, text, why);
	case CONFIG_WORD:
		return config_set_word(k, field, text, why);
	case CONFIG_IDS:
		return config_set_ids(k, field, text, why);
	case CONFIG_COINS:
		return config_set_coins(k, field, text, why);
	case CONFIG_VENUES:
		return config_set_venues(k, field, text, why);
	case CONFIG_LISTEN:
		return config_set_listen(k, field, text, why);
	case CONFIG_SERVERS:
		return config_set_servers(k, field, text, why);
	case CONFIG_PINS:
		return config_set_pins(k, field, text, why);
	case CONFIG_QUIET:
		return config_set_quiet(k, field, text, why);
	case CONFIG_ZONE:
		return config_set_zone(k, field, text, why);
	case CONFIG_URL_WS:
	case CONFIG_URL_REST:
	case CONFIG_URL_WEB:
	case CONFIG_URL_BASE:
	case CONFIG_URL_PROXY:
		return set_url(k, field, text, why);
	case CONFIG_NONE:
		break;
	}
	return false;
}

static const char *
word_at(const char *words, uint8_t place, char *to, size_t size)
{
	struct slice rest = slice_str(words), word = { NULL, 0 };

	while (place-- > 0)
		word = slice_cut(&rest, ' ');
	slice_copy(word, to, size);
	return to;
}

static void
put_quiet(const struct config_quiet *q, struct text *out)
{
	if (q->set)
		text_format(out, "%02d:%02d-%02d:%02d", q->from_min / 60, q->from_min % 60,
		            q->until_min / 60, q->until_min % 60);
}

void
config_value_put(const struct config_key *k, const void *field, struct text *out)
{
	const struct config_ids *ids = field;
	const struct config_venues *venues = field;
	const struct config_servers *servers = field;
	const struct config_pins *pins = field;
	const struct config_address *address = field;
	char word[32];

	switch ((enum config_type)k->type) {
	case CONFIG_BOOL:
		text_str(out, *(const bool *)field ? "yes" : "no");
		break;
	case CONFIG_INTEGER:
	case CONFIG_MS:
		text_int(out, *(const int64_t *)field);
		break;
	case CONFIG_DECIMAL:
		text_double(out, *(const double *)field);
		break;
	case CONFIG_WORD:
		text_str(out, word_at(k->words, *(const uint8_t *)field, word, sizeof word));
		break;
	case CONFIG_IDS:
		for (uint32_t i = 0; i < ids->count; i++) {
			text_str(out, i > 0 ? "," : "");
			text_int(out, ids->at[i]);
		}
		break;
	case CONFIG_COINS:
		text_str(out, ((const struct config_coins *)field)->text);
		break;
	case CONFIG_VENUES:
		for (uint32_t i = 0; i < venues->count; i++)
			text_format(out, "%s%s", i > 0 ? "," : "",
			            venue_by_id(venues->id[i])->name);
		break;
	case CONFIG_LISTEN:
		if (address->host[0] == '\0')
			text_str(out, "off");
		else
			config_address_put(address, out);
		break;
	case CONFIG_SERVERS:
		for (uint32_t i = 0; i < servers->count; i++) {
			text_str(out, i > 0 ? "," : "");
			config_address_put(&servers->at[i], out);
		}
		break;
	case CONFIG_PINS:
		for (uint32_t i = 0; i < pins->count; i++)
			text_format(out, "%s%s", i > 0 ? "," : "", pins->at[i]);
		break;
	case CONFIG_QUIET:
		put_quiet(field, out);
		break;
	case CONFIG_TEXT:
	case CONFIG_RULE:
	case CONFIG_TOKEN:
	case CONFIG_PATH:
	case CONFIG_ZONE:
	case CONFIG_URL_WS:
	case CONFIG_URL_REST:
	case CONFIG_URL_WEB:
	case CONFIG_URL_BASE:
	case CONFIG_URL_PROXY:
		text_str(out, field);
		break;
	case CONFIG_NONE:
		break;
	}
}

bool
config_value_is_set(const struct config_key *k, const void *field)
{
	switch ((enum config_type)k->type) {
	case CONFIG_BOOL:
	case CONFIG_DECIMAL:
	case CONFIG_LISTEN: /* off is a value */
		return true;
	case CONFIG_INTEGER:
	case CONFIG_MS:
		return k->initial != NULL || *(const int64_t *)field != 0;
	case CONFIG_WORD:
		return *(const uint8_t *)field != 0;
	case CONFIG_IDS:
		return ((const struct config_ids *)field)->count > 0;
	case CONFIG_COINS:
		return ((const struct config_coins *)field)->kind != CONFIG_COINS_NONE;
	case CONFIG_VENUES:
		return ((const struct config_venues *)field)->count > 0;
	case CONFIG_SERVERS:
		return ((const struct config_servers *)field)->count > 0;
	case CONFIG_PINS:
		return ((const struct config_pins *)field)->count > 0;
	case CONFIG_QUIET:
		return ((const struct config_quiet *)field)->set;
	case CONFIG_TEXT:
	case CONFIG_RULE:
	case CONFIG_TOKEN:
	case CONFIG_PATH:
	case CONFIG_ZONE:
	case CONFIG_URL_WS:
	case CONFIG_URL_REST:
	case CONFIG_URL_WEB:
	case CONFIG_URL_BASE:
	case CONFIG_URL_PROXY:
		return *(const char *)field != '\0';
	case CONFIG_NONE:
		break;
	}
	return false;
}

static void
allowed_words(const char *words, struct text *out)
{
	struct slice rest = slice_str(words);

	while (rest.count > 0) {
		text_put(out, slice_cut(&rest, ' '));
		text_str(out, rest.count == 0 ? "" : memchr(rest.at, ' ', rest.count) != NULL
		                                             ? ", " : " or ");
	}
}

static void
allowed_number(const struct config_key *k, struct text *out)
{
	text_str(out, k->type == CONFIG_DECIMAL ? "a number" : "a whole number");
	text_format(out, k->initial == NULL ? " from %lld" : " from %lld to %lld",
	            (long long)k->min, (long long)k->max);
	if (k->unit != NULL)
		text_format(out, ", in %s", k->unit);
	if (k->type == CONFIG_MS)
		text_str(out, ", or with a unit: 500ms, 30s, 2m");
}

void
config_value_allowed(const struct config_key *k, struct text *out)
{
	const struct venue *v;

	switch ((enum config_type)k->type) {
	case CONFIG_TEXT:
		text_str(out, "any text");
		break;
	case CONFIG_TOKEN:
		text_str(out, "letters, digits and : _ - . ~");
		break;
	case CONFIG_PATH:
		text_str(out, k->shown != NULL && strcmp(k->shown, "off") == 0
		                      ? "a path, or off" : "a path");
		break;
	case CONFIG_BOOL:
		text_str(out, "yes or no");
		break;
	case CONFIG_INTEGER:
	case CONFIG_MS:
	case CONFIG_DECIMAL:
		allowed_number(k, out);
		break;
	case CONFIG_WORD:
		allowed_words(k->words, out);
		break;
	case CONFIG_IDS:
		text_str(out, "whole numbers, separated by commas");
		break;
	case CONFIG_COINS:
		text_str(out, "names separated by commas (BTC,ETH), top:N (N from 1 to 1000), or "
		              "all");
		break;
	case CONFIG_VENUES:
		text_str(out, "a list, separated by commas, of");
		for (size_t i = 0; (v = venue_at(i)) != NULL; i++)
			text_format(out, " %s", v->name);
		text_str(out, "; an exchange (binance) is all its venues; or all");
		break;
	case CONFIG_LISTEN:
		text_str(out, "ADDRESS:PORT, or off");
		break;
	case CONFIG_SERVERS:
		text_str(out, "up to 4 of ADDRESS or ADDRESS:PORT, separated by commas");
		break;
	case CONFIG_PINS:
		text_str(out, "HOST sha256/BASE64 of the key (SPKI), separated by commas");
		break;
	case CONFIG_QUIET:
		text_str(out, "HH:MM-HH:MM (may pass midnight), or off");
		break;
	case CONFIG_ZONE:
		text_str(out, "an IANA name (Europe/Berlin), UTC, or UTC+8");
		break;
	case CONFIG_URL_WS:
		text_str(out, "wss://HOST[:PORT]; ws:// only to a loopback or private address");
		break;
	case CONFIG_URL_REST:
		text_str(out, "https://HOST[:PORT]; http:// only to a loopback or private "
		              "address");
		break;
	case CONFIG_URL_BASE:
	case CONFIG_URL_WEB:
		text_str(out, "https://HOST[:PORT][/PATH]; http:// only to a loopback or private "
		              "address");
		break;
	case CONFIG_URL_PROXY:
		text_str(out, "http://[USER:PASSWORD@]HOST:PORT or socks5://[USER:PASSWORD@]"
		              "HOST:PORT");
		break;
	case CONFIG_RULE:
		text_str(out, "at most 512 bytes");
		break;
	case CONFIG_NONE:
		break;
	}
}
