"""check_formats.py - shapes of websocket messages, and the rules of connections: written
by hand from the sheets, never from what the simulator says."""
import ssl
import time
from decimal import Decimal

from check_base import check, equal, keys
from client import Ended, Refused, Socket

SHAPES = {
    ("binance-spot", "aggTrade"): "e E s a p q f l T m M",
    ("binance-usdm", "aggTrade"): "e E a s p q nq f l T m st",
    ("binance-coinm", "aggTrade"): "e E s a p q f l T m st",
    ("binance-spot", "trade"): "e E s t p q T m M",
    ("binance-usdm", "trade"): "e E T s t p q X m",
    ("binance-coinm", "trade"): "e E T s t p q X m",
    ("binance-spot", "bookTicker"): "u s b B a A",
    ("binance-usdm", "bookTicker"): "e u s ps b B a A T E st",
    ("binance-coinm", "bookTicker"): "e u s ps b B a A T E st",
    ("binance-usdm", "markPrice@1s"): "e E s p ap P i r T st",
    ("binance-coinm", "markPrice@1s"): "e E s p ap P i r T st",
    ("binance-spot", "ticker"): "e E s p P w x c Q b B a A o h l v q O C F L n",
    ("binance-usdm", "ticker"): "e E s ps p P w c Q o h l v q O C F L n st",
    ("binance-coinm", "ticker"): "e E s ps p P w c Q o h l v q O C F L n st",
    ("binance-spot", "miniTicker"): "e E s c o h l v q",
    ("binance-usdm", "miniTicker"): "e E s ps c o h l v q st",
    ("binance-coinm", "miniTicker"): "e E s ps c o h l v q st",
    ("binance-spot", "kline_1m"): "e E s k",
    ("binance-usdm", "kline_1m"): "e E s k",
    ("binance-coinm", "kline_1m"): "e E s k",
}
KLINE = "t T s i f L o c h l v n x q V Q B"
BYBIT_TRADE = {"bybit-spot": "i T p v S s BT RPI seq", "bybit-linear": "T s S v p L i BT RPI seq",
               "bybit-inverse": "T s S v p L i BT RPI seq"}
BYBIT_TICKER = (
    "symbol tickDirection price24hPcnt lastPrice prevPrice24h highPrice24h lowPrice24h "
    "prevPrice1h markPrice indexPrice openInterest openInterestValue turnover24h volume24h "
    "fundingIntervalHour fundingCap singleOpenInterest singleOpenInterestValue nextFundingTime "
    "fundingRate bid1Price bid1Size ask1Price ask1Size preOpenPrice preQty curPreListingPhase")
BYBIT_SPOT_TICKER = ("symbol lastPrice highPrice24h lowPrice24h prevPrice24h volume24h "
                     "turnover24h price24hPcnt usdIndexPrice")


def binance_messages_have_the_documented_shapes(run):
    links = {}
    for venue in ("binance-spot", "binance-usdm", "binance-coinm"):
        own = [c for v, c in SHAPES if v == venue]
        if venue == "binance-usdm":
            public = [c for c in own if c in ("bookTicker", "trade")]
            links["public"] = run.subscribe(venue, public, path="/public/stream")
            own = [c for c in own if c not in public]
        links[venue] = run.subscribe(venue, own)
    run.do("rate x=20 5s")
    time.sleep(2.2)     # USD-M tickers come every 2 s
    heard = {k: w.gather(0.1) for k, w in links.items()}
    for k, w in links.items():
        venue, seen = k if k != "public" else "binance-usdm", {}
        for m in heard[k]:
            keys(m, "stream data", "the envelope")
            seen[m["stream"].split("@", 1)[1]] = m["data"]
        for (v, channel), shape in SHAPES.items():
            if v != venue or (venue == "binance-usdm"
                              and (k == "public") != (channel in ("bookTicker", "trade"))):
                continue
            if channel not in seen:
                check(False, f"{venue} says {channel}")
                continue
            row = seen[channel]
            keys(row, shape, f"{venue} {channel}")
            if channel == "kline_1m":
                keys(row["k"], KLINE, f"{venue} k")
                check(row["k"]["t"] % 60000 == 0 and row["k"]["T"] == row["k"]["t"] + 59999,
                      "a bar is a minute")
            if channel == "markPrice@1s":
                equal(row["E"] % 1000, 0, "marks come on whole seconds")
            if "st" in row:
                equal(row["st"], 1 if venue == "binance-usdm" else 2, f"st of {venue}")
            if "E" in row:
                check(abs(row["E"] / 1000 - time.time()) < 10, "E is the time of now")
        w.close()


def bybit_messages_have_the_documented_shapes(run):
    run.do("rate x=20")
    names = ("bybit-spot", "bybit-linear", "bybit-inverse")
    links = {v: run.subscribe(v, ["publicTrade", "tickers", "orderbook.1", "kline.1"])
             for v in names}
    time.sleep(1.6)
    run.do("rate x=1")
    for venue, w in links.items():
        first = {}
        for m in w.early + w.gather(0.2):
            first.setdefault(m["topic"].split(".")[0], []).append(m)
        equal(sorted(first), ["kline", "orderbook", "publicTrade", "tickers"],
              f"{venue} says all four")
        trade, ticker = first["publicTrade"][0], first["tickers"]
        head = "topic ts type data" if venue == "bybit-spot" else "topic type ts data"
        keys(trade, head, f"{venue} publicTrade")
        keys(trade["data"][0], BYBIT_TRADE[venue], f"{venue} a fill")
        equal(len({r["seq"] for r in trade["data"]}), 1, "fills of an order share seq")
        ident = trade["data"][0]["i"]
        check(ident.isdigit() if venue == "bybit-spot" else ident[14] == "5" and len(ident) == 36,
              "form of the id")
        if venue == "bybit-spot":
            check(all(m["type"] == "snapshot" for m in ticker), "spot tickers are snapshots")
            keys(ticker[0]["data"], BYBIT_SPOT_TICKER, "spot ticker")
        else:
            equal([m["type"] for m in ticker[:2]], ["snapshot", "delta"], "a snapshot, then deltas")
            keys(ticker[0]["data"], BYBIT_TICKER, f"{venue} ticker")
            check(len(ticker[1]["data"]) < 20 and "symbol" in ticker[1]["data"],
                  "a delta has only what changed")
            a, b = ticker[0]["data"]["openInterest"], ticker[0]["data"]["singleOpenInterest"]
            equal(Decimal(a), 2 * Decimal(b), "openInterest counts both sides")
        book = first["orderbook"][0]
        keys(book, "topic ts type data cts", "orderbook.1")
        check(Decimal(book["data"]["b"][0][0]) < Decimal(book["data"]["a"][0][0]), "bid below ask")
        bar = first["kline"][0]["data"][0]
        keys(bar, "start end interval open close high low volume turnover confirm timestamp",
             "kline")
        w.close()


def merged_tickers_equal_the_rest_ticker(run):
    w = run.subscribe("bybit-linear", ["tickers"])
    merged = {}
    for m in w.early + w.gather(1.0):
        merged.update(m["data"])
    run.do("rate x=0")
    time.sleep(1.0)
    for m in w.gather(0.6):
        merged.update(m["data"])
    row = run.bybit("tickers?category=linear&symbol=BTCUSDT")[0]
    for name in ("lastPrice", "volume24h", "turnover24h", "singleOpenInterest", "bid1Price",
                 "highPrice24h"):
        equal(merged[name], row[name], f"merged {name}")
    run.do("rate x=1")
    w.close()


def a_usdm_stream_on_the_wrong_route_is_acknowledged_and_silent(run):
    run.do("rate x=20 4s")
    rows = (("/public/stream", "btcusdt@bookTicker", "btcusdt@aggTrade"),
            ("/market/stream", "btcusdt@aggTrade", "btcusdt@bookTicker"),
            ("/stream", "btcusdt@bookTicker", "btcusdt@aggTrade"))
    for path, heard, unheard in rows:
        w = run.ws("binance-usdm", path)
        equal(w.ask({"method": "SUBSCRIBE", "params": [heard, unheard], "id": "x"}),
              {"result": None, "id": "x"}, "ack")
        streams = {m["stream"] for m in w.gather(0.8)}
        equal(streams, {heard}, f"{path} delivers only its own")
        equal(w.ask({"method": "LIST_SUBSCRIPTIONS", "id": 2})["result"], [heard, unheard],
              "both are listed")
        w.close()


def binance_refuses_what_it_should(run):
    for venue in ("binance-spot", "binance-coinm"):
        w = run.ws(venue, "/ws")
        rows = (("{nonsense", 3, False), ({"method": "PLAY", "id": 1}, 2, True),
                ({"method": "SUBSCRIBE", "params": 5, "id": 2}, 1, True),
                ({"method": "SUBSCRIBE", "params": [], "id": 3, "more": 1}, 0, True))
        for request, code, has_id in rows:
            answer = w.ask(request)
            error = answer if venue == "binance-spot" else answer["error"]
            equal(error["code"], code, f"{venue} code for {request}")
            equal("id" in answer, has_id, "the id comes back")
        w.close()
    w = run.ws("binance-spot", "/ws/btcusdt@aggTrade")
    m = w.json()
    equal(m["e"], "aggTrade", "a stream in the path, bare payload")
    w.send({"method": "UNSUBSCRIBE", "params": ["btcusdt@aggTrade"], "id": 5})
    w.close()
    w = run.ws("binance-spot", "/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade")
    equal(sorted(w.ask({"method": "LIST_SUBSCRIPTIONS", "id": 6})["result"]),
          ["btcusdt@aggTrade", "ethusdt@aggTrade"],
          "streams in the query")
    try:
        for k in range(7):
            w.send({"method": "LIST_SUBSCRIPTIONS", "id": k})
        w.gather(1)
        check(False, "more than 5 messages a second end the connection")
    except Ended as e:
        equal((e.how, e.code), ("close", 1008), "more than 5 messages a second")
    try:
        run.ws("binance-usdm", "/elsewhere/ws")
        check(False, "an unknown path is refused")
    except Refused as e:
        equal(e.status, 404, "an unknown path")


def bybit_refuses_what_it_should(run):
    w = run.ws("bybit-spot")
    many = [f"publicTrade.{s}USDT"
            for s in "BTC ETH SOL XRP DOGE PEPE BNB ADA LINK AVAX LTC".split()]
    answer = w.ask({"op": "subscribe", "args": many})
    check(not answer["success"], "spot takes at most 10 topics a request")
    answer = w.ask({"op": "subscribe", "args": many[:2] + ["publicTrade.NOSUCH"]})
    equal((answer["success"], answer["ret_msg"]),
          (False, "error:handler not found,topic:publicTrade.NOSUCH"),
          "one bad topic fails the request")
    equal(w.gather(0.8), [], "and nothing of it was subscribed")
    answer = w.ask({"op": "ping", "req_id": "7"})
    equal((answer["success"], answer["ret_msg"], answer["op"], answer["req_id"]),
          (True, "pong", "ping", "7"), "pong")
    w.close()
    w = run.ws("bybit-linear")
    check(not w.ask({"op": "subscribe", "args": ["funding.BTCUSDT"]})["success"],
          "there is no funding topic")
    long = [f"kline.{k}.{s}USDT" for k in ("1", "3", "5", "15", "30", "60", "120", "240", "360",
                                           "720", "D")
            for s in "BTC ETH SOL XRP DOGE BNB ADA LINK AVAX LTC SUI".split()]
    check(w.ask({"op": "subscribe", "args": long})["success"], "linear takes many topics at once")
    check(w.ask({"op": "subscribe", "args": long * 12})["success"] is False,
          "but 21000 characters at most")
    w.close()


def pings_are_sent_and_the_unanswering_are_dropped(run):
    run.do("pings venue=binance-usdm every=400ms within=1s")
    good, bad = run.ws("binance-usdm"), run.ws("binance-usdm", pong=False)
    for _ in range(12):     # never long without an answer
        good.gather(0.2)
    check(good.pings and all(p.isdigit() for p in good.pings), "a ping has a payload")
    try:
        bad.gather(2)
        check(False, "a link without pongs is dropped")
    except Ended as e:
        equal(e.how, "close", "a link without pongs is dropped")
    run.do("pings venue=binance-usdm every=3m within=10m")
    check(any(x.get("event") == "pong" for x in run.ledger()), "pongs are in the ledger")
    good.close()


def the_peer_is_checked(run):
    for host in ("localhost", "127.0.0.1", "venue.test"):
        Socket(run.ports["bybit-spot"]["ws"], run.ca, host).close()
    try:
        Socket(run.ports["bybit-spot"]["ws"], run.ca, "elsewhere.test")
        check(False, "another name is refused")
    except ssl.SSLCertVerificationError:
        pass
    rows = [x for x in run.ledger() if x.get("event") == "tls"]
    equal(rows[-1]["version"], "TLSv1.3", "the newest TLS by default")
    check(any(x["sni"] == "venue.test" for x in rows), "the name asked for is in the ledger")
    s = Socket(run.ports["bybit-spot"]["ws"], run.ca, version=ssl.TLSVersion.TLSv1_2)
    equal(s.tls.version(), "TLSv1.2", "1.2 is there too")
    s.close()
    w = run.ws("binance-spot")
    w.send("{}", masked=False)
    try:
        w.gather(1)
    except Ended as e:
        equal(e.code, 1002, "an unmasked frame of a client")
