//! From the text of the field, one address a line, to the rows of the list.

use std::fmt;

use crate::characters::{beginning, is_blank};
use crate::error::DownloadError;
use crate::text::{Grouped, counted};

/// The most rows of a list.
pub const MOST_ADDRESSES: usize = 500;
/// The most addresses that the browser is asked about: a list that repeats itself for ever must end, too.
pub const MOST_READ: usize = 20_000;
/// The longest line that is read as an address.
pub const MOST_LINE_BYTES: usize = 8_192;
/// The most characters that are shown of a line.
pub const MOST_SHOWN: usize = 200;

/// What the browser reads a line as, relative to the page's own address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The whole address, as it is asked for.
    pub href: String,
    /// Such as `https` or `https:`.
    pub scheme: String,
    /// Host and port.
    pub host: String,
    /// Whether a user name or a password is in it.
    pub has_credentials: bool,
    /// Such as `/folder/file.zip`, still percent-encoded, without the query.
    pub path: String,
}

/// What is downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address, without its fragment.
    pub href: String,
    /// Host and port.
    pub host: String,
    /// The address's path, still percent-encoded.
    pub path: String,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line as typed, cut to a length that can be shown.
    pub address: String,
    /// What it is the address of.
    pub target: Result<Target, DownloadError>,
}

/// What was made of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// At most [`MOST_ADDRESSES`] rows, in the text's order.
    pub rows: Vec<Entry>,
    /// What the user should know of it.
    pub notes: Vec<Note>,
}

/// Something that was done with lines: displayed, a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// So many addresses came again.
    Repeated(u64),
    /// So many addresses are too many.
    LeftOut(u64),
    /// So many lines had nothing in them.
    Blank(u64),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, one, more) = match *self {
            Self::Repeated(number) => (
                number,
                "address came more than once; it is downloaded once.",
                "addresses came more than once; each is downloaded once.",
            ),
            Self::LeftOut(number) => {
                let most = Grouped(MOST_ADDRESSES as u64);
                write!(f, "Only the first {most} addresses are taken; ")?;
                (number, "was left out.", "were left out.")
            }
            Self::Blank(number) => (number, "blank line was skipped.", "blank lines were skipped."),
        };
        counted(f, number, one, more)
    }
}

/// Reads a text of one address a line. `resolve` is the browser's parser of addresses: `None` for what is none.
pub fn read(text: &str, resolve: impl FnMut(&str) -> Option<Resolved>) -> List {
    let mut reading = Reading { resolve, rows: Vec::new(), asked: 0, left_out: 0, blank: 0 };
    let mut rest = Some(text);
    while let Some((line, after)) = rest.filter(|rest| !rest.is_empty()).map(first_line) {
        reading.line(line.trim_matches(is_blank));
        rest = after;
    }
    reading.end()
}

/// A text's first line, and what comes after its end.
fn first_line(text: &str) -> (&str, Option<&str>) {
    match text.split_once(['\r', '\n']) {
        None => (text, None),
        Some((line, after)) => {
            let ends_in_return = text.as_bytes().get(line.len()) == Some(&b'\r');
            (line, Some(after.strip_prefix('\n').filter(|_| ends_in_return).unwrap_or(after)))
        }
    }
}

/// A row, and whether its address came again.
struct Taken {
    entry: Entry,
    is_repeated: bool,
}

struct Reading<R> {
    resolve: R,
    rows: Vec<Taken>,
    /// How often the browser was asked.
    asked: usize,
    left_out: u64,
    blank: u64,
}

impl<R: FnMut(&str) -> Option<Resolved>> Reading<R> {
    /// Takes a line without the white space around it.
    fn line(&mut self, line: &str) {
        if line.is_empty() {
            self.blank += 1;
        } else if self.rows.len() >= MOST_ADDRESSES || self.asked >= MOST_READ {
            self.left_out += 1;
        } else {
            let target = self.target(line);
            self.take(line, target);
        }
    }

    fn target(&mut self, line: &str) -> Result<Target, DownloadError> {
        if line.len() > MOST_LINE_BYTES {
            return Err(DownloadError::TooLong);
        }
        self.asked += 1;
        let resolved = (self.resolve)(line).ok_or(DownloadError::NotAnAddress)?;
        target(resolved)
    }

    /// Makes a row of it, unless there is one.
    fn take(&mut self, line: &str, target: Result<Target, DownloadError>) {
        let same = |taken: &&mut Taken| match (&taken.entry.target, &target) {
            (Ok(one), Ok(other)) => one.href == other.href,
            _ => false,
        };
        match self.rows.iter_mut().find(same) {
            Some(taken) => taken.is_repeated = true,
            None => {
                self.rows.push(Taken { entry: Entry { address: shown(line), target }, is_repeated: false });
            }
        }
    }

    fn end(self) -> List {
        let repeated = self.rows.iter().filter(|taken| taken.is_repeated).count() as u64;
        let mut notes = Vec::new();
        let mut say = |number, note: fn(u64) -> Note| notes.extend((number > 0).then(|| note(number)));
        say(repeated, Note::Repeated);
        say(self.left_out, Note::LeftOut);
        say(self.blank, Note::Blank);
        List { rows: self.rows.into_iter().map(|taken| taken.entry).collect(), notes }
    }
}

fn target(resolved: Resolved) -> Result<Target, DownloadError> {
    let Resolved { href, scheme, host, has_credentials, path } = resolved;
    let scheme = scheme.trim_end_matches(':');
    if !["http", "https"].iter().any(|taken| scheme.eq_ignore_ascii_case(taken)) {
        return Err(DownloadError::SchemeRefused { scheme: beginning(scheme, 20, usize::MAX).to_owned() });
    }
    if has_credentials {
        return Err(DownloadError::Credentials);
    }
    // In what a browser writes, a fragment begins at the only one. It is never sent.
    let href = href.split_once('#').map(|(plain, _)| plain.to_owned()).unwrap_or(href);
    Ok(Target { href, host, path })
}

/// A line, cut to what can be shown.
fn shown(line: &str) -> String {
    let beginning = beginning(line, MOST_SHOWN, usize::MAX);
    let mut shown = String::from(beginning);
    if beginning.len() < line.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
