//! The check before class: every lesson once, in short, and what works here.

use super::shared_memory::SharedMemory;
use super::stage::{Command, Event, Stage, Status};
use super::{Lesson, MemoryNeed};
use crate::text::Fixed;
use crate::time::Instant;
use dartboard_points::decimal::parse_u64;

/// What came of a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The lesson.
    pub lesson: Lesson,
    /// Whether it ran to its end.
    pub works: bool,
    /// What it found, or why it did not run.
    pub text: String,
}

/// How many times as fast as one loop so many workers were that share nothing.
#[derive(Clone, Copy, Debug)]
pub struct Scaling {
    /// As many as the browser reports cores, between the least and the most that the lesson takes.
    pub workers: u64,
    /// How many times.
    pub times: Fixed,
}

/// All lessons, one after another.
pub struct Check {
    build: &'static str,
    shared_memory: SharedMemory,
    cores: u32,
    /// Those to come, the next one last.
    to_come: Vec<Lesson>,
    now: Option<Stage>,
    over: Vec<Checked>,
    scaling: Option<Scaling>,
}

impl Check {
    /// Of a page that works with threads of the build `build`, on a device with so many cores, where memory can be shared
    /// so.
    pub fn new(build: &'static str, shared_memory: SharedMemory, cores: u32) -> Self {
        let to_come = Lesson::ALL.into_iter().rev().collect();
        Self { build, shared_memory, cores, to_come, now: None, over: Vec::new(), scaling: None }
    }

    /// What came so far, in the order of the lessons.
    pub fn over(&self) -> &[Checked] {
        &self.over
    }

    /// The lesson that runs now; none before the first and after the last.
    pub fn running(&self) -> Option<Lesson> {
        self.now.as_ref().map(Stage::lesson)
    }

    /// How many cores are really free; none before that was measured.
    pub fn scaling(&self) -> Option<&Scaling> {
        self.scaling.as_ref()
    }

    /// Begins.
    pub fn begin(&mut self, now: Instant) -> Vec<Command> {
        while let Some(lesson) = self.to_come.pop() {
            if let SharedMemory::Never(reason) = &self.shared_memory
                && lesson.about().memory == MemoryNeed::All
            {
                self.over.push(Checked { lesson, works: false, text: reason.to_string() });
                continue;
            }
            let mut values = lesson.values(self.cores);
            for &(field, units) in lesson.about().in_short {
                values.set(field, units);
            }
            let stage = self.now.insert(Stage::new(lesson, values, self.build));
            let shares_memory = self.shared_memory == SharedMemory::Here;
            return stage.handle(now, Event::Run { shares_memory });
        }
        Vec::new()
    }

    /// Takes what was heard of the threads of the lesson that runs.
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Command> {
        let Some(stage) = &mut self.now else { return Vec::new() };
        let mut commands = stage.handle(now, event);
        let lesson = stage.lesson();
        let (works, text) = match stage.status() {
            Status::Idle | Status::Running => return commands,
            Status::Failed(reason) => (false, reason.clone()),
            Status::Finished => {
                let shown = stage.shown();
                let control = shown.data.into_iter().find(|(name, _)| *name == "data-speedup-control");
                let thousandths = control.and_then(|(_, times)| parse_u64(&times.replace('.', "")));
                if let (Some(thousandths), Some(field)) = (thousandths, lesson.about().per_core) {
                    let times = Fixed(thousandths as f64 / 1e3, 1);
                    self.scaling = Some(Scaling { workers: stage.values().get(field), times });
                }
                (true, shown.findings.into_iter().next().unwrap_or_default())
            }
        };
        self.over.push(Checked { lesson, works, text });
        self.now = None;
        commands.extend(self.begin(now));
        commands
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dartboard_threads::task::{Done, Report};

    use super::*;
    use crate::lecture::shared_memory::Reason;

    const BUILD: &str = "b";

    fn at(ms: u64) -> Instant {
        Instant::after_origin(Duration::from_millis(ms))
    }

    // Fails with: a lesson that is forgotten, one that keeps the others from running, a failure taken for a success.
    #[test]
    fn every_lesson_has_its_turn_whatever_becomes_of_the_one_before() {
        let mut check = Check::new(BUILD, SharedMemory::Here, 4);
        let mut commands = check.begin(at(0));
        let mut started = Vec::new();
        while let Some(lesson) = check.running() {
            let threads = commands.iter().find_map(|command| match command {
                Command::Start { threads, .. } => Some(*threads),
                _ => None,
            });
            assert!(threads.is_some(), "{lesson:?} starts no threads: {commands:?}");
            started.push(lesson);
            let reason = "no room".to_owned();
            commands = check.handle(at(10), Event::Died { thread: 0, reason });
            assert_eq!(commands[0], Command::End);
        }
        assert_eq!(started, Lesson::ALL);
        assert_eq!(check.over().iter().map(|checked| checked.lesson).collect::<Vec<_>>(), Lesson::ALL);
        assert!(check.over().iter().all(|checked| !checked.works && checked.text.contains("no room")));
        assert_eq!(check.handle(at(20), Event::Stop), []);
    }

    // Fails with: a lesson run without the memory that it needs, one left out that can do without.
    #[test]
    fn without_shared_memory_the_lessons_that_need_it_say_so() {
        let mut check = Check::new(BUILD, SharedMemory::Never(Reason::Framed), 4);
        check.begin(at(0));
        let mut ran = Vec::new();
        while let Some(lesson) = check.running() {
            ran.push(lesson);
            check.handle(at(10), Event::Died { thread: 0, reason: "no room".to_owned() });
        }
        assert_eq!(
            ran,
            [
                Lesson::FirstThread,
                Lesson::Race,
                Lesson::Daemon,
                Lesson::Queue,
                Lesson::Processes,
                Lesson::Compared,
                Lesson::Window,
                Lesson::Batch,
                Lesson::Downloads,
                Lesson::Pipeline,
            ]
        );
        assert_eq!(check.over().len(), Lesson::ALL.len());
    }

    // Fails with: a result that is not shown.
    #[test]
    fn what_a_lesson_found_is_told() {
        let mut check = Check::new(BUILD, SharedMemory::Here, 4);
        check.begin(at(0));
        let heard = |thread, report| Event::Heard { thread, report, words: Vec::new() };
        for thread in 0..2 {
            check.handle(at(10), heard(thread, Report::Ready { build: BUILD.to_owned() }));
        }
        for _ in 0..2 {
            for (thread, line) in [(0, 0), (1, 0), (1, 1), (0, 1)] {
                check.handle(at(20), heard(thread, Report::Line(line)));
            }
            for thread in 0..2 {
                check.handle(at(30), heard(thread, Report::Done(Done::default())));
            }
        }
        let first = &check.over()[0];
        assert!(first.works && first.text.starts_with("When Alice slept 0.20 s"), "{first:?}");
        assert_eq!(check.running(), Some(Lesson::Race));
    }
}
