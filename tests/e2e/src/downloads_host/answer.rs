//! What the host answers with, kind by kind.

use std::fmt::Write;
use std::io;
use std::ops::Range;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Asked, BLOCK, BROKEN_AT, DELAY, DISPOSITIONS, Fate, Fault, Kind, SIZE, index, made, slice};

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself.
    Whole,
    /// The connection is closed after so many bytes.
    ClosedAt(u64),
    /// The connection is reset after so many bytes.
    ResetAt(u64),
    /// Nothing more comes after so many bytes.
    StallsAt(u64),
}

/// An answer, as it is to be written.
pub(super) struct Answer {
    /// None: there is not even a head.
    status: Option<&'static str>,
    is_readable: bool,
    headers: Vec<(&'static str, String)>,
    /// What of the body's bytes.
    range: Range<u64>,
    /// Another body.
    given: Option<Vec<u8>>,
    pub(super) is_chunked: bool,
    /// How much is written at once, and how long the host rests after that.
    pub(super) pieces: (u64, Duration),
    pub(super) before: Duration,
    pub(super) end: End,
}

impl Answer {
    fn whole(size: u64) -> Self {
        Self {
            status: Some("200 OK"),
            is_readable: true,
            headers: Vec::new(),
            range: 0..size,
            given: None,
            is_chunked: false,
            pieces: (BLOCK, Duration::ZERO),
            before: Duration::ZERO,
            end: End::Whole,
        }
    }

    fn of_status(status: &'static str) -> Self {
        Self { status: Some(status), given: Some(b"none\n".to_vec()), ..Self::whole(0) }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn until(self, end: End) -> Self {
        Self { end, ..self }
    }

    fn unreadable(self) -> Self {
        Self { is_readable: false, ..self }
    }

    fn chunked(self) -> Self {
        Self { is_chunked: true, ..self }
    }

    fn redirect(to: Kind) -> Self {
        Self { given: Some(Vec::new()), ..Self::of_status("302 Found") }.with("Location", to.path())
    }

    fn gzip() -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to a Vec cannot fail.
        let _ = io::Write::write_all(&mut encoder, &made(0..SIZE));
        let given = encoder.finish().unwrap_or_default();
        Self { given: Some(given), ..Self::whole(0) }.with("Content-Encoding", "gzip")
    }

    /// The rest from byte `from` on.
    fn rest(from: u64, tag: &str) -> Self {
        if from >= SIZE {
            return Self::of_status("416 Range Not Satisfiable")
                .with("Content-Range", format!("bytes */{SIZE}"));
        }
        Self { status: Some("206 Partial Content"), range: from..SIZE, ..Self::whole(SIZE) }
            .with("Content-Range", format!("bytes {from}-{}/{SIZE}", SIZE - 1))
            .with("ETag", tag)
    }

    /// To the attempt `number`, from 1 on, to get `path`.
    pub(super) fn to(request: &Asked, number: u64) -> Self {
        if request.is_preflight {
            return Self { given: Some(Vec::new()), ..Self::of_status("204 No Content") }
                .with("Access-Control-Allow-Headers", "Range, If-Range");
        }
        if let Some(kind) = Kind::ALL.iter().find(|kind| kind.path() == request.path) {
            return Self::of_kind(*kind, request.from, number);
        }
        let parts: Vec<_> = request.path.split('/').collect();
        let numbers: Vec<u64> = parts.iter().filter_map(|part| part.parse().ok()).collect();
        match (parts[1], &numbers[..]) {
            ("bytes", &[size]) => Self::whole(size),
            ("paced", &[size, ms]) => {
                let pieces = (ms / 20).max(1);
                Self {
                    pieces: (size.div_ceil(pieces).max(1), Duration::from_millis(20)),
                    ..Self::whole(size)
                }
            }
            ("random", &[random]) => Self::of_fate(Fate::of(random), number),
            ("named", &[disposition]) => match DISPOSITIONS.get(index(disposition)) {
                Some(value) => Self::whole(SIZE).with("Content-Disposition", *value),
                None => Self::of_status("404 Not Found"),
            },
            _ => Self::of_status("404 Not Found"),
        }
    }

    fn of_kind(kind: Kind, from: Option<u64>, number: u64) -> Self {
        const TAG: &str = "\"first\"";
        let whole = Self::whole(SIZE);
        let broken = End::ClosedAt(BROKEN_AT);
        let first_is_broken = |answer: Self| if number == 1 { answer.until(broken) } else { answer };
        match kind {
            Kind::Unavailable if number == 1 => {
                Self::of_status("503 Service Unavailable").with("Retry-After", DELAY.as_secs().to_string())
            }
            Kind::Length | Kind::Nobody | Kind::Unavailable => whole,
            Kind::Chunked => whole.chunked(),
            Kind::Gzip => Self::gzip(),
            Kind::GzipTold => Self::gzip().with("Access-Control-Expose-Headers", "Content-Encoding"),
            Kind::Empty => Self::whole(0),
            Kind::NoContent => Self { given: Some(Vec::new()), ..Self::of_status("204 No Content") },
            Kind::SmallPieces => Self { pieces: (1_000, Duration::from_millis(1)), ..whole },
            Kind::SlowFirstByte => Self { before: DELAY, ..whole },
            Kind::Stall => whole.until(End::StallsAt(BROKEN_AT)),
            Kind::Silent => Self { status: None, ..whole }.until(End::StallsAt(0)),
            Kind::CutOff => whole.until(broken),
            Kind::CutOffClosing => whole.until(broken).with("Connection", "close"),
            Kind::CutOffChunked => whole.chunked().until(broken),
            Kind::ResetInBody => whole.until(End::ResetAt(BROKEN_AT)),
            Kind::Reset => Self { status: None, ..whole }.until(End::ResetAt(0)),
            Kind::NotFound => Self::of_status("404 Not Found"),
            Kind::NotFoundUnreadable => Self::of_status("404 Not Found").unreadable(),
            Kind::RangeRefused => {
                Self::of_status("416 Range Not Satisfiable").with("Content-Range", format!("bytes */{SIZE}"))
            }
            Kind::TooMany => Self::of_status("429 Too Many Requests"),
            Kind::Unreadable => whole.unreadable(),
            Kind::Redirect => Self::redirect(Kind::Length),
            Kind::RedirectUnreadable => Self::redirect(Kind::Unreadable),
            Kind::RedirectLoop => Self::redirect(Kind::RedirectLoop),
            Kind::Untagged => first_is_broken(whole),
            Kind::Resumes | Kind::IgnoresRange | Kind::WrongRange | Kind::Changes => match (kind, from) {
                (Kind::Resumes, Some(from)) => Self::rest(from, TAG),
                (Kind::WrongRange, Some(from)) => Self::rest(from / 2, TAG),
                (Kind::Changes, Some(from)) => Self::rest(from, "\"second\""),
                _ => first_is_broken(whole.with("ETag", TAG).with("Accept-Ranges", "bytes")),
            },
        }
    }

    fn of_fate(fate: Fate, number: u64) -> Self {
        let whole =
            Self { pieces: (fate.size.div_ceil(5), Duration::from_millis(10)), ..Self::whole(fate.size) };
        match fate.failures {
            Some((failures, fault)) if number <= failures => match fault {
                Fault::Unavailable => Self::of_status("503 Service Unavailable"),
                Fault::CutOff => whole.until(End::ClosedAt(fate.size / 2)),
                Fault::Reset => Self { status: None, ..whole }.until(End::ResetAt(0)),
                Fault::Unreadable => whole.unreadable(),
            },
            _ => whole,
        }
    }

    /// Whether its reader waits for more than the head.
    pub(super) fn has_content(&self) -> bool {
        self.is_readable && self.status.is_none_or(|status| status.starts_with('2'))
    }

    pub(super) fn size(&self) -> u64 {
        self.given.as_ref().map_or(self.range.end - self.range.start, |given| given.len() as u64)
    }

    /// The bytes `from` to `to` of its body.
    pub(super) fn body(&self, from: u64, to: u64) -> &[u8] {
        match &self.given {
            Some(given) => &given[index(from)..index(to)],
            None => slice(self.range.start + from, self.range.start + to),
        }
    }

    pub(super) fn head(&self) -> String {
        const SEEN: &str = "Accept-Ranges, Content-Disposition, Content-Range, ETag, Retry-After";
        let Some(status) = self.status else { return String::new() };
        let mut head = format!("HTTP/1.1 {status}\r\nContent-Type: application/octet-stream\r\n");
        if self.end == End::Whole {
            head += "Connection: close\r\n";
        }
        // Writing to a String cannot fail.
        if self.is_readable {
            let _ =
                write!(head, "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: {SEEN}\r\n");
        }
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if self.is_chunked {
            head += "Transfer-Encoding: chunked\r\n";
        } else if !status.starts_with("204") {
            let _ = write!(head, "Content-Length: {}\r\n", self.size());
        }
        head + "\r\n"
    }
}
