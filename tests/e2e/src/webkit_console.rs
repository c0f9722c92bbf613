//! What a page says on its console in `WebKit`, whose driver does not pass it on.
//!
//! `WebKitGTK`'s small browser writes the console to its error output where nobody drives it. So it is started without a
//! driver, on a page of the test's own host ([`site::WATCH`](crate::site::WATCH)) that has the page in a frame and says
//! again and again on the same console how its run stands.

use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

use crate::engine::webkit_program;
use crate::run_page::LIVENESS;
use crate::site::WATCH;
use crate::{Error, Site};

/// `WebKit`'s small browser on a first visit, nobody driving it; ends when dropped.
pub struct WebKitConsole {
    lines: Lines<BufReader<ChildStderr>>,
    said: Vec<String>,
    _browser: Child,
    // Removed when dropped, after the browser has ended.
    _profile: TempDir,
}

impl WebKitConsole {
    /// Opens the file `page` of `site`, as `index.html#/?seed=42&start=1`, as on a first visit.
    ///
    /// # Errors
    /// When the browser does not start.
    pub fn open(site: &Site, page: &str) -> Result<Self, Error> {
        let program = webkit_program();
        let profile =
            TempDir::with_prefix("dartboard-webkit-").map_err(Error::io("making a profile folder"))?;
        let mut browser = Command::new(&program)
            .arg("--enable-write-console-messages-to-stdout=true")
            .arg(format!("{}{WATCH}?{page}", site.origin()))
            .env("HOME", profile.path())
            .env_remove("XDG_CACHE_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .env("TMPDIR", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // Whatever the option's name says, it is there that it writes them.
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::io(format!("starting {program}")))?;
        let output = browser.stderr.take().ok_or_else(|| std::io::ErrorKind::BrokenPipe.into());
        let output = output.map_err(Error::io(format!("reading from {program}")))?;
        Ok(Self {
            lines: BufReader::new(output).lines(),
            said: Vec::new(),
            _browser: browser,
            _profile: profile,
        })
    }

    /// Waits until the console has a line that contains `words`.
    ///
    /// # Errors
    /// When there is none in time ([`LIVENESS`]): the error holds what the console said instead.
    pub async fn wait_for(&mut self, words: &str) -> Result<(), Error> {
        let heard = async {
            while let Ok(Some(line)) = self.lines.next_line().await {
                let is_it = line.contains(words);
                self.said.push(line);
                if is_it {
                    return true;
                }
            }
            false
        };
        if timeout(LIVENESS, heard).await.unwrap_or(false) {
            return Ok(());
        }
        // The frame's host repeats itself.
        self.said.dedup();
        let what = format!("{words:?} on the console");
        Err(Error::TimedOut { what, within: LIVENESS, page: self.said.join("\n") })
    }

    /// The errors that it has said so far: uncaught exceptions, `console.error`, what the page's policy forbade, and
    /// requests that failed.
    pub fn errors(&self) -> Vec<&str> {
        let is_error =
            |line: &&str| line.split_once(" CONSOLE ").is_some_and(|(_, rest)| is_said_as_error(rest));
        self.said.iter().map(String::as_str).filter(is_error).collect()
    }
}

/// Whether what follows `CONSOLE` in a line is an error: `ERROR …`, or `JS ERROR …`, with the name of what said it.
fn is_said_as_error(rest: &str) -> bool {
    rest.split(' ')
        .take_while(|word| !word.is_empty() && word.chars().all(|letter| letter.is_ascii_uppercase()))
        .any(|word| word == "ERROR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_from_what_else_is_said() {
        for (rest, is_error) in [
            ("ERROR planted", true),
            ("JS ERROR Error: uncaught", true),
            ("SECURITY ERROR Refused to execute", true),
            ("LOG an ERROR of another kind", false),
            ("LOG fine", false),
            ("WARN careful", false),
        ] {
            assert_eq!(is_said_as_error(rest), is_error, "{rest}");
        }
    }
}
