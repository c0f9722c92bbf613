//! The lecture's work for a process: the sum of the first numbers.

use std::hint::black_box;
use std::ops::Range;

use crate::memory::Memory;
use crate::recorder::{Clock, Recorder};
use crate::watch::Watch;

/// How many numbers are added before JavaScript is called.
const PIECE: u32 = 1 << 20;

/// 0 + 1 + … + (`numbers` − 1), added number by number. It fits: the greatest one is below 2⁶³.
pub(crate) fn sum<M: Memory, C: Clock>(numbers: u32, recorder: &mut Recorder<M, C>) -> u64 {
    let (mut sum, mut from) = (0, 0);
    while from < numbers {
        let to = numbers.min(from.saturating_add(PIECE));
        sum = add_up(from..to, sum);
        from = to;
        // WebKit never ends a wasm loop that does not call JavaScript; this one does.
        recorder.now_us();
    }
    sum
}

// A compiler knows the formula for such a sum and would replace the loop. Adding is the work here, so each number is
// hidden from the compiler.
#[inline(never)]
fn add_up(numbers: Range<u32>, mut sum: u64) -> u64 {
    for number in numbers {
        sum += u64::from(black_box(number));
    }
    sum
}
