//! What an open desk says of its run, by what was read back.

use std::time::Duration;

use super::super::ledger::Ledger;
use super::super::message::{Leased, MOST_LEASES, Show, Standing, Tell};
use super::Setup;
use super::roster::Roster;
use crate::run::config::Target;
use crate::text::whole_ms;
use crate::time::Instant;

/// When a member that has nothing to count asks again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What a seat is told: how it stands by what was read back.
pub(super) fn tell(setup: &Setup, ledger: &Ledger, is_finished: bool, seat: &str, settled: &[u64]) -> Tell {
    let state = ledger.state();
    let record = state.seats().get(seat);
    let holds = record.map_or(&[][..], |record| &record.holds);
    let leased =
        |lease: &u64| state.open().get(lease).map(|held| Leased { lease: *lease, blocks: held.blocks });
    let standing = match record.and_then(|record| record.banned.clone()) {
        Some(why) => Standing::Banned(why),
        None if is_finished => Standing::Finished,
        None => Standing::Welcome,
    };
    Tell {
        seed: setup.run.seed,
        leases: holds.iter().filter_map(leased).take(MOST_LEASES).collect(),
        settled: settled.to_vec(),
        standing,
        tally: state.tally(),
        ask_again_ms: whole_ms(ASK_AGAIN),
    }
}

/// What screens are shown.
pub(super) fn show(now: Instant, setup: &Setup, ledger: &Ledger, is_finished: bool, roster: &Roster) -> Show {
    let state = ledger.state();
    Show {
        seed: setup.run.seed,
        target_blocks: setup.run.target.map(Target::blocks),
        tally: state.tally(),
        confirmed_points: state.confirmed().points,
        trust: setup.run.trust,
        points_per_second: roster.points_per_second(now, state),
        finished: is_finished,
        members: roster.shown(now, state),
    }
}
