#!/usr/bin/env python3
"""proxies.py - two small proxies on loopback, for tests: HTTP CONNECT with a password, and
SOCKS5 without one.

Usage   proxies.py      prints `HTTP_PORT SOCKS_PORT`, then a line for each tunnel it opened
Limits  One write at a time each way; no UDP, no BIND. Names are resolved here.
"""
import asyncio
import base64
import struct

USER = base64.b64encode(b"me:hu5h-hu5h").decode()


async def pipe(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def tunnel(kind, host, port, reader, writer, yes):
    far_reader, far_writer = await asyncio.open_connection(host, port)
    print(f"{kind} {host}:{port}", flush=True)
    writer.write(yes)
    await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))


async def on_http(reader, writer):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    words = head[0].split()
    if not any(line == f"Proxy-Authorization: Basic {USER}" for line in head):
        writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        return
    host, port = words[1].rsplit(":", 1)
    await tunnel("connect", host.strip("[]"), int(port), reader, writer,
                 b"HTTP/1.1 200 Yes\r\n\r\n")


async def on_socks(reader, writer):
    _, count = await reader.readexactly(2)
    await reader.readexactly(count)
    writer.write(b"\x05\x00")
    _, _, _, kind = await reader.readexactly(4)
    if kind == 3:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    else:
        raw = await reader.readexactly(4 if kind == 1 else 16)
        host = ".".join(map(str, raw)) if kind == 1 else raw.hex(":", 2)
    port = struct.unpack("!H", await reader.readexactly(2))[0]
    await tunnel("socks", host, port, reader, writer, b"\x05\x00\x00\x01" + bytes(6))


def guarded(function):
    async def serve(reader, writer):
        try:
            await function(reader, writer)
        except (OSError, EOFError, ValueError, IndexError):
            writer.close()
    return serve


async def main():
    servers = [await asyncio.start_server(guarded(f), "127.0.0.1", 0) for f in (on_http, on_socks)]
    print(*(s.sockets[0].getsockname()[1] for s in servers), flush=True)
    await asyncio.gather(*(s.serve_forever() for s in servers))


if __name__ == "__main__":
    asyncio.run(main())
