// Starts the worker's program. A failure to load it is told to the page as a message (`FromWorker::StartFailed`
// of points/src/protocol.rs), because not every browser raises an error event for it.

// The kernel `math_random`, for comparison: the usual program in JavaScript. The benchmark's page and threads load this file for
// it alone, so that all run the same loop. An address cannot tell: a service worker's answer has none with a #.
self.count_by_math_random = (points) => {
  let inside = 0;
  for (let point = 0; point < points; point += 1) {
    const x = Math.random();
    const y = Math.random();
    if (x * x + y * y < 1) inside += 1;
  }
  return inside;
};

// Fetched whole, then compiled: a file cut off that is compiled as it comes neither starts nor fails in Firefox 140.
// Imported here, not by a static import: of several module workers with one that start together in an isolated page,
// WebKit lets all but the first fail without a word.
async function start() {
  const { initSync } = await import('./worker.js');
  const response = await fetch(new URL('./worker_bg.wasm', import.meta.url));
  if (!response.ok) throw new Error(`${response.status} for ${response.url}`);
  initSync({ module: await response.arrayBuffer() });
}

if (!self.document && !self.isThread) {
  start().catch((error) => {
    postMessage(new URLSearchParams({ kind: 'start_failed', text: String(error).slice(0, 500) }).toString());
  });
}
