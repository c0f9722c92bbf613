use super::super::entry::checkpoint::Item;
use super::super::entry::{Group, groups};
use super::super::message::Trust;
use super::*;
use crate::run::config::Target;
use dartboard_points::tally::{BlockRange, Seed, Tally};

fn range(first: u64, end: u64) -> BlockRange {
    BlockRange::new(first, end).unwrap()
}

fn run(trust: Trust) -> RunSpec {
    RunSpec { seed: Seed(1), target: Target::from_blocks(100), trust }
}

fn opening(desk: u64, run: RunSpec) -> String {
    Entry::Opening(Opening { desk, run, note: String::new() }).encode()
}

fn lease(lease: u64, seat: &str, blocks: BlockRange) -> Op {
    Op::Lease { lease, seat: seat.to_owned(), blocks, allow_ms: 5_000 }
}

fn count(lease: u64, seat: &str, blocks: BlockRange) -> Op {
    Op::Count { lease, seat: seat.to_owned(), blocks, inside: 7 }
}

/// A ledger with its opening, in term 1.
fn opened(trust: Trust) -> Ledger {
    let mut ledger = Ledger::default();
    assert_eq!(ledger.read(1, 10, &opening(1, run(trust))), Read::Opened { desk: 1 });
    ledger
}

/// Reads changes as the next group of the present term; how many were taken.
fn make(ledger: &mut Ledger, ops: &[Op]) -> usize {
    let text = &groups(ledger.term(), ledger.serial() + 1, ops)[0];
    match ledger.read(ledger.newest_seq() + 1, 20, text) {
        Read::Taken(taken) => taken.len(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_count_names_lease_seat_and_blocks_and_counts_once() {
    let mut ledger = opened(Trust::All);
    let blocks = range(0, 10);
    assert_eq!(make(&mut ledger, &[lease(4, "a", blocks)]), 1);
    for wrong in [count(5, "a", blocks), count(4, "b", blocks), count(4, "a", range(0, 9))] {
        assert_eq!(make(&mut ledger, &[wrong]), 0);
    }
    assert_eq!(make(&mut ledger, &[count(4, "a", blocks), count(4, "a", blocks)]), 1);
    assert_eq!(ledger.state().tally(), Tally { points: 1_000_000, inside: 7 });
    assert_eq!(ledger.state().confirmed(), ledger.state().tally());
    assert_eq!((ledger.state().counted().len(), ledger.state().next_lease()), (0, 5));
}

#[test]
fn a_lease_opens_only_over_blocks_to_do_and_under_a_new_id() {
    let mut ledger = opened(Trust::Samples);
    assert_eq!(make(&mut ledger, &[lease(1, "a", range(0, 10)), lease(1, "a", range(10, 20))]), 1);
    assert_eq!(make(&mut ledger, &[lease(2, "a", range(9, 11)), lease(2, "a", range(99, 101))]), 0);
    assert_eq!(make(&mut ledger, &[count(1, "a", range(0, 10)), lease(1, "a", range(10, 20))]), 1);
    assert_eq!(
        make(
            &mut ledger,
            &[lease(2, "a", range(10, 20)), Op::Lost { lease: 2 }, lease(3, "b", range(10, 20))]
        ),
        3
    );
    assert_eq!(make(&mut ledger, &[Op::Lost { lease: 2 }, count(2, "a", range(10, 20))]), 0);
}

#[test]
fn a_ban_takes_back_what_nobody_confirmed() {
    let mut ledger = opened(Trust::Samples);
    let leases = [
        lease(1, "a", range(0, 10)),
        lease(2, "a", range(10, 20)),
        lease(3, "b", range(20, 30)),
        lease(4, "a", range(30, 40)),
    ];
    make(&mut ledger, &leases);
    make(
        &mut ledger,
        &[count(1, "a", range(0, 10)), count(2, "a", range(10, 20)), count(3, "b", range(20, 30))],
    );
    let confirm = |lease, blocks, inside| Op::Confirm { lease, blocks, inside };
    // It names what it confirms.
    assert_eq!(make(&mut ledger, &[confirm(2, range(0, 10), 7), confirm(2, range(10, 20), 8)]), 0);
    assert_eq!(make(&mut ledger, &[confirm(2, range(10, 20), 7), confirm(2, range(10, 20), 7)]), 1);
    let ban = Op::Ban { seat: "a".to_owned(), why: "x".to_owned() };
    assert_eq!(make(&mut ledger, &[ban.clone(), ban, lease(5, "a", range(0, 10))]), 1);
    let state = ledger.state();
    assert_eq!((state.tally().points, state.confirmed().points), (2_000_000, 1_000_000));
    assert_eq!((state.to_do(), state.open().len(), state.lowest_to_do(100)), (80, 0, Some(range(0, 10))));
    assert_eq!(state.seats()["a"].banned.as_deref(), Some("x"));
}

#[test]
fn void_entries_say_why() {
    let mut ledger = opened(Trust::All);
    let mut void = |seq, text: &str| match ledger.read(seq, 20, text) {
        Read::Void(void) => void.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(void(1, "x"), "entry 1 was read after entry 1");
    assert!(void(2, "x").contains("no field kind"));
    assert_eq!(void(3, &opening(1, run(Trust::All))), "the desk's opening is repeated");
    assert_eq!(void(4, &opening(2, run(Trust::Samples))), "it belongs to another run");
    assert_eq!(void(5, "kind=entry&term=4&serial=1"), "it is of term 4, and the present term is 1");
    assert_eq!(void(6, "kind=entry&term=1&serial=0"), "it has serial 0, and serial 0 was taken before");
    assert!(
        void(7, "kind=entry&term=1&serial=1\nkind=checkpoint&part=2&parts=2").contains("does not follow")
    );
    // A program of an earlier version may have opened it.
    let mut foreign = Ledger::default();
    foreign.read(1, 1, &opening(1, run(Trust::All)).replace("stream=2", "stream=3"));
    assert!(foreign.foreign().is_some_and(|foreign| foreign.to_string().contains("stream 3")));
    assert!(matches!(foreign.read(2, 1, &opening(2, run(Trust::All))), Read::Void(Void::AnotherRun)));
}

/// A ledger with something of everything.
fn full() -> Ledger {
    let mut ledger = opened(Trust::Samples);
    make(
        &mut ledger,
        &[lease(1, "a", range(0, 10)), lease(2, "b", range(10, 20)), lease(3, "a", range(30, 40))],
    );
    make(&mut ledger, &[lease(4, "b", range(50, 60)), lease(5, "b", range(60, 70))]);
    make(
        &mut ledger,
        &[count(1, "a", range(0, 10)), count(2, "b", range(10, 20)), count(4, "b", range(50, 60))],
    );
    let confirm = Op::Confirm { lease: 1, blocks: range(0, 10), inside: 7 };
    make(&mut ledger, &[confirm, Op::Ban { seat: "c d".replace(' ', "-"), why: "a & b".to_owned() }]);
    ledger
}

// Fails with: something that a checkpoint leaves out.
#[test]
fn a_checkpoint_is_the_whole_state() {
    let ledger = full();
    let mut again = Ledger::from_checkpoint(ledger.term());
    assert_eq!(again.read(500, 30, "kind=entry&term=1&serial=2\nkind=lost&id=1"), Read::Taken(vec![]));
    for (seq, text) in (900..).zip(ledger.checkpoint()) {
        assert_eq!(again.read(seq, 40, &text), Read::Checkpoint);
    }
    assert_eq!((again.state(), again.run(), again.since_checkpoint()), (ledger.state(), ledger.run(), 0));
    assert_eq!(again.serial(), ledger.serial() + 1);
    // It changes nothing for who has read all.
    let mut same = ledger.clone();
    same.read(900, 40, &ledger.checkpoint()[0]);
    assert_eq!(same.state(), ledger.state());
    assert_eq!(make(&mut same, &[count(3, "a", range(30, 40)), lease(6, "a", range(20, 30))]), 2);
}

// Fails with: an order that the state has of its log, and its checkpoint does not.
#[test]
fn a_checkpoint_keeps_what_a_seat_holds_however_a_desk_has_numbered_it() {
    let mut ledger = opened(Trust::All);
    assert_eq!(make(&mut ledger, &[lease(107, "a", range(0, 1)), lease(33, "a", range(1, 2))]), 2);
    let mut again = Ledger::from_checkpoint(ledger.term());
    for (seq, text) in (900..).zip(ledger.checkpoint()) {
        assert_eq!(again.read(seq, 20, &text), Read::Checkpoint);
    }
    assert_eq!(again.state(), ledger.state());
}

// Fails with: a sum and blocks that do not belong together.
#[test]
fn a_checkpoint_that_contradicts_itself_is_void() {
    let whole = full().state().items(run(Trust::Samples));
    let read = |items: &[Item]| {
        let mut ledger = full();
        let before = ledger.state().clone();
        let part = Part { part: 1, parts: 1, items: items.to_vec() };
        let group = Group { term: 1, serial: 99, content: Content::Checkpoint(part) };
        let read = ledger.read(99, 1, &Entry::Group(group).encode());
        assert!(*ledger.state() == before, "{read:?}");
        read
    };
    assert_eq!(read(&whole), Read::Checkpoint);
    for at in 0..whole.len() {
        let mut items = whole.clone();
        items.push(whole[at].clone());
        let is_seat = matches!(whole[at], Item::Seat { .. });
        assert_eq!(
            matches!(read(&items), Read::Void(Void::Checkpoint(_))),
            !is_seat,
            "twice: {:?}",
            whole[at]
        );
        let mut items = whole.clone();
        let gone = items.remove(at);
        let matters = !matches!(gone, Item::Seat { .. });
        if matters {
            assert!(matches!(read(&items), Read::Void(Void::Checkpoint(_))), "without {gone:?}");
        }
    }
    let mut beyond = whole.clone();
    beyond.push(Item::Gap(range(80, 90)));
    assert!(matches!(read(&beyond), Read::Void(Void::Checkpoint(_))));
    let mut other = whole;
    other[0] = Item::Run(run(Trust::All));
    assert_eq!(read(&other), Read::Void(Void::AnotherRun));
}
