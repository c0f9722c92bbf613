//! Every file is named by its content, so that no cache can serve an old file instead of a new one.
//!
//! `worker.js` becomes `worker-0123456789abcdef.js`, and every file that names it is changed accordingly: first a file that
//! names no other, last `index.html`. Wherever the integrity hash of a changed file is written, it is updated.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256, Sha384};

use crate::Error;
use crate::folder::base_name;

/// Digits of the hash in a name: 64 bits do not stop an attacker, but content does not collide by chance.
const HASH_DIGITS: usize = 16;

/// The files that people or browsers know by name.
pub const KEPT_NAMES: [&str; 3] = ["index.html", "dartboard.webmanifest", "service-worker.js"];

/// What may name other files, by extension.
const TEXTS: [&str; 6] = ["css", "html", "js", "json", "svg", "webmanifest"];

/// Contents by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// `files` under names made from their contents. Applied again to its result, it changes nothing, but files that were
/// changed in between get other names.
///
/// # Errors
/// When files name each other in a cycle, or two cannot be told apart.
pub fn name_by_content(files: &Files) -> Result<Files, Error> {
    let references = files.keys().map(|name| Ok((name, reference(name, files)?)));
    let references: BTreeMap<&String, &str> = references.collect::<Result<_, Error>>()?;
    let mut waiting: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for (name, content) in files {
        let named = references
            .iter()
            .filter(|(other, reference)| **other != name && is_text(name) && has_name(content, reference));
        waiting.insert(name, named.map(|(other, _)| *other).collect());
    }
    let mut named = Files::new();
    let mut changes = Changes::default();
    while !waiting.is_empty() {
        let Some(name) = waiting.iter().find(|(_, others)| others.is_empty()).map(|(name, _)| *name) else {
            return Err(Error::Circle(waiting.keys().map(ToString::to_string).collect()));
        };
        waiting.remove(name);
        for others in waiting.values_mut() {
            others.remove(name);
        }
        let before = &files[name];
        let content = if is_text(name) { changes.applied_to(name, before)? } else { before.clone() };
        let new_name = name_of(name, &content);
        changes.names.push((references[name].to_owned(), base_name(&new_name).to_owned()));
        changes.integrities.push((integrity(before), integrity(&content)));
        named.insert(new_name, content);
    }
    Ok(named)
}

/// Gives the file of that name another content, and sets its integrity right where it stands.
pub fn change(files: &mut Files, name: &str, content: Vec<u8>) {
    let Some(before) = files.insert(name.to_owned(), content) else { return };
    let (before, after) = (integrity(&before), integrity(&files[name]));
    for (_, content) in files.iter_mut().filter(|(name, _)| is_text(name)) {
        if let Ok(text) = str::from_utf8(content)
            && text.contains(&before)
        {
            *content = text.replace(&before, &after).into_bytes();
        }
    }
}

/// The hash by which a browser checks `content`.
pub fn integrity(content: &[u8]) -> String {
    format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(content)))
}

/// The first digits of a hash of `content`.
pub fn short_hash(content: &[u8]) -> String {
    use std::fmt::Write;
    let mut digits = String::new();
    for byte in &Sha256::digest(content)[..HASH_DIGITS / 2] {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// `name` without the hash that this module may have put there.
pub fn without_hash(name: &str) -> String {
    let folders = name.len() - base_name(name).len();
    let (stem, extension) = split(base_name(name));
    let stem = match stem.rsplit_once('-') {
        Some((rest, hash)) if hash.len() == HASH_DIGITS && hash.bytes().all(|c| c.is_ascii_hexdigit()) => {
            rest
        }
        _ => stem,
    };
    format!("{}{stem}{extension}", &name[..folders])
}

fn name_of(name: &str, content: &[u8]) -> String {
    if KEPT_NAMES.contains(&name) {
        return name.to_owned();
    }
    let name = without_hash(name);
    let (stem, extension) = split(&name);
    format!("{stem}-{}{extension}", short_hash(content))
}

/// At the last dot of the file's name, which goes with the extension.
fn split(name: &str) -> (&str, &str) {
    let base = name.len() - base_name(name).len();
    name[base..].rfind('.').map_or((name, ""), |dot| name.split_at(base + dot))
}

fn is_text(name: &str) -> bool {
    split(name).1.strip_prefix('.').is_some_and(|extension| TEXTS.contains(&extension))
}

/// The shortest end of `name` that no other file has: this is how other files name it, after whatever folder.
fn reference<'a>(name: &'a str, files: &Files) -> Result<&'a str, Error> {
    let starts = name.rmatch_indices('/').map(|(slash, _)| slash + 1).chain([0]);
    for start in starts {
        let end = &name[start..];
        let has_end = |other: &String| {
            other.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        if files.keys().filter(|other| has_end(other)).count() == 1 {
            return Ok(end);
        }
    }
    Err(Error::Ambiguous(name.to_owned()))
}

/// Whether `content` names `reference` anywhere.
fn has_name(content: &[u8], reference: &str) -> bool {
    // Text, as only texts are looked at; what is not is refused when it is changed.
    !positions(&String::from_utf8_lossy(content), reference).is_empty()
}

/// Where `text` has `reference` as a whole name, not as part of a longer one.
fn positions(text: &str, reference: &str) -> Vec<usize> {
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let begins = |start: usize| !text[..start].ends_with(|c| in_name(c) || c == '.');
    let ends = |end: usize| {
        let mut rest = text[end..].chars();
        match rest.next() {
            Some('.') => !rest.next().is_some_and(in_name),
            Some(next) => !in_name(next),
            None => true,
        }
    };
    let found = text.match_indices(reference).map(|(start, _)| start);
    found.filter(|start| begins(*start) && ends(start + reference.len())).collect()
}

/// The files that have another name now.
#[derive(Default)]
struct Changes {
    names: Vec<(String, String)>,
    integrities: Vec<(String, String)>,
}

impl Changes {
    fn applied_to(&self, name: &str, content: &[u8]) -> Result<Vec<u8>, Error> {
        let text = str::from_utf8(content).map_err(|_| Error::NotText(name.to_owned()))?;
        let mut text = text.to_owned();
        for (reference, new_base) in &self.names {
            for start in positions(&text, reference).into_iter().rev() {
                let base = start + reference.len() - base_name(reference).len();
                text.replace_range(base..start + reference.len(), new_base);
            }
        }
        for (before, after) in &self.integrities {
            text = text.replace(before, after);
        }
        Ok(text.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(contents: &[(&str, &str)]) -> Files {
        contents.iter().map(|(name, content)| ((*name).to_owned(), content.as_bytes().to_vec())).collect()
    }

    fn text(files: &Files, name: &str) -> String {
        let found = files.iter().find(|(its, _)| without_hash(its) == name);
        String::from_utf8(found.expect(name).1.clone()).unwrap()
    }

    fn name(files: &Files, name: &str) -> String {
        files.keys().find(|its| without_hash(its) == name).expect(name).clone()
    }

    fn release(wasm: &str) -> Files {
        let wasm_integrity = integrity(wasm.as_bytes());
        let script = "fetch(new URL('worker_bg.wasm', import.meta.url)); // not worker_bg.wasm.map";
        let script_integrity = integrity(script.as_bytes());
        files(&[
            ("worker_bg.wasm", wasm),
            ("worker.js", script),
            ("worker-loader.js", "await import('./worker.js'); import './snippets/a/inline0.js';"),
            ("snippets/a/inline0.js", "a"),
            ("snippets/b/inline0.js", "b"),
            (
                "index.html",
                &format!(
                    "<meta name=dartboard-worker content=./worker-loader.js><link href=./worker.js \
                     integrity={script_integrity}><link href=./worker_bg.wasm integrity={wasm_integrity}>"
                ),
            ),
        ])
    }

    #[test]
    fn every_name_is_the_contents_wherever_it_stands() {
        let named = name_by_content(&release("wasm")).unwrap();
        assert_eq!(named.len(), 6);
        for (name, content) in named.iter().filter(|(name, _)| *name != "index.html") {
            assert!(split(name).0.ends_with(&format!("-{}", short_hash(content))), "{name}");
        }
        let (wasm, script) = (name(&named, "worker_bg.wasm"), name(&named, "worker.js"));
        assert_eq!(
            text(&named, "worker.js"),
            format!("fetch(new URL('{wasm}', import.meta.url)); // not worker_bg.wasm.map")
        );
        let inline = name(&named, "snippets/a/inline0.js");
        assert_eq!(
            text(&named, "worker-loader.js"),
            format!("await import('./{script}'); import './{inline}';")
        );
        let (wasm_integrity, script_integrity) = (integrity(&named[&wasm]), integrity(&named[&script]));
        let loader = name(&named, "worker-loader.js");
        assert_eq!(
            text(&named, "index.html"),
            format!(
                "<meta name=dartboard-worker content=./{loader}><link href=./{script} \
                 integrity={script_integrity}><link href=./{wasm} integrity={wasm_integrity}>"
            )
        );
    }

    #[test]
    fn a_change_reaches_the_names_of_all_that_lead_to_it_and_no_other() {
        let (old, new) =
            (name_by_content(&release("wasm")).unwrap(), name_by_content(&release("other")).unwrap());
        for changed in ["worker_bg.wasm", "worker.js", "worker-loader.js"] {
            assert_ne!(name(&old, changed), name(&new, changed));
        }
        assert_eq!(name(&old, "snippets/a/inline0.js"), name(&new, "snippets/a/inline0.js"));
    }

    #[test]
    fn done_again_it_changes_nothing_but_what_was_changed_in_between() {
        let once = name_by_content(&release("wasm")).unwrap();
        assert_eq!(name_by_content(&once).unwrap(), once);
        let mut changed = once.clone();
        changed.insert(name(&once, "worker_bg.wasm"), b"other".to_vec());
        let (again, other) =
            (name_by_content(&changed).unwrap(), name_by_content(&release("other")).unwrap());
        // The integrity of what it has never seen stays.
        assert!(again.keys().eq(other.keys()), "{:?} and {:?}", again.keys(), other.keys());
    }

    #[test]
    fn circles_and_names_of_two_files_are_refused() {
        let circle = files(&[("a.js", "import './b.js'"), ("b.js", "import './a.js'"), ("c.js", "")]);
        let error = name_by_content(&circle).unwrap_err().to_string();
        assert!(error.starts_with("a.js, b.js name each other"), "{error}");
        let two = files(&[("a.js", ""), ("x/a.js", "")]);
        let error = name_by_content(&two).unwrap_err().to_string();
        assert!(error.contains("\"a.js\""), "{error}");
    }
}
