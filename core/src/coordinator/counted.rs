//! Batches whose results counted, and a sample of all of them.

use std::rc::Rc;

use dartboard_points::tally::{BlockRange, Tally};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::{LeaseId, SlotIndex, WorkerId};

/// A batch whose result counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Its lease.
    pub lease: LeaseId,
    /// The slot of the worker that counted it.
    pub slot: SlotIndex,
    /// That worker.
    pub worker: WorkerId,
    /// The batch.
    pub blocks: BlockRange,
    /// The result.
    pub tally: Tally,
    /// The points inside of each of so many equal parts of the batch, where its worker told them.
    pub parts: Rc<[u64]>,
}

impl Counted {
    /// Its part `index`, as a batch without parts; none where it has no such part.
    #[must_use]
    pub fn part(&self, index: usize) -> Option<Self> {
        let inside = *self.parts.get(index)?;
        let (index, of) = (u32::try_from(index).ok()?, u32::try_from(self.parts.len()).ok()?);
        let blocks = self.blocks.part(index, of)?;
        Some(Self { blocks, tally: Tally { points: blocks.points(), inside }, parts: Rc::default(), ..*self })
    }
}

/// How many batches a [`BatchSample`] keeps.
pub const SAMPLE_CAPACITY: usize = 256;

/// A uniform sample, without replacement, of the batches that counted: all of them up to [`SAMPLE_CAPACITY`].
///
/// Every lease has a pseudo-random rank of its own; those of the lowest ranks are kept (a bottom-k sample: E. Cohen
/// and H. Kaplan, “Summarizing data using bottom-k sketches”, PODC 2007). So nothing random is needed, and two
/// coordinators with the same leases keep the same ones. Clones share what is kept until one of them changes.
#[derive(Clone, Debug, Default)]
pub struct BatchSample {
    kept: Rc<Vec<Counted>>,
    /// How many batches it was taken from.
    seen: u64,
    /// Where the kept one of the highest rank is, once it is full.
    highest: usize,
}

impl PartialEq for BatchSample {
    /// Whether both are clones with the same batches; cheap, and never true for others.
    fn eq(&self, other: &Self) -> bool {
        self.seen == other.seen && Rc::ptr_eq(&self.kept, &other.kept)
    }
}

impl BatchSample {
    /// The batches kept, in no particular order.
    pub fn kept(&self) -> &[Counted] {
        &self.kept
    }

    /// How many batches the sample was taken from.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Takes note of one more batch, with its `parts` if it is kept; its lease was never seen before.
    pub(crate) fn offer(&mut self, mut counted: Counted, parts: &[u64]) {
        self.seen += 1;
        let is_full = self.kept.len() >= SAMPLE_CAPACITY;
        if is_full && rank(&counted) > rank(&self.kept[self.highest]) {
            return;
        }
        counted.parts = parts.into();
        let kept = Rc::make_mut(&mut self.kept);
        if is_full {
            kept[self.highest] = counted;
        } else {
            kept.push(counted);
        }
        self.highest = (0..self.kept.len()).max_by_key(|&index| rank(&self.kept[index])).unwrap_or(0);
    }
}

/// Mixes the lease's number well: the first output of a generator seeded with it. No two have the same rank.
fn rank(counted: &Counted) -> u64 {
    SplitMix64::seed_from_u64(counted.lease.0).next_u64()
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    fn counted(lease: u64) -> Counted {
        Counted {
            lease: LeaseId(lease),
            slot: SlotIndex(0),
            worker: WorkerId(3),
            blocks: BlockRange::new(lease, lease + 1).unwrap(),
            tally: Tally { points: 100_000, inside: 78_540 },
            parts: Rc::default(),
        }
    }

    fn sample(leases: u64) -> BatchSample {
        sample_of(0..leases)
    }

    fn sample_of(leases: Range<u64>) -> BatchSample {
        let mut sample = BatchSample::default();
        for lease in leases {
            sample.offer(counted(lease), &[]);
        }
        sample
    }

    #[test]
    fn a_short_run_is_kept_whole() {
        for leases in [0, 1, 255, 256] {
            let sample = sample(leases);
            assert_eq!(
                sample.kept().iter().map(|kept| kept.lease.0).collect::<Vec<_>>(),
                Vec::from_iter(0..leases)
            );
            assert_eq!(sample.seen(), leases);
        }
    }

    #[test]
    fn the_lowest_ranks_of_a_longer_run_are_kept() {
        // Whichever comes first, and also right after the sample is full.
        let beginnings = (0..100).flat_map(|first| [first..first + 257, first..first + 300]);
        for leases in beginnings.chain(std::iter::once(0..20_000)) {
            let sample = sample_of(leases.clone());
            assert_eq!(sample.seen(), leases.end - leases.start);
            let mut all: Vec<Counted> = leases.map(counted).collect();
            all.sort_by_key(rank);
            let mut kept = sample.kept().to_vec();
            kept.sort_by_key(rank);
            assert_eq!(kept, all[..SAMPLE_CAPACITY]);
        }
    }

    #[test]
    fn ranks_are_those_of_the_published_generator() {
        // The first outputs of SplitMix64 seeded with 0: its states are multiples of this number.
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let ranks = [0, 1, 2]
            .map(|index: u64| rank(&Counted { lease: LeaseId(index.wrapping_mul(STEP)), ..counted(0) }));
        assert_eq!(ranks, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
    }

    #[test]
    fn early_and_late_batches_are_as_likely_to_be_kept() {
        // χ² of the numbers kept of each tenth of 100,000 leases: 9 degrees of freedom, 99.9 % below 27.9.
        let mut tenths = [0_u32; 10];
        for kept in sample(100_000).kept() {
            tenths[usize::try_from(kept.lease.0 / 10_000).unwrap()] += 1;
        }
        let expected = SAMPLE_CAPACITY as f64 / 10.0;
        let chi_squared: f64 =
            tenths.iter().map(|&kept| (f64::from(kept) - expected).powi(2) / expected).sum();
        assert!(chi_squared < 27.9, "{chi_squared}: {tenths:?}");
    }

    // Fails with: counts of parts that are held against another part, or kept for batches that nobody recounts.
    #[test]
    fn a_part_of_a_kept_batch_is_a_batch_with_the_count_told_of_it() {
        let blocks = BlockRange::new(10, 20).unwrap();
        let whole = Counted { blocks, tally: Tally { points: 1_000_000, inside: 6 }, ..counted(3) };
        let mut sample = BatchSample::default();
        sample.offer(whole.clone(), &[1, 2, 3]);
        let kept = &sample.kept()[0];
        let part = |first, end, inside| {
            let blocks = BlockRange::new(first, end).unwrap();
            Some(Counted { blocks, tally: Tally { points: blocks.points(), inside }, ..whole.clone() })
        };
        let parts = [part(10, 13, 1), part(13, 16, 2), part(16, 20, 3), None];
        assert_eq!([0, 1, 2, 3].map(|index| kept.part(index)), parts);
        assert_eq!(whole.part(0), None);
    }

    #[test]
    fn clones_are_equal_until_one_sees_more() {
        let mut sample = sample(1_000);
        let clone = sample.clone();
        assert_eq!(sample, clone);
        sample.offer(counted(1_000), &[]);
        assert_ne!(sample, clone);
        // Also if nothing of what it has seen since is kept.
        let clone = sample.clone();
        let not_kept =
            (1_001..2_000).map(counted).find(|other| rank(other) > rank(&sample.kept()[sample.highest]));
        sample.offer(not_kept.expect("one of a higher rank"), &[]);
        assert_eq!(sample.kept(), clone.kept());
        assert_ne!(sample, clone);
        assert_ne!(self::sample(5), self::sample(5), "made apart");
    }
}
