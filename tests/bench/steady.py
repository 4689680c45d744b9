"""steady.py - the running program at the pace of life: CPU, delay, memory, start.

Why     At real rates waking costs more than any message; a blast says nothing of that.
How     paced(): load_server sends on time, share of a core in the middle of the run, delay of
        each message after its due time.  memory(): sim.py's six venues, smaps_rollup when
        the program is ready, and again after a crowded while.  first_message(): wall clock
        from before fork to the first subscribed trade on its standard output.
"""
import os
import select
import statistics
import subprocess
import sys
import time

import contestants
import rig

FIRST_COUNT = 20
# Coins watched, coins listed by the simulator, seconds until all is subscribed at most,
# seconds of load, how many times the usual rate, limits.memory_mb.
CROWDS = ((3, 12, 30, 15, 60, 64), (50, 60, 60, 15, 60, 256), (500, 600, 150, 15, 10, 1024))
QUICK_CROWDS = ((3, 12, 30, 2, 10, 64),)


# --- paced ----------------------------------------------------------------------------------------

def paced_count(rate, quick):
    return rate * (2 if quick else 8)


def paced(world, report, messages, field, rates, quick):
    print("\npaced, one connection, TLS 1.3: share of a core (start left out), "
          "delay after the due time")
    print("| contestant                  | msg/s | CPU % of a core | us/msg | p50 ms | p99 ms |\n"
          "|---|---:|---:|---:|---:|---:|")
    for rate in rates:
        server = rig.Server(world, messages, paced_count(rate, quick), rate)
        for c, _ in field:
            if c.tls12:
                continue
            try:
                got = c.paced(server, *((0.8, 1.2) if quick else ()))
            except (rig.Failed, ValueError) as e:
                report.fail(f"{c.name}, {rate}/s", e)
                continue
            print(f"| {c.name:27} | {rate:5} | {got['percent']:15.2f} "
                  f"| {got['percent'] * 1e4 / rate:6.1f} | {got['p50_ms']:6.2f} "
                  f"| {got['p99_ms']:6.2f} |", flush=True)
            if isinstance(c, contestants.Tidewatch) and got["percent"] == got["percent"]:
                report.figure[f"CPU at {rate:,} msg/s"] = got["percent"]
                if rate == 5000:
                    report.figure["p99 of the delay at 5,000 msg/s"] = got["p99_ms"]
        server.close()


# --- start ----------------------------------------------------------------------------------------

def until_trade(world, server):
    """Milliseconds from before fork to the first line, and to the first trade."""
    conf, data = world.config(server, "mbedtls")
    reader, writer = os.pipe()
    start = time.monotonic()
    program = rig.Program(world.binary, conf, data, writer)
    os.close(writer)
    first, got = None, b""
    try:
        while b'"type":"trade"' not in got:
            if not select.select([reader], [], [], 20)[0]:
                raise rig.Failed(f"no trade within 20 s: {program.log()[-400:]}")
            part = os.read(reader, 65536)
            if not part:
                raise rig.Failed(f"ended before a trade: {program.log()[-400:]}")
            first = first or time.monotonic()
            got += part
        return 1000 * (first - start), 1000 * (time.monotonic() - start)
    finally:
        program.kill()
        os.close(reader)


def first_message(world, report, messages, runs):
    server = rig.Server(world, messages, FIRST_COUNT, wait_ms=0)
    try:
        pairs = [until_trade(world, server) for _ in range(runs)]
    except rig.Failed as e:
        report.fail("exec to first message", e)
        return
    finally:
        server.close()
    lists, trades = ([p[i] for p in pairs] for i in (0, 1))
    told = lambda ms: f"{min(ms):.1f} ms ({statistics.median(ms):.1f} in the middle, {max(ms):.1f} at most)"
    print(f"\nwall clock from exec, best of {runs}: to the first line (a list of instruments over REST) "
          f"{told(lists)}, to the first subscribed trade {told(trades)}")
    # Of wall time the best: what others on the machine and the simulator's writes add is not ours.
    report.figure["exec to first subscribed message"] = min(trades)


# --- memory -----------------------------------------------------------------------------------------

class Market:
    """The six venues of sim.py, busy on command."""

    def __init__(self, directory, coins):
        self.dir = directory
        self.sim = subprocess.Popen([sys.executable, "-B", os.path.join(rig.SIM, "sim.py"), "--dir",
                                     directory, "--coins", str(coins), "--no-values", "--page",
                                     "500"], stdout=subprocess.PIPE, text=True)
        if self.sim.stdout.readline().strip() != "ready":
            raise rig.Failed("the simulator did not begin")

    def do(self, *words):
        subprocess.run([sys.executable, "-B", os.path.join(rig.SIM, "ctl.py"), "--dir", self.dir,
                        *words], check=True, stdout=subprocess.DEVNULL)

    def close(self):
        self.sim.terminate()
        self.sim.wait()


def crowd(world, coins, listed, ready_s, load_s, rate, memory_mb):
    """One row of the table."""
    directory = os.path.join(world.dir, f"crowd{coins}")
    market = Market(directory, listed)
    try:
        conf = os.path.join(directory, "conf")
        with open(os.path.join(directory, "tidewatch.conf")) as f:
            text = f.read()
        watched = "BTC,ETH,SOL" if coins == 3 else f"top:{coins}"
        with open(conf, "w") as f:
            f.write(text.replace("[watch]\n", f"[watch]\ncoins = {watched}\n", 1)
                    + f"[http]\nlisten = off\n[limits]\nmemory_mb = {memory_mb}\n")
        program = rig.Program(world.binary, conf, os.path.join(directory, "data"))
        try:
            start = time.monotonic()
            status = program.wait_status("ready", lambda s: s["ready"], ready_s)
            took = time.monotonic() - start
            before = rig.memory_kb(program.pid)
            market.do("rate", f"x={rate}", f"{load_s}s")
            time.sleep(load_s)
            status = program.status()
            after = rig.memory_kb(program.pid)
            program.end()
        finally:
            program.kill()
    finally:
        market.close()
    return status, took, before, after


def memory(world, report, quick):
    print("\nsix simulated venues: memory when ready, and after a crowded while (no 72 h of history)")
    print("| watched   | instruments | links | ready s | plan MB | RSS MB, ready | RSS MB, after "
          "| private MB, after | events |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for coins, *rest in QUICK_CROWDS if quick else CROWDS:
        try:
            status, took, before, after = crowd(world, coins, *rest)
        except (rig.Failed, subprocess.CalledProcessError) as e:
            report.fail(f"memory of {coins} coins", e)
            continue
        if status["totals"]["trades"] == 0 or status["totals"]["unreadable"]:
            report.fail(f"memory of {coins} coins", f"totals {status['totals']}")
        instruments = sum(v["instruments"] for v in status["venues"])
        print(f"| {coins:3} coins | {instruments:11} | {len(status['links']):5} | {took:7.1f} "
              f"| {status['memory']['plan_bytes'] / 2 ** 20:7.1f} | {before[0] / 1024:13.2f} "
              f"| {after[0] / 1024:13.2f} | {after[1] / 1024:17.2f} "
              f"| {status['totals']['events']:6} |", flush=True)
        report.figure[f"RSS, {coins} coins on six venues"] = after[0] / 1024
