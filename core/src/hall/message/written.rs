//! Messages as texts: queries, in which a list is one field of parts with commas between, and a part's values have dots
//! between (`leases=7.0.64,8.64.128`). Neither is escaped in a query.

use dartboard_points::decimal::parse_u64;
use dartboard_points::query::{Fields, QueryError, cut, encode};
use dartboard_points::tally::{BlockRange, BlockRangeError, Seed, Tally};
use thiserror::Error;

use super::{
    Ask, Beat, Flash, LeaseResult, Leased, MOST_ASK_BYTES, MOST_BYTES, MOST_CORES, MOST_LEASES, MOST_RESULTS,
    MOST_SETTLED, MOST_SHOWN, MemberState, PROTOCOL, Show, ShownMember, Standing, Tell, Trust,
};
use crate::hall::subjects::check_seat;
use crate::text::shortened;

/// Why bytes are not the message that was expected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MessageError {
    /// They are no text.
    #[error("the message is not text in UTF-8")]
    NotText,
    /// They are no query, or a field of it is not what it must be.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// It is another message.
    #[error("the message must be of the kind {wanted}, not “{}”", shortened(.found))]
    Kind {
        /// The kind that was expected.
        wanted: &'static str,
        /// Its kind.
        found: String,
    },
    /// A number is too large.
    #[error("the field {field} must be a whole number from 0 to {most}, not {value}")]
    TooLarge {
        /// Its name.
        field: &'static str,
        /// The number.
        value: u64,
        /// The largest that it can be.
        most: u64,
    },
    /// A list is too long.
    #[error("the field {field} has more than {most} parts")]
    TooMany {
        /// Its name.
        field: &'static str,
        /// The most parts that it can have.
        most: usize,
    },
    /// A part of a list is not what it must be.
    #[error("the field {field} cannot have the part “{}”", shortened(.part))]
    Part {
        /// Its name.
        field: &'static str,
        /// The part.
        part: String,
    },
    /// A field is none of the words that it can be.
    #[error("the field {field} cannot be “{}”", shortened(.word))]
    Word {
        /// Its name.
        field: &'static str,
        /// The word.
        word: String,
    },
    /// What a lease is over is not a range of blocks.
    #[error(transparent)]
    Blocks(#[from] BlockRangeError),
    /// More points lie inside than were thrown.
    #[error("{} points inside of {} thrown is impossible", .0.inside, .0.points)]
    ImpossibleTally(Tally),
}

impl Ask {
    /// The message as it is sent: at most [`MOST_ASK_BYTES`]. Results beyond [`MOST_RESULTS`] are left out.
    pub fn encode(&self) -> String {
        let Self { protocol, stream, seed, wants, cores, ref results } = *self;
        let mut numbers = vec![("protocol", protocol), ("stream", stream)];
        numbers.extend(seed.map(|seed| ("seed", seed.0)));
        numbers.push(("wants", wants.min(MOST_LEASES) as u64));
        numbers.push(("cores", u64::from(cores.min(MOST_CORES))));
        let mut message = encode("ask", &numbers, &[]);
        let part = |result: &LeaseResult| {
            dotted(&[result.lease, result.blocks.first(), result.blocks.end(), result.inside])
        };
        append_list(&mut message, "results", results.iter().take(MOST_RESULTS).map(part));
        message
    }

    /// Reads the ask of a member. More points inside than there are is the desk's to judge. Of an ask in another version of
    /// the protocol nothing else is read than that version and the stream: the rest may mean something else.
    ///
    /// # Errors
    /// When it is longer than [`MOST_ASK_BYTES`], or not one that [`Self::encode`] writes.
    pub fn parse(message: &[u8]) -> Result<Self, MessageError> {
        let fields = fields("ask", message, MOST_ASK_BYTES)?;
        let protocol = fields.number("protocol")?;
        if protocol != PROTOCOL {
            let stream = fields.number("stream").unwrap_or_default();
            return Ok(Self { protocol, stream, seed: None, wants: 0, cores: 0, results: Vec::new() });
        }
        Ok(Self {
            protocol,
            stream: fields.number("stream")?,
            seed: match fields.text("seed") {
                Ok(_) => Some(Seed(fields.number("seed")?)),
                Err(_) => None,
            },
            wants: at_most(&fields, "wants", MOST_LEASES)?,
            cores: at_most(&fields, "cores", MOST_CORES)?,
            results: list(&fields, "results", MOST_RESULTS, |part| {
                let [lease, first, end, inside] = numbers("results", part)?;
                Ok(LeaseResult { lease, blocks: BlockRange::new(first, end)?, inside })
            })?,
        })
    }
}

impl Tell {
    /// The message as it is sent: at most [`MOST_BYTES`]. Leases beyond [`MOST_LEASES`] and settled ones beyond
    /// [`MOST_SETTLED`] are left out, and a long reason is cut.
    pub fn encode(&self) -> String {
        let (standing, why) = self.standing.words();
        let numbers = [
            ("seed", self.seed.0),
            ("points", self.tally.points),
            ("inside", self.tally.inside),
            ("ask_again_ms", self.ask_again_ms),
        ];
        let mut message = encode("tell", &numbers, &[("standing", standing), ("why", why)]);
        let lease = |leased: &Leased| dotted(&[leased.lease, leased.blocks.first(), leased.blocks.end()]);
        append_list(&mut message, "leases", self.leases.iter().take(MOST_LEASES).map(lease));
        let settled = self.settled.iter().take(MOST_SETTLED);
        append_list(&mut message, "settled", settled.map(|lease| dotted(&[*lease])));
        message
    }

    /// Reads what a desk tells.
    ///
    /// # Errors
    /// When it is longer than [`MOST_BYTES`], or not one that [`Self::encode`] writes.
    pub fn parse(message: &[u8]) -> Result<Self, MessageError> {
        let fields = fields("tell", message, MOST_BYTES)?;
        Ok(Self {
            seed: Seed(fields.number("seed")?),
            leases: list(&fields, "leases", MOST_LEASES, |part| {
                let [lease, first, end] = numbers("leases", part)?;
                Ok(Leased { lease, blocks: BlockRange::new(first, end)? })
            })?,
            settled: list(&fields, "settled", MOST_SETTLED, |part| {
                let [lease] = numbers("settled", part)?;
                Ok(lease)
            })?,
            standing: Standing::named(fields.text("standing")?, fields.text("why")?)?,
            tally: tally(&fields)?,
            ask_again_ms: fields.number("ask_again_ms")?,
        })
    }
}

impl Standing {
    /// Its name, and why it is so.
    fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Welcome => ("welcome", ""),
            Self::Finished => ("finished", ""),
            Self::Banned(why) => ("banned", why),
            Self::Refused(why) => ("refused", why),
        }
    }

    fn named(name: &str, why: &str) -> Result<Self, MessageError> {
        let why = || cut(why).to_owned();
        match name {
            "welcome" => Ok(Self::Welcome),
            "finished" => Ok(Self::Finished),
            "banned" => Ok(Self::Banned(why())),
            "refused" => Ok(Self::Refused(why())),
            other => Err(MessageError::Word { field: "standing", word: cut(other).to_owned() }),
        }
    }
}

impl Beat {
    /// The message as it is sent.
    pub fn encode(&self) -> String {
        encode("beat", &[("desk", self.desk), ("term", self.term)], &[])
    }

    /// Reads the heartbeat of a desk.
    ///
    /// # Errors
    /// When it is longer than [`MOST_BYTES`], or not one that [`Self::encode`] writes.
    pub fn parse(message: &[u8]) -> Result<Self, MessageError> {
        let fields = fields("beat", message, MOST_BYTES)?;
        Ok(Self { desk: fields.number("desk")?, term: fields.number("term")? })
    }
}

impl Show {
    /// The message as it is sent: at most [`MOST_BYTES`]. Members beyond [`MOST_SHOWN`] are left out.
    pub fn encode(&self) -> String {
        let mut numbers = vec![
            ("seed", self.seed.0),
            ("points", self.tally.points),
            ("inside", self.tally.inside),
            ("confirmed", self.confirmed_points),
            ("rate", self.points_per_second),
            ("finished", u64::from(self.finished)),
        ];
        numbers.extend(self.target_blocks.map(|blocks| ("target_blocks", blocks)));
        let mut message = encode("show", &numbers, &[("trust", self.trust.name())]);
        append_list(&mut message, "members", self.members.iter().take(MOST_SHOWN).map(ShownMember::part));
        message
    }

    /// Reads what a desk shows.
    ///
    /// # Errors
    /// When it is longer than [`MOST_BYTES`], or not one that [`Self::encode`] writes.
    pub fn parse(message: &[u8]) -> Result<Self, MessageError> {
        let fields = fields("show", message, MOST_BYTES)?;
        let target_blocks = fields.text("target_blocks").is_ok().then(|| fields.number("target_blocks"));
        Ok(Self {
            seed: Seed(fields.number("seed")?),
            target_blocks: target_blocks.transpose()?,
            tally: tally(&fields)?,
            confirmed_points: fields.number("confirmed")?,
            trust: Trust::parse(fields.text("trust")?)?,
            points_per_second: fields.number("rate")?,
            finished: at_most::<u64>(&fields, "finished", 1)? == 1,
            members: list(&fields, "members", MOST_SHOWN, ShownMember::of_part)?,
        })
    }
}

impl Flash {
    /// The message as it is sent.
    pub fn encode(&self) -> String {
        encode("flash", &[], &[("seat", &self.seat)])
    }

    /// Reads which tile flashes.
    ///
    /// # Errors
    /// When it is longer than [`MOST_BYTES`], or not one that [`Self::encode`] writes.
    pub fn parse(message: &[u8]) -> Result<Self, MessageError> {
        let fields = fields("flash", message, MOST_BYTES)?;
        let seat = fields.text("seat")?;
        let word = || MessageError::Word { field: "seat", word: cut(seat).to_owned() };
        Ok(Self { seat: check_seat(seat).map_err(|_| word())?.to_owned() })
    }
}

impl ShownMember {
    fn part(&self) -> String {
        let numbers = dotted(&[u64::from(self.cores), self.points_per_second, self.points]);
        [&self.seat, ".", self.state.name(), ".", &numbers].concat()
    }

    fn of_part(part: &str) -> Result<Self, MessageError> {
        let wrong = || wrong_part("members", part);
        let (seat, rest) = part.split_once('.').ok_or_else(wrong)?;
        let (state, rest) = rest.split_once('.').ok_or_else(wrong)?;
        let [cores, points_per_second, points] = numbers("members", rest)?;
        Ok(Self {
            seat: check_seat(seat).map_err(|_| wrong())?.to_owned(),
            state: MemberState::named(state).ok_or_else(wrong)?,
            cores: u32::try_from(cores).map_err(|_| wrong())?,
            points_per_second,
            points,
        })
    }
}

impl MemberState {
    const ALL: [Self; 4] = [Self::Counting, Self::Waiting, Self::Away, Self::Banned];

    /// Its name, as messages and pages have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counting => "counting",
            Self::Waiting => "waiting",
            Self::Away => "away",
            Self::Banned => "banned",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Trust {
    const ALL: [Self; 3] = [Self::All, Self::Samples, Self::Everything];

    /// Its name, as messages, the log and the command line have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Samples => "samples",
            Self::Everything => "everything",
        }
    }

    /// The one of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn parse(name: &str) -> Result<Self, MessageError> {
        let word = || MessageError::Word { field: "trust", word: cut(name).to_owned() };
        Self::ALL.into_iter().find(|trust| trust.name() == name).ok_or_else(word)
    }
}

/// The fields of a message of this kind.
fn fields<'a>(kind: &'static str, message: &'a [u8], most_bytes: usize) -> Result<Fields<'a>, MessageError> {
    let text = std::str::from_utf8(message).map_err(|_| MessageError::NotText)?;
    let fields = Fields::parse(text, most_bytes)?;
    match fields.text("kind")? {
        found if found == kind => Ok(fields),
        found => Err(MessageError::Kind { wanted: kind, found: cut(found).to_owned() }),
    }
}

fn tally(fields: &Fields) -> Result<Tally, MessageError> {
    let tally = Tally { points: fields.number("points")?, inside: fields.number("inside")? };
    if tally.inside > tally.points { Err(MessageError::ImpossibleTally(tally)) } else { Ok(tally) }
}

/// The number in a field, if it is at most `most`.
fn at_most<N>(fields: &Fields, field: &'static str, most: N) -> Result<N, MessageError>
where
    N: Copy + TryFrom<u64> + TryInto<u64> + PartialOrd,
{
    let value = fields.number(field)?;
    N::try_from(value).ok().filter(|number| *number <= most).ok_or_else(|| MessageError::TooLarge {
        field,
        value,
        most: most.try_into().unwrap_or(u64::MAX),
    })
}

/// The parts of a list.
fn list<T>(
    fields: &Fields,
    field: &'static str,
    most: usize,
    read: impl Fn(&str) -> Result<T, MessageError>,
) -> Result<Vec<T>, MessageError> {
    let text = fields.text(field)?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    if text.bytes().filter(|byte| *byte == b',').count() >= most {
        return Err(MessageError::TooMany { field, most });
    }
    text.split(',').map(read).collect()
}

/// The numbers of one part of a list: as many as are asked for, with dots between.
fn numbers<const N: usize>(field: &'static str, part: &str) -> Result<[u64; N], MessageError> {
    let mut read = [0; N];
    let mut values = part.split('.');
    for number in &mut read {
        *number = values.next().and_then(parse_u64).ok_or_else(|| wrong_part(field, part))?;
    }
    if values.next().is_some() { Err(wrong_part(field, part)) } else { Ok(read) }
}

fn wrong_part(field: &'static str, part: &str) -> MessageError {
    MessageError::Part { field, part: cut(part).to_owned() }
}

/// Numbers with dots between.
fn dotted(numbers: &[u64]) -> String {
    let mut text = String::new();
    for number in numbers {
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(&number.to_string());
    }
    text
}

/// Appends a field with the parts of a list.
fn append_list(message: &mut String, name: &str, parts: impl Iterator<Item = String>) {
    for text in ["&", name, "="] {
        message.push_str(text);
    }
    for (index, part) in parts.enumerate() {
        if index > 0 {
            message.push(',');
        }
        message.push_str(&part);
    }
}
