// Starts a thread's program. If it cannot be loaded, a message tells the page (`Report::Failed` of
// threads/src/task.rs), because not every browser raises an error event for it. Why it is loaded in this way: worker-loader.js.

// What a worker must not do: the error that the browser throws is the lesson (touch_page in src/thread/main.rs).
self.touch_page = () => {
  document.title = 'touched by a worker';
};

async function start() {
  // The second one only for its loop over Math.random().
  self.isThread = true;
  const [{ initSync }] = await Promise.all([import('./thread.js'), import('./worker-loader.js')]);
  const response = await fetch(new URL('./thread_bg.wasm', import.meta.url));
  if (!response.ok) throw new Error(`${response.status} for ${response.url}`);
  initSync({ module: await response.arrayBuffer() });
}

start().catch((error) => {
  postMessage(new URLSearchParams({ kind: 'failed', text: String(error).slice(0, 500) }).toString());
});
