//! Batches on whatever adapter is here.

use std::time::Duration;

use dartboard_points::gpu::{ENTRY_POINT, SHADER};
use dartboard_points::kernel::tree;

use super::*;
use crate::gpu::adapter::tests::or_left_out;

fn counted(batches: &mut Batches) -> Result<Vec<Done>, End> {
    let mut done = Vec::new();
    while !batches.is_empty() {
        done.extend(batches.advance()?);
    }
    Ok(done)
}

/// Fails with: a chunk that is counted for another batch, twice, or in another order.
#[test]
fn batches_come_in_their_order_with_their_tallies() {
    let Some(gpu) = or_left_out(Gpu::open(true)) else { return };
    let mut batches = Batches::with(gpu).expect("it counts right");
    let lengths = [1, 5_000, 64, 3_001, 1, 1, 2_000];
    let ranges: Vec<_> = lengths
        .into_iter()
        .scan((1 << 32) - 6_000, |first, blocks| {
            *first += blocks;
            BlockRange::new(*first - blocks, *first).ok()
        })
        .collect();
    for (lease, &blocks) in (10..).zip(&ranges) {
        batches.give(lease, Seed(lease), blocks);
    }
    let done = counted(&mut batches).expect("counted");
    assert_eq!(done.iter().map(|done| done.lease).collect::<Vec<_>>(), (10..17).collect::<Vec<_>>());
    for (done, &blocks) in done.iter().zip(&ranges) {
        assert_eq!(done.counted.tally, tree::tally(Seed(done.lease), blocks));
        assert_eq!(done.counted.parts.len() as u64, blocks.blocks().min(100));
        assert!(done.took > Duration::ZERO);
    }
    assert!(batches.flights.is_empty() && batches.advance() == Ok(None));
}

/// A GPU that counts wrongly: its program has a planted defect.
pub(crate) fn with_defect(of: &str, defect: &str) -> Option<Gpu> {
    let source = SHADER.replace(of, defect);
    assert_ne!(source, SHADER);
    or_left_out(Gpu::with(true, &source, ENTRY_POINT, &[]))
}

#[test]
fn a_gpu_that_counts_wrongly_counts_nothing() {
    let Some(gpu) = with_defect("b.hi >> vec4(11u)", "b.hi >> vec4(12u)") else { return };
    let name = gpu.name().to_owned();
    match Batches::with(gpu) {
        Err(
            error @ End::Miscount {
                miscount: Miscount { seed: Seed(0), block: 0, right: 78_550, .. }, ..
            },
        ) => {
            let text = error.to_string();
            assert!(text.contains(&name) && text.contains("leave --gpu out"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

/// One that is right until the check, and wrong in each block from some number on.
#[test]
fn a_gpu_that_begins_to_count_wrongly_is_found_at_its_next_batch() {
    let last = "inside[index] = counted.x";
    let Some(gpu) = with_defect(last, "inside[index] = select(0u, 1u, block.y == 77u) + counted.x") else {
        return;
    };
    let mut batches = Batches::with(gpu).expect("the self-check is right");
    let blocks = |first| BlockRange::new(first, first + 300).expect("300 blocks");
    batches.give(1, Seed(3), blocks((77 << 32) - 300));
    assert!(counted(&mut batches).is_ok());
    batches.give(2, Seed(3), blocks(77 << 32));
    match counted(&mut batches) {
        Err(End::Miscount { miscount, .. }) => {
            assert!((77 << 32..(77 << 32) + 300).contains(&miscount.block));
            assert!(miscount.counted > miscount.right);
        }
        other => panic!("{other:?}"),
    }
}
