//! What is said beside a row: what it waits for, why it has failed.

use crate::error::DownloadError;
use crate::machine::{State, Wait};

/// How long nothing has come before that is said, in milliseconds.
const SILENT_MS: u64 = 2_000;

/// Why a row waits, is silent, or has failed; empty where there is nothing to say.
pub fn reason(state: &State, started_over: bool, now_ms: u64) -> String {
    match state {
        State::Waiting(Wait::Turn) => "starts when another one ends".to_owned(),
        State::Waiting(Wait::Connection) => "asked for; no answer yet".to_owned(),
        State::Waiting(Wait::HostPause) => "starts after the pause between two starts at one host".to_owned(),
        State::Waiting(Wait::Again { at_ms, after }) => {
            let seconds = at_ms.saturating_sub(now_ms).div_ceil(1_000);
            let reason = after.reason();
            ["tries again in ", &seconds.to_string(), " s. ", &reason].concat()
        }
        State::Downloading { silent_ms } if *silent_ms >= SILENT_MS => {
            ["no data for ", &(silent_ms / 1_000).to_string(), " s"].concat()
        }
        State::Downloading { .. } | State::Done if started_over => {
            "fetched from the start again: the server does not resume".to_owned()
        }
        State::Downloading { .. } | State::Done => String::new(),
        State::Failed(error) => error.reason(),
    }
}

/// What the user can do; empty where there is nothing.
pub fn advice(state: &State) -> &'static str {
    match state {
        State::Failed(DownloadError::Cancelled)
        | State::Waiting(_)
        | State::Downloading { .. }
        | State::Done => "",
        State::Failed(error) => error.advice(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: a row that waits or has failed, and nobody says for what or why; a silence that is told too early.
    #[test]
    fn what_waits_or_has_failed_says_why() {
        let again = State::Waiting(Wait::Again { at_ms: 3_500, after: DownloadError::HttpStatus(503) });
        assert!(
            reason(&again, false, 1_000).starts_with("tries again in 3 s. 503"),
            "{}",
            reason(&again, false, 1_000)
        );
        for wait in [Wait::Turn, Wait::Connection, Wait::HostPause] {
            assert!(!reason(&State::Waiting(wait), false, 0).is_empty());
        }
        assert_eq!(reason(&State::Downloading { silent_ms: 1_999 }, false, 0), "");
        assert_eq!(reason(&State::Downloading { silent_ms: 6_100 }, false, 0), "no data for 6 s");
        assert!(reason(&State::Done, true, 0).contains("from the start"));
        assert!(!advice(&State::Failed(DownloadError::Unreadable)).is_empty());
    }
}
