//! The tally straight from the definition.

use super::{Point, points};
use crate::tally::{BlockRange, Seed, Tally};

/// Counts the points of `blocks` one by one.
pub fn tally(seed: Seed, blocks: BlockRange) -> Tally {
    let inside = |block| points(seed, block).filter(|&point: &Point| point.is_inside()).count() as u64;
    Tally { points: blocks.points(), inside: (blocks.first()..blocks.end()).map(inside).sum() }
}
