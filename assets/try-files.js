// Test files for the lesson on downloads, without a network: the service worker makes them up, slowly on purpose. Sizes are in
// bytes; all of a file `takes` so many milliseconds once it has begun `after` some.
const TRIES = new Map(Object.entries({
  'try/lecture-2.pdf': { size: 2_000_000, takes: 3_000, savedAs: 'lecture 2, slides.pdf' },
  'try/darts.csv': { size: 3_000_000, takes: 3_500 },
  'try/points.json': { size: 1_400_000, takes: 3_000, isOfUnknownSize: true },
  'try/missing.txt': { status: 404, size: 70, takes: 10, after: 500 },
  // It breaks off, unless the rest is asked for.
  'try/half.zip': { size: 2_400_000, takes: 3_000, breaksAt: 1_200_000, tag: '"half"' },
  'try/slow.png': { size: 2_200_000, takes: 2_500, after: 1_000 },
  // After that nothing comes, until its reader leaves.
  'try/stall.dat': { size: 1_000_000, takes: 2_000, stallsAt: 300_000 },
  'try/last.csv': { size: 1_000_000, takes: 2_500 },
}));
const PIECE = 50_000;

// The answer to a request for one of them; false if it is for something else.
self.answerTry = (event, name) => TRIES.has(name) && answerSlowly(event, name, TRIES.get(name));

async function answerSlowly(event, name, { status = 200, size, takes, after = 0, ...ways }) {
  const asked = event.request.headers;
  const isOfTag = [null, ways.tag].includes(asked.get('If-Range'));
  const range = ways.tag && isOfTag && /^bytes=(\d+)-$/.exec(asked.get('Range') ?? '');
  const from = range ? Number(range[1]) : 0;
  // Opened as a page, it would run nothing.
  const headers = new Headers({
    'Content-Type': 'application/octet-stream',
    'Content-Security-Policy': 'sandbox',
    'X-Content-Type-Options': 'nosniff',
  });
  if (from >= size) {
    headers.set('Content-Range', `bytes */${size}`);
    return new Response(null, { status: 416, headers });
  }
  if (range) headers.set('Content-Range', `bytes ${from}-${size - 1}/${size}`);
  if (ways.tag) headers.set('ETag', ways.tag);
  if (!ways.isOfUnknownSize) headers.set('Content-Length', size - from);
  if (ways.savedAs) headers.set('Content-Disposition', `attachment; filename="${ways.savedAs}"`);

  // Browsers end a service worker that is not busy.
  let end;
  event.waitUntil(new Promise((resolve) => { end = resolve; }));
  let timer;
  const pause = (ms) => new Promise((resolve) => { timer = setTimeout(resolve, ms); });
  await pause(after);
  const begun = performance.now();
  let sent = from;
  const body = new ReadableStream({
    async pull(controller) {
      if (sent === ways.stallsAt) return new Promise(() => {});
      const next = Math.min(sent + PIECE, size);
      await pause(begun + ((next - from) / size) * takes - performance.now());
      if (sent === ways.breaksAt && !range) {
        controller.error(new Error('broken off'));
        return end();
      }
      controller.enqueue(madeUp(name, sent, next));
      sent = next;
      if (sent < size) return;
      controller.close();
      end();
    },
    cancel() {
      clearTimeout(timer);
      end();
    },
  });
  return new Response(body, { status: range ? 206 : status, headers });
}

// These bytes of the file: lines of equal length that say what they are.
function madeUp(name, from, to) {
  const line = (number) => `${name}, line ${String(number).padStart(6, '0')}: made up by this page to be downloaded\n`;
  const { length } = line(0);
  const first = Math.floor(from / length);
  let text = '';
  for (let number = first; number * length < to; number += 1) text += line(number);
  return new TextEncoder().encode(text.slice(from - first * length, to - first * length));
}
