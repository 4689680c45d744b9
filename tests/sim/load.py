#!/usr/bin/env python3
"""load.py - a load for benchmarks: load_server.c, with what it needs around it.

Why     A measurement wants a server that costs nothing while it is measured, and the
        program under test wants certificates, REST and a configuration first.
Usage   load.py --dir DIR --venue V (--file MESSAGES | --say CHANNEL) [--count N] [--rate N]
        Prints the server's lines: `ready`, then one JSON line for each client served.
Output  DIR: ca.pem, tidewatch.conf (its venue's websocket is the load, its REST a quiet
        sim.py), ports.json, messages.
How     Builds load_server.c with the machine's compiler against libssl (installs the
        package libssl-dev when it is missing and we are root); makes the messages with
        tests/tools/say.py when there is no file.
Exit    0, 77 with a reason when it cannot be built here.
"""
import argparse
import json
import os
import shlex
import signal
import subprocess
import sys

import certs
from coins import VENUES

HERE = os.path.dirname(os.path.abspath(__file__))
SAY = os.path.join(HERE, "..", "tools", "say.py")
MATCH = {"trade": {"binance": "@aggTrade", "bybit": "publicTrade."},
         "top": {"binance": "@bookTicker", "bybit": "orderbook.1"},
         "mark": {"binance": "@markPrice", "bybit": "tickers."},
         "ticker": {"binance": "@ticker", "bybit": "tickers."},
         "liquidation": {"binance": "forceOrder", "bybit": "allLiquidation"},
         "kline": {"binance": "@kline", "bybit": "kline."},
         "mixed": {"binance": "@aggTrade", "bybit": "publicTrade."}}


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def build(directory):
    """The path of the server's program."""
    target = os.path.join(directory, "load_server")
    command = [*shlex.split(os.environ.get("CC", "cc")), "-O2", "-std=c11", "-D_GNU_SOURCE", "-o",
               target,
               os.path.join(HERE, "load_server.c"), "-lssl", "-lcrypto"]
    for attempt in (1, 2):
        try:
            p = subprocess.run(command, capture_output=True, text=True)
        except OSError as e:
            skip(f"no C compiler: {e}")
        if p.returncode == 0:
            return target
        if attempt == 1 and "openssl/" in p.stderr and os.geteuid() == 0:
            subprocess.run(["apt-get", "install", "-y", "-qq", "libssl-dev"],
                           stdout=subprocess.DEVNULL,
                           stdin=subprocess.DEVNULL)
        elif attempt == 1 and "openssl/" in p.stderr:
            skip("libssl-dev is missing: apt-get install libssl-dev")
        else:
            break
    sys.stderr.write(p.stderr)
    sys.exit(1)


def make_messages(a, path):
    with open(path, "wb") as f:
        subprocess.run([sys.executable, "-B", SAY, a.venue, a.say, "--count",
                        str(a.count or 100000),
                        "--coins", str(a.coins), "--seed", str(a.seed), "--plain"], stdout=f,
                       check=True)


def main():
    p = argparse.ArgumentParser(description="pre-encrypted websocket load for benchmarks")
    p.add_argument("--dir", required=True)
    p.add_argument("--venue", required=True, choices=VENUES)
    p.add_argument("--file", help="messages, one a line, `recv_ns TAB` before them or not")
    p.add_argument("--say", choices=sorted(MATCH), default="trade",
                   help="without --file: what say.py makes")
    p.add_argument("--match", help="serve who subscribes to something that holds this")
    p.add_argument("--count", type=int, default=0)
    p.add_argument("--coins", type=int, default=6)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--rate", type=int, default=0,
                   help="messages a second; 0: as fast as they are read")
    p.add_argument("--tls12", action="store_true")
    p.add_argument("--as-is", action="store_true", help="leave the times in the messages")
    p.add_argument("--once", action="store_true", help="end after one client was served")
    p.add_argument("--build-only", action="store_true")
    a = p.parse_args()
    os.makedirs(a.dir, exist_ok=True)
    program = build(a.dir)
    if a.build_only:
        return 0
    messages = a.file or os.path.join(a.dir, "messages")
    if not a.file:
        make_messages(a, messages)
    # The quiet market is there for its REST; its own directory has its own authority.
    quiet_dir = os.path.join(a.dir, "rest")
    quiet = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "sim.py"), "--dir",
                              quiet_dir, "--rate", "0.01",
                              "--liquidations", "0", "--no-values", "--coins",
                              str(max(12, a.coins))],
                             stdout=subprocess.PIPE, text=True)
    server = None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if quiet.stdout.readline().strip() != "ready":
            raise SystemExit("the quiet simulator did not start")
        certs.make(a.dir)
        match = a.match or MATCH[a.say][a.venue.split("-")[0]]
        command = [program, "--cert", os.path.join(a.dir, "server.pem"), "--key",
                   os.path.join(a.dir, "server.key"),
                   "--file", messages, "--match", match, "--rate", str(a.rate), "--count",
                   str(a.count)]
        command += (["--tls12"] if a.tls12
                    else []) + ([] if a.as_is else ["--stamp"]) + (["--once"] if a.once else [])
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        port = int(server.stdout.readline().split()[1])
        hand_over(a, port, os.path.join(quiet_dir, "ports.json"))
        print("ready", flush=True)
        for line in server.stdout:
            print(line, end="", flush=True)
    finally:
        for process in filter(None, (server, quiet)):
            process.terminate()
            process.wait()
    return 0


def hand_over(a, port, quiet_ports):
    with open(quiet_ports) as f:
        rest = json.load(f)[a.venue]["rest"]
    # One file with both authorities: the websocket's and the quiet market's.
    with open(os.path.join(a.dir, "ca.pem")) as f, open(os.path.join(a.dir, "rest", "ca.pem")) as g:
        both = f.read() + g.read()
    ca = os.path.join(os.path.abspath(a.dir), "both.pem")
    with open(ca, "w") as f:
        f.write(both)
    with open(os.path.join(a.dir, "ports.json"), "w") as f:
        json.dump({a.venue: {"ws": port, "rest": rest}}, f)
    with open(os.path.join(a.dir, "tidewatch.conf"), "w") as f:
        f.write(f"# Written by tests/sim/load.py.\n[watch]\nvenues = {a.venue}\n\n[venue.{a.venue}]\n"
                f"ws = wss://localhost:{port}\nrest = https://localhost:{rest}\nca_file = {ca}\n\n"
                f"[data]\ndir = {os.path.abspath(os.path.join(a.dir, 'data'))}\n")


if __name__ == "__main__":
    sys.exit(main())
