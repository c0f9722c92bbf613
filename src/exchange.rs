//! What the program of the run's page tells that of the workshop, as text: the two are loaded apart and share no memory.
//!
//! Numbers are joined by dots, records by commas. Reading tells only whether it could be read: both programs are of one
//! build.

use std::time::Duration;

use dartboard_worker::decimal::parse_u64;
use dartboard_worker::kernel::Kernel;
use dartboard_worker::protocol::Chance;
use dartboard_worker::tally::{BlockRange, Seed, Tally};

use crate::coordinator::counted::{Counted, Journey, Sample};
use crate::coordinator::{LeaseId, SlotIndex, WorkerId};
use crate::format::whole_us;

/// A run's history as text.
pub fn encode_marks(marks: &[Tally]) -> String {
    let marks: Vec<String> = marks.iter().map(|mark| join(&[mark.points, mark.inside])).collect();
    marks.join(",")
}

/// Reads what [`encode_marks`] wrote.
pub fn parse_marks(text: &str) -> Option<Vec<Tally>> {
    records(text, |numbers| match *numbers {
        [points, inside] => Some(Tally { points, inside }),
        _ => None,
    })
}

/// A sample of the batches counted, as text: how many it was taken from, then those kept.
pub fn encode_sample(sample: &Sample) -> String {
    let kept: Vec<String> = sample.kept().iter().map(|counted| join(&counted_numbers(counted))).collect();
    format!("{};{}", sample.seen(), kept.join(","))
}

/// Reads what [`encode_sample`] wrote: how many batches it was taken from, and those kept.
pub fn parse_sample(text: &str) -> Option<(u64, Vec<Counted>)> {
    let (seen, kept) = text.split_once(';')?;
    Some((parse_u64(seen)?, records(kept, counted)?))
}

/// The way of one batch as text.
pub fn encode_journey(journey: &Journey) -> String {
    let more = [
        journey.seed.0,
        journey.chaos.per_billion(),
        whole_us(journey.posted),
        whole_us(journey.head_since),
        whole_us(journey.compute),
        whole_us(journey.heard),
        journey.before.points,
        journey.before.inside,
    ];
    format!("{};{};{}", journey.kernel.name(), join(&counted_numbers(&journey.counted)), join(&more))
}

/// Reads what [`encode_journey`] wrote; times are in whole microseconds then.
pub fn parse_journey(text: &str) -> Option<Journey> {
    let (kernel, numbers) = text.split_once(';')?;
    let (batch, more) = numbers.split_once(';')?;
    let [seed, chaos, posted_us, since_us, compute_us, answered_us, points, inside] =
        *split(more)?.as_slice()
    else {
        return None;
    };
    Some(Journey {
        counted: counted(&split(batch)?)?,
        seed: Seed(seed),
        kernel: Kernel::named(kernel)?,
        chaos: Chance::from_billionths(chaos)?,
        posted: Duration::from_micros(posted_us),
        head_since: Duration::from_micros(since_us),
        compute: Duration::from_micros(compute_us),
        heard: Duration::from_micros(answered_us),
        before: Tally { points, inside },
    })
}

fn counted_numbers(counted: &Counted) -> [u64; 7] {
    let Counted { lease, slot, worker, blocks, tally } = *counted;
    [lease.0, u64::from(slot.0), worker.0, blocks.first(), blocks.end(), tally.points, tally.inside]
}

fn counted(numbers: &[u64]) -> Option<Counted> {
    let [lease, slot, worker, first, end, points, inside] = *numbers else { return None };
    Some(Counted {
        lease: LeaseId(lease),
        slot: SlotIndex(u32::try_from(slot).ok()?),
        worker: WorkerId(worker),
        blocks: BlockRange::new(first, end).ok()?,
        tally: Tally { points, inside },
    })
}

fn join(numbers: &[u64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    numbers.join(".")
}

fn split(text: &str) -> Option<Vec<u64>> {
    text.split('.').map(parse_u64).collect()
}

fn records<T>(text: &str, read: impl Fn(&[u64]) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').filter(|record| !record.is_empty()).map(|record| read(&split(record)?)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_counted() -> impl Strategy<Value = Counted> {
        (
            any::<u64>(),
            any::<u32>(),
            any::<u64>(),
            0..1_000_000_u64,
            1..10_000_u64,
            any::<u64>(),
            any::<u64>(),
        )
            .prop_map(|(lease, slot, worker, first, blocks, points, inside)| Counted {
                lease: LeaseId(lease),
                slot: SlotIndex(slot),
                worker: WorkerId(worker),
                blocks: BlockRange::new(first, first + blocks).unwrap(),
                tally: Tally { points, inside },
            })
    }

    proptest! {
        #[test]
        fn marks_are_read_back(marks in proptest::collection::vec((any::<u64>(), any::<u64>()), 0..20)) {
            let marks: Vec<Tally> = marks.into_iter().map(|(points, inside)| Tally { points, inside }).collect();
            prop_assert_eq!(parse_marks(&encode_marks(&marks)), Some(marks));
        }

        #[test]
        fn samples_are_read_back(kept in proptest::collection::vec(any_counted(), 0..20)) {
            let mut sample = Sample::default();
            for &counted in &kept {
                sample.offer(counted);
            }
            prop_assert_eq!(parse_sample(&encode_sample(&sample)), Some((kept.len() as u64, kept)));
        }

        #[test]
        fn journeys_are_read_back(
            counted in any_counted(), seed: u64, per_billion in 0..=1_000_000_000_u64, us: [u32; 4], before: (u64, u64),
        ) {
            let [posted, head_since, compute, heard] = us.map(|us| Duration::from_micros(u64::from(us)));
            let journey = Journey {
                counted,
                seed: Seed(seed),
                kernel: Kernel::Simd,
                chaos: Chance::from_billionths(per_billion).unwrap(),
                posted,
                head_since,
                compute,
                heard,
                before: Tally { points: before.0, inside: before.1 },
            };
            prop_assert_eq!(parse_journey(&encode_journey(&journey)), Some(journey));
        }

        #[test]
        fn anything_else_is_refused(text in "[a-z;,.0-9]{0,60}") {
            let records = |text: &str| text.is_empty() || text.split(',').all(|record| record.split('.').count() == 2);
            prop_assert!(parse_marks(&text).is_none() || records(text.trim_matches(',')) || text.contains(",,"));
            prop_assert!(parse_journey(&text).is_none());
        }
    }
}
