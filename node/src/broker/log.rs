//! A run's log at the broker: one stream of `JetStream`, written and read in order.
//!
//! Appending is only an attempt: if the desk does not read an entry back, it appends it again under the same id. Reading follows
//! the log for ever, across every loss of the connection.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::consumer::{Consumer, DeliverPolicy};
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RawMessageErrorKind, StorageType, Stream};
use async_nats::jetstream::{self, Context, ErrorCode};
use dartboard_core::hall::message::MOST_BYTES;
use dartboard_core::hall::subjects::Subjects;
use futures_util::StreamExt;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

/// For how long the broker remembers an entry's id, so that it stores the entry only once.
const KNOWS_IDS_FOR: Duration = Duration::from_secs(120);
/// How long an answer of the broker is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long after a failure the log is read on.
const AGAIN_AFTER: Duration = Duration::from_millis(200);
/// After so long without an entry, it is looked whether the log has more.
const LOOK_AFTER: Duration = Duration::from_secs(3);
/// How long servers may take, after their start, to agree which of them keeps the log.
const AGREED_AFTER: Duration = Duration::from_secs(30);
/// How long a server may take to offer logs at all; one that is not configured for them never does.
const STARTED_AFTER: Duration = Duration::from_secs(5);
/// How many entries are read ahead of who takes them.
const AHEAD: usize = 1_024;

/// Why the log cannot be had.
#[derive(Debug, Error)]
pub(crate) enum LogError {
    /// The broker has no `JetStream`, or does not let this user have it.
    #[error(
        "the broker keeps no log for this run: {0}. Start nats-server with JetStream (-js), and check the user's rights"
    )]
    Refused(String),
    /// There is no log of this name.
    #[error("the broker has no run “{0}”: start its desk first, or check the name")]
    Missing(String),
}

/// What is read of a log.
#[derive(Debug)]
pub(crate) enum Read {
    /// An entry.
    Entry {
        /// Its sequence number.
        seq: u64,
        /// When the broker stored it, in milliseconds since 1970.
        time_ms: u64,
        /// Its text.
        text: String,
    },
    /// All that was in the log when it was first looked at has been read.
    CaughtUp,
    /// It is no longer the same log: the broker has lost entries that it had stored.
    Lost,
}

/// The log of a run.
#[derive(Clone)]
pub(crate) struct Log {
    context: Context,
    name: String,
    subject: String,
    /// On how many servers it is kept.
    replicas: usize,
}

impl Log {
    /// The log of the run `subjects`, which is made if there is none, on so many servers of a cluster.
    ///
    /// # Errors
    /// When the broker refuses.
    pub(crate) async fn create(
        client: async_nats::Client,
        subjects: &Subjects,
        replicas: usize,
    ) -> Result<Self, LogError> {
        let mut log = Self::of(client, subjects);
        log.replicas = replicas;
        log.ensure().await?;
        Ok(log)
    }

    /// Makes the log if there is none: the broker may have lost it.
    ///
    /// # Errors
    /// When the broker refuses.
    pub(crate) async fn ensure(&self) -> Result<(), LogError> {
        let config = Config {
            name: self.name.clone(),
            subjects: vec![self.subject.clone()],
            discard: DiscardPolicy::New,
            storage: StorageType::File,
            num_replicas: self.replicas,
            duplicate_window: KNOWS_IDS_FOR,
            max_message_size: i32::try_from(MOST_BYTES).unwrap_or(i32::MAX),
            ..Config::default()
        };
        let tried_since = Instant::now();
        loop {
            match self.context.get_or_create_stream(config.clone()).await {
                Ok(_) => return Ok(()),
                // Servers that have just started do not agree yet who keeps it.
                Err(error) if tried_since.elapsed() < passes_within(&error.kind()) => {
                    sleep(AGAIN_AFTER).await;
                }
                Err(error) => return Err(LogError::Refused(error.to_string())),
            }
        }
    }

    /// The log of the run `subjects`, which must be there.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) async fn existing(client: async_nats::Client, subjects: &Subjects) -> Result<Self, LogError> {
        let log = Self::of(client, subjects);
        let tried_since = Instant::now();
        loop {
            match log.context.get_stream(&log.name).await {
                Ok(_) => return Ok(log),
                Err(error) if is_missing(&error) => return Err(LogError::Missing(subjects.run().to_owned())),
                Err(_) if tried_since.elapsed() < AGREED_AFTER => sleep(AGAIN_AFTER).await,
                Err(error) => return Err(LogError::Refused(error.to_string())),
            }
        }
    }

    fn of(client: async_nats::Client, subjects: &Subjects) -> Self {
        let mut context = jetstream::new(client);
        context.set_timeout(PATIENCE);
        Self { context, name: subjects.stream(), subject: subjects.log(), replicas: 1 }
    }

    /// Sends an entry to the log. Whether it got there is seen by reading.
    pub(crate) fn append(&self, id: String, text: String) {
        let log = self.clone();
        tokio::spawn(async move {
            let entry = PublishMessage::build().message_id(id).payload(text.into());
            if let Ok(stored) = log.context.send_publish(log.subject, entry).await {
                // An error means that it may not be stored: then it does not come back, and is appended again.
                drop(stored.await);
            }
        });
    }

    /// Reads the log from its first entry on, until nobody listens any more.
    pub(crate) fn read(&self) -> mpsc::Receiver<Read> {
        let (tell, told) = mpsc::channel(AHEAD);
        let reader = Reader { log: self.clone(), tell, newest: None, caught_up: false };
        tokio::spawn(reader.run());
        told
    }
}

/// How long it may take until it is otherwise.
fn passes_within(error: &CreateStreamErrorKind) -> Duration {
    let is_passing = match error {
        CreateStreamErrorKind::JetStream(why) => [
            ErrorCode::CLUSTER_NOT_AVAILABLE,
            ErrorCode::CLUSTER_NOT_LEADER,
            ErrorCode::CLUSTER_NO_PEERS,
            ErrorCode::CLUSTER_INCOMPLETE,
            ErrorCode::CLUSTER_NOT_ACTIVE,
            ErrorCode::INSUFFICIENT_RESOURCES,
        ]
        .contains(&why.error_code()),
        CreateStreamErrorKind::TimedOut | CreateStreamErrorKind::Response => true,
        CreateStreamErrorKind::JetStreamUnavailable => return STARTED_AFTER,
        _ => false,
    };
    if is_passing { AGREED_AFTER } else { Duration::ZERO }
}

fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(why) if why.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

/// Why reading stops.
enum Stopped {
    /// Nobody listens.
    Unheard,
    /// Something failed: try again.
    Failed,
}

struct Reader {
    log: Log,
    tell: mpsc::Sender<Read>,
    /// The number of the entry read last, and what was in it.
    newest: Option<(u64, Vec<u8>)>,
    caught_up: bool,
}

impl Reader {
    async fn run(mut self) {
        while !matches!(self.read_on().await, Err(Stopped::Unheard)) {
            sleep(AGAIN_AFTER).await;
        }
    }

    async fn say(&self, read: Read) -> Result<(), Stopped> {
        self.tell.send(read).await.map_err(|_| Stopped::Unheard)
    }

    /// The number of the next entry.
    fn next(&self) -> u64 {
        self.newest.as_ref().map_or(1, |(seq, _)| seq + 1)
    }

    /// Whether the log still has what was read of it last, under the same number.
    async fn has_kept_the_newest(&self, stream: &Stream) -> Result<bool, Stopped> {
        let Some((seq, read)) = &self.newest else { return Ok(true) };
        match stream.get_raw_message(*seq).await {
            Ok(message) => Ok(message.payload == read[..]),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(false),
            Err(_) => Err(Stopped::Failed),
        }
    }

    /// Reads until something fails or nothing has come for a while.
    async fn read_on(&mut self) -> Result<(), Stopped> {
        let stream = match self.log.context.get_stream(&self.log.name).await {
            Ok(stream) => stream,
            Err(error) if is_missing(&error) => {
                self.say(Read::Lost).await?;
                return Err(Stopped::Unheard);
            }
            Err(_) => return Err(Stopped::Failed),
        };
        let last = stream.cached_info().state.last_sequence;
        if !self.has_kept_the_newest(&stream).await? {
            self.say(Read::Lost).await?;
            return Err(Stopped::Unheard);
        }
        self.catch_up(last).await?;
        let config = OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.next() },
            ..OrderedConfig::default()
        };
        let consumer: Consumer<OrderedConfig> =
            stream.create_consumer(config).await.map_err(|_| Stopped::Failed)?;
        let mut messages = consumer.messages().await.map_err(|_| Stopped::Failed)?;
        loop {
            let Ok(Some(Ok(message))) = timeout(LOOK_AFTER, messages.next()).await else {
                return Err(Stopped::Failed);
            };
            let Ok(info) = message.info() else { return Err(Stopped::Failed) };
            let (seq, time_ms) = (info.stream_sequence, milliseconds(info.published));
            if seq < self.next() {
                continue;
            }
            let text = String::from_utf8_lossy(&message.payload).into_owned();
            self.newest = Some((seq, message.payload.to_vec()));
            self.say(Read::Entry { seq, time_ms, text }).await?;
            self.catch_up(last).await?;
        }
    }

    async fn catch_up(&mut self, last: u64) -> Result<(), Stopped> {
        if !self.caught_up && self.next() > last {
            self.caught_up = true;
            self.say(Read::CaughtUp).await?;
        }
        Ok(())
    }
}

fn milliseconds(time: time::OffsetDateTime) -> u64 {
    u64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(0)
}
