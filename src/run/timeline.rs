//! What a worker's slot did recently, as a strip of stacked bars.

use std::fmt::Write;

use yew::prelude::*;

use crate::ui::view_svg;
use dartboard_core::chart::SvgElement;
use dartboard_core::coordinator::SlotIndex;
use dartboard_core::coordinator::timeline::{CELL_US, CELLS, Cell};

/// The names of the parts of a cell, bottom to top; also of their classes.
const PARTS: [&str; 4] = ["computing", "starting", "waiting", "dead"];

/// The parts of `cell` as [`PARTS`] names them, in microseconds.
fn parts_us(cell: &Cell) -> [u32; 4] {
    [cell.computing_us, cell.starting_us, cell.waiting_us, cell.dead_us]
}

/// What the slot of this worker did of late, by its cells that are over, oldest first.
pub(super) fn view_timeline(cells: &[Cell], worker: SlotIndex) -> Html {
    let mut totals_us = [0_u64; 4];
    for cell in cells {
        for (total_us, part_us) in totals_us.iter_mut().zip(parts_us(cell)) {
            *total_us += u64::from(part_us);
        }
    }
    let all_us = totals_us.iter().sum::<u64>().max(1);
    let shares = PARTS
        .iter()
        .zip(totals_us)
        .map(|(part, us)| format!("{part} {} %", (us * 100 + all_us / 2) / all_us));
    let name = format!(
        "worker {}, last {} s: {}",
        worker,
        CELL_US * CELLS as u64 / 1_000_000,
        shares.collect::<Vec<_>>().join(", "),
    );
    html! {
        <svg class="timeline" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={name}>
            { for (0..PARTS.len()).map(|index| view_svg(SvgElement::path(PARTS[index], bars(cells, index)))) }
        </svg>
    }
}

/// What the parts look like: each by more than a colour. The hatches are painted from here wherever they are used.
pub(super) fn view_looks() -> Html {
    html! {
        <p class="legend looks">
            <svg width="0" height="0" aria-hidden="true">
                <pattern id="hatch" width="4" height="20" patternUnits="userSpaceOnUse">
                    <rect width="4" height="20" /><path d="M-1 25L5 -5M-3 15L1 -5M3 25L7 5" />
                </pattern>
                <pattern id="crosses" width="6" height="33" patternUnits="userSpaceOnUse">
                    <rect width="6" height="33" /><path d="M1 8L5 26M5 8L1 26" />
                </pattern>
            </svg>
            { for PARTS.map(|part| html! {
                <span><svg class="timeline" viewBox="0 0 14 60" preserveAspectRatio="none" aria-hidden="true">
                    { view_svg(SvgElement::path(part, "M0 0h14v60h-14z".to_owned())) }
                </svg>{ part }</span>
            }) }
        </p>
    }
}

/// The bars of one part of all cells as a path in a square of 100 by 100; equal neighbours are one bar.
fn bars(cells: &[Cell], index: usize) -> String {
    let height = |cell: &Cell, parts: usize| {
        let us: u64 = parts_us(cell)[..parts].iter().map(|&us| u64::from(us)).sum();
        (us * 100).div_ceil(CELL_US)
    };
    let mut path = String::new();
    let first = CELLS.saturating_sub(cells.len());
    let mut begun = 0;
    while begun < cells.len() {
        let bar = |cell: &Cell| (height(cell, index), height(cell, index + 1));
        let (bottom, top) = bar(&cells[begun]);
        let alike = cells[begun..].iter().take_while(|cell| bar(cell) == (bottom, top)).count();
        if top > bottom {
            // Writing to a string cannot fail.
            let _ = write!(
                path,
                "M{} {}h{alike}V{}h-{alike}z",
                first + begun,
                100 - bottom.min(100),
                100 - top.min(100)
            );
        }
        begun += alike;
    }
    path
}
