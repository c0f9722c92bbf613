//! What a browser says to a NATS server and hears from it, without the connection itself: bytes in, bytes out.
//!
//! The core protocol is lines of text that end in CR LF; a message's payload follows its line. [`Decoder`] takes the bytes in
//! pieces of any size. [`link`] keeps a connection alive with it.
//!
//! On purpose it does not read a message's reply subject, because nothing is ever sent to a subject that somebody else
//! names, nor its headers, because no message here has any.

use dartboard_points::decimal::parse_u64;
use thiserror::Error;

use crate::text::shortened;

pub mod link;

/// The longest line that is read or written, in bytes, without its end.
pub const MOST_LINE_BYTES: usize = 32 * 1_024;
/// The longest payload that is read or written, in bytes, headers included.
pub const MOST_PAYLOAD_BYTES: usize = 64 * 1_024;
/// The most bytes of a subject.
const MOST_SUBJECT_BYTES: usize = 256;

const LINE_END: &[u8] = b"\r\n";

/// Why bytes are not what a server says, or cannot be said to one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NatsError {
    /// A line does not end.
    #[error("a line from the server is longer than {MOST_LINE_BYTES} bytes")]
    LongLine,
    /// A payload is too long.
    #[error("a message has {bytes} bytes, over the limit of {MOST_PAYLOAD_BYTES}")]
    LongPayload {
        /// Its length.
        bytes: u64,
    },
    /// A line is none that a server says.
    #[error("the server said “{}”, which is not understood", shortened(.line))]
    UnknownLine {
        /// Its beginning.
        line: String,
    },
    /// A payload is not followed by the end of a line.
    #[error("a message from the server does not end where it must")]
    NoEnd,
    /// A text is no subject.
    #[error("“{}” is not a valid subject", shortened(.subject))]
    Subject {
        /// The text.
        subject: String,
    },
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromServer {
    /// What it is, as JSON.
    Info(String),
    /// A message to a subject that was subscribed.
    Message(Message),
    /// It wants to hear a pong.
    Ping,
    /// The answer to a ping.
    Pong,
    /// It has done what it was told; only said if asked for.
    Done,
    /// Something is wrong, in the server's words.
    Error(String),
}

/// A message that a server passes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it was sent.
    pub subject: String,
    /// The number of the subscription.
    pub subscription: u64,
    /// What it says.
    pub payload: Vec<u8>,
}

/// Who connects.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What is said to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToServer<'a> {
    /// Who connects.
    Connect(&'a Credentials),
    /// Messages to a subject are wanted.
    Subscribe {
        /// The subject.
        subject: &'a str,
        /// The number that its messages will name.
        subscription: u64,
    },
    /// A message.
    Publish {
        /// Where it goes.
        subject: &'a str,
        /// What it says.
        payload: &'a [u8],
    },
    /// Asks for a pong.
    Ping,
    /// The answer to a ping.
    Pong,
}

impl ToServer<'_> {
    /// The bytes to send.
    ///
    /// # Errors
    /// When a subject is none, or a payload is longer than [`MOST_PAYLOAD_BYTES`].
    pub fn encode(&self) -> Result<Vec<u8>, NatsError> {
        Ok(match self {
            Self::Connect(credentials) => connect(credentials).into_bytes(),
            Self::Subscribe { subject, subscription } => {
                ["SUB ", checked(subject)?, " ", &subscription.to_string(), "\r\n"].concat().into_bytes()
            }
            Self::Publish { subject, payload } => publish(checked(subject)?, payload)?,
            Self::Ping => b"PING\r\n".to_vec(),
            Self::Pong => b"PONG\r\n".to_vec(),
        })
    }
}

/// The line that says who connects.
fn connect(credentials: &Credentials) -> String {
    let mut line = String::from("CONNECT {\"verbose\":false,\"pedantic\":false,\"no_responders\":false,");
    line.push_str("\"headers\":false,\"lang\":\"dartboard\"");
    for (name, value) in
        [("version", env!("CARGO_PKG_VERSION")), ("user", &credentials.user), ("pass", &credentials.password)]
    {
        for text in [",\"", name, "\":\""] {
            line.push_str(text);
        }
        push_escaped(&mut line, value);
        line.push('"');
    }
    line.push_str("}\r\n");
    line
}

/// Appends what stands for `text` between the quotes of a JSON string.
fn push_escaped(line: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' | '\\' => line.extend(['\\', character]),
            '\0'..='\x1F' => {
                line.push_str(if character < '\x10' { "\\u000" } else { "\\u001" });
                line.extend(char::from_digit(u32::from(character) % 16, 16));
            }
            other => line.push(other),
        }
    }
}

fn publish(subject: &str, payload: &[u8]) -> Result<Vec<u8>, NatsError> {
    if payload.len() > MOST_PAYLOAD_BYTES {
        return Err(NatsError::LongPayload { bytes: payload.len() as u64 });
    }
    let line = ["PUB ", subject, " ", &payload.len().to_string(), "\r\n"].concat();
    Ok([line.as_bytes(), payload, LINE_END].concat())
}

/// A subject that cannot be taken for more than one word of a line.
fn checked(subject: &str) -> Result<&str, NatsError> {
    let is_word = subject.bytes().all(|byte| byte.is_ascii_graphic());
    if is_word && (1..=MOST_SUBJECT_BYTES).contains(&subject.len()) {
        Ok(subject)
    } else {
        Err(NatsError::Subject { subject: beginning(subject.as_bytes()) })
    }
}

/// The beginning of a foreign text.
fn beginning(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..200).unwrap_or(bytes)).into_owned()
}

/// Takes what a server says apart, in pieces of any size. What cannot be understood is an error for good: what follows it
/// could be anything.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// What has come and is not read yet.
    bytes: Vec<u8>,
    /// How many of them are known not to end the line.
    scanned: usize,
    /// The message whose payload comes next.
    head: Option<Head>,
    error: Option<NatsError>,
}

/// The line of a message.
#[derive(Clone, Debug)]
struct Head {
    subject: String,
    subscription: u64,
    header_bytes: usize,
    /// Of headers and payload.
    bytes: usize,
}

impl Decoder {
    /// Takes the next piece, and returns what the server has said with it, in order.
    ///
    /// # Errors
    /// When the rest is nothing that a server says; what came before it is returned first, by the call in which it came.
    /// Every later call has the same error.
    pub fn decode(&mut self, piece: &[u8], said: &mut Vec<FromServer>) -> Result<(), NatsError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        self.bytes.extend_from_slice(piece);
        let mut read = 0;
        let result = self.read_all(&mut read, said);
        self.bytes.drain(..read);
        if let Err(error) = &result {
            self.error = Some(error.clone());
            self.bytes = Vec::new();
        }
        result
    }

    /// Reads as many lines and payloads as there are.
    fn read_all(&mut self, read: &mut usize, said: &mut Vec<FromServer>) -> Result<(), NatsError> {
        loop {
            let rest = self.bytes.get(*read..).unwrap_or_default();
            if let Some(head) = self.head.take_if(|head| rest.len() >= head.bytes + LINE_END.len()) {
                *read += head.bytes + LINE_END.len();
                said.push(FromServer::Message(message(head, rest)?));
                continue;
            }
            if self.head.is_some() {
                return Ok(());
            }
            let Some(line) = line(rest, &mut self.scanned)? else { return Ok(()) };
            *read += line.len() + LINE_END.len();
            match parse(line)? {
                Line::Said(what) => said.push(what),
                Line::Head(head) => self.head = Some(head),
            }
        }
    }
}

/// The first line of `bytes`, without its end; none if it has not ended yet.
fn line<'a>(bytes: &'a [u8], scanned: &mut usize) -> Result<Option<&'a [u8]>, NatsError> {
    let unknown = bytes.get(*scanned..).unwrap_or_default();
    let end = unknown.windows(LINE_END.len()).position(|pair| pair == LINE_END).map(|at| *scanned + at);
    // A CR may be the last that has come so far.
    let length = end.unwrap_or(bytes.len().saturating_sub(1));
    if length > MOST_LINE_BYTES {
        return Err(NatsError::LongLine);
    }
    *scanned = if end.is_some() { 0 } else { length };
    Ok(end.and_then(|end| bytes.get(..end)))
}

/// The message with this head, whose headers and payload `bytes` begins with.
fn message(head: Head, bytes: &[u8]) -> Result<Message, NatsError> {
    let payload = bytes.get(head.header_bytes..head.bytes).ok_or(NatsError::NoEnd)?;
    if bytes.get(head.bytes..).is_none_or(|rest| !rest.starts_with(LINE_END)) {
        return Err(NatsError::NoEnd);
    }
    Ok(Message { subject: head.subject, subscription: head.subscription, payload: payload.to_vec() })
}

/// What kind of line it is.
enum Line {
    Said(FromServer),
    Head(Head),
}

fn parse(line: &[u8]) -> Result<Line, NatsError> {
    let unknown = || NatsError::UnknownLine { line: beginning(line) };
    let text = std::str::from_utf8(line).map_err(|_| unknown())?;
    let (verb, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    let rest = rest.trim_matches([' ', '\t']);
    let said = match verb {
        "MSG" => return head(rest, Sizes::OfAll)?.ok_or_else(unknown).map(Line::Head),
        "HMSG" => return head(rest, Sizes::OfHeadersAndAll)?.ok_or_else(unknown).map(Line::Head),
        "INFO" => FromServer::Info(rest.to_owned()),
        "-ERR" => FromServer::Error(rest.trim_matches('\'').to_owned()),
        "PING" if rest.is_empty() => FromServer::Ping,
        "PONG" if rest.is_empty() => FromServer::Pong,
        "+OK" if rest.is_empty() => FromServer::Done,
        _ => return Err(unknown()),
    };
    Ok(Line::Said(said))
}

/// Which sizes end the line of a message.
#[derive(Clone, Copy)]
enum Sizes {
    OfAll,
    OfHeadersAndAll,
}

/// What the words of a message's line say: subject, subscription, perhaps a reply subject, sizes. None if they are others.
fn head(words: &str, sizes: Sizes) -> Result<Option<Head>, NatsError> {
    let mut words: Vec<&str> = words.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    let bytes = words.pop().and_then(parse_u64);
    let header_bytes = match sizes {
        Sizes::OfAll => Some(0),
        Sizes::OfHeadersAndAll => words.pop().and_then(parse_u64),
    };
    let (Some(bytes), Some(header_bytes), [subject, subscription] | [subject, subscription, _]) =
        (bytes, header_bytes, words.as_slice())
    else {
        return Ok(None);
    };
    let (Some(subscription), true) = (parse_u64(subscription), header_bytes <= bytes) else {
        return Ok(None);
    };
    let subject = (*subject).to_owned();
    Ok(Some(Head {
        subject,
        subscription,
        header_bytes: within_limit(header_bytes)?,
        bytes: within_limit(bytes)?,
    }))
}

fn within_limit(bytes: u64) -> Result<usize, NatsError> {
    let within = usize::try_from(bytes).ok().filter(|bytes| *bytes <= MOST_PAYLOAD_BYTES);
    within.ok_or(NatsError::LongPayload { bytes })
}

#[cfg(test)]
mod tests;
