//! How fast a worker counts, and how large its next batch should be.

use std::time::Duration;

use dartboard_points::tally::BLOCK_POINTS;

use super::SlotKind;
use crate::run::config::{BatchPoints, BatchSize};

/// How long an automatic batch should take: so long that what the page does for each, about a quarter of a millisecond, is
/// little beside it.
pub const AUTO_TARGET: Duration = Duration::from_millis(100);
/// The blocks of a GPU's first automatic batch. It counts thousands of blocks at a time, so that fewer take it as long.
pub const GPU_FIRST_BLOCKS: u64 = 4_096;
/// The least blocks that a GPU is given, whatever size was chosen: as many as start together.
pub const GPU_LEAST_BLOCKS: u64 = 64;
/// The most blocks of a GPU's automatic batch: 10¹¹ points.
pub const GPU_MOST_BLOCKS: u64 = 1_000_000;
/// How much larger than the last batch an automatic one may be: a coarse clock may have seen no time pass.
const LARGEST_GROWTH: u64 = 8;
/// How much a new measurement weighs against all earlier ones.
const NEWEST_WEIGHT: f64 = 0.3;

/// A worker's speed, smoothed over its last few leases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pace {
    /// Smoothed points of a lease.
    points: f64,
    /// Smoothed seconds of a lease. Points and seconds are smoothed apart, so that the zeros of a coarse
    /// clock even out instead of meaning infinite speed.
    seconds: f64,
    /// Blocks of the last lease.
    last_blocks: u64,
    /// How many workers shared the machine.
    concurrency: u32,
}

impl Pace {
    /// The pace that one lease of `blocks` in `time` shows, with `concurrency` workers on the machine.
    pub(crate) fn first(blocks: u64, time: Duration, concurrency: u32) -> Self {
        let points = (blocks * BLOCK_POINTS) as f64;
        Self { points, seconds: time.as_secs_f64(), last_blocks: blocks, concurrency }
    }

    /// The pace after one more lease.
    pub(crate) fn after(self, blocks: u64, time: Duration, concurrency: u32) -> Self {
        let new = Self::first(blocks, time, concurrency);
        if concurrency != self.concurrency {
            return new;
        }
        let smooth = |old: f64, new: f64| old + NEWEST_WEIGHT * (new - old);
        Self { points: smooth(self.points, new.points), seconds: smooth(self.seconds, new.seconds), ..new }
    }

    /// How long `points` should take with `concurrency` workers on the machine. More workers than were measured
    /// may slow each other down; fewer do not speed each other up.
    pub(crate) fn predict(self, points: u64, concurrency: u32) -> Duration {
        let slowdown = (f64::from(concurrency) / f64::from(self.concurrency)).max(1.0);
        let seconds = self.seconds / self.points * points as f64 * slowdown;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// Points a second; without end where a coarse clock saw no time pass.
    pub(crate) fn points_per_second(self) -> f64 {
        self.points / self.seconds
    }

    /// The blocks that take `span`, but not many more than the last lease had.
    pub(crate) fn blocks_in(self, span: Duration) -> u64 {
        let blocks = span.as_secs_f64() * self.points / self.seconds / BLOCK_POINTS as f64;
        // The cast saturates: no time at all means as many as allowed.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, saturating")]
        let blocks = blocks as u64;
        blocks.min(self.last_blocks.saturating_mul(LARGEST_GROWTH))
    }
}

/// The blocks of the next batch for a worker in a slot of this kind and pace. A processor's first automatic batch is one
/// block, so that the first result comes at once.
pub(crate) fn next_batch(size: BatchSize, kind: SlotKind, pace: Option<Pace>) -> u64 {
    match (kind, size, pace) {
        (SlotKind::Processor, BatchSize::Fixed(points), _) => points.blocks(),
        (SlotKind::Processor, BatchSize::Auto, None) => 1,
        (SlotKind::Processor, BatchSize::Auto, Some(pace)) => {
            BatchPoints::nearest(pace.blocks_in(AUTO_TARGET)).blocks()
        }
        (SlotKind::Gpu, BatchSize::Fixed(points), _) => points.blocks().max(GPU_LEAST_BLOCKS),
        (SlotKind::Gpu, BatchSize::Auto, None) => GPU_FIRST_BLOCKS,
        (SlotKind::Gpu, BatchSize::Auto, Some(pace)) => {
            pace.blocks_in(AUTO_TARGET).clamp(GPU_LEAST_BLOCKS, GPU_MOST_BLOCKS)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn auto(pace: Pace) -> u64 {
        next_batch(BatchSize::Auto, SlotKind::Processor, Some(pace))
    }

    #[test]
    fn a_fixed_size_is_kept_whatever_the_pace() {
        let fixed = BatchSize::Fixed(BatchPoints::nearest(77));
        for pace in [None, Some(Pace::first(1, ms(1), 1))] {
            assert_eq!(next_batch(fixed, SlotKind::Processor, pace), 77);
            assert_eq!(next_batch(fixed, SlotKind::Gpu, pace), 77);
            let least = BatchSize::Fixed(BatchPoints::MIN);
            assert_eq!(next_batch(least, SlotKind::Processor, pace), 1);
            assert_eq!(next_batch(least, SlotKind::Gpu, pace), 64);
        }
    }

    // Fails with: a GPU that is given what keeps a core busy, or waits for its next batch as long as it counts one.
    #[test]
    fn an_automatic_batch_of_a_gpu_is_large_from_the_first_and_aims_at_a_hundred_milliseconds() {
        assert_eq!(next_batch(BatchSize::Auto, SlotKind::Gpu, None), 4_096);
        // blocks, milliseconds, the next size
        for (blocks, time, next) in [
            (4_096, 10, 32_768),        // not more than eight times the last
            (500_000, 50, 1_000_000),   // 10¹² points a second
            (1_000_000, 20, 1_000_000), // not more than 10¹¹ points
            (4_096, 8_192, 64),         // a software adapter: not less than it counts at once
            (4_096, 4_096, 100),
        ] {
            let pace = Some(Pace::first(blocks, ms(time), 1));
            let size = next_batch(BatchSize::Auto, SlotKind::Gpu, pace);
            assert_eq!(size, next, "{blocks} blocks in {time} ms");
        }
    }

    #[test]
    fn an_automatic_batch_aims_at_a_hundred_milliseconds() {
        assert_eq!(next_batch(BatchSize::Auto, SlotKind::Processor, None), 1);
        // blocks, milliseconds, the next size
        for (blocks, time, next) in [
            (20, 20, 100),
            (100, 100, 100),
            (100, 200, 50),
            (10, 1, 80),           // not more than eight times the last
            (10, 0, 80),           // a clock too coarse to see it
            (50_000, 20, 100_000), // not more than the largest batch
            (1, 10_000, 1),        // not less than a block
        ] {
            assert_eq!(auto(Pace::first(blocks, ms(time), 1)), next, "{blocks} blocks in {time} ms");
        }
    }

    #[test]
    fn the_pace_follows_the_newest_leases_and_evens_out_a_coarse_clock() {
        let mut pace = Pace::first(10, ms(10), 1);
        pace = pace.after(10, ms(20), 1);
        assert_eq!(pace.predict(1_000_000, 1), Duration::from_micros(13_000));
        // Points are smoothed like seconds: a larger batch in as much more time is the same pace.
        let same = Pace::first(10, ms(10), 1).after(20, ms(20), 1);
        assert_eq!(same.predict(1_000_000, 1), ms(10));
        for _ in 0..50 {
            pace = pace.after(10, ms(0), 1).after(10, ms(20), 1);
        }
        let predicted = pace.predict(1_000_000, 1);
        assert!((ms(9)..ms(13)).contains(&predicted), "{predicted:?}");
        assert_eq!(auto(pace.after(20, ms(100_000), 1).after(2, ms(0), 1)), 1);
    }

    #[test]
    fn more_workers_than_measured_may_slow_each_other_down_and_fewer_do_not_speed_up() {
        let pace = Pace::first(10, ms(10), 4);
        for (concurrency, predicted) in [(1, 10), (4, 10), (8, 20), (64, 160)] {
            assert_eq!(pace.predict(1_000_000, concurrency), ms(predicted));
        }
        // With another number of workers the measurement begins afresh.
        assert_eq!(pace.after(10, ms(30), 8), Pace::first(10, ms(30), 8));
        assert_eq!(Pace::first(1, Duration::MAX, 1).predict(u64::MAX, 64), Duration::MAX);
    }
}
