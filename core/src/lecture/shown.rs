//! A lesson's results as data: the page draws them, and files and scripts have the same.

use dartboard_points::decimal::parse_u64;
use dartboard_threads::task::{Change, State};

use super::runs::Act;
use crate::text::Grouped;

/// What came of a lesson's runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// The values of the three large figures; none before there is one.
    pub figures: [Option<Figure>; 3],
    /// What the threads did over time.
    pub lanes: Option<Lanes>,
    /// How long each way took.
    pub bars: Option<Bars>,
    /// What is in a queue, and who is at it.
    pub places: Option<Places>,
    /// Three stages and the queues between them.
    pub pipeline: Option<Pipeline>,
    /// A list of downloads.
    pub downloads: Option<Downloads>,
    /// What was counted over time, or by a setting.
    pub curves: Vec<Curves>,
    /// What was written, which can be saved.
    pub output: Option<Output>,
    /// Who has started whom.
    pub trees: Vec<Tree>,
    /// The heading of the table where it is a picture of its own, and what stands beside it.
    pub table_head: Option<(&'static str, String)>,
    /// The results of all runs.
    pub strip: Option<Strip>,
    /// What these runs say, in a sentence or a few.
    pub findings: Vec<String>,
    /// Every run, for the table and its file.
    pub table: Table,
    /// The figures for scripts: attribute and plain number.
    pub data: Vec<(&'static str, String)>,
}

/// A large figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it says.
    pub text: String,
    /// What stands small beside it.
    pub beside: Option<String>,
    /// Whether it is what went wrong.
    pub is_loss: bool,
}

impl Figure {
    /// A plain one.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), beside: None, is_loss: false }
    }

    /// A whole number.
    pub fn count(number: u64) -> Self {
        Self::plain(Grouped(number).to_string())
    }
}

/// How a stretch of a thread's time looks. Each look differs by more than its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Its program is being loaded.
    Starting,
    /// It waits for a signal or for an item.
    Waiting,
    /// It does what it is there for.
    Working,
    /// Another keeps it from going on.
    Blocked,
    /// It is dead.
    Dead,
}

impl Look {
    /// How a thread looks in this state; none once it is over.
    pub const fn of(state: State) -> Option<Self> {
        match state {
            State::Waiting | State::Empty | State::Asleep => Some(Self::Waiting),
            State::Working => Some(Self::Working),
            State::Blocked => Some(Self::Blocked),
            State::Over => None,
        }
    }

    /// Its class in the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Waiting => "waits",
            Self::Working => "working",
            Self::Blocked => "blocked",
            Self::Dead => "dead",
        }
    }
}

/// What threads did over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Lanes {
    /// The heading.
    pub title: String,
    /// What stands beside the heading.
    pub note: String,
    /// A row a thread.
    pub rows: Vec<Lane>,
    /// The end of the time axis, which begins at 0, in µs.
    pub span_us: u64,
    /// What looks mean here, in the order of the legend.
    pub legend: Vec<(Look, &'static str)>,
    /// What was counted, over the same time.
    pub curve: Option<Curve>,
}

/// A thread's row.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// Whose.
    pub name: String,
    /// What it did, in order, without gaps that mean something.
    pub stretches: Vec<Stretch>,
}

/// A stretch of time in which a thread did one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its beginning, in µs.
    pub from_us: u64,
    /// Its end, in µs.
    pub to_us: u64,
    /// What it did.
    pub look: Look,
}

impl Stretch {
    /// What a thread did by its states, the last of which goes on until `until_us`.
    pub fn of(trace: &[Change], until_us: u64) -> impl Iterator<Item = Self> {
        let ends = trace.iter().skip(1).map(|change| change.at_us).chain([until_us]);
        trace.iter().zip(ends).filter_map(|(change, to_us)| {
            Look::of(change.state).map(|look| Self { from_us: change.at_us, to_us, look })
        })
    }

    /// The part of it from `begin_us` on, on an axis that begins there and has `span_us`.
    #[must_use]
    pub fn within(self, begin_us: u64, span_us: u64) -> Self {
        let [from_us, to_us] =
            [self.from_us, self.to_us].map(|at_us| at_us.saturating_sub(begin_us).min(span_us));
        Self { from_us, to_us, ..self }
    }

    /// The same without empty ones, and with neighbours of one look joined.
    pub fn joined(stretches: impl Iterator<Item = Self>) -> Vec<Self> {
        let mut joined: Vec<Self> = Vec::new();
        for stretch in stretches.filter(|stretch| stretch.to_us > stretch.from_us) {
            match joined.last_mut() {
                Some(last) if last.look == stretch.look && last.to_us == stretch.from_us => {
                    last.to_us = stretch.to_us;
                }
                _ => joined.push(stretch),
            }
        }
        joined
    }
}

/// Two counts over time: what there should be, and what there is.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What is counted.
    pub name: &'static str,
    /// The greatest value of the axis.
    pub most: u64,
    /// What there should be: (µs, count).
    pub expected: Vec<(u64, u64)>,
    /// What there is.
    pub got: Vec<(u64, u64)>,
}

/// Results on one axis, and what was guessed.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// What stands beside the heading.
    pub note: String,
    /// What each value is of, when there is one.
    pub what: &'static str,
    /// One below the other.
    pub rows: Vec<StripRow>,
    /// The ends of the axis, the least first.
    pub axis: (f64, f64),
    /// What the values 0, 1, … stand for; empty where they are numbers.
    pub names: Vec<String>,
    /// What was guessed.
    pub guesses: Vec<f64>,
}

impl Strip {
    /// A value a run.
    pub fn of_runs(note: String, values: Vec<f64>, axis: (f64, f64), guesses: Vec<f64>) -> Self {
        Self {
            note,
            what: "run",
            rows: vec![StripRow { name: "", values }],
            axis,
            names: Vec::new(),
            guesses,
        }
    }
}

/// A row of a strip.
#[derive(Clone, Debug, PartialEq)]
pub struct StripRow {
    /// What it is called; empty where there is only one.
    pub name: &'static str,
    /// A value a run, the last one last.
    pub values: Vec<f64>,
}

/// How long each of several ways took.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// The heading.
    pub title: String,
    /// What stands beside the heading.
    pub note: String,
    /// One a way.
    pub bars: Vec<Bar>,
    /// What was guessed, as times on the axis.
    pub guesses_ms: Vec<f64>,
    /// What the reference says, in a sentence.
    pub legend: String,
}

/// How long a way took, in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Which way.
    pub name: String,
    /// What it took to begin; 0 if nothing.
    pub before_ms: f64,
    /// The median of all rounds.
    pub ms: f64,
    /// How far rounds lie apart: the ends of the interval of the median where there is one.
    pub range_ms: (f64, f64),
    /// What stands beside it.
    pub text: String,
    /// Whether it is only what the others are judged by.
    pub is_reference: bool,
}

/// A queue at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    /// What Python calls it.
    pub title: String,
    /// What stands beside the heading.
    pub note: String,
    /// Who puts.
    pub producers: Vec<Actor>,
    /// Who gets.
    pub consumers: Vec<Actor>,
    /// What is in the places that are drawn, next out first.
    pub items: Vec<String>,
    /// How many places are drawn.
    pub places: usize,
    /// How many items more there are.
    pub more: usize,
}

/// A thread at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor {
    /// Its name.
    pub name: String,
    /// How it looks.
    pub look: Look,
    /// What it does, in words.
    pub does: String,
}

/// Three stages and the queues between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// Which stage is the slowest, in a sentence.
    pub verdict: String,
    /// The stages, in order.
    pub stages: [StageShown; 3],
    /// How many places of each queue are filled.
    pub queued: [u32; 2],
    /// How many places each has.
    pub places: u32,
    /// Lets all wait, or go on; none when nothing works.
    pub pause: Option<Action>,
}

/// A stage of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct StageShown {
    /// Its name.
    pub name: &'static str,
    /// The shares of its time: working, blocked in `put()`, blocked in `get()`.
    pub shares: [f64; 3],
    /// What it does, in words.
    pub does: String,
    /// Whether it sets the speed.
    pub is_slowest: bool,
    /// What can be done to it now.
    pub actions: Vec<Action>,
}

/// A list of downloads.
#[derive(Clone, Debug, PartialEq)]
pub struct Downloads {
    /// How many are in which state, in the lecture's words; none that are in none.
    pub counts: Vec<(usize, &'static str)>,
    /// What has come of all of them, how fast, and how long the rest will take.
    pub totals: String,
    /// One an address, in the order of the list.
    pub rows: Vec<RowShown>,
    /// What is to be said of the list.
    pub notes: Vec<String>,
    /// What can be done to all of them now.
    pub actions: Vec<Action>,
    /// The addresses of those that have failed, as they were typed.
    pub failed: Vec<String>,
}

/// A download.
#[derive(Clone, Debug, PartialEq)]
pub struct RowShown {
    /// Its number.
    pub row: u32,
    /// What its file is called, or its address until that is known.
    pub name: String,
    /// Its address, as it was typed.
    pub address: String,
    /// How it stands, in the lecture's words.
    pub state: &'static str,
    /// How much of it is there, in thousandths; none where that is not known.
    pub per_mille: Option<u32>,
    /// How much that is.
    pub amount: String,
    /// How long it took, or the rest will take; empty where that is not known.
    pub pace: String,
    /// Why it waits or has failed; empty where there is nothing to say.
    pub reason: String,
    /// What can be done to it now.
    pub action: Option<RowAction>,
}

/// What can be done to a download.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RowAction {
    /// Something that the worker does.
    Act(Action),
    /// Save what is there.
    Save,
}

/// Something that the user can do while a lesson runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Action {
    /// What.
    pub act: Act,
    /// What its button says.
    pub label: &'static str,
}

/// What was written, and can be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// What the file is called.
    pub name: String,
    /// How many bytes it has, as far as is known.
    pub bytes: u64,
    /// Whether it is all there should be.
    pub is_complete: bool,
}

/// Lines in a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// The heading.
    pub title: &'static str,
    /// What stands beside the heading.
    pub note: String,
    /// What is across, and how.
    pub across: Across,
    /// The greatest value up.
    pub most: f64,
    /// The lines; one without points is not there.
    pub series: Vec<Series>,
    /// A value to compare with, and what it is.
    pub reference: Option<(f64, &'static str)>,
}

/// What is across in a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Across {
    /// Time from 0 on, in seconds, and counts from 0 on up.
    Seconds,
    /// Lines per message, by powers of ten in both directions.
    LinesPerMessage,
}

/// A line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it shows.
    pub name: &'static str,
    /// (across, up), from left to right.
    pub points: Vec<(f64, f64)>,
}

/// Who has started whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// The heading.
    pub title: &'static str,
    /// What stands beside the heading.
    pub note: String,
    /// The one that nobody here has started, then each below the one that has started it.
    pub nodes: Vec<Node>,
    /// What looks mean here, in the order of the legend.
    pub legend: Vec<(Look, &'static str)>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name: a few signs.
    pub name: String,
    /// Who has started it: a place before its own.
    pub parent: Option<usize>,
    /// How it looks.
    pub look: Look,
}

/// Rows of texts under headings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The headings.
    pub head: Vec<&'static str>,
    /// The rows, each as long as `head`; numbers as the page writes them.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// As a file of comma-separated values, numbers plain.
    pub fn csv(&self) -> String {
        let mut csv = self.head.join(",") + "\n";
        let plain = |cell: &String| {
            let cell = cell.replace(',', "");
            // Text that a spreadsheet would take for a formula, or for the end of a cell.
            let mark = if cell.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
            let quote = if cell.starts_with('"') { "\"" } else { "" };
            let cell = if quote.is_empty() { cell } else { cell.replace('"', "\"\"") };
            [mark, quote, &cell, quote].concat()
        };
        for row in &self.rows {
            let cells: Vec<_> = row.iter().map(plain).collect();
            csv.push_str(&cells.join(","));
            csv.push('\n');
        }
        csv
    }

    /// As a file of JSON: a list with an object a row, numbers plain.
    pub fn json(&self) -> String {
        let cell = |(head, cell): (&&str, &String)| {
            let plain = cell.replace(',', "");
            let is_number = plain.split('.').all(|digits| parse_u64(digits).is_some()) && !plain.is_empty();
            let value = if is_number { plain } else { quoted(cell) };
            format!("    {}: {value}", quoted(head))
        };
        let row = |row: &Vec<String>| {
            let cells: Vec<String> = self.head.iter().zip(row).map(cell).collect();
            format!("  {{\n{}\n  }}", cells.join(",\n"))
        };
        let rows: Vec<String> = self.rows.iter().map(row).collect();
        format!("[\n{}\n]\n", rows.join(",\n"))
    }
}

/// A text of a table as JSON has it; it holds no control characters.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: a line between two stretches of one kind, a stretch without a length, two that are not neighbours joined.
    #[test]
    fn neighbours_of_one_look_are_one_stretch() {
        let stretch = |from_us, to_us, look| Stretch { from_us, to_us, look };
        let apart = [
            stretch(0, 5, Look::Waiting),
            stretch(5, 9, Look::Waiting),
            stretch(9, 9, Look::Working),
            stretch(9, 12, Look::Blocked),
            stretch(14, 15, Look::Blocked),
        ];
        let joined =
            [stretch(0, 9, Look::Waiting), stretch(9, 12, Look::Blocked), stretch(14, 15, Look::Blocked)];
        assert_eq!(Stretch::joined(apart.into_iter()), joined);
    }

    // Fails with: a number that programs take for a text, a comma that ends its cell.
    #[test]
    fn files_have_plain_numbers() {
        let row = vec!["1".to_owned(), "1,234,567".to_owned(), "8.5".to_owned(), "no \"lock\"".to_owned()];
        let table = Table { head: vec!["run", "got", "time (ms)", "guard"], rows: vec![row] };
        assert_eq!(table.csv(), "run,got,time (ms),guard\n1,1234567,8.5,no \"lock\"\n");
        let read: serde_json::Value = serde_json::from_str(&table.json()).unwrap();
        let expected =
            serde_json::json!([{"run": 1, "got": 1_234_567, "time (ms)": 8.5, "guard": "no \"lock\""}]);
        assert_eq!(read, expected);
    }

    // Fails with: a name that a spreadsheet carries out as a formula, or that swallows the cells after it.
    #[test]
    fn a_name_in_a_file_is_a_name() {
        let row = ["=1+1", "@SUM(A1)", "\"Bob\"", "Bob \"B\" B", "a, b", "–"].map(str::to_owned).to_vec();
        let table = Table { head: vec!["a", "b", "c", "d", "e", "f"], rows: vec![row.clone()] };
        let line = "'=1+1,'@SUM(A1),\"\"\"Bob\"\"\",Bob \"B\" B,a b,–";
        assert_eq!(table.csv().lines().nth(1), Some(line));
        let read: serde_json::Value = serde_json::from_str(&table.json()).unwrap();
        for (cell, name) in row.iter().zip(["a", "b", "c", "d", "e", "f"]) {
            assert_eq!(read[0][name], **cell);
        }
    }
}
