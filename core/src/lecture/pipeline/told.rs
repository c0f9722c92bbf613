//! What is told of a pipeline: its figures, its stages and queues, and which stage is the slowest.

use dartboard_threads::pipe::Ending;
use dartboard_threads::task::Role;

use super::PipelineRuns;
use crate::lecture::runs::Act;
use crate::lecture::shown::{Across, Action, Curves, Figure, Pipeline, Series, Shown, StageShown, Table};
use crate::text::{Fixed, Grouped, duration_words};

/// What the lecture's program did on a named machine, in lines a second, with one line per message.
const PYTHON: (f64, &str) = (53_200.0, "Python, 1 line per message (Xeon, 2 cores)");

/// By how much a stage must have worked more than the others to be called the slowest.
const CLEARLY: f64 = 0.1;

/// What the page calls a stage.
fn name(role: Role) -> &'static str {
    match role {
        Role::Read => "Reader",
        Role::Upper => "Upper case",
        Role::Write => "Writer",
    }
}

/// A stage in a sentence.
fn in_sentence(role: Role) -> &'static str {
    match role {
        Role::Read => "the reader",
        Role::Upper => "upper case",
        Role::Write => "the writer",
    }
}

/// The shares of a stage's time: working, blocked in `put()`, blocked in `get()`.
type Shares = [f64; 3];

impl PipelineRuns {
    pub(super) fn told(&self) -> Shown {
        let write = self.stage(Role::Write).progress;
        let per_second = |count: u64| count as f64 / write.at_us.max(1) as f64 * 1e6;
        let [lines_a_second, bytes_a_second] = [write.lines, write.bytes_out].map(per_second);
        let has_written = write.at_us > 0;
        let bytes_in = self.stage(Role::Upper).progress.bytes_in;
        let lines = Figure { beside: self.to_go(bytes_in, write.at_us), ..Figure::count(write.lines) };
        let figure = |text: String| has_written.then(|| Figure::plain(text));
        let is_over = self.is_over();
        let number = |number: f64| Fixed(number, 0).to_string();
        let curves = if self.ways.len() > 1 { self.throughput() } else { self.depths() };
        Shown {
            figures: [
                figure(Grouped(whole(lines_a_second)).to_string()),
                has_written.then_some(lines),
                figure(Fixed(bytes_a_second / 1e6, 1).to_string()),
            ],
            pipeline: Some(self.stages_shown()),
            curves: vec![curves],
            findings: self.findings(),
            table: self.table(),
            output: self.output(),
            data: vec![
                ("data-lines", write.lines.to_string()),
                ("data-bytes-in", self.stage(Role::Read).progress.bytes_in.to_string()),
                ("data-bytes-out", write.bytes_out.to_string()),
                ("data-lines-per-second", number(lines_a_second)),
                ("data-invalid", self.stage(Role::Upper).progress.invalid.to_string()),
                ("data-sha256", self.written.as_ref().map_or("", |(_, sha256)| sha256).to_owned()),
                ("data-complete", u32::from(is_over && self.is_complete()).to_string()),
                ("data-queue", if self.way().by_messages { "messages" } else { "shared" }.to_owned()),
                ("data-us", write.at_us.to_string()),
            ],
            ..Shown::default()
        }
    }

    /// How much is done, and how long the rest will take.
    fn to_go(&self, bytes_in: u64, at_us: u64) -> Option<String> {
        let all = self.bytes_to_read();
        if self.stage(Role::Write).progress.ending.is_some() {
            return (self.written.is_none() && self.trouble.is_none() && !self.is_over())
                .then(|| "all written; reading it back for its SHA-256".to_owned());
        }
        let share = bytes_in as f64 / all.max(1) as f64;
        let left_s = at_us as f64 / 1e6 * (1.0 - share) / share.max(1e-9);
        let left = if share > 0.0 && !self.is_paused {
            format!(", about {} left", duration_words(left_s.max(1.0)))
        } else {
            String::new()
        };
        Some(format!("{} %{left}", Fixed(100.0 * share, 0)))
    }

    fn shares(&self, role: Role) -> Option<Shares> {
        let progress = self.stage(role).progress;
        let all = progress.at_us as f64;
        let [put, get] = [progress.put_us, progress.get_us].map(|us| us as f64 / all);
        (all > 0.0).then(|| [(1.0 - put - get).max(0.0), put, get])
    }

    /// The slowest stage, if one clearly is.
    fn slowest(&self) -> Option<Role> {
        let works = |role: Role| self.shares(role).map_or(0.0, |shares| shares[0]);
        let is_slowest = |&role: &Role| {
            let mut others = Role::ALL.into_iter().filter(|&other| other != role);
            self.shares(role).is_some() && others.all(|other| works(role) - works(other) >= CLEARLY)
        };
        Role::ALL.into_iter().find(is_slowest)
    }

    /// Which stage is the slowest, in a sentence.
    fn verdict(&self) -> String {
        if self.is_paused {
            return "Paused: every stage waits.".to_owned();
        }
        let Some(slowest) = self.slowest() else {
            return "No stage is clearly the slowest: they take turns waiting for each other.".to_owned();
        };
        let why = match slowest {
            Role::Read => "the queue after it is empty most of the time",
            Role::Upper => "the stages before and after it wait for it",
            Role::Write => "the queue before it is full most of the time",
        };
        let works = self.shares(slowest).map_or(0.0, |shares| 100.0 * shares[0]);
        format!(
            "The slowest stage is {}: it works {} % of the time, and {why}.",
            in_sentence(slowest),
            Fixed(works, 0)
        )
    }

    fn stages_shown(&self) -> Pipeline {
        let is_over = self.is_over();
        let works = !is_over && self.written.is_none();
        let stage = |role: Role| {
            let state = self.stage(role);
            let shares = self.shares(role).unwrap_or_default();
            let does = match state.progress.ending {
                _ if state.is_killed => "killed".to_owned(),
                Some(Ending::StoppedEarly) => "stopped early".to_owned(),
                None if state.progress.at_us == 0 => "starts".to_owned(),
                None | Some(Ending::Complete) => {
                    let [_, put, get] = shares.map(|share| Fixed(100.0 * share, 0));
                    match role {
                        Role::Read => format!("{put} % blocked in put()"),
                        Role::Upper => format!("{put} % blocked in put(), {get} % in get()"),
                        Role::Write => format!("{get} % blocked in get()"),
                    }
                }
            };
            let mut actions = Vec::new();
            if works && !self.has_ended(role) {
                let slow = if state.is_slow { "Full speed" } else { "Slow down" };
                for (act, label) in
                    [(Act::Slow(role), slow), (Act::Stop(role), "Stop"), (Act::Kill(role), "Kill")]
                {
                    actions.push(Action { act, label });
                }
            }
            StageShown { name: name(role), shares, does, is_slowest: self.slowest() == Some(role), actions }
        };
        let queue =
            |role: Role| if self.has_ended(role) && is_over { 0 } else { self.stage(role).progress.queued };
        let pause = Action { act: Act::Pause, label: if self.is_paused { "Go on" } else { "Pause" } };
        Pipeline {
            verdict: self.verdict(),
            stages: Role::ALL.map(stage),
            queued: [queue(Role::Read), queue(Role::Upper)],
            places: self.places,
            pause: works.then_some(pause),
        }
    }

    fn depths(&self) -> Curves {
        let series = |queue: usize, name| {
            let at = |&(us, depths): &(u64, [u32; 2])| (us as f64 / 1e6, f64::from(depths[queue]));
            Series { name, points: self.depths.iter().map(at).collect() }
        };
        Curves {
            title: "Filled places over time",
            note: format!("of {} in each queue", Grouped(self.places.into())),
            across: Across::Seconds,
            most: self.places.into(),
            series: vec![series(0, "queue 1"), series(1, "queue 2")],
            reference: None,
        }
    }

    fn throughput(&self) -> Curves {
        let series = |by_messages, name| Series { name, points: self.sweep.of(by_messages) };
        Curves {
            title: "Lines a second",
            note: "by lines per message, on this device".to_owned(),
            across: Across::LinesPerMessage,
            most: 1e7,
            series: vec![series(false, "shared memory"), series(true, "messages")],
            reference: Some(PYTHON),
        }
    }

    fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        if self.stage(Role::Write).progress.at_us > 0 && self.ways.len() == 1 {
            findings.push(self.verdict());
        }
        findings.extend(self.trouble.clone());
        if self.is_over() && !self.is_complete() {
            findings.push("The pipeline was stopped early: what was written is only a part.".to_owned());
        }
        let invalid = self.stage(Role::Upper).progress.invalid;
        if invalid > 0 {
            findings.push(format!(
                "{} sequences of bytes are not UTF-8; they were passed on unchanged.",
                Grouped(invalid)
            ));
        }
        if let Some(best) = self.sweep.all().iter().max_by(|one, other| one.1.total_cmp(&other.1))
            && self.is_over()
            && self.ways.len() > 1
        {
            let by = if best.0.by_messages { "messages" } else { "shared memory" };
            findings.push(format!(
                "The most lines a second, {}, came with {} lines per message through {by}.",
                Grouped(whole(best.1)),
                Grouped(best.0.lines.into())
            ));
        }
        if self.way().by_messages && self.ways.len() == 1 {
            findings.push("The queues are messages: each piece is handed over, not copied.".to_owned());
        }
        findings
    }

    fn table(&self) -> Table {
        if self.ways.len() > 1 {
            let row = |(way, per_second): &(super::Way, f64)| {
                let by = if way.by_messages { "messages" } else { "shared memory" };
                vec![
                    by.to_owned(),
                    Grouped(way.lines.into()).to_string(),
                    Grouped(whole(*per_second)).to_string(),
                ]
            };
            let rows = self.sweep.all().iter().map(row).collect();
            return Table { head: vec!["queues", "lines per message", "lines a second"], rows };
        }
        let ms = |us: u64| Fixed(us as f64 / 1e3, 1).to_string();
        let row = |role: Role| {
            let progress = self.stage(role).progress;
            let counts = [progress.lines, progress.bytes_in, progress.bytes_out]
                .map(|count| Grouped(count).to_string());
            let [lines, bytes_in, bytes_out] = counts;
            vec![name(role).to_owned(), lines, bytes_in, bytes_out, ms(progress.put_us), ms(progress.get_us)]
        };
        Table {
            head: vec![
                "stage",
                "lines",
                "bytes in",
                "bytes out",
                "blocked in put (ms)",
                "blocked in get (ms)",
            ],
            rows: Role::ALL.map(row).into(),
        }
    }
}

/// A number that is shown whole.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}
