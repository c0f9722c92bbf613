//! One address: its fetch, what is stored of it, and how it ends.

use crate::answer::Answer;
use crate::error::{Cause, DownloadError};
use crate::list::{Entry, Target};
use crate::name;

use super::Command;
use super::rate::Rate;
use super::shared::{Host, Shared};

/// Where a row stands.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// Nothing of it is in flight.
    Waiting(Waiting),
    InFlight(Flight),
    Done,
    Failed(DownloadError),
}

/// What a row without a fetch waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// A place among those in flight.
    Turn,
    /// The pause between two starts at its host.
    HostPause,
    /// The time to try again.
    Again { at_ms: u64, after: DownloadError },
}

/// A fetch in flight.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    /// It brings what is missing from here on.
    from_bytes: Option<u64>,
    /// There from the answer on.
    body: Option<Rate>,
    /// When something of it was last heard, or it was sent.
    heard_ms: u64,
}

impl Flight {
    pub(super) fn is_answered(&self) -> bool {
        self.body.is_some()
    }

    pub(super) fn silent_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.heard_ms)
    }

    pub(super) fn rate_bytes_s(&self, now_ms: u64) -> u64 {
        self.body.as_ref().map_or(0, |rate| rate.bytes_s(now_ms))
    }
}

/// The beginning of a file.
#[derive(Clone, Debug)]
struct Stored {
    bytes: u64,
    /// The whole file's size, while it can be believed.
    length: Option<u64>,
    /// Identifies the file, if the rest of it can be fetched alone.
    etag: Option<String>,
}

impl Stored {
    fn of(answer: &Answer) -> Self {
        let etag = answer.resumable().map(|(etag, _)| etag.to_owned());
        Self { bytes: 0, length: answer.body_bytes(), etag }
    }

    fn add(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.is_beyond() {
            (self.length, self.etag) = (None, None);
        }
    }

    /// Whether there is more of it than there should be.
    fn is_beyond(&self) -> bool {
        self.length.is_some_and(|length| self.bytes > length)
    }

    fn can_resume(&self) -> bool {
        let is_part = self.bytes > 0 && self.length.is_some_and(|length| self.bytes < length);
        is_part && self.etag.is_some()
    }

    /// Whether a body that has ended lacks bytes. Not every browser reports that (docs/browsers.md). A compressed body may be
    /// longer than its content, but only by a header and a mark for each block; and a page cannot always tell whether a body is
    /// compressed.
    fn is_short(&self) -> bool {
        let at_most = self.bytes.saturating_add(self.bytes / 1_000).saturating_add(64);
        self.length.is_some_and(|length| at_most < length)
    }

    fn is_resumed_by(&self, answer: &Answer) -> bool {
        let (Some(length), Some(etag)) = (self.length, &self.etag) else { return false };
        answer.resumes(self.bytes, length, etag)
    }
}

/// What is fetched, and where its host is kept.
#[derive(Clone, Debug)]
struct Source {
    target: Target,
    host: usize,
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: u32,
    pub(super) address: String,
    source: Option<Source>,
    stage: Stage,
    /// The number of its last fetch.
    attempt: u32,
    /// How often it was tried again without being asked.
    tries: u32,
    /// Set as long as the driver may have stored something of it.
    stored: Option<Stored>,
    pub(super) name: Option<String>,
    pub(super) started_over: bool,
    /// When it was first fetched, since the user asked for it last.
    since_ms: Option<u64>,
    pub(super) took_ms: Option<u64>,
    pub(super) is_changed: bool,
}

impl Row {
    pub(super) fn new(id: u32, entry: Entry, shared: &mut Shared) -> Self {
        let (source, stage) = match entry.target {
            Ok(target) => {
                let host = shared.host_index(&target.host);
                (Some(Source { target, host }), Stage::Waiting(Waiting::Turn))
            }
            Err(error) => (None, Stage::Failed(error)),
        };
        Self {
            id,
            address: entry.address,
            source,
            stage,
            attempt: 0,
            tries: 0,
            stored: None,
            name: None,
            started_over: false,
            since_ms: None,
            took_ms: None,
            is_changed: true,
        }
    }

    pub(super) fn stage(&self) -> &Stage {
        &self.stage
    }

    pub(super) fn flight(&self) -> Option<&Flight> {
        if let Stage::InFlight(flight) = &self.stage { Some(flight) } else { None }
    }

    pub(super) fn is_in_flight(&self, attempt: u32) -> bool {
        self.flight().is_some() && self.attempt == attempt
    }

    pub(super) fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Done | Stage::Failed(_))
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        matches!(self.stage, Stage::Failed(DownloadError::Cancelled))
    }

    pub(super) fn href(&self) -> Option<&str> {
        self.source.as_ref().map(|source| source.target.href.as_str())
    }

    pub(super) fn got_bytes(&self) -> u64 {
        self.stored.as_ref().map_or(0, |stored| stored.bytes)
    }

    pub(super) fn of_bytes(&self) -> Option<u64> {
        self.stored.as_ref()?.length
    }

    fn can_resume(&self) -> bool {
        self.stored.as_ref().is_some_and(Stored::can_resume)
    }

    fn host<'s>(&self, shared: &'s Shared) -> Option<&'s Host> {
        shared.host(self.source.as_ref()?.host)
    }

    /// When its host may be asked again.
    fn host_ready_ms(&self, shared: &Shared) -> u64 {
        let started_ms = self.host(shared).and_then(|host| host.started_ms);
        started_ms.map_or(0, |started_ms| started_ms.saturating_add(shared.plan.host_pause_ms))
    }

    pub(super) fn is_host_ready(&self, now_ms: u64, shared: &Shared) -> bool {
        self.host_ready_ms(shared) <= now_ms
    }

    /// Whether it only waits for its turn.
    pub(super) fn is_due(&self, now_ms: u64) -> bool {
        match self.stage {
            Stage::Waiting(Waiting::Again { at_ms, .. }) => at_ms <= now_ms,
            Stage::Waiting(_) => true,
            _ => false,
        }
    }

    /// When something must be done about it even if nothing happens.
    pub(super) fn wake_at_ms(&self, shared: &Shared) -> Option<u64> {
        match &self.stage {
            Stage::Waiting(Waiting::Again { at_ms, .. }) => Some(*at_ms),
            Stage::Waiting(Waiting::HostPause) => Some(self.host_ready_ms(shared)),
            Stage::InFlight(flight) => {
                // A browser opens few connections to a host. As long as these are busy, the others cannot be answered.
                let host_ms =
                    self.host(shared).filter(|_| !flight.is_answered()).map_or(0, |host| host.heard_ms);
                Some(flight.heard_ms.max(host_ms).saturating_add(shared.plan.stall_ms))
            }
            Stage::Waiting(Waiting::Turn) | Stage::Done | Stage::Failed(_) => None,
        }
    }

    fn become_stage(&mut self, stage: Stage) {
        self.stage = stage;
        self.is_changed = true;
    }

    pub(super) fn wait(&mut self, waiting: Waiting) {
        if !matches!(&self.stage, Stage::Waiting(before) if *before == waiting) {
            self.become_stage(Stage::Waiting(waiting));
        }
    }

    /// Sends the next fetch: only for what is missing, if the server can send that alone.
    pub(super) fn start(&mut self, now_ms: u64, shared: &mut Shared) {
        let Some(Source { target, host }) = &self.source else { return };
        self.attempt = self.attempt.saturating_add(1);
        self.since_ms.get_or_insert(now_ms);
        let from_bytes = self.can_resume().then(|| self.got_bytes());
        let href = target.href.clone();
        shared.started_at(*host, now_ms);
        shared.commands.push(Command::Fetch { row: self.id, attempt: self.attempt, href, from_bytes });
        self.become_stage(Stage::InFlight(Flight { from_bytes, body: None, heard_ms: now_ms }));
    }

    /// Notes that its host is alive, or has a connection free.
    fn hear_host(&self, now_ms: u64, shared: &mut Shared) {
        if let Some(source) = &self.source {
            shared.heard_of(source.host, now_ms);
        }
    }

    pub(super) fn answered(
        &mut self,
        now_ms: u64,
        answer: &Answer,
        room_bytes: Option<u64>,
        shared: &mut Shared,
    ) {
        let Some(flight) = self.flight().filter(|flight| !flight.is_answered()) else { return };
        let is_for_rest = flight.from_bytes.is_some();
        self.hear_host(now_ms, shared);
        match answer.status {
            206 if is_for_rest && self.stored.as_ref().is_some_and(|stored| stored.is_resumed_by(answer)) => {
                self.read_body(now_ms);
            }
            206 | 416 if is_for_rest => self.fetch_plainly(now_ms, shared),
            200..=205 | 207..=299 => self.begin_file(now_ms, answer, room_bytes, shared),
            status => {
                self.abort(shared);
                let least_ms = answer.retry_after_ms().unwrap_or(0);
                self.fail(now_ms, DownloadError::HttpStatus(status), least_ms, shared);
            }
        }
    }

    fn read_body(&mut self, now_ms: u64) {
        if let Stage::InFlight(flight) = &mut self.stage {
            flight.body = Some(Rate::new(now_ms));
            flight.heard_ms = now_ms;
            self.is_changed = true;
        }
    }

    /// The answer brings the file from its beginning, whatever was asked for.
    fn begin_file(&mut self, now_ms: u64, answer: &Answer, room_bytes: Option<u64>, shared: &mut Shared) {
        let before_bytes = self.got_bytes();
        if let Stage::InFlight(flight) = &mut self.stage
            && flight.from_bytes.take().is_some()
        {
            shared.commands.push(Command::StartOver { row: self.id });
            self.started_over = true;
        }
        let stored = Stored::of(answer);
        let room_bytes = room_bytes.map(|room_bytes| room_bytes.saturating_add(before_bytes));
        let is_too_large = room_bytes.is_some_and(|room| stored.length.is_some_and(|length| length > room));
        self.stored = Some(stored);
        self.read_body(now_ms);
        self.name_file(answer, shared);
        if is_too_large {
            self.stop_too_large(now_ms, shared);
        }
    }

    fn name_file(&mut self, answer: &Answer, shared: &mut Shared) {
        self.release_name(shared);
        let path = self.source.as_ref().map_or("", |source| &source.target.path);
        let name = name::of(answer.content_disposition.as_deref(), path);
        self.name = Some(shared.names.give(&name));
    }

    fn release_name(&mut self, shared: &mut Shared) {
        if let Some(name) = self.name.take() {
            shared.names.release(&name);
        }
    }

    /// The server does not give the rest of this file: fetches the whole file, in the same place.
    fn fetch_plainly(&mut self, now_ms: u64, shared: &mut Shared) {
        self.abort(shared);
        self.discard(shared);
        self.started_over = true;
        if self.is_host_ready(now_ms, shared) {
            self.start(now_ms, shared);
        } else {
            self.wait(Waiting::HostPause);
        }
    }

    pub(super) fn bytes(&mut self, now_ms: u64, bytes: u64, room_bytes: Option<u64>, shared: &mut Shared) {
        let Stage::InFlight(Flight { from_bytes, body: Some(rate), heard_ms }) = &mut self.stage else {
            return;
        };
        let Some(stored) = self.stored.as_mut().filter(|_| bytes > 0) else { return };
        rate.add(now_ms, bytes);
        *heard_ms = now_ms;
        stored.add(bytes);
        // The rest was promised to have no more than what was missing.
        let is_broken_promise = from_bytes.is_some() && stored.length.is_none();
        self.is_changed = true;
        self.hear_host(now_ms, shared);
        if is_broken_promise {
            self.fetch_plainly(now_ms, shared);
        } else if room_bytes.is_some_and(|room_bytes| bytes > room_bytes) {
            self.stop_too_large(now_ms, shared);
        }
    }

    fn stop_too_large(&mut self, now_ms: u64, shared: &mut Shared) {
        let limit_bytes = shared.plan.memory_limit.unwrap_or(0);
        self.stop(now_ms, DownloadError::TooLarge { limit_bytes }, shared);
    }

    pub(super) fn ended(&mut self, now_ms: u64, shared: &mut Shared) {
        let Some(flight) = self.flight().filter(|flight| flight.is_answered()) else { return };
        // That of the rest was promised.
        let is_short = flight.from_bytes.is_some() && self.can_resume();
        if is_short || self.stored.as_ref().is_some_and(Stored::is_short) {
            return self.broken(now_ms, Cause::CutOff, shared);
        }
        self.hear_host(now_ms, shared);
        if let Some(stored) = &mut self.stored {
            stored.length = Some(stored.bytes);
        }
        let name = self.name.clone().unwrap_or_default();
        shared.commands.push(Command::Keep { row: self.id, name });
        self.end(now_ms, Stage::Done);
    }

    pub(super) fn broken(&mut self, now_ms: u64, cause: Cause, shared: &mut Shared) {
        let is_answered = self.flight().is_some_and(Flight::is_answered);
        let error = match cause {
            Cause::NoRoom => DownloadError::NoRoom,
            Cause::NotSaved => DownloadError::NotSaved,
            Cause::CutOff | Cause::Unreadable if is_answered => {
                DownloadError::CutOff { at_bytes: self.got_bytes(), of_bytes: self.of_bytes() }
            }
            Cause::CutOff | Cause::Unreadable => DownloadError::Unreadable,
        };
        self.hear_host(now_ms, shared);
        self.fail(now_ms, error, 0, shared);
    }

    /// Nothing was heard for too long.
    pub(super) fn stalled(&mut self, now_ms: u64, shared: &mut Shared) {
        if self.flight().is_some_and(Flight::is_answered) {
            self.hear_host(now_ms, shared);
        }
        self.abort(shared);
        let for_s = shared.plan.stall_ms.div_ceil(1_000);
        self.fail(now_ms, DownloadError::Stalled { for_s }, 0, shared);
    }

    /// Ends it, whether it waits or is in flight.
    pub(super) fn stop(&mut self, now_ms: u64, error: DownloadError, shared: &mut Shared) {
        // A row without a fetch has no connection to give back.
        if self.flight().is_some() {
            self.hear_host(now_ms, shared);
        }
        self.abort(shared);
        self.fail(now_ms, error, 0, shared);
    }

    fn abort(&self, shared: &mut Shared) {
        if self.flight().is_some() {
            shared.commands.push(Command::Abort { row: self.id, attempt: self.attempt });
        }
    }

    /// It has no fetch now: it waits at least so long to try again, or has failed.
    fn fail(&mut self, now_ms: u64, error: DownloadError, least_ms: u64, shared: &mut Shared) {
        let before_bytes = self.got_bytes();
        if error.spoils() || !self.can_resume() {
            self.discard(shared);
        }
        if error.is_temporary() && self.tries < shared.plan.retries {
            self.started_over |= self.got_bytes() < before_bytes;
            let at_ms = now_ms.saturating_add(shared.backoff_ms(self.tries).max(least_ms));
            self.tries += 1;
            self.become_stage(Stage::Waiting(Waiting::Again { at_ms, after: error }));
        } else {
            self.end(now_ms, Stage::Failed(error));
        }
    }

    fn discard(&mut self, shared: &mut Shared) {
        if self.stored.take().is_some() {
            shared.commands.push(Command::Discard { row: self.id });
        }
    }

    fn end(&mut self, now_ms: u64, stage: Stage) {
        self.took_ms = self.since_ms.map(|since_ms| now_ms.saturating_sub(since_ms));
        self.become_stage(stage);
    }

    /// Starts over, but keeps what is stored; returns whether there was anything to retry.
    pub(super) fn retry(&mut self) -> bool {
        let can = self.source.is_some() && matches!(self.stage, Stage::Failed(_));
        if can {
            (self.tries, self.started_over) = (0, false);
            (self.since_ms, self.took_ms) = (None, None);
            self.become_stage(Stage::Waiting(Waiting::Turn));
        }
        can
    }

    /// It leaves the list.
    pub(super) fn clear(&mut self, shared: &mut Shared) {
        self.discard(shared);
        self.release_name(shared);
    }
}
