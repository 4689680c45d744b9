#!/usr/bin/env python3
"""websockets_peer.py - the same work as one would write it with websockets and json.

Usage   websockets_peer.py PORT CA VENUE COUNT RATE TOPIC...
Output  One JSON line when COUNT messages came: what was counted, and with a RATE the
        delay of a message after its due time (tests/bench/README.md).
"""
import asyncio
import json
import os
import ssl
import sys
import time

import websockets


async def main(port, ca, venue, count, rate, topics):
    bybit = venue.startswith("bybit")
    path = "/v5/public/linear" if bybit else "/stream"
    subscribe = ({"op": "subscribe", "args": topics, "req_id": "1"} if bybit
                 else {"method": "SUBSCRIBE", "params": topics, "id": 1})
    context = ssl.create_default_context(cafile=ca)
    sums, messages, trades, first_ms, delays = {}, 0, 0, 0, []
    async with websockets.connect(f"wss://localhost:{port}{path}", ssl=context, compression=None,
                                  max_size=None) as ws:
        await ws.send(json.dumps(subscribe))
        async for text in ws:
            m = json.loads(text)
            d = m.get("data")
            if d is None:
                continue
            if rate:
                if not messages:
                    first_ms = m["ts"] if bybit else d["T"]
                delays.append(time.time_ns() / 1e6 - (first_ms + messages * 1000 / rate))
            messages += 1
            if bybit:
                rows = [(t["s"], float(t["p"]) * float(t["v"]), t["S"] == "Sell") for t in d]
            else:
                rows = [(d["s"], float(d["p"]) * float(d["q"]), d["m"])]
            for symbol, usd, is_sell in rows:
                s = sums.get(symbol)
                if s is None:
                    s = sums[symbol] = [0.0, 0.0]
                s[is_sell] += usd
                trades += 1
            if messages == count:
                break
        out = {"messages": messages, "trades": trades, "symbols": len(sums),
               "buy_usd": sum(s[0] for s in sums.values()),
               "sell_usd": sum(s[1] for s in sums.values())}
        if rate:
            delays = sorted(delays[min(rate, count // 2):])  # the first second belongs to the start
            out["p50_ms"] = delays[int(len(delays) * 0.50)]
            out["p99_ms"] = delays[int(len(delays) * 0.99)]
        print(json.dumps(out), flush=True)
        # No goodbye: it would wait for a server that has ended.
        os._exit(0)


if __name__ == "__main__":
    a = sys.argv[1:]
    asyncio.run(main(int(a[0]), a[1], a[2], int(a[3]), int(a[4]), a[5:]))
