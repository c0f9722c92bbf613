//! Workers are killed, and the total is the same.

use super::notes::Notes;
use crate::text::Grouped;

pub(super) const TITLE: &str = "Kill a worker, get the same total";

pub(super) const QUESTION: &str = "This run counts 40 billion points. Let it finish once. Then press Reset and Start, \
    and kill and crash workers while it runs, as often as you like. How far from the first total will the second be?";

pub(super) const TEACHES: &str = "A block’s points are decided by the seed and the block’s number alone, and a block counts \
    once. A dead worker’s blocks go back to the coordinator and are counted by another: the same points, the same total.";

/// Four workers and 40 billion points, in batches long enough to be killed in.
pub(super) const ADDRESS: &str =
    "#/?seed=16180&workers=4&batch=20000000&target=40000000000&stream=2&experiment=killed-worker";

/// The total of each run that reached its target, and whether the last agrees with the first.
pub(super) fn results(notes: &Notes) -> Vec<String> {
    let mut lines: Vec<String> = notes
        .finished
        .iter()
        .zip(1..)
        .map(|((tally, restarts), number)| {
            format!(
                "Run {number}: {} of {} inside, {restarts} workers replaced.",
                Grouped(tally.inside),
                Grouped(tally.points),
            )
        })
        .collect();
    if let [(first, _), .., (last, _)] = notes.finished.as_slice()
        && first.points == last.points
    {
        lines.push(if first == last {
            "The same, to the last point.".to_owned()
        } else {
            "They differ, which must never happen. Please report it.".to_owned()
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lecture::experiment::notes::Observation;
    use crate::lecture::experiment::notes::tests::seen;
    use dartboard_points::tally::Tally;

    #[test]
    fn totals_are_compared_to_the_last_point() {
        let finished = |inside, restarts| Observation {
            running: false,
            finished: true,
            tally: Tally { points: 1_000_000, inside },
            restarts,
            ..seen(0, 100_000, 0.0)
        };
        let mut notes = Notes::default();
        for observation in
            [finished(785_000, 0), finished(785_000, 0), seen(1, 100_000, 0.0), finished(785_000, 7)]
        {
            notes.observe(&observation);
        }
        assert_eq!(
            results(&notes),
            [
                "Run 1: 785,000 of 1,000,000 inside, 0 workers replaced.",
                "Run 2: 785,000 of 1,000,000 inside, 7 workers replaced.",
                "The same, to the last point."
            ]
        );
        notes.observe(&seen(2, 100_000, 0.0));
        notes.observe(&finished(785_001, 1));
        assert!(results(&notes)[3].contains("differ"));
    }
}
