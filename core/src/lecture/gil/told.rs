//! What the page tells of what was timed.

use dartboard_threads::task::Done;

use super::{ADDITIONS, GilRuns, SHOWN_US, TIMED, Way, worked, worked_from, worked_us};
use crate::lecture::shown::{Bar, Bars, Lane, Lanes, Look, Stretch, Table};
use crate::text::{Fixed, Grouped};

impl GilRuns {
    pub(super) fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        let threads = self.threads;
        match (self.scales(), self.speedup(Way::Gil), self.speedup(Way::Free)) {
            (Some(false), ..) => findings.push(format!(
                "This computer is busy: even {threads} workers that share nothing are not faster. Close other programs and \
                 run again. These figures say nothing about the GIL."
            )),
            (Some(true), Some(gil), Some(free)) => findings.push(format!(
                "With a GIL, {threads} threads were {} times as fast as one loop; without it, {} times.",
                Fixed(gil, 1),
                Fixed(free, 1)
            )),
            (None, Some(gil), _) => findings.push(format!(
                "{threads} threads that also wait were {} times as fast as one loop, with a GIL: while one waits, another \
                 runs.",
                Fixed(gil, 1)
            )),
            _ => {}
        }
        findings.push(format!(
            "The GIL changed hands {} times in the last round.",
            Grouped(self.switches.into())
        ));
        if let (Some(alone), Some(true)) = (self.speedup(Way::AloneWithGil), self.scales())
            && alone > 0.0
        {
            findings.push(match 100.0 * (1.0 / alone - 1.0) {
                more if more >= 0.5 => {
                    format!("One thread alone took {} % longer with the GIL than without.", Fixed(more, 0))
                }
                _ => "One thread alone took no longer with the GIL than without.".to_owned(),
            });
        }
        if let [Some(any), Some(loops), Some(free)] = self.counted {
            let all = u64::from(self.threads) * u64::from(ADDITIONS);
            let lost = |got: u32| match all.saturating_sub(got.into()) {
                0 => "lost nothing".to_owned(),
                lost => format!("lost {}", Grouped(lost)),
            };
            findings.push(format!(
                "A shared counter of {} additions: Python 3.9 (may switch after any step) {}, 3.10 to 3.13 (switches only \
                 when a loop goes round) {}, Python without GIL {}.",
                Grouped(all),
                lost(any),
                lost(loops),
                lost(free)
            ));
        }
        findings
    }

    pub(super) fn bars(&self, guesses: &[f64]) -> Bars {
        let threads = self.threads;
        let bar = |way, name: String, is_reference| {
            let spread = self.spread(way)?;
            let range = spread.interval.unwrap_or((spread.median - spread.mad, spread.median + spread.mad));
            let started_ms = if way == Way::Processes { self.started_us as f64 / 1e3 } else { 0.0 };
            let speedup = self.spread(Way::Loop)?.median / (spread.median + started_ms).max(1e-9);
            Some(Bar {
                name,
                before_ms: started_ms,
                ms: spread.median,
                range_ms: (started_ms + range.0, started_ms + range.1),
                text: format!("{} ms  {} ×", Fixed(spread.median + started_ms, 0), Fixed(speedup, 1)),
                is_reference,
            })
        };
        let bars = [
            bar(Way::Loop, "One loop".to_owned(), false),
            bar(Way::PairWithGil, "2 threads, GIL".to_owned(), false),
            bar(Way::Gil, format!("{threads} threads, GIL"), false),
            bar(Way::PairFree, "2 threads, no GIL".to_owned(), false),
            bar(Way::Free, format!("{threads} threads, no GIL"), false),
            bar(Way::Processes, format!("{threads} processes"), false),
            bar(Way::Control, "Control".to_owned(), true),
        ];
        let one_ms = self.spread(Way::Loop).map_or(0.0, |spread| spread.median);
        Bars {
            title: "Time for the same work".to_owned(),
            note: "shorter is better".to_owned(),
            bars: bars.into_iter().flatten().collect(),
            guesses_ms: guesses.iter().filter(|&&guess| guess > 0.0).map(|guess| one_ms / guess).collect(),
            legend: self.control_in_words(),
        }
    }

    fn control_in_words(&self) -> String {
        let threads = self.threads;
        match self.scales() {
            Some(true) => {
                format!(
                    "Control: {threads} workers that share nothing. They are faster, so the cores are free."
                )
            }
            Some(false) => format!("Control: {threads} workers that share nothing are not faster now."),
            None => "Each pause is 5 ms, and the thread releases the GIL meanwhile.".to_owned(),
        }
    }

    pub(super) fn table(&self) -> Table {
        let name = |way| match way {
            Way::Loop => "one loop",
            Way::Gil | Way::PairWithGil => "threads with a GIL",
            Way::Free | Way::PairFree => "threads without a GIL",
            Way::Processes => "processes, once started",
            Way::Control => "control",
            Way::AloneWithGil => "one thread with a GIL",
            Way::WarmUp | Way::Counter(_) => "",
        };
        let mut rows = Vec::new();
        for (way, times) in TIMED.into_iter().zip(&self.ms) {
            for (round, ms) in (1..).zip(times) {
                rows.push(vec![
                    name(way).to_owned(),
                    self.threads_of(way).to_string(),
                    round.to_string(),
                    Fixed(*ms, 2).to_string(),
                ]);
            }
        }
        Table { head: vec!["way", "threads", "round", "time (ms)"], rows }
    }

    /// The first of the last round with a GIL, and of that without.
    pub(super) fn lanes(&self) -> Lanes {
        let begun = |done: &[Done]| done.iter().filter_map(worked_from).min().unwrap_or(0);
        let rows = ["GIL", "no GIL"].into_iter().zip(&self.traces).flat_map(|(name, done)| {
            let from = begun(done);
            (1..).zip(done).map(move |(thread, done)| Lane {
                name: format!("{name} {thread}"),
                stretches: Stretch::joined(
                    Stretch::of(worked(&done.trace), from).map(|stretch| stretch.within(from, SHOWN_US)),
                ),
            })
        });
        let longest = self.traces.iter().map(|done| worked_us(done)).max().unwrap_or(0);
        let span_us = longest.clamp(1, SHOWN_US);
        let mut legend = vec![(Look::Working, "running"), (Look::Blocked, "waiting for the GIL")];
        if self.waits {
            legend.push((Look::Waiting, "waiting for something else"));
        }
        Lanes {
            title: format!("The first {} ms", Fixed(span_us as f64 / 1e3, 0)),
            note: format!("the GIL changed hands {} times in all", Grouped(self.switches.into())),
            rows: rows.collect(),
            span_us,
            legend,
            curve: None,
        }
    }
}
