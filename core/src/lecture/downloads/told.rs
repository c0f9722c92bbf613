//! What is told of downloads: the rows, the line of totals, and how long the list took by its limit.

use dartboard_threads::task::{DownloadRow, DownloadState, DownloadTask};

use super::{DownloadRuns, Measured, Worker};
use crate::lecture::runs::Act;
use crate::lecture::shown::{Action, Bar, Bars, Downloads, Figure, RowAction, RowShown, Shown, Table};
use crate::text::{Fixed, Grouped, duration_words};

/// The lecture's word for a state. One that the user has ended is an error of its kind.
const fn word(state: DownloadState) -> &'static str {
    match state {
        DownloadState::Waiting => "waiting",
        DownloadState::Downloading => "downloading",
        DownloadState::Done => "done",
        DownloadState::Error | DownloadState::Cancelled => "error",
    }
}

/// A size: `2.0 MB`.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", Fixed(bytes as f64 / 1e3, 0)),
        1_000_000..1_000_000_000 => format!("{} MB", Fixed(bytes as f64 / 1e6, 1)),
        _ => format!("{} GB", Fixed(bytes as f64 / 1e9, 2)),
    }
}

fn seconds(ms: u64) -> String {
    Fixed(ms as f64 / 1e3, 1).to_string()
}

impl DownloadRuns {
    pub(super) fn told(&self) -> Shown {
        let [done, errors, cancelled] = [DownloadState::Done, DownloadState::Error, DownloadState::Cancelled]
            .map(|state| self.count(state));
        let ms = self.totals.took_ms;
        let per_second = self.totals.got_bytes as f64 / 1e3 / ms.max(1) as f64;
        let is_over = self.is_over();
        Shown {
            figures: [
                Some(Figure::plain(format!("{done} of {}", self.rows.len()))),
                (ms > 0).then(|| Figure::plain(seconds(ms))),
                (ms > 0).then(|| Figure::plain(Fixed(per_second, 1).to_string())),
            ],
            downloads: Some(self.downloads()),
            bars: self.bars(),
            findings: self.findings(),
            table: self.table(),
            data: vec![
                ("data-total", self.rows.len().to_string()),
                ("data-done", done.to_string()),
                ("data-failed", errors.to_string()),
                ("data-cancelled", cancelled.to_string()),
                ("data-in-flight", if is_over { 0 } else { self.totals.in_flight }.to_string()),
                ("data-most-in-flight", self.totals.most_in_flight.to_string()),
                ("data-bytes", self.totals.got_bytes.to_string()),
                ("data-ms", ms.to_string()),
            ],
            ..Shown::default()
        }
    }

    fn left(&self) -> Option<String> {
        let left_ms = self.totals.left_ms.filter(|_| !self.is_over())?;
        Some(format!("about {} left", duration_words((left_ms as f64 / 1e3).max(1.0))))
    }

    fn downloads(&self) -> Downloads {
        let errors = self.count(DownloadState::Error) + self.count(DownloadState::Cancelled);
        let mut counts = vec![
            (self.count(DownloadState::Done), "done"),
            (self.count(DownloadState::Downloading), "downloading"),
            (self.count(DownloadState::Waiting), "waiting"),
            (errors, if errors == 1 { "error" } else { "errors" }),
        ];
        counts.retain(|&(count, _)| count > 0);
        let mut totals = vec![size(self.totals.got_bytes)];
        if self.totals.bytes_a_second > 0 && !self.is_over() {
            totals.push(format!("{}/s", size(self.totals.bytes_a_second)));
        }
        totals.extend(self.left());
        let failed: Vec<String> =
            self.rows.iter().filter(|row| has_failed(row)).map(|row| row.address.clone()).collect();
        let is_gone = self.worker == Worker::Gone;
        let mut actions = Vec::new();
        let action = |task, label| Action { act: Act::Download(task), label };
        if self.count(DownloadState::Error) > 0 && !is_gone {
            actions.push(action(DownloadTask::RetryFailed, "Retry all failed"));
        }
        if self.count(DownloadState::Done) > 0 && self.is_over() && !is_gone {
            actions.push(action(DownloadTask::ClearDone, "Clear done"));
        }
        Downloads {
            counts,
            totals: totals.join(" · "),
            rows: self.rows.iter().map(|row| row_shown(row, is_gone)).collect(),
            notes: self.notes.clone(),
            actions,
            failed,
        }
    }

    fn bars(&self) -> Option<Bars> {
        let runs_now = (!self.is_over()).then(|| self.limits.get(self.over as usize).copied()).flatten();
        let bar = |limit: u32, ms: u64, text: String| Bar {
            name: format!("{limit} at a time"),
            before_ms: 0.0,
            ms: ms as f64,
            range_ms: (ms as f64, ms as f64),
            text,
            is_reference: false,
        };
        let mut bars: Vec<Bar> = self
            .of_this_list()
            .filter(|it| Some(it.limit) != runs_now)
            .map(|it| {
                let touched = if it.is_touched { " (you changed it)" } else { "" };
                bar(it.limit, it.ms, format!("{} s{touched}", seconds(it.ms)))
            })
            .collect();
        if let Some(limit) = runs_now {
            let ms = self.totals.took_ms;
            bars.push(bar(limit, ms, format!("{} s so far", seconds(ms))));
        }
        (!bars.is_empty()).then(|| Bars {
            title: "Time until all had ended".to_owned(),
            note: "measured on this device".to_owned(),
            bars,
            guesses_ms: Vec::new(),
            legend: String::new(),
        })
    }

    /// How long this list took with each limit.
    fn of_this_list(&self) -> impl Iterator<Item = &Measured> {
        let addresses = self.addresses();
        self.measured.iter().filter(move |it| it.addresses == addresses || addresses.is_empty())
    }

    fn findings(&self) -> Vec<String> {
        let mut findings = self.notes.clone();
        if self.rows.is_empty() && self.is_over() {
            findings.push("There is no address in the list.".to_owned());
        }
        let measured: Vec<&Measured> = self.of_this_list().collect();
        if let [first, .., last] = &measured[..]
            && last.ms > 0
        {
            let times = first.ms as f64 / last.ms as f64;
            findings.push(format!(
                "With {} at a time the list took {} s, with {} at a time {} s: {} times as fast.",
                first.limit,
                seconds(first.ms),
                last.limit,
                seconds(last.ms),
                Fixed(times, 1)
            ));
        }
        if self.is_over() && self.totals.most_in_flight > 0 {
            findings.push(format!(
                "At most {} were under way at once; {} bytes came.",
                self.totals.most_in_flight,
                Grouped(self.totals.got_bytes)
            ));
        }
        findings
    }

    fn table(&self) -> Table {
        let row = |row: &DownloadRow| {
            vec![
                row.address.clone(),
                row.name.clone(),
                word(row.state).to_owned(),
                Grouped(row.got_bytes).to_string(),
                row.took_ms.map(seconds).unwrap_or_default(),
                row.reason.clone(),
            ]
        };
        Table {
            head: vec!["address", "name", "state", "bytes", "time (s)", "reason"],
            rows: self.rows.iter().map(row).collect(),
        }
    }
}

const fn has_failed(row: &DownloadRow) -> bool {
    matches!(row.state, DownloadState::Error | DownloadState::Cancelled)
}

fn row_shown(row: &DownloadRow, worker_is_gone: bool) -> RowShown {
    let is_done = row.state == DownloadState::Done;
    let per_mille = match row.of_bytes {
        _ if is_done => Some(1_000),
        Some(of_bytes) if of_bytes > 0 => {
            let share = u128::from(row.got_bytes) * 1_000 / u128::from(of_bytes);
            Some(u32::try_from(share).unwrap_or(1_000).min(1_000))
        }
        _ => None,
    };
    let amount = match row.of_bytes {
        Some(of_bytes) if !is_done => format!("{} of {}", size(row.got_bytes), size(of_bytes)),
        _ => size(row.got_bytes),
    };
    let pace = match (row.state, row.took_ms) {
        (DownloadState::Done, Some(took_ms)) => format!("in {} s", seconds(took_ms)),
        (DownloadState::Downloading, _) if row.bytes_a_second > 0 => {
            let left = row.left_ms.map(|left_ms| duration_words((left_ms as f64 / 1e3).max(1.0)));
            let left = left.map_or_else(String::new, |left| format!(" · {left} left"));
            format!("{}/s{left}", size(row.bytes_a_second))
        }
        _ => String::new(),
    };
    // Short enough to stand where the pace does.
    let (pace, reason) = match row.state {
        DownloadState::Downloading if row.reason.starts_with("no data") => {
            (row.reason.clone(), String::new())
        }
        _ => (pace, [&*row.reason, &row.advice].join(" ").trim().to_owned()),
    };
    let act = |task, label| Some(RowAction::Act(Action { act: Act::Download(task), label }));
    let action = match row.state {
        _ if worker_is_gone && !is_done => None,
        DownloadState::Waiting | DownloadState::Downloading => {
            act(DownloadTask::Cancel { row: row.row }, "Cancel")
        }
        DownloadState::Done => Some(RowAction::Save),
        DownloadState::Error | DownloadState::Cancelled => act(DownloadTask::Retry { row: row.row }, "Retry"),
    };
    RowShown {
        row: row.row,
        name: if row.name.is_empty() { row.address.clone() } else { row.name.clone() },
        address: row.address.clone(),
        state: word(row.state),
        per_mille,
        amount,
        pace,
        reason,
        action,
    }
}
