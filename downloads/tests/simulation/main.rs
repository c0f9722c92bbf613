//! The download manager in simulated worlds in which servers answer with anything and the user does anything: the limit
//! holds, each address ends, and what is kept are the server's bytes.
//!
//! `DARTBOARD_WORLDS` sets how many worlds are lived through (12,000), `DARTBOARD_WORLD` replays one by its seed, told
//! step by step (with `--nocapture`).

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use world::World;

mod driver;
mod server;
mod world;

/// How often each thing happened that a world is there for.
#[derive(Debug, Default)]
struct Outcome {
    happened: BTreeMap<&'static str, u64>,
}

impl Outcome {
    fn note(&mut self, what: &'static str) {
        *self.happened.entry(what).or_default() += 1;
    }

    fn add(&mut self, other: Self) {
        for (what, times) in other.happened {
            *self.happened.entry(what).or_default() += times;
        }
    }
}

/// What must happen in some of many worlds, or they test less than they claim.
const ALL: [&str; 28] = [
    "a host pause",
    "a retry by itself",
    "a retry that a server put off",
    "a retry by the user",
    "a file from its rest",
    "a whole file for its rest",
    "another rest, fetched plainly at once",
    "another rest, fetched plainly after a pause",
    "a rest that is too short",
    "a rest that is too long",
    "a length exceeded",
    "a stale event",
    "a late tick",
    "done",
    "done without a byte",
    "cleared",
    "not an address",
    "http status",
    "cut off",
    "stalled before an answer",
    "stalled in the body",
    "spared, for its host was heard",
    "cancelled before a byte",
    "cancelled, its part kept",
    "no room",
    "not saved",
    "too large",
    "unreadable",
];

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a whole number, not {text:?}")))
}

/// Lives through the worlds of `seeds`, and says which one failed.
fn live(seeds: impl Iterator<Item = u64>) -> Outcome {
    let mut sum = Outcome::default();
    for seed in seeds {
        match catch_unwind(AssertUnwindSafe(|| World::new(seed).live())) {
            Ok(outcome) => sum.add(outcome),
            Err(cause) => {
                println!("world {seed} failed; replay it alone with DARTBOARD_WORLD={seed}");
                resume_unwind(cause);
            }
        }
    }
    sum
}

#[test]
fn every_address_of_every_world_ends_as_it_should() {
    if let Some(seed) = number("DARTBOARD_WORLD") {
        println!("{:#?}", World::new(seed).told().live());
        return;
    }
    let worlds = number("DARTBOARD_WORLDS").unwrap_or(12_000);
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let step = usize::try_from(threads).expect("few");
    let sum = thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads).map(|first| scope.spawn(move || live((first..worlds).step_by(step)))).collect();
        let mut sum = Outcome::default();
        for thread in running {
            sum.add(thread.join().expect("a world failed"));
        }
        sum
    });
    println!("{worlds} worlds: {sum:#?}");
    if worlds >= 2_000 {
        let missing: Vec<_> = ALL.iter().filter(|what| !sum.happened.contains_key(*what)).collect();
        assert!(missing.is_empty(), "in no world happened {missing:?}");
    }
}
