/* ws_peer.mjs - the same work as one would write it with npm's ws and JSON.parse.
 *
 * Usage   node ws_peer.mjs MODULES PORT CA VENUE COUNT RATE TOPIC...
 * Output  One JSON line when COUNT messages came: what was counted, and with a RATE the
 *         delay of a message after its due time (tests/bench/README.md).
 */
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const [modules, port, ca, venue, countText, rateText, ...topics] = process.argv.slice(2)
const WebSocket = createRequire(modules + '/')('ws')
const count = Number(countText), rate = Number(rateText)
const bybit = venue.startsWith('bybit')
const sums = new Map()
let messages = 0, trades = 0, first = 0
const delays = rate > 0 ? new Float64Array(count) : null

function add(symbol, price, qty, isSell) {
	let s = sums.get(symbol)
	if (s === undefined)
		sums.set(symbol, s = { buy: 0, sell: 0 })
	const usd = Number(price) * Number(qty)
	if (isSell)
		s.sell += usd
	else
		s.buy += usd
	trades++
}

function finish() {
	let buy = 0, sell = 0
	for (const s of sums.values()) {
		buy += s.buy
		sell += s.sell
	}
	const out = { messages, trades, symbols: sums.size, buy_usd: buy, sell_usd: sell }
	if (delays !== null) {
		/* The first second belongs to the start. */
		const d = delays.slice(Math.min(rate, count >> 1)).sort()
		out.p50_ms = d[Math.floor(d.length * 0.50)]
		out.p99_ms = d[Math.floor(d.length * 0.99)]
	}
	process.stdout.write(JSON.stringify(out) + '\n', () => process.exit(0))
}

const path = bybit ? '/v5/public/linear' : '/stream'
const ws = new WebSocket(`wss://localhost:${port}${path}`,
	{ ca: readFileSync(ca), perMessageDeflate: false })
ws.on('open', () => ws.send(JSON.stringify(bybit
	? { op: 'subscribe', args: topics, req_id: '1' }
	: { method: 'SUBSCRIBE', params: topics, id: 1 })))
ws.on('error', (e) => {
	console.error(String(e))
	process.exit(1)
})
ws.on('message', (data) => {
	const m = JSON.parse(data)
	const d = m.data
	if (d === undefined)
		return
	if (delays !== null) {
		const now = performance.timeOrigin + performance.now()
		if (messages === 0)
			first = bybit ? m.ts : d.T
		delays[messages] = now - (first + messages * 1000 / rate)
	}
	messages++
	if (bybit)
		for (const t of d)
			add(t.s, t.p, t.v, t.S === 'Sell')
	else
		add(d.s, d.p, d.q, d.m)
	if (messages === count)
		finish()
})
