//! The run's configuration and the page's address follow each other.

use std::time::Duration;

use super::replace::Replacement;
use super::{Command, Moment, Session};
use crate::address::{self, Address, Page};
use crate::coordinator;
use crate::run::config::Config;
use crate::time::Instant;

/// How long after the browser refused to change the address it is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// What the page's address says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum AddressState {
    /// What is to stay as long as the run has this configuration: what the page wrote, or what the user wrote and the page
    /// could not follow in full.
    Says(Config),
    /// What must be written anew.
    Stale,
    /// This is being written.
    Writing(Config),
    /// The browser has refused; it is tried again then.
    Refused { until: Instant },
}

impl AddressState {
    /// When it is tried again to write it.
    pub(super) fn due(&self) -> Option<Instant> {
        match self {
            Self::Refused { until } => Some(*until),
            Self::Says(_) | Self::Stale | Self::Writing(_) => None,
        }
    }
}

impl Session {
    /// Makes the address say the run's configuration, unless it says what the user wrote and nothing has changed since.
    pub(super) fn write_address(&mut self, now: Instant) {
        let config = self.coordinator.config();
        let is_right = match self.address {
            AddressState::Says(said) => said == config,
            AddressState::Writing(_) => true,
            AddressState::Refused { until } => now < until,
            AddressState::Stale => false,
        };
        if !is_right && !self.away && self.question.is_none() {
            self.address = AddressState::Writing(config);
            self.push(Command::WriteAddress(address::write(&config, self.lesson, self.showing.presenter)));
        }
    }

    pub(super) fn address_written(&mut self, now: Instant, done: bool) {
        let AddressState::Writing(config) = self.address else { return };
        if done {
            self.address = AddressState::Says(config);
            self.address_errors.clear();
        } else {
            self.address = AddressState::Refused { until: now + TRY_AGAIN };
        }
    }

    /// Does what the address, changed by the user, asks for, as far as it harms nothing that is running.
    pub(super) fn follow_address(&mut self, at: Moment, fragment: &str) {
        let named = address::parse(fragment);
        let was_away = std::mem::replace(&mut self.away, named.page() != Page::Run);
        let is_bare = named.is_bare();
        let Address::Run { link, errors } = named else { return self.leave_for_other_page(at) };
        if was_away && is_bare {
            // Coming back changes nothing of the run.
            self.address = AddressState::Stale;
            return;
        }
        let here = self.coordinator.config();
        self.address_errors = errors.iter().map(ToString::to_string).collect();
        self.question = None;
        if !errors.is_empty() {
            self.address = AddressState::Says(here);
            return;
        }
        self.lesson = link.experiment;
        self.showing.presenter = link.presenter;
        self.address = AddressState::Stale;
        let config = link.applied_to(Config::new(here.seed, here.workers, here.batch));
        if config.seed != here.seed {
            if link.experiment.is_some() {
                return self.open_lesson_run(at, config, link.start);
            }
            if !self.is_parked(config) {
                return self.replace_by(at, Replacement::New { config, start: link.start });
            }
            // The browser's Back button leads out of a lesson too.
            self.back_to_run(at);
        }
        for setting in config.live() {
            self.run(at.now, coordinator::Event::Set(setting));
        }
        if link.start {
            self.run(at.now, coordinator::Event::Start);
        }
    }

    /// Shows the run in the presenter view, or no more.
    pub(super) fn present(&mut self, presenter: bool) {
        self.showing.presenter = presenter;
        self.address = AddressState::Stale;
    }

    /// Another page is shown: the run must not disturb what is measured there.
    fn leave_for_other_page(&mut self, at: Moment) {
        self.paused_by_leaving |= self.coordinator.is_running();
        self.run(at.now, coordinator::Event::Pause);
    }
}
