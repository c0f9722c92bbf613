//! The way of one batch, step by step, in words.

use std::time::Duration;

use super::glossary::{PICKLING, QUEUE};
use crate::coordinator::counted::{Counted, Journey};
use crate::text::{Fixed, Grouped};

/// Its heading.
pub const TITLE: &str = "Follow one batch";

/// What it shows.
pub const QUESTION: &str = "What happens to a batch in thousandths of a second, shown at your own pace: a real one, \
    with its own numbers.";

/// Where a batch, or its result, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchPlace {
    /// With the coordinator, on the main thread.
    Coordinator,
    /// On its way to the worker: in the worker's message queue.
    WorkerQueue,
    /// With the worker.
    Worker,
    /// On its way back: in the main thread's message queue.
    MainQueue,
}

/// A step of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JourneyStep {
    /// Where the batch is then.
    pub place: BatchPlace,
    /// What happens, in a few words.
    pub title: &'static str,
    /// The same with this batch's own numbers, and what the lecture calls it.
    pub text: String,
    /// What is posted, letter by letter.
    pub message: Option<String>,
}

/// The steps of a batch from the coordinator to a worker and back.
pub fn steps(journey: &Journey) -> [JourneyStep; 6] {
    let Counted { lease, slot, worker, blocks, tally } = journey.counted;
    let (lease, worker, slot) = (lease.0, worker.0, slot.0 + 1);
    let points = Grouped(blocks.points());
    let waited = journey.head_since - journey.posted;
    let until_heard = journey.heard - journey.head_since;
    let mut after = journey.before;
    after += tally;
    [
        JourneyStep {
            place: BatchPlace::Coordinator,
            title: "The coordinator makes a lease",
            text: format!(
                "The lowest blocks to do are {first} to {last}: {points} points. They become lease {lease}, for worker \
                 {worker} in slot {slot}. From now on these blocks are in flight, at one worker only.",
                first = Grouped(blocks.first()),
                last = Grouped(blocks.end() - 1),
            ),
            message: None,
        },
        JourneyStep {
            place: BatchPlace::WorkerQueue,
            title: "It posts a message",
            text: format!(
                "At {posted} s of the page’s life. The browser copies the text for the worker ({clone}), the lecture’s \
                 {pickling} of what goes into a {queue}: the two share no memory.",
                posted = seconds(journey.posted.since_origin()),
                clone = PICKLING.here,
                pickling = PICKLING.lecture,
                queue = QUEUE.lecture,
            ),
            message: Some(journey.request().encode()),
        },
        JourneyStep {
            place: BatchPlace::WorkerQueue,
            title: "The message waits in the worker’s queue",
            text: if waited.is_zero() {
                "It did not have to: the worker had nothing else to do.".to_owned()
            } else {
                format!(
                    "For {} ms, until the batch before it was done. A worker always has a next batch in its queue, so \
                     that it never waits for the page.",
                    milliseconds(waited),
                )
            },
            message: None,
        },
        JourneyStep {
            place: BatchPlace::Worker,
            title: "The worker counts",
            text: format!(
                "It throws {points} points, the same ones as any other worker would for these blocks; {inside} lie inside. \
                 By its own clock that took {compute} ms.",
                inside = Grouped(tally.inside),
                compute = milliseconds(journey.compute),
            ),
            message: None,
        },
        JourneyStep {
            place: BatchPlace::MainQueue,
            title: "It posts the tally",
            text: format!(
                "Again as a copy. The main thread heard it {} ms after the batch had come to the head of the queue; what is \
                 more than the counting is waiting for the worker’s turn on a core, and for the main thread’s.",
                milliseconds(until_heard),
            ),
            message: Some(journey.answer().encode()),
        },
        JourneyStep {
            place: BatchPlace::Coordinator,
            title: "The coordinator counts it, once",
            text: format!(
                "{before_inside} of {before} becomes {after_inside} of {after}. Lease {lease} is closed: should its result \
                 come again, it is dropped. The blocks are done.",
                before_inside = Grouped(journey.before.inside),
                before = Grouped(journey.before.points),
                after_inside = Grouped(after.inside),
                after = Grouped(after.points),
            ),
            message: None,
        },
    ]
}

fn milliseconds(time: Duration) -> Fixed {
    Fixed(time.as_secs_f64() * 1e3, 2)
}

fn seconds(time: Duration) -> Fixed {
    Fixed(time.as_secs_f64(), 3)
}

#[cfg(test)]
mod tests {
    use dartboard_points::protocol::{FromWorker, Probability, ToWorker};
    use dartboard_points::tally::{BlockRange, Seed, Tally};

    use super::*;
    use crate::coordinator::{LeaseId, SlotIndex, WorkerId};
    use crate::time::Instant;

    fn us(microseconds: u64) -> Instant {
        Instant::after_origin(Duration::from_micros(microseconds))
    }

    fn journey() -> Journey {
        Journey {
            counted: Counted {
                lease: LeaseId(57),
                slot: SlotIndex(1),
                worker: WorkerId(3),
                blocks: BlockRange::new(1_200, 1_210).unwrap(),
                tally: Tally { points: 1_000_000, inside: 785_398 },
            },
            seed: Seed(42),
            kernel: None,
            chaos: Probability::NEVER,
            posted: us(1_234_500),
            head_since: us(1_236_750),
            compute: Duration::from_micros(310),
            heard: us(1_237_250),
            before: Tally { points: 120_000_000, inside: 94_000_000 },
        }
    }

    #[test]
    fn each_step_tells_the_batchs_own_numbers() {
        let steps = steps(&journey());
        for (step, parts) in steps.iter().zip([
            &["blocks to do are 1,200 to 1,209", "1,000,000 points", "lease 57", "worker 3 in slot 2"][..],
            &["1.235 s"][..],
            &["For 2.25 ms"][..],
            &["785,398 lie inside", "took 0.31 ms"][..],
            &["heard it 0.50 ms"][..],
            &["94,000,000 of 120,000,000 becomes 94,785,398 of 121,000,000", "Lease 57"][..],
        ]) {
            for part in parts {
                assert!(step.text.contains(part), "{:?} should say {part:?}", step.text);
            }
        }
    }

    #[test]
    fn the_messages_are_those_that_were_posted() {
        let steps = steps(&journey());
        let posted: Vec<&str> = steps.iter().filter_map(|step| step.message.as_deref()).collect();
        assert_eq!(ToWorker::parse(posted[0]), Ok(journey().request()));
        assert_eq!(FromWorker::parse(posted[1]), Ok(journey().answer()));
        assert_eq!(posted.len(), 2);
    }

    #[test]
    fn a_worker_that_was_free_takes_the_message_at_once() {
        let journey = Journey { head_since: journey().posted, ..journey() };
        assert!(steps(&journey)[2].text.contains("did not have to"));
    }
}
