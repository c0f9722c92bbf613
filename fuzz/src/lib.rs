//! What the fuzz targets share.

use std::fmt::Display;

/// Fails if the sentence that tells a user of `error` is longer than `most` bytes: it must not grow with the input.
pub fn assert_short(error: &dyn Display, most: usize) {
    let sentence = error.to_string();
    assert!(sentence.len() <= most, "{} bytes: {sentence}", sentence.len());
    assert!(!sentence.is_empty());
}
