#!/bin/sh
# bench.sh - what `make bench` prints: decode by venue and channel, against cJSON; then the
# running program end to end beside its peers (live.py).
#
# TIDEWATCH  the binary that is shipped      PEER     tests/bench/cjson_peer.c, built; or none
# CORPUS     folder of recordings; without   SECONDS_EACH  of CPU time for each figure (0.5)
#            it the traffic of say.py only   BENCH_QUICK=1 figures mean nothing, counts do
#
# CPU time, median of rounds; on a shared machine read the ratios, not the figures.
set -eu
here=$(dirname "$0")
quick=${BENCH_QUICK:-}
[ "$quick" != 0 ] || quick=
seconds=${SECONDS_EACH:-0.5}
count=20000
if [ -n "$quick" ]; then
	seconds=0.02
	count=500
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
command -v python3 >/dev/null || { echo "bench: python3 is missing" >&2; exit 69; }

row() { # VENUE LABEL FILE
	"$TIDEWATCH" bench --json --seconds "$seconds" --venue "$1" "$3" >"$dir/ours"
	peer=-
	if [ -n "${PEER:-}" ]; then
		case $2 in *rade*) peer=$("$PEER" "$1" "$3" "$seconds" | sed 's/.* ns=\([0-9.]*\).*/\1/') ;; esac
	fi
	python3 - "$1" "$2" "$peer" "$dir/ours" <<'PY'
import json, sys
venue, label, peer, path = sys.argv[1:]
r = json.load(open(path))
per = r["events"] / r["messages"]
ratio = f"{float(peer) / r['decode_ns']:6.1f}x" if peer != "-" else "      -"
peer = f"{float(peer):8.0f}" if peer != "-" else "       -"
print(f"| {venue:14} | {label:28} | {r['bytes']:6.0f} | {per:5.2f} | {r['decode_ns']:7.1f} "
      f"| {1e3 / r['decode_ns']:6.2f} | {1e3 * per / r['decode_ns']:6.2f} "
      f"| {r['pipeline_ns']:7.1f} | {peer} | {ratio} |")
PY
}

model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
echo "machine: ${model:-$(uname -m)}, $(nproc) cores, $(date -u +%Y-%m-%d), load $(cut -d' ' -f1 /proc/loadavg)"
echo "binary: $("$TIDEWATCH" version | head -n 1), $(($(stat -L -c %s "$TIDEWATCH") / 1024)) kB"
echo
echo "| venue          | messages                     |  bytes | ev/msg | decode ns | M msg/s | M ev/s | pipeline ns | cJSON ns | ratio |"
echo "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
venues="binance-spot binance-usdm binance-coinm bybit-spot bybit-linear bybit-inverse"
[ -z "$quick" ] || venues="binance-usdm bybit-linear"
for venue in $venues; do
	for channel in trade top mark liquidation ticker kline; do
		case $venue-$channel in *spot-mark | *spot-liquidation) continue ;; esac
		python3 "$here/../tools/say.py" $venue $channel --count $count --coins 10 >"$dir/lines"
		row $venue "$channel" "$dir/lines"
	done
done
if [ -n "$quick" ]; then
	:
elif [ -d "${CORPUS:-}/raw-ws" ]; then
	for file in derived/load_aggTrade_80sym_a derived/binance-usdm_aggTrade_ltcusdt_20250621 \
		raw-ws/binance-usdm/trade_btc-eth_20240808a raw-ws/binance-usdm/bookTicker_btc-eth_20240808a \
		raw-ws/binance-spot/trade_btc-eth_20240808 raw-ws/binance-coinm/trade_btc-eth_20240808 \
		derived/bybit_publicTrade_btc-eth_20240808a; do
		case $file in *bybit*) venue=bybit-linear ;; *spot/*) venue=binance-spot ;;
		*coinm*) venue=binance-coinm ;; *) venue=binance-usdm ;; esac
		gunzip -c "$CORPUS/$file.ndjson.gz" >"$dir/lines"
		row $venue "$(basename "$file" | cut -c1-28)" "$dir/lines"
	done
else
	echo
	echo "left out: the recordings (CORPUS=DIR names their folder)"
fi

echo
python3 -B "$here/live.py" || {
	code=$?
	# What cannot be measured here is said by live.py; it is no failure of the rest.
	[ $code = 77 ] && [ -z "$quick" ] || exit $code
}
