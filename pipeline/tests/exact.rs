//! Upper case as Python has it: `upper_expected.txt` holds what `upper_expected.py` found, and says what its lines mean.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{wasm_bindgen_test as test, wasm_bindgen_test_configure};

use std::ops::RangeInclusive;

use dartboard_pipeline::lines::Cutter;
use dartboard_pipeline::upper::Upper;
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::SplitMix64;
use sha2::{Digest, Sha256};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test_configure!(run_in_dedicated_worker);

const EXPECTED: &str = include_str!("upper_expected.txt");

const TEXTS: usize = 1_000;
const MOST_ITEMS: u64 = 200;
const BLOCK: u32 = 0x1000;

/// Texts come in chunks of 1 to so many bytes.
const MOST_BYTES_A_CHUNK: usize = 64;

/// In so many sizes of chunks each text: in one of every eight.
const SIZES_FOR_EACH: usize = 8;

/// What follows on the lines that begin with this word.
fn expected(word: &str) -> impl Iterator<Item = &'static str> {
    EXPECTED.lines().filter_map(move |line| line.strip_prefix(word)?.strip_prefix(' '))
}

fn code_point(text: &str) -> u32 {
    u32::from_str_radix(text, 16).expect("a hexadecimal number")
}

/// The code points that Python knew.
fn assigned() -> Vec<RangeInclusive<u32>> {
    let runs = expected("assigned").flat_map(str::split_whitespace);
    let run = |(first, last)| code_point(first)..=code_point(last);
    runs.map(|text| run(text.split_once('-').expect("first and last"))).collect()
}

/// Those of them whose upper case Python did not know yet.
fn left_out(assigned: &[RangeInclusive<u32>]) -> Vec<char> {
    let knew = |letter: char| assigned.iter().any(|run| run.contains(&u32::from(letter)));
    let letters = assigned.iter().cloned().flatten().filter_map(char::from_u32);
    letters.filter(|letter| !letter.to_uppercase().all(knew)).collect()
}

/// What is compared.
fn characters() -> Vec<char> {
    let assigned = assigned();
    let left_out = left_out(&assigned);
    let letters = assigned.into_iter().flatten().filter_map(char::from_u32);
    letters.filter(|letter| !left_out.contains(letter)).collect()
}

fn hexadecimal(digest: Sha256) -> String {
    let digit = |four_bits: u8| char::from(b"0123456789abcdef"[usize::from(four_bits)]);
    digest.finalize().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// What items are chosen from.
struct Items {
    by_kind: [Vec<String>; 16],
}

impl Items {
    fn new(characters: &[char]) -> Self {
        let all = |is: &dyn Fn(char) -> bool| {
            characters.iter().filter(|letter| is(**letter)).map(char::to_string).collect::<Vec<_>>()
        };
        let ascii = all(&|letter| matches!(letter, ' '..='~'));
        let changing = all(&|letter| !letter.to_uppercase().eq([letter]));
        let line_ends = ["\r", "\n", "\r\n"].map(str::to_owned).to_vec();
        let two_bytes = all(&|letter| letter.len_utf8() == 2);
        let scripts = all(&|letter| ('\u{800}'..'\u{3000}').contains(&letter));
        let any = all(&|_| true);
        let by_kind = |kind| match kind {
            0..5 => &ascii,
            5..8 => &changing,
            8 => &line_ends,
            9..11 => &two_bytes,
            11..13 => &scripts,
            _ => &any,
        };
        Self { by_kind: std::array::from_fn(|kind| by_kind(kind).clone()) }
    }

    fn text(&self, words: &mut SplitMix64) -> String {
        let mut text = String::new();
        let mut left = words.next_u64() % (MOST_ITEMS + 1);
        while left > 0 {
            let word = words.next_u64();
            for half in [word & 0xFFFF_FFFF, word >> 32] {
                if left > 0 {
                    let kind = &self.by_kind[(half & 15) as usize];
                    text.push_str(&kind[(half >> 4) as usize % kind.len()]);
                    left -= 1;
                }
            }
        }
        text
    }
}

/// Appends the upper case of a text that comes in chunks, piece by piece.
fn append_piecewise(upper: &mut Upper, text: &[u8], chunk_bytes: usize, out: &mut Vec<u8>) {
    let lines_per_piece = [1, 2, 1_000][chunk_bytes % 3];
    let most_bytes = [64, 100, 1_000][chunk_bytes / 3 % 3];
    let mut cutter = Cutter::new(lines_per_piece, most_bytes);
    let mut invalid = 0;
    for chunk in text.chunks(chunk_bytes) {
        cutter.feed().extend_from_slice(chunk);
        while let Some(piece) = cutter.next() {
            invalid += upper.append(piece.bytes, out);
        }
    }
    cutter.end();
    while let Some(piece) = cutter.next() {
        invalid += upper.append(piece.bytes, out);
    }
    assert_eq!(invalid, 0, "{text:X?} in chunks of {chunk_bytes}");
}

// Fails with: a code point left out without reason.
#[test]
fn left_out_is_what_python_could_not_know() {
    let python = expected("left-out").flat_map(str::split_whitespace).map(code_point).collect::<Vec<_>>();
    let found = left_out(&assigned()).into_iter().map(u32::from).collect::<Vec<_>>();
    assert_eq!(found, python, "of Unicode {:?}", char::UNICODE_VERSION);
}

// Fails with: a table's entry for U+0390 of two characters.
#[test]
fn every_code_point_has_the_upper_case_of_python() {
    let (mut upper, characters) = (Upper::new(), characters());
    let mut out = Vec::new();
    for line in expected("block") {
        let (first, sha256) = line.split_once(' ').expect("first code point and SHA-256");
        let first = code_point(first);
        let block = first..first + BLOCK;
        let mut digest = Sha256::new();
        for letter in characters.iter().filter(|letter| block.contains(&u32::from(**letter))) {
            out.clear();
            assert_eq!(upper.append(letter.encode_utf8(&mut [0; 4]).as_bytes(), &mut out), 0);
            out.push(0xFF);
            digest.update(&out);
        }
        assert_eq!(hexadecimal(digest), sha256, "U+{first:X} and on");
    }
}

// Fails with: a long line is cut where it is full; the last bytes of a text are read with others than zeros behind them.
#[test]
fn a_hundred_thousand_texts_have_the_upper_case_of_python_however_they_come() {
    let (mut upper, items) = (Upper::new(), Items::new(&characters()));
    let (mut whole, mut piecewise) = (Vec::new(), Vec::new());
    for line in expected("texts") {
        let (group, sha256) = line.split_once(' ').expect("group and SHA-256");
        let mut words = SplitMix64::seed_from_u64(group.parse().expect("a number"));
        let mut digest = Sha256::new();
        for number in 0..TEXTS {
            let text = items.text(&mut words);
            whole.clear();
            assert_eq!(upper.append(text.as_bytes(), &mut whole), 0, "{text:?}");
            for size in (number % SIZES_FOR_EACH..MOST_BYTES_A_CHUNK).step_by(SIZES_FOR_EACH) {
                piecewise.clear();
                append_piecewise(&mut upper, text.as_bytes(), 1 + size, &mut piecewise);
                assert!(piecewise == whole, "{text:?} in chunks of {}", 1 + size);
            }
            whole.push(0xFF);
            digest.update(&whole);
        }
        assert_eq!(hexadecimal(digest), sha256, "group {group}");
    }
}

/// What a program writes, if it is there and runs.
#[cfg(not(target_arch = "wasm32"))]
fn python(arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new("python3").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

// Fails with: a line of `upper_expected.txt` changed by hand.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_python_at_hand_says_the_same_if_it_has_the_same_unicode() {
    let stored = expected("unicode").next().expect("the version");
    match python(&["-c", "import unicodedata; print(unicodedata.unidata_version)"]) {
        None => println!("Not compared: there is no python3 that runs."),
        Some(version) if version.trim() != stored => {
            println!(
                "Not compared: python3 has Unicode {}, and expected is that of {stored}.",
                version.trim()
            );
        }
        Some(_) => {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/upper_expected.py");
            // Groups come last. All of them would take longer than all other tests of the crate.
            let written = python(&[script, "10"]).expect("the script runs");
            assert!(
                EXPECTED.starts_with(&written),
                "upper_expected.txt is not what upper_expected.py writes"
            );
            assert!(written.contains("\ntexts 9 "));
        }
    }
}
