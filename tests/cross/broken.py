#!/usr/bin/env python3
"""Lines that are no JSON give no event and stop nothing.

    broken.py [CORPUS]      (TIDEWATCH names the program; SEED repeats a run)

Every kind of message, from the trap files and the recordings, is cut at every length
and damaged at random places. A damaged line that still is JSON is left out: it has a
meaning, and compare.py is for those. After every hundred lines comes a whole trade,
and all of these must come out, in order.
"""

import json
import os
import random
import re
import sys
from pathlib import Path

from compare import run_decoder
from reference import expect, open_text, split_line
from traps import HERE, load

DAMAGE = b'{}[]":,0123456789.-+eE \\xnutf/'
TRIES = 60
SHAPES = 40

SENTINEL = {
    "binance": b'{"e":"trade","E":1790373534999,"T":1790373534694,"s":"%s","t":%d,'
               b'"p":"80000.5","q":"1","m":false}',
    "bybit": b'{"topic":"publicTrade.%s","type":"snapshot","ts":1790000000512,"data":[{"T":'
             b'1790000000510,"s":"%s","S":"Buy","v":"1","p":"80000.5","i":"%d","BT":false}]}',
}
SYMBOL = {"binance-coinm": b"BTCUSD_PERP", "bybit-inverse": b"BTCUSD"}
FOLDERS = {"binance-spot": "binance-spot", "binance-usdm": "binance-usdm",
           "binance-coinm": "binance-coinm", "bybit-spot": "bybit-spot",
           "bybit-linear": "bybit", "bybit-inverse": "bybit"}


def messages(venue, corpus):
    """One message of each shape that gives this venue an event."""
    lines = []
    for path in sorted(HERE.glob("*.traps")):
        for case in load(path):
            if case["venue"] == venue and "rest" not in case:
                lines += case["in"]
    if corpus:
        for path in sorted((corpus / "raw-ws" / FOLDERS[venue]).glob("*.ndjson")):
            lines += open_text(str(path)).split(b"\n")
    shapes = {}
    for line in lines:
        try:
            message = split_line(line.decode())[1]
            json.loads(message)
        except ValueError:
            continue
        if expect(venue, message.encode()):
            shapes.setdefault(re.sub(r"[0-9]+|[A-Z]{2,}", "#", message), message.encode())
    return list(shapes.values())[:SHAPES]


def is_json(line):
    """As UTF-8 and by the grammar; NaN and Infinity are not in it."""
    def refuse(word):
        raise ValueError(word)
    try:
        json.loads(line.decode("utf-8", "replace"), parse_constant=refuse)
        return True
    except (ValueError, RecursionError):
        return False


def damaged(message, chance):
    line = bytearray(message)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at, what = chance.randrange(len(line)), chance.random()
        if what < 0.4:
            line[at] = chance.choice(DAMAGE)
        elif what < 0.6:
            del line[at]
        elif what < 0.8:
            line.insert(at, chance.choice(DAMAGE))
        else:
            end = chance.randrange(len(line))
            at, end = min(at, end), max(at, end)
            line[at:end] = b"" if chance.random() < 0.5 else line[at:end] * 2
        if not line:
            break
    return bytes(line)


def sentinel(venue, number):
    symbol = SYMBOL.get(venue, b"BTCUSDT")
    if venue.startswith("binance"):
        return SENTINEL["binance"] % (symbol, number)
    return SENTINEL["bybit"] % (symbol, symbol, number)


def main():
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    seed = int(os.environ.get("SEED", "20261026"))
    passed = failed = 0
    for venue in FOLDERS:
        chance = random.Random(seed)
        lines = []
        for message in messages(venue, corpus):
            lines += [message[:n] for n in range(1, len(message))]
            lines += [damaged(message, chance) for _ in range(TRIES)]
        lines = [line for line in lines if not is_json(line)]
        mixed, whole = [], 0
        for start in range(0, len(lines), 100):
            mixed += lines[start:start + 100] + [sentinel(venue, whole)]
            whole += 1
        out, err, code = run_decoder(venue, b"\n".join(mixed) + b"\n")
        got = [json.loads(line) for line in out.decode("utf-8", "replace").splitlines()]
        ids = [event.get("id") for event in got]
        if code != 0 or not err or ids != [str(n) for n in range(whole)]:
            failed += 1
            extra = [event for event in got
                     if event.get("price") != 80000.5 or event["type"] != "trade"]
            print("FAIL  %s: exit %d, %d whole trades sent, %d events came; seed %d; such as %s"
                  % (venue, code, whole, len(got), seed, json.dumps(extra[:2])))
        else:
            passed += 1
            print("ok    %s: %d broken lines, %d whole ones" % (venue, len(lines), whole))
    print("broken: %d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
