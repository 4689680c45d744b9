#!/usr/bin/env python3
"""sim.py - six simulated venues: TLS websockets and REST, a market, faults on command.

Usage   sim.py --dir DIR [options]; prints `ready` on stdout when all ports listen.
Output  In DIR: ca.pem, tidewatch.conf, ports.json, ledger.ndjson, at the end summary.json.
How     One tick of nominal time every 40 ms: faults that are due, the market, what the
        venues say, then one write for each connection.  A tick that comes late is made
        up for, so that the facts of a seed do not depend on the machine.
Limits  One Python process: some thousand messages a second (README.md); load.py is for
        more.
"""
import argparse
import asyncio
import json
import os
import signal
import sys
import time

import certs
import replay
from binance import Binance
from bybit import Bybit
from coins import VENUES
from control import Control
from faults import CommandError, Faults, parse_scenario
from ledger import Ledger
from market import TICK_MS, Market
from rest import Rest
from wsserver import Port

HERE = os.path.dirname(os.path.abspath(__file__))


class Simulator:
    def __init__(self, a):
        self.args, self.seed, self.page = a, a.seed, a.page
        # A multiple of the tick, so that ticks fall on whole seconds.
        self.start_ms = self.now_ms = time.time_ns() // 1000000 // TICK_MS * TICK_MS
        self.mono_ns = time.monotonic_ns() - (time.time_ns() - self.start_ms * 1000000)
        self.tick_index, self.connections = 0, 0
        self.ledger = Ledger(a.dir, not a.no_values)
        self.ledger.now_ms = self.now_ms
        self.market = Market(a.seed, a.coins, a.rate, self.start_ms)
        self.market.liq_per_s = a.liquidations
        self.faults, self.rest, self.control = Faults(self), Rest(self), Control(self)
        self.venues = {v: (Binance if v.startswith("binance") else Bybit)(self, v) for v in VENUES}
        self.market.sinks = self.venues
        self.ports = [Port(self, v, kind, a.listen) for v in self.venues.values()
                      for kind in ("ws", "rest")]
        self.context, self.stopping, self.tapes = None, asyncio.Event(), []

    def next_connection(self):
        self.connections += 1
        return self.connections

    def wall_ms(self):
        return self.start_ms + (time.monotonic_ns() - self.mono_ns) // 1000000

    def port_numbers(self):
        ports = {}
        for p in self.ports:
            ports.setdefault(p.venue.name, {})[p.kind] = p.number
        return {**ports, "control": self.control.number}

    async def run(self):
        a = self.args
        version = "1.2" if a.tls12 else "1.3" if a.tls13 else None
        self.context = certs.server_context(a.dir, version,
                                            lambda obj, name: setattr(obj, "asked_name", name))
        for port in self.ports:
            port.start()
        server = await self.control.start()
        for spec in a.replay:
            self.tapes.append(replay.Tape(self, spec))
        self.faults.load(a.rows)
        self.write_handover()
        self.ledger.event("sim", "start", seed=a.seed, coins=a.coins, rate=a.rate,
                          start_ms=self.start_ms)
        loop = asyncio.get_running_loop()
        for sig in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sig, self.stopping.set)
        print("ready", flush=True)
        await self.live()
        server.close()
        self.finish()

    async def live(self):
        end_ms = self.start_ms + round(self.args.seconds * 1000) if self.args.seconds else None
        while not self.stopping.is_set():
            due_ms = self.now_ms + TICK_MS
            wait_s = (due_ms - self.wall_ms()) / 1000
            if wait_s > 0:
                try:
                    await asyncio.wait_for(self.stopping.wait(), wait_s)
                except asyncio.TimeoutError:
                    pass
                continue
            self.step(due_ms)
            if end_ms and due_ms >= end_ms:
                break
            # Late ticks follow at once, but connections have their turn between them.
            await asyncio.sleep(0)

    def step(self, now_ms):
        self.now_ms = self.ledger.now_ms = now_ms
        self.tick_index += 1
        self.faults.tick(now_ms)
        self.market.tick(now_ms)
        for tape in self.tapes:
            tape.tick(now_ms)
        for venue in self.venues.values():
            venue.tick(now_ms, self.tick_index)
        if self.tick_index % 5 == 0:
            self.ledger.flush()

    def finish(self):
        for port in self.ports:
            port.stop()
        for venue in self.venues.values():
            for link in tuple(venue.links):
                link.cut("notify")
        self.ledger.event("sim", "end", up_s=(self.now_ms - self.start_ms) / 1000)
        usage = os.times()
        self.ledger.close(seed=self.seed, start_ms=self.start_ms, connections=self.connections,
                          cpu_s=round(usage.user + usage.system, 2),
                          up_s=(self.now_ms - self.start_ms) / 1000)

    def write_handover(self):
        a, ports = self.args, self.port_numbers()
        ca = os.path.abspath(os.path.join(a.dir, "ca.pem"))
        lines = ["# Written by tests/sim/sim.py: the simulated venues of this run.",
                 "[watch]", f"venues = {','.join(VENUES)}", ""]
        for v in VENUES:
            lines += [f"[venue.{v}]", f"ws = wss://{a.host}:{ports[v]['ws']}",
                      f"rest = https://{a.host}:{ports[v]['rest']}", f"ca_file = {ca}", ""]
        lines += ["[data]", f"dir = {os.path.abspath(os.path.join(a.dir, 'data'))}", ""]
        self.write("tidewatch.conf", "\n".join(lines))
        self.write("ports.json", json.dumps(ports, indent=1) + "\n")

    def write(self, name, text):
        path = os.path.join(self.args.dir, name)
        with open(path + ".new", "w") as f:
            f.write(text)
        os.replace(path + ".new", path)


def arguments():
    p = argparse.ArgumentParser(description="six simulated venues on loopback")
    p.add_argument("--dir", required=True, help="where the run's files go; made if it is not there")
    p.add_argument("--listen", default="127.0.0.1", metavar="ADDR")
    p.add_argument("--name", action="append", default=[], metavar="HOST,IP",
                   help="further names for the certificate")
    p.add_argument("--host", default="localhost", help="the name that tidewatch.conf uses")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--seconds", type=float, default=0, help="end after that; 0: at SIGTERM")
    p.add_argument("--scenario", action="append", default=[], metavar="FILE|NAME")
    p.add_argument("--replay", action="append", default=[], metavar="VENUE=FILE", nargs="+",
                   help="say a recording instead of the venue's own market")
    p.add_argument("--coins", type=int, default=12)
    p.add_argument("--rate", type=float, default=6.0, help="taker orders a second and venue")
    p.add_argument("--liquidations", type=float, default=0.08, help="a second, when it is calm")
    p.add_argument("--page", type=int, default=8, help="rows of a Bybit instruments page at most")
    p.add_argument("--key", choices=("ec", "rsa"), default="ec")
    p.add_argument("--no-values", action="store_true",
                   help="ledger without tops, tickers, marks, bars")
    g = p.add_mutually_exclusive_group()
    g.add_argument("--tls12", action="store_true")
    g.add_argument("--tls13", action="store_true")
    a = p.parse_args()
    a.name = [n for s in a.name for n in s.split(",") if n]
    a.replay = [s for group in a.replay for s in group]
    a.rows = []
    for name in a.scenario:
        path = name if os.path.exists(name) else os.path.join(HERE, "scenarios", name + ".txt")
        try:
            with open(path, encoding="utf-8") as f:
                a.rows += parse_scenario(f.read(), name)
        except (OSError, CommandError) as e:
            p.error(f"--scenario {e}")
    if a.coins < 1 or a.rate < 0:
        p.error("--coins is at least 1, --rate not negative")
    return a


async def main(a):
    await Simulator(a).run()


if __name__ == "__main__":
    arguments_ = arguments()
    os.makedirs(arguments_.dir, exist_ok=True)
    names = arguments_.name + [arguments_.host]
    if arguments_.listen not in ("0.0.0.0", "::"):
        names.append(arguments_.listen)
    certs.make(arguments_.dir, names, arguments_.key)
    asyncio.run(main(arguments_))
    sys.exit(0)
