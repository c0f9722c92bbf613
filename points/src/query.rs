//! Messages in the form of a query: readable in a browser's developer tools, and parsed without the browser.

use std::borrow::Cow;

use thiserror::Error;

use crate::decimal::parse_u64;

/// The most bytes of text that a message carries (a panic's message, a reason); longer texts are cut.
pub const MAX_TEXT_BYTES: usize = 2_000;

/// Why a text is not the query that was expected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QueryError {
    /// The message is longer than any real one.
    #[error("the message has {bytes} bytes, over the limit of {most}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The longest message that is looked at.
        most: usize,
    },
    /// A field is missing.
    #[error("the message has no field {0}")]
    Missing(&'static str),
    /// A field is not a whole number from 0 to 2⁶⁴ − 1.
    #[error("the field {field} must be a whole number from 0 to {most}, not “{value}”", most = u64::MAX)]
    NotANumber {
        /// Its name.
        field: &'static str,
        /// Its text.
        value: String,
    },
}

/// The fields of one received message; the first of equal names counts.
#[derive(Debug)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Fields<'a> {
    /// Those of `message`.
    ///
    /// # Errors
    /// When it has more than `most_bytes`.
    pub fn parse(message: &'a str, most_bytes: usize) -> Result<Self, QueryError> {
        if message.len() > most_bytes {
            return Err(QueryError::TooLong { bytes: message.len(), most: most_bytes });
        }
        Ok(Self(form_urlencoded::parse(message.as_bytes()).collect()))
    }

    /// The text of the field `name`.
    ///
    /// # Errors
    /// When there is none.
    pub fn text(&self, name: &'static str) -> Result<&str, QueryError> {
        let field = self.0.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.as_ref()).ok_or(QueryError::Missing(name))
    }

    /// The number in the field `name`.
    ///
    /// # Errors
    /// When there is no such field, or something else is in it.
    pub fn number(&self, name: &'static str) -> Result<u64, QueryError> {
        let value = self.text(name)?;
        parse_u64(value).ok_or_else(|| QueryError::NotANumber { field: name, value: cut(value).to_owned() })
    }
}

/// The longest beginning of `text` that a message carries.
pub fn cut(text: &str) -> &str {
    // A slice that could panic would bring that panic's formatting code into the worker.
    text.get(..text.floor_char_boundary(MAX_TEXT_BYTES)).unwrap_or(text)
}

/// The query with the field `kind` and one text, which is not cut: it is only as long as the program itself makes it.
pub fn encode_whole(kind: &str, name: &str, text: &str) -> String {
    let mut message = ["kind=", kind, "&", name, "="].concat();
    message.extend(form_urlencoded::byte_serialize(text.as_bytes()));
    message
}

/// The query with the field `kind` and these.
pub fn encode(kind: &str, numbers: &[(&str, u64)], texts: &[(&str, &str)]) -> String {
    // Only a text has anything to escape; a serializer for all of it would add 1 KB to the worker.
    let mut message = String::from("kind=");
    message.push_str(kind);
    let mut append = |name: &str, value: &str| {
        for part in ["&", name, "=", value] {
            message.push_str(part);
        }
    };
    for (name, number) in numbers {
        append(name, &number.to_string());
    }
    for (name, text) in texts {
        append(name, &form_urlencoded::byte_serialize(cut(text).as_bytes()).collect::<String>());
    }
    message
}
