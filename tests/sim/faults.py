"""faults.py - misbehaviour on command: what is in force, and what is done at once.

A command is a line `VERB key=value ... [DURATION]`.  A scenario file has such lines with
`at SECONDS` before them; blank lines and what follows # are ignored.  README.md has the
list.  `venue=` is a name, a beginning of names (bybit) or several with commas; without
it all are meant.
"""
import difflib
import re

import garbage
from coins import VENUES
from venue import Gap
from wsserver import TEXT, fragments, frame

# verb -> keys it understands besides venue and the duration
LASTING = {"silence": "stream conn", "late": "stream conn by", "fragment": "stream conn parts",
           "drip": "conn", "nopong": "conn", "upgrade": "kind retry_after count",
           "refuse": "port", "stalltls": "port count", "rest": "path kind retry_after count over"}
AT_ONCE = {"cut": "how code conn route stream", "life": "seconds", "gap": "symbol count rest",
           "skip": "symbol count", "duplicate": "stream count conn", "resay": "count",
           "garbage": "kind stream conn count", "pingflood": "count conn", "pings": "every within",
           "shutdown": "", "rate": "x", "cascade": "coins drop fall recover usd peak oi",
           "move": "coin by over", "trade": "symbol side usd", "liquidate": "coin symbol side usd",
           "clear": "kind"}
ON_MESSAGES = ("silence", "late", "fragment", "drip", "nopong")
CUTS = ("rst", "fin", "notify", "close")


class CommandError(ValueError):
    pass


def seconds(text):
    m = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|)", text)
    if not m:
        raise CommandError(f"{text}: not a time (5, 5s, 200ms, 2m)")
    return float(m[1]) * {"ms": 0.001, "m": 60}.get(m[2], 1)


def amount(text):
    m = re.fullmatch(r"(-?\d+(?:\.\d+)?)([kKMG%]|)", text)
    if not m:
        raise CommandError(f"{text}: not a number (5, 0.05, 5%, 200k, 60M)")
    return float(m[1]) * {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "%": 0.01}.get(m[2], 1)


def parse(line):
    """(verb, {key: value}); the duration is in key `for`."""
    words = line.split()
    verb, pairs = words[0], {}
    known = LASTING.get(verb, AT_ONCE.get(verb))
    if known is None:
        near = difflib.get_close_matches(verb, [*LASTING, *AT_ONCE], 1)
        raise CommandError(f"{verb}: no such command" + (f", did you mean {near[0]}?" if near
                                                         else ""))
    keys = known.split() + ["venue", "for"]
    for word in words[1:]:
        key, equals, value = word.partition("=")
        if not equals:
            key, value = "for", word
        if key not in keys:
            raise CommandError(f"{verb}: no key {key}, there is {' '.join(keys)}")
        if key in ("for", "by", "over", "every", "within", "seconds", "fall",
                   "recover") and verb != "move":
            seconds(value)
        pairs[key] = value
    if verb == "cut" and pairs.get("how", "rst") not in CUTS:
        raise CommandError(f"cut: how is one of {' '.join(CUTS)}")
    if verb == "garbage" and pairs.get("kind", "nonjson") not in garbage.KINDS:
        raise CommandError(f"garbage: kind is one of {' '.join(garbage.KINDS)}")
    match_venues(pairs.get("venue"))
    return verb, pairs


def match_venues(text):
    if not text or text == "all":
        return list(VENUES)
    found = [v for v in VENUES if any(v == w or v.startswith(w) for w in text.split(","))]
    if not found:
        raise CommandError(f"{text}: no such venue, there is {' '.join(VENUES)}")
    return found


def parse_scenario(text, name):
    """[(seconds, line)] in order of time; every line is checked now."""
    out = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        words = line.split(None, 2)
        try:
            if words[0] != "at" or len(words) < 3:
                raise CommandError("a line is: at SECONDS COMMAND ...")
            parse(words[2])
            out.append((seconds(words[1]), words[2]))
        except CommandError as e:
            raise CommandError(f"{name}:{number}: {e}") from None
    return sorted(out, key=lambda row: row[0])


class Fault:
    """One misbehaviour that lasts: until a time, a number of uses, or `clear`."""

    def __init__(self, faults, kind, pairs):
        self.faults, self.kind, self.pairs = faults, kind, pairs
        self.venues = match_venues(pairs.get("venue"))
        self.stream = pairs.get("stream", "")
        self.left = int(pairs["count"]) if "count" in pairs else None
        self.until_ms = None
        if "for" in pairs:
            self.until_ms = faults.sim.now_ms + round(seconds(pairs["for"]) * 1000)
        self.is_over = False

    def get(self, key, default=None):
        return self.pairs.get(key, default)

    def is_active(self):
        return not self.is_over and (self.until_ms is None
                                     or self.faults.sim.now_ms < self.until_ms)

    def use(self):
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                self.faults.end(self)

    def concerns(self, link):
        number = str(link.number)
        return link.venue.name in self.venues and self.get("conn", number) == number


class Faults:
    def __init__(self, sim):
        self.sim, self.active, self.schedule = sim, [], []
        self.rate_until_ms = {}     # venue -> when its rate is the usual one again

    # --- questions of the servers -----------------------------------------------------

    def port(self, venue, port, kind):
        for f in self.active:
            if (f.kind == kind and venue in f.venues and f.get("port", port) in (port, "both")
                    and f.is_active()):
                return f
        return None

    def rest(self, venue, target):
        for f in self.active:
            if (f.kind == "rest" and venue in f.venues and f.get("path", "") in target
                    and f.is_active()):
                return f
        return None

    def aim(self, link):
        link.faults = [f for f in self.active if f.kind in ON_MESSAGES and f.concerns(link)]

    def bends(self, link, payload, stream, refs):
        """True when a fault took the message."""
        for f in link.faults:
            if f.stream not in stream:
                continue
            if f.kind == "silence":
                self.sim.ledger.withheld(link.venue.name, link.number, refs, "silence")
                return True
            if f.kind == "late":
                due = self.sim.now_ms + round(seconds(f.get("by", "3s")) * 1000)
                link.put_late(due, payload, stream, refs)
                return True
            if f.kind == "fragment":
                link.send(fragments(payload, int(f.get("parts", "7"))), payload, stream, refs)
                return True
        return False

    # --- time -------------------------------------------------------------------------

    def load(self, rows):
        """Scenario rows, counted from now."""
        start = self.sim.now_ms
        self.schedule += [(start + round(at * 1000), line) for at, line in rows]
        self.schedule.sort(key=lambda row: row[0])

    def tick(self, now_ms):
        for f in [f for f in self.active if not f.is_active()]:
            self.end(f)
        for name in [v for v, until_ms in self.rate_until_ms.items() if until_ms <= now_ms]:
            del self.rate_until_ms[name]
            self.sim.market.boost[name] = 1.0
        while self.schedule and self.schedule[0][0] <= now_ms:
            _, line = self.schedule.pop(0)
            try:
                self.do(line)
            except (CommandError, ValueError) as e:
                self.sim.ledger.event("fault", "failed", command=line, reason=str(e))

    def end(self, fault):
        if fault not in self.active:
            return
        fault.is_over = True
        self.active.remove(fault)
        self.sim.ledger.event("fault", "end", command=fault.line)
        if fault.kind == "refuse":
            for port in self._ports(fault):
                # Another one may still want it closed.
                if not any(f.kind == "refuse" and port in self._ports(f) for f in self.active):
                    port.start()
        self._aim_all()

    def _aim_all(self):
        for venue in self.sim.venues.values():
            for link in venue.links:
                self.aim(link)

    def _ports(self, fault):
        kinds = {"both": ("ws", "rest")}.get(fault.get("port", "both"), (fault.get("port"),))
        return [p for p in self.sim.ports if p.venue.name in fault.venues and p.kind in kinds]

    # --- commands ---------------------------------------------------------------------

    def do(self, line):
        """Carries a command out; returns a sentence."""
        verb, pairs = parse(line)
        if verb in LASTING:
            fault = Fault(self, verb, pairs)
            fault.line = line
            self.active.append(fault)
            self.sim.ledger.event("fault", "begin", command=line)
            if verb == "refuse":
                for port in self._ports(fault):
                    port.stop()
            self._aim_all()
            return f"{verb} is in force"
        done = getattr(self, "do_" + verb)(pairs)
        self.sim.ledger.event("fault", "done", command=line, result=done)
        return done

    def links(self, pairs):
        out = []
        for name in match_venues(pairs.get("venue")):
            for link in tuple(self.sim.venues[name].links):
                if pairs.get("conn", str(link.number)) != str(link.number):
                    continue
                if pairs.get("route", link.route) != link.route:
                    continue
                if any(pairs.get("stream", "") in s for s in link.streams or ("",)):
                    out.append(link)
        return out

    def do_clear(self, pairs):
        chosen = [f for f in self.active if pairs.get("kind", f.kind) == f.kind
                  and set(f.venues) & set(match_venues(pairs.get("venue")))]
        for f in chosen:
            self.end(f)
        if "kind" not in pairs:
            for name in match_venues(pairs.get("venue")):
                self.sim.venues[name].gaps.clear()
        return f"{len(chosen)} ended"

    def do_cut(self, pairs):
        links, how = self.links(pairs), pairs.get("how", "rst")
        for link in links:
            link.close(int(pairs.get("code", "1001"))) if how == "close" else link.cut(how)
        return f"{len(links)} links"

    def do_life(self, pairs):
        for name in match_venues(pairs.get("venue")):
            self.sim.venues[name].life_ms = round(seconds(pairs.get("seconds", "0")) * 1000)
        return "set"

    def do_gap(self, pairs):
        for name in match_venues(pairs.get("venue")):
            venue = self.sim.venues[name]
            symbol = pairs.get("symbol")
            if symbol and symbol not in venue.by_symbol:
                raise CommandError(f"{name} has no {symbol}")
            venue.gaps.append(Gap(symbol, int(pairs.get("count", "5")),
                                  pairs.get("rest", "yes") == "yes"))
        return "armed"

    def do_skip(self, pairs):
        for name in match_venues(pairs.get("venue")):
            venue = self.sim.venues[name]
            symbols = [i.symbol for i in venue.market.live[name]]
            for symbol in symbols if "symbol" not in pairs else [pairs["symbol"]]:
                if symbol in venue.by_symbol:
                    venue.skip_ids(symbol, int(pairs.get("count", "5")))
        return "skipped"

    def do_duplicate(self, pairs):
        said, stream = 0, pairs.get("stream", "")
        for link in self.links(pairs):
            rows = [r for r in link.recent if stream in r[1]][-int(pairs.get("count", "5")):]
            for payload, name, refs in rows:
                link.send(frame(TEXT, payload), payload, name, refs)
                said += 1
        return f"{said} messages again"

    def do_resay(self, pairs):
        for name in match_venues(pairs.get("venue")):
            self.sim.venues[name].resay = int(pairs.get("count", "20"))
        return "set"

    def do_garbage(self, pairs):
        links, kind = self.links(pairs), pairs.get("kind", "nonjson")
        for link in links:
            for _ in range(int(pairs.get("count", "1"))):
                link.out.append(garbage.make(kind, link))
            link.flush()
            link.note("garbage", kind=kind)
        return f"{len(links)} links"

    def do_pingflood(self, pairs):
        links, count = self.links(pairs), int(pairs.get("count", "1000"))
        for link in links:
            for k in range(count):
                link.ping(b"%d" % k)
            link.flush()
        return f"{len(links)} links"

    def do_pings(self, pairs):
        for name in match_venues(pairs.get("venue")):
            venue = self.sim.venues[name]
            venue.ping_every_ms = round(seconds(pairs.get("every", "1s")) * 1000)
            if "within" in pairs:
                venue.pong_within_ms = round(seconds(pairs["within"]) * 1000)
        return "set"

    def do_shutdown(self, pairs):
        self.sim.venues["binance-spot"].shutdown()
        return "told"

    def do_rate(self, pairs):
        factor = amount(pairs.get("x", "1"))
        for name in match_venues(pairs.get("venue")):
            self.sim.market.boost[name] = factor
            # A later command puts an earlier end out of force.
            self.rate_until_ms.pop(name, None)
            if "for" in pairs:
                self.rate_until_ms[name] = self.sim.now_ms + round(seconds(pairs["for"]) * 1000)
        return "set"

    def do_cascade(self, pairs):
        market, given = self.sim.market, {}
        coins = [market.coin(c) for c in pairs["coins"].split(",")] if "coins" in pairs else None
        for key, name, read in (("drop", "drop", amount), ("fall", "fall_s", seconds),
                                ("recover", "recover_s", seconds), ("usd", "usd", amount),
                                ("peak", "peak", amount), ("oi", "oi_drop", amount)):
            if key in pairs:
                given[name] = read(pairs[key])
        market.cascade(coins, **given)
        return "begun"

    def do_move(self, pairs):
        market = self.sim.market
        market.move(market.coin(pairs.get("coin", "BTC")), amount(pairs.get("by", "-1%")),
                    seconds(pairs.get("over", "5s")))
        return "begun"

    def _instrument(self, pairs):
        for name in match_venues(pairs.get("venue")):
            i = self.sim.venues[name].by_symbol.get(pairs.get("symbol", "BTCUSDT"))
            if i is not None and i.is_live:
                return i
        raise CommandError("no such instrument")

    def do_trade(self, pairs):
        i, market = self._instrument(pairs), self.sim.market
        q = i.usd_to_qty(amount(pairs.get("usd", "1M")), i.fair())
        market.order(i, pairs.get("side", "buy") == "buy", q, market.now_ms)
        return f"{i.qty(q)} {i.symbol}"

    def do_liquidate(self, pairs):
        market, inst = self.sim.market, self._instrument(pairs) if "symbol" in pairs else None
        coin = inst.coin if inst else market.coin(pairs.get("coin", "BTC"))
        venue = match_venues(pairs["venue"])[0] if "venue" in pairs and not inst else None
        liq = market.liquidate(coin, amount(pairs.get("usd", "500k")),
                               pairs.get("side", "long") == "long",
                               market.now_ms, venue, inst)
        if liq is None:
            raise CommandError("nothing to liquidate there")
        return f"{liq.inst.qty(liq.q)} {liq.inst.symbol} on {liq.inst.venue}"
