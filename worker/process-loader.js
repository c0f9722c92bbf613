// What the lesson *Processes* runs in workers: one that posts back what comes, and the script that starts itself twice.
// Which of them, its worker's name says. process.js loads it too, so that the page runs the same script.

// The question of Python's guard, `__name__ == "__main__"`: only the page has a document.
const isMain = 'document' in self;

// Starts two workers of this script. `path` says who has started whom: one sign a generation. What is heard of them and of
// those below them goes to `tell`. A missing number of generations is none.
export function startTwo(path, generations, isGuarded, tell) {
  if (!(path.length < generations)) return [];
  return ['0', '1'].map((number) => startOne(path + number, generations, isGuarded, tell));
}

export function startOne(path, generations, isGuarded, tell) {
  const name = ['nest', path, generations, isGuarded].join(' ');
  const worker = new Worker(import.meta.url, { type: 'module', name });
  worker.onmessage = ({ data }) => tell(data);
  worker.onerror = (event) => {
    event.preventDefault();
    // WebKit fetches the script of a worker's worker past the service worker, so without the header that it needs in an
    // isolated page. The page then starts it for the worker.
    tell(isMain ? failed(event) : { kind: 'start', path });
  };
  return worker;
}

// What is told of a worker that does not run.
export function failed({ message }) {
  return { kind: 'failed', text: message || 'its script could not be loaded' };
}

const [role, path, generations, isGuarded] = self.name.split(' ');

if (role === 'nest' && !isMain) {
  // The top of the script: it starts two unless it asks first who it is.
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
