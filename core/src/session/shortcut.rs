//! Keys that mean the same anywhere on the page of a run.

use super::Event;
use crate::coordinator;

/// What a key asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Shortcut {
    /// To tell the session this.
    Tell(Event),
    /// A run with another random seed.
    NewSeed,
    /// A link to the run.
    CopyLink,
    /// The list of these keys.
    ShowList,
}

/// What `key`, in lower case as browsers name it, asks for while workers count, or do not.
pub fn shortcut(key: &str, is_counting: bool) -> Option<Shortcut> {
    Some(match key {
        " " if is_counting => Shortcut::Tell(Event::Run(coordinator::Event::Pause)),
        " " => Shortcut::Tell(Event::Run(coordinator::Event::Start)),
        "r" => Shortcut::Tell(Event::Reset),
        "n" => Shortcut::NewSeed,
        "c" => Shortcut::CopyLink,
        "?" => Shortcut::ShowList,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: a key that starts what runs, or does something that the list does not say.
    #[test]
    fn a_key_means_one_thing() {
        let run = |event| Some(Shortcut::Tell(Event::Run(event)));
        assert_eq!(shortcut(" ", true), run(coordinator::Event::Pause));
        assert_eq!(shortcut(" ", false), run(coordinator::Event::Start));
        for is_counting in [false, true] {
            for (key, meaning) in [
                ("r", Some(Shortcut::Tell(Event::Reset))),
                ("n", Some(Shortcut::NewSeed)),
                ("c", Some(Shortcut::CopyLink)),
                ("?", Some(Shortcut::ShowList)),
                ("x", None),
                ("", None),
                ("enter", None),
            ] {
                assert_eq!(shortcut(key, is_counting), meaning, "{key}");
            }
        }
    }
}
