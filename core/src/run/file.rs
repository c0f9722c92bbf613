//! A run as a JSON file: to read, for other programs, and to continue elsewhere.
//!
//! The object under `run` has the fields of a checkpoint, each a string, so that no reader rounds a count. A loaded file is
//! read as the checkpoint that it spells out, with the checkpoint's limits and its check: a
//! damaged file is refused, never half-loaded. The fields beside `run` are for people.

use std::fmt::{self, Write};

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use thiserror::Error;

use crate::run::checkpoint::{CheckpointError, MAX_CHECKPOINT_BYTES, WrittenRun};
use crate::run::estimate::{DECIMALS, Estimate};
use crate::text::{Fixed, Scientific};

/// What the field `format` says.
const FORMAT: &str = "dartboard run";

/// The longest file that is read, in bytes: one with the longest checkpoint, and something to spare.
pub const MAX_RUN_FILE_BYTES: usize = 2 * MAX_CHECKPOINT_BYTES;

/// Where, when and by what a file was written.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The app's version and the commit that it was built from.
    pub version: &'a str,
    /// The build id of its workers.
    pub build: &'a str,
    /// The browser, as it names itself.
    pub browser: &'a str,
    /// When, by the browser's clock, in the form of ISO 8601.
    pub written: &'a str,
    /// A link that counts the same again; empty where no link can.
    pub link: &'a str,
}

/// The file's text.
pub fn encode(run: &WrittenRun, origin: &Origin<'_>) -> String {
    let text = run.encode();
    let estimate = Estimate::of(run.tally());
    let run: Vec<String> = form_urlencoded::parse(text.as_bytes())
        .map(|(name, value)| format!("    {}: {}", Quoted(&name), Quoted(&value)))
        .collect();
    let said = estimate.map(|estimate| {
        (Fixed(estimate.pi, DECIMALS).to_string(), Scientific(estimate.standard_error).to_string())
    });
    let (pi, standard_error) = said.unwrap_or_default();
    let about: Vec<String> = [
        ("estimate", pi.as_str()),
        ("standard_error", &standard_error),
        ("written", origin.written),
        ("version", origin.version),
        ("build", origin.build),
        ("browser", origin.browser),
        ("link", origin.link),
    ]
    .into_iter()
    .map(|(name, value)| format!("  {}: {}", Quoted(name), Quoted(value)))
    .collect();
    format!(
        "{{\n  \"format\": {},\n  \"run\": {{\n{}\n  }},\n{}\n}}\n",
        Quoted(FORMAT),
        run.join(",\n"),
        about.join(",\n")
    )
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// When it is anything else: too long, no file of a run, damaged, or of another version.
pub fn parse(text: &str) -> Result<WrittenRun, RunFileError> {
    if text.len() > MAX_RUN_FILE_BYTES {
        return Err(RunFileError::TooLong { bytes: text.len() as u64 });
    }
    let (file, _) = serde_json_core::from_str::<RunFile<'_>>(text).map_err(|_| RunFileError::NotARun)?;
    if file.format != FORMAT {
        return Err(RunFileError::NotARun);
    }
    let mut checkpoint = form_urlencoded::Serializer::new(String::new());
    checkpoint.extend_pairs(file.run.0);
    WrittenRun::parse(&checkpoint.finish()).map_err(RunFileError::Checkpoint)
}

/// The part of a file that is read. Other fields may stand beside it, but only strings: nothing in a file can be nested
/// deeper than the reader's stack. A reader derived by serde would skip them, however deep they are nested.
struct RunFile<'a> {
    format: &'a str,
    run: Fields<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for RunFile<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TheRun;

        impl<'de> Visitor<'de> for TheRun {
            type Value = RunFile<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a format and a run")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut format, mut run) = (None, None);
                while let Some(name) = map.next_key()? {
                    let twice = match name {
                        "format" => format.replace(map.next_value()?).is_some(),
                        "run" => run.replace(map.next_value()?).is_some(),
                        _ => {
                            map.next_value::<&str>()?;
                            false
                        }
                    };
                    if twice {
                        return Err(A::Error::custom("a field stands twice"));
                    }
                }
                let missing = || A::Error::custom("a field is missing");
                Ok(RunFile { format: format.ok_or_else(missing)?, run: run.ok_or_else(missing)? })
            }
        }

        deserializer.deserialize_map(TheRun)
    }
}

/// An object whose values are all strings, in the file's order.
struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AllStrings;

        impl<'de> Visitor<'de> for AllStrings {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(AllStrings)
    }
}

/// A text as a JSON string.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                '\0'..' ' => write!(f, "\\u{:04x}", u32::from(character))?,
                _ => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}

/// Why a file cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RunFileError {
    /// It is longer than any file of a run.
    #[error("the file has {bytes} bytes; a run’s file has at most {MAX_RUN_FILE_BYTES}")]
    TooLong {
        /// Its length.
        bytes: u64,
    },
    /// It is not a JSON file that this page wrote.
    #[error("the file is not a run that Dartboard saved as JSON")]
    NotARun,
    /// Its run cannot be resumed.
    #[error(transparent)]
    Checkpoint(CheckpointError),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::run::checkpoint::sealed;

    const CHECKPOINT: &str = "version=2&seed=18446744073709551615&workers=3&batch=200000&target=5000000&chaos=0.01\
        &points=1100000&inside=864000&done=0-10.12-13&restarts=5&stale=6&ran_ms=7008";

    /// A run with gaps.
    fn written() -> WrittenRun {
        WrittenRun::parse(&sealed(CHECKPOINT)).unwrap()
    }

    fn file() -> String {
        file_of(&written())
    }

    fn file_of(run: &WrittenRun) -> String {
        let origin = Origin {
            version: "0.1.0, commit abc",
            build: "b1",
            browser: "A “browser” \"1.0\" \\ \u{1}",
            written: "2026-01-02T03:04:05.678Z",
            link: "https://example.org/#/?seed=1&workers=2",
        };
        encode(run, &origin)
    }

    #[test]
    fn a_reader_is_told_what_a_file_must_be() {
        let said = |text| serde_json::from_str::<RunFile<'_>>(text).err().unwrap().to_string();
        assert!(said("5").contains("expected an object with a format and a run"));
        assert!(said("{\"run\": 5}").contains("expected an object of strings"));
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(parse(&file()), Ok(written()));
    }

    // Fails with: a file of the earlier stream refused, resumed, or written again as one of this stream.
    #[test]
    fn a_file_of_version_1_is_read_and_written_as_one_of_an_earlier_stream() {
        let earlier = WrittenRun::parse(&sealed(&CHECKPOINT.replacen("version=2", "version=1", 1))).unwrap();
        assert!(matches!(earlier, WrittenRun::Earlier(_)));
        let file = file_of(&earlier);
        assert!(file.contains("\"version\": \"1\",\n    \"seed\""), "{file}");
        assert_eq!(parse(&file), Ok(earlier));
        let damaged = file.replacen("864000", "864001", 1);
        assert_eq!(parse(&damaged), Err(RunFileError::Checkpoint(CheckpointError::Damaged("check"))));
    }

    #[test]
    fn other_programs_read_the_file_as_json() {
        let read: serde_json::Value = serde_json::from_str(&file()).unwrap();
        assert_eq!(read["run"]["seed"], "18446744073709551615");
        assert_eq!(read["run"]["points"], "1100000");
        assert_eq!(read["run"]["inside"], "864000");
        assert_eq!(read["run"]["done"], "0-10.12-13");
        assert_eq!(read["estimate"], "3.14181818");
        assert_eq!(read["browser"], "A “browser” \"1.0\" \\ \u{1}");
        assert_eq!(read["link"], "https://example.org/#/?seed=1&workers=2");
    }

    #[test]
    fn a_file_that_another_program_laid_out_anew_is_read_too() {
        let read: serde_json::Value = serde_json::from_str(&file()).unwrap();
        // Compact, and with the fields in another order; those of the run keep theirs, which the check covers.
        let text = file();
        let run = &text[text.find("{\n    ").unwrap()..=text.find("\n  },").unwrap() + 3];
        let compact: String = run.split_whitespace().collect();
        let text =
            format!("{{\"link\":{},\"run\":{compact},\"more\":\"\",\"format\":\"{FORMAT}\"}}", read["link"]);
        assert_eq!(parse(&text), Ok(written()));
    }

    #[test]
    fn what_is_not_a_run_is_refused() {
        let good = file();
        let twice = good.replacen("\"format\":", "\"format\": \"dartboard run\", \"format\":", 1);
        let number = good.replacen("\"1100000\"", "1100000", 1);
        let trailing = format!("{good} x");
        let nested = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        let nested_beside = good.replacen('{', &format!("{{\"x\": {nested},"), 1);
        for (text, what) in [
            ("", "nothing"),
            ("{}", "an empty object"),
            ("null", "null"),
            ("[1e309, -0, NaN]", "numbers"),
            (r#"{"format": "dartboard benchmark", "run": {}}"#, "another file"),
            (&good[..good.len() - 20], "the beginning of a file"),
            (&twice, "a field that stands twice"),
            (&number, "a number where a string belongs"),
            (&trailing, "something behind it"),
            (&nested, "deep nesting"),
            (&nested_beside, "deep nesting beside the run"),
        ] {
            assert_eq!(parse(text), Err(RunFileError::NotARun), "{what}");
        }
    }

    #[test]
    fn a_changed_count_is_found_out() {
        for (from, to) in [("\"864000\"", "\"864001\""), ("\"7008\"", "\"7009\""), ("0-10", "0-11")] {
            let error = parse(&file().replacen(from, to, 1)).unwrap_err();
            assert!(error.to_string().contains("damaged"), "{from} → {to}: {error}");
        }
    }

    #[test]
    fn an_endless_file_is_not_looked_at() {
        let text = format!("{}{}", file(), " ".repeat(MAX_RUN_FILE_BYTES));
        assert_eq!(parse(&text), Err(RunFileError::TooLong { bytes: text.len() as u64 }));
        // One that just fits is read.
        assert_eq!(parse(&text[..MAX_RUN_FILE_BYTES]), Ok(written()));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in ".{0,300}") {
            prop_assert!(parse(&text).is_err());
        }

        #[test]
        fn a_damaged_file_is_refused_or_says_the_same(at in 0_usize..2_000, byte in 0x20_u8..0x7f) {
            let mut bytes = file().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(text) = String::from_utf8(bytes)
                && let Ok(read) = parse(&text)
            {
                prop_assert_eq!(read, written());
            }
        }
    }
}
