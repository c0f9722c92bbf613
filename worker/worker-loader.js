// Starts the worker's program. If it cannot be loaded, a message tells the page (`FromWorker::StartFailed`
// of points/src/protocol.rs), because not every browser raises an error event for it.

// The kernel `math_random`, for comparison: the usual program in JavaScript. The benchmark's page and threads load this file only for
// this loop, so that all run the same one. An address cannot tell them apart: what a service worker answers has no # in it.
self.count_by_math_random = (points) => {
  let inside = 0;
  for (let point = 0; point < points; point += 1) {
    const x = Math.random();
    const y = Math.random();
    if (x * x + y * y < 1) inside += 1;
  }
  return inside;
};

// Fetched whole, then compiled: in Firefox 140, a truncated file that is compiled as it comes neither starts nor fails.
// Imported here, not by a static import: when several module workers with a static import start together in an isolated page,
// WebKit lets all but the first fail silently.
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
