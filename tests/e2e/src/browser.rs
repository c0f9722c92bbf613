//! One browser with a fresh profile, driven by WebDriver; it and its driver end when it is dropped,
//! also when a test panics.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::common::command::FormatRequestData;
use thirtyfour::prelude::*;
use thirtyfour::{Rect, RequestData, SessionId};
use tokio::time::{Instant, sleep};

use crate::Error;
use crate::engine::{BrowserSession, Engine, SharedMemory, say};

/// The longest that one script may run in the page.
const SCRIPT_LIMIT: Duration = Duration::from_secs(300);

/// Longer than `WebKit`'s driver needs to find the page again that has taken the place of another.
const PAGE_CHANGE: Duration = Duration::from_millis(500);

/// How often it is looked whether an async script has ended.
const SCRIPT_LOOK: Duration = Duration::from_millis(20);

/// How long the browser's output may take to tell what a page has said on the console.
const CONSOLE_PATIENCE: Duration = Duration::from_secs(30);

/// One thing that the console has said.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ConsoleEntry {
    is_error: bool,
    message: String,
}

/// A running browser.
pub struct Browser {
    session: BrowserSession,
    /// Of the window that it starts with.
    window: Rect,
    console: Mutex<Console>,
}

/// What the console has said, as far as it is known.
#[derive(Default)]
struct Console {
    /// What the driver gives only once: in Chromium.
    entries: Vec<ConsoleEntry>,
    /// How many bytes of the browser's output tell of earlier pages: in Firefox.
    forgotten: usize,
}

/// What time is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The clock on the wall: also counts while another thread has the core.
    Wall,
    /// The thread's own: counts while it has a core.
    Thread,
}

impl Browser {
    /// Starts the chosen engine, by the driver in `CHROMEDRIVER`, `GECKODRIVER` or `WEBKITDRIVER`, or that on the PATH;
    /// `CHROME`, `FIREFOX` or `MINIBROWSER` names the browser's program if the driver should not look for it.
    ///
    /// # Errors
    /// When the driver or the browser does not start.
    pub async fn start() -> Result<Self, Error> {
        Self::start_with(SharedMemory::Switched).await
    }

    /// The same, where pages share memory or not.
    ///
    /// # Errors
    /// When the driver or the browser does not start.
    pub async fn start_with(memory: SharedMemory) -> Result<Self, Error> {
        let session = BrowserSession::begin(Engine::chosen()?, memory).await?;
        session.webdriver.set_script_timeout(SCRIPT_LIMIT).await?;
        let window = session.webdriver.get_window_rect().await?;
        Ok(Self { session, window, console: Mutex::default() })
    }

    /// Has one window, new, empty and as large as the one at the start. All pages are closed, with what was set for
    /// them, and what the console has said is forgotten. What sites have stored stays: each [`Site`](crate::Site) has an
    /// origin of its own.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn start_afresh(&self) -> Result<(), Error> {
        let old = self.webdriver().windows().await?;
        let new = self.webdriver().new_window().await?;
        for window in old {
            self.webdriver().switch_to_window(window).await?;
            self.webdriver().close_window().await?;
        }
        self.webdriver().switch_to_window(new).await?;
        let Rect { x, y, width, height } = self.window.clone();
        let size = [width, height].map(|pixels| u32::try_from(pixels).unwrap_or_default());
        self.webdriver().set_window_rect(x, y, size[0], size[1]).await?;
        self.forget_console().await
    }

    async fn forget_console(&self) -> Result<(), Error> {
        let forgotten = match self.engine() {
            Engine::Chromium => {
                self.webdriver().browser_log().await?;
                0
            }
            Engine::Firefox => {
                // Pages say more than its output has, which comes by other ways than the driver's answers.
                let before = self.session.output().len();
                let mark = format!("nothing before {before} counts");
                self.evaluate::<()>(&format!("console.log('{mark}'); return null;")).await?;
                let begun = Instant::now();
                loop {
                    let output = self.session.output();
                    if let Some(at) = output[before..].find(&mark) {
                        break before + at;
                    }
                    if begun.elapsed() > CONSOLE_PATIENCE {
                        return Err(Error::ConsoleSilent(output));
                    }
                    sleep(SCRIPT_LOOK).await;
                }
            }
            Engine::WebKit => 0,
        };
        *self.console.lock().unwrap_or_else(PoisonError::into_inner) =
            Console { entries: Vec::new(), forgotten };
        Ok(())
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        self.session.engine
    }

    /// Whether it has Chromium's developer tools. Where it has not, says on the error output that `what` is left out.
    pub fn has_devtools(&self, what: &str) -> bool {
        let has = self.session.engine == Engine::Chromium;
        if !has {
            self.leave_out(what, "it has no such developer tools");
        }
        has
    }

    /// Whether it tells what a page says on its console. Where it does not, says on the error output that `what` is
    /// left out.
    pub fn tells_console(&self, what: &str) -> bool {
        let tells = self.session.engine != Engine::WebKit;
        if !tells {
            self.leave_out(
                what,
                "its driver does not pass the console on; tests/shipping.rs hears it on a first visit",
            );
        }
        tells
    }

    /// Says on the error output that `what` is left out in this engine, and why.
    pub fn leave_out(&self, what: &str, why: &str) {
        say(&format!("left out in {}: {what}: {why}", self.session.engine));
    }

    /// The session, for what this crate has no word for.
    pub fn webdriver(&self) -> &WebDriver {
        &self.session.webdriver
    }

    /// Everything that the console has said since the browser started or was told to start afresh.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn console(&self) -> Result<Vec<String>, Error> {
        Ok(self.console_entries().await?.into_iter().map(|entry| entry.message).collect())
    }

    /// Fails the test that calls it if the page has logged an error.
    ///
    /// # Errors
    /// When the driver does not answer.
    ///
    /// # Panics
    /// With the errors, if there are any.
    pub async fn assert_clean_console(&self) -> Result<(), Error> {
        if !self.tells_console("whether the console is clean") {
            return Ok(());
        }
        let errors = self.console_errors().await?;
        assert!(errors.is_empty(), "the console has errors: {errors:#?}");
        Ok(())
    }

    /// The errors among [`Self::console`]: uncaught exceptions, `console.error`, and in Chromium failed requests.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn console_errors(&self) -> Result<Vec<String>, Error> {
        let entries = self.console_entries().await?.into_iter();
        Ok(entries.filter(|entry| entry.is_error).map(|entry| entry.message).collect())
    }

    async fn console_entries(&self) -> Result<Vec<ConsoleEntry>, Error> {
        match self.session.engine {
            Engine::Chromium => {}
            // Firefox writes its console to its output, which its driver passes on.
            Engine::Firefox => {
                let forgotten = self.console.lock().unwrap_or_else(PoisonError::into_inner).forgotten;
                let output = self.session.output();
                return Ok(output[forgotten..].lines().filter_map(firefox_console_entry).collect());
            }
            Engine::WebKit => return Ok(Vec::new()),
        }
        let new = self.webdriver().browser_log().await?;
        let mut console = self.console.lock().unwrap_or_else(PoisonError::into_inner);
        console.entries.extend(
            new.into_iter()
                .map(|entry| ConsoleEntry { is_error: entry.level == "SEVERE", message: entry.message }),
        );
        Ok(console.entries.clone())
    }

    /// What the body of a function returns in the page.
    ///
    /// # Errors
    /// When it throws, or returns something else than a `T`.
    pub async fn evaluate<T: DeserializeOwned>(&self, body: &str) -> Result<T, Error> {
        let result = match self.webdriver().execute(body, []).await.map_err(Error::from) {
            // While a page comes or goes its driver fails without a reason; what a script throws has another name.
            Err(error) if self.session.engine == Engine::WebKit && error.is_stale() => {
                sleep(PAGE_CHANGE).await;
                self.webdriver().execute(body, []).await?
            }
            result => result?,
        };
        from_script(result.json())
    }

    /// What the body of an async function resolves to in the page.
    ///
    /// # Errors
    /// When it rejects, does not end within 5 minutes, or resolves to something else than a `T`.
    pub async fn evaluate_async<T: DeserializeOwned>(&self, body: &str) -> Result<T, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Settled {
            Value(Value),
            Error(String),
        }
        // The page keeps the promise and is asked for its end: no driver has to wait for it in its own way.
        self.evaluate::<()>(&format!(
            "window.asyncEnd = null;
            (async () => {{ {body} }})().then(
                value => {{ window.asyncEnd = {{ value: value ?? null }}; }},
                error => {{ window.asyncEnd = {{ error: String(error) }}; }});
            return null;"
        ))
        .await?;
        let begun = Instant::now();
        loop {
            match self.evaluate("return window.asyncEnd;").await? {
                Some(Settled::Value(value)) => return from_script(&value),
                Some(Settled::Error(error)) => return Err(Error::ScriptRejected(error)),
                None if begun.elapsed() > SCRIPT_LIMIT => {
                    return Err(Error::ScriptRejected(format!("no end within {} s", SCRIPT_LIMIT.as_secs())));
                }
                None => sleep(SCRIPT_LOOK).await,
            }
        }
    }

    /// Runs `script` in every page of this window before the page's own scripts. Only in Chromium.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn run_before_pages(&self, script: &str) -> Result<(), Error> {
        let parameters = json!({ "source": script });
        self.devtools("Page.addScriptToEvaluateOnNewDocument", parameters).await?;
        Ok(())
    }

    /// How many Web Workers the browser has in all its pages. Only in Chromium.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn count_workers(&self) -> Result<usize, Error> {
        let filter = json!({ "filter": [{ "type": "worker" }] });
        let targets = self.devtools("Target.getTargets", filter).await?;
        Ok(targets["targetInfos"].as_array().map_or(0, Vec::len))
    }

    /// Freezes the page, as a browser does with a tab long hidden, or thaws it. Only in Chromium.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn set_frozen(&self, frozen: bool) -> Result<(), Error> {
        let state = if frozen { "frozen" } else { "active" };
        self.devtools("Page.setWebLifecycleState", json!({ "state": state })).await?;
        Ok(())
    }

    /// Lays pages out in a window of this size, in CSS pixels. In Chromium also one smaller than a window can be; the
    /// others give the size that is nearest.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn set_viewport(&self, width_px: u32, height_px: u32) -> Result<(), Error> {
        if self.session.engine != Engine::Chromium {
            let frame: (u32, u32) =
                self.evaluate("return [outerWidth - innerWidth, outerHeight - innerHeight];").await?;
            self.webdriver().set_window_rect(0, 0, width_px + frame.0, height_px + frame.1).await?;
            return Ok(());
        }
        let metrics =
            json!({ "width": width_px, "height": height_px, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
        Ok(())
    }

    /// Shows the page in the colours `scheme`, `light` or `dark`: in Chromium by a system that prefers them, in the
    /// others as the page's own switch does.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn prefer_colours(&self, scheme: &str) -> Result<(), Error> {
        if self.session.engine != Engine::Chromium {
            let script = format!("document.documentElement.dataset.theme = '{scheme}'; return null;");
            return self.evaluate(&script).await;
        }
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await?;
        Ok(())
    }

    /// Lays pages out for `media`, `screen` or `print`, on a system with these preferences, by name and value. Only where
    /// [`Self::has_devtools`].
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn set_media(&self, media: &str, preferences: &[(&str, &str)]) -> Result<(), Error> {
        let preference = |(name, value): &(&str, &str)| json!({ "name": name, "value": value });
        let features: Vec<Value> = preferences.iter().map(preference).collect();
        let media = json!({ "media": media, "features": features });
        self.devtools("Emulation.setEmulatedMedia", media).await?;
        Ok(())
    }

    /// Has Chromium count for [`Self::metrics`] from now on, its times in `clock`.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn count_metrics(&self, clock: Clock) -> Result<(), Error> {
        let domain = match clock {
            Clock::Wall => "timeTicks",
            Clock::Thread => "threadTicks",
        };
        // Its clock can only be chosen while it does not count.
        self.devtools("Performance.disable", json!({})).await?;
        self.devtools("Performance.enable", json!({ "timeDomain": domain })).await?;
        Ok(())
    }

    /// What Chromium counts of the page's main thread and memory, by name, as `ScriptDuration`; times in seconds.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn metrics(&self) -> Result<HashMap<String, f64>, Error> {
        #[derive(Deserialize)]
        struct Metric {
            name: String,
            value: f64,
        }
        let answer = self.devtools("Performance.getMetrics", json!({})).await?;
        let metrics: Vec<Metric> = from_script(&answer["metrics"])?;
        Ok(metrics.into_iter().map(|metric| (metric.name, metric.value)).collect())
    }

    /// What Chromium's developer tools answer to `command`.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Result<Value, Error> {
        let command = DevTools { command, parameters };
        Ok(self.webdriver().handle().cmd(command).await?.value()?)
    }

    /// The name by which assistive technology calls `element`.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn accessible_name(&self, element: &WebElement) -> Result<String, Error> {
        let command = ComputedLabel { element: element.element_id().to_string() };
        Ok(self.webdriver().handle().cmd(command).await?.value()?)
    }
}

fn from_script<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    T::deserialize(value).map_err(|source| Error::ScriptResult { value: value.clone(), source })
}

/// WebDriver's "Get Computed Label".
#[derive(Debug)]
struct ComputedLabel {
    element: String,
}

impl FormatRequestData for ComputedLabel {
    fn format_request(&self, session: &SessionId) -> RequestData {
        RequestData::new(Method::GET, format!("session/{session}/element/{}/computedlabel", self.element))
    }
}

/// chromedriver's way to the developer tools.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl FormatRequestData for DevTools {
    fn format_request(&self, session: &SessionId) -> RequestData {
        RequestData::new(Method::POST, format!("session/{session}/goog/cdp/execute"))
            .add_body(json!({ "cmd": self.command, "params": self.parameters }))
    }
}

/// What a line of Firefox's output says of a page: `console.error: "…"` of its scripts, `JavaScript error: …` of
/// what none of them caught. The browser's own scripts have other addresses, and say who they are where text of a
/// page is quoted.
fn firefox_console_entry(line: &str) -> Option<ConsoleEntry> {
    let uncaught = line.starts_with("JavaScript error: http://");
    let said = line.strip_prefix("console.").and_then(|rest| rest.split_once(": \"")).map(|(level, _)| level);
    (uncaught || said.is_some())
        .then(|| ConsoleEntry { is_error: uncaught || said == Some("error"), message: line.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_pages_are_told_from_those_of_the_browser() {
        for (line, is_error) in [
            ("JavaScript error: http://127.0.0.1:4/a.js, line 1: Error: no", Some(true)),
            ("console.error: \"panicked\"", Some(true)),
            ("console.log: \"fine\"", Some(false)),
            ("console.error: RSLoader: ", None),
            ("JavaScript error: resource://gre/modules/A.sys.mjs, line 1: Error: no", None),
            ("1790\tgeckodriver\tINFO\tListening on 127.0.0.1:40225", None),
        ] {
            assert_eq!(firefox_console_entry(line).map(|entry| entry.is_error), is_error, "{line}");
        }
    }
}
