//! The three engines: how the browser of each is started, and the driver's program that drives it.
//!
//! `DARTBOARD_BROWSER` chooses one: `chromium` (the default), `firefox`, or `webkit`, which needs a display, such as that of
//! `xvfb-run`.

use std::env;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::prelude::*;
use thirtyfour::{Capabilities, ChromeCapabilities, LoggingPrefsLogLevel, SessionId};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::Error;

/// How long a driver may take to say its port.
const DRIVER_START: Duration = Duration::from_secs(60);

/// How often it is looked whether a driver that says nothing answers.
const DRIVER_LOOK: Duration = Duration::from_millis(50);

/// How long the browser may take to end before its driver is killed.
const SESSION_END: Duration = Duration::from_secs(20);

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

    /// Whether all is done in it, also what the others need not do again.
    pub fn does_all(self) -> bool {
        self == Self::Chromium
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

/// Whether pages may share memory. `WebKitGTK` as Debian builds it lacks `SharedArrayBuffer`, which Safari has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedMemory {
    /// As in every other engine: by a switch of the environment in `WebKit`.
    Switched,
    /// As the engine was built.
    AsBuilt,
}

/// A browser of one engine with a fresh profile, and the driver that drives it; both end when it is dropped.
pub(crate) struct BrowserSession {
    pub(crate) engine: Engine,
    pub(crate) webdriver: WebDriver,
    driver: DriverProcess,
    // Removed when dropped, after the browser has ended.
    _profile: TempDir,
}

impl BrowserSession {
    /// Starts a browser of `engine`.
    ///
    /// # Errors
    /// When the driver or the browser does not start.
    pub(crate) async fn begin(engine: Engine, memory: SharedMemory) -> Result<Self, Error> {
        match Self::begin_once(engine, memory).await {
            // On a busy machine one in some hundred does not: that says nothing of the page.
            Err(error) => {
                say(&format!("{engine} did not start and is started once more: {error}"));
                Self::begin_once(engine, memory).await
            }
            begun => begun,
        }
    }

    async fn begin_once(engine: Engine, memory: SharedMemory) -> Result<Self, Error> {
        let profile = TempDir::with_prefix("dartboard-").map_err(Error::io("making a profile folder"))?;
        let capabilities: Capabilities = match engine {
            Engine::Chromium => chromium_capabilities(profile.path()).await?.into(),
            Engine::Firefox => firefox_capabilities()?.into(),
            Engine::WebKit => webkit_capabilities()?,
        };
        let driver = DriverProcess::start(engine, memory, profile.path()).await?;
        let webdriver = WebDriver::new(format!("http://127.0.0.1:{}", driver.port), capabilities).await?;
        Ok(Self { engine, webdriver, driver, _profile: profile })
    }

    /// All that the browser and its driver have written.
    pub(crate) fn output(&self) -> String {
        self.driver.output()
    }
}

impl Drop for BrowserSession {
    fn drop(&mut self) {
        // Asked to delete the session, the driver ends the browser before it answers; killed, it leaves that to
        // the browser. thirtyfour would ask through a connection that belongs to the runtime which waits here.
        let _ = self.webdriver.clone().leak();
        let _ = delete_session(self.driver.port, self.webdriver.session_id());
    }
}

/// Writes a line to the error output, not by a macro: a test harness would keep it to itself.
pub(crate) fn say(line: &str) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
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

async fn chromium_capabilities(profile: &Path) -> Result<ChromeCapabilities, Error> {
    let mut capabilities = DesiredCapabilities::chrome();
    for argument in [
        "--headless=new",
        "--window-size=1280,800",
        "--disable-gpu",
        // For pages that ask for a GPU there is a program that stands for one. Others do not notice.
        "--enable-unsafe-webgpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        // Which are pages of their own, drawn anew for each address though nobody sees them.
        "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
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
    // As in Chromium; the program is Mesa's.
    preferences.set("dom.webgpu.enabled", true)?;
    preferences.set("gfx.webgpu.ignore-blocklist", true)?;
    capabilities.set_preferences(preferences)?;
    if let Ok(program) = env::var("FIREFOX") {
        capabilities.set_firefox_binary(&program)?;
    }
    Ok(capabilities)
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
    async fn start(engine: Engine, memory: SharedMemory, temporary: &Path) -> Result<Self, Error> {
        let program = engine.driver();
        let mut command = Command::new(&program);
        if engine == Engine::WebKit && memory == SharedMemory::Switched {
            // The browser inherits it.
            command.env("JSC_useSharedArrayBuffer", "1");
        }
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
}
