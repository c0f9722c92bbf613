//! The messages between the page and the worker that downloads.

use dartboard_points::query::{Fields, encode};

use super::messages::{at_most, number, numbers_of, unknown, written};
use super::{MAX_OWN_BYTES, Report, TaskError};

/// The most downloads at a time.
pub const MAX_AT_A_TIME: u32 = 16;

/// What the page tells the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownloadTask {
    /// Download a list, which comes behind the order with what its addresses are relative to, the name of the folder for the
    /// files, and a port for each that is done: its row and what is in it.
    Begin(DownloadOrder),
    /// End one.
    Cancel {
        /// Which.
        row: u32,
    },
    /// End all.
    CancelAll,
    /// Download one again that has failed.
    Retry {
        /// Which.
        row: u32,
    },
    /// Download all again that have failed.
    RetryFailed,
    /// Forget those that are done, with their files.
    ClearDone,
}

/// How a list is downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownloadOrder {
    /// How many at a time.
    pub limit: u32,
    /// How long between two starts at one host, in milliseconds.
    pub host_pause_ms: u32,
    /// How often one that has failed for a while is tried again by itself.
    pub retries: u32,
    /// How long before the first of these, in milliseconds; twice as long before each further one.
    pub backoff_ms: u32,
    /// How long nothing may come, in milliseconds.
    pub stall_ms: u32,
}

impl DownloadTask {
    pub(super) fn order(self, origin_us: u64) -> String {
        let (what, numbers): (_, &[(_, u32)]) = match self {
            Self::Begin(DownloadOrder { limit, host_pause_ms, retries, backoff_ms, stall_ms }) => (
                "begin",
                &[
                    ("limit", limit),
                    ("host_pause_ms", host_pause_ms),
                    ("retries", retries),
                    ("backoff_ms", backoff_ms),
                    ("stall_ms", stall_ms),
                ],
            ),
            Self::Cancel { row } => ("cancel", &[("row", row)]),
            Self::CancelAll => ("cancel-all", &[]),
            Self::Retry { row } => ("retry", &[("row", row)]),
            Self::RetryFailed => ("retry-failed", &[]),
            Self::ClearDone => ("clear-done", &[]),
        };
        let mut fields = vec![("origin_us", origin_us)];
        fields.extend(numbers.iter().map(|&(name, number)| (name, u64::from(number))));
        encode("download", &fields, &[("what", what)])
    }

    pub(super) fn read(fields: &Fields) -> Result<Self, TaskError> {
        let row = || number(fields, "row");
        Ok(match fields.text("what")? {
            "begin" => Self::Begin(DownloadOrder {
                limit: at_most(fields, "limit", MAX_AT_A_TIME)?,
                host_pause_ms: number(fields, "host_pause_ms")?,
                retries: number(fields, "retries")?,
                backoff_ms: number(fields, "backoff_ms")?,
                stall_ms: number(fields, "stall_ms")?,
            }),
            "cancel" => Self::Cancel { row: row()? },
            "cancel-all" => Self::CancelAll,
            "retry" => Self::Retry { row: row()? },
            "retry-failed" => Self::RetryFailed,
            "clear-done" => Self::ClearDone,
            other => return Err(unknown("what", other)),
        })
    }
}

/// How a download stands, in the lecture's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownloadState {
    /// It has not begun, or nothing has come yet.
    Waiting,
    /// Bytes come.
    Downloading,
    /// All of it is there.
    Done,
    /// It has failed.
    Error,
    /// The user has ended it.
    Cancelled,
}

impl DownloadState {
    /// All of them, in the order of their numbers in messages.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Downloading, Self::Done, Self::Error, Self::Cancelled];

    /// Whether nothing more happens to it by itself.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Error | Self::Cancelled)
    }
}

/// What the worker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownloadReport {
    /// What is to be said of the list as a whole.
    Note {
        /// A sentence.
        text: String,
    },
    /// A row is there, or stands otherwise.
    Row(DownloadRow),
    /// These rows were forgotten.
    Cleared,
    /// All of them together. It comes as long as anything goes on, also where nothing changes.
    Totals(DownloadTotals),
}

/// A download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadRow {
    /// Its number, which it keeps.
    pub row: u32,
    /// How it stands.
    pub state: DownloadState,
    /// How many bytes have come.
    pub got_bytes: u64,
    /// Of how many; none where that is not known.
    pub of_bytes: Option<u64>,
    /// How many come a second.
    pub bytes_a_second: u64,
    /// How long the rest will take, in milliseconds, where that is known.
    pub left_ms: Option<u64>,
    /// How long it took, in milliseconds, once it is over.
    pub took_ms: Option<u64>,
    /// Its address, as it was typed.
    pub address: String,
    /// What its file is called; empty until that is known.
    pub name: String,
    /// Why it waits or has failed; empty where there is nothing to say.
    pub reason: String,
    /// What the user can do; empty where there is nothing.
    pub advice: String,
}

/// All downloads of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DownloadTotals {
    /// How many bytes have come.
    pub got_bytes: u64,
    /// Of how many, where that is known of each.
    pub of_bytes: Option<u64>,
    /// How many come a second.
    pub bytes_a_second: u64,
    /// How long the rest will take, in milliseconds, where that is known.
    pub left_ms: Option<u64>,
    /// How many are under way now.
    pub in_flight: u64,
    /// How many were under way at once, at most.
    pub most_in_flight: u64,
    /// How long all of it has taken so far, in milliseconds.
    pub took_ms: u64,
}

/// A number that may be missing, as two.
const fn pair(number: Option<u64>) -> [u64; 2] {
    match number {
        None => [0, 0],
        Some(number) => [1, number],
    }
}

const fn unpair(is_there: u64, number: u64) -> Option<u64> {
    if is_there == 0 { None } else { Some(number) }
}

impl DownloadReport {
    /// As it is posted.
    pub fn report(&self) -> Report {
        Report::Own(match self {
            Self::Note { text } => encode("note", &[], &[("text", text)]),
            Self::Row(row) => row.encode(),
            Self::Cleared => encode("cleared", &[], &[]),
            Self::Totals(totals) => totals.encode(),
        })
    }

    /// Reads what [`Self::report`] holds.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(said: &str) -> Result<Self, TaskError> {
        let fields = &Fields::parse(said, MAX_OWN_BYTES)?;
        match fields.text("kind")? {
            "note" => Ok(Self::Note { text: fields.text("text")?.to_owned() }),
            "row" => DownloadRow::read(fields).map(Self::Row),
            "cleared" => Ok(Self::Cleared),
            "totals" => DownloadTotals::read(fields).map(Self::Totals),
            other => Err(TaskError::UnknownKind(other.to_owned())),
        }
    }
}

impl DownloadRow {
    fn encode(&self) -> String {
        let [has_length, length] = pair(self.of_bytes);
        let [has_left, left_ms] = pair(self.left_ms);
        let [is_over, took_ms] = pair(self.took_ms);
        let numbers = [
            self.row.into(),
            self.state as u64,
            self.got_bytes,
            has_length,
            length,
            self.bytes_a_second,
            has_left,
            left_ms,
            is_over,
            took_ms,
        ];
        let texts = [
            ("numbers", &*written([numbers].into_iter())),
            ("address", &self.address),
            ("name", &self.name),
            ("reason", &self.reason),
            ("advice", &self.advice),
        ];
        encode("row", &[], &texts)
    }

    fn read(fields: &Fields) -> Result<Self, TaskError> {
        let text = fields.text("numbers")?;
        let texts = |name| fields.text(name).map(ToOwned::to_owned);
        let (address, name, reason, advice) =
            (texts("address")?, texts("name")?, texts("reason")?, texts("advice")?);
        let read = || {
            let numbers = numbers_of(text, 1, 10)?;
            let &[row, state, got_bytes, has_length, length, bytes_a_second, has_left, left, is_over, took] =
                numbers.as_array()?;
            Some(Self {
                row: u32::try_from(row).ok()?,
                state: *DownloadState::ALL.get(usize::try_from(state).ok()?)?,
                got_bytes,
                of_bytes: unpair(has_length, length),
                bytes_a_second,
                left_ms: unpair(has_left, left),
                took_ms: unpair(is_over, took),
                address,
                name,
                reason,
                advice,
            })
        };
        read().ok_or_else(|| unknown("numbers", text))
    }
}

impl DownloadTotals {
    fn encode(self) -> String {
        let [has_length, length] = pair(self.of_bytes);
        let [has_left, left_ms] = pair(self.left_ms);
        let numbers = [
            self.got_bytes,
            has_length,
            length,
            self.bytes_a_second,
            has_left,
            left_ms,
            self.in_flight,
            self.most_in_flight,
            self.took_ms,
        ];
        encode("totals", &[], &[("numbers", &written([numbers].into_iter()))])
    }

    fn read(fields: &Fields) -> Result<Self, TaskError> {
        let text = fields.text("numbers")?;
        let read = || {
            let numbers = numbers_of(text, 1, 9)?;
            let &[got_bytes, has_length, length, bytes_a_second, has_left, left, in_flight, most, took_ms] =
                numbers.as_array()?;
            Some(Self {
                got_bytes,
                of_bytes: unpair(has_length, length),
                bytes_a_second,
                left_ms: unpair(has_left, left),
                in_flight,
                most_in_flight: most,
                took_ms,
            })
        };
        read().ok_or_else(|| unknown("numbers", text))
    }
}
