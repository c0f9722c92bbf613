//! Any text is a run that is whole in itself, written and read back, or a short sentence; also a text whose check fits.
//! One of an earlier stream is never resumed.
#![no_main]

use dartboard_core::run::checkpoint::{MAX_RANGES, WrittenRun, sealed};
use dartboard_core::run::saved_runs::SavedRun;
use dartboard_fuzz::assert_short;
use dartboard_points::tally::BlockRange;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for text in [text, &sealed(text)] {
        match WrittenRun::parse(text) {
            Ok(run) => check(&run, text),
            Err(error) => assert_short(&error, 600),
        }
        if let Err(error) = SavedRun::parse(text) {
            assert_short(&error, 600);
        }
    }
});

fn check(run: &WrittenRun, text: &str) {
    let tally = run.tally();
    assert!(tally.inside <= tally.points);
    match run {
        WrittenRun::Current(checkpoint) => {
            let done = checkpoint.done();
            assert!(done.len() <= MAX_RANGES);
            assert!(done.windows(2).all(|pair| pair[0].end() < pair[1].first()), "rising and apart");
            assert!(done.last().is_none_or(|last| last.end() <= BlockRange::MAX_BLOCKS));
            let points = done.iter().map(|range| u128::from(range.points())).sum::<u128>();
            assert_eq!(points, u128::from(tally.points));
        }
        WrittenRun::Earlier(earlier) => {
            assert!(text.contains("=1"), "of version 1");
            assert!(earlier.describe("").len() < 250);
        }
    }
    assert_eq!(WrittenRun::parse(&run.encode()).as_ref(), Ok(run));
    let saved = SavedRun { saved_ms: tally.inside, order_ms: tally.points, run: run.clone() };
    assert_eq!(SavedRun::parse(&saved.encode()), Ok(saved));
}
