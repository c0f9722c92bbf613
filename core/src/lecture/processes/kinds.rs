//! What can be posted to a worker, tried for real, next to what `pickle` does with the same kind of thing in Python.

use super::one_run::Errands;
use super::{KINDS, void};
use crate::lecture::errand::{Answer, Errand, Next};
use crate::lecture::settings::Values;
use crate::lecture::shown::{Figure, Shown, Table};
use crate::text::counted;

/// A kind of thing.
#[derive(Clone, Copy)]
pub struct Thing {
    /// Its name, also in `worker/process.js`, which makes it.
    pub name: &'static str,
    /// Its like in Python, as an expression; empty if there is none.
    pub python: &'static str,
    /// Whether Python pickles that.
    pub is_pickled: bool,
    /// What becomes of it, and why.
    pub rule: Rule,
}

/// What becomes of a thing that is posted, and why.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// It is data.
    Data,
    /// It is an instance of a class.
    Instance,
    /// It has more than the values of its properties.
    Extras,
    /// It is moved.
    HandedOver,
    /// It can only be moved.
    OnlyHandedOver,
    /// It is transferred in a way that makes no sense.
    Senseless,
    /// It is code.
    Code,
    /// It is known by its identity.
    Identity,
    /// It is in the middle of something.
    UnderWay,
    /// It belongs to the page.
    Page,
    /// It is open to something outside.
    Open,
    /// What it holds is hidden.
    Hidden,
    /// It throws while it is copied.
    Throws,
    /// Browsers differ.
    Differs,
}

/// What becomes of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It comes as it was.
    Equal,
    /// Something else comes.
    Changed,
    /// It is not posted.
    Refused,
}

impl Rule {
    /// What every browser does; none where they differ.
    pub const fn expected(self) -> Option<Outcome> {
        match self {
            Self::Data | Self::HandedOver => Some(Outcome::Equal),
            Self::Instance | Self::Extras => Some(Outcome::Changed),
            Self::Differs => None,
            _ => Some(Outcome::Refused),
        }
    }

    /// Why, in a sentence.
    const fn why(self) -> &'static str {
        match self {
            Self::Data => "Data is copied.",
            Self::Instance => "Its data is copied, its class is not.",
            Self::Extras => "Only the values of its properties are copied.",
            Self::HandedOver => "It is handed over, not copied: the page no longer has it.",
            Self::OnlyHandedOver => "It can only be handed over.",
            Self::Senseless => "It cannot be handed over like this.",
            Self::Code => "Code is not copied: it may use anything around it.",
            Self::Identity => "A copy would be a different object.",
            Self::UnderWay => "It is in the middle of something.",
            Self::Page => "It is a part of this page.",
            Self::Open => "It is open here, and could not be open there.",
            Self::Hidden => "What it holds is hidden from copies.",
            Self::Throws => "Copying it runs code of its own, which throws.",
            Self::Differs => "Browsers differ.",
        }
    }
}

/// How many stand first: those of the lecture.
pub const FIRST: usize = 6;

const fn thing(name: &'static str, rule: Rule, is_pickled: bool, python: &'static str) -> Thing {
    Thing { name, python, is_pickled, rule }
}

/// All kinds, in their order.
pub static THINGS: [Thing; 66] = [
    thing("number", Rule::Data, true, "42.5"),
    thing("dictionary", Rule::Data, true, "{\"id\": 1, \"total\": 49999995000000}"),
    thing("instance of your own class", Rule::Instance, true, "Result(1, 49999995000000)"),
    thing("lambda", Rule::Code, false, "lambda x: 2 * x"),
    thing("open file", Rule::Open, false, "open(__file__)"),
    thing("database connection", Rule::Open, false, "sqlite3.connect(\":memory:\")"),
    thing("NaN", Rule::Data, true, "float(\"nan\")"),
    thing("-0", Rule::Data, true, "-0.0"),
    thing("2n ** 64n", Rule::Data, true, "2 ** 64"),
    thing("a text", Rule::Data, true, "\"π ≈ 3.14\""),
    thing("null", Rule::Data, true, "None"),
    thing("undefined", Rule::Data, true, ""),
    thing("true", Rule::Data, true, "True"),
    thing("new Date", Rule::Data, true, "datetime.date(1970, 1, 1)"),
    thing("new Map", Rule::Data, true, "{1: \"one\"}"),
    thing("new Set", Rule::Data, true, "{1, 2}"),
    thing("a list in itself", Rule::Data, true, "list_in_itself"),
    thing("one object twice", Rule::Data, true, "2 * [{\"id\": 1}]"),
    thing("[1, , 3]", Rule::Data, true, ""),
    thing("new Float64Array", Rule::Data, true, "array.array(\"d\", [1, 2])"),
    thing("new ArrayBuffer", Rule::Data, true, "bytes(8)"),
    thing("/a+/g", Rule::Data, true, "re.compile(\"a+\")"),
    thing("new Error", Rule::Data, true, "ValueError(\"no\")"),
    thing("new DOMException", Rule::Data, true, ""),
    thing("new Blob", Rule::Data, true, "io.BytesIO(b\"text\")"),
    thing("new File", Rule::Data, true, "pathlib.Path(\"a.txt\")"),
    thing("new ImageData", Rule::Data, true, "bytearray(16)"),
    thing("ImageBitmap", Rule::Data, true, ""),
    thing("new DOMRect", Rule::Data, true, "types.SimpleNamespace(x=1, y=2)"),
    thing("CryptoKey", Rule::Data, true, ""),
    thing("WebAssembly.Module", Rule::Data, false, "compile(\"1\", \"\", \"eval\")"),
    thing("SharedArrayBuffer", Rule::Data, false, "multiprocessing.Value(\"i\")"),
    thing("ArrayBuffer, handed over", Rule::HandedOver, true, ""),
    thing("MessagePort, handed over", Rule::HandedOver, true, ""),
    thing("OffscreenCanvas, handed over", Rule::HandedOver, true, ""),
    thing("ReadableStream, handed over", Rule::Differs, true, ""),
    thing("subclass of Array", Rule::Instance, true, "Results([1, 2])"),
    thing("a getter", Rule::Extras, true, ""),
    thing("lastIndex of /a+/g", Rule::Extras, true, ""),
    thing("error.code", Rule::Extras, true, ""),
    thing("Object.freeze", Rule::Extras, true, "frozenset([1])"),
    thing("Object.create", Rule::Instance, true, ""),
    thing("key that is a Symbol", Rule::Extras, true, ""),
    thing("Symbol", Rule::Identity, true, "object()"),
    thing("function", Rule::Code, true, "work"),
    thing("object with a method", Rule::Code, false, "{\"work\": lambda: None}"),
    thing("a class", Rule::Code, true, "Result"),
    thing("new WeakMap", Rule::Identity, false, "weakref.WeakKeyDictionary()"),
    thing("new WeakRef", Rule::Identity, false, "weakref.ref(work)"),
    thing("a generator", Rule::UnderWay, false, "(n for n in [1])"),
    thing("an iterator", Rule::UnderWay, true, "iter([1])"),
    thing("a Promise", Rule::UnderWay, false, "concurrent.futures.Future()"),
    thing("new Proxy", Rule::Identity, false, "types.MappingProxyType({})"),
    thing("document.body", Rule::Page, false, "tkinter.Tk()"),
    thing("window", Rule::Page, false, "sys"),
    thing("new Event", Rule::Page, false, "threading.Event()"),
    thing("new Response", Rule::Hidden, true, ""),
    thing("new URL", Rule::Hidden, true, "urllib.parse.urlparse(\"https://a.example\")"),
    thing("Intl.NumberFormat", Rule::Hidden, true, ""),
    thing("WebAssembly.Instance", Rule::Hidden, true, ""),
    thing("WebAssembly.Memory", Rule::Hidden, true, ""),
    thing("MessagePort, copied", Rule::OnlyHandedOver, false, "socket.socket()"),
    thing("OffscreenCanvas, copied", Rule::OnlyHandedOver, true, ""),
    thing("ArrayBuffer, handed over twice", Rule::Senseless, true, ""),
    thing("a getter that throws", Rule::Throws, true, ""),
    thing("10,000 nested objects", Rule::Differs, false, "nested"),
];

/// What came of a thing, none if there is no such thing here, and its row in the table.
type Came = (Option<Outcome>, Vec<String>);

fn came(thing: &Thing, answer: Answer) -> Result<Came, String> {
    let (outcome, out, words) = match answer {
        Answer::Back { before, after } if before == after => {
            (Some(Outcome::Equal), "equal".to_owned(), String::new())
        }
        Answer::Back { before, after } => {
            (Some(Outcome::Changed), format!("changed: {before} → {after}"), String::new())
        }
        Answer::Refused { error, text } => {
            (Some(Outcome::Refused), "refused".to_owned(), format!("{error}: {text} "))
        }
        Answer::Missing { text } => (None, "not to be had here".to_owned(), text + " "),
        Answer::Failed { text } => return Err(void(&text)),
        Answer::Born { .. } | Answer::Took { .. } | Answer::Passed { .. } => {
            return Err(void("it answers with something else"));
        }
    };
    let expected = thing.rule.expected();
    let is_odd = outcome.is_some() && expected.is_some() && outcome != expected;
    let differs = if is_odd { " Other browsers behave differently." } else { "" };
    let why = format!("{words}{}{differs}", thing.rule.why());
    Ok((outcome, vec![thing.name.to_owned(), out, why, in_python(thing)]))
}

/// The one run.
pub(super) struct KindRuns {
    things: &'static [Thing],
    came: Vec<Came>,
}

impl KindRuns {
    pub(super) fn new(values: &Values) -> Self {
        let things = if values.get(&KINDS) == 0 { &THINGS[..FIRST] } else { &THINGS[..] };
        Self { things, came: Vec::new() }
    }

    fn next(&self) -> Option<Errand> {
        self.things.get(self.came.len()).map(|thing| Errand::Post { thing: thing.name })
    }

    fn count(&self, outcome: Option<Outcome>) -> usize {
        self.came.iter().filter(|(came, _)| *came == outcome).count()
    }

    fn findings(&self) -> Vec<String> {
        let [equal, changed, refused] =
            [Outcome::Equal, Outcome::Changed, Outcome::Refused].map(|outcome| self.count(Some(outcome)));
        let things = counted(self.things.len(), "kind");
        let mut findings = vec![format!(
            "Of {things}, {equal} came as they were, {changed} changed, {refused} were refused."
        )];
        let otherwise = self.things.iter().zip(&self.came).filter(|(thing, (outcome, _))| {
            let is_refused = *outcome == Some(Outcome::Refused);
            outcome.is_some() && !thing.python.is_empty() && is_refused == thing.is_pickled
        });
        findings.push(match otherwise.count() {
            0 => "Python’s pickle refuses the same kinds.".to_owned(),
            count => format!("Python’s pickle treats {count} of these kinds differently."),
        });
        let missing = self.count(None);
        if missing > 0 {
            findings
                .push(format!("This browser, or this visit, does not have {}.", counted(missing, "kind")));
        }
        findings
    }
}

/// What Python does with the like of it, in words.
fn in_python(thing: &Thing) -> String {
    match (thing.python, thing.is_pickled) {
        ("", _) => "–".to_owned(),
        (python, true) => format!("{python}: pickled"),
        (python, false) => format!("{python}: cannot be pickled"),
    }
}

impl Errands for KindRuns {
    fn first(&self) -> Option<Errand> {
        self.next()
    }

    fn told(&mut self, answer: Answer) -> Next {
        let Some(thing) = self.things.get(self.came.len()) else { return Next::Over };
        match came(thing, answer) {
            Ok(came) => self.came.push(came),
            Err(reason) => return Next::Void(reason),
        }
        self.next().map_or(Next::Over, Next::Errand)
    }

    fn shown(&self) -> Shown {
        let [changed, refused] =
            [Outcome::Changed, Outcome::Refused].map(|outcome| self.count(Some(outcome)));
        let posted = self.count(Some(Outcome::Equal)) + changed;
        let count = |count: usize| Some(Figure::count(count as u64));
        Shown {
            figures: [count(posted), count(changed), count(refused)],
            table_head: Some((
                "Posted to a worker, and back",
                format!("{} of {}", self.came.len(), self.things.len()),
            )),
            findings: self.findings(),
            table: Table {
                head: vec!["posted", "what came out", "why", "its like in Python"],
                rows: self.came.iter().map(|(_, row)| row.clone()).collect(),
            },
            data: ["data-kinds-posted", "data-kinds-changed", "data-kinds-refused", "data-kinds-missing"]
                .into_iter()
                .zip([posted, changed, refused, self.count(None)].map(|count| count.to_string()))
                .collect(),
            ..Shown::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lecture::processes::ABOUT;
    use crate::lecture::processes::one_run::OneRun;
    use crate::lecture::runs::{RoundOver, Runs};

    const SCRIPT: &str = include_str!("../../../../worker/process.js");

    fn all_kinds() -> OneRun {
        let mut values = Values::defaults(ABOUT.fields);
        values.set(&KINDS, 1);
        OneRun::of(KindRuns::new(&values))
    }

    fn back(before: &str, after: &str) -> Answer {
        Answer::Back { before: before.to_owned(), after: after.to_owned() }
    }

    // Fails with: a thing that the script does not make, one that it makes and nobody asks for, two of one name.
    #[test]
    fn the_script_makes_every_thing() {
        let kinds = SCRIPT.split_once("const KINDS = {").unwrap().1.split_once("\n};").unwrap().0;
        let made = kinds.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names: Vec<&str> = made
            .filter_map(|line| {
                let line = line.trim();
                let quoted = line.strip_prefix('\'').and_then(|rest| rest.split_once("': "));
                quoted.or_else(|| line.split_once(": ")).map(|(name, _)| name)
            })
            .collect();
        assert_eq!(names, THINGS.map(|thing| thing.name));
    }

    // Fails with: an error that is taken for a copy, a copy that is said to be equal and is not, a figure of another outcome,
    // a thing that is posted twice.
    #[test]
    fn what_came_is_told_apart() {
        let mut runs = OneRun::of(KindRuns::new(&Values::defaults(ABOUT.fields)));
        assert_eq!(runs.errand(), Some(Errand::Post { thing: "number" }));
        let refused = || Answer::Refused { error: "DataCloneError".to_owned(), text: "no".to_owned() };
        let answers = [
            back("42.5", "42.5"),
            back("Object {id: 1}", "Object {id: 1}"),
            back("Result {id: 1}", "Object {id: 1}"),
            refused(),
            refused(),
            Answer::Missing { text: "SecurityError".to_owned() },
        ];
        let next: Vec<Next> = answers.into_iter().map(|answer| runs.told(answer)).collect();
        assert_eq!(next[4], Next::Errand(Errand::Post { thing: "database connection" }));
        assert_eq!(next[5], Next::Over);
        runs.over(RoundOver { done: Vec::new(), heard_us: 0, words: &[], started_us: Vec::new() });
        let shown = runs.shown(&[]);
        assert_eq!(shown.figures.map(|figure| figure.unwrap().text), ["3", "1", "2"]);
        let data =
            ["data-kinds-posted=3", "data-kinds-changed=1", "data-kinds-refused=2", "data-kinds-missing=1"];
        assert_eq!(
            shown.data.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(),
            data
        );
        let rows = shown.table.rows;
        let out: Vec<&str> = rows.iter().map(|row| &*row[1]).collect();
        let changed = "changed: Result {id: 1} → Object {id: 1}";
        assert_eq!(out, ["equal", "equal", changed, "refused", "refused", "not to be had here"]);
        assert_eq!(rows[3][2], "DataCloneError: no Code is not copied: it may use anything around it.");
        assert_eq!(rows[2][3], "Result(1, 49999995000000): pickled");
        assert_eq!(
            shown.findings,
            [
                "Of 6 kinds, 2 came as they were, 1 changed, 2 were refused.",
                "Python’s pickle refuses the same kinds.",
                "This browser, or this visit, does not have 1 kind.",
            ]
        );
    }

    // Fails with: a rule that expects something else than the three engines do, a difference that is not told.
    #[test]
    fn what_other_browsers_do_is_known() {
        let mut runs = all_kinds();
        runs.errand();
        // As expected, but for the last kinds.
        for thing in &THINGS {
            let answer = match thing.rule.expected() {
                _ if thing.name == "number" => back("1", "2"),
                Some(Outcome::Equal) => back("1", "1"),
                Some(Outcome::Changed) => back("1", "2"),
                Some(Outcome::Refused) => Answer::Refused { error: String::new(), text: String::new() },
                None => Answer::Missing { text: String::new() },
            };
            runs.told(answer);
        }
        let rows = runs.shown(&[]).table.rows;
        let odd: Vec<&str> =
            rows.iter().filter(|row| row[2].contains("Other browsers")).map(|row| &*row[0]).collect();
        assert_eq!(odd, ["number"]);
        let expected = |outcome| THINGS.iter().filter(|thing| thing.rule.expected() == outcome).count();
        assert_eq!([Some(Outcome::Equal), Some(Outcome::Changed), None].map(expected), [31, 8, 2]);
        let mut runs = all_kinds();
        runs.errand();
        assert!(matches!(runs.told(Answer::Took { us: 1 }), Next::Void(_)));
    }
}
