// Starts the worker's program. A failure to load it is told to the page as a message (`FromWorker::StartFailed`
// of worker/src/protocol.rs), because not every browser raises an error event for it.
import init from './worker.js';

init().catch((error) => {
  postMessage(new URLSearchParams({ kind: 'start_failed', text: String(error).slice(0, 500) }).toString());
});
