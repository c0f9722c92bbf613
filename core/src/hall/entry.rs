//! The entries of a run's log, which only desks write.
//!
//! An entry is a text of at most [`MOST_BYTES`], each line in the form of a query. It is either the *opening* of a desk or a
//! *group* of decisions of one desk. A desk's *term* is the number under which the log stores its opening, so no two desks have
//! the same. A group names its term, and its serial within it, so that groups of a replaced desk and repeated groups are recognised.

use dartboard_points::query::{Fields, QueryError, cut, encode};
use dartboard_points::stream::STREAM_VERSION;
use dartboard_points::tally::{BlockRange, BlockRangeError, Seed};
use thiserror::Error;

use super::message::{MOST_BYTES, PROTOCOL, Trust};
use super::subjects::{NameError, check_seat};
use crate::run::config::Target;
use crate::text::shortened;

pub mod checkpoint;

use checkpoint::Part;

/// What a run is. All desks of a log agree on it, or refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunSpec {
    /// Names the run's random points.
    pub seed: Seed,
    /// Where the run ends; none: it goes on until it is stopped.
    pub target: Option<Target>,
    /// Whom the desk believes.
    pub trust: Trust,
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A desk begins its term.
    Opening(Opening),
    /// A desk has decided something.
    Group(Group),
}

/// How a desk begins its term. The first opening of a log says which run it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The desk's id, used by no other desk and for no other term.
    pub desk: u64,
    /// The run.
    pub run: RunSpec,
    /// What the desk wants to have said for later readers, at most 2,000 bytes; may be empty.
    pub note: String,
}

/// What a desk has decided at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The number under which the log stores the desk's opening.
    pub term: u64,
    /// Rises from one group of a term to the next; from 1.
    pub serial: u64,
    /// What was decided.
    pub content: Content,
}

/// What a group holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Changes, in this order.
    Ops(Vec<Op>),
    /// A part of the whole state.
    Checkpoint(Part),
}

/// One change of a run's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Blocks are given to a seat.
    Lease {
        /// The lease's id, used by no other lease of the run.
        lease: u64,
        /// The seat.
        seat: String,
        /// The blocks.
        blocks: BlockRange,
        /// After how many milliseconds a seat that is not heard of loses them.
        allow_ms: u64,
    },
    /// A seat has counted what it was given.
    Count {
        /// The lease.
        lease: u64,
        /// Its seat.
        seat: String,
        /// Its blocks.
        blocks: BlockRange,
        /// How many of their points lie inside the circle.
        inside: u64,
    },
    /// A lease is over, and its blocks are to do again.
    Lost {
        /// The lease.
        lease: u64,
    },
    /// A trusted computer has counted the blocks of a count again, with the same result.
    Confirm {
        /// The lease that was counted.
        lease: u64,
        /// Its blocks.
        blocks: BlockRange,
        /// How many of their points lie inside the circle.
        inside: u64,
    },
    /// A seat takes no further part, and what it alone has counted is to do again.
    Ban {
        /// The seat.
        seat: String,
        /// Why, in words.
        why: String,
    },
}

/// Why a text is no entry of this version.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EntryError {
    /// A line is no query, or a field of it is not what it must be.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A field names nothing that is known.
    #[error("there is no {field} “{}”", shortened(.value))]
    Unknown {
        /// The field.
        field: &'static str,
        /// Its text.
        value: String,
    },
    /// It is written by a program of another version, or of a run with other points.
    #[error(
        "it is of protocol {protocol} and stream {stream}, and this program's are {PROTOCOL} and {STREAM_VERSION}"
    )]
    Foreign {
        /// The protocol that it names.
        protocol: u64,
        /// The stream that it names.
        stream: u64,
    },
    /// The target is not a number of blocks that can be counted.
    #[error("the target must be from 1 to {most} blocks, not {0}", most = BlockRange::MAX_BLOCKS)]
    Target(u64),
    /// Two numbers do not make a range of blocks.
    #[error(transparent)]
    Blocks(#[from] BlockRangeError),
    /// A text is no name of a seat.
    #[error(transparent)]
    Seat(#[from] NameError),
    /// More points lie inside than there are.
    #[error("{inside} points inside of {points} thrown is impossible")]
    Impossible {
        /// Points inside.
        inside: u64,
        /// Points thrown.
        points: u64,
    },
    /// The parts of a checkpoint are not numbered from 1 to their number.
    #[error("part {part} of {parts} of a checkpoint is impossible")]
    Part {
        /// The part's number.
        part: u64,
        /// The number of parts.
        parts: u64,
    },
}

impl Entry {
    /// The entry as the log stores it.
    pub fn encode(&self) -> String {
        match self {
            Self::Opening(opening) => opening.encode(),
            Self::Group(group) => group.encode(),
        }
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// When it is longer than [`MOST_BYTES`], or not what [`Self::encode`] of this protocol and stream writes.
    pub fn parse(text: &str) -> Result<Self, EntryError> {
        if text.len() > MOST_BYTES {
            return Err(QueryError::TooLong { bytes: text.len(), most: MOST_BYTES }.into());
        }
        let (head, rest) = text.split_once('\n').unwrap_or((text, ""));
        let fields = Fields::parse(head, MOST_BYTES)?;
        match fields.text("kind")? {
            "open" => Opening::parse(&fields).map(Self::Opening),
            "entry" => Group::parse(&fields, rest).map(Self::Group),
            other => Err(unknown("kind", other)),
        }
    }
}

impl Opening {
    fn encode(&self) -> String {
        let mut numbers =
            vec![("protocol", PROTOCOL), ("stream", u64::from(STREAM_VERSION)), ("desk", self.desk)];
        self.run.write(&mut numbers);
        let note = (!self.note.is_empty()).then_some(("note", self.note.as_str()));
        let texts: Vec<_> = [("trust", self.run.trust.name())].into_iter().chain(note).collect();
        encode("open", &numbers, &texts)
    }

    fn parse(fields: &Fields) -> Result<Self, EntryError> {
        let (protocol, stream) = (fields.number("protocol")?, fields.number("stream")?);
        if (protocol, stream) != (PROTOCOL, u64::from(STREAM_VERSION)) {
            return Err(EntryError::Foreign { protocol, stream });
        }
        let note = fields.text("note").map(|note| cut(note).to_owned()).unwrap_or_default();
        Ok(Self { desk: fields.number("desk")?, run: RunSpec::parse(fields)?, note })
    }
}

impl RunSpec {
    fn write(&self, numbers: &mut Vec<(&'static str, u64)>) {
        numbers.push(("seed", self.seed.0));
        numbers.extend(self.target.map(|target| ("target", target.blocks())));
    }

    fn parse(fields: &Fields) -> Result<Self, EntryError> {
        let target = match fields.number("target") {
            Ok(blocks) => Some(Target::from_blocks(blocks).ok_or(EntryError::Target(blocks))?),
            Err(QueryError::Missing(_)) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Self { seed: Seed(fields.number("seed")?), target, trust: trust(fields)? })
    }
}

impl Group {
    fn encode(&self) -> String {
        let mut text = head(self.term, self.serial);
        match &self.content {
            Content::Ops(ops) => push_lines(&mut text, ops.iter().map(Op::encode)),
            Content::Checkpoint(part) => push_lines(&mut text, part.lines()),
        }
        text
    }

    fn parse(fields: &Fields, rest: &str) -> Result<Self, EntryError> {
        let mut lines = rest.lines().peekable();
        let content = match lines.peek() {
            Some(line) if line.starts_with("kind=checkpoint&") => {
                Content::Checkpoint(Part::parse(&mut lines)?)
            }
            _ => Content::Ops(lines.map(Op::parse).collect::<Result<_, _>>()?),
        };
        Ok(Self { term: fields.number("term")?, serial: fields.number("serial")?, content })
    }
}

/// These changes as the log's entries, of a term and from a serial on: as few as hold them.
pub fn groups(term: u64, first_serial: u64, ops: &[Op]) -> Vec<String> {
    cut_into_entries(term, first_serial, "", ops.iter().map(Op::encode))
}

/// Lines as entries of at most [`MOST_BYTES`], each with room for `reserved` behind its head.
fn cut_into_entries(
    term: u64,
    first_serial: u64,
    reserved: &str,
    lines: impl Iterator<Item = String>,
) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in lines {
        match entries.last_mut() {
            Some(last) if last.len() + line.len() < MOST_BYTES => push_lines(last, [line]),
            _ => {
                let mut text = head(term, first_serial.saturating_add(entries.len() as u64));
                text.push_str(reserved);
                push_lines(&mut text, [line]);
                entries.push(text);
            }
        }
    }
    entries
}

fn head(term: u64, serial: u64) -> String {
    encode("entry", &[("term", term), ("serial", serial)], &[])
}

fn push_lines(text: &mut String, lines: impl IntoIterator<Item = String>) {
    for line in lines {
        text.push('\n');
        text.push_str(&line);
    }
}

impl Op {
    fn encode(&self) -> String {
        match self {
            Self::Lease { lease, seat, blocks, allow_ms } => {
                let numbers = [id(*lease), first(*blocks), end(*blocks), ("allow_ms", *allow_ms)];
                encode("lease", &numbers, &[("seat", seat)])
            }
            Self::Count { lease, seat, blocks, inside } => {
                let numbers = [id(*lease), first(*blocks), end(*blocks), ("inside", *inside)];
                encode("count", &numbers, &[("seat", seat)])
            }
            Self::Lost { lease } => encode("lost", &[id(*lease)], &[]),
            Self::Confirm { lease, blocks, inside } => {
                let numbers = [id(*lease), first(*blocks), end(*blocks), ("inside", *inside)];
                encode("confirm", &numbers, &[])
            }
            Self::Ban { seat, why } => encode("ban", &[], &[("seat", seat), ("why", why)]),
        }
    }

    fn parse(line: &str) -> Result<Self, EntryError> {
        let fields = Fields::parse(line, MOST_BYTES)?;
        let lease = fields.number("id");
        Ok(match fields.text("kind")? {
            "lease" => Self::Lease {
                lease: lease?,
                seat: seat(&fields)?,
                blocks: blocks(&fields)?,
                allow_ms: fields.number("allow_ms")?,
            },
            "count" => {
                let blocks = blocks(&fields)?;
                Self::Count {
                    lease: lease?,
                    seat: seat(&fields)?,
                    blocks,
                    inside: inside(&fields, blocks.points())?,
                }
            }
            "lost" => Self::Lost { lease: lease? },
            "confirm" => {
                let blocks = blocks(&fields)?;
                Self::Confirm { lease: lease?, blocks, inside: inside(&fields, blocks.points())? }
            }
            "ban" => Self::Ban { seat: seat(&fields)?, why: cut(fields.text("why")?).to_owned() },
            other => return Err(unknown("kind", other)),
        })
    }
}

fn id(lease: u64) -> (&'static str, u64) {
    ("id", lease)
}

fn first(blocks: BlockRange) -> (&'static str, u64) {
    ("first", blocks.first())
}

fn end(blocks: BlockRange) -> (&'static str, u64) {
    ("end", blocks.end())
}

fn seat(fields: &Fields) -> Result<String, EntryError> {
    Ok(check_seat(fields.text("seat")?)?.to_owned())
}

fn blocks(fields: &Fields) -> Result<BlockRange, EntryError> {
    Ok(BlockRange::new(fields.number("first")?, fields.number("end")?)?)
}

fn inside(fields: &Fields, points: u64) -> Result<u64, EntryError> {
    let inside = fields.number("inside")?;
    if inside > points { Err(EntryError::Impossible { inside, points }) } else { Ok(inside) }
}

fn unknown(field: &'static str, value: &str) -> EntryError {
    EntryError::Unknown { field, value: cut(value).to_owned() }
}

fn trust(fields: &Fields) -> Result<Trust, EntryError> {
    let name = fields.text("trust")?;
    Trust::parse(name).map_err(|_| unknown("trust", name))
}

#[cfg(test)]
mod tests;
