#!/usr/bin/env python3
"""Hand-made messages with hand-written answers: binance.traps and bybit.traps.

    traps.py [FILE.traps ...]       (TIDEWATCH names the program)

The answers were written from the sheets, not by the reference, so they judge both.
A file is a list of cases:

    == title                  begins a case
    venue binance-usdm        whose decoder
    rest /fapi/v1/...         the input is the body of this request
    instruments {...}         metadata body on one line
    counted                   something must be told on stderr
    > message                 one input line; `>e` with \\t, \\r, \\xNN escapes
    < {...}                   an event that must come
    <? {...}                  an event that may come

An answer names the keys it cares about; all others must be present. A number is the
exact double, in usd and in {"near": x} within 1e-9; {"or": [...]} lists what the
contract leaves free. Events beyond the answers are an error, as is any exit code
but 0.
"""

import json
import math
import os
import sys
import tempfile
from pathlib import Path

from compare import read_events, run_decoder

HERE = Path(__file__).parent


def load(path):
    cases = []
    for line_no, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        word, _, rest = line.partition(" ")
        if word == "==":
            cases.append({"title": rest, "line": line_no, "in": [], "out": [], "counted": False})
        elif word in ("venue", "rest", "instruments"):
            cases[-1][word] = rest
        elif word == "counted":
            cases[-1]["counted"] = True
        elif word == ">":
            cases[-1]["in"].append(rest.encode())
        elif word == ">e":
            cases[-1]["in"].append(rest.encode().decode("unicode_escape").encode("latin-1"))
        elif word in ("<", "<?"):
            cases[-1]["out"].append((word == "<", json.loads(rest)))
        elif word and not word.startswith("#"):
            sys.exit("%s:%d: what is this?" % (path, line_no))
    return cases


def agrees(want, got, near=False):
    if isinstance(want, dict):
        if "or" in want:
            return any(agrees(item, got, near) for item in want["or"])
        return agrees(want["near"], got, True)
    if isinstance(want, bool) or want is None or isinstance(want, str):
        return want is got or (isinstance(want, str) and want == got)
    if isinstance(want, list):
        return isinstance(got, list) and sorted(want) == sorted(got)
    if isinstance(got, bool) or not isinstance(got, (int, float)):
        return False
    return math.isclose(want, got, rel_tol=1e-9) if near else want == got


def wrong_keys(want, got):
    return [key for key, value in want.items()
            if not agrees(value, got.get(key), near=key in ("usd", "buy_usd"))]


def check(case):
    """What is wrong with the program's answer to one case, as text lines."""
    table = None
    if "instruments" in case:
        with tempfile.NamedTemporaryFile("w", delete=False, encoding="utf-8") as file:
            file.write(case["instruments"])
        table = file.name
    data = b"\n".join(case["in"]) + b"\n"
    try:
        out, err, code = run_decoder(case["venue"], data, case.get("rest"), table)
    finally:
        if table:
            os.unlink(table)
    events, faults = read_events(out)
    if code != 0:
        faults.append("exit code %d: %s" % (code, err.decode("utf-8", "replace")[-200:]))
    if case["counted"] and not err.strip():
        faults.append("nothing told on stderr")
    for required, want in case["out"]:
        fits = [got for got in events if not wrong_keys(want, got)]
        if fits:
            events.remove(fits[0])
            continue
        if not required:
            continue
        near = [got for got in events if got["type"] == want["type"]
                and got.get("symbol") == want.get("symbol", got.get("symbol"))]
        if near:
            events.remove(near[0])
            faults += ["%s: expected %s, got %s" % (key, json.dumps(want[key], ensure_ascii=False),
                                                    json.dumps(near[0].get(key)))
                       for key in wrong_keys(want, near[0])]
        else:
            faults.append("missing: %s" % json.dumps(want, ensure_ascii=False))
    faults += ["unexpected: %s" % json.dumps(got, ensure_ascii=False) for got in events]
    return faults


def main():
    paths = [Path(name) for name in sys.argv[1:]] or sorted(HERE.glob("*.traps"))
    passed = failed = 0
    for path in paths:
        for case in load(path):
            faults = check(case)
            passed, failed = passed + (not faults), failed + bool(faults)
            if faults:
                print("FAIL  %s:%d %s" % (path.name, case["line"], case["title"]))
                for fault in faults:
                    print("      " + fault)
    print("traps: %d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
