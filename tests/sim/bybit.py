"""bybit.py - the public websockets of Bybit v5: spot, linear, inverse (sheet bybit.md).

topic                  when
publicTrade.<s>        one message a taker order, a row a fill; more than 1024: several
tickers.<s>            derivatives: a snapshot, then deltas every 120 ms of what changed;
                       spot: snapshots, without bid and ask
orderbook.1.<s>        snapshot at each change, and again after 3 s
allLiquidation.<s>     batches of 500 ms; derivatives only
kline.<i>.<s>          1 s while it trades, and the closed bar
A bad topic fails the whole request.  Key order differs between the products, as it does
in the samples (ts before type on spot).
"""
import json
import random

from coins import BINVERSE, BLINEAR, BSPOT
from history import draw
from ledger import Ref
from venue import Venue
from wsserver import TEXT, frame

PATHS = {BSPOT: "/v5/public/spot", BLINEAR: "/v5/public/linear", BINVERSE: "/v5/public/inverse"}
ARGS_CHARS_MAX = 21000
SPOT_ARGS_MAX = 10
ROWS_MAX = 1024
INTERVAL_MIN = {"1": 1, "3": 3, "5": 5, "15": 15, "30": 30, "60": 60, "120": 120, "240": 240,
                "360": 360, "720": 720, "D": 1440}


class Bybit(Venue):
    connects_max = 500
    idle_max_ms = 600000

    def __init__(self, sim, name):
        super().__init__(sim, name)
        self.is_spot, self.is_inverse = name == BSPOT, name == BINVERSE
        self.category = name.split("-")[1]
        self.seq = 820_000_000_000 + random.Random(sim.seed).randrange(10**9)
        self.pending = {}           # inst -> liquidations of this half second
        self.book_said_ms = {}
        self.ticker_said = {}       # inst -> fields as said last
        self.bar_changed, self.bar_minute = set(), {}

    # --- connections ------------------------------------------------------------------

    def knows_path(self, path):
        return path == PATHS[self.name]

    def too_many_connects(self):
        return 403, b"access too frequent", []

    def on_open(self, link):
        link.connection_id = f"{draw(self.sim.seed, link.number):016x}-{link.number:x}"
        link.args_chars = 0

    def on_text(self, link, text):
        try:
            request = json.loads(text)
        except (ValueError, RecursionError):
            request = None
        if not isinstance(request, dict):
            # The sheet has no words for this one.
            return self.answer(link, False, "Invalid request", "", "")
        op, ident = request.get("op"), str(request.get("req_id", ""))
        args = request.get("args", [])
        if op == "ping":
            if not any(f.kind == "nopong" for f in link.faults):
                link.note("ping_answered")
                self.answer(link, True, "pong", ident, "ping")
            return None
        if op not in ("subscribe", "unsubscribe") or not isinstance(args, list) or not args:
            return self.answer(link, False, f"Invalid op :[{op}]", ident, op or "")
        refusal = self.refusal(link, op, args)
        if refusal:
            link.note("request_refused", msg=refusal)
            return self.answer(link, False, refusal, ident, op)
        link.note(op, streams=args)
        self.answer(link, True, "subscribe" if self.is_spot and op == "subscribe" else "", ident,
                    op)
        for topic in args:
            if op == "unsubscribe":
                self.unsubscribe(link, topic)
            elif topic not in link.streams:
                link.args_chars += len(topic)
                self.subscribe(link, topic)
                self.first_words(link, topic)
        return None

    def answer(self, link, success, msg, ident, op):
        flag = "true" if success else "false"
        link.reply(f'{{"success":{flag},"ret_msg":{json.dumps(msg, ensure_ascii=False)},'
                   f'"conn_id":"{link.connection_id}","req_id":{json.dumps(ident)},"op":"{op}"}}')

    def refusal(self, link, op, args):
        """Why a request fails as a whole; empty when it does not."""
        # The sheet gives both limits but not the words of their answers.
        if self.is_spot and len(args) > SPOT_ARGS_MAX:
            return f"args size >{SPOT_ARGS_MAX}"
        if not all(isinstance(a, str) for a in args):
            return "Invalid topic :[]"
        if op == "subscribe" and link.args_chars + sum(map(len, args)) > ARGS_CHARS_MAX:
            return f"args length >{ARGS_CHARS_MAX}"
        for topic in args:
            if op == "subscribe" and not self.knows(topic):
                return f"error:handler not found,topic:{topic}"
        return ""

    def knows(self, topic):
        channel, *middle, symbol = topic.split(".")
        inst = self.by_symbol.get(symbol)
        if inst is None or not inst.is_live:
            return False
        if channel == "orderbook":
            return middle in (["1"], ["50"], ["200"], ["1000"])
        if channel == "kline":
            return len(middle) == 1 and middle[0] in INTERVAL_MIN
        if channel == "allLiquidation":
            return not middle and not self.is_spot
        return not middle and channel in ("publicTrade", "tickers")

    def first_words(self, link, topic):
        """A subscription begins with a snapshot where there is a state."""
        inst, now_ms = self.by_symbol[topic.rsplit(".", 1)[1]], self.sim.now_ms
        if self.is_replayed:
            return
        if topic.startswith("tickers."):
            payload, refs = self.ticker_snapshot(inst, now_ms)
        elif topic.startswith("orderbook.1."):
            payload, refs = self.book(inst, now_ms)
        else:
            return
        self.tell(link, topic, payload, refs)

    def tell(self, link, topic, payload, refs):
        data = payload.encode()
        link.put(data, frame(TEXT, data), topic, refs)
        link.flush()

    def wants(self, topic):
        return topic in self.subscribers

    def head(self, topic, kind, now_ms):
        if self.is_spot:
            return f'{{"topic":"{topic}","ts":{now_ms},"type":"{kind}",'
        return f'{{"topic":"{topic}","type":"{kind}","ts":{now_ms},'

    # --- facts of the market ----------------------------------------------------------

    def name_of(self, i, x):
        """Spot numbers its trades; derivatives have a UUID (version 5)."""
        if self.is_spot:
            return f"229{x.id:016d}"
        h = f"{draw(i.key, x.n):016x}{draw(i.key + 1, x.n):016x}"
        return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{h[16:20]}-{h[20:]}"

    def on_order(self, i, prints):
        # All fills of one taker order share seq, and it jumps.
        self.seq += 1 + draw(i.key, prints[0].n) % 60
        for x in prints:
            x.seq = self.seq
            x.id = self.name_of(i, x)
            self.ledger.made_trade(i, x, x.id)
        if self.is_replayed:
            return
        self.changed.add(i)
        self.bar_changed.add(i)
        topic = "publicTrade." + i.symbol
        if not self.wants(topic):
            return
        rows, refs = [], []
        for x in prints:
            ref = Ref(f'"type":"trade","symbol":"{i.symbol}","n":{x.n},"id":"{x.id}"', i, x)
            if self.gaps and self.is_gap(i, ref):
                continue
            rows.append(self.trade_row(i, x))
            refs.append(ref)
        for k in range(0, len(rows), ROWS_MAX):
            payload = (self.head(topic, "snapshot", self.sim.now_ms)
                       + f'"data":[{",".join(rows[k:k + ROWS_MAX])}]}}').encode()
            self.publish(topic, payload, refs[k:k + ROWS_MAX])
            if self.resay:
                self.remember(topic, payload, refs[k:k + ROWS_MAX])

    def trade_row(self, i, x):
        side = "Buy" if x.is_buy else "Sell"        # of the taker
        block = "true" if "block" in x.flags else "false"
        rpi = "true" if "rpi" in x.flags else "false"
        if self.is_spot:
            return (f'{{"i":"{x.id}","T":{x.ms},"p":"{i.price(x.p)}","v":"{i.qty(x.q)}","S":"{side}",'
                    f'"s":"{i.symbol}","BT":{block},"RPI":{rpi},"seq":{x.seq}}}')
        tick = "PlusTick" if x.is_buy else "MinusTick"
        return (f'{{"T":{x.ms},"s":"{i.symbol}","S":"{side}","v":"{i.qty(x.q)}","p":"{i.price(x.p)}",'
                f'"L":"{tick}","i":"{x.id}","BT":{block},"RPI":{rpi},"seq":{x.seq}}}')

    def on_raw(self, i, ident, p, q, ms):
        pass        # what Bybit's insurance pool takes is not printed

    def on_top(self, i, ms):
        if self.is_replayed:
            return
        self.changed.add(i)
        topic = "orderbook.1." + i.symbol
        if self.wants(topic):
            payload, refs = self.book(i, ms)
            self.publish(topic, payload.encode(), refs)
            self.book_said_ms[i] = self.sim.now_ms

    def book(self, i, ms):
        payload = (f'{{"topic":"orderbook.1.{i.symbol}","ts":{max(ms, self.sim.now_ms)},"type":"snapshot",'
                   f'"data":{{"s":"{i.symbol}","b":[["{i.price(i.bid)}","{i.qty(i.bid_qty)}"]],'
                   f'"a":[["{i.price(i.ask)}","{i.qty(i.ask_qty)}"]],"u":{i.update_id},"seq":{self.seq}}},'
                   f'"cts":{ms}}}')
        return payload, [self.value_ref("top", i, f'"bid":"{i.price(i.bid)}","ask":"{i.price(i.ask)}",'
                                                  f'"bid_qty":"{i.qty(i.bid_qty)}",'
                                                  f'"ask_qty":"{i.qty(i.ask_qty)}"')]

    def on_liquidation(self, liq):
        self.ledger.made_liquidation(liq)
        self.pending.setdefault(liq.inst, []).append(liq)

    def _say_liquidations(self, now_ms):
        for i, rows in self.pending.items():
            topic = "allLiquidation." + i.symbol
            if not self.wants(topic):
                continue
            data, refs = [], []
            for x in rows:
                side = "Buy" if x.is_long else "Sell"       # of the position that died
                data.append(f'{{"T":{x.ms},"s":"{i.symbol}","S":"{side}","v":"{i.qty(x.q)}",'
                            f'"p":"{i.price(x.limit)}"}}')
                refs.append(Ref(f'"type":"liquidation","symbol":"{i.symbol}","n":{x.n}', i, x))
            payload = self.head(topic, "snapshot", now_ms) + f'"data":[{",".join(data)}]}}'
            self.publish(topic, payload.encode(), refs)
        self.pending.clear()

    # --- tickers ----------------------------------------------------------------------

    def ticker_fields(self, i, now_ms):
        """All fields, in the order of the samples."""
        o, h, l, q, v, _ = self.market.history[i].ticker(now_ms)
        p = i.price
        change = f"{i.last / o - 1:.6f}"
        if self.is_spot:
            return {"symbol": i.symbol, "lastPrice": p(i.last), "highPrice24h": p(h),
                    "lowPrice24h": p(l),
                    "prevPrice24h": p(o), "volume24h": i.qty(q), "turnover24h": i.value_text(v),
                    "price24hPcnt": change, "usdIndexPrice": f"{i.coin.ref:.6f}"}
        oi = i.oi
        price = i.mark or i.last / 10 ** i.price_dec
        if self.is_inverse:
            value = oi / price          # in coin
        else:
            value = oi / 10 ** i.qty_dec * price
        hour = self.market.history[i].minute_bar(now_ms // 60000 - 60).o
        dated = i.kind == "dated"
        fields = {"symbol": i.symbol, "tickDirection": "PlusTick" if i.last_up else "MinusTick",
                  "price24hPcnt": change, "lastPrice": p(i.last), "prevPrice24h": p(o),
                  "highPrice24h": p(h), "lowPrice24h": p(l), "prevPrice1h": p(hour),
                  "markPrice": self.near(i, i.mark), "indexPrice": self.near(i, i.index),
                  # Since 2026-06-11 the old field is known to count both sides.
                  "openInterest": i.qty(2 * oi), "openInterestValue": f"{2 * value:.4f}",
                  "turnover24h": i.value_text(v), "volume24h": i.qty(q),
                  "fundingIntervalHour": "" if dated else str(i.funding_h),
                  "fundingCap": "" if dated else "0.005",
                  "singleOpenInterest": i.qty(oi), "singleOpenInterestValue": f"{value:.4f}",
                  "nextFundingTime": "0" if dated else str(i.next_funding_ms(now_ms)),
                  "fundingRate": "" if dated else f"{i.funding(now_ms):.8f}",
                  "bid1Price": p(i.bid), "bid1Size": i.qty(i.bid_qty),
                  "ask1Price": p(i.ask), "ask1Size": i.qty(i.ask_qty)}
        if dated:
            fields |= {"deliveryTime": str(i.delivery_ms), "basisRate": f"{i.basis:.6f}",
                       "predictedDeliveryPrice": "", "deliveryFeeRate": "0.0005"}
        fields |= {"preOpenPrice": "", "preQty": "", "curPreListingPhase": ""}
        return fields

    @staticmethod
    def near(i, price):
        unit = 10 ** i.price_dec
        return i.price(max(1, round((price or i.last / unit) * unit)))

    def ticker_message(self, i, kind, fields, now_ms):
        body = ",".join(f'"{k}":"{v}"' for k, v in fields.items())
        topic = "tickers." + i.symbol
        self.seq += 1
        if self.is_spot:
            text = f'{{"topic":"{topic}","ts":{now_ms},"type":"{kind}","cs":{self.seq},"data":{{{body}}}}}'
        else:
            text = f'{{"topic":"{topic}","type":"{kind}","data":{{{body}}},"cs":{self.seq},"ts":{now_ms}}}'
        return text, [self.value_ref("ticker", i, f'"kind":"{kind}","fields":{{{body}}}')]

    def ticker_snapshot(self, i, now_ms):
        # Other links go on with deltas against what all were told: so does this one.
        alone = len(self.subscribers.get("tickers." + i.symbol, ())) < 2
        if self.is_spot or alone or i not in self.ticker_said:
            self.ticker_said[i] = self.ticker_fields(i, now_ms)
        return self.ticker_message(i, "snapshot", self.ticker_said[i], now_ms)

    def _say_tickers(self, now_ms):
        changed, self.changed = self.changed, set()
        for i in changed:
            topic = "tickers." + i.symbol
            if not self.wants(topic):
                self.ticker_said.pop(i, None)
                continue
            fields = self.ticker_fields(i, now_ms)
            said = self.ticker_said.get(i)
            self.ticker_said[i] = fields
            if self.is_spot:
                text, refs = self.ticker_message(i, "snapshot", fields, now_ms)
            else:
                new = {k: v for k, v in fields.items() if said is None or said[k] != v}
                if not new:
                    continue
                text, refs = self.ticker_message(i, "delta", {"symbol": i.symbol, **new}, now_ms)
            self.publish(topic, text.encode(), refs)

    # --- by the clock -----------------------------------------------------------------

    def on_tick(self, now_ms, tick_index):
        if tick_index % 3 == 0 and self.changed:
            self._say_tickers(now_ms)
        if tick_index % 12 == 0 and self.pending:
            self._say_liquidations(now_ms)
        if now_ms % 1000:
            return
        # Mark, index and open interest move without trades.
        self.changed.update(i for i in self.market.live[self.name] if i.is_deriv)
        self._say_klines(now_ms)
        for topic in [t for t in self.subscribers if t.startswith("orderbook.1.")]:
            i = self.by_symbol[topic[12:]]
            if now_ms - self.book_said_ms.get(i, 0) >= 3000:
                self.on_top(i, now_ms)

    def _say_klines(self, now_ms):
        for topic in [t for t in self.subscribers if t.startswith("kline.")]:
            _, interval, symbol = topic.split(".", 2)
            i, minutes = self.by_symbol[symbol], INTERVAL_MIN[interval]
            first = now_ms // 60000 // minutes * minutes
            before = self.bar_minute.get(topic, first)
            self.bar_minute[topic] = first
            if before != first:
                self._say_kline(topic, i, interval, before, minutes, now_ms, "true")
            if i in self.bar_changed:
                self._say_kline(topic, i, interval, first, minutes, now_ms, "false")
        self.bar_changed.clear()

    def _say_kline(self, topic, i, interval, first, minutes, now_ms, confirm):
        b = self.market.history[i].bar(first, minutes, now_ms // 60000)
        p, start = i.price, first * 60000
        payload = (f'{self.head(topic, "snapshot", now_ms)}"data":[{{"start":{start},'
                   f'"end":{start + minutes * 60000 - 1},"interval":"{interval}","open":"{p(b.o)}",'
                   f'"close":"{p(b.c)}","high":"{p(b.h)}","low":"{p(b.l)}","volume":"{i.qty(b.q)}",'
                   f'"turnover":"{i.value_text(b.v)}","confirm":{confirm},"timestamp":{now_ms}}}]}}')
        self.publish(topic, payload.encode(),
                     [self.value_ref("bar", i, f'"interval":"{interval}","start_ms":{start},'
                                               f'"final":{confirm}')])
