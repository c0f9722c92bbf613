use std::time::Duration;

use super::*;
use crate::lecture::Lesson;
use crate::lecture::shown::RowAction;
use crate::lecture::stage::{Event, Stage, Status};
use crate::time::Instant;
use dartboard_threads::task::Done;

const BUILD: &str = "build";

fn at(ms: u64) -> Instant {
    Instant::after_origin(Duration::from_millis(ms))
}

fn row(row: u32, state: DownloadState) -> DownloadRow {
    DownloadRow {
        row,
        state,
        got_bytes: 1_200_000,
        of_bytes: Some(2_400_000),
        bytes_a_second: 600_000,
        left_ms: Some(2_000),
        took_ms: state.is_over().then_some(1_900),
        address: format!("try/{row}"),
        name: String::new(),
        reason: String::new(),
        advice: String::new(),
    }
}

fn totals(took_ms: u64) -> DownloadReport {
    DownloadReport::Totals(DownloadTotals {
        took_ms,
        most_in_flight: 2,
        got_bytes: 5,
        ..DownloadTotals::default()
    })
}

/// A lesson whose worker is ready.
struct Lived {
    stage: Stage,
    now_ms: u64,
}

impl Lived {
    fn new(settings: &[(&'static LessonField, u64)]) -> Self {
        let mut values = Lesson::Downloads.values(2);
        for &(field, value) in settings {
            values.set(field, value);
        }
        Self { stage: Stage::new(Lesson::Downloads, values, BUILD), now_ms: 0 }
    }

    fn tell(&mut self, event: Event) -> Vec<Command> {
        self.now_ms += 10;
        self.stage.handle(at(self.now_ms), event)
    }

    fn heard(&mut self, report: Report) -> Vec<Command> {
        self.tell(Event::Heard { thread: 0, report, words: Vec::new() })
    }

    fn say(&mut self, said: &DownloadReport) {
        assert_eq!(self.heard(said.report()), []);
    }

    /// Presses the button; what the worker is told first.
    fn press(&mut self) -> Vec<Command> {
        let started = self.tell(Event::Run { shares_memory: false });
        assert_eq!(started, [Command::Start { threads: 1, words: None, program: Program::Download }]);
        self.heard(Report::Ready { build: BUILD.to_owned() })
    }

    fn done(&mut self) -> Vec<Command> {
        self.heard(Report::Done(Done::default()))
    }

    fn data(&self, name: &str) -> String {
        let shown = self.stage.shown();
        shown.data.iter().find(|(other, _)| *other == name).expect(name).1.clone()
    }
}

/// What is told to the worker.
fn tasks(commands: &[Command]) -> Vec<DownloadTask> {
    let task = |task: &Task| if let Task::Download(task) = task { *task } else { panic!("{task:?}") };
    commands
        .iter()
        .flat_map(|command| match command {
            Command::Begin { tasks, since_start: false, .. } => tasks.iter().map(task).collect::<Vec<_>>(),
            Command::Post { thread: 0, task: posted } => vec![task(posted)],
            other => panic!("{other:?}"),
        })
        .collect()
}

// Fails with: a setting that is lost, or has another unit.
#[test]
fn the_worker_has_the_settings() {
    let mut lived = Lived::new(&[(&LIMIT, 7), (&SILENCE, 12), (&RETRIES, 2), (&BACKOFF, 15), (&PAUSE, 3)]);
    let order =
        DownloadOrder { limit: 7, host_pause_ms: 300, retries: 2, backoff_ms: 1_500, stall_ms: 12_000 };
    assert_eq!(tasks(&lived.press()), [DownloadTask::Begin(order)]);
}

// Fails with: a row that changes place or is there twice; a word that is not the lecture's; a share over 100 %.
#[test]
fn rows_are_shown_as_they_stand() {
    let mut lived = Lived::new(&[]);
    lived.press();
    for state in [DownloadState::Waiting, DownloadState::Downloading] {
        for number in [0, 1, 2, 3] {
            lived.say(&DownloadReport::Row(row(number, state)));
        }
    }
    lived.say(&DownloadReport::Row(row(1, DownloadState::Done)));
    lived.say(&DownloadReport::Row(DownloadRow {
        reason: "404: the server has no such file.".to_owned(),
        advice: "Check the address.".to_owned(),
        ..row(2, DownloadState::Error)
    }));
    lived.say(&DownloadReport::Row(DownloadRow { of_bytes: Some(1), ..row(3, DownloadState::Downloading) }));
    let shown = lived.stage.shown().downloads.expect("downloads");
    let states: Vec<_> = shown.rows.iter().map(|row| (row.row, row.state)).collect();
    assert_eq!(states, [(0, "downloading"), (1, "done"), (2, "error"), (3, "downloading")]);
    assert_eq!((&*shown.rows[0].amount, &*shown.rows[0].pace), ("1.2 MB of 2.4 MB", "600 KB/s · 2.0 s left"));
    assert_eq!((shown.rows[1].per_mille, &*shown.rows[1].pace), (Some(1_000), "in 1.9 s"));
    assert_eq!(shown.rows[0].per_mille, Some(500));
    assert_eq!(shown.rows[2].reason, "404: the server has no such file. Check the address.");
    assert_eq!(shown.rows[3].per_mille, Some(1_000));
    assert_eq!(shown.rows[1].action, Some(RowAction::Save));
    assert_eq!(shown.counts, [(1, "done"), (2, "downloading"), (1, "error")]);
    assert_eq!(shown.failed, ["try/2"]);
    assert_eq!((lived.data("data-total"), lived.data("data-failed")), ("4".to_owned(), "1".to_owned()));
}

// Fails with: a press of Stop that ends the worker, with what it has kept; a second one that does not, where it is stuck.
#[test]
fn stop_cancels_and_stop_once_more_ends() {
    let mut lived = Lived::new(&[(&MEASURE, 1)]);
    lived.press();
    lived.say(&DownloadReport::Row(row(0, DownloadState::Downloading)));
    assert_eq!(tasks(&lived.tell(Event::PressStop)), [DownloadTask::CancelAll]);
    assert_eq!(*lived.stage.status(), Status::Running);
    lived.say(&DownloadReport::Row(row(0, DownloadState::Cancelled)));
    assert_eq!(lived.done(), [], "the other limits are not tried any more, and the worker stays");
    assert_eq!(*lived.stage.status(), Status::Finished);
    assert_eq!((lived.data("data-cancelled"), lived.data("data-failed")), ("1".to_owned(), "0".to_owned()));
    lived.press();
    lived.tell(Event::PressStop);
    assert_eq!(lived.tell(Event::PressStop), [Command::End]);
}

// Fails with: a worker that is gone when the user wants to try again, or a lesson that does not run then.
#[test]
fn what_has_failed_is_tried_again_in_place() {
    let mut lived = Lived::new(&[]);
    lived.press();
    lived.say(&DownloadReport::Row(row(0, DownloadState::Error)));
    lived.say(&DownloadReport::Row(row(1, DownloadState::Done)));
    let retry = |row| Event::Act(Act::Download(DownloadTask::Retry { row }));
    assert_eq!(tasks(&lived.tell(retry(0))), [DownloadTask::Retry { row: 0 }], "while others go on");
    assert_eq!(lived.done(), []);
    assert_eq!(tasks(&lived.tell(retry(0))), [DownloadTask::Retry { row: 0 }], "afterwards");
    assert_eq!(*lived.stage.status(), Status::Running);
    lived.say(&DownloadReport::Row(row(0, DownloadState::Done)));
    assert_eq!(lived.done(), []);
    assert_eq!((lived.stage.status(), lived.data("data-done")), (&Status::Finished, "2".to_owned()));
    let clear = Event::Act(Act::Download(DownloadTask::ClearDone));
    assert_eq!(tasks(&lived.tell(clear)), [DownloadTask::ClearDone]);
    lived.say(&DownloadReport::Cleared);
    assert_eq!((lived.stage.status(), lived.data("data-total")), (&Status::Finished, "0".to_owned()));
    assert_eq!(lived.tell(Event::Stop), [Command::End], "when the lesson is left");
}

// Fails with: buttons that do nothing any more, a row that seems to go on for ever.
#[test]
fn a_list_that_is_left_shows_what_is_whole_and_nothing_that_goes_on() {
    let mut lived = Lived::new(&[]);
    lived.press();
    for (number, state) in [
        (0, DownloadState::Done),
        (1, DownloadState::Downloading),
        (2, DownloadState::Waiting),
        (3, DownloadState::Error),
    ] {
        lived.say(&DownloadReport::Row(row(number, state)));
    }
    assert_eq!(lived.tell(Event::Stop), [Command::End]);
    let shown = lived.stage.shown().downloads.expect("downloads");
    let left: Vec<_> = shown.rows.iter().map(|row| (row.state, row.action.is_some())).collect();
    assert_eq!(left, [("done", true), ("error", false), ("error", false), ("error", false)]);
    assert_eq!(shown.actions, []);
    assert_eq!(lived.data("data-cancelled"), "2");
}

// Fails with: times of another list beside these, or a time that is counted as if nobody had touched the list.
#[test]
fn times_of_one_list_are_compared() {
    let mut lived = Lived::new(&[(&MEASURE, 1)]);
    let begun = tasks(&lived.press());
    assert!(
        matches!(begun[..], [DownloadTask::Begin(DownloadOrder { limit: 1, stall_ms: 3_000, .. })]),
        "{begun:?}"
    );
    let mut next = Vec::new();
    for (ms, limit) in [(8_000, 4), (3_000, 16), (2_000, 0)] {
        lived.say(&DownloadReport::Row(row(0, DownloadState::Done)));
        lived.say(&totals(ms));
        next = lived.done();
        if limit > 0 {
            let next = tasks(&next);
            assert!(
                matches!(next[..], [DownloadTask::Begin(DownloadOrder { limit: it, .. })] if it == limit)
            );
        }
    }
    assert_eq!(next, []);
    let shown = lived.stage.shown();
    let bars = shown.bars.expect("bars").bars;
    let texts: Vec<_> = bars.iter().map(|bar| (&*bar.name, &*bar.text)).collect();
    assert_eq!(texts, [("1 at a time", "8.0 s"), ("4 at a time", "3.0 s"), ("16 at a time", "2.0 s")]);
    assert!(shown.findings.iter().any(|said| said.ends_with("4.0 times as fast.")), "{:?}", shown.findings);
    // The same list once more, by another limit and with the user's help; then another one.
    lived.stage.handle(at(lived.now_ms), Event::Set(&MEASURE, 0_u64.into()));
    lived.press();
    lived.say(&DownloadReport::Row(row(0, DownloadState::Downloading)));
    lived.tell(Event::Act(Act::Download(DownloadTask::Cancel { row: 0 })));
    lived.say(&totals(1_000));
    lived.done();
    let bars = lived.stage.shown().bars.expect("bars").bars;
    assert_eq!((bars.len(), &*bars[1].text), (3, "1.0 s (you changed it)"));
    lived.press();
    lived.say(&DownloadReport::Row(row(7, DownloadState::Done)));
    lived.say(&totals(500));
    lived.done();
    assert_eq!(lived.stage.shown().bars.expect("bars").bars.len(), 1);
}

// Fails with: an empty list that leaves the user without a word.
#[test]
fn an_empty_list_says_so() {
    let mut lived = Lived::new(&[]);
    lived.press();
    lived.done();
    assert_eq!(lived.stage.shown().findings, ["There is no address in the list."]);
}
