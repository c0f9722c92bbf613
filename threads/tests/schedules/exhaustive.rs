//! Every schedule of a few threads, up to a number of switches away from a thread that could go on.

use crate::cases;
use crate::world::world;

world!(loom, 1);

fn every_schedule(switches: usize, case: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(switches);
    model.max_branches = 100_000;
    model.check(case);
}

#[test]
fn a_lock_has_one_holder_and_wakes_who_waits() {
    every_schedule(4, || cases::lock::<Shared>(2, 2));
    every_schedule(2, || cases::lock::<Shared>(3, 1));
}

#[test]
fn a_lock_that_is_given_up_lets_everybody_go() {
    every_schedule(3, || cases::lock_given_up::<Shared>(2));
}

#[test]
fn nobody_passes_the_gate_alone() {
    every_schedule(2, || cases::gate::<Shared>(3, 0));
    every_schedule(4, || cases::gate::<Shared>(2, 2));
}

#[test]
fn the_gil_has_one_holder_and_wakes_who_waits() {
    every_schedule(3, || cases::gil::<Shared>(2, 2));
    every_schedule(2, || cases::gil::<Shared>(3, 1));
}

#[test]
fn the_gil_goes_round() {
    every_schedule(2, || cases::gil_by_turns::<Shared>(2, 2));
}

#[test]
fn a_queue_loses_and_doubles_nothing() {
    every_schedule(2, || cases::ring::<Shared>(1, 1, 2, 1));
    every_schedule(1, || cases::ring::<Shared>(2, 1, 1, 1));
    every_schedule(1, || cases::ring::<Shared>(1, 2, 1, 1));
    every_schedule(1, || cases::ring::<Shared>(2, 2, 1, 2));
}

#[test]
fn a_pipe_loses_and_doubles_nothing_and_wakes_who_waits() {
    every_schedule(3, || cases::pipe::<Shared>(3, 1));
    every_schedule(3, || cases::pipe::<Shared>(3, 2));
    every_schedule(2, || cases::pipe::<Shared>(5, 4));
}
