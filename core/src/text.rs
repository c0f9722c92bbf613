//! Numbers as people read them.

use std::fmt;
use std::time::Duration;

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

/// A number with so many decimals, at most nine; scaled it fits a `u64`.
///
/// The standard library's own is exact for every `f64` and adds 7 KB to the page; this one is rounded from the product with
/// a power of ten, which differs from it at most in the last digit of a tie.
#[derive(Clone, Copy, Debug)]
pub struct Fixed(pub f64, pub usize);

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, decimals) = (self.0, self.1.min(9));
        let unit = 10_u64.pow(u32::try_from(decimals).unwrap_or(9));
        // The cast saturates, and sends NaN to 0.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let scaled = (number.abs() * unit as f64).round() as u64;
        if number.is_sign_negative() && scaled > 0 {
            f.write_str("-")?;
        }
        write!(f, "{}", scaled / unit)?;
        if decimals > 0 {
            write!(f, ".{:0decimals$}", scaled % unit)?;
        }
        Ok(())
    }
}

/// A number in three digits and a power of ten, as programs read it: `1.57e-5`.
#[derive(Clone, Copy, Debug)]
pub struct Scientific(pub f64);

impl fmt::Display for Scientific {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match digits_and_exponent(self.0, 9.995) {
            Some((digits, exponent)) => write!(f, "{}e{exponent}", Fixed(digits, 2)),
            None => f.write_str("0"),
        }
    }
}

/// A size in two digits and a power of ten, as people read it: `1.6 × 10⁻⁵`.
pub fn times_power_of_ten(size: f64) -> String {
    digits_and_exponent(size.abs(), 9.95).map_or_else(
        || "0".to_owned(),
        |(digits, exponent)| format!("{} × {}", Fixed(digits, 1), power_of_ten(exponent)),
    )
}

/// `number` as digits before and behind a point and an exponent of ten; none for 0 and what is no number. Digits of
/// `too_many` or more would be shown as 10.
fn digits_and_exponent(number: f64, too_many: f64) -> Option<(f64, i32)> {
    if number == 0.0 || !number.is_finite() {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within ±324")]
    let exponent = number.abs().log10().floor() as i32;
    let digits = number / 10_f64.powi(exponent);
    Some(if digits.abs() >= too_many { (digits / 10.0, exponent + 1) } else { (digits, exponent) })
}

/// Powers of ten with names: the exponent, the power, and the word behind a number.
pub(crate) const COUNT_WORDS: [(i32, f64, &str); 6] = [
    (18, 1e18, " quintillion"),
    (15, 1e15, " quadrillion"),
    (12, 1e12, " trillion"),
    (9, 1e9, " billion"),
    (6, 1e6, " million"),
    (3, 1e3, " thousand"),
];

/// A count in three digits and words: `2.45 billion`.
pub fn short_count(count: f64) -> String {
    // 999.5 would be shown as 1000.
    let (_, unit, word) =
        COUNT_WORDS.into_iter().find(|(_, unit, _)| count >= unit * 0.999_5).unwrap_or((0, 1.0, ""));
    let scaled = count / unit;
    let decimals = match scaled {
        _ if unit <= 1.0 => 0,
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{}{word}", Fixed(scaled, decimals))
}

/// A length of time in one unit, of two digits or so: `40 s`, `3.2 h`, `12 years`.
pub fn duration_words(seconds: f64) -> String {
    const YEAR: f64 = 365.25 * 86_400.0;
    const UNITS: [(f64, &str); 5] =
        [(YEAR, " years"), (86_400.0, " days"), (3_600.0, " h"), (60.0, " min"), (1.0, " s")];
    if seconds >= 1e6 * YEAR {
        return format!("{} years", short_count(seconds / YEAR));
    }
    // From two of a unit on: 90 s say more than 1.5 min.
    let (unit, word) = UNITS.into_iter().find(|(unit, _)| seconds >= 2.0 * unit).unwrap_or((1.0, " s"));
    let decimals = usize::from(seconds / unit < 9.95);
    format!("{}{word}", Fixed(seconds / unit, decimals))
}

/// Whole microseconds, as far as a `u64` counts them.
pub fn whole_us(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Whole milliseconds, as far as a `u64` counts them: those of a `Duration` are wider than any that is shown.
pub fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// How long ago something was, in one unit, rounded down: `3 minutes ago`.
pub fn ago_words(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    match UNITS.into_iter().find(|&(unit, _)| seconds >= unit) {
        Some((unit, word)) if seconds >= 5 => {
            let count = seconds / unit;
            format!("{} {word}{} ago", Grouped(count), if count == 1 { "" } else { "s" })
        }
        _ => "a moment ago".to_owned(),
    }
}

/// So many of what is called `what` when there is one: `2 runs`.
pub fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// 10 to the power of `exponent`, written with raised digits: `10⁻³`.
pub fn power_of_ten(exponent: i32) -> String {
    let mut text = "10".to_owned();
    text.extend(exponent.to_string().chars().map(|character| match character {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        // The other raised digits follow each other.
        digit => char::from_u32('⁰' as u32 + digit.to_digit(10).unwrap_or(0)).unwrap_or('⁰'),
    }));
    text
}

/// The most characters of a foreign text that a message repeats.
pub(crate) const SHOWN_CHARACTERS: usize = 40;

/// The beginning of `value`, short enough for a message, and with nothing in it that would turn the words around it.
pub(crate) fn shortened(value: &str) -> String {
    let mut characters = value.chars();
    let visible = |character| if is_invisible(character) { char::REPLACEMENT_CHARACTER } else { character };
    let mut shown: String = characters.by_ref().take(SHOWN_CHARACTERS).map(visible).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// A foreign name as a sentence has it: one that is written from right to left turns nothing around it.
pub(crate) fn isolated(name: &str) -> String {
    if name.is_ascii() { name.to_owned() } else { ["\u{2068}", name, "\u{2069}"].concat() }
}

/// How many characters of Latin a character takes: those of East Asia, and pictures, are wide.
pub(crate) fn columns(character: char) -> u32 {
    if matches!(character, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{fbff}' | '\u{fe30}'..) { 2 } else { 1 }
}

/// The beginning of `text` of at most so many columns; where there is room for that, a sign says that it goes on.
pub(crate) fn cut_to(text: &str, most: u32) -> String {
    let mut left = most;
    let mut cut = String::new();
    for character in text.chars() {
        let Some(rest) = left.checked_sub(columns(character)) else {
            if most > 2 {
                cut.pop();
                cut.push('…');
            }
            break;
        };
        left = rest;
        cut.push(character);
    }
    cut
}

/// Whether it is a control character or one that changes the direction of the text around it.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || character.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts_are_shortened_to_three_digits() {
        let shown = [0.0, 7.0, 999.0, 999.6, 1_234.0, 99_960.0, 999_600.0, 2.451e9, 1.8e19].map(short_count);
        assert_eq!(
            shown,
            [
                "0",
                "7",
                "999",
                "1.00 thousand",
                "1.23 thousand",
                "100 thousand",
                "1.00 million",
                "2.45 billion",
                "18.0 quintillion"
            ]
        );
    }

    // Fails with: a text that is wider than its place, one that fits and is cut, a place in which only the sign stands.
    #[test]
    fn a_text_is_cut_to_its_columns() {
        let cut = [5, 4, 3, 2, 1, 0].map(|most| cut_to("Alice", most));
        assert_eq!(cut, ["Alice", "Ali…", "Al…", "Al", "A", ""]);
        assert_eq!([6, 5, 4, 1].map(|most| cut_to("さくら", most)), ["さくら", "さ…", "さ…", ""]);
    }

    #[test]
    fn durations_take_the_unit_that_suits() {
        let seconds = [0.0, 1.25, 9.94, 9.95, 40.0, 119.0, 120.0, 11_000.0, 2e5, 1e8, 4e8, 1e12, 1e16];
        let shown = seconds.map(duration_words);
        assert_eq!(
            shown,
            [
                "0.0 s",
                "1.3 s",
                "9.9 s",
                "10 s",
                "40 s",
                "119 s",
                "2.0 min",
                "3.1 h",
                "2.3 days",
                "3.2 years",
                "13 years",
                "31688 years",
                "317 million years"
            ]
        );
    }

    #[test]
    fn times_past_are_rounded_down_to_one_unit() {
        let shown = [0, 4, 5, 59, 60, 119, 7_199, 7_200, 86_400, 200_000_000].map(ago_words);
        assert_eq!(
            shown,
            [
                "a moment ago",
                "a moment ago",
                "5 seconds ago",
                "59 seconds ago",
                "1 minute ago",
                "1 minute ago",
                "1 hour ago",
                "2 hours ago",
                "1 day ago",
                "2,314 days ago"
            ]
        );
    }

    #[test]
    fn exponents_are_raised() {
        assert_eq!(power_of_ten(-13), "10⁻¹³");
        assert_eq!(power_of_ten(4_567_890), "10⁴⁵⁶⁷⁸⁹⁰");
        assert_eq!(power_of_ten(2), "10²");
    }

    #[test]
    fn what_is_rounded_to_nothing_has_no_sign() {
        let shown = [0.04, -0.04, -0.0, -0.06, f64::NAN, -1.0].map(|number| Fixed(number, 1).to_string());
        assert_eq!(shown, ["0.0", "0.0", "0.0", "-0.1", "0.0", "-1.0"]);
    }

    #[test]
    fn scientific_numbers_have_three_digits() {
        let shown =
            [1.5678e-5, -0.002, 9.996, 1.0, 0.0, 123_456.0].map(|number| Scientific(number).to_string());
        assert_eq!(shown, ["1.57e-5", "-2.00e-3", "1.00e1", "1.00e0", "0", "1.23e5"]);
    }

    proptest! {
        #[test]
        fn fixed_numbers_are_those_of_the_standard_library(number in -1e6..1e6_f64, decimals in 0..9_usize) {
            let unit = 10_f64.powi(i32::try_from(decimals).unwrap());
            let tie = ((number * unit).abs().fract() - 0.5).abs() < 1e-3;
            let expected = format!("{number:.decimals$}");
            let zero = expected.bytes().all(|byte| b"-0.".contains(&byte));
            if !tie && !zero {
                prop_assert_eq!(Fixed(number, decimals).to_string(), expected);
            }
        }

        #[test]
        fn grouping_only_adds_commas(number: u64) {
            let grouped = Grouped(number).to_string();
            prop_assert_eq!(grouped.replace(',', ""), number.to_string());
            prop_assert!(grouped.rsplit(',').skip(1).all(|group| group.len() <= 3));
        }
    }
}
