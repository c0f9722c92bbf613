//! A world: desks, members, a log and a network, all of which fail, and an account of what was really counted.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::time::Duration;

use dartboard_core::hall::desk::{self, Desk, Setup};
use dartboard_core::hall::entry::{Op, RunSpec};
use dartboard_core::hall::ledger::{Ledger, Read};
use dartboard_core::hall::member::{self, Member};
use dartboard_core::hall::message::{Ask, Tell, Trust};
use dartboard_core::run::config::Target;
use dartboard_core::time::Instant;
use dartboard_points::tally::{BlockRange, Seed, Tally};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::SplitMix64;

use crate::log::Log;
use crate::stand_in;

/// A world that has not ended so long after its troubles has a defect.
const PATIENCE: Duration = Duration::from_secs(1_200);

/// What happens at some time.
#[derive(Clone, Debug)]
enum What {
    /// The desk of this place, if it is still this one, is told something.
    Desk {
        place: usize,
        life: u64,
        event: Box<desk::Event>,
    },
    DeskTimer {
        place: usize,
        life: u64,
        number: u64,
    },
    /// The desk of this place reads on in its log.
    ReadOn {
        place: usize,
        life: u64,
    },
    /// An entry reaches the log.
    Append {
        id: String,
        text: String,
    },
    Member {
        place: usize,
        life: u64,
        event: Box<member::Event>,
    },
    MemberTimer {
        place: usize,
        life: u64,
        number: u64,
    },
    /// A member has counted what it was told to count, unless it was told otherwise.
    Counted {
        place: usize,
        life: u64,
        count: u64,
    },
    StartDesk {
        place: usize,
        takes_over: bool,
    },
    StartMember {
        place: usize,
    },
    /// One of the troubles.
    Trouble,
    HoleEnds,
}

struct DeskPlace {
    desk: Desk,
    life: u64,
    /// How many entries it was told.
    position: usize,
    /// Up to where the log was when it was made.
    catches_up_at: Option<usize>,
    timer: u64,
}

struct MemberPlace {
    member: Member,
    life: u64,
    timer: u64,
    counting: Option<(u64, BlockRange)>,
    counts: u64,
}

/// What a seat's device is like, whoever sits there.
#[derive(Clone, Copy, Debug)]
struct Device {
    blocks_per_second: f64,
    lies: bool,
}

/// How this world goes wrong.
#[derive(Clone, Copy, Debug)]
struct Habits {
    lost: f64,
    longest_delay_ms: u64,
    append_lost: f64,
    append_repeated: f64,
    /// How often something is killed or cut off; never, if there is none.
    trouble_ms: Option<u64>,
    /// Whether every trouble is the death of a desk.
    only_desks: bool,
    calm_after: Duration,
}

/// What came of a world.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) desks: u64,
    pub(crate) troubles: u64,
    pub(crate) banned: u64,
    pub(crate) lost_ends: u64,
    pub(crate) took: Duration,
    pub(crate) entries: u64,
    pub(crate) leases: u64,
}

pub(crate) struct World {
    random: SplitMix64,
    now: Duration,
    queue: BinaryHeap<std::cmp::Reverse<(Duration, u64)>>,
    happenings: HashMap<u64, What>,
    number: u64,
    run: RunSpec,
    habits: Habits,
    log: Log,
    desks: Vec<Option<DeskPlace>>,
    members: Vec<Option<MemberPlace>>,
    devices: Vec<Device>,
    /// Members that nothing reaches.
    in_hole: BTreeSet<usize>,
    /// Who has really counted what, and what came of it.
    account: BTreeSet<(String, u64, u64, u64)>,
    finished: Option<(Tally, usize)>,
    outcome: Outcome,
    tells: bool,
}

fn seat(place: usize) -> String {
    format!("s{place:03}")
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = SplitMix64::seed_from_u64(seed);
        let trust = [Trust::All, Trust::All, Trust::Samples, Trust::Everything][random.random_range(0..4)];
        let most = [20, 200, 2_000][random.random_range(0..3)];
        let target = Target::from_blocks(random.random_range(1..most));
        let run = RunSpec { seed: Seed(random.random_range(0..1_000)), target, trust };
        let members = random.random_range(1..7);
        let devices = (0..members).map(|place| Device {
            blocks_per_second: random.random_range(5.0..200.0),
            // Where everything is counted again liars change nothing; the last device is honest.
            lies: trust == Trust::Everything && place + 1 < members && random.random_bool(0.4),
        });
        let devices: Vec<_> = devices.collect();
        let quiet = random.random_bool(0.1);
        let mut at_most =
            |most: f64| if quiet || random.random_bool(0.3) { 0.0 } else { random.random_range(0.0..most) };
        let (lost, append_lost, append_repeated) = (at_most(0.3), at_most(0.3), at_most(0.2));
        let only_desks = random.random_bool(0.15);
        let habits = Habits {
            lost,
            longest_delay_ms: [2, 20, 300][random.random_range(0..3)],
            append_lost,
            append_repeated,
            trouble_ms: (!quiet).then(|| if only_desks { 1_000 } else { random.random_range(500..8_000) }),
            only_desks,
            calm_after: Duration::from_secs(random.random_range(5..60)),
        };
        let desks = random.random_range(1..4);
        let mut world = Self {
            log: Log::new(random.random_bool(0.7)),
            random,
            now: Duration::ZERO,
            queue: BinaryHeap::new(),
            happenings: HashMap::new(),
            number: 0,
            run,
            habits,
            desks: (0..desks).map(|_| None).collect(),
            members: (0..members).map(|_| None).collect(),
            devices,
            in_hole: BTreeSet::new(),
            account: BTreeSet::new(),
            finished: None,
            outcome: Outcome::default(),
            tells: crate::number("DARTBOARD_WORLD").is_some(),
        };
        world.open();
        world
    }

    fn open(&mut self) {
        let together = self.random.random_bool(0.5);
        for place in 0..self.desks.len() {
            let after = if together { 0 } else { self.random.random_range(0..4_000) };
            let takes_over = place == 0 || self.random.random_bool(0.3);
            self.at(after, What::StartDesk { place, takes_over });
        }
        for place in 0..self.members.len() {
            let after = self.random.random_range(0..3_000);
            self.at(after, What::StartMember { place });
        }
        if self.habits.trouble_ms.is_some() {
            self.at(1_000, What::Trouble);
        }
    }

    fn at(&mut self, after_ms: u64, what: What) {
        self.number += 1;
        self.queue.push(std::cmp::Reverse((self.now + Duration::from_millis(after_ms), self.number)));
        self.happenings.insert(self.number, what);
    }

    fn delay(&mut self) -> u64 {
        self.random.random_range(0..=self.habits.longest_delay_ms)
    }

    fn is_calm(&self) -> bool {
        self.now >= self.habits.calm_after
    }

    fn happens(&mut self, probability: f64) -> bool {
        !self.is_calm() && self.random.random_bool(probability)
    }

    fn instant(&self) -> Instant {
        Instant::after_origin(self.now)
    }

    pub(crate) fn live(mut self) -> Outcome {
        while self.finished.is_none() {
            let std::cmp::Reverse((time, number)) =
                self.queue.pop().expect("a world in which nothing happens any more");
            self.now = time;
            assert!(
                self.now < self.habits.calm_after + PATIENCE,
                "the run does not end: {:?} of {:?}, {:?}",
                self.fold().state().tally(),
                self.run,
                self.fold().state().open()
            );
            let what = self.happenings.remove(&number).expect("it was put there");
            self.happen(what);
        }
        self.judge()
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Desk { place, life, event } => self.tell_desk(place, life, *event),
            What::DeskTimer { place, life, number } => {
                if self.desks[place].as_ref().is_some_and(|desk| desk.timer == number) {
                    self.tell_desk(place, life, desk::Event::Timer);
                }
            }
            What::ReadOn { place, life } => self.read_on(place, life),
            What::Append { id, text } => self.append(&id, &text),
            What::Member { place, life, event } => self.tell_member(place, life, *event),
            What::MemberTimer { place, life, number } => {
                if self.members[place].as_ref().is_some_and(|member| member.timer == number) {
                    self.tell_member(place, life, member::Event::Timer);
                }
            }
            What::Counted { place, life, count } => self.counted(place, life, count),
            What::StartDesk { place, takes_over } => self.start_desk(place, takes_over),
            What::StartMember { place } => self.start_member(place),
            What::Trouble => self.trouble(),
            What::HoleEnds => {
                for place in std::mem::take(&mut self.in_hole) {
                    self.reach(place, member::Event::Connected);
                }
            }
        }
    }

    fn start_desk(&mut self, place: usize, take_over: bool) {
        self.number += 1;
        self.outcome.desks += 1;
        let setup = Setup {
            id: self.number,
            run: self.run,
            lease: Duration::from_secs(3),
            take_over,
            key: 77,
            share_percent: 20,
            note: String::new(),
        };
        let life = self.number;
        let desk = Desk::new(setup);
        self.say(|| format!("desk {life:x} starts, takes over: {take_over}"));
        let catches_up_at = Some(self.log.len());
        self.desks[place] = Some(DeskPlace { desk, life, position: 0, catches_up_at, timer: 0 });
        self.at(0, What::ReadOn { place, life });
    }

    fn say(&self, what: impl Fn() -> String) {
        if self.tells {
            println!("{:8.3} {}", self.now.as_secs_f64(), what());
        }
    }

    /// What the log has and the desk does not.
    fn read_on(&mut self, place: usize, life: u64) {
        let Some(known) = self.desks[place].as_mut().filter(|desk| desk.life == life) else { return };
        if known.position > self.log.len() {
            // The log has lost its end: the driver begins anew.
            return self.start_desk(place, false);
        }
        if known.catches_up_at.is_some_and(|at| known.position >= at.min(self.log.len())) {
            known.catches_up_at = None;
            self.tell_desk(place, life, desk::Event::CaughtUp);
            return self.read_on(place, life);
        }
        let Some((seq, time_ms, text)) = self.log.get(known.position) else { return };
        known.position += 1;
        self.tell_desk(place, life, desk::Event::Entry { seq, time_ms, text });
        let is_behind = self.desks[place]
            .as_ref()
            .is_some_and(|desk| desk.position < self.log.len() || desk.catches_up_at.is_some());
        if is_behind {
            self.at(0, What::ReadOn { place, life });
        }
    }

    fn append(&mut self, id: &str, text: &str) {
        if !self.log.append(self.now, id, text) {
            return;
        }
        self.say(|| format!("log {}: {}", self.log.len(), text.replace('\n', " | ")));
        for place in 0..self.desks.len() {
            if let Some(life) = self.desks[place].as_ref().map(|desk| desk.life) {
                let after = self.delay();
                self.at(after, What::ReadOn { place, life });
            }
        }
    }

    fn tell_desk(&mut self, place: usize, life: u64, event: desk::Event) {
        let now = self.instant();
        let Some(known) = self.desks[place].as_mut().filter(|desk| desk.life == life) else { return };
        for command in known.desk.handle(now, event) {
            self.obey_desk(place, life, command);
        }
    }

    fn obey_desk(&mut self, place: usize, life: u64, command: desk::Command) {
        match command {
            desk::Command::Append { id, text } => {
                let after = self.delay();
                if self.happens(self.habits.append_repeated) {
                    let late = self.random.random_range(0..15_000);
                    self.at(late, What::Append { id: format!("{id} again"), text: text.clone() });
                }
                if !self.happens(self.habits.append_lost) {
                    self.at(after, What::Append { id, text });
                }
            }
            desk::Command::Tell { seat, tell } => {
                let place = seat[1..].parse().expect("a seat of this world");
                let tell = Tell::parse(tell.encode().as_bytes()).expect("a desk's tell can be read");
                self.reach(place, member::Event::Told(tell));
            }
            desk::Command::Beat(beat) => {
                for other in 0..self.desks.len() {
                    let life = self.desks[other].as_ref().map(|desk| desk.life);
                    if let Some(life) = life.filter(|_| other != place) {
                        let (after, is_lost) = (self.delay(), self.happens(self.habits.lost));
                        let event = Box::new(desk::Event::Heard(beat));
                        if !is_lost {
                            self.at(after, What::Desk { place: other, life, event });
                        }
                    }
                }
            }
            desk::Command::Show(show) => assert!(show.members.len() <= self.members.len()),
            desk::Command::Ban { seat } => {
                let place: usize = seat[1..].parse().expect("a seat of this world");
                assert!(self.devices[place].lies, "{seat} is honest");
                self.outcome.banned += 1;
            }
            desk::Command::Recount { lease, blocks, .. } => {
                let after = blocks.blocks() / 4 + self.random.random_range(0..50);
                let tally = stand_in(self.run.seed, blocks);
                self.at(
                    after,
                    What::Desk { place, life, event: Box::new(desk::Event::Recounted { lease, tally }) },
                );
            }
            desk::Command::Refold => {
                self.say(|| format!("desk {life:x} reads its log afresh"));
                self.start_desk(place, false);
            }
            desk::Command::Finished(tally) => self.finished = Some((tally, place)),
            desk::Command::SetTimer(due) => {
                self.number += 1;
                let number = self.number;
                let Some(known) = self.desks[place].as_mut().filter(|desk| desk.life == life) else { return };
                known.timer = number;
                if let Some(due) = due {
                    let after = due.since_origin().saturating_sub(self.now).as_millis() as u64;
                    self.at(after + 1, What::DeskTimer { place, life, number });
                }
            }
            desk::Command::Refuse(why) => panic!("a desk of this run refuses its log: {why}"),
        }
    }

    fn start_member(&mut self, place: usize) {
        self.number += 1;
        let life = self.number;
        self.members[place] =
            Some(MemberPlace { member: Member::new(4), life, timer: 0, counting: None, counts: 0 });
        if !self.in_hole.contains(&place) {
            self.at(0, What::Member { place, life, event: Box::new(member::Event::Connected) });
        }
    }

    /// Something is sent to a member.
    fn reach(&mut self, place: usize, event: member::Event) {
        let is_connecting = event == member::Event::Connected;
        let is_lost = !is_connecting && (self.in_hole.contains(&place) || self.happens(self.habits.lost));
        let after = self.delay();
        if let Some(life) = self.members[place].as_ref().map(|member| member.life).filter(|_| !is_lost) {
            self.at(after, What::Member { place, life, event: Box::new(event) });
        }
    }

    fn tell_member(&mut self, place: usize, life: u64, event: member::Event) {
        let now = self.instant();
        let Some(known) = self.members[place].as_mut().filter(|member| member.life == life) else { return };
        for command in known.member.handle(now, event) {
            self.obey_member(place, life, command);
        }
    }

    fn obey_member(&mut self, place: usize, life: u64, command: member::Command) {
        let number = self.number + 1;
        match command {
            member::Command::Ask(ask) => self.ask(place, &ask),
            member::Command::Count { lease, seed, blocks } => {
                assert_eq!(seed, self.run.seed);
                let known = self.members[place].as_mut().expect("it speaks");
                assert_eq!(known.counting, None, "one at a time");
                known.counting = Some((lease, blocks));
                known.counts += 1;
                let count = known.counts;
                let after = blocks.blocks() as f64 / self.devices[place].blocks_per_second * 1_000.0;
                let after = after * self.random.random_range(0.8..1.3);
                #[allow(clippy::cast_sign_loss)]
                self.at(after as u64, What::Counted { place, life, count });
            }
            member::Command::Abandon { .. } => {
                let known = self.members[place].as_mut().expect("it speaks");
                known.counts += 1;
                known.counting = None;
            }
            member::Command::SetTimer(due) => {
                self.number = number;
                let known = self.members[place].as_mut().expect("it speaks");
                known.timer = number;
                if let Some(due) = due {
                    let after = due.since_origin().saturating_sub(self.now).as_millis() as u64;
                    self.at(after + 1, What::MemberTimer { place, life, number });
                }
            }
        }
    }

    fn ask(&mut self, place: usize, ask: &Ask) {
        if self.in_hole.contains(&place) {
            return;
        }
        let bytes = ask.encode().into_bytes();
        for desk in 0..self.desks.len() {
            let (after, is_lost) = (self.delay(), self.happens(self.habits.lost));
            if let Some(life) = self.desks[desk].as_ref().map(|desk| desk.life).filter(|_| !is_lost) {
                let event = Box::new(desk::Event::Asked { seat: seat(place), bytes: bytes.clone() });
                self.at(after, What::Desk { place: desk, life, event });
            }
        }
    }

    fn counted(&mut self, place: usize, life: u64, count: u64) {
        let device = self.devices[place];
        let Some(known) = self.members[place].as_mut().filter(|member| member.life == life) else { return };
        if known.counts != count {
            return;
        }
        let Some((lease, blocks)) = known.counting.take() else { return };
        let mut tally = stand_in(self.run.seed, blocks);
        if device.lies {
            tally.inside = tally.inside.checked_sub(1).unwrap_or(1);
        }
        self.account.insert((seat(place), blocks.first(), blocks.end(), tally.inside));
        self.tell_member(place, life, member::Event::Counted { lease, tally });
    }

    fn trouble(&mut self) {
        if self.is_calm() {
            return;
        }
        self.outcome.troubles += 1;
        let kind = if self.habits.only_desks { 0 } else { self.random.random_range(0..8) };
        match kind {
            0..3 => {
                let place = self.random.random_range(0..self.desks.len());
                self.desks[place] = None;
                self.say(|| format!("the desk of place {place} dies"));
                let after = self.random.random_range(0..500);
                let takes_over = self.habits.only_desks || self.random.random_bool(0.3);
                self.at(after, What::StartDesk { place, takes_over });
            }
            3..6 => {
                let place = self.random.random_range(0..self.members.len());
                self.members[place] = None;
                self.say(|| format!("{} dies", seat(place)));
                let after = self.random.random_range(0..20_000);
                self.at(after, What::StartMember { place });
            }
            6 => {
                let lost = self.random.random_range(0..8);
                self.log.lose_end(lost);
                self.outcome.lost_ends += 1;
                self.say(|| format!("the log loses its last {lost} entries"));
                // The driver looks at once whether what it has read is still there.
                for place in 0..self.desks.len() {
                    if let Some(life) = self.desks[place].as_ref().map(|desk| desk.life) {
                        let after = self.delay();
                        self.at(after, What::ReadOn { place, life });
                    }
                }
            }
            _ => {
                let all = self.random.random_bool(0.5);
                for place in 0..self.members.len() {
                    if all || self.random.random_bool(0.3) {
                        self.reach(place, member::Event::Disconnected);
                        self.in_hole.insert(place);
                    }
                }
                self.at(20_000, What::HoleEnds);
            }
        }
        let after = self.habits.trouble_ms.expect("it has troubles");
        self.at(after, What::Trouble);
    }

    fn fold(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for at in 0..self.log.len() {
            let (seq, time_ms, text) = self.log.get(at).expect("within the log");
            ledger.read(seq, time_ms, &text);
        }
        ledger
    }

    /// The total is the kernel's, and the log claims nothing that was not really counted.
    fn judge(mut self) -> Outcome {
        let (tally, _) = self.finished.expect("the world has ended");
        let all = BlockRange::new(0, self.run.target.expect("a target").blocks()).expect("not empty");
        let mut ledger = Ledger::default();
        let mut wrong = BTreeMap::new();
        for at in 0..self.log.len() {
            let (seq, time_ms, text) = self.log.get(at).expect("within the log");
            let Read::Taken(ops) = ledger.read(seq, time_ms, &text) else { continue };
            for op in ops {
                match op {
                    Op::Count { lease, seat, blocks, inside } => {
                        let really = (seat.clone(), blocks.first(), blocks.end(), inside);
                        assert!(self.account.contains(&really), "nobody has counted {really:?}");
                        if inside != stand_in(self.run.seed, blocks).inside {
                            wrong.insert(lease, seat);
                        }
                    }
                    Op::Confirm { lease, .. } => assert_eq!(wrong.get(&lease), None, "a lie is confirmed"),
                    Op::Ban { seat, .. } => wrong.retain(|_, liar| *liar != seat),
                    Op::Lease { .. } => self.outcome.leases += 1,
                    Op::Lost { .. } => {}
                }
            }
        }
        assert_eq!(tally, stand_in(self.run.seed, all), "the total of the run");
        self.outcome.took = self.now;
        self.outcome.entries = self.log.len() as u64;
        self.outcome
    }
}

// Fails with: a desk that tells before its entry is read back, or that counts a result whose lease is another one's; a desk
// that a rival replaced and that goes on; deadlines from a desk's start instead of the log's time, if it is killed each second.
#[test]
fn every_world_ends_with_the_total_of_the_kernel() {
    let outcomes = crate::live_all(10_000, |seed| World::new(seed).live());
    let sum = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    println!(
        "{} worlds: {} desks, {} troubles, {} bans, {} ends lost, {} entries, {} leases, {} s on average",
        outcomes.len(),
        sum(|outcome| outcome.desks),
        sum(|outcome| outcome.troubles),
        sum(|outcome| outcome.banned),
        sum(|outcome| outcome.lost_ends),
        sum(|outcome| outcome.entries),
        sum(|outcome| outcome.leases),
        sum(|outcome| outcome.took.as_secs()) / outcomes.len() as u64,
    );
    if outcomes.len() >= 1_000 {
        assert!(sum(|outcome| outcome.banned) > 0 && sum(|outcome| outcome.lost_ends) > 0);
    }
}
