//! One browser with a fresh profile, driven by WebDriver; it and its driver end when it is dropped,
//! also when a test panics.
//!
//! `DARTBOARD_BROWSER` chooses it: `chromium`, which it is without, `firefox`, or `webkit`, which needs a display, as
//! `xvfb-run` makes one.

use std::collections::HashMap;
use std::env;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
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
use tokio::time::{Instant, sleep, timeout};

use crate::Error;

/// How long a driver may take to say its port.
const DRIVER_START: Duration = Duration::from_secs(60);

/// How often it is looked whether a driver that says nothing answers.
const DRIVER_LOOK: Duration = Duration::from_millis(50);

/// How long the browser may take to end before its driver is killed.
const SESSION_END: Duration = Duration::from_secs(20);

/// The longest that one script may run in the page.
const SCRIPT_LIMIT: Duration = Duration::from_secs(300);

/// Longer than `WebKit`'s driver needs to find the page again that has taken the place of another.
const PAGE_CHANGE: Duration = Duration::from_millis(500);

/// How often it is looked whether an async script has ended.
const SCRIPT_LOOK: Duration = Duration::from_millis(20);

/// A browser's engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium or Chrome, driven by chromedriver.
    Chromium,
    /// Firefox, driven by geckodriver.
    Firefox,
    /// `WebKitGTK`'s small browser, driven by `WebKitWebDriver`.
    WebKit,
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
            Ok("webkit") => Ok(Self::WebKit),
            Ok(other) => Err(Error::NoEngine(other.to_owned())),
        }
    }

    /// The driver's program.
    fn driver(self) -> String {
        let (variable, program) = match self {
            Self::Chromium => ("CHROMEDRIVER", "chromedriver"),
            Self::Firefox => ("GECKODRIVER", "geckodriver"),
            Self::WebKit => ("WEBKITDRIVER", "WebKitWebDriver"),
        };
        env::var(variable).unwrap_or_else(|_| program.to_owned())
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKit",
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
    driver: DriverProcess,
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
    /// Starts the chosen engine, by the driver in `CHROMEDRIVER`, `GECKODRIVER` or `WEBKITDRIVER`, or that on the PATH;
    /// `CHROME`, `FIREFOX` or `MINIBROWSER` names the browser's program if the driver should not look for it.
    ///
    /// # Errors
    /// When the driver or the browser does not start.
    pub async fn start() -> Result<Self, Error> {
        let engine = Engine::chosen()?;
        let profile = TempDir::with_prefix("dartboard-").map_err(Error::io("making a profile folder"))?;
        let capabilities: Capabilities = match engine {
            Engine::Chromium => chromium_capabilities(profile.path()).await?.into(),
            Engine::Firefox => firefox_capabilities()?.into(),
            Engine::WebKit => webkit_capabilities()?,
        };
        let (driver, webdriver) = match begin_session(engine, profile.path(), capabilities.clone()).await {
            Ok(begun) => begun,
            // On a busy machine one in some hundred does not: that says nothing of the page.
            Err(error) => {
                say(&format!("{engine} did not start and is started once more: {error}"));
                begin_session(engine, profile.path(), capabilities).await?
            }
        };
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
            self.leave_out(what, "it has no such developer tools");
        }
        has
    }

    /// Whether it tells what a page says on its console. Where it does not, says on the error output that `what` is
    /// left out.
    pub fn tells_console(&self, what: &str) -> bool {
        let tells = self.engine != Engine::WebKit;
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
        say(&format!("left out in {}: {what}: {why}", self.engine));
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
        match self.engine {
            Engine::Chromium => {}
            // Firefox writes its console to its output, which its driver passes on.
            Engine::Firefox => {
                return Ok(self.driver.output().lines().filter_map(firefox_console_entry).collect());
            }
            Engine::WebKit => return Ok(Vec::new()),
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
        let result = match self.webdriver.execute(body, []).await.map_err(Error::from) {
            // While a page comes or goes its driver fails without a reason; what a script throws has another name.
            Err(error) if self.engine == Engine::WebKit && error.is_stale() => {
                sleep(PAGE_CHANGE).await;
                self.webdriver.execute(body, []).await?
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
        if self.engine != Engine::Chromium {
            let frame: (u32, u32) =
                self.evaluate("return [outerWidth - innerWidth, outerHeight - innerHeight];").await?;
            self.webdriver.set_window_rect(0, 0, width_px + frame.0, height_px + frame.1).await?;
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
        if self.engine != Engine::Chromium {
            let script = format!("document.documentElement.dataset.theme = '{scheme}'; return null;");
            return self.evaluate(&script).await;
        }
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

/// Writes a line to the error output, not by a macro: the test harness would keep it to itself.
fn say(line: &str) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

async fn begin_session(
    engine: Engine,
    profile: &Path,
    capabilities: Capabilities,
) -> Result<(DriverProcess, WebDriver), Error> {
    let driver = DriverProcess::start(engine, profile).await?;
    let webdriver = WebDriver::new(format!("http://127.0.0.1:{}", driver.port), capabilities).await?;
    Ok((driver, webdriver))
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

/// `WebKitGTK`'s small browser, where Debian has it, unless `MINIBROWSER` names another.
pub(crate) fn webkit_program() -> String {
    let installed = || {
        let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        let programs = folders.flat_map(|folder| {
            ["webkit2gtk-4.1", "webkitgtk-6.0", "webkit2gtk-4.0"]
                .map(|version| folder.path().join(version).join("MiniBrowser"))
        });
        programs.into_iter().find(|program| program.is_file()).map(|program| program.display().to_string())
    };
    env::var("MINIBROWSER").ok().or_else(installed).unwrap_or_else(|| "MiniBrowser".to_owned())
}

fn webkit_capabilities() -> Result<Capabilities, Error> {
    let options = json!({ "binary": webkit_program(), "args": ["--automation"] });
    let mut capabilities = Capabilities::new();
    capabilities.set("webkitgtk:browserOptions", options)?;
    Ok(capabilities)
}

async fn is_root() -> Result<bool, Error> {
    let id = Command::new("id").arg("-u").output().await.map_err(Error::io("asking `id -u`"))?;
    Ok(id.stdout.trim_ascii() == b"0")
}

/// The program that drives the browser; killed when dropped.
struct DriverProcess {
    port: u16,
    _process: Child,
    output: Arc<Mutex<String>>,
}

impl DriverProcess {
    async fn start(engine: Engine, temporary: &Path) -> Result<Self, Error> {
        let program = engine.driver();
        let mut command = Command::new(&program);
        let told_port = match engine {
            // The driver chooses a free port itself and says which.
            Engine::Chromium => None,
            Engine::Firefox => {
                command.arg("--websocket-port=0");
                None
            }
            // This one must be told, and says nothing.
            Engine::WebKit => Some(free_port().map_err(Error::io("looking for a free port"))?),
        };
        command.arg(format!("--port={}", told_port.unwrap_or(0)));
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
        let port = async {
            let Some(told) = told_port else { return port.await.ok() };
            while tokio::net::TcpStream::connect(("127.0.0.1", told)).await.is_err() {
                sleep(DRIVER_LOOK).await;
            }
            Some(told)
        };
        if let Ok(Some(port)) = timeout(DRIVER_START, port).await {
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

/// A port that nobody uses, for a driver that chooses none itself.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
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
