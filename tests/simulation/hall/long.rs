//! Long runs: what the log costs, how much a desk remembers, and how soon one is back.

use std::time::{Duration, Instant as Clock};

use dartboard_core::hall::desk::{Command, Desk, Event, Setup};
use dartboard_core::hall::entry::RunSpec;
use dartboard_core::hall::ledger::Ledger;
use dartboard_core::hall::message::{Ask, LeaseResult, Leased, PROTOCOL, Trust};
use dartboard_core::run::config::Target;
use dartboard_core::time::Instant;
use dartboard_points::stream::STREAM_VERSION;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};

/// A class in which nothing goes wrong.
struct Class {
    desk: Desk,
    now: Duration,
    log: Vec<String>,
    hands: Vec<Vec<Leased>>,
    finished: Option<Tally>,
    most_remembered: usize,
    /// Entries that are not kept: how many bytes of them there were.
    bytes: usize,
}

fn inside(blocks: BlockRange) -> u64 {
    blocks.points() / 4 * 3 + blocks.first() % 7
}

fn setup(id: u64, run: RunSpec) -> Setup {
    Setup {
        id,
        run,
        lease: Duration::from_secs(10),
        take_over: true,
        key: 1,
        share_percent: 5,
        note: String::new(),
    }
}

impl Class {
    fn new(members: usize, blocks: u64, trust: Trust) -> Self {
        let run = RunSpec { seed: Seed(1), target: Target::from_blocks(blocks), trust };
        let mut class = Self {
            desk: Desk::new(setup(1, run)),
            now: Duration::from_secs(1),
            log: Vec::new(),
            hands: vec![Vec::new(); members],
            finished: None,
            most_remembered: 0,
            bytes: 0,
        };
        class.tell(Event::CaughtUp);
        class
    }

    fn tell(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for command in self.desk.handle(Instant::after_origin(self.now), event) {
                match command {
                    Command::Append { text, .. } => {
                        self.bytes += text.len();
                        self.log.push(text.clone());
                        let (seq, time_ms) = (self.log.len() as u64, self.now.as_millis() as u64);
                        events.push(Event::Entry { seq, time_ms, text });
                    }
                    Command::Tell { seat, tell } => {
                        let member: usize = seat[1..].parse().expect("a seat of this class");
                        self.hands[member] = tell.leases;
                    }
                    Command::Recount { lease, blocks, .. } => {
                        let tally = Tally { points: blocks.points(), inside: inside(blocks) };
                        events.push(Event::Recounted { lease, tally });
                    }
                    Command::Finished(tally) => self.finished = Some(tally),
                    Command::Ban { .. } | Command::Refold | Command::Refuse(_) => panic!("{command:?}"),
                    Command::Beat(_) | Command::Show(_) | Command::SetTimer(_) => {}
                }
            }
        }
        self.most_remembered = self.most_remembered.max(self.desk.ledger().state().remembered());
    }

    /// Each member delivers the older of its leases and asks for more.
    fn round(&mut self, takes: Duration) {
        let pause = takes / self.hands.len() as u32;
        for member in 0..self.hands.len() {
            self.now += pause;
            let head = self.hands[member].first();
            let result = |held: &Leased| LeaseResult {
                lease: held.lease,
                blocks: held.blocks,
                inside: inside(held.blocks),
            };
            let results = head.map(result).into_iter().collect();
            let ask = Ask {
                protocol: PROTOCOL,
                stream: u64::from(STREAM_VERSION),
                seed: Some(Seed(1)),
                wants: 2,
                cores: 8,
                results,
            };
            self.tell(Event::Asked { seat: format!("s{member:03}"), bytes: ask.encode().into_bytes() });
        }
    }

    fn leases(&self) -> u64 {
        self.desk.ledger().state().next_lease()
    }

    fn bytes_a_lease(&self) -> u64 {
        self.bytes as u64 / self.leases()
    }
}

// Fails with: entries that say more than they must, or a desk that appends for who changes nothing.
#[test]
fn the_log_takes_few_bytes_a_lease_and_the_desk_remembers_only_what_is_open() {
    for (trust, most_bytes) in [(Trust::All, 300), (Trust::Everything, 400)] {
        let mut class = Class::new(100, 600_000, trust);
        while class.finished.is_none() {
            class.round(Duration::from_secs(10));
        }
        let (leases, bytes) = (class.leases(), class.bytes_a_lease());
        println!(
            "{trust:?}: {leases} leases, {bytes} bytes each, {} things remembered",
            class.most_remembered
        );
        assert!(leases > 3_000 && bytes <= most_bytes, "{leases} leases, {bytes} bytes each");
        assert!(class.most_remembered <= 100 + 300, "{}", class.most_remembered);
    }
}

// Fails with: a log that grows with the points instead of the leases, or a ledger that does.
#[test]
fn a_run_of_a_million_billion_points_has_a_small_log() {
    // Eight nodes of one core, which counts 1.4 billion points a second: 14 blocks a millisecond.
    const POINTS: u64 = 1_000_000_000_000_000;
    let mut class = Class::new(8, POINTS / BLOCK_POINTS, Trust::All);
    let mut halfway = 0;
    while class.finished.is_none() {
        // As long as it takes the first: all are as fast.
        let blocks = class.hands[0].first().map_or(0, |held| held.blocks.blocks());
        class.round(Duration::from_millis(blocks / 14 + 1));
        if class.desk.ledger().state().tally().points < POINTS / 2 {
            halfway = class.most_remembered;
        }
    }
    let tally = class.finished.expect("it has ended");
    println!(
        "{} leases, log of {} KB, {} things remembered, {} s",
        class.leases(),
        class.bytes / 1_000,
        class.most_remembered,
        class.now.as_secs()
    );
    assert_eq!(tally.points, POINTS);
    assert!(class.bytes <= 50_000_000, "{}", class.bytes);
    assert!(class.most_remembered <= halfway + 8, "{halfway} halfway, then {}", class.most_remembered);
}

/// A log of so many entries, one lease counted and one given in each.
fn a_log_of(entries: usize) -> (RunSpec, Vec<String>) {
    let mut class = Class::new(100, BlockRange::MAX_BLOCKS, Trust::All);
    while class.log.len() < entries {
        class.round(Duration::from_secs(10));
    }
    class.log.truncate(entries);
    (class.desk.ledger().run().expect("a run"), class.log)
}

fn back(id: u64, run: RunSpec, ledger: Ledger, log: &[String], from: usize) -> (Duration, usize) {
    let begun = Clock::now();
    let mut desk = Desk::reading(setup(id, run), ledger);
    let mut now = Duration::from_secs(10_000_000);
    let mut seq = from as u64;
    let mut told = 0;
    let mut events: Vec<_> = vec![Event::CaughtUp];
    for (text, time_ms) in log[from..].iter().zip(1..) {
        seq += 1;
        let commands =
            desk.handle(Instant::after_origin(now), Event::Entry { seq, time_ms, text: text.clone() });
        assert!(commands.is_empty());
    }
    while let Some(event) = events.pop() {
        for command in desk.handle(Instant::after_origin(now), event) {
            if let Command::Append { text, .. } = command {
                seq += 1;
                events.insert(0, Event::Entry { seq, time_ms: now.as_millis() as u64, text });
            } else if let Command::Tell { tell, .. } = command {
                told += tell.leases.len();
            }
        }
        if desk.is_open() && told == 0 && events.is_empty() {
            now += Duration::from_millis(1);
            let ask = Ask {
                protocol: PROTOCOL,
                stream: u64::from(STREAM_VERSION),
                seed: None,
                wants: 2,
                cores: 8,
                results: vec![],
            };
            events.push(Event::Asked { seat: "s999".to_owned(), bytes: ask.encode().into_bytes() });
        }
    }
    (begun.elapsed(), told)
}

// `DARTBOARD_ENTRIES` says how long the log is; times are printed and not judged, as machines differ.
#[test]
fn a_desk_is_back_and_leases_after_reading_all_of_a_long_log() {
    let entries = crate::number("DARTBOARD_ENTRIES").unwrap_or(30_000) as usize;
    let (run, log) = a_log_of(entries);
    for length in [10_000, entries] {
        let (took, told) = back(99, run, Ledger::default(), &log[..length], 0);
        println!("back and leasing after {length} entries in {took:?}");
        assert_eq!(told, 2);
    }
    // From the newest checkpoint on it is there sooner: fewer entries are read.
    let newest =
        log.iter().rposition(|text| text.contains("\nkind=checkpoint&part=1&")).expect("one in 10,000");
    assert!(log.len() - newest <= 10_010, "{newest} of {}", log.len());
    let (took, told) = back(98, run, Ledger::from_checkpoint(1), &log, newest);
    println!("back and leasing after the {} entries from its checkpoint on in {took:?}", log.len() - newest);
    assert_eq!(told, 2);
}
