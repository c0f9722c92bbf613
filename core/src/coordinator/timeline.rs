//! What a slot's worker did in the last ten seconds, in cells of a tenth of a second.
//!
//! Cells instead of single batches keep it bounded however small the batches are, and batches that are too small
//! show as waiting.

use std::time::Duration;

use crate::text::whole_us;
use crate::time::Instant;

/// The length of one cell.
pub const CELL: Duration = Duration::from_millis(100);
/// How many cells are kept.
pub const CELLS: usize = 100;

/// [`CELL`] in microseconds.
pub const CELL_US: u64 = 100_000;

/// What a slot may be doing; a slot may also hold nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Its worker loads its program.
    Starting,
    /// Its worker counts.
    Computing,
    /// Its worker waits for a batch, or its results for the page.
    Waiting,
    /// Its worker is dead and not yet replaced.
    Dead,
}

/// How long a slot did each thing within one [`CELL`], in microseconds. For the rest of the cell it held nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Loading the worker's program.
    pub starting_us: u32,
    /// Counting.
    pub computing_us: u32,
    /// Waiting for a batch or for the page.
    pub waiting_us: u32,
    /// Without a living worker.
    pub dead_us: u32,
}

impl Cell {
    fn add(&mut self, activity: Activity, us: u32) {
        *match activity {
            Activity::Starting => &mut self.starting_us,
            Activity::Computing => &mut self.computing_us,
            Activity::Waiting => &mut self.waiting_us,
            Activity::Dead => &mut self.dead_us,
        } += us;
    }
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    /// (number of the cell since the origin, cell), each at its number modulo [`CELLS`].
    cells: Box<[(u64, Cell); CELLS]>,
    /// Up to when `cells` is complete.
    until: Instant,
    /// What goes on since then.
    activity: Option<Activity>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { cells: Box::new([(u64::MAX, Cell::default()); CELLS]), until: Instant::ORIGIN, activity: None }
    }
}

impl Timeline {
    /// From now on it does something else.
    pub(crate) fn switch(&mut self, now: Instant, activity: Option<Activity>) {
        if self.activity != activity {
            self.fill(now);
            self.activity = activity;
        }
    }

    /// A result came now, after `computing` of counting; the rest of its time was waiting.
    pub(crate) fn result(&mut self, now: Instant, computing: Duration) {
        let began = (now - computing).max(self.until);
        self.activity = Some(Activity::Waiting);
        self.fill(began);
        self.activity = Some(Activity::Computing);
        self.fill(now);
    }

    /// Nothing is known of the time from `lost` to now.
    pub(crate) fn skip(&mut self, lost: Instant, now: Instant) {
        self.fill(lost);
        self.until = self.until.max(now);
    }

    /// The last [`CELLS`] cells, the one of now last.
    pub(crate) fn cells(&self, now: Instant) -> Vec<Cell> {
        let mut timeline = self.clone();
        timeline.fill(now);
        let last = whole_us(timeline.until.since_origin()) / CELL_US;
        let first = (last + 1).saturating_sub(CELLS as u64);
        (first..=last).map(|number| timeline.at(number).copied().unwrap_or_default()).collect()
    }

    fn at(&self, number: u64) -> Option<&Cell> {
        let (kept, cell) = &self.cells[Self::place(number)];
        (*kept == number).then_some(cell)
    }

    fn place(number: u64) -> usize {
        usize::try_from(number % CELLS as u64).unwrap_or(0)
    }

    /// Completes the cells up to `now`.
    fn fill(&mut self, now: Instant) {
        let (mut from, to) = (whole_us(self.until.since_origin()), whole_us(now.since_origin()));
        self.until = self.until.max(now);
        let Some(activity) = self.activity else { return };
        from = from.max(to.saturating_sub(CELLS as u64 * CELL_US));
        while from < to {
            let number = from / CELL_US;
            let end = to.min((number + 1) * CELL_US);
            let (kept, cell) = &mut self.cells[Self::place(number)];
            if *kept != number {
                (*kept, *cell) = (number, Cell::default());
            }
            cell.add(activity, u32::try_from(end - from).unwrap_or(u32::MAX));
            from = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Instant {
        Instant::after_origin(Duration::from_millis(milliseconds))
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn each_microsecond_is_told_once() {
        let mut timeline = Timeline::default();
        timeline.switch(at(50), Some(Activity::Starting));
        timeline.switch(at(150), Some(Activity::Waiting));
        timeline.switch(at(180), Some(Activity::Computing));
        timeline.switch(at(190), Some(Activity::Dead));
        timeline.switch(at(195), None);
        let expected = [
            Cell { starting_us: 50_000, ..Cell::default() },
            Cell { starting_us: 50_000, waiting_us: 30_000, computing_us: 10_000, dead_us: 5_000 },
            Cell::default(),
        ];
        assert_eq!(timeline.cells(at(200)), expected);
    }

    #[test]
    fn time_before_the_counting_of_a_result_was_waiting() {
        let mut timeline = Timeline::default();
        timeline.switch(at(0), Some(Activity::Waiting));
        timeline.result(at(40), ms(10));
        timeline.switch(at(40), Some(Activity::Waiting));
        // The worker's clock says more than can be.
        timeline.result(at(60), ms(500));
        let cell = Cell { waiting_us: 30_000, computing_us: 30_000, ..Cell::default() };
        assert_eq!(timeline.cells(at(60)), [cell]);
    }

    #[test]
    fn ten_seconds_are_kept_and_lost_time_is_blank() {
        let mut timeline = Timeline::default();
        timeline.switch(at(0), Some(Activity::Computing));
        let full = Cell { computing_us: 100_000, ..Cell::default() };
        let cells = timeline.cells(at(1_000_050));
        assert_eq!(cells.len(), CELLS);
        assert_eq!(cells[CELLS - 2], full);
        assert_eq!(cells[CELLS - 1].computing_us, 50_000);
        timeline.skip(at(1_000_000), at(1_000_300));
        timeline.switch(at(1_000_400), None);
        let cells = timeline.cells(at(1_000_450));
        assert_eq!(
            cells[CELLS - 6..],
            [full, Cell::default(), Cell::default(), Cell::default(), full, Cell::default()]
        );
        assert_eq!(timeline.cells(at(2_000_000)), [Cell::default(); CELLS]);
    }
}
