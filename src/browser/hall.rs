//! The hall that serves the page, if one does. Its server has put into the page what is asked here.

use gloo::utils::document;

/// The run of the hall. None on a page that no hall serves.
pub fn run() -> Option<String> {
    said("meta[name='dartboard-hall']")
}

/// The https address of a page whose lessons share memory, if the hall names one.
pub fn lessons() -> Option<String> {
    said("meta[name='dartboard-lessons']")
}

fn said(mark: &str) -> Option<String> {
    document().query_selector(mark).ok()??.get_attribute("content")
}
