// What the page does for the lessons on processes, one errand at a time: it starts the script that starts itself, posts a
// thing of every kind to a worker that posts it back, times such posts, and times a message queue and the browser's
// lock between two workers. core/src/lecture/errand.rs decides what to do and what follows from an answer; it
// also reads and writes the messages: queries, as between page and worker.
import { failed, start, startOne, startTwo } from './process-loader.js';

// The current errand: its workers, and who hears its answers. None before the first errand and after the end.
let open = null;

self.dartboard_errand = (text, tell) => {
  open ??= { workers: [], tell };
  const errand = new URLSearchParams(text);
  const own = open;
  const say = (answer) => {
    // Messages after the end are ignored.
    if (open === own) own.tell(new URLSearchParams(answer).toString());
  };
  carryOut(own, errand, say).catch((error) => say({ kind: 'failed', text: shortened(error) }));
};

self.dartboard_errands_end = () => {
  for (const worker of open?.workers ?? []) worker.terminate();
  open = null;
};

async function carryOut(own, errand, say) {
  const number = (name) => Number(errand.get(name));
  switch (errand.get('kind')) {
    case 'nest': {
      const settings = [number('generations'), errand.get('guarded')];
      const hear = (answer) => {
        if (answer.kind !== 'start') return say(answer);
        const mayStart = open === own && answer.path.length <= settings[0];
        if (mayStart) own.workers.push(startOne(answer.path, ...settings, hear));
      };
      own.workers.push(...startTwo('', ...settings, hear));
      break;
    }
    case 'post':
      say(await post(own, errand.get('thing'), say));
      break;
    case 'queue':
      say(await queue(own, number('items'), say));
      break;
    case 'lock':
      say(await lock(own, number('turns'), say));
      break;
    default:
      say(await time(own, errand.get('way'), number('bytes'), number('rounds'), say));
  }
}

// Posts `thing` to the worker, with the transfer list `transfer`; returns what it posts back.
function roundTrip(own, thing, transfer, isHandedOver, say) {
  own.echo ??= startEcho(own, say);
  return new Promise((resolve, reject) => {
    own.echo.onmessage = ({ data }) => ('error' in data ? reject(new Error(data.error)) : resolve(data.thing));
    own.echo.onmessageerror = () => reject(new Error('the page could not read what came back'));
    own.echo.postMessage([thing, isHandedOver], transfer);
  });
}

function startEcho(own, say) {
  const worker = start('echo', (event) => say(failed(event)));
  own.workers.push(worker);
  return worker;
}

// Starts two workers and tells each what to do once both have started; returns what they say at the end, and ends them.
async function ofTwo(own, roles, orders, say) {
  const workers = roles.map((role) => start(role, (event) => say(failed(event))));
  own.workers.push(...workers);
  const heard = () => Promise.all(workers.map((worker) => new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
  })));
  await heard();
  const ends = heard();
  workers.forEach((worker, place) => worker.postMessage(...orders[place]));
  const said = await ends;
  for (const worker of workers) worker.terminate();
  const begun = Math.min(...said.map((end) => end.begun ?? Infinity));
  return { said, us: Math.round(1_000 * (Math.max(...said.map((end) => end.ended)) - begun)) };
}

// How many of the lines that one worker posts to another arrive, and how long that takes.
async function queue(own, items, say) {
  const { port1, port2 } = new MessageChannel();
  const orders = [[[port1, items], [port1]], [[port2], [port2]]];
  const { said, us } = await ofTwo(own, ['put', 'get'], orders, say);
  return { kind: 'passed', count: said[1].count, us };
}

// How often two workers have had the browser's lock. Where they share memory, they add under it as an unprotected thread
// does: additions that the lock does not keep apart are lost.
async function lock(own, turns, say) {
  if (!navigator.locks) return { kind: 'missing', text: 'navigator.locks is undefined' };
  const name = `dartboard ${document.documentElement.dataset.scope} example ${crypto.randomUUID()}`;
  const counter = self.crossOriginIsolated ? new Int32Array(new SharedArrayBuffer(4)) : null;
  const orders = [[[name, turns, counter]], [[name, turns, counter]]];
  const { said, us } = await ofTwo(own, ['lock', 'lock'], orders, say);
  return { kind: 'passed', count: counter ? counter[0] : said[0].count + said[1].count, us };
}

const refused = (error) => ({ kind: 'refused', error: error?.name ?? '', text: shortened(error?.message ?? error) });
const shortened = (text) => String(text).slice(0, 160);

async function post(own, name, say) {
  let made;
  let before;
  try {
    made = await KINDS[name]();
    before = described(made[0]);
  } catch (error) {
    return { kind: 'missing', text: shortened(error) };
  }
  const [thing, transfer = [], close = () => {}] = made;
  try {
    const after = described(await roundTrip(own, thing, transfer, transfer.length > 0, say));
    return { kind: 'back', before: shortened(before), after: shortened(after) };
  } catch (error) {
    return refused(error);
  } finally {
    close();
  }
}

// How long so many round trips of so many bytes take. What is posted is made before the clock starts.
async function time(own, way, bytes, rounds, say) {
  const isHandedOver = way === 'transfer';
  try {
    let thing = madeToTime(own, way, bytes);
    // Once without the clock: the worker starts. What is large goes after what is small, and takes long.
    if (rounds > 1) thing = await roundTrip(own, thing, isHandedOver ? [thing] : [], isHandedOver, say);
    const begun = performance.now();
    for (let round = 0; round < rounds; round += 1) {
      thing = await roundTrip(own, thing, isHandedOver ? [thing] : [], isHandedOver, say);
    }
    return { kind: 'took', us: Math.round(1_000 * (performance.now() - begun)) };
  } catch (error) {
    return refused(error);
  }
}

function madeToTime(own, way, bytes) {
  if (way === 'objects') return Array.from({ length: bytes / 16 }, (_, id) => ({ id, total: 49_999_995_000_000 }));
  if (way === 'array') return new Float64Array(bytes / 8).map((_, place) => (place % 2 ? 49_999_995_000_000 : place / 2));
  if (way === 'shared') {
    if (!self.crossOriginIsolated) throw new Error('the page was not loaded with shared memory');
    return new SharedArrayBuffer(bytes);
  }
  // Written to, so that it is really there.
  return new Uint8Array(bytes).fill(1).buffer;
}

// What is in a value, its class first: two that are described alike are equal as far as a program sees.
function described(value, seen = new Map()) {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Object.is(value, -0)) return '-0';
  if (value === null || typeof value !== 'object') return String(value);
  if (seen.has(value)) return `↑${seen.get(value)}`;
  seen.set(value, seen.size);
  const prototype = Object.getPrototypeOf(value);
  const name = Object.hasOwn(prototype ?? {}, 'constructor') ? prototype.constructor.name : 'Object of another prototype';
  const parts = [];
  if (Object.isFrozen(value) && Object.keys(value).length > 0) parts.push('frozen');
  if (value instanceof Map || value instanceof Set) for (const part of value) parts.push(described(part, seen));
  for (const property of TOLD_APART) {
    if (property in value && !Object.hasOwn(value, property)) parts.push(`${property}: ${value[property]}`);
  }
  for (const property of Reflect.ownKeys(value).slice(0, 20)) {
    const { get, value: own } = Object.getOwnPropertyDescriptor(value, property);
    if (WHERE_THROWN.includes(property)) continue;
    // To describe what lies 10,000 deep would take a stack as deep.
    parts.push(`${String(property)}: ${get ? 'get' : seen.size > 50 ? '…' : described(own, seen)}`);
  }
  return `${name} {${parts.join(', ')}}`;
}

// What built-in classes hold besides properties of their own.
const TOLD_APART = ['source', 'size', 'type', 'width', 'height', 'x', 'y', 'byteLength', 'algorithm', 'name', 'message'];

// What an error says of the place where it was made, in one engine or another.
const WHERE_THROWN = ['stack', 'fileName', 'lineNumber', 'columnNumber', 'line', 'column', 'sourceURL'];

class Result {
  constructor(id, total) {
    this.id = id;
    this.total = total;
  }
}

class Results extends Array {}

// The smallest module of WebAssembly.
const MODULE = () => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));

// A thing of every kind, and what of it is handed over; named as in core/src/lecture/processes/kinds.rs.
const KINDS = {
  number: () => [42.5],
  dictionary: () => [{ id: 1, total: 49_999_995_000_000 }],
  'instance of your own class': () => [new Result(1, 49_999_995_000_000)],
  lambda: () => [(x) => 2 * x],
  'open file': () => [new Blob(['a line\n']).stream()],
  'database connection': openDatabase,
  NaN: () => [NaN],
  '-0': () => [-0],
  '2n ** 64n': () => [2n ** 64n],
  'a text': () => ['π ≈ 3.14'],
  null: () => [null],
  undefined: () => [undefined],
  true: () => [true],
  'new Date': () => [new Date(0)],
  'new Map': () => [new Map([[1, 'one']])],
  'new Set': () => [new Set([1, 2])],
  'a list in itself': () => {
    const list = [1];
    list.push(list);
    return [list];
  },
  'one object twice': () => {
    const part = { id: 1 };
    return [[part, part]];
  },
  '[1, , 3]': () => [[1, , 3]],
  'new Float64Array': () => [new Float64Array([1, 2])],
  'new ArrayBuffer': () => [new ArrayBuffer(8)],
  '/a+/g': () => [/a+/g],
  'new Error': () => [new Error('no')],
  'new DOMException': () => [new DOMException('no', 'DataError')],
  'new Blob': () => [new Blob(['text'], { type: 'text/plain' })],
  'new File': () => [new File(['text'], 'a.txt', { type: 'text/plain' })],
  'new ImageData': () => [new ImageData(2, 2)],
  ImageBitmap: async () => [await createImageBitmap(new ImageData(2, 2))],
  'new DOMRect': () => [new DOMRect(1, 2, 3, 4)],
  CryptoKey: async () => [await crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['encrypt'])],
  'WebAssembly.Module': () => [MODULE()],
  SharedArrayBuffer: () => [new SharedArrayBuffer(8)],
  'ArrayBuffer, handed over': () => handedOver(new ArrayBuffer(8)),
  'MessagePort, handed over': () => handedOver(new MessageChannel().port1),
  'OffscreenCanvas, handed over': () => handedOver(new OffscreenCanvas(2, 2)),
  'ReadableStream, handed over': () => handedOver(new ReadableStream()),
  'subclass of Array': () => [Results.from([1, 2])],
  'a getter': () => [{ get total() { return 3; } }],
  'lastIndex of /a+/g': () => [Object.assign(/a+/g, { lastIndex: 3 })],
  'error.code': () => [Object.assign(new Error('no'), { code: 404 })],
  'Object.freeze': () => [Object.freeze({ id: 1 })],
  'Object.create': () => [Object.create({ id: 1 })],
  'key that is a Symbol': () => [{ id: 1, [Symbol('key')]: 2 }],
  Symbol: () => [Symbol('id')],
  function: () => [function work() {}],
  'object with a method': () => [{ work() {} }],
  'a class': () => [Result],
  'new WeakMap': () => [new WeakMap()],
  'new WeakRef': () => [new WeakRef({})],
  'a generator': () => [(function* numbers() { yield 1; }())],
  'an iterator': () => [[1].values()],
  'a Promise': () => [Promise.resolve(1)],
  'new Proxy': () => [new Proxy({}, {})],
  'document.body': () => [document.body],
  window: () => [window],
  'new Event': () => [new Event('done')],
  'new Response': () => [new Response('text')],
  'new URL': () => [new URL('https://a.example/')],
  'Intl.NumberFormat': () => [new Intl.NumberFormat('en')],
  'WebAssembly.Instance': () => [new WebAssembly.Instance(MODULE())],
  'WebAssembly.Memory': () => [new WebAssembly.Memory({ initial: 1 })],
  'MessagePort, copied': () => [new MessageChannel().port1],
  'OffscreenCanvas, copied': () => [new OffscreenCanvas(2, 2)],
  'ArrayBuffer, handed over twice': () => {
    const buffer = new ArrayBuffer(8);
    return [buffer, [buffer, buffer]];
  },
  'a getter that throws': () => [{ get total() { throw new RangeError('no total'); } }],
  '10,000 nested objects': () => {
    let thing = {};
    for (let depth = 0; depth < 10_000; depth += 1) thing = { thing };
    return [thing];
  },
};

const handedOver = (thing) => [thing, [thing]];

// A connection to a database of this page, and what closes it and deletes the database.
function openDatabase() {
  return new Promise((resolve, reject) => {
    const name = `dartboard ${document.documentElement.dataset.scope} example`;
    const request = indexedDB.open(name);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const close = () => {
        request.result.close();
        indexedDB.deleteDatabase(name);
      };
      resolve([request.result, [], close]);
    };
  });
}
