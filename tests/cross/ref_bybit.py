"""Expected events of Bybit v5 websocket messages, from exchanges/bybit.md.

Retired formats (v2 and the liquidation topic) are no input of the contract:
from the latter anything or nothing is accepted, from the others nothing.
"""

from collections import Counter

from ref_event import (ANY, Broken, Event, Skip, head, instant, need, number, over, positive,
                       prices, read_json, read_symbol, settle_usd, sized, times, volumes)

INTERVAL_S = {"1": 60, "3": 180, "5": 300, "15": 900, "30": 1800, "60": 3600, "120": 7200,
              "240": 14400, "360": 21600, "720": 43200, "D": 86400, "W": 604800}

# 3.3: which field belongs to which event. Values alone do not make an `oi`.
MARK = ("markPrice", "indexPrice", "fundingRate", "nextFundingTime", "fundingIntervalHour")
OI = ("openInterest", "singleOpenInterest")
OI_VALUE = ("openInterestValue", "singleOpenInterestValue")
TICKER = ("lastPrice", "prevPrice24h", "highPrice24h", "lowPrice24h", "volume24h",
          "turnover24h")
TOP = ("bid1Price", "bid1Size", "ask1Price", "ask1Size")


class Bybit:
    def __init__(self, venue, instruments=None, dropped=None):
        self.dropped = Counter() if dropped is None else dropped
        self.venue = venue
        self.inverse = venue == "bybit-inverse"
        self.spot = venue == "bybit-spot"
        self.instruments = instruments
        self.tickers = {}  # symbol -> (blank keeps the old value, blank clears it)
        self.handlers = {"publicTrade": self.trades, "tickers": self.ticker,
                         "orderbook": self.book, "kline": self.klines}
        if not self.spot:
            self.handlers["allLiquidation"] = self.liquidations
            self.handlers["liquidation"] = self.old_liquidation

    def message(self, text, recv_ns):
        """Events of one message; a broken row voids the message it came in."""
        doc = read_json(text)
        if not isinstance(doc, dict) or not isinstance(doc.get("topic"), str):
            return []
        handler = self.handlers.get(doc["topic"].split(".")[0])
        if handler is None:
            return []
        try:
            return handler(doc, recv_ns)
        except Skip as reason:
            self.dropped[str(reason)] += 1
            return []

    def instrument(self, symbol):
        if type(symbol) is not str:
            raise Broken("symbol")
        if self.instruments is not None:
            inst = self.instruments.get(symbol)
        else:
            inst = read_symbol(self.venue, symbol)
        if inst is None:
            raise Skip("symbol")
        return inst

    @staticmethod
    def rows(doc):
        if not isinstance(doc.get("data"), list):
            raise Broken("shape")
        for row in doc["data"]:
            if not isinstance(row, dict):
                raise Broken("shape")
            yield row

    def known_rows(self, doc):
        """(instrument, row) of a batch; a row of a foreign symbol is skipped alone."""
        for row in self.rows(doc):
            try:
                yield self.instrument(row.get("s")), row
            except Skip as reason:
                self.dropped[str(reason)] += 1

    # ------------------------------------------------------------ trades

    def trades(self, doc, recv_ns):
        # 3.1: S is the taker; BT a block, RPI a real print with a flag.
        events = []
        for inst, row in self.known_rows(doc):
            side = {"Buy": "buy", "Sell": "sell"}.get(row.get("S"))
            if side is None:
                raise Broken("side")
            fields = head("trade", inst, instant(row.get("T")), recv_ns)
            fields["id"] = None if row.get("i") is None else str(row["i"])
            fields["side"] = side
            event = sized(Event(fields), inst, need(row.get("p")), need(row.get("v")))
            fields["flags"] = [name for name, key in (("block", "BT"), ("rpi", "RPI"))
                               if row.get(key) is True]
            events.append(event)
        return events

    # ------------------------------------------------------------ liquidations

    def liquidations(self, doc, recv_ns):
        # 3.2: S is the side of the position that died; p its bankruptcy price.
        events = []
        for inst, row in self.known_rows(doc):
            side = {"Buy": "long", "Sell": "short"}.get(row.get("S"))
            if side is None:
                raise Broken("side")
            fields = head("liquidation", inst, instant(row.get("T")), recv_ns)
            fields["side"] = side
            event = sized(Event(fields), inst, need(row.get("p")), need(row.get("v")))
            fields["price_kind"] = "bankruptcy"
            events.append(event)
        return events

    def old_liquidation(self, doc, recv_ns):
        row = doc.get("data")
        if not isinstance(row, dict):
            return []
        inst = self.instrument(row.get("symbol"))
        fields = head("liquidation", inst, ANY, recv_ns)
        fields.update(side=ANY, price=ANY, price_kind=ANY, qty=ANY, usd=ANY)
        return [Event(fields, optional="liquidation topic, retired 2025")]

    # ------------------------------------------------------------ tickers

    def ticker(self, doc, recv_ns):
        data = doc.get("data")
        if not isinstance(data, dict):
            raise Broken("shape")
        symbol = data.get("symbol")
        inst = self.instrument(symbol)
        for key in MARK[:3] + OI + TICKER + TOP:
            number(data.get(key))  # a broken number voids the message
        if doc.get("type") == "snapshot":
            self.tickers[symbol] = (dict(data), dict(data))
        elif symbol not in self.tickers:
            raise Skip("a delta before its snapshot")
        keep, clear = self.tickers[symbol]
        for key, value in data.items():
            clear[key] = value
            if value != "":
                keep[key] = value
        makers = [(TICKER, self.ticker_event)]
        if not self.spot:
            makers += [(MARK, self.mark_event), (OI, self.oi_event), (TOP, self.top_event)]
        events = []
        for keys, make in makers:
            event = make(inst, instant(doc.get("ts")), recv_ns, keep)
            other = make(inst, instant(doc.get("ts")), recv_ns, clear)
            for name, value in other.fields.items():
                if value != event.fields[name]:
                    event.allow(name, "blank in a delta", value)
            if any(data.get(key) not in (None, "") for key in keys):
                events.append(event)
            elif any(key in data for key in keys):
                events.append(event.or_nothing("only blanks"))
            elif keys is OI and any(data.get(key) not in (None, "") for key in OI_VALUE):
                events.append(event.or_nothing("only the value of the open interest"))
        return events

    def mark_event(self, inst, ts_ns, recv_ns, now):
        event = Event(head("mark", inst, ts_ns, recv_ns))
        prices(event, inst, mark=number(now.get("markPrice")),
               index=number(now.get("indexPrice")))
        event.fields["funding"] = number(now.get("fundingRate"))
        event.fields["funding_interval_h"] = positive(now.get("fundingIntervalHour"))
        event.fields["next_funding_ns"] = instant(now.get("nextFundingTime"))
        return event

    def oi_event(self, inst, ts_ns, recv_ns, now):
        # openInterest counts both sides of every contract.
        event = Event(head("oi", inst, ts_ns, recv_ns), near=frozenset(("qty", "usd")))
        amount = number(now.get("singleOpenInterest"))
        if amount is None:
            amount = over(number(now.get("openInterest")), 2)
        mark = number(now.get("markPrice"))
        last = number(now.get("lastPrice"))
        values = [number(now.get("singleOpenInterestValue")),
                  over(number(now.get("openInterestValue")), 2)]
        if self.inverse:
            event.fields["qty"], event.fields["usd"] = over(amount, mark), amount
            event.allow("qty", "price of the open interest", over(amount, last), *values)
        else:
            event.fields["qty"] = times(amount, inst.mult)
            settle_usd(event, inst, times(amount, mark))
            event.allow("usd", "price of the open interest", times(amount, last), *values)
        return event

    def ticker_event(self, inst, ts_ns, recv_ns, now):
        event = Event(head("ticker", inst, ts_ns, recv_ns))
        prices(event, inst, last=number(now.get("lastPrice")),
               open=number(now.get("prevPrice24h")), high=number(now.get("highPrice24h")),
               low=number(now.get("lowPrice24h")))
        self.volume_pair(event, inst, now.get("volume24h"), now.get("turnover24h"))
        return event

    def volume_pair(self, event, inst, volume, turnover):
        """Linear and spot: coins and quote. Inverse: dollars and coins."""
        if self.inverse:
            event.fields["qty"], event.fields["usd"] = number(turnover), number(volume)
        else:
            volumes(event, inst, number(volume), number(turnover))

    # ------------------------------------------------------------ book top

    def top_event(self, inst, ts_ns, recv_ns, now):
        return self.top(inst, ts_ns, recv_ns, *(now.get(key) for key in TOP))

    def top(self, inst, ts_ns, recv_ns, bid, bid_size, ask, ask_size):
        event = Event(head("top", inst, ts_ns, recv_ns))
        fields, near = event.fields, set()
        for side, price, size in (("bid", bid, bid_size), ("ask", ask, ask_size)):
            price, size = number(price), number(size)
            qty = side + "_qty"
            if self.inverse:
                fields[side], fields[qty] = price, over(size, price)
                near.add(qty)
            elif inst.mult != 1:
                fields[side], fields[qty] = over(price, inst.mult), times(size, inst.mult)
                near |= {side, qty}
            else:
                fields[side], fields[qty] = price, size
        event.near = frozenset(near)
        return event

    def book(self, doc, recv_ns):
        # 3.4: depth 1 only, and that is always a snapshot; cts is the engine's time.
        data = doc.get("data")
        if not doc["topic"].startswith("orderbook.1."):
            return []
        if not isinstance(data, dict):
            raise Broken("shape")
        inst = self.instrument(data.get("s"))
        if doc.get("type") != "snapshot":
            fields = head("top", inst, ANY, recv_ns)
            fields.update(bid=ANY, bid_qty=ANY, ask=ANY, ask_qty=ANY)
            return [Event(fields, optional="depth-1 delta, sent before 2024")]
        sides = []
        for levels in (data.get("b"), data.get("a")):
            if not isinstance(levels, list):
                raise Broken("shape")
            sides += self.level(levels)
        return [self.top(inst, instant(doc.get("cts") or doc.get("ts")), recv_ns, *sides)]

    @staticmethod
    def level(levels):
        if not levels:
            return [None, None]
        if not isinstance(levels[0], list) or len(levels[0]) < 2:
            raise Broken("shape")
        return levels[0][:2]

    # ------------------------------------------------------------ bars

    def klines(self, doc, recv_ns):
        # 3.5: no taker volume.
        parts = doc["topic"].split(".")
        if len(parts) != 3:
            raise Broken("shape")
        inst = self.instrument(parts[2])
        events = []
        for row in self.rows(doc):
            seconds = INTERVAL_S.get(parts[1])
            if seconds is None:
                continue
            event = Event(head("bar", inst, instant(row.get("start")), recv_ns))
            event.fields["interval_s"] = seconds
            prices(event, inst, open=need(row.get("open")), high=need(row.get("high")),
                   low=need(row.get("low")), close=need(row.get("close")))
            self.volume_pair(event, inst, row.get("volume"), row.get("turnover"))
            event.fields.update(buy_qty=None, buy_usd=None, final=row.get("confirm"))
            events.append(event)
        return events
