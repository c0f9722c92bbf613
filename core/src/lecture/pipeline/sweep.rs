//! The ways that are compared: lines per message, through shared memory and by messages.

/// How a pipeline is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// Lines per message.
    pub(super) lines: u32,
    /// Whether its queues are messages.
    pub(super) by_messages: bool,
    /// How long the text is that is made up; none where a file is read.
    pub(super) bytes: Option<u32>,
}

impl Way {
    /// All that are compared, with at most so many bytes of text: small messages take long, so they get less.
    pub(super) fn all(shares_memory: bool, most_bytes: u32) -> Vec<Self> {
        let mut ways = Vec::new();
        for by_messages in [false, true] {
            if by_messages || shares_memory {
                for lines in LINES {
                    // By messages one line takes about 60 µs.
                    let enough = if by_messages {
                        1_000_000_u32.saturating_mul(lines)
                    } else {
                        10_000_000_u32.saturating_mul(lines)
                    };
                    ways.push(Self { lines, by_messages, bytes: Some(most_bytes.min(enough)) });
                }
            }
        }
        ways
    }
}

/// Lines per message that are compared.
pub(super) const LINES: [u32; 5] = [1, 10, 100, 1_000, 10_000];

/// What came of the ways so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Sweep(Vec<(Way, f64)>);

impl Sweep {
    /// So many lines were written in so many µs.
    pub(super) fn note(&mut self, way: Way, lines: u64, us: u64) {
        self.0.push((way, lines as f64 / us.max(1) as f64 * 1e6));
    }

    /// Lines per message and lines a second of the ways by messages, or of the others.
    pub(super) fn of(&self, by_messages: bool) -> Vec<(f64, f64)> {
        let ways = self.0.iter().filter(|(way, _)| way.by_messages == by_messages);
        ways.map(|(way, per_second)| (f64::from(way.lines), *per_second)).collect()
    }

    /// Each way, and its lines a second.
    pub(super) fn all(&self) -> &[(Way, f64)] {
        &self.0
    }
}
