"""coins.py - what is listed where: the coins and the instruments of six venues.

Why     A market needs names, decimals, contract sizes and the junk that real listings
        carry: a delisted contract, a stock, a name that is not ASCII, dated contracts.
Input   How many coins, and the wall time (dated contracts are of the running quarter).
Output  Coin and Instrument objects.  Instruments hold the state that market.py moves.
Units   A price is an integer of 10^-price_dec, a quantity one of 10^-qty_dec: sums are
        exact.  value() is what the venue calls turnover: quote, or coin (10^-8) for
        contracts that are sized in dollars.
"""
import calendar
import datetime
import math
from collections import deque

SPOT, USDM, COINM = "binance-spot", "binance-usdm", "binance-coinm"
BSPOT, BLINEAR, BINVERSE = "bybit-spot", "bybit-linear", "bybit-inverse"
VENUES = (SPOT, USDM, COINM, BSPOT, BLINEAR, BINVERSE)

# Share of a coin's order size that a venue sees.
VENUE_SIZE = {SPOT: 0.4, USDM: 1.0, COINM: 0.2, BSPOT: 0.15, BLINEAR: 0.6, BINVERSE: 0.12}

# name, price, price decimals, quantity decimals, weight, mean order in dollars
COINS = [
    ("BTC", 84551.0, 1, 3, 30, 25000), ("ETH", 2690.18, 2, 3, 22, 15000),
    ("SOL", 190.4, 2, 2, 12, 6000), ("XRP", 1.4921, 4, 1, 8, 4000),
    ("DOGE", 0.09631, 5, 0, 6, 3000), ("PEPE", 0.0000123, 10, 0, 4, 2500),
    ("BNB", 905.3, 2, 2, 5, 3000), ("ADA", 0.1915, 4, 0, 3, 2000),
    ("LINK", 17.512, 3, 2, 3, 2000), ("AVAX", 21.07, 3, 1, 3, 2000),
    ("LTC", 110.42, 2, 3, 2, 2000), ("SUI", 1.8834, 4, 1, 2, 2000),
]
MORE = """TRX DOT TON NEAR UNI ATOM APT ARB OP FIL ETC XLM HBAR INJ AAVE MKR TIA SEI RUNE ALGO
VET ICP GRT SAND MANA AXS CRV LDO DYDX GMX ENA WLD PENDLE JUP PYTH STRK""".split()
NO_COINM = {"PEPE"}
BYBIT_INVERSE = {"BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "LTC", "DOT", "UNI"}
MONTH_CODE = {3: "H", 6: "M", 9: "U", 12: "Z"}


def text(value, decimals, suffix=""):
    """An integer of 10^-decimals as a venue prints it."""
    if decimals == 0:
        return f"{value}{suffix}"
    unit = 10 ** decimals
    if value < 0:
        return f"-{-value // unit}.{-value % unit:0{decimals}d}{suffix}"
    return f"{value // unit}.{value % unit:0{decimals}d}{suffix}"


class Coin:
    """A reference price that walks; `ref` is dollars a coin."""

    def __init__(self, index, name, price, price_dec, qty_dec, weight, order_usd):
        self.index, self.name = index, name
        self.price_dec, self.qty_dec = price_dec, qty_dec
        self.weight, self.order_usd = weight, order_usd
        self.ref = self.start_ref = price
        self.sigma_min = 0.0 if name == "USDC" else 0.0004 if name == "BTC" else 0.0006
        self.momentum = 0.0     # decayed return of the last seconds: leans the takers
        self.stress = 0.0       # 0..1: how deep in a cascade

    def past(self, minute):
        """Log of the price of `minute` minutes from now, wandering but repeatable."""
        s, p = self.sigma_min, self.index * 1.7
        tau = 2 * math.pi
        return s * (0.8 * math.sin(tau * minute / 6.7 + p) + 2 * math.sin(tau * minute / 41 + 2 * p)
                    + 6 * math.sin(tau * minute / 193 + 3 * p)
                    + 20 * math.sin(tau * minute / 1441 + 4 * p)
                    + 60 * math.sin(tau * minute / 14407 + 5 * p))


class Instrument:
    """One tradable of one venue."""

    def __init__(self, venue, symbol, coin, quote, kind, price_dec, qty_dec, *, base=None,
                 settle=None, mult=1, contract=None, print_price=None, print_qty=None, weight=1.0,
                 status="TRADING", type="PERPETUAL", delivery_ms=0, quote_coin=None,
                 family="crypto", basis=0.0, funding_h=8, oi_usd=0.0):
        self.venue, self.symbol, self.coin, self.kind = venue, symbol, coin, kind
        self.base, self.quote, self.settle = base or coin.name, quote, settle or quote
        self.mult, self.contract, self.quote_coin = mult, contract, quote_coin
        self.price_dec, self.qty_dec = price_dec, qty_dec
        self.price_pad = self._pad(price_dec, print_price)
        self.qty_pad = self._pad(qty_dec, print_qty)
        self.value_dec = 8 if contract else price_dec + qty_dec
        self.weight, self.status, self.type, self.family = weight, status, type, family
        self.delivery_ms, self.basis, self.funding_h = delivery_ms, basis, funding_h
        self.is_live = status in ("TRADING", "Trading")
        self.is_deriv = kind != "spot"
        self.pair = symbol.split("_")[0]
        self.lower = symbol.lower()
        self.order_usd = max(20.0, coin.order_usd * VENUE_SIZE[venue])
        self.key = hash_text(f"{venue}/{symbol}")
        # What moves.
        self.bid = self.ask = self.bid_qty = self.ask_qty = 0
        self.last = self.last_qty = 0
        self.last_up = True
        self.trade_id = 3_000_000_000 + self.key % 1_000_000_000   # next id of a print
        self.raw_id = 8_000_000_000 + self.key % 900_000_000       # next id of a raw trade
        self.serial = 0                                            # our own count of prints
        self.prints = deque(maxlen=50000)
        self.hidden = set()      # serials that REST does not have either
        self.oi = 0
        self.oi_usd = oi_usd
        self.mark = self.index = 0.0
        self.book_at_ms = 0
        self.update_id = self.key % 10_000_000

    @staticmethod
    def _pad(decimals, printed):
        if not printed or printed <= decimals:
            return ""
        return ("." if decimals == 0 else "") + "0" * (printed - decimals)

    def price(self, p):
        return text(p, self.price_dec, self.price_pad)

    def qty(self, q):
        return text(q, self.qty_dec, self.qty_pad)

    def value_text(self, v):
        return text(v, self.value_dec)

    def value(self, p, q):
        """Turnover of one fill: quote, or coin of 10^-8 for contracts in dollars."""
        if self.contract is None:
            return p * q
        return (q * self.contract * 10 ** (8 + self.price_dec) + p // 2) // p

    def usd_to_qty(self, usd, price):
        if self.contract:
            return max(1, round(usd / self.contract))
        if self.quote_coin:
            usd /= self.quote_coin.ref
        return max(1, round(usd / price * 10 ** self.qty_dec))

    def fair(self):
        """What it should cost now, in its own quote."""
        price = self.coin.ref * self.mult * (1 + self.basis)
        return price / self.quote_coin.ref if self.quote_coin else price

    def funding(self, at_ms):
        """A fraction per interval; slow, positive more often than not."""
        hours = at_ms / 3.6e6
        phase = self.key % 628 / 100
        rate = 0.00005 + 0.00008 * math.sin(hours / 29 + phase) + 0.00002 * math.sin(hours / 5)
        return rate * self.funding_h / 8

    def next_funding_ms(self, at_ms):
        step = self.funding_h * 3600000
        return at_ms - at_ms % step + step


def hash_text(s):
    """FNV-1a: the same number in every run, which hash() is not."""
    h = 0xCBF29CE484222325
    for b in s.encode():
        h = (h ^ b) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


def quarter_end(now_ms):
    """The last Friday of the running quarter 08:00 UTC, or of the next one."""
    day = datetime.datetime.fromtimestamp(now_ms / 1000, datetime.timezone.utc).date()
    year, month = day.year, (day.month + 2) // 3 * 3
    while True:
        last = datetime.date(year, month, calendar.monthrange(year, month)[1])
        last -= datetime.timedelta(days=(last.weekday() - 4) % 7)
        if (last - day).days > 2:
            return last
        year, month = (year + 1, 3) if month == 12 else (year, month + 3)


def make_coins(count):
    rows = list(COINS[:count])
    for i in range(count - len(rows)):
        name = MORE[i] if i < len(MORE) else f"C{i:03d}"
        price = round(10 ** (1.5 - i % 7 * 0.6) * (1 + i % 13 / 10), 6)
        decimals = max(0, 4 - math.floor(math.log10(price)))
        rows.append((name, price, min(decimals, 8), max(0, math.floor(math.log10(price)) + 1),
                     max(0.2, 1.5 - i * 0.03), 1500))
    return [Coin(i, *row) for i, row in enumerate(rows)]


def make_instruments(coins, now_ms):
    """Everything that is listed, junk included; ordered as the venues list it."""
    out = []
    by_name = {c.name: c for c in coins}
    date = quarter_end(now_ms)
    delivery_ms = int(datetime.datetime(date.year, date.month, date.day, 8,
                                        tzinfo=datetime.timezone.utc).timestamp() * 1000)
    perp_ms = 4133404800000

    def add(*a, **k):
        out.append(Instrument(*a, **k))

    for c in coins:
        big = c.start_ref < 0.001
        mult = 1000 if big else 1
        name = f"{mult}{c.name}" if big else c.name
        pd = c.price_dec - 3 if big else c.price_dec
        w, oi = c.weight, c.order_usd * c.weight * 10000
        funding_h = 4 if c.index % 5 == 4 else 8
        tilt = (c.index % 3 - 1) * 1e-5
        # BTC prints its tick of 0.1 with two decimals, as the real one.
        printed = 2 if c.name == "BTC" else None
        add(SPOT, c.name + "USDT", c, "USDT", "spot", max(c.price_dec, 2) if not big else 8,
            min(c.qty_dec + 2, 5) if not big else 0, print_price=8, print_qty=8, weight=w,
            type="SPOT")
        add(USDM, name + "USDT", c, "USDT", "linear", pd, c.qty_dec, base=name, mult=mult,
            print_price=printed, weight=w, delivery_ms=perp_ms, basis=2e-4 + tilt,
            funding_h=funding_h, oi_usd=oi)
        if c.name not in NO_COINM:
            add(COINM, c.name + "USD_PERP", c, "USD", "inverse", c.price_dec, 0, settle=c.name,
                contract=100 if c.name == "BTC" else 10, weight=w, delivery_ms=perp_ms,
                basis=1e-4 + tilt, oi_usd=oi * 0.2)
        add(BSPOT, c.name + "USDT", c, "USDT", "spot", max(c.price_dec, 2),
            min(c.qty_dec + 3, 6) if not big else 0, weight=w, status="Trading", type="SPOT",
            basis=2e-5)
        add(BLINEAR, name + "USDT", c, "USDT", "linear", pd, c.qty_dec, base=name, mult=mult,
            print_price=printed, weight=w, status="Trading", type="LinearPerpetual",
            basis=1.5e-4 + tilt, funding_h=funding_h, oi_usd=oi * 0.6)
        if c.name in BYBIT_INVERSE:
            add(BINVERSE, c.name + "USD", c, "USD", "inverse", c.price_dec, 0, settle=c.name,
                contract=1, weight=w, status="Trading", type="InversePerpetual", basis=1e-4 + tilt,
                oi_usd=oi * 0.1)
    _add_side_listings(add, by_name, date, delivery_ms, perp_ms)
    return out


def _add_side_listings(add, by_name, date, delivery_ms, perp_ms):
    """Dated and USDC contracts, and the junk of real listings."""
    btc, eth = by_name.get("BTC"), by_name.get("ETH")
    stamp = date.strftime("%y%m%d")
    for c in filter(None, (btc, eth)):
        add(USDM, c.name + "USDC", c, "USDC", "linear", c.price_dec, c.qty_dec, weight=1,
            delivery_ms=perp_ms, basis=1e-4, oi_usd=2e8)
        add(USDM, f"{c.name}USDT_{stamp}", c, "USDT", "dated", c.price_dec, c.qty_dec, weight=0.5,
            type="CURRENT_QUARTER", delivery_ms=delivery_ms, basis=4e-3, oi_usd=1e8)
        add(COINM, f"{c.name}USD_{stamp}", c, "USD", "dated", c.price_dec, 0, settle=c.name,
            contract=100 if c is btc else 10, weight=1, type="CURRENT_QUARTER",
            delivery_ms=delivery_ms, basis=4e-3, oi_usd=5e7)
    if btc:
        day = f"{date.day}{date.strftime('%b%y').upper()}"
        add(BLINEAR, "BTCPERP", btc, "USDC", "linear", 1, 3, weight=1, status="Trading",
            type="LinearPerpetual", basis=1e-4, oi_usd=1e8)
        add(BLINEAR, f"BTCUSDT-{day}", btc, "USDT", "dated", 1, 3, weight=0.4, status="Trading",
            type="LinearFutures", delivery_ms=delivery_ms, basis=4e-3, oi_usd=3e7)
        add(BINVERSE, f"BTCUSD{MONTH_CODE[date.month]}{date.strftime('%y')}", btc, "USD", "dated",
            1,
            0, settle="BTC", contract=1, weight=0.5, status="Trading", type="InverseFutures",
            delivery_ms=delivery_ms, basis=4e-3, oi_usd=2e7)
    if btc and eth:
        add(SPOT, "ETHBTC", eth, "BTC", "spot", 5, 4, print_price=8, print_qty=8, weight=1,
            type="SPOT", quote_coin=btc)
        add(BSPOT, "ETHBTC", eth, "BTC", "spot", 6, 4, weight=0.5, status="Trading", type="SPOT",
            quote_coin=btc)

    def odd(i, name, price, pd, qd):
        return Coin(900 + i, name, price, pd, qd, 0.3, 1500)

    usdc = odd(0, "USDC", 1.0, 4, 0)
    tsla, niu, luna, btt, sats = (odd(1, "TSLA", 421.5, 2, 2), odd(2, "牛来", 0.1052, 7, 0),
                                  odd(3, "LUNA", 1.2, 4, 0), odd(4, "BTT", 1.1e-6, 8, 0),
                                  odd(5, "1000SATS", 0.0004, 7, 0))
    add(SPOT, "USDCUSDT", usdc, "USDT", "spot", 4, 0, print_price=8, print_qty=8, weight=0.6,
        type="SPOT")
    add(SPOT, "1000SATSUSDT", sats, "USDT", "spot", 7, 0, print_price=8, print_qty=8, weight=0.2,
        type="SPOT")
    add(SPOT, "BTTUSDT", btt, "USDT", "spot", 8, 0, print_price=8, print_qty=8, weight=0,
        status="BREAK", type="SPOT")
    add(USDM, "牛来USDT", niu, "USDT", "linear", 7, 0, weight=0.4, delivery_ms=perp_ms, oi_usd=1e7,
        funding_h=4)
    add(USDM, "TSLAUSDT", tsla, "USDT", "linear", 2, 2, weight=0.4, type="TRADIFI_PERPETUAL",
        family="equity", delivery_ms=perp_ms, oi_usd=2e7)
    add(USDM, "LUNAUSDT", luna, "USDT", "linear", 4, 0, weight=0, status="SETTLING",
        delivery_ms=perp_ms)
    add(BLINEAR, "TSLAUSDT", tsla, "USDT", "linear", 2, 2, weight=0.3, status="Trading",
        type="LinearPerpetual", family="stock", oi_usd=1e7)
    add(BLINEAR, "LUNAUSDT", luna, "USDT", "linear", 4, 0, weight=0, status="Closed",
        type="LinearPerpetual")
