//! What a visit downloads, compressed as static hosts compress it, against the budgets.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Error;
use crate::content_names::{Files, without_hash};
use crate::folder::{self, base_name};
use crate::offline::SERVICE_WORKER;

/// What a first visit may download, in bytes after `gzip -9`.
pub const FIRST_VISIT_BUDGET: u64 = 238_000;

/// What the worker's own files may make up of it.
pub const WORKER_BUDGET: u64 = 22_000;

/// The programs besides that of the run and its worker, each loaded when it is wanted, and what they may download:
/// `benchmark.js`, `benchmark_bg.wasm`; a worker's has its loader as well, and a page's a style sheet if it needs one. The
/// benchmark has a coordinator and a kernel of its own; the lecture's lessons have threads, processes, and QR codes of their
/// links. A class has a coordinator, but counts on the worker's program.
pub const WHEN_WANTED: [(&str, u64); 10] = [
    ("benchmark", 207_000),
    ("lecture", 240_000),
    ("thread", 45_000),
    ("stage", 45_000),
    ("download", 47_000),
    ("own-files", 1_000),
    ("process", 6_000),
    ("qr", 24_000),
    ("hall", 150_000),
    ("gpu", 35_000),
];

/// Files that these name are downloaded later, if at all: those that the service worker caches, the icons of an installed page.
const NAME_FOR_LATER: [&str; 2] = [SERVICE_WORKER, "dartboard.webmanifest"];

/// Compressed sizes in bytes by file name.
pub type TransferSizes = BTreeMap<String, u64>;

/// What a release weighs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// What a [`first_visit`] downloads. The worker's are among them, as the page names its script.
    pub first_visit: TransferSizes,
    /// What else is in the release.
    pub later: TransferSizes,
}

impl Sizes {
    /// Of the release in `dist`, after `gzip -9`.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn of(dist: &Path) -> Result<Self, Error> {
        let files = folder::read(dist)?;
        let first = first_visit(&files);
        let mut sizes = Self::default();
        for (name, content) in &files {
            let part = if first.contains(name) { &mut sizes.first_visit } else { &mut sizes.later };
            part.insert(name.clone(), gzip_size(content)?);
        }
        Ok(sizes)
    }

    /// The part of the first visit that the worker's own files make up.
    pub fn worker(&self) -> TransferSizes {
        let worker = self.first_visit.iter().filter(|(name, _)| is_worker_file(name));
        worker.map(|(name, size)| (name.clone(), *size)).collect()
    }

    /// The part of what is downloaded later that the files of a program make up, by its name.
    pub fn program(&self, program: &str) -> TransferSizes {
        let files = self.later.iter().filter(|(name, _)| is_file_of(name, program));
        files.map(|(name, size)| (name.clone(), *size)).collect()
    }

    /// Whether the budgets are kept.
    ///
    /// # Errors
    /// When one is not.
    pub fn check(&self) -> Result<(), Error> {
        let always = [
            ("a first visit", self.first_visit.clone(), FIRST_VISIT_BUDGET),
            ("the worker", self.worker(), WORKER_BUDGET),
        ];
        let when_wanted = WHEN_WANTED.map(|(program, budget)| (program, self.program(program), budget));
        for (what, part, budget) in always.into_iter().chain(when_wanted) {
            let size = total(&part);
            if size > budget {
                return Err(Error::OverBudget(format!(
                    "{what} downloads {size} bytes compressed, {} more than the {budget} it may",
                    size - budget
                )));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "compressed bytes  file")?;
        for (part, when) in [(&self.first_visit, ""), (&self.later, "  (not on a first visit)")] {
            for (name, size) in part {
                writeln!(f, "{size:>16}  {name}{when}")?;
            }
        }
        let (all, worker) = (total(&self.first_visit), total(&self.worker()));
        writeln!(f, "{all:>16}  first visit, of {FIRST_VISIT_BUDGET} it may have")?;
        writeln!(f, "{worker:>16}  the worker's part of it, of {WORKER_BUDGET}")?;
        for (program, budget) in WHEN_WANTED {
            let size = total(&self.program(program));
            writeln!(f, "{size:>16}  the {program}, when it is wanted, of {budget}")?;
        }
        Ok(())
    }
}

/// The names of those of `files` that a first visit downloads: `index.html`, the files named in it, the files named in
/// those, and so on.
pub fn first_visit(files: &Files) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut reached = BTreeSet::from(["index.html".to_owned()]);
    while let Some(name) = reached.pop_first() {
        let Some(content) = files.get(&name) else { continue };
        if !NAME_FOR_LATER.contains(&name.as_str()) {
            let unknown = files.keys().filter(|other| **other != name && !found.contains(*other));
            let named = unknown.filter(|other| names(content, other) && !is_for_later(other));
            reached.extend(named.cloned());
        }
        found.insert(name);
    }
    found
}

/// The sum of `sizes`.
pub fn total(sizes: &TransferSizes) -> u64 {
    sizes.values().sum()
}

/// Whether the file belongs to what runs in a Web Worker, by its name.
pub fn is_worker_file(name: &str) -> bool {
    ["worker-loader.js", "worker.js", "worker_bg.wasm"].contains(&base_name(&without_hash(name)))
}

/// Whether the file belongs to a program of [`WHEN_WANTED`].
fn is_for_later(name: &str) -> bool {
    WHEN_WANTED.into_iter().any(|(program, _)| is_file_of(name, program))
}

/// Whether the file is the script, the wasm, the loader or the style sheet of `program`.
pub(crate) fn is_file_of(name: &str, program: &str) -> bool {
    let name = without_hash(name);
    base_name(&name)
        .strip_prefix(program)
        .is_some_and(|rest| matches!(rest, ".js" | "_bg.wasm" | "-loader.js" | ".css"))
}

/// Whether `content`, of any type, names the file `name`, in whatever folder it says it is.
fn names(content: &[u8], name: &str) -> bool {
    let name = base_name(name).as_bytes();
    content.windows(name.len()).any(|window| window == name)
}

fn gzip_size(content: &[u8]) -> Result<u64, Error> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let compressed = encoder.write_all(content).and_then(|()| encoder.finish());
    Ok(compressed.map_err(Error::io("compressing"))?.len() as u64)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_first_visit_is_what_leads_from_the_page_and_not_what_is_kept_for_later() {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [
            (
                "index.html",
                "a.js service-worker.js worker-loader-0123456789abcdef.js benchmark-0123456789abcdef.js \
                 thread-loader-0123456789abcdef.js",
            ),
            ("benchmark-0123456789abcdef.js", "benchmark_bg-0123456789abcdef.wasm"),
            ("benchmark_bg-0123456789abcdef.wasm", ""),
            ("thread-loader-0123456789abcdef.js", "thread-0123456789abcdef.js"),
            ("thread-0123456789abcdef.js", ""),
            ("a.js", "b.css"),
            ("b.css", ""),
            ("worker-loader-0123456789abcdef.js", ""),
            ("service-worker.js", "index.html b.css c.png"),
            ("c.png", ""),
        ] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let sizes = Sizes::of(folder.path()).unwrap();
        let benchmark = ["benchmark-0123456789abcdef.js", "benchmark_bg-0123456789abcdef.wasm"];
        assert_eq!(sizes.program("benchmark").keys().collect::<Vec<_>>(), benchmark);
        let thread = ["thread-0123456789abcdef.js", "thread-loader-0123456789abcdef.js"];
        assert_eq!(sizes.program("thread").keys().collect::<Vec<_>>(), thread);
        let later = [benchmark[0], benchmark[1], "c.png", thread[0], thread[1]];
        assert_eq!(sizes.later.keys().collect::<Vec<_>>(), later);
        assert_eq!(sizes.first_visit.len(), 5);
        assert_eq!(sizes.worker().keys().collect::<Vec<_>>(), ["worker-loader-0123456789abcdef.js"]);
        // An empty file is 20 bytes of gzip.
        assert_eq!(total(&sizes.worker()), 20);
        assert!(sizes.check().is_ok());
    }

    #[test]
    fn a_release_over_a_budget_is_refused() {
        let sizes = |name: &str, size| Sizes {
            first_visit: TransferSizes::from([(name.to_owned(), size)]),
            later: TransferSizes::from([("c.png".to_owned(), FIRST_VISIT_BUDGET)]),
        };
        assert!(sizes("a.js", FIRST_VISIT_BUDGET).check().is_ok());
        let error = sizes("a.js", FIRST_VISIT_BUDGET + 1).check().unwrap_err().to_string();
        let said = format!("{} bytes compressed, 1 more than", FIRST_VISIT_BUDGET + 1);
        assert!(error.contains(&said), "{error}");
        assert!(sizes("worker.js", WORKER_BUDGET).check().is_ok());
        assert!(sizes("worker.js", WORKER_BUDGET + 1).check().is_err());
        let heavy = Sizes {
            later: TransferSizes::from([("benchmark_bg.wasm".to_owned(), WHEN_WANTED[0].1 + 1)]),
            ..Sizes::default()
        };
        let said = format!("benchmark downloads {}", WHEN_WANTED[0].1 + 1);
        assert!(heavy.check().unwrap_err().to_string().starts_with(&said));
    }
}
