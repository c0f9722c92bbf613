//! Any text is the file of a benchmark whose figures are numbers, or a short sentence; and nothing in it becomes a tag of
//! a chart.
#![no_main]

use dartboard_core::benchmark::document::{Loaded, read};
use dartboard_core::benchmark::figure::{Figure, Machine};
use dartboard_fuzz::assert_short;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let loaded = match read(text) {
        Ok(loaded) => loaded,
        Err(error) => return assert_short(&error, 600),
    };
    let name = loaded.name();
    let Loaded { environment, summaries, samples } = loaded;
    assert!(!samples.is_empty() && summaries.len() <= 500);
    for summary in &summaries {
        let numbers = [summary.job_ms.median, summary.job_ms.mad, summary.points_per_second];
        let shares = [summary.speed_up, summary.efficiency].into_iter().flatten();
        assert!(numbers.into_iter().chain(shares).all(|number| number.is_finite() && number >= 0.0));
        assert!(summary.condition.to_string().len() < 200);
    }
    assert!(environment.facts().iter().all(|(_, value)| value.len() < 2_000));
    for figure in Figure::ALL {
        let saved =
            |name| figure.saved_svg(&[Machine { name, summaries: &summaries, cores: environment.cores }]);
        let (named, plain) = (saved(Some(&name)), saved(Some("plain")));
        assert_eq!(named.as_deref().map(tags), plain.as_deref().map(tags));
    }
});

/// What stands between `<` and `>`.
fn tags(svg: &str) -> Vec<&str> {
    svg.split('<').skip(1).map(|piece| piece.split('>').next().unwrap_or_default()).collect()
}
