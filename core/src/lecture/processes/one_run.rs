//! One run of errands, which the page carries out one after another.

use dartboard_threads::task::Task;

use crate::lecture::errand::{Answer, Errand, Next};
use crate::lecture::runs::{RoundOver, Runs};
use crate::lecture::shown::Shown;

/// The errands of a part of the lesson, and what came of them.
pub(super) trait Errands {
    /// The first one.
    fn first(&self) -> Option<Errand>;

    /// What follows from an answer.
    fn told(&mut self, answer: Answer) -> Next;

    /// What came, with the sentences that hold once all have come.
    fn shown(&self) -> Shown;
}

/// The run.
pub(super) struct OneRun {
    errands: Box<dyn Errands>,
    /// How many answers came; none before the run has begun.
    answers: Option<u64>,
    is_over: bool,
}

impl OneRun {
    pub(super) fn of(errands: impl Errands + 'static) -> Self {
        Self { errands: Box::new(errands), answers: None, is_over: false }
    }
}

impl Runs for OneRun {
    fn threads(&self) -> u32 {
        0
    }

    fn rounds(&self) -> (u32, u32) {
        (self.is_over.into(), 1)
    }

    fn next_round(&mut self) -> Option<Vec<Task>> {
        (!self.is_over).then(Vec::new)
    }

    fn errand(&mut self) -> Option<Errand> {
        self.answers = Some(0);
        self.errands.first()
    }

    fn told(&mut self, answer: Answer) -> Next {
        self.answers = self.answers.map(|answers| answers + 1);
        self.errands.told(answer)
    }

    fn progress(&self, _: &[i32]) -> u64 {
        self.answers.unwrap_or(0)
    }

    fn over(&mut self, _: RoundOver) {
        self.is_over = true;
    }

    fn shown(&self, _: &[f64]) -> Shown {
        if self.answers.is_none() {
            return Shown::default();
        }
        let mut shown = self.errands.shown();
        if !self.is_over {
            shown.findings.clear();
        }
        shown
    }
}
