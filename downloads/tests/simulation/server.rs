//! What servers have, and what they answer.

use dartboard_downloads::answer::Answer;
use dartboard_downloads::error::Cause;
use rand::{Rng, RngExt};
use rand_xoshiro::Xoshiro256PlusPlus;

/// How a server marks what it sends.
#[derive(Clone, Copy, Debug)]
enum Tag {
    Strong,
    Weak,
    Missing,
}

/// What a server does with a request for the rest.
#[derive(Clone, Copy, Debug)]
enum Ranges {
    Obeyed,
    Ignored,
    /// Anything may come.
    Wild,
}

/// A file on a server: byte n of version v is (v, n).
#[derive(Clone, Debug)]
pub(crate) struct SimFile {
    /// The bytes of each version; the last one is served.
    versions: Vec<u64>,
    tag: Tag,
    ranges: Ranges,
    is_encoded: bool,
    /// Whether it tells its length, and whether it is encoded.
    tells: bool,
    /// How often of 100 times an answer is what is asked for.
    good: u32,
    /// How often of 100 times there is another version.
    changes: u32,
    slowest_ms: u64,
    most_bytes: u64,
}

/// What a page comes to know of a request after a while.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    Answered(Answer),
    /// These bytes of this version.
    Bytes {
        version: usize,
        first: u64,
        bytes: u64,
    },
    Ended,
    Broken(Cause),
}

/// What is said, each so many milliseconds after the one before; if the last is no end, nothing more comes.
pub(crate) type Script = Vec<(u64, Said)>;

impl SimFile {
    pub(crate) fn new(rng: &mut Xoshiro256PlusPlus) -> Self {
        let choose = |rng: &mut Xoshiro256PlusPlus, of: &[u32]| of[rng.random_range(0..of.len())];
        Self {
            versions: vec![bytes(rng)],
            tag: match rng.random_range(0..10) {
                0 => Tag::Weak,
                1 => Tag::Missing,
                _ => Tag::Strong,
            },
            ranges: match rng.random_range(0..6) {
                0 => Ranges::Ignored,
                1 => Ranges::Wild,
                _ => Ranges::Obeyed,
            },
            is_encoded: rng.random_bool(0.1),
            tells: rng.random_bool(0.8),
            good: choose(rng, &[0, 20, 50, 80, 100]),
            changes: choose(rng, &[0, 0, 0, 10, 50]),
            slowest_ms: u64::from(choose(rng, &[1, 20, 300, 2_000])),
            most_bytes: u64::from(choose(rng, &[30, 300, 2_000])),
        }
    }

    /// How many bytes this version has.
    pub(crate) fn length(&self, version: usize) -> u64 {
        self.versions[version]
    }

    /// The same, if there is this version.
    pub(crate) fn known(&self, version: usize) -> Option<u64> {
        self.versions.get(version).copied()
    }

    fn version(&self) -> usize {
        self.versions.len() - 1
    }

    pub(crate) fn answer(&mut self, rng: &mut Xoshiro256PlusPlus, from_bytes: Option<u64>) -> Script {
        if rng.random_range(0..100) < self.changes {
            // Often of the same size.
            let length = if rng.random_bool(0.5) { self.length(self.version()) } else { bytes(rng) };
            self.versions.push(length);
        }
        if rng.random_range(0..100) >= self.good {
            match rng.random_range(0..8) {
                0 => return Script::new(),
                1 | 2 => return self.script(rng, [Said::Broken(Cause::Unreadable)]),
                3..=5 => return self.refuse(rng),
                _ => {}
            }
        }
        match from_bytes {
            None => self.whole(rng),
            Some(from_bytes) => self.rest(rng, from_bytes),
        }
    }

    fn script(&self, rng: &mut Xoshiro256PlusPlus, all: impl IntoIterator<Item = Said>) -> Script {
        all.into_iter().map(|said| (rng.random_range(0..=self.slowest_ms), said)).collect()
    }

    fn refuse(&self, rng: &mut Xoshiro256PlusPlus) -> Script {
        let statuses = [0, 206, 304, 403, 404, 416, 429, 500, 503, 503];
        let retry_after = rng.random_bool(0.5).then(|| rng.random_range(0..40_u32).to_string());
        let answer = Answer {
            status: statuses[rng.random_range(0..statuses.len())],
            retry_after,
            ..Answer::default()
        };
        // It has a body, too.
        self.script(
            rng,
            [Said::Answered(answer), Said::Bytes { version: 9, first: 0, bytes: 7 }, Said::Ended],
        )
    }

    fn tag(&self) -> Option<String> {
        let version = self.version();
        match self.tag {
            Tag::Strong => Some(format!("\"{version}\"")),
            Tag::Weak => Some(format!("W/\"{version}\"")),
            Tag::Missing => None,
        }
    }

    fn whole(&self, rng: &mut Xoshiro256PlusPlus) -> Script {
        let length = self.length(self.version());
        if length == 0 && rng.random_bool(0.5) {
            let answer = Answer { status: 204, ..Answer::default() };
            return self.script(rng, [Said::Answered(answer), Said::Ended]);
        }
        // Of a body that was compressed, mostly to less.
        let sent = if self.is_encoded { length / 3 + 20 } else { length };
        let answer = Answer {
            status: 200,
            length: self.tells.then_some(sent),
            is_encoded: self.tells.then_some(self.is_encoded).filter(|_| rng.random_bool(0.5)),
            etag: self.tag(),
            content_disposition: rng.random_bool(0.3).then(|| "attachment; filename=same.txt".to_owned()),
            ..Answer::default()
        };
        self.body(rng, answer, 0, length)
    }

    fn rest(&self, rng: &mut Xoshiro256PlusPlus, from_bytes: u64) -> Script {
        let is_wild = matches!(self.ranges, Ranges::Wild);
        let length = self.length(self.version());
        if matches!(self.ranges, Ranges::Ignored) || (is_wild && rng.random_bool(0.2)) {
            return self.whole(rng);
        }
        if from_bytes >= length {
            return self.script(rng, [Said::Answered(Answer { status: 416, ..Answer::default() })]);
        }
        let mut answer = Answer {
            status: 206,
            length: self.tells.then(|| length - from_bytes),
            etag: self.tag(),
            content_range: Some(format!("bytes {from_bytes}-{}/{length}", length - 1)),
            ..Answer::default()
        };
        if !is_wild {
            return self.body(rng, answer, from_bytes, length);
        }
        let (mut first, mut end) = (from_bytes, length);
        match rng.random_range(0..12) {
            0 => first = 0,
            1 => answer.content_range = None,
            2 => answer.content_range = Some(format!("bytes 0-{}/{length}", length - 1)),
            3 => answer.content_range = Some(format!("bytes {from_bytes}-{}/*", length - 1)),
            4 => answer.etag = None,
            5..8 => end -= 1,
            8..11 => end += 3,
            _ => answer.length = None,
        }
        if first == 0 {
            // From the beginning, and said so in the header alone.
            answer.content_range = Some(format!("bytes 0-{}/{length}", length - 1));
        }
        if end != length {
            // A browser checks a length that is told.
            answer.length = None;
        }
        self.body(rng, answer, first, end)
    }

    /// An answer with these bytes, which may break off or stop coming.
    fn body(&self, rng: &mut Xoshiro256PlusPlus, answer: Answer, first: u64, end: u64) -> Script {
        let trouble = rng.random_range(0..100) >= self.good;
        let stop = if trouble { rng.random_range(first..=end) } else { end };
        let mut all = vec![Said::Answered(answer)];
        let mut at = first;
        while at < stop {
            let bytes = rng.random_range(1..=self.most_bytes).min(stop - at);
            all.push(Said::Bytes { version: self.version(), first: at, bytes });
            at += bytes;
        }
        match rng.random_range(0..10) {
            _ if !trouble => all.push(Said::Ended),
            0..3 => {}
            3..8 => all.push(Said::Broken(Cause::CutOff)),
            8 => all.push(Said::Broken(Cause::NoRoom)),
            _ => all.push(Said::Broken(Cause::NotSaved)),
        }
        self.script(rng, all)
    }
}

/// The size of a version: often small, sometimes nothing.
fn bytes(rng: &mut (impl Rng + ?Sized)) -> u64 {
    if rng.random_bool(0.1) { 0 } else { rng.random_range(1..2_000) }
}
