//! Short names between a program's wasm file and its script, and within the script.
//!
//! wasm-bindgen gives what they import from each other long names that end in a hash of 16 digits, which does not compress;
//! and Trunk's minifier keeps the names of a script's own functions. Nobody else uses these two files, so names of
//! two or three letters will do.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportSection, ImportSection, Module, RawSection};
use wasmparser::{Parser, Payload};

use crate::Error;
use crate::content_names::{Files, change};

/// Shorter names save nothing.
const SHORT: usize = 6;

/// Shortens the names in each pair `PROGRAM.js` and `PROGRAM_bg.wasm`.
///
/// # Errors
/// When one of these files is not what it should be.
pub fn shorten(files: &mut Files) -> Result<(), Error> {
    let programs: Vec<String> =
        files.keys().filter_map(|name| name.strip_suffix("_bg.wasm")).map(str::to_owned).collect();
    for program in programs {
        let (wasm_name, script_name) = (format!("{program}_bg.wasm"), format!("{program}.js"));
        let Some(script) = files.get(&script_name) else { continue };
        let script = String::from_utf8(script.clone()).map_err(|_| Error::NotText(script_name.clone()))?;
        let mut names = Names::of_script(&script);
        let wasm = with_short_names(&files[&wasm_name], &mut names)
            .map_err(|error| Error::NotWasm { name: wasm_name.clone(), reason: error.to_string() })?;
        names.shorten_functions(&script);
        let mut script = in_script(&script, &names.short);
        // Workers are started by loaders, which fetch the wasm themselves.
        if !files.contains_key(&format!("{program}-loader.js")) {
            script = without_init_sync(&script);
        }
        change(files, &wasm_name, wasm);
        change(files, &script_name, script.into_bytes());
    }
    Ok(())
}

/// The names given so far.
struct Names<'a> {
    words: BTreeSet<&'a str>,
    short: BTreeMap<String, String>,
    /// How many short names were looked at.
    seen: usize,
}

impl<'a> Names<'a> {
    fn of_script(script: &'a str) -> Self {
        Self { words: words(script).map(|word| &script[word]).collect(), short: BTreeMap::new(), seen: 0 }
    }

    /// The name to use for `name`: itself if it is short, or if the script does not have it, since then somebody else
    /// does.
    fn shorter(&mut self, name: &str) -> String {
        if name.len() <= SHORT || !self.words.contains(name) {
            return name.to_owned();
        }
        if let Some(short) = self.short.get(name) {
            return short.clone();
        }
        let short = loop {
            let short = format!("${}", letters(self.seen));
            self.seen += 1;
            if !self.words.contains(short.as_str()) {
                break short;
            }
        };
        self.short.insert(name.to_owned(), short.clone());
        short
    }
}

impl Names<'_> {
    /// Names anew what the script declares as a function of its own: not what it exports, and no word that also stands for
    /// something else.
    fn shorten_functions(&mut self, script: &str) {
        let exports = script.rfind("export").unwrap_or(script.len());
        let is_own = |name: &str| {
            let mut places = words(script).filter(|word| &script[word.clone()] == name);
            places.all(|word| {
                let before = script[..word.start].chars().next_back();
                !matches!(before, Some('.' | '"' | '\'' | '`')) && word.start < exports
            })
        };
        let declared = script.split("function ").skip(1).filter_map(|rest| {
            let name = rest.split('(').next()?;
            name.chars().all(is_of_identifier).then_some(name)
        });
        for name in declared.filter(|name| !name.is_empty() && is_own(name)) {
            self.shorter(name);
        }
    }
}

/// a, b, … z, ba, bb, …
fn letters(mut number: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or_default()));
        number /= 26;
        if number == 0 {
            return letters.into_iter().rev().collect();
        }
    }
}

fn is_of_identifier(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '$'
}

/// Where the words of a script are.
fn words(script: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let begin = rest + script[rest..].find(is_of_identifier)?;
        let end = script[begin..]
            .find(|character| !is_of_identifier(character))
            .map_or(script.len(), |length| begin + length);
        rest = end;
        Some(begin..end)
    })
}

fn in_script(script: &str, short: &BTreeMap<String, String>) -> String {
    let mut shorter = String::new();
    let mut copied = 0;
    for word in words(script) {
        if let Some(short) = short.get(&script[word.clone()]) {
            shorter.push_str(&script[copied..word.start]);
            shorter.push_str(short);
            copied = word.end;
        }
    }
    shorter + &script[copied..]
}

/// `script` without the function that starts a program whose wasm is loaded already: no page calls it, and no minifier drops an
/// exported function.
fn without_init_sync(script: &str) -> String {
    let whole = || {
        let (before, rest) = script.split_once("function initSync(")?;
        let (_, rest) = rest.split_once("async function ")?;
        let (rest, exports) = rest.split_once("export{initSync,")?;
        Some(format!("{before}async function {rest}export{{{exports}"))
    };
    whole().unwrap_or_else(|| script.to_owned())
}

/// `wasm` with other names for its imports and exports; every other section is copied as it is.
fn with_short_names(wasm: &[u8], names: &mut Names<'_>) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                let mut imports = ImportSection::new();
                for import in section.into_imports() {
                    let import = import?;
                    let kind = RoundtripReencoder.entity_type(import.ty)?;
                    imports.import(import.module, &names.shorter(import.name), kind);
                }
                module.section(&imports);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                for export in section {
                    let export = export?;
                    let kind = RoundtripReencoder.export_kind(export.kind)?;
                    exports.export(&names.shorter(export.name), kind, export.index);
                }
                module.section(&exports);
            }
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
                    module.section(&RawSection { id, data: &wasm[range] });
                }
            }
        }
    }
    Ok(module.finish())
}

#[cfg(test)]
mod tests;
