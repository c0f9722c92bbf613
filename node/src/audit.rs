//! The command `audit`: counts again what others have counted according to a run's log, all of it or a share.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::process::ExitCode;

use clap::Args;
use dartboard_core::hall::entry::Op;
use dartboard_core::hall::ledger::{Ledger, Read};
use dartboard_core::hall::message::Trust;
use dartboard_core::text::{Grouped, counted};
use dartboard_points::tally::{BlockRange, Seed, Tally};
use indicatif::{ProgressBar, ProgressDrawTarget};
use thiserror::Error;
use tokio::sync::mpsc::unbounded_channel;

use crate::broker::log::{self, Log, LogError};
use crate::broker::{Broker, BrokerError};
use crate::count::report;
use crate::counter::{Counted, Counter};
use crate::shared::{self, Common, Ended};

/// Counts again what a run's log says that others have counted.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 every count that was looked at is right; 1 one is wrong, or it failed; 2 the arguments are wrong; 3 it was stopped.")]
pub struct Options {
    #[command(flatten)]
    common: Common,
    /// How many counts in a hundred are done again, chosen at random
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u8).range(1..=100))]
    share: u8,
}

#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("the log does not begin with a desk's opening: there is no run in it{0}")]
    NoRun(String),
    #[error("the log lost entries while it was read: try again")]
    Lost,
    #[error("the log’s counts have {sum} points inside, and its total has {total}: part of it is missing")]
    Incomplete { sum: u64, total: u64 },
    #[error("{} wrong:\n{}", counted(.0.len(), "count"), lines(.0))]
    Wrong(Vec<Difference>),
    #[error("this computer cannot count: {0}")]
    Crew(String),
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    #[error("this program cannot start its event loop: {0}")]
    Runtime(#[from] io::Error),
}

/// A count that is not right.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Difference {
    lease: u64,
    claim: Claim,
    inside: u64,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Claim { seat, blocks, inside } = &self.claim;
        write!(
            f,
            "lease {} by {seat}, blocks {blocks}: {} points inside were reported; there are {}",
            self.lease,
            Grouped(*inside),
            Grouped(self.inside),
        )
    }
}

fn lines(differences: &[Difference]) -> String {
    differences.iter().map(Difference::to_string).collect::<Vec<_>>().join("\n")
}

/// What a seat has counted, as the log says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Claim {
    seat: String,
    blocks: BlockRange,
    inside: u64,
}

/// What a log says.
#[derive(Debug, Default)]
struct Audit {
    ledger: Ledger,
    /// The counts that are valid, by lease.
    claims: BTreeMap<u64, Claim>,
    /// Those that a ban no longer takes back.
    confirmed: BTreeMap<u64, Claim>,
}

impl Audit {
    fn read(&mut self, seq: u64, time_ms: u64, text: &str) {
        let Read::Taken(ops) = self.ledger.read(seq, time_ms, text) else { return };
        let believes_all = self.ledger.run().is_some_and(|run| run.trust == Trust::All);
        for op in ops {
            match op {
                Op::Count { lease, seat, blocks, inside } => {
                    let held = if believes_all { &mut self.confirmed } else { &mut self.claims };
                    held.insert(lease, Claim { seat, blocks, inside });
                }
                Op::Confirm { lease, .. } => {
                    self.confirmed.extend(self.claims.remove(&lease).map(|claim| (lease, claim)));
                }
                Op::Ban { seat, .. } => self.claims.retain(|_, claim| claim.seat != seat),
                Op::Lease { .. } | Op::Lost { .. } => {}
            }
        }
    }

    /// All valid counts.
    fn all(&self) -> impl Iterator<Item = (u64, &Claim)> {
        self.confirmed.iter().chain(&self.claims).map(|(lease, claim)| (*lease, claim))
    }
}

/// Carries out the command.
pub fn main(options: &Options) -> ExitCode {
    shared::main(|| run(options))
}

fn run(options: &Options) -> Result<Ended, Failure> {
    shared::until_stopped(async {
        let broker = Broker::connect(&options.common.address, "dartboard audit").await?;
        let audit = read(&Log::existing(broker.client, &options.common.run).await?).await?;
        let run = audit.ledger.run().ok_or_else(|| {
            Failure::NoRun(audit.ledger.foreign().map_or_else(String::new, |foreign| format!(" ({foreign})")))
        })?;
        let total = audit.ledger.state().tally();
        let sum = audit.all().map(|(_, claim)| claim.inside).sum();
        if sum != total.inside {
            return Err(Failure::Incomplete { sum, total: total.inside });
        }
        let looked_at = count_again(&audit, run.seed, options).await?;
        println!("{}", report::words(run.seed, total));
        println!("{} of these points were counted again, with no difference.", Grouped(looked_at));
        Ok(())
    })?
}

/// Reads a log to where it ends now.
async fn read(log: &Log) -> Result<Audit, Failure> {
    let mut audit = Audit::default();
    let mut entries = log.read();
    loop {
        match entries.recv().await {
            Some(log::Read::Entry { seq, time_ms, text }) => audit.read(seq, time_ms, &text),
            Some(log::Read::CaughtUp) => return Ok(audit),
            Some(log::Read::Lost) | None => return Err(Failure::Lost),
        }
    }
}

/// Counts a share of the counts again: how many points that were.
async fn count_again(audit: &Audit, seed: Seed, options: &Options) -> Result<u64, Failure> {
    let (tell, mut told) = unbounded_channel();
    let threads = options.common.threads();
    let counter = Counter::start(threads, None, tell).map_err(|error| Failure::Crew(error.to_string()))?;
    let mut chosen = Vec::new();
    for (lease, claim) in audit.all() {
        if getrandom::u32()? % 100 < u32::from(options.share) {
            chosen.push((lease, claim));
        }
    }
    let bar = ProgressBar::with_draw_target(Some(chosen.len() as u64), ProgressDrawTarget::stderr());
    let (mut points, mut differences) = (0, Vec::new());
    for (lease, claim) in chosen {
        counter.count(lease, seed, claim.blocks);
        let Some(Counted { tally, .. }) = told.recv().await else { break };
        let Tally { points: of_lease, inside } = tally.map_err(Failure::Crew)?;
        points += of_lease;
        if inside != claim.inside {
            differences.push(Difference { lease, claim: claim.clone(), inside });
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if differences.is_empty() { Ok(points) } else { Err(Failure::Wrong(differences)) }
}
