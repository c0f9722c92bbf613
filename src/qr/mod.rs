//! The page of a QR code. It opens at a key press in front of an audience, so it is small: it has no Yew.

use gloo::events::EventListener;
use gloo::utils::{document, window};
use web_sys::Element;

use crate::browser::{address, keyboard};
use dartboard_core::qr_code;
use dartboard_core::session::shortcut::character;

const SVG: Option<&str> = Some("http://www.w3.org/2000/svg");

/// Shows in `page` the code of whatever address the page's own names, from now on.
pub fn run_in(page: Element) {
    view(&page);
    EventListener::new(&window(), "hashchange", move |_| view(&page)).forget();
    let on_key = |key: String, code: String| {
        let leaves = key == "Escape" || character(&key, &code) == Some('q');
        if leaves && qr_code::shown_at(&address::fragment()).is_some() {
            // It stays where there is nothing to go back to; the link leads on.
            let _ = window().history().and_then(|history| history.back());
        }
    };
    keyboard::on_key(on_key).forget();
}

fn view(page: &Element) {
    let Some(shown) = qr_code::shown_at(&address::fragment()) else { return };
    page.set_text_content(None);
    let link = address::link(&shown);
    let Some(main) = add(page, None, "main", &[("class", "qr")], "") else { return };
    add(&main, None, "h1", &[], "Scan to open this page");
    match qr_code::draw(&link) {
        Some(code) => {
            let view_box = format!("0 0 {0} {0}", code.modules);
            let look =
                [("viewBox", &*view_box), ("role", "img"), ("aria-label", "QR code of the link below")];
            if let Some(svg) = add(&main, SVG, "svg", &look, "") {
                add(&svg, SVG, "path", &[("d", &code.path)], "");
            }
        }
        None => {
            add(&main, None, "p", &[], "The link is too long for a QR code.");
        }
    }
    add(&main, None, "code", &[("translate", "no")], &link);
    if qr_code::is_local(&window().location().hostname().unwrap_or_default()) {
        let said = "This address leads to this computer alone: no phone can open it.";
        add(&main, None, "p", &[("class", "hint")], said);
    }
    add(&main, None, "a", &[("href", &shown)], "Back");
}

/// Appends an element with these attributes and this text; none where the browser refuses.
fn add(
    parent: &Element,
    namespace: Option<&str>,
    name: &str,
    attributes: &[(&str, &str)],
    text: &str,
) -> Option<Element> {
    let element = match namespace {
        Some(_) => document().create_element_ns(namespace, name),
        None => document().create_element(name),
    }
    .ok()?;
    for (name, value) in attributes {
        element.set_attribute(name, value).ok()?;
    }
    if !text.is_empty() {
        element.set_text_content(Some(text));
    }
    parent.append_child(&element).ok()?;
    Some(element)
}
