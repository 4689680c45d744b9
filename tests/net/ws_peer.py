"""ws_peer.py - a websocket server on file descriptor 3, written from RFC 6455 alone.

Why     Our client is to meet a peer that shares no line with it.
Input   A client's bytes.  It is strict: an unmasked frame, RSV bits, fragments that
        do not fit or bad UTF-8 end it with "fail ..." on stderr and exit code 1.
Output  What a text asks for: "echo X", "parts N X" (N frames, pings between), "ping X",
        "large N", "flood N", "close N WORDS"; each write is cut at random places.
Limits  One client, blocking, seeded.  Ends with the client or its close.
"""
import base64
import hashlib
import random
import socket
import struct
import sys

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
chance = random.Random(6455)
peer = socket.socket(fileno=3)
waiting = b""
pongs = []


def fail(why):
    print("fail", why, file=sys.stderr)
    sys.exit(1)


def take(count):
    global waiting
    while len(waiting) < count:
        more = peer.recv(65536)
        if not more:
            sys.exit(0)
        waiting += more
    part, waiting = waiting[:count], waiting[count:]
    return part


def put(data):
    while data:
        count = chance.choice((1, 2, 5, 100, 1000, 16384, 65536))
        try:
            peer.sendall(data[:count])
        except ConnectionError:
            sys.exit(0)
        data = data[count:]


def frame(first, payload):
    if len(payload) < 126:
        return bytes((first, len(payload))) + payload
    if len(payload) < 65536:
        return struct.pack("!BBH", first, 126, len(payload)) + payload
    return struct.pack("!BBQ", first, 127, len(payload)) + payload


def read_frame():
    first, second = take(2)
    if first & 0x70:
        fail("RSV bits")
    if not second & 0x80:
        fail("no mask")
    count = second & 127
    if count == 126:
        count = struct.unpack("!H", take(2))[0]
        if count < 126:
            fail("a length not in its shortest form")
    elif count == 127:
        count = struct.unpack("!Q", take(8))[0]
        if count < 65536:
            fail("a length not in its shortest form")
    if first & 8 and (count > 125 or not first & 0x80):
        fail("a control frame too long or in parts")
    mask = take(4)
    return first, bytes(b ^ mask[i % 4] for i, b in enumerate(take(count)))


def handshake():
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += take(1)
    lines = head.decode("ascii").split("\r\n")
    if lines[0] != "GET /stream?x=1 HTTP/1.1":
        fail("request line " + lines[0])
    fields = {}
    for line in lines[1:-2]:
        name, _, value = line.partition(": ")
        if name.lower() in fields:
            fail("header twice: " + name)
        fields[name.lower()] = value
    if fields.get("host") != "peer.test:1" or fields.get("upgrade") != "websocket" or \
            fields.get("connection") != "Upgrade" or fields.get("sec-websocket-version") != "13":
        fail("headers %r" % fields)
    if "sec-websocket-extensions" in fields or "sec-websocket-protocol" in fields:
        fail("extensions offered")
    key = fields["sec-websocket-key"]
    if len(base64.b64decode(key, validate=True)) != 16:
        fail("key " + key)
    accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
    put(("HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nServer: peer\r\n"
         "connection: keep-alive, upgrade\r\nsec-websocket-accept: " + accept +
         "\r\n\r\n").encode() + frame(0x81, b"welcome"))


def in_parts(count, payload):
    edges = sorted(chance.randint(0, len(payload)) for _ in range(count - 1))
    edges = [0] + edges + [len(payload)]
    out = b""
    for k in range(count):
        out += frame((1 if k == 0 else 0) | (0x80 if k == count - 1 else 0),
                     payload[edges[k]:edges[k + 1]])
        if k < count - 1:
            out += frame(0x89, b"p%d" % k)
    return out


def obey(text):
    word, _, rest = text.partition(" ")
    if word == "echo":
        put(frame(0x81, rest.encode()))
    elif word == "parts":
        count, _, rest = rest.partition(" ")
        put(in_parts(int(count), rest.encode()))
    elif word == "ping":
        put(frame(0x89, rest.encode()))
    elif word == "pongs":
        put(frame(0x81, (" ".join(pongs)).encode()))
        pongs.clear()
    elif word == "large":
        put(frame(0x81, ("0123456789abcde\n" * (int(rest) // 16)).encode()))
    elif word == "flood":
        put(b"".join(frame(0x81, b"%d " % i + "å".encode() * (i % 90)) for i in range(int(rest))))
    elif word == "close":
        code, _, rest = rest.partition(" ")
        put(frame(0x88, struct.pack("!H", int(code)) + rest.encode()) + frame(0x81, b"late"))
        first, payload = read_frame()
        if first != 0x88 or payload != struct.pack("!H", int(code)):
            fail("close answered by %r %r" % (first, payload))
        if peer.recv(1):
            fail("bytes behind the close")
        sys.exit(0)
    else:
        fail("word " + text)


handshake()
while True:
    opcode, message = read_frame()
    if opcode == 0x81:
        obey(message.decode("utf-8"))
    elif opcode == 0x89:
        put(frame(0x8a, message))
    elif opcode == 0x8a:
        pongs.append(message.decode("utf-8"))
    elif opcode == 0x88:
        put(frame(0x88, message[:2]))
        sys.exit(0)
    else:
        fail("opcode %#x" % opcode)
