// Starts the program that downloads: the only worker that may fetch from other hosts. If it cannot be loaded, a message tells the page
// (`Report::Failed` of threads/src/task.rs), because not every browser raises an error event for it. Why it is
// loaded in this way: worker-loader.js.

async function start() {
  const [{ initSync }] = await Promise.all([import('./download.js'), import('./own-files.js')]);
  const response = await fetch(new URL('./download_bg.wasm', import.meta.url));
  if (!response.ok) throw new Error(`${response.status} for ${response.url}`);
  initSync({ module: await response.arrayBuffer() });
}

start().catch((error) => {
  postMessage(new URLSearchParams({ kind: 'failed', text: String(error).slice(0, 500) }).toString());
});
