//! The command `desk`: decides in a run that many computers share, or stands by until the one that decides is gone.
//!
//! `decide` is the driver of a desk; the class's program, which has one too, uses it as well.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use dartboard_core::hall::desk::{Desk, Setup};
use dartboard_core::hall::entry::RunSpec;
use dartboard_core::hall::message::Trust;
use dartboard_core::run::config::Target;
use dartboard_core::text::short_count;
use dartboard_points::tally::{Seed, Tally};
use indicatif::{ProgressBar, ProgressDrawTarget};
use thiserror::Error;

use crate::broker::log::Log;
use crate::broker::monitor::{self, MonitorError};
use crate::broker::{Broker, BrokerError, VersionError};
use crate::count::{report, request};
use crate::shared::{self, Common, Ended};
use decide::{DeskError, News, Surroundings, decide, random};

pub(crate) mod decide;

/// The oldest version of nats-server whose cluster keeps its log when servers are killed.
const OLDEST_FOR_A_CLUSTER: [u64; 3] = [2, 10, 23];

/// Decides in a run that many computers share, or stands by while another desk does.
#[derive(Debug, Args)]
#[command(after_help = shared::EXIT_CODES)]
pub struct Options {
    #[command(flatten)]
    common: Common,
    /// Names the run's points: 0 to 18446744073709551615
    #[arg(long, value_parser = request::parse_seed)]
    seed: Seed,
    /// How many points to count: a multiple of 100,000 [default: go on until stopped]
    #[arg(long, value_name = "POINTS", value_parser = request::parse_target)]
    target: Option<Target>,
    /// Whom to believe: all; samples (some counts are done again here, and who was wrong is excluded); everything (all
    /// counts are done again here)
    #[arg(long, default_value = "all", value_parser = parse_trust)]
    trust: Trust,
    /// How many counts in a hundred are done again with --trust samples
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=100))]
    share: u8,
    /// By what those counts are chosen: the same text at all desks of the run, known to nobody else [default: chosen anew by
    /// each desk]
    #[arg(long, value_name = "TEXT")]
    secret: Option<String>,
    /// How many seconds of work a computer is given at a time: 1 to 600
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    lease: u64,
    /// Decide at once, instead of the desk that decides now
    #[arg(long)]
    take_over: bool,
    /// On how many servers of a cluster the log is kept: 1, 3 or 5
    #[arg(long, value_name = "SERVERS", default_value_t = 1, value_parser = parse_replicas)]
    replicas: usize,
    /// The monitoring ports of a cluster's servers, which are often 8222, with commas between: whether each entry is written to
    /// disk at once is asked there
    #[arg(long, value_name = "HOST:PORT", value_delimiter = ',')]
    monitor: Vec<String>,
    /// Use a cluster whose servers can lose its log, for this reason, which goes into the log
    #[arg(long, value_name = "REASON")]
    accept_server: Option<String>,
}

/// Why a desk cannot do its work.
#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error("{0}. Use newer servers, or say why these are good enough: --accept-server REASON")]
    Version(#[from] VersionError),
    #[error("{0}. Or say why that is good enough: --accept-server REASON")]
    Monitor(#[from] MonitorError),
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error("this program cannot start its event loop: {0}")]
    Runtime(#[from] io::Error),
}

/// Carries out the command.
pub fn main(options: Options) -> ExitCode {
    shared::main(|| run(options))
}

fn run(options: Options) -> Result<Ended, Failure> {
    shared::until_stopped(async {
        let broker = Broker::connect(&options.common.address, "dartboard desk").await?;
        if options.replicas > 1 && options.accept_server.is_none() {
            broker.check_version(OLDEST_FOR_A_CLUSTER)?;
            check_sync(&options.monitor).await?;
        }
        let log = Log::create(broker.client.clone(), &options.common.run, options.replicas)
            .await
            .map_err(DeskError::Log)?;
        let threads = options.common.threads();
        let setup = setup(&options)?;
        let around =
            Surroundings { client: broker.client, log, subjects: options.common.run, threads, stays: false };
        let shown = Shown::new();
        let tally = decide(&around, setup, |news| shown.show(&news)).await?;
        shown.bar.finish_and_clear();
        println!("{}", report::words(options.seed, tally));
        Ok(())
    })?
}

/// Asks all monitoring ports; without any it says that it could not check.
async fn check_sync(ports: &[String]) -> Result<(), MonitorError> {
    if ports.is_empty() {
        eprintln!(
            "Could not check whether the servers write each entry to disk at once (sync_interval: always): name their monitoring \
             ports by --monitor."
        );
    }
    for port in ports {
        monitor::check_sync(port).await?;
    }
    Ok(())
}

fn setup(options: &Options) -> Result<Setup, DeskError> {
    let key = options.secret.as_ref().map_or_else(random, |secret| Ok(key_of(secret)))?;
    Ok(Setup {
        id: random()?,
        run: RunSpec { seed: options.seed, target: options.target, trust: options.trust },
        lease: Duration::from_secs(options.lease),
        take_over: options.take_over,
        key,
        share_percent: options.share,
        note: options.accept_server.clone().unwrap_or_default(),
    })
}

/// The key that a secret stands for.
fn key_of(secret: &str) -> u64 {
    use std::hash::Hasher;
    let mut hasher = fnv::FnvHasher::default();
    hasher.write(secret.as_bytes());
    hasher.finish()
}

pub(crate) fn parse_trust(text: &str) -> Result<Trust, String> {
    Trust::parse(text).map_err(|_| "it must be all, samples or everything".to_owned())
}

fn parse_replicas(text: &str) -> Result<usize, String> {
    match text {
        "1" => Ok(1),
        "3" => Ok(3),
        "5" => Ok(5),
        _ => Err("it must be 1, 3 or 5".to_owned()),
    }
}

/// What is shown while a desk decides or stands by; how far the run is only on a terminal.
struct Shown {
    bar: ProgressBar,
}

impl Shown {
    fn new() -> Self {
        Self { bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()) }
    }

    fn show(&self, news: &News<'_>) {
        let said = match news {
            News::Looked(desk) => return self.bar.set_message(progress(desk)),
            News::Banned(seat) => {
                format!("{seat} is excluded, and what it alone has counted is counted again.")
            }
            News::Opened => "This desk decides.".to_owned(),
            News::StandsBy => "Another desk decides; this one stands by.".to_owned(),
            News::Again => {
                "Another desk has taken over, or the log has lost entries: reading it again.".to_owned()
            }
            News::Finished { tally, late_blocks: 0 } => {
                format!("All {} points are counted.", short_count(tally.points as f64))
            }
            News::Finished { tally, late_blocks } => format!(
                "All {} points are counted. Counts of {late_blocks} blocks came too late to this desk, and were not used.",
                short_count(tally.points as f64)
            ),
        };
        self.bar.suspend(|| eprintln!("{said}"));
    }
}

fn progress(desk: &Desk) -> String {
    let state = desk.ledger().state();
    let Tally { points, .. } = state.tally();
    let open = state.open().len();
    format!("{} points counted, {open} leases out", short_count(points as f64))
}
