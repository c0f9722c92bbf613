//! Any text is a list of at most 500 rows, each an address over HTTP or a short sentence that says why not.
#![no_main]

use dartboard_downloads::list::{MOST_ADDRESSES, MOST_SHOWN, Resolved, read};
use dartboard_fuzz::assert_short;
use libfuzzer_sys::fuzz_target;

/// Stands in for the browser, but checks nothing: anything comes through.
fn resolve(line: &str) -> Option<Resolved> {
    let (scheme, rest) = line.split_once(':').unwrap_or(("https:", line));
    let (host, path) = rest.trim_start_matches('/').split_once('/')?;
    Some(Resolved {
        href: line.to_owned(),
        scheme: scheme.to_owned(),
        host: host.to_owned(),
        has_credentials: host.contains('@'),
        path: path.to_owned(),
    })
}

fuzz_target!(|text: &str| {
    let list = read(text, resolve);
    assert!(list.rows.len() <= MOST_ADDRESSES && list.notes.len() <= 3);
    for note in &list.notes {
        assert_short(note, 200);
    }
    for (index, row) in list.rows.iter().enumerate() {
        assert!(!row.address.is_empty() && row.address.chars().count() <= MOST_SHOWN + 1);
        match &row.target {
            Ok(target) => {
                assert!(!target.href.contains('#') && !target.host.contains('@'));
                let is_same = |other: &&_| **other == row.target;
                assert_eq!(list.rows[index + 1..].iter().map(|row| &row.target).find(is_same), None);
            }
            Err(error) => assert_short(error, 300),
        }
    }
});
