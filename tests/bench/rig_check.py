#!/usr/bin/env python3
"""rig_check.py - would a contestant that miscounts be seen?

Method  The sums of a hand-made file are known; each of them is then told a little wrong.
"""
import copy
import json
import os
import subprocess
import sys
import tempfile

import rig

# Two trades bought, one sold: 2 * 10.5 + 0.5 * 4 = 23, and 3 * 1.25 = 3.75 dollars.
LINES = [{"data": {"s": "AUSDT", "p": "10.5", "q": "2", "m": False}},
         {"data": {"s": "BUSDT", "p": "4", "q": "0.5", "m": False}},
         {"data": {"s": "AUSDT", "p": "1.25", "q": "3", "m": True}}]
WANT = {"messages": 3, "trades": 3, "symbols": 2, "buy_usd": 23.0, "sell_usd": 3.75}
STATUS = {"venues": [{"venue": "binance-usdm", "trades": 3, "trade_usd": 26.75}],
          "totals": {"trades": 3, "duplicates": 0, "unreadable": 0, "gaps": 0}}


def is_refused(check, *arguments):
    try:
        check(*arguments)
    except rig.Failed:
        return True
    return False


def main():
    with tempfile.TemporaryDirectory() as directory:
        m = rig.Messages(directory, "binance-usdm", 1)
        m.making.wait()
        with open(os.path.join(directory, "binance-usdm.messages"), "w") as f:
            f.writelines(json.dumps(line) + "\n" for line in LINES)
        m.making = subprocess.Popen(["true"])
        m.add_up({3})
    wrong = [] if m.prefix[3] == WANT else [f"sums {m.prefix[3]}"]
    if is_refused(m.check, WANT, 3) or is_refused(m.check_status, STATUS, 3):
        wrong.append("the truth was refused")
    for name, value in WANT.items():
        if not is_refused(m.check, {**WANT, name: value + 1e-6 * value}, 3):
            wrong.append(f"{name}: a lie was taken")
        if not is_refused(m.check, {k: v for k, v in WANT.items() if k != name}, 3):
            wrong.append(f"{name}: nothing was taken")
    for place, name, step in (("venues", "trades", 1), ("venues", "trade_usd", 0.01),
                              ("totals", "trades", -1), ("totals", "duplicates", 1),
                              ("totals", "unreadable", 1), ("totals", "gaps", 1)):
        lie = copy.deepcopy(STATUS)
        (lie[place][0] if place == "venues" else lie[place])[name] += step
        if not is_refused(m.check_status, lie, 3):
            wrong.append(f"status {place} {name}: a lie was taken")
    for sentence in wrong:
        print(f"FAIL rig_check: {sentence}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
