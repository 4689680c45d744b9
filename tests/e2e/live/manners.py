#!/usr/bin/env python3
"""manners.py - the daemon and the people around it: mistakes at start, reloads, signals.

Goal: every mistake is told with its place and its cure and the right exit code, nothing that
runs is harmed by it, and a new watch list touches no stream that stays.
Method: one simulated market, the real binary started in each way people start it wrong;
SIGHUP with good and bad files; its own answers and the simulator's account of what was
subscribed as witnesses.
"""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

from world import BINARY, World

FAULTS = []


def check(is_true, text):
    print(("  ok    " if is_true else "  FAULT ") + text)
    if not is_true:
        FAULTS.append(text)


def run(*words, timeout=15, env=None):
    return subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=timeout,
                          check=False, env=env)


def variant(w, name, old, new):
    """A copy of the configuration with one line changed (or added)."""
    with open(w.config, encoding="utf-8") as f:
        text = f.read()
    if old not in text:
        raise AssertionError(old)
    path = os.path.join(w.dir, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new, 1))
    return path


def refused(w, what, path, code, *words, args=()):
    done = run("run", "-c", path, "--seconds", "2", *args)
    said = all(word in done.stderr for word in words)
    check(done.returncode == code and said,
          f"{what}: exit {done.returncode} of {code}; {done.stderr.strip().splitlines()[:2]}")


def mistakes_at_start(w):
    refused(w, "too little memory", variant(w, "m.conf", "[http]", "[limits]\nmemory_mb = 4\n[http]"),
            78, "limits.memory_mb = 4", "at least", "MB are needed")
    refused(w, "a CA file that is not there",
            variant(w, "ca.conf", f"ca_file = {w.dir}/ca.pem", "ca_file = /nowhere.pem"), 78,
            "nowhere.pem")
    junk = os.path.join(w.dir, "junk.pem")
    with open(junk, "w", encoding="utf-8") as f:
        f.write("no certificate\n")
    refused(w, "a CA file that is none",
            variant(w, "junk.conf", f"ca_file = {w.dir}/ca.pem", f"ca_file = {junk}"), 78,
            "junk.pem")
    busy = socket.socket()
    busy.bind(("127.0.0.1", 0))
    busy.listen(1)
    port = busy.getsockname()[1]
    refused(w, "a port in use", variant(w, "port.conf", "listen = off", f"listen = 127.0.0.1:{port}"),
            69, str(port))
    busy.close()
    refused(w, "an address for everybody without a token",
            variant(w, "open.conf", "listen = off", "listen = 0.0.0.0:18080"), 78, "token")
    flat = os.path.join(w.dir, "flat")
    with open(flat, "w", encoding="utf-8"):
        pass
    refused(w, "tapes into a file", w.config, 73, "tape.dir", flat, args=("--record", flat + "/t"))
    done = run("record", "-c", w.config, "--seconds", "1")
    check(done.returncode == 64 and "where to" in done.stderr, "record without a directory")
    off = os.path.join(w.dir, "off.conf")
    with open(w.config, encoding="utf-8") as f:
        text = f.read()
    for venue in ("binance-spot", "binance-usdm", "binance-coinm", "bybit-spot",
                  "bybit-linear", "bybit-inverse"):
        text = text.replace(f"[venue.{venue}]\n", f"[venue.{venue}]\nenabled = no\n")
    with open(off, "w", encoding="utf-8") as f:
        f.write(text)
    refused(w, "every venue switched off", off, 78, "venue")


def away(w):
    for words in (("health",), ("health", "--ready"), ("status",), ("status", "--json")):
        done = w.command(*words)
        check(done.returncode in (1, 69) and "tidewatch.sock" in done.stderr + done.stdout,
              f"{' '.join(words)} without a daemon: exit {done.returncode}, says where it looked")


def two_of_them(w):
    done = run("run", "-c", w.config, "--seconds", "2")
    check(done.returncode != 0 and "tidewatch.sock" in done.stderr,
          f"a second daemon: exit {done.returncode}: {done.stderr.strip().splitlines()[-1:]}")
    other = variant(w, "other.conf", f"dir = {w.dir}/data", f"dir = {w.dir}/data2")
    done = run("run", "-c", other, "--seconds", "2", "--record", w.tapes)
    check(done.returncode == 69 and "records there" in done.stderr,
          f"one that would record into the same directory: exit {done.returncode}")
    check(w.command("health").returncode == 0, "the first one still answers")
    mode = os.stat(os.path.join(w.dir, "data", "tidewatch.sock")).st_mode & 0o777
    check(mode == 0o600, f"the socket is for its owner only: {mode:o}")


def reconfigure(w, old, new):
    with open(w.config, encoding="utf-8") as f:
        text = f.read()
    with open(w.config, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new, 1))
    mark = len(w.log())
    w.run.send_signal(signal.SIGHUP)
    w.wait("an answer to SIGHUP", lambda: "reload" in w.log()[mark:], 5)
    return mark


def subscriptions(w):
    return [r for r in w.ledger() if r["what"] == "conn" and
            r.get("event") in ("subscribe", "unsubscribe", "open", "end")]


def reloads(w):
    before = subscriptions(w)
    mark = reconfigure(w, "coins = BTC,ETH", "coins = BTC,ETH,DOGE")
    w.wait("DOGE on the board", lambda: any(c["coin"] == "DOGE" for c in w.status()["coins"]), 20)
    added = subscriptions(w)[len(before):]
    check(added and all("BTC" not in json.dumps(r) and "ETH" not in json.dumps(r) and
                        r["event"] == "subscribe" for r in added),
          f"a coin more is {len(added)} subscriptions, and touches nothing else")
    check("watch list changed" in w.log()[mark:], "the log tells of it")
    before = subscriptions(w)
    reconfigure(w, "coins = BTC,ETH,DOGE", "coins = BTC,ETH")
    w.wait("DOGE is gone", lambda: all(c["coin"] != "DOGE" for c in w.status()["coins"]), 20)
    time.sleep(1.5)
    left = subscriptions(w)[len(before):]
    check(left and all(r["event"] == "unsubscribe" and "BTC" not in json.dumps(r) for r in left),
          f"a coin less is {len(left)} unsubscriptions")
    mark = reconfigure(w, "coins = BTC,ETH", "coinz = BTC,ETH")
    check("watch.coinz" in w.log()[mark:] and "old" in w.log()[mark:],
          "a mistake is told, the old configuration stays")
    mark = reconfigure(w, "coinz = BTC,ETH", "coins = BTC,ETH\ntop_live = 3")
    check(w.status()["watch"]["coins"] == "BTC,ETH", "and was in force")
    check("watch.top_live" in w.log()[mark:], "what needs a restart is named")
    many = ",".join(["BTC", "ETH"] + [f"C{i}" for i in range(40)])
    mark = reconfigure(w, "coins = BTC,ETH", f"coins = {many}")
    check("needs a restart" in w.log()[mark:], "a list that is too long says so")
    check(w.command("health", "--ready").returncode == 0, "all the while it is ready")


def ask(w, path):
    """A GET on the daemon's socket: status and body."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(5)
        s.connect(os.path.join(w.dir, "data", "tidewatch.sock"))
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        got = b""
        while part := s.recv(65536):
            got += part
    head, body = got.split(b"\r\n\r\n", 1)
    return int(head.split()[1]), body.decode()


def metrics(w):
    status, text = ask(w, "/metrics")
    check(status == 200 and text.endswith("\n"), "/metrics")
    helped, typed, seen, wrong = set(), {}, set(), []
    for line in text.splitlines():
        if line.startswith("# HELP "):
            helped.add(line.split()[2])
        elif line.startswith("# TYPE "):
            typed[line.split()[2]] = line.split()[3]
        else:
            m = re.fullmatch(r'(tidewatch_[a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? (\S+)', line)
            if m is None or m[1] not in helped or m[1] not in typed or \
                    (m[1].endswith("_total") != (typed[m[1]] == "counter")) or \
                    (m[1] + (m[2] or "")) in seen:
                wrong.append(line)
                continue
            float(m[4])
            seen.add(m[1] + (m[2] or ""))
    check(not wrong and len(seen) > 50, f"{len(seen)} samples, each once, with help and type: {wrong[:2]}")
    check('tidewatch_venue_up{venue="bybit-spot"} 1' in text, "a venue that is up is 1")


def looks(w):
    state = w.status()
    check(state["ready"] and len(state["venues"]) == 6, "status --json")
    check(state["memory"]["rss_bytes"] < state["memory"]["limit_bytes"],
          f"memory {state['memory']['rss_bytes'] // 1024} KB is below its limit")
    metrics(w)
    for path, want in (("/livez", 200), ("/readyz", 200), ("/", 200), ("/nothing", 404)):
        check(ask(w, path)[0] == want, f"{path} is {want}")
    text = w.command("status").stdout
    check("binance-usdm" in text and "BTC" in text, "status for people")
    top = w.command("top", "--count", "2", "--interval", "0.5")
    check(top.returncode == 0 and top.stdout.count("venue ") >= 2 and "\x1b" not in top.stdout,
          "top without a terminal is plain blocks")


def ends(w):
    began = time.monotonic()
    code = w.stop_run()
    check(code == 0, f"SIGTERM: exit {code} after {time.monotonic() - began:.1f} s")
    check(not os.path.exists(os.path.join(w.dir, "data", "tidewatch.sock")),
          "its socket is gone")
    w.start()
    w.wait_ready()
    w.run.send_signal(signal.SIGINT)
    w.run.send_signal(signal.SIGINT)
    check(w.run.wait(10) == 0, "SIGINT twice ends it at once")
    w.start()
    w.wait_ready()
    w.stop_run(signal.SIGKILL)
    w.start()
    w.wait_ready()
    check(w.status()["pid"] == w.run.pid, "the socket of one that was killed is taken over")
    w.stop_run()


def main():
    with tempfile.TemporaryDirectory(prefix="manners.") as directory:
        w = World(directory, coins="BTC,ETH")
        try:
            mistakes_at_start(w)
            away(w)
            w.start()
            w.wait_ready()
            two_of_them(w)
            time.sleep(2)
            looks(w)
            reloads(w)
            ends(w)
        finally:
            w.close()
    if FAULTS:
        print(f"{len(FAULTS)} faults")
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
