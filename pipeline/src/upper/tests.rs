use proptest::prelude::*;

use super::*;

fn upper(text: &[u8]) -> (Vec<u8>, u64) {
    let mut out = Vec::new();
    let invalid = Upper::new().append(text, &mut out);
    (out, invalid)
}

/// The same by the standard library alone.
fn plain(text: &[u8]) -> (Vec<u8>, u64) {
    let (mut out, mut invalid) = (Vec::new(), 0);
    for chunk in text.utf8_chunks() {
        out.extend_from_slice(chunk.valid().to_uppercase().as_bytes());
        out.extend_from_slice(chunk.invalid());
        invalid += u64::from(!chunk.invalid().is_empty());
    }
    (out, invalid)
}

// Fails with: a table's entry for U+0390 of two characters; `{` turned into `[`.
#[test]
fn every_character_has_the_upper_case_of_the_standard_library() {
    let mut out = Vec::new();
    for letter in '\0'..=char::MAX {
        // Alone, and among so many others that ASCII comes in sixteens.
        for text in [letter.to_string(), format!("{letter}abcdefghijklmnopqrstuvwxyz{{|}}~{letter}@[`")] {
            out.clear();
            assert_eq!(Upper::new().append(text.as_bytes(), &mut out), 0, "{letter:?}");
            assert!(out == text.to_uppercase().as_bytes(), "{letter:?}");
        }
    }
}

// Fails with: room for twice as many bytes.
#[test]
fn a_text_may_grow() {
    let grows = |letter: &char| letter.to_string().len() < letter.to_uppercase().map(char::len_utf8).sum();
    for letter in ('\0'..=char::MAX).filter(grows) {
        let text = letter.to_string().repeat(2 * BLOCK);
        assert!(upper(text.as_bytes()) == (text.to_uppercase().into_bytes(), 0), "{letter:?}");
    }
}

// Fails with: 17 bytes ahead; the last bytes read with others than zeros behind them.
#[test]
fn characters_are_read_at_every_place() {
    for letter in ["ß", "ﬁ", "😀", "\u{10428}"] {
        for before in 0..50 {
            for after in 0..50 {
                let text = ["a".repeat(before), letter.to_string(), "z".repeat(after)].concat();
                assert_eq!(upper(text.as_bytes()), (text.to_uppercase().into_bytes(), 0));
            }
        }
    }
}

#[test]
fn letters_may_become_more_than_one() {
    let (out, invalid) = upper("straße, ﬁne, πραΰς".as_bytes());
    assert_eq!((str::from_utf8(&out).unwrap(), invalid), ("STRASSE, FINE, ΠΡΑΥ\u{308}\u{301}Σ", 0));
}

// Fails with: ED A0 80, a surrogate, taken as valid.
#[test]
fn what_is_not_utf_8_stays_and_is_counted() {
    let beginnings = [&[0xC0, 0x80][..], &[0xE0, 0x9F, 0xBF], &[0xED, 0xA0, 0x80], &[0xED, 0xBF, 0xBF]];
    let more = [&[0xF0, 0x8F, 0xBF, 0xBF][..], &[0xF4, 0x90, 0x80, 0x80], &[0xF5, 0x80, 0x80, 0x80], &[0xFF]];
    let cut = ["ß".as_bytes(), "漢".as_bytes(), "😀".as_bytes(), "ꟊ".as_bytes()]
        .map(|whole| &whole[..whole.len() - 1]);
    for sequence in beginnings.into_iter().chain(more).chain(cut) {
        for text in [
            sequence.to_vec(),
            [b"a", sequence, b"b"].concat(),
            [sequence, sequence, "ä".as_bytes()].concat(),
        ] {
            assert_eq!(upper(&text), plain(&text), "{text:X?}");
        }
    }
}

#[test]
fn it_is_appended() {
    let mut out = b"before ".to_vec();
    assert_eq!(Upper::new().append(b"after\xFF", &mut out), 1);
    assert_eq!(out, b"before AFTER\xFF");
}

/// Bytes that often make up characters, and often do not.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        any::<char>().prop_map(|letter| letter.to_string().into_bytes()),
        "[a-zäßΰжﬁ漢]{1,20}".prop_map(String::into_bytes),
        "[ -~]{1,40}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 1..4),
        prop::collection::vec(0x80_u8..=0xBF, 1..5),
        prop::sample::select(vec![0xC1_u8, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5])
            .prop_map(|lead| vec![lead]),
    ];
    prop::collection::vec(part, 0..100).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn it_agrees_with_the_standard_library(text in bytes()) {
        prop_assert_eq!(upper(&text), plain(&text));
    }
}
