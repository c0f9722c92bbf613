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

/// The value that `text` writes, as plain digits with at most one point; a text that is none is only made plain.
pub(super) fn strict(text: &str, writing: Writing) -> Result<String, Ambiguous> {
    let text = plain(text);
    let text = text.trim();
    Ok(match writing {
        // As the page says of an empty field.
        _ if text == "none" => String::new(),
        Writing::List => text.to_owned(),
        _ => number(text, writing == Writing::Fraction)?.unwrap_or_else(|| text.to_owned()),
    })
}

/// The zeros of digits in other scripts: Arabic, Persian, Devanagari, Bengali, Thai.
const ZEROS: [char; 5] = ['٠', '۰', '०', '০', '๐'];

const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";

/// The same text in lower-case letters and signs of ASCII, with a `^` before a raised number.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut was_raised = false;
    for sign in text.chars() {
        let digit = ZEROS.iter().find_map(|&zero| {
            let digit = u32::from(sign).wrapping_sub(zero.into());
            char::from_digit(digit, 10)
        });
        let raised = RAISED.chars().zip("0123456789-".chars()).find(|(raised, _)| *raised == sign);
        if raised.is_some() && !was_raised {
            plain.push('^');
        }
        was_raised = raised.is_some();
        let sign = match (digit, raised, sign) {
            (Some(digit), ..) => digit,
            (_, Some((_, digit)), _) => digit,
            // The same signs as wide as an ideograph.
            (.., '\u{ff01}'..='\u{ff5e}') => char::from_u32(u32::from(sign) - 0xfee0).unwrap_or(sign),
            // They only say in which direction to write, or are of no width.
            (
                ..,
                '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}',
            ) => {
                continue;
            }
            (.., '‘' | '’' | '٬') => '\'',
            (.., '٫') => '.',
            (.., '、' | '،') => ',',
            (.., '−' | '‐' | '‑' | '–') => '-',
            (.., '×' | '·' | '⋅' | '*') => 'x',
            _ if sign.is_whitespace() => ' ',
            _ => sign,
        };
        plain.push(sign.to_ascii_lowercase());
    }
    plain
}

/// The number that a plain text writes: `1,000`, `1.5e9`, `1.5 x 10^9`, `1.5 billion`; none if it is none.
fn number(text: &str, is_fraction: bool) -> Result<Option<String>, Ambiguous> {
    let Some((number, exponent)) = split_exponent(text) else { return Ok(None) };
    let is_written =
        number.chars().all(|sign| sign.is_ascii_digit() || is_separator(sign)) && number.contains(is_digit);
    if !is_written {
        return Ok(None);
    }
    let parts = if is_fraction { fraction_parts } else { whole_parts };
    Ok(parts(number, exponent.is_some())?
        .map(|[whole, decimals]| shifted(&whole, &decimals, exponent.unwrap_or(0))))
}

fn is_digit(sign: char) -> bool {
    sign.is_ascii_digit()
}

/// Whether it may stand between digits.
fn is_separator(sign: char) -> bool {
    matches!(sign, ' ' | '_' | '\'' | ',' | '.')
}

/// Splits the power of ten off a number, if it has one.
fn split_exponent(text: &str) -> Option<(&str, Option<i32>)> {
    if let Some((number, exponent)) = text.split_once('^') {
        let number = number.trim_end().strip_suffix("10")?.trim_end();
        let number = if number.is_empty() { "1" } else { number.strip_suffix('x')?.trim_end() };
        return Some((number, Some(read_exponent(exponent)?)));
    }
    if let Some((number, exponent)) = text.split_once('e') {
        return Some((number.trim_end(), Some(read_exponent(exponent)?)));
    }
    let in_words = COUNT_WORDS.iter().find_map(|(exponent, _, word)| {
        text.strip_suffix(word.trim_start()).map(|number| (number.trim_end(), Some(*exponent)))
    });
    Some(in_words.unwrap_or((text, None)))
}

fn read_exponent(text: &str) -> Option<i32> {
    let text = text.trim_start();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    let exponent = i32::try_from(parse_u64(digits)?).ok()?;
    (exponent < 100).then_some(sign * exponent)
}

/// What stands before and behind the decimal sign of a fraction. `1.000` and `1,000` may also be a thousand.
fn fraction_parts(number: &str, has_exponent: bool) -> Result<Option<[String; 2]>, Ambiguous> {
    let number = number.replace([' ', '_', '\''], "");
    let (whole, decimals) = number.split_once(['.', ',']).unwrap_or((&number, ""));
    if decimals.contains(['.', ',']) {
        return Ok(None);
    }
    let may_be_grouped = (1..=3).contains(&whole.len()) && !whole.starts_with('0') && decimals.len() == 3;
    if may_be_grouped && !has_exponent {
        return Err(Ambiguous);
    }
    Ok(Some([whole.to_owned(), decimals.to_owned()]))
}

/// What stands before and behind the decimal sign of a number that is meant to be whole, as `1.5e9` is.
fn whole_parts(number: &str, has_exponent: bool) -> Result<Option<[String; 2]>, Ambiguous> {
    let Some(at) = number.rfind(is_separator) else { return Ok(Some([number.to_owned(), String::new()])) };
    let (head, last) = number.split_at(at);
    let (sign, tail) = last.split_at(1);
    let may_be_decimal = matches!(sign, "." | ",") && !head.contains(sign);
    if let Some(whole) = grouped(number) {
        return match sign {
            "." if may_be_decimal && has_exponent => Ok(Some([head.to_owned(), tail.to_owned()])),
            "." | "," if may_be_decimal && (has_exponent || sign == ".") => Err(Ambiguous),
            _ => Ok(Some([whole, String::new()])),
        };
    }
    let is_plain = head.chars().all(is_digit);
    // `1,5` was perhaps not meant to be whole.
    if !may_be_decimal || (is_plain && sign == "," && !has_exponent) {
        return Err(Ambiguous);
    }
    let whole = if is_plain { head.to_owned() } else { grouped(head).ok_or(Ambiguous)? };
    Ok(Some([whole, tail.to_owned()]))
}

/// The digits of a number whose thousands one sign keeps apart; hundreds of thousands as well, as in India.
fn grouped(number: &str) -> Option<String> {
    let sign = number.chars().find(|&sign| is_separator(sign))?;
    let groups: Vec<&str> = number.split(sign).collect();
    let (first, rest) = groups.split_first()?;
    let (last, between) = rest.split_last()?;
    let is_grouped = (1..=3).contains(&first.len())
        && last.len() == 3
        && between.iter().all(|group| (2..=3).contains(&group.len()))
        && groups.iter().all(|group| group.chars().all(is_digit));
    is_grouped.then(|| groups.concat())
}

/// A number times a power of ten, in plain digits.
fn shifted(whole: &str, decimals: &str, exponent: i32) -> String {
    let mut digits = [whole, decimals].concat();
    let mut point = i32::try_from(whole.len()).unwrap_or(i32::MAX).saturating_add(exponent);
    while point <= 0 {
        digits.insert(0, '0');
        point += 1;
    }
    let point = usize::try_from(point).unwrap_or(0);
    while digits.len() < point {
        digits.push('0');
    }
    let (whole, decimals) = digits.split_at(point);
    let (whole, decimals) = (whole.trim_start_matches('0'), decimals.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    if decimals.is_empty() { whole.to_owned() } else { [whole, ".", decimals].concat() }
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
                let is_digits = shown.chars().all(is_digit);
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
