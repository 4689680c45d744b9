"""Expected events of REST bodies, and instruments from the venue's own metadata.

exchanges/binance.md section 4, exchanges/bybit.md section 4. A body is the answer
to one request, `/path?query`; what the rows leave out (symbol, interval) is there.
"""

from decimal import Decimal
from urllib.parse import parse_qsl

import ref_binance
import ref_bybit
from ref_event import (ANY, Event, Instrument, Skip, head, instant, need, number, over,
                       positive, prices, read_json, settle_usd, sized, times)

RATIO = {"globalLongShortAccountRatio": "global_account",
         "topLongShortAccountRatio": "top_account",
         "topLongShortPositionRatio": "top_position"}

DATED = ("CURRENT_QUARTER", "NEXT_QUARTER", "CURRENT_MONTH", "NEXT_MONTH",
         "LinearFutures", "InverseFutures")


def rest_events(venue, request, text, instruments=None):
    path, _, query = request.partition("?")
    asked = dict(parse_qsl(query))
    body = read_json(text)
    kind = BinanceRest if venue.startswith("binance") else BybitRest
    try:
        return kind(venue, instruments).answer(path, asked, body)
    except Skip:
        return []


def mark_row(inst, ts_ns, mark, index, funding, hours, next_ns):
    event = Event(head("mark", inst, ts_ns, None))
    prices(event, inst, mark=mark, index=index)
    event.fields.update(funding=funding, funding_interval_h=hours, next_funding_ns=next_ns)
    return event


def ratio_row(inst, ts_ns, kind, share):
    event = Event(head("ratio", inst, ts_ns, None), near=frozenset(("long",)))
    event.fields.update(ratio_kind=kind, long=share)
    return event


def instrument_line(inst, settle, status, tick, step, interval_h):
    """Tick and step per coin; a venue's contract of one coin may be told as null or 1."""
    event = Event(head("instrument", inst, ANY, None), near=frozenset(("tick", "step")))
    inverse = inst.usd_size is not None
    event.fields.update(
        quote=inst.quote, settle=settle, status=status, multiplier=inst.mult,
        contract_size=inst.usd_size, contract_unit="usd" if inverse else None,
        tick=over(tick, inst.mult), step=ANY if inverse else times(step, inst.mult),
        funding_interval_h=interval_h)
    if inst.mult == 1:
        event.allow("multiplier", "no multiplier", None)
    if not inverse:
        event.allow("contract_size", "one coin a contract", Decimal(1))
        event.allow("contract_unit", "one coin a contract", "coin")
    if inst.kind == "spot":
        event.allow("settle", "spot settles in its quote", inst.quote, None)
    return event


class BinanceRest:
    def __init__(self, venue, instruments):
        self.ws = ref_binance.Binance(venue, instruments)
        self.venue = venue

    def answer(self, path, asked, body):
        name = path.rsplit("/", 1)[1]
        if path.endswith("/ticker/24hr"):
            return self.each(body, self.day_ticker)
        if path.endswith("/ticker/bookTicker"):
            return self.each(body, self.book_ticker)
        if name == "exchangeInfo":
            return [ev for ev, _ in binance_metadata(self.venue, body)]
        if name == "openInterest":
            return self.open_interest(body)
        if name == "premiumIndex":
            return self.each(body, self.premium_index)
        if not isinstance(body, list):
            return []
        symbol = asked.get("symbol")
        if name in RATIO:
            return [ratio_row(self.inst(row.get("symbol") or symbol), instant(row["timestamp"]),
                              RATIO[name], need(row["longAccount"])) for row in body]
        if name == "takerlongshortRatio":
            return [self.taker_ratio(symbol, row) for row in body]
        if name == "openInterestHist":
            return [self.open_interest_row(row) for row in body]
        if name == "fundingRate":
            return [self.funding_row(row) for row in body]
        if name == "aggTrades":
            return [ev for row in body for ev in self.ws.agg_trade(dict(row, s=symbol), None)]
        if name in ("trades", "historicalTrades"):
            return [self.recent_trade(symbol, row) for row in body]
        if name == "klines":
            return self.klines(self.inst(symbol), asked.get("interval"), body)
        return []

    def inst(self, symbol):
        return self.ws.instrument(symbol)[0]

    @staticmethod
    def each(body, make):
        return [ev for row in (body if isinstance(body, list) else [body]) for ev in make(row)]

    def day_ticker(self, row):
        inst = self.inst(row.get("symbol"))
        event = Event(head("ticker", inst, instant(row.get("closeTime")), None))
        prices(event, inst, last=number(row.get("lastPrice")), open=number(row.get("openPrice")),
               high=number(row.get("highPrice")), low=number(row.get("lowPrice")))
        self.ws.volume_pair(event, inst, row.get("volume"),
                            row.get("quoteVolume", row.get("baseVolume")))
        events = [event]
        if "bidPrice" in row:
            top = self.top(inst, row, row.get("closeTime"))
            events.append(top.or_nothing("top inside a ticker").allow("ts_ns", "top", None))
        return events

    def book_ticker(self, row):
        return [self.top(self.inst(row.get("symbol")), row, row.get("time"))]

    def top(self, inst, row, time):
        return self.ws.top(inst, instant(time), None,
                           {"b": row.get("bidPrice"), "B": row.get("bidQty"),
                            "a": row.get("askPrice"), "A": row.get("askQty")})

    def open_interest(self, body):
        inst = self.inst(body.get("symbol"))
        event = Event(head("oi", inst, instant(body.get("time")), None), near=frozenset(("qty",)))
        amount = need(body.get("openInterest"))
        if inst.usd_size is None:
            event.fields.update(qty=amount * inst.mult, usd=None)
        else:
            event.fields.update(qty=None, usd=amount * inst.usd_size)
        return [event]

    def open_interest_row(self, row):
        # 4.1: COIN-M counts contracts, and coins as their value.
        inst = self.inst(row.get("symbol") or (row.get("pair") or "") + "_PERP")
        event = Event(head("oi", inst, instant(row.get("timestamp")), None))
        amount, value = need(row["sumOpenInterest"]), need(row["sumOpenInterestValue"])
        if inst.usd_size is None:
            event.fields["qty"] = amount * inst.mult
            settle_usd(event, inst, value)
        else:
            event.fields.update(qty=value, usd=amount * inst.usd_size)
        return event

    def premium_index(self, row):
        inst = self.inst(row.get("symbol"))
        event = mark_row(inst, instant(row.get("time")), number(row.get("markPrice")),
                         number(row.get("indexPrice")), number(row.get("lastFundingRate")),
                         None, instant(row.get("nextFundingTime")))
        return [event.allow("funding_interval_h", "8 h unless listed", 8)]

    def funding_row(self, row):
        """A settled rate: no event of its own in the contract, a mark at most."""
        inst = self.inst(row.get("symbol"))
        event = mark_row(inst, instant(row.get("fundingTime")), number(row.get("markPrice")),
                         None, need(row.get("fundingRate")), ANY, ANY)
        return event.or_nothing("funding history")

    def taker_ratio(self, symbol, row):
        buy, sell = need(row["buyVol"]), need(row["sellVol"])
        return ratio_row(self.inst(symbol), instant(row["timestamp"]), "taker",
                         over(buy, buy + sell))

    def recent_trade(self, symbol, row):
        inst = self.inst(symbol)
        fields = head("trade", inst, instant(row.get("time")), None)
        fields.update(id=str(row["id"]), side="sell" if row["isBuyerMaker"] else "buy")
        event = sized(Event(fields), inst, need(row["price"]), need(row["qty"]))
        fields["flags"] = ["rpi"] if row.get("isRPITrade") is True else []
        return event

    def klines(self, inst, interval, rows):
        # 4.2: the last row is the open bar, but a body alone cannot prove it.
        events = []
        for row in rows:
            event = Event(head("bar", inst, instant(row[0]), None))
            event.fields["interval_s"] = ref_binance.INTERVAL_S[interval]
            prices(event, inst, open=need(row[1]), high=need(row[2]), low=need(row[3]),
                   close=need(row[4]))
            self.ws.volume_pair(event, inst, row[5], row[7])
            self.ws.volume_pair(event, inst, row[9], row[10], ("buy_qty", "buy_usd"))
            event.fields["final"] = True
            events.append(event)
        if events:
            events[-1].or_nothing("last kline row").allow("final", "last kline row", False)
        return events


def binance_metadata(venue, body):
    """(expected line, Instrument) of every symbol of exchangeInfo."""
    for row in body["symbols"]:
        filters = {f.get("filterType"): f for f in row.get("filters", [])}
        contract = row.get("contractType")
        perpetual = "inverse" if venue == "binance-coinm" else "linear"
        kind = "spot" if venue == "binance-spot" else "dated" if contract in DATED else perpetual
        size = number(row["contractSize"]) if "contractSize" in row else None
        status = row.get("status") or row.get("contractStatus")
        inst = Instrument(venue, row["symbol"], row["baseAsset"], kind, row["quoteAsset"], size)
        event = instrument_line(inst, row.get("marginAsset"), status,
                                number(filters.get("PRICE_FILTER", {}).get("tickSize")),
                                number(filters.get("LOT_SIZE", {}).get("stepSize")), None)
        if kind in ("linear", "inverse"):
            event.allow("funding_interval_h", "8 h unless listed", 8)
        if status != "TRADING":
            event.or_nothing("not trading")
        elif kind != "spot" and contract not in DATED + ("PERPETUAL",):
            event.or_nothing("contract type")
        yield event, inst


class BybitRest:
    def __init__(self, venue, instruments):
        self.ws = ref_bybit.Bybit(venue, instruments)
        self.venue = venue

    def answer(self, path, asked, body):
        result = body.get("result") if isinstance(body, dict) else None
        if not isinstance(result, dict) or body.get("retCode") != 0:
            return []
        category = result.get("category") or asked.get("category")
        if category != self.venue.partition("-")[2]:
            return []
        name, rows = path.rsplit("/", 1)[1], result.get("list") or []
        symbol = asked.get("symbol") or result.get("symbol")
        if name == "instruments-info":
            return [ev for ev, _ in bybit_metadata(self.venue, body)]
        if name == "recent-trade":
            return [self.recent_trade(row) for row in rows]
        if name == "tickers":
            return [ev for row in rows for ev in self.ws.ticker(
                {"type": "snapshot", "ts": body.get("time"), "data": row}, None)]
        if name == "account-ratio":
            return [ratio_row(self.ws.instrument(row.get("symbol") or symbol),
                              instant(row["timestamp"]), "global_account",
                              need(row["buyRatio"])) for row in rows]
        if name == "open-interest":
            inst = self.ws.instrument(symbol)
            return [self.open_interest(inst, row) for row in rows]
        if name == "kline":
            inst = self.ws.instrument(symbol)
            return [self.kline(inst, asked["interval"], row, body.get("time")) for row in rows]
        return []

    def recent_trade(self, row):
        inst = self.ws.instrument(row.get("symbol"))
        fields = head("trade", inst, instant(row.get("time")), None)
        fields.update(id=str(row["execId"]), side=row["side"].lower())
        event = sized(Event(fields), inst, need(row["price"]), need(row["size"]))
        fields["flags"] = [name for name, key in (("block", "isBlockTrade"), ("rpi", "isRPITrade"))
                           if row.get(key) is True]
        return event

    def open_interest(self, inst, row):
        event = self.ws.oi_event(inst, instant(row.get("timestamp")), None, row)
        if not self.ws.inverse:
            event.fields["usd"] = None  # no price in this body
        event.choice = None
        return event

    def kline(self, inst, interval, row, now_ms):
        # README.md trap 19: the newest row is unfinished; the body's own time tells.
        event = Event(head("bar", inst, instant(row[0]), None))
        event.fields["interval_s"] = ref_bybit.INTERVAL_S[interval]
        prices(event, inst, open=need(row[1]), high=need(row[2]), low=need(row[3]),
               close=need(row[4]))
        self.ws.volume_pair(event, inst, row[5], row[6])
        end_ms = int(row[0]) + 1000 * event.fields["interval_s"]
        final = now_ms is None or end_ms <= now_ms
        event.fields.update(buy_qty=None, buy_usd=None, final=final)
        return event if final else event.or_nothing("open bar")


def bybit_metadata(venue, body):
    for row in body["result"]["list"]:
        inverse = venue == "bybit-inverse"
        kind = ("spot" if venue == "bybit-spot" else "dated" if row.get("contractType") in DATED
                else "inverse" if inverse else "linear")
        inst = Instrument(venue, row["symbol"], row["baseCoin"], kind, row["quoteCoin"],
                          Decimal(1) if inverse else None)
        lot = row.get("lotSizeFilter", {})
        minutes = positive(row.get("fundingInterval"))
        event = instrument_line(inst, row.get("settleCoin"), row.get("status"),
                                number(row.get("priceFilter", {}).get("tickSize")),
                                number(lot.get("qtyStep", lot.get("basePrecision"))),
                                over(minutes, Decimal(60)))
        event.near |= {"funding_interval_h"}
        if minutes is not None and minutes < 60:
            event.allow("funding_interval_h", "an interval under an hour", minutes, None)
        if row.get("symbolType") in ("stock", "forex", "commodity", "xstocks"):
            event.or_nothing("no crypto (symbolType)")
        yield event, inst


def instruments(venue, text):
    """symbol -> Instrument of a metadata body, as `--instruments` takes it."""
    body = read_json(text)
    rows = (binance_metadata if venue.startswith("binance") else bybit_metadata)(venue, body)
    return {inst.symbol: inst for _, inst in rows}
