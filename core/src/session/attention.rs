//! What a user gets from a run without watching it: the tab's title, a screen that stays on, and a notice at its
//! end.

use std::time::Duration;

use super::{Command, Session};
use crate::coordinator::Coordinator;
use crate::coordinator::snapshot::RunStatus;
use crate::run::estimate::Estimate;
use crate::text::Fixed;
use crate::time::Instant;

/// How often the title changes at most.
pub const TITLE_EVERY: Duration = Duration::from_secs(1);

/// What the browser was told last, and what is to be told.
#[derive(Debug, Default)]
pub(super) struct Attention {
    title: String,
    /// The title does not change before this time.
    next_title: Instant,
    /// Whether it may have to then.
    is_title_behind: bool,
    is_kept_awake: bool,
    /// Whether the run has finished while the page was hidden.
    pub(super) finished_hidden: bool,
}

impl Attention {
    /// When the title is to be looked at again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.is_title_behind.then_some(self.next_title)
    }
}

impl Session {
    /// Brings up to date what is there for a run that is not looked at; `was_running` before the event.
    pub(super) fn attend(&mut self, now: Instant, was_running: bool) {
        let is_running = self.coordinator.is_running();
        let is_hidden = self.showing.is_hidden();
        let status = self.coordinator.status();
        if status != RunStatus::Finished {
            self.attention.finished_hidden = false;
        } else if was_running && is_hidden {
            self.attention.finished_hidden = true;
        }
        // The browser lets a hidden page's screen go dark whatever it was asked for.
        let keep_awake = is_running && !is_hidden && self.coordinator.config().target.is_some();
        if std::mem::replace(&mut self.attention.is_kept_awake, keep_awake) != keep_awake {
            self.push(Command::KeepAwake(keep_awake));
        }
        if now < self.attention.next_title {
            self.attention.is_title_behind = true;
            return;
        }
        self.attention.is_title_behind = false;
        let title = if self.away { String::new() } else { title(&self.coordinator, &status) };
        if self.attention.title != title {
            self.attention.next_title = now + TITLE_EVERY;
            self.attention.title.clone_from(&title);
            self.push(Command::SetTitle(title));
        }
    }
}

/// The state of a run and its estimate; nothing of one that has not begun.
fn title(coordinator: &Coordinator, status: &RunStatus) -> String {
    let tally = coordinator.tally();
    let Some(Estimate { pi, .. }) = Estimate::of(tally) else { return String::new() };
    let done = match coordinator.config().target {
        Some(target) if coordinator.is_running() => {
            // Without an overflow, and never 100 % before the end.
            format!(" {} %", tally.points / (target.points() / 100).max(1))
        }
        _ => String::new(),
    };
    let mark = if *status == RunStatus::Finished { "✓ " } else { "" };
    format!("{mark}{status}{done} · π ≈ {}", Fixed(pi, 5))
}
