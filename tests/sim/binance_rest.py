"""binance_rest.py - REST bodies of Binance spot, USD-M and COIN-M.

Input   Path and parameters of a request, the venue's market.
Output  (HTTP status, body text, what the ledger says was served).
Limits  Trades reach back to the start of the simulator, no further.  Not there: depth,
        historicalTrades, basis, continuousKlines, mark and index klines, keys.
"""
import json
from bisect import bisect_left

from binance import INTERVAL_MIN
from coins import COINM, SPOT, USDM
from history import MINUTE_MS

PREFIX = {SPOT: ("/api/v3/",), USDM: ("/fapi/v1/", "/fapi/v2/"), COINM: ("/dapi/v1/",)}
PERIOD_MIN = {k: INTERVAL_MIN[k] for k in ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")}
DATA = "/futures/data/"


class ApiError(Exception):
    def __init__(self, code, msg, status=400):
        super().__init__(msg)
        self.code, self.msg, self.status = code, msg, status


def name_of(venue, path):
    if path.startswith(DATA) and venue.name != SPOT:
        return DATA, path[len(DATA):]
    for prefix in PREFIX[venue.name]:
        if path.startswith(prefix):
            return prefix, path[len(prefix):]
    return "", ""


def weight(venue, path, params):
    """(weight, pool) of a request."""
    prefix, name = name_of(venue, path)
    pool = "spot" if venue.name == SPOT else "futures"
    if prefix == DATA:
        return (1, "data") if venue.name == USDM else (1, pool)
    if name in ("fundingRate", "fundingInfo") and venue.name == USDM:
        return 1, "funding"
    one = "symbol" in params
    if name == "klines":
        limit = int(params.get("limit", 500)) if params.get("limit", "500").isdigit() else 500
        return (2 if pool == "spot" else 1 if limit < 100 else 2 if limit < 500 else 5
                if limit <= 1000 else 10), pool
    table = {"aggTrades": (4, 20), "trades": (25, 5), "exchangeInfo": (20, 1),
             "ticker/24hr": (2 if one else 80, 1 if one else 40),
             "ticker/bookTicker": (2 if one else 4, 2 if one else 5),
             "ticker/price": (2 if one else 4, 1 if one else 2),
             "premiumIndex": (1, 1 if one and venue.name == USDM else 10)}
    return table.get(name, (1, 1))[pool == "futures"], pool


def answer(venue, path, params, now_ms):
    prefix, name = name_of(venue, path)
    handler = (DATA_TABLE if prefix == DATA else TABLE).get(name)
    if handler is None or (venue.name == SPOT and handler in NOT_ON_SPOT):
        return 404, '{"code":-5000,"msg":"Path %s, Method GET is invalid"}' % path, None
    try:
        text = handler(venue, params, now_ms)
        text, served = text if isinstance(text, tuple) else (text, None)
        return 200, text, served
    except ApiError as e:
        return e.status, dump({"code": e.code, "msg": e.msg}), None


# --- parameters -----------------------------------------------------------------------

def dump(body):
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def missing(name):
    return ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or "
                           "malformed.")


def instrument(venue, params, needed=True):
    symbol = params.get("symbol", "")
    if not symbol:
        if needed:
            raise missing("symbol")
        return None
    found = venue.by_symbol.get(symbol)
    if found is None:
        raise ApiError(-1121, "Invalid symbol.")
    return found


def number(params, name, default=None):
    value = params.get(name)
    if value is None:
        return default
    if not value.lstrip("-").isdigit():
        raise missing(name)
    return int(value)


def limit_of(params, default, most):
    limit = number(params, "limit", default)
    if not 1 <= limit <= most:
        raise ApiError(-1130, "Data sent for parameter 'limit' is not valid.")
    return limit


# --- trades ---------------------------------------------------------------------------

def agg_trades(venue, params, now_ms):
    i, limit = instrument(venue, params), limit_of(params, 500, 1000)
    from_id, start, end = (number(params, k) for k in ("fromId", "startTime", "endTime"))
    if from_id is not None and (start is not None or end is not None):
        raise ApiError(-1128, "Combination of optional parameters invalid.")
    if start is not None and end is not None and end - start > 3600000:
        raise ApiError(-1127, "More than 1 hours between startTime and endTime.")
    rows = [x for x in i.prints if x.n not in i.hidden]
    if from_id is not None:
        at = bisect_left(rows, from_id, key=lambda x: x.id)
        rows = rows[at:at + limit]
    elif start is not None or end is not None:
        rows = [x for x in rows if (start or 0) <= x.ms <= (end or now_ms)]
        rows = rows[:limit] if start is not None else rows[-limit:]
    else:
        rows = rows[-limit:]
    # The sheet names nq for the stream only; it is left out here.
    tail = ',"M":true' if venue.is_spot else ""
    body = ",".join(f'{{"a":{x.id},"p":"{i.price(x.p)}","q":"{i.qty(x.q)}","f":{x.first},"l":{x.last},'
                    f'"T":{x.ms},"m":{"false" if x.is_buy else "true"}{tail}}}' for x in rows)
    return f"[{body}]", served(i, rows)


def served(i, rows):
    if not rows:
        return None
    return (f'"type":"trade","symbol":"{i.symbol}","count":{len(rows)},"first_n":{rows[0].n},'
            f'"final_n":{rows[-1].n},"first_id":"{rows[0].id}","final_id":"{rows[-1].id}"')


def raw_trades(venue, params, now_ms):
    i, limit = instrument(venue, params), limit_of(params, 500, 1000)
    out = []
    for x in reversed(i.prints):
        if x.n in i.hidden:
            continue
        for k in reversed(range(len(x.raws))):
            q = x.raws[k]
            money = "baseQty" if i.contract else "quoteQty"
            tail = {SPOT: ',"isBestMatch":true',
                    USDM: ',"isRPITrade":%s' % ("true" if "rpi" in x.flags else "false"),
                    COINM: ""}[venue.name]
            out.append(f'{{"id":{x.first + k},"price":"{i.price(x.p)}","qty":"{i.qty(q)}",'
                       f'"{money}":"{i.value_text(i.value(x.p, q))}","time":{x.ms},'
                       f'"isBuyerMaker":{"false" if x.is_buy else "true"}{tail}}}')
        if len(out) >= limit:
            break
    return f'[{",".join(reversed(out[:limit]))}]'


def bar_times(params, minutes, limit, now_ms):
    """Begins (in minutes) of the bars asked for, oldest first, the open one included."""
    start, end = number(params, "startTime"), number(params, "endTime")
    final = min(end if end is not None else now_ms, now_ms) // MINUTE_MS // minutes * minutes
    if start is not None:
        first = -(-start // MINUTE_MS) if start % MINUTE_MS == 0 else start // MINUTE_MS + 1
        first = -(-first // minutes) * minutes
        return range(first, min(final, first + (limit - 1) * minutes) + 1, minutes)
    return range(final - (limit - 1) * minutes, final + 1, minutes)


def klines(venue, params, now_ms):
    i = instrument(venue, params)
    minutes = INTERVAL_MIN.get(params.get("interval"))
    if minutes is None:
        raise ApiError(-1120, "Invalid interval.")
    limit = limit_of(params, 500, 1000 if venue.is_spot else 1500)
    history, upto, out = venue.market.history[i], now_ms // MINUTE_MS, []
    for m in bar_times(params, minutes, limit, now_ms):
        b, p = history.bar(m, minutes, upto), i.price
        out.append(f'[{m * MINUTE_MS},"{p(b.o)}","{p(b.h)}","{p(b.l)}","{p(b.c)}","{i.qty(b.q)}",'
                   f'{(m + minutes) * MINUTE_MS - 1},"{i.value_text(b.v)}",{b.n},"{i.qty(b.bq)}",'
                   f'"{i.value_text(b.bv)}","0"]')
    return f'[{",".join(out)}]'


# --- marks, funding, open interest ----------------------------------------------------

def premium_row(venue, i, now_ms):
    dated = i.kind == "dated"
    row = {"symbol": i.symbol}
    if venue.name == COINM:
        row["pair"] = i.pair
    return {**row, "markPrice": f"{i.mark:.8f}", "indexPrice": f"{i.index:.8f}",
            "estimatedSettlePrice": f"{i.index * 1.0001:.8f}",
            "lastFundingRate": "" if dated else f"{i.funding(now_ms):.8f}",
            "interestRate": "" if dated else "0.00010000",
            "nextFundingTime": 0 if dated else i.next_funding_ms(now_ms), "time": now_ms}


def premium_index(venue, params, now_ms):
    i = instrument(venue, params, False)
    if i is not None and venue.name == USDM:
        return dump(premium_row(venue, i, now_ms))
    live = [i] if i else [x for x in venue.market.live[venue.name]
                          if params.get("pair") in (None, x.pair)]
    return dump([premium_row(venue, x, now_ms) for x in live])


def funding_info(venue, params, now_ms):
    return dump([{"symbol": i.symbol, "adjustedFundingRateCap": "0.02000000",
                  "adjustedFundingRateFloor": "-0.02000000", "fundingIntervalHours": i.funding_h,
                  "disclaimer": False} for i in venue.instruments if i.funding_h != 8])


def price_at(venue, i, at_ms):
    history, minute = venue.market.history[i], at_ms // MINUTE_MS
    if minute < history.start_min:
        return history.past_price(minute)
    return history.minute_bar(minute).o / 10 ** i.price_dec


def funding_rate(venue, params, now_ms):
    i, limit = instrument(venue, params, False), number(params, "limit", 100)
    if not 1 <= limit <= 1000:
        # Live: HTTP 200 and an object instead of the list.
        return dump({"status": "ERROR", "type": "GENERAL", "code": "99099990",
                     "errorData": "illegal params.",
                     "data": None, "subData": None, "params": None})
    out = []
    for x in [i] if i else [x for x in venue.market.live[venue.name] if x.kind != "dated"]:
        step = x.funding_h * 3600000
        end = min(number(params, "endTime", now_ms), now_ms)
        start = number(params, "startTime", end - step * (limit if i else 1))
        times = list(range(-(-start // step) * step, end + 1, step))
        times = times[:limit] if "startTime" in params else times[-limit:]
        for t in times:
            out.append(funding_row(venue, x, t, "Regular"))
            if x.symbol.startswith("SOL") and t // step % 9 == 0:
                out.append(funding_row(venue, x, t + step // 2, "Special"))
    return dump([row for row in out if row["fundingTime"] <= now_ms][-limit if i else 0:])


def funding_row(venue, i, at_ms, kind):
    return {"symbol": i.symbol, "fundingTime": at_ms, "fundingRate": f"{i.funding(at_ms):.8f}",
            "markPrice": f"{price_at(venue, i, at_ms):.8f}", "rateType": kind}


def open_interest(venue, params, now_ms):
    i = instrument(venue, params)
    row = {"symbol": i.symbol, "openInterest": i.qty(i.oi), "time": now_ms}
    if venue.name == COINM:
        row = {"symbol": i.symbol, "pair": i.pair, "openInterest": i.qty(i.oi),
               "contractType": i.type,
               "time": now_ms}
    said = f'"type":"oi","symbol":"{i.symbol}","oi":"{i.qty(i.oi)}"'
    return dump(row), said


# --- statistics of periods ------------------------------------------------------------

def statistics(venue, params, now_ms):
    """(instrument, head of a row, times in ms) of a /futures/data request."""
    minutes = PERIOD_MIN.get(params.get("period"))
    if minutes is None:
        raise ApiError(-1130, "Data sent for parameter 'period' is not valid.")
    if venue.name == USDM:
        i, head = instrument(venue, params), {"symbol": params.get("symbol")}
    else:
        pair, kind = params.get("pair", ""), params.get("contractType", "PERPETUAL")
        found = [x for x in venue.instruments if x.pair == pair
                 and (kind == "ALL" or x.type == kind)]
        if not found:
            raise ApiError(-1121, "Invalid symbol.")
        i, head = found[0], {"pair": pair}
    limit = limit_of(params, 30, 500)
    # The last period that is over.
    last = now_ms // MINUTE_MS // minutes * minutes
    end = number(params, "endTime")
    if end is not None:
        last = min(last, end // MINUTE_MS // minutes * minutes)
    times = [m * MINUTE_MS for m in range(last - (limit - 1) * minutes, last + 1, minutes)]
    start = max(number(params, "startTime", 0), now_ms - 30 * 86400000)
    return i, head, minutes, [t for t in times if t >= start]


def oi_history(venue, params, now_ms):
    i, head, _, times = statistics(venue, params, now_ms)
    out = []
    for t in times:
        oi, price = venue.market.history[i].oi(t), price_at(venue, i, t)
        if venue.name == USDM:
            coins = oi / 10 ** i.qty_dec
            out.append({**head, "sumOpenInterest": f"{coins:.8f}",
                        "sumOpenInterestValue": f"{coins * price:.14f}",
                        "CMCCirculatingSupply": "20064465.00000000", "timestamp": t})
        else:
            out.append({**head, "contractType": params.get("contractType", "PERPETUAL"),
                        "sumOpenInterest": f"{oi}.0000",
                        "sumOpenInterestValue": f"{oi * i.contract / price:.8f}",
                        "timestamp": t})
    return dump(out)


def ratio(kind, word):
    def handler(venue, params, now_ms):
        i, head, _, times = statistics(venue, params, now_ms)
        # Positions are named so on COIN-M; USD-M says accounts everywhere.
        noun = word if venue.name == COINM else "Account"
        out = []
        for t in times:
            share = venue.market.history[i].long_share(t, kind)
            out.append({**head, f"long{noun}": f"{share:.4f}",
                        "longShortRatio": f"{share / (1 - share):.4f}",
                        f"short{noun}": f"{1 - share:.4f}", "timestamp": t})
        return dump(out)
    return handler


def taker_ratio(venue, params, now_ms):
    """Sums of the bars that end at the timestamp (the sheet does not say which end)."""
    i, head, minutes, times = statistics(venue, params, now_ms)
    history, out = venue.market.history[i], []
    for t in times:
        b = history.bar(t // MINUTE_MS - minutes, minutes, now_ms // MINUTE_MS)
        buy, sell = b.bq / 10 ** i.qty_dec, (b.q - b.bq) / 10 ** i.qty_dec
        if venue.name == USDM:
            out.append({"buySellRatio": f"{buy / sell if sell else 0:.4f}",
                        "sellVol": f"{sell:.4f}",
                        "buyVol": f"{buy:.4f}", "timestamp": t})
        else:
            out.append({**head, "contractType": i.type, "takerBuyVol": f"{b.bq}",
                        "takerSellVol": f"{b.q - b.bq}",
                        "takerBuyVolValue": i.value_text(b.bv),
                        "takerSellVolValue": i.value_text(b.v - b.bv),
                        "timestamp": t})
    return dump(out)


# --- tickers --------------------------------------------------------------------------

def many(venue, params, row, now_ms):
    """An object for one symbol, a list otherwise; COIN-M always a list."""
    i = instrument(venue, params, False)
    if i is not None and venue.name != COINM:
        return dump(row(venue, i, now_ms))
    if "symbols" in params and venue.is_spot:
        try:
            wanted = [venue.by_symbol[s] for s in json.loads(params["symbols"])]
        except (ValueError, KeyError, TypeError):
            raise ApiError(-1121, "Invalid symbol.") from None
    else:
        wanted = [i] if i else venue.instruments
    return dump([row(venue, x, now_ms) for x in wanted])


def ticker_row(venue, i, now_ms):
    o, h, l, q, v, n = venue.market.history[i].ticker(now_ms)
    p = i.price
    mean = (q * i.contract / (v / 1e8) if v else 0.0) if i.contract else (v / q / 10 ** i.price_dec
                                                                          if q else 0.0)
    row = {"symbol": i.symbol}
    if venue.name == COINM:
        row["pair"] = i.pair
    row |= {"priceChange": p(i.last - o), "priceChangePercent": f"{(i.last / o - 1) * 100:.3f}",
            "weightedAvgPrice": f"{mean:.8f}"}
    if venue.is_spot:
        row["prevClosePrice"] = p(o)
    row |= {"lastPrice": p(i.last), "lastQty": i.qty(i.last_qty)}
    if venue.is_spot:
        row |= {"bidPrice": p(i.bid), "bidQty": i.qty(i.bid_qty), "askPrice": p(i.ask),
                "askQty": i.qty(i.ask_qty)}
    row |= {"openPrice": p(o), "highPrice": p(h), "lowPrice": p(l), "volume": i.qty(q)}
    row["baseVolume" if venue.name == COINM else "quoteVolume"] = i.value_text(v)
    return {**row, "openTime": now_ms - 86400000, "closeTime": now_ms,
            "firstId": max(0, i.raw_id - n),
            "lastId": i.raw_id - 1, "count": n}


def book_row(venue, i, now_ms):
    row = {"symbol": i.symbol}
    if venue.name == COINM:
        row["pair"] = i.pair
    row |= {"bidPrice": i.price(i.bid), "bidQty": i.qty(i.bid_qty), "askPrice": i.price(i.ask),
            "askQty": i.qty(i.ask_qty)}
    return row if venue.is_spot else {**row, "time": now_ms}


def price_row(venue, i, now_ms):
    row = {"symbol": i.symbol, "price": i.price(i.last)}
    return row if venue.is_spot else {**row, "time": now_ms}


# --- instruments ----------------------------------------------------------------------

def step(decimals, pad):
    return f"{10 ** -decimals:.{decimals}f}" + pad if decimals else "1" + pad


def symbol_row(venue, i):
    filters = [{"filterType": "PRICE_FILTER", "minPrice": step(i.price_dec, i.price_pad),
                "maxPrice": i.price(i.last * 50), "tickSize": step(i.price_dec, i.price_pad)},
               {"filterType": "LOT_SIZE", "minQty": step(i.qty_dec, i.qty_pad), "maxQty": "1000000",
                "stepSize": step(i.qty_dec, i.qty_pad)}]
    if venue.is_spot:
        return {"symbol": i.symbol, "status": i.status, "baseAsset": i.base,
                "baseAssetPrecision": 8,
                "quoteAsset": i.quote, "quotePrecision": 8, "quoteAssetPrecision": 8,
                "orderTypes": ["LIMIT", "MARKET"], "isSpotTradingAllowed": i.is_live,
                "isMarginTradingAllowed": True, "filters": filters, "permissions": [],
                "permissionSets": []}
    row = {"symbol": i.symbol, "pair": i.pair, "contractType": i.type,
           "deliveryDate": i.delivery_ms,
           "onboardDate": 1567965300000}
    if venue.name == COINM:
        row |= {"contractStatus": i.status, "contractSize": i.contract}
    else:
        row["status"] = i.status
    # Precisions are not ticks: they say more decimals than there are, on purpose.
    return {**row, "maintMarginPercent": "2.5000", "requiredMarginPercent": "5.0000",
            "baseAsset": i.base,
            "quoteAsset": i.quote, "marginAsset": i.settle, "pricePrecision": i.price_dec + 1,
            "quantityPrecision": i.qty_dec, "baseAssetPrecision": 8, "quotePrecision": 8,
            "underlyingType": "EQUITY" if i.family == "equity" else "COIN", "underlyingSubType": [],
            "triggerProtect": "0.0500", "filters": filters, "orderTypes": ["LIMIT", "MARKET"],
            "timeInForce": ["GTC", "IOC", "FOK", "GTX"]}


def exchange_info(venue, params, now_ms):
    limit = 6000 if venue.is_spot else 2400
    # futures: ?symbol= is ignored, as the real one does.
    chosen = venue.instruments
    if venue.is_spot and "symbol" in params:
        chosen = [instrument(venue, params)]
    return dump({"timezone": "UTC", "serverTime": now_ms,
                 "rateLimits": [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE",
                                 "intervalNum": 1,
                                 "limit": limit}],
                 "exchangeFilters": [], "symbols": [symbol_row(venue, i) for i in chosen]})


TABLE = {"ping": lambda v, p, n: "{}", "time": lambda v, p, n: dump({"serverTime": n}),
         "exchangeInfo": exchange_info, "aggTrades": agg_trades, "trades": raw_trades,
         "klines": klines,
         "premiumIndex": premium_index, "fundingInfo": funding_info, "fundingRate": funding_rate,
         "openInterest": open_interest, "ticker/24hr": lambda v, p, n: many(v, p, ticker_row, n),
         "ticker/bookTicker": lambda v, p, n: many(v, p, book_row, n),
         "ticker/price": lambda v, p, n: many(v, p, price_row, n)}
NOT_ON_SPOT = {premium_index, funding_info, funding_rate, open_interest}
DATA_TABLE = {"openInterestHist": oi_history, "globalLongShortAccountRatio": ratio(0, "Account"),
              "topLongShortAccountRatio": ratio(1, "Account"),
              "topLongShortPositionRatio": ratio(2, "Position"), "takerlongshortRatio": taker_ratio,
              "takerBuySellVol": taker_ratio}
