//! The runs of a press of Run, as the frame sees them: each lesson has its own.

use dartboard_threads::memory::{self, Fault};
use dartboard_threads::task::{Done, DownloadTask, Report, Role, State, Task};

use super::errand::{Answer, Errand, Next};
use super::settings::Values;
use super::shown::Shown;
use super::stage::{Command, PageCommand, Watched, Worked};
use crate::time::Instant;

/// What a lesson's threads are to do, and what came of it.
pub trait Runs {
    /// How many threads there are to be; none where the page does all of it itself, by errands.
    fn threads(&self) -> u32;

    /// How many places a shared queue has.
    fn places(&self) -> u32 {
        0
    }

    /// The program that the threads are.
    fn program(&self) -> Program {
        Program::Thread
    }

    /// Whether the times of its first round count from the press of Run; otherwise, as of all others, from the moment in which
    /// all threads have started.
    fn times_from_press(&self) -> bool {
        true
    }

    /// Whether its threads stay when all rounds are over, as the user may want more of them.
    fn lingers(&self) -> bool {
        false
    }

    /// What a press of Stop has them do; none where it ends them.
    fn cancel(&mut self) -> Option<Vec<Command>> {
        None
    }

    /// How many words of memory they share, where they can.
    fn words(&self) -> u32 {
        memory::words(self.threads(), self.places())
    }

    /// Whether all of them wait until the user lets them go on.
    fn waits_for_user(&self) -> bool {
        false
    }

    /// The user does something to threads that run.
    fn act(&mut self, act: Act) -> Vec<Command> {
        let _ = act;
        Vec::new()
    }

    /// How many runs are over, of how many.
    fn rounds(&self) -> (u32, u32);

    /// The tasks of the next run, dealt out to one thread after another; none after the last.
    fn next_round(&mut self) -> Option<Vec<Task>>;

    /// The first errand of a run without threads.
    fn errand(&mut self) -> Option<Errand> {
        None
    }

    /// What follows from the answer to an errand.
    fn told(&mut self, answer: Answer) -> Next {
        let _ = answer;
        Next::GoesOn
    }

    /// What befalls the first thread.
    fn fault(&self) -> Option<Fault> {
        None
    }

    /// What threads are told to what one of them has said, so long after the round's beginning; each with its thread.
    fn said(&mut self, thread: u32, report: &Report, at_us: u64) -> Vec<(u32, Task)> {
        let _ = (thread, report, at_us);
        Vec::new()
    }

    /// The shared words, so long after the round's beginning; when a thread died as the user wanted it.
    fn looked(&mut self, words: &[i32], at_us: u64, death_us: Option<u64>) {
        let _ = (words, at_us, death_us);
    }

    /// A number that changes as long as anything goes on, in a run that may last long.
    fn progress(&self, words: &[i32]) -> u64 {
        let _ = words;
        0
    }

    /// What the page does itself as Run is pressed, before anything else happens.
    fn on_page(&self) -> Vec<PageCommand> {
        Vec::new()
    }

    /// What the page saw of itself; now is so long after the press of Run, which was at `begun`.
    fn watched(&mut self, watched: &Watched, at_us: u64, begun: Instant) {
        let _ = (watched, at_us, begun);
    }

    /// The page's own work is done; Run was pressed at `begun`.
    fn worked(&mut self, worked: Worked, begun: Instant) {
        let _ = (worked, begun);
    }

    /// What is to be done now that it was looked at.
    fn due(&mut self) -> Vec<Command> {
        Vec::new()
    }

    /// Whether the run is over though threads that it has ended are not done.
    fn gives_up(&self) -> bool {
        false
    }

    /// Whether the next run has threads of its own.
    fn has_new_threads(&self) -> bool {
        false
    }

    /// What a thread waits for in vain; none if no thread does.
    fn hang(&self) -> Option<Hang> {
        None
    }

    /// The way out of a [`Hang`].
    fn rescue(&mut self) -> Vec<Command> {
        Vec::new()
    }

    /// The user has ended them.
    fn stopped(&mut self) {}

    /// A run is over.
    fn over(&mut self, round: RoundOver);

    /// What came, with the room's guesses.
    fn shown(&self, guesses: &[f64]) -> Shown;

    /// Those of another press of Run, if they are compared with these.
    fn again(&self, values: &Values, shares_memory: bool) -> Option<Box<dyn Runs>> {
        let _ = (values, shares_memory);
        None
    }
}

/// What the user can do to threads while they work, and to some also afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Let all stages wait, or go on.
    Pause,
    /// Slow this stage down, or no longer.
    Slow(Role),
    /// Have this one say that it stops, and end.
    Stop(Role),
    /// End this one at once, whatever it does.
    Kill(Role),
    /// End downloads, repeat or forget them.
    Download(DownloadTask),
}

/// A program that threads are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// A thread of most lessons.
    Thread,
    /// A stage of the pipeline.
    Stage,
    /// What downloads.
    Download,
}

/// Threads that wait for what never comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hang {
    /// For what, and what it would be in Python.
    pub text: &'static str,
    /// The way out.
    pub rescue: &'static str,
}

/// A run that is over.
#[derive(Clone, Debug)]
pub struct RoundOver<'a> {
    /// What came, by thread.
    pub done: Vec<Done>,
    /// When the page heard of the last one, in µs since the origin of the threads' times.
    pub heard_us: u64,
    /// The shared words at the end; empty without.
    pub words: &'a [i32],
    /// How long the threads took to start, in µs since Run was pressed; empty if they were there already.
    pub started_us: Vec<u64>,
}

impl RoundOver<'_> {
    /// From the first moment in which a thread worked to the end of the last thread, in µs.
    pub fn worked_us(&self) -> u64 {
        let from = self.done.iter().filter_map(|done| done.began(State::Working)).min().unwrap_or(0);
        let to = self.done.iter().filter_map(|done| done.began(State::Over)).max().unwrap_or(0);
        to.saturating_sub(from)
    }
}
