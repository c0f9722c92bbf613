// Checks that this browser can run Dartboard, then loads the program of the page that the address names and no other.
// The page says what is missing or fails.
const app = document.querySelector('script[data-app-js]').dataset;

// The smallest module with a SIMD instruction: `v128.const` and `i8x16.popcnt`, dropped.
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 25, 1, 23, 0, 253, 12,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 253, 98, 26, 11,
]);

function hasModuleWorkers() {
  let asked = false;
  try {
    // A browser that knows module workers reads `type` before it finds that the address is invalid.
    new Worker('http://:', { get type() { asked = true; return 'module'; } });
  } catch {
    // Expected: nothing should start.
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

// Other deployments may be on the same host: the names of everything stored contain the path that this one is served under.
root.dataset.scope = new URL('.', document.baseURI).pathname;

// The colours chosen by the user, set before anything is drawn in others.
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

// The elements that pages are shown in; the first one is also for an address that names no page.
const pages = [...document.querySelectorAll('[data-route]')];

// Translators replace texts by elements, but a page's program goes on changing the texts that it made. So each of
// these goes back to its place, empty, before its translation, and the translation goes when the program changes or removes
// the text.
const translated = new Map();
const watcher = new MutationObserver((records) => {
  const added = new Set(records.flatMap((record) => [...record.addedNodes]));
  for (const { type, target, addedNodes, removedNodes, previousSibling, nextSibling } of records) {
    if (type === 'characterData') {
      translated.get(target)?.translation.forEach((node) => node.remove());
      translated.delete(target);
    }
    // No program of a page replaces a text in one step, or makes such an element.
    const translation = addedNodes.length ? [...addedNodes]
      : [previousSibling, nextSibling].filter((node) => node?.localName === 'font' && added.has(node));
    for (const text of removedNodes) {
      if (text.nodeType !== 3 || translated.has(text) || translation[0]?.parentNode !== target) continue;
      // Some put the text itself into their element.
      if (text.isConnected) text.replaceWith(text.data);
      translated.set(text, { translation, original: text.data });
      text.data = '';
      translation[0].before(text);
      watcher.observe(text, { characterData: true });
    }
  }
  for (const [text, { translation, original }] of translated) {
    const isShown = translation[0].isConnected;
    if (isShown && text.isConnected) continue;
    // The user has asked for the original, or the program no longer needs the text.
    if (isShown) translation.forEach((node) => node.remove());
    else if (text.data === '') text.data = original;
    translated.delete(text);
  }
  // Ignore the changes made here.
  watcher.takeRecords();
});
for (const page of pages) watcher.observe(page, { childList: true, subtree: true });

// The programs of pages, loaded or being loaded.
const loading = new Map();

// How often something could not be loaded.
let failures = 0;

// Loads a script and starts it, at the second attempt if the first one fails.
async function load(path, start, attempts = 2) {
  const script = absolute(path);
  // Firefox never asks again for a script that did not arrive, nor WebKit for one that was preloaded, and no browser restarts
  // one that failed, unless its address is different.
  if (failures > 0) script.search = failures;
  try {
    return await start(await import(script));
  } catch (error) {
    failures += 1;
    if (attempts > 1) return load(path, start, attempts - 1);
    throw error;
  }
}

// Loads the program of a page: the one that its element names, or else the app's. If it has its own style sheet, that comes first.
async function loadPage({ dataset: { program, style } }) {
  if (style) await loadStyle(style);
  return load(program ?? app.appJs, (module) =>
    module.default(program ? undefined : { module_or_path: absolute(app.appWasm) }));
}

function loadStyle(path) {
  return new Promise((resolve, reject) => {
    // Pages may share a style sheet, and a page that is loaded again has it already.
    if ([...document.styleSheets].some(({ href }) => href === absolute(path).href)) return resolve();
    const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: absolute(path) });
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      reject(new Error('its style sheet did not arrive'));
    };
    document.head.append(link);
  });
}

// Shows the page that the address names. The others stay as they are; their programs pause what they do.
function show() {
  const [route] = location.hash.split('?');
  const isAt = ({ dataset }) => route === dataset.route || route.startsWith(`${dataset.route}/`);
  const shown = pages.find(isAt) ?? pages[0];
  for (const page of pages) page.hidden = page !== shown;
  document.getElementById('fatal').hidden = true;
  if (!loading.has(shown)) loading.set(shown, loadPage(shown));
  loading.get(shown).then(() => {
    document.getElementById('starting').hidden = true;
    keepForOffline();
  }).catch((error) => {
    loading.delete(shown);
    if (shown.hidden) return;
    if (shown.dataset.program) fail(`The ${shown.id} could not be loaded (${error}).`, show);
    else fail(`Dartboard could not be loaded (${error}). Reload the page, or try here.`, show);
  });
}

let isKept = false;
function keepForOffline() {
  // Only a page on a host has one: development builds are not cached.
  const worker = document.querySelector('meta[name="dartboard-service-worker"]');
  if (!worker || isKept) return;
  isKept = true;
  load('./offline.js', (module) => module.keepForOffline(absolute(worker.content), worker.dataset))
    .catch((error) => {
      isKept = false;
      document.getElementById('offline').textContent = `; not kept for use without a network (${error})`;
    });
}

// Escape closes a menu, and so does pressing or focusing something else.
for (const type of ['keydown', 'pointerdown', 'focusin']) addEventListener(type, ({ key, target }) => {
  for (const menu of document.querySelectorAll('.menu[open]')) {
    if (type === 'keydown' ? key !== 'Escape' : menu.contains(target)) continue;
    if (menu.contains(document.activeElement)) menu.firstElementChild.focus();
    menu.open = false;
  }
});

const missing = missingFeatures();
if (missing.length > 0) {
  fail(`Here the browser lacks ${missing.join(' and ')}, which Dartboard needs. Either it is older than Chrome or Edge 97, `
    + 'Firefox 114 or Safari 16.4, or a security setting switches this off.');
} else {
  addEventListener('hashchange', show);
  show();
}
