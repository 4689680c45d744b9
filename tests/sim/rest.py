"""rest.py - HTTP answers: limits, framing, faults; the bodies come from *_rest.py.

Why     A client must live with weights, bans, error objects and bodies that stop.
Input   A request on a venue's REST port.
Output  An answer on the connection; a ledger line for each, with the rows it served.
How     Bodies over 8 KB are sent in chunks, smaller ones with their length, so that a
        client meets both; gzip when it is asked for.
Limits  One address is assumed: weights are counted for all clients together, fapi and
        dapi in one pool as since 2026-06-30.
"""
import asyncio
import email.utils
import gzip
import time
import urllib.parse

import binance_rest
import bybit_rest
from coins import SPOT
from refusals import JSON, KINDS, refusal
from wsserver import answer_head, cut_transport

CHUNKED_FROM_BYTES = 8192




class Pool:
    """A budget in a window that begins at round times."""

    def __init__(self, limit, window_ms):
        self.limit, self.window_ms = limit, window_ms
        self.used, self.window, self.over, self.banned_ms = 0, 0, 0, 0

    def take(self, now_ms, weight):
        """0: granted; else milliseconds to wait."""
        window = now_ms // self.window_ms
        if window != self.window:
            self.window, self.used, self.over = window, 0, 0
        self.used += weight
        if self.used <= self.limit:
            return 0
        self.over += 1
        return self.window_ms - now_ms % self.window_ms


class Rest:
    def __init__(self, sim):
        self.sim = sim
        self.pools = {"spot": Pool(6000, 60000), "futures": Pool(2400, 60000),
                      "data": Pool(1000, 300000), "funding": Pool(500, 300000),
                      "bybit": Pool(600, 5000)}

    async def serve(self, venue, request, writer, conn):
        """Answers one request; False when the connection is over."""
        path = request.path
        params = dict(urllib.parse.parse_qsl(request.query, keep_blank_values=True))
        fault = self.sim.faults.rest(venue.name, request.target)
        if fault:
            return await self._misbehave(venue, request, writer, conn, fault, params)
        status, headers, body, served = self._answer(venue, path, params)
        return await self._send(venue, request, writer, conn, status, headers, body, served)

    # --- what is answered -------------------------------------------------------------

    def _answer(self, venue, path, params):
        now = self.sim.now_ms
        binance = venue.name.startswith("binance")
        weight, pool_name = (binance_rest.weight(venue, path, params) if binance else (1, "bybit"))
        pool = self.pools[pool_name]
        if pool.banned_ms > now:
            kind, wait = ("418" if binance else "403rate"), (pool.banned_ms - now) / 1000
            return *self._refuse(venue, kind, wait), None
        wait_ms = pool.take(now, weight)
        headers = []
        if binance:
            header_pool = self.pools["spot" if venue.name == SPOT else "futures"]
            headers = [("x-mbx-used-weight", str(header_pool.used)),
                       ("x-mbx-used-weight-1m", str(header_pool.used))]
        if wait_ms:
            if not binance:
                pool.banned_ms = now + 600000
                return *self._refuse(venue, "403rate", 600), None
            if pool.over > 20:
                # Whoever goes on after 429 is banned: 2 minutes the first time.
                pool.banned_ms = now + 120000
                return *self._refuse(venue, "418", 120), None
            status, more, body = self._refuse(venue, "429", wait_ms / 1000 + 1)
            return status, headers + more, body, None
        module = binance_rest if binance else bybit_rest
        status, text, served = module.answer(venue, path, params, now)
        return status, [*headers, JSON], text.encode(), served

    def _refuse(self, venue, kind, wait):
        return refusal(venue, kind, wait)

    # --- how it is sent ---------------------------------------------------------------

    async def _send(self, venue, request, writer, conn, status, headers, body, served, framing=""):
        whole = len(body)
        if request.has("accept-encoding", "gzip") and whole > 1024:
            body = gzip.compress(body, 1)
            headers = headers + [("Content-Encoding", "gzip")]
        keep = not request.has("connection", "close")
        headers = [("Date", email.utils.formatdate(time.time(), usegmt=True)), *headers]
        if framing == "close":
            keep, tail = False, body
            headers.append(("Connection", "close"))
        elif framing == "chunked" or len(body) >= CHUNKED_FROM_BYTES:
            headers.append(("Transfer-Encoding", "chunked"))
            tail = b"".join(b"%x\r\n%s\r\n" % (len(body[k:k + 5000]), body[k:k + 5000])
                            for k in range(0, len(body), 5000)) + b"0\r\n\r\n"
        else:
            headers.append(("Content-Length", str(len(body))))
            tail = body
        self._note(venue, request, conn, status, whole, served)
        writer.write(answer_head(status, headers) + (b"" if request.method == "HEAD" else tail))
        await writer.drain()
        return keep

    def _note(self, venue, request, conn, status, count, served, fault=None):
        more = {"fault": fault} if fault else {}
        self.sim.ledger.event("rest", "answer", venue=venue.name, conn=conn, target=request.target,
                              status=status, bytes=count, **more)
        if served:
            self.sim.ledger.put("served", f'"venue":"{venue.name}","conn":{conn},{served}')

    # --- misbehaviour -----------------------------------------------------------------

    async def _misbehave(self, venue, request, writer, conn, fault, params):
        kind = fault.get("kind", "500")
        fault.use()
        if kind in KINDS:
            status, headers, body = refusal(venue, kind, fault.get("retry_after", 5))
            self._note(venue, request, conn, status, len(body), None, kind)
            writer.write(answer_head(status, headers + [("Content-Length", str(len(body)))]) + body)
            await writer.drain()
            return True
        if kind in ("stall", "drop"):
            self._note(venue, request, conn, 0, 0, None, kind)
            while kind == "stall" and fault.is_active() and not writer.transport.is_closing():
                await asyncio.sleep(0.05)
            cut_transport(writer.transport, "rst" if kind == "drop" else "fin")
            return False
        status, headers, body, served = self._answer(venue, request.path, params)
        if kind == "half":
            self._note(venue, request, conn, status, len(body), None, kind)
            writer.write(answer_head(status, headers + [("Content-Length", str(len(body)))])
                         + body[:len(body) // 2])
            await asyncio.sleep(0.05)
            cut_transport(writer.transport, "fin")
            return False
        if kind in ("garbage", "empty"):
            body = b"<!doctype html><title>oops</title>{\"x\":" if kind == "garbage" else b""
            return await self._send(venue, request, writer, conn, status, headers, body, None)
        if kind == "slow":
            self._note(venue, request, conn, status, len(body), served, kind)
            data = answer_head(status, headers + [("Content-Length", str(len(body)))]) + body
            pause = float(fault.get("over", 2)) / len(data)
            for k in range(0, len(data), max(1, int(0.002 / max(pause, 1e-6)))):
                step = max(1, int(0.002 / max(pause, 1e-6)))
                writer.write(data[k:k + step])
                await asyncio.sleep(pause * step)
            return True
        return await self._send(venue, request, writer, conn, status, headers, body, served, kind)
