//! Decides in a run, or stands by. The desk decides; this reads and writes its log, hears, tells and keeps the time.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use async_nats::{Client, Message, Subscriber};
use dartboard_core::hall::desk::{Command, Desk, Event, Setup};
use dartboard_core::hall::message::Beat;
use dartboard_core::hall::subjects::Subjects;
use dartboard_core::run::config::WorkerCount;
use dartboard_core::time::Instant;
use dartboard_points::tally::{BlockRange, Seed, Tally};
use futures_util::StreamExt;
use thiserror::Error;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::broker::log::{Log, LogError, Read};
use crate::clock::Clock;
use crate::counter::{Counted, Counter};

/// How long a desk goes on telling its members that all is counted.
const FAREWELL: Duration = Duration::from_secs(10);

/// Why a desk ends before the run does.
#[derive(Debug, Error)]
pub(crate) enum DeskError {
    /// There is no log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The broker does not let it hear its members.
    #[error("the broker does not let the desk listen: {0}")]
    Deaf(String),
    /// It cannot serve the log that is there.
    #[error("{0}")]
    Refused(String),
    /// It cannot count again.
    #[error("this computer cannot count again what others have counted: {0}")]
    Crew(String),
    /// The system gives no random number.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

/// What happens at a desk that concerns those around it.
pub(crate) enum News<'a> {
    /// It has handled an event.
    Looked(&'a Desk),
    /// It decides from now on.
    Opened,
    /// Another desk decides.
    StandsBy,
    /// A seat is banned: the broker is to close it.
    Banned(&'a str),
    /// Its log was taken over by another desk, or has lost entries: it reads it again and stands by.
    Again,
    /// All is counted.
    Finished {
        tally: Tally,
        /// The blocks whose counts came too late to this desk: others have counted them again.
        late_blocks: u64,
    },
}

/// A desk's surroundings.
pub(crate) struct Surroundings {
    /// The connection by which it hears and tells.
    pub(crate) client: Client,
    pub(crate) log: Log,
    pub(crate) subjects: Subjects,
    /// With how many threads it counts again.
    pub(crate) threads: WorkerCount,
    /// Whether it stays when all is counted.
    pub(crate) stays: bool,
}

/// Decides or stands by until all is counted, and `tell`s what happens.
///
/// # Errors
/// When it cannot go on.
pub(crate) async fn decide(
    around: &Surroundings,
    mut setup: Setup,
    mut tell: impl FnMut(News<'_>),
) -> Result<Tally, DeskError> {
    loop {
        let life = Life::begin(around, setup.clone()).await?;
        if let Some(tally) = life.live(around, &mut tell).await? {
            return Ok(tally);
        }
        tell(News::Again);
        around.log.ensure().await?;
        setup = Setup { id: random()?, take_over: false, ..setup };
    }
}

/// A random number.
///
/// # Errors
/// When the system has none.
pub(crate) fn random() -> Result<u64, DeskError> {
    getrandom::u64().map_err(DeskError::Random)
}

/// One desk, from reading its log to the end of its term.
struct Life {
    desk: Desk,
    clock: Clock,
    timer: Option<Instant>,
    asks: Subscriber,
    beats: Subscriber,
    log: tokio::sync::mpsc::Receiver<Read>,
    recounts: Recounts,
    /// What all have counted, once they have, and until when their desk stays.
    finished: Option<(Tally, Instant)>,
}

impl Life {
    async fn begin(around: &Surroundings, setup: Setup) -> Result<Self, DeskError> {
        let listen = async |subject| {
            around.client.subscribe(subject).await.map_err(|error| DeskError::Deaf(error.to_string()))
        };
        Ok(Self {
            desk: Desk::new(setup),
            clock: Clock::new(),
            timer: None,
            asks: listen(around.subjects.asks()).await?,
            beats: listen(around.subjects.beat()).await?,
            log: around.log.read(),
            recounts: Recounts::new(around.threads),
            finished: None,
        })
    }

    /// Until all is counted; nothing if another desk is to be made.
    async fn live(
        mut self,
        around: &Surroundings,
        tell: &mut impl FnMut(News<'_>),
    ) -> Result<Option<Tally>, DeskError> {
        let (mut was_open, mut stood_by) = (false, false);
        loop {
            let Some(event) = self.next(around).await? else { return Ok(None) };
            let commands = self.desk.handle(self.clock.now(), event);
            if self.desk.is_open() && !std::mem::replace(&mut was_open, true) {
                tell(News::Opened);
            }
            if self.desk.stands_by() && !std::mem::replace(&mut stood_by, true) {
                tell(News::StandsBy);
            }
            for command in commands {
                match command {
                    Command::Refold => return Ok(None),
                    Command::Refuse(why) => return Err(DeskError::Refused(why)),
                    Command::Ban { seat } => tell(News::Banned(&seat)),
                    Command::Finished(tally) => {
                        self.finished = Some((tally, self.clock.now() + FAREWELL));
                        tell(News::Finished { tally, late_blocks: self.desk.late_blocks() });
                    }
                    Command::Recount { lease, seed, blocks } => {
                        let begun = self.recounts.add(lease, seed, blocks);
                        begun.map_err(|error| DeskError::Crew(error.to_string()))?;
                    }
                    command => self.carry_out(around, command).await,
                }
            }
            tell(News::Looked(&self.desk));
            if let Some((tally, until)) = self.finished
                && !around.stays
                && self.clock.now() >= until
            {
                return Ok(Some(tally));
            }
        }
    }

    async fn carry_out(&mut self, around: &Surroundings, command: Command) {
        match command {
            Command::Append { id, text } => around.log.append(id, text),
            Command::Tell { seat, tell } => {
                // Only a seat that was heard is told: its name is one.
                if let Ok(subject) = around.subjects.tell(&seat) {
                    publish(&around.client, subject, tell.encode()).await;
                }
            }
            Command::Beat(beat) => publish(&around.client, around.subjects.beat(), beat.encode()).await,
            Command::Show(show) => publish(&around.client, around.subjects.show(), show.encode()).await,
            Command::SetTimer(timer) => self.timer = timer,
            Command::Recount { .. }
            | Command::Refold
            | Command::Refuse(_)
            | Command::Ban { .. }
            | Command::Finished(_) => {}
        }
    }

    /// What happens next; nothing if the log has lost what was read of it.
    async fn next(&mut self, around: &Surroundings) -> Result<Option<Event>, DeskError> {
        let closed = || DeskError::Deaf("the connection was closed".to_owned());
        loop {
            let event = tokio::select! {
                // Entries first: a desk that has lost its term is to know it before it answers.
                biased;
                read = self.log.recv() => match read {
                    Some(Read::Entry { seq, time_ms, text }) => Some(Event::Entry { seq, time_ms, text }),
                    Some(Read::CaughtUp) => Some(Event::CaughtUp),
                    Some(Read::Lost) | None => return Ok(None),
                },
                () = self.clock.until(self.timer) => Some(Event::Timer),
                counted = self.recounts.next() => {
                    let (lease, tally) = counted.map_err(DeskError::Crew)?;
                    Some(Event::Recounted { lease, tally })
                }
                beat = self.beats.next() => {
                    let beat = Beat::parse(&beat.ok_or_else(closed)?.payload);
                    // What is no beat is no desk's.
                    beat.ok().map(Event::Heard)
                }
                ask = self.asks.next() => asked(around, &ask.ok_or_else(closed)?),
                () = self.clock.until(self.finished.map(|(_, until)| until)), if !around.stays => Some(Event::Timer),
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }
}

/// An ask, by the seat whose subject it came on.
fn asked(around: &Surroundings, message: &Message) -> Option<Event> {
    let seat = around.subjects.asking_seat(&message.subject)?.to_owned();
    Some(Event::Asked { seat, bytes: message.payload.to_vec() })
}

/// Says something. What is lost is said again: members ask again, and beats and shows follow each other.
async fn publish(client: &Client, subject: String, text: String) {
    drop(client.publish(subject, text.into()).await);
}

/// What is to be counted again, one lease at a time with all threads.
struct Recounts {
    threads: WorkerCount,
    tell: UnboundedSender<Counted>,
    counted: UnboundedReceiver<Counted>,
    /// Where all are trusted there never is one.
    counter: Option<Counter>,
    /// The first one is being counted.
    waiting: VecDeque<(u64, Seed, BlockRange)>,
}

impl Recounts {
    fn new(threads: WorkerCount) -> Self {
        let (tell, counted) = unbounded_channel();
        Self { threads, tell, counted, counter: None, waiting: VecDeque::new() }
    }

    /// # Errors
    /// When the system gives no threads.
    fn add(&mut self, lease: u64, seed: Seed, blocks: BlockRange) -> io::Result<()> {
        if self.counter.is_none() {
            self.counter = Some(Counter::start(self.threads, None, self.tell.clone())?);
        }
        self.waiting.push_back((lease, seed, blocks));
        if self.waiting.len() == 1 {
            self.begin_first();
        }
        Ok(())
    }

    fn begin_first(&self) {
        if let (Some(counter), Some(&(lease, seed, blocks))) = (&self.counter, self.waiting.front()) {
            counter.count(lease, seed, blocks);
        }
    }

    /// The next lease that is counted, and its tally; waits for ever where there is none.
    async fn next(&mut self) -> Result<(u64, Tally), String> {
        let Some(Counted { number, tally }) = self.counted.recv().await else {
            return std::future::pending().await;
        };
        self.waiting.pop_front();
        self.begin_first();
        Ok((number, tally?))
    }
}
