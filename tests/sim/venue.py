"""venue.py - what all venues have in common: links, subscriptions, limits, pings, gaps.

A venue's own file (binance.py, bybit.py) turns facts into its messages and publishes
them under the name of a stream; who subscribed gets them.  Nothing is encoded that
nobody wants.
"""
from ledger import Ref
from wsserver import TEXT, frame

CONNECT_WINDOW_MS = 300000


class Gap:
    """The next `left` prints are kept from everybody; `rest`: REST has them."""

    def __init__(self, symbol, left, rest):
        self.symbol, self.left, self.rest = symbol, left, rest


class Venue:
    connects_max = 300          # in 5 minutes, from one address
    client_messages_max = 0     # in a second; 0: no limit is known
    ping_every_ms = 0           # 0: the client pings
    pong_within_ms = 0
    idle_max_ms = 0             # without a word from either side

    def __init__(self, sim, name):
        self.sim, self.name, self.market, self.ledger = sim, name, sim.market, sim.ledger
        self.instruments = [i for i in self.market.instruments if i.venue == name]
        self.by_symbol = {i.symbol: i for i in self.instruments}
        self.by_lower = {i.lower: i for i in self.instruments}
        self.links, self.subscribers = set(), {}
        self.gaps, self.resay, self.life_ms = [], 0, 0
        self.connects_ms = []
        self.recent_trades = {}     # stream -> last messages, for `resay`
        self.is_replayed = False    # a recording speaks instead of the market
        self.changed = set()        # instruments whose ticker is worth saying

    # --- links ------------------------------------------------------------------------

    def route(self, request):
        """(status, body, headers) for an upgrade; 101 lets it in."""
        now = self.sim.now_ms
        self.connects_ms = [t for t in self.connects_ms if t > now - CONNECT_WINDOW_MS] + [now]
        if len(self.connects_ms) > self.connects_max:
            return self.too_many_connects()
        if not self.knows_path(request.path):
            return 404, b"", []
        return 101, b"", []

    def too_many_connects(self):
        # The sheets give the limit, not the answer.
        return 429, b"", [("Retry-After", "300")]

    def adopt(self, link):
        self.links.add(link)
        self.sim.faults.aim(link)
        self.on_open(link)

    def forget(self, link):
        self.links.discard(link)
        for name in list(link.streams):
            self.unsubscribe(link, name)

    def allow(self, link):
        """Counts a client's message; False when it was one too many."""
        if not self.client_messages_max:
            return True
        now = self.sim.now_ms
        link.client_ms = [t for t in link.client_ms if t > now - 1000] + [now]
        if len(link.client_ms) <= self.client_messages_max:
            return True
        link.note("too_many_messages", limit=self.client_messages_max)
        link.close(1008, "Too many requests")
        return False

    def subscribe(self, link, name, served=True):
        if name in link.streams:
            return
        link.streams[name] = served
        if served:
            self.subscribers.setdefault(name, []).append(link)
            if self.resay:
                for payload, refs in self.recent_trades.get(name, ())[-self.resay:]:
                    link.put(payload, frame(TEXT, payload), name, refs)

    def unsubscribe(self, link, name):
        if link.streams.pop(name, False):
            rest = [x for x in self.subscribers[name] if x is not link]
            if rest:
                self.subscribers[name] = rest
            else:
                del self.subscribers[name]

    # --- saying -----------------------------------------------------------------------

    def publish(self, stream, payload, refs):
        """One message to all who subscribed to the stream."""
        links = self.subscribers.get(stream)
        if not links:
            return False
        framed = frame(TEXT, payload)
        for link in tuple(links):
            link.put(payload, framed, stream, refs)
        return True

    def remember(self, stream, payload, refs):
        rows = self.recent_trades.setdefault(stream, [])
        rows.append((payload, refs))
        if len(rows) > 100:
            del rows[:50]

    def is_gap(self, inst, ref):
        """True when a command keeps this print from everybody."""
        for gap in self.gaps:
            if gap.symbol in (None, inst.symbol):
                gap.left -= 1
                if not gap.rest:
                    inst.hidden.add(ref.print.n)
                self.ledger.withheld_trade(inst, ref, "gap", gap.rest)
                if gap.left <= 0:
                    self.gaps.remove(gap)
                    self.ledger.event("fault", "gap_done", venue=self.name, symbol=inst.symbol)
                return True
        return False

    def skip_ids(self, symbol, count):
        """Ids that nothing ever had: a hole that nobody can fill."""
        inst = self.by_symbol[symbol]
        self.ledger.event("fault", "skip", venue=self.name, symbol=symbol, count=count,
                          first_id=str(inst.trade_id), final_id=str(inst.trade_id + count - 1))
        inst.trade_id += count

    def value_ref(self, kind, inst, fields):
        return Ref(f'"type":"{kind}","symbol":"{inst.symbol}",{fields}', inst, None, True)

    # --- time -------------------------------------------------------------------------

    def tick(self, now_ms, tick_index):
        """After the market's tick: what is due by the clock, then out with it."""
        if not self.is_replayed:
            self.on_tick(now_ms, tick_index)
        for link in tuple(self.links):
            if link.late:
                self._send_late(link, now_ms)
            if tick_index % 25 == 0:
                self._look_after(link, now_ms)
            link.flush()

    def _send_late(self, link, now_ms):
        while link.late and link.late[0][0] <= now_ms:
            _, payload, stream, refs = link.late.pop(0)
            link.send(frame(TEXT, payload), payload, stream, refs)

    def _look_after(self, link, now_ms):
        """Once a second: pings, dead peers, the end of a connection's life."""
        if self.life_ms and now_ms - link.opened_ms >= self.life_ms:
            link.note("life_over")
            link.close(1001, "")
            return
        every = self.ping_every_ms
        if every and now_ms - link.pinged_ms >= every:
            link.pinged_ms = now_ms
            # Like the real ones: the time in milliseconds.
            link.ping(str(now_ms).encode())
            link.note("ping")
        if self.pong_within_ms and now_ms - link.pong_ms > self.pong_within_ms + every:
            link.note("no_pong")
            link.close(1008, "Pong timeout")
        elif self.idle_max_ms and now_ms - max(link.heard_ms, link.pushed_ms) > self.idle_max_ms:
            link.note("idle")
            link.cut("notify")

    # --- what a venue's own file gives ---------------------------------------------

    def knows_path(self, path):
        raise NotImplementedError

    def on_open(self, link):
        pass

    def on_text(self, link, text):
        raise NotImplementedError

    def on_tick(self, now_ms, tick_index):
        raise NotImplementedError
