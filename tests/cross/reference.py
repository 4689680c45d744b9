#!/usr/bin/env python3
"""The independent decoder: what `tidewatch decode` must print, from the sheets alone.

    reference.py --venue V [--instruments BODY] [--rest '/path?query'] [FILE|-]

FILE may be gzipped. Prints one event a line in the contract's NDJSON with exact
decimals (products to forty digits); what was dropped is counted on stderr. With the
word `decode` first it prints the nearest doubles, as the real program does, so that
the comparison can be tried without it.
"""

import argparse
import gzip
import json
import sys
from collections import Counter
from decimal import Decimal

from ref_binance import Binance
from ref_bybit import Bybit
from ref_event import ANY, HEAD, KEYS, VENUES, Broken
from ref_rest import instruments, rest_events


def open_text(path):
    if path == "-":
        return sys.stdin.buffer.read()
    with open(path, "rb") as file:
        data = file.read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def split_line(line):
    """`recv_ns TAB message` or the message alone."""
    stamp, tab, message = line.partition("\t")
    if tab and stamp.isdigit():
        return int(stamp), message
    return None, line


def expect(venue, data, rest=None, metadata=None, dropped=None):
    """All expected events of a recording (bytes) or of one REST body, in order."""
    table = instruments(venue, metadata.decode()) if metadata is not None else None
    dropped = Counter() if dropped is None else dropped
    if rest is not None:
        try:
            events = rest_events(venue, rest, data.decode(), table)
        except (Broken, UnicodeDecodeError) as error:
            dropped[str(error)] += 1
            return []
        for event in events:
            event.line = 1
        return events
    decoder = (Binance if venue.startswith("binance") else Bybit)(venue, table, dropped)
    result = []
    for line_no, raw in enumerate(data.split(b"\n"), 1):
        if not raw or b'"depthUpdate"' in raw or b'"orderbook.50.' in raw:
            continue
        try:
            recv_ns, message = split_line(raw.decode())
            events = decoder.message(message, recv_ns)
        except (Broken, UnicodeDecodeError) as error:
            dropped[str(error)] += 1
            continue
        for event in events:
            event.line = line_no
        result += events
    return result


def number_text(value, shortest):
    if value is ANY:
        return "null"
    if isinstance(value, Decimal):
        if not shortest:
            return format(value, "f")
        value = float(value)
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def ndjson(fields, shortest=False):
    names = HEAD + KEYS[fields["type"]]
    return "{%s}" % ",".join('"%s":%s' % (name, number_text(fields[name], shortest))
                             for name in names)


def main():
    words = sys.argv[1:]
    as_decoder = words[:1] == ["decode"]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--venue", required=True, choices=VENUES)
    parser.add_argument("--rest")
    parser.add_argument("--instruments")
    parser.add_argument("file", nargs="?", default="-")
    args = parser.parse_args(words[as_decoder:])
    metadata = open_text(args.instruments) if args.instruments else None
    dropped = Counter()
    events = expect(args.venue, open_text(args.file), args.rest, metadata, dropped)
    out = sys.stdout
    out.reconfigure(encoding="utf-8")
    for event in events:
        if not as_decoder or event.optional is None:
            out.write(ndjson(event.fields, as_decoder) + "\n")
    for reason, count in dropped.items():
        sys.stderr.write("dropped %d: %s\n" % (count, reason))


if __name__ == "__main__":
    main()
