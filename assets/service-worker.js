// Caches builds of Dartboard for use without a network, program by program, and answers with the files of the build in
// use. A new build is cached beside it, and comes into use only when the user says so, even if all tabs were closed in between.
const BUILD = '{build}';
// The stream that its runs are counted with.
const STREAM = '{stream}';
// Each program with its name and its files, as name and integrity, written by the release's hook. The first is the page
// with its run and worker, which a build cannot do without; the one without a name is for installed pages only.
const PROGRAMS = '{files}';
const [RUN] = PROGRAMS[0];

try {
  importScripts('./try-files.js');
} catch {
  // Then there are no test files.
}

const SCOPE = new URL(registration.scope);
// Other projects may be served from the same host.
const PREFIX = `dartboard ${SCOPE.pathname} `;
// Holds one entry: the name of the build in use.
const CHOICE = `${PREFIX}choice`;
const PAGE = new URL('index.html', SCOPE).href;
// Under this address the cache of a build has its list of programs.
const LIST = new URL('?programs', SCOPE).href;
// Before there was one, a build was kept as a whole.
const EARLIER = [[RUN, [['index.html']]]];
// The script of the one worker that may fetch from other sites, with the hash of its content. It is not looked up in the list:
// another build's script has another hash.
const DOWNLOADER = /^download-loader(-[0-9a-f]+)?\.js$/;

// Any build's script may serve the build in use, so a new script need not take control at once. In Firefox that would send
// requests that wait for the old script to the host, which may no longer have the build's files.
addEventListener('install', (event) => event.waitUntil(keepRun().catch(tell)));
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
    // Only code may read it: it becomes no page, frame or script.
    const tried = request.destination === '' && self.answerTry?.(event, nameOf(url));
    event.respondWith(tried || file(request));
  }
});
addEventListener('message', (event) => {
  const { take, build, others } = event.data;
  const answer = (promise) => promise
    .catch((error) => ({ trouble: error.message }))
    .then((data) => event.ports[0]?.postMessage(data));
  if (take) event.waitUntil(answer(choose(BUILD).then(() => ({}))));
  else event.waitUntil(answer(stand(build)).then(() => others && keepOthers(() => answer(stand(build)))));
});

// What a page of that build is told: what would start without a network, and which build was cached last.
async function stand(build) {
  // What was lost is fetched again.
  let trouble;
  if (!(await isWhole(BUILD))) trouble = await keepRun().catch((error) => error.message);
  if (!trouble) await chooseIfNoneIs();
  await forgetOthers(build);
  const programs = await kept(await inUse());
  if (!programs.includes(RUN)) return { trouble };
  return { newest: trouble ? build : BUILD, stream: STREAM, programs: programs.filter(Boolean).join(', ') };
}

// All files or none: a file that is missing, cut off or of another build fails its integrity check, and this build with it.
async function keepRun() {
  try {
    const cache = await keep(PROGRAMS[0]);
    await cache.put(LIST, new Response(JSON.stringify(PROGRAMS)));
  } catch (error) {
    // A page may need what is left of the build in use.
    if ((await inUse()) !== BUILD) await caches.delete(PREFIX + BUILD);
    throw error;
  }
}

// The other programs, one after another, and for one page at a time, since two at once would fetch files twice. One that fails
// is tried again when a page asks again.
let keepingOthers = Promise.resolve();
function keepOthers(tellMore) {
  keepingOthers = keepingOthers.then(async () => {
    const before = await kept(BUILD);
    for (const program of PROGRAMS.slice(1)) await keep(program).catch(() => {});
    if ((await kept(BUILD)).length > before.length) await tellMore();
  });
  return keepingOthers;
}

// The files of a program that are not there yet.
async function keep([, files]) {
  const cache = await caches.open(PREFIX + BUILD);
  await Promise.all(files.map(async (file) => {
    const url = new URL(file[0], SCOPE);
    if (!(await cache.match(url))) await cache.put(url, await fetched(url, file));
  }));
  return cache;
}

// The file as this build has it; otherwise an error with the reason, in words.
async function fetched(url, [name, integrity]) {
  const own = { cache: 'no-cache', credentials: 'same-origin' };
  const response = await fetch(url, { ...own, integrity }).catch(async () => {
    // Browsers do not tell what was wrong.
    const other = await fetch(url, own).catch(() => null);
    if (other?.ok) throw new Error(`the host changes ${name}`);
    return other;
  });
  if (!response) throw new Error(`${name} cannot be fetched`);
  if (!response.ok) throw new Error(`the host answers ${response.status} for ${name}`);
  // No browser accepts a redirected page from a service worker.
  return response.redirected ? new Response(response.body, response) : response;
}

// Tells the pages why this build cannot be cached.
async function tell(error) {
  for (const page of await ours()) page.postMessage({ trouble: error.message });
  throw error;
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
  if (!(await isWhole(build))) await choose(BUILD);
}

// Whether a build would start without a network.
async function isWhole(build) {
  return (await kept(build)).includes(RUN);
}

// The programs of a build that would start without a network: those with all their files.
async function kept(build) {
  if (!build || !(await caches.has(PREFIX + build))) return [];
  const cache = await caches.open(PREFIX + build);
  const programs = build === BUILD ? PROGRAMS : (await (await cache.match(LIST))?.json()) ?? EARLIER;
  const there = new Set((await cache.keys()).map(({ url }) => url));
  const isThere = ([name]) => there.has(new URL(name, SCOPE).href);
  return programs.filter(([, files]) => files.every(isThere)).map(([name]) => name);
}

// A build that has lost a part comes from the host, if that can be reached.
async function page(request) {
  const build = await inUse();
  const kept = () => caches.match(PAGE, { cacheName: PREFIX + build, ignoreVary: true });
  const whole = (await isWhole(build)) && (await kept());
  return isolated(whole || await fetch(request).catch(async (error) => (await kept()) ?? Promise.reject(error)));
}

// Below the folder of the page.
function nameOf(url) {
  return url.pathname.slice(SCOPE.pathname.length);
}

// File names follow from contents: whichever build has the file has the right one. A worker of an isolated page must be
// isolated too. The page's policy does not apply to workers, so each gets one: it may reach this host only.
async function file(request) {
  const answer = await keptOrFetched(request);
  if (!['worker', 'sharedworker'].includes(request.destination)) return answer;
  return isolated(answer, DOWNLOADER.test(nameOf(new URL(request.url))) ? '*' : "'self'");
}

async function keptOrFetched(request) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    // A repeated request has a ? after the name.
    const kept = await caches.match(request.url, { cacheName: name, ignoreSearch: true, ignoreVary: true });
    if (kept) return kept;
  }
  return fetch(request);
}

// The answer with headers that static hosts do not send: they let a page or worker share memory, and a worker fetch
// from `sources`. Other than plain answers pass unchanged: one without a status cannot be rebuilt, and a page's redirect
// must stay one. No worker starts from such an answer.
function isolated(answer, sources) {
  if (sources ? !answer.ok : answer.status !== 200 || answer.redirected) return answer;
  const headers = new Headers(answer.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src ${sources}`;
  if (sources) headers.set('Content-Security-Policy', policy);
  return new Response(answer.body, { headers });
}

// The pages of this deployment that are open.
async function ours() {
  const pages = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  return pages.filter((page) => page.url.startsWith(SCOPE.href));
}

// When the only open page is of the build in use, removes what no page can ask for any more.
async function forgetOthers(build) {
  if ((await ours()).length > 1 || build !== (await inUse())) return;
  for (const name of await caches.keys()) {
    const known = [CHOICE, PREFIX + build, PREFIX + BUILD].includes(name);
    if (name.startsWith(PREFIX) && !known) await caches.delete(name);
  }
}
