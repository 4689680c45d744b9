#!/bin/sh
# Goal: the binary's command line keeps its contract: exit codes, what goes to stdout
#       and what to stderr, help, version, commands that are not built yet.
# Method: the program itself ($TIDEWATCH), each call with stdout, stderr and code apart.
set -u
if [ -z "${TIDEWATCH:-}" ] || [ ! -x "$TIDEWATCH" ]; then
	echo "skipped: TIDEWATCH does not name the binary"
	exit 77
fi
case $TIDEWATCH in /*) ;; *) TIDEWATCH=$PWD/$TIDEWATCH ;; esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# Nothing of the caller's environment is ours.
HOME=$work
export HOME
unset XDG_CONFIG_HOME XDG_STATE_HOME STATE_DIRECTORY
for name in $(env | sed -n 's/^\(TIDEWATCH_[A-Za-z0-9_]*\)=.*/\1/p'); do unset "$name"; done
checks=0
failed=0

# run CODE ARGUMENTS...: runs it and compares the exit code.
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
	echo "tidewatch $line: $1"
	sed 's/^/    | /' err
}

# has FILE TEXT, lacks FILE TEXT, empty FILE
has() {
	checks=$((checks + 1))
	grep -qF -- "$2" "$1" || fail "$1 lacks: $2"
}
lacks() {
	checks=$((checks + 1))
	! grep -qF -- "$2" "$1" || fail "$1 holds: $2"
}
empty() {
	checks=$((checks + 1))
	[ ! -s "$1" ] || fail "$1 is not empty"
}

# --- without a command ---------------------------------------------------------------
run 64
empty out
has err "Usage: tidewatch COMMAND"

# --- help is a result: stdout -------------------------------------------------------------
for arguments in help --help -h; do
	run 0 "$arguments"
	empty err
	has out "Usage: tidewatch COMMAND"
	has out "Not in this build yet:"
	has out "Exit codes: 0 ok"
	for command in run check doctor decode record 'tape cat' 'tape info' 'tape verify' \
		'tape import' replay ask top status health chart export sql backup restore \
		'store info' bench version 'update check' 'update apply' 'update rollback'; do
		has out "  $command "
	done
done
run 0 help decode
has out "--venue VENUE"
has out "(required)"
run 0 decode --help
has out "Usage: tidewatch decode [OPTIONS] [FILE|-]"
run 0 help tape
has out "tape verify"
run 0 tape --help
has out "tape import"
run 0 help tape cat
has out "Usage: tidewatch tape cat"
run 0 help config
has out "[venue.NAME]"
has out "TIDEWATCH_WATCH__COINS"
run 0 help run
has out "SIGHUP"
run 64 help nonsense
empty out
run 64 help decod
has err "did you mean decode?"

# --- version -----------------------------------------------------------------------------
run 0 version
has out "tidewatch "
has out "libraries:"
has out "inih"
empty err
run 0 --version
has out "libraries:"
run 0 version --json
has out '{"version":"'
has out '"libraries":[{"name":"'
checks=$((checks + 1))
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys
v = json.load(open("out"))
assert v["version"] and v["arch"] and v["compiler"]
assert all(l["name"] and l["version"] and l["licence"] for l in v["libraries"])' ||
		fail "is not the JSON it should be"
fi

# --- mistakes: 64, on stderr, with a way out ---------------------------------------------
mistake() {
	part=$1
	shift
	run 64 "$@"
	empty out
	has err "$part"
	has err "See: tidewatch help"
}
mistake "did you mean replay?" replya
mistake "unknown command" ''
mistake "options stand behind the command" -c f check
mistake "tape needs a word" tape
mistake "tape has no command" tape dump
mistake "--venue VENUE is missing" decode
mistake "no such venue" decode --venue nowhere
mistake "did you mean bybit-linear?" decode --venue bybit-liner
mistake "did you mean --instruments?" decode --venue bybit-spot --instrument f
mistake "needs a value" decode --venue
mistake "one argument too many" decode --venue bybit-spot a b
mistake "takes no value" check --json=1
mistake "given twice" check -c a -c b
mistake "is missing" replay
mistake "expected a number" replay x --speed 0
mistake "expected a list" replay x --print everything
mistake "expected CMD@TIME" replay x --ask '/cvd btc'
mistake "is missing" tape import --venue bybit-spot x
mistake "is missing" ask
mistake "expected bars" export candles
mistake "expected a number from 1" run --seconds 0
run 78 run -c /no/such/file
has err "/no/such/file"

# --- not built yet: arguments are checked, then one sentence and 69 ------------------------
later() {
	"$TIDEWATCH" help "$1" | grep -q 'not have this command yet' || return 0
	run 69 "$@"
	empty out
	has err "this build does not have this command yet."
	checks=$((checks + 1))
	[ "$(wc -l <err)" = 1 ] || fail "more than one sentence"
}
later doctor telegram
later ask '/cvd btc 15m'
later chart btc 15m -o x.png
later sql 'select 1'
later backup x
later restore x

# --- standard output that fails ------------------------------------------------------------
if [ -e /dev/full ]; then
	line='help >/dev/full'
	"$TIDEWATCH" help >/dev/full 2>err
	got=$?
	checks=$((checks + 1))
	[ "$got" = 74 ] || fail "exit code $got, wanted 74"
	has err "standard output"
fi
# A reader that goes away early is no failure.
line='help config | head'
code=$({ "$TIDEWATCH" help config 2>err; echo $? >code; } | head -n 1 >/dev/null; cat code)
checks=$((checks + 1))
[ "$code" = 0 ] || fail "exit code $code, wanted 0"
empty err
# Closed standard streams must not become somebody's files.
line='check with closed streams'
"$TIDEWATCH" check >&- 2>&- <&-
got=$?
checks=$((checks + 1))
[ "$got" = 0 ] || fail "exit code $got, wanted 0"

# No colour, no control bytes: what is typed is shown harmlessly.
run 64 "$(printf 'x\033[31m')"
lacks err "$(printf '\033')"

echo "cli: $checks checks, $failed failed"
[ "$failed" = 0 ]
