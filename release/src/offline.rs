//! The list of files that the service worker caches for use without a network.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use dartboard_points::stream::STREAM_VERSION;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::content_names::{Files, short_hash};
use crate::transfer_size::{first_visit, is_file_of};

/// The service worker's script, which has places for the build's name, its stream and its files.
pub const SERVICE_WORKER: &str = "service-worker.js";

const BUILD: &str = "{build}";
const STREAM: &str = "{stream}";
const FILES: &str = "'{files}'";

/// What the header calls the page that a first visit downloads.
const RUN: &str = "π live";

/// What the header calls the other pages, and what of [`WHEN_WANTED`](crate::transfer_size::WHEN_WANTED) each is made
/// of: first its program. Two may need the same one. The run's page has the GPU's too, which is no part of a first visit.
const OTHERS: [(&str, &[&str]); 2] = [
    ("Lecture", &["lecture", "thread", "stage", "download", "own-files", "process", "qr"]),
    ("Benchmark", &["benchmark", "thread", "gpu"]),
];

/// Programs that are of no use without the server that they come from, so they are not cached.
const NEED_A_SERVER: [&str; 1] = ["hall"];

/// A name for the build that `files` make up: a hash of their names and contents.
pub fn build_name(files: &Files) -> String {
    short_hash(list(files).as_bytes())
}

/// `script` with the name of the build, the stream that it counts with, and the files to cache for each page: all of `files` except
/// the script itself and programs that need a server.
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

/// The hash by which a browser checks a file of the list: the shortest kind, since hashes do not compress.
fn integrity(content: &[u8]) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(content)))
}

/// The names of `files` by page: the run's, each of [`OTHERS`] that exists, and, under no name, files that belong to none; not
/// those of [`NEED_A_SERVER`].
fn pages(files: &Files) -> Vec<(&'static str, Vec<&String>)> {
    let first = first_visit(files);
    let files = files.keys().filter(|name| *name != SERVICE_WORKER);
    let (run, mut rest): (Vec<_>, Vec<_>) = files.partition(|name| first.contains(*name));
    let mut pages = vec![(RUN, run)];
    for (page, programs) in OTHERS {
        if rest.iter().any(|name| is_file_of(name, programs[0])) {
            let of_page = |name: &&String| programs.iter().any(|program| is_file_of(name, program));
            pages.push((page, rest.iter().copied().filter(of_page).collect()));
        }
    }
    rest.retain(|name| !NEED_A_SERVER.iter().any(|program| is_file_of(name, program)));
    rest.retain(|name| !pages.iter().any(|(_, names)| names.contains(name)));
    pages.push(("", rest));
    pages
}

/// As JavaScript writes it: `[['page', [['name', 'integrity'], …]], …]`.
fn list(files: &Files) -> String {
    let mut list = String::from("[");
    for (page, names) in pages(files) {
        // Writing to a String cannot fail.
        let _ = write!(list, "\n['{page}', [");
        for name in names {
            let _ = write!(list, "\n  ['{name}', '{}'],", integrity(&files[name]));
        }
        list += "\n]],";
    }
    list + "\n]"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer_size::WHEN_WANTED;

    fn files(contents: &[(&str, &str)]) -> Files {
        contents.iter().map(|(name, content)| ((*name).to_owned(), content.as_bytes().to_vec())).collect()
    }

    #[test]
    fn the_script_says_its_stream_and_lists_every_file_but_itself_with_its_integrity_by_page() {
        let files = files(&[
            ("a.js", "a"),
            ("benchmark-0123456789abcdef.js", "b"),
            ("icon.png", "icon"),
            ("index.html", "a.js benchmark-0123456789abcdef.js service-worker.js"),
            (SERVICE_WORKER, "script"),
        ]);
        let script =
            service_worker("const B = '{build}', S = '{stream}', F = '{files}';", "00ff", &files).unwrap();
        let [a, b, icon] = ["a", "b", "icon"].map(|content| integrity(content.as_bytes()));
        let page = integrity(&files["index.html"]);
        let expected = format!(
            "const B = '00ff', S = '2', F = [\n\
             ['π live', [\n  ['a.js', '{a}'],\n  ['index.html', '{page}'],\n]],\n\
             ['Benchmark', [\n  ['benchmark-0123456789abcdef.js', '{b}'],\n]],\n\
             ['', [\n  ['icon.png', '{icon}'],\n]],\n];"
        );
        assert_eq!(script, expected);
    }

    // Fails with: a program that no page is made of, and is never named as kept; a page that is named without its programs.
    #[test]
    fn every_program_is_part_of_a_page() {
        for (program, _) in WHEN_WANTED {
            let is_kept = OTHERS.iter().any(|(_, programs)| programs.contains(&program));
            assert_ne!(is_kept, NEED_A_SERVER.contains(&program), "{program}");
        }
        let named = |names: &[&str]| {
            let files = files(&names.iter().map(|name| (*name, "")).collect::<Vec<_>>());
            pages(&files).into_iter().map(|(page, names)| (page, names.len())).collect::<Vec<_>>()
        };
        let thread = ["thread-loader.js", "thread.js", "thread_bg.wasm", "icon.png"];
        assert_eq!(named(&thread), [("π live", 0), ("", 4)]);
        let lecture = [&["lecture.js", "lecture_bg.wasm"], &thread[..]].concat();
        assert_eq!(named(&lecture), [("π live", 0), ("Lecture", 5), ("", 1)]);
        let hall = [&["hall.js", "hall_bg.wasm", "hall.css"], &thread[..]].concat();
        assert_eq!(named(&hall), [("π live", 0), ("", 4)], "a class needs its hall");
        // Threads are both pages'.
        let both = [&["benchmark.js", "benchmark_bg.wasm"], &lecture[..]].concat();
        assert_eq!(named(&both), [("π live", 0), ("Lecture", 5), ("Benchmark", 5), ("", 1)]);
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
