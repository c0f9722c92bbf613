//! Pages of a class in a real browser. What stands in for their hall gives them files and seats, and passes them on to the
//! servers of a cluster.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, fs, io};

use dartboard_e2e::{Browser, Error, Mirror};
use dartboard_points::query::encode;
use dartboard_points::tally::BLOCK_POINTS;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// How long something may take on a machine that is kept busy.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a page is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long a browser may take to die.
const LAST_BREATH: Duration = Duration::from_secs(2);

/// Browsers with a page each, which come back when they are killed.
pub(crate) struct Pages {
    open: Vec<Page>,
    told: Arc<Told>,
    door: JoinHandle<()>,
}

struct Page {
    kill: mpsc::Sender<()>,
    task: JoinHandle<Result<HashMap<String, String>, Error>>,
}

/// What pages have told.
#[derive(Default)]
struct Told {
    joined: AtomicUsize,
    points: AtomicU64,
}

impl Pages {
    /// So many pages of the release in `DARTBOARD_DIST`, which take part in `run` by the servers that listen for browsers at
    /// `ports`; none where there is no release or no browser.
    pub(crate) async fn open(count: usize, run: &str, ports: Vec<u16>) -> Option<Self> {
        let Some(files) = env::var_os("DARTBOARD_DIST").map(PathBuf::from) else {
            eprintln!("left out: the pages in Chromium: there is no release (DARTBOARD_DIST)");
            return None;
        };
        if let Err(error) = Browser::start().await {
            eprintln!("left out: the pages in Chromium: {error}");
            return None;
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}/#/hall?code=4719", listener.local_addr().expect("it listens"));
        let told = Arc::<Told>::default();
        let hall = Hall { files, run: run.to_owned(), ports, told: Arc::clone(&told) };
        let door = tokio::spawn(serve(listener, Arc::new(hall)));
        let page = |_| {
            let (kill, killed) = mpsc::channel(1);
            let task = tokio::spawn(take_part(address.clone(), killed, Arc::clone(&told)));
            Page { kill, task }
        };
        Some(Self { open: (0..count).map(page).collect(), told, door })
    }

    /// Crashes the browser of a page, which comes back in another browser as one that knows nothing.
    pub(crate) fn kill(&self, number: usize) {
        // One that has not come back since the last time is not killed twice.
        let _waits = self.open[number].kill.try_send(()).is_err();
    }

    /// Waits until all say that the run is finished: the points inside that each of them shows, and what was counted in them.
    pub(crate) async fn endings(self) -> (Vec<String>, String) {
        let mut shown = Vec::new();
        for page in self.open {
            let ended = timeout(PATIENCE, page.task).await.expect("a page hears that the run is finished");
            let state = ended.expect("a page does not fail").expect("a browser starts");
            shown.push(state.get("totalInside").cloned().unwrap_or_default());
        }
        self.door.abort();
        let joined = self.told.joined.load(Ordering::Relaxed);
        let blocks = self.told.points.load(Ordering::Relaxed) / BLOCK_POINTS;
        (shown, format!("pages joined {joined} times and counted {blocks} blocks"))
    }
}

/// A page, from joining to the end of the run: what it shows then.
async fn take_part(
    address: String,
    mut killed: mpsc::Receiver<()>,
    told: Arc<Told>,
) -> Result<HashMap<String, String>, Error> {
    loop {
        let browser = Browser::start().await?;
        tokio::select! {
            ended = count(&browser, &address, &told) => match ended {
                Ok(state) => return Ok(state),
                // On a machine that stands still for minutes: it is as if it had been killed.
                Err(error) => eprintln!("the browser of a page is ended, and it comes back: {error}"),
            },
            Some(()) = killed.recv() => {
                // It dies before it can answer.
                let crash = browser.devtools("Browser.crash", json!({}));
                drop(timeout(LAST_BREATH, crash).await);
            }
        }
    }
}

async fn count(browser: &Browser, address: &str, told: &Told) -> Result<HashMap<String, String>, Error> {
    let hall = Mirror::new(browser, "hall", PATIENCE);
    browser.webdriver().goto(address).await?;
    hall.wait_for("form to join by", |state| state.get("view").is_some_and(|view| view == "join")).await?;
    browser.evaluate::<()>("document.querySelector('.class-form').requestSubmit(); return null;").await?;
    let mut seen = 0;
    loop {
        let state = hall.state().await?;
        let points = state.get("points").and_then(|points| points.parse().ok()).unwrap_or(0);
        told.points.fetch_add(u64::saturating_sub(points, seen), Ordering::Relaxed);
        seen = points;
        match state.get("standing").map_or("", String::as_str) {
            "finished" => return Ok(state),
            standing @ ("excluded" | "refused") => panic!("a page is {standing}"),
            _ => sleep(LOOK_EVERY).await,
        }
    }
}

/// What a hall is to its pages.
struct Hall {
    files: PathBuf,
    run: String,
    ports: Vec<u16>,
    told: Arc<Told>,
}

async fn serve(listener: TcpListener, hall: Arc<Hall>) {
    loop {
        let (socket, _) = listener.accept().await.expect("it listens");
        let hall = Arc::clone(&hall);
        // A browser that is killed ends in the middle.
        tokio::spawn(async move { drop(hall.answer(socket).await) });
    }
}

impl Hall {
    /// Answers one request.
    async fn answer(&self, mut socket: TcpStream) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(socket.read_u8().await?);
        }
        let text = String::from_utf8_lossy(&head);
        let path = text.split([' ', '?']).nth(1).unwrap_or_default().trim_start_matches('/');
        match path {
            "hall/nats" => {
                let mut broker = self.broker().await?;
                broker.write_all(&head).await?;
                copy_bidirectional(&mut socket, &mut broker).await?;
                Ok(())
            }
            "hall/join" => {
                let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: "));
                let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
                socket.read_exact(&mut vec![0; length]).await?;
                // The servers of a cluster know no passwords.
                let number = self.told.joined.fetch_add(1, Ordering::Relaxed);
                let texts =
                    [("seat", &*format!("s{number:03}")), ("password", "none"), ("run", self.run.as_str())];
                let seat = encode("seat", &[("number", number as u64)], &texts);
                reply(&mut socket, "200 OK", "text/plain", seat.as_bytes()).await
            }
            "" | "index.html" => {
                let page = fs::read_to_string(self.files.join("index.html"))?;
                let mark = format!("<meta name=\"dartboard-hall\" content=\"{}\"></head>", self.run);
                let page = page.replacen("</head>", &mark, 1);
                reply(&mut socket, "200 OK", "text/html", page.as_bytes()).await
            }
            // As a hall, which keeps nothing for use without it.
            "service-worker.js" => reply(&mut socket, "404 Not Found", "text/plain", b"").await,
            path => match fs::read(self.files.join(path)) {
                Ok(file) => reply(&mut socket, "200 OK", content_type(Path::new(path)), &file).await,
                Err(_) => reply(&mut socket, "404 Not Found", "text/plain", b"").await,
            },
        }
    }

    /// A connection to one of the servers that are there, another one each time.
    async fn broker(&self) -> io::Result<TcpStream> {
        static TURN: AtomicUsize = AtomicUsize::new(0);
        let first = TURN.fetch_add(1, Ordering::Relaxed);
        for next in 0..self.ports.len() {
            let port = self.ports[(first + next) % self.ports.len()];
            if let Ok(broker) = TcpStream::connect(("127.0.0.1", port)).await {
                return Ok(broker);
            }
        }
        Err(io::ErrorKind::NotConnected.into())
    }
}

async fn reply(socket: &mut TcpStream, status: &str, kind: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    socket.write_all(&[head.as_bytes(), body].concat()).await?;
    socket.shutdown().await
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
