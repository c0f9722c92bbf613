//! What the commands for a run that many computers share have in common.

use std::fmt::Display;
use std::future::Future;
use std::io;
use std::process::ExitCode;

use clap::Args;
use dartboard_core::hall::subjects::Subjects;
use dartboard_core::run::config::WorkerCount;
use tokio::runtime::Builder;

use crate::count::request;

/// The name of a run that was given none.
const DEFAULT_RUN: &str = "dartboard";

/// What the help of these commands ends with.
pub(crate) const EXIT_CODES: &str = "\
Exit codes: 0 all points are counted; 1 it failed; 2 the arguments are wrong; 3 it was stopped: the run goes on without it.";

/// Which run, and how many threads count: options of the commands of a cluster.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Where the broker is: nats://HOST:PORT or nats://USER:PASSWORD@HOST:PORT, several with commas between
    pub(crate) address: String,
    /// The run's name at the broker: its desks and nodes give the same one
    #[arg(long, value_name = "NAME", default_value = DEFAULT_RUN, value_parser = parse_run)]
    pub(crate) run: Subjects,
    /// How many threads count: 1 to 64 [default: one for each core]
    #[arg(long, value_parser = request::parse_threads)]
    threads: Option<WorkerCount>,
}

impl Common {
    /// How many threads count.
    pub(crate) fn threads(&self) -> WorkerCount {
        self.threads.unwrap_or_else(request::all_cores)
    }
}

/// How a command has ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All is counted.
    Done,
    /// Somebody wanted it to stop.
    Stopped,
}

/// Carries out a command: its exit code.
pub(crate) fn main<E: Display>(command: impl FnOnce() -> Result<Ended, E>) -> ExitCode {
    match command() {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Stopped) => ExitCode::from(3),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

/// Waits until `command` is done, or until somebody wants it to stop.
///
/// # Errors
/// When this program cannot wait.
pub(crate) fn until_stopped<E>(command: impl Future<Output = Result<(), E>>) -> io::Result<Result<Ended, E>> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    Ok(runtime.block_on(async {
        tokio::select! {
            done = command => done.map(|()| Ended::Done),
            () = stopped() => Ok(Ended::Stopped),
        }
    }))
}

/// Ctrl-C, or what else asks a program to end.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut ended) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = ended.recv() => {}
            }
            return;
        }
    }
    // If a program cannot listen for the signal, the signal ends it.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Reads the name of a run.
///
/// # Errors
/// When it can be none.
fn parse_run(text: &str) -> Result<Subjects, String> {
    Subjects::new(text).map_err(|error| error.to_string())
}
