//! Any text between the programs of the page is read as what is written the same again, or not at all.
#![no_main]

use dartboard::exchange::{encode_journey, encode_marks, parse_journey, parse_marks, parse_sample};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(marks) = parse_marks(text) {
        assert_eq!(parse_marks(&encode_marks(&marks)), Some(marks));
    }
    if let Some(journey) = parse_journey(text) {
        assert_eq!(parse_journey(&encode_journey(&journey)), Some(journey));
    }
    if let Some((_, kept)) = parse_sample(text) {
        assert!(kept.len() <= text.len());
    }
});
