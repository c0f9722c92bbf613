use super::*;

fn ranged(content_range: &str) -> Option<(u64, u64, Option<u64>)> {
    ContentRange::read(content_range).map(|range| (range.first, range.last, range.total))
}

#[test]
fn a_content_range_is_read_or_is_none() {
    // Fails with: an end before the start, past the whole, signs, other units.
    assert_eq!(ranged("bytes 500-999/1000"), Some((500, 999, Some(1_000))));
    assert_eq!(ranged(" BYTES 0-0/1 "), Some((0, 0, Some(1))));
    assert_eq!(ranged("bytes 500-999/*"), Some((500, 999, None)));
    let wrong = [
        "",
        "bytes",
        "bytes */1000",
        "bytes 500-499/1000",
        "bytes 500-1000/1000",
        "bytes 500-/1000",
        "bytes -500/1000",
        "bytes +500-999/1000",
        "bytes 500-999",
        "bytes 500-999/",
        "bytes 500-999/1e3",
        "bits 500-999/1000",
        "bytes 500-99999999999999999999/*",
        "bytes=500-999/1000",
    ];
    for header in wrong {
        assert_eq!(ranged(header), None, "{header}");
    }
}

fn rest() -> Answer {
    Answer {
        status: 206,
        length: Some(500),
        etag: Some("\"a\"".to_owned()),
        content_range: Some("bytes 500-999/1000".to_owned()),
        ..Answer::default()
    }
}

#[test]
fn only_the_rest_of_the_same_file_resumes() {
    // Fails with: any one of the conditions left out.
    let resumes = |answer: Answer| answer.resumes(500, 1_000, "\"a\"");
    assert!(resumes(rest()));
    assert!(resumes(Answer { length: None, is_encoded: Some(false), ..rest() }));
    let range = |text: &str| Answer { content_range: Some(text.to_owned()), ..rest() };
    let etag = |text: &str| Answer { etag: Some(text.to_owned()), ..rest() };
    let others = [
        Answer { status: 200, ..rest() },
        Answer { length: Some(1_000), ..rest() },
        Answer { is_encoded: Some(true), ..rest() },
        Answer { etag: None, ..rest() },
        Answer { content_range: None, ..rest() },
        range("bytes 0-999/1000"),
        range("bytes 501-999/1000"),
        range("bytes 500-998/1000"),
        range("bytes 500-999/1001"),
        range("bytes 500-999/*"),
        range("rubbish"),
        etag("\"b\""),
        etag("W/\"a\""),
    ];
    for answer in others {
        assert!(!resumes(answer.clone()), "{answer:?}");
    }
    assert!(!etag("W/\"a\"").resumes(500, 1_000, "W/\"a\""));
    assert!(!rest().resumes(500, 999, "\"a\"") && !rest().resumes(1_001, 1_000, "\"a\""));
}

#[test]
fn a_part_is_known_again_by_a_strong_etag_and_a_length() {
    // Fails with: a weak ETag, or a length that counts other bytes, taken for good.
    let whole = Answer { status: 200, ..rest() };
    assert_eq!(whole.resumable(), Some(("\"a\"", 500)));
    assert_eq!(Answer { is_encoded: Some(true), ..whole.clone() }.resumable(), None);
    assert_eq!(Answer { length: None, ..whole.clone() }.resumable(), None);
    for etag in ["", "\"", "\"\"", "a", "W/\"a\"", "\"a"] {
        assert_eq!(Answer { etag: Some(etag.to_owned()), ..whole.clone() }.resumable(), None, "{etag}");
    }
}

#[test]
fn a_server_may_ask_for_five_minutes_at_most() {
    // Fails with: a date or a sign read as a number, an overflow, no limit.
    let wait =
        |text: &str| Answer { retry_after: Some(text.to_owned()), ..Answer::default() }.retry_after_ms();
    assert_eq!(wait("0"), Some(0));
    assert_eq!(wait(" 120 "), Some(120_000));
    assert_eq!(wait("301"), Some(MOST_RETRY_AFTER_MS));
    assert_eq!(wait("99999999999999999999999"), Some(MOST_RETRY_AFTER_MS));
    for text in ["", "-1", "+1", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT"] {
        assert_eq!(wait(text), None, "{text}");
    }
    assert_eq!(Answer::default().retry_after_ms(), None);
}
