//! The hall that serves the page, if one does.

use gloo::utils::document;

/// The run of the hall: its server has put it into the page. None on a page that no hall serves.
pub fn run() -> Option<String> {
    document().query_selector("meta[name='dartboard-hall']").ok()??.get_attribute("content")
}
