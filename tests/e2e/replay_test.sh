#!/bin/sh
# Goal:   a tape replays byte for byte: twice, cut in two, on the other architecture;
#         a torn tail loses only itself and is reported.
# Method: made-up traffic of six venues (tests/tools/say.py), imported, replayed and
#         compared. TIDEWATCH is the binary, ARM64_TIDEWATCH the other one (or empty).
set -eu
here=$(dirname "$0")
command -v python3 >/dev/null || { echo "skipped: python3 is missing"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
say="python3 $here/../tools/say.py"
failed=0

check() { # NAME COMMAND...
	name=$1
	shift
	if "$@" >"$dir/why" 2>&1; then
		echo "ok   $name"
	else
		echo "FAIL $name"
		head -n 5 "$dir/why"
		failed=1
	fi
}

same() { cmp "$dir/$1" "$dir/$2"; }

for venue in binance-spot binance-usdm binance-coinm bybit-spot bybit-linear bybit-inverse; do
	$say $venue mixed --count 3000 --seed 7 >"$dir/$venue.lines"
	"$TIDEWATCH" tape import --venue $venue "$dir/$venue.lines" -o "$dir/$venue.tape" 2>/dev/null
	"$TIDEWATCH" decode --venue $venue "$dir/$venue.lines" >"$dir/$venue.decoded" 2>/dev/null
	"$TIDEWATCH" replay "$dir/$venue.tape" >"$dir/$venue.replayed" 2>"$dir/$venue.sums"
	# Nothing came twice in this traffic, so replay says what decode says; only the
	# gaps proved by ids come in between, and this traffic has none.
	check "$venue: replay says what decode says" same $venue.decoded $venue.replayed
	check "$venue: there are events" test "$(wc -l <"$dir/$venue.replayed")" -gt 2500
	"$TIDEWATCH" tape cat "$dir/$venue.tape" >"$dir/$venue.cat"
	check "$venue: the tape gives back its lines" same $venue.lines $venue.cat
	check "$venue: the tape is sound" "$TIDEWATCH" tape verify "$dir/$venue.tape"
done

tapes=$(ls "$dir"/*.tape)
# shellcheck disable=SC2086 # one argument a tape
"$TIDEWATCH" replay $tapes >"$dir/once" 2>/dev/null
# shellcheck disable=SC2086
"$TIDEWATCH" replay $tapes >"$dir/twice" 2>/dev/null
check "two replays give the same bytes" same once twice
check "the merge loses nothing" test "$(wc -l <"$dir/once")" -eq "$(cat "$dir"/*.replayed | wc -l)"

if [ -n "${ARM64_TIDEWATCH:-}" ]; then
	# shellcheck disable=SC2086
	"$ARM64_TIDEWATCH" replay $tapes >"$dir/arm64" 2>/dev/null
	check "arm64 gives the same bytes" same once arm64
	"$ARM64_TIDEWATCH" tape import --venue bybit-linear "$dir/bybit-linear.lines" -o "$dir/a.tape" 2>/dev/null
	check "arm64 writes the same tape" cmp "$dir/a.tape" "$dir/bybit-linear.tape"
else
	echo "left out: no arm64 binary or emulator"
fi

# Cut in two: merged deltas and ids seen must flow from file to file.
head -n 1234 "$dir/bybit-linear.lines" >"$dir/first"
tail -n +1235 "$dir/bybit-linear.lines" >"$dir/second"
"$TIDEWATCH" tape import --venue bybit-linear "$dir/first" -o "$dir/first.tape" 2>/dev/null
"$TIDEWATCH" tape import --venue bybit-linear "$dir/second" -o "$dir/second.tape" 2>/dev/null
"$TIDEWATCH" replay "$dir/first.tape" "$dir/second.tape" >"$dir/cut" 2>/dev/null
check "a tape cut in two gives the same bytes" same bybit-linear.replayed cut

# Told twice: the same tape twice counts once (but what has no id and no need of one).
"$TIDEWATCH" replay "$dir/binance-usdm.tape" "$dir/binance-usdm.tape" 2>/dev/null |
	grep -E '"type":"(trade|liquidation)"' >"$dir/doubled"
grep -E '"type":"(trade|liquidation)"' "$dir/binance-usdm.replayed" >"$dir/single"
check "what is told twice counts once" same single doubled

# A gap in the ids is told before the trade that proves it.
grep '@aggTrade"' "$dir/binance-usdm.lines" | grep '"s":"BTCUSDT"' | sed '5,7d' >"$dir/gap.lines"
"$TIDEWATCH" tape import --venue binance-usdm "$dir/gap.lines" -o "$dir/gap.tape" 2>/dev/null
"$TIDEWATCH" replay "$dir/gap.tape" 2>/dev/null | sed -n 5p >"$dir/gap"
from=$(sed -n 4p "$dir/gap.lines" | sed 's/.*"a":\([0-9]*\).*/\1/')
check "three missing ids are a gap" grep -q \
	"\"what\":\"gap\",\"from_id\":\"$((from + 1))\",\"to_id\":\"$((from + 3))\"" "$dir/gap"

# Torn: what lies before the tear is there, and the tear is told.
size=$(wc -c <"$dir/binance-spot.tape")
for part in 3 2; do
	head -c $((size - size / part)) "$dir/binance-spot.tape" >"$dir/torn.tape"
	"$TIDEWATCH" replay "$dir/torn.tape" >"$dir/torn" 2>"$dir/torn.err"
	head -n "$(wc -l <"$dir/torn")" "$dir/binance-spot.replayed" >"$dir/torn.want"
	check "torn at 1/$part from the end: whole up to there" same torn torn.want
	check "torn at 1/$part from the end: something is left" test -s "$dir/torn"
	check "torn at 1/$part from the end: told" grep -q 'reason=torn\|reason=not_closed' "$dir/torn.err"
done

# What is no tape is told so, with the cure.
code=0
"$TIDEWATCH" replay "$dir/gap.lines" >/dev/null 2>"$dir/no.err" || code=$?
check "messages are no tape: exit code 65" test "$code" = 65
check "messages are no tape: the cure" grep -q 'tape import' "$dir/no.err"

# A watch list keeps the rest out.
printf '[watch]\ncoins = BTC,ETH\n' >"$dir/two.conf"
"$TIDEWATCH" replay -c "$dir/two.conf" "$dir/binance-usdm.tape" >"$dir/two" 2>/dev/null
grep -E '"coin":"(BTC|ETH)"' "$dir/binance-usdm.replayed" >"$dir/two.want"
check "a watch list of two coins gives these two" same two two.want

exit $failed
