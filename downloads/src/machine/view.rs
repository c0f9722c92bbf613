//! What the page shows.

use crate::error::DownloadError;

use super::row::{Flight, Row, Stage, Waiting};
use super::{Downloads, Round};

/// Where a row stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing comes yet.
    Waiting(Wait),
    /// It was answered.
    Downloading {
        /// For so long nothing has come.
        silent_ms: u64,
    },
    /// The file is whole.
    Done,
    /// There is no file.
    Failed(DownloadError),
}

impl State {
    /// The lecture's word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting(_) => "waiting",
            Self::Downloading { .. } => "downloading",
            Self::Done => "done",
            Self::Failed(_) => "error",
        }
    }
}

/// What a row waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// One of those in flight to end.
    Turn,
    /// The answer, and before that a connection: the fetch is in flight.
    Connection,
    /// The pause between two starts at its host.
    HostPause,
    /// The time to try again.
    Again {
        /// That time, or later if all places are taken.
        at_ms: u64,
        /// What went wrong.
        after: DownloadError,
    },
}

/// What is shown of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowView<'a> {
    /// Which stays the same as long as the row is there.
    pub id: u32,
    /// The line as typed, cut.
    pub address: &'a str,
    /// The whole address, if it is one.
    pub href: Option<&'a str>,
    /// The file's name, from its first answer on.
    pub name: Option<&'a str>,
    /// Where it stands.
    pub state: State,
    /// What is stored.
    pub got_bytes: u64,
    /// The whole file's size, if it is known; never less than `got_bytes`.
    pub of_bytes: Option<u64>,
    /// What came in the last seconds, in bytes per second.
    pub rate_bytes_s: u64,
    /// When it is done at this rate.
    pub left_ms: Option<u64>,
    /// How long it took from its first fetch to its end.
    pub took_ms: Option<u64>,
    /// Whether bytes were discarded: the file was fetched from its beginning again.
    pub started_over: bool,
}

/// What is shown of all rows together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows that are done.
    pub done: u32,
    /// Rows that failed, without those cancelled.
    pub failed: u32,
    /// Rows that were cancelled.
    pub cancelled: u32,
    /// Rows that were answered.
    pub downloading: u32,
    /// Rows that wait, for a place or for an answer.
    pub waiting: u32,
    /// Fetches in flight, answered or not.
    pub in_flight: u32,
    /// The most of them that there were at the same time.
    pub most_in_flight: u32,
    /// What is stored.
    pub got_bytes: u64,
    /// What will be stored at the end, if that is known of each row; never less than `got_bytes`.
    pub of_bytes: Option<u64>,
    /// What came in the last seconds, in bytes per second.
    pub rate_bytes_s: u64,
    /// When all is done at this rate; a size that is not known is taken for the mean of those that are.
    pub left_ms: Option<u64>,
    /// Once every row has ended: how long that took, from [`super::Event::Begin`] or from the retry that began it again.
    pub took_ms: Option<u64>,
}

impl Downloads {
    /// What is shown of the rows at this time, in the list's order.
    pub fn rows(&self, now_ms: u64) -> impl Iterator<Item = RowView<'_>> {
        self.rows.iter().map(move |row| row.view(now_ms))
    }

    /// What is shown of this row at this time.
    pub fn row(&self, now_ms: u64, id: u32) -> Option<RowView<'_>> {
        self.rows.iter().find(|row| row.id == id).map(|row| row.view(now_ms))
    }

    /// What is shown of all rows together at this time.
    pub fn totals(&self, now_ms: u64) -> Totals {
        let mut totals =
            Totals { of_bytes: Some(0), most_in_flight: self.most_in_flight, ..Totals::default() };
        for row in &self.rows {
            row.add_to(&mut totals, now_ms);
        }
        totals.left_ms = self.left_bytes().and_then(|bytes| time_ms(bytes, totals.rate_bytes_s));
        if let Round::Over { took_ms } = self.round {
            totals.took_ms = Some(took_ms);
        }
        totals
    }

    /// What is still to come, as far as can be told.
    fn left_bytes(&self) -> Option<u64> {
        let lengths = || self.rows.iter().filter(|row| !row.has_failed()).filter_map(Row::of_bytes);
        let sum = lengths().fold(0_u64, u64::saturating_add);
        let mean = sum.checked_div(lengths().count() as u64);
        let left = |row: &Row| Some(row.of_bytes().or(mean)?.saturating_sub(row.got_bytes()));
        let mut going = self.rows.iter().filter(|row| !row.has_ended());
        going.try_fold(0_u64, |sum, row| Some(sum.saturating_add(left(row)?)))
    }
}

/// How long so many bytes take, if any are left and any come.
fn time_ms(bytes: u64, rate_bytes_s: u64) -> Option<u64> {
    bytes.saturating_mul(1_000).checked_div(rate_bytes_s).filter(|_| bytes > 0)
}

impl Row {
    fn has_failed(&self) -> bool {
        matches!(self.stage(), Stage::Failed(_))
    }

    fn rate_bytes_s(&self, now_ms: u64) -> u64 {
        self.flight().map_or(0, |flight| flight.rate_bytes_s(now_ms))
    }

    fn view(&self, now_ms: u64) -> RowView<'_> {
        let rate_bytes_s = self.rate_bytes_s(now_ms);
        let left_bytes = self.of_bytes().map(|of_bytes| of_bytes.saturating_sub(self.got_bytes()));
        RowView {
            id: self.id,
            address: &self.address,
            href: self.href(),
            name: self.name.as_deref(),
            state: state(self.stage(), now_ms),
            got_bytes: self.got_bytes(),
            of_bytes: self.of_bytes(),
            rate_bytes_s,
            left_ms: left_bytes.and_then(|bytes| time_ms(bytes, rate_bytes_s)),
            took_ms: self.took_ms,
            started_over: self.started_over,
        }
    }

    fn add_to(&self, totals: &mut Totals, now_ms: u64) {
        let count = match self.stage() {
            Stage::Done => &mut totals.done,
            Stage::Failed(DownloadError::Cancelled) => &mut totals.cancelled,
            Stage::Failed(_) => &mut totals.failed,
            Stage::InFlight(flight) if flight.is_answered() => &mut totals.downloading,
            Stage::InFlight(_) | Stage::Waiting(_) => &mut totals.waiting,
        };
        *count += 1;
        totals.in_flight += u32::from(self.flight().is_some());
        totals.got_bytes = totals.got_bytes.saturating_add(self.got_bytes());
        // No more comes of a row that failed.
        let of_bytes = if self.has_failed() { Some(self.got_bytes()) } else { self.of_bytes() };
        totals.of_bytes = totals.of_bytes.and_then(|sum| Some(sum.saturating_add(of_bytes?)));
        totals.rate_bytes_s = totals.rate_bytes_s.saturating_add(self.rate_bytes_s(now_ms));
    }
}

fn state(stage: &Stage, now_ms: u64) -> State {
    match stage {
        Stage::Waiting(Waiting::Turn) => State::Waiting(Wait::Turn),
        Stage::Waiting(Waiting::HostPause) => State::Waiting(Wait::HostPause),
        Stage::Waiting(Waiting::Again { at_ms, after }) => {
            State::Waiting(Wait::Again { at_ms: *at_ms, after: after.clone() })
        }
        Stage::InFlight(flight) if !flight.is_answered() => State::Waiting(Wait::Connection),
        Stage::InFlight(flight) => State::Downloading { silent_ms: Flight::silent_ms(flight, now_ms) },
        Stage::Done => State::Done,
        Stage::Failed(error) => State::Failed(error.clone()),
    }
}
