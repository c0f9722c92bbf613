//! Who decides: standing by, opening, losing a term.

use super::*;

fn opening(desk: u64, run: RunSpec) -> String {
    Entry::Opening(Opening { desk, run, note: String::new() }).encode()
}

#[test]
fn the_first_desk_of_an_empty_log_opens_at_once() {
    let run = a_run(100, Trust::All);
    let mut rig = Rig::new(a_setup(1, run));
    rig.tell(Event::Timer);
    assert!(rig.appending.is_empty(), "nothing before the log is read");
    rig.tell(Event::CaughtUp);
    assert_eq!(rig.appending, [opening(1, run)]);
    assert!(!rig.desk.is_open());
    rig.store();
    assert!(rig.desk.is_open());
}

// Fails with: a desk started twice that deposes the first, or one that never takes the place of a dead one.
#[test]
fn a_desk_stands_by_until_the_other_is_silent_for_five_seconds() {
    let run = a_run(100, Trust::All);
    let first = Rig::open(run);
    let mut second = first.next_desk(a_setup(2, run));
    for _ in 0..10 {
        second.now_ms += 4_900;
        second.tell(Event::Timer);
        second.tell(Event::Heard(Beat { desk: 1, term: 1 }));
    }
    second.now_ms += 4_900;
    second.entry("kind=entry&term=1&serial=1".to_owned());
    second.tell(Event::Heard(Beat { desk: 2, term: 9 }));
    second.now_ms += 4_900;
    second.tell(Event::Timer);
    assert!(second.appending.is_empty() && second.said.is_empty());
    second.now_ms += 100;
    second.tell(Event::Timer);
    second.store();
    assert!(second.desk.is_open() && second.desk.ledger().term() == 3);
}

#[test]
fn a_desk_that_takes_over_opens_at_once() {
    let run = a_run(100, Trust::All);
    let second = Rig::open(run).next_desk(Setup { take_over: true, ..a_setup(2, run) });
    assert_eq!(second.appending, [opening(2, run)]);
}

#[test]
fn of_two_desks_that_open_in_the_same_instant_the_later_one_decides() {
    let run = a_run(100, Trust::All);
    let [mut first, mut second] = [1, 2].map(|id| Rig::new(a_setup(id, run)));
    for rig in [&mut first, &mut second] {
        rig.tell(Event::CaughtUp);
        for id in [1, 2] {
            rig.entry(opening(id, run));
        }
    }
    assert!(second.desk.is_open() && second.said.is_empty());
    assert!(!first.desk.is_open());
    assert_eq!(first.said, [Command::Refold]);
    // It says nothing more.
    first.ask("a", 2, &[]);
    first.entry(opening(1, run));
    first.tell(Event::Timer);
    assert_eq!(first.said.len(), 1);
}

#[test]
fn who_reads_of_anothers_opening_before_its_own_stands_by() {
    let run = a_run(100, Trust::All);
    let mut rig = Rig::new(a_setup(1, run));
    rig.tell(Event::CaughtUp);
    rig.entry(opening(2, run));
    rig.appending.clear();
    rig.now_ms += 4_900;
    rig.tell(Event::Timer);
    assert!(rig.appending.is_empty() && !rig.desk.is_open());
    // It was stored after all.
    rig.entry(opening(1, run));
    assert!(rig.desk.is_open());
}

// Fails with: two desks that both believe to have the same term, after a log has lost its end.
#[test]
fn a_log_that_is_not_the_one_it_has_read_is_read_afresh() {
    let run = a_run(100, Trust::All);
    let backward = Event::Entry { seq: 1, time_ms: 1, text: opening(2, run) };
    let missed = Event::Entry { seq: 9, time_ms: 1, text: "kind=entry&term=5&serial=1".to_owned() };
    let own_term = Event::Entry { seq: 2, time_ms: 1, text: "kind=entry&term=1&serial=1".to_owned() };
    for event in [backward, missed, own_term] {
        let mut rig = Rig::open(run);
        rig.tell(event.clone());
        assert_eq!(rig.said, [Command::Refold], "{event:?}");
    }
    let mut rig = Rig::open(run);
    rig.tell(Event::Entry { seq: 2, time_ms: 1, text: "what is this?".to_owned() });
    rig.tell(Event::Entry { seq: 3, time_ms: 1, text: "kind=entry&term=0&serial=1".to_owned() });
    assert_eq!(rig.said, []);
}

#[test]
fn an_entry_that_is_not_read_back_is_appended_again_with_the_same_id() {
    let mut rig = Rig::open(a_run(100, Trust::All));
    rig.ask("a", 1, &[]);
    let first = rig.appending.clone();
    assert_eq!(first.len(), 1);
    for times in 2..=10 {
        rig.now_ms += 1_000;
        let now = Instant::after_origin(Duration::from_millis(rig.now_ms));
        let commands = rig.desk.handle(now, Event::Timer);
        let again = Command::Append { id: "1-1-1".to_owned(), text: first[0].clone() };
        assert_eq!(commands.contains(&again), times <= 10, "{commands:?}");
    }
    rig.now_ms += 1_000;
    rig.tell(Event::Timer);
    assert_eq!(rig.said, [Command::Refold]);
}

#[test]
fn a_log_of_another_run_is_refused_in_words() {
    let run = a_run(100, Trust::All);
    let refused = |text: String| {
        let mut rig = Rig::new(a_setup(1, run));
        rig.entry(text);
        rig.tell(Event::CaughtUp);
        rig.pass(10);
        assert_eq!((rig.log.len(), rig.said.len()), (1, 1));
        match rig.said.remove(0) {
            Command::Refuse(why) => why,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        refused(opening(2, RunSpec { target: None, trust: Trust::Samples, ..run })),
        "the log is of the run with seed 42 without a target, trust samples, and this desk of the run with seed 42 \
         to block 100, trust all"
    );
    let other = refused(opening(2, run).replace("protocol=1", "protocol=2"));
    assert_eq!(
        other,
        "the log cannot be read: it is of protocol 2 and stream 2, and this program's are 1 and 2"
    );
}

#[test]
fn a_desk_is_heard_each_second_and_shows_the_run_twice_as_often() {
    let mut rig = Rig::open(a_run(100, Trust::All));
    rig.ask("a", 1, &[]);
    rig.store();
    let (mut beats, mut shows) = (0, Vec::new());
    for _ in 0..100 {
        rig.now_ms += 100;
        let now = Instant::after_origin(Duration::from_millis(rig.now_ms));
        for command in rig.desk.handle(now, Event::Timer) {
            match command {
                Command::Beat(beat) => {
                    assert_eq!(beat, Beat { desk: 1, term: 1 });
                    beats += 1;
                }
                Command::Show(show) => shows.push(show),
                _ => {}
            }
        }
    }
    assert_eq!((beats, shows.len()), (10, 20));
    let states: Vec<_> = shows.iter().map(|show| show.members[0].state).collect();
    assert_eq!((states[0], states[19]), (MemberState::Counting, MemberState::Away));
    assert_eq!((shows[0].target_blocks, shows[0].members[0].cores, shows[0].finished), (Some(100), 4, false));
}
