//! Whatever a server calls a file, its name is one that every system takes, and stays as it is when it is cleaned again.
#![no_main]

use dartboard_downloads::name::{MOST_BYTES, MOST_CHARACTERS, Names, clean, of};
use libfuzzer_sys::fuzz_target;

const FORBIDDEN: &str = "/\\:*?\"<>|\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}\u{200B}\u{200E}\
     \u{200F}\u{61C}\u{FEFF}";

fn assert_clean(name: &str) {
    assert!(!name.is_empty() && name.chars().count() <= MOST_CHARACTERS && name.len() <= MOST_BYTES);
    assert!(
        !name.chars().any(|character| character.is_control() || FORBIDDEN.contains(character)),
        "{name:?}"
    );
    assert!(!name.starts_with(['.', ' ']) && !name.ends_with(['.', ' ']), "{name:?}");
    assert_eq!(clean(name), name);
}

fuzz_target!(|text: &str| {
    // A header, and a path behind its first line.
    let (header, path) = text.split_once('\n').unwrap_or((text, text));
    let all = [of(Some(header), path), of(None, path), clean(text)];
    let mut names = Names::default();
    let mut given: Vec<_> =
        all.iter().chain(&all).map(|name| names.give(name).to_ascii_lowercase()).collect();
    for name in all.iter().chain(&given) {
        assert_clean(name);
    }
    given.sort_unstable();
    given.dedup();
    assert_eq!(given.len(), 2 * all.len());
});
