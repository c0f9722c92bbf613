//! The batch that is too small.

use super::notes::Notes;
use crate::run::config::BatchPoints;
use crate::text::{Fixed, Grouped, short_count};

pub(super) const TITLE: &str = "The batch that is too small";

pub(super) const QUESTION: &str = "Each batch of 100,000 points is one message to a worker and one back. What will the rate be \
    with batches a hundred times as large: the same, twice, ten times? Guess, press Start, wait for the first rate below, \
    then change the batch.";

pub(super) const TEACHES: &str = "To send a message takes longer than to count its 100,000 points, and the main thread hears \
    messages one after the other. Batches that take tens of milliseconds make that cost vanish. With much longer ones Stop \
    takes longer, and a crash costs more.";

/// The batches to compare: the one to begin with, and one a hundred times as large.
pub fn batches() -> [BatchPoints; 2] {
    [BatchPoints::MIN, BatchPoints::nearest(100 * BatchPoints::MIN.blocks())]
}

/// A run without end, with the smaller of the batches.
pub(super) const ADDRESS: &str = "#/?seed=27182&batch=100000&stream=2&experiment=small-batches";

/// The rate with each size of batches, and what the largest gains on the smallest.
pub(super) fn results(notes: &Notes) -> Vec<String> {
    let mut lines: Vec<String> = notes
        .rates
        .iter()
        .map(|(batch, rate)| {
            format!("Batches of {}: {} points a second.", Grouped(batch.points()), short_count(*rate))
        })
        .collect();
    let by_size = |a: &&(BatchPoints, f64), b: &&(BatchPoints, f64)| a.0.cmp(&b.0);
    let ends = (notes.rates.iter().min_by(by_size), notes.rates.iter().max_by(by_size));
    if let (Some((smallest, slow)), Some((largest, fast))) = ends
        && smallest < largest
        && *slow > 0.0
    {
        lines.push(format!(
            "Batches {} times as large: {} times the points.",
            Grouped(largest.points() / smallest.points()),
            Fixed(fast / slow, 1),
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lecture::experiment::notes::Observation;
    use crate::lecture::experiment::notes::tests::seen;

    #[test]
    fn a_rate_counts_once_it_has_settled_and_the_sizes_are_compared() {
        let mut notes = Notes::default();
        for (at_ms, batch, rate) in [
            (0, 100_000, 9e9),
            (2_000, 100_000, 8e9),
            (2_500, 100_000, 2e9),
            (3_000, 100_000, 1e9),
            (3_100, 10_000_000, 2e9),
        ] {
            notes.observe(&seen(at_ms, batch, rate));
        }
        assert_eq!(results(&notes), ["Batches of 100,000: 2.00 billion points a second."]);
        notes.observe(&Observation { running: false, ..seen(5_000, 10_000_000, 0.0) });
        notes.observe(&seen(9_000, 10_000_000, 9e9));
        assert_eq!(results(&notes).len(), 1, "not before it has settled again");
        notes.observe(&seen(12_000, 10_000_000, 4e9));
        notes.observe(&seen(13_000, 10_000_000, 5e9));
        assert_eq!(
            results(&notes)[1..],
            [
                "Batches of 10,000,000: 5.00 billion points a second.",
                "Batches 100 times as large: 2.5 times the points."
            ]
        );
    }

    #[test]
    fn a_rate_of_nothing_is_not_divided_by() {
        let mut notes = Notes::default();
        for (at_ms, batch, rate) in
            [(0, 100_000, 0.0), (2_500, 100_000, 0.0), (2_600, 200_000, 0.0), (5_100, 200_000, 1e9)]
        {
            notes.observe(&seen(at_ms, batch, rate));
        }
        assert_eq!(
            results(&notes),
            ["Batches of 100,000: 0 points a second.", "Batches of 200,000: 1.00 billion points a second."]
        );
    }
}
