//! Random schedules of more threads.

use shuttle::rand::Rng;

use crate::cases;
use crate::world::world;

world!(shuttle, shuttle::rand::thread_rng().gen_range(0..4));

/// Half of them by chance alone, half with few switches, at places that were drawn.
fn random_schedules(how_many: usize, case: impl Fn() + Copy + Sync + Send + 'static) {
    shuttle::check_random(case, how_many / 2);
    shuttle::check_pct(case, how_many / 2, 3);
}

#[test]
fn a_lock_has_one_holder_and_wakes_who_waits() {
    random_schedules(2_000, || cases::lock::<Shared>(4, 3));
}

#[test]
fn nobody_passes_the_gate_alone() {
    random_schedules(1_000, || cases::gate::<Shared>(5, 2));
}

#[test]
fn what_is_given_up_lets_everybody_go() {
    random_schedules(2_000, cases::everything_given_up::<Shared>);
    random_schedules(1_000, || cases::lock_given_up::<Shared>(4));
}

#[test]
fn the_gil_has_one_holder_and_wakes_who_waits() {
    random_schedules(1_000, || cases::gil::<Shared>(4, 3));
}

#[test]
fn the_gil_goes_round() {
    random_schedules(2_000, || cases::gil_by_turns::<Shared>(2, 30));
    random_schedules(1_000, || cases::gil_by_turns::<Shared>(4, 20));
}

#[test]
fn a_queue_loses_and_doubles_nothing() {
    for places in [1, 3] {
        for (producers, consumers) in [(1, 1), (1, 3), (3, 1), (3, 3)] {
            random_schedules(400, move || cases::ring::<Shared>(producers, consumers, 4, places));
        }
    }
    random_schedules(1_000, || cases::impatient_ring::<Shared>(6));
}

#[test]
fn a_pipe_loses_and_doubles_nothing_and_wakes_who_waits() {
    for places in [1, 2, 3, 8] {
        random_schedules(1_000, move || cases::pipe::<Shared>(12, places));
    }
}
