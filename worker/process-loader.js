// What the lessons on processes run in workers: one that posts back what comes, the script that starts itself twice, the two
// ends of a message queue, and one that takes turns with another. The worker's name says which of them. process.js loads it
// too, so that the page runs the same script.

// The question of Python's guard, `__name__ == "__main__"`: only the page has a document.
const isMain = 'document' in self;

// Starts two workers of this script. `path` says who has started whom: one sign for each generation. What they and those
// below them say goes to `tell`. A missing number of generations means none.
export function startTwo(path, generations, isGuarded, tell) {
  if (!(path.length < generations)) return [];
  return ['0', '1'].map((number) => startOne(path + number, generations, isGuarded, tell));
}

export function startOne(path, generations, isGuarded, tell) {
  // In WebKit, the script of a worker's worker bypasses the service worker, so it lacks the header that it needs in an
  // isolated page. Then the page starts it for the worker.
  const onFailed = (event) => tell(isMain ? failed(event) : { kind: 'start', path });
  const worker = start(['nest', path, generations, isGuarded].join(' '), onFailed);
  worker.onmessage = ({ data }) => tell(data);
  return worker;
}

// Starts a worker of this script under that name.
export function start(name, onFailed) {
  const worker = new Worker(import.meta.url, { type: 'module', name });
  worker.onerror = (event) => {
    event.preventDefault();
    onFailed(event);
  };
  return worker;
}

// The report of a worker that does not run.
export function failed({ message }) {
  return { kind: 'failed', text: message || 'its script could not be loaded' };
}

const [role, path, generations, isGuarded] = self.name.split(' ');

if (role === 'nest' && !isMain) {
  // The top of the script: it starts two workers, unless it first asks who it is.
  const wants = isGuarded !== '1' || isMain;
  const started = wants ? startTwo(path, Number(generations), isGuarded, (data) => postMessage(data)) : [];
  postMessage({ kind: 'born', path, started: started.length, ended: wants && started.length === 0 ? 1 : 0 });
}

if (role === 'echo' && !isMain) {
  self.onmessage = ({ data: [thing, isHandedOver] }) => {
    try {
      postMessage({ thing }, isHandedOver ? [thing] : []);
    } catch (error) {
      postMessage({ error: `on the way back: ${error}` });
    }
  };
  self.onmessageerror = () => postMessage({ error: 'the worker could not read it' });
}

// The time in milliseconds, by a clock that workers share.
const now = () => performance.timeOrigin + performance.now();

const ROLES = {
  // Posts so many lines to the other end, and a sentinel.
  put([port, items]) {
    const begun = now();
    for (let item = 0; item < items; item += 1) port.postMessage(`item ${item}`);
    port.postMessage(null);
    postMessage({ begun, ended: begun });
  },
  // Counts what comes until there is a sentinel.
  get([port]) {
    let count = 0;
    port.onmessage = ({ data }) => {
      if (data === null) postMessage({ count, ended: now() });
      else count += 1;
    };
  },
  // Takes the lock so often, and adds 1 under it: in shared memory, where there is one, in three steps.
  async lock([name, turns, counter]) {
    const begun = now();
    let count = 0;
    for (let turn = 0; turn < turns; turn += 1) {
      await navigator.locks.request(name, () => {
        count += 1;
        if (counter) counter[0] += 1;
      });
    }
    postMessage({ begun, count, ended: now() });
  },
};

if (Object.hasOwn(ROLES, role) && !isMain) {
  self.onmessage = ({ data }) => ROLES[role](data);
  postMessage('ready');
}
