//! The lecture at a glance.

use yew::prelude::*;

use super::{LecturePage, Message};
use crate::browser::machine;
use crate::ui::{attributed, element, link, text, view_button_of};
use dartboard_core::address::Page;
use dartboard_core::lecture::Lesson;
use dartboard_core::lecture::check::{Check, Checked, Scaling};
use dartboard_core::lecture::glossary::{self, Term};
use dartboard_core::lecture::index::{CAPSTONE, Entry, Group, groups};
use dartboard_core::lecture::shared_memory::SharedMemory;

/// Every lesson with its question; a mark at those that were run on this visit. At its foot, the check before class.
pub(super) fn view_index(context: &Context<LecturePage>, page: &LecturePage) -> Html {
    let (groups, run) = (groups(), page.run.as_slice());
    let column = |is_right: bool| {
        let groups = groups.iter().filter(|group| (group.name == CAPSTONE) == is_right);
        element("div", "", groups.map(|group| view_group(group, run)).collect())
    };
    let mut parts = vec![
        text("h1", "", "The lecture’s examples, really running".into()),
        text("p", "hint", "Guess first, then run. All of it runs on this device.".into()),
    ];
    parts.extend(page.view_elsewhere());
    parts.extend([
        element("div", "index-columns", vec![column(false), column(true)]),
        view_cheat_sheet(),
        view_check(context, page),
        view_class(),
    ]);
    element("div", "index", parts)
}

/// The way to the page of a class.
fn view_class() -> Html {
    let way = link("", Page::Hall.route().to_owned(), vec!["Count together with your class".into()]);
    element("p", "hint class-line", vec![way, ": all devices, one estimate of π.".into()])
}

fn view_group(group: &Group, run: &[Lesson]) -> Html {
    let row = |entry: &Entry| {
        let was_run = entry.lesson.is_some_and(|lesson| run.contains(&lesson));
        let mark = [("role", "img"), ("aria-label", "run on this visit")];
        let mut parts = vec![text("b", "", entry.name.into()), text("span", "", entry.question.into())];
        parts.extend(was_run.then(|| attributed("i", "", &mark, vec!["✓".into()])));
        element("li", "", vec![link("", entry.address.clone(), parts)])
    };
    let rows = element("ul", "", group.entries.iter().map(row).collect());
    element("section", "panel", vec![text("h2", "", group.name.into()), rows])
}

/// Every word of the lecture: what it is here, and where it is to be seen.
fn view_cheat_sheet() -> Html {
    let row = |term: &Term| {
        let parts = vec![text("b", "", term.lecture.into()), text("span", "", term.here.into())];
        element("li", "", vec![link("", term.address.to_owned(), parts)])
    };
    let rows = element("ul", "", glossary::ALL.iter().map(row).collect());
    let hint = "The lecture’s words, what each is on this page, and where to see it.";
    let attributes = [("id", "cheat-sheet"), ("aria-label", "Cheat sheet")];
    let parts = vec![text("h2", "", "Cheat sheet".into()), text("p", "hint", hint.into()), rows];
    attributed("section", "panel", &attributes, parts)
}

fn view_check(context: &Context<LecturePage>, page: &LecturePage) -> Html {
    let is_running = page.check.as_ref().is_some_and(|check| check.running().is_some());
    let (label, message): (_, fn() -> Message) = match &page.shared_memory {
        SharedMemory::AfterReload => ("Turn on shared memory", || Message::TurnOnSharedMemory),
        _ if is_running => ("Stop", || Message::Check),
        _ => ("Check this device", || Message::Check),
    };
    let hint = match &page.shared_memory {
        SharedMemory::AfterReload => {
            "Most lessons need shared memory. This reloads the page once; nothing is lost."
        }
        _ => "Runs every lesson once, in up to 20 seconds, and says what works here.",
    };
    let is_waiting = page.shared_memory == SharedMemory::NotYet;
    let button =
        view_button_of(Some("small"), label, is_waiting, context.link().callback(move |_| message()));
    let head = element("div", "panel-head", vec![text("h2", "", "Check before class".into()), button]);
    let mut parts = vec![head, text("p", "hint", hint.into())];
    parts.extend(page.check.as_ref().map(view_checked));
    let attributes = [("id", "check"), ("aria-label", "Check before class")];
    attributed("section", "panel check", &attributes, parts)
}

/// What came of each lesson so far, and of the device.
fn view_checked(check: &Check) -> Html {
    let row = |name: String, status: &'static str, said: String| {
        let parts =
            vec![text("b", "", name.into()), text("i", "", status.into()), text("span", "", said.into())];
        attributed("li", "", &[("data-status", status)], parts)
    };
    let title = |lesson: Lesson| lesson.about().title.to_owned();
    let checked = |Checked { lesson, works, text }: &Checked| {
        row(title(*lesson), if *works { "works" } else { "does not work" }, text.clone())
    };
    let mut rows: Vec<Html> = check.over().iter().map(checked).collect();
    rows.extend(check.running().map(|lesson| row(title(lesson), "running", String::new())));
    if check.running().is_none() {
        if let Some(Scaling { workers, times }) = check.scaling() {
            let said = format!("{workers} workers were {times} times as fast as one.");
            rows.push(row("Cores".to_owned(), "measured", said));
        }
        rows.push(row("This page".to_owned(), "offline copy", machine::shown_offline()));
    }
    attributed("ul", "", &[("aria-live", "polite")], rows)
}
