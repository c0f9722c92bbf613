//! The command `count`: the run that a link, a seed or a saved file names, counted with all cores of this machine, and with its
//! GPU where that is asked for.
//!
//! - `request`: what is to be counted, from the arguments;
//! - `run_file`: the file that the run is kept in, also the page's;
//! - `report`: what is printed.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{ArgGroup, Args};
use dartboard_core::coordinator::death::Cause;
use dartboard_core::coordinator::log::LogEvent;
use dartboard_core::coordinator::snapshot::{RunStatus, SlotStateView};
use dartboard_core::coordinator::{Event, SlotIndex};
use dartboard_core::run::config::{self, Target, WorkerCount};
use dartboard_core::time::Instant;
use dartboard_points::tally::Seed;
use thiserror::Error;

use crate::crew::Crew;
use crate::gpu::{GpuOptions, GpuProblem};
use report::{Progress, Report};
use request::{Link, Request};
use run_file::{RunFile, RunFileProblem};

pub(crate) mod report;
pub(crate) mod request;
mod run_file;

/// How often the run is saved.
const SAVE_EVERY: Duration = Duration::from_secs(60);
/// How often it is looked whether somebody wants it to stop, and progress is shown.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The signals that stop it. Not the end of a terminal: under `nohup` it should outlive that, and the run is saved every minute.
#[cfg(not(windows))]
const SIGNALS: &[i32] = &[signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];
/// What stops it.
#[cfg(windows)]
const SIGNALS: &[i32] =
    &[signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGBREAK];

/// What `dartboard count --help` ends with.
const EXIT_CODES: &str = "\
Exit codes: 0 all points are counted; 1 it failed; 2 the arguments are wrong; 3 it was stopped, and the run is saved.

The run is saved once a minute. Ctrl-C (or SIGTERM) stops and saves it; once more, it ends at once and saves nothing.
The page loads the saved run (Save and load), and --resume goes on with it, or with one that the page saved.

How many workers a link wants, and how they are to die, is the page's matter: here all cores count.

--json prints one object: version (of this program), stream, seed, target_points, points, inside (whole numbers as texts,
since many readers round them), pi, standard_error (null without points), seconds (spent counting, also before a
resume), threads (of the processor), gpu (the name of the GPU that counts too, or null), kernel.";

/// Counts a run with all cores; prints what the page shows of it.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
#[command(group(ArgGroup::new("run").required(true).args(["link", "seed", "resume"])))]
pub struct Options {
    /// A link to a run, or its part from # on, which names seed, target and kernel
    #[arg(value_parser = request::parse_link)]
    link: Option<Link>,
    /// Names the run: 0 to 18446744073709551615
    #[arg(long, value_parser = request::parse_seed)]
    seed: Option<Seed>,
    /// How many points to count, a multiple of 100,000, whatever the link or file says
    #[arg(long, value_name = "POINTS", value_parser = request::parse_target)]
    target: Option<Target>,
    /// Go on with the run in this file
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Where the run is saved [default: dartboard-SEED.json in this folder, or the file that is resumed]
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// How many threads count: 1 to 64 [default: one for each core]
    #[arg(long, value_parser = request::parse_threads)]
    threads: Option<WorkerCount>,
    /// Print one JSON object instead of words
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    gpu: GpuOptions,
}

/// Why nothing is counted, or not all of it.
#[derive(Debug, Error)]
pub enum CountError {
    /// The run has no end.
    #[error("target is missing: say how many points to count, such as --target 1000000000")]
    NoTarget,
    /// The link names no run.
    #[error("the link names no seed: add seed=… to it, or use --seed and --target instead")]
    NoSeed,
    /// The run cannot be read or kept.
    #[error(transparent)]
    File(#[from] RunFileProblem),
    /// There is no GPU that counts, and one was asked for.
    #[error(transparent)]
    Gpu(#[from] GpuProblem),
    /// Signals cannot be heard.
    #[error("this program cannot listen for Ctrl-C: {0}")]
    Signals(std::io::Error),
    /// Whoever reads the result has gone, or there is no room for it.
    #[error("the result could not be printed: {0}")]
    Unprinted(std::io::Error),
    /// The coordinator has given up.
    #[error("counting failed: {failure}{kept}")]
    Failed {
        /// Why.
        failure: String,
        /// What is left of it, to be read behind it.
        kept: String,
    },
}

impl CountError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoTarget | Self::NoSeed | Self::Gpu(GpuProblem::NotBuilt) => ExitCode::from(2),
            Self::File(_)
            | Self::Gpu(GpuProblem::Unusable(_))
            | Self::Signals(_)
            | Self::Unprinted(_)
            | Self::Failed { .. } => ExitCode::from(1),
        }
    }
}

/// How it ended.
enum End {
    /// All is counted.
    Done,
    /// Stopped, and saved.
    Stopped,
}

/// Carries out the command.
pub fn main(options: Options) -> ExitCode {
    let json = options.json;
    let done = Request::of(options).and_then(|request| count(request, json));
    match done {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Stopped) => ExitCode::from(3),
        Err(error) => {
            eprintln!("error: {error}");
            error.exit_code()
        }
    }
}

fn count(request: Request, json: bool) -> Result<End, CountError> {
    let Request { config, target, resumed, mut file, gpu } = request;
    file.claim()?;
    let stop = listen_for_signals().map_err(CountError::Signals)?;
    let gpu_name = gpu.as_ref().map(|gpu| gpu.name().to_owned());
    let mut crew = Crew::with_gpu(config, gpu);
    if let Some(checkpoint) = resumed {
        crew.tell(Event::Restore(checkpoint));
        for setting in config.live() {
            crew.tell(Event::Set(setting));
        }
    }
    let progress = Progress::begin(target, crew.coordinator().tally(), crew.now());
    crew.tell(Event::Start);
    let end = until_the_end(&mut crew, &mut file, &stop, &progress);
    progress.clear();
    let end = end?;
    let report = Report {
        seed: config.seed,
        target,
        tally: crew.coordinator().tally(),
        counted_for: crew.coordinator().running_time(crew.now()),
        threads: config.processor_workers(),
        gpu: gpu_name,
        kernel: config.kernel.unwrap_or(crate::crew::KERNEL),
    };
    let told = if json { report.json() } else { report.words() };
    writeln!(stdout(), "{told}").map_err(CountError::Unprinted)?;
    if matches!(end, End::Stopped) {
        eprintln!("Stopped, and saved in {file}: go on with --resume {file}");
    }
    Ok(end)
}

fn until_the_end(
    crew: &mut Crew,
    file: &mut RunFile,
    stop: &AtomicBool,
    progress: &Progress,
) -> Result<End, CountError> {
    let mut next_save = crew.now() + SAVE_EVERY;
    let mut has_gpu = crew.coordinator().config().gpu != config::Gpu::Off;
    loop {
        let so_far = crew.coordinator().progress();
        if let Some(miscount) = crew.miscount() {
            progress.tell(&format!("{miscount}. It is counted again, without the GPU."));
            if crew.coordinator().log().entries().any(|entry| entry.what == LogEvent::EarlierInDoubt) {
                progress.tell("The run was resumed, and a GPU may have counted part of it before: that is in doubt too.");
            }
            crew.count_again();
            has_gpu = false;
            continue;
        }
        if let Some(failure) = so_far.failure {
            let saved = save(crew, file);
            let kept = kept_words(file, saved);
            return Err(CountError::Failed { failure, kept });
        }
        if so_far.finished {
            // A file of it is not left behind the run.
            if file.is_begun() {
                save(crew, file)?;
            }
            return Ok(End::Done);
        }
        if stop.load(Ordering::Relaxed) {
            pause(crew);
            if !crew.coordinator().progress().finished {
                save(crew, file)?;
                return Ok(End::Stopped);
            }
            continue;
        }
        if next_save <= crew.now() {
            next_save = crew.now() + SAVE_EVERY;
            if let Err(error) = save(crew, file) {
                progress.tell(&format!("not saved: {error}"));
            }
        }
        if let Some(cause) = Some(()).filter(|()| has_gpu).and_then(|()| gpu_end(crew)) {
            has_gpu = false;
            progress.tell(&format!("The GPU has stopped counting: {cause}"));
        }
        progress.show(so_far.tally, crew.now());
        crew.run_until(crew.now() + LOOK_EVERY);
    }
}

/// Why the GPU counts no more, if it was given up.
fn gpu_end(crew: &Crew) -> Option<Cause> {
    let slots = crew.coordinator().snapshot(crew.now()).slots;
    slots.into_iter().find(|slot| slot.slot == SlotIndex::GPU).and_then(|slot| match slot.state {
        SlotStateView::GivenUp { last } => Some(last),
        _ => None,
    })
}

/// Lets the batches that are counted end, or cuts them off.
fn pause(crew: &mut Crew) {
    crew.tell(Event::Pause);
    while crew.coordinator().snapshot(crew.now()).status == RunStatus::Pausing {
        crew.run_until(in_a_moment(crew));
    }
}

fn in_a_moment(crew: &Crew) -> Instant {
    crew.now() + Duration::from_millis(10)
}

fn save(crew: &Crew, file: &mut RunFile) -> Result<(), RunFileProblem> {
    file.save(crew.coordinator().checkpoint(crew.now()))
}

fn kept_words(file: &RunFile, saved: Result<(), RunFileProblem>) -> String {
    match saved {
        Ok(()) => format!("; what was counted is saved in {file}"),
        Err(error) => format!("; what was counted is lost: {error}"),
    }
}

/// Becomes true at Ctrl-C and what is like it. The second one ends the program at once.
fn listen_for_signals() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for &signal in SIGNALS {
        // In this order, since the first looks at what was before.
        signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}
