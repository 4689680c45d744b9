"""market.py - the market: prices that walk, books around them, trades, liquidations.

Why     The six venues must tell one coherent story: a coin costs the same everywhere,
        takers lift the ask and hit the bid, liquidations come with falling prices,
        open interest leaves with them.
Input   A seed, the listing, a rate, and ticks of 40 ms of nominal time.  The same seed
        and the same commands at the same ticks make the same facts, whenever it runs.
Output  Calls of a venue's sink: on_top before and after each order, on_order with the
        prints of one taker order, on_liquidation, on_raw for prints outside the book.
Limits  A model, not a market: no order book below the top, no arbitrage, and history
        before the start is drawn (history.py).
"""
import math
import random

import coins as listing
from history import History

TICK_MS = 40


class Print:
    """One print as the venue shows it: a Binance aggregate or a Bybit fill."""
    __slots__ = ("n", "id", "p", "q", "v", "is_buy", "ms", "first", "last", "nq", "seq", "flags",
                 "raws")

    def __init__(self, n, id, p, q, v, is_buy, ms, first, last, nq, seq, flags, raws):
        self.n, self.id, self.p, self.q, self.v, self.is_buy = n, id, p, q, v, is_buy
        self.ms, self.first, self.last, self.nq, self.seq = ms, first, last, nq, seq
        self.flags, self.raws = flags, raws


class Liquidation:
    """A forced order and what it fetched.  `is_long`: the position that died."""
    __slots__ = ("n", "inst", "is_long", "q", "limit", "average", "last_q", "ms")

    def __init__(self, n, inst, is_long, q, limit, average, last_q, ms):
        self.n, self.inst, self.is_long, self.q = n, inst, is_long, q
        self.limit, self.average, self.last_q, self.ms = limit, average, last_q, ms


class Cascade:
    """The price falls, longs die faster and faster on several venues, then it recovers."""

    def __init__(self, coins, at_ms, drop=0.05, fall_s=20.0, recover_s=30.0, usd=60e6,
                 peak=25.0, oi_drop=0.06):
        self.coins, self.at_ms = coins, at_ms
        self.drop, self.fall_s, self.recover_s = drop, fall_s, recover_s
        self.usd, self.peak, self.oi_drop = usd, peak, oi_drop
        self.done = 0.0

    def path(self, x):
        """Log price relative to the begin; x in falls: 1 is the bottom."""
        if x < 1:
            return -self.drop * x * x
        y = (x - 1) * self.fall_s / self.recover_s
        return -self.drop * (1 - 0.45 * (1 - math.exp(-3 * y)) / (1 - math.exp(-3)))

    def stress(self, x):
        if x < 1:
            return x
        return 0.4 * math.exp(-4 * (x - 1) * self.fall_s / self.recover_s)

    def step(self, market, now_ms, dt):
        """False when it is over."""
        x = (now_ms - self.at_ms) / 1000 / self.fall_s
        if x > 1 + self.recover_s / self.fall_s:
            for c in self.coins:
                c.stress = 0.0
            return False
        move = self.path(x) - self.done
        self.done += move
        stress = self.stress(x)
        expected = self.peak * (0.5 * self.fall_s + 0.1 * self.recover_s)
        for c in self.coins:
            share = min(1.0, max(0.02, c.weight / 30))
            c.ref *= math.exp(move * (1.2 - 0.2 * share))
            c.momentum += move
            c.stress = stress
            for _ in range(market.poisson(self.peak * share * stress * dt)):
                mean = self.usd * share ** 0.7 / max(1.0, expected * share)
                market.liquidate(c, mean * math.exp(market.rng.gauss(-0.5, 1.0)), True,
                                 market.from_ms)
            fade = (self.oi_drop * 2 * x if x < 1 else -self.oi_drop * 0.1) * dt / self.fall_s
            for inst in market.derivs[c.index]:
                inst.oi = max(0, round(inst.oi * (1 - fade)))
        return True


class Move:
    """A price that goes somewhere by itself."""

    def __init__(self, coin, at_ms, by, over_s):
        self.coin, self.at_ms, self.by, self.over_s, self.done = coin, at_ms, by, over_s, 0.0

    def step(self, market, now_ms, dt):
        x = min(1.0, (now_ms - self.at_ms) / 1000 / self.over_s)
        move = math.log1p(self.by) * x - self.done
        self.done += move
        self.coin.ref *= math.exp(move)
        self.coin.momentum += move
        return x < 1


class Market:
    def __init__(self, seed, coin_count, rate, start_ms):
        self.rng = random.Random(seed)
        self.coins = listing.make_coins(coin_count)
        self.instruments = listing.make_instruments(self.coins, start_ms)
        self.by_key = {(i.venue, i.symbol): i for i in self.instruments}
        self.all_coins = list({i.coin.index: i.coin for i in self.instruments}.values())
        self.derivs = {c.index: [] for c in self.all_coins}
        self.live, self.weights, self.history, self.sinks = {}, {}, {}, {}
        self.rate = dict.fromkeys(listing.VENUES, rate)
        self.boost = dict.fromkeys(listing.VENUES, 1.0)
        self.programmes = []
        self.liq_per_s = 0.08
        self.liq_serial = 0
        self.from_ms = self.now_ms = start_ms     # the running tick is [from_ms, now_ms)
        self.minute = start_ms // 60000
        for venue in listing.VENUES:
            self.live[venue] = [i for i in self.instruments if i.venue == venue and i.is_live]
            total, sums = 0.0, []
            for i in self.live[venue]:
                total += i.weight
                sums.append(total)
            self.weights[venue] = sums
        for i in self.instruments:
            total = self.weights[i.venue][-1]
            self.history[i] = History(i, seed, start_ms, rate * i.weight / total)
            self._begin(i)

    def _begin(self, i):
        price = i.fair()
        i.last = max(1, round(price * 10 ** i.price_dec))
        if i.is_deriv and i.is_live:
            i.oi = i.usd_to_qty(i.oi_usd, price)
            self.derivs[i.coin.index].append(i)
        self.history[i].begin(price, i.oi)
        self.history[i].roll(self.minute)
        if i.is_live:
            self._quote(i)
            i.index, i.mark = i.coin.ref * i.mult, price

    # --- chance -----------------------------------------------------------------------

    def poisson(self, mean):
        if mean <= 0:
            return 0
        if mean > 30:
            return max(0, round(self.rng.gauss(mean, math.sqrt(mean))))
        edge, k, p = math.exp(-mean), 0, self.rng.random()
        while p > edge:
            k += 1
            p *= self.rng.random()
        return k

    # --- the book ---------------------------------------------------------------------

    def _quote(self, i):
        """Puts the top of the book where the fair price is; True if it moved."""
        mid = i.fair() * 10 ** i.price_dec
        spread = max(1, int(mid * 4e-6))
        bid = max(1, int(mid - spread / 2))
        if bid == i.bid and i.ask == bid + spread:
            return False
        i.bid, i.ask = bid, bid + spread
        i.bid_qty, i.ask_qty = self._level(i), self._level(i)
        i.update_id += self.rng.randint(1, 90)
        return True

    def _level(self, i):
        return max(1, i.usd_to_qty(i.order_usd * 2 * math.exp(self.rng.gauss(0, 0.8)), i.fair()))

    # --- one taker order --------------------------------------------------------------

    def order(self, i, is_buy, q, ms, reach=1, flags=()):
        """Walks the book: fills of one taker order, told to the venue as its prints."""
        rng, sink = self.rng, self.sinks[i.venue]
        if self._quote(i):
            sink.on_top(i, ms)
        fills, left = [], q
        p, here = (i.ask, i.ask_qty) if is_buy else (i.bid, i.bid_qty)
        while True:
            take = min(left, here) if len(fills) < 12 else left
            fills.append((p, take))
            left -= take
            if left <= 0:
                break
            step = rng.randint(1, 2 * reach)
            p = p + step if is_buy else max(1, p - step)
            here = self._level(i)
        prints = self._prints(i, fills, is_buy, ms, flags)
        rest = max(1, here - fills[-1][1])
        gap = i.ask - i.bid
        if is_buy:
            i.ask, i.ask_qty, i.bid = p, rest, max(1, p - gap)
        else:
            i.bid, i.bid_qty, i.ask = p, rest, p + gap
        i.update_id += 1
        history = self.history[i]
        for x in prints:
            if not x.flags or x.flags == ("rpi",):
                i.last_up = x.p >= i.last
                i.last, i.last_qty = x.p, x.q
                history.trade(x.ms, x.p, x.q, x.v, is_buy, x.last - x.first + 1, x.first, x.last)
        i.prints.extend(prints)
        if i.is_deriv:
            i.oi = max(0, i.oi + round(q * rng.uniform(-0.4, 0.42)))
        sink.on_order(i, prints)
        sink.on_top(i, ms)
        return fills

    def _prints(self, i, fills, is_buy, ms, flags):
        rng, out = self.rng, []
        binance = i.venue.startswith("binance")
        rpi = not flags and i.venue in (listing.USDM, listing.BLINEAR,
                                        listing.BSPOT) and rng.random() < 0.03
        if not flags and not binance and rng.random() < 0.002:
            flags = ("block",)
        for p, q in fills:
            # A level is many makers: several raw trades of one price.
            parts = self._split(q, rng.choice((1, 1, 1, 2, 3, 5)))
            if binance:
                # Whole retail fills: nq is q without them.
                nq = q - parts[0] if rpi and len(parts) > 1 else 0 if rpi else q
                out.append(Print(i.serial, i.trade_id, p, q, sum(i.value(p, x) for x in parts),
                                 is_buy,
                                 ms, i.raw_id, i.raw_id + len(parts) - 1, nq, 0,
                                 ("rpi",) if rpi and nq == 0 else flags, parts))
                i.serial += 1
                i.trade_id += 1
                i.raw_id += len(parts)
                continue
            for x in parts:
                out.append(Print(i.serial, i.trade_id, p, x, i.value(p, x), is_buy, ms, i.raw_id,
                                 i.raw_id, x, 0, ("rpi",) if rpi else flags, None))
                i.serial += 1
                i.trade_id += 1
                i.raw_id += 1
        return out

    def _split(self, q, count):
        if count == 1 or q < count:
            return (q,)
        cuts = sorted(self.rng.randint(1, q - 1) for _ in range(count - 1))
        parts = [b - a for a, b in zip([0] + cuts, cuts + [q])]
        return tuple(x for x in parts if x > 0)

    # --- forced orders ----------------------------------------------------------------

    def liquidate(self, coin, usd, is_long, ms, venue=None, inst=None):
        """A position of the coin dies on one of the venues that list it."""
        choice = [inst] if inst else [i for i in self.derivs[coin.index]
                                      if venue in (None, i.venue)
                                      and not self.sinks[i.venue].is_replayed]
        if not choice:
            return None
        i = self.rng.choices(choice, [x.weight * listing.VENUE_SIZE[x.venue] for x in choice])[0]
        q = i.usd_to_qty(usd, i.fair())
        fills = self.order(i, not is_long, q, ms, reach=max(1, int(i.last * 1e-5)))
        edge = fills[-1][0]
        away = round(edge * self.rng.uniform(0.003, 0.009)) + 1
        limit = max(1, edge - away) if is_long else edge + away
        total = sum(x[1] for x in fills)
        average = (sum(p * x for p, x in fills) + total // 2) // total
        self.liq_serial += 1
        liq = Liquidation(self.liq_serial, i, is_long, total, limit, average, fills[-1][1], ms)
        i.oi = max(0, i.oi - total)
        self.sinks[i.venue].on_liquidation(liq)
        if i.venue in (listing.USDM, listing.COINM) and self.rng.random() < 0.05:
            # What the insurance fund takes over is printed outside the book; it uses up a
            # raw id, so f of the next aggregate is not l + 1.
            self.sinks[i.venue].on_raw(i, i.raw_id, limit, max(1, total // 10), ms)
            i.raw_id += 1
        return liq

    # --- time -------------------------------------------------------------------------

    def tick(self, now_ms):
        """One step of TICK_MS: what happened in [from_ms, now_ms).  A minute is a whole
        number of ticks, so no tick lies in two bars."""
        rng, dt = self.rng, (now_ms - self.now_ms) / 1000
        start_ms = self.from_ms = self.now_ms
        self.now_ms = now_ms
        if start_ms // 60000 != self.minute:
            self.minute = start_ms // 60000
            for h in self.history.values():
                h.roll(self.minute)
        for c in self.all_coins:
            r = c.sigma_min * math.sqrt(dt / 60) * rng.gauss(0, 1)
            # A mild pull to where it started keeps long runs in sight of their past.
            r -= 1e-4 * dt * math.log(c.ref / c.start_ref)
            c.ref *= math.exp(r)
            c.momentum = c.momentum * math.exp(-dt / 5) + r
        self.programmes = [p for p in self.programmes if p.step(self, now_ms, dt)]
        stress = max(c.stress for c in self.coins)
        for venue in listing.VENUES:
            live, sink = self.live[venue], self.sinks[venue]
            per_s = self.rate[venue] * self.boost[venue] * (1 + 8 * stress)
            count = self.poisson(per_s * dt)
            if count:
                times = sorted(rng.randint(start_ms, now_ms - 1) for _ in range(count))
                chosen = rng.choices(live, cum_weights=self.weights[venue], k=count)
                for i, ms in zip(chosen, times):
                    self._someone_trades(i, ms)
            # Quotes move without trades too.
            for i in rng.choices(live, cum_weights=self.weights[venue],
                                 k=self.poisson(per_s * 0.5 * dt)):
                if self._quote(i):
                    sink.on_top(i, now_ms)
        for _ in range(self.poisson(self.liq_per_s * dt)):
            coin = rng.choices(self.coins, [c.weight for c in self.coins])[0]
            self.liquidate(coin, 4000 * math.exp(rng.gauss(0, 1)),
                           rng.random() < 0.6 - 50 * coin.momentum,
                           now_ms - 1)
        if now_ms // 1000 != start_ms // 1000:
            self._marks(now_ms)

    def _someone_trades(self, i, ms):
        rng, c = self.rng, i.coin
        # Takers follow the price, in a cascade most of them: four of five sell.
        lean = 0.18 * math.tanh(c.momentum / (c.sigma_min + 1e-9) * 1.5) - 0.12 * c.stress
        usd = i.order_usd * math.exp(rng.gauss(-1.125, 1.5))  # mean: order_usd
        self.order(i, rng.random() < 0.5 + lean,
                   i.usd_to_qty(usd, i.fair()), ms)

    def _marks(self, now_ms):
        """Mark and index as of a whole second; the index has no basis."""
        for group in self.derivs.values():
            for i in group:
                i.index = i.coin.ref * i.mult
                i.mark = i.fair() * (1 + 1e-5 * math.sin(now_ms / 30000 + i.key % 7))

    # --- commands ---------------------------------------------------------------------

    def coin(self, name):
        for c in self.all_coins:
            if c.name == name.upper():
                return c
        raise ValueError(f"no coin {name}")

    def cascade(self, coins=None, **k):
        self.programmes.append(Cascade(coins or self.coins, self.now_ms, **k))

    def move(self, coin, by, over_s):
        self.programmes.append(Move(coin, self.now_ms, by, max(over_s, 0.04)))
