use proptest::prelude::*;

use super::*;

/// The text, read in parts of these sizes, again and again.
fn text(seed: u64, bytes: u64, sizes: &[usize]) -> Vec<u8> {
    let mut generated = Generated::new(seed, bytes);
    let mut text = Vec::new();
    for size in sizes.iter().cycle() {
        let before = text.len();
        let read = generated.read(&mut text, *size);
        assert_eq!(text.len() - before, read);
        if read == 0 {
            break;
        }
        assert!(read <= *size);
    }
    text
}

proptest! {
    // Fails with: a line is begun anew for each reading.
    #[test]
    fn however_it_is_read_it_is_the_same_valid_text_of_exactly_that_length(
        seed in any::<u64>(),
        bytes in 0..2_000_u64,
        sizes in prop::collection::vec(1..300_usize, 1..4),
    ) {
        let whole = text(seed, bytes, &[usize::MAX]);
        prop_assert_eq!(whole.len() as u64, bytes);
        prop_assert!(str::from_utf8(&whole).is_ok());
        prop_assert!(text(seed, bytes, &sizes) == whole);
    }
}

// Fails with: the last line is cut inside a character.
#[test]
fn every_length_is_valid_to_the_last_byte() {
    for bytes in 0..2_000 {
        let text = text(7, bytes, &[usize::MAX]);
        assert_eq!((text.len() as u64, str::from_utf8(&text).err()), (bytes, None));
    }
}

#[test]
fn it_is_what_the_lesson_says_about_it() {
    let bytes = 3_000_000;
    let text = String::from_utf8(text(1, bytes, &[65_536])).unwrap();
    let lines = text.split_inclusive('\n').collect::<Vec<_>>();
    let share =
        |is: &dyn Fn(&str) -> bool| lines.iter().filter(|line| is(line)).count() as f64 / lines.len() as f64;

    // A line has about 60 bytes.
    let about = bytes.div_ceil(60) as f64;
    assert!((0.98..1.02).contains(&(lines.len() as f64 / about)), "{} lines, not about {about}", lines.len());
    assert!((0.09..0.11).contains(&share(&|line| line.ends_with("\r\n"))));
    assert!((0.48..0.52).contains(&share(&str::is_ascii)));
    for letter in ["ß", "ﬁ", "ΰ", "ж", "川"] {
        assert!(share(&|line| line.contains(letter)) > 0.01, "{letter}");
    }
    assert!(!text.contains(" \n") && !text.contains("  "));
}

// Fails with: a draw fewer or more for a line.
#[test]
fn the_text_of_a_seed_stays_the_same() {
    assert_eq!(
        str::from_utf8(&text(1, 150, &[usize::MAX])).unwrap(),
        "Friday consumer finished worker garden to seven worker nothing background\n\
         это строка когда\n\
         a at they to they 42 1,000 the\n\
         αύριο α."
    );
}
