use proptest::prelude::*;

use super::*;
use crate::hall::message::Leased;

const SEED: Seed = Seed(42);

fn at(milliseconds: u64) -> Instant {
    Instant::after_origin(Duration::from_millis(milliseconds))
}

/// The blocks of a lease: each lease has its own, so that a tally tells whose it is.
fn blocks(lease: u64) -> BlockRange {
    BlockRange::new(lease * 10, lease * 10 + 1 + lease % 9).unwrap()
}

fn tally(lease: u64) -> Tally {
    Tally { points: blocks(lease).points(), inside: 1_000 + lease }
}

fn tell(leases: &[u64], settled: &[u64]) -> Tell {
    Tell {
        seed: SEED,
        leases: leases.iter().map(|&lease| Leased { lease, blocks: blocks(lease) }).collect(),
        settled: settled.to_vec(),
        standing: Standing::Welcome,
        tally: Tally { points: 5, inside: 4 },
        ask_again_ms: 300,
    }
}

fn count(lease: u64) -> Command {
    Command::Count { lease, seed: SEED, blocks: blocks(lease) }
}

fn abandon(lease: u64) -> Command {
    Command::Abandon { lease }
}

fn timer(milliseconds: u64) -> Command {
    Command::SetTimer(Some(at(milliseconds)))
}

fn ask(results: &[u64]) -> Command {
    let result = |&lease| LeaseResult { lease, blocks: blocks(lease), inside: 1_000 + lease };
    Command::Ask(Ask {
        protocol: PROTOCOL,
        stream: 2,
        seed: (!results.is_empty()).then_some(SEED),
        wants: 2,
        cores: 8,
        results: results.iter().map(result).collect(),
    })
}

/// A member and what it is told.
struct Rig(Member);

impl Rig {
    /// A member that connected at 0 and has asked.
    fn connected() -> Self {
        let mut rig = Self(Member::new(8));
        assert_eq!(rig.0.standing(), MemberStanding::Joining);
        assert_eq!(rig.0.handle(at(0), Event::Connected), [ask(&[]), timer(1_000)]);
        rig
    }

    /// One that was given leases 1 and 2 at 100 and counts 1.
    fn counting() -> Self {
        let mut rig = Self::connected();
        assert_eq!(rig.told(100, tell(&[1, 2], &[])), [count(1), timer(2_000)]);
        rig
    }

    fn told(&mut self, now: u64, tell: Tell) -> Vec<Command> {
        self.0.handle(at(now), Event::Told(tell))
    }

    fn counted(&mut self, now: u64, lease: u64) -> Vec<Command> {
        self.0.handle(at(now), Event::Counted { lease, tally: tally(lease) })
    }

    fn timer(&mut self, now: u64) -> Vec<Command> {
        self.0.handle(at(now), Event::Timer)
    }
}

#[test]
fn it_asks_when_it_connects_and_counts_what_it_is_told_in_that_order() {
    let mut rig = Rig::counting();
    assert_eq!(rig.0.standing(), MemberStanding::Counting);
    assert_eq!((rig.0.seed(), rig.0.counting()), (Some(SEED), Some(blocks(1))));
    assert_eq!(rig.0.tally(), Tally { points: 5, inside: 4 });
    // Fails with: a device that is idle while its result is under way.
    assert_eq!(rig.counted(1_000, 1), [count(2), ask(&[1])]);
    assert_eq!(rig.0.counted_points(), blocks(1).points());
    assert_eq!(rig.told(1_010, tell(&[2, 3], &[1])), [timer(3_000)]);
    assert_eq!(rig.counted(2_000, 2), [count(3), ask(&[2])]);
    assert_eq!(rig.0.unsettled(), 1);
}

#[test]
fn every_ask_carries_all_results_until_they_are_settled() {
    let mut rig = Rig::counting();
    rig.counted(1_000, 1);
    assert_eq!(rig.counted(1_500, 2), [ask(&[1, 2]), timer(3_500)]);
    assert_eq!(rig.0.standing(), MemberStanding::WaitingForWork);
    assert_eq!(rig.timer(3_500), [ask(&[1, 2]), timer(7_500)]);
    // Fails with: a lease counted again because the desk did not know yet that it is counted.
    assert_eq!(rig.told(3_600, tell(&[2, 3], &[1])), [count(3), timer(4_500)]);
    // The tell was no answer to the last ask: it is repeated sooner than a heartbeat.
    assert_eq!(rig.timer(4_500), [ask(&[2]), timer(5_500)]);
    assert_eq!(rig.told(4_510, tell(&[3, 4], &[2])), [timer(6_500)]);
    assert_eq!(rig.0.unsettled(), 0);
}

// Fails with: a member that floods its desk while that is away, or never comes back to it.
#[test]
fn without_an_answer_it_asks_again_ever_more_rarely() {
    let mut rig = Rig::connected();
    let mut now = 0;
    for wait in [1_000, 2_000, 4_000, 8_000, 8_000, 8_000] {
        assert_eq!(rig.0.silent_since(), Some(at(0)));
        assert_eq!(rig.timer(now + wait - 1), [timer(now + wait)], "too early");
        now += wait;
        assert_eq!(rig.timer(now)[0], ask(&[]));
    }
    // An answer is an answer: the next wait is short again.
    rig.told(now + 10, tell(&[1, 2], &[]));
    assert_eq!(rig.0.silent_since(), None);
    assert_eq!(rig.counted(now + 20, 1), [count(2), ask(&[1]), timer(now + 1_020)]);
}

#[test]
fn while_it_counts_it_is_heard_every_two_seconds() {
    let mut rig = Rig::counting();
    for beat in 1..5 {
        let now = beat * 2_000;
        assert_eq!(rig.timer(now), [ask(&[]), timer(now + 1_000)]);
        // Fails with: a desk that tells often, and never hears of the member again.
        for told in 1..20 {
            rig.told(now + told * 90, tell(&[1, 2], &[]));
        }
        assert_eq!(rig.0.timer, Some(at(now + 2_000)));
    }
    // A desk that says nothing at all is asked no less often while something is counted.
    for now in [10_000, 11_000, 13_000, 15_000] {
        assert_eq!(rig.timer(now)[0], ask(&[]), "{now}");
    }
}

#[test]
fn it_asks_at_once_for_more_and_waits_where_there_is_none() {
    let mut rig = Rig::connected();
    assert_eq!(rig.told(100, tell(&[1], &[])), [count(1), ask(&[]), timer(1_100)]);
    // Nothing new came of it: as the desk says.
    assert_eq!(rig.told(110, tell(&[1], &[])), [timer(410)]);
    assert_eq!(rig.timer(410), [ask(&[]), timer(1_410)]);
    // Fails with: two asks at once, as often as the desk answers.
    assert_eq!(rig.told(420, tell(&[1, 2], &[])), [timer(2_410)]);
    let mut idle = Rig::connected();
    assert_eq!(idle.told(100, tell(&[], &[])), [timer(400)]);
    assert_eq!(idle.0.standing(), MemberStanding::WaitingForWork);
    for (ask_again_ms, next) in [(0, 150), (60_000, 8_000), (u64::MAX, 8_000)] {
        let mut idle = Rig::connected();
        assert_eq!(idle.told(100, Tell { ask_again_ms, ..tell(&[], &[]) }), [timer(next)]);
    }
}

#[test]
fn asks_are_apart_but_for_one_with_a_result() {
    let mut rig = Rig::connected();
    assert_eq!(rig.told(10, tell(&[1], &[])), [count(1), timer(50)]);
    assert_eq!(rig.counted(20, 1), [ask(&[1]), timer(1_020)]);
    assert_eq!(rig.told(30, tell(&[2], &[1])), [count(2), timer(70)]);
    // Fails with: a link that comes and goes, and an ask each time.
    rig.0.handle(at(31), Event::Disconnected);
    assert_eq!(rig.0.handle(at(32), Event::Connected), [timer(70)]);
    assert_eq!(rig.timer(70), [ask(&[]), timer(1_070)]);
}

#[test]
fn what_the_desk_no_longer_leaves_it_is_abandoned() {
    let mut rig = Rig::counting();
    assert_eq!(rig.told(200, tell(&[2, 3], &[])), [abandon(1), count(2)]);
    // Fails with: a result that is taken for that of another lease.
    assert_eq!(rig.counted(210, 1), []);
    // What waits is dropped without a word.
    assert_eq!(rig.told(220, tell(&[2, 4], &[])), []);
    assert_eq!(rig.counted(230, 2), [count(4), ask(&[2]), timer(1_230)]);
    let mut moved = tell(&[4], &[2]);
    moved.leases[0].blocks = blocks(5);
    let count = Command::Count { lease: 4, seed: SEED, blocks: blocks(5) };
    assert_eq!(rig.told(300, moved)[..2], [abandon(4), count]);
}

#[test]
fn a_tally_of_other_blocks_is_no_result() {
    let mut rig = Rig::counting();
    let impossible = Tally { points: tally(1).points, inside: tally(1).points + 1 };
    for tally in [tally(2), impossible] {
        assert_eq!(rig.0.handle(at(200), Event::Counted { lease: 1, tally }), []);
    }
    assert_eq!(rig.0.handle(at(200), Event::Counted { lease: 2, tally: tally(1) }), []);
    assert_eq!((rig.0.unsettled(), rig.0.counted_points()), (0, 0));
    assert_eq!(rig.counted(300, 1)[1], ask(&[1]));
}

#[test]
fn without_its_desk_it_finishes_what_it_holds_and_delivers_it_later() {
    let mut rig = Rig::counting();
    assert_eq!(rig.0.handle(at(500), Event::Disconnected), [Command::SetTimer(None)]);
    assert_eq!(rig.counted(600, 1), [count(2)]);
    rig.0.handle(at(700), Event::Disconnected);
    assert_eq!(rig.0.standing(), MemberStanding::Away { since: at(500) });
    assert_eq!((rig.counted(800, 2), rig.timer(9_000)), (vec![], vec![]));
    assert_eq!((rig.0.unsettled(), rig.0.silent_since()), (2, None));
    assert_eq!(rig.0.handle(at(60_000), Event::Connected), [ask(&[1, 2]), timer(61_000)]);
    assert_eq!(rig.0.standing(), MemberStanding::WaitingForWork);
    assert_eq!(rig.told(60_010, tell(&[3, 4], &[1, 2])), [count(3), timer(62_000)]);
}

#[test]
fn the_banned_and_the_refused_stop_for_good() {
    for (standing, shown) in [
        (Standing::Banned("lied".to_owned()), MemberStanding::Banned("lied".to_owned())),
        (Standing::Refused("old".to_owned()), MemberStanding::Refused("old".to_owned())),
    ] {
        let mut rig = Rig::counting();
        let told = Tell { standing, ..tell(&[1, 2], &[]) };
        assert_eq!(rig.told(200, told), [abandon(1), Command::SetTimer(None)]);
        assert_eq!(rig.counted(300, 1), []);
        for event in [Event::Disconnected, Event::Connected, Event::Timer] {
            assert_eq!(rig.0.handle(at(400), event), []);
            assert_eq!(rig.0.standing(), shown);
        }
    }
}

// Fails with: a page that says its desk is silent when there is no way to it.
#[test]
fn only_a_desk_that_can_be_reached_is_silent() {
    let mut rig = Rig::connected();
    assert_eq!(rig.0.silent_since(), Some(at(0)));
    rig.0.handle(at(10), Event::Disconnected);
    assert_eq!((rig.0.silent_since(), rig.0.standing()), (None, MemberStanding::Away { since: at(10) }));
    assert_eq!(rig.0.handle(at(5_000), Event::Connected), [ask(&[]), timer(6_000)]);
    assert_eq!((rig.0.silent_since(), rig.0.standing()), (Some(at(5_000)), MemberStanding::Joining));
}

// Fails with: a class that has gone home when a ban puts blocks back.
#[test]
fn when_all_is_counted_it_stays_and_asks() {
    let mut rig = Rig::connected();
    let finished = Tell { standing: Standing::Finished, ..tell(&[], &[]) };
    assert_eq!(rig.told(100, finished), [timer(400)]);
    assert_eq!(rig.0.standing(), MemberStanding::Finished);
    assert_eq!(rig.timer(400)[0], ask(&[]));
    assert_eq!(rig.told(410, tell(&[9], &[])), [count(9), timer(450)]);
    assert_eq!(rig.0.standing(), MemberStanding::Counting);
}

// Fails with: results of another seed's points in the total.
#[test]
fn in_another_run_nothing_is_kept_of_the_one_before() {
    let mut rig = Rig::counting();
    rig.counted(200, 1);
    let other = Tell { seed: Seed(43), ..tell(&[1, 2], &[]) };
    let recount = Command::Count { lease: 1, seed: Seed(43), blocks: blocks(1) };
    assert_eq!(rig.told(300, other)[..2], [abandon(2), recount]);
    assert_eq!(rig.0.unsettled(), 0);
}

#[test]
fn a_lease_named_twice_is_held_once_and_a_clock_that_goes_back_stands() {
    let mut rig = Rig::connected();
    assert_eq!(rig.told(100, tell(&[1, 1], &[]))[0], count(1));
    let commands = rig.counted(50, 1);
    assert_eq!(commands, [ask(&[1]), timer(2_100)]);
    assert_eq!(Member::new(u32::MAX).cores, MOST_CORES);
}

#[test]
fn more_results_than_an_ask_carries_are_never_made() {
    let mut rig = Rig::connected();
    for lease in 1..=20 {
        rig.told(lease * 100, tell(&[lease], &[]));
        rig.counted(lease * 100 + 10, lease);
        assert_eq!(rig.0.unsettled() as u64, lease.min(MOST_RESULTS as u64));
    }
    let Command::Ask(ask) = &rig.timer(60_000)[0] else { panic!("an ask") };
    assert_eq!((ask.wants, ask.results.len()), (0, MOST_RESULTS));
}

/// One step of a hostile day.
#[derive(Clone, Debug)]
enum Step {
    /// What is being counted is counted, if anything.
    Count,
    /// Time passes, and the timer fires if it is due.
    Pass(u64),
    Connect,
    Disconnect,
    /// The desk tells: these leases, and all but some of the results that it heard are settled.
    Tell {
        leases: Vec<u64>,
        forgetful: bool,
        finished: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let leases = prop::collection::vec(0..12_u64, 0..4);
    let step = prop_oneof![
        3 => Just(Step::Count),
        4 => (0..3_000_u64).prop_map(Step::Pass),
        1 => Just(Step::Connect),
        1 => Just(Step::Disconnect),
        4 => (leases, any::<bool>(), prop::bool::weighted(0.1))
            .prop_map(|(leases, forgetful, finished)| Step::Tell { leases, forgetful, finished }),
    ];
    prop::collection::vec(step, 1..80)
}

/// An account of its own of what a member does.
#[derive(Default)]
struct Account {
    now: u64,
    up: bool,
    counting: Option<u64>,
    unsettled: Vec<u64>,
    last_ask: Option<u64>,
    timer: Option<Instant>,
}

impl Account {
    fn handle(&mut self, member: &mut Member, event: Event) {
        let counted = matches!(event, Event::Counted { .. });
        for command in member.handle(at(self.now), event) {
            match command {
                Command::Count { lease, blocks: range, .. } => {
                    assert_eq!(self.counting.replace(lease), None, "two at once");
                    assert_eq!(range, blocks(lease));
                    assert!(!self.unsettled.contains(&lease), "counted twice");
                }
                Command::Abandon { lease } => assert_eq!(self.counting.take(), Some(lease)),
                Command::Ask(asked) => {
                    assert!(self.up, "asks nobody");
                    let carried: Vec<_> = asked.results.iter().map(|result| result.lease).collect();
                    assert_eq!(carried, self.unsettled, "a result is forgotten");
                    assert!(counted || self.last_ask.is_none_or(|last| self.now >= last + 50), "a flood");
                    assert!(Ask::parse(asked.encode().as_bytes()).is_ok());
                    self.last_ask = Some(self.now);
                }
                Command::SetTimer(timer) => self.timer = timer,
            }
        }
        assert_eq!(self.timer.is_some(), self.up, "asks again while it can, and not otherwise");
        let longest = if self.counting.is_some() { 2_000 } else { 8_000 };
        assert!(
            self.timer.is_none_or(|timer| timer <= at(self.now.max(self.last_ask.unwrap_or(0)) + longest))
        );
        assert_eq!(member.counting().is_some(), self.counting.is_some());
        assert_eq!(member.unsettled(), self.unsettled.len());
    }

    fn step(&mut self, member: &mut Member, step: Step) {
        match step {
            Step::Connect => {
                self.up = true;
                self.handle(member, Event::Connected);
            }
            Step::Disconnect => {
                self.up = false;
                self.handle(member, Event::Disconnected);
            }
            Step::Count => {
                if let Some(lease) = self.counting.take() {
                    self.unsettled.push(lease);
                    self.handle(member, Event::Counted { lease, tally: tally(lease) });
                }
            }
            Step::Pass(milliseconds) => {
                self.now += milliseconds;
                if self.timer.is_some_and(|timer| timer <= at(self.now)) {
                    self.timer = None;
                    self.handle(member, Event::Timer);
                }
            }
            Step::Tell { leases, forgetful, finished } => {
                let settled = self.unsettled.split_off(if forgetful { self.unsettled.len() / 2 } else { 0 });
                let standing = if finished { Standing::Finished } else { Standing::Welcome };
                self.handle(member, Event::Told(Tell { standing, ..tell(&leases, &settled) }));
            }
        }
    }
}

proptest! {
    // Fails with: two leases counted at once, a result forgotten, a member that is silent for ever, or one that floods.
    #[test]
    fn whatever_it_is_told_it_counts_one_lease_keeps_its_results_and_asks_again(steps in steps()) {
        let mut member = Member::new(8);
        let mut account = Account::default();
        for step in steps {
            account.step(&mut member, step);
        }
    }
}
