//! What a page finds in the browser's storage, made up.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{Browser, Error, RunPage, Site};

/// A saved run of these fields (`version=1&seed=7&…`), closed by the check that fits them.
pub fn saved_run(fields: &str) -> String {
    // FNV-1a.
    let check = fields.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("saved_ms=1&{fields}&check={check}")
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
