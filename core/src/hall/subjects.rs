//! The names under which a run's messages go, and which texts may be part of one.

use thiserror::Error;

use crate::text::shortened;

/// The most bytes of a run's or a seat's name.
pub const MOST_NAME_BYTES: usize = 32;

/// Why a text is no name of a run or of a seat.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// It has no character, or too many.
    #[error("the name of a {what} must have 1 to {MOST_NAME_BYTES} characters, not {bytes}")]
    Length {
        /// What is named: a run or a seat.
        what: &'static str,
        /// Its length in bytes.
        bytes: usize,
    },
    /// It has a character that stands in no name.
    #[error("the name of a {what} may have only a to z, 0 to 9 and -, not “{}”", shortened(.name))]
    Character {
        /// What is named: a run or a seat.
        what: &'static str,
        /// The text.
        name: String,
    },
}

/// The name of a seat, which is also its user's name at the broker: 1 to [`MOST_NAME_BYTES`] of a to z, 0 to 9 and `-`.
///
/// # Errors
/// When `name` is none.
pub fn check_seat(name: &str) -> Result<&str, NameError> {
    check("seat", name)
}

fn check<'a>(what: &'static str, name: &'a str) -> Result<&'a str, NameError> {
    if name.is_empty() || name.len() > MOST_NAME_BYTES {
        return Err(NameError::Length { what, bytes: name.len() });
    }
    if name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
        Ok(name)
    } else {
        Err(NameError::Character { what, name: name.to_owned() })
    }
}

/// The subjects of one run, all of which begin with `dart.` and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subjects {
    run: String,
}

impl Subjects {
    /// Those of the run with this name: 1 to [`MOST_NAME_BYTES`] of a to z, 0 to 9 and `-`.
    ///
    /// # Errors
    /// When `run` is no such name.
    pub fn new(run: &str) -> Result<Self, NameError> {
        check("run", run).map(|run| Self { run: run.to_owned() })
    }

    /// The run's name.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The name of the stream that stores the log.
    pub fn stream(&self) -> String {
        ["DART_", &self.run].concat()
    }

    /// Where the log's entries go; only desks write there.
    pub fn log(&self) -> String {
        self.of("log")
    }

    /// Where the desk is heard to be alive.
    pub fn beat(&self) -> String {
        self.of("beat")
    }

    /// What screens show.
    pub fn show(&self) -> String {
        self.of("show")
    }

    /// Where the member in `seat` asks.
    ///
    /// # Errors
    /// When `seat` is no name of a seat.
    pub fn ask(&self, seat: &str) -> Result<String, NameError> {
        Ok(self.of(&["ask.", check_seat(seat)?].concat()))
    }

    /// Where the member in `seat` is told.
    ///
    /// # Errors
    /// When `seat` is no name of a seat.
    pub fn tell(&self, seat: &str) -> Result<String, NameError> {
        Ok(self.of(&["tell.", check_seat(seat)?].concat()))
    }

    /// What a desk listens to: the asks of all seats.
    pub fn asks(&self) -> String {
        self.of("ask.*")
    }

    /// Where all members are told, for who may write to each.
    pub fn tells(&self) -> String {
        self.of("tell.*")
    }

    /// The seat whose asks go to `subject`; none if it is no such subject of this run.
    pub fn asking_seat<'a>(&self, subject: &'a str) -> Option<&'a str> {
        let rest = subject.strip_prefix("dart.")?.strip_prefix(self.run.as_str())?;
        check_seat(rest.strip_prefix(".ask.")?).ok()
    }

    fn of(&self, what: &str) -> String {
        ["dart.", &self.run, ".", what].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_subjects_of_a_run_begin_with_its_name() {
        let subjects = Subjects::new("algebra-2").unwrap();
        assert_eq!(subjects.run(), "algebra-2");
        assert_eq!(subjects.stream(), "DART_algebra-2");
        assert_eq!(subjects.log(), "dart.algebra-2.log");
        assert_eq!(subjects.beat(), "dart.algebra-2.beat");
        assert_eq!(subjects.show(), "dart.algebra-2.show");
        assert_eq!(subjects.asks(), "dart.algebra-2.ask.*");
        assert_eq!(subjects.tells(), "dart.algebra-2.tell.*");
        assert_eq!(subjects.ask("s007").as_deref(), Ok("dart.algebra-2.ask.s007"));
        assert_eq!(subjects.tell("s007").as_deref(), Ok("dart.algebra-2.tell.s007"));
    }

    // Fails with: a seat that names another's subject, or all of them.
    #[test]
    fn only_plain_short_names_are_part_of_a_subject() {
        let longest = "a".repeat(MOST_NAME_BYTES);
        for name in ["a", "z", "0", "9", "-", "s007", "big-hall-3", &longest] {
            assert_eq!(check_seat(name), Ok(name));
            assert!(Subjects::new(name).is_ok());
        }
        let subjects = Subjects::new("r").unwrap();
        for name in ["", "*", ">", "a.b", "a b", "A", "a\r\nb", "ä", "a_b", &"a".repeat(MOST_NAME_BYTES + 1)]
        {
            assert!(check_seat(name).is_err(), "{name:?}");
            assert!(Subjects::new(name).is_err(), "{name:?}");
            assert!(subjects.ask(name).is_err() && subjects.tell(name).is_err(), "{name:?}");
        }
        let said = |name: &str| check_seat(name).unwrap_err().to_string();
        assert_eq!(said(""), "the name of a seat must have 1 to 32 characters, not 0");
        assert_eq!(said("a.b"), "the name of a seat may have only a to z, 0 to 9 and -, not “a.b”");
        assert!(said(&"x".repeat(100_000)).len() < 100);
        assert!(Subjects::new("").unwrap_err().to_string().starts_with("the name of a run"));
    }

    #[test]
    fn the_desk_finds_the_seat_in_the_subject_of_an_ask() {
        let subjects = Subjects::new("r").unwrap();
        assert_eq!(subjects.asking_seat("dart.r.ask.s1"), Some("s1"));
        for other in [
            "dart.r.tell.s1",
            "dart.r.say.s1",
            "dart.r2.ask.s1",
            "dart.r.ask.",
            "dart.r.ask.*",
            "dart.r.ask.s1.x",
            "art.r.ask.s1",
            "dart.r.log",
        ] {
            assert_eq!(subjects.asking_seat(other), None, "{other}");
        }
    }
}
