//! What desk, members and screens say to each other.

use dartboard_points::tally::{BlockRange, Seed, Tally};

mod written;

pub use written::MessageError;

/// The version of these messages and of the log's entries.
pub const PROTOCOL: u64 = 1;
/// The most bytes of an ask.
pub const MOST_ASK_BYTES: usize = 4_096;
/// The most bytes of any other message, and of an entry.
pub const MOST_BYTES: usize = 64 * 1_024;
/// The most leases that a member holds.
pub const MOST_LEASES: usize = 2;
/// The most results that an ask carries.
pub const MOST_RESULTS: usize = 8;
/// The most leases that a tell settles.
pub const MOST_SETTLED: usize = 64;
/// The most cores that a member says it has.
pub const MOST_CORES: u32 = 4_096;
/// The most members in a show: so many fit [`MOST_BYTES`], however long each is to write.
pub const MOST_SHOWN: usize = 600;

/// What a member says to its desk: all that it has counted and has not been told to forget, and how much it wants to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// [`PROTOCOL`] of the member.
    pub protocol: u64,
    /// The stream that it counts.
    pub stream: u64,
    /// The seed of the run to whose points its results belong; none without results.
    pub seed: Option<Seed>,
    /// How many leases it wants to hold, those that it holds included; at most [`MOST_LEASES`].
    pub wants: usize,
    /// How many cores count.
    pub cores: u32,
    /// What it has counted, oldest first; at most [`MOST_RESULTS`].
    pub results: Vec<LeaseResult>,
}

/// What a member has counted of one lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseResult {
    /// The lease.
    pub lease: u64,
    /// Its blocks.
    pub blocks: BlockRange,
    /// How many of their points are inside.
    pub inside: u64,
}

/// Blocks that a member is to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leased {
    /// The lease.
    pub lease: u64,
    /// Its blocks.
    pub blocks: BlockRange,
}

/// What a desk tells a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tell {
    /// The run's seed.
    pub seed: Seed,
    /// All that the member holds now; at most [`MOST_LEASES`]. What is not among it is no longer the member's.
    pub leases: Vec<Leased>,
    /// Leases whose results the desk has dealt with: the member forgets them.
    pub settled: Vec<u64>,
    /// How the member stands.
    pub standing: Standing,
    /// What all members have counted.
    pub tally: Tally,
    /// When the member asks again at the latest, if it has nothing to count.
    pub ask_again_ms: u64,
}

/// How a member stands with its desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It counts, or there may be blocks for it later.
    Welcome,
    /// All is counted.
    Finished,
    /// It is banned, and why.
    Banned(String),
    /// It cannot take part, and why.
    Refused(String),
}

/// The heartbeat of a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// The desk's id.
    pub desk: u64,
    /// Its term: the sequence number of its opening entry.
    pub term: u64,
}

/// What a desk shows on a screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Show {
    /// The run's seed.
    pub seed: Seed,
    /// Where the run ends, in blocks; none where it goes on.
    pub target_blocks: Option<u64>,
    /// What is counted.
    pub tally: Tally,
    /// Points that a trusted computer has counted again with the same result.
    pub confirmed_points: u64,
    /// Whom the desk believes.
    pub trust: Trust,
    /// Points a second of all members.
    pub points_per_second: u64,
    /// Whether all is counted.
    pub finished: bool,
    /// The members, in the order in which they came.
    pub members: Vec<ShownMember>,
}

/// A device is to be found on the screen: its tile flashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// Its seat.
    pub seat: String,
}

/// A member as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownMember {
    /// Its seat.
    pub seat: String,
    /// What it does.
    pub state: MemberState,
    /// How many of its cores count.
    pub cores: u32,
    /// Points a second.
    pub points_per_second: u64,
    /// Points counted.
    pub points: u64,
}

/// What a member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// It holds a lease and was heard.
    Counting,
    /// It was heard and has nothing to count.
    Waiting,
    /// It was not heard for a while.
    Away,
    /// It is banned.
    Banned,
}

/// Whom a desk believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// All members: a count is final.
    All,
    /// A device's first leases and a share of all are counted again by a trusted computer.
    Samples,
    /// Everything is counted again by a trusted computer.
    Everything,
}

#[cfg(test)]
mod tests;
