// Files in the browser's private file system, so that memory stays free: what a pipeline writes, what is downloaded. A worker
// opens and fills them, in a folder for one run of one page. That page holds a lock with the folder's name: a folder
// without a lock was left by a page that is gone.

const PREFIX = 'dartboard-';

const root = () => navigator.storage.getDirectory();
const folder = async (name) => (await root()).getDirectoryHandle(PREFIX + name, { create: true });

// A file's synchronous access handle for this worker; null if the browser has none.
async function open(name, file) {
  try {
    const handle = await (await folder(name)).getFileHandle(file, { create: true });
    const access = await handle.createSyncAccessHandle();
    // What another run has written there.
    access.truncate(0);
    return access;
  } catch {
    return null;
  }
}

// What is in the file so far.
async function take(name, file) {
  return await (await (await folder(name)).getFileHandle(file)).getFile();
}

async function remove(name, file) {
  await (await folder(name)).removeEntry(file).catch(() => {});
}

// Keeps the folder of this name until the returned function is called. Deletes folders that nobody keeps.
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
    const folders = await root();
    for await (const name of folders.keys()) {
      if (!name.startsWith(PREFIX)) continue;
      const isLeft = (lock) => lock && folders.removeEntry(name, { recursive: true }).catch(() => {});
      await navigator.locks.request(name, { ifAvailable: true }, isLeft);
    }
  } catch {
    // Nothing is kept here, so nothing has to go.
  }
}

self.dartboard_files = { open, take, remove, keep };
