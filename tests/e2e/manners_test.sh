#!/bin/sh
# Goal: the daemon tells every mistake at start with its place and cure, and a reload or a
# signal harms nothing that runs.
# Method: tests/e2e/live/manners.py, against one simulated market.
set -eu
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
exec python3 "$(dirname "$0")/live/manners.py"
