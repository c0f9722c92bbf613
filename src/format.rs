//! Numbers as people read them.

use std::fmt;

/// A whole number shown with its thousands apart: `1,234,567`.
#[derive(Clone, Copy, Debug)]
pub struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.char_indices() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn grouping_only_adds_commas(number: u64) {
            let grouped = Grouped(number).to_string();
            prop_assert_eq!(grouped.replace(',', ""), number.to_string());
            prop_assert!(grouped.rsplit(',').skip(1).all(|group| group.len() <= 3));
        }
    }
}
