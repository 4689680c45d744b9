#!/usr/bin/env python3
"""Every recording and REST body of Binance and Bybit through compare.py.

    corpus.py CORPUS        (TIDEWATCH names the program)

Beside each recording as it is, its raw form (envelope taken off) and a re-spelled
form (keys reversed, spaces between tokens) must give the same events.
"""

import json
import os
import re
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from compare import compare
from reference import open_text

BINANCE = ("binance-spot", "binance-usdm", "binance-coinm")
BYBIT = ("bybit-linear", "bybit-inverse")

# Folder of raw-ws -> venues its messages may belong to.
FOLDERS = {"binance": BINANCE, "binance-spot": ("binance-spot",),
           "binance-usdm": ("binance-usdm",), "binance-coinm": ("binance-coinm",),
           "bybit": BYBIT, "bybit-spot": ("bybit-spot",)}

# derived/, by the start of the name.
DERIVED = (("binance-usdm_", "binance-usdm"), ("load_aggTrade", "binance-usdm"),
           ("bybit_", "bybit-linear"))

# Bodies whose name does not spell the request: (venue, request).
REQUESTS = {
    "live2026_fundingRate_BTCUSD_PERP":
        ("binance-coinm", "/dapi/v1/fundingRate?symbol=BTCUSD_PERP&limit=3"),
    "live2026_error_http200_fundingRate_limit=1001":
        ("binance-usdm", "/fapi/v1/fundingRate?symbol=BTCUSDT&limit=1001"),
    "live2026_fundingRate_BTCUSDT_limit=2":
        ("binance-usdm", "/fapi/v1/fundingRate?symbol=BTCUSDT&limit=2"),
    "live2026_exchangeInfo_symbols-entry_BTCUSDT":
        ("binance-usdm", "/fapi/v1/exchangeInfo"),
    "live2026_globalLongShortAccountRatio_BTCUSDT_1h":
        ("binance-usdm", "/futures/data/globalLongShortAccountRatio?symbol=BTCUSDT&period=1h"),
    "live2026_klines_BTCUSDT_1m":
        ("binance-usdm", "/fapi/v1/klines?symbol=BTCUSDT&interval=1m"),
    "live2026_openInterestHist_BTCUSDT_1h":
        ("binance-usdm", "/futures/data/openInterestHist?symbol=BTCUSDT&period=1h"),
    "live2026_openInterest_BTCUSDT":
        ("binance-usdm", "/fapi/v1/openInterest?symbol=BTCUSDT"),
    "live2026_premiumIndex_BTCUSDT":
        ("binance-usdm", "/fapi/v1/premiumIndex?symbol=BTCUSDT"),
    "live2026_takerlongshortRatio_BTCUSDT_1h":
        ("binance-usdm", "/futures/data/takerlongshortRatio?symbol=BTCUSDT&period=1h"),
    "nautilus_spot_http_json_avg_price_response":
        ("binance-spot", "/api/v3/avgPrice?symbol=LTCBTC"),
    "nautilus_spot_http_json_book_ticker_response":
        ("binance-spot", "/api/v3/ticker/bookTicker?symbol=LTCBTC"),
    "nautilus_spot_http_json_exchange_info_response":
        ("binance-spot", "/api/v3/exchangeInfo"),
    "nautilus_spot_http_json_klines_response":
        ("binance-spot", "/api/v3/klines?symbol=ETHBTC&interval=1w"),
    "nautilus_spot_http_json_server_time_response": ("binance-spot", "/api/v3/time"),
    "nautilus_spot_http_json_ticker_24hr_response":
        ("binance-spot", "/api/v3/ticker/24hr?symbol=BNBBTC"),
    "nautilus_spot_http_json_trades_response":
        ("binance-spot", "/api/v3/trades?symbol=BNBBTC&limit=1"),
    "nautilus_http_get_fee_rate": ("bybit-linear", "/v5/account/fee-rate?category=linear"),
    "nautilus_http_get_instruments_inverse":
        ("bybit-inverse", "/v5/market/instruments-info?category=inverse&limit=1000"),
    "nautilus_http_get_instruments_inverse_symbol_type":
        ("bybit-inverse", "/v5/market/instruments-info?category=inverse&limit=1000"),
    "nautilus_http_get_instruments_linear_symbol_type":
        ("bybit-linear", "/v5/market/instruments-info?category=linear&limit=1000"),
    "nautilus_http_get_instruments_option":
        ("bybit-linear", "/v5/market/instruments-info?category=option&limit=1000"),
    "nautilus_http_get_instruments_spot":
        ("bybit-spot", "/v5/market/instruments-info?category=spot"),
    "nautilus_http_get_instruments_spot_xstocks":
        ("bybit-spot", "/v5/market/instruments-info?category=spot"),
    "nautilus_http_get_trades_recent":
        ("bybit-linear", "/v5/market/recent-trade?category=linear&symbol=BTCUSDT&limit=1"),
    "v2_public_symbols_2021-04-17": ("bybit-inverse", "/v2/public/symbols"),
}

# Bodies that are only a part of the answer are put back into it.
WRAP = {"live2026_exchangeInfo_symbols-entry_BTCUSDT": b'{"symbols":[%s]}'}

# Recordings decoded once more with the venue's own metadata of that day.
WITH_METADATA = (
    ("binance-coinm", "raw-ws/binance-coinm/mixed_cryptofeed_20210722_c1a.ndjson.gz",
     "rest/binance-coinm/dapi_v1_exchangeInfo_2021-07-22.json"),
    ("binance-usdm", "raw-ws/binance-usdm/mixed_cryptofeed_20210722_c1a.ndjson.gz",
     "rest/binance-usdm/fapi_v1_exchangeInfo_2021-07-22.json.gz"),
    ("binance-spot", "raw-ws/binance-spot/mixed_cryptofeed_20211012_c1a.ndjson.gz",
     "rest/binance-spot/api_v3_exchangeInfo_2021-10-12.json.gz"),
)

RESPELLED_LINES = 3000


def spelled_request(name):
    """`fapi_v1_depth_symbol=X_limit=N_DATE` -> /fapi/v1/depth?symbol=X&limit=N."""
    hit = re.match(r"([adf]+pi)_(v[0-9])_([A-Za-z]+)(?:_(.+))?_[0-9-]{10}\Z", name)
    if not hit:
        return None
    prefix, version, what, query = hit.groups()
    query = "?" + query.replace("_limit=", "&limit=") if query else ""
    venue = {"api": "binance-spot", "fapi": "binance-usdm", "dapi": "binance-coinm"}[prefix]
    return venue, "/%s/%s/%s%s" % (prefix, version, what, query)


def cases(corpus):
    """(title, venue, path, rest request, metadata path, form) of every comparison."""
    for folder, venues in FOLDERS.items():
        for path in sorted((corpus / "raw-ws" / folder).glob("*.ndjson*")):
            for venue in venues:
                yield path, venue, None, None, "recorded"
                yield path, venue, None, None, "raw"
                yield path, venue, None, None, "respelled"
    for path in sorted((corpus / "derived").glob("*.ndjson*")):
        for start, venue in DERIVED:
            if path.name.startswith(start):
                yield path, venue, None, None, "recorded"
    for venue, recording, metadata in WITH_METADATA:
        yield corpus / recording, venue, None, corpus / metadata, "recorded"
    for folder in ("binance", "binance-spot", "binance-usdm", "binance-coinm", "bybit"):
        for path in sorted((corpus / "rest" / folder).iterdir()):
            name = path.name.partition(".json")[0]
            request = REQUESTS.get(name) or spelled_request(name)
            if request is None:
                raise SystemExit("no request known for the body %s" % path)
            yield path, request[0], request[1], None, "recorded"


def take_off(message):
    doc = json.loads(message)
    return json.dumps(doc["data"], ensure_ascii=False, separators=(",", ":")) \
        if isinstance(doc, dict) and "stream" in doc and "data" in doc else message


def respell(message):
    def turned(node):
        if isinstance(node, dict):
            return {key: turned(node[key]) for key in reversed(node)}
        return [turned(item) for item in node] if isinstance(node, list) else node
    return json.dumps(turned(json.loads(message)), ensure_ascii=False,
                      separators=(" ,\t ", " : "))


def reform(data, how):
    """The recording with every message but order-book deltas spelled differently."""
    change = take_off if how == "raw" else respell
    lines = []
    for line in data.decode().split("\n"):
        stamp, tab, message = line.rpartition("\t")
        if message and '"depthUpdate"' not in message:
            lines.append(stamp + tab + change(message))
            if len(lines) == RESPELLED_LINES:
                break
    return "\n".join(lines).encode() + b"\n"


def plain_file(path):
    """The path of an uncompressed copy, for options that take a file."""
    if path is None or path.suffix != ".gz":
        return path and str(path)
    with tempfile.NamedTemporaryFile(delete=False, suffix=".json") as file:
        file.write(open_text(str(path)))
    return file.name


def run(case):
    path, venue, rest, metadata, form = case
    data = open_text(str(path))
    # A recording as it lies on disk is read by name, everything else through stdin.
    direct = str(path) if form == "recorded" and path.suffix == ".ndjson" else None
    title = "%-14s %s" % (venue, "/".join(path.parts[-2:]))
    name = path.name.partition(".json")[0]
    if rest and name in WRAP:
        data = WRAP[name] % data.strip()
    if form != "recorded":
        data = reform(data, form)
        title += " (%s)" % form
    table = plain_file(metadata)
    try:
        result = compare(venue, data, rest, table, direct)
    finally:
        if table and table != str(metadata):
            os.unlink(table)
    if metadata:
        title += " (with metadata)"
    return bool(result.differences), sum(result.counts.values()), result.text(title)


def main():
    corpus = Path(sys.argv[1])
    failed = events = total = 0
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for bad, count, text in pool.map(run, cases(corpus)):
            print(text, flush=True)
            failed, events, total = failed + bad, events + count, total + 1
    print("corpus: %d passed, %d failed (%d events compared)" % (total - failed, failed, events))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
