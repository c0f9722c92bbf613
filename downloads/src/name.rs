//! What a file is called, from the server or from its address, cleaned so that every system accepts the name and it misleads
//! nobody.

use crate::characters::{beginning, is_blank, is_control, is_mark};

mod content_disposition;

/// The most characters of a name.
pub const MOST_CHARACTERS: usize = 120;
/// The most bytes of a name.
pub const MOST_BYTES: usize = 200;
/// The most bytes after a name's last dot that count as its extension.
const MOST_EXTENSION_BYTES: usize = 16;
/// The name where there is none.
const NAMELESS: &str = "download";

/// Names that Windows keeps for devices, whatever follows a dot.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
/// Likewise, with one digit behind.
const NUMBERED_DEVICES: [&str; 2] = ["COM", "LPT"];

/// The name of a file: by the `Content-Disposition` of its answer, else by the path of its address.
pub fn of(content_disposition: Option<&str>, path: &str) -> String {
    let said = content_disposition.and_then(content_disposition::file_name);
    let cleaned = said.map(|name| cleaned(&name)).filter(|name| !name.is_empty());
    cleaned.unwrap_or_else(|| clean(&last_segment(path)))
}

/// The end of a path, decoded; what is not UTF-8 in it is replaced.
fn last_segment(path: &str) -> String {
    let segment = path.rsplit('/').next().unwrap_or(path);
    String::from_utf8_lossy(&percent_decoded(segment)).into_owned()
}

/// The bytes that are meant, where `%` and two digits stand for one.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after.split_at_checked(2).filter(|_| first == b'%');
        let escaped = escaped.and_then(|(digits, after)| Some((hexadecimal(digits)?, after)));
        let (byte, after) = escaped.unwrap_or((first, after));
        bytes.push(byte);
        rest = after;
    }
    bytes
}

/// The number that digits to the base 16 write.
fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digit = |sum: u8, digit: &u8| Some(sum << 4 | u8::try_from(char::from(*digit).to_digit(16)?).ok()?);
    digits.iter().try_fold(0, digit)
}

/// A name that every system takes, of one file in one folder. A clean name stays as it is.
pub fn clean(name: &str) -> String {
    let name = cleaned(name);
    if name.is_empty() { NAMELESS.to_owned() } else { name }
}

/// The same, empty where nothing is left.
fn cleaned(name: &str) -> String {
    let plain: String = name.chars().map(plain).collect();
    let name = cut(plain.trim_matches(is_trimmed), "");
    if !is_device(&name) {
        return name;
    }
    cut(&["_", &name].concat(), "")
}

/// What stands for a character of a name.
fn plain(character: char) -> char {
    let is_syntax = matches!(character, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    if is_syntax || is_control(character) || is_mark(character) { '_' } else { character }
}

/// Whether it neither begins nor ends a name.
fn is_trimmed(character: char) -> bool {
    character == '.' || is_blank(character)
}

/// Whether a name opens a device on Windows: by what is in front of its first dot.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(is_blank);
    let is_numbered = |device: &str| {
        let (word, number) = stem.split_at_checked(device.len()).unwrap_or_default();
        let is_digit =
            matches!(number.chars().next(), Some('0'..='9' | '¹' | '²' | '³')) && number.chars().count() == 1;
        word.eq_ignore_ascii_case(device) && is_digit
    };
    DEVICES.iter().any(|device| stem.eq_ignore_ascii_case(device))
        || NUMBERED_DEVICES.into_iter().any(is_numbered)
}

/// A name cut to what is allowed, with `mark` in front of the dot of its kind.
fn cut(name: &str, mark: &str) -> String {
    let (stem, extension) = parted(name);
    let behind = [mark, extension].concat();
    let characters = MOST_CHARACTERS.saturating_sub(behind.chars().count());
    let stem_cut = beginning(stem, characters, MOST_BYTES.saturating_sub(behind.len()));
    // Only a stem that was cut is trimmed: any other may end as it does, with the mark after it.
    let stem = if stem_cut.len() < stem.len() { stem_cut.trim_end_matches(is_trimmed) } else { stem };
    [stem, &behind].concat()
}

/// A name, and from the dot of its kind on: `archive` and `.tar.gz`.
fn parted(name: &str) -> (&str, &str) {
    let is_kind = |kind: &str| {
        (1..=MOST_EXTENSION_BYTES).contains(&kind.len())
            && kind.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let Some((stem, _)) = name.rsplit_once('.').filter(|(stem, kind)| !stem.is_empty() && is_kind(kind))
    else {
        return (name, "");
    };
    let stem = stem.strip_suffix(".tar").filter(|stem| !stem.is_empty()).unwrap_or(stem);
    (stem, name.get(stem.len()..).unwrap_or_default())
}

/// The names given so far, each once; English capital letters count as small ones.
#[derive(Clone, Debug, Default)]
pub struct Names {
    given: Vec<String>,
}

impl Names {
    /// The name itself, or with a number if it is given already. It stays given until it is released.
    pub fn give(&mut self, name: &str) -> String {
        let name = clean(name);
        let numbered = (2_u64..).map(|number| cut(&name, &[" (", &number.to_string(), ")"].concat()));
        let is_free = |name: &String| !self.given.iter().any(|given| given.eq_ignore_ascii_case(name));
        // There are more numbers than names.
        let free = [name.clone()].into_iter().chain(numbered).find(is_free).unwrap_or(name);
        self.given.push(free.clone());
        free
    }

    /// The name may be given again.
    pub fn release(&mut self, name: &str) {
        if let Some(at) = self.given.iter().position(|given| given == name) {
            self.given.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests;
