//! How a GPU's counts are checked: the processor counts some blocks again.
//!
//! Before a GPU counts anything it counts [`self_check`]'s blocks. Then one block of each batch is counted again
//! ([`BatchCount`]). A count that is wrong ends the GPU before its batch counts.

use thiserror::Error;

use super::{Job, Slice};
use crate::kernel;
use crate::protocol::MAX_PARTS;
use crate::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};

/// A block that a GPU and the processor count differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("in block {block} of seed {seed} the GPU counted {counted} points inside, and the processor {right}")]
pub struct Miscount {
    /// Of the run.
    pub seed: Seed,
    /// The block.
    pub block: u64,
    /// Its points inside, as the GPU counted them.
    pub counted: u64,
    /// Its points inside.
    pub right: u64,
}

/// Blocks of each job of the self-check.
const CHECKED_BLOCKS: u32 = 8;

/// The jobs by which a GPU shows that it counts right, and the slices of each: 64 blocks of 8 seeds.
pub fn self_check() -> [(Job, u32); 8] {
    let last = u64::MAX - u64::from(CHECKED_BLOCKS);
    // Numbers at the ends of their ranges, and first blocks whose low halves overflow within the job.
    [
        (0, 0, MANY),
        (42, (1 << 32) - 4, MANY),
        (u64::MAX, last, 500),
        (1 << 63, 1 << 53, MANY),
        ((1 << 32) - 1, (1 << 63) - 4, 100),
        (1 << 32, 0xffff_fffe_ffff_fffc, MANY),
        (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210, 1_000),
        (2_026, 99_999_999, MANY),
    ]
    .map(|(seed, first, steps)| (Job::new(Seed(seed), first, CHECKED_BLOCKS, Slice::WHOLE), steps))
}

/// Steps of a slice that has all.
const MANY: u32 = u32::MAX;

/// Compares what a GPU counted in a job of the self-check with what the processor counts.
///
/// # Errors
/// The first block that differs, or is missing.
pub fn check(job: Job, counts: &[u32]) -> Result<(), Miscount> {
    let mut counts = counts.iter().copied();
    for block in job.first..job.first + u64::from(job.blocks) {
        compare(job.seed, block, counts.next().unwrap_or(u32::MAX))?;
    }
    Ok(())
}

fn compare(seed: Seed, block: u64, counted: u32) -> Result<(), Miscount> {
    let (right, counted) = (inside(seed, block), u64::from(counted));
    if counted == right { Ok(()) } else { Err(Miscount { seed, block, counted, right }) }
}

/// By the processor. A block behind the last one has no points.
fn inside(seed: Seed, block: u64) -> u64 {
    let blocks = block.checked_add(1).and_then(|end| BlockRange::new(block, end).ok());
    blocks.map_or(0, |blocks| kernel::tally(seed, blocks).inside)
}

/// A batch that a GPU has counted, one block of it twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Of all of it.
    pub tally: Tally,
    /// The points inside of each of its equal parts ([`BlockRange::part`]).
    pub parts: Vec<u64>,
}

/// A batch whose blocks a GPU counts, chunk by chunk in their order.
#[derive(Clone, Debug)]
pub struct BatchCount {
    seed: Seed,
    blocks: BlockRange,
    /// The block that is counted again.
    checked: u64,
    /// The next block whose count comes.
    next: u64,
    /// The first part whose counts have not all come.
    part: u32,
    parts: Vec<u64>,
    wrong: Option<Miscount>,
}

impl BatchCount {
    /// Of nothing yet; `random`, any number, says which block is counted again.
    pub fn new(seed: Seed, blocks: BlockRange, random: u64) -> Self {
        let parts = blocks.blocks().min(MAX_PARTS as u64);
        let checked = blocks.first() + random % blocks.blocks();
        #[expect(clippy::cast_possible_truncation, reason = "100 at most")]
        let parts = vec![0; parts as usize];
        Self { seed, blocks, checked, next: blocks.first(), part: 0, parts, wrong: None }
    }

    /// Takes the counts of the next blocks.
    pub fn add(&mut self, counts: &[u32]) {
        let mut counts = counts;
        while !counts.is_empty() && self.next < self.blocks.end() {
            let end = self.part_end();
            let here = usize::try_from(end - self.next).unwrap_or(usize::MAX).min(counts.len());
            let (now, later) = counts.split_at(here);
            self.look(now);
            if let Some(part) = self.parts.get_mut(self.part as usize) {
                // Outside of 32 bits, which 43,000 blocks overflow.
                *part += now.iter().copied().map(u64::from).sum::<u64>();
            }
            self.next += now.len() as u64;
            if self.next == end {
                self.part += 1;
            }
            counts = later;
        }
    }

    /// Counts again what is to be counted again; notes what is wrong, or cannot be right.
    fn look(&mut self, counts: &[u32]) {
        let impossible = counts.iter().position(|&inside| u64::from(inside) > BLOCK_POINTS);
        let checked = self.checked.checked_sub(self.next).and_then(|index| usize::try_from(index).ok());
        for index in [checked, impossible].into_iter().flatten() {
            if let (Some(&inside), None) = (counts.get(index), self.wrong) {
                self.wrong = compare(self.seed, self.next + index as u64, inside).err();
            }
        }
    }

    /// One past the last block of the part whose counts come.
    fn part_end(&self) -> u64 {
        let of = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        self.blocks.part(self.part, of).map_or(self.blocks.end(), BlockRange::end)
    }

    /// Whether all counts have come.
    pub fn is_whole(&self) -> bool {
        self.next == self.blocks.end()
    }

    /// What is counted, once it [`is_whole`](Self::is_whole).
    ///
    /// # Errors
    /// The block that was counted wrongly.
    pub fn counted(self) -> Result<Counted, Miscount> {
        let tally = Tally { points: self.blocks.points(), inside: self.parts.iter().sum() };
        self.wrong.map_or(Ok(Counted { tally, parts: self.parts }), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::check_parts;

    fn right_counts(seed: Seed, blocks: BlockRange) -> Vec<u32> {
        (blocks.first()..blocks.end()).map(|block| u32::try_from(inside(seed, block)).unwrap()).collect()
    }

    #[test]
    fn the_self_check_is_64_blocks_of_8_seeds_and_finds_each_wrong_count() {
        let jobs = self_check();
        let mut seeds = jobs.map(|(job, _)| job.seed.0);
        seeds.sort_unstable();
        assert!(seeds.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(jobs.iter().map(|(job, _)| job.blocks).sum::<u32>(), 64);
        for (job, _) in jobs {
            let blocks = BlockRange::new(job.first, job.first + u64::from(job.blocks)).unwrap();
            let counts = right_counts(job.seed, blocks);
            assert_eq!(check(job, &counts), Ok(()));
            for (index, block) in (blocks.first()..blocks.end()).enumerate() {
                let mut wrong = counts.clone();
                wrong[index] += 1;
                let right = u64::from(counts[index]);
                assert_eq!(
                    check(job, &wrong),
                    Err(Miscount { seed: job.seed, block, counted: right + 1, right })
                );
            }
            assert!(check(job, &counts[1..]).is_err() && check(job, &[]).is_err());
        }
    }

    #[test]
    fn a_batch_adds_up_however_it_is_cut() {
        let seed = Seed(5);
        for blocks in [1, 3, 100, 101, 250] {
            let blocks = BlockRange::new(1_000, 1_000 + blocks).unwrap();
            let counts = right_counts(seed, blocks);
            for chunk in [1, 7, 64, 1_000] {
                let mut batch = BatchCount::new(seed, blocks, u64::MAX);
                for counts in counts.chunks(chunk) {
                    assert!(!batch.is_whole());
                    batch.add(counts);
                }
                assert!(batch.is_whole());
                let Counted { tally, parts } = batch.counted().unwrap();
                assert_eq!(tally, kernel::tally(seed, blocks));
                assert_eq!(parts.len() as u64, blocks.blocks().min(100));
                assert_eq!(check_parts(tally, &parts), Ok(()));
                let part = blocks.part(0, u32::try_from(parts.len()).unwrap()).unwrap();
                assert_eq!(parts[0], kernel::tally(seed, part).inside);
            }
        }
    }

    /// 50,000 blocks hold more points inside than 32 bits.
    #[test]
    fn sums_do_not_run_over() {
        let blocks = BlockRange::new(0, 50_000_000).unwrap();
        let mut batch = BatchCount::new(Seed(1), blocks, 0);
        batch.add(&[u32::try_from(inside(Seed(1), 0)).unwrap()]);
        let many = vec![100_000; 499_999];
        batch.add(&many);
        assert!(batch.parts[0] > 49_999_900_000 && !batch.is_whole());
    }

    #[test]
    fn the_block_that_is_counted_again_is_any_and_found_if_wrong() {
        let (seed, blocks) = (Seed(5), BlockRange::new(70, 90).unwrap());
        let counts = right_counts(seed, blocks);
        for random in 0..20 {
            let mut wrong = counts.clone();
            let index = usize::try_from(random).unwrap();
            wrong[index] -= 1;
            let mut batch = BatchCount::new(seed, blocks, random + 40);
            wrong.chunks(6).for_each(|counts| batch.add(counts));
            let right = u64::from(counts[index]);
            let miscount = Miscount { seed, block: 70 + random, counted: right - 1, right };
            assert_eq!(batch.counted(), Err(miscount));
            // The count of any other block is not checked, unless it is impossible.
            let mut other = BatchCount::new(seed, blocks, random + 1);
            other.add(&wrong);
            assert!(other.counted().is_ok());
            wrong[index] = 100_001;
            let mut other = BatchCount::new(seed, blocks, random + 1);
            other.add(&wrong);
            assert_eq!(other.counted().unwrap_err().counted, 100_001);
        }
    }

    #[test]
    fn more_counts_than_blocks_are_not_taken() {
        let blocks = BlockRange::new(0, 2).unwrap();
        let mut batch = BatchCount::new(Seed(5), blocks, 0);
        let mut counts = right_counts(Seed(5), BlockRange::new(0, 3).unwrap());
        counts.push(1);
        batch.add(&counts);
        assert_eq!(batch.counted().unwrap().tally, kernel::tally(Seed(5), blocks));
    }
}
