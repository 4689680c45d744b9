/* say.c - what all venues share in what we say to them.
 *
 * Why    A venue's file is its tables and its two readers; patterns, look-ups and
 *        sentences are the same everywhere.
 * Limits A symbol with a byte that JSON or a URL cannot carry as it stands is either
 *        encoded (URL) or not said at all (topic).
 */
#include "venue/say.h"
#include "base/check.h"
#include "base/num.h"

extern const struct venue_say say_binance_spot, say_binance_usdm, say_binance_coinm;
extern const struct venue_say say_bybit_spot, say_bybit_linear, say_bybit_inverse;

static const struct venue_say *const table[] = {
	&say_binance_spot, &say_binance_usdm, &say_binance_coinm,
	&say_bybit_spot, &say_bybit_linear, &say_bybit_inverse,
};

static const struct { const char *word; bool again; int32_t pause_s; } troubles[] = {
#define X(name, word, again, pause_s) [TROUBLE_##name] = { (word), (again), (pause_s) },
	SAY_TROUBLES(X)
#undef X
};

const char *
say_trouble_word(enum say_trouble trouble)
{
	ASSERT(trouble < TROUBLE_COUNT);
	return troubles[trouble].word;
}

bool
say_trouble_again(enum say_trouble trouble)
{
	ASSERT(trouble < TROUBLE_COUNT);
	return troubles[trouble].again;
}

int32_t
say_trouble_pause_s(enum say_trouble trouble)
{
	ASSERT(trouble < TROUBLE_COUNT);
	return troubles[trouble].pause_s;
}

const struct venue_say *
venue_say(uint8_t venue)
{
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (table[i]->venue == venue)
			return table[i];
	return NULL;
}

bool
say_contains(struct slice text, const char *part)
{
	return memmem(text.at, text.count, part, strlen(part)) != NULL;
}

bool
say_number(struct slice body, const char *quoted, int64_t *out)
{
	const char *at = memmem(body.at, body.count, quoted, strlen(quoted));
	struct slice rest;
	size_t count = 0;

	if (at == NULL)
		return false;
	at += strlen(quoted);
	rest = slice_of(at, body.count - (size_t)(at - body.at));
	while (rest.count > 0 && (rest.at[0] == ' ' || rest.at[0] == ':' || rest.at[0] == '"'))
		rest = slice_after(rest, 1);
	while (count < rest.count &&
	       (rest.at[count] == '-' || (rest.at[count] >= '0' && rest.at[count] <= '9')))
		count++;
	return num_int64(slice_of(rest.at, count), out);
}

/* --- patterns ------------------------------------------------------------------------ */

static bool
is_plain(struct slice symbol)
{
	if (symbol.count == 0)
		return false;
	for (size_t i = 0; i < symbol.count; i++) {
		unsigned char c = (unsigned char)symbol.at[i];

		if (c <= ' ' || c == 0x7f || c == '"' || c == '\\')
			return false;
	}
	return true;
}

/* ASCII only: the venues' own rule, other alphabets have no case on them. */
static void
put_lower(struct text *out, struct slice s)
{
	for (size_t i = 0; i < s.count; i++)
		text_char(out, s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] - 'A' + 'a')
		                                                : s.at[i]);
}

static void
put_encoded(struct text *out, struct slice s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.count; i++) {
		unsigned char c = (unsigned char)s.at[i];
		bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		             (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
		             c == '~';

		if (plain) {
			text_char(out, (char)c);
		} else {
			text_char(out, '%');
			text_char(out, hex[c >> 4]);
			text_char(out, hex[c & 15]);
		}
	}
}

/* False: the pattern wants something that is not there, or it did not fit. */
static bool
fill(const char *pattern, struct slice symbol, const struct say_details *details,
     bool is_path, struct text *out)
{
	struct slice rest = slice_str(pattern), pair = symbol;

	pair = slice_cut(&pair, '_');
	while (rest.count > 0) {
		struct slice word, before = rest;
		size_t open = 0;

		while (open < rest.count && rest.at[open] != '{')
			open++;
		text_put(out, slice_of(before.at, open));
		if (open == rest.count)
			break;
		rest = slice_after(rest, open + 1);
		word = slice_cut(&rest, '}');
		if (slice_is(word, "limit") && details != NULL) {
			text_int(out, details->limit);
			continue;
		}
		if (slice_is(word, "from") && details != NULL) {
			text_uint(out, details->from_id);
			continue;
		}
		if (slice_is(word, "cursor") && details != NULL) {
			text_put(out, details->cursor);
			continue;
		}
		if (!is_plain(symbol))
			return false;
		if (slice_is(word, "lower"))
			put_lower(out, symbol);
		else if (is_path)
			put_encoded(out, slice_is(word, "pair") ? pair : symbol);
		else
			text_put(out, slice_is(word, "pair") ? pair : symbol);
	}
	return !out->cut;
}

bool
say_topic(const struct venue_say *say, int stream, const struct instrument *row,
          struct text *out)
{
	const struct say_stream *s;

	ASSERT(stream >= 0);
	ASSERT(stream < say->stream_count);
	s = &say->stream[stream];
	if (row == NULL) {
		if (s->all == NULL)
			return false;
		text_str(out, s->all);
		return !out->cut;
	}
	return s->each != NULL &&
	       fill(s->each, slice_str(row->symbol), NULL, false, out);
}

bool
say_path(const struct say_ask *ask, const struct instrument *row,
         const struct say_details *details, struct text *out)
{
	struct slice symbol = row != NULL ? slice_str(row->symbol) : slice_of("", 0);

	if (!fill(ask->path, symbol, details, true, out))
		return false;
	if (details->cursor.count > 0) {
		text_str(out, "&cursor=");
		text_put(out, details->cursor);
	}
	return !out->cut;
}

const struct say_ask *
say_ask_of(const struct venue_say *say, enum say_asked asked)
{
	for (int i = 0; i < say->ask_count; i++)
		if (say->ask[i].asked == asked)
			return &say->ask[i];
	return NULL;
}

bool
say_is_watchable(const struct venue_say *say, const struct instrument *row)
{
	return row->venue == say->venue && row->usd_quote && row->coin[0] != '\0' &&
	       is_plain(slice_str(row->symbol)) &&
	       (strcmp(row->status, say->trading) == 0 ||
	        (row->from_spelling && row->status[0] == '\0'));
}

void
say_trouble_sentence(const struct venue_say *say, enum say_trouble trouble, int status,
                     struct text *out)
{
	const struct venue *v = venue_by_id(say->venue);

	if (trouble == TROUBLE_NONE)
		return;
	text_str(out, v != NULL ? v->name : "the venue");
	switch (trouble) {
	case TROUBLE_PLACE:
		text_format(out, " does not serve the country this address belongs to "
		            "(HTTP %d). Use another place or a proxy for this venue, or "
		            "switch it off; nothing else is affected.", status);
		return;
	case TROUBLE_WALL:
		text_format(out, "'s firewall refused us (HTTP %d). It is asked again after a "
		            "longer pause; if that goes on, something else at this address "
		            "may be asking too much.", status);
		return;
	case TROUBLE_BANNED:
		text_format(out, " has banned this address for a while (HTTP %d): it was asked "
		            "too much, by us or by another program here. We are silent until "
		            "the ban ends.", status);
		return;
	case TROUBLE_TOO_MANY:
		text_format(out, " says this address asks too much (HTTP %d). We pause as long "
		            "as it wants.", status);
		return;
	case TROUBLE_SERVER:
		text_format(out, " has trouble of its own (HTTP %d). It is tried again.", status);
		return;
	case TROUBLE_SYMBOL:
		text_str(out, " does not know a symbol we asked for; probably it was delisted.");
		return;
	case TROUBLE_REQUEST:
		text_format(out, " did not accept a request of ours (HTTP %d). It is not asked "
		            "again in this form.", status);
		return;
	default:
		text_format(out, " gave an answer we do not understand (HTTP %d).", status);
		return;
	}
}
