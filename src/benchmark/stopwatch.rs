//! Carries out what the benchmark's runner commands: the same work on the main thread in one go, in threads with a GIL or
//! in tasks that take turns on the main thread, and in workers with the same coordinator and driver as a run.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::task::{Poll, Waker};

use dartboard_points::build::BUILD_ID;
use dartboard_points::kernel::Kernel;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};
use dartboard_threads::gil::SWITCH_INTERVAL_US;
use dartboard_threads::task::{Count, Done, Held};
use gloo::events::EventListener;
use gloo::timers::callback::Interval;
use gloo::utils::{document, window};
use js_sys::futures::{JsFuture, future_to_promise};
use js_sys::{Array, Function, Promise};
use wasm_bindgen::JsValue;
use web_sys::{MessageChannel, Performance};

use super::main_thread::{self, count};
use super::threads::{News, Threads};
use crate::browser::{clock, isolation, machine, screen};
use crate::driver::timed::TimedCoordinator;
use crate::driver::{Driver, Traffic};
use dartboard_core::benchmark::condition::{Disturbance, Measurement, Mode, Trial, Work};
use dartboard_core::benchmark::environment::Environment;
use dartboard_core::coordinator::{Coordinator, Event, Progress};
use dartboard_core::run::config::{BatchPoints, BatchSize, Config, Gpu, Target, WorkerCount};
use dartboard_core::time::Instant;

/// The longest time for which the main thread counts without a pause, in milliseconds: so long the page freezes.
pub(super) const LONGEST_FREEZE_MS: f64 = 1_000.0;
/// The longest turn of a cooperative task, in milliseconds.
const TURN_MS: f64 = 8.0;
/// Blocks counted between two looks at the clock, or for the GIL: first in turns, then in one loop. With the fast kernel these
/// take less than a millisecond, with the others there are fewer.
const fn step_blocks(kernel: Kernel) -> [u32; 2] {
    match kernel {
        Kernel::Tree => [10, 50],
        Kernel::MathRandom | Kernel::ScalarF64 | Kernel::Reference => [1, 10],
    }
}
/// The interval of the timer that watches the main thread, in milliseconds.
const TICK_MS: u32 = 5;
/// Blocks of a batch while workers warm up.
const WARM_UP_BATCH_BLOCKS: u64 = 10;
/// How long a browser may go on compiling after threads have warmed up, in milliseconds, as Firefox does.
const COMPILE_MS: u32 = 100;
/// If two clocks differ by more than this within one sample, one of them has jumped, in milliseconds.
const CLOCK_JUMP_MS: f64 = 250.0;

/// Why a trial was not carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum NotMeasured {
    /// The user has ended it.
    Cancelled,
    /// Workers or threads could not be kept alive, or the main thread lacks what it counts with.
    Failed(String),
    /// There is no GPU that counts.
    NoGpu(String),
}

/// Measures trials, one at a time.
pub(super) struct Stopwatch {
    performance: Performance,
    turns: Turns,
    driver: Driver<TimedCoordinator>,
    told: Rc<Told>,
    waiting: Rc<Waiting>,
    seed: Seed,
    cancelled: Rc<Cell<bool>>,
    adapter: RefCell<Option<String>>,
}

/// What the driver said last.
#[derive(Default)]
struct Told {
    progress: RefCell<Progress>,
    at: Cell<Instant>,
}

/// The task that waits for workers or threads.
#[derive(Default)]
pub(super) struct Waiting(RefCell<Option<Waker>>);

impl Waiting {
    /// There is news.
    pub(super) fn wake(&self) {
        if let Some(waiting) = self.0.borrow_mut().take() {
            waiting.wake();
        }
    }
}

impl Stopwatch {
    /// A stopwatch for the points of `seed`; none where the browser has no clock or no message channels.
    pub(super) fn new(seed: Seed) -> Option<Self> {
        let (told, waiting) = (Rc::new(Told::default()), Rc::new(Waiting::default()));
        let on_told = {
            let (told, waiting) = (told.clone(), waiting.clone());
            Box::new(move |progress, at| {
                told.progress.replace(progress);
                told.at.set(at);
                waiting.wake();
            })
        };
        let coordinator =
            Coordinator::new(config(seed, 1, WARM_UP_BATCH_BLOCKS, 1), BUILD_ID.to_owned()).keeping_workers();
        Some(Self {
            performance: window().performance()?,
            turns: Turns::new()?,
            driver: Driver::timing(coordinator, on_told),
            told,
            waiting,
            seed,
            cancelled: Rc::default(),
            adapter: RefCell::default(),
        })
    }

    /// The name of the adapter that has counted; none if none has.
    pub(super) fn adapter(&self) -> Option<String> {
        self.adapter.borrow().clone()
    }

    /// Ends what is being measured.
    pub(super) fn cancel(&self) {
        self.cancelled.set(true);
        self.driver.tell(Event::Close);
        self.waiting.wake();
    }

    /// Measures `trial`.
    ///
    /// # Errors
    /// When it is cancelled, or workers or threads cannot be kept alive.
    pub(super) async fn measure(&self, trial: &Trial) -> Result<Measurement, NotMeasured> {
        // A page that is not seen is not measured: browsers slow it down.
        let mut watch = Watch::begin(&self.performance);
        while screen::is_hidden() {
            self.go_on()?;
            clock::wait(100).await;
            watch = Watch::begin(&self.performance);
        }
        if !trial.condition.mode.starts_workers() {
            main_thread::load(trial.condition.kernel).await.map_err(NotMeasured::Failed)?;
            watch = Watch::begin(&self.performance);
        }
        let mut measured = match trial.condition.mode {
            Mode::Sequential => self.sequential(trial).await?,
            Mode::Threads => self.threads(trial).await?,
            Mode::Cooperative => self.cooperative(trial).await?,
            Mode::Workers | Mode::Gpu => {
                let measured = self.workers(trial).await;
                self.driver.tell(Event::Close);
                match measured {
                    Err(NotMeasured::Failed(reason)) if trial.condition.mode == Mode::Gpu => {
                        return Err(NotMeasured::NoGpu(reason));
                    }
                    measured => measured?,
                }
            }
        };
        measured.disturbance = watch.disturbance(&self.performance).or(measured.disturbance);
        if trial.condition.kernel == Kernel::Reference && trial.repeat.is_some() {
            measured.control = Some(count(Kernel::Tree, self.seed, 0, trial.work.job_blocks));
        }
        Ok(measured)
    }

    fn now_ms(&self) -> f64 {
        self.performance.now()
    }

    fn go_on(&self) -> Result<(), NotMeasured> {
        if self.cancelled.get() { Err(NotMeasured::Cancelled) } else { Ok(()) }
    }

    /// Counts on the main thread without a pause, but for a moment each [`LONGEST_FREEZE_MS`] that is not timed.
    async fn sequential(&self, trial: &Trial) -> Result<Measurement, NotMeasured> {
        self.warm_up_main_thread(trial);
        let ticker = Ticker::start(&self.performance);
        let kernel = trial.condition.kernel;
        let [_, step_blocks] = step_blocks(kernel);
        let (mut wall_ms, mut tally) = (0.0, Tally::default());
        let mut begun_ms = self.now_ms();
        for _ in 0..trial.work.jobs {
            let mut first = 0;
            while first < trial.work.job_blocks {
                let end = (first + u64::from(step_blocks)).min(trial.work.job_blocks);
                tally += count(kernel, self.seed, first, end);
                first = end;
                let elapsed_ms = self.now_ms() - begun_ms;
                if elapsed_ms >= LONGEST_FREEZE_MS {
                    wall_ms += elapsed_ms;
                    clock::wait(0).await;
                    self.go_on()?;
                    begun_ms = self.now_ms();
                }
            }
        }
        wall_ms += self.now_ms() - begun_ms;
        let longest_gap_ms = ticker.end();
        Ok(Measurement { wall_ms, longest_gap_ms, tally, ..Measurement::default() })
    }

    fn warm_up_main_thread(&self, trial: &Trial) {
        // Its tally is discarded, but through `black_box`, so that the compiler does not remove the count.
        std::hint::black_box(count(trial.condition.kernel, self.seed, 0, trial.warm_up_blocks));
    }

    /// Counts in tasks that take turns on the main thread.
    async fn cooperative(&self, trial: &Trial) -> Result<Measurement, NotMeasured> {
        self.warm_up_main_thread(trial);
        let ticker = Ticker::start(&self.performance);
        let begun_ms = self.now_ms();
        let mut tally = Tally::default();
        for _ in 0..trial.work.jobs {
            tally += self.share_out(trial).await;
            self.go_on()?;
        }
        let wall_ms = self.now_ms() - begun_ms;
        let longest_gap_ms = ticker.end();
        Ok(Measurement { wall_ms, longest_gap_ms, tally, ..Measurement::default() })
    }

    /// One job, an even share of it in each task.
    async fn share_out(&self, trial: &Trial) -> Tally {
        let kernel = trial.condition.kernel;
        let [step_blocks, _] = step_blocks(kernel);
        let sum = Rc::new(Cell::new(Tally::default()));
        let promises = Array::new();
        for share in trial.work.shares(trial.condition.workers) {
            let (mut first, end) = (share.first(), share.end());
            let (performance, turns) = (self.performance.clone(), self.turns.clone());
            let (sum, seed, cancelled) = (sum.clone(), self.seed, self.cancelled.clone());
            promises.push(&future_to_promise(async move {
                while first < end && !cancelled.get() {
                    let turn_ms = performance.now();
                    while first < end && performance.now() - turn_ms < TURN_MS {
                        let next = (first + u64::from(step_blocks)).min(end);
                        sum.set(sum.get() + count(kernel, seed, first, next));
                        first = next;
                    }
                    turns.next().await;
                }
                Ok(JsValue::UNDEFINED)
            }));
        }
        // None of them is rejected.
        let _ = JsFuture::from(Promise::all(&promises)).await;
        sum.get()
    }

    /// Counts in threads that take turns by a GIL: they start, warm up without it, and only then the clock does.
    async fn threads(&self, trial: &Trial) -> Result<Measurement, NotMeasured> {
        let (condition, work) = (trial.condition, trial.work);
        let [step_blocks, _] = step_blocks(condition.kernel);
        let orders = |shares: &[BlockRange], held| -> Vec<Count> {
            let order = |(&blocks, thread)| Count {
                thread,
                threads: condition.workers,
                seed: self.seed,
                kernel: condition.kernel,
                blocks,
                step_blocks: NonZeroU32::new(step_blocks).unwrap_or(NonZeroU32::MIN),
                held,
            };
            shares.iter().zip(0..).map(order).collect()
        };

        let spawned_ms = self.now_ms();
        let threads = Threads::start(condition.workers, self.waiting.clone());
        let spawn_ms = self.all_done(&threads).await?.1 - spawned_ms;
        // In many orders, as workers do in many batches: browsers optimise what is called often, and take their time.
        let batch_blocks = WARM_UP_BATCH_BLOCKS.min(trial.warm_up_blocks.max(1));
        let batch: Vec<_> = Work { job_blocks: batch_blocks, jobs: 1 }.shares(1).collect();
        let warm_up = orders(&batch.repeat(condition.workers as usize), Held::Nothing);
        for _ in 0..trial.warm_up_blocks.div_ceil(batch_blocks) {
            threads.begin(&warm_up);
            self.all_done(&threads).await?;
        }
        clock::wait(COMPILE_MS).await;
        self.go_on()?;

        let shares: Vec<_> = work.shares(condition.workers).collect();
        let orders = orders(&shares, Held::Gil { interval_us: SWITCH_INTERVAL_US });
        threads.take_traffic();
        let ticker = Ticker::start(&self.performance);
        let begun_ms = self.now_ms();
        let (mut tally, mut wall_ms, mut counting_us) = (Tally::default(), 0.0, 0);
        for _ in 0..work.jobs {
            threads.begin(&orders);
            let (done, at_ms) = self.all_done(&threads).await?;
            for done in done {
                tally += Tally { points: u64::from(done.own) * BLOCK_POINTS, inside: done.sum };
                counting_us += counting(&done);
            }
            wall_ms = at_ms - begun_ms;
        }
        let longest_gap_ms = ticker.end();
        let Traffic { messages, characters, .. } = threads.take_traffic();
        Ok(Measurement {
            wall_ms,
            spawn_ms,
            longest_gap_ms,
            tally,
            messages,
            message_characters: characters,
            waiting_ms: waiting_ms(wall_ms, condition.workers, counting_us),
            disturbance: None,
            control: None,
        })
    }

    /// Waits until all threads are ready, or have done what they were ordered: what they report, and when that was heard.
    async fn all_done(&self, threads: &Threads) -> Result<(Vec<Done>, f64), NotMeasured> {
        self.news(|| match threads.news()? {
            News::Ready(at) => Some(Ok((Vec::new(), ms(at)))),
            News::Done(done, at) => Some(Ok((done, ms(at)))),
            News::Lost(reason) => Some(Err(reason)),
        })
        .await
    }

    /// Counts in workers or on the GPU: they start, warm up, and only then the clock does.
    async fn workers(&self, trial: &Trial) -> Result<Measurement, NotMeasured> {
        let (condition, work) = (trial.condition, trial.work);
        let wanted = condition.workers;
        let batch_blocks = BatchPoints::nearest(condition.batch_points / BLOCK_POINTS).blocks();
        let reset = |batch_blocks, all_blocks| {
            let kernel = Some(condition.kernel);
            let mut config = Config { kernel, ..config(self.seed, wanted, batch_blocks, all_blocks) };
            if condition.mode == Mode::Gpu {
                // As in a run: by its pace.
                (config.gpu, config.batch) = (Gpu::Alone, BatchSize::Auto);
            }
            self.driver.tell(Event::Reset(config));
        };

        self.driver.tell(Event::Close);
        let warm_up_blocks = trial.warm_up_blocks.max(WARM_UP_BATCH_BLOCKS) * u64::from(wanted);
        reset(WARM_UP_BATCH_BLOCKS.min(trial.warm_up_blocks.max(1)), warm_up_blocks);
        let spawned_ms = self.now_ms();
        self.driver.tell(Event::Open);
        let ready = self.until(|progress| progress.ready_workers == wanted).await?;
        let spawn_ms = ready.1 - spawned_ms;
        if let Some(adapter) = self.driver.adapter() {
            self.adapter.replace(Some(adapter));
        }
        let mut restarts = ready.0.restarts;
        self.driver.tell(Event::Start);
        restarts += self.until(|progress| progress.finished).await?.0.restarts;

        reset(batch_blocks, work.job_blocks);
        self.until(|progress| progress.ready_workers == wanted).await?;
        self.driver.take_traffic();
        let ticker = Ticker::start(&self.performance);
        let begun_ms = self.now_ms();
        let (mut tally, mut wall_ms) = (Tally::default(), 0.0);
        for job in 0..work.jobs {
            if job > 0 {
                reset(batch_blocks, work.job_blocks);
            }
            self.driver.tell(Event::Start);
            let (progress, at_ms) = self.until(|progress| progress.finished).await?;
            tally += progress.tally;
            restarts += progress.restarts;
            wall_ms = at_ms - begun_ms;
        }
        let longest_gap_ms = ticker.end();
        let Traffic { messages, characters, compute_us } = self.driver.take_traffic();
        Ok(Measurement {
            wall_ms,
            spawn_ms,
            longest_gap_ms,
            tally,
            messages,
            message_characters: characters,
            waiting_ms: waiting_ms(wall_ms, wanted, compute_us),
            disturbance: (restarts > 0).then_some(Disturbance::WorkerReplaced),
            control: None,
        })
    }

    /// Waits until the run is as `condition` wants it: how it is then, and when that was heard.
    async fn until(&self, condition: impl Fn(&Progress) -> bool) -> Result<(Progress, f64), NotMeasured> {
        self.news(|| {
            let progress = self.told.progress.borrow();
            match &progress.failure {
                Some(reason) => Some(Err(reason.clone())),
                None => condition(&progress).then(|| Ok((progress.clone(), ms(self.told.at.get())))),
            }
        })
        .await
    }

    /// Waits until `look`, which is called whenever there is news, sees what is waited for, or why it cannot
    /// come.
    async fn news<T>(&self, look: impl Fn() -> Option<Result<T, String>>) -> Result<T, NotMeasured> {
        poll_fn(|context| {
            if self.cancelled.get() {
                return Poll::Ready(Err(NotMeasured::Cancelled));
            }
            if let Some(seen) = look() {
                return Poll::Ready(seen.map_err(NotMeasured::Failed));
            }
            self.waiting.0.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await
    }
}

/// The page's clock at that time, in milliseconds.
fn ms(at: Instant) -> f64 {
    at.since_origin().as_secs_f64() * 1e3
}

/// How long so many workers or threads did not count, of all together, in milliseconds.
fn waiting_ms(wall_ms: f64, workers: u32, counting_us: u64) -> f64 {
    // Clocks may be coarse: a sum of rounded times can be a little too long.
    (wall_ms * f64::from(workers) - counting_us as f64 / 1e3).max(0.0)
}

/// How long a thread counted, in microseconds: from its order to its end, but for its waits for the GIL.
fn counting(done: &Done) -> u64 {
    let [first, last] = [done.trace.first(), done.trace.last()].map(|change| change.map_or(0, |it| it.at_us));
    last.saturating_sub(first).saturating_sub(done.waited_us)
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        self.driver.retire();
    }
}

fn config(seed: Seed, workers: u32, batch_blocks: u64, all_blocks: u64) -> Config {
    Config {
        target: Target::from_blocks(all_blocks),
        ..Config::new(
            seed,
            WorkerCount::nearest(workers),
            BatchSize::Fixed(BatchPoints::nearest(batch_blocks)),
        )
    }
}

/// Turns on the main thread: whoever waits for the next goes on after what the page has to do.
///
/// By messages, since timers would be held back to 4 ms each.
#[derive(Clone)]
struct Turns {
    channel: MessageChannel,
    waiting: Rc<RefCell<VecDeque<Function>>>,
    /// Dropped, it hears nothing more, not even what is under way.
    _listener: Rc<EventListener>,
}

impl Turns {
    fn new() -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        let waiting = Rc::<RefCell<VecDeque<Function>>>::default();
        let listener = {
            let waiting = waiting.clone();
            EventListener::new(&channel.port1(), "message", move |_| {
                let next = waiting.borrow_mut().pop_front();
                if let Some(next) = next {
                    // The resolving function of a promise does not throw.
                    let _ = next.call0(&JsValue::UNDEFINED);
                }
            })
        };
        channel.port1().start();
        Some(Self { channel, waiting, _listener: Rc::new(listener) })
    }

    async fn next(&self) {
        let promise = Promise::new(&mut |resolve, _| self.waiting.borrow_mut().push_back(resolve));
        // Nothing is transferred that could be refused.
        let _ = self.channel.port2().post_message(&JsValue::NULL);
        let _ = JsFuture::from(promise).await;
    }
}

/// Finds the longest time for which the main thread did not run a timer.
struct Ticker {
    performance: Performance,
    /// Of the last tick, and the longest gap so far, in milliseconds.
    state: Rc<Cell<(f64, f64)>>,
    _interval: Interval,
}

impl Ticker {
    fn start(performance: &Performance) -> Self {
        let state = Rc::new(Cell::new((performance.now(), 0.0)));
        let tick = {
            let (state, performance) = (state.clone(), performance.clone());
            move || note_tick(&state, performance.now())
        };
        Self { performance: performance.clone(), state, _interval: Interval::new(TICK_MS, tick) }
    }

    fn end(self) -> f64 {
        note_tick(&self.state, self.performance.now());
        self.state.get().1
    }
}

fn note_tick(state: &Cell<(f64, f64)>, now_ms: f64) {
    let (last_ms, longest_ms) = state.get();
    state.set((now_ms, longest_ms.max(now_ms - last_ms)));
}

/// Sees what makes a sample worthless.
struct Watch {
    hidden: Rc<Cell<bool>>,
    began: (f64, f64),
    _listener: EventListener,
}

impl Watch {
    fn begin(performance: &Performance) -> Self {
        let hidden = Rc::new(Cell::new(false));
        let listener = {
            let hidden = hidden.clone();
            EventListener::new(&document(), "visibilitychange", move |_| hidden.set(true))
        };
        Self { hidden, began: (performance.now(), js_sys::Date::now()), _listener: listener }
    }

    fn disturbance(&self, performance: &Performance) -> Option<Disturbance> {
        if self.hidden.get() || screen::is_hidden() {
            return Some(Disturbance::Hidden);
        }
        let (performance_ms, date_ms) = self.began;
        let parted_ms = (js_sys::Date::now() - date_ms) - (performance.now() - performance_ms);
        (parted_ms.abs() > CLOCK_JUMP_MS).then_some(Disturbance::ClockJumped)
    }
}

/// What the page can tell of this machine and browser.
pub(super) fn environment() -> Environment {
    Environment {
        user_agent: machine::browser_name(),
        cores: machine::reported_cores(),
        timer_step_ms: window().performance().map_or(0.0, |performance| timer_step_ms(&performance)),
        isolated: Some(isolation::is_isolated()),
        // boot.js loads no page without it.
        simd: true,
        build: BUILD_ID.to_owned(),
        gpu: None,
    }
}

/// The shortest of many steps of the clock, in milliseconds.
fn timer_step_ms(performance: &Performance) -> f64 {
    const STEPS: u32 = 20;
    const PATIENCE_MS: f64 = 100.0;
    let begun_ms = performance.now();
    let (mut last_ms, mut shortest_ms, mut steps) = (begun_ms, PATIENCE_MS, 0);
    while steps < STEPS && last_ms - begun_ms < PATIENCE_MS {
        let now_ms = performance.now();
        if now_ms > last_ms {
            shortest_ms = shortest_ms.min(now_ms - last_ms);
            last_ms = now_ms;
            steps += 1;
        }
    }
    shortest_ms
}
