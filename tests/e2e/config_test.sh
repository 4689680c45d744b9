#!/bin/sh
# Goal: `tidewatch check` explains a good configuration, tells every mistake of a bad
#       one with code 78, and never shows a secret.
# Method: the program itself ($TIDEWATCH) on files of our own.
set -u
if [ -z "${TIDEWATCH:-}" ] || [ ! -x "$TIDEWATCH" ]; then
	echo "skipped: TIDEWATCH does not name the binary"
	exit 77
fi
case $TIDEWATCH in /*) ;; *) TIDEWATCH=$PWD/$TIDEWATCH ;; esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
HOME=$work
export HOME
unset XDG_CONFIG_HOME XDG_STATE_HOME STATE_DIRECTORY
for name in $(env | sed -n 's/^\(TIDEWATCH_[A-Za-z0-9_]*\)=.*/\1/p'); do unset "$name"; done
umask 077
checks=0
failed=0

run() {
	want=$1
	shift
	line=$*
	"$@" >out 2>err </dev/null
	got=$?
	checks=$((checks + 1))
	[ "$got" = "$want" ] || fail "exit code $got, wanted $want"
}
fail() {
	failed=$((failed + 1))
	echo "$line: $1"
	sed 's/^/    | /' out err
}
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
json() { # json EXPRESSION: true of the object v on stdout
	checks=$((checks + 1))
	command -v python3 >/dev/null || return 0
	python3 -c "import json
v = json.load(open('out'))
k = {x['key']: x for x in v.get('keys', [])}
assert $1" || fail "not true: $1"
}

# --- no file at all --------------------------------------------------------------------
run 0 "$TIDEWATCH" check
has out "no file, defaults"
has out "coins = BTC,ETH,SOL  (default)"
has out "dir = $work/.local/state/tidewatch  (default)"
has out "watching: 3 coins (BTC,ETH,SOL)"
has out "room: for 3 coins and a reserve of 8"
has out "to the console"
has out "The configuration is right."
empty err

# --- three lines suffice ---------------------------------------------------------------
echo 110201543:SECRET-abc >token
printf '[telegram]\ntoken_file = token\n' >three.conf
run 0 "$TIDEWATCH" check -c three.conf
has out "configuration: three.conf"
has out "token = set (hidden)  (line 2, by a file)"
has out "alerts: to Telegram"
empty err
run 0 "$TIDEWATCH" check -c "$work/three.conf" --json
json "v['ok'] and v['errors'] == [] and k['telegram.token']['value'] is None"
json "k['telegram.token']['secret'] and k['telegram.token']['line'] == 2"
lacks out SECRET

# --- every origin ------------------------------------------------------------------------
cat >full.conf <<'CONF'
# a comment
[watch]
coins = doge, xrp
venues = bybit-linear, binance-usdm
[venue.binance-usdm]
enabled = no
[webhook.ops]
url = https://hooks.example/SECRET
secret = SECRET
[venue.bybit-linear]
proxy = socks5://user:SECRET@127.0.0.1:1080
[account.binance]
key = SECRET
secret_file = token
[http]
token = SECRET
[rules]
big = alert btc price.change.5m > 2% ; and this is still the rule
CONF
run 0 env TIDEWATCH_LOG__LEVEL=debug TIDEWATCH_SLACK_TEAM__URL=https://x/SECRET \
	TIDEWATCH_VENUE_BYBIT_LINEAR__WS=wss://mirror.example:9443 \
	"$TIDEWATCH" check -c full.conf
has out "coins = DOGE,XRP  (line 3)"
has out "level = debug  (TIDEWATCH_LOG__LEVEL)"
has out "ws = wss://mirror.example:9443  (TIDEWATCH_VENUE_BYBIT_LINEAR__WS)"
has out "[slack.team]"
has out "big = alert btc price.change.5m > 2% ; and this is still the rule  (line 18)"
has out "venues: bybit-linear"
lacks out SECRET
lacks err SECRET
run 0 "$TIDEWATCH" check -c full.conf --json
json "v['venues'] == ['bybit-linear'] and k['watch.coins']['value'] == 'DOGE,XRP'"
json "k['watch.coins']['source'] == 'file' and k['log.level']['source'] == 'default'"
lacks out SECRET
run 0 sh -c "\"$TIDEWATCH\" check -c - <full.conf"
has out "configuration: standard input"

# --- mistakes --------------------------------------------------------------------------------
printf '[wacth]\n[watch]\ncoins = BTC ; mine\nvenue = x\n[limits]\nmemory_mb = 64MB\n' >bad.conf
run 78 "$TIDEWATCH" check -c bad.conf
empty out
has err 'error: bad.conf:1: unknown section "wacth"; did you mean [watch]?'
has err 'error: bad.conf:3: watch.coins: "BTC ; mine" is no coin'
has err 'error: bad.conf:4: watch.venue: unknown key; did you mean venues?'
has err 'error: bad.conf:6: limits.memory_mb: "64MB" is no whole number; allowed: a whole number from 1 to 65536, in MB'
run 78 "$TIDEWATCH" check -c bad.conf --json
json "not v['ok'] and len(v['errors']) == 4 and v['error_count'] == 4"
has err "bad.conf:1:"
run 78 "$TIDEWATCH" check -c missing.conf
has err "missing.conf: cannot be opened: No such file or directory"
run 78 "$TIDEWATCH" check -c "$work"
run 78 env TIDEWATCH_TELEGRAM_TOKEN=1:SECRET "$TIDEWATCH" check
has err "did you mean TIDEWATCH_TELEGRAM__TOKEN?"
lacks err SECRET
run 78 env TIDEWATCH_CONFIG=missing.conf "$TIDEWATCH" check
run 0 env TIDEWATCH_CONFIG=three.conf "$TIDEWATCH" check
has out "configuration: three.conf"
head -c 1000000 /dev/zero >zero.conf
run 78 "$TIDEWATCH" check -c zero.conf
has err "is longer than"

# --- warnings do not fail -----------------------------------------------------------------------
chmod 644 token
run 0 "$TIDEWATCH" check -c three.conf
has err "warning: three.conf:2: telegram.token_file:"
has err "chmod 600"
has out "with 1 warning on stderr"
chmod 600 token

# --- not to be read: as another user, since root reads everything --------------------------------
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && [ -z "${ASAN_OPTIONS:-}" ]; then
	chmod 755 "$work"
	chmod 666 out err
	run 78 setpriv --reuid 65534 --regid 65534 --clear-groups "$TIDEWATCH" check -c three.conf
	has err "cannot be opened: Permission denied"
fi

echo "config: $checks checks, $failed failed"
[ "$failed" = 0 ]
