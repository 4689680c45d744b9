"""What every part of the reference shares: events, numbers, times, symbols.

Written from design.md section 3 and exchanges/*.md alone, never from src/:
the decoder and its judge must not be able to make the same mistake.

Numbers are Decimal from the venue's text to the end, so an expected price is
the venue's own decimal and an expected product is right to forty digits.
"""

import decimal
import json
import re
from decimal import Decimal
from functools import lru_cache

decimal.getcontext().prec = 40

VENUES = ("binance-spot", "binance-usdm", "binance-coinm",
          "bybit-spot", "bybit-linear", "bybit-inverse")

HEAD = ("type", "venue", "symbol", "coin", "kind", "ts_ns", "recv_ns")

# The keys of each type beyond HEAD, in the contract's order.
KEYS = {
    "trade": ("id", "side", "price", "qty", "usd", "flags"),
    "liquidation": ("side", "price", "price_kind", "qty", "usd"),
    "mark": ("mark", "index", "funding", "funding_interval_h", "next_funding_ns"),
    "oi": ("qty", "usd"),
    "ticker": ("last", "open", "high", "low", "qty", "usd"),
    "top": ("bid", "bid_qty", "ask", "ask_qty"),
    "ratio": ("ratio_kind", "long"),
    "bar": ("interval_s", "open", "high", "low", "close", "qty", "usd",
            "buy_qty", "buy_usd", "final"),
    "instrument": ("quote", "settle", "status", "multiplier", "contract_size",
                   "contract_unit", "tick", "step", "funding_interval_h"),
}

# usd is a number at par for these; for the old stables either a number or null
# is accepted; for every other quote it is null.
USD_LIKE = {"USDT", "USDC", "FDUSD", "USD1", "USD"}
OLD_STABLE = {"BUSD", "TUSD", "USDP", "DAI", "USDE"}


class Broken(Exception):
    """A known channel in a shape or with a number the sheet does not allow."""


class Skip(Exception):
    """Whole and well formed, and not ours: another product, an unknown symbol."""


class Any:
    """Stands where the contract leaves the value free."""
    def __repr__(self):
        return "any"


ANY = Any()


class Event:
    """One expected line.

    near      names computed as products: 1e-9 instead of the exact double
    choice    name -> other values the contract allows as well, with the reason
    optional  None: must appear; else the reason why it may be left out
    """
    __slots__ = ("fields", "near", "choice", "optional", "line")

    def __init__(self, fields, near=frozenset(), choice=None, optional=None):
        self.fields = fields
        self.near = near
        self.choice = choice
        self.optional = optional
        self.line = 0

    @property
    def key(self):
        return self.fields["type"], self.fields["symbol"]

    def allow(self, name, why, *values):
        self.choice = dict(self.choice or {})
        self.choice[name] = (why, values)
        return self

    def or_nothing(self, why):
        self.optional = why
        return self


# ---------------------------------------------------------------- numbers

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z")


def number(value):
    """The venue's decimal, None where it sent nothing; Broken if it is no number."""
    if type(value) is str:
        if value == "":
            return None
        if not _NUMBER.match(value):
            raise Broken("number")
    elif value is None:
        return None
    elif type(value) is not int and type(value) is not Decimal:
        raise Broken("number")
    value = Decimal(value)
    if value and value.adjusted() > 307:
        raise Broken("number out of range")
    return value


def need(value):
    got = number(value)
    if got is None:
        raise Broken("number missing")
    return got


def positive(value):
    """A price of zero means that there is none."""
    got = number(value)
    return got if got is not None and got > 0 else None


def times(a, b):
    return None if a is None or b is None else a * b


def over(a, b):
    return None if a is None or not b else a / b


def instant(value):
    """Milliseconds or, from 15 digits up, microseconds since 1970, as ns."""
    if value is None or value == "" or value == 0:
        return None
    if type(value) is str:
        if not value.isdigit():
            raise Broken("time")
        value = int(value)
    if type(value) is not int or value < 0:
        raise Broken("time")
    return value * 1000 if value >= 10**14 else value * 1000000


def read_json(text):
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Broken("json") from None


# ---------------------------------------------------------------- symbols

class Instrument:
    """coin, kind, quote, multiplier and, for contracts paid in coin, their USD."""
    __slots__ = ("symbol", "coin", "kind", "quote", "mult", "usd_size", "head")

    def __init__(self, venue, symbol, base, kind, quote, usd_size=None):
        self.symbol = symbol
        self.coin, self.mult = split_multiplier(base)
        self.kind = kind
        self.quote = quote
        self.usd_size = usd_size
        self.head = (venue, symbol, self.coin, kind)


def split_multiplier(base):
    """1000PEPE, SHIB1000 and 1MBABYDOGE count coins in lots; 1INCH and 0G are names."""
    for pattern, count, rest in ((r"(10{3,})([^0-9].+)\Z", 1, 2),
                                 (r"([^0-9].+[^0-9])(10{3,})\Z", 2, 1)):
        hit = re.match(pattern, base)
        if hit:
            return hit.group(rest), Decimal(hit.group(count))
    hit = re.match(r"1M([^0-9].{3,})\Z", base)
    if hit:
        return hit.group(1), Decimal(1000000)
    return base, Decimal(1)


QUOTES = {
    "binance-spot": "USDT USDC FDUSD TUSD BUSD USD1 USDP USDS DAI BTC ETH BNB XRP TRX DOGE "
                    "EUR GBP AUD TRY BRL RUB UAH NGN ZAR IDRT BIDR JPY MXN PLN RON CZK ARS "
                    "PAX VAI".split(),
    "binance-usdm": "USDT USDC BUSD FDUSD USD1 BTC ETH".split(),
    "bybit-spot": "USDT USDC USDE USD1 DAI BTC ETH EUR BRL PLN TRY MNT BRZ".split(),
}


def split_pair(venue, pair):
    fits = [q for q in QUOTES[venue] if pair.endswith(q) and len(pair) > len(q)]
    if not fits:
        return None
    quote = max(fits, key=len)
    return pair[:-len(quote)], quote


@lru_cache(maxsize=None)
def read_symbol(venue, symbol):
    """An Instrument from spelling alone, None if the spelling is not this venue's."""
    if not symbol or type(symbol) is not str:
        return None
    if venue == "binance-coinm":
        hit = re.match(r"(.+)USD_(PERP|[0-9]{6})\Z", symbol)
        if not hit:
            return None
        size = Decimal(100 if hit.group(1) == "BTC" else 10)
        kind = "inverse" if hit.group(2) == "PERP" else "dated"
        return Instrument(venue, symbol, hit.group(1), kind, "USD", size)
    if venue == "bybit-inverse":
        hit = re.match(r"(.+)USD([FGHJKMNQUVXZ][0-9]{2})?\Z", symbol)
        if not hit or "-" in symbol:
            return None
        kind = "dated" if hit.group(2) else "inverse"
        return Instrument(venue, symbol, hit.group(1), kind, "USD", Decimal(1))
    if venue == "bybit-linear":
        hit = re.match(r"([^-]+?)(USDT)?-[0-9]{1,2}[A-Z]{3}[0-9]{2}\Z", symbol)
        if hit:
            return Instrument(venue, symbol, hit.group(1), "dated", hit.group(2) or "USDC")
        hit = re.match(r"([^-]+?)(USDT|USDC|PERP)\Z", symbol)
        if not hit:
            return None
        quote = "USDC" if hit.group(2) == "PERP" else hit.group(2)
        return Instrument(venue, symbol, hit.group(1), "linear", quote)
    pair, kind = symbol, "spot" if venue.endswith("spot") else "linear"
    if venue == "binance-usdm":
        hit = re.match(r"(.+)_[0-9]{6}\Z", symbol)
        if hit:
            pair, kind = hit.group(1), "dated"
    if "_" in pair or "-" in pair:
        return None
    split = split_pair(venue, pair)
    return split and Instrument(venue, symbol, split[0], kind, split[1])


# ---------------------------------------------------------------- events


def head(kind, inst, ts_ns, recv_ns):
    venue, symbol, coin, market = inst.head
    return {"type": kind, "venue": venue, "symbol": symbol, "coin": coin,
            "kind": market, "ts_ns": ts_ns, "recv_ns": recv_ns}


USD = frozenset(("usd",))
QTY_USD = frozenset(("qty", "usd"))
PRICE_QTY_USD = frozenset(("price", "qty", "usd"))


def sized(event, inst, price, amount):
    """Fill price, qty and usd of a trade or liquidation of `amount` venue units."""
    fields = event.fields
    if inst.usd_size is not None:
        usd = amount * inst.usd_size
        fields["price"], fields["qty"], fields["usd"] = price, over(usd, price), usd
        event.near = QTY_USD
    else:
        usd = times(price, amount)
        if inst.mult != 1:
            fields["price"], fields["qty"] = over(price, inst.mult), amount * inst.mult
            event.near = PRICE_QTY_USD
        else:
            fields["price"], fields["qty"] = price, amount
            event.near = USD
        settle_usd(event, inst, usd)
    return event


def settle_usd(event, inst, usd, name="usd"):
    """usd only where the quote counts as dollars."""
    if inst.quote in USD_LIKE:
        event.fields[name] = usd
    elif inst.quote in OLD_STABLE:
        event.fields[name] = usd
        event.allow(name, "old stable quote", None)
    else:
        event.fields[name] = None


def volumes(event, inst, base, quote, names=("qty", "usd")):
    """Base and quote volume as the venue counts them: direct, or coin lots."""
    qty, usd = names
    if inst.mult != 1 and base is not None:
        base = base * inst.mult
        event.near = event.near | {qty}
    event.fields[qty] = base
    settle_usd(event, inst, quote, usd)


def prices(event, inst, **named):
    for name, value in named.items():
        if inst.mult != 1 and value is not None:
            value = value / inst.mult
            event.near = event.near | {name}
        event.fields[name] = value
    return event
