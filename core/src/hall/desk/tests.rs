use super::super::entry::{Content, Group, Op};
use super::super::message::{Ask, LeaseResult, Leased, MemberState, Standing, Trust};
use super::*;
use crate::run::config::Target;

mod judging;
mod leasing;
mod terms;

fn a_run(target: u64, trust: Trust) -> RunSpec {
    RunSpec { seed: Seed(42), target: Target::from_blocks(target), trust }
}

fn a_setup(id: u64, run: RunSpec) -> Setup {
    let lease = Duration::from_secs(10);
    Setup { id, run, lease, take_over: false, key: 5, share_percent: 20, note: String::new() }
}

fn range(first: u64, end: u64) -> BlockRange {
    BlockRange::new(first, end).unwrap()
}

/// Half of the points of some blocks are inside.
fn half(blocks: BlockRange) -> u64 {
    blocks.points() / 2
}

/// A desk, its log and its clock.
struct Rig {
    desk: Desk,
    now_ms: u64,
    log: Vec<(u64, String)>,
    /// What the desk wants to have appended.
    appending: Vec<String>,
    /// All other commands since they were looked at, but beats, shows and timers.
    said: Vec<Command>,
}

impl Rig {
    fn new(setup: Setup) -> Self {
        Self {
            desk: Desk::new(setup),
            now_ms: 100_000,
            log: Vec::new(),
            appending: Vec::new(),
            said: Vec::new(),
        }
    }

    /// A desk that has opened an empty log.
    fn open(run: RunSpec) -> Self {
        let mut rig = Self::new(a_setup(1, run));
        rig.tell(Event::CaughtUp);
        rig.store();
        assert!(rig.desk.is_open());
        rig
    }

    fn tell(&mut self, event: Event) {
        let now = Instant::after_origin(Duration::from_millis(self.now_ms));
        for command in self.desk.handle(now, event) {
            match command {
                Command::Append { text, .. } => self.appending.push(text),
                Command::Beat(_) | Command::Show(_) | Command::SetTimer(_) => {}
                other => self.said.push(other),
            }
        }
    }

    fn entry(&mut self, text: String) {
        self.log.push((self.now_ms, text.clone()));
        let seq = self.log.len() as u64;
        self.tell(Event::Entry { seq, time_ms: self.now_ms, text });
    }

    /// The log stores what the desk wants to have appended, until it wants nothing more.
    fn store(&mut self) {
        while !self.appending.is_empty() {
            let text = self.appending.remove(0);
            self.entry(text);
        }
    }

    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds * 4 {
            self.now_ms += 250;
            self.tell(Event::Timer);
            self.store();
        }
    }

    /// Another desk that has read this one's log so far.
    fn next_desk(&self, setup: Setup) -> Self {
        let mut rig = Self::new(setup);
        rig.now_ms = self.now_ms;
        for (time_ms, text) in &self.log {
            rig.log.push((*time_ms, text.clone()));
            let seq = rig.log.len() as u64;
            rig.tell(Event::Entry { seq, time_ms: *time_ms, text: text.clone() });
        }
        rig.tell(Event::CaughtUp);
        rig
    }

    fn send(&mut self, seat: &str, bytes: &[u8]) {
        self.tell(Event::Asked { seat: seat.to_owned(), bytes: bytes.to_vec() });
    }

    fn ask(&mut self, seat: &str, wants: usize, results: &[(u64, BlockRange, u64)]) {
        self.send(seat, an_ask(wants, results).encode().as_bytes());
    }

    /// What the seat was told last.
    fn told(&self, seat: &str) -> Option<&Tell> {
        self.said.iter().rev().find_map(|command| match command {
            Command::Tell { seat: to, tell } if to == seat => Some(tell),
            _ => None,
        })
    }

    /// The leases that a seat was told last.
    fn holds(&self, seat: &str) -> Vec<Leased> {
        self.told(seat).map_or_else(Vec::new, |tell| tell.leases.clone())
    }

    /// The seat delivers what it holds, `of` says with how many points inside, and wants as many.
    fn deliver(&mut self, seat: &str, of: fn(BlockRange) -> u64) {
        let results: Vec<_> =
            self.holds(seat).iter().map(|held| (held.lease, held.blocks, of(held.blocks))).collect();
        self.ask(seat, 2, &results);
        self.store();
    }

    /// The changes of the newest entry.
    fn newest_ops(&self) -> Vec<Op> {
        match self.log.last().map(|(_, text)| Entry::parse(text)) {
            Some(Ok(Entry::Group(Group { content: Content::Ops(ops), .. }))) => ops,
            other => panic!("{other:?}"),
        }
    }

    fn recounts(&self) -> Vec<(u64, BlockRange)> {
        let recount = |command: &Command| match command {
            Command::Recount { lease, blocks, .. } => Some((*lease, *blocks)),
            _ => None,
        };
        self.said.iter().filter_map(recount).collect()
    }
}

fn an_ask(wants: usize, results: &[(u64, BlockRange, u64)]) -> Ask {
    Ask {
        protocol: super::super::message::PROTOCOL,
        stream: u64::from(dartboard_points::stream::STREAM_VERSION),
        seed: (!results.is_empty()).then_some(Seed(42)),
        wants,
        cores: 4,
        results: results
            .iter()
            .map(|&(lease, blocks, inside)| LeaseResult { lease, blocks, inside })
            .collect(),
    }
}
