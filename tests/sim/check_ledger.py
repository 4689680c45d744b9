"""check_ledger.py - what was heard, what the ledger says, and what sums must give."""
import time
from decimal import Decimal

from check_base import PATH, SYMBOL, check, equal, keys

FORCE = "s S o f q p ap X l z T"


def what_was_heard_is_what_the_ledger_says(run):
    links = {v: run.subscribe(v, ["aggTrade" if v.startswith("binance") else "publicTrade"])
             for v in PATH}
    run.do("rate x=10 2s")
    time.sleep(2.0)
    run.do("rate x=0")
    time.sleep(0.3)
    heard = {v: w.gather(0.1) for v, w in links.items()}
    ledger = run.ledger()
    run.do("rate x=1")
    for venue, w in links.items():
        made = {(x["symbol"], x["id"]): x for x in ledger if x["what"] == "made"
                and x["type"] == "trade"
                and x["venue"] == venue}
        said = [x["id"] for x in ledger if x["what"] == "said" and x.get("conn") == w.number
                and x["type"] == "trade"]
        got = []
        for m in heard[venue]:
            rows = [m["data"]] if venue.startswith("binance") else m["data"]
            for r in rows:
                ident = str(r["a"] if "a" in r else r["i"])
                got.append(ident)
                fact = made[(SYMBOL[venue], ident)]
                side = ("sell" if r["m"] else "buy") if "m" in r else r["S"].lower()
                equal((r["p"], r.get("q", r.get("v")), side, r["T"]),
                      (fact["price"], fact["qty"], fact["side"], fact["ts_ms"]),
                      f"{venue} trade {ident}")
                check(m.get("ts", r.get("E")) >= r["T"], "said after it happened")
        check(len(got) > 10, f"{venue} traded")
        equal(got, said, f"{venue}: heard and said")
        if venue.startswith("binance"):
            equal([int(x) for x in got], list(range(int(got[0]), int(got[0]) + len(got))),
                  f"{venue} ids are contiguous")
        if venue == "binance-spot":
            rows = [m["data"] for m in heard[venue]]
            check(all(a["l"] + 1 == b["f"] for a, b in zip(rows, rows[1:])),
                  "raw ids are contiguous on spot")
        w.close()


def bars_and_tickers_are_sums_of_the_trades(run):
    run.do("rate x=0")
    ledger = run.ledger()
    start = next(x for x in ledger if x.get("event") == "start")["start_ms"]
    for venue, prefix in (("binance-spot", "/api/v3"), ("binance-usdm", "/fapi/v1"),
                          ("binance-coinm", "/dapi/v1")):
        rest, symbol = run.rest(venue), SYMBOL[venue]
        rows = rest(f"{prefix}/klines?symbol={symbol}&interval=1m&limit=5")
        facts = [x for x in ledger if x["what"] == "made" and x.get("venue") == venue
                 and x.get("symbol") == symbol
                 and x["type"] == "trade"]
        for r in rows:
            own = [x for x in facts if r[0] <= x["ts_ms"] <= r[6]]
            if r[6] < start or not own:
                continue
            total = lambda side: sum(Decimal(x["qty"]) for x in own if x["side"] in side)
            equal(Decimal(r[5]), total(("buy", "sell")), f"{venue} bar volume")
            equal(Decimal(r[9]), total(("buy",)), f"{venue} taker-bought part")
            value = sum(Decimal(x["qty"]) * Decimal(x["price"]) for x in own)
            if venue != "binance-coinm":
                equal(Decimal(r[7]), value, f"{venue} bar value")
            else:
                coin = sum(Decimal(x["qty"]) * 100 / Decimal(x["price"]) for x in own)
                check(abs(Decimal(r[7]) - coin) < Decimal("0.000001") * len(own),
                      "coin of contracts")
            check(Decimal(r[3]) <= min(Decimal(x["price"]) for x in own), "low is the lowest")
        day = rest(f"{prefix}/ticker/24hr?symbol={symbol}")
        day = day[0] if isinstance(day, list) else day
        bars = rest(f"{prefix}/klines?symbol={symbol}&interval=1m&limit=1000")
        before = bars[0][0] - 1
        ask = f"{prefix}/klines?symbol={symbol}&interval=1m&limit=441&endTime={before}"
        bars = rest(ask) + bars
        # 1440 whole minutes and the open one.
        equal(len(bars), 1441, "bars of a day")
        equal(Decimal(day["volume"]), sum(Decimal(r[5]) for r in bars), f"{venue} 24 h volume")
        equal(Decimal(day["lowPrice"]), min(Decimal(r[3]) for r in bars if r[8]),
              f"{venue} 24 h low")
    a = run.bybit("kline?category=linear&symbol=BTCUSDT&interval=1&limit=3")
    check(int(a[0][0]) > int(a[1][0]), "Bybit bars come newest first")
    run.do("rate x=1")


def gaps_are_ledgered_and_rest_fills_the_ones_it_should(run):
    w = run.subscribe("binance-usdm", ["aggTrade"])
    run.do("gap venue=binance-usdm symbol=BTCUSDT count=3")
    run.do("rate x=20 3s")
    first = [m["data"]["a"] for m in w.gather(1.2)]
    run.do("gap venue=binance-usdm symbol=BTCUSDT count=2 rest=no")
    second = [m["data"]["a"] for m in w.gather(1.2)]
    run.do("skip venue=binance-usdm symbol=BTCUSDT count=6")
    ids = first + second + [m["data"]["a"] for m in w.gather(0.8)]
    holes = [(a + 1, b - a - 1) for a, b in zip(ids, ids[1:]) if b != a + 1]
    ledger = run.ledger()
    kept = [x for x in ledger if x["what"] == "withheld" and x.get("why") == "gap"
            and x["venue"] == "binance-usdm"]
    # The first gap may lie before the first message that was heard.
    inside = [(int(x["id"]), x["rest"]) for x in kept if ids[0] < int(x["id"]) < ids[-1]]
    equal([r for _, r in inside][-2:], [False, False], "the second gap is not for REST")
    equal(holes[-1][1], 6, "skipped ids are a hole")
    missing = [k for k, _ in inside] + list(range(holes[-1][0], holes[-1][0] + 6))
    equal(sorted(missing), sorted(k for a, n in holes for k in range(a, a + n)),
          "every hole is in the ledger")
    body = run.rest("binance-usdm")(f"/fapi/v1/aggTrades?symbol=BTCUSDT&fromId={kept[0]['id']}"
                                    "&limit=1000")
    had = {r["a"] for r in body}
    for x in kept:
        equal(int(x["id"]) in had, x["rest"], f"REST has {x['id']}")
    w.close()
    w = run.subscribe("bybit-linear", ["publicTrade"])
    run.do("gap venue=bybit-linear symbol=BTCUSDT count=4")
    run.do("rate x=20 1s")
    got = {r["i"] for m in w.gather(1.0) for r in m["data"]}
    kept = [x for x in run.ledger() if x["what"] == "withheld" and x["venue"] == "bybit-linear"
            and x["why"] == "gap"]
    equal(len(kept), 4, "four fills were kept back")
    check(not got & {x["id"] for x in kept}, "and not heard")
    rows = run.bybit("recent-trade?category=linear&symbol=BTCUSDT&limit=1000")
    check({x["id"] for x in kept} <= {r["execId"] for r in rows}, "recent-trade has them")
    times = [(int(r["time"]), int(r["seq"])) for r in rows]
    equal(times, sorted(times, reverse=True), "newest first")
    w.close()


def liquidations_have_their_sides_and_are_sampled(run):
    um, cm = run.subscribe("binance-usdm", ["!forceOrder@arr",
                                            "forceOrder"]), run.subscribe("binance-coinm",
                                                                          ["!forceOrder@arr",
                                                                           "forceOrder"])
    by = run.subscribe("bybit-linear", ["allLiquidation"])
    inv = run.subscribe("bybit-inverse", ["allLiquidation"])
    for usd in ("200k", "900k", "300k"):
        run.do(f"liquidate symbol=BTCUSDT venue=binance-usdm side=long usd={usd}")
    run.do("liquidate symbol=BTCUSD_PERP venue=binance-coinm side=short usd=100k")
    for usd in ("100k", "100k"):
        run.do(f"liquidate symbol=BTCUSDT venue=bybit-linear side=long usd={usd}")
    run.do("liquidate symbol=BTCUSD venue=bybit-inverse side=short usd=100k")
    heard = um.gather(1.4)
    both = [m["data"] for m in heard if m["stream"] == "!forceOrder@arr"]
    keys(both[0]["o"], FORCE + " ps st", "forceOrder of all markets")
    equal({d["o"]["st"] for d in both}, {1, 2}, "both product lines on fstream")
    equal({d["o"]["st"] for d in (m["data"] for m in cm.gather(0.3)) if "st" in d["o"]}, {1, 2},
          "and on dstream")
    own = [m["data"] for m in heard if m["stream"] == "btcusdt@forceOrder"]
    keys(own[0]["o"], FORCE, "forceOrder of a symbol")
    check("st" not in own[0], "without st on USD-M")
    equal(own[0]["o"]["S"], "SELL", "a long is sold")
    ledger = run.ledger()
    made = {x["n"]: x for x in ledger if x["what"] == "made" and x["type"] == "liquidation"}
    for x in [x for x in ledger if x["what"] == "withheld" and x["why"] == "sample"]:
        told = [y for y in ledger if y["what"] == "said" and y["type"] == "liquidation"
                and y["at_ms"] == x["at_ms"]
                and y["symbol"] == x["symbol"] and made[y["n"]]["venue"] == made[x["n"]]["venue"]]
        check(told and all(Decimal(made[y["n"]]["qty"]) >= Decimal(made[x["n"]]["qty"])
                           for y in told),
              "the largest of the second was said")
    short = [d["o"] for d in both if d["o"]["s"] == "BTCUSD_PERP"]
    equal((short[0]["S"], short[0]["q"]), ("BUY", "1000"),
          "a short is bought, in contracts of 100 USD")
    rows = [r for m in by.gather(0.5) for r in m["data"]]
    equal({r["S"] for r in rows}, {"Buy"}, "Bybit says the side of the position")
    keys(rows[0], "T s S v p", "allLiquidation")
    check(len(rows) >= 2, "and all of them")
    rows = [r for m in inv.gather(0.3) for r in m["data"]]
    equal((rows[0]["S"], rows[0]["v"]), ("Sell", "100000"), "inverse is in dollars")
    for w in (um, cm, by, inv):
        w.close()


def totals_of_the_summary_are_those_of_the_ledger(run):
    summary = run.stop()
    rows = run.ledger()
    for venue, symbol in SYMBOL.items():
        own = [x for x in rows if x["what"] == "made" and x.get("type") == "trade"
               and x["venue"] == venue and x["symbol"] == symbol]
        told = {(x["symbol"], x["id"]) for x in rows if x["what"] == "said" and x["venue"] == venue
                and x["type"] == "trade"}
        got = summary["venues"][venue][symbol]["trades"]
        equal(got["made"]["count"], len(own), f"{venue} made")
        equal(Decimal(got["made"]["buy_qty"]),
              sum(Decimal(x["qty"]) for x in own if x["side"] == "buy"), f"{venue} bought")
        said = [x for x in own if (symbol, x["id"]) in told]
        equal(got.get("said", {}).get("count", 0), len(said), f"{venue} said")
    check(summary["cpu_s"] / summary["up_s"] < 0.5, "it is not a burden")
