//! The tests of the page, one after another in one browser.
//!
//! Each finds the browser as if it had just been started. A test that fails takes its browser with it, and the next one
//! gets another. At the end the output says where the time went.

use std::env;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use dartboard_e2e::{Browser, Engine, Error};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;
use tokio::time::{Duration, Instant};

/// How a test ends.
type Ending<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>>;

/// A test that opens its pages in the browser that it is given.
pub(crate) struct Test {
    /// With its module's, as `main::estimate::…`.
    name: &'static str,
    /// Whether one engine is enough: it looks at what natively tested code decides, and the page shows by the same calls
    /// in every engine.
    in_one_engine: bool,
    run: for<'a> fn(&'a Browser) -> Ending<'a>,
}

/// Names the functions of a module that are tests, marked by `#[in_one_engine]` where one is enough. One that is not named
/// is unused, which Clippy does not let pass.
macro_rules! tests {
    ($($(#[$mark:ident])? $name:ident,)*) => {
        /// The tests of this module.
        pub(crate) const TESTS: &[$crate::Test] = &[$(
            $crate::Test {
                name: concat!(module_path!(), "::", stringify!($name)),
                in_one_engine: tests!(@mark $($mark)?),
                run: |browser| Box::pin($name(browser)),
            },
        )*];
    };
    (@mark) => { false };
    (@mark in_one_engine) => { true };
}

mod accessibility;
mod benchmark;
mod class;
mod controls;
mod download_lesson;
mod downloads;
mod estimate;
mod faults;
mod gpu;
mod gpu_run;
mod hostile;
mod isolation;
mod lecture;
mod long;
mod offline;
mod pipeline;
mod processes;
mod resume;
mod screens;
mod serve;
mod shipping;
mod surroundings;
mod threads;
mod window;
mod workshop;

const MODULES: [&[Test]; 25] = [
    accessibility::TESTS,
    benchmark::TESTS,
    class::TESTS,
    controls::TESTS,
    download_lesson::TESTS,
    downloads::TESTS,
    estimate::TESTS,
    faults::TESTS,
    gpu::TESTS,
    gpu_run::TESTS,
    hostile::TESTS,
    isolation::TESTS,
    lecture::TESTS,
    long::TESTS,
    offline::TESTS,
    pipeline::TESTS,
    processes::TESTS,
    resume::TESTS,
    screens::TESTS,
    serve::TESTS,
    shipping::TESTS,
    surroundings::TESTS,
    threads::TESTS,
    window::TESTS,
    workshop::TESTS,
];

/// What the tests have in common.
struct Stage {
    /// The browser of the test before, if that passed. Before the runtime, which its end needs.
    browser: Mutex<Option<Browser>>,
    durations: Mutex<Vec<(Duration, &'static str)>>,
    runtime: Runtime,
}

impl Stage {
    fn run(&self, name: &'static str, test: &Test) -> Result<(), Failed> {
        let mut kept = self.browser.lock().unwrap_or_else(PoisonError::into_inner);
        let before = kept.take();
        let begun = Instant::now();
        let ended = self.runtime.block_on(async {
            let browser = fresh_browser(before).await?;
            (test.run)(&browser).await?;
            *kept = Some(browser);
            Ok(())
        });
        self.durations.lock().unwrap_or_else(PoisonError::into_inner).push((begun.elapsed(), name));
        ended
    }

    /// Each test that took a second or more, and how many; the longest first.
    fn tell_durations(&self) {
        let mut durations = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        durations.sort_by(|one, other| other.cmp(one));
        for (duration, name) in durations.iter().filter(|(duration, _)| duration.as_secs() > 0) {
            println!("{:7.1} s  {name}", duration.as_secs_f64());
        }
    }
}

/// The browser of the test before, cleared, or a new one.
async fn fresh_browser(before: Option<Browser>) -> Result<Browser, Error> {
    if let Some(browser) = before {
        match browser.start_afresh().await {
            Ok(()) => return Ok(browser),
            Err(error) => eprintln!("the browser is ended, since it cannot be cleared: {error}"),
        }
    }
    Browser::start().await
}

/// Whether the test of that number is of the half that `DARTBOARD_HALF` names, if it names one.
fn is_chosen(index: usize) -> bool {
    match env::var("DARTBOARD_HALF").as_deref() {
        Ok("1") => index.is_multiple_of(2),
        Ok("2") => !index.is_multiple_of(2),
        _ => true,
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // As many as there are browsers.
    arguments.test_threads = Some(1);
    let runtime = Runtime::new().expect("a runtime");
    let stage = Arc::new(Stage { browser: Mutex::default(), durations: Mutex::default(), runtime });
    let mut left_out = Vec::new();
    let does_all = Engine::chosen().is_ok_and(Engine::does_all);
    let tests =
        MODULES.into_iter().flatten().enumerate().filter(|(index, _)| is_chosen(*index)).map(|(_, test)| {
            let name = test.name.trim_start_matches("main::");
            let stage = Arc::clone(&stage);
            // `--include-ignored` runs them too.
            let is_left_out = test.in_one_engine && !does_all;
            if is_left_out && !arguments.include_ignored {
                left_out.push(name);
            }
            Trial::test(name, move || stage.run(name, test)).with_ignored_flag(is_left_out)
        });
    let tests = tests.collect();
    let conclusion = libtest_mimic::run(&arguments, tests);
    stage.tell_durations();
    if let (Ok(engine), false) = (Engine::chosen(), left_out.is_empty()) {
        println!("left out in {engine}: of these one engine is enough: {}", left_out.join(", "));
    }
    conclusion.exit_code()
}
