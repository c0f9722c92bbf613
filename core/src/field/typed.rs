//! What a user types, in the form that is read from addresses too.
//!
//! The page writes `7,900,000`, and keyboards write `7 900 000`, `7'900'000`, `７９０００００` and `7.9e6`. A comma groups
//! in a field of whole numbers; in one of fractions it is the decimal sign. What can be read in two ways is refused. An
//! address is read without this.

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
}

impl Writing {
    /// The input mode of a field: a touch screen offers keys that can type each of its values.
    pub fn input_mode(self) -> &'static str {
        match self {
            Self::Whole => "numeric",
            Self::Fraction => "decimal",
            Self::WholeOrWord | Self::List => "text",
        }
    }
}

/// Of a text: it can be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ambiguous;

/// The value that `text` writes, as plain digits with at most one point; a text that is no number is only made plain.
pub(super) fn strict(text: &str, writing: Writing) -> Result<String, Ambiguous> {
    let plain = plain(text);
    if plain == "none" {
        // As the page says of an empty field.
        return Ok(String::new());
    }
    if writing == Writing::List {
        return Ok(plain);
    }
    Ok(number(&plain, writing == Writing::Fraction)?.unwrap_or(plain))
}

/// The zeros of digits in other scripts: Arabic, Persian, Devanagari, Bengali, Thai.
const ZEROS: [char; 5] = ['٠', '۰', '०', '০', '๐'];

const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";

/// The same text in small letters and signs of ASCII, with a `^` before a raised number, and with spaces between digits
/// only.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut was_raised = false;
    for sign in text.chars() {
        let raised = RAISED.chars().position(|raised| raised == sign);
        if raised.is_some() && !was_raised {
            plain.push('^');
        }
        was_raised = raised.is_some();
        let sign = match sign {
            _ if let Some(digit) = raised => char::from(b"0123456789-"[digit]),
            // The same signs as wide as an ideograph.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - 0xfee0).unwrap_or(sign),
            // They say in which direction to write, or have no width.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {
                continue;
            }
            '‘' | '’' | '٬' => '\'',
            '٫' => '.',
            '、' | '،' => ',',
            '−' | '‐'..='–' => '-',
            '×' | '·' | '⋅' | '*' => 'x',
            _ if sign.is_whitespace() => ' ',
            _ => {
                let digit = |&zero: &char| char::from_digit(u32::from(sign).wrapping_sub(zero.into()), 10);
                ZEROS.iter().find_map(digit).unwrap_or(sign)
            }
        };
        let is_after_digit = plain.as_bytes().last().is_some_and(u8::is_ascii_digit);
        if sign == ' ' && !is_after_digit {
            continue;
        }
        if !sign.is_ascii_digit() && plain.ends_with(' ') {
            plain.pop();
        }
        plain.push(sign.to_ascii_lowercase());
    }
    if plain.ends_with(' ') {
        plain.pop();
    }
    plain
}

/// The number that a plain text writes: `1,000`, `1.5e9`, `1.5x10^9`, `1.5billion`; none if it is none.
fn number(text: &str, is_fraction: bool) -> Result<Option<String>, Ambiguous> {
    let is_written = |byte: u8| byte.is_ascii_digit() || b" _',.".contains(&byte);
    let end = text.bytes().position(|byte| !is_written(byte)).unwrap_or(text.len());
    let (mut number, power) = text.split_at(end);
    let exponent = match power.as_bytes() {
        [] => Some(0),
        [b'e', ..] => read_exponent(&power[1..]),
        [b'x', b'1', b'0', b'^', ..] => read_exponent(&power[4..]),
        [b'^', ..] if number == "10" => {
            number = "1";
            read_exponent(&power[1..])
        }
        _ => COUNT_WORDS.iter().find(|(.., word)| word[1..] == *power).map(|(exponent, ..)| *exponent),
    };
    let Some(exponent) = exponent else { return Ok(None) };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let point = if is_fraction {
        decimal_point_of_fraction(number, power.is_empty())?
    } else {
        decimal_point_of_whole(number, power.is_empty())?
    };
    let Some(point) = point.filter(|_| !digits.is_empty()) else { return Ok(None) };
    Ok(Some(shifted(digits.as_bytes(), point + exponent)))
}

fn read_exponent(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes() {
        [b'-', ..] => (-1, &text[1..]),
        [b'+', ..] => (1, &text[1..]),
        _ => (1, text),
    };
    let exponent = i32::try_from(parse_u64(digits)?).ok()?;
    (exponent < 100).then_some(sign * exponent)
}

/// How many digits of a fraction stand before its decimal sign; none if it has two. `1.000` and `1,000` may also be a
/// thousand, `is_alone` if no power of ten follows.
fn decimal_point_of_fraction(number: &str, is_alone: bool) -> Result<Option<i32>, Ambiguous> {
    let (mut digits, mut point) = (0, None);
    for byte in number.bytes() {
        match byte {
            b'.' | b',' if point.is_some() => return Ok(None),
            b'.' | b',' => point = Some(digits),
            _ => digits += i32::from(byte.is_ascii_digit()),
        }
    }
    let may_be_grouped = point.is_some_and(|point| (1..=3).contains(&point) && digits - point == 3);
    if may_be_grouped && is_alone && !number.starts_with('0') {
        return Err(Ambiguous);
    }
    Ok(Some(point.unwrap_or(digits)))
}

/// How many digits stand before the decimal sign of a number that is meant to be whole, as `1.5e9` is. The signs before
/// that one keep thousands apart, or hundreds of thousands, as in India; `is_alone` if no power of ten follows.
fn decimal_point_of_whole(number: &str, is_alone: bool) -> Result<Option<i32>, Ambiguous> {
    // The sign that groups, how many of it, and how many digits stand before the last one.
    let (mut sign, mut signs, mut at) = (0, 0, 0);
    let (mut digits, mut point) = (0, None);
    for byte in number.bytes() {
        if byte.is_ascii_digit() {
            digits += 1;
            continue;
        }
        let length = digits - at;
        let groups =
            if signs == 0 { (1..=3).contains(&length) } else { sign == byte && (2..=3).contains(&length) };
        if groups && point.is_none() {
            (sign, signs, at) = (byte, signs + 1, digits);
        } else if point.is_some() || (signs > 0 && length != 3) || !b".,".contains(&byte) {
            return Err(Ambiguous);
        } else if byte == b',' && signs == 0 && is_alone {
            return Err(Ambiguous);
        } else {
            point = Some(digits);
        }
    }
    if point.is_none() && signs > 0 {
        let is_grouped = digits - at == 3;
        // `1.000` and `1,5` were perhaps meant otherwise.
        let may_be_decimal = signs == 1 && (sign == b'.' || (sign == b',' && !is_alone));
        match (is_grouped, may_be_decimal) {
            (true, false) => {}
            (true, true) if sign == b'.' && !is_alone => point = Some(at),
            (false, true) => point = Some(at),
            _ => return Err(Ambiguous),
        }
    }
    Ok(Some(point.unwrap_or(digits)))
}

/// The number with these digits, of which so many stand before its decimal point.
fn shifted(digits: &[u8], point: i32) -> String {
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let mut text = String::new();
    for place in point.min(1) - 1..length.max(point) {
        if place == point {
            text.push('.');
        }
        let digit = usize::try_from(place).ok().and_then(|place| digits.get(place));
        text.push(digit.map_or('0', |&digit| digit.into()));
    }
    if point < length {
        while text.ends_with('0') {
            text.pop();
        }
        if text.ends_with('.') {
            text.pop();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use dartboard_points::tally::Seed;
    use proptest::prelude::*;

    use super::*;
    use crate::benchmark::plan::{PlanField, Preset};
    use crate::field::{TextField, Wanted};
    use crate::run::config::{Field, StandardErrorField};
    use crate::text::{Grouped, Scientific, power_of_ten, short_count};

    fn typed<F: TextField>(field: F, text: &str) -> Result<String, String> {
        field.read_typed(text).map(|value| value.to_string()).map_err(|refusal| refusal.to_string())
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
            "7,900,000.00",
            "7.900.000,00",
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
            let refusal = Field::Target.read_typed(text).unwrap_err();
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
            assert_eq!(typed(PlanField::Cooperative, text).as_deref(), Ok(""), "{text}");
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
            ["numeric", "numeric", "text", "numeric", "decimal"]
        );
        for field in PlanField::ALL {
            for preset in Preset::ALL {
                let shown = preset.plan(6, Seed(1)).get(field).to_string();
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
            for text in [shown.clone(), raised.unwrap()] {
                prop_assert_eq!(
                    StandardErrorField.read_typed(&text).map_err(|refusal| refusal.to_string()),
                    StandardErrorField.read(&shown).map_err(|refusal| refusal.to_string().replace(&shown, &text))
                );
            }
        }

        // Fails with: a text that an address may say and a field refuses or reads as another value; one that ends the page.
        #[test]
        fn any_text_is_read_as_in_an_address_or_as_a_short_sentence(
            field in prop::sample::select(&Field::ALL[..]),
            text in prop_oneof!["[0-9]{1,21}", "0\\.[0-9]{1,9}", "[0-9 .,_'eE×^⁻¹-]{1,20}", "auto", ".{0,3000}"],
        ) {
            let typed = field.read_typed(&text);
            if let Ok(strict) = field.read(&text) && text != "1.000" {
                prop_assert_eq!(&typed, &Ok(strict));
            }
            match typed {
                Ok(value) => prop_assert_eq!(field.read_typed(&value.to_string()), Ok(value)),
                Err(refusal) => prop_assert!(refusal.to_string().len() < 500),
            }
        }
    }
}
