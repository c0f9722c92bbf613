// Has the service worker keep this build for use without a network, and offers a newer one that it has kept.
const update = document.getElementById('update');
const offline = document.getElementById('offline');

// How often this page looks whether another service worker has come into use, and asks the host for a new build.
const ASK_MS = 1_000;
const LOOK_MS = 3_600_000;

export async function keepForOffline(script, own) {
  if (!navigator.serviceWorker) {
    offline.textContent = '; this browser cannot keep it for use without a network';
    return;
  }
  try {
    // Its script is asked for at the host at every visit, not at a cache.
    const registration = await navigator.serviceWorker.register(script, { updateViaCache: 'none' });
    // One that waits has kept its build, and can wait for minutes until the other has nothing to do. Looked at now and
    // then, not heard by its events: one may come before anybody listens.
    let asked;
    const askNewest = () => {
      const newest = registration.waiting ?? registration.active;
      if (!newest || newest === asked) return;
      asked = newest;
      ask(newest, own);
    };
    askNewest();
    setInterval(askNewest, ASK_MS);
    // Browsers look for a new build when they find the time; without a network there is none.
    const look = () => registration.update().catch(() => {});
    if (registration.active) look();
    setInterval(look, LOOK_MS);
  } catch {
    offline.textContent = '; it could not be kept for use without a network';
  }
}

// Tells the service worker which build this page is of, and hears which one it has kept last, and its stream.
function ask(worker, { build, stream }) {
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }) => {
    offline.textContent = '; kept for use without a network';
    if (data.newest === build) return;
    document.getElementById('update-stream').hidden = data.stream === stream;
    document.getElementById('update-now').onclick = () => take(worker);
    document.getElementById('update-later').onclick = () => { update.hidden = true; };
    update.hidden = false;
  };
  worker.postMessage({ build }, [channel.port2]);
}

function take(worker) {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => location.reload();
  worker.postMessage({ take: true }, [channel.port2]);
}
