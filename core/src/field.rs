//! How a text that a user types is read, and the sentence that refuses it.
//!
//! A field of the run, a field of the benchmark and a parameter of the page's address are read by the same functions; what
//! is typed is made plain first, by `typed`.

use std::fmt;

use dartboard_points::decimal::parse_u64;
use dartboard_points::kernel::Kernel;
use dartboard_points::tally::BLOCK_POINTS;

use crate::text::{Grouped, shortened};

mod typed;

pub use typed::Writing;

/// A value that a user types.
pub trait TextField: Copy + PartialEq + 'static {
    /// The type of its values; the text of a value is what the field shows while it applies.
    type Value: Clone + PartialEq + fmt::Display + 'static;

    /// Its name in addresses, identifiers and refusals.
    fn name(self) -> &'static str;

    /// Its label on the page.
    fn label(self) -> &'static str;

    /// How its values are written.
    fn writing(self) -> Writing;

    /// Reads a text in the one form that addresses have, too.
    ///
    /// # Errors
    /// When the value is not in the field's range.
    fn read(self, text: &str) -> Result<Self::Value, Refusal>;

    /// The next value that a user may want after pressing `arrow`; the same one where there is none.
    #[must_use]
    fn stepped(self, value: Self::Value, arrow: Arrow) -> Self::Value;
}

/// A field in which is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typed {
    name: &'static str,
    writing: Writing,
}

impl Typed {
    /// What the page must know about `field`.
    pub fn of(field: impl TextField) -> Self {
        Self { name: field.name(), writing: field.writing() }
    }

    /// How the field's values are written.
    pub fn writing(self) -> Writing {
        self.writing
    }

    /// Reads a text as the page writes it, and as users type it, by `read`, which takes the one form of addresses.
    ///
    /// # Errors
    /// When `read` refuses, or the text can be read in two ways.
    pub fn read<V>(self, text: &str, read: impl FnOnce(String) -> Result<V, Refusal>) -> Result<V, Refusal> {
        let writing = self.writing;
        let strict = typed::strict(text, writing)
            .map_err(|_| Refusal::new(self.name, text, Wanted::Unambiguous(writing)))?;
        read(strict).map_err(|refusal| match writing {
            // The sentence is about one number of it.
            Writing::List => refusal,
            _ => Refusal { text: shortened(text.trim()), ..refusal },
        })
    }
}

/// An arrow key, pressed in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrow {
    /// To a greater value.
    Up,
    /// To a smaller value.
    Down,
}

impl Arrow {
    /// One more or one less.
    pub fn next(self, number: u64) -> u64 {
        match self {
            Self::Up => number.saturating_add(1),
            Self::Down => number.saturating_sub(1),
        }
    }

    /// Twice or half as much.
    pub fn doubled_or_halved(self, number: u64) -> u64 {
        match self {
            Self::Up => number.saturating_mul(2),
            Self::Down => number / 2,
        }
    }

    /// The other one.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// A text that is not taken, and why: displayed, a sentence without its full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the sentence is about: a field's name, or each number of its list.
    pub subject: &'static str,
    /// The text, cut to a length that can be shown.
    pub text: String,
    /// What would have been taken.
    pub wanted: Wanted,
}

/// What a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A whole number in a range.
    WholeNumber {
        /// Least number allowed.
        min: u64,
        /// Greatest number allowed.
        max: u64,
    },
    /// A list of such numbers that is not empty.
    WholeNumbers {
        /// Least number allowed.
        min: u64,
        /// Greatest number allowed.
        max: u64,
    },
    /// A multiple of 100,000 in a range.
    WholeBlocks {
        /// Greatest number allowed.
        max: u64,
        /// The nearest allowed numbers, where the text is a number between two of them.
        nearest: Option<(u64, u64)>,
        /// Whether `auto` is taken as well.
        or_auto: bool,
    },
    /// A probability.
    Probability,
    /// A standard error that can be reached.
    StandardError,
    /// The name of a kernel that a run may ask for, or nothing.
    Kernel,
    /// The same number, written so that it can be read in one way only.
    Unambiguous(Writing),
    /// What follows “must”.
    Said(String),
}

impl Refusal {
    /// The refusal of `text`.
    pub(crate) fn new(subject: &'static str, text: &str, wanted: Wanted) -> Self {
        Self { subject, text: shortened(text), wanted }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must ", self.subject)?;
        match &self.wanted {
            Wanted::WholeNumber { min, max } => {
                write!(f, "be a whole number from {} to {}", Bound(*min), Bound(*max))?;
            }
            Wanted::WholeNumbers { min, max } => {
                return write!(f, "name at least one number from {min} to {max}, such as 1, 2, 4");
            }
            Wanted::WholeBlocks { max, or_auto, .. } => {
                write!(f, "be a multiple of 100,000 from 100,000 to {}", Grouped(*max))?;
                if *or_auto {
                    write!(f, ", or auto")?;
                }
            }
            Wanted::StandardError => {
                write!(f, "be a standard error from 4e-10 to 1, such as 0.00001 or 1e-5")?;
            }
            Wanted::Unambiguous(Writing::Fraction) => {
                write!(f, "be written without thousands separators, such as 0.25 or 1.0")?;
            }
            Wanted::Unambiguous(_) => {
                write!(f, "be written in plain digits, such as 1500000")?;
            }
            Wanted::Said(wanted) => f.write_str(wanted)?,
            Wanted::Kernel => write!(f, "be {}, or left out", Kernel::Reference)?,
            Wanted::Probability => {
                write!(f, "be a number from 0 to 1 with at most nine decimals, such as 0.01")?;
            }
        }
        if self.text.is_empty() {
            write!(f, "; it is empty")?;
        } else {
            write!(f, ", not “{}”", self.text)?;
        }
        if let Wanted::WholeBlocks { nearest: Some((below, above)), .. } = &self.wanted {
            write!(f, "; the nearest are {} and {}", Grouped(*below), Grouped(*above))?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// The end of a range: four digits are read without separators.
struct Bound(u64);

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 10_000 { self.0.fmt(f) } else { Grouped(self.0).fmt(f) }
    }
}

/// Reads a whole number from `min` to `max`.
///
/// # Errors
/// When it is anything else.
pub(crate) fn whole_number(subject: &'static str, text: &str, min: u64, max: u64) -> Result<u64, Refusal> {
    parse_u64(text)
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| Refusal::new(subject, text, Wanted::WholeNumber { min, max }))
}

/// Reads a number of points that make whole blocks, 1 to `max_blocks` of them; where `or_auto`, the refusal says that
/// `auto` is taken as well.
///
/// # Errors
/// When it is anything else.
pub(crate) fn whole_blocks(
    subject: &'static str,
    text: &str,
    max_blocks: u64,
    or_auto: bool,
) -> Result<u64, Refusal> {
    let max = max_blocks * BLOCK_POINTS;
    let refuse = |nearest| Err(Refusal::new(subject, text, Wanted::WholeBlocks { max, nearest, or_auto }));
    match parse_u64(text) {
        Some(points) if (BLOCK_POINTS..=max).contains(&points) => {
            let blocks = points / BLOCK_POINTS;
            if blocks * BLOCK_POINTS == points {
                Ok(blocks)
            } else {
                refuse(Some((blocks * BLOCK_POINTS, (blocks + 1) * BLOCK_POINTS)))
            }
        }
        _ => refuse(None),
    }
}

/// Reads a number as a user writes it: `0.00001`, `1e-5`, `2.5E-4`; up to 18 digits and an exponent of one or two.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let number = typed::number(&text.to_ascii_lowercase(), true)?;
    let length = i32::try_from(number.digits.len()).ok().filter(|&length| length <= 18)?;
    Some(parse_u64(&number.digits)? as f64 * 10_f64.powi(number.point - length))
}

#[cfg(test)]
mod tests {
    use dartboard_points::tally::Seed;
    use proptest::prelude::*;

    use super::*;
    use crate::run::config::parse_seed;
    use crate::text::SHOWN_CHARACTERS;

    // Fails with: a refused value that turns the sentence around it, breaks its line or is shown at length.
    #[test]
    fn refused_values_are_shown_harmlessly() {
        let shown = |text: &str| parse_seed(text).unwrap_err().to_string();
        assert!(shown("\u{202e}12\u{2066}\u{200b}\n3\u{7}\u{feff}").ends_with("not “�12���3��”"));
        assert!(shown("<b>1</b>").ends_with("not “<b>1</b>”"));
        let zeros = "0".repeat(SHOWN_CHARACTERS - 1);
        assert!(shown(&format!("{zeros}x")).ends_with(&format!("not “{zeros}x”")));
        assert!(shown(&format!("{zeros}xx")).ends_with(&format!("not “{zeros}x…”")));
        assert_eq!(parse_seed("7"), Ok(Seed(7)));
    }

    #[test]
    fn ranges_are_told_as_people_read_numbers() {
        let told = |min, max| whole_number("it", "x", min, max).unwrap_err().to_string();
        assert_eq!(told(20, 9_999), "it must be a whole number from 20 to 9999, not “x”");
        assert_eq!(told(0, 10_000), "it must be a whole number from 0 to 10,000, not “x”");
        let several = Refusal::new("it", "", Wanted::WholeNumbers { min: 1, max: 64 });
        assert_eq!(several.to_string(), "it must name at least one number from 1 to 64, such as 1, 2, 4");
    }

    // Fails with: a user told that `auto` is taken where it is not.
    #[test]
    fn auto_is_offered_where_it_is_taken() {
        let told = |or_auto| whole_blocks("it", "1", 10, or_auto).unwrap_err().to_string();
        assert_eq!(
            told(true),
            "it must be a multiple of 100,000 from 100,000 to 1,000,000, or auto, not “1”"
        );
        assert_eq!(told(false), "it must be a multiple of 100,000 from 100,000 to 1,000,000, not “1”");
    }

    #[test]
    fn arrows_stop_at_the_ends_of_a_number() {
        for (arrow, ends) in [(Arrow::Up, [1, u64::MAX]), (Arrow::Down, [0, u64::MAX - 1])] {
            assert_eq!([0, u64::MAX].map(|number| arrow.next(number)), ends);
            assert_ne!(arrow.reversed(), arrow);
        }
        assert_eq!([0, 3, u64::MAX].map(|number| Arrow::Up.doubled_or_halved(number)), [0, 6, u64::MAX]);
        assert_eq!([0, 3, 8].map(|number| Arrow::Down.doubled_or_halved(number)), [0, 1, 4]);
    }

    #[test]
    fn a_standard_error_is_read_up_to_18_digits_and_an_exponent_of_two() {
        for (text, number) in [
            ("000000000000000.001", Some(0.001)),
            ("0000000000000000.001", None),
            ("00000000000000000.001", None),
            ("1e-03", Some(0.001)),
            ("1e-003", None),
            ("100e-005", None),
            ("1E-3", Some(0.001)),
            ("0.1e-2", Some(0.001)),
            ("+1e-3", None),
            ("1e+3", None),
            ("1e--3", None),
            ("1.e-3", Some(0.001)),
            ("e-3", None),
            ("１e-3", None),
        ] {
            let read = decimal(text);
            let same = match (read, number) {
                (Some(read), Some(number)) => (read - number).abs() < 1e-15,
                (read, number) => read == number,
            };
            assert!(same, "{text}: {read:?}");
        }
    }

    proptest! {
        #[test]
        fn decimals_are_read_as_the_standard_library_reads_them(digits in 0..1_000_000_000_u64, exponent in -30..30_i32) {
            let plain = format!("{}.{:03}", digits / 1_000, digits % 1_000);
            let scientific = format!("{digits}e{exponent}");
            for text in [plain, scientific] {
                let Some(read) = decimal(&text) else { panic!("{text} is refused") };
                let expected = text.parse::<f64>().unwrap();
                prop_assert!((read - expected).abs() <= expected * 1e-15, "{}: {}", text, read);
            }
        }
    }
}
