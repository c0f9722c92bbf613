//! A run without a browser: the coordinator decides, threads are its workers, and the loop in `main` is its driver.
//!
//! `cargo run --release -p dartboard-core --example coordinator`
//!
//! Halfway, one worker is killed and nobody tells the coordinator. Its silence gives it away, its batches are
//! counted again, and the total is that of one loop without workers.

use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use std::{thread, time};

use dartboard_core::coordinator::{Command, Coordinator, Event, Fault, SlotIndex, WorkerId};
use dartboard_core::run::config::{BatchSize, Config, Target, WorkerCount};
use dartboard_core::run::estimate::Estimate;
use dartboard_core::text::whole_us;
use dartboard_core::time::Instant;
use dartboard_points::build::BUILD_ID;
use dartboard_points::kernel::{self, Kernel};
use dartboard_points::protocol::{Announcement, FromWorker, ToWorker};
use dartboard_points::tally::{BlockRange, Seed};

const SEED: Seed = Seed(42);
const BLOCKS: u64 = 20_000;

fn main() {
    let all = BlockRange::new(0, BLOCKS).expect("there are blocks");
    let mut coordinator = Coordinator::new(
        Config {
            target: Target::from_blocks(BLOCKS),
            ..Config::new(SEED, WorkerCount::nearest(4), BatchSize::Auto)
        },
        BUILD_ID.to_owned(),
    );
    let mut workers = BTreeMap::new();
    let mut timer = None;
    let mut kill = Some(Event::Inject { slot: SlotIndex(0), fault: Fault::Kill });
    let (tell, told) = channel();
    tell.send(Event::Start).expect("`told` is open");

    let origin = time::Instant::now();
    let now = || Instant::after_origin(origin.elapsed());
    while !coordinator.progress().finished {
        let wait = timer.map_or(Duration::MAX, |at| at - now());
        let event = told.recv_timeout(wait).unwrap_or(Event::Timer);
        if let Event::Message { worker, .. } = event
            && !workers.contains_key(&worker)
        {
            // Nothing is heard of a worker once it has ended.
            continue;
        }
        for command in coordinator.handle(now(), event) {
            match command {
                Command::Spawn { worker, .. } => {
                    workers.insert(worker, spawn(worker, tell.clone()));
                }
                Command::Post { worker, message } => {
                    // A message to a worker that was killed goes nowhere.
                    if let Some(post) = workers.get(&worker) {
                        post.send(message).expect("a worker listens until its sender is dropped");
                    }
                }
                Command::Terminate { worker } | Command::KillSilently { worker } => {
                    workers.remove(&worker);
                }
                Command::SetTimer(at) => timer = at,
            }
        }
        if coordinator.progress().tally.points >= all.points() / 2
            && let Some(kill) = kill.take()
        {
            tell.send(kill).expect("`told` is open");
        }
    }

    for entry in coordinator.log().entries() {
        println!("{:4.1} s  {}", entry.at.since_origin().as_secs_f64(), entry.what);
    }
    let counted = coordinator.progress().tally;
    let undisturbed = kernel::tally(SEED, all);
    let estimate = Estimate::of(counted).expect("there are points");
    println!("π ≈ {:.6} ± {:.6}", estimate.pi, 1.96 * estimate.standard_error);
    println!("{} of {} points inside; in one loop: {}", counted.inside, counted.points, undisturbed.inside);
    assert_eq!(counted, undisturbed);
}

/// Starts a worker: it says that it is ready, then answers each message with one message.
fn spawn(worker: WorkerId, tell: Sender<Event>) -> Sender<ToWorker> {
    let (post, posted) = channel();
    thread::spawn(move || {
        // The run may have ended meanwhile: then nobody listens.
        let say = |message| drop(tell.send(Event::Message { worker, message }));
        say(FromWorker::Ready(Announcement::new(BUILD_ID, Kernel::Tree)));
        for message in posted {
            let ToWorker::Compute { lease, seed, blocks, .. } = message else { continue };
            let begun = time::Instant::now();
            let tally = kernel::tally(seed, blocks);
            say(FromWorker::tally(lease, tally, whole_us(begun.elapsed())));
        }
    });
    post
}
