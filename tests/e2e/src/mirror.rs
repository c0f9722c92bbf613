//! An element whose `data-` attributes tell scripts how a page stands.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{Browser, Error};

/// How often it is looked at.
const POLL: Duration = Duration::from_millis(100);

/// Such an element, in a browser.
#[derive(Clone, Copy)]
pub struct Mirror<'a> {
    browser: &'a Browser,
    id: &'static str,
    patience: Duration,
}

impl<'a> Mirror<'a> {
    /// The element `id`. What is waited for may take `patience`.
    pub fn new(browser: &'a Browser, id: &'static str, patience: Duration) -> Self {
        Self { browser, id, patience }
    }

    /// Its attributes, without `data-` and in the form that scripts have; none while it is not there.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn state(&self) -> Result<HashMap<String, String>, Error> {
        let id = self.id;
        self.browser.evaluate(&format!("return {{ ...document.getElementById('{id}')?.dataset }};")).await
    }

    /// Its attributes once `condition` holds; `what` says it in words.
    ///
    /// # Errors
    /// When the browser refuses.
    ///
    /// # Panics
    /// When that takes longer than its patience, with what the page says instead.
    pub async fn wait_for(
        &self,
        what: &str,
        condition: impl Fn(&HashMap<String, String>) -> bool,
    ) -> Result<HashMap<String, String>, Error> {
        let begun = Instant::now();
        loop {
            let state = self.state().await?;
            if condition(&state) {
                return Ok(state);
            }
            let text: String = self.browser.evaluate("return document.body.innerText;").await?;
            assert!(begun.elapsed() < self.patience, "no {what}: {state:?}\n{text}");
            sleep(POLL).await;
        }
    }

    /// Its attributes once its status is `status`.
    ///
    /// # Errors
    /// When the browser refuses.
    ///
    /// # Panics
    /// As [`Self::wait_for`] does.
    pub async fn wait_for_status(&self, status: &str) -> Result<HashMap<String, String>, Error> {
        self.wait_for(status, |state| state.get("status").is_some_and(|word| word == status)).await
    }
}
