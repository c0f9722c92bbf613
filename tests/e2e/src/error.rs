//! What can go wrong while driving the page.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thirtyfour::error::{WebDriverError, WebDriverErrorInner};

/// Why a page could not be driven, or did not do what was waited for.
#[derive(thiserror::Error)]
pub enum Error {
    /// There is no release to serve.
    #[error("{} is not there; `./run build` makes it (DARTBOARD_DIST names another folder)", .0.display())]
    NoDist(PathBuf),
    /// The release lacks a file.
    #[error("there is no {name} in the release; it has {files:?}")]
    NoFile {
        /// As Trunk calls it.
        name: String,
        /// What is there.
        files: Vec<String>,
    },
    /// No such engine is known.
    #[error("DARTBOARD_BROWSER={0:?} is none of \"chromium\", \"firefox\" and \"webkit\"")]
    NoEngine(String),
    /// A file could not be read, or a socket not be opened.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted.
        what: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The release could not be read.
    #[error("the release: {0}")]
    Release(#[from] dartboard_release::Error),
    /// The driver's program did not say in time which port it listens on.
    #[error("{program} said no port within {} s; it wrote: {output:?}", .within.as_secs())]
    DriverSilent {
        /// The driver.
        program: String,
        /// How long it was listened to.
        within: Duration,
        /// What it wrote instead.
        output: String,
    },
    /// The browser's output does not tell what a page says on its console.
    #[error("the browser does not pass the console on; it wrote: {0:?}")]
    ConsoleSilent(String),
    /// The driver or the browser refused a command.
    #[error("the browser's driver: {0}")]
    WebDriver(#[from] WebDriverError),
    /// A script of this crate returned something else than it should.
    #[error("a script in the page returned {value}: {source}")]
    ScriptResult {
        /// What came back.
        value: serde_json::Value,
        /// Why it does not fit.
        source: serde_json::Error,
    },
    /// An async script of this crate was rejected, or did not end.
    #[error("an async script in the page: {0}")]
    ScriptRejected(String),
    /// A `data-` attribute of the element `#run` is missing or is not what the contract says.
    #[error("#run has data-{name}={value:?}, which is not {expected}")]
    Mirror {
        /// Name of the attribute, without `data-`.
        name: &'static str,
        /// Its value, if it is there.
        value: Option<String>,
        /// What it should be.
        expected: &'static str,
    },
    /// No control of the page has that accessible name.
    #[error("there is no {kind} named {name:?} on the page; it has {found:?}")]
    NoControl {
        /// Button or field.
        kind: &'static str,
        /// The name looked for.
        name: String,
        /// The names that are there.
        found: Vec<String>,
    },
    /// The driver says that it clicked, but the element heard nothing.
    #[error("{0:?} was clicked {1} times and heard none")]
    ClickLost(String, usize),
    /// Something waited for did not happen.
    #[error("waited {} s for {what}; instead:\n{page}", .within.as_secs())]
    TimedOut {
        /// What was waited for.
        what: String,
        /// How long.
        within: Duration,
        /// What the page and its console showed in the end.
        page: String,
    },
}

impl Error {
    /// Whether an element or a page was meant that is no longer there. The driver of `WebKit` has no
    /// name for that error.
    pub fn is_stale(&self) -> bool {
        use WebDriverErrorInner::{StaleElementReference, UnknownError};
        matches!(self, Self::WebDriver(error) if matches!(**error, StaleElementReference(_) | UnknownError(_)))
    }

    /// Whether an element was meant that is hidden: what it is folded into was closed again since it was found.
    pub fn is_hidden(&self) -> bool {
        use WebDriverErrorInner::ElementNotInteractable;
        matches!(self, Self::WebDriver(error) if matches!(**error, ElementNotInteractable(_)))
    }

    /// Says what was attempted when the system refused.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// As text: a test that returns an error is printed by its `Debug`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
