#!/usr/bin/env python3
"""scenarios.py - the program against simulated venues that misbehave.

    scenarios.py NAME...      each in a directory of its own, one after the other
    scenarios.py --list

Goal: whatever happens on the way, what is counted is what the venues said: nothing twice,
nothing invented, nothing lost that can be had again, and a marked gap where it cannot.
Method: the real binary, real TLS, six simulated venues with their own account of what they
said (account.py compares trade by trade); then the tape of that run again through replay,
which must print the same bytes.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from account import Account
from world import BINARY, HERE, SIM, Failed, World

COINS = ("BTC", "ETH", "SOL")
SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


def watched(_venue, symbol):
    """Of the simulator's listing: coins in dollars, perpetual, dated or spot."""
    name = symbol.replace("-", "").replace("_", "")
    return any(name.startswith(c) for c in COINS) and not name.endswith("BTC") \
        and not name.endswith("EUR")


def in_dollars(_venue, symbol):
    """What `all` watches: everything but pairs quoted in other coins or currencies."""
    return not any(symbol.endswith(q) and symbol != q for q in ("BTC", "ETH", "EUR"))


def judge(w, watches=watched, minimum=20):
    """Stops the market, lets what is on its way arrive, stops the program, compares."""
    time.sleep(1.5)
    w.stop_sim()
    time.sleep(1.0)
    code = w.stop_run()
    events = w.events()
    a = Account(w.ledger(), events)
    missing = a.check(watches)
    totals = a.totals()
    faults = list(a.faults)
    if code != 0:
        faults.append(f"the program ended with {code}")
    venues = {row["venue"] for row in w.ledger() if "venue" in row and row["what"] == "made"}
    for venue in venues:
        if totals.get(venue, [0])[0] < minimum:
            faults.append(f"{venue}: only {totals.get(venue, [0])[0]} trades")
    done = w.replay()
    with open(w.events_path, "rb") as f:
        live = f.read()
    if done.stdout != live:
        faults.append("replay of the tape differs from the live run: " +
                      first_difference(live, done.stdout))
    count = sum(t[0] for t in totals.values())
    print(f"  {count} trades of {len(totals)} venues counted, {len(a.said)} said, missing and "
          f"marked {dict(missing)}, {len(faults)} faults")
    for fault in faults[:15]:
        print("  FAULT " + fault)
    return faults


def first_difference(a, b):
    left, right = a.splitlines(), b.splitlines()
    for i, (x, y) in enumerate(zip(left, right)):
        if x != y:
            return f"line {i + 1}: live {x.decode()} replay {y.decode()}"
    return f"{len(left)} lines live, {len(right)} in replay"


def rss_bytes(w):
    return w.status()["memory"]["rss_bytes"]


def grown(w, before):
    """Memory is what was planned: connections that come back use the places of those that
    went, and what is touched for the first time was planned for (24 places of some 60 KB)."""
    after = rss_bytes(w)
    print(f"  memory {before // 1024} KB before, {after // 1024} KB after")
    return [f"memory grew from {before} to {after}"] if after > before + (1 << 20) else []


def attempts(w):
    """TLS connections that were begun, by venue."""
    out = {}
    for row in w.ledger():
        if row["what"] == "conn" and row.get("event") == "tls":
            out[row["venue"]] = out.get(row["venue"], 0) + 1
    return out


# --- the scenarios --------------------------------------------------------------------------

def calm(directory, tls):
    w = World(directory, tls=tls)
    try:
        w.start()
        w.wait_ready()
        time.sleep(8)
        return judge(w)
    finally:
        w.close()


@scenario
def calm_mbedtls(directory):
    return calm(directory, "mbedtls")


@scenario
def calm_bearssl(directory):
    return calm(directory, "bearssl")


@scenario
def every_coin(directory):
    w = World(directory, coins="all", more="[limits]\nmemory_mb = 256\n")
    try:
        w.start()
        w.wait_ready()
        time.sleep(5)
        count = len(w.status()["coins"])
        faults = judge(w, in_dollars)
        return faults + ([] if count >= 12 else [f"only {count} coins on the board"])
    finally:
        w.close()


@scenario
def the_largest_coins(directory):
    """top:3 is ranked by volume first; the tape has the list, so replay drops the same."""
    w = World(directory, coins="top:3")
    try:
        w.start()
        w.wait_ready()
        time.sleep(5)
        coins = sorted(c["coin"] for c in w.status()["coins"])
        faults = judge(w)
        return faults + ([] if coins == sorted(COINS) else [f"watched {coins}"])
    finally:
        w.close()


@scenario
def links_that_end(directory):
    """Each way a connection can end, on every venue."""
    w = World(directory)
    try:
        w.start()
        w.wait_ready()
        for how in ("rst", "fin", "notify", "close"):
            time.sleep(2)
            w.ctl("cut", f"how={how}")
            time.sleep(2)
            w.wait_ready()
        return judge(w)
    finally:
        w.close()


@scenario
def frames_nobody_should_send(directory):
    w = World(directory)
    try:
        w.start()
        w.wait_ready()
        for _ in range(2):
            # The first huge one uses room that was planned and untouched.
            before = rss_bytes(w)
            for kind in ("nonjson", "half", "types", "number", "keys", "deep", "huge",
                         "empty", "binary"):
                w.ctl("garbage", f"kind={kind}", "count=3")
                time.sleep(0.3)
        for kind in ("utf8", "rsv", "masked", "opcode", "longcontrol", "badclose",
                     "continuation"):
            w.ctl("garbage", f"kind={kind}", "count=1")
            time.sleep(1.5)
            w.wait_ready()
        return grown(w, before) + judge(w)
    finally:
        w.close()


@scenario
def twice_late_and_in_pieces(directory):
    w = World(directory)
    try:
        w.start()
        w.wait_ready()
        w.ctl("duplicate", "count=50")
        w.ctl("resay", "count=20")
        time.sleep(1)
        w.ctl("fragment", "parts=7", "3s")
        w.ctl("late", "by=1s", "3s")
        time.sleep(2)
        w.ctl("cut", "how=fin")
        time.sleep(1)
        w.wait_ready()
        w.ctl("drip", "2s")
        w.ctl("pingflood", "count=1000")
        time.sleep(4)
        return judge(w)
    finally:
        w.close()


@scenario
def gaps_with_and_without_a_cure(directory):
    """Prints that nobody was told of, on a connection that lives. Binance's ids prove them;
    Bybit's do not count, so there a print that was never said leaves no trace (what a
    connection's end may have cost is another scenario)."""
    w = World(directory)
    try:
        w.start()
        w.wait_ready()
        time.sleep(1)
        w.ctl("gap", "venue=binance", "count=5", "rest=yes")
        time.sleep(3)
        for venue, symbol in (("binance-spot", "BTCUSDT"), ("binance-usdm", "BTCUSDT"),
                              ("binance-coinm", "BTCUSD_PERP")):
            w.ctl("gap", f"venue={venue}", f"symbol={symbol}", "count=3", "rest=no")
        time.sleep(6)
        faults = judge(w)
        marks = [e for e in w.events() if e["type"] == "status" and e["what"] == "gap"]
        if len(marks) < 6:
            faults.append(f"only {len(marks)} gaps were marked")
        return faults
    finally:
        w.close()


@scenario
def silence_on_a_live_link(directory):
    """The connection lives, pongs come, and nothing is said."""
    w = World(directory, net="quiet_max_ms = 3000\n")
    try:
        w.start()
        w.wait_ready()
        time.sleep(1)
        w.ctl("silence", "venue=binance-usdm", "stream=aggTrade", "8s")
        w.ctl("silence", "venue=bybit-linear", "8s")
        time.sleep(14)
        w.wait_ready()
        return judge(w)
    finally:
        w.close()


@scenario
def a_storm_of_cuts(directory):
    """Cut again and again: back every time, and not in a herd."""
    w = World(directory)
    try:
        w.start()
        w.wait_ready()
        before = rss_bytes(w)
        for _ in range(8):
            w.ctl("cut", "how=rst")
            time.sleep(0.7)
        time.sleep(4)
        w.wait_ready()
        faults = grown(w, before) + judge(w)
        for venue, count in attempts(w).items():
            if count > 60:
                faults.append(f"{venue}: {count} connections for 8 cuts")
        return faults
    finally:
        w.close()


@scenario
def a_venue_that_says_goodbye(directory):
    """A notice of shutdown: the new connection is there before the old one goes."""
    w = World(directory)
    try:
        w.start()
        w.wait_ready()
        time.sleep(1)
        w.ctl("shutdown", "venue=binance-spot")
        time.sleep(8)
        w.wait_ready()
        faults = judge(w)
        said = [e for e in w.events() if e["type"] == "status" and
                e["venue"] == "binance-spot" and e["what"] in ("down", "resubscribed")]
        if not any(e["what"] == "resubscribed" and "replaced" in e["reason"] for e in said):
            faults.append(f"no connection was replaced: {said}")
        return faults
    finally:
        w.close()


@scenario
def refusals_are_told_apart(directory):
    """Each venue refuses in another way; none harms another, and status has the sentence."""
    kinds = {"binance-usdm": ("451", "country"), "bybit-linear": ("403geo", "country"),
             "binance-spot": ("429", "asks too much"),
             "binance-coinm": ("badaccept", "handshake_refused"),
             "bybit-spot": ("extension", "unasked_extension"), "bybit-inverse": ("stall", "")}
    w = World(directory)
    faults = []
    try:
        w.start()
        w.wait_ready()
        for venue, (kind, _) in kinds.items():
            words = ["upgrade", f"venue={venue}", f"kind={kind}"]
            w.ctl(*words, *(["retry_after=3"] if kind == "429" else []))
            w.ctl("cut", f"venue={venue}", "how=rst")
        time.sleep(4)
        status = w.status()
        state = {v["venue"]: v for v in status["venues"]}
        for venue, (kind, word) in kinds.items():
            links = [x for x in status["links"] if x["venue"] == venue]
            told = state[venue]["trouble"] + "".join(x["reason"] for x in links)
            if state[venue]["state"] == "up":
                faults.append(f"{venue} is up though it says {kind}")
            if word not in told:
                faults.append(f"{venue} says {kind}: {told!r}")
            # Nobody answers: there is no reason yet, and the link waits for one.
            if kind == "stall" and links[0]["state"] != "upgrade" and \
                    "upgrade_timeout" not in told:
                faults.append(f"{venue} stalls: {links[0]}")
        w.ctl("clear", "kind=upgrade")
        rest = [v for v, (kind, _) in kinds.items() if kind not in ("451", "403geo")]
        w.wait("the others are back", lambda: all(
            v["state"] == "up" for v in w.status()["venues"] if v["venue"] in rest), 45)
        time.sleep(2)
        return faults + [f for f in judge(w) if "only" not in f]
    finally:
        w.close()


@scenario
def through_proxies(directory):
    """One venue by HTTP CONNECT with a password, one by SOCKS5; the password is nowhere."""
    proxy = subprocess.Popen([sys.executable, os.path.join(HERE, "proxies.py")],
                             stdout=subprocess.PIPE, text=True)
    http, socks = proxy.stdout.readline().split()
    w = World(directory)
    try:
        with open(w.config, encoding="utf-8") as f:
            text = f.read()
        text = text.replace("[venue.binance-usdm]\n", "[venue.binance-usdm]\nproxy = "
                            f"http://me:hu5h-hu5h@127.0.0.1:{http}\n")
        text = text.replace("[venue.bybit-linear]\n", "[venue.bybit-linear]\nproxy = "
                            f"socks5://127.0.0.1:{socks}\n")
        with open(w.config, "w", encoding="utf-8") as f:
            f.write(text)
        w.start()
        w.wait_ready()
        time.sleep(5)
        status = w.command("status", "--json").stdout
        faults = judge(w)
        proxy.kill()
        tunnels = proxy.stdout.read().split("\n")
        for kind, least in (("connect", 3), ("socks", 2)):
            count = sum(line.startswith(kind) for line in tunnels)
            if count < least: # websockets and REST
                faults.append(f"{count} tunnels by {kind}")
        with open(w.events_path, encoding="utf-8") as f:
            spread = w.log() + status + f.read() + w.replay().stderr.decode()
        for name in os.listdir(w.tapes):
            with open(os.path.join(w.tapes, name), "rb") as f:
                spread += f.read().decode("latin-1")
        spread += subprocess.run([BINARY, "tape", "cat", "--json", w.tapes], check=False,
                                 capture_output=True, text=True).stdout
        if "hu5h" in spread:
            faults.append("the proxy's password was told")
        return faults
    finally:
        w.close()
        proxy.kill()
        proxy.wait(10)


class Names:
    """A name server with bad habits (tests/sim/dnsd.py) for the venues' host."""

    def __init__(self):
        self.server = subprocess.Popen(
            [sys.executable, os.path.join(SIM, "dnsd.py"), "--name",
             "venues.test=127.0.0.1,::1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        self.port = int(self.server.stdout.readline().split()[1])

    def tell(self, line):
        self.server.stdin.write(line + "\n")
        self.server.stdin.flush()
        if self.server.stdout.readline().strip() != "ok":
            raise Failed(f"the name server did not take {line}")

    def close(self):
        self.server.kill()
        self.server.wait(10)


@scenario
def names_that_flap(directory):
    """Links are cut while the name server fails in each of its ways; ::1 never answers."""
    names = Names()
    w = World(directory, sim=("--host", "venues.test"),
              more=f"[dns]\nservers = 127.0.0.1:{names.port}\n")
    try:
        w.start()
        w.wait_ready()
        for mode in ("nxdomain", "servfail", "drop", "garbage", "empty", "wrongid", "noaaaa"):
            names.tell(f"mode {mode}")
            w.ctl("cut", "how=rst")
            time.sleep(1.5)
            names.tell("mode ok")
            time.sleep(1)
            w.wait_ready()
        names.tell("mode servfail")
        names.tell("flap 3")
        w.ctl("cut", "how=fin")
        time.sleep(3)
        w.wait_ready()
        return judge(w)
    finally:
        w.close()
        names.close()


@scenario
def a_minute_without_a_link(directory):
    w = World(directory)
    try:
        w.start()
        w.wait_ready()
        time.sleep(2)
        w.ctl("refuse", "port=both", "60s")
        w.ctl("cut", "how=rst")
        time.sleep(62)
        w.wait_ready(20)
        time.sleep(5)
        faults = judge(w)
        for venue, count in attempts(w).items():
            if count > 80:
                faults.append(f"{venue}: {count} connections in a minute of refusals")
        return faults
    finally:
        w.close()


@scenario
def killed_and_begun_again(directory):
    """kill -9: the tape is closed at the next start and holds all but the last seconds."""
    w = World(directory)
    try:
        w.start()
        w.wait_ready()
        time.sleep(6)
        w.stop_run(signal.SIGKILL)
        # The last line may be cut, and the last seconds may be missing: a block is given
        # away when it is a second old, looked at once a second; twice that for a busy disk.
        with open(w.events_path, "rb") as f:
            before = [line for line in f if line.endswith(b"\n")]
        times = [json.loads(line)["recv_ns"] for line in before]
        settled = [line for line, ns in zip(before, times) if ns <= max(times) - 4000000000]
        w.start()
        w.wait_ready()
        time.sleep(2)
        w.stop_run()
        w.stop_sim()
        done = w.replay()
        lost = len(set(settled) - set(done.stdout.splitlines(keepends=True)))
        print(f"  {len(before)} events before the kill, {len(settled)} of them settled, {lost} lost")
        faults = []
        if done.returncode != 0:
            faults.append(f"replay ended with {done.returncode}: {done.stderr.decode()[:500]}")
        if lost > 0 or len(settled) < 100:
            faults.append(f"{lost} of {len(settled)} settled events are not on the tapes")
        if '"repaired":1' not in w.log():
            faults.append("the start did not tell of a repaired tape")
        return faults
    finally:
        w.close()


def main():
    names = sys.argv[1:]
    if names == ["--list"]:
        print("\n".join(SCENARIOS))
        return 0
    keep = os.environ.get("KEEP")
    failed = []
    for name in names or SCENARIOS:
        directory = tempfile.mkdtemp(prefix=f"live_{name}.", dir=os.environ.get("TMPDIR"))
        began = time.monotonic()
        print(f"{name}:", flush=True)
        try:
            faults = SCENARIOS[name](directory)
        except Failed as e:
            faults = [str(e)]
            print(f"  FAULT {e}")
        print(f"  {'failed' if faults else 'ok'} in {time.monotonic() - began:.0f} s", flush=True)
        for fault in faults:
            print("  because " + fault[:300], flush=True)
        if faults:
            failed.append(name)
        if not keep:
            shutil.rmtree(directory, ignore_errors=True)
    if failed:
        print("failed: " + " ".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
