//! Workers that each add up the same numbers and report to one queue.

use dartboard_threads::task::{Done, Report, State, Task};

use super::{NUMBERS, RUNS, WORKERS};
use crate::lecture::runs::{RoundOver, Runs};
use crate::lecture::settings::Values;
use crate::lecture::shown::{Figure, Lane, Lanes, Look, Shown, Stretch, Strip, Table};
use crate::text::{Fixed, Grouped, counted};

/// A total that came.
#[derive(Clone, Copy)]
struct Arrival {
    worker: u32,
    total: u64,
    /// In µs since the run began.
    at_us: u64,
}

/// What came of a run.
#[derive(Default)]
struct Run {
    arrivals: Vec<Arrival>,
    /// What each worker did, in their order; empty before the end.
    done: Vec<Done>,
    /// How long each took to start; empty if it was there already.
    started_us: Vec<u64>,
}

/// The runs of a press of Run.
pub(super) struct SumRuns {
    workers: u32,
    numbers: u32,
    of: u32,
    now: Run,
    over: Vec<Run>,
    looked_us: u64,
}

impl SumRuns {
    pub(super) fn new(values: &Values) -> Self {
        Self {
            workers: values.small(&WORKERS),
            numbers: values.small(&NUMBERS),
            of: values.small(&RUNS),
            now: Run::default(),
            over: Vec::new(),
            looked_us: 0,
        }
    }

    /// What each total must be, by Gauss's formula.
    fn expected(&self) -> u64 {
        let numbers = u64::from(self.numbers);
        numbers * numbers.saturating_sub(1) / 2
    }

    fn findings(&self, run: &Run) -> Vec<String> {
        let order: Vec<String> =
            run.arrivals.iter().map(|arrival| (arrival.worker + 1).to_string()).collect();
        let (expected, all) = (self.expected(), self.over.iter().flat_map(|run| &run.arrivals));
        let wrong = all.filter(|arrival| arrival.total != expected).count();
        let mut findings = vec![format!(
            "{} added up {} numbers each, one by one. Their totals came in this order: {}.",
            counted(self.workers as usize, "worker"),
            Grouped(self.numbers.into()),
            order.join(", ")
        )];
        findings.push(if wrong == 0 {
            format!("Every total is n (n − 1) / 2 = {}, as it must be.", Grouped(expected))
        } else {
            format!("{} wrong: it must be {}.", counted(wrong, "total"), Grouped(expected))
        });
        if self.over.len() > 1 {
            let mut firsts = Vec::new();
            for worker in 0..self.workers {
                let is_first = |run: &&Run| run.arrivals.first().is_some_and(|it| it.worker == worker);
                let runs = self.over.iter().filter(is_first).count();
                if runs > 0 {
                    firsts.push(format!("worker {} in {runs}", worker + 1));
                }
            }
            let moral = if firsts.len() > 1 { " The system decides." } else { "" };
            let runs = counted(self.over.len(), "run");
            findings.push(format!("First of {runs}: {}.{moral}", firsts.join(", ")));
        }
        findings
    }

    fn lanes(&self, run: &Run) -> Lanes {
        let span_us = run.arrivals.iter().map(|arrival| arrival.at_us).max().unwrap_or(0).max(1);
        let row = |(worker, done): (u32, &Done)| {
            let came_us =
                run.arrivals.iter().find(|arrival| arrival.worker == worker).map_or(0, |it| it.at_us);
            let begun_us = done.began(State::Working).unwrap_or(0);
            let ready_us = run.started_us.get(worker as usize).copied().unwrap_or(0).min(begun_us);
            let over_us = done.began(State::Over).unwrap_or(begun_us);
            let parts = [
                (0, ready_us, Look::Starting),
                (ready_us, begun_us, Look::Waiting),
                (begun_us, over_us, Look::Working),
                (over_us, came_us, Look::Blocked),
            ];
            let parts = parts.into_iter().map(|(from_us, to_us, look)| Stretch { from_us, to_us, look });
            Lane { name: name(worker), stretches: Stretch::joined(parts) }
        };
        Lanes {
            title: format!("Run {}, measured", self.over.len()),
            note: String::new(),
            rows: (0..).zip(&run.done).map(row).collect(),
            span_us,
            legend: vec![
                (Look::Starting, "starting"),
                (Look::Waiting, "waiting for its work"),
                (Look::Working, "adding"),
                (Look::Blocked, "its total in the queue"),
            ],
            curve: None,
        }
    }

    /// In how many runs who was first.
    fn strip(&self) -> Option<Strip> {
        let firsts = self.over.iter().filter_map(|run| run.arrivals.first());
        let firsts: Vec<f64> = firsts.map(|arrival| f64::from(arrival.worker + 1)).collect();
        let note = "which worker was first".to_owned();
        (self.of > 1 && self.workers > 1)
            .then(|| Strip::of_runs(note, firsts, (1.0, self.workers.into()), Vec::new()))
    }
}

impl Runs for SumRuns {
    fn threads(&self) -> u32 {
        self.workers
    }

    fn rounds(&self) -> (u32, u32) {
        (u32::try_from(self.over.len()).unwrap_or(u32::MAX), self.of)
    }

    fn next_round(&mut self) -> Option<Vec<Task>> {
        if self.rounds().0 >= self.of {
            return None;
        }
        let (threads, numbers) = (self.workers, self.numbers);
        Some((0..threads).map(|thread| Task::Sum { thread, threads, numbers }).collect())
    }

    fn said(&mut self, thread: u32, report: &Report, at_us: u64) -> Vec<(u32, Task)> {
        if let Report::Total(total) = *report {
            self.now.arrivals.push(Arrival { worker: thread, total, at_us });
        }
        Vec::new()
    }

    fn looked(&mut self, _: &[i32], at_us: u64, _: Option<u64>) {
        self.looked_us = at_us;
    }

    fn progress(&self, _: &[i32]) -> u64 {
        // They may add for long, and say nothing before the end.
        self.looked_us
    }

    fn over(&mut self, round: RoundOver) {
        let arrivals = std::mem::take(&mut self.now.arrivals);
        self.over.push(Run { arrivals, done: round.done, started_us: round.started_us });
    }

    fn shown(&self, _: &[f64]) -> Shown {
        let last = self.over.last();
        let now = (!self.now.arrivals.is_empty()).then_some(&self.now);
        let Some(run) = now.or(last) else { return Shown::default() };
        let mut rows = Vec::new();
        for (number, run) in self.over.iter().chain(now).enumerate() {
            for arrival in &run.arrivals {
                rows.push(vec![
                    (number + 1).to_string(),
                    name(arrival.worker),
                    Grouped(arrival.total).to_string(),
                    Fixed(arrival.at_us as f64 / 1e3, 1).to_string(),
                ]);
            }
        }
        let (mut order, mut totals) = (Vec::new(), Vec::new());
        for arrival in &run.arrivals {
            order.push((arrival.worker + 1).to_string());
            totals.push(arrival.total.to_string());
        }
        let of = |count: usize| Figure::plain(format!("{count} of {}", self.workers));
        let right = run.arrivals.iter().filter(|arrival| arrival.total == self.expected()).count();
        Shown {
            figures: [
                run.arrivals.first().map(|first| Figure::plain(name(first.worker))),
                Some(of(run.arrivals.len())),
                Some(Figure { is_loss: right < run.arrivals.len(), ..of(right) }),
            ],
            table_head: Some(("Out of the queue", "in the order in which they came".to_owned())),
            lanes: last.map(|run| self.lanes(run)),
            strip: self.strip(),
            findings: last.map(|run| self.findings(run)).unwrap_or_default(),
            table: Table { head: vec!["run", "worker", "total", "came after (ms)"], rows },
            data: vec![
                ("data-results", run.arrivals.len().to_string()),
                ("data-order", order.join(" ")),
                ("data-totals", totals.join(" ")),
                ("data-runs", self.over.len().to_string()),
            ],
            ..Shown::default()
        }
    }
}

/// What the page calls a worker, which is counted from 0.
fn name(worker: u32) -> String {
    format!("Worker {}", worker + 1)
}
