//! The program itself: desks, nodes and audits as processes.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A process of the program, which is killed if it is dropped.
pub(crate) struct Program(Option<Child>);

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(&[], arguments)
    }

    /// One with these variables in its environment.
    pub(crate) fn start_with(variables: &[(&str, &Path)], arguments: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_dartboard"))
            .envs(variables.iter().copied())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self(Some(child.expect("the program can be started")))
    }

    /// The process's number.
    pub(crate) fn id(&self) -> u32 {
        self.0.as_ref().map_or(0, Child::id)
    }

    pub(crate) fn kill(&mut self) {
        if let Some(child) = &mut self.0 {
            // It may have ended by itself.
            let _ = child.kill();
        }
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.as_mut().is_some_and(|child| child.try_wait().expect("it can be asked").is_some())
    }

    /// What it has said and its exit code, once it has ended; fails if it takes longer than `patience`.
    pub(crate) fn output(mut self, patience: Duration) -> Output {
        let begun = Instant::now();
        while !self.has_ended() && begun.elapsed() < patience {
            sleep(Duration::from_millis(20));
        }
        let is_late = !self.has_ended();
        self.kill();
        let output = self.0.take().expect("it was started").wait_with_output().expect("it has ended");
        assert!(!is_late, "it has not ended within {patience:?}: {}", said(&output));
        output
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
        if let Some(child) = &mut self.0 {
            let _ = child.wait();
        }
    }
}

/// All that a program has said.
pub(crate) fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// Starts a desk of the run of seed 42.
pub(crate) fn desk(address: &str, blocks: u64, others: &[&str]) -> Program {
    let target = (blocks * 100_000).to_string();
    let arguments =
        [&["desk", address, "--seed", "42", "--target", &target, "--lease", "1"], others].concat();
    Program::start(&arguments)
}
