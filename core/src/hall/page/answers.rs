//! What the hall's server answers, and the seat that a tab keeps.

use dartboard_points::query::{Fields, QueryError};
use form_urlencoded::Serializer;

use super::{Answer, words};
use crate::hall::names::device_name;
use crate::hall::nats::Credentials;
use crate::hall::seats::MOST_SEATS;
use crate::hall::subjects::{Subjects, check_seat};

/// The most bytes of an answer.
const MOST_BYTES: usize = 4_096;

/// The seat of this device, as its tab keeps it over a reload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeptSeat {
    pub(super) subjects: Subjects,
    pub(super) credentials: Credentials,
    /// Its number, from 0.
    pub(super) number: usize,
    /// The code that it was got by.
    pub(super) code: String,
    /// Points that this device has counted.
    pub(super) points: u64,
    /// Whether the user has left.
    pub(super) has_left: bool,
}

impl KeptSeat {
    /// The seat that the server gave for `code`; otherwise a sentence that says why not.
    pub(super) fn given(answer: Result<Answer, String>, code: &str) -> Result<Self, String> {
        let text = accepted(answer)?;
        let read = Self::read(&text, code).map_err(|why| unreadable(&why))?;
        // The server cannot say what only the tab knows.
        Ok(Self { points: 0, has_left: false, ..read })
    }

    fn read(text: &str, code: &str) -> Result<Self, String> {
        let fields = Fields::parse(text, MOST_BYTES).map_err(|error| error.to_string())?;
        let missing = |error: QueryError| error.to_string();
        let seat = check_seat(fields.text("seat").map_err(missing)?).map_err(|error| error.to_string())?;
        let run = fields.text("run").map_err(missing)?;
        let number = fields.number("number").map_err(missing)?;
        Ok(Self {
            subjects: Subjects::new(run).map_err(|error| error.to_string())?,
            credentials: Credentials {
                user: seat.to_owned(),
                password: fields.text("password").map_err(missing)?.to_owned(),
            },
            number: usize::try_from(number).unwrap_or(usize::MAX).min(MOST_SEATS),
            code: code.to_owned(),
            points: fields.number("points").unwrap_or_default(),
            has_left: fields.text("left").is_ok(),
        })
    }

    /// The seat that a tab has kept, if it is one of this run.
    pub(super) fn kept(text: &str, run: &str) -> Option<Self> {
        let fields = Fields::parse(text, MOST_BYTES).ok()?;
        let seat = Self::read(text, fields.text("code").ok()?).ok()?;
        (seat.subjects.run() == run).then_some(seat)
    }

    /// What the tab keeps.
    pub(super) fn to_keep(&self) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("run", self.subjects.run());
        form.append_pair("seat", &self.credentials.user);
        form.append_pair("password", &self.credentials.password);
        form.append_pair("number", &self.number.to_string());
        form.append_pair("code", &self.code);
        form.append_pair("points", &self.points.to_string());
        if self.has_left {
            form.append_pair("left", "1");
        }
        form.finish()
    }

    /// The device's name.
    pub(super) fn name(&self) -> String {
        device_name(self.number)
    }
}

/// The form that asks for a seat: the one that it had, if any.
pub(super) fn join_form(code: &str, before: Option<&KeptSeat>) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("code", code);
    append_seat(&mut form, before);
    form.finish()
}

/// The form that asks for a flash.
pub(super) fn flash_form(seat: &KeptSeat) -> String {
    let mut form = Serializer::new(String::new());
    append_seat(&mut form, Some(seat));
    form.finish()
}

fn append_seat(form: &mut Serializer<'_, String>, seat: Option<&KeptSeat>) {
    if let Some(KeptSeat { credentials, .. }) = seat {
        form.append_pair("seat", &credentials.user);
        form.append_pair("password", &credentials.password);
    }
}

/// What the screen needs to know of its hall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub(super) subjects: Subjects,
    pub(super) credentials: Credentials,
    /// Where phones find the hall: an address that ends with a slash.
    pub address: String,
    /// The code to join by.
    pub code: String,
}

impl About {
    /// What the server says of the hall; otherwise a sentence that says why not.
    pub(super) fn given(answer: Result<Answer, String>) -> Result<Self, String> {
        let text = accepted(answer)?;
        Self::read(&text).map_err(|why| unreadable(&why))
    }

    fn read(text: &str) -> Result<Self, String> {
        let fields = Fields::parse(text, MOST_BYTES).map_err(|error| error.to_string())?;
        let text = |name| fields.text(name).map(str::to_owned).map_err(|error| error.to_string());
        Ok(Self {
            subjects: Subjects::new(&text("run")?).map_err(|error| error.to_string())?,
            credentials: Credentials { user: text("screen_seat")?, password: text("screen_password")? },
            address: text("address")?,
            code: text("code")?,
        })
    }
}

fn unreadable(why: &str) -> String {
    words::sentence(&format!("the hall’s answer cannot be read: {why}"))
}

/// The text of an answer that is no refusal; otherwise a sentence that says what is wrong.
pub(super) fn accepted(answer: Result<Answer, String>) -> Result<String, String> {
    match answer {
        Ok(Answer { status: 200..=299, text }) => Ok(text),
        Ok(Answer { status: 403, text }) if !text.trim().is_empty() => Err(words::sentence(&text)),
        Ok(Answer { status, .. }) => Err(format!("The hall answers with the status {status}.")),
        Err(why) => {
            Err(format!("The hall cannot be reached ({why}). Is this device still in the same network?"))
        }
    }
}
