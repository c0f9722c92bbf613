// Has the service worker cache this build for use without a network, says which programs it has, and offers a newer build
// that it has cached.
const update = document.getElementById('update');
const offline = document.getElementById('offline');
const kept = document.getElementById('programs');

// How often this page looks whether another service worker has come into use, and asks the host for a new build.
const ASK_MS = 1_000;
const LOOK_MS = 3_600_000;

// Whether this page would start without a network, according to the last message.
let isKept = false;

// The new build that the user does not want on this visit.
let refused;

// Earlier service workers do not say which programs they have.
function sayKept(programs = 'π live') {
  // A screen reader says it once, although programs come one by one.
  if (!isKept) offline.textContent = '; kept for use without a network';
  isKept = true;
  delete offline.dataset.trouble;
  kept.textContent = `: ${programs}`;
}

function sayNotKept(reason) {
  isKept = false;
  offline.dataset.trouble = reason;
  kept.textContent = '';
  offline.textContent = `; not kept for use without a network: ${reason}`;
}

export async function keepForOffline(script, own) {
  try {
    // A class is of no use without the computer that runs it.
    if (document.querySelector('[name=dartboard-hall]')) return sayNotKept('it is the class’s own');
    // Insecure addresses have none, and some frames may not even ask.
    if (!isSecureContext) return sayNotKept('that needs an address that begins with https');
    const { serviceWorker } = navigator;
    if (!serviceWorker) return sayNotKept('this browser keeps nothing here');
    // An update that fails removes nothing.
    serviceWorker.onmessage = ({ data }) => { if (!isKept) sayNotKept(data.trouble); };
    // On every visit its script is fetched from the host, not from a cache.
    const registration = await serviceWorker.register(script, { updateViaCache: 'none' });
    // One that waits has cached its build, and waits until no page of the other is open. It is polled: an event may come before
    // anybody listens.
    let asked;
    const askNewest = () => {
      const newest = registration.waiting ?? registration.active;
      if (!newest || newest === asked) return;
      asked = newest;
      (self.requestIdleCallback ?? setTimeout)(() => ask(newest, own), { timeout: ASK_MS });
    };
    askNewest();
    setInterval(askNewest, ASK_MS);
    // Browsers look for a new build when they find the time; without a network there is none.
    const look = () => registration.update().catch(() => {});
    if (registration.active) look();
    setInterval(look, LOOK_MS);
    // Browsers clear what they have stored for a page when they need the room, and another program may be opened.
    for (const type of ['visibilitychange', 'hashchange']) {
      addEventListener(type, () => { if (!document.hidden) asked = null; });
    }
  } catch (error) {
    sayNotKept(error.message);
  }
}

// Tells the service worker which build this page is of, and hears what it has cached of the build, which build came last, and
// its stream. Where the user saves data, it is not asked to fetch the other programs.
function ask(worker, { build, stream }) {
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }) => {
    if (data.trouble) return sayNotKept(data.trouble);
    sayKept(data.programs);
    if (data.newest === build || data.newest === refused) return;
    document.getElementById('update-stream').hidden = data.stream === stream;
    document.getElementById('update-now').onclick = () => take(worker);
    document.getElementById('update-later').onclick = () => {
      refused = data.newest;
      update.hidden = true;
    };
    update.hidden = false;
  };
  worker.postMessage({ build, others: !navigator.connection?.saveData }, [channel.port2]);
}

function take(worker) {
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }) => (data.trouble ? sayNotKept(data.trouble) : location.reload());
  worker.postMessage({ take: true }, [channel.port2]);
}
