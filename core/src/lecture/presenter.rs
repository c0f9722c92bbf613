//! The steps in which a lesson is presented.

/// What the audience sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The question alone.
    Question,
    /// What the room guesses.
    Guess,
    /// The figures and the pictures of the runs.
    Run,
    /// Why it comes so.
    Why,
    /// The same in Python.
    Python,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Question, Self::Guess, Self::Run, Self::Why, Self::Python];

    /// Its name on the page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Question => "Question",
            Self::Guess => "Guess",
            Self::Run => "Run",
            Self::Why => "Why",
            Self::Python => "Python",
        }
    }

    /// The one after it; the last stays.
    #[must_use]
    pub fn next(self) -> Self {
        self.moved(1)
    }

    /// The one before it; the first stays.
    #[must_use]
    pub fn previous(self) -> Self {
        self.moved(-1)
    }

    fn moved(self, by: isize) -> Self {
        let place = Self::ALL.iter().position(|&step| step == self);
        place
            .and_then(|place| place.checked_add_signed(by))
            .and_then(|place| Self::ALL.get(place))
            .copied()
            .unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: a clicker that turns past the end.
    #[test]
    fn steps_follow_each_other_and_stay_at_the_ends() {
        let mut step = Step::Question;
        for expected in [Step::Guess, Step::Run, Step::Why, Step::Python, Step::Python] {
            step = step.next();
            assert_eq!(step, expected);
        }
        for expected in [Step::Why, Step::Run, Step::Guess, Step::Question, Step::Question] {
            step = step.previous();
            assert_eq!(step, expected);
        }
    }
}
