#!/bin/sh
# Goal: health, status and top tell the truth about a daemon that is well, unwell, slow,
#       broken or not there: by exit code, on the right stream, in words; and top gives
#       the terminal back whatever ends it.
# Method: the program itself against answers written by hand (daemon_stand.py); for the
#       terminal a pseudo-terminal (term_drive.py).
set -u
if [ -z "${TIDEWATCH:-}" ] || [ ! -x "$TIDEWATCH" ]; then
	echo "skipped: TIDEWATCH does not name the binary"
	exit 77
fi
if ! command -v python3 >/dev/null; then
	echo "skipped: python3 is not here to stand in for the daemon"
	exit 77
fi
case $TIDEWATCH in /*) ;; *) TIDEWATCH=$PWD/$TIDEWATCH ;; esac
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
stand=
start() {
	rm -f "$work/data/tidewatch.sock"
	python3 "$here/daemon_stand.py" "$work/data/tidewatch.sock" "$work/status.json" "$work/mode" &
	stand=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ ! -S "$work/data/tidewatch.sock" ] || return 0
		sleep 0.2
	done
	echo "the stand-in did not start"
	exit 1
}
stop() {
	[ -z "$stand" ] || { kill "$stand" && wait "$stand"; } 2>/dev/null
	stand=
}
trap 'stop; rm -rf "$work"' EXIT
cd "$work" || exit 1
HOME=$work
LC_ALL=C
export HOME LC_ALL
unset XDG_CONFIG_HOME XDG_STATE_HOME STATE_DIRECTORY NO_COLOR COLUMNS
for name in $(env | sed -n 's/^\(TIDEWATCH_[A-Za-z0-9_]*\)=.*/\1/p'); do unset "$name"; done
mkdir data
cp "$here/look_status.json" status.json
# A token file that is not there is not the business of those who only look.
printf '[data]\ndir = data\n[telegram]\ntoken_file = /nowhere/token\n' >t.conf
echo ok >mode
checks=0
failed=0

run() {
	want=$1
	shift
	line=$*
	"$TIDEWATCH" "$@" >out 2>err </dev/null
	got=$?
	checks=$((checks + 1))
	[ "$got" = "$want" ] || fail "exit code $got, wanted $want"
}
fail() {
	failed=$((failed + 1))
	echo "tidewatch $line ($(cat mode)): $1"
	sed 's/^/    | /' out err
}
has() {
	checks=$((checks + 1))
	grep -qF -- "$2" "$1" || fail "$1 lacks: $2"
}
empty() {
	checks=$((checks + 1))
	[ ! -s "$1" ] || fail "$1 is not empty"
}
lines() {
	checks=$((checks + 1))
	[ "$(wc -l <"$1")" = "$2" ] || fail "$1 has $(wc -l <"$1") lines, wanted $2"
}
no_escape() {
	checks=$((checks + 1))
	! grep -q "$(printf '\033')" "$1" || fail "$1 holds an escape"
}
narrow() {
	checks=$((checks + 1))
	awk -v most="$2" 'length($0) > most { exit 1 }' "$1" || fail "$1 has a line wider than $2"
}

# --- nobody there ------------------------------------------------------------------------
run 1 health -c t.conf
empty out
lines err 1
has err "data/tidewatch.sock: no daemon runs"
run 1 health --ready -c t.conf
lines err 1
run 1 health --json -c t.conf
has out '{"ok":false,"asked":"/livez","status":null,"reason":"'
empty err
run 69 status -c t.conf
empty out
has err "data/tidewatch.sock: no daemon runs"
has err "start it: tidewatch run -c t.conf"
run 69 status --json -c t.conf
empty out
run 69 top --count 2 --interval 0.1 -c t.conf
has out "! No figures from the daemon: "
has out "start it: tidewatch run -c t.conf"
no_escape out
narrow out 80
run 78 health -c /no/such.conf
run 78 status -c /no/such.conf
run 78 top -c /no/such.conf
run 64 top --interval 0 -c t.conf
run 64 top --count none -c t.conf

# --- well ----------------------------------------------------------------------------------
start
run 0 health -c t.conf
empty out
empty err
run 0 health --ready -c t.conf
empty out
empty err
run 0 health --json --ready -c t.conf
has out '{"ok":true,"asked":"/readyz","status":200,"reason":null}'
run 0 status -c t.conf
empty err
has out "tidewatch 0.1.0, live, ready"
has out "process: 1234, up 1 m 0 s, since 2024-11-25T02:00:00Z"
has out "memory: 3.3 MB used, 8.6 MB planned, 64.0 MB at most"
has out "watch: BTC,ETH; 2 coins, 14 instruments"
has out "BTC             61,234.5    +1.23%    -1.2M    45.0M         0         0   20 ms"
has out "ETH                    -         -        0        0         0         0       -"
has out "  binance-usdm 1: live for 59 s, 1,000 frames, 200 kB, 0 restarts, 0 tries,"
has out "weight 40 of 2,400"
has out "4,000 trades, 3 duplicates"
has out "  recording, /x, 1,000 records, 50.0 kB, 0 dropped"
no_escape out
narrow out 80
run 0 status --json -c t.conf
empty err
checks=$((checks + 1))
cmp -s out status.json || fail "is not the JSON that the daemon gave"
run 0 top --count 2 --interval 0.1 -c t.conf
empty err
no_escape out
narrow out 80
has out "binance-usdm         1 live               -   12 ms   40 ms       9      0     1"
checks=$((checks + 1))
[ "$(grep -c '^tidewatch 0.1.0' out)" = 2 ] || fail "are not two blocks"
checks=$((checks + 1))
awk '/^tidewatch / { if (NR > 1 && before != "") exit 1 } { before = $0 }' out ||
	fail "has no blank line between its blocks"
line='top, COLUMNS=40'
COLUMNS=40 "$TIDEWATCH" top --count 1 -c t.conf >out 2>err </dev/null || fail "failed"
narrow out 40
has out "BTC          61,234.5    +1.23%    -1.2M"

# A closed pipe ends it.
line='top | head'
checks=$((checks + 1))
timeout 10 sh -c '"$1" top --interval 0.1 -c t.conf | head -n 1' sh "$TIDEWATCH" >out 2>err ||
	fail "does not end when nobody reads"
has out "tidewatch 0.1.0"

# --- unwell -----------------------------------------------------------------------------------
echo unready >mode
run 0 health -c t.conf
run 1 health --ready -c t.conf
empty out
lines err 1
has err "answers 503 to /readyz: no venue is up"
echo escape >mode
run 1 health -c t.conf
no_escape err
has err "not ?[31mred?"
run 69 status -c t.conf
no_escape err
echo error >mode
run 1 health -c t.conf
has err "500"
run 69 status -c t.conf
has err "answers 500 to /status.json: broken inside"
for mode in half hangup; do
	echo $mode >mode
	run 1 health -c t.conf
	lines err 1
	line="status"
	"$TIDEWATCH" status -c t.conf >out 2>err </dev/null && fail "takes half an answer"
	empty out
	"$TIDEWATCH" status --json -c t.conf >out 2>err </dev/null && fail "takes half an answer"
	empty out
done
for mode in wrong text; do
	echo $mode >mode
	run 0 health -c t.conf
	run 65 status -c t.conf
	empty out
	has err "is not the JSON that this version understands"
	run 65 status --json -c t.conf
	empty out
	run 65 top --count 1 -c t.conf
	has out "! No figures from the daemon: "
done

# --- slow: two seconds and no more ----------------------------------------------------------
echo slow >mode
for command in health status; do
	before=$(date +%s%N)
	if [ $command = health ]; then run 1 health -c t.conf; else run 69 status -c t.conf; fi
	took_ms=$((($(date +%s%N) - before) / 1000000))
	empty out
	checks=$((checks + 1))
	[ $took_ms -ge 1900 ] && [ $took_ms -le 4000 ] || fail "took $took_ms ms, wanted 2000"
done
stop

# --- comes back by itself -----------------------------------------------------------------------
echo ok >mode
line='top, the daemon starts later'
"$TIDEWATCH" top --interval 0.2 -c t.conf >out 2>err </dev/null &
top=$!
sleep 0.5
start
for _ in 1 2 3 4 5 6 7 8 9 10; do
	grep -q '^tidewatch 0.1.0' out && break
	sleep 0.3
done
kill "$top"
wait "$top"
got=$?
checks=$((checks + 1))
[ $got = 0 ] || fail "exit code $got after SIGTERM, wanted 0"
has out "! No figures from the daemon: "
has out "BTC             61,234.5"
stop

# --- on a terminal -----------------------------------------------------------------------------
line='top on a terminal'
checks=$((checks + 1))
python3 "$here/term_drive.py" "$TIDEWATCH" "$work" "$here" >out 2>err || fail "see below"
cat out

echo "look: $checks checks, $failed failed"
[ "$failed" = 0 ]
