#!/usr/bin/env python3
"""demo_sum.py - the end of a demo: what each venue said by its own account, and what the
program counted. Exit code 1 when a venue delivered nothing.

Usage   demo_sum.py DIR     (status.json of the program, ledger.ndjson of the simulator)
"""
import json
import sys


def main():
    directory = sys.argv[1]
    with open(f"{directory}/status.json", encoding="utf-8") as f:
        status = json.load(f)
    said = {}
    with open(f"{directory}/ledger.ndjson", encoding="utf-8") as f:
        for line in f:
            if not line.endswith("}\n"):
                continue  # it is still being written
            row = json.loads(line)
            if row["what"] == "said" and row.get("type") == "trade":
                said.setdefault(row["venue"], set()).add((row["symbol"], row["n"]))
    totals = status["totals"]
    print(f"\n{'venue':16}{'said':>8}{'counted':>9}{'usd':>16}  state")
    silent = []
    for venue in status["venues"]:
        name = venue["venue"]
        print(f"{name:16}{len(said.get(name, ())):8}{venue['trades']:9}"
              f"{venue['trade_usd']:16,.0f}  {venue['state']}"
              f"{'  ' + venue['trouble'] if venue['trouble'] else ''}")
        if venue["trades"] == 0:
            silent.append(name)
    print(f"{totals['events']} events, {totals['liquidations']} liquidations, "
          f"{totals['duplicates']} told twice, {totals['gaps']} gaps of which "
          f"{totals['gaps_filled']} were filled; "
          f"{status['memory']['rss_bytes'] / 1e6:.1f} MB of memory")
    print("(the venues write their account a few times a second: the two columns differ by what "
          "was said meanwhile)")
    if silent or len(status["venues"]) < 6:
        print("nothing was counted of: " + " ".join(silent or ["a venue that is off"]))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
