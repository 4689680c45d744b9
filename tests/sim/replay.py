"""replay.py - says a recording again, with the time of now.

Input   VENUE=FILE: lines `recv_ns TAB message` or plain messages, gzip or not.  Binance
        messages in their envelope, or bare ones whose stream can be told.
Output  The venue says the recording's messages to who subscribed to their stream, and
        its own market rests.  Trades enter the ledger as made, flagged `replay`.
Time    Everything moves by one amount, so that the first message is said at once: event
        times with it; begins and ends of bars by whole minutes, the next funding to the
        next 8 h.  Plain lines are paced by the time in them.
Limits  A recording is said once.  REST goes on with the model's past and knows nothing
        of the recording: a gap in it stays a gap.
"""
import gzip
import json
import re

from coins import VENUES
from ledger import Ref

TIME = re.compile(r'("(?:E|ts|cts|C|O|T|timestamp)": ?"?)(\d{13})(?!\d)')
BAR_TIME = re.compile(r'("(?:t|T|start|end)": ?"?)(\d{13})(?!\d)')
NEXT = re.compile(r'("nextFundingTime": ?"?)(\d{13})(?!\d)')
MARK_NEXT = re.compile(r'("T": ?)(\d{13})(?!\d)')
FUNDING_MS = 8 * 3600000


class Tape:
    def __init__(self, sim, spec):
        name, equals, path = spec.partition("=")
        if not equals or name not in VENUES:
            raise SystemExit(f"--replay {spec}: VENUE=FILE, and VENUE is one of {' '.join(VENUES)}")
        self.sim, self.venue, self.path = sim, sim.venues[name], path
        self.venue.is_replayed = True
        sim.market.rate[name] = 0.0
        self.lines = self._read()
        self.next = next(self.lines, None)
        self.shift_ms = None
        self.first_at_ms = sim.start_ms

    def _read(self):
        opener = gzip.open if self.path.endswith(".gz") else open
        at_ms = 0
        with opener(self.path, "rt", encoding="utf-8", errors="replace") as f:
            for line in f:
                head, tab, text = line.rstrip("\r\n").partition("\t")
                if tab and head.isdigit():
                    at_ms = max(at_ms, int(head) // 1000000)
                else:
                    text = line.rstrip("\r\n")
                    m = TIME.search(text)
                    at_ms = max(at_ms, int(m[2]) if m else 0)
                if text:
                    yield at_ms, text

    def tick(self, now_ms):
        """Says what is due; the first line begins when somebody has subscribed."""
        if self.next is None or (self.shift_ms is None and not self.venue.subscribers):
            return
        if self.shift_ms is None:
            self.shift_ms = now_ms - self.next[0]
            self.sim.ledger.event("replay", "begin", venue=self.venue.name, file=self.path)
        while self.next is not None and self.next[0] + self.shift_ms <= now_ms:
            self._say(*self.next)
            self.next = next(self.lines, None)
        if self.next is None:
            self.sim.ledger.event("replay", "end", venue=self.venue.name, file=self.path)

    def _say(self, at_ms, text):
        try:
            message = json.loads(text)
        except ValueError:
            self.sim.ledger.event("replay", "not_json", venue=self.venue.name)
            return
        if not isinstance(message, dict):
            return
        text = self.restamp(text)
        if self.venue.name.startswith("bybit"):
            stream, rows = message.get("topic"), message.get("data")
            if stream:
                self.venue.publish(stream, text.encode(), self._bybit_refs(stream, rows))
            return
        stream, data = message.get("stream"), message.get("data", message)
        if stream:
            # Without the envelope: the venue wraps it again for who wants it.
            at = text.index('"data"')
            text = text[text.index(":", at) + 1:].strip()[:-1]
        else:
            stream = self._stream(data)
        if stream and isinstance(data, dict):
            self.venue.publish(stream, text, self._binance_refs(data))

    @staticmethod
    def _stream(data):
        kind, symbol = data.get("e"), str(data.get("s", "")).lower()
        if kind == "kline":
            return f"{symbol}@kline_{data['k']['i']}"
        if kind == "forceOrder":
            return data["o"]["s"].lower() + "@forceOrder"
        names = {"aggTrade": "aggTrade", "trade": "trade", "markPriceUpdate": "markPrice@1s",
                 "24hrTicker": "ticker", "24hrMiniTicker": "miniTicker", "bookTicker": "bookTicker"}
        return f"{symbol}@{names[kind]}" if kind in names else None

    def restamp(self, text):
        shift = self.shift_ms
        whole = round(shift / 60000) * 60000
        move = lambda by: lambda m: f"{m[1]}{int(m[2]) + by}"
        if '"kline' in text[:200]:
            at = text.find('"k"') if '"k"' in text else text.find('"data"')
            return TIME.sub(move(shift), text[:at]) + BAR_TIME.sub(move(whole), text[at:])
        if '"markPriceUpdate"' in text:
            now = self.sim.now_ms
            due = now - now % FUNDING_MS + FUNDING_MS
            text = MARK_NEXT.sub(lambda m: f"{m[1]}{due}", text)
            return re.sub(r'("E": ?)(\d{13})(?!\d)', move(shift), text)
        now = self.sim.now_ms
        text = NEXT.sub(lambda m: f"{m[1]}{now - now % FUNDING_MS + FUNDING_MS}", text)
        return TIME.sub(move(shift), text)

    def _made(self, symbol, ident, price, qty, side, ms):
        self.sim.ledger.put("made", f'"type":"trade","venue":"{self.venue.name}",'
                                    f'"symbol":"{symbol}","id":"{ident}",'
                                    f'"price":"{price}","qty":"{qty}","side":"{side}","ts_ms":{ms},'
                                    f'"flags":["replay"]')
        return Ref(f'"type":"trade","symbol":"{symbol}","id":"{ident}"')

    def _binance_refs(self, d):
        if d.get("e") == "aggTrade":
            return [self._made(d.get("s"), d.get("a"), d.get("p"), d.get("q"), "sell" if d.get("m")
                               else "buy",
                               d.get("T", 0) + self.shift_ms)]
        return [Ref(f'"type":"replayed","symbol":"{d.get("s", "")}"', is_value=True)]

    def _bybit_refs(self, topic, rows):
        if topic.startswith("publicTrade.") and isinstance(rows, list):
            return [self._made(r.get("s"), r.get("i"), r.get("p"), r.get("v"),
                               str(r.get("S")).lower(),
                               r.get("T", 0) + self.shift_ms) for r in rows]
        return [Ref(f'"type":"replayed","symbol":"{topic}"', is_value=True)]
