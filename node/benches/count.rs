//! `dartboard count` against the bare kernel on all cores: `cargo bench -p dartboard-node --bench count [-- SECONDS]`.
//!
//! The two take turns on the same blocks, since what else a machine does changes from second to second; the median of the ratios of
//! neighbours is judged. The bare kernel's threads share nothing but the number of the next block.

use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{available_parallelism, scope};
use std::time::{Duration, Instant};

use dartboard_core::run::config::WorkerCount;
use dartboard_core::text::Fixed;
use dartboard_points::kernel;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed};

const SEED: u64 = 42;
/// How many times each is timed.
const ROUNDS: usize = 11;
/// What the command must at least reach of the bare kernel's speed.
const BAR: f64 = 0.98;
/// The blocks that a thread of the bare kernel takes at a time.
const PIECE: u64 = 50;

fn main() -> ExitCode {
    // Cargo adds an option of its own.
    let seconds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(3.0);
    let threads = available_parallelism().map_or(1, usize::from).min(WorkerCount::MAX.get() as usize);
    let trial = bare_kernel(2_000, threads);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "of a few seconds")]
    let blocks = (2_000.0 * seconds / trial.as_secs_f64()) as u64;
    println!("{threads} threads, {blocks} blocks, {ROUNDS} rounds");
    let mut ratios: Vec<f64> = (0..ROUNDS).map(|round| one_round(round, blocks, threads)).collect();
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ROUNDS / 2];
    println!(
        "count is {} as fast as the bare kernel (median; {} to {}); at least {BAR} is asked",
        Fixed(median, 3),
        Fixed(ratios[0], 3),
        Fixed(ratios[ROUNDS - 1], 3)
    );
    if median >= BAR { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How many times as fast the command is. Who is first changes from round to round.
fn one_round(round: usize, blocks: u64, threads: usize) -> f64 {
    let (bare, command) = if round.is_multiple_of(2) {
        let bare = bare_kernel(blocks, threads);
        (bare, command(blocks))
    } else {
        let command = command(blocks);
        (bare_kernel(blocks, threads), command)
    };
    let (bare, command) = (bare.as_secs_f64(), command.as_secs_f64());
    println!("bare {} s, count {} s: {}", Fixed(bare, 3), Fixed(command, 3), Fixed(bare / command, 3));
    bare / command
}

/// The command, from its start to its end.
fn command(blocks: u64) -> Duration {
    let (seed, target) = (SEED.to_string(), (blocks * BLOCK_POINTS).to_string());
    let mut command = Command::new(env!("CARGO_BIN_EXE_dartboard"));
    command.args(["count", "--json", "--seed", &seed, "--target", &target, "--checkpoint"]);
    command.arg(std::env::temp_dir().join(format!("dartboard-bench-{}.json", std::process::id())));
    let begun = Instant::now();
    let status = command.stdout(Stdio::null()).status();
    let took = begun.elapsed();
    assert!(status.is_ok_and(|status| status.success()), "the command failed");
    took
}

/// The kernel alone, on so many threads.
fn bare_kernel(blocks: u64, threads: usize) -> Duration {
    let next = AtomicU64::new(0);
    let begun = Instant::now();
    scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let take = || {
                    let first = next.fetch_add(PIECE, Ordering::Relaxed);
                    BlockRange::new(first, (first + PIECE).min(blocks)).ok()
                };
                while let Some(piece) = take() {
                    std::hint::black_box(kernel::tally(Seed(SEED), piece));
                }
            });
        }
    });
    begun.elapsed()
}
