#!/usr/bin/env python3
"""Compare `$TIDEWATCH decode` with the reference, event by event.

    compare.py --venue V [--instruments BODY] [--rest '/path?query'] FILE

Equal means: every key of the type is there; words, times, ids and flags are the
same; a number copied from the venue is the double nearest to its decimal, written
in shortest form; a product agrees within 1e-9. Events of one message may come in any
order, messages may not. Where the contract leaves a value free, the choice taken is
counted and printed. Exit 1 on any difference.
"""

import argparse
import json
import math
import os
import shlex
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import Decimal

from reference import expect, open_text
from ref_event import ANY, HEAD, KEYS, VENUES

NEAR = 1e-9
LOOK_AHEAD = 200  # how far a lost or foreign event is searched for
SHOWN = 8


class Number(float):
    """A double that remembers how it was written."""
    def __new__(cls, text):
        number = float.__new__(cls, text)
        number.text = text
        return number


def digits(text):
    mantissa = text.lower().partition("e")[0].lstrip("-").replace(".", "")
    return mantissa.strip("0")


def is_shortest(number):
    text = getattr(number, "text", None)
    return text is None or digits(text) == digits(repr(float(number)))


def no_constant(word):
    raise ValueError(word)  # NaN and Infinity are no JSON


def read_events(out):
    """(events, complaints): the decoder's lines (bytes), floats with their spelling."""
    events, complaints = [], []
    for line_no, line in enumerate(out.split(b"\n"), 1):
        if not line:
            continue
        try:
            event = json.loads(line.decode(), parse_float=Number, parse_constant=no_constant)
            names = HEAD + KEYS[event["type"]]
        except (ValueError, KeyError, TypeError):
            complaints.append("output line %d: no event of the contract: %s"
                              % (line_no, line.decode("utf-8", "backslashreplace")[:200]))
            continue
        missing = [name for name in names if name not in event]
        if missing:
            complaints.append("output line %d: keys missing: %s" % (line_no, " ".join(missing)))
        elif len(event) != len(names):
            extra = sorted(set(event) - set(names))
            complaints.append("output line %d: keys not in the contract: %s"
                              % (line_no, " ".join(extra) or "twice"))
        events.append(event)
    return events, complaints


def run_decoder(venue, data, rest=None, instruments=None, path=None):
    """(stdout, stderr, exit code) of the program under test; through stdin without a path."""
    command = shlex.split(os.environ["TIDEWATCH"]) + ["decode", "--venue", venue]
    if instruments:
        command += ["--instruments", instruments]
    if rest:
        command += ["--rest", rest]
    done = subprocess.run(command + [path or "-"], input=data, capture_output=True, check=False)
    return done.stdout, done.stderr, done.returncode


# ------------------------------------------------------------------ one value

def same(want, got, near):
    if want is ANY:
        return True
    if isinstance(want, Decimal):
        if type(got) not in (int, Number, float):
            return False
        if not near:
            return float(want) == got
        want = float(want)
        return math.isclose(want, got, rel_tol=NEAR, abs_tol=1e-300)
    if isinstance(want, list):
        return isinstance(got, list) and sorted(want) == sorted(got)
    return type(want) is type(got) and want == got


def difference(event, got, taken):
    """None, or what is wrong with `got` for the expected event."""
    for name, want in event.fields.items():
        have = got.get(name)
        near = name in event.near
        if not same(want, have, near):
            why, others = (event.choice or {}).get(name, ("", ()))
            if not any(same(other, have, True) for other in others):
                return "%s: expected %s%s, got %s" % (
                    name, show(want), " (1e-9)" if near else "", show(have))
            taken["%s %s: %s" % (got["type"], name, why)] += 1
        if type(have) is Number and not is_shortest(have):
            return "%s: not in shortest form: %s" % (name, have.text)
    return None


def show(value):
    if isinstance(value, Number):
        return value.text
    if isinstance(value, Decimal):
        return "%s (double %r)" % (format(value, "f")[:40], float(value))
    return json.dumps(value) if value is not ANY else "any"


# ------------------------------------------------------------------ one stream

def is_it(event, got):
    """Could `got` be this expected event? By id where there is one, else by times."""
    if event.fields.get("id") is not None:
        return event.fields["id"] == got.get("id")
    for name in ("ts_ns", "recv_ns"):
        want, have = event.fields[name], got.get(name)
        others = (event.choice or {}).get(name, ("", ()))[1]
        if want is not ANY and want != have and have not in others:
            return False
    return True


def pair_up(expected, actual, report):
    """Align two lists of one (type, symbol); yields (expected, position in output)."""
    i = j = 0
    needed = [0] * (len(expected) + 1)  # required events from here to the end
    for at in range(len(expected) - 1, -1, -1):
        needed[at] = needed[at + 1] + (expected[at].optional is None)
    while i < len(expected) or j < len(actual):
        event = expected[i] if i < len(expected) else None
        got = actual[j][1] if j < len(actual) else None
        if event is None:
            report(None, actual[j], "unexpected event")
            j += 1
        elif got is None:
            if event.optional is None:
                report(event, None, "event missing")
            i += 1
        elif event.optional is not None and (len(actual) - j <= needed[i]
                                             or difference(event, got, Counter())):
            i += 1
        elif is_it(event, got):
            yield event, actual[j]
            i, j = i + 1, j + 1
        elif event.optional is not None:
            i += 1
        else:
            i, j = resynchronise(expected, actual, i, j, report)
            if i < len(expected) and j < len(actual):
                yield expected[i], actual[j]
                i, j = i + 1, j + 1


def resynchronise(expected, actual, i, j, report):
    """Skip what is lost or foreign; if neither fits anywhere, keep the pair."""
    for step in range(1, LOOK_AHEAD):
        if i + step < len(expected) and is_it(expected[i + step], actual[j][1]):
            for event in expected[i:i + step]:
                if event.optional is None:
                    report(event, None, "event missing")
            return i + step, j
        if j + step < len(actual) and is_it(expected[i], actual[j + step][1]):
            for item in actual[j:j + step]:
                report(None, item, "unexpected event")
            return i, j + step
    return i, j


class Result:
    def __init__(self):
        self.counts = Counter()
        self.differences = []
        self.taken = Counter()
        self.stderr = b""

    def text(self, title):
        kinds = ", ".join("%s %d" % pair for pair in sorted(self.counts.items())) or "no event"
        lines = ["%s  %s: %s" % ("FAIL" if self.differences else "ok  ", title, kinds)]
        for note, count in sorted(self.taken.items()):
            lines.append("        free: %s (%d)" % (note, count))
        for difference_ in self.differences[:SHOWN]:
            lines.append("      " + difference_)
        if len(self.differences) > SHOWN:
            lines.append("      ... %d differences in all" % len(self.differences))
        return "\n".join(lines)


def compare(venue, data, rest=None, instruments=None, path=None):
    """The Result of one recording or body; the program reads `path` itself if given."""
    metadata = open_text(instruments) if instruments else None
    expected = expect(venue, data, rest, metadata)
    out, err, code = run_decoder(venue, data, rest, instruments, path)
    result = Result()
    result.stderr = err
    if code != 0:
        told = err.decode("utf-8", "replace")[-200:]
        result.differences.append("exit code %d: %s" % (code, told))
    events, complaints = read_events(out)
    result.differences += complaints
    return judge(expected, events, result)


def judge(expected, events, result):
    streams = defaultdict(lambda: ([], []))
    for event in expected:
        streams[event.key][0].append(event)
    for position, got in enumerate(events):
        streams[got["type"], got.get("symbol")][1].append((position, got))

    def report(event, item, what):
        where = "line %d" % event.line if event else "output line %d" % (item[0] + 1)
        fields = event.fields if event else item[1]
        result.differences.append("%s: %s: %s %s ts_ns %s id %s" % (
            where, what, fields["type"], fields["symbol"], show(fields.get("ts_ns")),
            fields.get("id")))

    line_of = {}
    for wanted, got in streams.values():
        given = set()
        for event, (position, fields) in pair_up(wanted, got, report):
            line_of[position] = event.line
            wrong = difference(event, fields, result.taken)
            if wrong:
                result.differences.append("line %d: %s %s %s" % (
                    event.line, fields["type"], fields["symbol"], wrong))
            result.counts[fields["type"]] += 1
            if event.optional:
                given.add(id(event))
        for event in wanted:
            if event.optional:
                what = "given" if id(event) in given else "left out"
                result.taken["%s %s: %s" % (event.fields["type"], what, event.optional)] += 1
    last = 0
    for position in sorted(line_of):
        if line_of[position] < last:
            result.differences.append("output line %d: event of line %d after one of line %d"
                                      % (position + 1, line_of[position], last))
            break
        last = line_of[position]
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--venue", required=True, choices=VENUES)
    parser.add_argument("--rest")
    parser.add_argument("--instruments")
    parser.add_argument("file")
    args = parser.parse_args()
    if "TIDEWATCH" not in os.environ:
        sys.exit("TIDEWATCH names the program to test")
    result = compare(args.venue, open_text(args.file), args.rest, args.instruments)
    print(result.text("%s %s" % (args.venue, args.file)))
    sys.exit(1 if result.differences else 0)


if __name__ == "__main__":
    main()
