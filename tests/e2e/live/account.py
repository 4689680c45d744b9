"""account.py - what the program counted against what the venues said, trade by trade.

The ledger is the simulator's own account (tests/sim/README.md). What must be there:

  said      each trade that left on some connection: once, with its values
  withheld  a print that nobody was told of: once if REST serves it, else never, and then
            inside of a gap that is marked and not filled
  anything else would be invented

Units are turned into ours here, from the exchange sheets and not from the program:
1000X symbols are thousands of coins, inverse contracts are dollars.
"""
from collections import Counter, defaultdict
from decimal import Decimal

COUNTING = {"binance-spot", "binance-usdm", "binance-coinm"}


def multiplier(symbol):
    for word, times in (("1000000", 1000000), ("10000", 10000), ("1000", 1000)):
        if symbol.startswith(word):
            return times
    return 1


def contract_usd(venue, symbol):
    if venue == "binance-coinm":
        return 100 if symbol.startswith("BTC") else 10
    return 1 if venue == "bybit-inverse" else None


def ours(venue, symbol, price, qty):
    """price and quantity a coin, and dollars."""
    price, qty = Decimal(price), Decimal(qty)
    size = contract_usd(venue, symbol)
    if size is not None:
        return float(price), float(qty * size / price), float(qty * size)
    times = multiplier(symbol)
    return float(price / times), float(qty * times), float(price * qty)


def close(a, b):
    return a is not None and b is not None and abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-300)


class Account:
    """Everything about trades of the instruments that the program watches."""

    def __init__(self, ledger, events):
        self.made = {}
        self.order = defaultdict(list)  # (venue, symbol) -> ids as made
        self.said = set()
        self.withheld = {}
        self.first_said = {}
        self.got = defaultdict(list)
        self.gaps = defaultdict(list)
        self.faults = []
        for row in ledger:
            if row.get("type") != "trade":
                continue
            key = (row["venue"], row["symbol"])
            if row["what"] == "made":
                self.made[key + (row["id"],)] = row
                self.order[key].append(row["id"])
            elif row["what"] == "said":
                self.said.add(key + (self.id_of(key, row),))
                self.first_said.setdefault(key, row["n"])
            elif row["what"] == "withheld":
                self.withheld[key + (self.id_of(key, row),)] = row
        for row in events:
            if row["type"] == "trade":
                self.got[(row["venue"], row["symbol"], row["id"])].append(row)
            elif row["type"] == "status" and row["what"] in ("gap", "filled"):
                self.gaps[(row["venue"], row["symbol"])].append(row)

    def id_of(self, key, row):
        return row["id"] if "id" in row else self.order[key][row["n"]]

    def fault(self, text):
        self.faults.append(text)

    def check(self, watched):
        """watched(venue, symbol): is it on the program's watch list?"""
        for key, rows in self.got.items():
            if len(rows) > 1:
                self.fault(f"{key} counted {len(rows)} times")
            made = self.made.get(key)
            if made is None:
                self.fault(f"{key} was never made")
                continue
            price, qty, usd = ours(key[0], key[1], made["price"], made["qty"])
            row = rows[0]
            if not (close(row["price"], price) and close(row["qty"], qty) and
                    (row["usd"] is None or close(row["usd"], usd)) and
                    row["side"] == made["side"] and row["ts_ns"] == made["ts_ms"] * 1000000):
                self.fault(f"{key} differs: {row} made {made}")
        missing = Counter()
        for key in self.said:
            if watched(key[0], key[1]) and key not in self.got:
                if not self.is_marked(key):
                    self.fault(f"{key} was said, is not counted, and no gap tells of it")
                missing[key[0]] += 1
        for key, row in self.withheld.items():
            if not watched(key[0], key[1]) or key in self.got or not self.is_between(key):
                continue
            if row.get("rest", True) and key[0] in COUNTING:
                self.fault(f"{key} could be had over REST and is not counted")
            elif not self.is_marked(key):
                self.fault(f"{key} is missing, and no gap tells of it")
            missing[key[0]] += 1
        return missing

    def is_between(self, key):
        """Made after the first and before the last that was counted of its instrument."""
        order = self.order[key[:2]]
        places = [i for i, one in enumerate(order) if key[:2] + (one,) in self.got]
        return bool(places) and places[0] < order.index(key[2]) < places[-1]

    def is_marked(self, key):
        made = self.made[key]
        for row in self.gaps[key[:2]]:
            if row["what"] != "gap":
                continue
            if row["from_id"] is None:
                return True  # a gap without ids: prints around that time may be missing
            number = int(made["id"] if key[0] in COUNTING else made["first"])
            if int(row["from_id"]) <= number <= int(row["to_id"]):
                return True
        return False

    def totals(self):
        out = defaultdict(lambda: [0, 0.0])
        for key, rows in self.got.items():
            out[key[0]][0] += len(rows)
            out[key[0]][1] += sum(r["usd"] or 0 for r in rows)
        return dict(out)
