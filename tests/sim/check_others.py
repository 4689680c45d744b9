"""check_others.py - commands, scenarios, seeds, recordings, the name server, the load."""
import json
import os
import socket
import struct
import subprocess
import sys
import time
from decimal import Decimal

from check_base import HERE, check, equal
from client import Rest, WebSocket
from faults import parse_scenario


def wrong_commands_are_refused(run):
    for line, words in (("silense venue=bybit", "did you mean silence"),
                        ("cut venue=okx", "no such venue"),
                        ("cut how=gently", "how is one of"), ("gap colour=red", "no key colour"),
                        ("late by=soon", "not a time"),
                        ("gap venue=bybit-spot symbol=NOSUCH", "has no NOSUCH")):
        code, out = run.ctl(*line.split())
        check(code == 1 and words in out, f"`{line}`: {out}")
    p = subprocess.run([sys.executable, "-B", os.path.join(HERE, "ctl.py"), "--dir",
                        "/nonexistent", "status"], capture_output=True)
    equal(p.returncode, 69, "no simulator there")


def a_bad_scenario_is_refused_with_its_line(top):
    path = os.path.join(top, "bad.txt")
    with open(path, "w") as f:
        f.write("# fine\nat 1 cut\nat 2 dance\n")
    p = subprocess.run([sys.executable, "-B", os.path.join(HERE, "sim.py"), "--dir",
                        os.path.join(top, "no"), "--scenario", path],
                       capture_output=True, text=True)
    check(p.returncode == 2 and "bad.txt:3" in p.stderr, "a bad scenario names its line")


def the_scenarios_of_this_folder_can_be_read():
    names = sorted(os.listdir(os.path.join(HERE, "scenarios")))
    check(len(names) >= 6, "there are scenarios")
    for name in names:
        with open(os.path.join(HERE, "scenarios", name), encoding="utf-8") as f:
            rows = parse_scenario(f.read(), name)
        check(rows, f"{name} does something")


def the_same_seed_makes_the_same_facts_and_a_cascade_is_one(one, two):
    """Both ran the scenario to their end."""
    facts = []
    for run in (one, two):
        run.process.wait(20)
        equal(run.process.returncode, 0, "it ends after --seconds")
        start, rows = None, []
        for x in run.ledger():
            if x["what"] == "sim" and x["event"] == "start":
                start = x["start_ms"]
            if x["what"] == "made":
                rows.append({**x, "at_ms": 0, "ts_ms": x.get("ts_ms", start) - start})
        facts.append(rows)
    equal(len(facts[0]), len(facts[1]), "as many facts")
    check(facts[0] == facts[1], "the same facts")
    liquidations = [x for x in facts[0] if x["type"] == "liquidation"]
    longs = [x for x in liquidations if x["side"] == "long"]
    check(len(liquidations) > 60 and len(longs) > 0.9 * len(liquidations),
          f"longs die: {len(longs)} of {len(liquidations)}")
    check(len({x["venue"] for x in longs}) == 4, "on four venues")
    half = [sum(a <= x["ts_ms"] < a + 2000 for x in longs) for a in (2000, 4000)]
    check(half[1] > 1.5 * half[0], f"faster and faster: {half}")
    price = [Decimal(x["price"]) for x in facts[0] if x["type"] == "trade"
             and x["venue"] == "binance-usdm" and x["symbol"] == "BTCUSDT"]
    check(min(price) < price[0] * Decimal("0.965"), "the price falls by 4 %")
    check(price[-1] > min(price) * Decimal("1.005"), "and recovers in part")


def a_recording_is_said_with_the_time_of_now(run):
    w = run.subscribe("binance-usdm", ["aggTrade", "markPrice@1s"])
    heard = w.gather(1.2)
    trades = [m["data"] for m in heard if "aggTrade" in m["stream"]]
    equal([t["a"] for t in trades], [501, 502], "its trades, and only its")
    equal(trades[1]["T"] - trades[0]["T"], 500, "time between them is kept")
    check(abs(trades[0]["T"] / 1000 - time.time()) < 5, "stamped with the time of now")
    mark = next(m["data"] for m in heard if "markPrice" in m["stream"])
    equal(mark["T"] % 28800000, 0, "the next funding is at a round hour")
    check(0 < mark["T"] - mark["E"] <= 28800000, "and ahead")
    made = [x["id"] for x in run.ledger() if x["what"] == "made" and "replay" in x.get("flags", [])]
    equal(made, ["501", "502"], "the ledger has them")
    w.close()


def write_tape(path):
    """Two trades half a second apart and a mark between, of some day in 2026."""
    at_ms = 1780000001000
    trade = ('{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":%d,"a":%d,"s":"BTCUSDT",'
             '"p":"70000.10","q":"0.003","nq":"0.003","f":91,"l":92,"T":%d,"m":false,"st":1}}')
    mark = ('{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":%d,"s":"BTCUSDT",'
            '"p":"70000.5","ap":"70000.5","P":"70001.0","i":"70010.2","r":"0.0001",'
            '"T":1780012800000,"st":1}}')
    rows = ((at_ms, trade % (at_ms - 20, 501, at_ms - 170)), (at_ms + 30, mark % (at_ms - 1000)),
            (at_ms + 500, trade % (at_ms + 480, 502, at_ms + 330)))
    with open(path, "w") as f:
        for ms, text in rows:
            f.write(f"{ms}268000\t{text}\n")


def names_are_answered_in_every_mood():
    p = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "dnsd.py"), "--name",
                          "a.test=192.0.2.1,2001:db8::1",
                          "--name", "b.test=cname:a.test"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
    port = int(p.stdout.readline().split()[1])

    def ask(name, kind, timeout=0.4, tcp=False):
        q = struct.pack("!HHHHHH", 77, 0x100, 1, 0, 0, 0)
        q += b"".join(bytes((len(x),)) + x.encode() for x in name.split(".")) + b"\0"
        q += struct.pack("!HH", kind, 1)
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
        s.settimeout(timeout)
        s.connect(("127.0.0.1", port))
        try:
            s.send(struct.pack("!H", len(q)) + q if tcp else q)
            r = s.recv(2000)[2 if tcp else 0:]
        except TimeoutError:
            return None
        finally:
            s.close()
        ident, flags, _, rows = struct.unpack("!HHHH", r[:8]) if len(r) >= 12 else (0, 0, 0, 0)
        return ident, flags & 15, bool(flags & 0x200), rows, r

    def say(line):
        p.stdin.write(line + "\n")
        p.stdin.flush()
        return p.stdout.readline().strip()

    r = ask("a.test", 1)
    check(r[:4] == (77, 0, False, 1) and r[4].endswith(bytes((192, 0, 2, 1))), "an A record")
    check(ask("A.TEST", 28)[4].endswith(bytes.fromhex("20010db8000000000000000000000001")),
          "an AAAA record, case ignored")
    equal(ask("b.test", 1)[3], 2, "an alias and its address")
    equal(ask("other.test", 1)[1], 3, "unknown is NXDOMAIN")
    for mode, want in (("servfail", 2), ("refused", 5), ("nxdomain", 3)):
        equal(say("mode " + mode), "ok", mode)
        equal(ask("a.test", 1)[1], want, mode)
    say("mode drop")
    equal(ask("a.test", 1), None, "drop")
    say("mode truncate")
    equal(ask("a.test", 1)[2:4], (True, 0), "truncated by UDP")
    equal(ask("a.test", 1, tcp=True)[2:4], (False, 1), "whole by TCP")
    say("mode noaaaa")
    check(ask("a.test", 28) is None and ask("a.test", 1)[3] == 1, "no AAAA")
    say("mode wrongid")
    check(ask("a.test", 1)[0] != 77, "wrong id")
    say("mode servfail")
    say("flap 2")
    equal(sorted(ask("a.test", 1)[1] for _ in range(4)), [0, 0, 2, 2], "flapping")
    say("mode ok")
    say("flap 0")
    say("delay 300")
    start = time.monotonic()
    ask("a.test", 1, 1)
    check(time.monotonic() - start > 0.25, "delayed")
    check(say("mode dance").startswith("error"), "no such mode")
    p.stdin.write("quit\n")
    p.stdin.flush()
    equal(p.wait(3), 0, "it quits")


def the_load_is_encrypted_before_and_stamped(top):
    """With pacing: each message says the millisecond in which it is due."""
    path, count = os.path.join(top, "load"), 300
    p = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "load.py"), "--dir", path,
                          "--venue", "bybit-linear", "--count", str(count), "--rate", "600",
                          "--once"],
                         stdout=subprocess.PIPE, text=True)
    first = p.stdout.readline().strip()
    if first.startswith("skipped"):
        print(f"load: {first}")
        p.wait()
        return
    equal(first, "ready", "the load is ready")
    with open(os.path.join(path, "ports.json")) as f:
        ports = json.load(f)["bybit-linear"]
    ca = os.path.join(path, "both.pem")
    equal(Rest(ports["rest"], ca)("/v5/market/time")["retCode"], 0, "it has REST beside it")
    deaf = WebSocket(ports["ws"], "/v5/public/linear", ca)
    check(deaf.ask({"op": "subscribe", "args": ["tickers.BTCUSDT"]})["success"], "an ack")
    equal(deaf.gather(0.2), [], "and nothing else for who asked for something else")
    w = WebSocket(ports["ws"], "/v5/public/linear", ca)
    check(w.ask({"op": "subscribe", "args": ["publicTrade.BTCUSDT"]})["success"], "an ack")
    late = []
    for _ in range(count):
        m = w.json()
        late.append(time.time() * 1000 - m["ts"])
    check(sorted(late)[count // 2] < 20 and min(late) > -2,
          f"in time: {min(late)} .. {max(late)} ms")
    check(len(w.s.chunks) >= count, "a record for each message")
    report = json.loads(p.stdout.readline())
    equal((report["messages"], report["tls"], report["cipher"]),
          (count, "TLSv1.3", "TLS_AES_128_GCM_SHA256"), "what it says of itself")
    check(abs(report["wall_s"] - count / 600) < 0.1, "paced")
    equal(p.wait(5), 0, "it ends after one client")
