use std::collections::BTreeSet;

use super::*;

/// One of each kind.
fn all() -> Vec<DownloadError> {
    let of_lists = [
        DownloadError::NotAnAddress,
        DownloadError::SchemeRefused { scheme: "ftp".to_owned() },
        DownloadError::Credentials,
        DownloadError::TooLong,
    ];
    let of_fetches = [
        DownloadError::CutOff { at_bytes: 1_250_000, of_bytes: Some(2_400_000) },
        DownloadError::CutOff { at_bytes: 7, of_bytes: None },
        DownloadError::Stalled { for_s: 30 },
        DownloadError::Cancelled,
        DownloadError::NoRoom,
        DownloadError::TooLarge { limit_bytes: 512_000_000 },
        DownloadError::Unreadable,
        DownloadError::NotSaved,
    ];
    let of_servers = (200..=599).map(DownloadError::HttpStatus);
    of_lists.into_iter().chain(of_fetches).chain(of_servers).collect()
}

#[test]
fn each_error_is_a_short_sentence_with_something_to_do() {
    // Fails with: a text without its full stop, empty, or too long for a row.
    for error in all() {
        for text in [error.reason(), error.advice().to_owned()] {
            assert!(text.ends_with('.') && (8..200).contains(&text.len()), "{text}");
            assert!(
                text.starts_with(|first: char| first.is_ascii_uppercase() || first.is_ascii_digit()),
                "{text}"
            );
        }
    }
}

#[test]
fn an_error_says_what_happened() {
    // Fails with: sizes in different units, a status without its number or without words.
    let reason = |error: DownloadError| error.reason();
    assert_eq!(
        reason(DownloadError::CutOff { at_bytes: 1_250_000, of_bytes: Some(2_400_000) }),
        "Cut off at 1.2 of 2.4 MB."
    );
    assert_eq!(reason(DownloadError::CutOff { at_bytes: 7, of_bytes: None }), "Cut off at 7 bytes.");
    assert_eq!(reason(DownloadError::HttpStatus(404)), "404: the server has no such file.");
    assert_eq!(reason(DownloadError::HttpStatus(418)), "418: the server does not accept the request.");
    assert_eq!(
        reason(DownloadError::HttpStatus(0)),
        "0: the server answered with something other than the file."
    );
    assert_eq!(
        reason(DownloadError::SchemeRefused { scheme: "ftp".to_owned() }),
        "Addresses that begin with “ftp:” are not downloaded here."
    );
    assert_eq!(
        reason(DownloadError::TooLarge { limit_bytes: 512_000_000 }),
        "This file does not fit: all files here together may have 512.0 MB."
    );
}

#[test]
fn what_may_pass_by_itself_is_temporary() {
    // Fails with: a 404 tried again, a 503 given up.
    let statuses: Vec<u16> =
        (0..1_000).filter(|status| DownloadError::HttpStatus(*status).is_temporary()).collect();
    assert_eq!(statuses, [408, 425, 429, 500, 502, 503, 504]);
    let others: BTreeSet<_> =
        all().into_iter().filter(DownloadError::is_temporary).map(|error| error.reason()).collect();
    let expected = ["Could not", "Cut off at 1.2", "Cut off at 7", "No byte"];
    for beginning in expected {
        assert!(others.iter().any(|reason| reason.starts_with(beginning)), "{beginning}: {others:?}");
    }
    assert_eq!(others.len(), expected.len() + statuses.len());
}
