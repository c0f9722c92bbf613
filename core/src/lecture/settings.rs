//! What can be set in a lesson.

use std::fmt;

use crate::field::{Arrow, Refusal, TextField, Wanted, Writing};
use crate::text::{Grouped, is_invisible};
use dartboard_points::decimal::parse_u64;

/// The most characters of a name.
pub const NAME_CHARACTERS: usize = 20;

/// One setting of a lesson.
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
    /// Names of any script, all different.
    Names {
        /// The most names.
        most: usize,
        /// The lecture's own, with a comma between them.
        default: &'static str,
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

/// A value of a [`LessonField`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A whole number of units: of `10^-decimals`, or a place in a list of choices.
    Units(u64),
    /// Names, with a comma between them.
    Names(String),
}

impl From<u64> for Value {
    fn from(units: u64) -> Self {
        Self::Units(units)
    }
}

impl Value {
    /// Names, with a comma between them; of a number, none.
    fn names(&self) -> &str {
        match self {
            Self::Units(_) => "",
            Self::Names(names) => names,
        }
    }

    /// In units; 0 of names.
    pub fn units(&self) -> u64 {
        match self {
            Self::Units(units) => *units,
            Self::Names(_) => 0,
        }
    }
}

/// A value with its field; displayed, as the page writes it.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldValue {
    /// The value.
    pub value: Value,
    /// Decimals of a unit.
    decimals: u32,
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = match &self.value {
            Value::Units(units) => *units,
            Value::Names(names) => return f.write_str(&names.replace(',', ", ")),
        };
        let unit = 10_u64.pow(self.decimals);
        write!(f, "{}", Grouped(units / unit))?;
        if !units.is_multiple_of(unit) {
            let fraction = format!("{:0width$}", units % unit, width = self.decimals as usize);
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

impl LessonField {
    /// The lecture's own value.
    pub fn default(&self) -> Value {
        match self.kind {
            Kind::Number { default, .. } => Value::Units(default),
            Kind::Choice { .. } => Value::Units(0),
            Kind::Names { default, .. } => Value::Names(default.to_owned()),
        }
    }

    /// Whether it is one of several words.
    pub const fn choices(&self) -> &'static [Choice] {
        match self.kind {
            Kind::Choice { choices } => choices,
            Kind::Number { .. } | Kind::Names { .. } => &[],
        }
    }

    /// Reads a value as an address has it.
    ///
    /// # Errors
    /// When it is not one of the field's values.
    pub fn parse(&'static self, text: &str) -> Result<Value, Refusal> {
        match self.kind {
            Kind::Number { .. } => self.read(text).map(|it| it.value),
            Kind::Names { most, .. } => self.names(text.to_owned(), most),
            Kind::Choice { choices } => choices
                .iter()
                .zip(0..)
                .find(|(choice, _)| choice.name == text)
                .map(|(_, index)| Value::Units(index))
                .ok_or_else(|| {
                    let names: Vec<_> = choices.iter().map(|choice| choice.name).collect();
                    Refusal::new(self.name, text, Wanted::Said(format!("be one of {}", names.join(", "))))
                }),
        }
    }

    /// The value with its field.
    pub fn with(&self, value: Value) -> FieldValue {
        let decimals = if let Kind::Number { decimals, .. } = self.kind { decimals } else { 0 };
        FieldValue { value, decimals }
    }

    /// The value as an address has it.
    pub fn written(&self, value: &Value) -> String {
        match self.kind {
            Kind::Number { .. } => self.with(value.clone()).to_string().replace(',', ""),
            Kind::Choice { choices } => {
                choice(choices, value.units()).map_or("", |choice| choice.name).to_owned()
            }
            Kind::Names { .. } => value.names().to_owned(),
        }
    }

    /// The value of so many units in words.
    pub fn shown(&self, units: u64) -> String {
        match self.kind {
            Kind::Number { .. } | Kind::Names { .. } => self.with(Value::Units(units)).to_string(),
            Kind::Choice { choices } => choice(choices, units).map_or("", |choice| choice.label).to_owned(),
        }
    }

    /// Reads up to `most` names with a comma between them.
    fn names(&self, text: String, most: usize) -> Result<Value, Refusal> {
        let mut wanted = None;
        for (place, name) in text.split(',').enumerate() {
            if place >= most {
                wanted = Some(format!("be at most {most} names"));
            } else if !is_name(name) {
                wanted =
                    Some(format!("be names of 1 to {NAME_CHARACTERS} characters with commas between them"));
            } else if text.split(',').take(place).any(|other| other == name) {
                wanted = Some("be different names".to_owned());
            }
        }
        match wanted {
            None => Ok(Value::Names(text)),
            Some(wanted) => Err(Refusal::new(self.name, &text, Wanted::Said(wanted))),
        }
    }
}

fn choice(choices: &'static [Choice], index: u64) -> Option<&'static Choice> {
    choices.get(usize::try_from(index).ok()?)
}

/// Whether a thread can have this name: it can be seen, and turns nothing around it.
fn is_name(name: &str) -> bool {
    let mut was_seen = false;
    for sign in name.chars() {
        // Some scripts have signs between letters that show only by what they do to these letters.
        let is_between = matches!(sign, ' ' | '\u{200c}' | '\u{200d}');
        let is_seen = !(is_invisible(sign) || sign.is_whitespace() || has(BLANKS, sign) || has(COMMAS, sign));
        if !(is_seen || is_between && was_seen) {
            return false;
        }
        was_seen = is_seen;
    }
    was_seen && name.chars().count() <= NAME_CHARACTERS
}

fn has(signs: &str, sign: char) -> bool {
    signs.chars().any(|other| other == sign)
}

/// More signs that show nothing: a soft hyphen, fillers of Korean, a word joiner, an empty Braille cell.
const BLANKS: &str = "\u{ad}\u{115f}\u{1160}\u{2060}\u{2800}\u{3164}\u{ffa0}";

/// The commas of all scripts, and what else people write between names.
const COMMAS: &str = ",;，、،؛";

/// Names as people type them, in the form that addresses have.
fn plain_names(text: &str) -> String {
    let mut plain = String::new();
    let mut is_space_due = false;
    for sign in text.chars() {
        if sign.is_whitespace() {
            is_space_due = true;
            continue;
        }
        let sign = if has(COMMAS, sign) { ',' } else { sign };
        if is_space_due && sign != ',' && !matches!(plain.as_bytes(), [] | [.., b',']) {
            plain.push(' ');
        }
        is_space_due = false;
        plain.push(sign);
    }
    plain
}

impl TextField for &'static LessonField {
    type Value = FieldValue;

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
            Kind::Names { .. } => Writing::Names,
        }
    }

    fn read(self, text: &str) -> Result<FieldValue, Refusal> {
        let (min, max, decimals) = match self.kind {
            Kind::Number { min, max, decimals, .. } => (min, max, decimals),
            Kind::Names { most, .. } => {
                return self.names(plain_names(text), most).map(|names| self.with(names));
            }
            Kind::Choice { .. } => {
                let wanted = Wanted::Said("be chosen from the list".to_owned());
                return Err(Refusal::new(self.name, text, wanted));
            }
        };
        let number = |units| self.with(Value::Units(units));
        units(text, decimals).filter(|units| (min..=max).contains(units)).map(number).ok_or_else(|| {
            let kind = if decimals == 0 { "whole number" } else { "number" };
            let wanted = format!("be a {kind} from {} to {}", number(min), number(max));
            Refusal::new(self.name, text, Wanted::Said(wanted))
        })
    }

    fn stepped(self, value: FieldValue, arrow: Arrow) -> FieldValue {
        let Kind::Number { min, max, .. } = self.kind else { return value };
        let units = value.value.units();
        // Twice or half as much where single steps would take all day.
        let units = if max - min > 1_000 { arrow.doubled_or_halved(units) } else { arrow.next(units) };
        self.with(Value::Units(units.clamp(min, max)))
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
    values: Vec<Value>,
}

impl Values {
    /// The lecture's own.
    pub fn defaults(fields: &'static [&'static LessonField]) -> Self {
        Self { fields, values: fields.iter().map(|field| field.default()).collect() }
    }

    fn find(&self, field: &LessonField) -> Option<&Value> {
        let place = self.fields.iter().position(|other| other.name == field.name)?;
        self.values.get(place)
    }

    /// The value of `field`; its default if it is not among them.
    pub fn value(&self, field: &LessonField) -> Value {
        self.find(field).cloned().unwrap_or_else(|| field.default())
    }

    /// The value of `field`, in its units.
    pub fn get(&self, field: &LessonField) -> u64 {
        self.find(field).map_or_else(|| field.default().units(), Value::units)
    }

    /// The value of a field that is known to fit.
    pub fn small(&self, field: &LessonField) -> u32 {
        u32::try_from(self.get(field)).unwrap_or(u32::MAX)
    }

    /// The names in `field`.
    pub fn names(&self, field: &LessonField) -> impl Iterator<Item = &str> {
        self.find(field).map_or("", Value::names).split(',')
    }

    /// Sets the value of `field`.
    pub fn set(&mut self, field: &LessonField, value: impl Into<Value>) {
        let place = self.fields.iter().position(|other| other.name == field.name);
        if let Some(old) = place.and_then(|place| self.values.get_mut(place)) {
            *old = value.into();
        }
    }

    /// Each field with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&'static LessonField, &Value)> {
        self.fields.iter().copied().zip(&self.values)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    static NAMES: LessonField =
        LessonField { name: "names", label: "Names", kind: Kind::Names { most: 8, default: "Alice,Bob" } };
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
            assert_eq!(field.parse(text).ok(), read.map(Value::Units), "{} {text}", field.name);
            if let Some(units) = read {
                assert_eq!(field.parse(&field.written(&Value::Units(units))), Ok(Value::Units(units)));
            }
        }
        let shown = |field: &'static LessonField, units| field.with(Value::Units(units)).to_string();
        let as_shown = [shown(&WHOLE, 1_000_000), shown(&PARTS, 500), shown(&PARTS, 5)];
        assert_eq!(as_shown, ["1,000,000", "5", "0.05"]);
        let refusal = |field: &'static LessonField, text| field.parse(text).unwrap_err().to_string();
        assert_eq!(refusal(&WHOLE, "51"), "runs must be a whole number from 1 to 50, not “51”");
        assert_eq!(refusal(&PARTS, "x"), "interval must be a number from 0.05 to 50, not “x”");
        assert_eq!(refusal(&WORDS, "locks"), "guard must be one of none, lock, not “locks”");
    }

    #[test]
    fn steps_stay_in_range() {
        let stepped = |field: &'static LessonField, text, arrow| {
            field.stepped(field.read(text).unwrap(), arrow).value.units()
        };
        assert_eq!([Arrow::Down, Arrow::Up].map(|arrow| stepped(&WHOLE, "1", arrow)), [1, 2]);
        assert_eq!([Arrow::Down, Arrow::Up].map(|arrow| stepped(&WHOLE, "50", arrow)), [49, 50]);
        assert_eq!([Arrow::Down, Arrow::Up].map(|arrow| stepped(&PARTS, "40", arrow)), [2_000, 5_000]);
    }

    const ONLY_NAMES: &[&LessonField] = &[&NAMES];

    fn names(names: &[&str]) -> Value {
        Value::Names(names.join(","))
    }

    // Fails with: a script whose names are refused, a name that nobody sees, that turns its sentence or that two threads have.
    #[test]
    fn names_of_any_script_are_taken_and_others_refused_in_words() {
        for taken in [
            &["Alice", "Bob"][..],
            &["Zoë", "Ψαπφώ", "Мария", "דנה", "ليلى", "علی\u{200c}رضا", "さくら", "क्\u{200d}ष"],
            &["Mary Ann", "D’Arcy", "Bob \"Bobby\" O\\B", "</text>", "👩\u{200d}🔬", "N\u{303}a"],
            &["12345678901234567890"],
        ] {
            assert_eq!(NAMES.parse(&taken.join(",")), Ok(names(taken)));
            assert_eq!(NAMES.parse(&NAMES.written(&names(taken))), Ok(names(taken)));
            assert_eq!(NAMES.read(&taken.join(" ،\t")).map(|it| it.value), Ok(names(taken)));
        }
        let a_name = "names must be names of 1 to 20 characters with commas between them, not ";
        for (text, said) in [
            ("Alice,,Bob", a_name),
            ("Alice,", a_name),
            ("123456789012345678901", a_name),
            ("Ali\u{202e}ce", a_name),
            ("\u{200d}Alice", a_name),
            ("Alice\u{200c}", a_name),
            ("\u{3164}", a_name),
            ("\u{7}", a_name),
            ("Alice,Bob,Alice", "names must be different names, not “Alice,Bob,Alice”"),
            ("a,b,c,d,e,f,g,h,i", "names must be at most 8 names, not “a,b,c,d,e,f,g,h,i”"),
        ] {
            for refusal in [NAMES.parse(text).unwrap_err(), NAMES.read(text).unwrap_err()] {
                assert!(refusal.to_string().starts_with(said), "{text}: {refusal}");
            }
        }
        let empty = "names must be names of 1 to 20 characters with commas between them; it is empty";
        assert_eq!(NAMES.read(" ").unwrap_err().to_string(), empty);
        // What a field takes and an address does not.
        for text in ["Alice, Bob", " Alice", "Mary  Ann", "Alice;Bob", "Alice\tBob"] {
            assert!(NAMES.parse(text).is_err() && NAMES.read(text).is_ok(), "{text}");
        }
    }

    proptest! {
        // Fails with: a text that is taken and not read back as the same, a name that is too long, a sentence that grows with
        // the text.
        #[test]
        fn any_text_is_names_that_are_read_back_or_a_short_sentence(
            text in prop_oneof![".{0,80}", "[A-D ,\u{200c}-\u{200e}؛]{0,30}", ".{0,3000}"],
        ) {
            match NAMES.read(&text) {
                Ok(read) => {
                    prop_assert_eq!(NAMES.parse(&NAMES.written(&read.value)), Ok(read.value.clone()));
                    prop_assert_eq!(NAMES.read(&read.to_string()), Ok(read.clone()));
                    let mut values = Values::defaults(ONLY_NAMES);
                    values.set(&NAMES, read.value.clone());
                    let names: Vec<&str> = values.names(&NAMES).collect();
                    prop_assert!(names.len() <= 8 && names.iter().all(|name| (1..=20).contains(&name.chars().count())));
                    prop_assert_eq!(names.join(", "), read.to_string());
                }
                Err(refusal) => prop_assert!(refusal.to_string().len() < 500),
            }
        }
    }
}
