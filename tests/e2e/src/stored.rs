//! Prepares what a page finds in the browser's storage.

use std::collections::BTreeMap;

use dartboard_core::run::checkpoint::sealed;
use serde_json::json;

use crate::{Browser, Error, RunPage, Site};

/// What the names of the saved runs of a [`Site`] begin with.
pub const RUN_PREFIX: &str = "dartboard /some/repo/ run.";

/// What the names of its values set aside begin with.
pub const SET_ASIDE_PREFIX: &str = "dartboard /some/repo/ set-aside.";

/// A saved run of these fields (`version=2&seed=7&…`), closed by the check that fits them.
pub fn saved_run(fields: &str) -> String {
    format!("saved_ms=1&{}", sealed(fields))
}

/// Stores exactly `values`, and opens the page with `parameters`.
///
/// # Errors
/// When there is no room for them, or the app does not come up.
pub async fn open_with<'a>(
    browser: &'a Browser,
    site: &Site,
    values: &BTreeMap<String, String>,
    parameters: &str,
) -> Result<RunPage<'a>, Error> {
    RunPage::attach(browser).forget(&site.url()).await?;
    let script = format!(
        "for (const [key, value] of Object.entries({})) localStorage.setItem(key, value);
        return null;",
        json!(values)
    );
    browser.evaluate::<()>(&script).await?;
    RunPage::revisit(browser, site, parameters).await
}
