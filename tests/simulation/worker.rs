//! A simulated Web Worker with every way of going wrong.

use std::collections::VecDeque;
use std::time::Duration;

use dartboard_core::coordinator::{Event, WorkerId};
use dartboard_core::time::Instant;
use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{Announcement, FromWorker, MessageError, Probability, ToWorker};
use dartboard_points::tally::{BlockRange, Seed, Tally};
use rand::{Rng, RngExt};

use crate::BUILD;

/// What is left of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It works.
    Sound,
    /// It panicked or trapped, and goes on answering nonsense.
    Poisoned,
    /// Its stack overflowed: every further message is an error.
    Overflowed,
    /// It hangs, has closed itself or was killed: it never says anything again.
    Mute,
}

/// What is wrong with the GPU of a world, besides what may be with any worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GpuNature {
    /// Nothing.
    Sound,
    /// It dies of each batch.
    DiesAtEveryBatch,
    /// Its workers never say that they are ready.
    NeverReady,
    /// There is none.
    Missing,
    /// It counts wrong now and then, and its worker finds out later.
    Miscounts,
    /// The counts that it tells of parts do not add up.
    WrongParts,
}

impl GpuNature {
    /// One of all.
    pub(crate) fn any(rng: &mut impl Rng) -> Self {
        match rng.random_range(0..8) {
            0 | 1 => Self::Sound,
            2 => Self::DiesAtEveryBatch,
            3 => Self::NeverReady,
            4 => Self::Missing,
            5 | 6 => Self::Miscounts,
            _ => Self::WrongParts,
        }
    }
}

/// What the page hears and when, in order, counted from now.
pub(crate) type Said = Vec<(Duration, Event)>;

/// One simulated worker.
#[derive(Debug)]
pub(crate) struct SimWorker {
    pub(crate) id: WorkerId,
    pub(crate) condition: Health,
    pub(crate) queue: VecDeque<ToWorker>,
    pub(crate) busy: bool,
    /// When its last message reaches the page: messages keep their order.
    pub(crate) heard_until: Instant,
    /// When the last message posted to it reaches it.
    pub(crate) reached_until: Instant,
    points_per_second: f64,
    kernels: Vec<Kernel>,
    /// Of a worker on the GPU.
    gpu: Option<GpuNature>,
}

/// How often things go wrong, each a probability.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FaultRates {
    /// That a worker does not start well.
    pub(crate) start: f64,
    /// That a batch goes wrong.
    pub(crate) batch: f64,
    /// Blocks that kill every worker.
    pub(crate) lethal: Option<u64>,
}

impl SimWorker {
    pub(crate) fn new(id: WorkerId, faults: &FaultRates, rng: &mut impl Rng) -> Self {
        // The first is its own.
        let mut kernels = vec![Kernel::Tree, Kernel::Reference];
        if rng.random_bool(0.5) {
            kernels.reverse();
        }
        if rng.random_bool(faults.start * 0.2) {
            kernels.pop();
        }
        Self {
            id,
            condition: Health::Sound,
            queue: VecDeque::new(),
            busy: false,
            heard_until: Instant::ORIGIN,
            reached_until: Instant::ORIGIN,
            points_per_second: rng.random_range(20e6..100e6),
            kernels,
            gpu: None,
        }
    }

    /// The same on a GPU, a hundred times as fast.
    pub(crate) fn on_gpu(mut self, nature: GpuNature) -> Self {
        self.points_per_second *= 100.0;
        self.gpu = Some(nature);
        self
    }

    fn message(&self, message: FromWorker) -> Event {
        Event::Message { worker: self.id, message }
    }

    fn error(&self, reason: &str) -> Event {
        Event::Failed { worker: self.id, reason: reason.to_owned() }
    }

    /// Starts: what it says about it.
    pub(crate) fn start(&mut self, faults: &FaultRates, rng: &mut impl Rng) -> Said {
        let after = Duration::from_millis(rng.random_range(20..80));
        let right = match self.gpu {
            Some(GpuNature::NeverReady) => return vec![],
            Some(GpuNature::Missing) => {
                return vec![(after, self.message(FromWorker::NoGpu { text: "there is none".to_owned() }))];
            }
            Some(_) => Announcement::of_gpu(BUILD, "simulated"),
            None => Announcement::new(BUILD, self.kernels[0]),
        };
        let ready = |announced| self.message(FromWorker::Ready(announced));
        let good = ready(right.clone());
        if !rng.random_bool(faults.start) {
            return vec![(after, good)];
        }
        let said = match rng.random_range(0..10) {
            0 => vec![],               // its wasm is missing, in WebKit; or it is out of memory
            1 => vec![self.error("")], // its script is missing
            2 => vec![self.error("CompileError: wasm validation error")],
            3 => vec![self.message(FromWorker::StartFailed { text: "cut off".to_owned() })],
            4 => vec![ready(Announcement { protocol: right.protocol + 1, ..right })],
            5 => vec![ready(Announcement { build: "another".to_owned(), ..right })],
            6 => {
                let kernel = ["math_random", "scalar_f64", "gpu", ""][rng.random_range(0..4)].to_owned();
                vec![ready(Announcement { kernel, ..right })]
            }
            7 => vec![Event::Malformed { worker: self.id, reason: "no kind".to_owned() }, good],
            8 => vec![good.clone(), good],
            _ => {
                // A result before it was given anything.
                let tally = Tally { points: 100_000, inside: 1 };
                vec![self.message(FromWorker::tally(u64::MAX, tally, 1)), good]
            }
        };
        if !said.iter().any(|event| matches!(event, Event::Message { .. })) {
            self.condition = Health::Mute;
        }
        said.into_iter().map(|event| (after, event)).collect()
    }

    /// Takes its next message: how long that takes and what it says then.
    pub(crate) fn take(
        &mut self,
        tally: fn(Seed, BlockRange) -> Tally,
        faults: &FaultRates,
        slowdown: f64,
        rng: &mut impl Rng,
    ) -> Option<(Duration, Said)> {
        if self.condition == Health::Mute {
            return None;
        }
        let at_once = Duration::ZERO;
        let message = self.queue.pop_front()?;
        let (lease, seed, blocks, kernel, chaos) = match message {
            ToWorker::Crash => return Some((at_once, self.panic("you pressed Crash"))),
            ToWorker::Hang => {
                self.condition = Health::Mute;
                return None;
            }
            ToWorker::Compute { lease, seed, blocks, kernel, chaos } => (lease, seed, blocks, kernel, chaos),
        };
        if let Some(kernel) = kernel.filter(|kernel| !self.kernels.contains(kernel)) {
            let text = MessageError::UnknownKernel(kernel.name().to_owned()).to_string();
            return Some((at_once, vec![(at_once, self.message(FromWorker::Rejected { text }))]));
        }
        let seconds = blocks.points() as f64 / self.points_per_second * slowdown * rng.random_range(0.8..1.2);
        let took = Duration::from_secs_f64(seconds);
        let compute_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let result = |lease, tally| FromWorker::tally(lease, tally, compute_us);
        let right = tally(seed, blocks);
        match self.condition {
            Health::Overflowed => {
                return Some((at_once, vec![(at_once, self.error("too much recursion"))]));
            }
            Health::Poisoned => {
                let wrong = Tally { points: right.points, inside: right.points / 2 };
                return Some((took, vec![(at_once, self.message(result(lease, wrong)))]));
            }
            Health::Sound | Health::Mute => {}
        }
        if faults.lethal.is_some_and(|block| (blocks.first()..blocks.end()).contains(&block)) {
            return Some((took, self.panic("this block kills")));
        }
        if chaos > Probability::NEVER && chaos.happens(rng.random()) {
            return Some((took, self.panic("chaos")));
        }
        let good = match self.gpu {
            Some(nature) => self.gpu_result(nature, seed, lease, blocks, tally, rng),
            None => self.message(result(lease, right)),
        };
        if !rng.random_bool(faults.batch) {
            return Some((took, vec![(at_once, good)]));
        }
        let said = match rng.random_range(0..13) {
            0 => return Some((took, self.panic("index out of bounds"))),
            1 => {
                self.condition = Health::Poisoned;
                vec![self.error("unreachable")]
            }
            2 => {
                self.condition = Health::Overflowed;
                vec![self.error("too much recursion")]
            }
            3 | 4 => {
                self.condition = Health::Mute; // hangs, or closes itself
                return None;
            }
            5 => vec![Event::Malformed { worker: self.id, reason: "points is NaN".to_owned() }],
            6 => {
                let tally = Tally { points: right.points + 100_000, ..right };
                vec![self.message(result(lease, tally))]
            }
            7 => {
                let tally = Tally { inside: right.points + 1, ..right };
                vec![self.message(result(lease, tally))]
            }
            8 => vec![good.clone(), good],
            9 => vec![self.message(result(u64::MAX - lease, right)), good],
            10 => vec![self.message(FromWorker::Rejected { text: "no seed".to_owned() })],
            11 => vec![good, self.error("after the result")],
            _ => {
                // Comes so late that a later message overtakes it.
                return Some((took, vec![(Duration::from_millis(rng.random_range(50..5_000)), good)]));
            }
        };
        Some((took, said.into_iter().map(|event| (at_once, event)).collect()))
    }

    /// What the worker on the GPU says of a batch.
    fn gpu_result(
        &self,
        nature: GpuNature,
        seed: Seed,
        lease: u64,
        blocks: BlockRange,
        tally: fn(Seed, BlockRange) -> Tally,
        rng: &mut impl Rng,
    ) -> Event {
        let of = u32::try_from(blocks.blocks().min(100)).expect("at most 100");
        let parts = (0..of).filter_map(|index| blocks.part(index, of));
        let mut parts: Vec<u64> = parts.map(|part| tally(seed, part).inside).collect();
        let mut tally = tally(seed, blocks);
        let some = rng.random_range(0..parts.len());
        match nature {
            GpuNature::DiesAtEveryBatch => return self.error("device lost"),
            GpuNature::Miscounts if rng.random_bool(0.2) => {
                return self.message(FromWorker::Miscounted { text: format!("in block {}", blocks.first()) });
            }
            GpuNature::Miscounts if parts[some] > 0 && rng.random_bool(0.3) => {
                parts[some] -= 1;
                tally.inside -= 1;
            }
            GpuNature::WrongParts => match rng.random_range(0..3) {
                0 => parts[some] += 1,
                1 => parts = vec![0; 101],
                _ => parts.push(0),
            },
            _ => {}
        }
        let message = FromWorker::Tally { lease, tally, parts, compute_us: 1 };
        if rng.random_bool(0.5) {
            return self.message(message);
        }
        // As a page reads it.
        match FromWorker::parse(&message.encode()) {
            Ok(message) => self.message(message),
            Err(error) => Event::Malformed { worker: self.id, reason: error.to_string() },
        }
    }

    /// Panics: the hook posts the text, and an error event follows. It goes on answering nonsense.
    fn panic(&mut self, text: &str) -> Said {
        self.condition = Health::Poisoned;
        let text = FromWorker::Panicked { text: text.to_owned() };
        vec![(Duration::ZERO, self.message(text)), (Duration::ZERO, self.error("unreachable"))]
    }
}
