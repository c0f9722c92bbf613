//! Three experiments to try: what to predict, and what then came.

use dartboard_points::tally::Tally;

use crate::run::config::{BatchPoints, BatchSize};
use crate::run::estimate::{DECIMALS, Estimate};
use crate::text::{Fixed, Grouped, Scientific, short_count};

/// An experiment; its link sets the page up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Experiment {
    /// The error falls as 1/√N.
    NextDigit,
    /// The batch that is too small.
    SmallBatches,
    /// Workers are killed, and the total is the same.
    KilledWorker,
}

impl Experiment {
    /// All of them, in the order to try them in.
    pub const ALL: [Self; 3] = [Self::NextDigit, Self::SmallBatches, Self::KilledWorker];

    /// Its name in the page's address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NextDigit => "next-digit",
            Self::SmallBatches => "small-batches",
            Self::KilledWorker => "killed-worker",
        }
    }

    /// The experiment of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|experiment| experiment.name() == name)
    }

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NextDigit => "Why the next digit takes a hundred times as long",
            Self::SmallBatches => "The batch that is too small",
            Self::KilledWorker => "Kill a worker, get the same total",
        }
    }

    /// The part of an address that sets the page up.
    pub const fn link(self) -> &'static str {
        match self {
            Self::NextDigit => "#/?seed=31415&batch=1000000&target=10000000000&experiment=next-digit",
            Self::SmallBatches => "#/?seed=27182&batch=100000&experiment=small-batches",
            Self::KilledWorker => {
                "#/?seed=16180&workers=4&batch=20000000&target=40000000000&experiment=killed-worker"
            }
        }
    }

    /// What to think about before Start.
    pub const fn question(self) -> &'static str {
        match self {
            Self::NextDigit => {
                "Ten thousand points give about two decimals of π. Ten thousand million points are a million times as \
                 many. How many decimals will they give? Write your guess down, then press Start."
            }
            Self::SmallBatches => {
                "Each batch of 100,000 points is one message to a worker and one back. What will the rate be with batches a \
                 hundred times as large: the same, twice, ten times? Guess, press Start, wait for the first rate below, \
                 then change the batch."
            }
            Self::KilledWorker => {
                "This run counts 40 thousand million points. Let it finish once. Then press Reset and Start, and kill and \
                 crash workers while it runs, as often as you like. How far from the first total will the second be?"
            }
        }
    }

    /// What it teaches.
    pub const fn lesson(self) -> &'static str {
        match self {
            Self::NextDigit => {
                "The standard error of N points is 1.642/√N: a hundred times the points make it a tenth, which is one more \
                 digit. More workers help by a factor, never by digits. A single error may be lucky; the standard \
                 error never is."
            }
            Self::SmallBatches => {
                "A message costs about as much time as counting some hundred thousand points, and the main thread hears \
                 them one after the other. Batches that take tens of milliseconds make that cost vanish; much longer ones \
                 only make Stop, and the loss of a worker, dearer."
            }
            Self::KilledWorker => {
                "A block’s points are decided by the seed and the block’s number alone, and a block counts once. A dead \
                 worker’s blocks go back to the coordinator and are counted by another: the same points, the same total."
            }
        }
    }
}

/// The batch to change to in [`Experiment::SmallBatches`].
pub const LARGE_BATCH: u64 = 10_000_000;

/// The page's run at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// When, in milliseconds since any beginning.
    pub at_ms: u64,
    /// Whether it counts.
    pub running: bool,
    /// Whether it has reached its target.
    pub finished: bool,
    /// What is counted.
    pub tally: Tally,
    /// Replacements of dead workers.
    pub restarts: u64,
    /// Points a second.
    pub points_per_second: f64,
    /// The size of batches.
    pub batch: BatchSize,
}

/// A rate is believed once the batch has been the same for this long: the page's own covers two seconds.
const SETTLED_MS: u64 = 2_500;

/// What was observed so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    /// The batch size now, and since when it has been counted with.
    batch: Option<(BatchPoints, u64)>,
    /// The highest rate seen for each batch size, in the order they were tried.
    rates: Vec<(BatchPoints, f64)>,
    /// Runs that reached their target: tally and restarts, in the order they did.
    finished: Vec<(Tally, u64)>,
    was_finished: bool,
}

impl Notes {
    /// Takes note of what is to be seen.
    pub fn observe(&mut self, seen: &Observation) {
        self.observe_rate(seen);
        if seen.finished && !self.was_finished {
            self.finished.push((seen.tally, seen.restarts));
        }
        self.was_finished = seen.finished;
    }

    fn observe_rate(&mut self, seen: &Observation) {
        let BatchSize::Fixed(batch) = seen.batch else { return };
        if !seen.running {
            self.batch = None;
            return;
        }
        match self.batch {
            Some((same, since_ms)) if same == batch => {
                if seen.at_ms.saturating_sub(since_ms) < SETTLED_MS {
                    return;
                }
                match self.rates.iter_mut().find(|(known, _)| *known == batch) {
                    Some((_, rate)) => *rate = rate.max(seen.points_per_second),
                    None => self.rates.push((batch, seen.points_per_second)),
                }
            }
            _ => self.batch = Some((batch, seen.at_ms)),
        }
    }

    /// What has come of `experiment` so far, a sentence a line; `marks` is the run's history.
    pub fn results(&self, experiment: Experiment, marks: &[Tally]) -> Vec<String> {
        match experiment {
            Experiment::NextDigit => digits(marks),
            Experiment::SmallBatches => self.rates(),
            Experiment::KilledWorker => self.totals(),
        }
    }

    fn rates(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .rates
            .iter()
            .map(|(batch, rate)| {
                format!("Batches of {}: {} points a second.", Grouped(batch.points()), short_count(*rate))
            })
            .collect();
        let by_size = |a: &&(BatchPoints, f64), b: &&(BatchPoints, f64)| a.0.cmp(&b.0);
        let ends = (self.rates.iter().min_by(by_size), self.rates.iter().max_by(by_size));
        if let (Some((smallest, slow)), Some((largest, fast))) = ends
            && smallest < largest
            && *slow > 0.0
        {
            lines.push(format!(
                "Batches {} times as large: {} times the points.",
                Grouped(largest.points() / smallest.points()),
                Fixed(fast / slow, 1),
            ));
        }
        lines
    }

    fn totals(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .finished
            .iter()
            .zip(1..)
            .map(|((tally, restarts), number)| {
                format!(
                    "Run {number}: {} of {} inside, {restarts} workers replaced.",
                    Grouped(tally.inside),
                    Grouped(tally.points),
                )
            })
            .collect();
        if let [(first, _), .., (last, _)] = self.finished.as_slice()
            && first.points == last.points
        {
            lines.push(if first == last {
                "The same, to the last point.".to_owned()
            } else {
                "They differ: that must not be. Please report it.".to_owned()
            });
        }
        lines
    }
}

/// The estimate each time the number of points had grown a hundredfold.
fn digits(marks: &[Tally]) -> Vec<String> {
    let last = marks.last().map_or(0, |mark| mark.points);
    [4, 6, 8, 10]
        .into_iter()
        .map(|exponent| 10_u64.pow(exponent))
        .filter(|&points| last >= points)
        .filter_map(|points| {
            let mark = *marks.iter().find(|mark| mark.points >= points)?;
            let Estimate { pi, standard_error } = Estimate::of(mark)?;
            Some(format!(
                "{} points: π ≈ {}, error {}, standard error {}.",
                short_count(mark.points as f64),
                Fixed(pi, DECIMALS),
                Scientific((pi - std::f64::consts::PI).abs()),
                Scientific(standard_error),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address;
    use crate::run::estimate::STANDARD_ERROR_OF_ONE_POINT;

    fn seen(at_ms: u64, batch: u64, rate: f64) -> Observation {
        Observation {
            at_ms,
            running: true,
            finished: false,
            tally: Tally::default(),
            restarts: 0,
            points_per_second: rate,
            batch: BatchSize::Fixed(BatchPoints::nearest(batch / 100_000)),
        }
    }

    #[test]
    fn every_link_sets_the_page_up_and_starts_nothing() {
        for experiment in Experiment::ALL {
            let (link, errors) = address::parse(experiment.link());
            assert_eq!(errors, []);
            assert_eq!((link.experiment, link.start), (Some(experiment), false));
            assert_eq!(Experiment::named(experiment.name()), Some(experiment));
        }
    }

    // Fails with: a link that was changed, and its texts not.
    #[test]
    fn titles_questions_and_lessons_speak_of_what_the_link_sets_up() {
        let standard_error = Fixed(STANDARD_ERROR_OF_ONE_POINT, 3).to_string();
        for (experiment, set_up, title, question, lesson) in [
            (
                Experiment::NextDigit,
                "target=10000000000&",
                "next digit",
                "Ten thousand million points",
                &*standard_error,
            ),
            (
                Experiment::SmallBatches,
                "batch=100000&",
                "batch that is too small",
                "Each batch of 100,000 points",
                "message",
            ),
            (
                Experiment::KilledWorker,
                "target=40000000000&",
                "Kill a worker",
                "counts 40 thousand million points",
                "dead worker",
            ),
        ] {
            for (text, part) in [
                (experiment.link(), set_up),
                (experiment.title(), title),
                (experiment.question(), question),
                (experiment.lesson(), lesson),
            ] {
                assert!(text.contains(part), "“{part}” is not in: {text}");
            }
        }
    }

    #[test]
    fn a_rate_counts_once_it_has_settled_and_the_sizes_are_compared() {
        let mut notes = Notes::default();
        for (at_ms, batch, rate) in [
            (0, 100_000, 9e9),
            (2_000, 100_000, 8e9),
            (2_500, 100_000, 2e9),
            (3_000, 100_000, 1e9),
            (3_100, 10_000_000, 2e9),
        ] {
            notes.observe(&seen(at_ms, batch, rate));
        }
        assert_eq!(
            notes.results(Experiment::SmallBatches, &[]),
            ["Batches of 100,000: 2.00 billion points a second."]
        );
        notes.observe(&Observation { running: false, ..seen(5_000, 10_000_000, 0.0) });
        notes.observe(&seen(9_000, 10_000_000, 9e9));
        assert_eq!(notes.results(Experiment::SmallBatches, &[]).len(), 1, "not before it has settled again");
        notes.observe(&seen(12_000, 10_000_000, 4e9));
        notes.observe(&seen(13_000, 10_000_000, 5e9));
        assert_eq!(
            notes.results(Experiment::SmallBatches, &[])[1..],
            [
                "Batches of 10,000,000: 5.00 billion points a second.",
                "Batches 100 times as large: 2.5 times the points."
            ]
        );
    }

    #[test]
    fn a_rate_of_nothing_is_not_divided_by() {
        let mut notes = Notes::default();
        for (at_ms, batch, rate) in
            [(0, 100_000, 0.0), (2_500, 100_000, 0.0), (2_600, 200_000, 0.0), (5_100, 200_000, 1e9)]
        {
            notes.observe(&seen(at_ms, batch, rate));
        }
        assert_eq!(
            notes.results(Experiment::SmallBatches, &[]),
            ["Batches of 100,000: 0 points a second.", "Batches of 200,000: 1.00 billion points a second."]
        );
    }

    #[test]
    fn totals_are_compared_to_the_last_point() {
        let finished = |inside, restarts| Observation {
            running: false,
            finished: true,
            tally: Tally { points: 1_000_000, inside },
            restarts,
            ..seen(0, 100_000, 0.0)
        };
        let mut notes = Notes::default();
        for observation in
            [finished(785_000, 0), finished(785_000, 0), seen(1, 100_000, 0.0), finished(785_000, 7)]
        {
            notes.observe(&observation);
        }
        assert_eq!(
            notes.results(Experiment::KilledWorker, &[]),
            [
                "Run 1: 785,000 of 1,000,000 inside, 0 workers replaced.",
                "Run 2: 785,000 of 1,000,000 inside, 7 workers replaced.",
                "The same, to the last point."
            ]
        );
        notes.observe(&seen(2, 100_000, 0.0));
        notes.observe(&finished(785_001, 1));
        assert!(notes.results(Experiment::KilledWorker, &[])[3].contains("differ"));
    }

    #[test]
    fn the_error_is_told_at_every_hundredfold() {
        let marks: Vec<Tally> = [100, 9_000, 10_240, 950_000, 1_100_000, 99_000_000]
            .into_iter()
            .map(|points| Tally { points, inside: points / 4 * 3 })
            .collect();
        let lines = Notes::default().results(Experiment::NextDigit, &marks);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], "10.2 thousand points: π ≈ 3.00000000, error 1.42e-1, standard error 1.71e-2.");
        assert!(lines[1].starts_with("1.10 million points"));
    }
}
