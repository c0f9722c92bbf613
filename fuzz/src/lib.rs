//! What the fuzz targets share.

use std::fmt::Display;

/// Fails if the sentence that tells a user of `error` is longer than `most` bytes: it must not grow with the input.
pub fn assert_short(error: &dyn Display, most: usize) {
    let sentence = error.to_string();
    assert!(sentence.len() <= most, "{} bytes: {sentence}", sentence.len());
    assert!(!sentence.is_empty());
}

/// `body` closed by the check that a checkpoint ends with, so that more than damage is tried.
pub fn sealed(body: &str) -> String {
    let check = body.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{body}&check={check}")
}
