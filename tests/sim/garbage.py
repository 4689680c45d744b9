"""garbage.py - what no venue should send: frames that a client must survive or refuse.

Kinds that keep the connection by RFC 6455 (nonjson half types empty binary huge deep
number keys) must be counted and skipped; those that break the protocol (utf8 rsv masked
opcode longcontrol badclose continuation) must end the link with its reason.
"""
import json

from wsserver import BINARY, CLOSE, PING, TEXT, frame

HUGE_BYTES = 3 << 19    # 1.5 MiB
DEEP = 100000


def trade(link, values):
    """A trade message of the link's venue whose fields have the wrong values."""
    if link.venue.name.startswith("bybit"):
        row = dict(zip(("T", "s", "S", "v", "p", "i", "BT", "seq"), values))
        return {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": values[0], "data": [row]}
    return {"stream": "btcusdt@aggTrade",
            "data": dict(zip(("E", "s", "e", "q", "p", "a", "m", "T"), values),
                                                        e="aggTrade")}


def last(link):
    for payload, _, _ in reversed(link.recent):
        return payload
    return b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1790526539033,"a":34667'


def huge(link):
    return b'{"stream":"btcusdt@depth","topic":"orderbook.1000.BTCUSDT","data":"' + b"x" * HUGE_BYTES + b'"}'


KINDS = {
    "nonjson": lambda link: frame(TEXT, b"<html>Service Temporarily Unavailable</html>"),
    "half": lambda link: frame(TEXT, last(link)[:max(1, len(last(link)) // 2)]),
    "types": lambda link: b"".join(frame(TEXT, json.dumps(v).encode()) for v in (
        trade(link, ["x", 5, [], {}, None, "id", "yes", -1]), trade(link, [None] * 8),
        trade(link, [1.5e300, "BTCUSDT", 7, "-1", "NaN", 2**70, False, 2**63]), [], 42, None,
        "text", True,
        {"stream": 5, "data": [], "topic": {}}, {"data": {}}, [[[]]])),
    "number": lambda link: frame(TEXT, json.dumps(trade(link, [1, "BTCUSDT", "Buy", "1" * 5000,
                                                               "1e999", "9" * 400,
                                                               True, 1])).encode()),
    "keys": lambda link: frame(TEXT, b'{"e":"aggTrade","e":"trade","s":"BTCUSDT","s":"ETHUSDT","p":"1","p":"2",'
                                     b'"\\u0065":"x","":"","topic":"tickers.","topic":"tickers.BTCUSDT"}'),
    "deep": lambda link: frame(TEXT, b"[" * DEEP + b"]" * DEEP),
    "huge": lambda link: frame(TEXT, huge(link)),
    "empty": lambda link: frame(TEXT, b""),
    "binary": lambda link: frame(BINARY, b"\x00\x01\x02\xff" * 8),
    "utf8": lambda link: frame(TEXT, b'{"stream":"btcusdt@aggTrade","data":"\xc3\x28\xff\xfe"}'),
    "rsv": lambda link: bytes((0xC1, 2)) + b"{}",
    "masked": lambda link: bytes((0x81, 0x82, 1, 2, 3, 4)) + bytes((0x7B ^ 1, 0x7D ^ 2)),
    "opcode": lambda link: bytes((0x83, 2)) + b"{}",
    "longcontrol": lambda link: frame(PING, b"p" * 126),
    "badclose": lambda link: frame(CLOSE, b"\x03\xed"),     # 1005 is never sent
    "continuation": lambda link: frame(0, b"{}"),
}


def make(kind, link):
    """Bytes for the wire."""
    return KINDS[kind](link)
