//! The lecture at a glance.

use yew::prelude::*;

use crate::ui::{attributed, element, link, text};
use dartboard_core::lecture::Lesson;
use dartboard_core::lecture::index::{CAPSTONE, Entry, Group, groups};

/// Every lesson with its question; a mark at those that were run on this visit.
pub(super) fn view_index(run: &[Lesson]) -> Html {
    let groups = groups();
    let column = |is_right: bool| {
        let groups = groups.iter().filter(|group| (group.name == CAPSTONE) == is_right);
        element("div", "", groups.map(|group| view_group(group, run)).collect())
    };
    element(
        "div",
        "index",
        vec![
            text("h1", "", "The lecture’s examples, really running".into()),
            text("p", "hint", "Guess first, then run. All of it runs on this device.".into()),
            element("div", "index-columns", vec![column(false), column(true)]),
        ],
    )
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
