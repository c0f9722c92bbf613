//! The three layers of the lecture's program (window, coordinator, processes), with what this run sends between them.

use std::time::Duration;

use crate::coordinator::SlotKind;
use crate::coordinator::snapshot::{SlotStateView, SlotView, Snapshot};
use crate::text::{Grouped, whole_us};
use crate::time::Instant;

/// What the page's main thread has done for the run so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Messages to workers and from them.
    pub messages: u64,
    /// How long it took to handle them and all else that the run was told, by the page's clock.
    pub busy: Duration,
}

/// The span that figures look back: long enough for a clock that the browser makes coarse against tracking, by which most
/// events take no time and a few take a whole step.
const WINDOW_OF_FIGURES: Duration = Duration::from_secs(10);

/// How the load has grown lately, while a run counts.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// Rising; all but the first are within [`WINDOW_OF_FIGURES`].
    samples: Vec<(Instant, Load)>,
}

impl Meter {
    /// At `now` the load has become `load`; whether workers count.
    pub fn record(&mut self, now: Instant, load: Load, counting: bool) {
        if !counting {
            return self.samples.clear();
        }
        self.samples.push((now, load));
        while self.samples.get(1).is_some_and(|(next, _)| now - *next >= WINDOW_OF_FIGURES) {
            self.samples.remove(0);
        }
    }

    /// What this comes to.
    pub fn flow(&self) -> Flow {
        let (Some((from, before)), Some((to, after))) = (self.samples.first(), self.samples.last()) else {
            return Flow::default();
        };
        let span_us = whole_us(*to - *from).max(1);
        Flow {
            messages_in_ten_seconds: after
                .messages
                .saturating_sub(before.messages)
                .saturating_mul(10_000_000)
                / span_us,
            coordinator_us: whole_us(after.busy.saturating_sub(before.busy)).saturating_mul(1_000_000)
                / span_us,
        }
    }
}

/// What goes between the layers, on average of the last ten seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Messages, both ways.
    pub messages_in_ten_seconds: u64,
    /// Microseconds a second in which the main thread worked for the run.
    pub coordinator_us: u64,
}

impl Flow {
    /// Messages a second, with a decimal, as programs read it.
    pub fn messages_per_second(self) -> String {
        [(self.messages_in_ten_seconds / 10).to_string(), (self.messages_in_ten_seconds % 10).to_string()]
            .join(".")
    }
}

/// Batches that wait behind another one in the message queues of their workers.
pub fn waiting(run: &Snapshot) -> usize {
    let waits = |slot: &&SlotView| matches!(slot.state, SlotStateView::Computing { next: Some(_), .. });
    run.slots.iter().filter(waits).count()
}

/// A row of the picture: a layer, or what goes from one layer to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its class in the style sheet: `layer` for a box, `arrow`, none for what has boxes of its own.
    pub class: &'static str,
    /// Its name here, or the arrow.
    pub name: &'static str,
    /// What it does in this run.
    pub figure: String,
    /// What is there in the lecture's picture.
    pub lecture: &'static str,
}

/// How many of the rows are on the main thread; the others follow them.
pub const ON_MAIN_THREAD: usize = 3;

/// The picture of `run`, from the window down to the workers.
pub fn rows(run: &Snapshot, flow: Flow) -> [Row; 5] {
    let row = |class, name, figure, lecture| Row { class, name, figure, lecture };
    let coordinator = match flow {
        Flow { messages_in_ten_seconds: 0, .. } => "nothing to do now".to_owned(),
        Flow { coordinator_us: 0, .. } => "too little for this browser’s clock".to_owned(),
        Flow { coordinator_us, .. } => [
            "about ",
            &Grouped(two_digits(coordinator_us)).to_string(),
            " µs of each second, including saving",
        ]
        .concat(),
    };
    let messages = match flow.messages_in_ten_seconds {
        ..100 => flow.messages_per_second(),
        many => Grouped((many + 5) / 10).to_string(),
    };
    let waiting = waiting(run).to_string();
    let (alive, wanted) = (run.workers_alive.to_string(), run.config.all_workers().to_string());
    [
        row("layer", "This page", String::new(), "Tk window"),
        row(
            "arrow",
            "↑",
            "figures 6 times a second, pictures 3 times".to_owned(),
            "queue.Queue, polled every 100 ms by root.after()",
        ),
        row("layer", "Coordinator", coordinator, "coordinator thread"),
        row(
            "arrow",
            "↑↓",
            [&messages, " messages a second; batches that wait at the workers: ", &waiting].concat(),
            "multiprocessing.Queue",
        ),
        row("", "Web Workers", [&alive, " of ", &wanted, " alive"].concat(), "worker processes"),
    ]
}

/// `number`, rounded to its first two digits: the others change with each look.
fn two_digits(number: u64) -> u64 {
    let unit = 10_u64.pow(number.checked_ilog10().unwrap_or(0).saturating_sub(1));
    number.saturating_add(unit / 2) / unit * unit
}

/// What stands in the box of a worker.
pub fn worker(slot: &SlotView) -> String {
    let state = match slot.state {
        SlotStateView::Ready { .. } | SlotStateView::Computing { .. } | SlotStateView::Retiring { .. } => "",
        SlotStateView::Starting { .. } => " starting",
        SlotStateView::Empty => " –",
        SlotStateView::Backoff { .. } | SlotStateView::GivenUp { .. } => " dead",
    };
    let name = slot.slot.to_string();
    match slot.slot.kind() {
        SlotKind::Processor => ["W", &name, state].concat(),
        SlotKind::Gpu => [&name, state].concat(),
    }
}

/// What differs from the lecture's picture, and why.
pub const DIFFERENCE: &str = "The lecture’s coordinator waits at its queue, so it needs a thread of its own. Here each message \
     calls the coordinator, which counts no points: the main thread does its work in passing. So there is one queue less.";

/// What the lecture's program leaves as exercises, each with what this page does.
pub const EXERCISES: [(&str, &str); 3] = [
    ("Start begins again at 0.", "Here Start goes on with the same total; only Reset begins again."),
    (
        "A dead process still counts as a worker.",
        "Here the coordinator notices and starts another one. Where it must not, the page says “Workers: 4, alive: 3”.",
    ),
    (
        "“except Exception: pass” hides faults.",
        "Here each fault is in the event log with its reason, and the lost blocks are counted again.",
    ),
];

#[cfg(test)]
mod tests {
    use dartboard_points::kernel::Kernel;
    use dartboard_points::protocol::{Announcement, FromWorker};
    use dartboard_points::tally::Seed;

    use super::*;
    use crate::coordinator::{Command, Coordinator, Event};
    use crate::lecture::glossary::{AFTER, COORDINATOR, QUEUE, WINDOW, WORKER};
    use crate::run::config::{AfterDeath, BatchPoints, BatchSize, Config, WorkerCount};
    use crate::session::view::{FIGURES_EVERY, PICTURES_EVERY};

    fn at(milliseconds: u64) -> Instant {
        Instant::after_origin(Duration::from_millis(milliseconds))
    }

    fn load(messages: u64, busy_us: u64) -> Load {
        Load { messages, busy: Duration::from_micros(busy_us) }
    }

    // Fails with: a rate over all time, or over the moments between two looks; a pause, or what was before it, that counts as
    // time; memory that grows with a run.
    #[test]
    fn figures_are_the_average_of_the_last_ten_seconds_of_counting() {
        let mut meter = Meter::default();
        assert_eq!(meter.flow(), Flow::default());
        meter.record(at(0), load(1_000, 5_000_000), true);
        assert_eq!(meter.flow(), Flow::default());
        // 20 messages and 600 µs a second, then three times as many.
        for quarter in 1..=80 {
            let (messages, busy_us) = if quarter <= 40 { (5, 150) } else { (15, 450) };
            let before = meter.samples.last().unwrap().1;
            meter.record(
                at(quarter * 250),
                load(before.messages + messages, whole_us(before.busy) + busy_us),
                true,
            );
            if quarter == 40 {
                assert_eq!(meter.flow(), Flow { messages_in_ten_seconds: 200, coordinator_us: 600 });
            }
        }
        assert_eq!(meter.flow(), Flow { messages_in_ten_seconds: 600, coordinator_us: 1_800 });
        assert_eq!(meter.samples.len(), 41);
        meter.record(at(21_000), load(10_000, 9_000_000), false);
        assert_eq!(meter.flow(), Flow::default());
        meter.record(at(90_000), load(20_000, 9_000_000), true);
        meter.record(at(92_000), load(20_005, 9_000_001), true);
        assert_eq!(meter.flow(), Flow { messages_in_ten_seconds: 25, coordinator_us: 0 });
        assert_eq!(meter.flow().messages_per_second(), "2.5");
        // A page that was hidden: its time counts, and so does what came in it.
        meter.record(at(192_000), load(20_105, 9_000_100), true);
        assert_eq!(meter.flow().messages_in_ten_seconds, 10);
    }

    /// A run with two workers of three ready, each with one batch and another behind it; the third is being started.
    fn running(after_death: AfterDeath) -> Coordinator {
        let batch = BatchSize::Fixed(BatchPoints::nearest(1));
        let config = Config { after_death, ..Config::new(Seed(42), WorkerCount::nearest(3), batch) };
        let mut coordinator = Coordinator::new(config, "build".to_owned());
        let commands = coordinator.handle(at(0), Event::Open);
        coordinator.handle(at(0), Event::Start);
        let spawned = commands.iter().filter_map(|command| match command {
            Command::Spawn { worker, .. } => Some(*worker),
            _ => None,
        });
        for worker in spawned.take(2) {
            let announcement = Announcement::new("build", Kernel::Tree);
            coordinator.handle(at(1), Event::Message { worker, message: FromWorker::Ready(announcement) });
        }
        coordinator
    }

    // Fails with: a worker that is being started, or a batch that is being counted, among what waits; a dead worker shown
    // as one that counts.
    #[test]
    fn workers_and_what_waits_for_them_are_those_of_the_run() {
        let mut coordinator = running(AfterDeath::GoOn);
        let run = coordinator.snapshot(at(2));
        assert_eq!(waiting(&run), 2);
        assert_eq!(rows(&run, Flow::default())[4].figure, "2 of 3 alive");
        assert_eq!(run.slots.iter().map(worker).collect::<Vec<_>>(), ["W1", "W2", "W3 starting"]);
        let SlotStateView::Computing { worker: second, .. } = run.slots[1].state else {
            panic!("it has a batch");
        };
        coordinator.handle(at(3), Event::Failed { worker: second, reason: "killed".to_owned() });
        let run = coordinator.snapshot(at(4));
        assert_eq!(worker(&run.slots[1]), "W2 dead");
        assert_eq!(rows(&run, Flow::default())[4].figure, "1 of 3 alive");
    }

    // Fails with: a rate that another place has changed; a time that is said to be measured and is not; a figure with digits
    // that mean nothing; a word of the lecture that the glossary does not have.
    #[test]
    fn arrows_and_boxes_say_what_was_measured_and_what_the_lecture_has_there() {
        let run = running(AfterDeath::Replace).snapshot(at(2));
        let figures = |messages_in_ten_seconds, coordinator_us| {
            rows(&run, Flow { messages_in_ten_seconds, coordinator_us }).map(|row| row.figure)
        };
        let [_, shown, coordinator, messages, _] = figures(84, 2_449);
        assert_eq!(coordinator, "about 2,400 µs of each second, including saving");
        assert_eq!(messages, "8.4 messages a second; batches that wait at the workers: 2");
        let a_second = |every: Duration| 1_000 / every.as_millis();
        assert_eq!(
            shown,
            format!(
                "figures {} times a second, pictures {} times",
                a_second(FIGURES_EVERY),
                a_second(PICTURES_EVERY)
            )
        );
        assert!(figures(123_456, 1)[3].starts_with("12,346 messages"));
        assert_eq!(figures(1, 0)[2], "too little for this browser’s clock");
        assert_eq!(figures(0, 0)[2], "nothing to do now");
        assert_eq!([0, 7, 99, 104, 995, 123_456].map(two_digits), [0, 7, 99, 100, 1_000, 120_000]);
        let lecture = rows(&run, Flow::default()).map(|row| row.lecture.to_lowercase());
        for (index, term) in [(0, WINDOW), (1, AFTER), (2, COORDINATOR), (3, QUEUE), (4, WORKER)] {
            assert!(
                lecture[index].contains(&term.lecture.to_lowercase()),
                "{} in {}",
                term.lecture,
                lecture[index]
            );
        }
        assert!(rows(&run, Flow::default())[..ON_MAIN_THREAD].iter().all(|row| !row.name.contains("Worker")));
    }

    // Fails with: a sentence that a student has to read twice.
    #[test]
    fn sentences_are_short() {
        for text in EXERCISES.iter().flat_map(|(there, here)| [*there, *here]).chain([DIFFERENCE]) {
            for sentence in text.split_inclusive(['.', ';', ':']) {
                assert!(sentence.split_whitespace().count() <= 20, "{sentence}");
            }
        }
    }
}
