//! Keys that mean the same anywhere on the page of a run.

use std::time::Duration;

use super::Event;
use crate::coordinator;
use crate::time::Instant;

/// What a key asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Shortcut {
    /// To tell the session this.
    Tell(Event),
    /// The same run from its beginning.
    Reset,
    /// A run with another random seed.
    NewSeed,
    /// A link to the run.
    CopyLink,
    /// The list of these keys.
    ShowList,
}

/// A character that is no command begins a text, as dictation types it; what follows within this time belongs to it.
const TYPING: Duration = Duration::from_secs(1);

/// What keys mean while nothing on the page has the focus. Letters and `?` are commands only where the user wants them:
/// who dictates, or hits a key by accident, presses them too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keys {
    /// Whether letters and `?` are commands.
    pub letters: bool,
    /// Until when keys belong to a text.
    typing_until: Option<Instant>,
}

impl Keys {
    /// Keys of which letters are commands, or are not.
    pub fn new(letters: bool) -> Self {
        Self { letters, typing_until: None }
    }

    /// What a key asks for while workers count, or do not; `key` and `code` as browsers name what it types and where it is.
    pub fn press(&mut self, now: Instant, key: &str, code: &str, is_counting: bool) -> Option<Shortcut> {
        let character = character(key, code)?;
        let is_typing = self.typing_until.is_some_and(|until| now < until);
        let shortcut = match character {
            _ if is_typing => None,
            ' ' if is_counting => Some(Shortcut::Tell(Event::Run(coordinator::Event::Pause))),
            ' ' => Some(Shortcut::Tell(Event::Run(coordinator::Event::Start))),
            _ if !self.letters => None,
            'r' => Some(Shortcut::Reset),
            'n' => Some(Shortcut::NewSeed),
            'c' => Some(Shortcut::CopyLink),
            '?' => Some(Shortcut::ShowList),
            _ => None,
        };
        self.typing_until = shortcut.is_none().then(|| now + TYPING);
        shortcut
    }
}

/// The character that a key stands for, in lower case; none for a key that types none. Where a layout has no Latin
/// letters the key's place says which one is meant.
pub fn character(key: &str, code: &str) -> Option<char> {
    let mut characters = key.chars();
    let (Some(typed), None) = (characters.next(), characters.next()) else { return None };
    let latin = code.strip_prefix("Key").and_then(|letter| letter.chars().next());
    let is_latin = matches!(typed, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
    let meant = match (typed, latin) {
        ('？' | '؟', _) => '?',
        ('\u{3000}', _) => ' ',
        (_, Some(latin)) if !is_latin => latin,
        _ => typed,
    };
    Some(meant.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::after_origin(Duration::from_millis(ms))
    }

    /// What `key` asks for where letters are commands, long after any other.
    fn pressed(key: &str, code: &str, is_counting: bool) -> Option<Shortcut> {
        Keys::new(true).press(at(0), key, code, is_counting)
    }

    // Fails with: a key that starts what runs, or does something that the list does not say.
    #[test]
    fn a_key_means_one_thing() {
        let run = |event| Some(Shortcut::Tell(Event::Run(event)));
        assert_eq!(pressed(" ", "Space", true), run(coordinator::Event::Pause));
        assert_eq!(pressed(" ", "Space", false), run(coordinator::Event::Start));
        for is_counting in [false, true] {
            for (key, meaning) in [
                ("r", Some(Shortcut::Reset)),
                ("N", Some(Shortcut::NewSeed)),
                ("c", Some(Shortcut::CopyLink)),
                ("?", Some(Shortcut::ShowList)),
                ("x", None),
                ("", None),
                ("Enter", None),
                ("Process", None),
            ] {
                assert_eq!(pressed(key, "", is_counting), meaning, "{key}");
            }
        }
    }

    // Fails with: a key that does nothing on a Russian, Greek, Hebrew, Arabic or Korean layout; one that follows the keyboard's
    // lettering instead of the layout where that has Latin letters.
    #[test]
    fn letters_are_those_of_the_layout_if_it_has_latin_ones() {
        for (key, code, meaning) in [
            ("т", "KeyN", Some(Shortcut::NewSeed)),
            ("Т", "KeyN", Some(Shortcut::NewSeed)),
            ("ν", "KeyN", Some(Shortcut::NewSeed)),
            ("ר", "KeyR", Some(Shortcut::Reset)),
            ("ؤ", "KeyC", Some(Shortcut::CopyLink)),
            ("ㅊ", "KeyC", Some(Shortcut::CopyLink)),
            ("؟", "Slash", Some(Shortcut::ShowList)),
            ("？", "Slash", Some(Shortcut::ShowList)),
            // Dvorak: B is typed where N is.
            ("b", "KeyN", None),
            ("n", "KeyL", Some(Shortcut::NewSeed)),
            // Turkish F: a dotless i where R is.
            ("ı", "KeyR", None),
            ("ё", "Backquote", None),
        ] {
            assert_eq!(pressed(key, code, false), meaning, "{key} at {code}");
        }
    }

    // Fails with: a run dropped or stopped by who dictates two words.
    #[test]
    fn typed_words_command_nothing() {
        let commands = |letters, text: &str| -> Vec<Shortcut> {
            let mut keys = Keys::new(letters);
            let typed = text.chars().zip(0..);
            typed.filter_map(|(key, index)| keys.press(at(index * 100), &key.to_string(), "", true)).collect()
        };
        for text in ["go on", "stop counting now", "next", "Reset, please?"] {
            assert_eq!(commands(false, text), [], "{text}");
        }
        assert_eq!(commands(true, "go on"), []);
        // Commands one after the other are no text.
        assert_eq!(commands(true, "r ").len(), 2);
        let mut keys = Keys::new(false);
        assert_eq!(keys.press(at(0), "g", "KeyG", true), None);
        assert_eq!(keys.press(at(999), " ", "Space", true), None);
        // The space of a Japanese keyboard.
        for (ms, space) in [(1_999, " "), (4_000, "\u{3000}")] {
            assert!(keys.press(at(ms), space, "Space", true).is_some(), "{space}");
        }
    }
}
