//! Whole numbers as text from outside: digits and nothing else.

/// The number that `text` writes in decimal digits, without sign, space or separator;
/// none if it is anything else or over `u64::MAX`.
pub fn parse_u64(text: &str) -> Option<u64> {
    // `u64::from_str` would also take a leading `+`.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_digits_only_within_u64() {
        assert_eq!(parse_u64("0"), Some(0));
        assert_eq!(parse_u64("18446744073709551615"), Some(u64::MAX));
        for text in
            ["", "+1", "-1", "-0", " 1", "1 ", "1.0", "1e3", "0x1", "NaN", "１", "18446744073709551616"]
        {
            assert_eq!(parse_u64(text), None, "{text:?}");
        }
    }
}
