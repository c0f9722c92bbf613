//! Writes a run's random words to standard output, without end, for outside test batteries:
//! `cargo run --release -p dartboard-points --example stream -- ORDER [SEED] | dieharder -a -g 200`.
//!
//! Each word is four bytes, little-endian. ORDER is one of
//! - `blocks`: the leading words of block 0, of block 1, …;
//! - `across-blocks`: the first leading words of blocks 0 to 255, then their second ones, …, then blocks 256 to 511;
//! - `across-seeds`: the same with block 0 of seeds SEED to SEED + 255, then block 1;
//! - `with-low-words`: of each point the leading word, then the low word, block after block.

use std::env;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use dartboard_points::decimal::parse_u64;
use dartboard_points::stream::{LowWords, Stream};
use dartboard_points::tally::{BLOCK_POINTS, Seed};
use rand_core::Rng;

/// Streams that take turns in the interleaved orders.
const INTERLEAVED: u64 = 256;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (order, seed) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [order] => (order, Some(1)),
        [order, seed] => (order, parse_u64(seed)),
        _ => ("", None),
    };
    let mut output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let written = match (order, seed) {
        ("blocks", Some(seed)) => (0..).try_for_each(|block| leading(&mut output, seed, block)),
        ("across-blocks", Some(seed)) => (0..).step_by(256).try_for_each(|first| {
            interleave(&mut output, (0..INTERLEAVED).map(|n| Stream::new(Seed(seed), first + n)).collect())
        }),
        ("across-seeds", Some(seed)) => (0..).try_for_each(|block| {
            let streams = (0..INTERLEAVED).map(|n| Stream::new(Seed(seed.wrapping_add(n)), block));
            interleave(&mut output, streams.collect())
        }),
        ("with-low-words", Some(seed)) => (0..).try_for_each(|block| with_low(&mut output, seed, block)),
        _ => {
            eprintln!("usage: stream blocks|across-blocks|across-seeds|with-low-words [SEED, 0 to 2^64 - 1]");
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

fn leading(output: &mut impl Write, seed: u64, block: u64) -> io::Result<()> {
    let mut stream = Stream::new(Seed(seed), block);
    (0..BLOCK_POINTS).try_for_each(|_| output.write_all(&stream.next_u32().to_le_bytes()))
}

fn interleave(output: &mut impl Write, mut streams: Vec<Stream>) -> io::Result<()> {
    for _ in 0..BLOCK_POINTS {
        for stream in &mut streams {
            output.write_all(&stream.next_u32().to_le_bytes())?;
        }
    }
    Ok(())
}

fn with_low(output: &mut impl Write, seed: u64, block: u64) -> io::Result<()> {
    let mut stream = Stream::new(Seed(seed), block);
    let low_words = LowWords::new(Seed(seed), block);
    for point in 0..u32::try_from(BLOCK_POINTS).expect("100,000 points") {
        output.write_all(&stream.next_u32().to_le_bytes())?;
        output.write_all(&low_words.word(point).to_le_bytes())?;
    }
    Ok(())
}
