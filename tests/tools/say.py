#!/usr/bin/env python3
"""say.py - says what a venue would say: a seeded stream of messages on stdout.

Why     Tests and benchmarks need traffic where no recording is at hand.
Usage   say.py VENUE CHANNEL [--count N] [--seed N] [--coins N] [--plain]
Output  `recv_ns TAB message`, one a line; --plain without the receipt time.
        CHANNEL is one of trade, top, mark, liquidation, ticker, kline, or "mixed".
How     The key order and number formats of the exchanges' own messages of 2026.
        Same arguments, same bytes.  Shares nothing with the program.
"""
import argparse
import random

COINS = [("BTC", 84000.0, 1, 3), ("ETH", 2690.0, 2, 3), ("SOL", 190.0, 2, 2),
         ("XRP", 1.49, 4, 1), ("DOGE", 0.096, 5, 0), ("1000PEPE", 0.0123, 7, 0),
         ("LTC", 110.0, 2, 3), ("ADA", 0.19, 4, 0), ("LINK", 17.5, 3, 2),
         ("AVAX", 21.0, 3, 1)]
START_MS = 1790526539000


class Market:
    """Prices that walk, ids that count, a clock that only goes forward."""

    def __init__(self, venue, seed, coins):
        self.venue = venue
        self.random = random.Random(seed)
        self.coins = COINS[:coins]
        if venue.endswith(("coinm", "inverse")):
            self.coins = [c for c in self.coins if not c[0].startswith("1000")]
        self.price = {c[0]: c[1] for c in self.coins}
        self.id = {c[0]: 3466782974 + 1000 * i for i, c in enumerate(self.coins)}
        self.raw = {c[0]: 8123344783 + 5000 * i for i, c in enumerate(self.coins)}
        self.ms = START_MS
        self.seq = 822323446907

    def symbol(self, coin):
        if self.venue == "binance-coinm":
            return coin + "USD_PERP"
        if self.venue == "bybit-inverse":
            return coin + "USD"
        if self.venue.endswith("spot"):
            return coin.replace("1000", "") + "USDT"
        return coin + "USDT"

    def step(self):
        name, _, decimals, qty_decimals = self.random.choice(self.coins)
        self.price[name] *= 1 + self.random.gauss(0, 2e-5)
        self.ms += self.random.choice((0, 0, 1, 3, 17, 40))
        price = f"{self.price[name]:.{decimals}f}"
        if self.venue in ("binance-coinm", "bybit-inverse"):
            qty = str(self.random.randint(1, 5000))
        else:
            qty = f"{self.random.lognormvariate(0, 1.5) * 900 / self.price[name] + 10 ** -qty_decimals:.{qty_decimals}f}"
        return name, self.symbol(name), price, qty, decimals

    def uuid(self):
        h = f"{self.random.getrandbits(128):032x}"
        return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{h[16:20]}-{h[20:]}"


def binance(m, channel):
    name, symbol, price, qty, d = m.step()
    usdm, spot = m.venue == "binance-usdm", m.venue == "binance-spot"
    st = "" if spot else f',"st":{1 if usdm else 2}'
    low, pair = symbol.lower(), symbol.split("_")[0]
    maker = "true" if m.random.random() < 0.5 else "false"
    now, tick = m.ms, 10 ** -d
    if channel == "trade":
        m.id[name] += 1
        first = m.raw[name] + 1
        m.raw[name] += m.random.choice((1, 1, 1, 2, 6))
        nq = f',"nq":"{qty}"' if usdm else ""
        tail = ',"M":true' if spot else st
        head = (f'"s":"{symbol}","a":{m.id[name]}' if not usdm
                else f'"a":{m.id[name]},"s":"{symbol}"')
        data = (f'{{"e":"aggTrade","E":{now + 150},{head},"p":"{price}","q":"{qty}"{nq}'
                f',"f":{first},"l":{m.raw[name]},"T":{now},"m":{maker}{tail}}}')
        stream = f"{low}@aggTrade"
    elif channel == "top":
        m.seq += m.random.randint(1, 90)
        ask = f"{float(price) + tick:.{d}f}"
        if spot:
            data = (f'{{"u":{m.seq},"s":"{symbol}","b":"{price}","B":"{qty}",'
                    f'"a":"{ask}","A":"{qty}"}}')
        else:
            data = (f'{{"e":"bookTicker","u":{m.seq},"s":"{symbol}","ps":"{pair}","b":"{price}",'
                    f'"B":"{qty}","a":"{ask}","A":"{qty}","T":{now},"E":{now}{st}}}')
        stream = f"{low}@bookTicker"
    elif channel == "mark":
        data = (f'{{"e":"markPriceUpdate","E":{now},"s":"{symbol}","p":"{price}7762319",'
                f'"ap":"{price}7762319","P":"{price}9090930","i":"{price}8704348",'
                f'"r":"0.00000801","T":1790553600000{st}}}')
        stream = f"{low}@markPrice@1s"
    elif channel == "liquidation":
        side = "SELL" if m.random.random() < 0.7 else "BUY"
        ps = f',"ps":"{pair}"'
        data = (f'{{"e":"forceOrder","E":{now + 1000},"o":{{"s":"{symbol}","S":"{side}","o":"LIMIT",'
                f'"f":"IOC","q":"{qty}","p":"{price}","ap":"{price}","X":"FILLED","l":"{qty}",'
                f'"z":"{qty}","T":{now}{ps}{st}}}}}')
        stream = "!forceOrder@arr"
    elif channel == "ticker":
        ps = "" if spot else f',"ps":"{pair}"'
        data = (f'{{"e":"24hrTicker","E":{now},"s":"{symbol}"{ps},"p":"1.5","P":"0.8","w":"{price}",'
                f'"c":"{price}","Q":"{qty}","o":"{price}","h":"{price}","l":"{price}",'
                f'"v":"18290.4","q":"73684.25","O":{now - 86400000},"C":{now},"F":1,"L":9,"n":9{st}}}')
        stream = f"{low}@ticker"
    else:
        t = now - now % 60000
        data = (f'{{"e":"kline","E":{now},"s":"{symbol}","k":{{"t":{t}, "T":{t + 59999}, '
                f'"s":"{symbol}", "i":"1m", "f":1, "L":9, "o":"{price}", "c":"{price}", '
                f'"h":"{price}", "l":"{price}", "v":"104.194", "n":9, "x":false, '
                f'"q":"8809.5", "V":"56.811", "Q":"4803.2", "B":"0"}}}}')
        stream = f"{low}@kline_1m"
    return f'{{"stream":"{stream}","data":{data}}}'


def bybit(m, channel):
    name, symbol, price, qty, d = m.step()
    spot = m.venue == "bybit-spot"
    now = m.ms
    if channel == "trade":
        rows = []
        for _ in range(m.random.choice((1, 1, 1, 2, 3, 8))):
            m.seq += m.random.choice((0, 1, 7))
            side = m.random.choice(("Buy", "Sell"))
            if spot:
                m.id[name] += 1
                rows.append(f'{{"i":"229000000{m.id[name]}","T":{now},"p":"{price}","v":"{qty}",'
                            f'"S":"{side}","s":"{symbol}","BT":false,"RPI":false,"seq":{m.seq}}}')
            else:
                rows.append(f'{{"T":{now},"s":"{symbol}","S":"{side}","v":"{qty}","p":"{price}",'
                            f'"L":"PlusTick","i":"{m.uuid()}","BT":false,"RPI":false,"seq":{m.seq}}}')
        order = (f'"ts":{now + 2},"type":"snapshot"' if spot
                 else f'"type":"snapshot","ts":{now + 2}')
        return f'{{"topic":"publicTrade.{symbol}",{order},"data":[{",".join(rows)}]}}'
    if channel == "liquidation":
        side = "Buy" if m.random.random() < 0.7 else "Sell"
        return (f'{{"topic":"allLiquidation.{symbol}","type":"snapshot","ts":{now + 400},'
                f'"data":[{{"T":{now},"s":"{symbol}","S":"{side}","v":"{qty}","p":"{price}"}}]}}')
    if channel == "kline":
        t = now - now % 60000
        return (f'{{"topic":"kline.1.{symbol}","type":"snapshot","ts":{now},"data":[{{"start":{t},'
                f'"end":{t + 59999},"interval":"1","open":"{price}","close":"{price}","high":"{price}",'
                f'"low":"{price}","volume":"7.316","turnover":"614833.7084","confirm":false,'
                f'"timestamp":{now}}}]}}')
    if channel == "top":
        return (f'{{"topic":"orderbook.1.{symbol}","ts":{now},"type":"snapshot","data":{{"s":"{symbol}",'
                f'"b":[["{price}","{qty}"]],"a":[["{price}","{qty}"]],"u":{now % 10 ** 8},"seq":{m.seq}}},'
                f'"cts":{now - 2}}}')
    if spot:
        return (f'{{"topic":"tickers.{symbol}","ts":{now},"type":"snapshot","cs":{m.seq},"data":'
                f'{{"symbol":"{symbol}","lastPrice":"{price}","highPrice24h":"{price}",'
                f'"lowPrice24h":"{price}","prevPrice24h":"{price}","volume24h":"9500.1",'
                f'"turnover24h":"7.5","price24hPcnt":"0.01","usdIndexPrice":"{price}"}}}}')
    m.seq += 1
    if symbol not in getattr(m, "said", set()):
        m.said = getattr(m, "said", set()) | {symbol}
        return (f'{{"topic":"tickers.{symbol}","type":"snapshot","data":{{"symbol":"{symbol}",'
                f'"tickDirection":"ZeroPlusTick","price24hPcnt":"0.001455","lastPrice":"{price}",'
                f'"prevPrice24h":"{price}","highPrice24h":"{price}","lowPrice24h":"{price}",'
                f'"markPrice":"{price}","indexPrice":"{price}","openInterest":"59972.256",'
                f'"openInterestValue":"3811.16","turnover24h":"351.96","volume24h":"55362.91",'
                f'"fundingIntervalHour":"8","fundingCap":"0.005","singleOpenInterest":"29986.128",'
                f'"singleOpenInterestValue":"1905.58","nextFundingTime":"1790553600000",'
                f'"fundingRate":"0.0001","bid1Price":"{price}","bid1Size":"{qty}",'
                f'"ask1Price":"{price}","ask1Size":"{qty}"}},"cs":{m.seq},"ts":{now}}}')
    if channel == "mark":
        return (f'{{"topic":"tickers.{symbol}","type":"delta","data":{{"symbol":"{symbol}",'
                f'"markPrice":"{price}","indexPrice":"{price}"}},"cs":{m.seq},"ts":{now}}}')
    return (f'{{"topic":"tickers.{symbol}","type":"delta","data":{{"symbol":"{symbol}",'
            f'"bid1Price":"{price}","bid1Size":"{qty}"}},"cs":{m.seq},"ts":{now}}}')


def main():
    p = argparse.ArgumentParser()
    p.add_argument("venue")
    p.add_argument("channel")
    p.add_argument("--count", type=int, default=1000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--coins", type=int, default=6)
    p.add_argument("--plain", action="store_true")
    a = p.parse_args()
    m = Market(a.venue, a.seed, a.coins)
    say = binance if a.venue.startswith("binance") else bybit
    spot = a.venue.endswith("spot")
    mixed = (["trade"] * 12 + ["top"] * 6 + ["ticker", "kline"] +
             ([] if spot else ["mark", "mark", "liquidation"]))
    recv_ns = 0
    for _ in range(a.count):
        channel = m.random.choice(mixed) if a.channel == "mixed" else a.channel
        message = say(m, channel)
        # A receipt a little after the fact, never before the one before it.
        recv_ns = max(recv_ns, (m.ms + 3) * 1000000 + m.random.randrange(900000))
        print(message if a.plain else f"{recv_ns}\t{message}")


main()
