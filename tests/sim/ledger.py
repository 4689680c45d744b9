"""ledger.py - writes down what was made, said, withheld and done, so that a test can know.

Why     Whoever reads a feed must end with exactly what the feed said.  This is the
        other side's account of it.
Output  ledger.ndjson (README.md describes each line) and summary.json: per instrument
        what was made, said to at least one connection, withheld, and whether REST can
        give it back.
Limits  Lines are gathered and written a few times a second: a killed simulator loses
        the last of them.  `values` off leaves out lines of tops, tickers, marks and
        bars, which are most of them.
"""
import json
import os
import time

FLUSH_BYTES = 1 << 18


class Ref:
    """What a message says, for the ledger: `text` is the inside of a JSON object."""
    __slots__ = ("text", "print", "inst", "is_value", "is_said")

    def __init__(self, text, inst=None, print=None, is_value=False):
        self.text, self.inst, self.print, self.is_value = text, inst, print, is_value
        self.is_said = False


def quote(value):
    return json.dumps(value, ensure_ascii=False)


class Totals:
    """Sums of prints of one instrument, in its integer units."""
    NAMES = ("count", "buy_qty", "sell_qty", "buy_value", "sell_value")

    def __init__(self):
        self.row = [0] * 5

    def add(self, x):
        row, side = self.row, 0 if x.is_buy else 1
        row[0] += 1
        row[1 + side] += x.q
        row[3 + side] += x.v

    def show(self, inst):
        return {"count": self.row[0], "buy_qty": inst.qty(self.row[1]),
                "sell_qty": inst.qty(self.row[2]),
                "buy_value": inst.value_text(self.row[3]),
                "sell_value": inst.value_text(self.row[4])}


class Ledger:
    def __init__(self, directory, values=True):
        self.directory, self.values = directory, values
        self.file = open(os.path.join(directory, "ledger.ndjson"), "wb", buffering=0)
        self.lines, self.bytes, self.now_ms = [], 0, 0
        self.trades = {}         # inst -> {"made"|"said"|"withheld"|"fillable": Totals}
        self.liquidations = {}   # inst -> {"made"|"said"|"sampled_out"|"withheld": count}
        self.counts = {}

    # --- lines ------------------------------------------------------------------------

    def put(self, what, inside):
        line = f'{{"what":"{what}","at_ms":{self.now_ms},{inside}}}\n'
        self.lines.append(line)
        self.bytes += len(line)
        if self.bytes > FLUSH_BYTES:
            self.flush()

    def event(self, what, event, **fields):
        self.counts[f"{what}.{event}"] = self.counts.get(f"{what}.{event}", 0) + 1
        inside = ",".join([f'"event":"{event}"'] + [f'"{k}":{quote(v)}' for k, v in fields.items()])
        self.put(what, inside)

    def flush(self):
        if self.lines:
            self.file.write("".join(self.lines).encode())
            self.lines, self.bytes = [], 0

    # --- facts ------------------------------------------------------------------------

    def _trade(self, inst, kind):
        rows = self.trades.setdefault(inst, {})
        if kind not in rows:
            rows[kind] = Totals()
        return rows[kind]

    def _liquidation(self, inst, kind):
        rows = self.liquidations.setdefault(inst, {})
        rows[kind] = rows.get(kind, 0) + 1

    def made_trade(self, inst, x, name):
        self._trade(inst, "made").add(x)
        flags = ",".join(f'"{f}"' for f in x.flags)
        self.put("made", f'"type":"trade","venue":"{inst.venue}","symbol":"{inst.symbol}",'
                         f'"n":{x.n},"id":"{name}","first":"{x.first}","last":"{x.last}",'
                         f'"price":"{inst.price(x.p)}","qty":"{inst.qty(x.q)}",'
                         f'"side":"{"buy" if x.is_buy else "sell"}",'
                         f'"ts_ms":{x.ms},"flags":[{flags}]')

    def made_liquidation(self, liq):
        i = liq.inst
        self._liquidation(i, "made")
        self.put("made", f'"type":"liquidation","venue":"{i.venue}","symbol":"{i.symbol}",'
                         f'"n":{liq.n},"side":"{"long" if liq.is_long else "short"}",'
                         f'"qty":"{i.qty(liq.q)}","price":"{i.price(liq.limit)}",'
                         f'"average":"{i.price(liq.average)}","ts_ms":{liq.ms}')

    def said(self, venue, conn, refs):
        for r in refs:
            if not r.is_said:
                r.is_said = True
                if r.print is None:
                    pass
                elif hasattr(r.print, "p"):
                    self._trade(r.inst, "said").add(r.print)
                else:
                    self._liquidation(r.inst, "said")
            if self.values or not r.is_value:
                self.put("said", f'"venue":"{venue}","conn":{conn},{r.text}')

    def withheld(self, venue, conn, refs, why):
        """From one connection; conn 0: from everybody."""
        for r in refs:
            if self.values or not r.is_value:
                self.put("withheld", f'"venue":"{venue}","conn":{conn},"why":"{why}",{r.text}')

    def withheld_trade(self, inst, ref, why, rest):
        """From everybody, by command; `rest`: REST has it."""
        self._trade(inst, "withheld").add(ref.print)
        if rest:
            self._trade(inst, "fillable").add(ref.print)
        self.put("withheld", f'"venue":"{inst.venue}","conn":0,"why":"{why}",'
                             f'"rest":{"true" if rest else "false"},{ref.text}')

    def withheld_liquidation(self, inst, ref, why):
        self._liquidation(inst, "sampled_out" if why == "sample" else "withheld")
        self.put("withheld", f'"venue":"{inst.venue}","conn":0,"why":"{why}",{ref.text}')

    # --- the end ----------------------------------------------------------------------

    def summary(self, **more):
        venues = {}
        for inst, rows in self.trades.items():
            row = venues.setdefault(inst.venue, {}).setdefault(inst.symbol, {})
            row["trades"] = {k: t.show(inst) for k, t in rows.items()}
        for inst, rows in self.liquidations.items():
            venues.setdefault(inst.venue, {}).setdefault(inst.symbol, {})["liquidations"] = rows
        body = {"ended_ms": time.time_ns() // 1000000, **more, "counts": self.counts,
                "venues": venues}
        path = os.path.join(self.directory, "summary.json")
        with open(path + ".new", "w", encoding="utf-8") as f:
            json.dump(body, f, ensure_ascii=False, indent=1)
            f.write("\n")
        os.replace(path + ".new", path)

    def close(self, **more):
        self.flush()
        self.summary(**more)
        self.file.close()
