//! Any text between page and worker is a message that is written and read back, or a short sentence.
#![no_main]

use dartboard_fuzz::assert_short;
use dartboard_points::protocol::{FromWorker, ToWorker};
use dartboard_points::query::MAX_TEXT_BYTES;
use dartboard_points::tally::Tally;
use libfuzzer_sys::fuzz_target;

const MOST: usize = MAX_TEXT_BYTES + 200;

fuzz_target!(|text: &str| {
    match FromWorker::parse(text) {
        Ok(message) => {
            if let FromWorker::Tally { tally: Tally { points, inside }, .. } = message {
                assert!(inside <= points);
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
