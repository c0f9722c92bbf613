//! What the people in the room guess before the first run.

use dartboard_points::decimal::parse_u64;

/// The most guesses that are taken.
pub const MAX_GUESSES: usize = 10;

/// What is guessed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GuessKind {
    /// Numbers.
    Numbers {
        /// What the field is called.
        label: &'static str,
        /// The greatest number that makes sense.
        most: f64,
    },
    /// One of several answers.
    Words {
        /// What the field is called.
        label: &'static str,
        /// The answers.
        answers: &'static [&'static str],
    },
}

/// The numbers that a text lists, as people write them: `2,000,000, 1.5; 1 900 000`.
///
/// # Errors
/// A sentence that says what cannot be read.
pub fn numbers(text: &str, most: f64) -> Result<Vec<f64>, String> {
    let mut guesses = Vec::new();
    for part in text.split([';', '\n']) {
        for word in words(part) {
            let guess = number(&word).filter(|guess| (0.0..=most).contains(guess));
            guesses.push(guess.ok_or_else(|| {
                format!(
                    "A guess must be a number from 0 to {}, not “{}”",
                    crate::text::short_count(most),
                    crate::text::shortened(&word)
                )
            })?);
        }
    }
    if guesses.len() > MAX_GUESSES {
        return Err(format!("There is room for {MAX_GUESSES} guesses, not {}", guesses.len()));
    }
    Ok(guesses)
}

/// A guess as the page writes it.
pub fn shown(guess: f64) -> String {
    if guess.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let whole = guess as u64;
        crate::text::Grouped(whole).to_string()
    } else {
        crate::text::Fixed(guess, 2).to_string().trim_end_matches('0').to_owned()
    }
}

/// The numbers in `part`: groups of three digits that follow a comma or a space belong to the number before them.
fn words(part: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut goes_on = false;
    for apart in part.split(',') {
        // A comma with a space behind it is none of a number.
        goes_on &= !apart.starts_with(' ');
        for piece in apart.split([' ', '\t', '\u{a0}', '\u{202f}']).filter(|piece| !piece.is_empty()) {
            let is_group = piece.len() == 3 && piece.bytes().all(|byte| byte.is_ascii_digit());
            match words.last_mut() {
                Some(word) if is_group && goes_on => word.push_str(piece),
                _ => words.push(piece.to_owned()),
            }
            goes_on = words.last().is_some_and(|word| {
                word.bytes().all(|byte| byte.is_ascii_digit())
                    && (is_group || word.len() <= 3)
                    && !word.starts_with('0')
            });
        }
    }
    words
}

/// A number with at most nine decimals.
fn number(word: &str) -> Option<f64> {
    let word = word.trim_end_matches(['×', 'x']);
    let (whole, fraction) = word.split_once('.').unwrap_or((word, "0"));
    let digits = |digits: &str| if digits.is_empty() { None } else { parse_u64(digits) };
    let decimals = u32::try_from(fraction.len()).ok().filter(|&decimals| decimals <= 9)?;
    Some(digits(whole)? as f64 + digits(fraction)? as f64 / 10_u64.pow(decimals) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: a grouped number that becomes two guesses, two guesses that become one, a word that is dropped unsaid.
    #[test]
    fn guesses_are_read_as_people_write_them() {
        for (text, read) in [
            ("", vec![]),
            ("2000000", vec![2e6]),
            ("2,000,000, 1,900,000, 1,500,000", vec![2e6, 1.9e6, 1.5e6]),
            ("2 000 000; 1 900 000", vec![2e6, 1.9e6]),
            ("2000000,1900000", vec![2e6, 1.9e6]),
            ("2, 1.5, 1", vec![2.0, 1.5, 1.0]),
            ("2 1.5 1", vec![2.0, 1.5, 1.0]),
            ("1.5 ×", vec![1.5, f64::NAN]),
            ("0, 1000, 2000,", vec![0.0, 1_000.0, 2_000.0]),
        ] {
            match numbers(text, 3e6) {
                Ok(guesses) => assert_eq!(guesses, read, "{text}"),
                Err(_) => assert!(read.iter().any(|guess| guess.is_nan()), "{text}"),
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let refusal = |text: &str| numbers(text, 2e6).unwrap_err();
        assert_eq!(refusal("1, all"), "A guess must be a number from 0 to 2.00 million, not “all”");
        assert_eq!(refusal("3000000"), "A guess must be a number from 0 to 2.00 million, not “3000000”");
        assert_eq!(refusal("1;2;3;4;5;6;7;8;9;10;11"), "There is room for 10 guesses, not 11");
        assert!(
            numbers("1e400", 2e6).is_err() && numbers("nan", 2e6).is_err() && numbers("-1", 2e6).is_err()
        );
    }
}
