"""check_base.py - what the checks have in common: counting, a running simulator, BTC's names."""
import http.client
import json
import os
import subprocess
import sys
import time

from client import Rest, WebSocket

HERE = os.path.dirname(os.path.abspath(__file__))
checks = [0]
failures = []
PATH = {"binance-spot": "/stream", "binance-usdm": "/market/stream", "binance-coinm": "/stream",
        "bybit-spot": "/v5/public/spot", "bybit-linear": "/v5/public/linear",
        "bybit-inverse": "/v5/public/inverse"}
SYMBOL = {"binance-spot": "BTCUSDT", "binance-usdm": "BTCUSDT", "binance-coinm": "BTCUSD_PERP",
          "bybit-spot": "BTCUSDT", "bybit-linear": "BTCUSDT", "bybit-inverse": "BTCUSD"}


def check(condition, what):
    checks[0] += 1
    if not condition:
        failures.append(what)
        print(f"FAILED: {what}", file=sys.stderr)


def equal(got, want, what):
    check(got == want, f"{what}: got {got!r}, want {want!r}")


def keys(row, names, what):
    equal(list(row), names.split(), f"keys of {what}")


class Run:
    """A simulator in a directory of its own."""

    def __init__(self, top, name, *args):
        self.dir = os.path.join(top, name)
        self.process = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "sim.py"),
                                         "--dir", self.dir, *args],
                                        stdout=subprocess.PIPE, text=True)
        self.ports = None

    def ready(self):
        equal(self.process.stdout.readline().strip(), "ready", "it says ready")
        with open(os.path.join(self.dir, "ports.json")) as f:
            self.ports = json.load(f)
        self.ca = os.path.join(self.dir, "ca.pem")
        return self

    def ctl(self, *words):
        p = subprocess.run([sys.executable, "-B", os.path.join(HERE, "ctl.py"), "--dir", self.dir,
                            *words],
                           capture_output=True, text=True)
        return p.returncode, p.stdout

    def do(self, line):
        c = http.client.HTTPConnection("127.0.0.1", self.ports["control"], timeout=10)
        c.request("POST", "/do", line.encode())
        answer = c.getresponse()
        out = answer.read().decode()
        check(answer.status == 200 and out.startswith("ok"), f"`{line}` is accepted: {out}")
        return out

    def ws(self, venue, path=None, **k):
        return WebSocket(self.ports[venue]["ws"], path or PATH[venue], self.ca, **k)

    def rest(self, venue):
        return Rest(self.ports[venue]["rest"], self.ca)

    def ledger(self):
        time.sleep(0.3)     # it is written a few times a second
        with open(os.path.join(self.dir, "ledger.ndjson"), encoding="utf-8") as f:
            return [json.loads(line) for line in f]

    def bybit(self, target):
        """The list of a Bybit answer."""
        return self.rest("bybit-linear")("/v5/market/" + target)["result"]["list"]

    def subscribe(self, venue, channels, **k):
        """A link that hears these channels of the venue's BTC contract."""
        w, symbol = self.ws(venue, **k), SYMBOL[venue]
        if venue.startswith("binance"):
            names = [c if c.startswith("!") else f"{symbol.lower()}@{c}" for c in channels]
            answer = w.ask({"method": "SUBSCRIBE", "params": names, "id": 1})
            equal(answer, {"result": None, "id": 1}, f"{venue} acknowledges")
        else:
            answer = w.ask({"op": "subscribe", "req_id": "r1",
                            "args": [f"{c}.{symbol}" for c in channels]})
            check(answer["success"] and answer["req_id"] == "r1" and answer["op"] == "subscribe",
                  f"{venue} acknowledges")
            equal(answer["ret_msg"], "subscribe" if venue == "bybit-spot" else "",
                  f"{venue}: words of the ack")
        w.number = max(x["conn"] for x in self.status()["links"])
        return w

    def status(self):
        c = http.client.HTTPConnection("127.0.0.1", self.ports["control"], timeout=10)
        c.request("GET", "/status")
        return json.loads(c.getresponse().read())

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        equal(self.process.returncode, 0, "it ends with 0")
        with open(os.path.join(self.dir, "summary.json"), encoding="utf-8") as f:
            return json.load(f)
