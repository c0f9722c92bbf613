//! A connection to a NATS server that reconnects by itself; its bytes travel over a browser's WebSocket.
//!
//! The server greets with its INFO; then it is told who connects and which subjects are wanted, and the pong to a first ping
//! says that it agreed. A link that is down is opened again after a wait, which grows with each failure.

use std::time::Duration;

use thiserror::Error;

use super::{Credentials, Decoder, FromServer, NatsError, ToServer};
use crate::text::shortened;
use crate::time::Instant;

/// How long opening may take, and then the greeting.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How often the server is pinged.
pub const PING_EVERY: Duration = Duration::from_secs(20);
/// How many pings without an answer mean that nobody is there.
const MOST_PINGS: u32 = 2;
/// The longest first wait; twice as long after each further failure.
pub const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait. After a link was up for as long, the waits begin afresh.
pub const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What a link is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Connect, and stay connected.
    Start,
    /// Close, and stay closed.
    Stop,
    /// The socket that [`Command::Open`] asked for is open.
    Opened,
    /// Bytes have come.
    Received(Vec<u8>),
    /// The socket has closed, or could not be opened.
    Closed,
    /// Send a message. Nothing happens unless the link is up: who needs an answer asks again.
    Publish {
        /// Where it goes.
        subject: String,
        /// What it says.
        payload: Vec<u8>,
    },
    /// The time of the last [`Command::SetTimer`] has come, or is past.
    Timer,
}

/// What the driver is to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Open a socket. Say [`Event::Opened`] or [`Event::Closed`].
    Open,
    /// Send bytes.
    Send(Vec<u8>),
    /// Close the socket, or give up opening it, and say nothing more of it.
    Close,
    /// The server has agreed: messages come and go.
    Up,
    /// They no longer do, or an attempt has failed; it is tried again.
    Down(Trouble),
    /// A message has come.
    Heard {
        /// Where it was sent.
        subject: String,
        /// What it says.
        payload: Vec<u8>,
    },
    /// Something was refused; the link stays as it is.
    Warn(String),
    /// Say [`Event::Timer`] at this time instead of the one set before; at none, not at all.
    SetTimer(Option<Instant>),
}

/// Why a link is down.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Trouble {
    /// The socket closed, or could not be opened.
    #[error("the connection was closed")]
    Closed,
    /// Nothing is heard of the server.
    #[error("the server does not answer")]
    Silent,
    /// The server does not know the user or the password, or no longer.
    #[error("the server refuses the user: {}", shortened(.0))]
    Refused(String),
    /// The server closes the link, in its words.
    #[error("the server closed the connection: {}", shortened(.0))]
    Server(String),
    /// What came is nothing that a server says.
    #[error(transparent)]
    Protocol(#[from] NatsError),
}

/// How a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Stopped,
    /// It is opened at this time.
    Waiting {
        until: Instant,
    },
    Opening {
        until: Instant,
    },
    /// The socket is open; the server has not greeted yet.
    Greeting {
        until: Instant,
    },
    /// It was told who connects, and has not agreed yet.
    Joining {
        until: Instant,
    },
    Up {
        since: Instant,
        next_ping: Instant,
        unanswered: u32,
    },
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Link {
    credentials: Credentials,
    subjects: Vec<String>,
    /// Where in its span a wait lies, in parts of 2³².
    jitter: u32,
    state: State,
    decoder: Decoder,
    /// What the server found wrong with this connection.
    complaint: Option<Trouble>,
    /// How often it failed since it was up.
    failures: u32,
    /// The time of the latest event.
    latest: Instant,
    /// The timer as the driver has it.
    timer: Option<Instant>,
    commands: Vec<Command>,
}

impl Link {
    /// A link, not started, that connects as this user and hears these subjects. `jitter` is any random number: it makes the
    /// devices of a class, which all lose their server at once, come back one after another.
    pub fn new(credentials: Credentials, subjects: Vec<String>, jitter: u32) -> Self {
        Self {
            credentials,
            subjects,
            jitter,
            state: State::Stopped,
            decoder: Decoder::default(),
            complaint: None,
            failures: 0,
            latest: Instant::ORIGIN,
            timer: None,
            commands: Vec::new(),
        }
    }

    /// Whether messages come and go.
    pub fn is_up(&self) -> bool {
        matches!(self.state, State::Up { .. })
    }

    /// When the next attempt begins; none where it is not waited for.
    pub fn next_attempt(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { until } => Some(until),
            _ => None,
        }
    }

    /// Takes an event at `now` and returns what the driver is to do.
    /// A `now` before that of an earlier event counts as that one.
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Command> {
        self.latest = self.latest.max(now);
        let now = self.latest;
        match event {
            Event::Start => self.start(now),
            Event::Stop => self.stop(),
            Event::Opened => self.opened(now),
            Event::Received(bytes) => self.received(now, &bytes),
            Event::Closed => self.closed(now),
            Event::Publish { subject, payload } => self.publish(&subject, &payload),
            Event::Timer => self.timer(now),
        }
        self.set_timer();
        std::mem::take(&mut self.commands)
    }

    fn start(&mut self, now: Instant) {
        if self.state == State::Stopped {
            self.open(now);
        }
    }

    fn stop(&mut self) {
        if self.has_socket() {
            self.commands.push(Command::Close);
        }
        self.state = State::Stopped;
        self.failures = 0;
    }

    fn open(&mut self, now: Instant) {
        self.state = State::Opening { until: now + PATIENCE };
        self.decoder = Decoder::default();
        self.complaint = None;
        self.commands.push(Command::Open);
    }

    fn opened(&mut self, now: Instant) {
        if matches!(self.state, State::Opening { .. }) {
            self.state = State::Greeting { until: now + PATIENCE };
        }
    }

    /// Whether there is a socket, or soon will be.
    fn has_socket(&self) -> bool {
        !matches!(self.state, State::Stopped | State::Waiting { .. })
    }

    fn is_open(&self) -> bool {
        matches!(self.state, State::Greeting { .. } | State::Joining { .. } | State::Up { .. })
    }

    fn received(&mut self, now: Instant, bytes: &[u8]) {
        if !self.is_open() {
            return;
        }
        let mut said = Vec::new();
        let result = self.decoder.decode(bytes, &mut said);
        for what in said {
            self.heard(now, what);
        }
        if let Err(error) = result {
            self.fail(now, error.into());
        }
    }

    fn heard(&mut self, now: Instant, what: FromServer) {
        match what {
            // What was said before it went down is of no use any more.
            _ if !self.is_open() => {}
            FromServer::Info(_) => self.greeted(now),
            FromServer::Ping => self.send(ToServer::Pong),
            FromServer::Pong => self.answered(now),
            FromServer::Done => {}
            FromServer::Message(message) => {
                self.commands.push(Command::Heard { subject: message.subject, payload: message.payload });
            }
            FromServer::Error(text) => self.complained(now, text),
        }
    }

    /// The server has greeted. Later it greets again when something has changed with it.
    fn greeted(&mut self, now: Instant) {
        if !matches!(self.state, State::Greeting { .. }) {
            return;
        }
        self.state = State::Joining { until: now + PATIENCE };
        let mut bytes = Vec::new();
        self.append(&mut bytes, ToServer::Connect(&self.credentials.clone()));
        for (subject, subscription) in self.subjects.clone().iter().zip(1..) {
            self.append(&mut bytes, ToServer::Subscribe { subject, subscription });
        }
        self.append(&mut bytes, ToServer::Ping);
        self.commands.push(Command::Send(bytes));
    }

    fn answered(&mut self, now: Instant) {
        match &mut self.state {
            State::Joining { .. } => {
                self.state = State::Up { since: now, next_ping: now + PING_EVERY, unanswered: 0 };
                self.commands.push(Command::Up);
            }
            State::Up { unanswered, .. } => *unanswered = 0,
            _ => {}
        }
    }

    fn complained(&mut self, now: Instant, text: String) {
        match Complaint::of(&text) {
            Complaint::Message => self.commands.push(Command::Warn(shortened(&text))),
            Complaint::User => self.fail(now, Trouble::Refused(text)),
            // It closes the connection next.
            Complaint::Connection => self.complaint = Some(Trouble::Server(text)),
        }
    }

    fn closed(&mut self, now: Instant) {
        if self.has_socket() {
            let trouble = self.complaint.take().unwrap_or(Trouble::Closed);
            self.down(now, trouble);
        }
    }

    fn publish(&mut self, subject: &str, payload: &[u8]) {
        if self.is_up() {
            self.send(ToServer::Publish { subject, payload });
        }
    }

    fn send(&mut self, what: ToServer) {
        let mut bytes = Vec::new();
        self.append(&mut bytes, what);
        if !bytes.is_empty() {
            self.commands.push(Command::Send(bytes));
        }
    }

    /// Appends what is to be sent, or warns that it cannot be.
    fn append(&mut self, bytes: &mut Vec<u8>, what: ToServer) {
        match what.encode() {
            Ok(encoded) => bytes.extend(encoded),
            Err(error) => self.commands.push(Command::Warn(error.to_string())),
        }
    }

    fn timer(&mut self, now: Instant) {
        self.timer = None;
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match &mut self.state {
            State::Waiting { .. } => self.open(now),
            State::Up { next_ping, unanswered, .. } if *unanswered < MOST_PINGS => {
                *unanswered += 1;
                *next_ping = now + PING_EVERY;
                self.send(ToServer::Ping);
            }
            _ => self.fail(now, Trouble::Silent),
        }
    }

    /// Closes the socket and is down.
    fn fail(&mut self, now: Instant, trouble: Trouble) {
        if self.has_socket() {
            self.commands.push(Command::Close);
            self.down(now, trouble);
        }
    }

    /// Is down, without a socket, until the next attempt.
    fn down(&mut self, now: Instant, trouble: Trouble) {
        if matches!(self.state, State::Up { since, .. } if now - since >= LONGEST_WAIT) {
            self.failures = 0;
        }
        self.state = State::Waiting { until: now + self.wait(&trouble) };
        self.failures = self.failures.saturating_add(1);
        self.commands.push(Command::Down(trouble));
    }

    /// The wait before the next attempt, in the later half of its span.
    fn wait(&self, trouble: &Trouble) -> Duration {
        let span = match trouble {
            // Trying often would not help, and looks like guessing a password.
            Trouble::Refused(_) => LONGEST_WAIT * 2,
            _ => FIRST_WAIT.saturating_mul(1 << self.failures.min(16)).min(LONGEST_WAIT),
        };
        let half = span / 2;
        half + half * (self.jitter >> 16) / (1 << 16)
    }

    fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Stopped => None,
            State::Waiting { until }
            | State::Opening { until }
            | State::Greeting { until }
            | State::Joining { until } => Some(until),
            State::Up { next_ping, .. } => Some(next_ping),
        }
    }

    /// Sets the timer to the next deadline, unless it is.
    fn set_timer(&mut self) {
        let deadline = self.deadline();
        if deadline != self.timer {
            self.timer = deadline;
            self.commands.push(Command::SetTimer(deadline));
        }
    }
}

/// What a server complains of.
enum Complaint {
    /// A message or a subscription that this user may not have; the connection stays.
    Message,
    /// The user or the password.
    User,
    /// Anything else.
    Connection,
}

impl Complaint {
    fn of(text: &str) -> Self {
        let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| text.starts_with(beginning));
        if begins(&["Permissions Violation", "Invalid Subject"]) {
            Self::Message
        } else if begins(&["Authorization Violation", "User Authentication", "Account Authentication"]) {
            Self::User
        } else {
            Self::Connection
        }
    }
}

#[cfg(test)]
mod tests;
