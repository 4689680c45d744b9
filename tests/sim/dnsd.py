#!/usr/bin/env python3
"""dnsd.py - a tiny name server for tests: UDP and TCP, a few names, every bad habit.

Usage   dnsd.py --name HOST=IP[,IP...] [--name ALIAS=cname:HOST] [--mode MODE] [...]
        prints `ready PORT`; the port is asked from the kernel unless --port says one.
Input   Lines on stdin change it while it runs, each confirmed on stdout with `ok`:
          mode MODE [HOST]     delay MS     flap N     add HOST=IP,...     quit
Modes   ok, nxdomain, servfail, refused, empty (no error, no rows), drop (no answer),
        truncate (UDP says "ask by TCP"), garbage (bytes that are no message), wrongid,
        noaaaa (AAAA is never answered), half (cut in the middle)
        flap N: of N questions only the last is answered as `ok`, the others by the mode.
Output  --log FILE: one JSON line for each question, with what was done.
Limits  Classes other than IN, EDNS, DNSSEC: ignored.  An unknown name is NXDOMAIN.
"""
import argparse
import heapq
import ipaddress
import json
import selectors
import socket
import struct
import sys
import time

A, CNAME, AAAA = 1, 5, 28
MODES = ("ok", "nxdomain", "servfail", "refused", "empty", "drop", "truncate", "garbage",
         "wrongid", "noaaaa",
         "half")
CODES = {"servfail": 2, "nxdomain": 3, "refused": 5}


def encode_name(name):
    return b"".join(bytes((len(p),)) + p.encode() for p in name.split(".") if p) + b"\0"


def read_question(message):
    """(id, name, type, bytes of the question) or ValueError."""
    if len(message) < 17:
        raise ValueError("short")
    ident, flags, count = struct.unpack("!HHH", message[:6])
    if flags & 0x8000 or count != 1:
        raise ValueError("no question")
    at, parts = 12, []
    while True:
        if at >= len(message):
            raise ValueError("cut")
        size = message[at]
        if size == 0:
            break
        if size > 63:
            raise ValueError("compressed")
        parts.append(message[at + 1:at + 1 + size].decode("latin-1"))
        at += 1 + size
    if at + 5 > len(message):
        raise ValueError("cut")
    kind = struct.unpack("!H", message[at + 1:at + 3])[0]
    return ident, ".".join(parts).lower(), kind, message[12:at + 5]


class Server:
    def __init__(self, names, mode="ok", delay_ms=0, flap=0, ttl=60):
        self.names, self.mode, self.delay_ms, self.flap, self.ttl = {}, mode, delay_ms, flap, ttl
        self.mode_of, self.asked = {}, 0
        for spec in names:
            self.add(spec)

    def add(self, spec):
        host, equals, rows = spec.partition("=")
        if not equals:
            raise ValueError(f"{spec}: HOST=IP")
        values = rows.split(",")
        for v in values:
            if not v.startswith("cname:"):
                ipaddress.ip_address(v)
        self.names[host.lower()] = values

    def rows(self, name, kind):
        """Resource records of an answer; None: no such name."""
        out = []
        for _ in range(8):      # an alias of an alias, but no circle
            values = self.names.get(name)
            if values is None:
                return None if not out else out
            if not values[0].startswith("cname:"):
                break
            target = values[0][6:]
            out.append(record(name, CNAME, self.ttl, encode_name(target)))
            name = target
        for v in values:
            address = ipaddress.ip_address(v) if not v.startswith("cname:") else None
            if address and kind == (A if address.version == 4 else AAAA):
                out.append(record(name, kind, self.ttl, address.packed))
        return out

    def answer(self, message, is_tcp):
        """(bytes or None, what was done, name, kind)"""
        ident, name, kind, question = read_question(message)
        self.asked += 1
        mode = self.mode_of.get(name, self.mode)
        if self.flap and self.asked % self.flap == 0:
            mode = "ok"
        if mode == "drop" or (mode == "noaaaa" and kind == AAAA):
            return None, "drop", name, kind
        if mode == "garbage":
            return b"\xff" * 11, mode, name, kind
        rows, code = self.rows(name, kind), CODES.get(mode, 0)
        if rows is None and not code:
            code = 3
        truncate = mode == "truncate" and not is_tcp
        rows = [] if code or truncate or mode == "empty" else rows
        flags = 0x8580 | code | (0x0200 if truncate else 0)
        if mode == "wrongid":
            ident ^= 0x5555
        data = struct.pack("!HHHHHH", ident, flags, 1, len(rows), 0, 0) + question + b"".join(rows)
        return data[:len(data) // 2] if mode == "half" else data, mode, name, kind


def record(name, kind, ttl, data):
    return encode_name(name) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


class Loop:
    """Sockets, the control lines, and answers that wait for their delay."""

    def __init__(self, server, address, port, log):
        self.server, self.log = server, log
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        for attempt in range(50):
            # A port that is free for UDP may be taken for TCP: then another one.
            self.udp = socket.socket(family, socket.SOCK_DGRAM)
            self.udp.bind((address, port))
            self.port = self.udp.getsockname()[1]
            self.tcp = socket.socket(family, socket.SOCK_STREAM)
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                self.tcp.bind((address, self.port))
                break
            except OSError:
                self.udp.close()
                self.tcp.close()
                if port or attempt == 49:
                    raise
        self.tcp.listen(16)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.udp, selectors.EVENT_READ, self.on_udp)
        self.selector.register(self.tcp, selectors.EVENT_READ, self.on_connect)
        self.waiting, self.number, self.is_over = [], 0, False

    def run(self):
        try:
            self.selector.register(sys.stdin, selectors.EVENT_READ, self.on_line)
        except (PermissionError, ValueError):
            pass    # stdin is a file or closed: no control lines
        while not self.is_over:
            wait_s = max(0, self.waiting[0][0] - time.monotonic()) if self.waiting else 1
            for key, _ in self.selector.select(wait_s):
                key.data(key.fileobj)
            while self.waiting and self.waiting[0][0] <= time.monotonic():
                try:
                    heapq.heappop(self.waiting)[2]()
                except OSError:
                    pass    # who asked is gone

    def later(self, send):
        self.number += 1
        heapq.heappush(self.waiting, (time.monotonic() + self.server.delay_ms / 1000, self.number,
                                      send))

    def reply(self, message, is_tcp, send):
        try:
            data, done, name, kind = self.server.answer(message, is_tcp)
        except ValueError as e:
            data, done, name, kind = None, f"broken question: {e}", "", 0
        if self.log:
            self.log.write(json.dumps({"at_ms": time.time_ns() // 1000000, "name": name,
                                       "type": kind,
                                       "tcp": is_tcp, "done": done}) + "\n")
            self.log.flush()
        if data is not None:
            self.later(lambda: send(data))

    def on_udp(self, sock):
        message, peer = sock.recvfrom(4096)
        self.reply(message, False, lambda data: sock.sendto(data, peer))

    def on_connect(self, sock):
        conn, _ = sock.accept()
        conn.settimeout(2)
        self.selector.register(conn, selectors.EVENT_READ, self.on_tcp)

    def on_tcp(self, conn):
        try:
            head = conn.recv(2, socket.MSG_WAITALL)
            if len(head) == 2:
                message = conn.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL)
                send = lambda data: conn.sendall(struct.pack("!H", len(data)) + data)
                self.reply(message, True, send)
                return
        except OSError:
            pass
        self.selector.unregister(conn)
        conn.close()

    def on_line(self, stdin):
        line = stdin.readline()
        if not line:
            self.selector.unregister(stdin)
            return
        words = line.split()
        try:
            if not words:
                return
            if words[0] == "quit":
                self.is_over = True
            elif words[0] == "mode" and words[1] in MODES:
                if len(words) > 2:
                    self.server.mode_of[words[2].lower()] = words[1]
                else:
                    self.server.mode, self.server.mode_of = words[1], {}
            elif words[0] == "delay":
                self.server.delay_ms = int(words[1])
            elif words[0] == "flap":
                self.server.flap = int(words[1])
            elif words[0] == "add":
                self.server.add(words[1])
            else:
                raise ValueError("no such command")
            print("ok", flush=True)
        except (ValueError, IndexError) as e:
            print(f"error: {e}", flush=True)


def main():
    p = argparse.ArgumentParser(description="a tiny name server for tests")
    p.add_argument("--listen", default="127.0.0.1")
    p.add_argument("--port", type=int, default=0)
    p.add_argument("--name", action="append", default=[], metavar="HOST=IP[,IP]")
    p.add_argument("--mode", choices=MODES, default="ok")
    p.add_argument("--delay", type=int, default=0, metavar="MS")
    p.add_argument("--flap", type=int, default=0, metavar="N")
    p.add_argument("--ttl", type=int, default=60)
    p.add_argument("--log", type=argparse.FileType("a"))
    a = p.parse_args()
    loop = Loop(Server(a.name, a.mode, a.delay, a.flap, a.ttl), a.listen, a.port, a.log)
    print(f"ready {loop.port}", flush=True)
    try:
        loop.run()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
