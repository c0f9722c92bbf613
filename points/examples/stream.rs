//! Writes a run's random words to standard output, without end, for outside test batteries:
//! `cargo run --release -p dartboard-points --example stream -- ORDER [SEED] | dieharder -a -g 200`.
//!
//! Each word is four bytes, little-endian. ORDER is one of
//! - `blocks`: the words of block 0 in their order, of block 1, …, of each so many as its tally takes;
//! - `short-blocks`: the first 1,024 words of block 0, of block 1, …;
//! - `across-blocks`: the first words of blocks 0 to 255, then their second ones, …, then blocks 256 to 511;
//! - `across-seeds`: the same with block 0 of seeds SEED to SEED + 255, then block 1;
//! - `low-words`: those of the first 64 ranks of each leaf, for x and for y, block after block.

use std::env;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use dartboard_points::decimal::parse_u64;
use dartboard_points::stream::{LowWords, Stream};
use dartboard_points::tally::Seed;
use rand_core::Rng;

/// Streams that take turns in the interleaved orders.
const INTERLEAVED: u64 = 256;
/// A tally takes about 2,640 steps of 8 words.
const BLOCK_WORDS: u32 = 21_120;
const SHORT_BLOCK_WORDS: u32 = 1_024;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (order, seed) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [order] => (order, Some(1)),
        [order, seed] => (order, parse_u64(seed)),
        _ => ("", None),
    };
    let mut output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let written = match (order, seed) {
        ("blocks", Some(seed)) => (0..).try_for_each(|block| words(&mut output, seed, block, BLOCK_WORDS)),
        ("short-blocks", Some(seed)) => {
            (0..).try_for_each(|block| words(&mut output, seed, block, SHORT_BLOCK_WORDS))
        }
        ("across-blocks", Some(seed)) => (0..).step_by(256).try_for_each(|first| {
            interleave(&mut output, (0..INTERLEAVED).map(|n| Stream::new(Seed(seed), first + n)).collect())
        }),
        ("across-seeds", Some(seed)) => (0..).try_for_each(|block| {
            let streams = (0..INTERLEAVED).map(|n| Stream::new(Seed(seed.wrapping_add(n)), block));
            interleave(&mut output, streams.collect())
        }),
        ("low-words", Some(seed)) => (0..).try_for_each(|block| low_words(&mut output, seed, block)),
        _ => {
            eprintln!(
                "usage: stream blocks|short-blocks|across-blocks|across-seeds|low-words [SEED, 0 to 2^64 - 1]"
            );
            return ExitCode::from(2);
        }
    };
    match written {
        // The battery has seen enough and closed the pipe.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write to standard output: {error}");
            ExitCode::FAILURE
        }
        Ok(()) => ExitCode::SUCCESS,
    }
}

fn words(output: &mut impl Write, seed: u64, block: u64, words: u32) -> io::Result<()> {
    let mut stream = Stream::new(Seed(seed), block);
    (0..words).try_for_each(|_| output.write_all(&stream.next_u32().to_le_bytes()))
}

fn interleave(output: &mut impl Write, mut streams: Vec<Stream>) -> io::Result<()> {
    for _ in 0..BLOCK_WORDS {
        for stream in &mut streams {
            output.write_all(&stream.next_u32().to_le_bytes())?;
        }
    }
    Ok(())
}

fn low_words(output: &mut impl Write, seed: u64, block: u64) -> io::Result<()> {
    let low_words = LowWords::new(Seed(seed), block);
    // The numbers of leaves have eleven bits, the highest of which is set.
    for (cell, rank) in (1_024..2_048).flat_map(|cell| (0..64).map(move |rank| (cell, rank))) {
        for word in low_words.of(cell, rank) {
            output.write_all(&word.to_le_bytes())?;
        }
    }
    Ok(())
}
