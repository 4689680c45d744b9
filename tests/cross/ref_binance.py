"""Expected events of Binance websocket messages, from exchanges/binance.md.

Section numbers in the comments are that sheet's.
"""

from collections import Counter

from ref_event import (ANY, Broken, Event, Skip, head, instant, need, number, over, positive,
                       prices, read_json, read_symbol, sized, times, volumes)

# 3.8: intervals of a fixed length (1M has none, so no bar of it is expected).
INTERVAL_S = {"1s": 1, "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800,
              "1h": 3600, "2h": 7200, "4h": 14400, "6h": 21600, "8h": 28800,
              "12h": 43200, "1d": 86400, "3d": 259200, "1w": 604800}

PRODUCT_LINE = {"binance-usdm": 1, "binance-coinm": 2}

# 3.3: only MARKET and RPI are prints of the book; the maker flag of the
# insurance fund and of deleveraging means nothing.
BOOK_PRINT = {None: [], "MARKET": [], "RPI": ["rpi"]}
OFF_BOOK = {"INSURANCE_FUND": "insurance", "ADL": "adl"}

BOOK_KEYS = {"u", "s", "b", "B", "a", "A"}


class Binance:
    def __init__(self, venue, instruments=None, dropped=None):
        self.dropped = Counter() if dropped is None else dropped
        self.venue = venue
        self.spot = venue == "binance-spot"
        self.line_no = PRODUCT_LINE.get(venue)
        self.instruments = instruments
        self.handlers = {
            "aggTrade": self.agg_trade, "trade": self.trade, "bookTicker": self.book_ticker,
            "24hrTicker": self.day_ticker, "24hrMiniTicker": self.day_ticker,
            "kline": self.kline,
        }
        if not self.spot:
            self.handlers["forceOrder"] = self.force_order
            self.handlers["markPriceUpdate"] = self.mark_price

    def message(self, text, recv_ns):
        """Events of one message, raw or combined; Broken voids the whole message."""
        doc = read_json(text)
        stream = None
        if isinstance(doc, dict) and "stream" in doc and "data" in doc:
            stream, doc = doc["stream"], doc["data"]
        events = []
        for row in doc if isinstance(doc, list) else [doc]:
            if not isinstance(row, dict):
                continue
            try:
                events += self.row(row, stream, recv_ns)
            except Skip as reason:
                self.dropped[str(reason)] += 1
        return events

    def row(self, row, stream, recv_ns):
        name = row.get("e")
        if name is None:
            # 3.7: the spot book top has no e; without an envelope only its keys tell.
            if stream is not None and str(stream).endswith("@bookTicker"):
                return self.book_ticker(row, recv_ns)
            if stream is None and BOOK_KEYS <= row.keys():
                return [ev.or_nothing("spot bookTicker without envelope")
                        for ev in self.book_ticker(row, recv_ns)]
            return []
        handler = self.handlers.get(name)
        return handler(row, recv_ns) if handler else []

    # ------------------------------------------------------------ who is it

    def instrument(self, symbol, *rows):
        """The instrument, if row and spelling say that it is of this product line."""
        if type(symbol) is not str:
            raise Broken("symbol")
        undecided = None
        for row in rows:
            line = row.get("st")
            if line is None:
                continue
            if self.spot:
                undecided = "a futures row (st) on spot"
            elif line != self.line_no:
                raise Skip("other product line")
        if self.instruments is not None:
            inst = self.instruments.get(symbol)
        else:
            inst = read_symbol(self.venue, symbol)
        if inst is None:
            raise Skip("symbol")
        if undecided is None and self.line_no == 1 and inst.quote in ("BTC", "ETH"):
            undecided = "coin-quoted symbol on usdm"
        return inst, undecided

    # ------------------------------------------------------------ trades

    def agg_trade(self, row, recv_ns):
        # 3.2: a is the id, T the trade time, q the quantity with RPI in it.
        event = self.print_of(row, recv_ns, row.get("a"), [])
        without_rpi = number(row.get("nq"))
        if without_rpi is not None and without_rpi != need(row.get("q")):
            event.allow("flags", "nq differs from q", ["rpi"])
        if row.get("a") is None:
            event.or_nothing("aggTrade without id")
        return [event]

    def trade(self, row, recv_ns):
        origin = None if self.spot else row.get("X")
        if origin in BOOK_PRINT:
            return [self.print_of(row, recv_ns, row.get("t"), BOOK_PRINT[origin])]
        event = self.print_of(row, recv_ns, row.get("t"), [OFF_BOOK.get(origin, "other")])
        if origin in OFF_BOOK:
            event.fields["side"] = None
        else:
            event.allow("side", "origin %s" % origin, None)
        return [event]

    def print_of(self, row, recv_ns, id_, flags):
        inst, undecided = self.instrument(row.get("s"), row)
        maker = row.get("m")
        if maker is not True and maker is not False:
            raise Broken("side")
        fields = head("trade", inst, instant(row.get("T") or row.get("E")), recv_ns)
        fields["id"] = None if id_ is None else str(id_)
        fields["side"] = "sell" if maker else "buy"  # 3.1
        event = sized(Event(fields), inst, need(row.get("p")), need(row.get("q")))
        fields["flags"] = flags
        event.optional = undecided
        return event

    # ------------------------------------------------------------ liquidations

    def force_order(self, row, recv_ns):
        # 3.4: S is the side of the order, so SELL closes a long; ap is the fill.
        order = row.get("o")
        if not isinstance(order, dict):
            raise Broken("shape")
        inst, undecided = self.instrument(order.get("s"), row, order)
        side = {"SELL": "long", "BUY": "short"}.get(order.get("S"))
        if side is None:
            raise Broken("side")
        average = positive(order.get("ap"))
        price = average or positive(order.get("p"))
        amount = (positive(order.get("z")) or positive(order.get("l"))
                  or positive(order.get("q")))
        if price is None or amount is None:
            raise Broken("number missing")
        fields = head("liquidation", inst, instant(order.get("T") or row.get("E")), recv_ns)
        fields["side"] = side
        event = sized(Event(fields), inst, price, amount)
        fields["price_kind"] = "fill" if average else "bankruptcy"
        event.optional = undecided
        return [event]

    # ------------------------------------------------------------ mark

    def mark_price(self, row, recv_ns):
        # 3.5: T is the next funding, not a time of this event; r "" and T 0 of a
        # delivery contract mean "none".
        inst, undecided = self.instrument(row.get("s"), row)
        event = Event(head("mark", inst, instant(row.get("E")), recv_ns), optional=undecided)
        prices(event, inst, mark=number(row.get("p")), index=number(row.get("i")))
        event.fields["funding"] = number(row.get("r"))
        event.fields["funding_interval_h"] = None
        event.fields["next_funding_ns"] = instant(row.get("T"))
        if inst.kind != "dated":
            event.allow("funding_interval_h", "8 h unless listed", 8)
        return [event]

    # ------------------------------------------------------------ tickers

    def day_ticker(self, row, recv_ns):
        # 3.6: COIN-M counts contracts in v and coins in q.
        inst, undecided = self.instrument(row.get("s"), row)
        event = Event(head("ticker", inst, instant(row.get("E")), recv_ns), optional=undecided)
        prices(event, inst, last=number(row.get("c")), open=number(row.get("o")),
               high=number(row.get("h")), low=number(row.get("l")))
        self.volume_pair(event, inst, row.get("v"), row.get("q"))
        events = [event]
        if BOOK_KEYS - {"u"} <= row.keys():
            top = self.top(inst, instant(row.get("E")), recv_ns, row)
            top.allow("ts_ns", "top inside a ticker", None)
            events.append(top.or_nothing("top inside a ticker"))
        return events

    def volume_pair(self, event, inst, first, second, names=("qty", "usd")):
        if inst.usd_size is None:
            volumes(event, inst, number(first), number(second), names)
        else:
            event.fields[names[0]] = number(second)
            event.fields[names[1]] = times(number(first), inst.usd_size)
            event.near = event.near | {names[1]}

    # ------------------------------------------------------------ book top

    def book_ticker(self, row, recv_ns):
        inst, undecided = self.instrument(row.get("s"), row)
        top = self.top(inst, instant(row.get("T") or row.get("E")), recv_ns, row)
        top.optional = undecided
        return [top]

    def top(self, inst, ts_ns, recv_ns, row):
        event = Event(head("top", inst, ts_ns, recv_ns))
        fields, near = event.fields, set()
        for side, price, size in (("bid", "b", "B"), ("ask", "a", "A")):
            price, size = number(row.get(price)), number(row.get(size))
            qty = side + "_qty"
            if inst.usd_size is not None:
                fields[side], fields[qty] = price, over(times(size, inst.usd_size), price)
                near.add(qty)
            elif inst.mult != 1:
                fields[side], fields[qty] = over(price, inst.mult), times(size, inst.mult)
                near |= {side, qty}
            else:
                fields[side], fields[qty] = price, size
            if not price and price is not None:
                event.allow(side, "empty side of the book", None)
                event.allow(qty, "empty side of the book", ANY)
        event.near = frozenset(near)
        return event

    # ------------------------------------------------------------ bars

    def kline(self, row, recv_ns):
        # 3.8: V and Q are the taker buys; COIN-M counts contracts and coins again.
        bar = row.get("k")
        if not isinstance(bar, dict):
            raise Broken("shape")
        inst, undecided = self.instrument(row.get("s") or bar.get("s"), row)
        seconds = INTERVAL_S.get(bar.get("i"))
        if seconds is None:
            return []
        event = Event(head("bar", inst, instant(bar.get("t")), recv_ns), optional=undecided)
        event.fields["interval_s"] = seconds
        prices(event, inst, open=need(bar.get("o")), high=need(bar.get("h")),
               low=need(bar.get("l")), close=need(bar.get("c")))
        self.volume_pair(event, inst, bar.get("v"), bar.get("q"))
        self.volume_pair(event, inst, bar.get("V"), bar.get("Q"), ("buy_qty", "buy_usd"))
        event.fields["final"] = bar.get("x")
        return [event]
