//! What a driver holds of each row, derived from commands alone: its fetch, and what is stored.

use std::collections::BTreeMap;

use dartboard_downloads::machine::Command;

use crate::server::SimFile;

/// Bytes that follow each other on a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) version: usize,
    pub(crate) first: u64,
    pub(crate) bytes: u64,
}

/// A fetch in flight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SimFlight {
    pub(crate) attempt: u32,
    pub(crate) is_answered: bool,
    /// When it was sent or last heard.
    pub(crate) heard_ms: u64,
    pub(crate) from_bytes: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) struct SimRow {
    pub(crate) host: String,
    pub(crate) href: String,
    pub(crate) file: SimFile,
    pub(crate) flight: Option<SimFlight>,
    pub(crate) stored: Option<Vec<Segment>>,
    /// The name by which it is kept.
    pub(crate) kept: Option<String>,
    last_attempt: u32,
    /// Fetches since the user asked for it last.
    pub(crate) fetches: u32,
    /// It may not be fetched before.
    pub(crate) not_before_ms: u64,
    pub(crate) was_resumed: bool,
}

impl SimRow {
    pub(crate) fn new(host: String, href: String, file: SimFile) -> Self {
        Self {
            host,
            href,
            file,
            flight: None,
            stored: None,
            kept: None,
            last_attempt: 0,
            fetches: 0,
            not_before_ms: 0,
            was_resumed: false,
        }
    }

    pub(crate) fn stored_bytes(&self) -> u64 {
        self.stored.iter().flatten().map(|segment| segment.bytes).sum()
    }

    pub(crate) fn store(&mut self, segment: Segment) {
        let stored = self.stored.as_mut().expect("an answer before its bytes");
        match stored.last_mut() {
            Some(last) if last.version == segment.version && last.first + last.bytes == segment.first => {
                last.bytes += segment.bytes;
            }
            _ => stored.push(segment),
        }
    }

    /// Fails unless what is stored is one version of the file, each byte once.
    fn assert_whole(&self) {
        match self.stored.as_deref() {
            Some([]) => assert!((0..).map_while(|version| self.file.known(version)).any(|bytes| bytes == 0)),
            Some(&[Segment { version, first: 0, bytes }]) => {
                assert_eq!(bytes, self.file.length(version), "the bytes of version {version}");
            }
            other => panic!("kept {other:?} of {:?}", self.file),
        }
    }
}

/// All rows that are in the list.
#[derive(Debug)]
pub(crate) struct Driver {
    pub(crate) rows: BTreeMap<u32, SimRow>,
    pub(crate) limit: u32,
    pub(crate) host_pause_ms: u64,
    pub(crate) retries: u32,
    pub(crate) started_ms: BTreeMap<String, u64>,
    pub(crate) heard_ms: BTreeMap<String, u64>,
}

impl Driver {
    pub(crate) fn in_flight(&self) -> u32 {
        self.rows.values().map(|row| u32::from(row.flight.is_some())).sum()
    }

    /// Carries out a command, and fails if it makes no sense. A fetch is to be answered by the caller.
    pub(crate) fn obey(&mut self, now_ms: u64, command: &Command) {
        match command {
            Command::Fetch { row, attempt, href, from_bytes } => {
                self.fetch(now_ms, *row, *attempt, href, *from_bytes);
            }
            Command::Abort { row, attempt } => {
                let flight = self.row(*row).flight.take().expect("a fetch to abort");
                assert_eq!(flight.attempt, *attempt);
            }
            Command::StartOver { row } => {
                let row = self.row(*row);
                assert!(row.flight.is_some(), "bytes are to follow");
                assert!(row.stored.replace(Vec::new()).is_some(), "there is something to throw away");
                row.was_resumed = false;
            }
            Command::Keep { row, name } => self.keep(*row, name),
            Command::Discard { row } => {
                let row = self.row(*row);
                assert!(row.flight.is_none(), "nothing may follow");
                row.stored = None;
                row.was_resumed = false;
            }
        }
    }

    pub(crate) fn row(&mut self, id: u32) -> &mut SimRow {
        self.rows.get_mut(&id).expect("a row of the list")
    }

    fn fetch(&mut self, now_ms: u64, id: u32, attempt: u32, href: &str, from_bytes: Option<u64>) {
        let (most_fetches, pause_ms) = (2 * (self.retries + 1), self.host_pause_ms);
        let row = self.rows.get_mut(&id).expect("a row of the list");
        assert!(
            row.flight.is_none() && row.kept.is_none(),
            "one fetch at a time, and none of a row that is done"
        );
        assert!(attempt > row.last_attempt, "attempts are told apart");
        assert_eq!(row.href, href);
        match from_bytes {
            Some(from_bytes) => assert_eq!(from_bytes, row.stored_bytes(), "what is missing is fetched"),
            None => assert_eq!(row.stored, None, "the whole file is fetched where there is nothing"),
        }
        assert!(now_ms >= row.not_before_ms, "it was to wait until {}", row.not_before_ms);
        row.last_attempt = attempt;
        row.fetches += 1;
        assert!(
            row.fetches <= most_fetches,
            "each try is one fetch, and one more where the rest cannot be had"
        );
        row.flight = Some(SimFlight { attempt, is_answered: false, heard_ms: now_ms, from_bytes });
        let before = self.started_ms.insert(row.host.clone(), now_ms);
        assert!(
            before.is_none_or(|before| now_ms >= before + pause_ms),
            "{before:?} and {now_ms} at one host"
        );
        assert!(self.in_flight() <= self.limit, "more than {} in flight", self.limit);
    }

    fn keep(&mut self, id: u32, name: &str) {
        let is_taken = |row: &SimRow| row.kept.as_ref().is_some_and(|kept| kept.eq_ignore_ascii_case(name));
        assert!(!self.rows.values().any(is_taken), "two files called {name}");
        let row = self.row(id);
        assert!(row.flight.is_none() && !name.is_empty());
        row.assert_whole();
        row.kept = Some(name.to_owned());
    }
}
