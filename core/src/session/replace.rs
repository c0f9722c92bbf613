//! What replaces the run on the page, and whether the user is asked first.

use std::time::Duration;

use dartboard_points::tally::Seed;

use super::address::AddressState;
use super::{Command, Moment, Session};
use crate::coordinator;
use crate::run::checkpoint::{Checkpoint, EarlierRun};
use crate::run::config::{Config, Setting};
use crate::text::short_count;

/// A run that may be dropped without asking has run for less than this.
pub const LITTLE_TO_LOSE: Duration = Duration::from_secs(5);

/// A run that is to take the place of the one here.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Replacement {
    /// One that has counted nothing yet.
    New {
        /// What it is.
        config: Config,
        /// Whether to start it at once.
        start: bool,
    },
    /// One that was counted elsewhere or before.
    Loaded(Checkpoint),
}

/// What the user is asked before the run here is dropped. The safe answer comes first: it is the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// It, in a few words.
    pub heading: &'static str,
    /// What is lost, and what follows.
    pub text: String,
    /// The answer that drops the run.
    pub drop: &'static str,
}

impl Question {
    /// The answer that keeps the run.
    pub const KEEP: &'static str = "Keep this run";
}

impl Session {
    /// Gives a setting a value: a seed names another run, all others change the run here.
    pub(super) fn set(&mut self, at: Moment, setting: Setting) {
        match setting {
            Setting::Live(setting) => self.run(at.now, coordinator::Event::Set(setting)),
            Setting::Seed(seed) => self.set_seed(at, seed),
        }
    }

    /// Wants the run of `seed`, from its beginning.
    pub(super) fn set_seed(&mut self, at: Moment, seed: Seed) {
        let config = Config { seed, ..self.coordinator.config() };
        self.replace_by(at, Replacement::New { config, start: false });
    }

    /// Wants the same for a key: nothing that is counted is dropped without asking.
    pub(super) fn begin_by_key(&mut self, at: Moment, seed: Seed) {
        let config = Config { seed, ..self.coordinator.config() };
        let replacement = Replacement::New { config, start: false };
        if self.coordinator.tally().points > 0 || self.coordinator.is_running() {
            self.question = Some(replacement);
        } else {
            self.open(at, replacement);
        }
    }

    /// Counts the run of `run`'s settings with this stream, from its beginning.
    pub(super) fn begin_again(&mut self, at: Moment, run: &EarlierRun) {
        self.replace_by(at, Replacement::New { config: run.config(), start: true });
    }

    /// Whether the run here has counted for so long that it is not dropped without asking.
    fn is_much_to_lose(&self, at: Moment) -> bool {
        self.coordinator.running_time(at.now) >= LITTLE_TO_LOSE
    }

    /// Opens `replacement`, once the user agrees if there is much to lose.
    pub(super) fn replace_by(&mut self, at: Moment, replacement: Replacement) {
        if self.is_much_to_lose(at) {
            self.question = Some(replacement);
        } else {
            self.open(at, replacement);
        }
    }

    pub(super) fn answer_question(&mut self, at: Moment, drop: bool) {
        let Some(replacement) = self.question.take() else { return };
        // Whichever run is here now is what the address should say.
        self.address = AddressState::Stale;
        if drop {
            self.open(at, replacement);
        }
    }

    fn open(&mut self, at: Moment, replacement: Replacement) {
        self.showing.set_first_darts(None);
        match replacement {
            Replacement::New { config, start } => {
                self.is_lesson_run &= config.seed == self.coordinator.config().seed;
                self.run(at.now, coordinator::Event::Reset(config));
                if start {
                    self.run(at.now, coordinator::Event::Start);
                }
            }
            Replacement::Loaded(checkpoint) => {
                self.is_lesson_run = false;
                self.run(at.now, coordinator::Event::Restore(checkpoint));
            }
        }
    }

    /// Opens the run that a lesson sets up. The run here is parked, unless a lesson has set it up too.
    pub(super) fn open_lesson_run(&mut self, at: Moment, config: Config, start: bool) {
        let counted = self.coordinator.checkpoint(at.now);
        if self.is_lesson_run {
            let (last, next) = (self.last_save(at), self.places.new_place());
            let save = self.places.leave_here(next, last);
            self.commands.extend(save);
            self.lock_here();
        } else if counted.tally().points > 0 || self.coordinator.is_running() {
            let save = self.places.park_here(counted);
            self.commands.extend(save);
            self.lock_here();
        }
        self.let_places_go();
        self.open(at, Replacement::New { config, start });
        self.is_lesson_run = true;
    }

    /// Brings back the run that a lesson has parked, paused; the lesson's is left.
    pub(super) fn back_to_run(&mut self, at: Moment) {
        let last = self.last_save(at);
        let Some((run, save)) = self.places.bring_back(last) else { return };
        self.commands.extend(save);
        self.let_places_go();
        self.showing.set_first_darts(None);
        self.run(at.now, coordinator::Event::Restore(run));
        self.is_lesson_run = false;
        self.lesson = None;
        self.address = AddressState::Stale;
    }

    /// Whether `config` is that of the run that a lesson has parked.
    pub(super) fn is_parked(&self, config: Config) -> bool {
        self.places.parked().is_some_and(|parked| parked.config().seed == config.seed)
    }

    /// What of a lesson's run stays saved when it is left: all if there is much to lose, else nothing.
    fn last_save(&self, at: Moment) -> Checkpoint {
        let counted = self.coordinator.checkpoint(at.now);
        if self.is_much_to_lose(at) { counted } else { Checkpoint::of_nothing(counted.config()) }
    }

    fn lock_here(&mut self) {
        self.commands.extend(self.places.key_to_lock().map(Command::Lock));
    }

    /// What the user is asked before the run here is dropped.
    pub(super) fn question(&self) -> Option<Question> {
        let replacement = self.question.as_ref()?;
        let here = self.coordinator.config();
        let points = short_count(self.coordinator.tally().points as f64);
        let (heading, drop, follows) = match replacement {
            Replacement::New { config, .. } if config.seed == here.seed => {
                ("Reset this run?", "Reset", "Counting starts again from 0.".to_owned())
            }
            Replacement::New { config, .. } => {
                ("Start another run?", "Start the other", format!("The other run has seed {}.", config.seed))
            }
            Replacement::Loaded(checkpoint) => {
                let loaded = short_count(checkpoint.tally().points as f64);
                let seed = checkpoint.config().seed;
                let follows = format!("The loaded run has seed {seed} and {loaded} points.");
                ("Load another run?", "Load the other", follows)
            }
        };
        let text = format!("You will lose the {points} points counted here. {follows}");
        Some(Question { heading, text, drop })
    }
}
