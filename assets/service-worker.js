// Keeps whole builds of Dartboard for use without a network, and answers with the files of the one in use. Another is
// kept beside it, and comes into use by the user's word alone, also when all tabs were closed in between.
const BUILD = '{build}';
// What its runs are counted with.
const STREAM = '{stream}';
// The name and integrity of each file, written by the release's hook.
const FILES = '{files}';

const SCOPE = new URL(registration.scope);
// Other projects may be served from the same host.
const PREFIX = `dartboard ${SCOPE.pathname} `;
// Holds one entry: the name of the build in use.
const CHOICE = `${PREFIX}choice`;
const PAGE = new URL('index.html', SCOPE).href;

addEventListener('install', (event) => event.waitUntil(keep()));
addEventListener('activate', (event) => event.waitUntil(chooseIfNoneIs()));
addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  const url = new URL(request.url);
  url.hash = '';
  if (request.mode === 'navigate') {
    if (url.origin !== SCOPE.origin) return;
    if (url.pathname === SCOPE.pathname || url.href === PAGE) event.respondWith(page(request));
  } else if (url.href.startsWith(SCOPE.href)) {
    event.respondWith(file(request));
  }
});
addEventListener('message', (event) => {
  const answer = (promise) => event.waitUntil(promise.then((data) => event.ports[0]?.postMessage(data)));
  if (event.data.take) answer(choose(BUILD).then(() => ({})));
  else answer(forgetOthers(event.data.build).then(() => ({ newest: BUILD, stream: STREAM })));
});

// All files or none: one that is missing, cut off or of another build fails its integrity, and this build with it.
async function keep() {
  const cache = await caches.open(PREFIX + BUILD);
  const isKept = (await cache.keys()).length === FILES.length;
  if (!isKept) try {
    await cache.addAll(FILES.map(([name, integrity]) =>
      new Request(new URL(name, SCOPE), { integrity, cache: 'no-cache', credentials: 'same-origin' })));
  } catch (error) {
    await caches.delete(PREFIX + BUILD);
    throw error;
  }
  // Which build is in use is a choice of its own: this script may serve any.
  await skipWaiting();
}

async function inUse() {
  const choice = await (await caches.open(CHOICE)).match(SCOPE);
  return choice?.text();
}

async function choose(build) {
  await (await caches.open(CHOICE)).put(SCOPE, new Response(build));
}

async function chooseIfNoneIs() {
  const build = await inUse();
  if (build === undefined || !(await caches.has(PREFIX + build))) await choose(BUILD);
}

async function page(request) {
  const build = await inUse();
  const kept = build && (await caches.match(PAGE, { cacheName: PREFIX + build, ignoreVary: true }));
  return kept ?? fetch(request);
}

// Names are those of contents: whichever build has the file has the right one.
async function file(request) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    const kept = await caches.match(request.url, { cacheName: name, ignoreVary: true });
    if (kept) return kept;
  }
  return fetch(request);
}

// Removes what no page can ask for any more: when the only one open is of the build in use.
async function forgetOthers(build) {
  const pages = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  const ours = pages.filter((page) => page.url.startsWith(SCOPE.href));
  if (ours.length > 1 || build !== (await inUse())) return;
  for (const name of await caches.keys()) {
    const known = [CHOICE, PREFIX + build, PREFIX + BUILD].includes(name);
    if (name.startsWith(PREFIX) && !known) await caches.delete(name);
  }
}
