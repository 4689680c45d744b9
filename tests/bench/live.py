#!/usr/bin/env python3
"""live.py - the running program end to end: TLS, websocket, decode, sums; and its peers.

Usage   TIDEWATCH=build/tidewatch live.py      BENCH_QUICK=1: figures mean nothing, counts do
        BENCH_CACHE=DIR  where built peers are kept (build/bench)
Output  Tables on stdout, in the end each target of the specification and by how much it
        is met or missed.
How     Throughput is the CPU time of a big run less that of a small one, so that no start
        is in it; contestants take turns, median of the rounds, ratios within a round.
        Paced, memory and start are in steady.py.  README.md here says what is in a figure.
Exit    0; 1 when somebody miscounted or did not do as told: its figure is void, and says
        so; 77 with a reason when it cannot be measured here.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import contestants
import rig
import steady

QUICK = os.environ.get("BENCH_QUICK", "") not in ("", "0")
ROUNDS = 1 if QUICK else 5
# Of each load: label, venue, messages of a big run, of a small one.
AGG, BYBIT = "aggTrade, one frame a record", "publicTrade, one frame a record"
LOADS = ((AGG, "binance-usdm", 20000 if QUICK else 600000, 2000 if QUICK else 20000),
         (BYBIT, "bybit-linear", 5000 if QUICK else 200000, 500 if QUICK else 10000))
RATES = (500,) if QUICK else (72, 5000)

# Targets: specification of performance, section 8.  Figure, unit, must, aim, is more better?
TARGETS = (
    ("aggTrade messages per CPU-second, TLS 1.3", "M/s", 1.5, 3.5, True),
    ("same against Boost.Beast + simdjson", "x", 2, 4, True),
    ("Bybit trades per CPU-second", "M/s", 2, 4.5, True),
    ("decode only, aggTrade", "M/s", 10, 25, True),
    ("CPU at 5,000 msg/s", "% of a core", 2.5, 1.2, False),
    ("p99 of the delay at 5,000 msg/s", "ms", 10, 10, False),
    ("CPU at 72 msg/s", "% of a core", 0.5, 0.3, False),
    ("RSS, 3 coins on six venues", "MB", 6, 4, False),
    ("RSS, 50 coins on six venues", "MB", 20, 12, False),
    ("RSS, 500 coins on six venues", "MB", 150, 80, False),
    ("binary, stripped", "MB", 2, 1.4, False),
    ("exec to first subscribed message", "ms", 50, 10, False),
    ("event that opens an alert to sendMessage", "ms", 50, 5, False),
)


class Report:
    def __init__(self):
        self.void, self.figure = 0, {}

    def fail(self, what, why):
        self.void += 1
        print(f"void: {what}: {why}", flush=True)

    def targets(self):
        print("\nTargets are for everything on and full windows; in these runs there is no 72 h of "
              "history and\nno chat, and what the binary does not do yet is in no figure.")
        print("\n| target | measured | must | aim | verdict |\n|---|---:|---:|---:|---|")
        for name, unit, must, aim, more in TARGETS:
            got = self.figure.get(name)
            if got is None:
                print(f"| {name:42} | {'-':>18} | {must:5} | {aim:5} | not measured |")
                continue
            by = lambda bound: (bound / got if more else got / bound) if got else 1
            verdict = ("aim met" if by(aim) <= 1 else
                       f"must met, aim missed by {by(aim):.2f}x" if by(must) <= 1 else
                       f"MISSED by {by(must):.2f}x")
            print(f"| {name:42} | {f'{got:.2f} {unit}':>18} | {must:5} | {aim:5} | {verdict} |")


# --- throughput -------------------------------------------------------------------------------

def servers_for(world, messages, field, big, small):
    """Of each contestant: its server of few messages and its server of many."""
    shared, of = {}, {}

    def server(count, tls12):
        if (count, tls12) not in shared:
            shared[count, tls12] = rig.Server(world, messages, count, tls12=tls12)
        return shared[count, tls12]
    for c, part in field:
        of[c] = server(small, c.tls12), server(int(big * part), c.tls12)
    return of


def throughput(world, report, label, messages, big, small, field):
    of = servers_for(world, messages, field, big, small)
    ns, start_ms = {c: [] for c in of}, {c: [] for c in of}
    for _ in range(ROUNDS):
        for c, (few, many) in of.items():
            try:
                less, more = c.run(few), c.run(many)
            except (rig.Failed, ValueError) as e:
                report.fail(f"{c.name}, {label}", e)
                ns[c].append(float("nan"))
                continue
            ns[c].append((more - less) * 1e9 / (many.count - few.count))
            start_ms[c].append(less * 1000)
    for server in {s for pair in of.values() for s in pair}:
        server.close()
    trades = messages.prefix[big]["trades"] / big
    against = next((c for c in of if "Beast" in c.name), None)
    print(f"\n{label}: {trades:.2f} trades a message, {ROUNDS} rounds, counts and sums exact")
    print("| contestant                  | messages | M msg/CPU-s | M trades/CPU-s | ns/msg (range)       "
          "| Beast = 1 | start ms |\n|---|---:|---:|---:|---:|---:|---:|")
    for c, rounds in ns.items():
        if any(n != n for n in rounds):
            print(f"| {c.name:27} | void |")
            continue
        middle = statistics.median(rounds)
        per_s = 1e3 / middle if middle > 0 else float("nan")
        ratio = (statistics.median(b / n for n, b in zip(rounds, ns[against]))
                 if against else float("nan"))
        spread = f"{middle:.0f} ({min(rounds):.0f}-{max(rounds):.0f})"
        print(f"| {c.name:27} | {of[c][1].count:8} | {per_s:11.3f} | {per_s * trades:14.3f} | {spread:20} "
              f"| {f'{ratio:.2f}x' if against else '-':>9} | {statistics.median(start_ms[c]):8.1f} |",
              flush=True)
        if c.name.startswith("tidewatch") and not c.tls12:
            if label == AGG:
                report.figure["aggTrade messages per CPU-second, TLS 1.3"] = per_s
                if ratio == ratio:
                    report.figure["same against Boost.Beast + simdjson"] = ratio
            else:
                report.figure["Bybit trades per CPU-second"] = per_s * trades


def decode_only(world, report, messages):
    done = subprocess.run([world.binary, "bench", "--json", "--seconds", "0.5", "--venue",
                           messages.venue, messages.path], capture_output=True, text=True,
                          env=rig.child_environment(), check=False)
    if done.returncode:
        report.fail("decode only", done.stderr.strip())
    else:
        report.figure["decode only, aggTrade"] = 1e3 / json.loads(done.stdout)["decode_ns"]


# --- all of it ----------------------------------------------------------------------------------

def measure(world, report, cache):
    field, missing = contestants.gather(world, cache, not QUICK)
    files = [rig.Messages(world.dir, venue, big) for _, venue, big, _ in LOADS]
    parts = {part for _, part in field}
    for (label, _, big, small), messages in zip(LOADS, files):
        counts = {int(big * part) for part in parts} | {small, big}
        if label == AGG:
            counts |= {steady.paced_count(rate, QUICK) for rate in RATES} | {steady.FIRST_COUNT}
        messages.add_up(counts)
        throughput(world, report, label, messages, big, small, field)
    print("\n".join(missing))
    if not QUICK:
        decode_only(world, report, files[0])
    steady.paced(world, report, files[0], field, RATES, QUICK)
    steady.first_message(world, report, files[0], 1 if QUICK else 9)
    steady.memory(world, report, QUICK)
    report.figure["binary, stripped"] = os.stat(world.binary).st_size / 1e6


def main():
    binary = os.environ.get("TIDEWATCH", "")
    if not shutil.which(binary):
        print("live.py: TIDEWATCH names no program", file=sys.stderr)
        return 69
    binary = os.path.abspath(shutil.which(binary))
    for tool in ("openssl", "cc"):
        if not shutil.which(tool):
            print(f"skipped: no {tool}")
            return 77
    said = subprocess.run([binary, "run", "-c", "/nowhere/conf"], text=True, capture_output=True,
                          env=rig.child_environment(), check=False).stderr
    if "does not have this command" in said:
        print("skipped: this build has no `run`")
        return 77
    cache = os.path.abspath(os.environ.get("BENCH_CACHE") or
                            os.path.join(rig.HERE, "../../build/bench"))
    os.makedirs(cache, exist_ok=True)
    report = Report()
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        world = rig.Rig(directory, binary)
        try:
            measure(world, report, cache)
        finally:
            world.close()
    if not QUICK:
        report.targets()
    if report.void:
        print(f"live.py: {report.void} figures are void")
    elif QUICK:
        print("live.py: every count was exact; a quick run has no figures")
    return 1 if report.void else 0


if __name__ == "__main__":
    sys.exit(main())
