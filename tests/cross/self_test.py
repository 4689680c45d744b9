#!/usr/bin/env python3
"""Who tests the test: a comparison that never fails proves nothing.

The reference decodes a small recording made here, as the real program would. Left
as it is the comparison must find nothing; after each single fault below it must
find something.
"""

import json
import math
import sys

from compare import Result, judge, read_events
from reference import expect, ndjson

TRADE = ('%d\t{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":%d,"s":"BTCUSDT","a":%d,'
         '"p":"%s","q":"0.205","f":1,"l":2,"T":%d,"m":%s,"st":1}}')
MARK = ('{"e":"markPriceUpdate","E":1790526539000,"s":"BTCUSDT","p":"84551.10762319",'
        '"i":"84590.87304348","r":"0.00000801","T":1790553600000,"st":1}')
FORCE = ('{"e":"forceOrder","E":1790000001500,"o":{"s":"BTCUSDT","S":"SELL","q":"1.200",'
         '"p":"83550.10","ap":"83990.40","X":"FILLED","l":"0.150","z":"1.200",'
         '"T":1790000001437},"st":1}')


def recording():
    lines = []
    for n in range(60):
        ms = 1790000000000 + n * 7
        lines.append(TRADE % (ms * 1000000, ms + 3, 9007199254740993 + n,
                              "8%d.3%d" % (1000 + n, n % 10), ms, "false" if n % 3 else "true"))
    lines[30:30] = [MARK, FORCE]
    return "\n".join(lines).encode()


def set_(name, change, at=40):
    def fault(events):
        events[at][name] = change(events[at][name])
    return name, fault


def swap(events):
    events[10], events[11] = events[11], events[10]


def swap_streams(events):
    events[29], events[30] = events[30], events[29]


def double(events):
    events.insert(20, dict(events[20]))


def foreign(events):
    events.insert(25, dict(events[25], symbol="ETHUSDT"))


def lose(events):
    del events[20]


def lose_last(events):
    del events[-1]


def lose_key(events):
    del events[5]["usd"]


def extra_key(events):
    events[5]["note"] = None


FAULTS = [
    set_("side", lambda side: "buy" if side == "sell" else "sell"),
    set_("price", lambda price: math.nextafter(price, math.inf)),
    set_("qty", lambda qty: math.nextafter(qty, 0)),
    set_("usd", lambda usd: usd * (1 + 1e-8)),
    set_("ts_ns", lambda ns: ns + 3000000),
    set_("ts_ns", lambda ns: float(ns)),
    set_("recv_ns", lambda ns: ns + 128),
    set_("recv_ns", lambda ns: None),
    set_("id", lambda id_: str(int(id_) - 1)),
    set_("id", lambda id_: int(id_)),
    set_("flags", lambda flags: ["rpi"]),
    set_("coin", lambda coin: coin + "USDT"),
    set_("kind", lambda kind: "spot"),
    set_("venue", lambda venue: "binance-spot"),
    set_("mark", lambda mark: str(mark), 30),
    set_("funding", lambda funding: None, 30),
    set_("next_funding_ns", lambda ns: None, 30),
    set_("funding_interval_h", lambda hours: 0, 30),
    set_("side", lambda side: "short", 31),
    set_("price_kind", lambda kind: "bankruptcy", 31),
    ("swapped", swap), ("streams swapped", swap_streams), ("doubled", double),
    ("foreign symbol", foreign), ("lost", lose), ("last lost", lose_last),
    ("key lost", lose_key), ("key more", extra_key),
]


def verdict(text):
    events, complaints = read_events(text.encode())
    result = Result()
    result.differences += complaints
    return judge(expect("binance-usdm", recording()), events, result).differences


def main():
    lines = [ndjson(event.fields, True) for event in expect("binance-usdm", recording())]
    failed = 0
    if verdict("\n".join(lines)):
        print("FAIL  a right answer is called wrong: %s" % verdict("\n".join(lines))[0])
        failed += 1
    if not verdict("\n".join(lines).replace("84551.10762319", "84551.107623190001")):
        print("FAIL  a number not in shortest form passes")
        failed += 1
    for name, fault in FAULTS:
        events = [json.loads(line) for line in lines]
        fault(events)
        text = "\n".join(json.dumps(event, separators=(",", ":")) for event in events)
        if not verdict(text):
            print("FAIL  not noticed: %s" % name)
            failed += 1
    print("self test: %d passed, %d failed" % (len(FAULTS) + 2 - failed, failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
