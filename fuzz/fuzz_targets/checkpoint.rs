//! Any text is a checkpoint that is whole in itself, written and read back, or a short sentence; also a text whose
//! check fits.
#![no_main]

use dartboard_core::run::checkpoint::{Checkpoint, MAX_RANGES, sealed};
use dartboard_core::run::saved_runs::SavedRun;
use dartboard_fuzz::assert_short;
use dartboard_points::tally::BlockRange;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for text in [text, &sealed(text)] {
        match Checkpoint::parse(text) {
            Ok(checkpoint) => check(&checkpoint),
            Err(error) => assert_short(&error, 600),
        }
        if let Err(error) = SavedRun::parse(text) {
            assert_short(&error, 600);
        }
    }
});

fn check(checkpoint: &Checkpoint) {
    let (done, tally) = (checkpoint.done(), checkpoint.tally());
    assert!(done.len() <= MAX_RANGES && tally.inside <= tally.points);
    assert!(done.windows(2).all(|pair| pair[0].end() < pair[1].first()), "rising and apart");
    assert!(done.last().is_none_or(|last| last.end() <= BlockRange::MAX_BLOCKS));
    assert_eq!(done.iter().map(|range| u128::from(range.points())).sum::<u128>(), u128::from(tally.points));
    assert_eq!(Checkpoint::parse(&checkpoint.encode()).as_ref(), Ok(checkpoint));
    let saved = SavedRun { saved_ms: tally.inside, checkpoint: checkpoint.clone() };
    assert_eq!(SavedRun::parse(&saved.encode()), Ok(saved));
}
