//! The lecture's addresses: `#/lecture`, and `#/lecture/race?threads=2&increments=1000000&guard=none&runs=20&run=1`.

use thiserror::Error;

use super::Lesson;
use super::settings::Values;
use crate::address::{MAX_FRAGMENT_BYTES, PRESENTER, Page, VIEW, follow_each};
use crate::field::Refusal;
use crate::text::shortened;

/// The parameter that runs a lesson at once.
const RUN: &str = "run";

/// What an address of the lecture asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum LectureAddress {
    /// The index.
    Index {
        /// What it names in vain.
        error: Option<LectureLinkError>,
    },
    /// A lesson.
    Lesson(LessonLink),
}

/// What an address says of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct LessonLink {
    /// The lesson.
    pub lesson: Lesson,
    /// Its settings: the lecture's own where the address names none.
    pub values: Values,
    /// Run at once.
    pub run: bool,
    /// Only what a hall is to see, as large as the screen allows.
    pub presenter: bool,
    /// What cannot be followed. With anything wrong nothing runs by itself.
    pub errors: Vec<LectureLinkError>,
}

/// Why a part of an address cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LectureLinkError {
    /// There is no lesson of this name.
    #[error("there is no lesson “{0}” here")]
    UnknownLesson(String),
    /// The address is too long to be one of this page.
    #[error("the address has {0} bytes after #; at most {MAX_FRAGMENT_BYTES} are read")]
    TooLong(usize),
    /// There is no parameter of this name.
    #[error("there is no parameter “{name}”; known are {known}, {RUN} and {VIEW}")]
    UnknownParameter {
        /// Its name.
        name: String,
        /// The lesson's fields.
        known: String,
    },
    /// The parameter occurs more than once.
    #[error("the parameter {0} occurs more than once")]
    Repeated(String),
    /// `run` is something else than 1 or 0.
    #[error("{RUN} must be 1 or 0, not “{0}”")]
    Run(String),
    /// `view` is something else than presenter.
    #[error("{VIEW} must be {PRESENTER}, not “{0}”")]
    View(String),
    /// A value is refused.
    #[error(transparent)]
    Value(Refusal),
}

/// Reads the part of an address from `#` on, on a device with so many cores; none if it is not the lecture's.
pub fn parse(fragment: &str, cores: u32) -> Option<LectureAddress> {
    let rest = fragment.strip_prefix(Page::Lecture.route())?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = match path.strip_prefix('/') {
        Some(path) => path,
        None if path.is_empty() => "",
        None => return None,
    };
    if fragment.len() > MAX_FRAGMENT_BYTES {
        return Some(LectureAddress::Index { error: Some(LectureLinkError::TooLong(fragment.len())) });
    }
    if path.is_empty() {
        return Some(LectureAddress::Index { error: None });
    }
    Some(match Lesson::named(path) {
        None => LectureAddress::Index { error: Some(LectureLinkError::UnknownLesson(shortened(path))) },
        Some(lesson) => LectureAddress::Lesson(lesson_link(lesson, query, cores)),
    })
}

fn lesson_link(lesson: Lesson, query: &str, cores: u32) -> LessonLink {
    let values = lesson.values(cores);
    let mut link = LessonLink { lesson, values, run: false, presenter: false, errors: Vec::new() };
    link.errors = follow_each(query, LectureLinkError::Repeated, |name, value| link.set(name, value));
    link.run &= link.errors.is_empty();
    link
}

impl LessonLink {
    fn set(&mut self, name: &str, value: &str) -> Result<(), LectureLinkError> {
        match name {
            RUN => match value {
                "1" => self.run = true,
                "0" => self.run = false,
                other => return Err(LectureLinkError::Run(shortened(other))),
            },
            VIEW if value == PRESENTER => self.presenter = true,
            VIEW => return Err(LectureLinkError::View(shortened(value))),
            _ => {
                let fields = self.lesson.about().fields;
                let Some(field) = fields.iter().find(|field| field.name == name) else {
                    let known = fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ");
                    return Err(LectureLinkError::UnknownParameter { name: shortened(name), known });
                };
                self.values.set(field, field.parse(value).map_err(LectureLinkError::Value)?);
            }
        }
        Ok(())
    }
}

/// The address, from `#` on, of a lesson, with its settings if they are given.
pub fn write(lesson: Lesson, values: Option<&Values>, presenter: bool) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (field, value) in values.iter().flat_map(|values| values.iter()) {
        query.append_pair(field.name, &field.written(value));
    }
    if presenter {
        query.append_pair(VIEW, PRESENTER);
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}/{}{mark}{query}", Page::Lecture.route(), lesson.about().name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lecture::gil;
    use crate::lecture::settings::{Kind, Value};

    const CORES: u32 = 2;

    fn lesson_at(fragment: &str) -> LessonLink {
        match parse(fragment, CORES) {
            Some(LectureAddress::Lesson(link)) => link,
            other => panic!("{fragment}: {other:?}"),
        }
    }

    // Fails with: as many threads on every device; a link that says how many and is not followed.
    #[test]
    fn there_are_as_many_threads_as_cores_unless_the_address_says_how_many() {
        let threads = |fragment, cores| match parse(fragment, cores) {
            Some(LectureAddress::Lesson(link)) => link.values.get(&gil::THREADS),
            other => panic!("{other:?}"),
        };
        assert_eq!([1, 4, 64].map(|cores| threads("#/lecture/gil", cores)), [2, 4, 16]);
        assert_eq!(threads("#/lecture/gil?threads=3", 8), 3);
    }

    // Fails with: a setting that a link loses.
    #[test]
    fn a_lessons_address_is_read_back() {
        for lesson in Lesson::ALL {
            let mut values = Values::defaults(lesson.about().fields);
            for field in lesson.about().fields {
                let other = match field.kind {
                    Kind::Number { min, .. } => Value::Units(min),
                    Kind::Choice { .. } => Value::Units(1),
                    Kind::Names { .. } => Value::Names("דנה,Mary Ann,\"=1+1\"&<#".to_owned()),
                };
                values.set(field, other);
            }
            let link = lesson_at(&write(lesson, Some(&values), true));
            assert_eq!((link.values, link.presenter, link.run), (values, true, false));
            assert_eq!(link.errors, []);
            let bare = lesson_at(&(write(lesson, None, false) + "?run=1"));
            assert_eq!((bare.values, bare.run), (Values::defaults(lesson.about().fields), true));
        }
    }

    // Fails with: a link with a mistake that runs, a mistake that is not told, a page that is taken for the lecture's.
    #[test]
    fn what_cannot_be_followed_is_said_and_runs_nothing() {
        for (fragment, said) in [
            ("#/lecture/race?threads=9&run=1", "threads must be a whole number from 1 to 8, not “9”"),
            ("#/lecture/race?guard=locks&run=1", "guard must be one of none, lock, atomic, own, not “locks”"),
            ("#/lecture/race?thread=2&run=1", "there is no parameter “thread”; known are threads"),
            ("#/lecture/race?runs=2&runs=3&run=1", "the parameter runs occurs more than once"),
            ("#/lecture/race?run=yes", "run must be 1 or 0, not “yes”"),
            ("#/lecture/race?view=hall&run=1", "view must be presenter, not “hall”"),
            ("#/lecture/threads?names=Alice,,Bob&run=1", "names must be names of 1 to 20 characters"),
            ("#/lecture/threads?names=Alice,+Bob&run=1", "names must be names of 1 to 20 characters"),
            ("#/lecture/threads?names=Bob,Bob&run=1", "names must be different names, not “Bob,Bob”"),
        ] {
            let link = lesson_at(fragment);
            assert!(!link.run, "{fragment}");
            assert!(link.errors[0].to_string().starts_with(said), "{}", link.errors[0]);
        }
        assert_eq!(parse("#/lecture", CORES), Some(LectureAddress::Index { error: None }));
        assert_eq!(parse("#/lecture/", CORES), Some(LectureAddress::Index { error: None }));
        let unknown = Some(LectureLinkError::UnknownLesson("races".to_owned()));
        assert_eq!(parse("#/lecture/races", CORES), Some(LectureAddress::Index { error: unknown }));
        assert_eq!(parse("#/lectures", CORES), None);
        assert_eq!(parse("#/", CORES), None);
    }
}
