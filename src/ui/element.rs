//! Elements that only hold others or a text. Each `html!` is code of its own; these are made in one place, which a page of
//! many tables and lists is smaller by.

use yew::prelude::*;
use yew::virtual_dom::{VTag, VText};

/// An element of the style sheet's `class` (none if empty) that holds `children`.
#[inline(never)]
pub fn element(tag: &'static str, class: &'static str, children: Vec<Html>) -> Html {
    attributed(tag, class, &[], children)
}

/// An element that holds a text.
#[inline(never)]
pub fn text(tag: &'static str, class: &'static str, text: AttrValue) -> Html {
    element(tag, class, vec![VText::new(text).into()])
}

/// An element with attributes that do not change.
#[inline(never)]
pub fn attributed(
    tag: &'static str,
    class: &'static str,
    attributes: &[(&'static str, &'static str)],
    children: Vec<Html>,
) -> Html {
    let mut element = VTag::new(tag);
    if !class.is_empty() {
        element.add_attribute("class", class);
    }
    for &(name, value) in attributes {
        element.add_attribute(name, value);
    }
    element.add_children(children);
    element.into()
}

/// A way to another page.
#[inline(never)]
pub fn link(class: &'static str, href: String, children: Vec<Html>) -> Html {
    let mut element = VTag::new("a");
    element.add_attribute("href", href);
    if !class.is_empty() {
        element.add_attribute("class", class);
    }
    element.add_children(children);
    element.into()
}

/// A table: its headings, then rows of cells.
#[inline(never)]
pub fn table(class: &'static str, head: &[&'static str], rows: Vec<Vec<Html>>) -> Html {
    let head = head
        .iter()
        .map(|&head| attributed("th", "", &[("scope", "col")], vec![VText::new(head).into()]))
        .collect();
    let cell = |cell| element("td", "", vec![cell]);
    let row = |row: Vec<Html>| element("tr", "", row.into_iter().map(cell).collect());
    let head = element("thead", "", vec![element("tr", "", head)]);
    let body = element("tbody", "", rows.into_iter().map(row).collect());
    element("table", class, vec![head, body])
}
