use proptest::prelude::*;

use super::*;
use crate::upper::Upper;

/// The pieces of a text that comes in chunks of these sizes, again and again.
fn pieces(text: &[u8], sizes: &[usize], lines_per_piece: u32, most_bytes: usize) -> Vec<(Vec<u8>, u32)> {
    pieces_at_times(text, sizes, usize::MAX, lines_per_piece, most_bytes)
}

/// The same, if no more than so many are asked for before the next chunk comes.
fn pieces_at_times(
    text: &[u8],
    sizes: &[usize],
    at_once: usize,
    lines_per_piece: u32,
    most_bytes: usize,
) -> Vec<(Vec<u8>, u32)> {
    let mut cutter = Cutter::new(lines_per_piece, most_bytes);
    let mut pieces = Vec::new();
    let mut take = |cutter: &mut Cutter, most| {
        for _ in 0..most {
            let Some(piece) = cutter.next() else { break };
            pieces.push((piece.bytes.to_vec(), piece.lines));
        }
    };
    let mut rest = text;
    for size in sizes.iter().cycle() {
        let (chunk, after) = rest.split_at(rest.len().min(*size));
        cutter.feed().extend_from_slice(chunk);
        rest = after;
        if rest.is_empty() {
            break;
        }
        take(&mut cutter, at_once);
    }
    cutter.end();
    take(&mut cutter, usize::MAX);
    pieces
}

/// The lines of a text, one by one.
fn plain_lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| b"\r\n".contains(byte)).map_or(rest.len(), |end| end + 1);
        let end = if rest[end - 1] == b'\r' && rest.get(end) == Some(&b'\n') { end + 1 } else { end };
        let (line, after) = rest.split_at(end);
        lines.push(line);
        rest = after;
    }
    lines
}

fn texts(pieces: &[(Vec<u8>, u32)]) -> Vec<(&str, u32)> {
    pieces.iter().map(|(bytes, lines)| (str::from_utf8(bytes).unwrap(), *lines)).collect()
}

#[test]
fn a_piece_has_as_many_lines_as_asked_for_and_the_last_one_the_rest() {
    let found = pieces("one\ntwo\r\nthree\rfour\n\nsix".as_bytes(), &[100], 2, 1000);
    assert_eq!(texts(&found), [("one\ntwo\r\n", 2), ("three\rfour\n", 2), ("\nsix", 2)]);
}

// Fails with: `\r` at the end of a chunk ends a line at once.
#[test]
fn a_line_end_of_two_bytes_may_come_in_two_chunks() {
    for size in 1..8 {
        let found = pieces(b"one\r\ntwo\r\r\n", &[size], 1, 1000);
        assert_eq!(texts(&found), [("one\r\n", 1), ("two\r", 1), ("\r\n", 1)], "chunks of {size}");
    }
}

#[test]
fn a_line_end_at_the_end_of_all_needs_nothing_behind_it() {
    assert_eq!(texts(&pieces(b"one\r", &[1], 1, 1000)), [("one\r", 1)]);
    assert_eq!(texts(&pieces(b"one\r\n", &[1], 1, 1000)), [("one\r\n", 1)]);
}

#[test]
fn nothing_has_no_pieces_and_line_ends_alone_are_lines() {
    assert_eq!(pieces(b"", &[1], 1, 1000), []);
    assert_eq!(texts(&pieces(b"\n\n\r\n\r\r", &[2], 4, 1000)), [("\n\n\r\n\r", 4), ("\r", 1)]);
}

#[test]
fn a_byte_order_mark_belongs_to_the_first_line() {
    assert_eq!(
        texts(&pieces("\u{FEFF}one\ntwo".as_bytes(), &[1], 1, 1000)),
        [("\u{FEFF}one\n", 1), ("two", 1)]
    );
}

#[test]
fn a_piece_ends_before_a_line_that_does_not_fit() {
    let text = format!("{}\n{}\n", "a".repeat(30), "b".repeat(40));
    assert_eq!(
        texts(&pieces(text.as_bytes(), &[7], 10, 64)),
        [(&text[..31], 1), (&text[31..], 1)],
        "31 and 41 bytes"
    );
}

// Fails with: a long line is cut where it is full, inside a character.
#[test]
fn a_long_line_is_cut_between_characters() {
    for (letter, before) in [("a", 0), ("ß", 1), ("漢", 1), ("漢", 2), ("😀", 1), ("😀", 2), ("😀", 3)]
    {
        let text = format!("{}{}\n", "a".repeat(before), letter.repeat(100));
        let found = pieces(text.as_bytes(), &[5], 1, 64);
        let found = texts(&found);
        assert_eq!(found.iter().map(|(text, _)| *text).collect::<String>(), text);
        assert!(
            found.iter().all(|(text, _)| (61..=64).contains(&text.len()) || text.ends_with('\n')),
            "{found:?}"
        );
        assert_eq!(found.iter().map(|(_, lines)| *lines).collect::<Vec<_>>(), {
            let mut lines = vec![0; found.len()];
            lines[found.len() - 1] = 1;
            lines
        });
    }
}

// Fails with: it is.
#[test]
fn a_long_line_is_not_cut_inside_its_end() {
    let text = format!("{}\r\nnext", "a".repeat(63));
    let (line, next) = text.split_at(65);
    for size in 1..70 {
        assert_eq!(
            texts(&pieces(text.as_bytes(), &[size], 1, 64)),
            [(&line[..63], 0), ("\r\n", 1), (next, 1)],
            "chunks of {size}"
        );
    }
}

/// A piece of text or of none.
fn part() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"\r".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        "[a-zß漢😀ΰ]{0,30}".prop_map(String::into_bytes),
        (any::<char>(), 1..100_usize)
            .prop_map(|(letter, times)| letter.to_string().repeat(times).into_bytes()),
        prop::collection::vec(0x80_u8..=0xBF, 1..100),
        prop::collection::vec(any::<u8>(), 1..6),
    ]
}

proptest! {
    // Fails with: what is known of the next line's end is lost, or stays, when bytes are moved; the `\r` of a `\r\n` that is
    // cut through by a block is a line's end, or no `\r` is; a block is taken in which a piece ends.
    #[test]
    fn pieces_are_the_text_and_keep_their_limits(
        parts in prop::collection::vec(part(), 0..150),
        sizes in prop::collection::vec(prop_oneof![1..80_usize, 100..900_usize], 1..5),
        at_once in 0..3_usize,
        lines_per_piece in prop_oneof![1..5_u32, MANY_LINES..3 * MANY_LINES],
        most_bytes in prop_oneof![64..200_usize, 500..4_000_usize],
    ) {
        let text = parts.concat();
        let found = pieces(&text, &sizes, lines_per_piece, most_bytes);
        prop_assert_eq!(found.iter().flat_map(|(bytes, _)| bytes.clone()).collect::<Vec<_>>(), &text[..]);
        let mut rest = &text[..];
        for (bytes, lines) in &found {
            prop_assert!((1..=most_bytes).contains(&bytes.len()) && *lines <= lines_per_piece);
            let after = &rest[bytes.len()..];
            let full = *lines == lines_per_piece || after.is_empty();
            if *lines > 0 {
                prop_assert!(full || bytes.len() + plain_lines(after)[0].len() > most_bytes, "ended early");
            } else {
                prop_assert!(plain_lines(rest)[0].len() > most_bytes && bytes.len() + 4 >= most_bytes, "cut early");
            }
            rest = after;
        }
        let lines = plain_lines(&text);
        prop_assert_eq!(found.iter().map(|(_, lines)| *lines as usize).sum::<usize>(), lines.len());
        let at_times = pieces_at_times(&text, &sizes, at_once, lines_per_piece, most_bytes);
        prop_assert_eq!(&at_times, &found, "{} at once", at_once);
        prop_assert_eq!(found, pieces(&text, &[text.len().max(1)], lines_per_piece, most_bytes), "in one chunk");
    }

    // Fails with: no more than two bytes are gone back to the beginning of a character.
    #[test]
    fn pieces_can_be_made_upper_case_on_their_own(
        parts in prop::collection::vec(part(), 0..30),
        most_bytes in 64..100_usize,
    ) {
        let text = parts.concat();
        let (mut whole, mut piecewise) = (Vec::new(), Vec::new());
        let invalid = Upper::new().append(&text, &mut whole);
        let found = pieces(&text, &[64], 3, most_bytes);
        let found = found.iter().map(|(bytes, _)| Upper::new().append(bytes, &mut piecewise)).sum::<u64>();
        prop_assert_eq!(piecewise, whole);
        prop_assert_eq!(found, invalid);
    }
}
