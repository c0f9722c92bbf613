//! The page's address ↔ the configuration of a run.
//!
//! The address carries it behind `#`, in the form of a query:
//! `#/?seed=42&workers=4&batch=100000&target=1000000000&chaos=0.01&start=1`.

use std::fmt;

use crate::config::{Chaos, Config, ConfigError, Field, Setting, shortened};

/// The longest part behind `#` that is read, in bytes.
const MAX_FRAGMENT_BYTES: usize = 2_000;

/// What an address says of a run; what it does not name is left to the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunLink {
    /// The values it names, each field at most once.
    pub settings: Vec<Setting>,
    /// `start=1`: start at once.
    pub start: bool,
}

impl RunLink {
    /// `config` with the values that the address names.
    pub fn applied_to(&self, config: Config) -> Config {
        self.settings.iter().fold(config, |config, &setting| config.with(setting))
    }
}

/// Why a part of an address cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// The address is too long to be one of this page.
    TooLong {
        /// Length of the part behind `#`.
        bytes: usize,
    },
    /// There is no page of this name.
    UnknownPage(String),
    /// There is no parameter of this name.
    UnknownParameter(String),
    /// The parameter stands more than once.
    Repeated(String),
    /// `start` is something else than 1 or 0.
    Start(String),
    /// A value is refused.
    Value(ConfigError),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => {
                write!(f, "the address has {bytes} bytes behind #; at most {MAX_FRAGMENT_BYTES} are read")
            }
            Self::UnknownPage(name) => write!(f, "there is no page “{name}”; the run’s page is #/"),
            Self::UnknownParameter(name) => write!(
                f,
                "there is no parameter “{name}”; known are seed, workers, batch, target, chaos and start"
            ),
            Self::Repeated(name) => write!(f, "the parameter {name} stands more than once"),
            Self::Start(value) => write!(f, "start must be 1 or 0, not “{value}”"),
            Self::Value(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LinkError {}

/// Reads the part of an address from `#` on (or an empty text).
///
/// What is wrong is listed, what is right is kept; but with anything wrong nothing starts by itself.
pub fn parse(fragment: &str) -> (RunLink, Vec<LinkError>) {
    let mut link = RunLink::default();
    let mut errors = Vec::new();
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    if fragment.len() > MAX_FRAGMENT_BYTES {
        return (link, vec![LinkError::TooLong { bytes: fragment.len() }]);
    }
    let (page, query) = fragment.split_once('?').unwrap_or((fragment, ""));
    if !matches!(page, "" | "/") {
        errors.push(LinkError::UnknownPage(shortened(page)));
    }
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if seen.iter().any(|earlier| *earlier == name) {
            errors.push(LinkError::Repeated(shortened(&name)));
            continue;
        }
        if let Err(error) = link.set(&name, &value) {
            errors.push(error);
        }
        seen.push(name.into_owned());
    }
    if !errors.is_empty() {
        link.start = false;
    }
    (link, errors)
}

impl RunLink {
    fn set(&mut self, name: &str, value: &str) -> Result<(), LinkError> {
        if name == "start" {
            self.start = match value {
                "1" => true,
                "0" => false,
                other => return Err(LinkError::Start(shortened(other))),
            };
            return Ok(());
        }
        let field = Field::ALL.into_iter().find(|field| field.name() == name);
        let field = field.ok_or_else(|| LinkError::UnknownParameter(shortened(name)))?;
        self.settings.push(Setting::parse(field, value).map_err(LinkError::Value)?);
        Ok(())
    }
}

/// The part of an address, from `#` on, that carries `config`: without target and chaos if there is none.
pub fn write(config: &Config) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for field in Field::ALL {
        let setting = config.get(field);
        if !matches!(setting, Setting::Target(None) | Setting::Chaos(Chaos::NONE)) {
            query.append_pair(field.name(), &setting.to_string());
        }
    }
    format!("#/?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{BatchPoints, BatchSize, Target, WorkerCount};
    use dartboard_worker::tally::Seed;
    use proptest::prelude::*;

    fn configs() -> impl Strategy<Value = Config> {
        let batch = prop_oneof![
            (1_u64..=10_000).prop_map(|blocks| BatchSize::Fixed(BatchPoints::nearest(blocks))),
            Just(BatchSize::Auto)
        ];
        let target = proptest::option::of(1..=Target::MAX.blocks());
        (any::<u64>(), 1_u32..=64, batch, target, 0..=1000_u32).prop_map(
            |(seed, workers, batch, target, mille)| Config {
                seed: Seed(seed),
                workers: WorkerCount::nearest(workers),
                batch,
                target: target.and_then(Target::from_blocks),
                chaos: Chaos::parse(&format!("{}.{:03}", mille / 1_000, mille % 1_000)).unwrap(),
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(config in configs()) {
            let (link, errors) = parse(&write(&config));
            prop_assert_eq!(errors, vec![]);
            let other = Config {
                seed: Seed(!config.seed.0),
                workers: WorkerCount::MIN,
                batch: BatchSize::Auto,
                target: None,
                chaos: Chaos::NONE,
            };
            prop_assert_eq!(link.applied_to(other), config);
            prop_assert!(!link.start);
        }

        #[test]
        fn any_address_is_read_without_harm(fragment in ".{0,300}") {
            let (link, errors) = parse(&fragment);
            prop_assert!(errors.is_empty() || !link.start);
        }
    }

    #[test]
    fn an_empty_address_says_nothing() {
        for fragment in ["", "#", "#/", "#/?"] {
            assert_eq!(parse(fragment), (RunLink::default(), vec![]));
        }
    }

    #[test]
    fn each_wrong_parameter_is_named_and_nothing_starts() {
        let (link, errors) =
            parse("#/?seed=18446744073709551616&workers=0&batch=150000&colour=red&start=1&workers=2");
        assert!(!link.start && link.settings.is_empty());
        let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
        for (message, part) in messages.iter().zip([
            "seed must be",
            "workers must be",
            "150,000",
            "“colour”",
            "workers stands more than once",
        ]) {
            let plain = message.replace("“150000”", "150,000");
            assert!(plain.contains(part), "{message:?} should name {part:?}");
        }
        assert_eq!(messages.len(), 5);
    }

    #[test]
    fn start_is_obeyed_only_as_1() {
        assert!(parse("#/?start=1").0.start);
        assert!(!parse("#/?start=0").0.start);
        assert_eq!(parse("#/?start=yes").1, [LinkError::Start("yes".to_owned())]);
    }

    #[test]
    fn other_pages_and_endless_addresses_are_refused() {
        assert_eq!(parse("#/elsewhere?seed=1").1, [LinkError::UnknownPage("/elsewhere".to_owned())]);
        assert_eq!(parse(&format!("#/?seed={}", "1".repeat(5_000))).1, [LinkError::TooLong { bytes: 5_007 }]);
    }
}
