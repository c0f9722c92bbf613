//! The address: which [`Page`] it names, and what it says of a run.
//!
//! Both follow the `#`, the run's configuration in the form of a query:
//! `#/?seed=42&workers=4&batch=100000&target=1000000000&chaos=0.01&gpu=1&stream=2&start=1`, where `gpu` is 1 for a GPU beside
//! the processor's workers and `only` for one instead of them. There is one stream: an address that
//! names another is not followed, one that names none is counted with this one.

use dartboard_points::decimal::parse_u64;
use dartboard_points::stream::STREAM_VERSION;
use dartboard_points::tally::Seed;
use thiserror::Error;

use crate::field::{Refusal, TextField};
use crate::lecture::experiment::Experiment;
use crate::run::config::{Chaos, Config, Field, LiveSetting, Setting, Target};
use crate::text::shortened;

/// The longest part behind `#` that is read, in bytes.
pub(crate) const MAX_FRAGMENT_BYTES: usize = 2_000;

/// The parameter that names the stream.
const STREAM: &str = "stream";

/// The parameter that names the view, and its one value.
pub(crate) const VIEW: &str = "view";
pub(crate) const PRESENTER: &str = "presenter";

/// The parameter that starts a run.
const START: &str = "start";

/// The parameter that names an experiment.
const EXPERIMENT: &str = "experiment";

/// The most mistakes of an address that are reported one by one.
pub const MAX_ERRORS: usize = 8;

/// A page of the site. Each has a program, and an element of `index.html` to be shown in, with its route in
/// `data-route`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The run, and how its estimate comes about.
    Run,
    /// The lecture: its index, or a lesson of it.
    Lecture,
    /// The benchmark.
    Benchmark,
    /// An address as a QR code.
    QrCode,
    /// The devices of a class on one run.
    Hall,
}

impl Page {
    /// All of them. The first is shown at an address that names none.
    pub const ALL: [Self; 5] = [Self::Run, Self::Lecture, Self::Benchmark, Self::QrCode, Self::Hall];

    /// Those of the header, in its order. The last one is seen only where a hall serves the page: the style sheet decides, since
    /// that makes the program smaller.
    pub const IN_HEADER: [Self; 4] = [Self::Run, Self::Lecture, Self::Benchmark, Self::Hall];

    /// The address, from `#` on, that names it.
    pub const fn route(self) -> &'static str {
        match self {
            Self::Run => "#/",
            Self::Lecture => "#/lecture",
            Self::Benchmark => "#/benchmark",
            Self::QrCode => "#/qr",
            Self::Hall => "#/hall",
        }
    }

    /// Whether it is shown at `path`, the part between `#` and `?`. Below the lecture's path are its lessons, and below that of
    /// QR codes any address.
    fn is_at(self, path: &str) -> bool {
        let rest = self.route().strip_prefix('#').and_then(|route| path.strip_prefix(route));
        rest.is_some_and(|rest| {
            rest.is_empty() || (matches!(self, Self::Lecture | Self::QrCode) && rest.starts_with('/'))
        })
    }

    /// Its name in the header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Run => "π live",
            Self::Lecture => "Lecture",
            Self::Benchmark => "Benchmark",
            Self::QrCode => "QR code",
            Self::Hall => "Class",
        }
    }
}

/// What an address, from `#` on, asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Address {
    /// The run's page, which is also shown at an address that names no page.
    Run {
        /// The part of it that can be used.
        link: RunLink,
        /// Its mistakes, at most [`MAX_ERRORS`]. With any mistake nothing starts by itself.
        errors: Vec<LinkError>,
    },
    /// Another page, which reads the rest itself.
    Other(Page),
}

impl Address {
    /// The page to show.
    pub fn page(&self) -> Page {
        match self {
            Self::Run { .. } => Page::Run,
            Self::Other(page) => *page,
        }
    }

    /// Whether it names the run's page and says nothing of a run.
    pub fn is_bare(&self) -> bool {
        matches!(self, Self::Run { link, errors } if *link == RunLink::default() && errors.is_empty())
    }
}

/// What an address says of a run; what it does not name is left to the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunLink {
    /// The values it names, each field at most once.
    pub settings: Vec<Setting>,
    /// `start=1`: start at once.
    pub start: bool,
    /// `experiment=…`: the experiment that the page is set up for.
    pub experiment: Option<Experiment>,
    /// `view=presenter`: only what the audience needs, as large as the screen allows.
    pub presenter: bool,
}

impl RunLink {
    /// `config` with the values that the address names.
    pub fn applied_to(&self, config: Config) -> Config {
        self.settings.iter().fold(config, |config, &setting| config.with(setting))
    }
}

/// Why a part of an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LinkError {
    /// The address is too long to be one of this page.
    #[error("the address has {bytes} bytes after #; at most {MAX_FRAGMENT_BYTES} are read")]
    TooLong {
        /// Length of the part behind `#`.
        bytes: usize,
    },
    /// There is no page of this name.
    #[error("there is no page “{0}”; the run’s page is {run}", run = Page::Run.route())]
    UnknownPage(String),
    /// There is no parameter of this name.
    #[error(
        "there is no parameter “{0}”; known are seed, workers, batch, target, chaos, kernel, replace, gpu, stream, start, view and experiment"
    )]
    UnknownParameter(String),
    /// The parameter occurs more than once.
    #[error("the parameter {0} occurs more than once")]
    Repeated(String),
    /// `stream` is another one than this page counts with.
    #[error(
        "stream must be {STREAM_VERSION}, not “{0}”: this page counts with no other; \
         without stream it counts the same seed, with other points"
    )]
    Stream(String),
    /// `start` is something else than 1 or 0.
    #[error("start must be 1 or 0, not “{0}”")]
    Start(String),
    /// `view` is something else than presenter.
    #[error("view must be {PRESENTER}, not “{0}”")]
    View(String),
    /// There is no experiment of this name.
    #[error("there is no experiment “{0}”; there are {all}", all = Experiment::ALL.map(Experiment::name).join(", "))]
    Experiment(String),
    /// Parameters of a run stand where only a server would read them.
    #[error("“{0}” comes before the #, where nothing is read; after it, write {run}?{0}", run = Page::Run.route())]
    BeforeHash(String),
    /// A value is refused.
    #[error(transparent)]
    Value(Refusal),
    /// So many mistakes more.
    #[error("{0} more parts of the address cannot be used")]
    More(usize),
}

/// Reads the part of an address from `#` on, or from a `?` before it on (or an empty text). `boot.js` tells pages apart
/// likewise: by what stands between `#` and `?`.
pub fn parse(end: &str) -> Address {
    let (before, fragment) =
        if end.starts_with('?') { end.split_once('#').unwrap_or((end, "")) } else { ("", end) };
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    let (path, query) = fragment.split_once('?').unwrap_or((fragment, ""));
    let page = Page::ALL.into_iter().find(|page| page.is_at(path));
    if let Some(other) = page.filter(|page| *page != Page::Run) {
        return Address::Other(other);
    }
    let mut link = RunLink::default();
    if fragment.len() > MAX_FRAGMENT_BYTES {
        return Address::Run { link, errors: vec![LinkError::TooLong { bytes: fragment.len() }] };
    }
    let mut errors = Vec::from_iter(misplaced(before).map(LinkError::BeforeHash));
    if page.is_none() && !path.is_empty() {
        errors.push(LinkError::UnknownPage(shortened(path)));
    }
    errors.extend(follow_each(query, LinkError::Repeated, |name, value| link.set(name, value)));
    if !errors.is_empty() {
        link.start = false;
    }
    if errors.len() > MAX_ERRORS {
        let more = errors.split_off(MAX_ERRORS - 1);
        errors.push(LinkError::More(more.len()));
    }
    Address::Run { link, errors }
}

/// Passes each parameter of `query` to `set`, each name once; returns the mistakes.
pub(crate) fn follow_each<E>(
    query: &str,
    repeated: fn(String) -> E,
    mut set: impl FnMut(&str, &str) -> Result<(), E>,
) -> Vec<E> {
    let mut errors = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if seen.iter().any(|earlier| *earlier == name) {
            errors.push(repeated(shortened(&name)));
            continue;
        }
        errors.extend(set(&name, &value).err());
        seen.push(name.into_owned());
    }
    errors
}

/// The parameters of a run among those before `#`. Other parameters there come from services that passed the link on.
fn misplaced(before: &str) -> Option<String> {
    let mut misplaced = String::new();
    for parameter in before.trim_start_matches('?').split('&') {
        let name = parameter.split('=').next().unwrap_or_default();
        let read = RunLink::default().set(name, "");
        if !matches!(read, Err(LinkError::UnknownParameter(_))) {
            misplaced.push_str(if misplaced.is_empty() { "" } else { "&" });
            misplaced.push_str(parameter);
        }
    }
    (!misplaced.is_empty()).then(|| shortened(&misplaced))
}

/// The query in the benchmark's address, from `#` on, which means nothing there; none if there is none.
pub fn unread_by_benchmark(fragment: &str) -> Option<String> {
    let query = fragment.strip_prefix(Page::Benchmark.route())?.strip_prefix('?')?;
    (!query.is_empty()).then(|| shortened(query))
}

impl RunLink {
    fn set(&mut self, name: &str, value: &str) -> Result<(), LinkError> {
        if name == STREAM {
            let is_ours = parse_u64(value) == Some(STREAM_VERSION.into());
            return if is_ours { Ok(()) } else { Err(LinkError::Stream(shortened(value))) };
        }
        if name == START {
            self.start = match value {
                "1" => true,
                "0" => false,
                other => return Err(LinkError::Start(shortened(other))),
            };
            return Ok(());
        }
        if name == VIEW {
            self.presenter = value == PRESENTER;
            return if self.presenter { Ok(()) } else { Err(LinkError::View(shortened(value))) };
        }
        if name == EXPERIMENT {
            let experiment =
                Experiment::named(value).ok_or_else(|| LinkError::Experiment(shortened(value)))?;
            self.experiment = Some(experiment);
            return Ok(());
        }
        let field = Field::ALL.into_iter().find(|field| field.name() == name);
        let field = field.ok_or_else(|| LinkError::UnknownParameter(shortened(name)))?;
        self.settings.push(field.read(value).map_err(LinkError::Value)?);
        Ok(())
    }
}

/// The address, from `#` on, that carries `config` without what a link need not say, the `experiment` it is set up
/// for, and whether it is shown in the presenter view.
pub fn write(config: &Config, experiment: Option<Experiment>, presenter: bool) -> String {
    write_settings(Field::ALL.into_iter().map(|field| config.get(field)), experiment, presenter)
}

/// The address, from `#` on, of the run of `seed` that ends at `target`, whoever counts it.
pub fn write_run(seed: Seed, target: Target) -> String {
    let target = Setting::Live(LiveSetting::Target(Some(target)));
    write_settings([Setting::Seed(seed), target].into_iter(), None, false)
}

/// What a link need not say, though every checkpoint does.
const NO_CHAOS: Setting = Setting::Live(LiveSetting::Chaos(Chaos::NONE));

fn write_settings(
    settings: impl Iterator<Item = Setting>,
    experiment: Option<Experiment>,
    presenter: bool,
) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for setting in settings {
        if !setting.is_unsaid() && setting != NO_CHAOS {
            query.append_pair(setting.field().name(), &setting.to_string());
        }
    }
    query.append_pair(STREAM, &STREAM_VERSION.to_string());
    if let Some(experiment) = experiment {
        query.append_pair(EXPERIMENT, experiment.name());
    }
    if presenter {
        query.append_pair(VIEW, PRESENTER);
    }
    format!("{}?{}", Page::Run.route(), query.finish())
}

/// The address `fragment` with the parameter `name` set to `value`, or (none) without it.
pub fn changed(fragment: &str, name: &str, value: Option<&str>) -> String {
    let query = fragment.split_once('?').map_or("", |(_, query)| query);
    let mut changed = form_urlencoded::Serializer::new(String::new());
    changed.extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(other, _)| other != name));
    changed.extend_pairs(value.map(|value| (name, value)));
    format!("{}?{}", Page::Run.route(), changed.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::config::{AfterDeath, BatchPoints, BatchSize, Gpu, WorkerCount};
    use dartboard_points::kernel::Kernel;
    use proptest::prelude::*;

    /// What an address of the run's page says of a run, and its mistakes.
    fn run_at(fragment: &str) -> (RunLink, Vec<LinkError>) {
        match parse(fragment) {
            Address::Run { link, errors } => (link, errors),
            Address::Other(page) => panic!("{fragment} is that of {page:?}"),
        }
    }

    fn configs() -> impl Strategy<Value = Config> {
        let batch = prop_oneof![
            (1_u64..=100_000).prop_map(|blocks| BatchSize::Fixed(BatchPoints::nearest(blocks))),
            Just(BatchSize::Auto)
        ];
        let target = proptest::option::of(1..=Target::MAX.blocks());
        let gpu = prop::sample::select(&[Gpu::Off, Gpu::Beside, Gpu::Alone][..]);
        let rare = (any::<bool>(), any::<bool>(), gpu);
        (any::<u64>(), 1_u32..=64, batch, target, 0..=1000_u32, rare).prop_map(
            |(seed, workers, batch, target, mille, (by_point, goes_on, gpu))| Config {
                gpu,
                kernel: by_point.then_some(Kernel::Reference),
                after_death: if goes_on { AfterDeath::GoOn } else { AfterDeath::Replace },
                target: target.and_then(Target::from_blocks),
                chaos: Chaos::parse(&format!("{}.{:03}", mille / 1_000, mille % 1_000)).unwrap(),
                ..Config::new(Seed(seed), WorkerCount::nearest(workers), batch)
            },
        )
    }

    /// A configuration to be changed by what is read, or written.
    fn config_of(seed: u64) -> Config {
        Config::new(Seed(seed), WorkerCount::MIN, BatchSize::Auto)
    }

    /// Parameters, valid or not.
    fn any_fragment() -> impl Strategy<Value = String> {
        const VALUES: [&str; 17] = [
            "1",
            "only",
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
            8 => prop::sample::select(&["seed", "workers", "batch", "target", "chaos", "kernel", "replace", "gpu", "start", "stream", "%73eed"][..])
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
            let (link, errors) = run_at(&write(&config, None, false));
            prop_assert_eq!(errors, vec![]);
            let other = config_of(!config.seed.0);
            prop_assert_eq!(link.applied_to(other), config);
            prop_assert!(!link.start);
        }

        // Fails with: a start by a wrong address, a sentence that grows with the address, a value taken that the page
        // itself would refuse to read.
        #[test]
        fn any_address_is_read_without_harm(fragment in any_fragment(), config in configs()) {
            let (link, errors) = run_at(&fragment);
            prop_assert!(errors.is_empty() || !link.start);
            prop_assert!(errors.len() <= MAX_ERRORS);
            prop_assert!(errors.iter().all(|error| error.to_string().len() < 500));
            let config = link.applied_to(config);
            let (again, errors) = run_at(&write(&config, None, false));
            prop_assert_eq!(errors, vec![]);
            let said_nothing = Config::new(config.seed, config.workers, config.batch);
            prop_assert_eq!(again.applied_to(said_nothing), config);
        }
    }

    // Fails with: a run that is silently another one than the link's; a foreign parameter taken for a mistake.
    #[test]
    fn what_stands_before_the_hash_is_told_if_it_is_a_runs() {
        let (link, errors) = run_at("?utm_source=mail&seed=42&start=1#/?workers=2&start=1");
        assert_eq!(
            errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "“seed=42&start=1” comes before the #, where nothing is read; after it, write #/?seed=42&start=1"
            ]
        );
        assert!(!link.start && link.settings.len() == 1);
        assert_eq!(run_at("?seed=42").1, [LinkError::BeforeHash("seed=42".to_owned())]);
        for foreign in ["?", "?#/", "?utm_source=mail&fbclid=1", "?from=a-link#/?", "?a?seed=1"] {
            assert_eq!(run_at(foreign), (RunLink::default(), vec![]), "{foreign}");
        }
        let long = format!("?seed={}", "1".repeat(9_000));
        assert!(run_at(&long).1[0].to_string().len() < 500);
        assert_eq!(parse("?seed=1#/benchmark"), Address::Other(Page::Benchmark));
    }

    #[test]
    fn what_the_benchmarks_address_says_in_vain_is_known() {
        assert_eq!(unread_by_benchmark("#/benchmark?preset=lecture").as_deref(), Some("preset=lecture"));
        for read in ["#/benchmark", "#/benchmark?", "#/?seed=1", ""] {
            assert_eq!(unread_by_benchmark(read), None, "{read}");
        }
    }

    #[test]
    fn an_empty_address_says_nothing() {
        for fragment in ["", "#", "#/", "#/?"] {
            assert_eq!(run_at(fragment), (RunLink::default(), vec![]));
        }
    }

    #[test]
    fn each_wrong_parameter_is_named_and_nothing_starts() {
        let (link, errors) =
            run_at("#/?seed=18446744073709551616&workers=0&batch=150000&colour=red&start=1&workers=2");
        assert!(!link.start && link.settings.is_empty());
        let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
        for (message, part) in messages.iter().zip([
            "seed must be",
            "workers must be",
            "150,000",
            "“colour”",
            "workers occurs more than once",
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
        let (link, _) = run_at("#/?experiment=small-batches");
        assert_eq!(link.experiment, Some(Experiment::SmallBatches));
        let config = link.applied_to(config_of(1));
        assert!(write(&config, link.experiment, false).ends_with("&experiment=small-batches"));
        let refusal = run_at("#/?experiment=none").1[0].to_string();
        assert_eq!(
            refusal,
            "there is no experiment “none”; there are next-digit, small-batches, killed-worker"
        );
    }

    // Fails with: a link of another stream that is counted with this one as if it were the same; a link that names none
    // refused; one that this page writes without its stream.
    #[test]
    fn a_link_of_another_stream_is_refused_and_one_of_none_is_of_this() {
        for link in ["#/?seed=7&start=1&stream=2", "#/?stream=2&seed=7&start=1", "#/?seed=7&start=1"] {
            let (link, errors) = run_at(link);
            assert_eq!((errors, link.start, link.settings), (vec![], true, vec![Setting::Seed(Seed(7))]));
        }
        for other in ["1", "3", "", "two", "18446744073709551616", "4294967298"] {
            let (link, errors) = run_at(&format!("#/?seed=7&start=1&stream={other}"));
            assert_eq!((errors, link.start), (vec![LinkError::Stream(other.to_owned())], false));
        }
        assert_eq!(
            run_at("#/?stream=1").1[0].to_string(),
            "stream must be 2, not “1”: this page counts with no other; without stream it counts the same seed, with \
             other points"
        );
        assert_eq!(run_at("#/?stream=2&stream=2").1, [LinkError::Repeated("stream".to_owned())]);
        let config = config_of(7);
        assert_eq!(write(&config, None, false), "#/?seed=7&workers=1&batch=auto&stream=2");
    }

    // Fails with: a view that gets lost in a link, or in the address when the run changes; another view taken for this one.
    #[test]
    fn the_presenter_view_is_named_in_the_address() {
        assert!(run_at("#/?seed=7&view=presenter").0.presenter && !run_at("#/?seed=7").0.presenter);
        let refusal = run_at("#/?view=full&start=1");
        assert_eq!((refusal.0.presenter, refusal.0.start), (false, false));
        assert_eq!(refusal.1[0].to_string(), "view must be presenter, not “full”");
        let config = config_of(7);
        let written = write(&config, None, true);
        assert_eq!(written, "#/?seed=7&workers=1&batch=auto&stream=2&view=presenter");
        assert!(run_at(&written).0.presenter);
    }

    // Fails with: a link to a class's total that counts something else than the class did.
    #[test]
    fn the_link_of_a_run_names_seed_target_and_stream_alone() {
        let target = Target::from_blocks(10).unwrap();
        let link = write_run(Seed(7), target);
        assert_eq!(link, "#/?seed=7&target=1000000&stream=2");
        let (read, errors) = run_at(&link);
        assert_eq!(errors, vec![]);
        let config = read.applied_to(config_of(1));
        assert_eq!((config.seed, config.target), (Seed(7), Some(target)));
    }

    #[test]
    fn start_is_obeyed_only_as_1() {
        assert!(run_at("#/?start=1").0.start);
        assert!(!run_at("#/?start=0").0.start);
        assert_eq!(run_at("#/?start=yes").1, [LinkError::Start("yes".to_owned())]);
    }

    #[test]
    fn the_benchmark_is_another_page() {
        for fragment in ["#/benchmark", "#/benchmark?preset=quick"] {
            assert_eq!(parse(fragment), Address::Other(Page::Benchmark));
        }
        for fragment in ["", "#/", "#/?seed=1", "#/benchmarks", "#benchmark", "#/?/benchmark"] {
            assert_eq!(parse(fragment).page(), Page::Run, "{fragment}");
        }
        assert_eq!(parse("#/benchmark").page(), Page::Benchmark);
        for lecture in ["#/lecture", "#/lecture?run=1", "#/lecture/race?threads=2"] {
            assert_eq!(parse(lecture).page(), Page::Lecture);
        }
        assert_eq!(parse("#/lectures").page(), Page::Run);
        for code in ["#/qr", "#/qr/?seed=1", "#/qr/lecture/race?threads=2"] {
            assert_eq!(parse(code).page(), Page::QrCode);
        }
        for class in ["#/hall", "#/hall?code=4719"] {
            assert_eq!(parse(class).page(), Page::Hall);
        }
    }

    #[test]
    fn an_address_is_bare_that_names_the_runs_page_alone() {
        for fragment in ["", "#", "#/", "#/?"] {
            assert!(parse(fragment).is_bare(), "{fragment}");
        }
        for fragment in ["#/?seed=1", "#/?colour=red", "#/elsewhere", "#/benchmark"] {
            assert!(!parse(fragment).is_bare(), "{fragment}");
        }
    }

    // Fails with: a page that boot.js cannot show, or shows at another address than the header names.
    #[test]
    fn each_page_has_an_element_with_its_route() {
        let elements = include_str!("../../index.html").split("data-route=\"").skip(1);
        let routes: Vec<&str> = elements.filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(routes, Page::ALL.map(Page::route));
        assert_eq!(Page::ALL.map(|page| parse(page.route()).page()), Page::ALL);
    }

    // Fails with: an address of an experiment that is refused, starts something, or is not as the page writes it.
    #[test]
    fn every_experiment_sets_the_page_up_and_starts_nothing() {
        for experiment in Experiment::ALL {
            let (link, errors) = run_at(experiment.address());
            assert_eq!(errors, []);
            assert_eq!((link.experiment, link.start), (Some(experiment), false));
            assert_eq!(
                write_settings(link.settings.into_iter(), Some(experiment), false),
                experiment.address()
            );
            assert_eq!(Experiment::named(experiment.name()), Some(experiment));
        }
    }

    #[test]
    fn other_pages_and_endless_addresses_are_refused() {
        assert_eq!(run_at("#/elsewhere?seed=1").1, [LinkError::UnknownPage("/elsewhere".to_owned())]);
        assert_eq!(
            run_at(&format!("#/?seed={}", "1".repeat(5_000))).1,
            [LinkError::TooLong { bytes: 5_007 }]
        );
        let longest = format!("/?seed={}7", "0".repeat(MAX_FRAGMENT_BYTES - 8));
        assert_eq!(run_at(&longest).0.settings, [Setting::Seed(Seed(7))]);
        assert_eq!(run_at(&longest).1, []);
        let bytes = MAX_FRAGMENT_BYTES + 1;
        assert_eq!(run_at(&format!("{longest}7")), (RunLink::default(), vec![LinkError::TooLong { bytes }]));
    }

    // Fails with: a page filled by a link with a sentence for each of a thousand mistakes.
    #[test]
    fn many_mistakes_are_counted_and_not_told_one_by_one() {
        let wrong = |count: u64| {
            let parameters: Vec<_> = (0..count).map(|number| format!("&{number}=")).collect();
            run_at(&format!("#/?seed=1{}&start=1", parameters.concat()))
        };
        assert_eq!(wrong(8).1.len(), 8);
        assert_eq!(wrong(8).1[7], LinkError::UnknownParameter("7".to_owned()));
        let (link, errors) = wrong(100);
        assert!(!link.start && link.settings == [Setting::Seed(Seed(1))]);
        assert_eq!(errors.len(), MAX_ERRORS);
        assert_eq!(errors[6], LinkError::UnknownParameter("6".to_owned()));
        assert_eq!(errors[7], LinkError::More(93));
        assert_eq!(errors[7].to_string(), "93 more parts of the address cannot be used");
    }
}
