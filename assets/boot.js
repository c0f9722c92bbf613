// Checks that this browser can run Dartboard, then loads the app. What is missing or fails is said on the page.
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

function fail(text) {
  const message = document.getElementById('fatal');
  message.textContent = text;
  message.hidden = false;
  document.getElementById('starting').hidden = true;
}

// The colours chosen by the user, before anything is drawn in others.
try {
  document.documentElement.dataset.theme = localStorage.getItem('dartboard.theme') ?? 'auto';
} catch {
  // Nothing can be stored here: the system's preference holds.
}

const missing = missingFeatures();
if (missing.length > 0) {
  fail(`This browser lacks ${missing.join(' and ')}, which Dartboard needs. `
    + 'Chrome or Edge 91, Firefox 114, Safari 16.4 and anything newer have it.');
} else {
  const absolute = (path) => new URL(path, document.baseURI);
  import(absolute(app.appJs))
    .then((module) => module.default({ module_or_path: absolute(app.appWasm) }))
    .catch((error) => fail(`Dartboard could not be loaded (${error}). Reload the page to try again.`));
}
