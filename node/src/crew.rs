//! A coordinator with threads as its workers.
//!
//! The [`Coordinator`] decides; a crew carries out: it starts and ends threads, passes messages on and keeps the time. It
//! counts an ordinary run ([`Crew::tell`] it what the page would), or one range of blocks after another
//! ([`Crew::count_range`]) with the same threads. A crew is used by one thread, which calls [`Crew::run_until`] over and over;
//! others may wake that thread with a [`Waker`].
//!
//! A thread cannot be ended from outside. If the coordinator ends one, it is no longer heard, finishes the batch that it counts
//! (about 100 ms) and ends; another one counts the batch again.

use std::any::Any;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::{io, thread, time};

use dartboard_core::coordinator::{Command, Coordinator, Event, SlotIndex, SlotKind, WorkerId};
use dartboard_core::run::config::{self, Config, LiveSetting};
use dartboard_core::text::whole_us;
use dartboard_core::time::Instant;
use dartboard_points::build::BUILD_ID;
use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{Announcement, FromWorker, MessageError, Probability, ToWorker};
use dartboard_points::tally::{BlockRange, Seed, Tally};

use crate::clock::Clock;
use crate::gpu::Gpu;

/// What a thread counts with where nothing else is asked for: the fastest kernel that is exact.
pub const KERNEL: Kernel = Kernel::Tree;

/// See the module's documentation.
#[derive(Debug)]
pub struct Crew {
    coordinator: Coordinator,
    /// What the worker in the GPU's slot counts on.
    gpu: Option<Gpu>,
    /// What is wrong with it, if it has counted a block wrongly.
    miscount: Option<String>,
    threads: BTreeMap<WorkerId, Thread>,
    /// Receives a message from each thread that uses the GPU when it has ended.
    on_gpu: Vec<Receiver<()>>,
    timer: Option<Instant>,
    tell: Sender<Heard>,
    told: Receiver<Heard>,
    clock: Clock,
}

/// How long a crew that ends waits for its threads on the GPU.
const LAST_WAIT: time::Duration = time::Duration::from_secs(2);

impl Drop for Crew {
    /// A program must not end while one of its threads is in a driver: the driver would be torn down under it.
    fn drop(&mut self) {
        self.threads.clear();
        for ended in &self.on_gpu {
            // One that is stuck then is left behind.
            let _stuck = ended.recv_timeout(LAST_WAIT).is_err_and(|error| error == RecvTimeoutError::Timeout);
        }
    }
}

/// What comes to a crew from other threads.
#[derive(Debug)]
enum Heard {
    /// Of a worker.
    Event(WorkerId, Event),
    /// That it is to look up.
    Woken,
}

/// Makes [`Crew::run_until`] return early: something else is to be done.
#[derive(Clone, Debug)]
pub struct Waker(Sender<Heard>);

impl Waker {
    /// Wakes the crew; nothing happens if it is gone.
    pub fn wake(&self) {
        // Whoever is gone need not be woken.
        drop(self.0.send(Heard::Woken));
    }
}

/// A worker. Dropped, it takes no further batch.
#[derive(Debug)]
struct Thread {
    post: Sender<ToWorker>,
    ended: Arc<AtomicBool>,
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

impl Crew {
    /// A crew whose threads are ready to count a run of `config`; [`Event::Start`] begins it.
    pub fn new(config: Config) -> Self {
        Self::with_gpu(config, None)
    }

    /// The same, with what the worker in the GPU's slot counts on, if `config` has such a slot.
    pub fn with_gpu(config: Config, gpu: Option<Gpu>) -> Self {
        let (tell, told) = channel();
        let mut crew = Self {
            coordinator: Coordinator::new(config, BUILD_ID.to_owned()).keeping_workers(),
            gpu,
            miscount: None,
            threads: BTreeMap::new(),
            on_gpu: Vec::new(),
            timer: None,
            tell,
            told,
            clock: Clock::new(),
        };
        crew.tell(Event::Open);
        crew
    }

    /// The time, on the crew's own clock.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// What decides: its tally, its log, whether it is finished.
    pub fn coordinator(&self) -> &Coordinator {
        &self.coordinator
    }

    /// What is wrong with what is counted, if it is: a GPU has counted a block otherwise than the processor does, after others.
    pub fn miscount(&self) -> Option<&str> {
        self.miscount.as_deref()
    }

    /// Counts again what a GPU has counted that is in doubt, without it.
    pub fn count_again(&mut self) {
        self.miscount = None;
        self.tell(Event::CountAgain);
        // Also where nothing of the run is in doubt.
        self.tell(Event::Set(LiveSetting::Gpu(config::Gpu::Off)));
    }

    /// Something to wake it by, from any thread.
    pub fn waker(&self) -> Waker {
        Waker(self.tell.clone())
    }

    /// Tells the coordinator what the page would, and does what it says.
    pub fn tell(&mut self, event: Event) {
        let commands = self.coordinator.handle(self.now(), event);
        self.carry_out(commands);
    }

    /// Forgets what it counts and counts `blocks` of the run of `seed` alone. They are counted once the coordinator's
    /// [`progress`](Coordinator::progress) is finished, whose tally is then theirs.
    pub fn count_range(&mut self, seed: Seed, blocks: BlockRange) {
        let commands = self.coordinator.reset_to(self.now(), seed, blocks);
        self.carry_out(commands);
        self.tell(Event::Start);
    }

    /// Counts until `until`, until the run is finished or fails, or until it is woken. Where there is nothing to count, it waits.
    pub fn run_until(&mut self, until: Instant) {
        loop {
            let now = self.now();
            let next = self.timer.map_or(until, |timer| timer.min(until));
            match self.told.recv_timeout(next - now) {
                Ok(Heard::Event(worker, event)) => self.hear(worker, event),
                Ok(Heard::Woken) => return,
                // Never disconnected: this crew holds a sender itself.
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    if self.timer.is_some_and(|timer| timer <= self.now()) {
                        self.tell(Event::Timer);
                    }
                }
            }
            if self.is_over() || until <= now {
                return;
            }
        }
    }

    fn is_over(&self) -> bool {
        let progress = self.coordinator.progress();
        progress.finished || progress.failure.is_some() || self.miscount.is_some()
    }

    /// Nothing is heard of a worker once it has ended.
    fn hear(&mut self, worker: WorkerId, event: Event) {
        if self.threads.contains_key(&worker) {
            if let Event::Message { message: FromWorker::Miscounted { text }, .. } = &event {
                let name = self.gpu.as_ref().map_or("", Gpu::name);
                self.miscount =
                    Some(format!("{text}: nothing that this GPU ({name}) counted can be trusted"));
            }
            self.tell(event);
        }
    }

    fn carry_out(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Spawn { worker, slot } => self.spawn(worker, slot),
                Command::Post { worker, message } => self.post(worker, message),
                Command::Terminate { worker } | Command::KillSilently { worker } => {
                    self.threads.remove(&worker);
                }
                Command::SetTimer(timer) => self.timer = timer,
            }
        }
    }

    fn spawn(&mut self, worker: WorkerId, slot: SlotIndex) {
        let tell = self.tell.clone();
        let started = match slot.kind() {
            SlotKind::Processor => start(worker, tell, work),
            SlotKind::Gpu => self.start_on_gpu(worker, tell),
        };
        let thread = match started {
            Ok(thread) => thread,
            Err(error) => {
                let failed = Event::Failed { worker, reason: error.to_string() };
                // This crew listens.
                drop(self.tell.send(Heard::Event(worker, failed)));
                // Until then a worker that hears nothing stands in for it.
                Thread { post: channel().0, ended: Arc::default() }
            }
        };
        self.threads.insert(worker, thread);
    }

    #[cfg(feature = "gpu")]
    fn start_on_gpu(&mut self, worker: WorkerId, tell: Sender<Heard>) -> io::Result<Thread> {
        let gpu = self.gpu.as_mut().ok_or(io::ErrorKind::Unsupported)?.next();
        // Dropped with all that the thread has.
        let (runs, ended) = channel();
        let thread = start(worker, tell, move |posted, ended, say| {
            let _runs: Sender<()> = runs;
            crate::gpu::worker::work(gpu, posted, ended, say);
        })?;
        self.on_gpu.push(ended);
        Ok(thread)
    }

    #[cfg(not(feature = "gpu"))]
    #[expect(clippy::unused_self, reason = "with the feature it is used")]
    fn start_on_gpu(&mut self, _: WorkerId, _: Sender<Heard>) -> io::Result<Thread> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn post(&self, worker: WorkerId, message: ToWorker) {
        if let Some(thread) = self.threads.get(&worker) {
            // One that has panicked listens no more; what it said last tells the coordinator.
            drop(thread.post.send(message));
        }
    }
}

/// Starts a worker, which does `work` until that ends, by a panic too.
fn start(
    worker: WorkerId,
    tell: Sender<Heard>,
    work: impl FnOnce(&Receiver<ToWorker>, &AtomicBool, &dyn Fn(FromWorker)) + Send + 'static,
) -> io::Result<Thread> {
    let (post, posted) = channel();
    let ended = Arc::new(AtomicBool::new(false));
    let told_to_end = Arc::clone(&ended);
    let say = move |message| {
        let heard = Heard::Event(worker, Event::Message { worker, message });
        // The crew may be gone: then nobody listens.
        drop(tell.send(heard));
    };
    thread::Builder::new().name(format!("dartboard worker {}", worker.0)).spawn(move || {
        if let Err(cause) = catch_unwind(AssertUnwindSafe(|| work(&posted, &told_to_end, &say))) {
            say(FromWorker::Panicked { text: panic_text(&*cause) });
        }
    })?;
    Ok(Thread { post, ended })
}

/// What a worker on the processor does: it says that it is ready, then answers each message with one message, until it is ended.
fn work(posted: &Receiver<ToWorker>, ended: &AtomicBool, say: &dyn Fn(FromWorker)) {
    say(FromWorker::Ready(Announcement::new(BUILD_ID, KERNEL)));
    for message in posted {
        if ended.load(Ordering::Relaxed) {
            return;
        }
        say(answer(&message, posted));
    }
}

/// The answer to one message.
fn answer(message: &ToWorker, posted: &Receiver<ToWorker>) -> FromWorker {
    match *message {
        ToWorker::Compute { lease, seed, blocks, kernel, chaos } => {
            panic_by_chance(lease, chaos);
            let kernel = kernel.unwrap_or(KERNEL);
            let begun = time::Instant::now();
            match kernel.tally(seed, blocks) {
                Some(tally) => counted(lease, tally, begun),
                None => FromWorker::Rejected {
                    text: MessageError::UnknownKernel(kernel.name().to_owned()).to_string(),
                },
            }
        }
        ToWorker::Crash => panic!("a crash was asked for"),
        ToWorker::Hang => {
            // Until it is ended.
            posted.iter().for_each(drop);
            FromWorker::Rejected { text: "it hung".to_owned() }
        }
    }
}

fn counted(lease: u64, tally: Tally, begun: time::Instant) -> FromWorker {
    FromWorker::tally(lease, tally, whole_us(begun.elapsed()))
}

pub(crate) fn panic_by_chance(lease: u64, chaos: Probability) {
    // Each hasher of the standard library has a random key.
    let random = || u32::try_from(RandomState::new().hash_one(lease) >> 32).unwrap_or(u32::MAX);
    assert!(chaos == Probability::NEVER || !chaos.happens(random()), "a random crash was asked for");
}

fn panic_text(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().cloned();
    text.or_else(|| cause.downcast_ref::<&str>().map(|&text| text.to_owned())).unwrap_or_default()
}

#[cfg(test)]
mod tests;
