//! What can be set in a lesson.

use std::fmt;

use crate::field::{Arrow, Refusal, TextField, Wanted, Writing};
use crate::text::Grouped;
use dartboard_points::decimal::parse_u64;

/// One setting of a lesson. Its values are whole numbers of units: of `10^-decimals`, or places in a list of choices.
#[derive(Debug, PartialEq, Eq)]
pub struct LessonField {
    /// Its name in addresses.
    pub name: &'static str,
    /// Its name on the page, with its unit.
    pub label: &'static str,
    /// Which values it has.
    pub kind: Kind,
}

/// The values of a setting.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number {
        /// The least one, in units.
        min: u64,
        /// The greatest one, in units.
        max: u64,
        /// The lecture's own, in units.
        default: u64,
        /// How many decimals a unit has.
        decimals: u32,
    },
    /// One of several words.
    Choice {
        /// Its words; the first is the lecture's own.
        choices: &'static [Choice],
    },
}

/// One of several words.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name in addresses.
    pub name: &'static str,
    /// Its name on the page.
    pub label: &'static str,
}

/// A value of a [`LessonField`] that is a number; displayed, as the page writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// In units of the field.
    pub units: u64,
    /// Decimals of a unit.
    pub decimals: u32,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u64.pow(self.decimals);
        write!(f, "{}", Grouped(self.units / unit))?;
        if !self.units.is_multiple_of(unit) {
            let fraction = format!("{:0width$}", self.units % unit, width = self.decimals as usize);
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

impl LessonField {
    /// The lecture's own value, in units.
    pub const fn default(&self) -> u64 {
        match self.kind {
            Kind::Number { default, .. } => default,
            Kind::Choice { .. } => 0,
        }
    }

    /// Whether it is one of several words.
    pub const fn choices(&self) -> &'static [Choice] {
        match self.kind {
            Kind::Number { .. } => &[],
            Kind::Choice { choices } => choices,
        }
    }

    /// Reads a value as an address has it, in units.
    ///
    /// # Errors
    /// When it is not one of the field's values.
    pub fn parse(&'static self, text: &str) -> Result<u64, Refusal> {
        match self.kind {
            Kind::Number { .. } => self.read(text).map(|number| number.units),
            Kind::Choice { choices } => choices
                .iter()
                .zip(0..)
                .find(|(choice, _)| choice.name == text)
                .map(|(_, index)| index)
                .ok_or_else(|| {
                    let names: Vec<_> = choices.iter().map(|choice| choice.name).collect();
                    Refusal::new(self.name, text, Wanted::Said(format!("be one of {}", names.join(", "))))
                }),
        }
    }

    /// The value as an address has it.
    pub fn written(&self, units: u64) -> String {
        match self.kind {
            Kind::Number { decimals, .. } => Number { units, decimals }.to_string().replace(',', ""),
            Kind::Choice { choices } => choice(choices, units).map_or("", |choice| choice.name).to_owned(),
        }
    }

    /// The value in words.
    pub fn shown(&self, units: u64) -> String {
        match self.kind {
            Kind::Number { decimals, .. } => Number { units, decimals }.to_string(),
            Kind::Choice { choices } => choice(choices, units).map_or("", |choice| choice.label).to_owned(),
        }
    }
}

fn choice(choices: &'static [Choice], index: u64) -> Option<&'static Choice> {
    choices.get(usize::try_from(index).ok()?)
}

impl TextField for &'static LessonField {
    type Value = Number;

    fn name(self) -> &'static str {
        self.name
    }

    fn label(self) -> &'static str {
        self.label
    }

    fn writing(self) -> Writing {
        match self.kind {
            Kind::Number { decimals: 1.., .. } => Writing::Fraction,
            Kind::Number { .. } | Kind::Choice { .. } => Writing::Whole,
        }
    }

    fn read(self, text: &str) -> Result<Number, Refusal> {
        let Kind::Number { min, max, decimals, .. } = self.kind else {
            return Err(Refusal::new(self.name, text, Wanted::Said("be chosen from the list".to_owned())));
        };
        let number = |units| Number { units, decimals };
        units(text, decimals).filter(|units| (min..=max).contains(units)).map(number).ok_or_else(|| {
            let kind = if decimals == 0 { "whole number" } else { "number" };
            let wanted = format!("be a {kind} from {} to {}", number(min), number(max));
            Refusal::new(self.name, text, Wanted::Said(wanted))
        })
    }

    fn stepped(self, value: Number, arrow: Arrow) -> Number {
        let Kind::Number { min, max, .. } = self.kind else { return value };
        // Twice or half as much where single steps would take all day.
        let units =
            if max - min > 1_000 { arrow.doubled_or_halved(value.units) } else { arrow.next(value.units) };
        Number { units: units.clamp(min, max), ..value }
    }
}

/// The whole number of units that `text` writes, with at most `decimals` decimals.
fn units(text: &str, decimals: u32) -> Option<u64> {
    let width = decimals as usize;
    let (whole, fraction) = match text.split_once('.') {
        None => (text, ""),
        Some((whole, fraction)) if (1..=width).contains(&fraction.len()) => (whole, fraction),
        Some(_) => return None,
    };
    if whole.is_empty() { None } else { parse_u64(&format!("{whole}{fraction:0<width$}")) }
}

/// The values of a lesson's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    fields: &'static [&'static LessonField],
    units: Vec<u64>,
}

impl Values {
    /// The lecture's own.
    pub fn defaults(fields: &'static [&'static LessonField]) -> Self {
        Self { fields, units: fields.iter().map(|field| field.default()).collect() }
    }

    /// The value of `field`, in its units; its default if it is not among them.
    pub fn get(&self, field: &LessonField) -> u64 {
        let place = self.fields.iter().position(|other| other.name == field.name);
        place.and_then(|place| self.units.get(place)).copied().unwrap_or(field.default())
    }

    /// The value of a field that is known to fit.
    pub fn small(&self, field: &LessonField) -> u32 {
        u32::try_from(self.get(field)).unwrap_or(u32::MAX)
    }

    /// Sets the value of `field`, in its units.
    pub fn set(&mut self, field: &LessonField, units: u64) {
        for (other, value) in self.fields.iter().zip(&mut self.units) {
            if other.name == field.name {
                *value = units;
            }
        }
    }

    /// Each field with its value, in units.
    pub fn iter(&self) -> impl Iterator<Item = (&'static LessonField, u64)> {
        self.fields.iter().copied().zip(self.units.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static WHOLE: LessonField = LessonField {
        name: "runs",
        label: "Runs",
        kind: Kind::Number { min: 1, max: 50, default: 20, decimals: 0 },
    };
    static PARTS: LessonField = LessonField {
        name: "interval",
        label: "Switch after (ms)",
        kind: Kind::Number { min: 5, max: 5_000, default: 500, decimals: 2 },
    };
    static WORDS: LessonField = LessonField {
        name: "guard",
        label: "Protection",
        kind: Kind::Choice {
            choices: &[
                Choice { name: "none", label: "no protection" },
                Choice { name: "lock", label: "lock" },
            ],
        },
    };

    // Fails with: a decimal that is lost, a value out of range that is taken, a refusal without the way out.
    #[test]
    fn values_are_read_in_their_range_and_refused_in_words() {
        for (field, text, read) in [
            (&WHOLE, "20", Some(20)),
            (&WHOLE, "0", None),
            (&WHOLE, "51", None),
            (&WHOLE, "2.5", None),
            (&PARTS, "5", Some(500)),
            (&PARTS, "0.05", Some(5)),
            (&PARTS, "0.5", Some(50)),
            (&PARTS, "50", Some(5_000)),
            (&PARTS, "0.051", None),
            (&PARTS, "0.04", None),
            (&PARTS, "1.", None),
            (&PARTS, ".5", None),
            (&PARTS, "", None),
            (&WORDS, "lock", Some(1)),
            (&WORDS, "locks", None),
        ] {
            assert_eq!(field.parse(text).ok(), read, "{} {text}", field.name);
            if let Some(units) = read {
                assert_eq!(field.parse(&field.written(units)).ok(), read);
            }
        }
        let refusal = |field: &'static LessonField, text| field.parse(text).unwrap_err().to_string();
        assert_eq!(refusal(&WHOLE, "51"), "runs must be a whole number from 1 to 50, not “51”");
        assert_eq!(refusal(&PARTS, "x"), "interval must be a number from 0.05 to 50, not “x”");
        assert_eq!(refusal(&WORDS, "locks"), "guard must be one of none, lock, not “locks”");
    }

    #[test]
    fn steps_stay_in_range() {
        let stepped =
            |field: &'static LessonField, text, arrow| field.stepped(field.read(text).unwrap(), arrow).units;
        assert_eq!([Arrow::Down, Arrow::Up].map(|arrow| stepped(&WHOLE, "1", arrow)), [1, 2]);
        assert_eq!([Arrow::Down, Arrow::Up].map(|arrow| stepped(&WHOLE, "50", arrow)), [49, 50]);
        assert_eq!([Arrow::Down, Arrow::Up].map(|arrow| stepped(&PARTS, "40", arrow)), [2_000, 5_000]);
    }
}
