//! Time in which nothing could be heard, and how the page shows time.

use super::*;

#[test]
fn a_silence_of_the_page_moves_deadlines() {
    let (mut desk, _) = Desk::running(config(2, 1, 0));
    desk.at(100, Event::Set(LiveSetting::Chaos(Chaos::NONE)));
    desk.timer = None;
    // The timer of 2 s comes after a minute: 59.9 s are not held against the workers.
    assert_eq!(desk.at(60_000, Event::Timer), [Command::SetTimer(Some(at(61_900)))]);
    assert_eq!(terminated(&desk.at(60_010, result(0, 0, 1))), [0_u64; 0]);
    assert_eq!(desk.points(), 100_000);
    let words: Vec<_> = desk.coordinator.log().entries().map(|entry| entry.what.to_string()).collect();
    assert_eq!(words[1], "nothing was heard for 59.9 s: time limits were extended");
    assert_eq!(desk.coordinator.snapshot(at(60_010)).running_time, ms(110));
    // A timer that is late by no more than a quarter of a second is no jump.
    desk.at(62_150, Event::Timer);
    assert_eq!(desk.written(), 2);
    desk.at(70_000, Event::Timer);
    assert_eq!(desk.written(), 3);
}

#[test]
fn a_frozen_page_waits_for_nothing() {
    let (mut desk, _) = Desk::running(config(1, 1, 0));
    assert_eq!(desk.at(500, Event::Frozen), [Command::SetTimer(None)]);
    assert_eq!(desk.at(700, Event::Frozen), []);
    assert_eq!(desk.at(40_000, Event::Timer), []);
    // A result heard meanwhile counts, and the next lease gets all its time.
    desk.at(50_000, result(0, 0, 1));
    assert_eq!(desk.points(), 100_000);
    assert_eq!(desk.at(100_500, Event::Thawed), [Command::SetTimer(Some(at(102_500)))]);
    let words = desk.coordinator.log().entries().next_back().unwrap().what.to_string();
    assert_eq!(words, "the page was frozen for 100.0 s: time limits were extended");
    assert_eq!(desk.coordinator.snapshot(at(100_500)).running_time, ms(500));
    // What only a user can do means that the page is not frozen.
    desk.at(101_000, Event::Frozen);
    let commands = desk.at(200_000, Event::Set(LiveSetting::Batch(BatchSize::Auto)));
    assert_eq!(commands, [Command::SetTimer(Some(at(201_500)))]);
}

#[test]
fn a_clock_that_goes_back_stands_still() {
    let (mut desk, _) = Desk::running(config(1, 1, 0));
    desk.at(1_000, result(0, 0, 1));
    desk.at(900, result(0, 1, 1));
    assert_eq!(desk.timer, Some(at(3_000)));
    assert_eq!(desk.coordinator.snapshot(at(0)).running_time, ms(1_000));
}

#[test]
fn the_timeline_tells_what_a_slot_did() {
    let mut desk = Desk::new(config(1, 1, 0));
    desk.tell(Event::Open);
    desk.now = at(10);
    desk.ready(0);
    desk.at(20, Event::Start);
    // Of 30 ms, 1 ms was counting.
    desk.at(50, result(0, 0, 1));
    desk.at(60, Event::Failed { worker: WorkerId(0), reason: String::new() });
    let cells = desk.coordinator.timeline(at(65), SlotIndex(0));
    let cell = Cell { starting_us: 15_000, waiting_us: 39_000, computing_us: 11_000, dead_us: 0 };
    assert_eq!(cells, [cell]);
    desk.tell(Event::Failed { worker: WorkerId(1), reason: String::new() });
    let cells = desk.coordinator.timeline(at(70), SlotIndex(0));
    assert_eq!(cells[0].dead_us, 10_000);
    assert_eq!(desk.coordinator.timeline(at(70), SlotIndex(1)), []);
}
