//! The session's rules, one by one, on a page whose storage, locks and workers are simulated.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{Announcement, FromWorker, ToWorker};
use dartboard_points::tally::{Seed, Tally};

use super::*;
use crate::coordinator::snapshot::RunStatus;
use crate::lecture::experiment::Experiment;
use crate::run::config::{BatchPoints, BatchSize, Chaos, LiveSetting, Target, WorkerCount};
use crate::run::saved_runs::SavedRun;
use crate::run::stored_names::Named;
use crate::session::view::View;

mod address;
mod attention;
mod lessons;
mod offers;
mod replacing;
mod saving;
mod showing;

const BUILD: &str = "build-1";
const MINUTE: Duration = Duration::from_secs(60);

fn scope() -> Scope {
    Scope::of_path("/some/repo/")
}

/// Under which name the run of `key` is saved.
fn name(key: RunKey) -> String {
    scope().run(key)
}

/// Which run is saved under `name`.
fn key_of(name: &str) -> Option<RunKey> {
    match scope().parse(name) {
        Some(Named::Run(key)) => Some(key),
        _ => None,
    }
}

/// What other pages of the site have too.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own")]
struct SimulatedBrowser {
    stored: BTreeMap<String, String>,
    /// Held by other pages.
    locked_elsewhere: BTreeSet<RunKey>,
    /// Held by pages of an older version, whose names carry no scope.
    unscoped_elsewhere: BTreeSet<RunKey>,
    /// Whether it has locks at all.
    has_locks: bool,
    /// Why it stores nothing more.
    full: bool,
    refuses_addresses: bool,
    /// Whether no worker comes to its announcement.
    starts_slowly: bool,
    /// Whether no run was started here before.
    is_new: bool,
}

/// A page, driven as the driver does.
struct SimulatedPage {
    session: Session,
    browser: SimulatedBrowser,
    now: Duration,
    pending: VecDeque<Event>,
    timer: Option<Instant>,
    address: String,
    /// How often the address was written.
    addresses: usize,
    locks: BTreeSet<RunKey>,
    unscoped_locks: BTreeSet<RunKey>,
    own_run: Option<RunKey>,
    /// What is out at workers, oldest first.
    batches: VecDeque<(coordinator::WorkerId, u64, u64)>,
    /// How often something was stored.
    writes: usize,
    /// What the page was asked to show, and when.
    shown: Vec<(Duration, View)>,
    /// What its title was to begin with, and when.
    titles: Vec<(Duration, String)>,
    is_kept_awake: bool,
}

impl SimulatedPage {
    /// A page that is opened at `fragment` in `browser`, by a tab that saved `own_run` last.
    fn open(fragment: &str, browser: SimulatedBrowser, own_run: Option<RunKey>) -> Self {
        let config =
            Config::new(Seed(1), WorkerCount::nearest(1), BatchSize::Fixed(BatchPoints::nearest(10)));
        let opening = Opening {
            address_end: fragment.to_owned(),
            config,
            build: BUILD.to_owned(),
            scope: scope(),
            own_run,
            shows_first_darts: browser.is_new,
            // No two pages of a test begin alike.
            random: browser.stored.len() as u64 * 1_000 + fragment.len() as u64,
        };
        let mut page = Self {
            session: Session::new(opening),
            browser,
            now: Duration::from_millis(100),
            pending: VecDeque::new(),
            timer: None,
            address: fragment.to_owned(),
            addresses: 0,
            locks: BTreeSet::new(),
            unscoped_locks: BTreeSet::new(),
            own_run,
            batches: VecDeque::new(),
            writes: 0,
            shown: Vec::new(),
            titles: Vec::new(),
            is_kept_awake: false,
        };
        page.tell(Event::Opened);
        page
    }

    fn first(fragment: &str) -> Self {
        Self::open(fragment, SimulatedBrowser { has_locks: true, ..SimulatedBrowser::default() }, None)
    }

    /// The next page of the same tab, after this one was closed.
    fn reopened(mut self, fragment: &str) -> Self {
        self.tell(Event::Left);
        self.pass(Duration::from_secs(10));
        let mut next = Self::open(fragment, self.browser, self.own_run);
        next.now = Duration::from_millis(200);
        next
    }

    fn at(&self) -> Moment {
        let wall_ms = u64::try_from(self.now.as_millis()).unwrap() + 1_000_000;
        Moment { now: Instant::after_origin(self.now), wall_ms }
    }

    fn tell(&mut self, event: Event) {
        self.pending.push_back(event);
        while let Some(event) = self.pending.pop_front() {
            for command in self.session.handle(self.at(), event) {
                self.carry_out(command);
            }
        }
    }

    /// Tells the session alone: nothing of what it commands is carried out. Returns that, but for showing it.
    fn tell_only(&mut self, event: Event) -> Vec<Command> {
        let mut commands = self.session.handle(self.at(), event);
        commands.retain(|command| *command != Command::Show);
        commands
    }

    fn run(&mut self, event: coordinator::Event) {
        self.tell(Event::Run(event));
    }

    fn carry_out(&mut self, command: Command) {
        let full = || if self.browser.full { Err(StoreError::Full) } else { Ok(()) };
        match command {
            Command::Run(command) => self.work(&command),
            Command::SetTimer(at) => self.timer = at,
            Command::SetTitle(title) => self.titles.push((self.now, title)),
            Command::KeepAwake(awake) => self.is_kept_awake = awake,
            Command::Show => {
                let view = self.view();
                self.pending.push_back(Event::Shown(view.pictures));
                self.shown.push((self.now, view));
            }
            Command::WriteAddress(fragment) => {
                let done = !self.browser.refuses_addresses;
                if done {
                    self.address = fragment;
                    self.addresses += 1;
                }
                self.pending.push_back(Event::AddressWritten(done));
            }
            Command::Lock(key) => {
                let acquired = match self.browser.has_locks {
                    false => Acquired::NoLocks,
                    true if self.browser.locked_elsewhere.contains(&key) || self.locks.contains(&key) => {
                        Acquired::Elsewhere
                    }
                    true => Acquired::Held,
                };
                if acquired == Acquired::Held {
                    self.locks.insert(key);
                }
                self.pending.push_back(Event::Locked { key, acquired });
            }
            Command::Unlock(key) => {
                self.locks.remove(&key);
            }
            Command::AskLocks(wanted) => {
                let has_locks = self.browser.has_locks;
                let is_free = |key: &RunKey| {
                    !self.browser.unscoped_elsewhere.contains(key) && !self.unscoped_locks.contains(key)
                };
                let unscoped: Vec<_> = wanted.into_iter().filter(|key| has_locks && is_free(key)).collect();
                self.unscoped_locks.extend(&unscoped);
                let keys = self.locks.union(&self.browser.locked_elsewhere).copied().collect();
                let known = if self.browser.has_locks { InUse::Locked(keys) } else { InUse::Unknown };
                self.pending.push_back(Event::LocksKnown { in_use: known, unscoped });
            }
            Command::UnlockUnscoped => self.unscoped_locks.clear(),
            Command::ReadRuns => {
                let stored = self.browser.stored.iter();
                let stored = stored.map(|(key, value)| Stored { key: key.clone(), value: value.clone() });
                self.pending.push_back(Event::RunsRead(stored.collect()));
            }
            Command::Read(key) => {
                let stored = Ok(self.browser.stored.get(&name(key)).cloned());
                self.pending.push_back(Event::Read { key, stored });
            }
            Command::Write { key, text } => {
                let result = full();
                if result.is_ok() {
                    self.browser.stored.insert(name(key), text);
                    self.writes += 1;
                }
                self.pending.push_back(Event::Written { key, result });
            }
            Command::Remove(key) => {
                self.browser.stored.remove(&name(key));
                self.pending.push_back(Event::Written { key, result: Ok(()) });
            }
            Command::Drop(name) => {
                self.browser.stored.remove(&name);
            }
            Command::Move { from, to } => {
                if let Some(Named::Run(key)) = Scope::none().parse(&from) {
                    assert!(
                        !self.browser.has_locks || self.unscoped_locks.contains(&key),
                        "moved without its lock"
                    );
                }
                let value = self.browser.stored.remove(&from).unwrap();
                self.browser.stored.insert(to, value);
            }
            Command::RememberOwn(key) => {
                assert_ne!(self.own_run.replace(key), Some(key), "told again");
            }
        }
    }

    fn work(&mut self, command: &coordinator::Command) {
        use coordinator::Command;
        match *command {
            Command::Spawn { .. } if self.browser.starts_slowly => {}
            Command::Spawn { worker, .. } => {
                let message = FromWorker::Ready(Announcement::new(BUILD, Kernel::Tree));
                self.pending.push_back(Event::Run(coordinator::Event::Message { worker, message }));
            }
            Command::Post { worker, message: ToWorker::Compute { lease, blocks, .. } } => {
                self.batches.push_back((worker, lease, blocks.blocks()));
            }
            Command::Terminate { worker } => self.batches.retain(|batch| batch.0 != worker),
            Command::Post { .. } | Command::KillSilently { .. } => {}
            Command::SetTimer(_) => panic!("the session has the timer"),
        }
    }

    /// Lets time pass, in which timers come and workers count.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        let mut next_result = self.now + Duration::from_millis(50);
        while self.now < end {
            let timer = self.timer.map_or(next_result, Instant::since_origin);
            self.now = timer.max(self.now + Duration::from_millis(1)).min(next_result);
            if self.timer.is_some_and(|timer| timer <= self.at().now) {
                self.timer = None;
                self.tell(Event::Timer);
            }
            if self.now < next_result {
                continue;
            }
            next_result += Duration::from_millis(50);
            if let Some((worker, lease, blocks)) = self.batches.pop_front() {
                let tally = Tally { points: blocks * 100_000, inside: blocks * 78_000 };
                let message = FromWorker::tally(lease, tally, 40_000);
                self.run(coordinator::Event::Message { worker, message });
            }
        }
    }

    /// Counts for a while, and pauses.
    fn count_for(&mut self, time: Duration) {
        self.run(coordinator::Event::Start);
        self.pass(time);
        self.run(coordinator::Event::Pause);
        self.pass(Duration::from_secs(1));
    }

    fn view(&self) -> View {
        self.session.view(self.at().now)
    }

    fn status(&self) -> RunStatus {
        self.view().snapshot.status.clone()
    }

    fn points(&self) -> u64 {
        self.view().snapshot.tally.points
    }

    fn seed(&self) -> u64 {
        self.view().snapshot.config.seed.0
    }

    /// Where the run here is saved.
    fn key_here(&self) -> RunKey {
        self.session.places.here().key()
    }

    /// The saved runs, as (seed, points), in order.
    fn saved(&self) -> Vec<(u64, u64)> {
        let runs = self.browser.stored.iter().filter(|(key, _)| key_of(key).is_some());
        let mut saved: Vec<_> = runs
            .map(|(_, value)| SavedRun::parse(value).unwrap().run)
            .map(|run| (run.config().seed.0, run.tally().points))
            .collect();
        saved.sort_unstable();
        saved
    }

    fn offered(&self) -> Option<u64> {
        self.view().offer.map(|offer| offer.offer.saved.run.config().seed.0)
    }

    fn answer(&mut self, answer: OfferAnswer) {
        if let Some(offer) = self.view().offer {
            self.tell(Event::Offered { key: offer.offer.key, answer });
        }
    }
}

/// A browser in which the runs of these seeds are saved, each by a page that is closed.
fn browser_with(seeds: &[u64]) -> (SimulatedBrowser, Option<RunKey>) {
    let mut browser = SimulatedBrowser { has_locks: true, ..SimulatedBrowser::default() };
    let mut own_run = None;
    for seed in seeds {
        let mut page = SimulatedPage::open(&format!("#/?seed={seed}"), browser, None);
        page.answer(OfferAnswer::NotNow);
        page.count_for(Duration::from_secs(2));
        page.tell(Event::Left);
        (browser, own_run) = (page.browser, page.own_run);
    }
    (browser, own_run)
}
