//! A class, as its program serves it: a device joins in its browser and counts, the screen shows it, and the total is the
//! kernel's.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use dartboard_e2e::{Browser, Error, Mirror, site};
use dartboard_points::kernel;
use dartboard_points::tally::{BlockRange, Seed};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

tests! {
    a_device_joins_by_the_code_and_comes_back_to_its_seat_and_the_total_is_the_kernels,
    without_https_lecture_leads_to_the_address_that_the_class_names,
}

/// How long something may take on a machine that other work keeps busy. No test passes because time went by.
const PATIENCE: Duration = Duration::from_secs(120);
const BLOCKS: u64 = 20_000;

/// The program `dartboard hall`, until it is dropped.
struct Class {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Class {
    /// Starts it, with the release as its page; nothing where the program or its broker is not there.
    async fn start(browser: &Browser, others: &[&str]) -> Option<Self> {
        let Some(program) = program().filter(|_| has_broker()) else {
            assert!(
                env::var_os("DARTBOARD_NATS_REQUIRED").is_none(),
                "the program or nats-server is missing"
            );
            browser.leave_out("a class", "the program dartboard or nats-server is not there");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").await.and_then(|listener| listener.local_addr());
        let port = port.expect("a free port").port();
        let process = Command::new(program)
            .args(["hall", "--seed", "42", "--code", "4719", "--port", &port.to_string()])
            .args(["--target", &(BLOCKS * 100_000).to_string()])
            .args(others)
            .arg("--folder")
            .arg(folder.path())
            .arg("--page")
            .arg(site::dist().expect("a release"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program can be started");
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "the class did not begin");
            sleep(Duration::from_millis(50)).await;
        }
        Some(Self { process, port, _folder: folder })
    }

    fn url(&self, host: IpAddr) -> String {
        format!("http://{host}:{}/", self.port)
    }
}

/// This computer's address in its network, by which devices find it and which browsers do not trust; none where it has no network.
fn address_in_the_room() -> Option<IpAddr> {
    // Nothing is sent: the system says from where it would be.
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|address| !address.is_loopback())
}

impl Drop for Class {
    fn drop(&mut self) {
        // Asked politely it ends its broker, too.
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// The program, as the native tests have built it beside this one.
fn program() -> Option<PathBuf> {
    let own = env::current_exe().ok()?;
    let folder = own.ancestors().find(|folder| folder.ends_with("debug"))?;
    Some(folder.join("dartboard")).filter(|program| program.is_file())
}

fn has_broker() -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    let mut folders = env::split_paths(&folders).chain([Path::new("/usr/sbin").to_owned()]);
    folders.any(|folder| fs::metadata(folder.join("nats-server")).is_ok())
}

async fn press(browser: &Browser, label: &str) -> Result<(), Error> {
    let path = format!("//button[normalize-space()='{label}']");
    browser.webdriver().query(By::XPath(path)).first().await?.click().await?;
    Ok(())
}

// Fails with: a page that cannot reach its broker, a code that is not asked, a device that is another one after a reload, blocks
// that are counted twice or not at all, a screen that says something else.
async fn a_device_joins_by_the_code_and_comes_back_to_its_seat_and_the_total_is_the_kernels(
    browser: &Browser,
) -> Result<(), Error> {
    let Some(class) = Class::start(browser, &[]).await else { return Ok(()) };
    let url = class.url(Ipv4Addr::LOCALHOST.into());
    let hall = Mirror::new(browser, "hall", PATIENCE);
    let driver = browser.webdriver();
    driver.goto(format!("{url}#/hall?code=1111")).await?;
    hall.wait_for("form to join by", |state| state.get("view").is_some_and(|view| view == "join")).await?;
    press(browser, "Join").await?;
    let refusal = "This is not the code on the screen.";
    let begun = Instant::now();
    while !browser.evaluate::<String>("return document.body.innerText;").await?.contains(refusal) {
        assert!(begun.elapsed() < PATIENCE, "no refusal");
        sleep(Duration::from_millis(100)).await;
    }
    // Another address of the same page is no load of it.
    driver.goto("about:blank").await?;
    driver.goto(format!("{url}#/hall?code=4719")).await?;
    hall.wait_for("form to join by", |state| state.get("view").is_some_and(|view| view == "join")).await?;
    press(browser, "Join").await?;
    let counts = |state: &std::collections::HashMap<String, String>| {
        state.get("points").is_some_and(|points| points != "0" && !points.is_empty())
    };
    let seat = hall.wait_for("points counted here", counts).await?["seat"].clone();
    driver.refresh().await?;
    let finished = |state: &std::collections::HashMap<String, String>| {
        state.get("standing").is_some_and(|standing| standing == "finished")
    };
    let device = hall.wait_for("end of the run", finished).await?;
    assert_eq!((device["view"].as_str(), &device["seat"]), ("join", &seat));

    driver.goto("about:blank").await?;
    driver.goto(format!("{url}#/hall?screen=1")).await?;
    let screen = hall.wait_for("end of the run on the screen", finished).await?;
    let total = kernel::tally(Seed(42), BlockRange::new(0, BLOCKS).expect("some blocks"));
    for state in [&device, &screen] {
        let counted = ["totalPoints", "totalInside"].map(|name| state[name].as_str());
        assert_eq!(counted, [total.points.to_string().as_str(), total.inside.to_string().as_str()]);
    }
    assert_eq!((screen["view"].as_str(), screen["devices"].as_str()), ("screen", "1"));
    // A refusal is an error to a browser's console.
    let others = |error: &&String| !error.contains("hall/join");
    let errors = browser.console_errors().await?;
    assert_eq!(errors.iter().filter(others).count(), 0, "{errors:?}");
    Ok(())
}

// Fails with: a student on a phone who is told that a lesson cannot run, and not where it can.
async fn without_https_lecture_leads_to_the_address_that_the_class_names(
    browser: &Browser,
) -> Result<(), Error> {
    let Some(address) = address_in_the_room() else {
        browser.leave_out("a class without https", "this computer has no network");
        return Ok(());
    };
    let lessons = "https://example.org/dartboard/";
    let Some(class) = Class::start(browser, &["--lessons", lessons]).await else { return Ok(()) };
    browser.webdriver().goto(format!("{}#/lecture/race", class.url(address))).await?;
    let begun = Instant::now();
    loop {
        let shown: Vec<String> = browser
            .evaluate(
                "const [notice] = document.getElementsByClassName('elsewhere');
                const [way, code] = ['a', 'img'].map(name => notice?.querySelector(name));
                return code?.naturalWidth ? [way.href, way.textContent] : [];",
            )
            .await?;
        if !shown.is_empty() {
            assert_eq!(shown, [&format!("{lessons}#/lecture/race"), lessons]);
            return Ok(());
        }
        assert!(begun.elapsed() < PATIENCE, "nothing leads elsewhere");
        sleep(Duration::from_millis(100)).await;
    }
}
