//! The page's address ↔ the configuration of a run.
//!
//! The address carries it behind `#`, in the form of a query:
//! `#/?seed=42&workers=4&batch=100000&target=1000000000&chaos=0.01&start=1`.

use std::fmt;

use crate::lecture::experiments::Experiment;
use crate::run::config::{Chaos, Config, ConfigError, Field, LiveSetting, Setting, shortened};

/// The longest part behind `#` that is read, in bytes.
const MAX_FRAGMENT_BYTES: usize = 2_000;

/// The most mistakes of an address that are told one by one.
pub const MAX_ERRORS: usize = 8;

/// What an address says of a run; what it does not name is left to the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunLink {
    /// The values it names, each field at most once.
    pub settings: Vec<Setting>,
    /// `start=1`: start at once.
    pub start: bool,
    /// `experiment=…`: the experiment that the page is set up for.
    pub experiment: Option<Experiment>,
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
    /// There is no experiment of this name.
    Experiment(String),
    /// A value is refused.
    Value(ConfigError),
    /// So many mistakes more.
    More(usize),
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
                "there is no parameter “{name}”; known are seed, workers, batch, target, chaos, start and experiment"
            ),
            Self::Repeated(name) => write!(f, "the parameter {name} stands more than once"),
            Self::Experiment(name) => {
                write!(f, "there is no experiment “{name}”; there are ")?;
                for (index, experiment) in Experiment::ALL.into_iter().enumerate() {
                    write!(f, "{}{}", if index == 0 { "" } else { ", " }, experiment.name())?;
                }
                Ok(())
            }
            Self::Start(value) => write!(f, "start must be 1 or 0, not “{value}”"),
            Self::Value(error) => error.fmt(f),
            Self::More(count) => write!(f, "{count} more parts of the address cannot be followed"),
        }
    }
}

impl std::error::Error for LinkError {}

/// Reads the part of an address from `#` on (or an empty text).
///
/// What is wrong is listed ([`MAX_ERRORS`] at most), what is right is kept; but with anything wrong nothing starts by itself.
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
    if errors.len() > MAX_ERRORS {
        let more = errors.split_off(MAX_ERRORS - 1);
        errors.push(LinkError::More(more.len()));
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
        if name == "experiment" {
            let experiment =
                Experiment::named(value).ok_or_else(|| LinkError::Experiment(shortened(value)))?;
            self.experiment = Some(experiment);
            return Ok(());
        }
        let field = Field::ALL.into_iter().find(|field| field.name() == name);
        let field = field.ok_or_else(|| LinkError::UnknownParameter(shortened(name)))?;
        self.settings.push(Setting::parse(field, value).map_err(LinkError::Value)?);
        Ok(())
    }
}

/// Whether an address, from `#` on, is that of another page: `#/benchmark`. boot.js tells them apart likewise.
pub fn is_other_page(fragment: &str) -> bool {
    matches!(fragment.strip_prefix("#/benchmark"), Some(rest) if rest.is_empty() || rest.starts_with('?'))
}

/// Whether an address, from `#` on, says nothing of a run.
pub fn is_bare(fragment: &str) -> bool {
    matches!(fragment, "" | "#" | "#/" | "#/?")
}

/// The part of an address, from `#` on, that carries `config`, without target and chaos if there is none, and the
/// `experiment` it is set up for.
pub fn write(config: &Config, experiment: Option<Experiment>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for field in Field::ALL {
        let setting = config.get(field);
        if !matches!(setting, Setting::Live(LiveSetting::Target(None) | LiveSetting::Chaos(Chaos::NONE))) {
            query.append_pair(field.name(), &setting.to_string());
        }
    }
    if let Some(experiment) = experiment {
        query.append_pair("experiment", experiment.name());
    }
    format!("#/?{}", query.finish())
}

/// The address `fragment` with the parameter `name` set to `value`, or (none) without it.
pub fn changed(fragment: &str, name: &str, value: Option<&str>) -> String {
    let query = fragment.split_once('?').map_or("", |(_, query)| query);
    let mut changed = form_urlencoded::Serializer::new(String::new());
    changed.extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(other, _)| other != name));
    changed.extend_pairs(value.map(|value| (name, value)));
    format!("#/?{}", changed.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::config::{BatchPoints, BatchSize, Target, WorkerCount};
    use dartboard_points::kernel::Kernel;
    use dartboard_points::tally::Seed;
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
                kernel: Kernel::Simd,
            },
        )
    }

    /// Parameters that may have been meant well or not.
    fn any_fragment() -> impl Strategy<Value = String> {
        const VALUES: [&str; 16] = [
            "1",
            "007",
            "100000",
            "0.5",
            "auto",
            "",
            "-0",
            "+1",
            "%20 1",
            "NaN",
            "1e309",
            "18446744073709551615",
            "18446744073709551616",
            "%EF%BC%91",
            "%3Cscript%3Ealert(1)%3C/script%3E",
            "%00%E2%80%AE%FF",
        ];
        let name = prop_oneof![
            8 => prop::sample::select(&["seed", "workers", "batch", "target", "chaos", "start", "%73eed"][..])
                .prop_map(str::to_owned),
            1 => ".{0,300}",
        ];
        let value = prop_oneof![
            8 => prop::sample::select(&VALUES[..]).prop_map(str::to_owned),
            1 => ".{0,300}"
        ];
        let parameters = prop::collection::vec((name, value), 0..12).prop_map(|parameters| {
            let parameters: Vec<_> =
                parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("#/?{}", parameters.join("&"))
        });
        prop_oneof![4 => parameters, 1 => ".{0,300}"]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(config in configs()) {
            let (link, errors) = parse(&write(&config, None));
            prop_assert_eq!(errors, vec![]);
            let other = Config {
                seed: Seed(!config.seed.0),
                workers: WorkerCount::MIN,
                batch: BatchSize::Auto,
                target: None,
                chaos: Chaos::NONE,
                kernel: Kernel::Simd,
            };
            prop_assert_eq!(link.applied_to(other), config);
            prop_assert!(!link.start);
        }

        // Fails with: a start by a wrong address, a sentence that grows with the address, a value taken that the page
        // itself would refuse to read.
        #[test]
        fn any_address_is_read_without_harm(fragment in any_fragment(), config in configs()) {
            let (link, errors) = parse(&fragment);
            prop_assert!(errors.is_empty() || !link.start);
            prop_assert!(errors.len() <= MAX_ERRORS);
            prop_assert!(errors.iter().all(|error| error.to_string().len() < 500));
            let config = link.applied_to(config);
            let (again, errors) = parse(&write(&config, None));
            prop_assert_eq!(errors, vec![]);
            let unset = Config { target: None, chaos: Chaos::NONE, ..config };
            prop_assert_eq!(again.applied_to(unset), config);
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
    fn one_parameter_is_changed_and_the_rest_stays() {
        let address = "#/?seed=1&batch=100000&experiment=small-batches";
        assert_eq!(
            changed(address, "batch", Some("200000")),
            "#/?seed=1&experiment=small-batches&batch=200000"
        );
        assert_eq!(changed(address, "experiment", None), "#/?seed=1&batch=100000");
        assert_eq!(changed("", "seed", Some("a b")), "#/?seed=a+b");
    }

    #[test]
    fn an_experiment_is_kept_in_the_address() {
        let (link, _) = parse("#/?experiment=small-batches");
        assert_eq!(link.experiment, Some(Experiment::SmallBatches));
        let config = link.applied_to(Config {
            seed: Seed(1),
            workers: WorkerCount::MIN,
            batch: BatchSize::Auto,
            kernel: Kernel::Simd,
            target: None,
            chaos: Chaos::NONE,
        });
        assert!(write(&config, link.experiment).ends_with("&experiment=small-batches"));
        let refusal = parse("#/?experiment=none").1[0].to_string();
        assert_eq!(
            refusal,
            "there is no experiment “none”; there are next-digit, small-batches, killed-worker"
        );
    }

    #[test]
    fn start_is_obeyed_only_as_1() {
        assert!(parse("#/?start=1").0.start);
        assert!(!parse("#/?start=0").0.start);
        assert_eq!(parse("#/?start=yes").1, [LinkError::Start("yes".to_owned())]);
    }

    #[test]
    fn the_benchmark_is_another_page() {
        assert!(is_other_page("#/benchmark") && is_other_page("#/benchmark?preset=quick"));
        for fragment in ["", "#/", "#/?seed=1", "#/benchmarks", "#benchmark"] {
            assert!(!is_other_page(fragment), "{fragment}");
        }
        assert!(is_bare("#/") && !is_bare("#/?seed=1"));
    }

    #[test]
    fn other_pages_and_endless_addresses_are_refused() {
        assert_eq!(parse("#/elsewhere?seed=1").1, [LinkError::UnknownPage("/elsewhere".to_owned())]);
        assert_eq!(parse(&format!("#/?seed={}", "1".repeat(5_000))).1, [LinkError::TooLong { bytes: 5_007 }]);
        let longest = format!("/?seed={}7", "0".repeat(MAX_FRAGMENT_BYTES - 8));
        assert_eq!(parse(&longest).0.settings, [Setting::Seed(Seed(7))]);
        assert_eq!(parse(&longest).1, []);
        let bytes = MAX_FRAGMENT_BYTES + 1;
        assert_eq!(parse(&format!("{longest}7")), (RunLink::default(), vec![LinkError::TooLong { bytes }]));
    }

    // Fails with: a page filled by a link with a sentence for each of a thousand mistakes.
    #[test]
    fn many_mistakes_are_counted_and_not_told_one_by_one() {
        let wrong = |count: u64| {
            let parameters: Vec<_> = (0..count).map(|number| format!("&{number}=")).collect();
            parse(&format!("#/?seed=1{}&start=1", parameters.concat()))
        };
        assert_eq!(wrong(8).1.len(), 8);
        assert_eq!(wrong(8).1[7], LinkError::UnknownParameter("7".to_owned()));
        let (link, errors) = wrong(100);
        assert!(!link.start && link.settings == [Setting::Seed(Seed(1))]);
        assert_eq!(errors.len(), MAX_ERRORS);
        assert_eq!(errors[6], LinkError::UnknownParameter("6".to_owned()));
        assert_eq!(errors[7], LinkError::More(93));
        assert_eq!(errors[7].to_string(), "93 more parts of the address cannot be followed");
    }
}
