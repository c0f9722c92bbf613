//! The command `node`: takes part in a run that many computers share, with all cores, and with a GPU where it is told to.

use std::io;
use std::process::ExitCode;

use clap::Args;
use dartboard_core::hall::member::{Member, MemberStanding};
use dartboard_core::hall::subjects::check_seat;
use dartboard_core::text::{Grouped, short_count};
use indicatif::{ProgressBar, ProgressDrawTarget};
use thiserror::Error;

use crate::broker::{Broker, BrokerError};
use crate::desk::decide::{DeskError, random};
use crate::gpu::{GpuOptions, GpuProblem};
use crate::shared::{self, Common, Ended};
use take_part::{NodeError, Setup, take_part};

pub(crate) mod take_part;

/// Takes part in a run that many computers share, with all cores.
#[derive(Debug, Args)]
#[command(after_help = shared::EXIT_CODES)]
pub struct Options {
    #[command(flatten)]
    common: Common,
    /// What this computer is called in the run: 1 to 32 of a to z, 0 to 9 and -. No two may have the same name [default: drawn
    /// at random]
    #[arg(long, value_name = "NAME", value_parser = parse_seat)]
    seat: Option<String>,
    #[command(flatten)]
    gpu: GpuOptions,
}

#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error(transparent)]
    Random(#[from] DeskError),
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error(transparent)]
    Gpu(#[from] GpuProblem),
    #[error("this program cannot start its event loop: {0}")]
    Runtime(#[from] io::Error),
}

/// Carries out the command.
pub fn main(options: Options) -> ExitCode {
    shared::main(|| run(options))
}

fn run(options: Options) -> Result<Ended, Failure> {
    let gpu = options.gpu.open()?;
    shared::until_stopped(async {
        let seat = options.seat.map_or_else(|| random().map(|number| format!("n{number:x}")), Ok)?;
        let broker = Broker::connect(&options.common.address, &seat).await?;
        let threads = options.common.threads();
        let mut shown = Shown::new();
        let finished =
            take_part(broker, Setup { subjects: options.common.run, seat, threads, gpu }, |member| {
                shown.show(member);
            })
            .await;
        shown.bar.finish_and_clear();
        let finished = finished?;
        println!(
            "All {} points are counted, {} of them here.",
            Grouped(finished.tally.points),
            Grouped(finished.own_points),
        );
        Ok(())
    })?
}

fn parse_seat(text: &str) -> Result<String, String> {
    check_seat(text).map(str::to_owned).map_err(|error| error.to_string())
}

/// What is shown while a node counts: changes of its standing, and on a terminal how much it has counted.
struct Shown {
    bar: ProgressBar,
    standing: Option<MemberStanding>,
}

impl Shown {
    fn new() -> Self {
        Self { bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()), standing: None }
    }

    fn show(&mut self, member: &Member) {
        let standing = member.standing();
        if self.standing.as_ref() != Some(&standing) {
            if let Some(text) = said_of(&standing, self.standing.as_ref()) {
                self.bar.suspend(|| eprintln!("{text}"));
            }
            self.standing = Some(standing);
        }
        let of_all = short_count(member.tally().points as f64);
        let own = short_count(member.counted_points() as f64);
        self.bar.set_message(format!("{own} points counted here, {of_all} by all"));
    }
}

/// What is said when a member comes to stand so.
fn said_of(standing: &MemberStanding, before: Option<&MemberStanding>) -> Option<&'static str> {
    match standing {
        MemberStanding::Joining => Some("Connected. Waiting for the run’s desk."),
        MemberStanding::Away { .. } => {
            Some("No connection to the broker: finishing what was given, and trying again.")
        }
        MemberStanding::Counting if matches!(before, None | Some(MemberStanding::Joining)) => {
            Some("Counting.")
        }
        MemberStanding::Counting if matches!(before, Some(MemberStanding::Away { .. })) => {
            Some("Connected again.")
        }
        _ => None,
    }
}
