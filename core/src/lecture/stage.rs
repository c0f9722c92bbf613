//! The frame around an open lesson, as a state machine: told events, it answers commands, and says what is shown.

use dartboard_threads::memory::Fault;
use dartboard_threads::task::{Report, Task};

use super::crew::{Crew, Outcome};
use super::errand::{Answer, Errand, Next};
use super::guess::{self, GuessKind};
use super::runs::{Act, Hang, Program, RoundOver, Runs};
use super::settings::{LessonField, Value, Values};
use super::shown::Shown;
use super::{Lesson, MemoryNeed};
use crate::text::whole_us;
use crate::time::Instant;

/// A lesson that is open.
pub struct Stage {
    lesson: Lesson,
    /// The build of the threads' program that this page works with.
    build: &'static str,
    values: Values,
    /// The fields in which a refused text stands.
    refused: Vec<&'static str>,
    guess: Guess,
    /// The file that the user has chosen.
    file: Option<ChosenFile>,
    status: Status,
    crew: Option<Crew>,
    /// Those of the last press of Run.
    runs: Option<Box<dyn Runs>>,
    /// How many words of memory the threads share; none without shared memory.
    words: Option<u32>,
    /// Whether the page itself works for the lesson: threads that have started wait for it.
    works_on_page: bool,
    /// When Run was pressed last.
    begun: Instant,
    /// From when on the threads' times of this round count.
    round_begun: Instant,
    /// Whether the round's times count from the press of Run.
    is_first_round: bool,
}

/// A file that the user has chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenFile {
    /// Its name.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// What was guessed.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// As it was typed.
    pub text: String,
    /// The numbers in it, or why there are none.
    pub read: Result<Vec<f64>, String>,
}

/// How a lesson stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing was run yet.
    Idle,
    /// Its threads run.
    Running,
    /// All runs are over, or the user has ended them.
    Finished,
    /// The last run is void, for this reason.
    Failed(String),
}

impl Status {
    /// The word for scripts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed(_) => "failed",
        }
    }
}

/// What changes a lesson.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A value of a field.
    Set(&'static LessonField, Value),
    /// Whether a refused text stands in a field.
    Refused(&'static str, bool),
    /// What the room guesses.
    Guess(String),
    /// The file that is to be read; none for a text that is made up.
    File(Option<ChosenFile>),
    /// Something that the user does to threads that run.
    Act(Act),
    /// Run it; whether the threads can share memory.
    Run {
        /// Whether they can.
        shares_memory: bool,
    },
    /// The button that stops it was pressed: end what runs, as the lesson does that.
    PressStop,
    /// End what runs.
    Stop,
    /// Help threads out that wait in vain.
    Rescue,
    /// A thread has said something.
    Heard {
        /// Which, from 0.
        thread: u32,
        /// What.
        report: Report,
        /// The shared words at this moment; empty without.
        words: Vec<i32>,
    },
    /// An errand has an answer.
    Told(Answer),
    /// A thread is dead, for this reason.
    Died {
        /// Which, from 0.
        thread: u32,
        /// The reason.
        reason: String,
    },
    /// Time has passed: the shared words at this moment.
    Looked {
        /// Empty without shared memory.
        words: Vec<i32>,
    },
    /// The page has watched itself.
    Watched(Watched),
    /// The page has done its own work.
    Worked(Worked),
}

/// What a page has seen of itself since it was asked last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Since when it watches.
    pub since: Instant,
    /// When it could draw a frame.
    pub frames: Vec<Instant>,
    /// What its user pressed: when the browser had it, and when the page heard of it.
    pub inputs: Vec<(Instant, Instant)>,
    /// Whether it could not be seen for a while: then browsers draw nothing.
    pub was_hidden: bool,
}

/// What a page has worked itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worked {
    /// When it began.
    pub from: Instant,
    /// When it was done.
    pub to: Instant,
    /// In how many pieces.
    pub pieces: u32,
}

/// What is to be done for a lesson.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Start so many threads, and share memory among them if asked to.
    Start {
        /// How many.
        threads: u32,
        /// How many words of memory they share; none without shared memory.
        words: Option<u32>,
        /// What they are.
        program: Program,
    },
    /// Make ready what carries out errands, which then is heard as the first thread.
    StartErrands,
    /// Carry out an errand.
    Errand(Errand),
    /// Begin a round: clear the shared memory, ask for the fault, then deal the tasks out to one thread after another.
    Begin {
        /// What there is to do.
        tasks: Vec<Task>,
        /// Whether times count from the start of the threads; otherwise from now.
        since_start: bool,
        /// What befalls the first thread.
        fault: Option<Fault>,
    },
    /// Post something to a thread.
    Post {
        /// Which, from 0.
        thread: u32,
        /// What.
        task: Task,
    },
    /// Give up all that threads may wait for.
    GiveUp,
    /// Set the event that threads may look at.
    SetEvent,
    /// End a thread, whatever it does.
    Terminate {
        /// Which, from 0.
        thread: u32,
    },
    /// Put a sentinel into the shared queue.
    PutSentinel {
        /// How many threads there are.
        threads: u32,
        /// How many places the queue has.
        places: u32,
    },
    /// Something that the page does itself.
    OnPage(PageCommand),
    /// End all threads, and what the page does itself.
    End,
}

/// What the page does itself for a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageCommand {
    /// Show this on the label of the lesson's window, at once.
    Label(String),
    /// Watch its frames and inputs, and tell them every so often ([`Event::Watched`]).
    Watch {
        /// In milliseconds.
        every_ms: u32,
    },
    /// Work, and tell when that is done ([`Event::Worked`]).
    Work {
        /// For so long in all, in microseconds.
        us: u64,
        /// How long at a time, in microseconds. In between, the page does what else there is to do.
        piece_us: u64,
    },
}

impl Default for Guess {
    fn default() -> Self {
        Self { text: String::new(), read: Ok(Vec::new()) }
    }
}

impl Stage {
    /// `lesson` with these settings, of a page that works with threads of the build `build`.
    pub fn new(lesson: Lesson, values: Values, build: &'static str) -> Self {
        Self {
            lesson,
            build,
            values,
            refused: Vec::new(),
            guess: Guess::default(),
            file: None,
            status: Status::Idle,
            crew: None,
            runs: None,
            words: None,
            works_on_page: false,
            begun: Instant::ORIGIN,
            round_begun: Instant::ORIGIN,
            is_first_round: true,
        }
    }

    /// The lesson.
    pub fn lesson(&self) -> Lesson {
        self.lesson
    }

    /// Its settings.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The names of the three figures, and what is guessed of them, as it is set.
    pub fn figures(&self) -> ([&'static str; 3], GuessKind) {
        self.lesson.figures(&self.values)
    }

    /// The file that is to be read; none for a text that is made up.
    pub fn file(&self) -> Option<&ChosenFile> {
        self.file.as_ref()
    }

    /// What was guessed.
    pub fn guess(&self) -> &Guess {
        &self.guess
    }

    /// How it stands.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Whether anything was run on this visit: before, nothing is to give the result away.
    pub fn has_run(&self) -> bool {
        self.runs.as_ref().is_some_and(|runs| runs.rounds().0 > 0)
    }

    /// How many runs are over, of how many; none before the first.
    pub fn rounds(&self) -> Option<(u32, u32)> {
        self.runs.as_ref().map(|runs| runs.rounds())
    }

    /// Why it cannot be run now; none if it can.
    pub fn not_ready(&self) -> Option<String> {
        self.refused.first().map(|name| format!("Correct the field “{name}” first."))
    }

    /// What a press of Run does to the page, where the user should know before.
    pub fn warning(&self) -> Option<String> {
        self.lesson.warning(&self.values)
    }

    /// What a thread waits for in vain; none if none does.
    pub fn hang(&self) -> Option<Hang> {
        self.runs.as_ref().filter(|_| self.status == Status::Running)?.hang()
    }

    /// What came so far.
    pub fn shown(&self) -> Shown {
        let guesses = self.guess.read.as_deref().unwrap_or_default();
        self.runs.as_ref().map(|runs| runs.shown(guesses)).unwrap_or_default()
    }

    /// Takes an event at `now`.
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Command> {
        match event {
            Event::Set(field, value) => {
                let before = self.figures();
                self.values.set(field, value);
                if self.figures() != before {
                    // The results so far have other names.
                    (self.runs, self.status, self.guess) = (None, Status::Idle, Guess::default());
                }
            }
            Event::Refused(name, is_refused) => {
                self.refused.retain(|&other| other != name);
                self.refused.extend(is_refused.then_some(name));
            }
            Event::Guess(text) => {
                let read = match self.lesson.about().guess {
                    GuessKind::Numbers { most, .. } => guess::numbers(&text, most),
                    GuessKind::Words { .. } => Ok(Vec::new()),
                };
                self.guess = Guess { text, read };
            }
            Event::File(file) => self.file = file,
            Event::Act(act) => {
                let (Some(_), Some(runs)) = (&self.crew, &mut self.runs) else { return Vec::new() };
                let mut commands = runs.act(act);
                let (over, of) = runs.rounds();
                if self.status == Status::Finished && over < of {
                    self.status = Status::Running;
                    commands.extend(self.begin_round(now));
                }
                return commands;
            }
            Event::Run { shares_memory } => return self.run(now, shares_memory),
            Event::PressStop => {
                let runs = self.runs.as_mut().filter(|_| self.crew.is_some());
                return runs.and_then(|runs| runs.cancel()).unwrap_or_else(|| self.stop());
            }
            Event::Stop => return self.stop(),
            Event::Rescue => return self.rescue(),
            Event::Heard { thread, report, words } => {
                let Some(crew) = &mut self.crew else { return Vec::new() };
                let outcome = crew.heard(now, thread, report);
                return self.follow(now, outcome, thread, &words);
            }
            Event::Told(answer) => {
                let (Some(_), Some(runs)) = (&self.crew, &mut self.runs) else { return Vec::new() };
                let next = runs.told(answer);
                return self.go_on(now, next);
            }
            Event::Died { thread, reason } => {
                let Some(crew) = &mut self.crew else { return Vec::new() };
                let outcome = crew.died(now, thread, &reason);
                return self.follow(now, outcome, thread, &[]);
            }
            Event::Looked { words } => {
                let (Some(crew), Some(runs)) = (&mut self.crew, &mut self.runs) else { return Vec::new() };
                runs.looked(&words, whole_us(now - self.round_begun), crew.death_us());
                let mut commands = runs.due();
                // Who waits for the user does so for as long as the user likes.
                let moves =
                    if runs.waits_for_user() { whole_us(now - self.begun) } else { runs.progress(&words) };
                let outcome = if runs.gives_up() { crew.give_up() } else { crew.looked_at(now, moves) };
                commands.extend(self.follow(now, outcome, 0, &words));
                return commands;
            }
            Event::Watched(watched) => {
                let (Some(_), Some(runs)) = (&self.crew, &mut self.runs) else { return Vec::new() };
                runs.watched(&watched, whole_us(now - self.begun), self.begun);
                return runs.due();
            }
            Event::Worked(worked) => {
                let (Some(crew), Some(runs)) = (&self.crew, &mut self.runs) else { return Vec::new() };
                self.works_on_page = false;
                let is_ready = crew.is_ready();
                runs.worked(worked, self.begun);
                let mut commands = runs.due();
                if is_ready {
                    commands.extend(self.begin_round(now));
                }
                return commands;
            }
        }
        Vec::new()
    }

    fn run(&mut self, now: Instant, shares_memory: bool) -> Vec<Command> {
        let need = self.lesson.about().memory;
        let can_run = shares_memory || need != MemoryNeed::All;
        let shares_memory = shares_memory && need != MemoryNeed::None;
        if self.status == Status::Running || self.not_ready().is_some() || !can_run {
            return Vec::new();
        }
        let again = self.runs.as_ref().and_then(|runs| runs.again(&self.values, shares_memory));
        let runs = again.unwrap_or_else(|| self.lesson.runs(&self.values, shares_memory, self.file.as_ref()));
        let threads = runs.threads();
        let words = shares_memory.then(|| runs.words());
        self.runs = Some(runs);
        self.status = Status::Running;
        let on_page = self.runs.as_ref().map(|runs| runs.on_page()).unwrap_or_default();
        self.works_on_page = on_page.iter().any(|command| matches!(command, PageCommand::Work { .. }));
        let mut commands = self.start(now, threads, words);
        commands.extend(on_page.into_iter().map(Command::OnPage));
        commands
    }

    /// Starts the threads; where there are none, what carries out errands has their place.
    fn start(&mut self, now: Instant, threads: u32, words: Option<u32>) -> Vec<Command> {
        self.crew = Some(Crew::new(now, threads.max(1), self.build));
        self.words = words;
        self.is_first_round = true;
        self.begun = now;
        self.round_begun = now;
        let program = self.runs.as_ref().map_or(Program::Thread, |runs| runs.program());
        vec![if threads > 0 { Command::Start { threads, words, program } } else { Command::StartErrands }]
    }

    fn stop(&mut self) -> Vec<Command> {
        if self.crew.take().is_none() {
            return Vec::new();
        }
        self.runs.iter_mut().for_each(|runs| runs.stopped());
        self.status = if self.has_run() { Status::Finished } else { Status::Idle };
        vec![Command::End]
    }

    fn rescue(&mut self) -> Vec<Command> {
        self.runs.as_mut().filter(|_| self.crew.is_some()).map(|runs| runs.rescue()).unwrap_or_default()
    }

    fn go_on(&mut self, now: Instant, next: Next) -> Vec<Command> {
        let outcome = match (next, &mut self.crew) {
            (Next::Errand(errand), _) => return vec![Command::Errand(errand)],
            (Next::Over, Some(crew)) => crew.give_up(),
            (Next::Void(reason), _) => Outcome::Void(reason),
            (Next::GoesOn | Next::Over, _) => Outcome::GoesOn,
        };
        self.follow(now, outcome, 0, &[])
    }

    fn follow(&mut self, now: Instant, outcome: Outcome, thread: u32, words: &[i32]) -> Vec<Command> {
        let (Some(crew), Some(runs)) = (&mut self.crew, &mut self.runs) else { return Vec::new() };
        match outcome {
            Outcome::GoesOn => Vec::new(),
            Outcome::Said(report) => posts(runs.said(thread, &report, whole_us(now - self.round_begun))),
            Outcome::Ready if self.works_on_page => Vec::new(),
            Outcome::Ready => self.begin_round(now),
            Outcome::Over(done) => {
                let started_us =
                    if self.is_first_round { crew.started_us().flatten().collect() } else { Vec::new() };
                let heard_us = whole_us(now - self.round_begun);
                runs.over(RoundOver { done, heard_us, words, started_us });
                self.is_first_round = false;
                let (over, of) = runs.rounds();
                if runs.has_new_threads() && over < of {
                    let threads = runs.threads();
                    return self.start(now, threads, self.words);
                }
                self.begin_round(now)
            }
            Outcome::Void(reason) => {
                self.crew = None;
                self.status = Status::Failed(format!("{reason} This run does not count."));
                vec![Command::End]
            }
        }
    }

    /// Begins the next round, or ends with the last.
    fn begin_round(&mut self, now: Instant) -> Vec<Command> {
        let tasks = self.runs.as_mut().and_then(|runs| runs.next_round());
        let (Some(tasks), Some(crew)) = (tasks, &mut self.crew) else {
            self.status = Status::Finished;
            if self.runs.as_ref().is_some_and(|runs| runs.lingers()) {
                return Vec::new();
            }
            self.crew = None;
            return vec![Command::End];
        };
        let errand = self.runs.as_mut().and_then(|runs| runs.errand());
        crew.begin(now, u32::try_from(tasks.len()).unwrap_or(u32::MAX).max(errand.is_some().into()));
        let times_from_press = self.runs.as_ref().is_some_and(|runs| runs.times_from_press());
        let since_start = self.is_first_round && times_from_press;
        self.round_begun = if since_start { self.begun } else { now };
        let fault = self.runs.as_ref().and_then(|runs| runs.fault());
        if fault.is_some() {
            crew.expect_death(0);
        }
        let mut commands = vec![Command::Begin { tasks, since_start, fault }];
        commands.extend(errand.map(Command::Errand));
        commands
    }
}

/// What threads are told, each with its thread.
pub(super) fn posts(answers: Vec<(u32, Task)>) -> Vec<Command> {
    answers.into_iter().map(|(thread, task)| Command::Post { thread, task }).collect()
}

#[cfg(test)]
mod tests;
