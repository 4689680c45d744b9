"""history.py - bars, 24 h tickers, open interest and ratios: what was before, what was made.

Why     REST shows a past that the simulator did not live through, and klines and
        tickers must agree to the last digit with the trades that it did make.
How     From the minute of the start on a bar is the sum of the trades made.  Before
        that it is drawn from a hash of seed, instrument and minute: any bar can be
        asked for in any order and is always the same.  A 24 h ticker is the sum over
        the bars of the last 24 hours, so "base plus what was traded since".
Limits  Bars longer than a minute are sums of minutes within the last two days before
        the start; older ones are one draw each and need not equal their parts.
"""
import math

MINUTE_MS = 60000
DAY_MIN = 1440
MASK = 0xFFFFFFFFFFFFFFFF


def draw(key, number):
    """splitmix64: 64 bits that look random, from two numbers."""
    z = (key + number * 0x9E3779B97F4A7C15) & MASK
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


class Bar:
    """open high low close in price units; qty, value and their taker-bought part."""
    __slots__ = ("o", "h", "l", "c", "q", "v", "n", "bq", "bv", "first", "last")

    def __init__(self, price):
        self.o = self.h = self.l = self.c = price
        self.q = self.v = self.n = self.bq = self.bv = 0
        self.first = self.last = -1

    def add(self, p, q, v, is_buy, n, first, last):
        if self.n == 0:
            self.o = self.h = self.l = p
            self.first = first
        elif p > self.h:
            self.h = p
        elif p < self.l:
            self.l = p
        self.c = p
        self.q += q
        self.v += v
        self.n += n
        self.last = last
        if is_buy:
            self.bq += q
            self.bv += v

    def join(self, b):
        """Appends the bar that follows."""
        if self.n == 0 and b.n:
            self.o, self.h, self.l, self.first = b.o, b.h, b.l, b.first
        elif b.n:
            self.h, self.l = max(self.h, b.h), min(self.l, b.l)
        self.c = b.c
        self.q, self.v, self.n = self.q + b.q, self.v + b.v, self.n + b.n
        self.bq, self.bv = self.bq + b.bq, self.bv + b.bv
        if b.n:
            self.last = b.last


class History:
    """The past of one instrument."""

    def __init__(self, inst, seed, start_ms, orders_per_s):
        self.inst = inst
        self.key = inst.key ^ draw(seed, 77)
        self.start_min = start_ms // MINUTE_MS
        # The level of the past is the one of a calm present, or every ticker would
        # call the present a burst or a silence.
        self.minute_usd = orders_per_s * 60 * inst.order_usd
        self.minute_orders = orders_per_s * 60
        self.made = {}          # minute -> Bar
        self.open_bar = None
        self.open_min = -1
        self.oi_at = {}         # minute -> open interest
        self.start_price = 0.0
        self.start_oi = 0
        self._day = None

    def begin(self, price, oi):
        self.start_price, self.start_oi = price, oi

    def trade(self, at_ms, p, q, v, is_buy, n, first, last):
        minute = at_ms // MINUTE_MS
        if minute > self.open_min:
            self.roll(minute)
        self.made[minute].add(p, q, v, is_buy, n, first, last)

    def roll(self, minute):
        """Bars up to this minute; one without trades is flat."""
        if self.open_min < 0:
            self.open_min = minute
            self.open_bar = self.made[minute] = Bar(self.inst.last)
        while self.open_min < minute:
            self.open_min += 1
            self.open_bar = self.made[self.open_min] = Bar(self.inst.last)
            self.oi_at[self.open_min] = self.inst.oi

    def past_price(self, minute):
        """Price at the begin of a minute before the start."""
        age = minute - self.start_min
        inst = self.inst
        move = inst.coin.past(age) - inst.coin.past(0)
        if inst.quote_coin:
            move -= inst.quote_coin.past(age) - inst.quote_coin.past(0)
        return self.start_price * math.exp(move)

    def past_bar(self, minute, minutes):
        """One drawn bar of `minutes` length that begins at `minute`."""
        inst = self.inst
        z = draw(self.key, (minute - self.start_min) * 64 + minutes % 64)
        u = [(z >> s & 0xFFFF) / 65536 for s in (0, 16, 32, 48)]
        unit = 10 ** inst.price_dec
        first, final = self.past_price(minute), self.past_price(minute + minutes)
        o, c = max(1, round(first * unit)), max(1, round(final * unit))
        bar = Bar(o)
        reach = inst.coin.sigma_min * math.sqrt(minutes)
        bar.c = c
        bar.h = max(o, c) + round(c * reach * u[0])
        bar.l = max(1, min(o, c) - round(c * reach * u[1]))
        if not inst.is_live:
            return bar
        busy = 1 + 0.4 * math.sin(2 * math.pi * (minute % DAY_MIN) / DAY_MIN)
        amount = busy * minutes * (0.4 - 0.6 * math.log(u[2] + 0.002)) / 1.0
        mid = (o + c) // 2
        bar.q = inst.usd_to_qty(self.minute_usd * amount, (first + final) / 2)
        bar.v = inst.value(mid, bar.q)
        bar.n = max(1, round(self.minute_orders * amount * 2))
        share = 0.5 + max(-0.3, min(0.3, (c / o - 1) * 60)) + (u[3] - 0.5) * 0.25
        bar.bq = min(bar.q, max(0, round(bar.q * share)))
        bar.bv = inst.value(mid, bar.bq)
        return bar

    def minute_bar(self, minute):
        if minute >= self.start_min:
            return self.made.get(minute) or Bar(self.inst.last)
        return self.past_bar(minute, 1)

    def bar(self, minute, minutes, upto):
        """The bar of [minute, minute + minutes), as known at minute `upto`."""
        if minutes > 1 and minute + minutes <= self.start_min - 2 * DAY_MIN:
            return self.past_bar(minute, minutes)
        total = None
        for m in range(minute, min(minute + minutes, upto + 1)):
            b = self.minute_bar(m)
            if total is None:
                total = Bar(b.o)
                total.h, total.l = b.h, b.l
            total.join(b)
        return total

    def day(self, minute):
        """Open, high, low, qty, value, count over the 1440 minutes before `minute`."""
        if self._day is None or self._day[0] != minute:
            self._day = (minute, self._sum_day(minute))
        return self._day[1]

    def _sum_day(self, minute):
        if not hasattr(self, "_window"):
            self._window = {m: self._row(m) for m in range(minute - DAY_MIN, minute)}
        for m in [m for m in self._window if m < minute - DAY_MIN]:
            del self._window[m]
        for m in range(max(self._window, default=minute - 1) + 1, minute):
            self._window[m] = self._row(m)
        rows = [r for r in self._window.values() if r[5]]
        if not rows:
            o = self.minute_bar(minute - DAY_MIN).o
            return o, o, o, 0, 0, 0
        return (self._window[minute - DAY_MIN][0], max(r[1] for r in rows), min(r[2] for r in rows),
                sum(r[3] for r in rows), sum(r[4] for r in rows), sum(r[5] for r in rows))

    def _row(self, minute):
        b = self.minute_bar(minute)
        return b.o, b.h, b.l, b.q, b.v, b.n

    def ticker(self, now_ms):
        """Rolling 24 h: open, high, low, qty, value, count; the oldest minute is whole
        until it leaves, so the window is between 24 h and 24 h 1 min."""
        minute = now_ms // MINUTE_MS
        if minute > self.open_min:
            self.roll(minute)
        o, h, l, q, v, n = self.day(minute)
        b = self.open_bar
        if b.n:
            h, l, q, v, n = max(h, b.h), min(l, b.l), q + b.q, v + b.v, n + b.n
        return o, h, l, q, v, n

    def oi(self, at_ms):
        """Open interest at a time: recorded since the start, before it a wave that
        ends where the start was."""
        minute = at_ms // MINUTE_MS
        if minute > self.start_min:
            while minute > self.start_min and minute not in self.oi_at:
                minute -= 1
            return self.oi_at.get(minute, self.start_oi)
        age = minute - self.start_min
        p = self.inst.key % 628 / 100
        wave = (0.02 * math.sin(age / 700 + p) + 0.004 * math.sin(age / 61 + p)
                - 0.02 * math.sin(p) - 0.004 * math.sin(p))
        return max(0, round(self.start_oi * math.exp(wave)))

    def long_share(self, at_ms, kind):
        """Share of accounts (or positions) that are long; kind 0, 1, 2."""
        p = self.inst.coin.index * 1.3 + kind
        hours = at_ms / 3.6e6
        wave = 0.06 * math.sin(hours / 17 + p) + 0.01 * math.sin(hours / 2 + p)
        return 0.57 + 0.025 * kind + wave
