"""control.py - commands from outside: plain HTTP on loopback.

GET /status   one JSON object: ports, links with their streams, faults in force
POST /do      one command a line; the answer has one line for each, `ok: ...` or
              `error: ...`, and status 400 when one failed
POST /stop    ends the simulator as --seconds would

Only for tests: it binds to 127.0.0.1 whatever --listen says, and knows no password.
"""
import asyncio
import json

from faults import CommandError

BODY_BYTES_MAX = 65536


class Control:
    def __init__(self, sim):
        self.sim, self.number = sim, 0

    async def start(self):
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.number = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            count = 0
            for line in head.lower().split("\r\n"):
                if line.startswith("content-length:"):
                    count = int(line[15:])
            if count > BODY_BYTES_MAX:
                raise ValueError("too long")
            body = (await reader.readexactly(count)).decode()
            status, text = self._answer(*head.split(" ", 2)[:2], body)
            data = text.encode()
            writer.write(f"HTTP/1.1 {status} {'OK' if status == 200 else 'No'}\r\nContent-Length: "
                         f"{len(data)}\r\nConnection: close\r\n\r\n".encode() + data)
            await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError):
            pass    # whoever cannot speak HTTP gets no answer
        finally:
            writer.close()

    def _answer(self, method, path, body):
        if (method, path) == ("GET", "/status"):
            return 200, json.dumps(self.status(), ensure_ascii=False) + "\n"
        if (method, path) == ("POST", "/stop"):
            self.sim.stopping.set()
            return 200, "ok: stopping\n"
        if (method, path) != ("POST", "/do"):
            return 404, "error: GET /status, POST /do, POST /stop\n"
        status, out = 200, []
        for line in filter(None, (x.strip() for x in body.splitlines())):
            try:
                out.append(f"ok: {self.sim.faults.do(line)}")
            except (CommandError, ValueError) as e:
                status = 400
                out.append(f"error: {e}")
        self.sim.ledger.flush()
        return status, "\n".join(out) + "\n"

    def status(self):
        sim = self.sim
        return {"now_ms": sim.now_ms, "up_s": round((sim.now_ms - sim.start_ms) / 1000, 2),
                "ports": sim.port_numbers(), "faults": [f.line for f in sim.faults.active],
                "links": [{"conn": x.number, "venue": x.venue.name, "route": x.route,
                           "path": x.request.target,
                           "streams": list(x.streams)} for v in sim.venues.values()
                          for x in v.links]}
