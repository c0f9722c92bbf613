//! Numbers as people read them.

use std::fmt;

/// A whole number with its thousands apart: `1,234,567`.
#[derive(Clone, Copy, Debug)]
pub struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.char_indices() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            f.write_str(digit.encode_utf8(&mut [0; 4]))?;
        }
        Ok(())
    }
}

/// A unit of sizes: what it is called, and the bytes of a tenth of it.
#[derive(Clone, Copy)]
struct Unit {
    word: &'static str,
    tenth_bytes: u64,
}

const UNITS: [Unit; 4] = [
    Unit { word: " TB", tenth_bytes: 100_000_000_000 },
    Unit { word: " GB", tenth_bytes: 100_000_000 },
    Unit { word: " MB", tenth_bytes: 100_000 },
    Unit { word: " KB", tenth_bytes: 100 },
];

impl Unit {
    /// The one in which so many bytes are a number from 1 to 1,000; bytes themselves have none.
    fn of(bytes: u64) -> Option<Self> {
        UNITS.into_iter().find(|unit| bytes / 10 >= unit.tenth_bytes)
    }
}

/// Writes a size without its unit, rounded down: what is not there yet is never shown as if it were.
fn write_number(f: &mut fmt::Formatter<'_>, bytes: u64, unit: Option<Unit>) -> fmt::Result {
    let Some(Unit { tenth_bytes, .. }) = unit else { return write!(f, "{bytes}") };
    // A division that could panic would bring that panic's code along.
    let tenths = bytes.checked_div(tenth_bytes).unwrap_or(0);
    write!(f, "{}.{}", tenths / 10, tenths % 10)
}

fn word(bytes: u64, unit: Option<Unit>) -> &'static str {
    match unit {
        Some(unit) => unit.word,
        None if bytes == 1 => " byte",
        None => " bytes",
    }
}

/// A size: `812 bytes`, `2.4 MB`.
#[derive(Clone, Copy, Debug)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = Unit::of(self.0);
        write_number(f, self.0, unit)?;
        f.write_str(word(self.0, unit))
    }
}

/// How much of a size there is, as far as it is known: `1.2 of 2.4 MB`, `1.2 MB`.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// What is there.
    pub at_bytes: u64,
    /// What it is a part of.
    pub of_bytes: Option<u64>,
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(of_bytes) = self.of_bytes {
            write_number(f, self.at_bytes, Unit::of(of_bytes))?;
            f.write_str(" of ")?;
        }
        fmt::Display::fmt(&Size(self.of_bytes.unwrap_or(self.at_bytes)), f)
    }
}

/// So many of what is called `one` when there is one, and `more` otherwise.
pub(crate) fn counted(f: &mut fmt::Formatter<'_>, number: u64, one: &str, more: &str) -> fmt::Result {
    fmt::Display::fmt(&Grouped(number), f)?;
    f.write_str(" ")?;
    f.write_str(if number == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_by_people() {
        // Fails with: a comma in front, or at every second digit.
        assert_eq!(Grouped(0).to_string(), "0");
        assert_eq!(Grouped(999).to_string(), "999");
        assert_eq!(Grouped(9_500).to_string(), "9,500");
        assert_eq!(Grouped(u64::MAX).to_string(), "18,446,744,073,709,551,615");
    }

    #[test]
    fn a_size_has_one_decimal_and_never_claims_a_byte_too_many() {
        // Fails with: rounding to the nearest, units of 1,024, a unit too early.
        let shown: Vec<_> = [0, 1, 999, 1_000, 999_999, 2_400_000, 4_000_000_000, u64::MAX]
            .into_iter()
            .map(|bytes| Size(bytes).to_string())
            .collect();
        let expected =
            ["0 bytes", "1 byte", "999 bytes", "1.0 KB", "999.9 KB", "2.4 MB", "4.0 GB", "18446744.0 TB"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_share_is_in_the_unit_of_the_whole() {
        // Fails with: each number in a unit of its own.
        let share = |at_bytes, of_bytes| Share { at_bytes, of_bytes }.to_string();
        assert_eq!(share(1_290_000, Some(2_400_000)), "1.2 of 2.4 MB");
        assert_eq!(share(500, Some(2_400_000)), "0.0 of 2.4 MB");
        assert_eq!(share(500, Some(812)), "500 of 812 bytes");
        assert_eq!(share(1_290_000, None), "1.2 MB");
    }
}
