"""check_faults.py - each fault of a link does what it is called, and no more."""
import json
import time

from check_base import check, equal
from client import Ended, Refused, Socket


def links_end_as_told(run):
    rows = (("how=rst", ("reset", None)), ("how=fin", ("cut", None)), ("how=notify", ("eof", None)),
            ("how=close code=1012", ("close", 1012)))
    for how, want in rows:
        w = run.subscribe("bybit-linear", ["publicTrade"])
        run.do(f"cut venue=bybit-linear {how}")
        try:
            w.gather(2)
            check(False, f"cut {how}")
        except Ended as e:
            equal((e.how, e.code), want, f"cut {how}")
    w = run.ws("binance-coinm")
    run.do("life venue=binance-coinm seconds=1")
    try:
        w.gather(3)
        check(False, "a life of one second")
    except Ended as e:
        equal(e.code, 1001, "a life of one second")
    run.do("life venue=binance-coinm seconds=0")
    w = run.ws("binance-spot")
    run.do("shutdown")
    m = w.json()
    equal((m["stream"], m["data"]["e"]), ("!serverShutdown", "serverShutdown"),
          "the notice of spot")
    w.close()


def silence_is_of_a_stream_or_of_all(run):
    w = run.subscribe("binance-usdm", ["aggTrade", "markPrice@1s"])
    run.do("rate x=20 6s")
    run.do("silence venue=binance-usdm stream=aggTrade 1500ms")
    w.gather(0.2)
    streams = {m["stream"] for m in w.gather(1.1)}
    equal(streams, {"btcusdt@markPrice@1s"}, "only the other stream is heard")
    time.sleep(0.2)
    check(any("aggTrade" in m["stream"] for m in w.gather(0.5)), "it ends by itself")
    check(any(x["what"] == "withheld" and x["why"] == "silence" and x["conn"] == w.number
              for x in run.ledger()),
          "what was not said is in the ledger")
    run.do("silence venue=binance-usdm 1s")
    w.gather(0.2)
    w.send(b"x", 9)
    equal(w.gather(0.6), [], "nothing at all")
    equal(w.frames[-1] & 15 != 10, True, "not even a pong")
    w.close()


def messages_are_bent_as_told(run):
    run.do("rate x=20 20s")
    w = run.subscribe("binance-spot", ["aggTrade"])
    run.do("fragment venue=binance-spot parts=5 1s")
    w.frames.clear()
    heard = w.gather(0.7)
    check(len(heard) > 2 and w.frames.count(0) >= 3 and 1 in w.frames,
          "fragments make whole messages")
    run.do("clear")
    run.do("duplicate venue=binance-spot count=3")
    ids = [m["data"]["a"] for m in w.gather(0.5)]
    check(len(ids) - len(set(ids)) == 3
          or len(heard) + len(ids) > len({m['data']['a'] for m in heard} | set(ids)),
          "some came twice")
    run.do("late venue=binance-spot stream=aggTrade by=700ms 1s")
    w.gather(2.0)
    ledger = run.ledger()
    begin = [x["at_ms"] for x in ledger if x["what"] == "fault" and x["event"] == "begin"
             and x["command"].startswith("late")][-1]
    made = {x["n"]: x["ts_ms"] for x in ledger if x["what"] == "made" and x["type"] == "trade"
            and (x["venue"], x["symbol"]) == ("binance-spot", "BTCUSDT")}
    rows = [(x["at_ms"] - begin, x["at_ms"] - made[x["n"]], x["n"]) for x in ledger
            if x["what"] == "said" and x["conn"] == w.number and x["type"] == "trade"
            and x["at_ms"] > begin]
    check(min(age for age, _, _ in rows) >= 700, "at first nothing comes")
    check(all(700 <= lag < 900 for age, lag, _ in rows if age < 1400), "then all is late")
    check(any(lag < 100 for _, lag, _ in rows), "in the end nothing is")
    equal([n for _, _, n in rows], sorted(n for _, _, n in rows), "in its order")
    run.do("drip venue=binance-spot 600ms")
    w.s.chunks.clear()
    got = len(w.gather(1.0))
    check(got >= 1 and w.s.chunks.count(1) > 200,
          f"one byte in a record: {got} {w.s.chunks.count(1)}")
    w.close()
    w = run.subscribe("bybit-linear", ["publicTrade"])
    w.gather(0.5)
    w.close()
    run.do("resay venue=bybit-linear count=3")
    w = run.subscribe("bybit-linear", ["publicTrade"])
    w.gather(0.6)
    w.close()
    w = run.subscribe("bybit-linear", ["publicTrade"])
    first = w.gather(0.4)
    check(first and first[0]["ts"] < time.time() * 1000 - 400,
          "trades are said again at a new subscription")
    run.do("resay venue=bybit-linear count=0")
    w.close()
    run.do("pingflood venue=bybit-inverse count=5")
    w = run.ws("bybit-inverse", pong=False)
    run.do("pingflood venue=bybit-inverse count=300")
    w.gather(0.3)
    equal(len(w.pings), 300, "a flood of pings")
    run.do("nopong venue=bybit-inverse 1s")
    w.send({"op": "ping"})
    w.send(b"zz", 9)
    equal(w.gather(0.5), [], "no pong")
    run.do("rate x=1")
    w.close()


def is_json(body):
    try:
        json.loads(body)
        return True
    except ValueError:
        return False


def garbage_is_what_it_is_called(run):
    rows = (("nonjson", 1, lambda b: b.startswith(b"<html>")),
            ("half", 1, lambda b: not is_json(b)),
            ("empty", 1, lambda b: b == b""), ("binary", 2, lambda b: len(b) == 32),
            ("huge", 1, lambda b: len(b) > 1 << 20 and is_json(b)),
            ("deep", 1, lambda b: b.count(b"[") == 100000),
            ("utf8", 1, lambda b: b"\xff" in b), ("types", 1, is_json),
            ("number", 1, lambda b: b"1" * 5000 in b),
            ("keys", 1, is_json))
    w = run.ws("bybit-spot")
    for kind, opcode, judge in rows:
        run.do(f"garbage venue=bybit-spot kind={kind}")
        got, body = w.message()
        equal(got, opcode, f"opcode of {kind}")
        check(judge(body), f"garbage {kind}")
        if kind == "types":
            w.gather(0.3)
    for kind, first in (("rsv", 0xC1), ("masked", 0x81), ("opcode", 0x83), ("longcontrol", 0x89),
                        ("badclose", 0x88), ("continuation", 0x80)):
        w = run.ws("bybit-spot")
        run.do(f"garbage venue=bybit-spot kind={kind}")
        got, payload = w.frame(time.monotonic() + 2)
        equal(got, first, f"first byte of {kind}")
        check(kind != "masked" or payload == b"masked", "masked")
        w.s.close()


def upgrades_and_ports_refuse_as_told(run):
    for kind, status in (("403", 403), ("429", 429), ("451", 451), ("502", 502), ("418", 418)):
        run.do(f"upgrade venue=binance-usdm kind={kind} retry_after=7 count=1")
        try:
            run.ws("binance-usdm")
            check(False, f"upgrade {kind}")
        except Refused as e:
            equal(e.status, status, f"upgrade {kind}")
            check((e.headers.get("retry-after") == "7") == (kind in ("429", "418")), "Retry-After")
    for kind, words in (("403geo", b"block access"), ("403rate", b"access too frequent")):
        run.do(f"upgrade venue=bybit-linear kind={kind} count=1")
        try:
            run.ws("bybit-linear")
            check(False, kind)
        except Refused as e:
            check(words in e.body, f"words of {kind}")
    run.do("upgrade venue=binance-usdm kind=badaccept count=1")
    try:
        run.ws("binance-usdm")
        check(False, "a wrong accept")
    except Refused as e:
        equal(e.body, b"wrong accept", "a wrong accept")
    run.do("upgrade venue=binance-usdm kind=extension count=1")
    equal(run.ws("binance-usdm").headers.get("sec-websocket-extensions"), "permessage-deflate",
          "an unasked extension")
    run.do("refuse venue=bybit-spot port=ws 700ms")
    try:
        run.ws("bybit-spot")
        check(False, "the port refuses")
    except ConnectionRefusedError:
        pass
    run.rest("bybit-spot")("/v5/market/time?category=spot")     # the other port does not
    time.sleep(0.9)
    run.ws("bybit-spot").close()
    run.do("stalltls venue=bybit-spot port=ws 900ms")
    try:
        Socket(run.ports["bybit-spot"]["ws"], run.ca, timeout=0.5)
        check(False, "no handshake")
    except (TimeoutError, OSError):
        pass
    run.do("clear")
