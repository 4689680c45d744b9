"""binance.py - the websockets of Binance spot, USD-M and COIN-M, as documents and live
samples of 2026 show them (exchange sheet binance.md; keys in the order of the samples).

stream                    route     when
<s>@aggTrade              market    with each taker order, one for each price
<s>@trade                 public    each raw trade (undocumented on futures)
<s>@bookTicker, !bookTicker  public at each change; all-market every 5 s
<s>@markPrice[@1s], !markPrice@arr[@1s], <pair>@markPrice (COIN-M)  every 3 s or 1 s
<pair>@indexPrice         COIN-M    1 s
<s>@forceOrder, !forceOrder@arr     at most one a second and symbol, the largest
<s>@ticker, <s>@miniTicker, !...@arr  1 s spot, 2 s USD-M, 1 s COIN-M (real: 0.5 s)
<s>@kline_<i>             2 s spot, 0.25 s futures (5 s above 15m), and the closed bar
Everything else is acknowledged and stays silent, as the real ones do; so is a USD-M
stream on the wrong route.  All-market streams carry both futures lines on both hosts.
"""
import json
import urllib.parse

from coins import COINM, SPOT, USDM
from ledger import Ref
from venue import Venue
from wsserver import TEXT, frame

STREAMS_MAX = 1024
INTERVAL_MIN = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240,
                "6h": 360, "8h": 480, "12h": 720, "1d": 1440}
PUBLIC = ("@bookTicker", "!bookTicker", "@depth", "@rpiDepth", "@trade")
MERGED = ("!forceOrder@arr", "!ticker@arr", "!miniTicker@arr", "!bookTicker")


def is_public(stream):
    return any(p in stream for p in PUBLIC)


class Binance(Venue):
    def __init__(self, sim, name):
        super().__init__(sim, name)
        self.is_spot, self.is_usdm = name == SPOT, name == USDM
        self.st = "" if self.is_spot else ',"st":1' if self.is_usdm else ',"st":2'
        self.client_messages_max = 5 if self.is_spot else 10
        self.ping_every_ms = 20000 if self.is_spot else 180000
        self.pong_within_ms = 60000 if self.is_spot else 600000
        self.pending = {}           # inst -> forced orders of this second
        self.bar_changed, self.long_bar_changed = set(), set()
        self.bar_minute = {}        # stream -> begin of the bar said last

    # --- connections ------------------------------------------------------------------

    def knows_path(self, path):
        parts = path.strip("/").split("/")
        if self.is_usdm and parts[0] in ("public", "market", "private"):
            parts = parts[1:]
        return bool(parts) and parts[0] in ("ws", "stream")

    def on_open(self, link):
        parts = link.request.path.strip("/").split("/")
        link.route = "all"
        if self.is_usdm:
            # The un-routed URL still connects, and delivers what /public does.
            link.route = parts.pop(0) if parts[0] in ("public", "market", "private") else "public"
        link.is_combined = parts[0] == "stream"
        names = parts[1:]
        if link.is_combined:
            query = urllib.parse.parse_qs(link.request.query)
            names = [n for s in query.get("streams", []) for n in s.split("/")]
        else:
            names = [urllib.parse.unquote(n) for n in names]
        for name in [n for n in names if n][:STREAMS_MAX]:
            self.take(link, name)
        if names:
            link.note("subscribe", streams=names)

    def take(self, link, name):
        served = link.route == "all" or (link.route == "public") == is_public(name)
        self.subscribe(link, name, served and link.route != "private")

    def on_text(self, link, text):
        try:
            request = json.loads(text)
        except (ValueError, RecursionError):
            return self.fail(link, 3, "Invalid JSON: expected value at line 1 column 1", None,
                             False)
        if not isinstance(request, dict):
            return self.fail(link, 2, "Invalid request: request must be an object", None, False)
        ident = request.get("id")
        good = (ident is None or isinstance(ident, str) and len(ident) <= 36
                or isinstance(ident, int) and not isinstance(ident, bool)
                and -2**63 <= ident < 2**63)
        if not good:
            msg = "Invalid request: request ID must be an integer, string or null"
            return self.fail(link, 2, msg, None, False)
        odd = set(request) - {"method", "params", "id"}
        if odd:
            return self.fail(link, 0, f"Unknown property: {min(odd)}", ident)
        method, params = request.get("method"), request.get("params", [])
        if not isinstance(params, list) or not all(isinstance(p, str) for p in params):
            return self.fail(link, 1, "Invalid value type: expected a list of stream names", ident)
        if method == "LIST_SUBSCRIPTIONS":
            return link.reply(json.dumps({"result": list(link.streams), "id": ident},
                                         ensure_ascii=False,
                                         separators=(",", ":")))
        if method not in ("SUBSCRIBE", "UNSUBSCRIBE"):
            return self.fail(link, 2, f"Invalid request: unknown variant `{method}`", ident)
        if method == "SUBSCRIBE" and len(set(link.streams) | set(params)) > STREAMS_MAX:
            # The sheet gives the limit, not the words.
            return self.fail(link, 2, "Invalid request: too many streams", ident)
        link.note(method.lower(), streams=params)
        link.reply(f'{{"result":null,"id":{json.dumps(ident)}}}')
        for name in params:
            if method == "SUBSCRIBE":
                self.take(link, name)
            else:
                self.unsubscribe(link, name)

    def fail(self, link, code, msg, ident, has_id=True):
        body = {"code": code, "msg": msg}
        if not self.is_spot:
            # Seen on futures (the sheet says: verify); spot has code and msg on top.
            body = {"error": body}
        if has_id:
            body["id"] = ident
        link.note("request_refused", code=code, msg=msg)
        link.reply(json.dumps(body, separators=(",", ":")))

    def publish(self, stream, data, refs):
        """`data` as text; each link gets it bare or in the combined envelope."""
        links = self.subscribers.get(stream)
        if not links:
            return False
        raw = both = None
        for link in tuple(links):
            if link.is_combined:
                if both is None:
                    payload = f'{{"stream":"{stream}","data":{data}}}'.encode()
                    both = payload, frame(TEXT, payload)
                link.put(*both, stream, refs)
            else:
                if raw is None:
                    payload = data.encode()
                    raw = payload, frame(TEXT, payload)
                link.put(*raw, stream, refs)
        return True

    def remember(self, stream, data, refs):
        # `resay` repeats it in the envelope, which is what we are asked for most.
        super().remember(stream, f'{{"stream":"{stream}","data":{data}}}'.encode(), refs)

    def shutdown(self):
        """Spot's notice before maintenance; the time to the cut is not promised."""
        data = f'{{"e":"serverShutdown","E":{self.sim.now_ms}}}'
        for link in tuple(self.links):
            text = f'{{"stream":"!serverShutdown","data":{data}}}' if link.is_combined else data
            link.reply(text)
            link.note("server_shutdown")

    # --- facts of the market ----------------------------------------------------------

    def wants(self, stream):
        return stream in self.subscribers

    def on_top(self, i, ms):
        if self.is_replayed or not self.wants(i.lower + "@bookTicker"):
            return
        self.publish(i.lower + "@bookTicker", self.book_ticker(i, ms), [self.top_ref(i)])

    def top_ref(self, i):
        return self.value_ref("top", i, f'"bid":"{i.price(i.bid)}","ask":"{i.price(i.ask)}",'
                                        f'"bid_qty":"{i.qty(i.bid_qty)}","ask_qty":"{i.qty(i.ask_qty)}"')

    def book_ticker(self, i, ms):
        b = (f'"b":"{i.price(i.bid)}","B":"{i.qty(i.bid_qty)}","a":"{i.price(i.ask)}",'
             f'"A":"{i.qty(i.ask_qty)}"')
        if self.is_spot:
            return f'{{"u":{i.update_id},"s":"{i.symbol}",{b}}}'
        return (f'{{"e":"bookTicker","u":{i.update_id},"s":"{i.symbol}","ps":"{i.pair}",{b},"T":{ms},'
                f'"E":{max(ms, self.sim.now_ms)}{self.st}}}')

    def on_order(self, i, prints):
        for x in prints:
            self.ledger.made_trade(i, x, x.id)
        if self.is_replayed:
            return
        self.changed.add(i)
        self.bar_changed.add(i)
        self.long_bar_changed.add(i)
        stream, raw = i.lower + "@aggTrade", i.lower + "@trade"
        is_wanted, is_raw_wanted = self.wants(stream), self.wants(raw)
        if not is_wanted and not is_raw_wanted:
            return
        for x in prints:
            ref = Ref(f'"type":"trade","symbol":"{i.symbol}","n":{x.n},"id":"{x.id}"', i, x)
            if self.gaps and self.is_gap(i, ref):
                continue
            if is_raw_wanted:
                for k, q in enumerate(x.raws):
                    self.publish(raw, self.raw_trade(i, x.first + k, x.p, q, x.ms, x.is_buy,
                                                     "MARKET"),
                                 [Ref(f'"type":"raw_trade","symbol":"{i.symbol}","id":"{x.first + k}"')])
            if is_wanted:
                data = self.agg_trade(i, x)
                self.publish(stream, data, [ref])
                if self.resay:
                    self.remember(stream, data, [ref])

    def agg_trade(self, i, x):
        m = "false" if x.is_buy else "true"     # was the buyer the maker?
        now = self.sim.now_ms
        if self.is_usdm:
            return (f'{{"e":"aggTrade","E":{now},"a":{x.id},"s":"{i.symbol}","p":"{i.price(x.p)}",'
                    f'"q":"{i.qty(x.q)}","nq":"{i.qty(x.nq)}","f":{x.first},"l":{x.last},"T":{x.ms},'
                    f'"m":{m},"st":1}}')
        tail = ',"M":true' if self.is_spot else self.st
        return (f'{{"e":"aggTrade","E":{now},"s":"{i.symbol}","a":{x.id},"p":"{i.price(x.p)}",'
                f'"q":"{i.qty(x.q)}","f":{x.first},"l":{x.last},"T":{x.ms},"m":{m}{tail}}}')

    def raw_trade(self, i, ident, p, q, ms, is_buy, how):
        m, now = "false" if is_buy else "true", self.sim.now_ms
        if self.is_spot:
            return (f'{{"e":"trade","E":{now},"s":"{i.symbol}","t":{ident},"p":"{i.price(p)}",'
                    f'"q":"{i.qty(q)}","T":{ms},"m":{m},"M":true}}')
        return (f'{{"e":"trade","E":{now},"T":{ms},"s":"{i.symbol}","t":{ident},"p":"{i.price(p)}",'
                f'"q":"{i.qty(q)}","X":"{how}","m":{m}}}')

    def on_raw(self, i, ident, p, q, ms):
        """A print outside the book: in @trade, in no aggregate, no bar, no ticker."""
        self.ledger.put("made", f'"type":"outside_book","venue":"{self.name}","symbol":"{i.symbol}",'
                                f'"id":"{ident}","price":"{i.price(p)}","qty":"{i.qty(q)}"')
        if not self.is_replayed and self.wants(i.lower + "@trade"):
            self.publish(i.lower + "@trade",
                         self.raw_trade(i, ident, p, q, ms, False, "INSURANCE_FUND"),
                         [Ref(f'"type":"outside_book","symbol":"{i.symbol}","id":"{ident}"')])

    def on_liquidation(self, liq):
        self.ledger.made_liquidation(liq)
        self.pending.setdefault(liq.inst, []).append(liq)

    def _say_liquidations(self, now_ms):
        for i, rows in self.pending.items():
            largest = max(rows, key=lambda x: x.q)
            for liq in rows:
                ref = Ref(f'"type":"liquidation","symbol":"{i.symbol}","n":{liq.n}', i, liq)
                if liq is not largest:
                    self.ledger.withheld_liquidation(i, ref, "sample")
                    continue
                self._say_liquidation(i, liq, now_ms, ref)
        self.pending.clear()

    def _say_liquidation(self, i, liq, now_ms, ref):
        side = "SELL" if liq.is_long else "BUY"     # of the order: a long is sold
        o = (f'"S":"{side}","o":"LIMIT","f":"IOC","q":"{i.qty(liq.q)}","p":"{i.price(liq.limit)}",'
             f'"ap":"{i.price(liq.average)}","X":"FILLED","l":"{i.qty(liq.last_q)}","z":"{i.qty(liq.q)}",'
             f'"T":{liq.ms}')
        head = f'{{"e":"forceOrder","E":{now_ms},"o":{{"s":"{i.symbol}",'
        # Live samples of the all-market stream have ps and st inside o.  Per symbol the
        # specification has none on USD-M, and on COIN-M ps inside and st outside.
        if self.is_usdm:
            self.publish(i.lower + "@forceOrder", f"{head}{o}}}}}", [ref])
        else:
            self.publish(i.lower + "@forceOrder", f'{head}"ps":"{i.pair}",{o}}}{self.st}}}', [ref])
        for venue in self.merged():
            venue.publish("!forceOrder@arr", f'{head}{o},"ps":"{i.pair}"{self.st}}}}}', [ref])

    def merged(self):
        """Who carries the all-market streams of this product line."""
        return [self] if self.is_spot else [self.sim.venues[USDM], self.sim.venues[COINM]]

    # --- by the clock -----------------------------------------------------------------

    def on_tick(self, now_ms, tick_index):
        if tick_index % (50 if self.is_spot else 6) == 0:
            self._say_klines(now_ms, 1, 15, self.bar_changed)
        if now_ms % 1000:
            return
        if not self.is_spot:
            self._say_liquidations(now_ms)
            self._say_marks(now_ms)
        if now_ms % (2000 if self.is_usdm else 1000) == 0:
            self._say_tickers(now_ms)
        if now_ms % 5000 == 0:
            self._say_klines(now_ms, 30, 1440, self.long_bar_changed)
            if not self.is_spot and any(v.wants("!bookTicker") for v in self.merged()):
                for i in self.market.live[self.name]:
                    for v in self.merged():
                        v.publish("!bookTicker", self.book_ticker(i, now_ms), [self.top_ref(i)])

    def mark_row(self, i, now_ms):
        dated = i.kind == "dated"
        # Not applicable to dated contracts: r is empty and T is 0.
        rate = "" if dated else f"{i.funding(now_ms):.8f}"
        mark = f"{i.mark:.8f}"
        return (f'{{"e":"markPriceUpdate","E":{now_ms},"s":"{i.symbol}","p":"{mark}","ap":"{mark}",'
                f'"P":"{i.index * 1.0001:.8f}","i":"{i.index:.8f}","r":"{rate}",'
                f'"T":{0 if dated else i.next_funding_ms(now_ms)}{self.st}}}')

    def mark_ref(self, i, now_ms):
        rate = "null" if i.kind == "dated" else f'"{i.funding(now_ms):.8f}"'
        return self.value_ref("mark", i, f'"mark":"{i.mark:.8f}","index":"{i.index:.8f}","funding":{rate}')

    def _say_marks(self, now_ms):
        live = [i for i in self.market.live[self.name] if i.mark]
        speeds = ["@1s"] + ([""] if now_ms % 3000 == 0 else [])
        for speed in speeds:
            for i in live:
                stream = f"{i.lower}@markPrice{speed}"
                if self.wants(stream):
                    self.publish(stream, self.mark_row(i, now_ms), [self.mark_ref(i, now_ms)])
            if self.is_usdm and self.wants("!markPrice@arr" + speed):
                self._say_array("!markPrice@arr" + speed, live, self.mark_row, self.mark_ref,
                                now_ms)
            if not self.is_usdm:
                for pair in {i.pair for i in live}:
                    stream = f"{pair.lower()}@markPrice{speed}"
                    if self.wants(stream):
                        self._say_array(stream, [i for i in live if i.pair == pair], self.mark_row,
                                        self.mark_ref, now_ms)
                    if not speed:
                        continue
                    # One speed only since 2026-06-30, and the pair is in s.
                    index = next(i.index for i in live if i.pair == pair)
                    data = (f'{{"e":"indexPriceUpdate","E":{now_ms},"s":"{pair}",'
                            f'"p":"{index:.8f}"}}')
                    self.publish(f"{pair.lower()}@indexPrice", data,
                                 [Ref(f'"type":"index","symbol":"{pair}"', is_value=True)])

    def _say_array(self, stream, live, row, ref, now_ms):
        rows = [row(i, now_ms) for i in live]
        self.publish(stream, f'[{",".join(rows)}]', [ref(i, now_ms) for i in live])

    def ticker_row(self, i, now_ms, mini=False):
        o, h, l, q, v, n = self.market.history[i].ticker(now_ms)
        p, ps = i.price, "" if self.is_spot else f',"ps":"{i.pair}"'
        kind = "24hrMiniTicker" if mini else "24hrTicker"
        head = f'{{"e":"{kind}","E":{now_ms},"s":"{i.symbol}"{ps},'
        volume = f'"v":"{i.qty(q)}","q":"{i.value_text(v)}"'
        if mini:
            return (f'{head}"c":"{p(i.last)}","o":"{p(o)}","h":"{p(h)}","l":"{p(l)}",{volume}{self.st}}}')
        if i.contract:
            mean = q * i.contract / (v / 1e8) if v else 0.0
        else:
            mean = v / q / 10 ** i.price_dec if q else 0.0
        top = ""
        if self.is_spot:
            top = (f'"b":"{p(i.bid)}","B":"{i.qty(i.bid_qty)}","a":"{p(i.ask)}","A":"{i.qty(i.ask_qty)}",')
        before = f'"x":"{p(o)}",' if self.is_spot else ""
        return (f'{head}"p":"{p(i.last - o)}","P":"{(i.last / o - 1) * 100:.3f}","w":"{mean:.8f}",{before}'
                f'"c":"{p(i.last)}","Q":"{i.qty(i.last_qty)}",{top}"o":"{p(o)}","h":"{p(h)}","l":"{p(l)}",'
                f'{volume},"O":{now_ms - 86400000},"C":{now_ms},"F":{max(0, i.raw_id - n)},'
                f'"L":{i.raw_id - 1},"n":{n}{self.st}}}')

    def ticker_ref(self, i, now_ms):
        o, h, l, q, v, _ = self.market.history[i].ticker(now_ms)
        return self.value_ref("ticker", i, f'"last":"{i.price(i.last)}","open":"{i.price(o)}",'
                                           f'"qty":"{i.qty(q)}","value":"{i.value_text(v)}"')

    def _say_tickers(self, now_ms):
        changed = [i for i in self.market.live[self.name] if i in self.changed]
        self.changed.clear()
        for i in changed:
            for name, mini in (("@ticker", False), ("@miniTicker", True)):
                if self.wants(i.lower + name):
                    self.publish(i.lower + name, self.ticker_row(i, now_ms, mini),
                                 [self.ticker_ref(i, now_ms)])
        # Spot's !ticker@arr was retired on 2026-03-26: silence.
        for stream, mini in (("!ticker@arr", False), ("!miniTicker@arr", True)):
            if (mini or not self.is_spot) and changed:
                for venue in self.merged():
                    if venue.wants(stream):
                        rows = ",".join(self.ticker_row(i, now_ms, mini) for i in changed)
                        venue.publish(stream, f"[{rows}]",
                                      [self.ticker_ref(i, now_ms) for i in changed])

    def _say_klines(self, now_ms, least, most, changed):
        """The bars of instruments that traded; the closed one first, traded or not."""
        for stream in [s for s in self.subscribers if "@kline_" in s]:
            low, _, interval = stream.partition("@kline_")
            i, minutes = self.by_lower.get(low), INTERVAL_MIN.get(interval)
            if i is None or minutes is None or not least <= minutes <= most:
                continue
            first = now_ms // 60000 // minutes * minutes
            before = self.bar_minute.get(stream, first)
            self.bar_minute[stream] = first
            if before != first:
                self._say_kline(stream, i, interval, before, minutes, now_ms, True)
            if i in changed:
                self._say_kline(stream, i, interval, first, minutes, now_ms, False)
        changed.clear()

    def _say_kline(self, stream, i, interval, first, minutes, now_ms, is_final):
        fields = (f'"interval":"{interval}","start_ms":{first * 60000},'
                  f'"final":{"true" if is_final else "false"}')
        self.publish(stream, self.kline_row(i, interval, first, minutes, now_ms, is_final),
                     [self.value_ref("bar", i, fields)])

    def kline_row(self, i, interval, first, minutes, now_ms, is_final):
        b = self.market.history[i].bar(first, minutes, now_ms // 60000)
        p, gap = i.price, "" if self.is_spot else " "       # real ones have blanks on futures
        pairs = [f'"t":{first * 60000}', f'"T":{(first + minutes) * 60000 - 1}',
                 f'"s":"{i.symbol}"',
                 f'"i":"{interval}"', f'"f":{b.first}', f'"L":{b.last}', f'"o":"{p(b.o)}"',
                 f'"c":"{p(b.c)}"', f'"h":"{p(b.h)}"', f'"l":"{p(b.l)}"', f'"v":"{i.qty(b.q)}"',
                 f'"n":{b.n}', f'"x":{"true" if is_final else "false"}',
                 f'"q":"{i.value_text(b.v)}"',
                 f'"V":"{i.qty(b.bq)}"', f'"Q":"{i.value_text(b.bv)}"', '"B":"0"']
        return f'{{"e":"kline","E":{now_ms},"s":"{i.symbol}","k":{{{("," + gap).join(pairs)}}}}}'
