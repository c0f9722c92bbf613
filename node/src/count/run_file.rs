//! The file that a run is kept in: the page's format, so that page and program can each continue what the other saved.
//!
//! This program overwrites only a file that it wrote itself or was told to resume, and in one step: even after a power
//! failure, a reader finds the old file or the new one.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dartboard_core::address;
use dartboard_core::run::checkpoint::{Checkpoint, WrittenRun};
use dartboard_core::run::file::{self, MAX_RUN_FILE_BYTES, Origin, RunFileError};
use dartboard_core::text::Grouped;
use dartboard_points::build::BUILD_ID;
use dartboard_points::tally::Seed;
use thiserror::Error;

/// See the module's documentation.
#[derive(Clone, Debug)]
pub(super) struct RunFile {
    path: PathBuf,
    /// Of the run.
    seed: Seed,
    /// What this program read there to go on with, or wrote last.
    ours: Option<String>,
    /// The address of the page that a link in it begins with.
    page: String,
}

/// Why a run cannot be read or kept.
#[derive(Debug, Error)]
pub enum RunFileProblem {
    /// The file cannot be opened or read.
    #[error("the run in {path} cannot be read: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// What is in the file is no run that can be resumed.
    #[error("the run in {path} cannot be resumed: {error}")]
    NotResumed {
        /// The file.
        path: PathBuf,
        /// Why.
        error: RunFileError,
    },
    /// The run was counted with an earlier stream.
    #[error("the file {path} holds {what}; --seed and --target count it anew")]
    Earlier {
        /// The file.
        path: PathBuf,
        /// What is in it.
        what: String,
    },
    /// There is another file where the run is to be saved.
    #[error("{path} holds {what} and is not overwritten; {way_out}")]
    Taken {
        /// The file.
        path: PathBuf,
        /// What is in it.
        what: String,
        /// What to do instead.
        way_out: String,
    },
    /// The run cannot be saved.
    #[error("the run cannot be saved in {path}: {error}; name another file with --checkpoint FILE")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
}

impl fmt::Display for RunFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}

impl RunFile {
    /// A file that is not there yet.
    pub(super) fn new(path: PathBuf, seed: Seed) -> Self {
        Self { path, seed, ours: None, page: String::new() }
    }

    /// A file to go on with, and the run in it.
    pub(super) fn resume(path: &Path) -> Result<(Checkpoint, Self), RunFileProblem> {
        let text = read(path)?;
        let run = match parse(path, &text)? {
            WrittenRun::Current(run) => run,
            WrittenRun::Earlier(run) => {
                return Err(RunFileProblem::Earlier { path: path.to_owned(), what: run.describe("") });
            }
        };
        let file = Self { ours: Some(text), ..Self::new(path.to_owned(), run.config().seed) };
        Ok((run, file))
    }

    /// The same, with links to the page at this address.
    pub(super) fn of_page(self, page: String) -> Self {
        Self { page, ..self }
    }

    /// Whether it is the file at `path`.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        let same = |a: io::Result<PathBuf>, b: io::Result<PathBuf>| a.is_ok_and(|a| b.is_ok_and(|b| a == b));
        self.path == path || same(fs::canonicalize(&self.path), fs::canonicalize(path))
    }

    /// Whether something of the run is in it.
    pub(super) fn is_begun(&self) -> bool {
        self.ours.is_some()
    }

    /// Makes sure, before anything is counted, that the run can be saved here.
    pub(super) fn claim(&self) -> Result<(), RunFileProblem> {
        self.look_what_is_there()?;
        let temporary = self.temporary();
        let tried = write_new(&temporary, "").and_then(|()| fs::remove_file(&temporary));
        tried.map_err(|error| self.unwritable(error))
    }

    /// Saves the run.
    pub(super) fn save(&mut self, run: Checkpoint) -> Result<(), RunFileProblem> {
        self.look_what_is_there()?;
        let text = self.encode(run);
        let temporary = self.temporary();
        let written = write_new(&temporary, &text).and_then(|()| fs::rename(&temporary, &self.path));
        if let Err(error) = written {
            // What is half written is of no use, nor is a second error.
            drop(fs::remove_file(&temporary));
            return Err(self.unwritable(error));
        }
        self.ours = Some(text);
        Ok(())
    }

    /// Refuses a file that is there and is not ours.
    fn look_what_is_there(&self) -> Result<(), RunFileProblem> {
        if !self.path.try_exists().map_err(|error| self.unwritable(error))? {
            return Ok(());
        }
        let there = read(&self.path);
        match &there {
            Ok(text) if self.ours.as_ref() == Some(text) => return Ok(()),
            Err(RunFileProblem::Unreadable { .. }) => return there.map(drop),
            Ok(_) | Err(_) => {}
        }
        let run = there.and_then(|text| parse(&self.path, &text));
        let run = run.as_ref().ok().and_then(WrittenRun::current);
        Err(self.taken(run))
    }

    fn taken(&self, run: Option<&Checkpoint>) -> RunFileProblem {
        let another = "name another file with --checkpoint FILE";
        let (what, way_out) = match run {
            Some(run) => (
                format!("{} points of the run with seed {}", Grouped(run.tally().points), run.config().seed),
                if run.config().seed == self.seed {
                    format!("go on with --resume {self}, or {another}")
                } else {
                    another.to_owned()
                },
            ),
            None => ("no run that can be resumed".to_owned(), another.to_owned()),
        };
        RunFileProblem::Taken { path: self.path.clone(), what, way_out }
    }

    fn unwritable(&self, error: io::Error) -> RunFileProblem {
        RunFileProblem::Unwritable { path: self.path.clone(), error }
    }

    /// In the same folder, since only there it can be moved in one step.
    fn temporary(&self) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        self.path.with_file_name(name)
    }

    fn encode(&self, run: Checkpoint) -> String {
        let again = run.config().reproducing(run.done().last().map_or(0, |last| last.end()));
        let link = address::write(&again, None, false);
        let program = format!("dartboard on {} {}", std::env::consts::OS, std::env::consts::ARCH);
        let origin = Origin {
            version: env!("CARGO_PKG_VERSION"),
            build: BUILD_ID,
            browser: &program,
            written: &iso_8601(SystemTime::now()),
            link: &format!("{}{link}", self.page),
        };
        file::encode(&WrittenRun::Current(run), &origin)
    }
}

/// Writes a file that is not there yet, down to the disk.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Reads a file, no further than a run's can be long.
fn read(path: &Path) -> Result<String, RunFileProblem> {
    let unreadable = |error| RunFileProblem::Unreadable { path: path.to_owned(), error };
    let refuse = |error| RunFileProblem::NotResumed { path: path.to_owned(), error };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    (&file).take(MAX_RUN_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_RUN_FILE_BYTES {
        let read = bytes.len() as u64;
        let bytes = file.metadata().map_or(read, |about| about.len().max(read));
        return Err(refuse(RunFileError::TooLong { bytes }));
    }
    String::from_utf8(bytes).map_err(|_| refuse(RunFileError::NotARun))
}

fn parse(path: &Path, text: &str) -> Result<WrittenRun, RunFileProblem> {
    file::parse(text).map_err(|error| RunFileProblem::NotResumed { path: path.to_owned(), error })
}

/// As the page writes it: `2026-01-02T03:04:05Z`.
fn iso_8601(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let of_day = seconds % 86_400;
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The date so many days after 1 January 1970.
fn date(days: u64) -> (u64, u64, u64) {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut year, mut day) = (1970, days);
    while day >= 365 + u64::from(is_leap(year)) {
        day -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let months = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in months {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    (year, month, day + 1)
}

#[cfg(test)]
mod tests;
