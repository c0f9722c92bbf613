//! The list of files that the service worker keeps for use without a network.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use dartboard_points::stream::STREAM_VERSION;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::content_names::{Files, short_hash};

/// The service worker's script, which has places for the build's name, its stream and its files.
pub const SERVICE_WORKER: &str = "service-worker.js";

const BUILD: &str = "{build}";
const STREAM: &str = "{stream}";
const FILES: &str = "'{files}'";

/// A name for the build that `files` make up: a hash of their names and contents.
pub fn build_name(files: &Files) -> String {
    short_hash(list(files).as_bytes())
}

/// `script` with the name of the build, the stream that it counts with, and what it has to keep: each of `files` but itself.
///
/// # Errors
/// When the script has no place for these, or a file's name would have to be escaped.
pub fn service_worker(script: &str, build: &str, files: &Files) -> Result<String, Error> {
    for (place, what) in [(BUILD, "'{build}'"), (STREAM, "'{stream}'"), (FILES, "'{files}'")] {
        let found = script.matches(place).count();
        if found != 1 {
            return Err(Error::Place { file: SERVICE_WORKER, place: what, found });
        }
    }
    let is_plain = |name: &&String| name.bytes().all(|c| c.is_ascii_alphanumeric() || b"._-/".contains(&c));
    if let Some(name) = files.keys().find(|name| !is_plain(name)) {
        return Err(Error::Name(name.clone()));
    }
    let script = script.replace(BUILD, build).replace(STREAM, &STREAM_VERSION.to_string());
    Ok(script.replace(FILES, &list(files)))
}

/// The hash by which a browser checks a file of the list: the shortest there is, as no compression makes a list of hashes
/// shorter.
fn integrity(content: &[u8]) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(content)))
}

/// As JavaScript writes it: `[['name','integrity'],…]`.
fn list(files: &Files) -> String {
    let mut list = String::from("[");
    for (name, content) in files.iter().filter(|(name, _)| *name != SERVICE_WORKER) {
        // Writing to a String cannot fail.
        let _ = write!(list, "\n  ['{name}', '{}'],", integrity(content));
    }
    list + "\n]"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(contents: &[(&str, &str)]) -> Files {
        contents.iter().map(|(name, content)| ((*name).to_owned(), content.as_bytes().to_vec())).collect()
    }

    #[test]
    fn the_script_says_its_stream_and_lists_every_file_but_itself_with_its_integrity() {
        let files = files(&[("a.js", "a"), ("index.html", "page"), (SERVICE_WORKER, "script")]);
        let script =
            service_worker("const B = '{build}', S = '{stream}', F = '{files}';", "00ff", &files).unwrap();
        let (a, page) = (integrity(b"a"), integrity(b"page"));
        let expected =
            format!("const B = '00ff', S = '2', F = [\n  ['a.js', '{a}'],\n  ['index.html', '{page}'],\n];");
        assert_eq!(script, expected);
    }

    #[test]
    fn builds_differ_when_any_file_does() {
        let name = |contents: &[(&str, &str)]| build_name(&files(contents));
        let build = name(&[("a.js", "a"), ("b.js", "b")]);
        assert_eq!(build, name(&[("b.js", "b"), ("a.js", "a")]));
        for other in [&[("a.js", "a"), ("b.js", "c")][..], &[("a.js", "a")], &[("a.js", "a"), ("c.js", "b")]]
        {
            assert_ne!(build, name(other));
        }
    }

    #[test]
    fn scripts_without_places_and_names_to_be_escaped_are_refused() {
        let none = Files::new();
        for script in [
            "",
            "'{build}' '{files}'",
            "'{stream}' '{files}'",
            "'{build}' '{stream}'",
            "'{build}{build}' '{stream}' '{files}'",
        ] {
            assert!(service_worker(script, "0", &none).is_err(), "{script}");
        }
        let odd = files(&[("a'b.js", "")]);
        assert!(service_worker("'{build}' '{stream}' '{files}'", "0", &odd).is_err());
    }
}
