"""contestants.py - who is measured: the program on each TLS library, and its peers.

Why     A figure means something beside another one of the same minute.
How     A contestant takes all messages of a Server and adds up bought and sold dollars a
        symbol.  run() is the CPU of all of it; paced() the share of a core and the delay.
        Whoever miscounts gives no figure (rig.Failed).
Limits  A peer does only that; the program does all that it does in life.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from rig import HERE, Failed, Program, child_environment, cpu_s, end_of

PEERS = os.path.join(HERE, "peers")
# The paced share of a core is read between these two moments of a run.
PACED_FROM_S, PACED_TO_S = 2.5, 7.5


def quantiles(delays):
    delays = sorted(delays)
    return {"p50_ms": delays[int(len(delays) * 0.50)], "p99_ms": delays[int(len(delays) * 0.99)]}


def watch_cpu(pid, start, from_s, to_s):
    """Per cent of a core between two moments of a run; NaN when the machine is so busy
    that the program is through before."""
    try:
        time.sleep(max(0, start + from_s - time.monotonic()))
        before, began = cpu_s(pid), time.monotonic()
        time.sleep(max(0, start + to_s - time.monotonic()))
        return 100 * (cpu_s(pid) - before) / (time.monotonic() - began)
    except OSError:
        return float("nan")


class Tidewatch:
    def __init__(self, rig, backend, name):
        self.rig, self.backend, self.name = rig, backend, name
        self.tls12 = backend == "bearssl"

    def begin(self, server, print_to=None):
        return Program(self.rig.binary, *self.rig.config(server, self.backend), print_to)

    def finish(self, program, server):
        """All was written to its socket: when all is counted it may end."""
        server.line(program)
        want = server.messages.prefix[server.count]["trades"]
        time.sleep(0.2)
        status = program.wait_status(f"{want} trades", lambda s: s["totals"]["trades"] >= want, 20)
        server.messages.check_status(status, server.count)
        return program.end()

    def run(self, server):
        program = self.begin(server)
        try:
            return self.finish(program, server)
        finally:
            program.kill()

    def paced(self, server, from_s=PACED_FROM_S, to_s=PACED_TO_S):
        start = time.monotonic()
        program = self.begin(server)
        try:
            percent = watch_cpu(program.pid, start, from_s, to_s)
            self.finish(program, server)
        finally:
            program.kill()
        return {"percent": percent, **self.delay(server)}

    def delay(self, server):
        """In a run of its own, since printing costs: receipt less the moment a message was
        due.  The n-th trade was due n / rate after the first, whose T says when."""
        with tempfile.TemporaryFile("w+", dir=self.rig.dir) as out:
            program = self.begin(server, out)
            try:
                self.finish(program, server)
            finally:
                program.kill()
            out.seek(0)
            trades = [t for t in map(json.loads, out) if t["type"] == "trade"]
        first_ns = trades[0]["ts_ns"]
        delays = [(t["recv_ns"] - first_ns) / 1e6 - n * 1000 / server.rate
                  for n, t in enumerate(trades)]
        return quantiles(delays[min(server.rate, len(delays) // 2):])


class Peer:
    """A program of tests/bench/peers/: PORT CA VENUE COUNT RATE TOPIC..."""
    tls12 = False

    def __init__(self, rig, name, command):
        self.rig, self.name, self.command = rig, name, command

    def begin(self, server):
        m = server.messages
        return subprocess.Popen([*self.command, str(server.port), self.rig.ca, m.venue,
                                 str(server.count), str(server.rate), *m.topics],
                                stdout=subprocess.PIPE, env=child_environment())

    def finish(self, process, server):
        cpu = end_of(process)
        with process.stdout:
            text = process.stdout.read()
        if process.returncode != 0:
            raise Failed(f"exit code {process.returncode}")
        server.line()
        got = json.loads(text or b"{}")
        server.messages.check(got, server.count)
        return cpu, got

    def run(self, server):
        return self.finish(self.begin(server), server)[0]

    def paced(self, server, from_s=PACED_FROM_S, to_s=PACED_TO_S):
        start = time.monotonic()
        process = self.begin(server)
        percent = watch_cpu(process.pid, start, from_s, to_s)
        _, got = self.finish(process, server)
        return {"percent": percent, "p50_ms": got["p50_ms"], "p99_ms": got["p99_ms"]}


# --- where the peers come from: each gives a command, or the reason why there is none -----

def beast(cache, may_build):
    program, source = os.path.join(cache, "beast_peer"), os.path.join(PEERS, "beast_peer.cpp")
    if os.path.exists(program) and os.path.getmtime(program) > os.path.getmtime(source):
        return [program], None
    if not may_build:
        return None, "not built yet, and this is quick"
    if not shutil.which("g++"):
        return None, "no g++"
    done = subprocess.run(["g++", "-O3", "-std=c++20", "-o", program + ".new", source, "-lsimdjson",
                           "-lssl", "-lcrypto", "-lpthread"], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        return None, "apt-get install libboost-dev libsimdjson-dev libssl-dev"
    os.replace(program + ".new", program)
    return [program], None


def npm_ws(cache, may_build):
    if not shutil.which("node") or not shutil.which("npm"):
        return None, "no node, no npm"
    lock, had = os.path.join(PEERS, "package-lock.json"), os.path.join(cache, "installed-lock.json")
    if not os.path.exists(had) or open(lock).read() != open(had).read():
        if not may_build:
            return None, "not installed yet, and this is quick"
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(os.path.join(PEERS, name), cache)
        done = subprocess.run(["npm", "ci", "--loglevel=error"], cwd=cache, capture_output=True,
                              text=True, check=False)
        if done.returncode:
            return None, f"npm cannot install ws: {done.stderr.strip()[-80:]}"
        shutil.copy(lock, had)
    return ["node", os.path.join(PEERS, "ws_peer.mjs"), cache], None


def websockets(_cache, _may_build):
    for python in (sys.executable, "/usr/bin/python3"):
        if shutil.which(python) and subprocess.run(
                [python, "-c", "import websockets"], capture_output=True, check=False).returncode == 0:
            return [python, "-B", os.path.join(PEERS, "websockets_peer.py")], None
    return None, "apt-get install python3-websockets"


# Name, whence, and how many messages are enough: about a second of its CPU.
PEER_KINDS = (("Boost.Beast + simdjson", beast, 1.0), ("npm ws + JSON.parse", npm_ws, 0.3),
              ("python websockets + json", websockets, 0.2))


def gather(rig, cache, may_build):
    """Contestants with the part of the messages they take, the peers that are missing."""
    found, missing = [(Tidewatch(rig, "mbedtls", "tidewatch, mbedTLS, TLS 1.3"), 1.0),
                      (Tidewatch(rig, "bearssl", "tidewatch, BearSSL, TLS 1.2"), 1.0)], []
    for name, get, part in PEER_KINDS:
        command, why = get(cache, may_build)
        if command:
            found.append((Peer(rig, name, command), part))
        else:
            missing.append(f"skipped: {name}: {why}")
    return found, missing
