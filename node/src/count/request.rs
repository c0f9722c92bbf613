//! What is to be counted.

use std::thread::available_parallelism;

use dartboard_core::address::{self, Address, RunLink};
use dartboard_core::field::{Refusal, TextField, Typed};
use dartboard_core::run::checkpoint::Checkpoint;
use dartboard_core::run::config::{
    self, BatchSize, Config, Field, LiveSetting, Setting, Target, WorkerCount,
};
use dartboard_points::kernel::Kernel;
use dartboard_points::tally::Seed;

use super::run_file::RunFile;
use super::{CountError, Options};
use crate::gpu::Gpu;

/// A link to a run.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// The page's address: what stands before `#`. May be empty.
    page: String,
    run: RunLink,
}

/// What is to be counted, and where it is kept.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) config: Config,
    /// That of `config`.
    pub(super) target: Target,
    /// What is counted of it already.
    pub(super) resumed: Option<Checkpoint>,
    pub(super) file: RunFile,
    /// What counts beside the processor's threads or instead of them.
    pub(super) gpu: Option<Gpu>,
}

impl Request {
    /// Reads what the arguments name.
    pub(super) fn of(options: Options) -> Result<Self, CountError> {
        let Options { link, seed, target, resume, checkpoint, threads, json: _, gpu } = options;
        let threads = threads.unwrap_or_else(all_cores);
        let page = link.as_ref().map_or_else(String::new, |link| link.page.clone());
        let (named, resumed, mut file) = match (&link, resume) {
            (_, Some(path)) => {
                let (run, file) = RunFile::resume(&path)?;
                (Named::of_config(&run.config()), Some(run), Some(file))
            }
            (Some(link), None) => (Named::of_link(&link.run)?, None, None),
            (None, None) => {
                (Named { seed: seed.ok_or(CountError::NoSeed)?, target: None, kernel: None }, None, None)
            }
        };
        let target = target.or(named.target).ok_or(CountError::NoTarget)?;
        // Last, since it takes longest.
        let gpu = gpu.open()?;
        let config = Config {
            target: Some(target),
            gpu: gpu.as_ref().map_or(config::Gpu::Off, Gpu::setting),
            kernel: named.kernel,
            ..Config::new(named.seed, threads, BatchSize::Auto)
        };
        if let Some(path) = checkpoint {
            // The file that is resumed may be named once more.
            let resumed_too = file.take().filter(|file| file.is_at(&path));
            file = Some(resumed_too.unwrap_or_else(|| RunFile::new(path, named.seed)));
        }
        let file =
            file.unwrap_or_else(|| RunFile::new(format!("dartboard-{}.json", named.seed).into(), named.seed));
        Ok(Self { config, target, resumed, file: file.of_page(page), gpu })
    }
}

/// What a link or a file says of what is counted, whoever counts it.
struct Named {
    seed: Seed,
    target: Option<Target>,
    kernel: Option<Kernel>,
}

impl Named {
    fn of_config(config: &Config) -> Self {
        Self { seed: config.seed, target: config.target, kernel: config.kernel }
    }

    fn of_link(link: &RunLink) -> Result<Self, CountError> {
        let mut seed = None;
        let (mut target, mut kernel) = (None, None);
        for setting in &link.settings {
            match *setting {
                Setting::Seed(named) => seed = Some(named),
                Setting::Live(LiveSetting::Target(named)) => target = named,
                Setting::Live(LiveSetting::Kernel(named)) => kernel = named,
                Setting::Live(_) => {}
            }
        }
        Ok(Self { seed: seed.ok_or(CountError::NoSeed)?, target, kernel })
    }
}

/// A thread for each core, as far as a run can have so many.
pub(crate) fn all_cores() -> WorkerCount {
    let cores = available_parallelism().map_or(1, usize::from);
    WorkerCount::nearest(u32::try_from(cores).unwrap_or(u32::MAX))
}

/// Reads a link, or its part from `#` or `?` on.
pub(super) fn parse_link(text: &str) -> Result<Link, String> {
    let begin = text
        .find(['#', '?'])
        .ok_or("a link to a run has its seed and target behind #, such as '#/?seed=42&target=1000000000'")?;
    let (page, end) = text.split_at(begin);
    match address::parse(end) {
        Address::Run { link, errors } if errors.is_empty() => Ok(Link { page: page.to_owned(), run: link }),
        Address::Run { errors, .. } => {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            Err(errors.join("; "))
        }
        other @ Address::Other(_) => Err(format!(
            "it leads to the page “{}”; a link to a run has its seed and target behind #/?",
            other.page().name()
        )),
    }
}

/// Reads a seed as the page's field does.
pub(crate) fn parse_seed(text: &str) -> Result<Seed, Refusal> {
    read(Field::Seed, text, config::parse_seed)
}

/// Reads a target as the page's field does: also `1,000,000` and `1e9`.
pub(crate) fn parse_target(text: &str) -> Result<Target, Refusal> {
    read(Field::Target, text, Target::parse)
}

/// Reads a number of threads.
pub(crate) fn parse_threads(text: &str) -> Result<WorkerCount, Refusal> {
    let threads = read(Field::Workers, text, WorkerCount::parse);
    threads.map_err(|refusal| Refusal { subject: "threads", ..refusal })
}

fn read<V>(field: impl TextField, text: &str, read: fn(&str) -> Result<V, Refusal>) -> Result<V, Refusal> {
    Typed::of(field).read(text, |strict| read(&strict))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(text: &str) -> Result<(String, u64, Option<u64>), String> {
        let link = parse_link(text)?;
        let named = Named::of_link(&link.run).map_err(|error| error.to_string())?;
        Ok((link.page, named.seed.0, named.target.map(Target::points)))
    }

    #[test]
    fn a_link_may_have_a_page_before_its_run() {
        let query = "?seed=42&workers=4&batch=auto&target=1000000&chaos=0.5&stream=2&start=1&view=presenter";
        for page in ["", "https://example.org/dartboard/", "http://127.0.0.1:8080/"] {
            assert_eq!(link(&format!("{page}#/{query}")), Ok((page.to_owned(), 42, Some(1_000_000))));
        }
        assert_eq!(link("#?seed=7"), Ok((String::new(), 7, None)));
    }

    // Fails with: a link that is followed in part, or refused without saying what is wrong with it.
    #[test]
    fn what_cannot_be_followed_is_refused_in_the_pages_words() {
        for (text, words) in [
            ("seed=42", "behind #"),
            ("https://example.org/", "behind #"),
            ("#/?target=100000", "names no seed"),
            ("#/?seed=-1", "seed must be a whole number from 0"),
            ("#/?seed=1&target=100001", "target must be a multiple of 100,000"),
            ("#/?seed=1&stream=1", "stream must be 2"),
            ("#/?seed=1&seed=2", "occurs more than once"),
            ("?seed=1#/", "comes before the #"),
            ("#/nowhere?seed=1", "there is no page"),
            ("#/lecture/race", "Lecture"),
        ] {
            let refused = link(text).unwrap_err();
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }

    #[test]
    fn numbers_are_read_as_the_page_reads_them() {
        assert_eq!(parse_seed("18446744073709551615").unwrap(), Seed(u64::MAX));
        assert_eq!(parse_target("1e9").unwrap(), Target::from_blocks(10_000).unwrap());
        assert_eq!(parse_target("1,000,000").unwrap().points(), 1_000_000);
        assert_eq!(parse_threads("64").unwrap(), WorkerCount::MAX);
        let refused = parse_threads("65").unwrap_err().to_string();
        assert_eq!(refused, "threads must be a whole number from 1 to 64, not “65”");
    }
}
