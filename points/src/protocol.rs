//! The messages between the page and a worker, typed on both sides.
//!
//! A message crosses as one string in the form of a query (`kind=tally&lease=7&points=100000&inside=78540`):
//! readable in a browser's developer tools, exact for every `u64`, and parsed without the browser.
//! A worker speaks first, with [`FromWorker::Ready`]; what is sent to it earlier is lost.

use thiserror::Error;

use crate::decimal::parse_u64;
use crate::kernel::Kernel;
use crate::query::{Fields, MAX_TEXT_BYTES, QueryError, cut, encode};
use crate::tally::{BLOCK_POINTS, BlockRange, BlockRangeError, Seed, Tally};

/// Raised whenever a message changes its meaning or its fields.
pub const PROTOCOL_VERSION: u64 = 4;

/// The longest message that is looked at, in bytes: room for a text whose every byte is escaped.
const MAX_MESSAGE_BYTES: usize = 3 * MAX_TEXT_BYTES + 1_000;

/// The most parts of a batch whose counts a tally carries.
pub const MAX_PARTS: usize = 100;

/// What a worker on a GPU announces as its kernel; the adapter's name may follow, after a space.
pub const GPU: &str = "GPU";

/// What the page tells a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToWorker {
    /// Count the points of one batch and answer with [`FromWorker::Tally`].
    Compute {
        /// Number of the lease, repeated in the answer.
        lease: u64,
        /// Seed of the run.
        seed: Seed,
        /// The batch.
        blocks: BlockRange,
        /// The kernel that is to count it; none for the worker's own.
        kernel: Option<Kernel>,
        /// The probability that the worker panics instead of counting, on purpose.
        chaos: Probability,
    },
    /// Panic, on purpose.
    Crash,
    /// Loop for ever, on purpose.
    Hang,
}

/// A probability in whole parts of a billion, so that it crosses exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probability {
    per_billion: u64,
}

impl Probability {
    /// What never happens.
    pub const NEVER: Self = Self { per_billion: 0 };
    /// What always happens.
    pub const ALWAYS: Self = Self { per_billion: 1_000_000_000 };

    /// The probability of `per_billion` in a billion; none if that is more than always.
    pub fn from_billionths(per_billion: u64) -> Option<Self> {
        (per_billion <= Self::ALWAYS.per_billion).then_some(Self { per_billion })
    }

    /// Parts of a billion: 0 to 1,000,000,000.
    pub fn per_billion(self) -> u64 {
        self.per_billion
    }

    /// Whether it happens, given 32 uniformly distributed random bits.
    pub fn happens(self, random: u32) -> bool {
        u64::from(random) * Self::ALWAYS.per_billion < self.per_billion << 32
    }
}

/// What a worker tells the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromWorker {
    /// The worker has started and takes batches.
    Ready(Announcement),
    /// One batch is counted.
    Tally {
        /// Number of the lease, as it came with the batch.
        lease: u64,
        /// The batch's tally.
        tally: Tally,
        /// The points inside of each equal part of the batch ([`BlockRange::part`]), so that one part can be
        /// counted again; none, or at most [`MAX_PARTS`]. [`check_parts`] says whether they fit the tally.
        parts: Vec<u64>,
        /// How long the worker counted, in microseconds by its own clock, which may be coarse.
        compute_us: u64,
    },
    /// The worker panicked and must be replaced.
    Panicked {
        /// The panic's message and place.
        text: String,
    },
    /// The worker's program could not be loaded or started; sent by its loader script.
    StartFailed {
        /// The browser's reason.
        text: String,
    },
    /// A message from the page could not be understood.
    Rejected {
        /// What was wrong with it.
        text: String,
    },
    /// Something failed in it that is no panic: the GPU was lost, for instance. It must be replaced.
    Errored {
        /// What failed.
        text: String,
    },
    /// There is no GPU that the worker may count on; another worker would find none either.
    NoGpu {
        /// Why.
        text: String,
    },
    /// A GPU and the processor count a block differently: nothing that the GPU counted can be trusted.
    Miscounted {
        /// Both counts of the block.
        text: String,
    },
}

/// What a worker says about itself. It is believed only once it fits the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// [`PROTOCOL_VERSION`] of the worker.
    pub protocol: u64,
    /// Build id of the worker.
    pub build: String,
    /// Name of the worker's own kernel, which counts the batches that name none; of a worker on a GPU, [`GPU`] and the
    /// adapter's name.
    pub kernel: String,
}

impl Announcement {
    /// What a worker of this version of the protocol announces.
    pub fn new(build: &str, kernel: Kernel) -> Self {
        Self { protocol: PROTOCOL_VERSION, build: build.to_owned(), kernel: kernel.name().to_owned() }
    }

    /// What a worker on a GPU announces, whose adapter is called `adapter`; it may be empty.
    pub fn of_gpu(build: &str, adapter: &str) -> Self {
        let kernel = [GPU, adapter].join(if adapter.is_empty() { "" } else { " " });
        Self { protocol: PROTOCOL_VERSION, build: build.to_owned(), kernel }
    }

    /// The adapter's name, which may be empty; none if this is not of a worker on a GPU.
    pub fn adapter(&self) -> Option<&str> {
        let rest = self.kernel.strip_prefix(GPU)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix(' ') }
    }
}

/// Why a message could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MessageError {
    /// It is no query, or a field of it is not what it must be.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The field `kind` names no message.
    #[error("there is no message of the kind “{0}”")]
    UnknownKind(String),
    /// More points lie inside than were thrown.
    #[error("{} points inside of {} thrown is impossible", .0.inside, .0.points)]
    ImpossibleTally(Tally),
    /// So many parts are more than a batch has blocks, or than [`MAX_PARTS`].
    #[error("{0} parts of a batch are more than it has blocks, or than {MAX_PARTS}")]
    TooManyParts(usize),
    /// The counts of the parts are not those of this tally.
    #[error("the parts of a batch do not add up to its {} points inside of {}", .0.inside, .0.points)]
    PartsDoNotAddUp(Tally),
    /// The probability is more than always, in parts of a billion.
    #[error("a chance of {0} in a billion is impossible")]
    ImpossibleProbability(u64),
    /// The worker has no kernel of that name.
    #[error("the worker has no kernel “{0}”")]
    UnknownKernel(String),
    /// The batch is not a range of blocks.
    #[error(transparent)]
    Blocks(BlockRangeError),
}

/// Whether `parts` can be the points inside of that many equal parts of a batch that has this `tally`; no parts always can.
///
/// # Errors
/// When there are too many, or they do not add up, or one has more points inside than points.
pub fn check_parts(tally: Tally, parts: &[u64]) -> Result<(), MessageError> {
    let wrong = MessageError::PartsDoNotAddUp(tally);
    let Some(of) = u32::try_from(parts.len()).ok().filter(|&of| of > 0) else { return Ok(()) };
    let blocks = tally.points / BLOCK_POINTS;
    let Ok(batch) = BlockRange::new(0, blocks) else { return Err(wrong) };
    if parts.len() > MAX_PARTS || u64::from(of) > blocks {
        return Err(MessageError::TooManyParts(parts.len()));
    }
    let mut rest = tally.inside;
    for (index, &inside) in (0..of).zip(parts) {
        let possible = batch.part(index, of).is_some_and(|part| inside <= part.points());
        match rest.checked_sub(inside).filter(|_| possible) {
            Some(less) => rest = less,
            None => return Err(wrong),
        }
    }
    if rest == 0 { Ok(()) } else { Err(wrong) }
}

fn parse_parts(text: &str) -> Result<Vec<u64>, QueryError> {
    let part = |part: &str| {
        parse_u64(part).ok_or_else(|| QueryError::NotANumber { field: "parts", value: cut(part).to_owned() })
    };
    text.split('.').map(part).collect()
}

fn named_kernel(name: &str) -> Result<Kernel, MessageError> {
    Kernel::named(name).ok_or_else(|| MessageError::UnknownKernel(cut(name).to_owned()))
}

impl ToWorker {
    /// The message as it is posted.
    pub fn encode(&self) -> String {
        match self {
            Self::Compute { lease, seed, blocks, kernel, chaos } => encode(
                "compute",
                &[
                    ("lease", *lease),
                    ("seed", seed.0),
                    ("first", blocks.first()),
                    ("end", blocks.end()),
                    ("chaos", chaos.per_billion),
                ],
                kernel.map(|kernel| ("kernel", kernel.name())).as_slice(),
            ),
            Self::Crash => encode("crash", &[], &[]),
            Self::Hang => encode("hang", &[], &[]),
        }
    }

    /// Reads a message of the page.
    ///
    /// # Errors
    /// When it is not one that [`Self::encode`] writes.
    pub fn parse(message: &str) -> Result<Self, MessageError> {
        let fields = Fields::parse(message, MAX_MESSAGE_BYTES)?;
        match fields.text("kind")? {
            "compute" => Ok(Self::Compute {
                lease: fields.number("lease")?,
                seed: Seed(fields.number("seed")?),
                blocks: BlockRange::new(fields.number("first")?, fields.number("end")?)
                    .map_err(MessageError::Blocks)?,
                kernel: fields.text("kernel").ok().map(named_kernel).transpose()?,
                chaos: {
                    let per_billion = fields.number("chaos")?;
                    Probability::from_billionths(per_billion)
                        .ok_or(MessageError::ImpossibleProbability(per_billion))?
                },
            }),
            "crash" => Ok(Self::Crash),
            "hang" => Ok(Self::Hang),
            other => Err(MessageError::UnknownKind(cut(other).to_owned())),
        }
    }
}

impl FromWorker {
    /// The message that a batch is counted, without parts.
    pub fn tally(lease: u64, tally: Tally, compute_us: u64) -> Self {
        Self::Tally { lease, tally, parts: Vec::new(), compute_us }
    }

    /// The message as it is posted.
    pub fn encode(&self) -> String {
        match self {
            Self::Ready(Announcement { protocol, build, kernel }) => {
                encode("ready", &[("protocol", *protocol)], &[("build", build), ("kernel", kernel)])
            }
            Self::Tally { lease, tally, parts, compute_us } => {
                let mut message = encode(
                    "tally",
                    &[
                        ("lease", *lease),
                        ("points", tally.points),
                        ("inside", tally.inside),
                        ("compute_us", *compute_us),
                    ],
                    &[],
                );
                for (index, part) in parts.iter().enumerate() {
                    message.push_str(if index == 0 { "&parts=" } else { "." });
                    message.push_str(&part.to_string());
                }
                message
            }
            Self::Panicked { text } => encode("panicked", &[], &[("text", text)]),
            Self::StartFailed { text } => encode("start_failed", &[], &[("text", text)]),
            Self::Rejected { text } => encode("rejected", &[], &[("text", text)]),
            Self::Errored { text } => encode("errored", &[], &[("text", text)]),
            Self::NoGpu { text } => encode("no_gpu", &[], &[("text", text)]),
            Self::Miscounted { text } => encode("miscounted", &[], &[("text", text)]),
        }
    }

    /// Reads a message of a worker.
    ///
    /// # Errors
    /// When it is not one that [`Self::encode`] or the worker's loader script writes.
    pub fn parse(message: &str) -> Result<Self, MessageError> {
        let fields = Fields::parse(message, MAX_MESSAGE_BYTES)?;
        let text = |name| fields.text(name).map(|text| cut(text).to_owned());
        match fields.text("kind")? {
            "ready" => Ok(Self::Ready(Announcement {
                protocol: fields.number("protocol")?,
                build: text("build")?,
                // A worker of an earlier version does not send it; its version is what will be refused.
                kernel: text("kernel").unwrap_or_default(),
            })),
            "tally" => {
                let tally = Tally { points: fields.number("points")?, inside: fields.number("inside")? };
                if tally.inside > tally.points {
                    return Err(MessageError::ImpossibleTally(tally));
                }
                let parts = fields.text("parts").ok().map_or(Ok(Vec::new()), parse_parts)?;
                check_parts(tally, &parts)?;
                Ok(Self::Tally {
                    lease: fields.number("lease")?,
                    tally,
                    parts,
                    compute_us: fields.number("compute_us")?,
                })
            }
            "panicked" => Ok(Self::Panicked { text: text("text")? }),
            "start_failed" => Ok(Self::StartFailed { text: text("text")? }),
            "rejected" => Ok(Self::Rejected { text: text("text")? }),
            "errored" => Ok(Self::Errored { text: text("text")? }),
            "no_gpu" => Ok(Self::NoGpu { text: text("text")? }),
            "miscounted" => Ok(Self::Miscounted { text: text("text")? }),
            other => Err(MessageError::UnknownKind(cut(other).to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn from_worker() -> impl Strategy<Value = FromWorker> {
        prop_oneof![
            (any::<u64>(), ".{0,40}", ".{0,40}").prop_map(|(protocol, build, kernel)| {
                FromWorker::Ready(Announcement { protocol, build, kernel })
            }),
            any::<(u64, u64, u64, u64)>().prop_map(|(lease, a, b, compute_us)| FromWorker::Tally {
                lease,
                tally: Tally { points: a.max(b), inside: a.min(b) },
                parts: Vec::new(),
                compute_us,
            }),
            (any::<(u64, u64)>(), prop::collection::vec(0..=3 * BLOCK_POINTS, 1..=MAX_PARTS)).prop_map(
                |((lease, compute_us), parts)| {
                    let points = parts.len() as u64 * 3 * BLOCK_POINTS;
                    let tally = Tally { points, inside: parts.iter().sum() };
                    FromWorker::Tally { lease, tally, parts, compute_us }
                }
            ),
            ".{0,200}".prop_map(|text| FromWorker::Errored { text }),
            ".{0,200}".prop_map(|text| FromWorker::NoGpu { text }),
            ".{0,200}".prop_map(|text| FromWorker::Miscounted { text }),
            ".{0,200}".prop_map(|text| FromWorker::Panicked { text }),
            ".{0,200}".prop_map(|text| FromWorker::StartFailed { text }),
            ".{0,200}".prop_map(|text| FromWorker::Rejected { text }),
        ]
    }

    proptest! {
        #[test]
        fn messages_of_a_worker_arrive_as_they_were_sent(message in from_worker()) {
            prop_assert_eq!(FromWorker::parse(&message.encode()), Ok(message));
        }

        #[test]
        fn messages_of_the_page_arrive_as_they_were_sent(
            lease: u64, seed: u64, first in 0..u64::MAX, blocks in 1..=BlockRange::MAX_BLOCKS,
            per_billion in 0..=1_000_000_000_u64, kernel in prop::option::of(prop::sample::select(&Kernel::ALL[..])),
        ) {
            let chaos = Probability::from_billionths(per_billion).unwrap();
            let blocks = BlockRange::new(first, first.saturating_add(blocks)).unwrap();
            let message = ToWorker::Compute { lease, seed: Seed(seed), blocks, kernel, chaos };
            prop_assert_eq!(ToWorker::parse(&message.encode()), Ok(message));
        }

        // Fails with: a message taken that is not read back as the same, or a sentence that grows with the text.
        #[test]
        fn any_text_is_a_message_or_a_short_sentence(
            message in from_worker(),
            forged in prop::collection::vec((any::<prop::sample::Index>(), "[0-9a-z&=%+-]{0,3}"), 0..4),
            other in ".{0,5000}",
        ) {
            let mut text = message.encode();
            for (at, by) in forged {
                let at = at.index(text.len());
                text.replace_range(at..=at, &by);
            }
            for text in [text, other] {
                match FromWorker::parse(&text) {
                    Ok(read) => prop_assert_eq!(FromWorker::parse(&read.encode()), Ok(read)),
                    Err(error) => prop_assert!(error.to_string().len() < MAX_TEXT_BYTES + 200),
                }
                match ToWorker::parse(&text) {
                    Ok(read) => prop_assert_eq!(ToWorker::parse(&read.encode()), Ok(read)),
                    Err(error) => prop_assert!(error.to_string().len() < MAX_TEXT_BYTES + 200),
                }
            }
        }
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let text = "π".repeat(MAX_TEXT_BYTES);
        let Ok(FromWorker::Panicked { text }) = FromWorker::parse(&FromWorker::Panicked { text }.encode())
        else {
            panic!("a long text must still be a message")
        };
        assert_eq!(text, "π".repeat(MAX_TEXT_BYTES / 2));
    }

    #[test]
    fn impossible_messages_are_refused_by_name() {
        let refused = |message: &str| FromWorker::parse(message).unwrap_err().to_string();
        assert!(refused("kind=tally&lease=1&points=10&inside=11").contains("11 points inside of 10"));
        assert!(refused("kind=tally&lease=1&points=NaN&inside=1").contains("points must be a whole number"));
        assert!(refused("kind=tally&lease=-1&points=1&inside=1").contains("“-1”"));
        assert!(refused("kind=tally&lease=1&points=1").contains("no field inside"));
        assert!(refused("kind=tally&lease=1&points=1&inside=1").contains("no field compute_us"));
        assert!(refused("kind=ready&build=x").contains("no field protocol"));
        assert!(refused("kind=bogus").contains("“bogus”"));
        assert!(refused(&"x".repeat(100_000)).contains("100000 bytes"));
        let refused = |message: &str| ToWorker::parse(message).unwrap_err().to_string();
        let compute = "kind=compute&lease=1&seed=1&first=5";
        assert!(refused(&format!("{compute}&end=5&kernel=tree&chaos=0")).contains("5..5"));
        assert!(refused(&format!("{compute}&end=6&kernel=gpu&chaos=0")).contains("no kernel “gpu”"));
        let probability = refused(&format!("{compute}&end=6&kernel=tree&chaos=1000000001"));
        assert!(probability.contains("1000000001 in a billion"));
    }

    // Fails with: parts taken that are not those of the tally, so that a recount of one of them says nothing of the batch.
    #[test]
    fn parts_add_up_to_their_tally_or_are_refused_by_name() {
        let tally = |parts: &str, points: u64, inside: u64| {
            FromWorker::parse(&format!(
                "kind=tally&lease=1&points={points}&inside={inside}&compute_us=1&parts={parts}"
            ))
        };
        let read = |parts: &str, points, inside| match tally(parts, points, inside) {
            Ok(FromWorker::Tally { parts, .. }) => Ok(parts.len()),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        };
        assert_eq!(read("0.100000.100000", 300_000, 200_000), Ok(3));
        // Of 100 blocks and one more the last of 100 parts has two.
        let hundred = |last: &str| ["0.".repeat(99), last.to_owned()].concat();
        assert_eq!(read(&hundred("200000"), 10_100_000, 200_000), Ok(100));
        for (parts, points, inside) in [
            ("1.2.3", 300_000, 7),
            ("1.2.3", 300_000, 5),
            ("100001.0", 200_000, 100_001),
            (&hundred("200001"), 10_100_000, 200_001),
            ("18446744073709551615.1", 200_000, 0),
            ("0", 0, 0),
        ] {
            let wrong = MessageError::PartsDoNotAddUp(Tally { points, inside });
            assert_eq!(read(parts, points, inside), Err(wrong), "{parts}");
        }
        assert_eq!(read("1.1", 100_000, 2), Err(MessageError::TooManyParts(2)), "more than blocks");
        assert_eq!(
            read(&hundred("0.0"), 100_000_000, 0).unwrap_err().to_string(),
            "101 parts of a batch are more than it has blocks, or than 100"
        );
        let text = read("", 100_000, 0).unwrap_err().to_string();
        assert!(text.contains("the field parts must be a whole number"), "{text}");
    }

    // Fails with: a worker on a GPU taken for one with a kernel of that name, or the other way round.
    #[test]
    fn a_gpu_announces_itself_with_its_adapter_or_without() {
        for adapter in ["", "nvidia hopper", " "] {
            assert_eq!(Announcement::of_gpu("x", adapter).adapter(), Some(adapter));
        }
        for kernel in ["tree", "", "GPUs", "gpu", "a GPU"] {
            let announced = Announcement { kernel: kernel.to_owned(), ..Announcement::of_gpu("x", "") };
            assert_eq!(announced.adapter(), None, "{kernel}");
        }
    }

    // Fails with: a batch that names no kernel taken for one that names a wrong one, or the other way round.
    #[test]
    fn a_batch_names_a_kernel_or_none() {
        let compute = "kind=compute&lease=1&seed=1&first=5&end=6&chaos=0";
        let kernel = |text: &str| match ToWorker::parse(text) {
            Ok(ToWorker::Compute { kernel, .. }) => kernel,
            other => panic!("{other:?}"),
        };
        assert_eq!(kernel(compute), None);
        assert_eq!(kernel(&format!("{compute}&kernel=reference")), Some(Kernel::Reference));
        let unknown = MessageError::UnknownKernel(String::new());
        assert_eq!(ToWorker::parse(&format!("{compute}&kernel=")), Err(unknown));
    }

    // Fails with: a worker of an earlier build refused for its grammar, where loading the page again would help.
    #[test]
    fn the_announcement_of_the_version_before_is_read() {
        let announced = Announcement { protocol: 2, build: "x".to_owned(), kernel: String::new() };
        assert_eq!(FromWorker::parse("kind=ready&protocol=2&build=x"), Ok(FromWorker::Ready(announced)));
    }

    #[test]
    fn deliberate_faults_cross() {
        for message in [ToWorker::Crash, ToWorker::Hang] {
            assert_eq!(ToWorker::parse(&message.encode()), Ok(message));
        }
    }

    #[test]
    fn a_probability_happens_as_often_as_it_says() {
        assert!(!Probability::NEVER.happens(0));
        assert!(Probability::ALWAYS.happens(u32::MAX));
        let half = Probability::from_billionths(500_000_000).unwrap();
        assert_eq!(Probability::from_billionths(1_000_000_001), None);
        assert_eq!(half.per_billion(), 500_000_000);
        assert!(half.happens((1 << 31) - 1) && !half.happens(1 << 31));
        assert_eq!(Probability::from_billionths(1_000_000_001), None);
    }

    #[test]
    fn the_longest_message_is_looked_at_and_no_longer_one() {
        let longest = format!("kind=crash&{}", "x".repeat(MAX_MESSAGE_BYTES - 11));
        assert_eq!(ToWorker::parse(&longest), Ok(ToWorker::Crash));
        let bytes = MAX_MESSAGE_BYTES + 1;
        assert_eq!(
            ToWorker::parse(&format!("{longest}x")),
            Err(MessageError::Query(QueryError::TooLong { bytes, most: MAX_MESSAGE_BYTES }))
        );
    }
}
