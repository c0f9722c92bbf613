//! Turns what a user types into the form that addresses have.
//!
//! The page writes `7,900,000`, and keyboards write `7 900 000`, `7'900'000`, `７９０００００` and `7.9e6`. A comma groups
//! in a field of whole numbers; in one of fractions it is the decimal sign. A text that can be read in two ways is refused.
//! Addresses are read without this.

use dartboard_points::decimal::parse_u64;

use crate::text::COUNT_WORDS;

/// How the values of a field are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// As whole numbers.
    Whole,
    /// As whole numbers, or a word.
    WholeOrWord,
    /// As numbers from 0 to 1.
    Fraction,
    /// As whole numbers with commas between them.
    List,
    /// As names, which their field makes plain itself.
    Names,
}

impl Writing {
    /// The input mode of a field: a touch screen offers keys that can type each of its values.
    pub fn input_mode(self) -> &'static str {
        match self {
            Self::Whole => "numeric",
            Self::Fraction => "decimal",
            Self::WholeOrWord | Self::List | Self::Names => "text",
        }
    }
}

/// The error for a text that can be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ambiguous;

/// The value that `text` writes, as plain digits with at most one point; a text that is no number is only made plain.
pub(super) fn strict(text: &str, writing: Writing) -> Result<String, Ambiguous> {
    if writing == Writing::Names {
        return Ok(text.to_owned());
    }
    let mut plain = plain(text);
    if plain == "none" {
        // As the page says of an empty field.
        plain.clear();
    } else if writing != Writing::List
        && let Some(number) = number(&plain, writing == Writing::Fraction)
    {
        if number.is_ambiguous {
            return Err(Ambiguous);
        }
        plain = number.in_plain_digits();
    }
    Ok(plain)
}

/// Signs that keyboards have instead of those of ASCII, the first eleven of them raised.
const SIGNS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻−‐‑–‘’٬٫、،×·⋅*";

/// What each of [`SIGNS`] stands for.
const PLAIN: [u8; 25] = *b"0123456789-----'''.,,xxxx";

/// The zeros of Arabic, Persian, Devanagari and Thai digits: the others follow them.
const ZEROS: [char; 4] = ['٠', '۰', '०', '๐'];

/// The same text in small letters and signs of ASCII, with a `^` before a raised number, and with spaces between digits
/// only.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let (mut was_raised, mut was_digit, mut is_space_due) = (false, false, false);
    for sign in text.chars() {
        if sign.is_whitespace() {
            is_space_due = was_digit;
            continue;
        }
        let code = u32::from(sign);
        let place = SIGNS.chars().position(|other| other == sign);
        let is_raised = place.is_some_and(|place| place < 11);
        let sign = match (place.and_then(|place| PLAIN.get(place)), sign) {
            (Some(&plain), _) => char::from(plain),
            (_, '+') if plain.ends_with('e') => continue,
            // They say in which direction to write, or have no width.
            (_, '\u{200b}'..='\u{206f}' | '\u{feff}') => continue,
            // As wide as an ideograph.
            (_, '！'..='～') => char::from_u32(code - 0xfee0).unwrap_or(sign),
            _ => ZEROS
                .iter()
                .find_map(|&zero| char::from_digit(code.wrapping_sub(zero.into()), 10))
                .unwrap_or(sign),
        };
        if is_raised && !was_raised {
            plain.push('^');
        }
        was_digit = sign.is_ascii_digit();
        if is_space_due && was_digit {
            plain.push(' ');
        }
        (was_raised, is_space_due) = (is_raised, false);
        plain.push(sign.to_ascii_lowercase());
    }
    plain
}

/// A number as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// Its digits.
    pub(super) digits: String,
    /// How many of them stand before its decimal point, which may also stand before or behind all of them.
    pub(super) point: i32,
    /// Whether a sign in it may group digits or be the decimal sign.
    pub(super) is_ambiguous: bool,
}

/// The number that a plain text writes: `1,000`, `1.5e9`, `1.5x10^9`, `1.5billion`; none if it is none.
pub(super) fn number(text: &str, is_fraction: bool) -> Option<Number> {
    let mut digits = String::new();
    // The signs between digits: how many, the last one, how many digits stand before it, whether all are the same, and
    // whether those before it keep thousands apart, or hundreds of thousands, as in India.
    let (mut signs, mut last, mut at, mut groups) = (0, 0, 0, true);
    let mut power = text;
    while let [byte @ (b'0'..=b'9' | b' ' | b'_' | b'\'' | b',' | b'.'), ..] = *power.as_bytes() {
        power = power.get(1..)?;
        if byte.is_ascii_digit() {
            digits.push(byte.into());
        } else if !is_fraction || matches!(byte, b',' | b'.') {
            let length = digits.len() - at;
            groups &= length <= 3 && length > usize::from(signs > 0) && (signs == 0 || byte == last);
            (signs, last, at) = (signs + 1, byte, digits.len());
        }
    }
    let is_alone = power.is_empty();
    let exponent = if is_alone {
        0
    } else if let Some(exponent) = power.strip_prefix('e').or_else(|| power.strip_prefix("x10^")) {
        read_exponent(exponent)?
    } else if let Some(exponent) = power.strip_prefix('^').filter(|_| digits == "10") {
        // It is the power itself.
        read_exponent(exponent)? - 1
    } else {
        COUNT_WORDS.iter().find(|(.., word)| word.strip_prefix(' ') == Some(power))?.0
    };
    if digits.is_empty() || (is_fraction && signs > 1) {
        return None;
    }
    let is_grouped = groups && digits.len() - at == 3 && !(is_fraction && digits.starts_with('0'));
    let is_decimal = signs == 1 && (last == b'.' || (last == b',' && (is_fraction || !is_alone)));
    let is_ambiguous =
        signs > 0 && is_grouped == is_decimal && (is_alone || !is_decimal || !(is_fraction || last == b'.'));
    let point = if is_decimal { at } else { digits.len() };
    let point = i32::try_from(point).ok()?.checked_add(exponent)?;
    Some(Number { digits, point, is_ambiguous })
}

/// Reads an exponent of one or two digits.
fn read_exponent(text: &str) -> Option<i32> {
    let negative = text.strip_prefix('-');
    let digits = negative.unwrap_or(text);
    let exponent = i32::try_from(parse_u64(digits)?).ok().filter(|_| digits.len() <= 2)?;
    Some(if negative.is_some() { -exponent } else { exponent })
}

impl Number {
    fn in_plain_digits(&self) -> String {
        let length = i32::try_from(self.digits.len()).unwrap_or(i32::MAX);
        let mut text = String::new();
        for place in self.point.min(1) - 1..length.max(self.point) {
            if place == self.point {
                text.push('.');
            }
            let digit = usize::try_from(place).ok().and_then(|place| self.digits.as_bytes().get(place));
            text.push(digit.map_or('0', |&digit| digit.into()));
        }
        if self.point < length {
            while text.ends_with('0') {
                text.pop();
            }
            if text.ends_with('.') {
                text.pop();
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use dartboard_points::tally::Seed;
    use proptest::prelude::*;

    use super::*;
    use crate::benchmark::plan::{PlanField, Preset};
    use crate::field::{Refusal, TextField, Typed, Wanted};
    use crate::run::config::{Field, StandardErrorField, TargetByError};
    use crate::text::{Grouped, Scientific, power_of_ten, short_count};

    fn read<F: TextField>(field: F, text: &str) -> Result<F::Value, Refusal> {
        Typed::of(field).read(text, |strict| field.read(&strict))
    }

    fn typed<F: TextField>(field: F, text: &str) -> Result<String, String> {
        read(field, text).map(|value| value.to_string()).map_err(|refusal| refusal.to_string())
    }

    // Fails with: a number refused that the page, a spreadsheet or a keyboard writes so; a comma that divides a whole number.
    #[test]
    fn whole_numbers_are_read_as_they_are_written() {
        for text in [
            "7900000",
            "7,900,000",
            " 7 900 000 ",
            "7\u{202f}900\u{202f}000",
            "7\u{2009}900\u{2009}000",
            "7\u{a0}900\u{a0}000",
            "7_900_000",
            "7'900'000",
            "7’900’000",
            "79,00,000",
            "7.900.000",
            "7.9e6",
            "7,9e6",
            "7.9E+06",
            "79e5",
            "7.9 × 10⁶",
            "7.9x10^6",
            "79·10⁵",
            "7.9 million",
            "7.9 Million",
            "0.0079 billion",
            "007900000",
            "７９０００００",
            "７，９００，０００",
            "٧٩٠٠٠٠٠",
            "٧٬٩٠٠٬٠٠٠",
            "۷۹۰۰۰۰۰",
            "७९०००००",
            "\u{200e}7,900,000\u{feff}",
        ] {
            for field in [Field::Target, Field::Batch, Field::Seed] {
                assert_eq!(typed(field, text).as_deref(), Ok("7900000"), "{field:?} {text:?}");
            }
        }
        assert_eq!(typed(Field::Target, "10⁶").as_deref(), Ok("1000000"));
        assert_eq!(typed(Field::Seed, "18,446,744,073,709,551,615"), Ok(u64::MAX.to_string()));
        assert_eq!(typed(PlanField::Sample, "1e3").as_deref(), Ok("1000"));
    }

    // Fails with: a probability refused because its sign is a comma, or has nothing before it.
    #[test]
    fn fractions_are_read_as_they_are_written() {
        for text in [
            "0.001",
            "0,001",
            ".001",
            ",001",
            "0.0010",
            "1e-3",
            "1E-03",
            "1 × 10⁻³",
            "10^-3",
            "1e−3",
            "０．００１",
            "٠٫٠٠١",
        ] {
            assert_eq!(typed(Field::Chaos, text).as_deref(), Ok("0.001"), "{text:?}");
            assert_eq!(typed(StandardErrorField, text).as_deref(), Ok("9.99e-4"), "{text:?}");
        }
        for (text, chaos) in [("0,", "0"), ("1.", "1"), ("0.000 001", "0.000001"), ("0.123", "0.123")] {
            assert_eq!(typed(Field::Chaos, text).as_deref(), Ok(chaos), "{text:?}");
        }
    }

    // Fails with: a number guessed that was perhaps meant to be another one; a refusal without the way out.
    #[test]
    fn what_can_be_read_in_two_ways_is_refused_with_the_way_out() {
        for text in ["1.000", "1,5", "100.000", "1,500e6", "12,34", "1 2", "1,000.000,0", "1_0"] {
            let refusal = read(Field::Target, text).unwrap_err();
            assert_eq!(refusal.wanted, Wanted::Unambiguous(Writing::Whole), "{text}");
        }
        assert_eq!(
            typed(Field::Target, " 100.000").unwrap_err(),
            "target must be written in plain digits, such as 1500000, not “ 100.000”"
        );
        for text in ["1.000", "1,000", "12,345"] {
            assert_eq!(
                typed(Field::Chaos, text).unwrap_err(),
                format!(
                    "chaos must be written without thousands separators, such as 0.25 or 1.0, not “{text}”"
                )
            );
        }
    }

    // Fails with: a text that is no number taken for one; a refusal that shows another text than was typed.
    #[test]
    fn what_is_no_number_is_refused_as_it_was_typed() {
        for text in [
            "-1", "+1", "1e", "e5", "1e-1", "x", "1x", "^", "3^5", "210^5", "1e100", "1ee5", ".", ",", "1/2",
            "NaN",
        ] {
            let message = typed(Field::Target, text).unwrap_err();
            assert!(message.contains(&format!("not “{text}”")), "{text}: {message}");
        }
        for text in ["-0,1", "0,1,2", "2", "1e-10", "x"] {
            let message = typed(Field::Chaos, text).unwrap_err();
            assert!(message.starts_with("chaos must be a number from 0 to 1"), "{text}: {message}");
        }
        assert_eq!(
            typed(Field::Workers, "1,000").unwrap_err(),
            "workers must be a whole number from 1 to 64, not “1,000”"
        );
    }

    #[test]
    fn words_are_read_in_any_letters() {
        for text in ["auto", "Auto ", "AUTO"] {
            assert_eq!(typed(Field::Batch, text).as_deref(), Ok("auto"), "{text}");
        }
        // As the page says of what is empty.
        for text in ["", " ", "none", "None"] {
            assert_eq!(typed(Field::Target, text).as_deref(), Ok(""), "{text}");
            assert_eq!(typed(StandardErrorField, text).as_deref(), Ok(""), "{text}");
            assert_eq!(typed(PlanField::Sweep, text).as_deref(), Ok(""), "{text}");
            assert_eq!(typed(PlanField::Threads, text).as_deref(), Ok(""), "{text}");
        }
        assert!(typed(Field::Seed, "none").unwrap_err().contains("not “none”"));
    }

    #[test]
    fn commas_separate_the_numbers_of_a_list() {
        for text in ["1, 2, 4", "4,2,1", "1 2\u{a0}4", "１、２、４", "1;2;4", "١، ٢، ٤"] {
            assert_eq!(typed(PlanField::Workers, text).as_deref(), Ok("1, 2, 4"), "{text}");
        }
        assert_eq!(
            typed(PlanField::Workers, "1, 2.5").unwrap_err(),
            "each of workers must be a whole number from 1 to 64, not “2.5”"
        );
    }

    // Fails with: a value that the keys offered on a phone cannot type.
    #[test]
    fn a_touch_screen_offers_keys_for_each_value() {
        assert_eq!(
            Field::ALL.map(|field| field.writing().input_mode()),
            ["numeric", "numeric", "text", "numeric", "decimal", "text", "numeric", "text"]
        );
        for field in PlanField::ALL {
            for preset in Preset::ALL {
                let shown = preset.plan(6, true, Seed(1)).get(field).to_string();
                let is_digits = shown.bytes().all(|byte| byte.is_ascii_digit());
                assert!(is_digits || field.writing().input_mode() == "text", "{field:?}: {shown}");
            }
        }
    }

    proptest! {
        // Fails with: a number that the page writes and a field of the page refuses, or takes for another one.
        #[test]
        fn what_the_page_writes_is_read_back(blocks in 1..=100_000_u64, digits in 1..1000_u32, exponent in 1..9_i32) {
            let points = blocks * 100_000;
            for text in [points.to_string(), Grouped(points).to_string()] {
                for field in [Field::Seed, Field::Batch, Field::Target] {
                    prop_assert_eq!(typed(field, &text), Ok(points.to_string()));
                }
            }
            let rounded = u64::from(digits) * 100_000_000;
            prop_assert_eq!(typed(Field::Target, &short_count(rounded as f64)), Ok(rounded.to_string()));
            let error = f64::from(digits) / 1e3 * 10_f64.powi(-exponent);
            let shown = Scientific(error).to_string();
            let raised = shown.split_once('e').map(|(number, exponent)| {
                format!("{number} × {}", power_of_ten(exponent.parse().unwrap()))
            });
            let value = |read: Result<TargetByError, Refusal>| read.map(|target| target.to_string()).ok();
            for text in [shown.clone(), raised.unwrap()] {
                let typed = read(StandardErrorField, &text);
                prop_assert_eq!(value(typed), value(StandardErrorField.read(&shown)), "{}", text);
            }
        }

        // Fails with: a text that an address may say and a field refuses or reads as another value; one that ends the page.
        #[test]
        fn any_text_is_read_as_in_an_address_or_as_a_short_sentence(
            field in prop::sample::select(&Field::ALL[..]),
            text in prop_oneof!["[0-9]{1,21}", "0\\.[0-9]{1,9}", "[0-9 .,_'eE×^⁻¹-]{1,20}", "auto", ".{0,3000}"],
        ) {
            let typed = read(field, &text);
            if let Ok(strict) = field.read(&text) && text != "1.000" {
                prop_assert_eq!(&typed, &Ok(strict));
            }
            match typed {
                Ok(value) => prop_assert_eq!(read(field, &value.to_string()), Ok(value)),
                Err(refusal) => prop_assert!(refusal.to_string().len() < 500),
            }
        }
    }
}
