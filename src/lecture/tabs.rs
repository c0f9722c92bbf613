//! The tabs below a lesson's figures: why, the same in Python, every run, more settings.

use yew::prelude::*;
use yew::virtual_dom::VText;

use super::orders::view_orders;
use crate::ui::{attributed, element, link, table, text, view_button, view_button_of};
use dartboard_core::address::Page;
use dartboard_core::lecture::settings::Values;
use dartboard_core::lecture::shown::{Shown, Table};
use dartboard_core::lecture::{About, Lesson};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Why it comes as it does.
    Why,
    /// The same in Python.
    Python,
    /// Every run.
    Table,
    /// What is set less often.
    Settings,
}

impl Tab {
    /// All of them, in order.
    pub(super) const ALL: [Self; 4] = [Self::Why, Self::Python, Self::Table, Self::Settings];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Why => "Why",
            Self::Python => "Python",
            Self::Table => "Table",
            Self::Settings => "More settings",
        }
    }

    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Why => "tab-why",
            Self::Python => "tab-python",
            Self::Table => "tab-table",
            Self::Settings => "tab-settings",
        }
    }

    /// Whether it would give the result away before the first run.
    pub(super) const fn tells(self) -> bool {
        !matches!(self, Self::Settings)
    }
}

/// A file: its name, its media type, its text.
pub(super) type SavedFile = (&'static str, &'static str, String);

/// Which of the possible orders is gone through, and who is told of another.
pub(super) type Orders = (Option<usize>, Callback<usize>);

/// Why: first what these runs say, then what is always so.
pub(super) fn view_why(lesson: Lesson, why: Vec<AttrValue>, shown: &Shown, orders: Orders) -> Html {
    let mut why = why.into_iter();
    let sentence = why.next().map(|first| text("p", "sentence", first));
    let findings = shown.findings.iter().map(|finding| text("li", "", finding.clone().into())).collect();
    let mut parts: Vec<Html> = sentence.into_iter().collect();
    parts.push(element("ul", "findings", findings));
    parts.extend(why.map(|sentence| text("p", "", sentence)));
    parts.push(view_more_why(lesson, orders));
    element("div", "why", parts)
}

/// What a lesson has beside its sentences.
fn view_more_why(lesson: Lesson, (order, on_order): Orders) -> Html {
    match lesson {
        Lesson::Race => view_orders(order, &on_order),
        Lesson::Gil => {
            let name = "Exercise 1: the same with the fast kernel, and what starting costs";
            link("", Page::Benchmark.route().to_owned(), vec![name.into()])
        }
        Lesson::FirstThread
        | Lesson::Daemon
        | Lesson::Queue
        | Lesson::Processes
        | Lesson::Compared
        | Lesson::Window
        | Lesson::Batch
        | Lesson::Downloads
        | Lesson::Pipeline => Html::default(),
    }
}

/// Of a program that may be wider than its place: the keyboard scrolls it, too.
const REGION: [(&str, &str); 3] = [("tabindex", "0"), ("role", "region"), ("aria-label", "The program")];

/// The same in Python.
pub(super) fn view_python(
    about: &About,
    values: &Values,
    on_copy: &Callback<String>,
    on_save: &Callback<SavedFile>,
) -> Html {
    let python = about.python;
    let program = (python.program)(values);
    let on_copy = {
        let program = program.clone();
        on_copy.reform(move |_: MouseEvent| program.clone())
    };
    let on_save = {
        let program = program.clone();
        on_save.reform(move |_: MouseEvent| (python.file_name, "text/x-python", program.clone()))
    };
    let code =
        |code: AttrValue| attributed("code", "", &[("translate", "no")], vec![VText::new(code).into()]);
    let buttons = vec![view_button("Copy", on_copy), view_button("Save as .py", on_save)];
    let program = vec![
        attributed("pre", "", &REGION, vec![code(program.into())]),
        element("div", "run-buttons", buttons),
    ];
    let said = |said: &'static str| VText::new(said).into();
    let beside = python.beside.iter().map(|&(python, here)| vec![code(python.into()), said(here)]).collect();
    let prints = python.prints.iter().map(|&(version, printed)| vec![said(version), said(printed)]).collect();
    let beside = vec![
        table("", &["Python", "on this page"], beside),
        table("", &["CPython", "printed, with the lecture’s numbers"], prints),
        text("p", "", python.remark.into()),
    ];
    element("div", "python", vec![element("div", "", program), element("div", "", beside)])
}

/// Every run.
pub(super) fn view_table(about: &About, shown: &Table, on_save: &Callback<SavedFile>) -> Html {
    let save = |kind: &'static str, name: &'static str, text: fn(&Table) -> String| {
        let table = shown.clone();
        on_save.reform(move |_: MouseEvent| (name, kind, text(&table)))
    };
    let buttons = vec![
        view_button_of(Some("small"), "Save CSV", false, save("text/csv", about.files[0], Table::csv)),
        view_button_of(
            Some("small"),
            "Save JSON",
            false,
            save("application/json", about.files[1], Table::json),
        ),
    ];
    let frame = view_rows("All runs", shown);
    element("div", "", vec![element("div", "run-buttons", buttons), frame])
}

/// Rows in a frame of that name, which the keyboard scrolls, too.
pub(super) fn view_rows(name: &'static str, rows: &Table) -> Html {
    let cell = |cell: &String| VText::new(cell.clone()).into();
    let cells = rows.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let frame = [("tabindex", "0"), ("role", "region"), ("aria-label", name)];
    attributed("div", "table-frame", &frame, vec![table("", &rows.head, cells)])
}
