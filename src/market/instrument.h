/* instrument.h - what is tradable where, and in which units the venue counts.
 *
 * One table for all venues, filled from the venues' own metadata, or, when there
 * is none at hand (a bare recording), from the spelling of the symbols.  Index 0
 * is never used.  An instrument keeps its index for the life of the table; a
 * delisted one stays with its status.
 *
 * Units: `tick` and `step` are per coin (1000PEPE's tick is divided by 1000).
 * `multiplier_exp10` n: the venue's unit is 10^n coins.  A contract is worth
 * contract_size dollars (CONTRACT_USD, inverse: coins = contracts * size / price)
 * or contract_size coins (CONTRACT_COIN).
 */
#ifndef MARKET_INSTRUMENT_H
#define MARKET_INSTRUMENT_H
#include "base/arena.h"
#include "base/limits.h"
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

enum instrument_kind {
	KIND_NONE,
	KIND_SPOT,
	KIND_LINEAR,
	KIND_INVERSE,
	KIND_DATED,
	KIND_COUNT
};

enum contract_unit { CONTRACT_NONE, CONTRACT_USD, CONTRACT_COIN };

struct instrument {
	uint8_t venue;
	uint8_t kind;          /* enum instrument_kind */
	uint8_t contract_unit; /* enum contract_unit */
	int8_t multiplier_exp10;
	bool usd_quote;        /* the quote counts as a dollar: instrument_set_quote */
	bool from_spelling;    /* guessed from the symbol, no metadata seen */
	uint16_t funding_interval_h; /* 0: unknown or none */
	double contract_size;  /* ABSENT: none */
	double tick, step;     /* ABSENT: unknown */
	char symbol[LIMIT_symbol_bytes_max]; /* the venue's spelling, UTF-8 */
	char coin[LIMIT_symbol_bytes_max];   /* "" unknown, as the next two */
	char quote[12];
	char settle[12];
	char status[24];       /* the venue's word; "" unknown */
};

struct instrument_table {
	struct instrument *at;  /* [0, count); [0] is nobody */
	uint32_t count;
	uint32_t count_max;
	uint32_t *slot;         /* hash: index or 0 */
	uint32_t slot_mask;
	uint64_t refused_count; /* table full, or a row without a symbol */
	/* When true a symbol nobody announced is read from its spelling and added;
	 * else it is unknown. */
	bool learn;
};

/* Takes room for count_max instruments (and the nobody) from the arena; count_max
 * is 1 to LIMIT_instruments_max.  When the arena has no room, count_max becomes 0:
 * nothing is found and nothing can be put. */
void instrument_table_init(struct instrument_table *t, struct arena *boot,
                           uint32_t count_max);

/* 0: not in the table; so is a symbol of more than 31 bytes. */
uint32_t instrument_find(const struct instrument_table *t, uint8_t venue,
                         struct slice symbol);

/* Adds, or replaces what is known of, the instrument of row->venue and
 * row->symbol.  Returns its index; 0 when the table is full or the row has no
 * symbol (empty, or not terminated), which is counted. */
uint32_t instrument_put(struct instrument_table *t, const struct instrument *row);

/* Fills kind-independent facts from a base asset name: coin and multiplier.
 * "1000PEPE" is PEPE times 10^3, "SHIB1000" SHIB, "1MBABYDOGE" BABYDOGE times
 * 10^6; a multiplier is 10^n with n >= 3, or 1M: "1INCH" and "0G" are names.
 * A base too long to be kept whole leaves the coin "": never a part of a name. */
void instrument_set_base(struct instrument *row, struct slice base);

/* Sets quote and usd_quote.  Dollars are USD USDT USDC FDUSD USD1. */
void instrument_set_quote(struct instrument *row, struct slice quote);

/* Splits "BTCUSDT" at its quote currency (longest known one that leaves a base);
 * false if none.  The longest is a guess where two fit: "BNBUSD" is read as BN in
 * BUSD, so a venue whose quote is given by its product does not ask here. */
bool instrument_split(struct slice symbol, struct slice *base, struct slice *quote);

/* "spot", "linear", ...; NULL for KIND_NONE. */
const char *instrument_kind_name(enum instrument_kind kind);

/* Coins of `contracts` at `price` (ABSENT in gives ABSENT out).  For
 * CONTRACT_NONE the quantity is coins already.  For CONTRACT_USD a price that is
 * not positive is no price. */
double instrument_coins(const struct instrument *row, double contracts, double price);

/* price * qty, ABSENT if the quote is no dollar or either is absent.  For
 * CONTRACT_USD pass contracts too: contracts * size is exact, and known without
 * a price. */
double instrument_usd(const struct instrument *row, double contracts, double price,
                      double qty);
#endif
