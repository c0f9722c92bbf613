//! What the page tells of a run.

use super::watched::Run;
use super::{COMPUTING, LATE_US, PIECE_US, Place, WHERE};
use crate::lecture::shown::{Lane, Lanes, Look, Stretch, Strip, StripRow};
use crate::text::{Fixed, counted};

impl Run {
    /// What the label says.
    pub(super) fn label(&self) -> String {
        match self.ticks.iter().rev().find(|tick| tick.polled_us.is_some()) {
            Some(tick) => format!("Count: {}", tick.number),
            None if self.worked_us.is_some() || self.touched.is_some() => "Done!".to_owned(),
            None => COMPUTING.to_owned(),
        }
    }

    pub(super) fn lanes(&self) -> Lanes {
        let stretch = |from_us, to_us, look| Stretch { from_us, to_us, look };
        let row = |name: &str, stretches: Vec<Stretch>| Lane {
            name: name.to_owned(),
            stretches: Stretch::joined(stretches.into_iter()),
        };
        let painted_us = self.painted_us().unwrap_or(self.looked_us);
        let drawn = |(before, after): (u64, u64)| {
            let look = if after.saturating_sub(before) >= LATE_US { Look::Blocked } else { Look::Working };
            stretch(before, after, look)
        };
        let work = self.worked_us.map(|(from_us, to_us)| stretch(from_us, to_us, Look::Working));
        let is_by_worker = self.place == Place::Worker;
        let mut worker = vec![stretch(0, self.started_us, Look::Starting)];
        worker.extend(work.filter(|_| is_by_worker));
        for (index, tick) in self.ticks.iter().enumerate() {
            let end_us = self.ticks.get(index + 1).map_or(tick.said_us, |next| next.said_us);
            worker.push(stretch(tick.said_us, tick.said_us + 1_000, Look::Working));
            worker.push(stretch(tick.said_us + 1_000, end_us, Look::Waiting));
        }
        Lanes {
            title: "The last run".to_owned(),
            note: String::new(),
            rows: vec![
                row("label", vec![stretch(self.set_us, painted_us, Look::Blocked)]),
                row("frames", self.gaps().into_iter().map(drawn).collect()),
                row("page", work.filter(|_| !is_by_worker).into_iter().collect()),
                row("worker", worker),
            ],
            span_us: self.looked_us.max(1),
            legend: vec![
                (Look::Working, "works, or draws frames"),
                (Look::Blocked, "set but not painted, or no frame"),
                (Look::Waiting, "asleep between ticks"),
                (Look::Starting, "starting"),
            ],
            curve: None,
        }
    }

    pub(super) fn strip(&self, poll_ms: u64) -> Strip {
        let rows = ["by polling", "by message", "by frame"].into_iter().zip(self.latencies_ms());
        let rows: Vec<StripRow> = rows.map(|(name, values)| StripRow { name, values }).collect();
        let all = rows.iter().flat_map(|row| &row.values).copied();
        Strip {
            note: "how late the page gets each (ms)".to_owned(),
            what: "tick",
            axis: (0.0, all.fold(poll_ms as f64, f64::max)),
            rows,
            names: Vec::new(),
            guesses: Vec::new(),
        }
    }

    pub(super) fn findings(&self, poll_ms: u64) -> Vec<String> {
        let gap = self.longest_gap_us().map_or_else(|| "–".to_owned(), time);
        let (from_us, to_us) = self.worked_us.unwrap_or_default();
        let mut findings = vec![match self.place {
            Place::Callback => {
                let missed = counted(usize_of(self.missed_frames().unwrap_or(0)), "frame");
                format!(
                    "The work ran in the button’s callback: for {gap} the page painted nothing, and missed {missed}."
                )
            }
            Place::Pieces => format!(
                "The work of {} ran in {} of {}: the longest time between two frames was {gap}. It took {} in all.",
                time(self.work_us),
                counted(self.pieces as usize, "piece"),
                time(PIECE_US),
                time(to_us.saturating_sub(from_us))
            ),
            Place::Worker => {
                format!("The work ran in a worker: the longest time between two frames was {gap}.")
            }
        }];
        if self.was_hidden {
            findings.push(
                "This page was hidden meanwhile, and browsers draw no frames then: run again.".to_owned(),
            );
        }
        if let Some(painted_us) = self.painted_us() {
            let when = if painted_us >= to_us { ", after the work" } else { "" };
            let late = time(painted_us.saturating_sub(self.set_us));
            findings.push(format!("“{COMPUTING}” was set before the work and painted {late} later{when}."));
        }
        let inputs = self.delays_us().len();
        findings.push(match self.delays_us().into_iter().max() {
            None => {
                "You pressed nothing during the work: type in the window, or press its button, and run again."
                    .to_owned()
            }
            Some(most) => format!(
                "During the work came {}; {} heard {} late or more, the latest after {}.",
                counted(inputs, "input"),
                match self.late_inputs() {
                    0 => "none was".to_owned(),
                    1 => "1 was".to_owned(),
                    late => format!("{late} were"),
                },
                time(LATE_US),
                time(most)
            ),
        });
        findings.push(match self.touched.as_deref() {
            Some("") | None => "The worker asked for the page’s document, and got one.".to_owned(),
            Some(error) => format!(
                "The worker asked for the page’s document. The browser said: “{error}”. Tk is not thread-safe: a call from another \
                 thread fails, or waits for the main thread."
            ),
        });
        if let [Some(poll), Some(message), Some(frame)] = self.medians_ms() {
            let ms = |ms: f64| Fixed(ms, 1);
            findings.push(format!(
                "In the median, the page had a tick {} ms late by message, {} ms at the next frame, and {} ms by polling every \
                 {poll_ms} ms.",
                ms(message),
                ms(frame),
                ms(poll)
            ));
        }
        findings
    }

    pub(super) fn row(&self, number: usize) -> Vec<String> {
        let place = WHERE.shown(self.place as u64);
        let mut row = vec![number.to_string(), place, Fixed(self.work_us as f64 / 1e6, 1).to_string()];
        row.extend(self.figures().into_iter().map(|(_, figure)| figure));
        row
    }

    /// The figures for scripts, which the table has too.
    pub(super) fn figures(&self) -> [(&'static str, String); 7] {
        let ms = |us: Option<u64>| us.map_or_else(String::new, |us| Fixed(us as f64 / 1e3, 1).to_string());
        let [poll, message, frame] =
            self.medians_ms().map(|ms| ms.map_or_else(String::new, |ms| Fixed(ms, 2).to_string()));
        let missed = self.missed_frames().map_or_else(String::new, |frames| frames.to_string());
        let late_us = self.painted_us().map(|us| us.saturating_sub(self.set_us));
        [
            ("data-longest-gap-ms", ms(self.longest_gap_us())),
            ("data-missed-frames", missed),
            ("data-late-inputs", self.late_inputs().to_string()),
            ("data-label-late-ms", ms(late_us)),
            ("data-latency-poll-ms", poll),
            ("data-latency-message-ms", message),
            ("data-latency-frame-ms", frame),
        ]
    }
}

pub(super) fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A length of time, in seconds from one on.
pub(super) fn time(us: u64) -> String {
    match us {
        1_000_000.. => format!("{} s", Fixed(us as f64 / 1e6, 2)),
        10_000.. => format!("{} ms", Fixed(us as f64 / 1e3, 0)),
        _ => format!("{} ms", Fixed(us as f64 / 1e3, 1)),
    }
}
