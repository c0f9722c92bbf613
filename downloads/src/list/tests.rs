use proptest::prelude::*;

use super::*;

/// A small parser of addresses: what has no scheme is relative, and `bad` is none.
fn resolve(line: &str) -> Option<Resolved> {
    let (scheme, rest) = line.split_once(':').unwrap_or(("https", line));
    let rest = rest.trim_start_matches('/');
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    (line != "bad").then(|| Resolved {
        href: format!("{scheme}://{authority}/{path}"),
        scheme: format!("{scheme}:"),
        host: authority.rsplit('@').next().unwrap_or_default().to_owned(),
        has_credentials: authority.contains('@'),
        path: format!("/{path}"),
    })
}

fn addresses(text: &str) -> Vec<String> {
    read(text, resolve).rows.into_iter().map(|entry| entry.address).collect()
}

fn notes(text: &str) -> Vec<String> {
    read(text, resolve).notes.iter().map(ToString::to_string).collect()
}

#[test]
fn each_line_is_an_address() {
    // Fails with: a line end that is not one, a byte order mark or white space left on, an empty last line.
    let expected = ["http://a/1", "http://a/2", "http://a/3"];
    for text in [
        "http://a/1\nhttp://a/2\nhttp://a/3",
        "http://a/1\r\nhttp://a/2\r\nhttp://a/3\r\n",
        "http://a/1\rhttp://a/2\rhttp://a/3\r",
        "\u{FEFF}http://a/1\n\u{A0}http://a/2\u{200B}\t\r\n  http://a/3\u{3000}",
    ] {
        assert_eq!(addresses(text), expected, "{text:?}");
        assert_eq!(notes(text), [""; 0], "{text:?}");
    }
    assert_eq!(addresses(""), [""; 0]);
}

#[test]
fn blank_lines_are_skipped_and_said() {
    // Fails with: `\r\n` taken for two line ends, a blank row.
    assert_eq!(notes("\r\n \r\n\nhttp://a/1\r\n"), ["3 blank lines were skipped."]);
    assert_eq!(notes("http://a/1\n\n"), ["1 blank line was skipped."]);
    assert_eq!(addresses("\n\n\n"), [""; 0]);
}

#[test]
fn an_address_that_comes_again_is_one_row() {
    // Fails with: rows told apart by a fragment, each repetition counted.
    let text = "http://a/1\nhttp://a/2\nhttp://a/1#part\nhttp://a/1\nhttp://a/2\nhttp://a/3";
    assert_eq!(addresses(text), ["http://a/1", "http://a/2", "http://a/3"]);
    assert_eq!(notes(text), ["2 addresses came more than once; each is downloaded once."]);
    assert_eq!(notes("http://a/1\nhttp://a/1"), ["1 address came more than once; it is downloaded once."]);
    let first = read("http://a/1#part", resolve).rows.remove(0);
    assert_eq!(first.address, "http://a/1#part");
    assert_eq!(first.target.map(|target| target.href), Ok("http://a/1".to_owned()));
}

#[test]
fn what_is_not_downloaded_is_a_row_that_says_why() {
    // Fails with: another scheme fetched, a password sent.
    let refused = |scheme: &str| DownloadError::SchemeRefused { scheme: scheme.to_owned() };
    let error = |line: &str| read(line, resolve).rows.remove(0).target.expect_err("an error");
    assert_eq!(error("bad"), DownloadError::NotAnAddress);
    for scheme in ["javascript", "file", "ftp", "data", "blob", "ws", "httpss", "view-source"] {
        assert_eq!(error(&format!("{scheme}:alert(1)")), refused(scheme));
    }
    assert_eq!(error("http://user:secret@a/"), DownloadError::Credentials);
    assert_eq!(error(&format!("{}:1", "x".repeat(100))), refused(&"x".repeat(20)));
    assert!(read("HTTPS://a/\nhttp://a/", resolve).rows.iter().all(|entry| entry.target.is_ok()));
}

#[test]
fn a_list_of_any_length_is_read() {
    // Fails with: no limit of rows, of questions to the browser, or of a line.
    let many = (0..10_000).map(|number| format!("http://a/{number}")).collect::<Vec<_>>().join("\n");
    assert_eq!(addresses(&many).len(), MOST_ADDRESSES);
    assert_eq!(notes(&many), ["Only the first 500 addresses are taken; 9,500 were left out."]);
    let mut asked = 0;
    let list = read(&"a\n".repeat(1_000_000), |line| {
        asked += 1;
        resolve(line)
    });
    assert_eq!((asked, list.rows.len()), (MOST_READ, 1));
    let long = read(&"é".repeat(1_000_000), |_| panic!("it is too long"));
    assert_eq!(long.rows[0].target, Err(DownloadError::TooLong));
    assert_eq!(long.rows[0].address, format!("{}…", "é".repeat(MOST_SHOWN)));
    let longest = format!("http://a/{}", "x".repeat(MOST_LINE_BYTES - 9));
    assert!(read(&longest, resolve).rows[0].target.is_ok());
    assert!(read(&format!("{longest}x"), resolve).rows[0].target.is_err());
}

proptest! {
    /// Fails with: a line lost or made up, a text that is cut inside a character.
    #[test]
    fn each_line_of_any_text_is_a_row_or_in_a_note(text in "(\\PC{0,9}|[\u{0}-\u{ff}]{0,5}|a|bad|\r|\n| ){0,40}") {
        let list = read(&text, resolve);
        let ends: String = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<_> = ends.lines().collect();
        let blank = lines.iter().filter(|line| line.chars().all(is_blank)).count() as u64;
        let said = list.notes.iter().find_map(|note| match note {
            Note::Blank(number) => Some(*number),
            _ => None,
        });
        prop_assert_eq!(said.unwrap_or(0), blank);
        prop_assert!(list.rows.len() + usize::try_from(blank).expect("few") <= lines.len());
        let are_repeated = list.notes.iter().any(|note| matches!(note, Note::Repeated(_)));
        prop_assert_eq!(list.rows.len() < lines.len() - usize::try_from(blank).expect("few"), are_repeated);
        for entry in &list.rows {
            prop_assert!(entry.address.chars().count() <= MOST_SHOWN + 1 && !entry.address.is_empty());
        }
    }
}
