//! What can go wrong while a release is finished.

use std::fmt;
use std::io;

/// Why a release could not be finished or measured.
#[derive(thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted.
        what: String,
        /// The system's reason.
        source: io::Error,
    },
    /// Called by something other than Trunk.
    #[error("{0} is not set: `finish` is called by `trunk build` and `trunk serve`")]
    NotTrunk(&'static str),
    /// Called with arguments it does not know.
    #[error("use: dartboard-release finish | sizes FOLDER")]
    Usage,
    /// Files name each other in a cycle, so none of them can be named by its content first.
    #[error("{} name each other in a circle, so none can be named by its content", .0.join(", "))]
    Circle(Vec<String>),
    /// Two files cannot be told apart where they are named.
    #[error("{0:?} may mean more than one file: give one of them another name")]
    Ambiguous(String),
    /// A file has a name that would have to be escaped in HTML or JavaScript.
    #[error("the file name {0:?} may have only the letters a to z, digits, and . _ - /")]
    Name(String),
    /// `index.html` or the service worker lacks a place that is to be filled.
    #[error("{file} has {found} of {place}, but needs exactly one")]
    Place {
        /// Where it is looked for.
        file: &'static str,
        /// What is to be filled.
        place: &'static str,
        /// How many there are.
        found: usize,
    },
    /// Something in the release is not text although it should be.
    #[error("{0} is not UTF-8 text")]
    NotText(String),
    /// A program is not in the form of WebAssembly.
    #[error("{name} cannot be read as WebAssembly: {reason}")]
    NotWasm {
        /// Its file.
        name: String,
        /// What its reader says.
        reason: String,
    },
    /// The address of the sources would have to be escaped in HTML, or is none.
    #[error(
        "the address of the repository (DARTBOARD_SOURCE_URL, or Cargo.toml) is {0:?}; it must begin with https:// and have only letters, digits and . _ - / after it"
    )]
    SourceUrl(String),
    /// A visit downloads more than it may.
    #[error("{0}")]
    OverBudget(String),
}

impl Error {
    /// Says what was attempted when the system refused.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// As text: a program or test that ends in an error is printed by its `Debug`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
