//! Whom the desk believes, and whom it bans.

use super::*;

fn bans(rig: &Rig) -> Vec<&str> {
    rig.said
        .iter()
        .filter_map(|command| match command {
            Command::Ban { seat } => Some(seat.as_str()),
            _ => None,
        })
        .collect()
}

fn why(rig: &Rig, seat: &str) -> String {
    match rig.told(seat).map(|tell| tell.standing.clone()) {
        Some(Standing::Banned(why) | Standing::Refused(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_impossible_result_bans_its_seat() {
    let mut rig = Rig::open(a_run(1_000, Trust::All));
    rig.ask("a", 2, &[]);
    rig.store();
    let held = rig.holds("a")[0];
    rig.ask("a", 2, &[(held.lease, held.blocks, held.blocks.points() + 1)]);
    rig.store();
    assert_eq!((bans(&rig), rig.holds("a")), (vec!["a"], vec![]));
    assert_eq!(why(&rig, "a"), "it claims 6400001 points inside of 6400000 in lease 0");
    // It gets nothing more, and what it held is given to others.
    rig.ask("a", 2, &[]);
    rig.ask("b", 2, &[]);
    rig.store();
    assert!(rig.holds("a").is_empty() && rig.holds("b")[0].blocks.first() == 0);
}

#[test]
fn who_is_of_another_version_is_refused_in_words_and_not_in_the_log() {
    let mut rig = Rig::open(a_run(1_000, Trust::All));
    for (protocol, stream) in [(2, 2), (1, 3)] {
        rig.said.clear();
        rig.send("a", Ask { protocol, stream, ..an_ask(2, &[]) }.encode().as_bytes());
        let said = format!(
            "this device speaks version {protocol} of the protocol and counts stream {stream}; the class speaks 1 and counts 2"
        );
        assert_eq!(why(&rig, "a"), said);
    }
    assert!(rig.appending.is_empty());
}

// Fails with: points of another run in this one's sum, brought by a device that was away while the desk was begun anew.
#[test]
fn results_of_another_run_are_not_counted_and_forgotten() {
    let mut rig = Rig::open(a_run(1_000, Trust::All));
    rig.ask("a", 1, &[]);
    rig.store();
    let held = rig.holds("a")[0];
    let result = [(held.lease, held.blocks, 1)];
    for seed in [None, Some(Seed(43))] {
        rig.send("a", Ask { seed, ..an_ask(1, &result) }.encode().as_bytes());
        rig.store();
        assert_eq!((rig.desk.ledger().state().tally().points, rig.holds("a").len()), (0, 1));
    }
    rig.ask("a", 0, &result);
    rig.store();
    assert_eq!(rig.desk.ledger().state().tally().points, held.blocks.points());
}

// Fails with: a student who keeps the desk busy, or fills the log.
#[test]
fn a_flooder_is_dropped_and_then_banned_and_an_honest_one_never() {
    let mut rig = Rig::open(a_run(100_000, Trust::All));
    for tenth in 0..10 {
        rig.now_ms += 100;
        for _ in 0..30 {
            rig.ask("flooder", 0, &[]);
        }
        rig.ask("honest", 0, &[]);
        rig.store();
        assert_eq!(bans(&rig), [""; 0], "{tenth}");
    }
    for _ in 0..500 {
        rig.ask("flooder", 0, &[]);
    }
    rig.store();
    assert_eq!(bans(&rig), ["flooder"]);
    let answers = |seat: &str| {
        let is_to = |command: &&Command| matches!(command, Command::Tell { seat: to, .. } if to == seat);
        rig.said.iter().filter(is_to).count()
    };
    assert_eq!(answers("honest"), 10);
    assert!(answers("flooder") <= 61, "{}", answers("flooder"));
}

#[test]
fn messages_that_are_too_long_or_no_asks_count_as_dropped() {
    for (bytes, times) in [(vec![b'x'; 4_097], 400), (b"kind=ask".to_vec(), 400), (vec![0xff; 3], 400)] {
        let mut rig = Rig::open(a_run(1_000, Trust::All));
        for _ in 0..times - 1 {
            rig.send("a", &bytes);
            rig.now_ms += 60;
        }
        assert!(rig.appending.is_empty() && rig.said.is_empty());
        rig.send("a", &bytes);
        rig.store();
        assert_eq!(bans(&rig), ["a"]);
    }
    // Now and then one is nothing.
    let mut rig = Rig::open(a_run(1_000, Trust::All));
    for _ in 0..1_000 {
        rig.send("a", b"?");
        rig.now_ms += 11_000;
    }
    assert!(rig.appending.is_empty());
}

#[test]
fn only_so_many_seats_are_known() {
    let mut rig = Rig::open(a_run(1_000, Trust::All));
    for seat in 0..=MOST_SEATS {
        rig.ask(&format!("s{seat}"), 0, &[]);
    }
    assert_eq!(why(&rig, "s2000"), "there are 2000 devices already, and no room for more");
    rig.ask("S", 0, &[]);
    rig.ask("a.b", 0, &[]);
    assert!(rig.told("S").is_none() && rig.told("a.b").is_none());
}

fn recount(rig: &mut Rig, of: fn(BlockRange) -> u64) {
    let mut done = 0;
    while let Some(&(lease, blocks)) = rig.recounts().get(done) {
        rig.tell(Event::Recounted { lease, tally: Tally { points: blocks.points(), inside: of(blocks) } });
        rig.store();
        done += 1;
    }
}

#[test]
fn where_everything_is_checked_a_run_ends_when_all_is_counted_again() {
    let mut rig = Rig::open(a_run(60, Trust::Everything));
    rig.ask("a", 2, &[]);
    rig.store();
    while !rig.holds("a").is_empty() {
        rig.deliver("a", half);
    }
    let is_finished = |rig: &Rig| rig.said.iter().any(|command| matches!(command, Command::Finished(_)));
    let state = rig.desk.ledger().state();
    assert!(!is_finished(&rig) && state.is_complete() && state.confirmed().points == 0);
    assert_eq!(rig.recounts().len(), 2, "two at a time");
    recount(&mut rig, half);
    assert!(is_finished(&rig) && rig.desk.ledger().state().confirmed().points == 6_000_000);
}

// Fails with: a lie that stays in the sum.
#[test]
fn a_difference_bans_the_seat_and_takes_back_what_nobody_confirmed() {
    let mut rig = Rig::open(a_run(100_000, Trust::Everything));
    rig.ask("a", 2, &[]);
    rig.store();
    rig.deliver("a", half);
    recount(&mut rig, half);
    rig.said.clear();
    rig.ask("a", 2, &[]);
    rig.deliver("a", |blocks| half(blocks) + 1);
    let points = rig.desk.ledger().state().tally().points;
    assert!(points > 12_800_000);
    recount(&mut rig, half);
    assert_eq!(rig.desk.ledger().state().tally(), Tally { points: 12_800_000, inside: 6_400_000 });
    assert_eq!(bans(&rig), ["a"]);
    let why = why(&rig, "a");
    assert!(why.starts_with("of lease ") && why.contains(" points inside, and a trusted computer "), "{why}");
}

#[test]
fn samples_are_the_first_two_of_each_seat_and_a_share_that_every_desk_chooses_alike() {
    let run = RunSpec { target: None, ..a_run(1, Trust::Samples) };
    let mut rig = Rig::open(run);
    rig.ask("a", 2, &[]);
    rig.store();
    for _ in 0..200 {
        rig.now_ms += 10 * rig.holds("a").iter().map(|held| held.blocks.blocks()).sum::<u64>();
        rig.deliver("a", half);
    }
    let counted = rig.desk.ledger().state().counted().clone();
    assert_eq!(counted.len(), 400);
    let chosen = |key| {
        let setup = Setup { take_over: true, key, ..a_setup(2, run) };
        let mut next = rig.next_desk(setup);
        next.store();
        recount(&mut next, half);
        next.recounts().iter().map(|(lease, _)| *lease).collect::<Vec<_>>()
    };
    let own = chosen(5);
    assert!((60..110).contains(&own.len()), "{}", own.len());
    let first: Vec<_> =
        counted.iter().filter(|(_, count)| count.before < 2).map(|(lease, _)| *lease).collect();
    assert_eq!(first.len(), 2);
    assert!(first.iter().all(|lease| own.contains(lease)));
    assert_ne!(own, chosen(6));
    recount(&mut rig, half);
    assert_eq!(rig.recounts().len(), own.len());
}
