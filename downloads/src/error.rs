//! Why a download ends without its file, and what to do.

use thiserror::Error;

use crate::text::{Share, Size};

/// Why a download ended without its file: displayed, a sentence for who waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DownloadError {
    /// The browser cannot read the line as an address.
    #[error("This is not an address.")]
    NotAnAddress,
    /// The address is for something other than a request over HTTP.
    #[error("Addresses that begin with “{scheme}:” are not downloaded here.")]
    SchemeRefused {
        /// What stands in front of its first colon, cut.
        scheme: String,
    },
    /// A user name or a password stands in the address.
    #[error("There is a user name or a password in this address.")]
    Credentials,
    /// The line is longer than any address that servers take.
    #[error("This line is longer than 8,192 bytes.")]
    TooLong,
    /// The server answered, but not with the file.
    #[error("{0}: {reason}.", reason = http_reason(*.0))]
    HttpStatus(u16),
    /// The connection broke while the file came.
    #[error("Cut off at {share}.", share = Share { at_bytes: *.at_bytes, of_bytes: *.of_bytes })]
    CutOff {
        /// What had come.
        at_bytes: u64,
        /// The file's size, if it is known.
        of_bytes: Option<u64>,
    },
    /// Nothing came for too long.
    #[error("No byte came for {for_s} s.")]
    Stalled {
        /// For so long.
        for_s: u64,
    },
    /// The user cancelled it.
    #[error("You cancelled this download.")]
    Cancelled,
    /// There is no room on the disk.
    #[error("There is no room left on the disk.")]
    NoRoom,
    /// The file does not fit into memory, and there is no disk.
    #[error("This file does not fit: all files here together may have {limit}.", limit = Size(*.limit_bytes))]
    TooLarge {
        /// What all files may have together.
        limit_bytes: u64,
    },
    /// No answer came that the browser lets anyone read.
    #[error(
        "Could not be read. Either the address does not exist, or the server is down, or it does not allow other \
         websites. The browser does not tell which."
    )]
    Unreadable,
    /// What came could not be written.
    #[error("The browser could not write the file.")]
    NotSaved,
}

impl DownloadError {
    /// The sentence that says why, as displayed.
    pub fn reason(&self) -> String {
        self.to_string()
    }

    /// What to do.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NotAnAddress => "Write it like https://example.org/file.zip.",
            Self::SchemeRefused { .. } => "Use an address that begins with https: or http:.",
            Self::Credentials => "Remove the part in front of the @. This page sends no passwords.",
            Self::TooLong => "Put one address on each line.",
            Self::HttpStatus(status) => http_advice(*status),
            Self::CutOff { .. } => "Retry: the download goes on where it stopped if the server can do that.",
            Self::Stalled { .. } => "Retry now, or later: the server or the network is slow.",
            Self::Cancelled => "Press Retry to download it after all.",
            Self::NoRoom => "Save and clear files that are done, or free some space. Then retry.",
            Self::TooLarge { .. } => {
                "Save and clear files that are done, then retry. Or open the address in a new tab."
            }
            Self::Unreadable => {
                "Open the address in a new tab. If the file is there, the server does not allow other websites."
            }
            Self::NotSaved => "Retry. If it fails again, reload this page.",
        }
    }

    /// Whether trying again a little later may help although nobody changed anything.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::HttpStatus(status) => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
            Self::CutOff { .. } | Self::Stalled { .. } | Self::Unreadable => true,
            _ => false,
        }
    }

    /// Whether the stored part of the file is no longer of use, or must make room.
    pub(crate) fn spoils(&self) -> bool {
        matches!(self, Self::NoRoom | Self::TooLarge { .. } | Self::NotSaved)
    }
}

/// What a status means, without its number.
fn http_reason(status: u16) -> &'static str {
    match status {
        206 => "the server sent only a part of the file",
        300..=399 => "the server redirects to another address, which was not followed",
        401 => "the server wants a password",
        403 => "the server does not give this file to everyone",
        404 => "the server has no such file",
        408 => "the server waited too long for the request",
        410 => "the server does not have this file any more",
        416 => "the server does not have this part of the file",
        425 => "the server wants the request again, later",
        429 => "the server got too many requests",
        451 => "the law forbids the server to give this file",
        400..=499 => "the server does not accept the request",
        502 | 504 => "a server behind this one did not answer",
        503 => "the server is too busy",
        500..=599 => "the server has an error",
        _ => "the server answered with something other than the file",
    }
}

fn http_advice(status: u16) -> &'static str {
    match status {
        401 | 403 | 451 => "Open the address in a new tab: you may have to log in there.",
        408 | 425 | 500..=599 => "Retry later.",
        429 => "Retry later, with fewer downloads at the same time.",
        _ => "Check the address.",
    }
}

/// What broke a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The browser gave no answer to read.
    Unreadable,
    /// The connection broke in the body.
    CutOff,
    /// The disk is full.
    NoRoom,
    /// Writing failed for another reason.
    NotSaved,
}

#[cfg(test)]
mod tests;
