// Where the text that a pipeline writes is kept: in a file of the browser's own file system, so that memory stays free. The
// writer's worker opens and fills it, the page takes it from there. What a page keeps is under a lock of its name: what is
// under none was left by a page that is gone.

const PREFIX = 'pipeline-';

const root = () => navigator.storage.getDirectory();

// A file's access for this worker, which writes and reads at once; null if the browser has none.
async function open(name) {
  try {
    const file = await (await root()).getFileHandle(PREFIX + name, { create: true });
    const access = await file.createSyncAccessHandle();
    // What another run has written there.
    access.truncate(0);
    return access;
  } catch {
    return null;
  }
}

// What is in the file so far.
async function take(name) {
  return await (await (await root()).getFileHandle(PREFIX + name)).getFile();
}

// Keeps the file of this name until the function that it gives is called. Deletes those that nobody keeps.
function keep(name) {
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  const isKept = () => held.then(() => clear());
  if (navigator.locks) navigator.locks.request(PREFIX + name, isKept).catch(() => {});
  clear();
  return () => release();
}

async function clear() {
  try {
    const folder = await root();
    for await (const name of folder.keys()) {
      if (!name.startsWith(PREFIX)) continue;
      await navigator.locks.request(name, { ifAvailable: true }, (lock) => lock && folder.removeEntry(name).catch(() => {}));
    }
  } catch {
    // Nothing is kept here, so nothing has to go.
  }
}

self.dartboard_output = { open, take, keep };
