// Second opinions: `tidewatch decode` against parsers that other people wrote.
//
//   node npm_check.mjs NODE_MODULES_PARENT CORPUS      (TIDEWATCH names the program)
//
// ccxt and tardis-dev read the same recordings offline. Every trade and liquidation
// either of them makes must be an event of ours with the same side, price, quantity
// in coins and time. Where a library has another convention, RULES says which, why,
// and how it is turned into ours; how often each was needed is printed, and so is
// every event on which a library has no opinion.

import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createRequire } from 'node:module';
import { spawnSync } from 'node:child_process';

const [, , modules, corpus] = process.argv;
const require = createRequire(join(modules, 'package.json'));
const ccxt = require('ccxt');
const tardisBinance = require('tardis-dev/dist/mappers/binance.js');
const tardisBybit = require('tardis-dev/dist/mappers/bybit.js');

const RULES = {
  'ccxt: Binance liquidation side is the order\'s': 'sell closes a long (binance.md 3.4)',
  'ccxt: Binance liquidation size is l, the last fill':
    'ours is z, all that was filled; equal where the order filled at once (binance.md 3.4)',
  'ccxt: Bybit liquidation side is passed through':
    'S is the position: buy is a long that died (bybit.md 3.2)',
  'ccxt: coins of an inverse trade are in cost': 'cost = contracts x size / price',
  'tardis: Binance liquidation side is the order\'s': 'sell closes a long (binance.md 3.4)',
  'tardis: Binance liquidation price is p, the order\'s limit':
    'ours is ap, the average fill; p is compared with the message (binance.md 3.4)',
  'tardis: Bybit liquidation side is inverted to the order\'s':
    'sell is a long that died (bybit.md 3.2)',
  'tardis: COIN-M amounts are contracts': 'coins = contracts x 100 (BTC) or 10 USD / price',
  'tardis: book top is stamped E': 'ours is T, the match time; spot has neither',
  'tardis: spot book top without E takes the local time': 'the venue sent none: null',
  'both: spot is given forceOrder of a mixed file':
    'spot has no liquidations (README.md 1): not asked of us',
  'ccxt: an aggTrade of 2019 has no id': 'may be left out; if it comes, all else must agree',
  'both: lots of a thousand stay lots': '1000PEPE: price / 1000, quantity x 1000 (trap 14)',
};
const used = new Map();
const use = (rule) => {
  if (!(rule in RULES)) throw new Error(`no such rule: ${rule}`);
  used.set(rule, (used.get(rule) ?? 0) + 1);
};

// ------------------------------------------------------------------ markets

// Contract sizes come from the venue's own metadata where the corpus has it (spot has none).
const METADATA = {
  'binance-usdm': 'rest/binance-usdm/fapi_v1_exchangeInfo_2021-07-22.json.gz',
  'binance-coinm': 'rest/binance-coinm/dapi_v1_exchangeInfo_2021-07-22.json',
};
const CCXT = {
  'binance-spot': 'binance', 'binance-usdm': 'binanceusdm', 'binance-coinm': 'binancecoinm',
  'bybit-spot': 'bybit', 'bybit-linear': 'bybit', 'bybit-inverse': 'bybit',
};

function slurp(path) {
  const data = readFileSync(path);
  return data[0] === 0x1f && data[1] === 0x8b ? gunzipSync(data) : data;
}

class Markets {
  constructor(venue) {
    this.venue = venue;
    this.ex = new ccxt.pro[CCXT[venue]]();
    this.known = new Map();
    if (METADATA[venue]) {
      for (const row of JSON.parse(slurp(join(corpus, METADATA[venue]))).symbols) {
        this.known.set(row.symbol, this.ex.parseMarket(row));
      }
    }
  }

  of(symbol) {
    if (!this.known.has(symbol)) this.known.set(symbol, this.made(symbol));
    return this.known.get(symbol);
  }

  // A market for a symbol the metadata does not have: only size and direction matter.
  made(symbol) {
    const spot = this.venue.endsWith('spot');
    const inverse = this.venue === 'binance-coinm' || this.venue === 'bybit-inverse';
    const coinM = this.venue === 'binance-coinm';
    return this.ex.safeMarketStructure({
      id: symbol, symbol, base: symbol, quote: inverse ? 'USD' : 'USDT', spot, swap: !spot,
      type: spot ? 'spot' : 'swap', contract: !spot, linear: !spot && !inverse, inverse,
      contractSize: spot ? undefined : coinM ? (symbol.startsWith('BTCUSD_') ? 100 : 10) : 1,
    });
  }
}

const lots = (symbol) => {
  const hit = /^(10{3,})[^0-9]|[^0-9](10{3,})(?=USD)|^(1M)[^0-9]{4}/u.exec(symbol);
  if (!hit) return 1;
  use('both: lots of a thousand stay lots');
  return hit[3] ? 1e6 : Number(hit[1] ?? hit[2]);
};
const coinMSize = (symbol) => (symbol.startsWith('BTCUSD_') ? 100 : 10);

// ------------------------------------------------------------------ opinions

// Each returns rows {lib, type, symbol, id, side, price, qty, ms}; undefined fields are
// not compared.
function ccxtRows(venue, markets, message) {
  const { ex } = markets;
  const rows = [];
  const data = message.data ?? message;
  const put = (type, symbol, t, extra) => {
    const scale = lots(symbol);
    rows.push({ lib: 'ccxt', type, symbol, ms: t.timestamp, side: t.side,
      price: t.price / scale, ...extra(t, scale) });
  };
  if (venue.startsWith('binance')) {
    if (data.e === 'trade' || data.e === 'aggTrade') {
      const market = markets.of(data.s);
      put('trade', data.s, ex.parseWsTrade(data, market), (t, scale) => {
        if (!market.inverse) return { id: t.id, qty: t.amount * scale };
        use('ccxt: coins of an inverse trade are in cost');
        return { id: t.id, qty: t.cost };
      });
    } else if (data.e === 'forceOrder') {
      const market = markets.of(data.o.s);
      put('liquidation', data.o.s, ex.parseWsLiquidation(data.o, market), (t, scale) => {
        use('ccxt: Binance liquidation side is the order\'s');
        const side = t.side === 'sell' ? 'long' : 'short';
        if (data.o.l !== data.o.z) {
          use('ccxt: Binance liquidation size is l, the last fill');
          if (t.contracts !== Number(data.o.l)) throw new Error('ccxt no longer takes l');
          return { side };
        }
        const size = venue === 'binance-coinm' ? coinMSize(data.o.s) / t.price : 1;
        return { side, qty: t.contracts * size * scale };
      });
    }
  } else if (message.topic?.startsWith('publicTrade.')) {
    for (const row of message.data) {
      const market = markets.of(row.s);
      put('trade', row.s, ex.parseWsTrade(row, market), (t, scale) => {
        if (!market.inverse) return { id: t.id, qty: t.amount * scale };
        use('ccxt: coins of an inverse trade are in cost');
        return { id: t.id, qty: t.cost };
      });
    }
  } else if (message.topic?.startsWith('allLiquidation.')) {
    for (const row of message.data) {
      const market = markets.of(row.s);
      put('liquidation', row.s, ex.parseWsLiquidation(row, market), (t, scale) => {
        use('ccxt: Bybit liquidation side is passed through');
        const coins = market.inverse ? t.contracts / t.price : t.contracts * scale;
        return { side: t.side === 'buy' ? 'long' : 'short', qty: coins };
      });
    }
  }
  return rows;
}

function tardisMappers(venue) {
  if (venue.startsWith('binance')) {
    return [new tardisBinance.BinanceTradesMapper(venue),
      new tardisBinance.BinanceBookTickerMapper(venue),
      new tardisBinance.BinanceLiquidationsMapper(venue)];
  }
  return [new tardisBybit.BybitV5TradesMapper(venue), new tardisBybit.BybitV5AllLiquidationsMapper(venue)];
}

function tardisRows(venue, mappers, message) {
  const rows = [];
  const order = message.data?.o;
  // The all-market stream has the same payload; the mapper only asks for another name.
  const named = message.stream === '!forceOrder@arr'
    ? { ...message, stream: 'all@forceOrder' } : message;
  for (const mapper of mappers) {
    if (!mapper.canHandle(named)) continue;
    for (const t of mapper.map(named, undefined)) {
      const scale = lots(t.symbol);
      const row = { lib: 'tardis', symbol: t.symbol, side: t.side,
        ms: t.timestamp?.valueOf(), price: t.price / scale, qty: t.amount * scale };
      if (t.type === 'book_ticker') {
        rows.push(...topRow(venue, t, scale, row, message));
        continue;
      }
      row.type = t.type;
      row.id = t.id;
      if (venue === 'binance-coinm') {
        use('tardis: COIN-M amounts are contracts');
        row.qty = t.amount * coinMSize(t.symbol) / (order ? Number(order.ap) : t.price);
      }
      if (venue === 'bybit-inverse') row.qty = t.amount / t.price;
      if (t.type === 'liquidation') {
        use(order ? 'tardis: Binance liquidation side is the order\'s'
          : 'tardis: Bybit liquidation side is inverted to the order\'s');
        row.side = t.side === 'sell' ? 'long' : 'short';
        if (order && order.ap !== order.p) {
          use('tardis: Binance liquidation price is p, the order\'s limit');
          if (t.price !== Number(order.p)) throw new Error('tardis no longer takes p');
          row.price = undefined;
        }
      }
      rows.push(row);
    }
  }
  return rows;
}

function topRow(venue, t, scale, row, message) {
  const coins = (amount, price) =>
    venue === 'binance-coinm' ? amount * coinMSize(t.symbol) / price : amount * scale;
  if (venue === 'binance-coinm') use('tardis: COIN-M amounts are contracts');
  const { E, T } = message.data;
  if (E === undefined) use('tardis: spot book top without E takes the local time');
  else if (T !== E) use('tardis: book top is stamped E');
  return [{ ...row, type: 'top', side: undefined, qty: undefined, ms: E === undefined ? null : T ?? E,
    price: undefined, bid: t.bidPrice / scale, ask: t.askPrice / scale,
    bid_qty: coins(t.bidAmount, t.bidPrice), ask_qty: coins(t.askAmount, t.askPrice) }];
}

// ------------------------------------------------------------------ comparison

function decode(venue, data) {
  const [program, ...words] = process.env.TIDEWATCH.split(' ');
  const done = spawnSync(program, [...words, 'decode', '--venue', venue, '-'],
    { input: data, maxBuffer: 1 << 30 });
  if (done.status !== 0) throw new Error(`decode: exit ${done.status}: ${done.stderr}`);
  const events = [];
  for (const line of done.stdout.toString().split('\n')) {
    if (line === '') continue;
    const event = JSON.parse(line);
    const stamp = /"ts_ns":([0-9]+|null)/.exec(line)[1];
    event.ms = stamp === 'null' ? null : Number(BigInt(stamp) / 1000000n);
    if (stamp !== 'null' && BigInt(stamp) % 1000000n !== 0n) event.ms = NaN;
    events.push(event);
  }
  return events;
}

const same = (want, got) => want === got
  || (typeof want === 'number' && typeof got === 'number'
    && Math.abs(want - got) <= 1e-9 * Math.abs(want));

const FIELDS = ['id', 'side', 'price', 'qty', 'ms', 'bid', 'bid_qty', 'ask', 'ask_qty'];

function judge(lib, rows, events, faults) {
  const waiting = new Map();
  for (const event of events) {
    const key = `${event.type} ${event.symbol}`;
    if (!waiting.has(key)) waiting.set(key, []);
    waiting.get(key).push(event);
  }
  const heads = new Map();
  let silent = 0;
  for (const row of rows) {
    const key = `${row.type} ${row.symbol}`;
    const queue = waiting.get(key) ?? [];
    let at = heads.get(key) ?? 0;
    // Events this library passes over (another stream, an off-book print) come between.
    const fits = (event) => (row.id !== undefined ? event.id === row.id
      : event.ms === row.ms && FIELDS.every((f) => row[f] === undefined || same(row[f], event[f])));
    let found = at;
    while (found < queue.length && !fits(queue[found])) found += 1;
    if (found === queue.length && row.type === 'trade' && row.id === undefined) {
      use('ccxt: an aggTrade of 2019 has no id');
      continue;
    }
    if (found === queue.length) {
      faults.push(`${lib}: no such event: ${JSON.stringify(row)}; next is ${JSON.stringify(queue[at])}`);
      continue;
    }
    silent += found - at;
    heads.set(key, found + 1);
    for (const field of FIELDS) {
      if (row[field] !== undefined && !same(row[field], queue[found][field])) {
        faults.push(`${lib}: ${field}: ${row[field]} against our ${queue[found][field]}: `
          + JSON.stringify(queue[found]));
      }
    }
  }
  for (const [key, queue] of waiting) silent += queue.length - (heads.get(key) ?? 0);
  return silent;
}

const OURS = {
  'binance-spot': /^[^_]+$/u, 'binance-usdm': /^[^_]+(_[0-9]{6})?$/u,
  'binance-coinm': /USD_(PERP|[0-9]{6})$/u, 'bybit-spot': /./u,
  'bybit-linear': /(USDT|USDC|PERP|-[0-9]{1,2}[A-Z]{3}[0-9]{2})$/u,
  'bybit-inverse': /USD([FGHJKMNQUVXZ][0-9]{2})?$/u,
};

function* cases() {
  for (const venue of Object.keys(MADE)) yield [venue, 'made'];
  const folders = { 'binance-spot': ['binance-spot'], 'binance-usdm': ['binance-usdm'],
    'binance-coinm': ['binance-coinm'], 'bybit-spot': ['bybit-spot'],
    bybit: ['bybit-linear', 'bybit-inverse'],
    binance: ['binance-spot', 'binance-usdm', 'binance-coinm'] };
  for (const [folder, venues] of Object.entries(folders)) {
    for (const name of readdirSync(join(corpus, 'raw-ws', folder)).sort()) {
      if (!/^(depth|sent_|mixed_cryptofeed_20210417)/.test(name)) {
        for (const venue of venues) yield [venue, join(corpus, 'raw-ws', folder, name)];
      }
    }
  }
  for (const name of readdirSync(join(corpus, 'derived')).sort()) {
    if (/^(binance-usdm|load_aggTrade)/.test(name)) yield ['binance-usdm', join(corpus, 'derived', name)];
    if (/^bybit/.test(name)) yield ['bybit-linear', join(corpus, 'derived', name)];
  }
}

// What no recording holds: inverse trades of Bybit and lots behind the name.
const MADE = {
  'bybit-inverse': [
    ['publicTrade', 'BTCUSD', 'Sell', '4000', '80000.00'],
    ['publicTrade', 'BTCUSDU23', 'Buy', '1234', '25012.50'],
    ['allLiquidation', 'ETHUSD', 'Buy', '5000', '2503.15'],
    ['allLiquidation', 'XRPUSD', 'Sell', '77', '1.4912'],
  ],
  'bybit-linear': [
    ['publicTrade', 'SHIB1000USDT', 'Sell', '20', '0.0125'],
    ['publicTrade', '1000PEPEUSDT', 'Buy', '5', '0.0120'],
    ['publicTrade', 'BTCPERP', 'Buy', '0.013', '84210.50'],
    ['allLiquidation', '1000BONKUSDT', 'Sell', '300', '0.02456'],
  ],
};

function made(venue) {
  const lines = MADE[venue].map(([topic, s, S, v, p], n) => JSON.stringify({
    topic: `${topic}.${s}`, type: 'snapshot', ts: 1790000000512 + n,
    data: [{ T: 1790000000500 + n, s, S, v, p, i: `made-${n}`, BT: false, RPI: false }],
  }));
  return Buffer.from(`${lines.join('\n')}\n`);
}

function run(venue, path, markets) {
  const data = path === 'made' ? made(venue) : slurp(path);
  const rows = { ccxt: [], tardis: [] };
  const mappers = tardisMappers(venue);
  for (const line of data.toString().split('\n')) {
    if (line === '' || line.includes('"depthUpdate"')) continue;
    let message = JSON.parse(line.slice(line.indexOf('\t') + 1));
    if (Array.isArray(message)) continue;
    const body = message.data ?? message;
    const symbol = body.s ?? body.o?.s ?? (message.topic ?? '').split('.').at(-1);
    const st = body.st ?? body.o?.st;
    const foreign = { 'binance-spot': st !== undefined, 'binance-usdm': st === 2,
      'binance-coinm': st === 1 }[venue];
    if (typeof symbol !== 'string' || !OURS[venue].test(symbol) || foreign) continue;
    if (venue === 'binance-spot' && body.e === 'forceOrder') {
      use('both: spot is given forceOrder of a mixed file');
      continue;
    }
    rows.ccxt.push(...ccxtRows(venue, markets, message));
    if (message.e !== undefined) message = { stream: `${symbol.toLowerCase()}@${message.e}`, data: message };
    rows.tardis.push(...tardisRows(venue, mappers, message));
  }
  const all = decode(venue, data);
  const faults = [];
  const notes = [];
  for (const [lib, types] of [['ccxt', ['trade', 'liquidation']],
    ['tardis', ['trade', 'liquidation', 'top']]]) {
    const silent = judge(lib, rows[lib], all.filter((event) => types.includes(event.type)), faults);
    notes.push(`${lib} ${rows[lib].length}${silent ? ` (no opinion on ${silent})` : ''}`);
  }
  if (rows.ccxt.length + rows.tardis.length + faults.length === 0) return undefined;
  const title = `${venue.padEnd(14)} ${path.split('/').slice(-2).join('/')}`;
  console.log(`${faults.length ? 'FAIL' : 'ok  '}  ${title}: ${notes.join(', ')}`);
  for (const fault of faults.slice(0, 5)) console.log(`      ${fault}`);
  if (faults.length > 5) console.log(`      ... ${faults.length} in all`);
  return faults.length === 0;
}

if (!modules || !corpus || !process.env.TIDEWATCH || !existsSync(corpus)) {
  console.error('usage: TIDEWATCH=program node npm_check.mjs NODE_MODULES_PARENT CORPUS');
  process.exit(64);
}
const markets = {};
let passed = 0;
let failed = 0;
for (const [venue, path] of cases()) {
  markets[venue] ??= new Markets(venue);
  const good = run(venue, path, markets[venue]);
  if (good === true) passed += 1;
  if (good === false) failed += 1;
}
console.log('where a library has another convention:');
for (const [rule, count] of used) console.log(`  ${String(count).padStart(7)}  ${rule}: ${RULES[rule]}`);
console.log(`npm: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
