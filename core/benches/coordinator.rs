//! What the coordinator costs for each event with 64 workers: at the beginning of a run, after 10¹⁵ points and after
//! a million faults. All three should be equal, and under 5 µs.

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

use dartboard_core::coordinator::{Command, Coordinator, Event, WorkerId};
use dartboard_core::run::checkpoint::{Checkpoint, WrittenRun, sealed};
use dartboard_core::run::config::{BatchPoints, BatchSize, Config, Target, WorkerCount};
use dartboard_core::time::Instant;
use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{Announcement, FromWorker, ToWorker};
use dartboard_points::tally::{Seed, Tally};

const BUILD: &str = "bench";
const WORKERS: usize = 64;
/// 10¹⁵ points.
const FAR: u64 = 10_000_000_000;

/// A coordinator at work, and what its workers hold.
struct Office {
    coordinator: Coordinator,
    now: Instant,
    /// A slot's worker and its leases (id, points), the head first.
    slots: Vec<(WorkerId, VecDeque<(u64, u64)>)>,
    next: usize,
}

impl Office {
    fn new(restored: Option<Checkpoint>) -> Self {
        let config = Config {
            target: Target::from_blocks(2 * FAR),
            ..Config::new(Seed(1), WorkerCount::MAX, BatchSize::Fixed(BatchPoints::nearest(10)))
        };
        let mut office = Self {
            coordinator: Coordinator::new(config, BUILD.to_owned()),
            now: Instant::ORIGIN,
            slots: vec![(WorkerId(0), VecDeque::new()); WORKERS],
            next: 0,
        };
        if let Some(checkpoint) = restored {
            office.tell(Event::Restore(checkpoint));
        }
        office.tell(Event::Start);
        for slot in 0..WORKERS {
            office.ready(slot);
        }
        office
    }

    fn tell(&mut self, event: Event) {
        self.now += Duration::from_micros(50);
        for command in self.coordinator.handle(self.now, event) {
            match command {
                Command::Spawn { worker, slot } => self.slots[slot.0 as usize] = (worker, VecDeque::new()),
                Command::Post { worker, message: ToWorker::Compute { lease, blocks, .. } } => {
                    let slot = self.slots.iter_mut().find(|slot| slot.0 == worker);
                    slot.expect("a living worker").1.push_back((lease, blocks.points()));
                }
                _ => {}
            }
        }
    }

    fn ready(&mut self, slot: usize) {
        let worker = self.slots[slot].0;
        let message = FromWorker::Ready(Announcement::new(BUILD, Kernel::Tree));
        self.tell(Event::Message { worker, message });
    }

    /// The next worker finishes its head, and is given another lease.
    fn result(&mut self) {
        self.next = (self.next + 1) % WORKERS;
        let (worker, leases) = &mut self.slots[self.next];
        let (lease, points) = leases.pop_front().expect("every worker holds leases");
        let message = FromWorker::tally(lease, Tally { points, inside: points / 2 }, 40);
        let worker = *worker;
        self.tell(Event::Message { worker, message });
    }

    /// The next worker dies; its replacement is ready and has a first result.
    fn fault(&mut self) {
        let slot = (self.next + 1) % WORKERS;
        let worker = self.slots[slot].0;
        self.tell(Event::Failed { worker, reason: "unreachable".to_owned() });
        self.ready(slot);
        self.result();
    }
}

fn far_checkpoint() -> Checkpoint {
    let mut office = Office::new(None);
    office.result();
    // The text of a run as far as it should be.
    let near = office.coordinator.checkpoint(office.now).encode();
    let body = near.rsplit_once("&check=").expect("closed").0;
    let field = |name: &str| {
        let start = body.find(name).expect("a field") + name.len();
        start..start + body[start..].find('&').unwrap_or(body.len() - start)
    };
    let mut text = body.to_owned();
    text.replace_range(field("&done="), &format!("0-{FAR}"));
    text.replace_range(field("&points="), &(FAR * 100_000).to_string());
    WrittenRun::parse(&sealed(&text)).expect("a checkpoint").current().expect("of this stream").clone()
}

fn events(criterion: &mut Criterion) {
    let mut fresh = Office::new(None);
    criterion.bench_function("result, fresh run", |bencher| bencher.iter(|| fresh.result()));
    let mut far = Office::new(Some(far_checkpoint()));
    criterion.bench_function("result, after 10^15 points", |bencher| bencher.iter(|| far.result()));
    let mut battered = Office::new(None);
    for _ in 0..1_000_000 {
        battered.fault();
    }
    criterion.bench_function("result, after 10^6 faults", |bencher| bencher.iter(|| battered.result()));
    criterion.bench_function("fault (three events)", |bencher| bencher.iter(|| battered.fault()));
    criterion.bench_function("snapshot", |bencher| {
        bencher.iter(|| black_box(battered.coordinator.snapshot(battered.now)));
    });
}

criterion_group!(benches, events);
criterion_main!(benches);
