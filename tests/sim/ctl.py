#!/usr/bin/env python3
"""ctl.py - tells a running simulator what to do.

Usage   ctl.py --dir DIR COMMAND...      ctl.py --dir DIR cut venue=bybit-linear how=fin
        ctl.py --dir DIR status          ctl.py --dir DIR stop
Exit    0 done, 1 refused, 69 no simulator there.  Commands: README.md.
"""
import argparse
import http.client
import json
import os
import sys


def main():
    p = argparse.ArgumentParser(description="tells a running simulator what to do")
    p.add_argument("--dir", default=".", help="the simulator's DIR, where ports.json is")
    p.add_argument("command", nargs="+")
    a = p.parse_args()
    try:
        with open(os.path.join(a.dir, "ports.json")) as f:
            port = json.load(f)["control"]
        http_ = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        line = " ".join(a.command)
        if line in ("status", "stop"):
            http_.request("GET" if line == "status" else "POST", "/" + line)
        else:
            http_.request("POST", "/do", line)
        answer = http_.getresponse()
        sys.stdout.write(answer.read().decode())
        return 0 if answer.status == 200 else 1
    except (OSError, KeyError, ValueError, http.client.HTTPException) as e:
        print(f"ctl.py: no simulator at {a.dir}: {e}", file=sys.stderr)
        return 69


if __name__ == "__main__":
    sys.exit(main())
