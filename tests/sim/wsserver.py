"""wsserver.py - ports that speak TLS and HTTP/1.1, and the server side of RFC 6455.

Why     The program's websocket is to meet a peer that shares no line with it.
Input   A listening port, a TLS context, the venue behind it, the faults in force.
Output  HTTP requests to rest.py; websocket links to the venue, which puts messages
        into them; a link's messages of one tick leave in one write.
Limits  Requests carry no body.  No extension is agreed to.  A client that does not
        read is cut when 16 MB wait for it.
"""
import asyncio
import base64
import hashlib
import socket
import struct

from refusals import refusal

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
HEAD_BYTES_MAX = 16384
CLIENT_FRAME_BYTES_MAX = 65536
BACKLOG_BYTES_MAX = 16 << 20
REASONS = {101: "Switching Protocols", 200: "OK", 400: "Bad Request", 403: "Forbidden",
           404: "Not Found",
           418: "I'm a teapot", 426: "Upgrade Required", 429: "Too Many Requests",
           451: "Unavailable For Legal Reasons", 500: "Internal Server Error", 502: "Bad Gateway",
           503: "Service Unavailable", 504: "Gateway Timeout"}


def frame(opcode, payload, final=True):
    count = len(payload)
    first = opcode | (0x80 if final else 0)
    if count < 126:
        return bytes((first, count)) + payload
    if count < 65536:
        return struct.pack("!BBH", first, 126, count) + payload
    return struct.pack("!BBQ", first, 127, count) + payload


def fragments(payload, parts):
    """One text message in several frames, cut anywhere, also inside a character."""
    parts = max(1, min(parts, len(payload)))
    edges = [len(payload) * k // parts for k in range(parts + 1)]
    return b"".join(frame(TEXT if k == 0 else 0, payload[edges[k]:edges[k + 1]], k == parts - 1)
                    for k in range(parts))


class Request:
    def __init__(self, method, target, headers):
        self.method, self.target, self.headers = method, target, headers
        self.path, _, self.query = target.partition("?")

    def has(self, name, word):
        return word in [w.strip().lower() for w in self.headers.get(name, "").split(",")]


async def read_request(reader):
    """None at the end of the connection; ValueError when it is no HTTP."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as e:
        if e.partial:
            raise ValueError("request cut short") from e
        return None
    except asyncio.LimitOverrunError as e:
        raise ValueError("request head too long") from e
    lines = head[:-4].decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise ValueError("broken request line")
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():
            raise ValueError("broken header line")
        headers[name.lower()] = value.strip()
    return Request(words[0], words[1], headers)


def answer_head(status, headers):
    return "\r\n".join([f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}"]
                       + [f"{k}: {v}" for k, v in headers] + ["", ""]).encode()


class Link:
    """One websocket connection.  The venue puts messages in, flush() sends them."""

    def __init__(self, sim, venue, reader, writer, number, request):
        self.sim, self.venue, self.number = sim, venue, number
        self.reader, self.writer, self.transport = reader, writer, writer.transport
        self.request = request
        self.out = []            # frames of this tick
        self.streams = {}        # name -> True when it is served on this route
        self.is_combined = False
        self.route = ""
        self.faults = []         # those that concern messages of this link
        self.recent = []         # last messages, for `duplicate`
        self.opened_ms = self.heard_ms = self.pong_ms = self.pushed_ms = self.pinged_ms = sim.now_ms
        self.ping_payload, self.pings_open = b"", 0
        self.client_ms = []      # times of the last client messages: the venue's limit
        self.is_open, self.drip_task = True, None
        self.late = []           # (due_ms, payload, stream, refs)

    # --- out --------------------------------------------------------------------------

    def put(self, payload, framed, stream, refs):
        """One message; what becomes of it goes to the ledger."""
        if not self.is_open:
            return
        if self.faults and self.sim.faults.bends(self, payload, stream, refs):
            return
        held = [row[0] for row in self.late if row[2] == stream]
        if held:
            # What comes after late messages of a stream does not overtake them.
            self.put_late(held[-1], payload, stream, refs)
            return
        self.send(framed, payload, stream, refs)

    def send(self, framed, payload, stream, refs):
        self.out.append(framed)
        self.pushed_ms = self.sim.now_ms
        self.recent.append((payload, stream, refs))
        if len(self.recent) > 60:
            del self.recent[:30]
        self.sim.ledger.said(self.venue.name, self.number, refs)

    def put_late(self, due_ms, payload, stream, refs):
        self.late.append((due_ms, payload, stream, refs))
        self.late.sort(key=lambda row: row[0])

    def control(self, opcode, payload):
        if self.is_open and not self.is_mute():
            self.out.append(frame(opcode, payload))

    def ping(self, payload):
        self.ping_payload = payload
        self.pings_open += 1
        self.control(PING, payload)

    def reply(self, text):
        """An ack or an error: at once, since the client waits for it."""
        if self.is_open and not self.is_mute():
            self.out.append(frame(TEXT, text.encode()))
            self.flush()

    def is_mute(self):
        return any(f.kind == "silence" and not f.stream for f in self.faults)

    def flush(self):
        if not self.out or not self.is_open:
            return
        data = b"".join(self.out)
        self.out.clear()
        if self.drip_task or any(f.kind == "drip" for f in self.faults):
            self._drip(data)
            return
        self._write(data)

    def _write(self, data):
        if self.transport.is_closing():
            return
        self.writer.write(data)
        if self.transport.get_write_buffer_size() > BACKLOG_BYTES_MAX:
            self.note("slow_reader")
            self.cut("rst")

    def _drip(self, data):
        if self.drip_task:
            self.drip_rest += data
            return
        self.drip_rest = bytearray(data)
        self.drip_task = asyncio.ensure_future(self._drip_on())

    async def _drip_on(self):
        """One byte a write, each its own TLS record, until the fault is over."""
        while self.drip_rest and self.is_open:
            if any(f.kind == "drip" for f in self.faults):
                count = 1
            else:
                count = len(self.drip_rest)
            self._write(bytes(self.drip_rest[:count]))
            del self.drip_rest[:count]
            await asyncio.sleep(0)
        self.drip_task = None

    # --- the end ----------------------------------------------------------------------

    def note(self, event, **more):
        self.sim.ledger.event("conn", event, venue=self.venue.name, conn=self.number, **more)

    def close(self, code, reason=""):
        """A close frame, then the end of TLS and of the connection."""
        if not self.is_open:
            return
        self.out.append(frame(CLOSE, struct.pack("!H", code) + reason.encode()))
        self.flush()
        self._end(f"close {code}")
        self.transport.close()

    def cut(self, how):
        """rst: a TCP reset; fin: the end of TCP without TLS's close_notify; notify: TLS
        ends in order, without a close frame."""
        if not self.is_open:
            return
        self._end(how)
        cut_transport(self.transport, how)

    def _end(self, why):
        self.is_open = False
        self.venue.forget(self)
        self.note("end", why=why)

    # --- in ---------------------------------------------------------------------------

    async def run(self):
        """Reads until the connection ends."""
        message, kind = b"", 0
        try:
            while self.is_open:
                first, second = await self.reader.readexactly(2)
                count = second & 0x7F
                if count == 126:
                    count = struct.unpack("!H", await self.reader.readexactly(2))[0]
                elif count == 127:
                    count = struct.unpack("!Q", await self.reader.readexactly(8))[0]
                if not second & 0x80:
                    return self.close(1002, "unmasked frame")
                if count > CLIENT_FRAME_BYTES_MAX or len(message) + count > CLIENT_FRAME_BYTES_MAX:
                    return self.close(1009, "too long")
                mask = await self.reader.readexactly(4)
                data = await self.reader.readexactly(count)
                payload = bytes(b ^ mask[k & 3] for k, b in enumerate(data))
                opcode, final = first & 0x0F, first & 0x80
                self.heard_ms = self.sim.now_ms
                if first & 0x70 or opcode not in (0, TEXT, BINARY, CLOSE, PING, PONG) or (
                        opcode >= 8 and (not final or count > 125)) or (opcode == 0) != (
                        kind != 0) and opcode < 8:
                    return self.close(1002, "broken frame")
                if opcode == CLOSE:
                    return self._answer_close(payload)
                # The venue counts pongs too; those that it asked for by a flood are its
                # own doing and stay out of the count.
                is_asked = opcode == PONG and self.pings_open > 0
                if is_asked:
                    self.pings_open -= 1
                elif not self.venue.allow(self):
                    return
                if opcode == PING:
                    if not any(f.kind == "nopong" for f in self.faults):
                        self.control(PONG, payload)
                        self.flush()
                elif opcode == PONG:
                    self._on_pong(payload)
                else:
                    kind = kind or opcode
                    message += payload
                    if final:
                        self._on_message(kind, message)
                        message, kind = b"", 0
        except (asyncio.IncompleteReadError, OSError) as e:
            if self.is_open:
                self._end("client gone" if isinstance(e, asyncio.IncompleteReadError) else str(e))
                self.transport.abort()

    def _answer_close(self, payload):
        code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
        if self.is_open:
            self.out.append(frame(CLOSE, payload[:2]))
            self.flush()
            self._end(f"client close {code}")
            self.transport.close()

    def _on_pong(self, payload):
        if payload == self.ping_payload and payload:
            self.pong_ms = self.sim.now_ms
            self.note("pong")
        else:
            # Allowed, but it does not keep the connection alive.
            self.note("pong_unasked", bytes=len(payload))

    def _on_message(self, kind, message):
        try:
            text = message.decode()
        except UnicodeDecodeError:
            return self.close(1007, "not UTF-8")
        if kind != TEXT:
            return self.close(1003, "text only")
        self.venue.on_text(self, text)


def cut_transport(transport, how):
    if how == "notify":
        transport.close()
        return
    sock = transport.get_extra_info("socket")
    if how == "rst" and sock is not None:
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass    # it is closed already
    transport.abort()


class Port:
    """One listening port of one venue, for websockets or for REST."""

    def __init__(self, sim, venue, kind, address):
        self.sim, self.venue, self.kind, self.address = sim, venue, kind, address
        self.number, self.task, self.listener = 0, None, None
        self.open_connections = set()

    def bind(self):
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((self.address, self.number))
        self.listener.setblocking(False)
        self.number = self.listener.getsockname()[1]

    def start(self):
        if self.listener is None:
            self.bind()
        self.listener.listen(256)
        self.task = asyncio.ensure_future(self._accept(self.listener))

    def stop(self):
        """Whoever connects now is refused by the kernel. The port stays ours: bound and
        not listening, so that no other program is given it meanwhile."""
        if self.task:
            self.task.cancel()
            self.task = None
            self.listener.close()
            self.bind()

    async def _accept(self, listener):
        loop = asyncio.get_running_loop()
        while True:
            try:
                conn, peer = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(0.05)    # out of descriptors, or a peer that is gone
                continue
            task = asyncio.ensure_future(self._serve(conn, peer))
            self.open_connections.add(task)
            task.add_done_callback(self.open_connections.discard)

    async def _serve(self, conn, peer):
        loop, sim = asyncio.get_running_loop(), self.sim
        conn.setblocking(False)
        # Nagle and a delayed acknowledgement would add 40 ms to many an answer.
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number = sim.next_connection()
        note = lambda event, **k: sim.ledger.event("conn", event, venue=self.venue.name,
                                                   conn=number, **k)
        held = sim.faults.port(self.venue.name, self.kind, "stalltls")
        if held:
            note("stalled_before_tls")
            while held.is_active():
                await asyncio.sleep(0.05)
            conn.close()
            return
        reader = asyncio.StreamReader(limit=HEAD_BYTES_MAX)
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.connect_accepted_socket(lambda: protocol, conn,
                                                              ssl=sim.context,
                                                              ssl_handshake_timeout=15,
                                                              ssl_shutdown_timeout=2)
        except (OSError, asyncio.TimeoutError) as e:
            note("tls_failed", reason=str(e))
            conn.close()
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        tls = transport.get_extra_info("ssl_object")
        note("tls", version=tls.version(), cipher=tls.cipher()[0],
             sni=getattr(tls, "asked_name", None),
             port=self.kind)
        try:
            while not transport.is_closing():
                request = await read_request(reader)
                if request is None:
                    break
                if self.kind == "ws":
                    await self._upgrade(request, reader, writer, number, note)
                    break
                if not await sim.rest.serve(self.venue, request, writer, number):
                    break
        except ValueError as e:
            note("bad_request", reason=str(e))
            writer.write(answer_head(400, [("Content-Length", 0), ("Connection", "close")]))
        except OSError:
            pass    # the peer is gone; links note their own end
        finally:
            transport.close()
            if self.kind == "rest":
                note("end", why="rest")

    async def _upgrade(self, request, reader, writer, number, note):
        sim = self.sim
        fault = sim.faults.port(self.venue.name, "ws", "upgrade")
        how = fault.get("kind", "403") if fault else ""
        if fault:
            fault.use()
        if how == "stall":
            note("upgrade_stalled")
            while fault.is_active():
                await asyncio.sleep(0.05)
            return
        status, body, more = self._judge(request)
        if how not in ("", "badaccept", "extension"):
            status, more, body = refusal(self.venue, how, fault.get("retry_after", 30))
        if status != 101:
            note("upgrade_refused", status=status, path=request.target)
            writer.write(answer_head(status, [("Content-Length", len(body)),
                                              ("Connection", "close"), *more])
                         + body)
            await writer.drain()
            return
        key = request.headers["sec-websocket-key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + GUID[:16 if how == "badaccept"
                                                          else 36]).digest())
        headers = [("Upgrade", "websocket"), ("Connection", "Upgrade"),
                   ("Sec-WebSocket-Accept", accept.decode())]
        if how == "extension":
            headers.append(("Sec-WebSocket-Extensions", "permessage-deflate"))
        writer.write(answer_head(101, headers))
        link = Link(sim, self.venue, reader, writer, number, request)
        note("open", path=request.target, host=request.headers.get("host"),
             extensions=request.headers.get("sec-websocket-extensions"))
        self.venue.adopt(link)
        await link.run()

    def _judge(self, request):
        h = request.headers
        if not (request.method == "GET" and h.get("upgrade", "").lower() == "websocket"
                and request.has("connection", "upgrade")):
            return 426, b"", [("Upgrade", "websocket")]
        try:
            key_bytes = len(base64.b64decode(h.get("sec-websocket-key", ""), validate=True))
        except ValueError:
            key_bytes = 0
        if h.get("sec-websocket-version") != "13" or key_bytes != 16 or "host" not in h:
            return 400, b"bad websocket request", [("Sec-WebSocket-Version", "13")]
        return self.venue.route(request)
