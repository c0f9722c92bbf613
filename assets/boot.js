// Checks that this browser can run Dartboard, then loads the program of the page that the address names and no other.
// What is missing or fails is said on the page.
const app = document.querySelector('script[data-app-js]').dataset;

// The smallest module with a SIMD instruction: `v128.const` and `i8x16.popcnt`, dropped.
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 25, 1, 23, 0, 253, 12,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 253, 98, 26, 11,
]);

function hasModuleWorkers() {
  let asked = false;
  try {
    // A browser that knows module workers reads `type` before it finds that the address is none.
    new Worker('http://:', { get type() { asked = true; return 'module'; } });
  } catch {
    // Expected: nothing is to be started.
  }
  return asked;
}

function missingFeatures() {
  const missing = [];
  if (typeof WebAssembly !== 'object') missing.push('WebAssembly');
  else if (!WebAssembly.validate(SIMD_MODULE)) missing.push('WebAssembly SIMD');
  if (typeof Worker !== 'function') missing.push('Web Workers');
  else if (!hasModuleWorkers()) missing.push('module workers');
  return missing;
}

function fail(text, retry) {
  const message = document.getElementById('fatal');
  message.textContent = text;
  if (retry) {
    const button = document.createElement('button');
    button.textContent = 'Try again';
    button.onclick = retry;
    message.append(' ', button);
  }
  message.hidden = false;
  document.getElementById('starting').hidden = true;
}

const root = document.documentElement;

// Other deployments may be on the same host: the names of all that is stored carry the path that this one is served under.
root.dataset.scope = new URL('.', document.baseURI).pathname;

// The colours chosen by the user, before anything is drawn in others.
try {
  const name = `dartboard ${root.dataset.scope} theme`;
  const unscoped = localStorage.getItem('dartboard.theme');
  root.dataset.theme = localStorage.getItem(name) ?? unscoped ?? 'auto';
  if (unscoped !== null) {
    localStorage.setItem(name, root.dataset.theme);
    localStorage.removeItem('dartboard.theme');
  }
} catch {
  // Nothing can be stored here: the system's preference holds.
}

const absolute = (path) => new URL(path, document.baseURI);

// The elements that pages are shown in; the first one also at an address that names no page.
const pages = [...document.querySelectorAll('[data-route]')];

// The programs of pages, loaded or being loaded.
const loading = new Map();

// How often a script did not arrive.
let failures = 0;

// Loads the program of a page: the one that its element names, or else the app's.
async function load(page) {
  const { program } = page.dataset;
  const script = absolute(program ?? app.appJs);
  const module = await import(script).catch(() => {
    // Firefox never asks again for a script that did not arrive, unless its address is another one.
    failures += 1;
    script.hash = failures;
    return import(script);
  });
  await (program ? module.default() : module.default({ module_or_path: absolute(app.appWasm) }));
}

// Shows the page that the address names. The others stay as they are; their programs pause what they do.
function show() {
  const [route] = location.hash.split('?');
  const shown = pages.find((page) => page.dataset.route === route) ?? pages[0];
  for (const page of pages) page.hidden = page !== shown;
  document.getElementById('fatal').hidden = true;
  if (!loading.has(shown)) loading.set(shown, load(shown));
  loading.get(shown).then(() => {
    document.getElementById('starting').hidden = true;
    keepForOffline();
  }).catch((error) => {
    loading.delete(shown);
    if (shown.hidden) return;
    if (shown.dataset.program) fail(`The ${shown.id} could not be loaded (${error}).`, show);
    else fail(`Dartboard could not be loaded (${error}). Reload the page to try again.`);
  });
}

let isKept = false;
function keepForOffline() {
  // Only a page on a host has one: what is being worked on is not kept.
  const worker = document.querySelector('meta[name="dartboard-service-worker"]');
  if (!worker || isKept) return;
  isKept = true;
  import('./offline.js').then((module) => module.keepForOffline(absolute(worker.content), worker.dataset));
}

// A menu closes by Escape, and when something else is pressed or gets the focus.
for (const type of ['keydown', 'pointerdown', 'focusin']) addEventListener(type, ({ key, target }) => {
  for (const menu of document.querySelectorAll('.menu[open]')) {
    if (type === 'keydown' ? key !== 'Escape' : menu.contains(target)) continue;
    if (menu.contains(document.activeElement)) menu.firstElementChild.focus();
    menu.open = false;
  }
});

const missing = missingFeatures();
if (missing.length > 0) {
  fail(`This browser lacks ${missing.join(' and ')}, which Dartboard needs. `
    + 'Chrome or Edge 97, Firefox 114, Safari 16.4 and anything newer have it.');
} else {
  addEventListener('hashchange', show);
  show();
}
