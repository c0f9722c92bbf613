//! One simulated world: a list, its servers, its user and its time, all drawn from one seed.

use std::collections::{BTreeMap, BTreeSet};

use dartboard_downloads::answer::Answer;
use dartboard_downloads::error::{Cause, DownloadError};
use dartboard_downloads::list::{Entry, List, Target};
use dartboard_downloads::machine::{Command, Downloads, Event, Plan, RowView, State, Wait};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::Outcome;
use crate::driver::{Driver, Segment, SimRow};
use crate::server::{Said, SimFile};

/// What is going to happen.
#[derive(Clone, Debug)]
enum Coming {
    /// Something comes of a fetch, or would if it had not been aborted.
    Net { row: u32, attempt: u32, said: Said },
    /// The user does something.
    User(Event),
}

/// What is shown of a row, without what changes while nothing happens.
type Shown = (State, u64, Option<u64>, Option<String>, bool);

fn shown(view: &RowView<'_>) -> Shown {
    let state = match &view.state {
        State::Downloading { .. } => State::Downloading { silent_ms: 0 },
        state => state.clone(),
    };
    (state, view.got_bytes, view.of_bytes, view.name.map(str::to_owned), view.started_over)
}

/// See the module's documentation.
pub(crate) struct World {
    rng: Xoshiro256PlusPlus,
    now_ms: u64,
    coming: BTreeMap<(u64, u64), Coming>,
    sequence: u64,
    plan: Plan,
    downloads: Downloads,
    driver: Driver,
    /// Rows that are no address.
    wrong: BTreeSet<u32>,
    /// How late a tick comes.
    late_ms: u64,
    /// How often of 100 times an aborted fetch still says something.
    stale: u32,
    begun: bool,
    /// What a page would show that learns of changes alone.
    page: BTreeMap<u32, Shown>,
    outcome: Outcome,
    told: bool,
}

fn plan(rng: &mut Xoshiro256PlusPlus) -> Plan {
    let choose = |rng: &mut Xoshiro256PlusPlus, of: &[u64]| of[rng.random_range(0..of.len())];
    Plan {
        limit: if rng.random_bool(0.1) { rng.random_range(0..=20) } else { rng.random_range(1..=4) },
        host_pause_ms: choose(rng, &[0, 0, 10, 700]),
        retries: rng.random_range(0..=6),
        backoff_ms: choose(rng, &[10, 500]),
        stall_ms: choose(rng, &[50, 1_500, 30_000]),
        memory_limit: rng.random_bool(0.2).then(|| rng.random_range(0..8_000)),
    }
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let plan = plan(&mut rng);
        let in_range = plan.in_range();
        let hosts = rng.random_range(1..4_u32);
        let mut list = List::default();
        let mut driver = Driver {
            rows: BTreeMap::new(),
            limit: in_range.limit,
            host_pause_ms: plan.host_pause_ms,
            retries: in_range.retries,
            started_ms: BTreeMap::new(),
            heard_ms: BTreeMap::new(),
        };
        let mut wrong = BTreeSet::new();
        for id in 0..rng.random_range(0..12) {
            let host = format!("h{}", rng.random_range(0..hosts));
            let (href, path) = (format!("https://{host}/{id}"), format!("/{id}"));
            let target = if rng.random_bool(0.05) {
                wrong.insert(id);
                Err(DownloadError::NotAnAddress)
            } else {
                let file = SimFile::new(&mut rng);
                driver.rows.insert(id, SimRow::new(host.clone(), href.clone(), file));
                Ok(Target { href, host, path })
            };
            list.rows.push(Entry { address: id.to_string(), target });
        }
        let late_ms = [0, 0, 1, 300, 60_000][rng.random_range(0..5)];
        let mut world = Self {
            downloads: Downloads::new(plan, seed, list),
            now_ms: rng.random_range(0..100),
            coming: BTreeMap::new(),
            sequence: 0,
            plan: in_range,
            driver,
            wrong,
            late_ms,
            stale: rng.random_range(0..=30),
            begun: false,
            page: BTreeMap::new(),
            outcome: Outcome::default(),
            told: false,
            rng,
        };
        world.schedule_user();
        world
    }

    /// The same, told step by step on standard output.
    pub(crate) fn told(mut self) -> Self {
        self.told = true;
        self
    }

    fn schedule(&mut self, at_ms: u64, coming: Coming) {
        self.sequence += 1;
        self.coming.insert((at_ms, self.sequence), coming);
    }

    fn schedule_user(&mut self) {
        let leisure_ms = [50, 2_000, 50_000][self.rng.random_range(0..3)];
        let actions = if self.rng.random_bool(0.3) { 0 } else { self.rng.random_range(0..20) };
        let mut at_ms = self.now_ms;
        for _ in 0..actions {
            at_ms += self.rng.random_range(0..=leisure_ms);
            let event = self.action();
            self.schedule(at_ms, Coming::User(event));
        }
        let begin_ms = self.now_ms + self.rng.random_range(0..100);
        self.schedule(begin_ms, Coming::User(Event::Begin));
    }

    fn action(&mut self) -> Event {
        let row = self.rng.random_range(0..13);
        match self.rng.random_range(0..16) {
            0..5 => Event::Cancel(row),
            5..10 => Event::Retry(row),
            10..12 => Event::RetryFailed,
            12..14 => Event::ClearDone,
            14 => Event::CancelAll,
            _ => Event::Begin,
        }
    }

    /// Lives the world to its end.
    pub(crate) fn live(mut self) -> Outcome {
        self.check();
        let mut steps = 0;
        while !(self.begun && self.downloads.is_over() && self.coming.is_empty()) {
            steps += 1;
            assert!(steps < 200_000, "it never ends: {:?}", self.downloads.totals(self.now_ms));
            self.step();
        }
        self.check_end();
        self.outcome
    }

    /// Lets the next thing happen.
    fn step(&mut self) {
        let tick_ms = self.downloads.wake_at_ms().map(|at_ms| at_ms.max(self.now_ms) + self.late_ms);
        let next_ms = self.coming.keys().next().map(|(at_ms, _)| *at_ms);
        match (tick_ms, next_ms) {
            (Some(tick_ms), next_ms) if next_ms.is_none_or(|next_ms| tick_ms <= next_ms) => {
                self.now_ms = tick_ms;
                self.tick();
            }
            _ => {
                let ((at_ms, _), coming) =
                    self.coming.pop_first().expect("it waits for nothing, and is not over");
                self.now_ms = self.now_ms.max(at_ms);
                match coming {
                    Coming::Net { row, attempt, said } => self.net(row, attempt, said),
                    Coming::User(event) => self.user(event),
                }
            }
        }
    }

    /// Tells the machine, carries out what it wants, and checks all that must hold.
    fn tell(&mut self, event: Event) -> Vec<Command> {
        if self.told {
            println!("{} {event:?}", self.now_ms);
        }
        let commands = self.downloads.handle(self.now_ms, event);
        for command in &commands {
            if self.told {
                println!("    {command:?}");
            }
            self.driver.obey(self.now_ms, command);
            if let Command::Fetch { row, attempt, from_bytes, .. } = command {
                self.request(*row, *attempt, *from_bytes);
            }
        }
        commands
    }

    fn request(&mut self, id: u32, attempt: u32, from_bytes: Option<u64>) {
        let row = self.driver.row(id);
        if row.fetches > 1 {
            self.outcome.note("a retry by itself");
        }
        let script = row.file.answer(&mut self.rng, from_bytes);
        let mut at_ms = self.now_ms;
        for (after_ms, said) in script {
            at_ms += after_ms;
            self.schedule(at_ms, Coming::Net { row: id, attempt, said });
        }
    }

    fn tick(&mut self) {
        if self.late_ms > 0 {
            self.outcome.note("a late tick");
        }
        let overdue = |heard_ms: u64| heard_ms + self.plan.stall_ms <= self.now_ms;
        let (mut read, mut unread) = (BTreeSet::new(), BTreeSet::new());
        for (id, row) in &self.driver.rows {
            let Some(flight) = row.flight else { continue };
            let host_ms = self.driver.heard_ms.get(&row.host).copied().unwrap_or(0);
            if flight.is_answered && overdue(flight.heard_ms) {
                read.insert(*id);
            } else if !flight.is_answered && overdue(flight.heard_ms.max(host_ms)) {
                unread.insert(*id);
            }
        }
        let freed: BTreeSet<_> = read.iter().map(|id| self.driver.rows[id].host.clone()).collect();
        let spared = unread.iter().copied().filter(|id| freed.contains(&self.driver.rows[id].host)).collect();
        let stalled: BTreeSet<_> = read.union(&(&unread - &spared)).copied().collect();
        let commands = self.tell(Event::Tick);
        let aborted: BTreeSet<_> = commands
            .iter()
            .filter_map(|command| match command {
                Command::Abort { row, .. } => Some(*row),
                _ => None,
            })
            .collect();
        assert_eq!(aborted, stalled, "what has stalled is aborted, and nothing else");
        for host in freed {
            self.driver.heard_ms.insert(host, self.now_ms);
        }
        let for_s = self.plan.stall_ms.div_ceil(1_000);
        for id in stalled {
            let what = if read.contains(&id) { "stalled in the body" } else { "stalled before an answer" };
            self.expect_failed(id, &DownloadError::Stalled { for_s }, 0, what);
        }
        if !spared.is_empty() {
            self.outcome.note("spared, for its host was heard");
        }
        self.check();
        assert!(
            self.downloads.wake_at_ms().is_none_or(|at_ms| at_ms > self.now_ms),
            "a tick changes nothing"
        );
    }

    /// A row has failed, now or until it is tried again.
    fn expect_failed(&mut self, id: u32, error: &DownloadError, least_ms: u64, what: &'static str) {
        self.outcome.note(what);
        let view = self.downloads.row(self.now_ms, id).expect("a row");
        match view.state {
            State::Failed(of) => assert_eq!(of, *error),
            State::Waiting(Wait::Again { at_ms, after }) => {
                assert_eq!(after, *error);
                assert!(error.is_temporary());
                let wait_ms = at_ms - self.now_ms;
                let most_ms = (self.plan.backoff_ms * 3 / 2) << self.plan.retries;
                assert!(
                    (self.plan.backoff_ms / 2..=most_ms.max(least_ms)).contains(&wait_ms),
                    "{wait_ms} ms"
                );
                assert!(wait_ms >= least_ms, "the server asked for {least_ms} ms");
                self.driver.row(id).not_before_ms = at_ms;
                if least_ms > most_ms {
                    self.outcome.note("a retry that a server put off");
                }
            }
            other => panic!("{other:?} after {error:?}"),
        }
    }

    fn net(&mut self, id: u32, attempt: u32, said: Said) {
        let flight = self.driver.rows.get(&id).and_then(|row| row.flight);
        if flight.is_none_or(|flight| flight.attempt != attempt) {
            if self.rng.random_range(0..100) < self.stale {
                self.stale(id, attempt, said);
            }
            return;
        }
        let host = self.driver.row(id).host.clone();
        self.driver.heard_ms.insert(host, self.now_ms);
        match said {
            Said::Answered(answer) => self.answered(id, attempt, answer),
            Said::Bytes { version, first, bytes } => {
                self.bytes(id, attempt, Segment { version, first, bytes });
            }
            Said::Ended => self.ended(id, attempt),
            Said::Broken(cause) => self.broken(id, attempt, cause),
        }
        self.check();
    }

    /// What an aborted fetch says changes nothing.
    fn stale(&mut self, row: u32, attempt: u32, said: Said) {
        self.outcome.note("a stale event");
        let before: Vec<_> = self.downloads.rows(self.now_ms).map(|view| shown(&view)).collect();
        let commands = self.tell(match said {
            Said::Answered(answer) => Event::Answered { row, attempt, answer },
            Said::Bytes { bytes, .. } => Event::Bytes { row, attempt, bytes },
            Said::Ended => Event::Ended { row, attempt },
            Said::Broken(cause) => Event::Broken { row, attempt, cause },
        });
        let after: Vec<_> = self.downloads.rows(self.now_ms).map(|view| shown(&view)).collect();
        // Unless it was time for something else.
        let others = commands.iter().all(|command| matches!(command, Command::Fetch { .. }));
        assert!(others, "{commands:?}");
        for ((before, after), row) in before.iter().zip(&after).zip(self.driver.rows.keys()) {
            assert!(before.1 == after.1, "bytes of row {row}");
        }
        self.check();
    }

    fn answered(&mut self, id: u32, attempt: u32, answer: Answer) {
        let from_bytes = self.driver.row(id).flight.and_then(|flight| flight.from_bytes);
        let (status, least_ms) = (answer.status, answer.retry_after_ms().unwrap_or(0));
        let commands = self.tell(Event::Answered { row: id, attempt, answer });
        let now_ms = self.now_ms;
        let row = self.driver.row(id);
        if let Some(flight) = row.flight.as_mut().filter(|flight| flight.attempt == attempt) {
            (flight.is_answered, flight.heard_ms) = (true, now_ms);
            row.stored.get_or_insert_default();
            if from_bytes.is_some() && !commands.contains(&Command::StartOver { row: id }) {
                row.was_resumed = true;
            } else if from_bytes.is_some() {
                self.outcome.note("a whole file for its rest");
            }
            assert!(status != 206 || self.driver.row(id).was_resumed, "a part taken for a whole");
        } else if from_bytes.is_some() && matches!(status, 206 | 416) {
            self.refetched(id);
        } else if (200..300).contains(&status) && status != 206 {
            let limit_bytes = self.plan.memory_limit.expect("a reason not to read it");
            self.expect_failed(id, &DownloadError::TooLarge { limit_bytes }, 0, "too large");
        } else {
            self.expect_failed(id, &DownloadError::HttpStatus(status), least_ms, "http status");
        }
    }

    /// What came is of no use: the whole file is fetched, as soon as its host may be asked.
    fn refetched(&mut self, id: u32) {
        let row = self.driver.row(id);
        assert_eq!(row.stored, None, "what is stored may be another file");
        match row.flight {
            Some(flight) => {
                assert_eq!(flight.from_bytes, None);
                self.outcome.note("another rest, fetched plainly at once");
            }
            None => self.outcome.note("another rest, fetched plainly after a pause"),
        }
        assert!(self.downloads.row(self.now_ms, id).expect("a row").started_over, "it is said");
    }

    fn bytes(&mut self, id: u32, attempt: u32, segment: Segment) {
        let known = self.downloads.row(self.now_ms, id).expect("a row").of_bytes;
        let now_ms = self.now_ms;
        let row = self.driver.row(id);
        row.store(segment);
        let is_beyond = known.is_some_and(|known| row.stored_bytes() > known);
        let was_resumed = row.was_resumed;
        if let Some(flight) = &mut row.flight {
            flight.heard_ms = now_ms;
        }
        self.tell(Event::Bytes { row: id, attempt, bytes: segment.bytes });
        let is_read = self.driver.row(id).flight.is_some_and(|flight| flight.attempt == attempt);
        match (is_beyond, is_read) {
            (true, true) => {
                assert!(!was_resumed);
                assert_eq!(self.downloads.row(now_ms, id).expect("a row").of_bytes, None);
                self.outcome.note("a length exceeded");
            }
            (true, false) if was_resumed => {
                self.outcome.note("a rest that is too long");
                self.refetched(id);
            }
            (_, false) => {
                let limit_bytes = self.plan.memory_limit.expect("a reason to stop");
                self.expect_failed(id, &DownloadError::TooLarge { limit_bytes }, 0, "too large");
            }
            (false, true) => {}
        }
    }

    fn ended(&mut self, id: u32, attempt: u32) {
        let view = self.downloads.row(self.now_ms, id).expect("a row");
        let (at_bytes, of_bytes) = (view.got_bytes, view.of_bytes);
        let row = self.driver.row(id);
        row.flight = None;
        let was_resumed = row.was_resumed;
        self.tell(Event::Ended { row: id, attempt });
        if self.driver.row(id).kept.is_some() {
            self.outcome.note(if at_bytes == 0 { "done without a byte" } else { "done" });
            if was_resumed {
                self.outcome.note("a file from its rest");
            }
            assert_eq!(self.downloads.row(self.now_ms, id).expect("a row").state, State::Done);
        } else {
            assert!(was_resumed && Some(at_bytes) < of_bytes, "a whole body is done");
            self.expect_failed(
                id,
                &DownloadError::CutOff { at_bytes, of_bytes },
                0,
                "a rest that is too short",
            );
        }
    }

    fn broken(&mut self, id: u32, attempt: u32, cause: Cause) {
        let view = self.downloads.row(self.now_ms, id).expect("a row");
        let (at_bytes, of_bytes) = (view.got_bytes, view.of_bytes);
        self.driver.row(id).flight = None;
        self.tell(Event::Broken { row: id, attempt, cause });
        let (error, what) = match cause {
            Cause::Unreadable => (DownloadError::Unreadable, "unreadable"),
            Cause::CutOff => (DownloadError::CutOff { at_bytes, of_bytes }, "cut off"),
            Cause::NoRoom => (DownloadError::NoRoom, "no room"),
            Cause::NotSaved => (DownloadError::NotSaved, "not saved"),
        };
        self.expect_failed(id, &error, 0, what);
    }

    fn user(&mut self, event: Event) {
        let states: BTreeMap<_, _> =
            self.downloads.rows(self.now_ms).map(|view| (view.id, (view.state, view.got_bytes))).collect();
        let is_cancelled = |id: &u32| states[id].0 == State::Failed(DownloadError::Cancelled);
        let has_failed = |id: &u32| matches!(states[id].0, State::Failed(_));
        let is_going = |id: &u32| !has_failed(id) && states[id].0 != State::Done;
        let all = || self.driver.rows.keys().copied();
        let one = |named: u32| all().filter(move |id| *id == named);
        let (mut retried, mut cancelled, mut cleared) = (vec![], vec![], vec![]);
        match event {
            Event::Retry(id) => retried = one(id).filter(has_failed).collect(),
            Event::RetryFailed => retried = all().filter(|id| has_failed(id) && !is_cancelled(id)).collect(),
            Event::Cancel(id) => cancelled = one(id).filter(is_going).collect(),
            Event::CancelAll => cancelled = all().filter(is_going).collect(),
            Event::ClearDone => cleared = all().filter(|id| states[id].0 == State::Done).collect(),
            _ => self.begun = true,
        }
        for id in &retried {
            let row = self.driver.row(*id);
            (row.fetches, row.not_before_ms) = (0, 0);
            self.outcome.note("a retry by the user");
        }
        for id in &cancelled {
            let row = &self.driver.rows[id];
            if row.flight.is_some() {
                self.driver.heard_ms.insert(row.host.clone(), self.now_ms);
            }
        }
        self.tell(event);
        for id in cancelled {
            let view = self.downloads.row(self.now_ms, id).expect("a row");
            assert_eq!(view.state, State::Failed(DownloadError::Cancelled));
            let is_kept = view.got_bytes > 0;
            self.outcome.note(if is_kept { "cancelled, its part kept" } else { "cancelled before a byte" });
        }
        for id in cleared {
            let row = self.driver.rows.remove(&id).expect("a row");
            assert_eq!(row.stored, None, "what is cleared is deleted");
            self.page.remove(&id);
            self.outcome.note("cleared");
        }
        self.check();
    }

    /// What must hold at any time.
    fn check(&mut self) {
        let now_ms = self.now_ms;
        let in_flight = self.driver.in_flight();
        let mut counts = [0; 5];
        let (mut bytes, mut ids) = (0, vec![]);
        for view in self.downloads.rows(now_ms) {
            ids.push(view.id);
            bytes += view.got_bytes;
            assert!(view.of_bytes.is_none_or(|of_bytes| view.got_bytes <= of_bytes), "over 100 %: {view:?}");
            let count = match &view.state {
                State::Waiting(_) => 0,
                State::Downloading { .. } => 1,
                State::Done => 2,
                State::Failed(DownloadError::Cancelled) => 3,
                State::Failed(_) => 4,
            };
            counts[count] += 1;
            let Some(row) = self.driver.rows.get(&view.id) else {
                assert_eq!(view.state, State::Failed(DownloadError::NotAnAddress));
                self.outcome.note("not an address");
                continue;
            };
            assert_eq!(view.got_bytes, row.stored_bytes(), "bytes of row {}", view.id);
            let answered = row.flight.map(|flight| flight.is_answered);
            let (is_read, is_asked) = (
                matches!(view.state, State::Downloading { .. }),
                view.state == State::Waiting(Wait::Connection),
            );
            assert_eq!((is_read, is_asked), (answered == Some(true), answered == Some(false)), "{view:?}");
            assert_eq!(view.state == State::Done, row.kept.is_some());
            let is_free = self.begun && in_flight < self.plan.limit;
            assert!(!(is_free && view.state == State::Waiting(Wait::Turn)), "a place is not given: {view:?}");
            if view.state == State::Waiting(Wait::HostPause) {
                assert!(now_ms < self.driver.started_ms[&row.host] + self.plan.host_pause_ms);
                self.outcome.note("a host pause");
            }
        }
        let expected: Vec<u32> =
            (0..12).filter(|id| self.driver.rows.contains_key(id) || self.wrong.contains(id)).collect();
        assert_eq!(ids, expected, "rows keep their order and their ids");
        let totals = self.downloads.totals(now_ms);
        let of_totals = [totals.waiting, totals.downloading, totals.done, totals.cancelled, totals.failed];
        assert_eq!(counts, of_totals);
        assert_eq!((totals.in_flight, totals.got_bytes), (in_flight, bytes));
        assert!(totals.most_in_flight >= in_flight && totals.most_in_flight <= self.plan.limit);
        assert!(totals.of_bytes.is_none_or(|of_bytes| bytes <= of_bytes), "over 100 %: {totals:?}");
        assert_eq!(totals.took_ms.is_some(), self.begun && self.downloads.is_over());
        assert!(self.begun || in_flight == 0, "nothing is fetched before it is asked for");
        if let Some(limit_bytes) = self.plan.memory_limit {
            let stored: u64 = self.driver.rows.values().map(SimRow::stored_bytes).sum();
            assert!(stored <= limit_bytes, "{stored} bytes in memory, of {limit_bytes}");
        }
        if self.rng.random_bool(0.3) {
            self.show();
        }
    }

    /// A page that is told of changes alone shows what there is.
    fn show(&mut self) {
        for id in self.downloads.take_changed() {
            let view = self.downloads.row(self.now_ms, id).expect("a row that changed");
            self.page.insert(id, shown(&view));
        }
        let all: BTreeMap<_, _> =
            self.downloads.rows(self.now_ms).map(|view| (view.id, shown(&view))).collect();
        assert_eq!(self.page, all);
    }

    fn check_end(&mut self) {
        assert_eq!((self.driver.in_flight(), self.downloads.wake_at_ms()), (0, None));
        for view in self.downloads.rows(self.now_ms) {
            assert!(matches!(view.state, State::Done | State::Failed(_)), "{view:?}");
        }
        for row in self.driver.rows.values() {
            assert!(row.kept.is_none() || row.stored.is_some(), "what is kept is there");
        }
    }
}
