//! Any text between page and worker is a message that is written and read back, or a short sentence.
#![no_main]

use dartboard_fuzz::assert_short;
use dartboard_points::protocol::{FromWorker, MAX_PARTS, ToWorker};
use dartboard_points::query::MAX_TEXT_BYTES;
use libfuzzer_sys::fuzz_target;

const MOST: usize = MAX_TEXT_BYTES + 200;

fuzz_target!(|text: &str| {
    match FromWorker::parse(text) {
        Ok(message) => {
            if let FromWorker::Tally { tally, ref parts, .. } = message {
                assert!(tally.inside <= tally.points && parts.len() <= MAX_PARTS);
                assert!(parts.is_empty() || parts.iter().sum::<u64>() == tally.inside);
            }
            assert_eq!(FromWorker::parse(&message.encode()), Ok(message));
        }
        Err(error) => assert_short(&error, MOST),
    }
    match ToWorker::parse(text) {
        Ok(message) => assert_eq!(ToWorker::parse(&message.encode()), Ok(message)),
        Err(error) => assert_short(&error, MOST),
    }
});
