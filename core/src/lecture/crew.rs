//! Minds the threads of a lesson: that all have started before anything begins, and that one that dies, or gets no
//! further, ends the round instead of hanging it.

use std::time::Duration;

use dartboard_threads::task::{Done, End, Report};

use crate::text::whole_us;
use crate::time::Instant;

/// How long a thread may take to start.
pub const START_LIMIT: Duration = Duration::from_secs(15);

/// How long threads may stand still.
pub const STILL_LIMIT: Duration = Duration::from_secs(10);

/// The threads of a lesson.
#[derive(Clone, Debug)]
pub struct Crew {
    build: &'static str,
    begun: Instant,
    members: Vec<Member>,
    /// What they had done when they last got further, and when that was.
    progress: (u64, Instant),
}

#[derive(Clone, Debug)]
struct Member {
    /// How long after the beginning it was ready.
    ready_us: Option<u64>,
    /// What it has to do, or what came of that.
    round: Round,
    /// It dies because the user wants it: the others go on without it.
    is_to_die: bool,
}

#[derive(Clone, Debug)]
enum Round {
    None,
    /// So many tasks are left; what came of those before.
    Running(u32, Vec<Done>),
    Over(Vec<Done>),
    /// It died as the user wanted it, so many microseconds after the beginning; what to say of it.
    Dead(u64, String),
}

/// What follows from what was heard of a thread.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing yet.
    GoesOn,
    /// All threads wait for a round to begin.
    Ready,
    /// The thread says something of its task.
    Said(Report),
    /// The round is over: what came, by thread.
    Over(Vec<Done>),
    /// It is void, for this reason.
    Void(String),
}

impl Crew {
    /// `threads` threads of the program `build`, started now.
    pub fn new(now: Instant, threads: u32, build: &'static str) -> Self {
        let member = Member { ready_us: None, round: Round::None, is_to_die: false };
        let members = (0..threads).map(|_| member.clone()).collect();
        Self { build, begun: now, members, progress: (0, now) }
    }

    /// How long each thread took to start, in µs; none for one that has not.
    pub fn started_us(&self) -> impl Iterator<Item = Option<u64>> {
        self.members.iter().map(|member| member.ready_us)
    }

    /// Whether all have started.
    pub fn is_ready(&self) -> bool {
        self.members.iter().all(|member| member.ready_us.is_some())
    }

    /// They have so many tasks from now on, dealt out to one after another.
    pub fn begin(&mut self, now: Instant, tasks: u32) {
        let threads = u32::try_from(self.members.len()).unwrap_or(u32::MAX).max(1);
        for (index, member) in (0..).zip(&mut self.members) {
            let own = tasks / threads + u32::from(index < tasks % threads);
            member.round = if own > 0 { Round::Running(own, Vec::new()) } else { Round::None };
        }
        self.progress = (0, now);
    }

    /// That thread dies in this round, as the user wants it.
    pub fn expect_death(&mut self, thread: u32) {
        if let Some(member) = self.members.get_mut(thread as usize) {
            member.is_to_die = true;
        }
    }

    /// How long after the beginning a thread died as the user wanted it, in µs, while the others go on.
    pub fn death_us(&self) -> Option<u64> {
        self.dead().map(|(at_us, _)| at_us)
    }

    fn dead(&self) -> Option<(u64, &str)> {
        self.members.iter().find_map(|member| match &member.round {
            Round::Dead(at_us, what) => Some((*at_us, &**what)),
            _ => None,
        })
    }

    /// What follows from a thread's report.
    pub fn heard(&mut self, now: Instant, thread: u32, report: Report) -> Outcome {
        let since_us = whole_us(now - self.begun);
        let build = self.build;
        let Some(member) = usize::try_from(thread).ok().and_then(|place| self.members.get_mut(place)) else {
            return Outcome::GoesOn;
        };
        match report {
            Report::Ready { build: other } if other != build => Outcome::Void(
                "The threads’ program is of another build than this page: reload the page.".to_owned(),
            ),
            Report::Ready { .. } => {
                member.ready_us.get_or_insert(since_us);
                if self.is_ready() { Outcome::Ready } else { Outcome::GoesOn }
            }
            Report::Failed { text } => self.died(now, thread, &text),
            Report::Done(done) => {
                let Round::Running(left, over) = &mut member.round else { return Outcome::GoesOn };
                let found = done.end == End::Abandoned;
                over.push(done);
                *left -= 1;
                if *left == 0 {
                    member.round = Round::Over(std::mem::take(over));
                }
                let is_busy = self.is_busy();
                if let Some((_, what)) = self.dead().filter(|_| found || !is_busy) {
                    return Outcome::Void(what.to_owned());
                }
                if found {
                    return Outcome::Void(format!("{} found that another thread had died.", name(thread)));
                }
                if is_busy {
                    return Outcome::GoesOn;
                }
                self.give_up()
            }
            report => Outcome::Said(report),
        }
    }

    /// A thread is dead, for this reason. Of one that was to die, the others hear when they come to it.
    pub fn died(&mut self, now: Instant, thread: u32, reason: &str) -> Outcome {
        let since_us = whole_us(now - self.begun);
        let others_go_on = (0..)
            .zip(&self.members)
            .any(|(other, member)| other != thread && matches!(member.round, Round::Running(..)));
        let member = self.members.get_mut(thread as usize);
        let has_started = member.as_ref().is_some_and(|member| member.ready_us.is_some());
        let what = if has_started { "died" } else { "did not start" };
        let what = format!("{} {what}: {}.", name(thread), reason.trim_end_matches('.'));
        match member {
            Some(member) if member.is_to_die && others_go_on => {
                // Told twice: by the thread itself, and by the browser.
                if matches!(member.round, Round::Running(..)) {
                    member.round = Round::Dead(since_us, what);
                }
                Outcome::GoesOn
            }
            _ => Outcome::Void(what),
        }
    }

    /// The round is over with what has come: threads that are not done are not waited for.
    pub fn give_up(&mut self) -> Outcome {
        let over = |member: &mut Member| match std::mem::replace(&mut member.round, Round::None) {
            Round::Over(done) | Round::Running(_, done) => done,
            Round::None | Round::Dead(..) => Vec::new(),
        };
        Outcome::Over(self.members.iter_mut().flat_map(over).collect())
    }

    /// What follows from the time; `progress` is what all of them have done in this round, in any unit.
    pub fn looked_at(&mut self, now: Instant, progress: u64) -> Outcome {
        if let Some(thread) = self.members.iter().position(|member| member.ready_us.is_none()) {
            return if now - self.begun >= START_LIMIT {
                let thread = u32::try_from(thread).unwrap_or(u32::MAX);
                let limit = START_LIMIT.as_secs();
                Outcome::Void(format!("{} has not started within {limit} s.", name(thread)))
            } else {
                Outcome::GoesOn
            };
        }
        if progress != self.progress.0 || !self.is_busy() {
            self.progress = (progress, now);
        }
        if now - self.progress.1 >= STILL_LIMIT {
            let limit = STILL_LIMIT.as_secs();
            return Outcome::Void(format!("The threads have got no further for {limit} s."));
        }
        Outcome::GoesOn
    }

    fn is_busy(&self) -> bool {
        self.members.iter().any(|member| matches!(member.round, Round::Running(..)))
    }
}

/// What the page calls a thread, which is counted from 0.
pub fn name(thread: u32) -> String {
    format!("Thread {}", thread.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::after_origin(Duration::from_millis(ms))
    }

    fn ready() -> Report {
        Report::Ready { build: "b".to_owned() }
    }

    fn done(own: u32) -> Report {
        Report::Done(Done { own, ..Done::default() })
    }

    fn crew_of_two() -> Crew {
        let mut crew = Crew::new(at(0), 2, "b");
        assert_eq!(crew.heard(at(10), 1, ready()), Outcome::GoesOn);
        assert_eq!(crew.heard(at(30), 0, ready()), Outcome::Ready);
        crew
    }

    // Fails with: a round that begins before all have started, or is over before all are done.
    #[test]
    fn a_round_begins_with_all_and_ends_with_the_last() {
        let mut crew = crew_of_two();
        assert_eq!(crew.started_us().collect::<Vec<_>>(), [Some(30_000), Some(10_000)]);
        for _ in 0..2 {
            crew.begin(at(40), 2);
            assert_eq!(crew.heard(at(50), 1, done(7)), Outcome::GoesOn);
            let Outcome::Over(over) = crew.heard(at(60), 0, done(5)) else { panic!("it is over") };
            assert_eq!(over.iter().map(|done| done.own).collect::<Vec<_>>(), [5, 7]);
            // Said twice.
            assert_eq!(crew.heard(at(61), 0, done(5)), Outcome::GoesOn);
        }
        crew.begin(at(70), 1);
        assert!(matches!(crew.heard(at(80), 0, done(1)), Outcome::Over(over) if over.len() == 1));
        // One thread has two tasks, the other one.
        crew.begin(at(90), 3);
        assert_eq!(crew.heard(at(91), 0, done(1)), Outcome::GoesOn);
        assert_eq!(crew.heard(at(92), 1, done(2)), Outcome::GoesOn);
        let Outcome::Over(over) = crew.heard(at(93), 0, done(3)) else { panic!("it is over") };
        assert_eq!(over.iter().map(|done| done.own).collect::<Vec<_>>(), [1, 3, 2]);
    }

    // Fails with: a thread that never starts, dies or stands still, and a page that waits for it for ever.
    #[test]
    fn nothing_hangs() {
        let mut crew = Crew::new(at(0), 2, "b");
        crew.heard(at(1), 0, ready());
        assert_eq!(crew.looked_at(at(14_999), 0), Outcome::GoesOn);
        let void = |text: &str| Outcome::Void(text.to_owned());
        assert_eq!(crew.looked_at(at(15_000), 0), void("Thread 2 has not started within 15 s."));
        assert_eq!(crew.died(at(2), 1, "404"), void("Thread 2 did not start: 404."));
        let mut crew = crew_of_two();
        // What waits for a round may do so for ever.
        assert_eq!(crew.looked_at(at(100_000), 0), Outcome::GoesOn);
        crew.begin(at(100_000), 2);
        assert_eq!(crew.looked_at(at(105_000), 3), Outcome::GoesOn);
        assert_eq!(crew.looked_at(at(114_999), 3), Outcome::GoesOn);
        assert_eq!(crew.looked_at(at(115_000), 3), void("The threads have got no further for 10 s."));
        let failed = Report::Failed { text: "unreachable executed.".to_owned() };
        assert_eq!(crew.heard(at(2), 0, failed), void("Thread 1 died: unreachable executed."));
        let other = Report::Ready { build: "c".to_owned() };
        assert!(matches!(Crew::new(at(0), 1, "b").heard(at(1), 0, other), Outcome::Void(_)));
        // Of no thread of this crew.
        assert_eq!(crew.heard(at(2), 9, done(1)), Outcome::GoesOn);
    }

    // Fails with: a wanted death that ends the others' round, is told twice, or is forgotten when they are done.
    #[test]
    fn a_wanted_death_voids_the_round_once_the_others_have_come_to_it() {
        let failed = || Report::Failed { text: "crashed on purpose".to_owned() };
        let void = || Outcome::Void("Thread 1 died: crashed on purpose.".to_owned());
        let abandoned = Report::Done(Done { end: End::Abandoned, ..Done::default() });
        for last in [done(1), abandoned] {
            let mut crew = crew_of_two();
            crew.begin(at(40), 2);
            crew.expect_death(0);
            assert_eq!(crew.heard(at(50), 0, failed()), Outcome::GoesOn);
            assert_eq!(crew.died(at(51), 0, "unreachable"), Outcome::GoesOn);
            assert_eq!(crew.death_us(), Some(50_000));
            assert_eq!(crew.heard(at(60), 1, last), void());
        }
        // Nobody is left who could wait.
        let mut crew = crew_of_two();
        crew.begin(at(40), 2);
        crew.expect_death(0);
        assert_eq!(crew.heard(at(50), 1, done(1)), Outcome::GoesOn);
        assert_eq!(crew.heard(at(60), 0, failed()), void());
    }
}
