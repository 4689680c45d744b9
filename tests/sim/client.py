"""client.py - an independent client of the simulator: blocking, for its self-test.

Why     What checks the simulator must not share its code: framing, masking and the
        handshake are written again here, from RFC 6455.
Limits  One message at a time; python's ssl checks certificate and name.
"""
import base64
import hashlib
import http.client
import json
import os
import socket
import ssl
import struct
import time
import zlib


class Ended(Exception):
    """The connection is over: `how` is close, eof (orderly TLS), cut (no close_notify),
    reset; `code` of the close frame."""

    def __init__(self, how, code=None):
        super().__init__(f"{how} {code or ''}")
        self.how, self.code = how, code


def context(ca, version=None):
    ctx = ssl.create_default_context(cafile=ca)
    # Some builds take the end of TCP for the end of TLS unless told not to.
    ctx.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    if version:
        ctx.minimum_version = ctx.maximum_version = version
    return ctx


class Socket:
    """A TLS connection that has checked its peer.  TLS runs over memory, so that a TCP
    reset, the end of TCP and the end of TLS can be told apart."""

    def __init__(self, port, ca, host="localhost", version=None, timeout=5):
        self.raw = socket.create_connection(("127.0.0.1", port), timeout)
        self.arrived, self.leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context(ca, version).wrap_bio(self.arrived, self.leaving, server_hostname=host)
        self.data, self.chunks = b"", []
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._leave()
                got = self.raw.recv(65536)
                if not got:
                    raise Ended("cut") from None
                self.arrived.write(got)
        self._leave()

    def _leave(self):
        if self.leaving.pending:
            self.raw.sendall(self.leaving.read())

    def sendall(self, data):
        self.tls.write(data)
        self._leave()

    def close(self):
        self.raw.close()

    def more(self, timeout):
        """Reads once; False when nothing came in time."""
        while True:
            try:
                got = self.tls.read(65536)
            except ssl.SSLZeroReturnError:
                raise Ended("eof") from None
            except ssl.SSLWantReadError:
                self.raw.settimeout(max(timeout, 0.001))
                try:
                    wire = self.raw.recv(65536)
                except ConnectionResetError:
                    raise Ended("reset") from None
                except TimeoutError:
                    return False
                if wire:
                    self.arrived.write(wire)
                else:
                    self.arrived.write_eof()
                continue
            except ssl.SSLError as e:
                # Older versions have no class of their own for it.
                if isinstance(e, ssl.SSLEOFError) or "UNEXPECTED_EOF" in str(e.reason):
                    raise Ended("cut") from None
                raise
            if not got:
                raise Ended("eof")
            self.chunks.append(len(got))
            self.data += got
            return True

    def take(self, count, until):
        while len(self.data) < count:
            if not self.more(until - time.monotonic()) and time.monotonic() >= until:
                raise TimeoutError
        out, self.data = self.data[:count], self.data[count:]
        return out


class Refused(Exception):
    def __init__(self, status, headers, body):
        super().__init__(f"HTTP {status}")
        self.status, self.headers, self.body = status, headers, body


class WebSocket:
    def __init__(self, port, path, ca, host="localhost", pong=True, **k):
        self.s = Socket(port, ca, host, **k)
        self.pong, self.pings, self.frames = pong, [], []
        key = os.urandom(16).hex()[:16].encode()
        word = base64.b64encode(key).decode()
        head = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket",
                "Connection: Upgrade", f"Sec-WebSocket-Key: {word}", "Sec-WebSocket-Version: 13"]
        self.s.sendall("\r\n".join(head + ["", ""]).encode())
        until = time.monotonic() + 5
        while b"\r\n\r\n" not in self.s.data:
            if not self.s.more(until - time.monotonic()) and time.monotonic() >= until:
                raise TimeoutError("no answer to the upgrade")
        head, self.s.data = self.s.data.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        self.headers = {a.lower(): b for a, _, b in (x.partition(": ") for x in lines[1:])}
        status = int(lines[0].split(" ")[1])
        if status != 101:
            while len(self.s.data) < int(self.headers.get("content-length", 0)):
                self.s.more(1)
            raise Refused(status, self.headers, self.s.data)
        text = word + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        want = base64.b64encode(hashlib.sha1(text.encode()).digest())
        if self.headers.get("sec-websocket-accept") != want.decode():
            raise Refused(101, self.headers, b"wrong accept")

    def send(self, data, opcode=1, masked=True):
        if isinstance(data, (dict, list)):
            data = json.dumps(data, ensure_ascii=False)
        if isinstance(data, str):
            data = data.encode()
        size = bytes((min(len(data), 126) | 0x80,))
        if len(data) >= 126:
            size = struct.pack("!BH", 126 | 0x80, len(data))
        if not masked:
            self.s.sendall(bytes((0x80 | opcode, len(data))) + data)
            return
        mask = os.urandom(4)
        self.s.sendall(bytes((0x80 | opcode,)) + size + mask
                           + bytes(c ^ mask[k % 4] for k, c in enumerate(data)))

    def frame(self, until):
        """(first byte, payload)"""
        while True:
            have = self.s.data
            if len(have) >= 2:
                size, at = have[1], 2
                if size & 0x80:
                    return self.s.take(1, until)[0], b"masked"
                if size >= 126:
                    wide = 2 if size == 126 else 8
                    at += wide
                    size = int.from_bytes(have[2:at], "big") if len(have) >= at else 1 << 62
                if len(have) >= at + size:
                    self.s.data = have[at + size:]
                    return have[0], have[at:at + size]
            if not self.s.more(until - time.monotonic()) and time.monotonic() >= until:
                raise TimeoutError

    def message(self, timeout=3.0):
        """The next data message as (opcode, bytes); answers pings on the way."""
        until, kind, parts = time.monotonic() + timeout, 0, []
        while True:
            first, payload = self.frame(until)
            self.frames.append(first)
            opcode = first & 0x0F
            if opcode == 9:
                self.pings.append(payload)
                if self.pong:
                    self.send(payload, 10)
            elif opcode == 8:
                code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else None
                raise Ended("close", code)
            elif opcode in (0, 1, 2):
                kind = kind or opcode
                parts.append(payload)
                if first & 0x80:
                    return kind, b"".join(parts)

    def json(self, timeout=3.0):
        return json.loads(self.message(timeout)[1])

    def ask(self, request, timeout=3.0):
        """Sends a control message; the answer, with what came before it in `early`."""
        self.send(request)
        self.early = []
        until = time.monotonic() + timeout
        while True:
            m = self.json(until - time.monotonic())
            if isinstance(m, dict) and ("result" in m or "success" in m or "code" in m
                                        or "error" in m):
                return m
            self.early.append(m)

    def gather(self, seconds):
        """Everything said in that time."""
        out, until = [], time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                out.append(self.json(until - time.monotonic()))
            except TimeoutError:
                break
        return out

    def close(self):
        try:
            self.send(struct.pack("!H", 1000), 8)
            self.s.close()
        except OSError:
            pass


class Rest:
    """One keep-alive connection for REST."""

    def __init__(self, port, ca, timeout=5):
        self.port, self.ca, self.timeout = port, ca, timeout
        self.connection = None

    def get(self, target, **headers):
        """(status, headers, body parsed if it is JSON)"""
        if self.connection is None:
            self.connection = http.client.HTTPSConnection("localhost", self.port,
                                                          timeout=self.timeout,
                                                          context=context(self.ca))
        try:
            self.connection.request("GET", target, headers=headers)
            r = self.connection.getresponse()
            body = r.read()
        except Exception:
            self.connection.close()
            self.connection = None
            raise
        more = {k.lower(): v for k, v in r.getheaders()}
        if more.get("content-encoding") == "gzip":
            body = zlib.decompress(body, 31)
        try:
            return r.status, more, json.loads(body)
        except ValueError:
            return r.status, more, body

    def __call__(self, target):
        return self.get(target)[2]
