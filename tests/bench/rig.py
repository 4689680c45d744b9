"""rig.py - what a measurement of the running program needs around it.

Why     The program wants certificates, REST and a configuration, and a load that costs
        nothing while it is measured (tests/sim/load_server.c).
How     One quiet sim.py answers REST for all venues; each Server is a load_server with
        some first messages of a file.  CPU time of a child is what the kernel says when it
        has ended (wait4), or while it runs (schedstat of its threads); never wall time.
Limits  Loopback: what the network costs is charged to the sender.
"""
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SIM = os.path.join(HERE, "..", "sim")
sys.path.insert(0, SIM)
sys.dont_write_bytecode = True
import certs  # noqa: E402
import load  # noqa: E402

WAIT_S = 60


class Failed(Exception):
    """A run did not do what it was to do: no figure comes from it."""


def child_environment():
    return {k: v for k, v in os.environ.items() if not k.startswith("TIDEWATCH")}


def end_of(process):
    """CPU seconds of a child that has been told to end, or ends by itself."""
    deadline = time.monotonic() + WAIT_S
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_utime + usage.ru_stime
        if time.monotonic() > deadline:
            process.kill()
            raise Failed("a program did not end")
        time.sleep(0.01)


def cpu_s(pid):
    """CPU seconds until now of all threads that live."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            total += int(f.read().split()[0])
    return total / 1e9


def memory_kb(pid):
    """Resident, and of that private and written to."""
    got = {}
    with open(f"/proc/{pid}/smaps_rollup") as f:
        for line in f:
            words = line.split()
            if len(words) == 3 and words[2] == "kB":
                got[words[0].rstrip(":")] = int(words[1])
    return got["Rss"], got["Private_Dirty"]


class Messages:
    """A file of messages, and what its first ones add up to: read by json alone, so
    that a contestant that miscounts is seen."""

    def __init__(self, directory, venue, count, coins=6):
        self.venue, self.count = venue, count
        self.path = os.path.join(directory, f"{venue}.messages")
        self.making = subprocess.Popen(
            [sys.executable, "-B", load.SAY, venue, "trade", "--count", str(count), "--coins",
             str(coins), "--plain"], stdout=open(self.path, "wb"))
        self.topics, self.prefix = [], {}

    def add_up(self, counts):
        """For each count: messages, trades, symbols, usd bought and sold."""
        if self.making.wait() != 0:
            raise Failed("say.py made no messages")
        bybit, symbols, trades, usd = self.venue.startswith("bybit"), {}, 0, [0.0, 0.0]
        with open(self.path, "rb") as f:
            for n, line in enumerate(f, 1):
                d = json.loads(line)["data"]
                for t in d if bybit else (d,):
                    is_sell = t["S"] == "Sell" if bybit else t["m"]
                    usd[is_sell] += float(t["p"]) * float(t["v" if bybit else "q"])
                    symbols.setdefault(t["s"])
                    trades += 1
                if n in counts:
                    self.prefix[n] = {"messages": n, "trades": trades, "symbols": len(symbols),
                                      "buy_usd": usd[0], "sell_usd": usd[1]}
        self.topics = [f"publicTrade.{s}" if bybit else f"{s.lower()}@aggTrade" for s in symbols]

    def check(self, got, count):
        """Does a peer's answer tell the truth?"""
        for name, want in self.prefix[count].items():
            have = got.get(name)
            if have is None or abs(have - want) > (1e-9 * want if "usd" in name else 0):
                raise Failed(f"{name} is {have}, not {want}")

    def check_status(self, status, count):
        """The same for the program: sums are of 1e-4 dollars, rounded once a trade."""
        want = self.prefix[count]
        usd = want["buy_usd"] + want["sell_usd"]
        venue = next(v for v in status["venues"] if v["venue"] == self.venue)
        if venue["trades"] != want["trades"] or status["totals"]["trades"] != want["trades"]:
            raise Failed(f"trades {venue['trades']}, not {want['trades']}")
        if abs(venue["trade_usd"] - usd) > 0.5e-4 * want["trades"] + 1e-9 * usd:
            raise Failed(f"dollars {venue['trade_usd']}, not {usd}")
        for name in ("duplicates", "unreadable", "gaps"):
            if status["totals"][name]:
                raise Failed(f"{name} {status['totals'][name]}, not 0")


class Server:
    """The first `count` messages, ready for whoever subscribes."""

    def __init__(self, rig, messages, count, rate=0, tls12=False, wait_ms=200):
        self.messages, self.count, self.rate = messages, count, rate
        at = lambda name: os.path.join(rig.dir, name)
        command = [rig.program, "--cert", at("server.pem"), "--key", at("server.key"), "--file",
                   messages.path, "--match", load.MATCH["trade"][messages.venue.split("-")[0]],
                   "--count", str(count), "--rate", str(rate), "--wait-ms", str(wait_ms),
                   "--stamp"] + (["--tls12"] if tls12 else [])
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        rig.servers.append(self)
        self.port = int(self.line().split()[1])

    def line(self, program=None):
        """What it says next: `ready PORT`, then a JSON line for each client served.  It
        waits no longer than the program lives that is to be served."""
        deadline = time.monotonic() + WAIT_S
        while not select.select([self.process.stdout], [], [], 0.5)[0]:
            if program and program.process.poll() is not None:
                raise Failed(f"ended by itself with {program.process.returncode}: "
                             f"{program.log()[-400:]}")
            if time.monotonic() > deadline:
                raise Failed("the load server said nothing: nobody subscribed")
        line = self.process.stdout.readline()
        if not line:
            raise Failed("the load server died")
        return line.decode()

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Rig:
    def __init__(self, directory, binary):
        self.dir, self.binary, self.number, self.servers = directory, binary, 0, []
        self.program = load.build(directory)  # ends us with 77 when it cannot be built
        certs.make(directory)
        quiet = os.path.join(directory, "rest")
        self.quiet = subprocess.Popen(
            [sys.executable, "-B", os.path.join(SIM, "sim.py"), "--dir", quiet, "--rate", "0.01",
             "--liquidations", "0", "--no-values"], stdout=subprocess.PIPE, text=True)
        if self.quiet.stdout.readline().strip() != "ready":
            raise Failed("the quiet simulator did not begin")
        with open(os.path.join(quiet, "ports.json")) as f:
            self.ports = json.load(f)
        self.ca = os.path.join(directory, "both.pem")
        with open(self.ca, "w") as out:
            for name in (os.path.join(directory, "ca.pem"), os.path.join(quiet, "ca.pem")):
                with open(name) as f:
                    out.write(f.read())

    def close(self):
        for server in self.servers:
            if server.process.returncode is None:
                server.close()
        self.quiet.terminate()
        self.quiet.wait()

    def config(self, server, backend, more=""):
        """A configuration of one venue whose websocket is the load: its path, data dir."""
        self.number += 1
        at = os.path.join(self.dir, f"run{self.number}")
        os.mkdir(at)
        venue = server.messages.venue
        with open(os.path.join(at, "conf"), "w") as f:
            f.write(f"[watch]\nvenues = {venue}\ncoins = BTC,ETH,SOL,XRP,DOGE,PEPE\n"
                    f"[venue.{venue}]\nws = wss://localhost:{server.port}\n"
                    f"rest = https://localhost:{self.ports[venue]['rest']}\nca_file = {self.ca}\n"
                    f"[tls]\nbackend = {backend}\n[http]\nlisten = off\n"
                    f"[data]\ndir = {at}/data\n{more}")
        return os.path.join(at, "conf"), os.path.join(at, "data")


class Program:
    """tidewatch run."""

    def __init__(self, binary, conf, data, print_to=None):
        self.data, self.log_path = data, conf + ".log"
        command = [binary, "run", "-c", conf] + (["--print", "events"] if print_to else [])
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, stdout=print_to or subprocess.DEVNULL,
                                            stderr=log, env=child_environment())
        self.pid = self.process.pid

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def status(self):
        """The body of `status --json`, from the socket it asks; None: nobody answers yet."""
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            s.settimeout(5)
            s.connect(os.path.join(self.data, "tidewatch.sock"))
            s.sendall(b"GET /status.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            got = b""
            while part := s.recv(65536):
                got += part
        except OSError:
            return None
        finally:
            s.close()
        head, _, body = got.partition(b"\r\n\r\n")
        return json.loads(body) if b" 200 " in head.split(b"\r\n")[0] else None

    def wait_status(self, what, is_true, seconds=WAIT_S, pause_s=0.2):
        deadline = time.monotonic() + seconds
        while True:
            if self.process.poll() is not None:
                raise Failed(f"ended by itself with {self.process.returncode}: "
                             f"{self.log()[-400:]}")
            status = self.status()
            if status and is_true(status):
                return status
            if time.monotonic() > deadline:
                raise Failed(f"{what}: not within {seconds} s")
            time.sleep(pause_s)

    def end(self):
        """Tells it to end: its CPU seconds."""
        self.process.send_signal(signal.SIGTERM)
        cpu = end_of(self.process)
        if self.process.returncode != 0:
            raise Failed(f"exit code {self.process.returncode}: {self.log()[-400:]}")
        return cpu

    def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
