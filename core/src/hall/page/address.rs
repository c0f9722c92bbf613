//! What the address of the page says: `#/hall?code=4719` to join, `#/hall?screen=1` for the screen.

use crate::address::{MAX_FRAGMENT_BYTES, Page, follow_each};
use crate::text::shortened;

/// The parameter with the code to join by.
const CODE: &str = "code";
/// The parameter that asks for the screen.
const SCREEN: &str = "screen";

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Showing {
    /// A device that takes part.
    #[default]
    Device,
    /// The screen for all.
    Screen,
}

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HallAddress {
    /// What is to be shown.
    pub showing: Showing,
    /// The code to join by, if it names one that can be a code.
    pub code: Option<String>,
    /// What of it cannot be followed.
    pub unread: Vec<String>,
}

/// Reads the address of the page, from `#` on.
pub fn parse(fragment: &str) -> HallAddress {
    let mut address = HallAddress::default();
    let query = fragment.get(..fragment.len().min(MAX_FRAGMENT_BYTES)).unwrap_or_default();
    let query = query.split_once('?').map_or("", |(_, query)| query);
    address.unread = follow_each(
        query,
        |name| name,
        |name, value| match (name, value) {
            (CODE, code) if is_code(code) => {
                address.code = Some(code.to_owned());
                Ok(())
            }
            (SCREEN, "1") => {
                address.showing = Showing::Screen;
                Ok(())
            }
            (name, _) => Err(shortened(name)),
        },
    );
    address
}

/// A code as it is typed, with spaces or without, or what is wrong with it.
///
/// # Errors
/// A sentence, where it is no code.
pub fn read_code(typed: &str) -> Result<String, &'static str> {
    let code: String = typed.chars().filter(|character| !character.is_whitespace()).collect();
    match code.as_str() {
        "" => Err("Type the code that is on the screen."),
        code if is_code(code) => Ok(code.to_owned()),
        _ => Err("The code has digits only, at most 12 of them."),
    }
}

fn is_code(text: &str) -> bool {
    (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A code as it is read aloud: `47 19`.
pub fn spaced(code: &str) -> String {
    let length = if code.len().is_multiple_of(2) { 2 } else { 3 };
    let digits: Vec<char> = code.chars().collect();
    digits.chunks(length).map(|chunk| chunk.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The address to join by, below that of the hall.
pub fn join_link(hall: &str, code: &str) -> String {
    [hall, Page::Hall.route(), "?", CODE, "=", code].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: a QR code that leads to an empty field, or fills it with what nobody can have typed.
    #[test]
    fn the_link_on_the_screen_fills_in_the_code() {
        let link = join_link("http://192.168.1.20:8080/", "4719");
        assert_eq!(link, "http://192.168.1.20:8080/#/hall?code=4719");
        let fragment = &link[link.find('#').unwrap()..];
        let joined = HallAddress { code: Some("4719".to_owned()), ..HallAddress::default() };
        assert_eq!(parse(fragment), joined);
        for other in ["#/hall?code=", "#/hall?code=12a", "#/hall?code=%3Cb%3E", "#/hall?code=1234567890123"] {
            assert_eq!((parse(other).code, parse(other).unread), (None, vec!["code".to_owned()]), "{other}");
        }
    }

    #[test]
    fn the_screen_is_asked_for_by_name() {
        assert_eq!(parse("#/hall?screen=1").showing, Showing::Screen);
        assert_eq!(parse("#/hall").showing, Showing::Device);
        let wrong = parse("#/hall?screen=2&colour=red");
        assert_eq!(
            (wrong.showing, wrong.unread),
            (Showing::Device, vec!["screen".to_owned(), "colour".to_owned()])
        );
        assert!(parse(&format!("#/hall?{}=1", "x".repeat(100_000))).unread[0].len() < 200);
    }

    #[test]
    fn a_code_is_typed_with_spaces_or_without() {
        assert_eq!(read_code(" 47 19 ").as_deref(), Ok("4719"));
        assert!(read_code("").unwrap_err().contains("on the screen"));
        assert!(read_code("47-19").unwrap_err().contains("digits only"));
        assert_eq!(
            (spaced("4719"), spaced("471905"), spaced("471")),
            ("47 19".into(), "47 19 05".into(), "471".into())
        );
        assert_eq!(spaced("47190"), "471 90");
    }
}
