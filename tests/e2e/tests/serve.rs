//! `./run serve`: what a developer of the page looks at.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dartboard_e2e::{Browser, Engine, Error, RunPage, ShownStatus};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

tests! {
    a_served_page_is_quiet_and_isolated_and_reloads_when_a_file_changes,
}

/// How long a build may take on a machine that other work keeps busy. No test passes because time went by.
const PATIENCE: Duration = Duration::from_secs(300);

/// Stands in for the tool that makes wasm small, which takes most of a build and is not what is looked at.
const WASM_OPT: &str = r#"#!/bin/sh
for argument; do
    case $argument in
    --version) echo "wasm-opt version 132 (version_132)" ;;
    --output=*) output=${argument#--output=} ;;
    *.wasm) input=$argument ;;
    esac
done
[ -z "${input:-}" ] || cp "$input" "$output"
"#;

/// `./run serve`, until it is dropped.
struct Server {
    process: Child,
    url: String,
    log: PathBuf,
    _folder: TempDir,
}

impl Server {
    fn start(repository: &Path, port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let wasm_opt = folder.path().join("wasm-opt");
        fs::write(&wasm_opt, WASM_OPT).expect("a script");
        fs::set_permissions(&wasm_opt, fs::Permissions::from_mode(0o755)).expect("a program");
        let log = folder.path().join("log");
        let output = fs::File::create(&log).expect("a log");
        let path = std::env::var("PATH").unwrap_or_default();
        let process = Command::new("./run")
            .arg("serve")
            .current_dir(repository)
            .env("PATH", format!("{}:{path}", folder.path().display()))
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("the same log"))
            .stderr(output)
            // All that it starts is ended with it.
            .process_group(0)
            .spawn()
            .expect("./run");
        Self { process, url: format!("http://127.0.0.1:{port}/"), log, _folder: folder }
    }

    async fn wait_until_it_serves(&mut self) {
        let begun = Instant::now();
        let address = self.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        while TcpStream::connect(&address).await.is_err() {
            let ended = self.process.try_wait().expect("a child");
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "nothing is served:\n{}", self.said());
            sleep(Duration::from_millis(200)).await;
        }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Where it has ended already there is nothing to end.
        let _ = Command::new("kill").args(["-TERM", "--", &format!("-{}", self.process.id())]).status();
        let _ = self.process.wait();
    }
}

/// A file that is changed, until this is dropped.
struct ChangedFile {
    path: PathBuf,
    before: String,
}

impl ChangedFile {
    fn append(path: PathBuf, text: &str) -> Self {
        let before = fs::read_to_string(&path).expect("a source");
        fs::write(&path, format!("{before}{text}")).expect("a source that can be changed");
        Self { path, before }
    }
}

impl Drop for ChangedFile {
    fn drop(&mut self) {
        fs::write(&self.path, &self.before).expect("the source as it was");
    }
}

// Fails with: a page that cannot reach the server that serves it, or is forbidden to; one that may not share memory, or
// whose workers do not start in an isolated page; a change that reloads nothing.
async fn a_served_page_is_quiet_and_isolated_and_reloads_when_a_file_changes(
    browser: &Browser,
) -> Result<(), Error> {
    if browser.engine() != Engine::Chromium {
        browser.leave_out("./run serve", "it serves every browser alike");
        return Ok(());
    }
    let repository = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let port =
        TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("its number").port();
    let style = repository.join("assets/style.css");
    // Dropped last: what is restored is not to be built.
    let changed;
    let mut server = Server::start(repository, port);
    server.wait_until_it_serves().await;
    let page = RunPage::load(browser, &server.url, "workers=2&target=100000&start=1").await?;
    page.wait_for_status(ShownStatus::Finished).await?;
    assert!(browser.evaluate::<bool>("return crossOriginIsolated;").await?);
    browser.evaluate::<()>("window.isBeforeTheChange = true; return null;").await?;

    changed = ChangedFile::append(style, "\n:root { --is-changed: yes; }\n");
    let is_changed = "return !window.isBeforeTheChange
        && getComputedStyle(document.documentElement).getPropertyValue('--is-changed').trim() === 'yes';";
    let begun = Instant::now();
    // While the page is reloaded there is nothing to ask.
    while !browser.evaluate::<bool>(is_changed).await.unwrap_or(false) {
        browser.assert_clean_console().await?;
        assert!(begun.elapsed() < PATIENCE, "no reload\n{}", server.said());
        sleep(Duration::from_millis(200)).await;
    }
    browser.assert_clean_console().await?;
    drop(server);
    drop(changed);
    Ok(())
}
