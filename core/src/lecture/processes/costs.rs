//! What a message costs: by its size, by how it is sent, and by its parts.

use super::one_run::Errands;
use super::{LARGEST, void};
use crate::benchmark::statistics::Spread;
use crate::lecture::errand::{Answer, Errand, Next, Way};
use crate::lecture::settings::Values;
use crate::lecture::shown::{Bar, Bars, Figure, Shown, Table};
use crate::text::Fixed;

/// A message: its size in bytes and in words, how often it goes there and back in a sample, how many samples there are.
struct Size {
    bytes: u64,
    name: &'static str,
    rounds: u32,
    samples: usize,
}

const fn size(bytes: u64, name: &'static str, rounds: u32, samples: usize) -> Size {
    Size { bytes, name, rounds, samples }
}

/// The last one is more than any browser has in one piece.
static SIZES: [Size; 6] = [
    size(1 << 10, "1 KB", 100, 11),
    size(256 << 10, "256 KB", 20, 11),
    size(1 << 20, "1 MB", 5, 11),
    size(16 << 20, "16 MB", 1, 5),
    size(64 << 20, "64 MB", 1, 3),
    size(1 << 40, "1 TB", 1, 1),
];

/// 10,000 times two numbers.
static OBJECTS: Size = size(160_000, "10,000 objects", 1, 7);
static ARRAY: Size = size(160_000, "one array", 20, 7);

/// How messages of each size go.
const WAYS: [Way; 3] = [Way::Clone, Way::Transfer, Way::Shared];

/// What stands beside a size.
const fn how(way: Way) -> &'static str {
    match way {
        Way::Clone => "copied",
        Way::Transfer => "handed over",
        Way::Shared => "shared",
        Way::Objects | Way::Array => "",
    }
}

/// A message that goes one way.
struct Step {
    size: &'static Size,
    way: Way,
    /// How long a round trip takes, in ms, a sample each.
    ms: Vec<f64>,
    /// Why it does not go.
    refused: Option<String>,
}

impl Step {
    fn median_ms(&self) -> Option<f64> {
        Spread::of(&self.ms).map(|spread| spread.median)
    }

    fn is_over(&self) -> bool {
        self.refused.is_some() || self.ms.len() >= self.size.samples
    }
}

/// The one run.
pub(super) struct CostRuns {
    steps: Vec<Step>,
}

impl CostRuns {
    pub(super) fn new(values: &Values) -> Self {
        let sizes = match values.get(&LARGEST) {
            1 => &SIZES[..4],
            2 => &SIZES[..3],
            3 => &SIZES[..],
            _ => &SIZES[..5],
        };
        let step = |size, way| Step { size, way, ms: Vec::new(), refused: None };
        let mut steps = Vec::new();
        for size in sizes {
            steps.extend(WAYS.map(|way| step(size, way)));
        }
        steps.extend([step(&OBJECTS, Way::Objects), step(&ARRAY, Way::Array)]);
        Self { steps }
    }

    fn next(&self) -> Option<Errand> {
        let step = self.steps.iter().find(|step| !step.is_over())?;
        Some(Errand::Time { way: step.way, bytes: step.size.bytes, rounds: step.size.rounds })
    }

    /// The largest message that went in this way, and how long it took.
    fn largest(&self, way: Way) -> Option<(&Step, f64)> {
        let step = self.steps.iter().rfind(|step| step.way == way && !step.ms.is_empty())?;
        Some((step, step.median_ms()?))
    }

    /// How many times as long objects take as one array.
    fn times(&self) -> Option<f64> {
        let [objects, array] = [Way::Objects, Way::Array].map(|way| self.largest(way).map(|(_, ms)| ms));
        Some(objects? / array.filter(|&ms| ms > 0.0)?)
    }

    fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for way in WAYS {
            if let Some((step, ms)) = self.largest(way) {
                findings.push(format!(
                    "{} took {} ms there and back, {}.",
                    step.size.name,
                    shown_ms(ms),
                    how(way)
                ));
            }
        }
        if let Some(times) = self.times() {
            findings.push(format!(
                "10,000 objects of two numbers took {} times as long as the same numbers in one array.",
                Fixed(times, usize::from(times < 10.0))
            ));
        }
        // Of each reason the first.
        for (index, step) in self.steps.iter().enumerate() {
            let is_new = self.steps[..index].iter().all(|other| other.refused != step.refused);
            if let (true, Some(words)) = (is_new, &step.refused) {
                let (size, how) = (step.size.name, how(step.way));
                findings.push(format!("{size} {how} was refused: “{words}”. The page goes on."));
            }
        }
        findings
    }

    fn bars(&self) -> Bars {
        let mut bars = Vec::new();
        for way in [Way::Clone, Way::Transfer, Way::Shared, Way::Objects, Way::Array] {
            let Some((step, ms)) = self.largest(way) else { continue };
            let range_ms = step.ms.iter().fold((ms, ms), |(least, most), &ms| (least.min(ms), most.max(ms)));
            let (name, text) = (format!("{} {}", step.size.name, how(way)), format!("{} ms", shown_ms(ms)));
            bars.push(Bar { name, before_ms: 0.0, ms, range_ms, text, is_reference: false });
        }
        Bars {
            title: "The largest message, and its parts".to_owned(),
            note: "median".to_owned(),
            bars,
            guesses_ms: Vec::new(),
            legend: "The line in a bar: from the fastest to the slowest sample.".to_owned(),
        }
    }

    /// A row a size, a column a way; what has no ways stands in the first column.
    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows: Vec<Vec<String>> = Vec::new();
        for step in &self.steps {
            let shown = match (step.median_ms(), &step.refused) {
                (Some(ms), _) => Fixed(ms, 3).to_string(),
                (None, Some(_)) => "refused".to_owned(),
                (None, None) => String::new(),
            };
            match rows.last_mut() {
                Some(row) if row[0] == step.size.name => row.push(shown),
                _ => rows.push(vec![step.size.name.to_owned(), shown]),
            }
        }
        for row in &mut rows {
            row.resize(1 + WAYS.len(), String::new());
        }
        rows
    }
}

impl Errands for CostRuns {
    fn first(&self) -> Option<Errand> {
        self.next()
    }

    fn told(&mut self, answer: Answer) -> Next {
        let Some(step) = self.steps.iter_mut().find(|step| !step.is_over()) else { return Next::Over };
        match answer {
            Answer::Took { us } => step.ms.push(us as f64 / 1e3 / f64::from(step.size.rounds)),
            Answer::Refused { error, text } => step.refused = Some(format!("{error}: {text}")),
            Answer::Failed { text } => return Next::Void(void(&text)),
            _ => return Next::GoesOn,
        }
        self.next().map_or(Next::Over, Next::Errand)
    }

    fn shown(&self) -> Shown {
        let figure = |way| {
            let (step, ms) = self.largest(way)?;
            let text = format!("{} ms", shown_ms(ms));
            Some(Figure { beside: Some(step.size.name.to_owned()), ..Figure::plain(text) })
        };
        let ms = |(name, way)| {
            (name, self.largest(way).map_or_else(String::new, |(_, ms)| Fixed(ms, 4).to_string()))
        };
        let mut data: Vec<_> = [
            ("data-clone-ms", Way::Clone),
            ("data-transfer-ms", Way::Transfer),
            ("data-shared-ms", Way::Shared),
            ("data-objects-ms", Way::Objects),
            ("data-array-ms", Way::Array),
        ]
        .into_iter()
        .map(ms)
        .collect();
        let refused = self.steps.iter().filter(|step| step.way == Way::Clone && step.refused.is_some());
        data.push(("data-sizes-refused", refused.count().to_string()));
        Shown {
            figures: [
                figure(Way::Clone),
                figure(Way::Transfer),
                self.times().map(|times| Figure::plain(format!("{} ×", Fixed(times, 1)))),
            ],
            bars: Some(self.bars()),
            table_head: Some(("By size", "there and back, median".to_owned())),
            findings: self.findings(),
            table: Table {
                head: vec!["message", "copied (ms)", "handed over (ms)", "shared (ms)"],
                rows: self.rows(),
            },
            data,
            ..Shown::default()
        }
    }
}

fn shown_ms(ms: f64) -> Fixed {
    Fixed(ms, if ms < 10.0 { 2 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lecture::processes::ABOUT;
    use crate::lecture::processes::one_run::OneRun;
    use crate::lecture::runs::{RoundOver, Runs};

    fn runs(largest: u64) -> OneRun {
        let mut values = Values::defaults(ABOUT.fields);
        values.set(&LARGEST, largest);
        OneRun::of(CostRuns::new(&values))
    }

    /// Answers every errand; how many there were.
    fn run(runs: &mut OneRun, answer: impl Fn(Way, u64) -> Answer) -> usize {
        let mut next = Next::Errand(runs.errand().unwrap());
        let mut errands = 0;
        while let Next::Errand(Errand::Time { way, bytes, .. }) = next {
            errands += 1;
            next = runs.told(answer(way, bytes));
        }
        assert_eq!(next, Next::Over);
        runs.over(RoundOver { done: Vec::new(), heard_us: 0, words: &[], started_us: Vec::new() });
        errands
    }

    // Fails with: a size that is left out, a time of all rounds shown as that of one, a ratio the wrong way round.
    #[test]
    fn every_size_goes_every_way_and_objects_are_compared_with_an_array() {
        let mut runs = runs(0);
        let us = |way, bytes: u64| match way {
            Way::Clone => bytes / 1_000,
            Way::Transfer | Way::Shared => 60,
            Way::Objects => 9_000,
            Way::Array => 20 * 200,
        };
        let errands = run(&mut runs, |way, bytes| Answer::Took { us: us(way, bytes) });
        assert_eq!(errands, 3 * (3 * 11 + 5 + 3) + 2 * 7);
        let shown = runs.shown(&[]);
        let figures = shown.figures.map(|figure| figure.unwrap());
        assert_eq!(figures.clone().map(|figure| figure.text), ["67 ms", "0.06 ms", "45.0 ×"]);
        assert_eq!(figures[0].beside.as_deref(), Some("64 MB"));
        let rows = shown.table.rows;
        assert_eq!(rows.len(), 7);
        assert_eq!(rows[2], ["1 MB", "0.210", "0.012", "0.012"]);
        assert_eq!(rows[5..], [["10,000 objects", "9.000", "", ""], ["one array", "0.200", "", ""]]);
        assert_eq!(
            shown.findings,
            [
                "64 MB took 67 ms there and back, copied.",
                "64 MB took 0.06 ms there and back, handed over.",
                "64 MB took 0.06 ms there and back, shared.",
                "10,000 objects of two numbers took 45 times as long as the same numbers in one array.",
            ]
        );
        assert_eq!(shown.bars.unwrap().bars.len(), 5);
        assert_eq!(shown.data[0], ("data-clone-ms", "67.1080".to_owned()));
    }

    // Fails with: a refusal that ends the run or is not told, a way that is tried again and again after it.
    #[test]
    fn what_is_refused_is_told_and_the_others_go_on() {
        let mut runs = runs(3);
        let refused = |text: &str| Answer::Refused { error: "RangeError".to_owned(), text: text.to_owned() };
        let errands = run(&mut runs, |way, bytes| match (way, bytes) {
            (Way::Shared, _) => refused("none"),
            (_, TOO_LARGE_BYTES) => refused("Array buffer allocation failed"),
            _ => Answer::Took { us: 500 },
        });
        assert_eq!(errands, 2 * (3 * 11 + 5 + 3) + 6 + 2 + 2 * 7);
        let shown = runs.shown(&[]);
        assert_eq!(shown.figures[0].as_ref().unwrap().beside.as_deref(), Some("64 MB"));
        assert_eq!(shown.table.rows[5], ["1 TB", "refused", "refused", "refused"]);
        assert_eq!(
            shown.findings[3..],
            [
                "1 KB shared was refused: “RangeError: none”. The page goes on.",
                "1 TB copied was refused: “RangeError: Array buffer allocation failed”. The page goes on.",
            ]
        );
        assert!(shown.data.contains(&("data-sizes-refused", "1".to_owned())), "{:?}", shown.data);
        assert!(matches!(runs_of_one(Answer::Failed { text: "404".to_owned() }), Next::Void(_)));
    }

    const TOO_LARGE_BYTES: u64 = 1 << 40;

    fn runs_of_one(answer: Answer) -> Next {
        let mut runs = runs(2);
        runs.errand();
        runs.told(answer)
    }
}
