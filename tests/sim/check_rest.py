"""check_rest.py - REST bodies by the sheets, and each way in which REST misbehaves."""
import time

from check_base import check, equal, keys
from client import Rest
from rest import Pool

PREMIUM = ("markPrice indexPrice estimatedSettlePrice lastFundingRate interestRate "
           "nextFundingTime time")


def rest_answers_have_their_shapes(run):
    um, cm, sp = run.rest("binance-usdm"), run.rest("binance-coinm"), run.rest("binance-spot")
    status, headers, info = um.get("/fapi/v1/exchangeInfo")
    used = int(headers["x-mbx-used-weight-1m"])
    cm("/dapi/v1/ticker/24hr")
    check(int(um.get("/fapi/v1/time")[1]["x-mbx-used-weight-1m"]) >= used + 41,
          "fapi and dapi share their weight")
    symbols = {s["symbol"]: s for s in info["symbols"]}
    equal(symbols["LUNAUSDT"]["status"], "SETTLING", "a delisted one")
    equal(symbols["TSLAUSDT"]["contractType"], "TRADIFI_PERPETUAL", "a stock")
    check("牛来USDT" in symbols and "1000PEPEUSDT" in symbols, "odd names")
    check(all(any(f["filterType"] == "LOT_SIZE" for f in s["filters"]) for s in symbols.values()),
          "filters")
    coin = {s["symbol"]: s for s in cm("/dapi/v1/exchangeInfo")["symbols"]}
    equal([coin[s]["contractSize"] for s in ("BTCUSD_PERP", "ETHUSD_PERP")], [100, 10],
          "contract sizes")
    check(any(s["contractType"] == "CURRENT_QUARTER" for s in coin.values()), "dated contracts")
    spot = {s["symbol"]: s["status"]
            for s in sp("/api/v3/exchangeInfo?showPermissionSets=false")["symbols"]}
    equal((spot["BTCUSDT"], spot["BTTUSDT"], "PEPEUSDT" in spot), ("TRADING", "BREAK", True),
          "spot listing")
    shapes = (
        (um, "/fapi/v1/premiumIndex?symbol=BTCUSDT", None,
         "symbol " + PREMIUM),
        (cm, "/dapi/v1/premiumIndex?symbol=BTCUSD_PERP", 0,
         "symbol pair " + PREMIUM),
        (um, "/fapi/v1/openInterest?symbol=BTCUSDT", None, "symbol openInterest time"),
        (cm, "/dapi/v1/openInterest?symbol=BTCUSD_PERP", None,
         "symbol pair openInterest contractType time"),
        (um, "/fapi/v1/fundingRate?symbol=BTCUSDT&limit=3", 0,
         "symbol fundingTime fundingRate markPrice rateType"),
        (um, "/fapi/v1/fundingInfo", 0,
         "symbol adjustedFundingRateCap adjustedFundingRateFloor fundingIntervalHours disclaimer"),
        (um, "/futures/data/openInterestHist?symbol=BTCUSDT&period=5m", 0,
         "symbol sumOpenInterest sumOpenInterestValue CMCCirculatingSupply timestamp"),
        (um, "/futures/data/globalLongShortAccountRatio?symbol=BTCUSDT&period=5m", 0,
         "symbol longAccount longShortRatio shortAccount timestamp"),
        (um, "/futures/data/topLongShortPositionRatio?symbol=BTCUSDT&period=1h", 0,
         "symbol longAccount longShortRatio shortAccount timestamp"),
        (um, "/futures/data/takerlongshortRatio?symbol=BTCUSDT&period=5m", 0,
         "buySellRatio sellVol buyVol timestamp"),
        (um, "/fapi/v1/ticker/bookTicker?symbol=BTCUSDT", None,
         "symbol bidPrice bidQty askPrice askQty time"),
        (sp, "/api/v3/ticker/bookTicker?symbol=BTCUSDT", None,
         "symbol bidPrice bidQty askPrice askQty"),
        (sp, "/api/v3/trades?symbol=BTCUSDT&limit=5", 0,
         "id price qty quoteQty time isBuyerMaker isBestMatch"),
        (um, "/fapi/v1/trades?symbol=BTCUSDT&limit=5", 0,
         "id price qty quoteQty time isBuyerMaker isRPITrade"),
        (sp, "/api/v3/aggTrades?symbol=BTCUSDT&limit=5", 0, "a p q f l T m M"),
    )
    for rest, target, at, names in shapes:
        body = rest(target)
        keys(body if at is None else body[at], names, target)
    equal(len(um("/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=1500")), 1500, "1500 bars")
    equal(um.get("/fapi/v1/aggTrades?symbol=NOSUCH")[::2],
          (400, {"code": -1121, "msg": "Invalid symbol."}), "no such symbol")
    equal(um.get("/fapi/v1/fundingRate?symbol=BTCUSDT&limit=1001")[0], 200,
          "a bad limit is HTTP 200")
    equal(um("/fapi/v1/fundingRate?symbol=BTCUSDT&limit=1001")["status"], "ERROR", "with an object")
    equal(um.get("/fapi/v1/klines?symbol=BTCUSDT&interval=7m")[0], 400, "a bad interval")
    check(any(r["rateType"] == "Special"
              for r in um("/fapi/v1/fundingRate?symbol=SOLUSDT&limit=100")), "a special rate")
    odd = um.get("/fapi/v1/openInterest?symbol=%E7%89%9B%E6%9D%A5USDT")
    equal((odd[0], odd[2].get("symbol")), (200, "牛来USDT"), "a name that is not ASCII")
    plain, packed = um.get("/fapi/v1/exchangeInfo"), um.get("/fapi/v1/exchangeInfo",
                                                            **{"Accept-Encoding": "gzip"})
    equal(packed[1].get("content-encoding"), "gzip", "gzip when asked")
    equal(len(plain[2]["symbols"]), len(packed[2]["symbols"]), "and the same inside")
    equal(plain[1].get("transfer-encoding"), "chunked", "long bodies come in chunks")
    by = run.rest("bybit-linear")
    seen, cursor, pages = [], "", 0
    while pages < 20:
        body = by(f"/v5/market/instruments-info?category=linear&limit=1000&cursor={cursor}")
        equal((body["retCode"], body["retMsg"]), (0, "OK"), "envelope")
        seen += [r["symbol"] for r in body["result"]["list"]]
        pages, cursor = pages + 1, body["result"]["nextPageCursor"]
        if not cursor:
            break
    check(pages > 1 and len(seen) == len(set(seen)), "linear must be paged")
    check("BTCPERP" in seen and "1000PEPEUSDT" in seen and "LUNAUSDT" not in seen,
          "only what trades")
    check("nextPageCursor" not in by("/v5/market/instruments-info?category=spot")["result"],
          "spot is not paged")
    shapes = (("open-interest?category=linear&symbol=BTCUSDT&intervalTime=5min",
               "openInterest singleOpenInterest timestamp"),
              ("account-ratio?category=linear&symbol=BTCUSDT&period=1h",
               "symbol buyRatio sellRatio timestamp"),
              ("funding/history?category=linear&symbol=BTCUSDT",
               "symbol fundingRate fundingRateTimestamp"),
              ("recent-trade?category=spot&symbol=BTCUSDT",
               "execId symbol price size side time isBlockTrade isRPITrade seq"))
    for target, names in shapes:
        keys(by("/v5/market/" + target)["result"]["list"][0], names, target)
    equal(by("/v5/market/kline?category=linear&symbol=NOSUCH&interval=1")["retCode"], 10001,
          "retCode, not the status")
    alone = by("/v5/market/funding/history?category=linear&symbol=BTCUSDT&startTime=1")
    check(alone["retCode"] != 0, "startTime alone is an error")
    rows = run.bybit("recent-trade?category=spot&symbol=BTCUSDT&limit=1000")
    check(len(rows) <= 60, "60 on spot")


def rest_misbehaves_as_told(run):
    target = "/fapi/v1/exchangeInfo"
    rest = run.rest("binance-usdm")
    for kind, status in (("429", 429), ("418", 418), ("451", 451), ("403", 403), ("500", 500),
                         ("503", 503), ("error200", 200)):
        run.do(f"rest venue=binance-usdm path=exchangeInfo kind={kind} retry_after=9 count=1")
        got = rest.get(target)
        equal(got[0], status, f"REST {kind}")
        if kind in ("429", "418"):
            equal((got[1]["retry-after"], got[2]["code"]), ("9", -1003), f"REST {kind}")
        if kind == "451":
            equal(got[2]["code"], 0, "451 has code 0")
        if kind == "error200":
            check(isinstance(got[2], dict) and "symbols" not in got[2], "an object instead")
        equal(rest.get(target)[0], 200, "once only")
    for kind in ("half", "drop"):
        run.do(f"rest venue=binance-usdm kind={kind} count=1")
        try:
            rest.get(target)
            check(False, f"REST {kind}")
        except Exception as e:
            names = ("IncompleteRead", "SSLEOFError", "SSLError", "ConnectionResetError",
                     "RemoteDisconnected")
            check(type(e).__name__ in names, f"REST {kind}: {e!r}")
    run.do("rest venue=binance-usdm kind=stall 800ms")
    try:
        Rest(run.ports["binance-usdm"]["rest"], run.ca, timeout=0.5).get(target)
        check(False, "REST stall")
    except TimeoutError:
        pass
    run.do("clear")
    run.do("rest venue=binance-usdm kind=garbage count=1")
    check(isinstance(rest.get(target)[2], bytes), "REST garbage is no JSON")
    run.do("rest venue=binance-usdm kind=close count=1")
    equal(rest.get(target)[1].get("content-length"), None, "a body up to the end")
    run.do("rest venue=binance-usdm kind=slow over=1 count=1")
    start = time.monotonic()
    equal(rest.get("/fapi/v1/time")[0], 200, "REST slow")
    check(time.monotonic() - start > 0.5, "is slow")
    by = run.rest("bybit-linear")
    for kind, words in (("403rate", b"access too frequent"),
                        ("403geo", b"block access from your country")):
        run.do(f"rest venue=bybit kind={kind} count=1")
        got = by.get("/v5/market/time")
        check(got[0] == 403 and words in got[2], f"Bybit {kind}")
    served = [x for x in run.ledger() if x["what"] == "rest" and x.get("fault")]
    check({x["fault"] for x in served} >= {"429", "half", "stall", "403rate"},
          "misbehaviour is in the ledger")


def weights_are_counted_and_bans_follow(run):
    """The last of its simulator: spot's REST is banned afterwards."""
    rest, codes = run.rest("binance-spot"), []
    for _ in range(200):    # 80 each of 6000 a minute; a new minute begins again
        status, headers, body = rest.get("/api/v3/ticker/24hr")
        codes.append(status)
        if status == 429:
            check(1 <= int(headers["retry-after"]) <= 61, "Retry-After up to the next minute")
            equal(body["code"], -1003, "too many requests")
        if status == 418:
            check(int(headers["retry-after"]) > 100, "a ban is of two minutes")
            break
    check(codes.index(429) >= 70, "6000 weight are granted")
    equal((codes[-1], codes.count(429) > 15), (418, True), "who goes on is banned")
    equal(run.rest("binance-usdm").get("/fapi/v1/time")[0], 200, "the others are not")
    pool = Pool(600, 5000)
    waits = [pool.take(12000, 1) for _ in range(601)]
    equal((waits[599], waits[600]), (0, 3000), "600 in 5 s")
    equal(pool.take(15000, 1), 0, "a new window")
