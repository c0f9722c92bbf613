//! What a desk has on its way to the log: one entry at a time, so that none overtakes another.

use std::collections::VecDeque;
use std::time::Duration;

use super::Command;
use crate::time::Instant;

/// After how long an entry that was not read back is appended again.
const AGAIN: Duration = Duration::from_secs(1);
/// After how long the log is read afresh, if an entry was never read back.
const GIVE_UP: Duration = Duration::from_secs(10);

/// An entry that was not read back yet.
#[derive(Clone, Debug)]
pub(super) struct InFlight {
    id: String,
    text: String,
    since: Instant,
    again_at: Instant,
}

/// What is to be done about an entry in flight.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    Wait,
    Again(Command),
    GiveUp,
}

impl InFlight {
    pub(super) fn new(now: Instant, id: String, text: String) -> (Self, Command) {
        let in_flight = Self { id, text, since: now, again_at: now + AGAIN };
        let append = in_flight.append();
        (in_flight, append)
    }

    fn append(&self) -> Command {
        Command::Append { id: self.id.clone(), text: self.text.clone() }
    }

    pub(super) fn next(&mut self, now: Instant) -> Next {
        if now < self.again_at {
            return Next::Wait;
        }
        if now >= self.since + GIVE_UP {
            return Next::GiveUp;
        }
        self.again_at = now + AGAIN;
        Next::Again(self.append())
    }

    pub(super) fn due(&self) -> Instant {
        self.again_at
    }
}

/// The entries that a desk has written and not read back.
#[derive(Clone, Debug, Default)]
pub(super) struct Outbox {
    in_flight: Option<InFlight>,
    next: VecDeque<(String, String)>,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.in_flight.is_none()
    }

    pub(super) fn has_in_flight(&self, text: &str) -> bool {
        self.in_flight.as_ref().is_some_and(|in_flight| in_flight.text == text)
    }

    /// Sends these entries, each with its id, one after the other.
    pub(super) fn send(
        &mut self,
        now: Instant,
        entries: impl IntoIterator<Item = (String, String)>,
    ) -> Option<Command> {
        self.next.extend(entries);
        if self.in_flight.is_some() {
            return None;
        }
        let (id, text) = self.next.pop_front()?;
        let (in_flight, append) = InFlight::new(now, id, text);
        self.in_flight = Some(in_flight);
        Some(append)
    }

    /// An entry was read. If it is the one in flight, the next one goes out.
    pub(super) fn read_back(&mut self, now: Instant, text: &str) -> Option<Command> {
        self.in_flight.take_if(|in_flight| in_flight.text == text)?;
        self.send(now, [])
    }

    pub(super) fn next(&mut self, now: Instant) -> Next {
        self.in_flight.as_mut().map_or(Next::Wait, |in_flight| in_flight.next(now))
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.in_flight.as_ref().map(InFlight::due)
    }
}
