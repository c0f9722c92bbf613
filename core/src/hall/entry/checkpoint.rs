//! The whole state of a run as text, from which a reader can go on without the earlier entries.
//!
//! It is written as one line for each thing, cut into parts of at most one entry's length. The parts of one checkpoint are
//! groups of one term with consecutive serials.

use std::iter::Peekable;
use std::str::Lines;

use dartboard_points::query::{Fields, cut, encode};
use dartboard_points::tally::{BlockRange, Tally};

use super::super::message::MOST_BYTES;
use super::{EntryError, RunSpec, blocks, cut_into_entries, end, first, id, inside, seat, unknown};

/// What a part's line takes at most.
const RESERVED: &str = "\nkind=checkpoint&part=0000000000&parts=0000000000";

/// A part of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its number, from 1.
    pub part: u64,
    /// How many parts the checkpoint has.
    pub parts: u64,
    /// Its lines.
    pub items: Vec<Item>,
}

/// One thing of a run's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// The run.
    Run(RunSpec),
    /// How far it is.
    Progress {
        /// The first block that was never given away.
        frontier: u64,
        /// The least id that no lease has had.
        next_lease: u64,
        /// What is counted for good.
        confirmed: Tally,
    },
    /// Blocks below the frontier that are to do.
    Gap(BlockRange),
    /// A lease that is open.
    Open {
        /// Its id.
        lease: u64,
        /// Its seat.
        seat: String,
        /// Its blocks.
        blocks: BlockRange,
        /// See [`Op::Lease`](super::Op::Lease).
        allow_ms: u64,
        /// When the log stored it, in milliseconds by the log's clock.
        since_ms: u64,
    },
    /// A count that may be taken back.
    Counted {
        /// The lease.
        lease: u64,
        /// Its seat.
        seat: String,
        /// Its blocks.
        blocks: BlockRange,
        /// How many of their points are inside.
        inside: u64,
        /// How many leases the seat had counted before.
        before: u64,
    },
    /// A seat that was given a lease once, or is banned.
    Seat {
        /// Its name.
        seat: String,
        /// How many leases it has counted.
        counts: u64,
        /// How many points it has counted.
        points: u64,
        /// Why it is banned, if it is.
        banned: Option<String>,
    },
}

/// A checkpoint of these things as entries of a term, from a serial on.
pub fn entries(term: u64, first_serial: u64, items: &[Item]) -> Vec<String> {
    let texts = cut_into_entries(term, first_serial, RESERVED, items.iter().map(Item::encode));
    let parts = texts.len() as u64;
    (1..)
        .zip(texts)
        .map(|(part, text)| text.replacen(RESERVED, &format!("\n{}", line(part, parts)), 1))
        .collect()
}

fn line(part: u64, parts: u64) -> String {
    encode("checkpoint", &[("part", part), ("parts", parts)], &[])
}

impl Part {
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        std::iter::once(line(self.part, self.parts)).chain(self.items.iter().map(Item::encode))
    }

    pub(super) fn parse(lines: &mut Peekable<Lines>) -> Result<Self, EntryError> {
        let fields = Fields::parse(lines.next().unwrap_or_default(), MOST_BYTES)?;
        let (part, parts) = (fields.number("part")?, fields.number("parts")?);
        if !(1..=parts).contains(&part) {
            return Err(EntryError::Part { part, parts });
        }
        Ok(Self { part, parts, items: lines.map(Item::parse).collect::<Result<_, _>>()? })
    }
}

impl Item {
    fn encode(&self) -> String {
        match self {
            Self::Run(run) => {
                let mut numbers = Vec::new();
                run.write(&mut numbers);
                encode("run", &numbers, &[("trust", run.trust.name())])
            }
            Self::Progress { frontier, next_lease, confirmed } => encode(
                "progress",
                &[
                    ("frontier", *frontier),
                    ("next", *next_lease),
                    ("points", confirmed.points),
                    ("inside", confirmed.inside),
                ],
                &[],
            ),
            Self::Gap(blocks) => encode("gap", &[first(*blocks), end(*blocks)], &[]),
            Self::Open { lease, seat, blocks, allow_ms, since_ms } => {
                let times = [("allow_ms", *allow_ms), ("since_ms", *since_ms)];
                encode(
                    "open",
                    &[&[id(*lease), first(*blocks), end(*blocks)], &times[..]].concat(),
                    &[("seat", seat)],
                )
            }
            Self::Counted { lease, seat, blocks, inside, before } => {
                let counts = [("inside", *inside), ("before", *before)];
                let numbers = [&[id(*lease), first(*blocks), end(*blocks)], &counts[..]].concat();
                encode("counted", &numbers, &[("seat", seat)])
            }
            Self::Seat { seat, counts, points, banned } => {
                let why = banned.as_deref().map(|why| ("banned", why));
                let texts: Vec<_> = [("seat", seat.as_str())].into_iter().chain(why).collect();
                encode("seat", &[("counts", *counts), ("points", *points)], &texts)
            }
        }
    }

    fn parse(line: &str) -> Result<Self, EntryError> {
        let fields = Fields::parse(line, MOST_BYTES)?;
        Ok(match fields.text("kind")? {
            "run" => Self::Run(RunSpec::parse(&fields)?),
            "progress" => {
                let points = fields.number("points")?;
                Self::Progress {
                    frontier: fields.number("frontier")?,
                    next_lease: fields.number("next")?,
                    confirmed: Tally { points, inside: inside(&fields, points)? },
                }
            }
            "gap" => Self::Gap(blocks(&fields)?),
            "open" => Self::Open {
                lease: fields.number("id")?,
                seat: seat(&fields)?,
                blocks: blocks(&fields)?,
                allow_ms: fields.number("allow_ms")?,
                since_ms: fields.number("since_ms")?,
            },
            "counted" => {
                let blocks = blocks(&fields)?;
                Self::Counted {
                    lease: fields.number("id")?,
                    seat: seat(&fields)?,
                    blocks,
                    inside: inside(&fields, blocks.points())?,
                    before: fields.number("before")?,
                }
            }
            "seat" => Self::Seat {
                seat: seat(&fields)?,
                counts: fields.number("counts")?,
                points: fields.number("points")?,
                banned: fields.text("banned").ok().map(|why| cut(why).to_owned()),
            },
            other => return Err(unknown("kind", other)),
        })
    }
}
