"""bybit_rest.py - REST bodies of Bybit v5, in its envelope; test retCode, not the status.

Input   Path and parameters of a request, the venue's market.  One host serves all three
        categories: the parameter decides, not the port.
Output  (HTTP status, body text, what the ledger says was served).
Limits  recent-trade has no paging, so only the tail can be had.  Not there: order books,
        mark and index klines, insurance, risk limits.
"""
import json

from bybit import INTERVAL_MIN
from coins import BINVERSE, BLINEAR, BSPOT
from history import MINUTE_MS

VENUE = {"spot": BSPOT, "linear": BLINEAR, "inverse": BINVERSE}
PERIOD_MIN = {"5min": 5, "15min": 15, "30min": 30, "1h": 60, "4h": 240, "1d": 1440}


class ApiError(Exception):
    pass


def answer(venue, path, params, now_ms):
    handler = TABLE.get(path)
    if handler is None:
        return 404, "404 page not found", None
    served = None
    try:
        target = venue
        if path != "/v5/market/time":
            target = venue.sim.venues.get(VENUE.get(params.get("category", "")))
            if target is None:
                raise ApiError("params error: Category is invalid")
        result = handler(target, params, now_ms)
        if isinstance(result, tuple):
            result, served = result
    except ApiError as e:
        # The numbers and words of parameter errors are not in the sheet.
        return 200, envelope(10001, str(e), {}, now_ms), None
    return 200, envelope(0, "OK", result, now_ms), served


def envelope(code, msg, result, now_ms):
    return json.dumps({"retCode": code, "retMsg": msg, "result": result, "retExtInfo": {},
                       "time": now_ms},
                      ensure_ascii=False, separators=(",", ":"))


def instrument(venue, params, needed=True):
    symbol = params.get("symbol", "")
    if not symbol and not needed:
        return None
    found = venue.by_symbol.get(symbol)
    if found is None:
        raise ApiError("params error: symbol invalid")
    return found


def number(params, name, default=None):
    value = params.get(name, "")
    if value == "":
        return default
    if not value.isdigit():
        raise ApiError(f"params error: {name} invalid")
    return int(value)


def limit_of(params, default, most):
    """Too much is cut down, as v5 does."""
    return max(1, min(number(params, "limit", default), most))


def period_times(minutes, params, now_ms, limit):
    last = min(number(params, "endTime", now_ms), now_ms) // MINUTE_MS // minutes * minutes
    start = number(params, "startTime", 0)
    return [m * MINUTE_MS for m in range(last, last - limit * minutes, -minutes)
            if m * MINUTE_MS >= start]


def server_time(venue, params, now_ms):
    return {"timeSecond": str(now_ms // 1000), "timeNano": str(now_ms * 1000000)}


def instruments_info(venue, params, now_ms):
    wanted = params.get("status", "Trading")        # the default hides the rest
    rows = [i for i in venue.instruments if i.status == wanted]
    one = instrument(venue, params, False)
    if one:
        rows = [one]
    cursor = ""
    if not venue.is_spot:
        # The real page is 500, at most 1000; ours is small, so that everybody must page.
        size = min(limit_of(params, 500, 1000), venue.sim.page)
        at = 0
        asked = params.get("cursor", "")
        if asked:
            if not asked.startswith("first=") or asked[6:] not in venue.by_symbol:
                raise ApiError("params error: cursor invalid")
            at = next((k for k, i in enumerate(rows) if i.symbol == asked[6:]), len(rows))
        if at + size < len(rows):
            # Percent-encoded in the body already, as in the documents.
            cursor = f"first%3D{rows[at + size].symbol}"
        rows = rows[at:at + size]
    body = {"category": venue.category, "list": [info_row(venue, i) for i in rows]}
    return body if venue.is_spot else {**body, "nextPageCursor": cursor}


def step(decimals):
    return f"{10 ** -decimals:.{decimals}f}" if decimals else "1"


def info_row(venue, i):
    prices = {"minPrice": step(i.price_dec), "maxPrice": i.price(i.last * 50),
              "tickSize": step(i.price_dec)}
    if venue.is_spot:
        return {"symbol": i.symbol, "baseCoin": i.base, "quoteCoin": i.quote, "innovation": "0",
                "status": i.status, "marginTrading": "utaOnly",
                "lotSizeFilter": {"basePrecision": step(i.qty_dec), "quotePrecision": "0.0000001",
                                  "minOrderQty": step(i.qty_dec), "maxOrderQty": "100000",
                                  "minOrderAmt": "5",
                                  "maxOrderAmt": "2000000"},
                "priceFilter": {"tickSize": step(i.price_dec)}, "symbolId": i.key % 1000}
    return {"symbol": i.symbol, "contractType": i.type, "status": i.status, "baseCoin": i.base,
            "quoteCoin": i.quote, "launchTime": "1585526400000", "deliveryTime": str(i.delivery_ms),
            "deliveryFeeRate": "", "priceScale": str(i.price_dec),
            "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
            "priceFilter": prices,
            "lotSizeFilter": {"maxOrderQty": "1190.000", "minOrderQty": step(i.qty_dec),
                              "qtyStep": step(i.qty_dec), "postOnlyMaxOrderQty": "1190.000",
                              "maxMktOrderQty": "500.000", "minNotionalValue": "5"},
            "unifiedMarginTrade": True, "fundingInterval": 0 if i.kind == "dated"
            else i.funding_h * 60,
            "settleCoin": i.settle, "copyTrading": "none", "upperFundingRate": "0.005",
            "lowerFundingRate": "-0.005", "isPreListing": False, "preListingInfo": None,
            "symbolId": i.key % 1000, "symbolType": "stock" if i.family == "stock" else ""}


def tickers(venue, params, now_ms):
    one = instrument(venue, params, False)
    rows = []
    for i in [one] if one else venue.market.live[venue.name]:
        fields = venue.ticker_fields(i, now_ms)
        fields.pop("tickDirection", None)
        if venue.is_spot:
            fields |= {"bid1Price": i.price(i.bid), "bid1Size": i.qty(i.bid_qty),
                       "ask1Price": i.price(i.ask),
                       "ask1Size": i.qty(i.ask_qty)}
        rows.append(fields)
    said = None
    if one is not None and not venue.is_spot:
        said = f'"type":"oi","symbol":"{one.symbol}","oi":"{one.qty(one.oi)}"'
    return {"category": venue.category, "list": rows}, said


def kline(venue, params, now_ms):
    i = instrument(venue, params)
    minutes = INTERVAL_MIN.get(params.get("interval"))
    if minutes is None:
        raise ApiError("params error: Interval is invalid")
    limit = limit_of(params, 200, 1000)
    start, end = number(params, "start"), number(params, "end", now_ms)
    last = min(end, now_ms) // MINUTE_MS // minutes * minutes
    times = range(last, last - limit * minutes, -minutes)
    if start is not None:
        times = [m for m in times if m * MINUTE_MS >= start]
    history, rows = venue.market.history[i], []
    for m in times:     # newest first
        b, p = history.bar(m, minutes, now_ms // MINUTE_MS), i.price
        rows.append([str(m * MINUTE_MS), p(b.o), p(b.h), p(b.l), p(b.c), i.qty(b.q),
                     i.value_text(b.v)])
    return {"symbol": i.symbol, "category": venue.category, "list": rows}


def recent_trade(venue, params, now_ms):
    i = instrument(venue, params)
    limit = limit_of(params, 60 if venue.is_spot else 500, 60 if venue.is_spot else 1000)
    rows = []
    for x in reversed(i.prints):
        if x.n not in i.hidden:
            rows.append(x)
            if len(rows) == limit:
                break
    said = None
    if rows:
        said = (f'"type":"trade","symbol":"{i.symbol}","count":{len(rows)},"first_n":{rows[-1].n},'
                f'"final_n":{rows[0].n},"first_id":"{rows[-1].id}","final_id":"{rows[0].id}"')
    return {"category": venue.category, "list": [
        {"execId": str(x.id), "symbol": i.symbol, "price": i.price(x.p), "size": i.qty(x.q),
         "side": "Buy" if x.is_buy else "Sell", "time": str(x.ms),
         "isBlockTrade": "block" in x.flags,
         "isRPITrade": "rpi" in x.flags, "seq": str(x.seq)} for x in rows]}, said


def need_deriv(venue):
    if venue.is_spot:
        raise ApiError("params error: Category is invalid")


def open_interest(venue, params, now_ms):
    need_deriv(venue)
    i, minutes = instrument(venue, params), PERIOD_MIN.get(params.get("intervalTime"))
    if minutes is None:
        raise ApiError("params error: IntervalTime is invalid")
    limit = limit_of(params, 50, 200)
    rows = []
    for t in period_times(minutes, params, now_ms, limit):
        oi = venue.market.history[i].oi(t)
        rows.append({"openInterest": i.qty(2 * oi), "singleOpenInterest": i.qty(oi),
                     "timestamp": str(t)})
    return {"symbol": i.symbol, "category": venue.category, "list": rows, "nextPageCursor": ""}


def account_ratio(venue, params, now_ms):
    need_deriv(venue)
    i, minutes = instrument(venue, params), PERIOD_MIN.get(params.get("period"))
    if minutes is None:
        raise ApiError("params error: Period is invalid")
    rows = []
    for t in period_times(minutes, params, now_ms, limit_of(params, 50, 500)):
        share = round(venue.market.history[i].long_share(t, 0), 4)
        rows.append({"symbol": i.symbol, "buyRatio": f"{share:.4f}",
                     "sellRatio": f"{1 - share:.4f}",
                     "timestamp": str(t)})
    return {"list": rows, "nextPageCursor": ""}


def funding_history(venue, params, now_ms):
    need_deriv(venue)
    i, end = instrument(venue, params), number(params, "endTime")
    start = number(params, "startTime")
    if start is not None and end is None:
        raise ApiError("params error: startTime without endTime")
    step_ms, limit = i.funding_h * 3600000, limit_of(params, 200, 200)
    last = min(end if end is not None else now_ms, now_ms) // step_ms * step_ms
    times = [t for t in range(last, last - limit * step_ms, -step_ms) if t >= (start or 0)]
    if i.kind == "dated":
        times = []
    return {"category": venue.category, "list": [
        {"symbol": i.symbol, "fundingRate": f"{i.funding(t):.8f}", "fundingRateTimestamp": str(t)}
        for t in times]}


TABLE = {"/v5/market/time": server_time, "/v5/market/instruments-info": instruments_info,
         "/v5/market/tickers": tickers, "/v5/market/kline": kline,
         "/v5/market/recent-trade": recent_trade,
         "/v5/market/open-interest": open_interest, "/v5/market/account-ratio": account_ratio,
         "/v5/market/funding/history": funding_history}
