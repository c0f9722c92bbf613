//! A host of another origin, with all the answers that downloads meet: whole ones, and each that goes wrong in its own way.
//!
//! It writes to its sockets itself, since no library for servers cuts an answer off, or resets a connection, at the byte that a
//! test wants. A connection has one answer.

mod answer;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use self::answer::{Answer, End};
use crate::Error;

/// Bytes of every body that is not asked for by its size.
pub const SIZE: u64 = 300_000;

/// How many of them come before an answer breaks off.
pub const BROKEN_AT: u64 = 150_000;

/// How long [`Kind::SlowFirstByte`] has nobody hear anything, and how many seconds [`Kind::Unavailable`] asks for.
pub const DELAY: Duration = Duration::from_secs(1);

/// How long after the last byte an answer breaks off.
const BREAK: Duration = Duration::from_millis(200);

/// The expression of JavaScript for the byte `o` of every body: as [`made`] has it.
pub const BYTE_IN_JAVASCRIPT: &str = "(o % 1048573 ^ o % 1048573 >> 8 ^ o % 1048573 >> 16) & 255";

/// A prime, so that what is shifted by the size of some buffer is noticed.
const PERIOD: u64 = 1_048_573;

/// What is written at once, if an answer has no pieces of its own.
const BLOCK: u64 = 65_536;

/// No browser asks in more.
const HEAD_LIMIT: usize = 32_768;

/// Two periods, so that each slice that is no longer than one is found whole.
static BODY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let byte = |offset: u64| (offset ^ offset >> 8 ^ offset >> 16).to_le_bytes()[0];
    (0..PERIOD).chain(0..PERIOD).map(byte).collect()
});

/// Values of `Content-Disposition` that [`DownloadsHost::named`] answers with, nasty ones: paths, controls, marks that turn
/// letters round, devices, nothing, much too much.
pub const DISPOSITIONS: [&str; 14] = [
    "attachment; filename=\"report.pdf\"",
    "attachment; filename=\"../../etc/passwd\"",
    "attachment; filename=\"C:\\\\Windows\\\\a.txt\"",
    "attachment; filename*=UTF-8''%2e%2e%2f%2e%2e%2fevil.sh",
    "attachment; filename=\"plain.txt\"; filename*=UTF-8''%CF%80%20live.txt",
    "attachment; filename*=UTF-8''photo%E2%80%AEgnp.exe",
    "attachment; filename*=UTF-8''a%00b%0D%0Ac.txt",
    "attachment; filename=\"a \\\"quoted\\\" name.txt\"",
    "attachment; filename=\"<img src=x onerror=alert(1)>.html\"",
    "attachment; filename=\"CON\"",
    "attachment; filename=\"\"",
    "attachment; filename=\"...\"",
    "inline",
    "attachment; filename*=UTF-8''%FF%FE%",
];

/// Defines [`Kind`] with the path of each.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $path:literal,)*) => {
        /// A way to answer. Where it does not say otherwise, pages of other sites may read it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Where the host answers so.
            pub fn path(self) -> &'static str {
                match self {
                    $(Self::$kind => $path,)*
                }
            }
        }
    };
}

kinds! {
    /// All [`SIZE`] bytes, with their number.
    Length = "/length",
    /// All of them in chunks, without their number.
    Chunked = "/chunked",
    /// Compressed: the number that is told is that of the compressed bytes. Only the browser knows that they are.
    Gzip = "/gzip",
    /// The same, and scripts may see that it is compressed.
    GzipTold = "/gzip-told",
    /// No byte.
    Empty = "/empty",
    /// 204: no body at all.
    NoContent = "/no-content",
    /// In pieces of 1,000 bytes, one a millisecond.
    SmallPieces = "/small-pieces",
    /// Nothing for a second, then all.
    SlowFirstByte = "/slow-first-byte",
    /// [`BROKEN_AT`] bytes, and nothing more until the reader leaves.
    Stall = "/stall",
    /// Nothing at all until the reader leaves.
    Silent = "/silent",
    /// The connection is closed after [`BROKEN_AT`] of the bytes that were told.
    CutOff = "/cut-off",
    /// The same, where the head says that the connection ends with the answer. `WebKit` takes it for whole.
    CutOffClosing = "/cut-off-closing",
    /// Cut off without a number of bytes: the last chunk is missing. `WebKit` takes it for whole.
    CutOffChunked = "/cut-off-chunked",
    /// The connection is reset after [`BROKEN_AT`] bytes.
    ResetInBody = "/reset-in-body",
    /// The connection is reset before there is an answer. Firefox tries ten times by itself.
    Reset = "/reset",
    /// Nobody listens at the port.
    Nobody = "/nobody",
    /// 404.
    NotFound = "/not-found",
    /// 404 that pages of other sites may not read.
    NotFoundUnreadable = "/not-found-unreadable",
    /// 416 to whatever is asked for.
    RangeRefused = "/range-refused",
    /// 503 with `Retry-After: 1` the first time, then all.
    Unavailable = "/unavailable",
    /// 429 without a word on when to come again, each time.
    TooMany = "/too-many",
    /// 200, but pages of other sites may not read it.
    Unreadable = "/unreadable",
    /// To [`Kind::Length`].
    Redirect = "/redirect",
    /// To [`Kind::Unreadable`].
    RedirectUnreadable = "/redirect-unreadable",
    /// To itself.
    RedirectLoop = "/redirect-loop",
    /// Cut off the first time. Whoever asks for the rest has the rest, by 206.
    Resumes = "/resumes",
    /// Cut off the first time. Whoever asks for the rest has all of it, by 200.
    IgnoresRange = "/ignores-range",
    /// Cut off the first time. Whoever asks for the rest has a part that begins elsewhere, and says so.
    WrongRange = "/wrong-range",
    /// Cut off the first time. Whoever asks for the rest has the rest of another file, by its `ETag`.
    Changes = "/changes",
    /// Cut off the first time, without an `ETag`: nobody knows of which file a rest would be.
    Untagged = "/untagged",
}

/// How a download of [`DownloadsHost::random`] goes wrong at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 503.
    Unavailable,
    /// As [`Kind::CutOff`].
    CutOff,
    /// As [`Kind::Reset`].
    Reset,
    /// As [`Kind::Unreadable`].
    Unreadable,
}

/// What becomes of a download of [`DownloadsHost::random`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// How many attempts go wrong, and how, before one comes whole.
    pub failures: Option<(u64, Fault)>,
    /// Bytes of it.
    pub size: u64,
}

impl Fate {
    /// That of the download `number`: of ten in a row, three go wrong at first.
    pub fn of(number: u64) -> Self {
        // A few bits that look as if they were random: those of the golden ratio.
        let bits = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let fault = [Fault::Unavailable, Fault::CutOff, Fault::Reset, Fault::Unreadable];
        let failure = (1 + (bits >> 40) % 3, fault[index((bits >> 50) % 4)]);
        Self { failures: (number * 7 % 10 < 3).then_some(failure), size: 20_000 + (bits >> 20) % 180_000 }
    }
}

/// What the host knows of the requests for an address, or for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// How many there were.
    pub requests: u64,
    /// How many of them asked for a part.
    pub of_parts: u64,
    /// How many of them told who asks: by a cookie, a password or the address of a page.
    pub telling: u64,
    /// Bytes of bodies that were sent.
    pub bytes: u64,
    /// How many are being answered. One counts until all is sent that its reader may wait for: its last byte, or the head of
    /// one that is refused. That a reader has left otherwise is noticed a moment later.
    pub in_flight: u64,
    /// The most that were at once.
    pub most_in_flight: u64,
}

/// The bytes of `range` of a body: the same for every kind and size.
pub fn made(range: Range<u64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let next = range.end.min(at + BLOCK);
        bytes.extend_from_slice(slice(at, next));
        at = next;
    }
    bytes
}

/// Of at most a period.
fn slice(from: u64, to: u64) -> &'static [u8] {
    &BODY[index(from % PERIOD)..][..index(to - from)]
}

fn index(byte: u64) -> usize {
    usize::try_from(byte).expect("the number of a byte in memory")
}

/// A host on a port of its own; ends when dropped, with all that it answers.
pub struct DownloadsHost {
    port: u16,
    /// Holds a port at which nobody listens.
    nobody: TcpSocket,
    book: SharedBook,
    running: JoinHandle<()>,
}

impl DownloadsHost {
    /// Starts it.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start() -> Result<Self, Error> {
        let opening = || Error::io("opening a port for downloads");
        let nobody = TcpSocket::new_v4().map_err(opening())?;
        nobody.bind(([127, 0, 0, 1], 0).into()).map_err(opening())?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(opening())?;
        let port = listener.local_addr().map_err(opening())?.port();
        let book = SharedBook::default();
        let running = tokio::spawn(listen(listener, book.clone()));
        Ok(Self { port, nobody, book, running })
    }

    /// The address that is answered so.
    ///
    /// # Panics
    /// When the system does not know which port it has given.
    pub fn url(&self, kind: Kind) -> String {
        let port = match kind {
            Kind::Nobody => self.nobody.local_addr().expect("a bound socket").port(),
            _ => self.port,
        };
        format!("http://127.0.0.1:{port}{}", kind.path())
    }

    /// The address of so many bytes.
    pub fn bytes(&self, size: u64) -> String {
        self.at(&format!("/bytes/{size}"))
    }

    /// The address of so many bytes that come evenly within `time`.
    pub fn paced(&self, size: u64, time: Duration) -> String {
        self.at(&format!("/paced/{size}/{}", time.as_millis()))
    }

    /// The address of a download of this [`Fate`].
    pub fn random(&self, number: u64) -> String {
        self.at(&format!("/random/{number}"))
    }

    /// The address of a file that the host calls by that of [`DISPOSITIONS`].
    pub fn named(&self, disposition: usize) -> String {
        self.at(&format!("/named/{disposition}"))
    }

    fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What it knows of the requests for `url`, one of its own.
    pub fn record(&self, url: &str) -> Record {
        let path = url.strip_prefix(&self.at("")).unwrap_or(url);
        self.book.lock().records.get(path).copied().unwrap_or_default()
    }

    /// What it knows of all requests together.
    pub fn total(&self) -> Record {
        self.book.lock().total
    }

    /// Forgets what it knows, also how often an address was asked for.
    pub fn forget(&self) {
        *self.book.lock() = Book::default();
    }
}

impl Drop for DownloadsHost {
    fn drop(&mut self) {
        self.running.abort();
    }
}

#[derive(Default)]
struct Book {
    records: HashMap<String, Record>,
    total: Record,
}

#[derive(Clone, Default)]
struct SharedBook(Arc<Mutex<Book>>);

impl SharedBook {
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is known of `path`, and of all.
    fn note(&self, path: &str, change: impl Fn(&mut Record)) {
        let mut book = self.lock();
        change(book.records.entry(path.to_owned()).or_default());
        change(&mut book.total);
    }
}

/// A request that is being answered.
struct InFlight<'a> {
    book: &'a SharedBook,
    path: &'a str,
}

impl<'a> InFlight<'a> {
    fn begin(book: &'a SharedBook, request: &'a Asked) -> Self {
        let path = &request.path;
        book.note(path, |record| {
            record.requests += 1;
            record.of_parts += u64::from(request.from.is_some());
            record.telling += u64::from(request.tells);
            record.in_flight += 1;
            record.most_in_flight = record.most_in_flight.max(record.in_flight);
        });
        Self { book, path }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        // It may have been forgotten.
        self.book.note(self.path, |record| record.in_flight = record.in_flight.saturating_sub(1));
    }
}

async fn listen(listener: TcpListener, book: SharedBook) {
    // Ended with this function.
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let book = book.clone();
        connections.spawn(async move {
            // A reader that leaves is none of the host's business.
            let _ = serve(socket, &book).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// What a request wants.
struct Asked {
    path: String,
    /// The first byte of the part that is asked for.
    from: Option<u64>,
    is_preflight: bool,
    tells: bool,
}

impl Asked {
    /// None if nothing comes, as on connections that browsers open in case they need one.
    async fn read(socket: &mut TcpStream) -> io::Result<Option<Self>> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() > HEAD_LIMIT || socket.read_buf(&mut head).await? == 0 {
                return Ok(None);
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let method = words.next().unwrap_or_default();
        let path = words.next().unwrap_or_default().split('?').next().unwrap_or_default();
        let headers: HashMap<_, _> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_lowercase(), value.trim()))
            .collect();
        let range = headers.get("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
        Ok(Some(Self {
            path: path.to_owned(),
            from: range.and_then(|from| from.parse().ok()),
            is_preflight: method == "OPTIONS",
            tells: ["cookie", "authorization", "referer"].iter().any(|name| headers.contains_key(*name)),
        }))
    }
}

async fn serve(mut socket: TcpStream, book: &SharedBook) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let Some(request) = Asked::read(&mut socket).await? else { return Ok(()) };
    if request.is_preflight {
        return socket.write_all(Answer::to(&request, 1).head().as_bytes()).await;
    }
    let in_flight = InFlight::begin(book, &request);
    let number = book.lock().records.get(&request.path).map_or(1, |record| record.requests);
    let answer = Answer::to(&request, number);
    if rest_or_gone(&mut socket, answer.before).await {
        return Ok(());
    }
    let stop = match answer.end {
        End::Whole => answer.size(),
        End::ClosedAt(at) | End::ResetAt(at) | End::StallsAt(at) => at,
    };
    let mut head = answer.head().into_bytes();
    // Whoever has all of it may ask for more: then this one does not count any more.
    let mut in_flight = answer.has_content().then_some(in_flight);
    let mut at = 0;
    while at < stop {
        let next = stop.min(at + answer.pieces.0);
        let (body, length) = (answer.body(at, next), next - at);
        if answer.is_chunked {
            head.extend_from_slice(format!("{length:x}\r\n").as_bytes());
        }
        socket.write_all(&head).await?;
        head.clear();
        let (body, last) = body.split_at(body.len() - 1);
        socket.write_all(body).await?;
        book.note(&request.path, |record| record.bytes += length);
        at = next;
        if at == stop && answer.end == End::Whole {
            in_flight = None;
        }
        socket.write_all(last).await?;
        if answer.is_chunked {
            head.extend_from_slice(b"\r\n");
        }
        if at < stop && rest_or_gone(&mut socket, answer.pieces.1).await {
            return Ok(());
        }
    }
    if !matches!(answer.end, End::StallsAt(_)) {
        drop(in_flight.take());
    }
    if answer.is_chunked && answer.end == End::Whole {
        head.extend_from_slice(b"0\r\n\r\n");
    }
    if matches!(answer.end, End::ClosedAt(at) | End::ResetAt(at) if at > 0) {
        // A break may overtake what was sent just before, and then there is nothing to resume.
        sleep(BREAK).await;
    }
    socket.write_all(&head).await?;
    match answer.end {
        End::Whole | End::ClosedAt(_) => socket.shutdown().await,
        End::ResetAt(_) => socket.set_zero_linger(),
        End::StallsAt(_) => {
            until_gone(&mut socket).await;
            Ok(())
        }
    }
}

/// Waits for so long, or until the reader has left: then true.
async fn rest_or_gone(socket: &mut TcpStream, time: Duration) -> bool {
    if time.is_zero() {
        return false;
    }
    tokio::select! {
        () = until_gone(socket) => true,
        () = sleep(time) => false,
    }
}

async fn until_gone(socket: &mut TcpStream) {
    let mut more = [0; 64];
    while socket.read(&mut more).await.is_ok_and(|read| read > 0) {}
}
