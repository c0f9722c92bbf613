//! What was seen of a run, and the figures that follow from it.

use super::{LATE_US, Place};
use crate::benchmark::statistics::Spread;

/// The most frames of which the page's usual time between two is taken.
const USUAL_FRAMES: usize = 100;

/// A tick of the worker. All times are in µs since Run was pressed.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) number: u32,
    /// When the worker said it.
    pub(super) said_us: u64,
    /// When its message came.
    pub(super) heard_us: u64,
    /// The first frame after that.
    pub(super) framed_us: Option<u64>,
    /// The first poll after that.
    pub(super) polled_us: Option<u64>,
}

/// What was seen of a run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) place: Place,
    pub(super) work_us: u64,
    /// When the label was set, and the page began to watch itself.
    pub(super) set_us: u64,
    pub(super) frames_us: Vec<u64>,
    /// When the browser had an input, and when the page heard of it.
    pub(super) inputs_us: Vec<(u64, u64)>,
    pub(super) was_hidden: bool,
    /// How long the worker took to start.
    pub(super) started_us: u64,
    /// From when to when the work was done, once it is known.
    pub(super) worked_us: Option<(u64, u64)>,
    pub(super) pieces: u32,
    /// What the browser said as the worker touched the page.
    pub(super) touched: Option<String>,
    pub(super) ticks: Vec<Tick>,
    pub(super) looked_us: u64,
}

impl Run {
    /// One of which nothing was seen yet.
    pub(super) fn new(place: Place, work_us: u64) -> Self {
        Self {
            place,
            work_us,
            set_us: 0,
            frames_us: Vec::new(),
            inputs_us: Vec::new(),
            was_hidden: false,
            started_us: 0,
            worked_us: None,
            pieces: 1,
            touched: None,
            ticks: Vec::new(),
            looked_us: 0,
        }
    }

    /// When the label was painted: with the first frame after it was set.
    pub(super) fn painted_us(&self) -> Option<u64> {
        self.frames_us.iter().copied().find(|&at_us| at_us >= self.set_us)
    }

    /// All times between two frames, the first since the label was set: from when to when.
    pub(super) fn gaps(&self) -> Vec<(u64, u64)> {
        let mut before = self.set_us;
        let gap = |&after: &u64| (std::mem::replace(&mut before, after), after);
        self.frames_us.iter().map(gap).collect()
    }

    /// The lengths of those during which the work was done.
    pub(super) fn gaps_at_work(&self) -> Vec<u64> {
        let (from_us, to_us) = self.worked_us.unwrap_or_default();
        let mut gaps = Vec::new();
        for (before, after) in self.gaps() {
            if after > from_us && before < to_us {
                gaps.push(after.saturating_sub(before));
            }
        }
        gaps
    }

    pub(super) fn longest_gap_us(&self) -> Option<u64> {
        self.gaps_at_work().into_iter().max()
    }

    /// How many frames were missed during the work; the frames after it show how many there should be.
    pub(super) fn missed_frames(&self) -> Option<u64> {
        let (_, to_us) = self.worked_us?;
        let after = self.gaps().into_iter().filter(|&(before, _)| before >= to_us).take(USUAL_FRAMES);
        let after: Vec<f64> = after.map(|(before, after)| after.saturating_sub(before) as f64).collect();
        let usual = Spread::of(&after)?.median;
        // The cast saturates.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let missed = |gap_us: u64| ((gap_us as f64 / usual).round() as u64).saturating_sub(1);
        (usual > 0.0).then(|| self.gaps_at_work().into_iter().map(missed).sum())
    }

    /// How late the inputs were heard that came during the work.
    pub(super) fn delays_us(&self) -> Vec<u64> {
        let (from_us, to_us) = self.worked_us.unwrap_or_default();
        let mut delays = Vec::new();
        for &(stamped, heard) in &self.inputs_us {
            if heard >= from_us && stamped <= to_us {
                delays.push(heard.saturating_sub(stamped));
            }
        }
        delays
    }

    pub(super) fn late_inputs(&self) -> usize {
        self.delays_us().into_iter().filter(|&us| us >= LATE_US).count()
    }

    /// How late the ticks came by polling, by message and by frame, in ms.
    pub(super) fn latencies_ms(&self) -> [Vec<f64>; 3] {
        let ways: [fn(&Tick) -> Option<u64>; 3] =
            [|tick| tick.polled_us, |tick| Some(tick.heard_us), |tick| tick.framed_us];
        ways.map(|when| {
            let late = |tick: &Tick| Some(when(tick)?.saturating_sub(tick.said_us) as f64 / 1e3);
            self.ticks.iter().filter_map(late).collect()
        })
    }

    pub(super) fn medians_ms(&self) -> [Option<f64>; 3] {
        self.latencies_ms().map(|ms| Spread::of(&ms).map(|spread| spread.median))
    }

    /// Whether all ticks have come, each in its turn, and were taken in all ways.
    pub(super) fn has_all(&self, ticks: u32) -> bool {
        let are_taken = self.ticks.iter().all(|tick| tick.framed_us.is_some() && tick.polled_us.is_some());
        are_taken && self.ticks.len() >= ticks as usize
    }

    pub(super) fn is_in_order(&self) -> bool {
        (1..).zip(&self.ticks).all(|(number, tick)| tick.number == number)
    }
}
