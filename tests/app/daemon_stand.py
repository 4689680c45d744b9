#!/usr/bin/env python3
"""daemon_stand.py SOCKET STATUS_FILE MODE_FILE - stands in for the daemon's socket.

Answers written by hand, so that what the commands do with good and bad ones can be
tried without a daemon.  MODE_FILE holds one word, read anew for each question:

  ok      200 with STATUS_FILE for /status.json; /livez and /readyz say yes
  unready 503 with a sentence for /readyz, the rest as ok
  error   500 for everything
  slow    nothing for a minute
  half    the head and half of the body, then the end
  wrong   200 with an object that is no status
  text    200 with words instead of JSON
  escape  503 with a sentence that holds an escape
  hangup  closes without an answer
"""
import os
import socket
import sys
import threading
import time

path, status_file, mode_file = sys.argv[1:4]


def answer(code, body, kind="text/plain"):
    body = body if isinstance(body, bytes) else body.encode()
    head = f"HTTP/1.1 {code} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def say(target):
    mode = open(mode_file, encoding="ascii").read().strip()
    status = open(status_file, "rb").read() if target == "/status.json" else b"ok\n"
    if mode == "slow":
        time.sleep(60)
    if mode == "hangup":
        return b""
    if mode == "error":
        return answer(500, "broken inside\n")
    if mode == "half":
        whole = answer(200, status)
        return whole[: len(whole) - len(status) // 2 - 1]
    if mode == "wrong":
        return answer(200, '{"pid":1,"hello":[]}')
    if mode == "text":
        return answer(200, "all is well")
    if mode == "escape":
        return answer(503, "not \033[31mred\a\n")
    if mode == "unready" and target == "/readyz":
        return answer(503, "no venue is up.\nmore\n")
    if target not in ("/status.json", "/livez", "/readyz"):
        return answer(404, "no such page\n")
    return answer(200, status)


def serve(peer):
    with peer:
        asked = b""
        while True:
            while b"\r\n\r\n" not in asked:
                part = peer.recv(4096)
                if not part:
                    return
                asked += part
            line, asked = asked.split(b"\r\n", 1)[0], asked.split(b"\r\n\r\n", 1)[1]
            said = say(line.split()[1].decode())
            try:
                peer.sendall(said)
            except OSError:
                return
            if not said or len(said) < 20 or open(mode_file, encoding="ascii").read().strip() == "half":
                return


listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
os.chmod(path, 0o600)
listener.listen(8)
while True:
    one, _ = listener.accept()
    threading.Thread(target=serve, args=(one,), daemon=True).start()
