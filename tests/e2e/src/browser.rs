//! One browser with a fresh profile, driven by WebDriver; it and its driver end when it is dropped,
//! also when a test panics.
//!
//! `DARTBOARD_BROWSER` chooses it: `chromium`, which it is without, or `firefox`.

use std::collections::HashMap;
use std::env;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::common::command::FormatRequestData;
use thirtyfour::prelude::*;
use thirtyfour::{Capabilities, ChromeCapabilities, LoggingPrefsLogLevel, RequestData, SessionId};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::Error;

/// How long a driver may take to say its port.
const DRIVER_START: Duration = Duration::from_secs(60);

/// How long the browser may take to end before its driver is killed.
const SESSION_END: Duration = Duration::from_secs(20);

/// The longest that one script may run in the page.
const SCRIPT_LIMIT: Duration = Duration::from_secs(300);

/// A browser's engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium or Chrome, driven by chromedriver.
    Chromium,
    /// Firefox, driven by geckodriver.
    Firefox,
}

impl Engine {
    /// That in `DARTBOARD_BROWSER`; without it, Chromium.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn chosen() -> Result<Self, Error> {
        match env::var("DARTBOARD_BROWSER").as_deref() {
            Ok("chromium") | Err(_) => Ok(Self::Chromium),
            Ok("firefox") => Ok(Self::Firefox),
            Ok(other) => Err(Error::NoEngine(other.to_owned())),
        }
    }

    /// The driver's program.
    fn driver(self) -> String {
        let (variable, program) = match self {
            Self::Chromium => ("CHROMEDRIVER", "chromedriver"),
            Self::Firefox => ("GECKODRIVER", "geckodriver"),
        };
        env::var(variable).unwrap_or_else(|_| program.to_owned())
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
        })
    }
}

/// One thing that the console has said.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ConsoleEntry {
    is_error: bool,
    message: String,
}

/// A running browser.
pub struct Browser {
    engine: Engine,
    webdriver: WebDriver,
    driver: Driver,
    // Removed when dropped, after the browser has ended.
    _profile: TempDir,
    /// What the driver gives only once.
    console: Mutex<Vec<ConsoleEntry>>,
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
    /// Starts the chosen engine headless, by the driver in `CHROMEDRIVER` or `GECKODRIVER`, or that on the PATH;
    /// `CHROME` or `FIREFOX` names the browser's program if the driver should not look for it.
    ///
    /// # Errors
    /// When the driver or the browser does not start.
    pub async fn start() -> Result<Self, Error> {
        let engine = Engine::chosen()?;
        let profile = TempDir::with_prefix("dartboard-").map_err(Error::io("making a profile folder"))?;
        let capabilities: Capabilities = match engine {
            Engine::Chromium => chromium_capabilities(profile.path()).await?.into(),
            Engine::Firefox => firefox_capabilities()?.into(),
        };
        let driver = Driver::start(engine, profile.path()).await?;
        let webdriver = WebDriver::new(format!("http://127.0.0.1:{}", driver.port), capabilities).await?;
        let browser = Self { engine, webdriver, driver, _profile: profile, console: Mutex::default() };
        browser.webdriver.set_script_timeout(SCRIPT_LIMIT).await?;
        Ok(browser)
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Whether it has Chromium's developer tools. Where it has not, says on the error output that `what` is left out.
    pub fn has_devtools(&self, what: &str) -> bool {
        let has = self.engine == Engine::Chromium;
        if !has {
            // Not by a macro: the test harness would keep it to itself.
            let line = format!("left out in {}, which has no such developer tools: {what}\n", self.engine);
            let _ = io::stderr().write_all(line.as_bytes());
        }
        has
    }

    /// The session, for what this crate has no word for.
    pub fn webdriver(&self) -> &WebDriver {
        &self.webdriver
    }

    /// Everything that the console has said since the browser started.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn console(&self) -> Result<Vec<String>, Error> {
        Ok(self.console_entries().await?.into_iter().map(|entry| entry.message).collect())
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
        if self.engine == Engine::Firefox {
            // Firefox writes its console to its output, which its driver passes on.
            return Ok(self.driver.output().lines().filter_map(firefox_console_entry).collect());
        }
        let new = self.webdriver.browser_log().await?;
        let mut console = self.console.lock().unwrap_or_else(PoisonError::into_inner);
        console.extend(
            new.into_iter()
                .map(|entry| ConsoleEntry { is_error: entry.level == "SEVERE", message: entry.message }),
        );
        Ok(console.clone())
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

    /// Freezes the page, as a browser does with a tab long hidden, or thaws it. Only in Chromium.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn set_frozen(&self, frozen: bool) -> Result<(), Error> {
        let state = if frozen { "frozen" } else { "active" };
        self.devtools("Page.setWebLifecycleState", json!({ "state": state })).await?;
        Ok(())
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

fn delete_session(port: u16, session: &SessionId) -> io::Result<usize> {
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

fn firefox_capabilities() -> Result<thirtyfour::FirefoxCapabilities, Error> {
    let mut capabilities = DesiredCapabilities::firefox();
    for argument in ["-headless", "--width=1280", "--height=800"] {
        capabilities.add_arg(argument)?;
    }
    let mut preferences = thirtyfour::common::capabilities::firefox::FirefoxPreferences::new();
    preferences.set("devtools.console.stdout.content", true)?;
    preferences.set("devtools.console.stdout.chrome", false)?;
    capabilities.set_preferences(preferences)?;
    if let Ok(program) = env::var("FIREFOX") {
        capabilities.set_firefox_binary(&program)?;
    }
    Ok(capabilities)
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

async fn is_root() -> Result<bool, Error> {
    let id = Command::new("id").arg("-u").output().await.map_err(Error::io("asking `id -u`"))?;
    Ok(id.stdout.trim_ascii() == b"0")
}

/// The program that drives the browser; killed when dropped.
struct Driver {
    port: u16,
    _process: Child,
    output: Arc<Mutex<String>>,
}

impl Driver {
    async fn start(engine: Engine, temporary: &Path) -> Result<Self, Error> {
        let program = engine.driver();
        let mut command = Command::new(&program);
        // The driver chooses a free port itself and says which.
        command.arg("--port=0");
        if engine == Engine::Firefox {
            command.arg("--websocket-port=0");
        }
        let mut process = command
            // What the driver and the browser leave behind goes with the profile.
            .env("TMPDIR", temporary)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // Chromium says there only what is of no use.
            .stderr(if engine == Engine::Firefox { Stdio::piped() } else { Stdio::null() })
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::io(format!("starting {program}")))?;
        let output = Arc::default();
        let (found, port) = oneshot::channel();
        let reading = process.stdout.take().map(|stdout| read(stdout, Arc::clone(&output), Some(found)));
        let reading = reading.ok_or_else(|| io::ErrorKind::BrokenPipe.into());
        tokio::spawn(reading.map_err(Error::io(format!("reading from {program}")))?);
        if let Some(stderr) = process.stderr.take() {
            tokio::spawn(read(stderr, Arc::clone(&output), None));
        }
        if let Ok(Ok(port)) = timeout(DRIVER_START, port).await {
            return Ok(Self { port, _process: process, output });
        }
        let output = output.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Err(Error::DriverSilent { program, within: DRIVER_START, output })
    }

    /// All that it and its browser have written.
    fn output(&self) -> String {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Collects what is written, to its end: a driver that can write no more would end. Tells the port once it is said.
async fn read(
    from: impl AsyncRead + Unpin,
    output: Arc<Mutex<String>>,
    mut found: Option<oneshot::Sender<u16>>,
) {
    let mut lines = BufReader::new(from).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        let line = String::from_utf8_lossy(&line);
        if let Some(port) = stated_port(&line)
            && let Some(found) = found.take()
        {
            // Nobody waits for it any more if it came too late.
            let _ = found.send(port);
        }
        let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
        output.push_str(&line);
        output.push('\n');
    }
}

/// The port in chromedriver's `… was started successfully on port 35321.` and geckodriver's
/// `… Listening on 127.0.0.1:35321`.
fn stated_port(line: &str) -> Option<u16> {
    let chromedriver = line.rsplit_once("successfully on port ").and_then(|(_, rest)| rest.split_once('.'));
    let geckodriver = || line.rsplit_once("Listening on 127.0.0.1:");
    let port = chromedriver.map(|(port, _)| port).or_else(|| Some(geckodriver()?.1))?;
    port.trim_end().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_is_read_only_from_the_line_that_says_it() {
        for (line, port) in [
            ("Starting ChromeDriver 156.0 (a21c) on port 0", None),
            ("Only local connections are allowed.", None),
            ("ChromeDriver was started successfully on port 35321.", Some(35321)),
            ("1790000000000\tgeckodriver\tINFO\tListening on 127.0.0.1:40225", Some(40225)),
        ] {
            assert_eq!(stated_port(line), port, "{line}");
        }
    }

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
