//! The connection to the hall's broker, as the device and the screen have it.

use super::Command;
use crate::hall::nats::Credentials;
use crate::hall::nats::link::{self, Link, Trouble};
use crate::time::Instant;

/// What is heard of the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    Up,
    Down(Trouble),
    /// A message to one of the subjects.
    Heard(Vec<u8>),
}

/// A link and its timer.
#[derive(Clone, Debug)]
pub(super) struct Broker {
    link: Link,
    timer: Option<Instant>,
}

impl Broker {
    /// One that hears what goes to `subject`, and connects at once.
    pub(super) fn start(
        now: Instant,
        credentials: Credentials,
        subject: String,
        jitter: u32,
        commands: &mut Vec<Command>,
    ) -> Self {
        let mut broker = Self { link: Link::new(credentials, vec![subject], jitter), timer: None };
        broker.handle(now, link::Event::Start, commands);
        broker
    }

    /// Takes an event of the link, and says what is heard.
    pub(super) fn handle(
        &mut self,
        now: Instant,
        event: link::Event,
        commands: &mut Vec<Command>,
    ) -> Vec<News> {
        let mut news = Vec::new();
        for command in self.link.handle(now, event) {
            match command {
                link::Command::Open => commands.push(Command::OpenSocket),
                link::Command::Send(bytes) => commands.push(Command::Send(bytes)),
                link::Command::Close => commands.push(Command::CloseSocket),
                link::Command::Up => news.push(News::Up),
                link::Command::Down(trouble) => news.push(News::Down(trouble)),
                link::Command::Heard { payload, .. } => news.push(News::Heard(payload)),
                // The user can do nothing about it; an ask that was refused stays without an answer.
                link::Command::Warn(_) => {}
                link::Command::SetTimer(at) => self.timer = at,
            }
        }
        news
    }

    pub(super) fn stop(mut self, now: Instant, commands: &mut Vec<Command>) {
        self.handle(now, link::Event::Stop, commands);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timer
    }
}
