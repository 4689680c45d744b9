"""world.py - a run of the program against the simulated venues, and what came of it.

A World is one directory: the simulator's (ca.pem, tidewatch.conf, ledger.ndjson), the
events the program printed, its log, its tapes. Nothing waits longer than it says.
"""
import json
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SIM = os.path.join(HERE, "..", "..", "sim")
BINARY = os.environ.get("TIDEWATCH", os.path.join(HERE, "../../../build/tidewatch"))

FAST = """
[watch]
coins = {coins}

[net]
backoff_min_ms = 100
backoff_max_ms = 2000
{net}
[http]
listen = off

[log]
level = debug
format = json
{more}
"""


class Failed(Exception):
    """Something did not happen in time."""


class World:
    def __init__(self, directory, coins="BTC,ETH,SOL", tls="mbedtls", sim=(), net="", more="",
                 coins_listed=12):
        self.dir = directory
        self.config = os.path.join(directory, "run.conf")
        self.events_path = os.path.join(directory, "events.ndjson")
        self.log_path = os.path.join(directory, "log.json")
        self.tapes = os.path.join(directory, "tapes")
        self.run = None
        self.sim = subprocess.Popen(
            [sys.executable, os.path.join(SIM, "sim.py"), "--dir", directory, "--coins",
             str(coins_listed), *sim], stdout=subprocess.PIPE, text=True)
        if self.sim.stdout.readline().strip() != "ready":
            raise Failed("the simulator did not begin")
        with open(os.path.join(directory, "tidewatch.conf"), encoding="utf-8") as f:
            text = f.read()
        # One section once: ours adds to what the simulator wrote.
        watch = re.search(r"^venues = .*$", text, re.M).group(0)
        text = re.sub(r"^\[watch\]\n" + re.escape(watch) + r"\n", "", text, flags=re.M)
        extra = FAST.format(coins=coins, net=net, more=more)
        extra = extra.replace("[watch]\n", "[watch]\n" + watch + "\n", 1)
        if "[tls]" not in extra:
            extra += f"\n[tls]\nbackend = {tls}\n"
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text + extra)

    def start(self, record=True, seconds=None):
        """Begins the program; its events go to a file."""
        command = [BINARY, "run", "-c", self.config, "--print", "events"]
        if record:
            command += ["--record", self.tapes]
        if seconds:
            command += ["--seconds", str(seconds)]
        with open(self.events_path, "ab") as out, open(self.log_path, "ab") as log:
            self.run = subprocess.Popen(command, stdout=out, stderr=log)
        return self.run

    def ctl(self, *words):
        done = subprocess.run([sys.executable, os.path.join(SIM, "ctl.py"), "--dir", self.dir,
                               *words], capture_output=True, text=True, timeout=20, check=False)
        if done.returncode != 0:
            raise Failed(f"ctl {words}: {done.stdout}{done.stderr}")
        return done.stdout

    def command(self, *words, timeout=10):
        """Another command of the program, with the same configuration."""
        return subprocess.run([BINARY, words[0], "-c", self.config, *words[1:]],
                              capture_output=True, text=True, timeout=timeout, check=False)

    def status(self):
        done = self.command("status", "--json")
        return json.loads(done.stdout) if done.returncode == 0 else None

    def wait(self, what, is_true, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.run is not None and self.run.poll() is not None:
                raise Failed(f"{what}: the program ended with {self.run.returncode}\n{self.log()[-3000:]}")
            got = is_true()
            if got:
                return got
            time.sleep(0.1)
        raise Failed(f"{what}: not within {seconds} s\n{self.log()[-3000:]}")

    def wait_ready(self, seconds=20):
        self.wait("ready", lambda: self.command("health", "--ready").returncode == 0, seconds)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop_sim(self):
        """The market ends: what was said until now is all."""
        if self.sim.poll() is None:
            self.sim.send_signal(signal.SIGTERM)
        self.sim.wait(20)

    def stop_run(self, number=signal.SIGTERM):
        if self.run is not None and self.run.poll() is None:
            self.run.send_signal(number)
            self.run.wait(20)
        return self.run.returncode if self.run else None

    def close(self):
        for child in (self.run, self.sim):
            if child is not None and child.poll() is None:
                child.kill()
                child.wait(10)

    def events(self):
        return read_events(self.events_path)

    def ledger(self):
        rows = []
        with open(os.path.join(self.dir, "ledger.ndjson"), encoding="utf-8") as f:
            for line in f:
                rows.append(json.loads(line))
        return rows

    def replay(self):
        """The tapes again, as the program prints them."""
        done = subprocess.run([BINARY, "replay", self.tapes], capture_output=True, check=False,
                              timeout=120)
        return done


def read_events(path):
    rows = []
    with open(path, "rb") as f:
        for line in f:
            rows.append(json.loads(line))
    return rows
