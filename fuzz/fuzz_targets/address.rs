//! Any text behind `#` gives a configuration in range, or short sentences and no start.
#![no_main]

use dartboard_core::address::{Address, MAX_ERRORS, changed, parse, write};
use dartboard_core::run::config::{BatchSize, Chaos, Config, WorkerCount};
use dartboard_fuzz::assert_short;
use dartboard_points::tally::Seed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|fragment: &str| {
    let Address::Run { link, errors } = parse(fragment) else { return };
    assert!(errors.is_empty() || !link.start, "nothing starts by a wrong address");
    assert!(errors.len() <= MAX_ERRORS);
    for error in &errors {
        assert_short(error, 500);
    }
    let is_right = errors.is_empty();
    let config = link.applied_to(Config::new(Seed(0), WorkerCount::MIN, BatchSize::Auto));
    let written = write(&config, link.experiment, link.presenter);
    let Address::Run { link: again, errors } = parse(&written) else { panic!("{written}") };
    assert_eq!(errors, [], "{written}");
    assert_eq!(again.experiment, link.experiment);
    let other = Config {
        seed: Seed(!config.seed.0),
        workers: WorkerCount::MAX,
        target: None,
        chaos: Chaos::NONE,
        ..config
    };
    assert_eq!(again.applied_to(other), config);
    // A parameter set in an address that can be followed leaves the others as they are.
    if is_right {
        let changed = changed(fragment, "workers", Some("3"));
        let Address::Run { link: changed, errors } = parse(&changed) else { panic!("{changed}") };
        assert_eq!(errors, []);
        assert_eq!((changed.start, changed.experiment), (link.start, link.experiment));
        assert_eq!(changed.applied_to(other).seed, link.applied_to(other).seed);
    }
});
