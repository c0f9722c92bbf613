//! One browser with a fresh profile, driven by WebDriver; it and its driver end when it is dropped,
//! also when a test panics.

use std::collections::HashMap;
use std::env;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::common::command::FormatRequestData;
use thirtyfour::prelude::*;
use thirtyfour::{BrowserLogEntry, ChromeCapabilities, LoggingPrefsLogLevel, RequestData, SessionId};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::Error;

/// How long a driver may take to say its port.
const DRIVER_START: Duration = Duration::from_secs(60);

/// How long the browser may take to end before its driver is killed.
const SESSION_END: Duration = Duration::from_secs(20);

/// The longest that one script may run in the page.
const SCRIPT_LIMIT: Duration = Duration::from_secs(300);

/// A running browser.
pub struct Browser {
    webdriver: WebDriver,
    driver: Driver,
    // Removed when dropped, after the browser has ended.
    _profile: TempDir,
    console: Mutex<Vec<BrowserLogEntry>>,
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
    /// Starts a headless Chromium by the driver in `CHROMEDRIVER`, or that on the PATH;
    /// `CHROME` names the browser's program if the driver should not look for it.
    ///
    /// # Errors
    /// When the driver or the browser does not start.
    pub async fn start() -> Result<Self, Error> {
        let profile = TempDir::with_prefix("dartboard-").map_err(Error::io("making a profile folder"))?;
        let capabilities = chromium_capabilities(profile.path()).await?;
        let driver = Driver::start(profile.path()).await?;
        let webdriver = WebDriver::new(format!("http://127.0.0.1:{}", driver.port), capabilities).await?;
        let browser = Self { webdriver, driver, _profile: profile, console: Mutex::default() };
        browser.webdriver.set_script_timeout(SCRIPT_LIMIT).await?;
        Ok(browser)
    }

    /// The session, for what this crate has no word for.
    pub fn webdriver(&self) -> &WebDriver {
        &self.webdriver
    }

    /// Everything that the console has said since the browser started.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn console(&self) -> Result<Vec<BrowserLogEntry>, Error> {
        // The driver gives each entry once.
        let new = self.webdriver.browser_log().await?;
        let mut console = self.console.lock().unwrap_or_else(PoisonError::into_inner);
        console.extend(new);
        Ok(console.clone())
    }

    /// The errors among [`Self::console`]: uncaught exceptions, failed requests, `console.error`.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn console_errors(&self) -> Result<Vec<String>, Error> {
        let console = self.console().await?;
        Ok(console.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect())
    }

    /// What the body of a function returns in the page.
    ///
    /// # Errors
    /// When it throws, or returns something else than a `T`.
    pub async fn evaluate<T: DeserializeOwned>(&self, body: &str) -> Result<T, Error> {
        from_script(self.webdriver.execute(body, []).await?.json())
    }

    /// What the body of an async function resolves to in the page.
    ///
    /// # Errors
    /// When it rejects, does not end within 5 minutes, or resolves to something else than a `T`.
    pub async fn evaluate_async<T: DeserializeOwned>(&self, body: &str) -> Result<T, Error> {
        // The driver awaits a promise that a script returns.
        from_script(self.webdriver.execute(format!("return (async () => {{ {body} }})();"), []).await?.json())
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

    /// Lays pages out in a window of this size, in CSS pixels: also one smaller than a window can be. Only in Chromium.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn set_viewport(&self, width_px: u32, height_px: u32) -> Result<(), Error> {
        let metrics =
            json!({ "width": width_px, "height": height_px, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
        Ok(())
    }

    /// Lets pages see a system that prefers `scheme`: `light` or `dark`. Only in Chromium.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn prefer_colours(&self, scheme: &str) -> Result<(), Error> {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await?;
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
        Ok(self.webdriver.handle().cmd(command).await?.value()?)
    }

    /// The name by which assistive technology calls `element`.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn accessible_name(&self, element: &WebElement) -> Result<String, Error> {
        let command = ComputedLabel { element: element.element_id().to_string() };
        Ok(self.webdriver.handle().cmd(command).await?.value()?)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked to delete the session, the driver ends the browser before it answers; killed, it leaves that to
        // the browser. thirtyfour would ask through a connection that belongs to the runtime which waits here.
        let _ = self.webdriver.clone().leak();
        let _ = delete_session(self.driver.port, self.webdriver.session_id());
    }
}

fn delete_session(port: u16, session: &SessionId) -> std::io::Result<usize> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.set_read_timeout(Some(SESSION_END))?;
    write!(
        connection,
        "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    )?;
    connection.read(&mut [0; 64])
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

async fn chromium_capabilities(profile: &Path) -> Result<ChromeCapabilities, Error> {
    let mut capabilities = DesiredCapabilities::chrome();
    for argument in [
        "--headless=new",
        "--window-size=1280,800",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
        "--no-default-browser-check",
        // The browser ends by itself when its driver is killed.
        "--remote-debugging-pipe",
    ] {
        capabilities.add_arg(argument)?;
    }
    capabilities.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    if is_root().await? {
        // As root it would refuse to start.
        capabilities.set_no_sandbox()?;
    }
    if let Ok(program) = env::var("CHROME") {
        capabilities.set_binary(&program)?;
    }
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
    Ok(capabilities)
}

async fn is_root() -> Result<bool, Error> {
    let id = Command::new("id").arg("-u").output().await.map_err(Error::io("asking `id -u`"))?;
    Ok(id.stdout.trim_ascii() == b"0")
}

/// The program that drives the browser; killed when dropped.
struct Driver {
    port: u16,
    _process: Child,
    // Kept open, or the driver would end at its next line.
    _stdout: BufReader<ChildStdout>,
}

impl Driver {
    async fn start(temporary: &Path) -> Result<Self, Error> {
        let program = env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        // The driver chooses a free port itself and says which.
        let mut process = Command::new(&program)
            .arg("--port=0")
            // What the driver and the browser leave behind goes with the profile.
            .env("TMPDIR", temporary)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::io(format!("starting {program}")))?;
        let stdout = process.stdout.take().ok_or_else(|| std::io::ErrorKind::BrokenPipe.into());
        let mut stdout = BufReader::new(stdout.map_err(Error::io(format!("reading from {program}")))?);
        let mut output = String::new();
        let port = timeout(DRIVER_START, async {
            while stdout.read_line(&mut output).await.is_ok_and(|bytes| bytes > 0) {
                if let Some(port) = stated_port(&output) {
                    return Some(port);
                }
            }
            None
        });
        match port.await {
            Ok(Some(port)) => Ok(Self { port, _process: process, _stdout: stdout }),
            Ok(None) | Err(_) => Err(Error::DriverSilent { program, within: DRIVER_START, output }),
        }
    }
}

/// The port in `… was started successfully on port 35321.`
fn stated_port(output: &str) -> Option<u16> {
    let (_, rest) = output.rsplit_once("successfully on port ")?;
    rest.split_once('.')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_is_read_only_from_the_line_that_says_it() {
        let greeting = "Starting ChromeDriver 156.0 (a21c) on port 0\nOnly local connections are allowed.\n";
        assert_eq!(stated_port(greeting), None);
        let started = format!("{greeting}ChromeDriver was started successfully on port 35321.\n");
        assert_eq!(stated_port(&started), Some(35321));
    }
}
