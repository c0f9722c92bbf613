//! What is written is read back; what another program wrote is refused by name.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::benchmark::plan::Preset;
use crate::benchmark::results::tests::sample;
use dartboard_points::tally::Seed;

fn environment() -> Environment {
    Environment {
        user_agent: "Chrome/156".to_owned(),
        cores: 2,
        timer_step_ms: 0.1,
        isolated: Some(false),
        simd: true,
        build: "b".to_owned(),
        gpu: None,
    }
}

/// A document with one sample, as JSON that can be changed.
fn document() -> Value {
    let runner = Runner::new(Preset::Quick.plan(2, false, Seed(u64::MAX)), 2);
    let mut document: Value = serde_json::from_str(&write(&runner, &environment(), &[]).unwrap()).unwrap();
    document["samples"] = json!([serde_json::to_value(SampleRow::from(&measured())).unwrap()]);
    document
}

/// A document with `count` samples, each changed by `change`, which is given its number from 0.
fn document_of(count: u64, change: fn(&mut Value, u64)) -> Value {
    let mut document = document();
    let row = document["samples"][0].clone();
    let rows = (0..count).map(|number| {
        let mut row = row.clone();
        change(&mut row, number);
        row
    });
    document["samples"] = rows.collect();
    document
}

/// A sample of four jobs.
fn measured() -> Sample {
    Sample { work: Work { job_blocks: 2_500, jobs: 4 }, ..sample(Mode::Workers, 2, 3, 500.0) }
}

#[test]
fn samples_and_environment_come_back() {
    let loaded = read(&document().to_string()).unwrap();
    assert_eq!(loaded.environment, environment());
    assert_eq!(loaded.samples, [measured().into()]);
    assert_eq!(loaded.name(), environment().name());
    assert_eq!(loaded.summaries.len(), 1);
    // As text: a Number would not hold it.
    assert!(document()["plan"].to_string().contains("[\"seed\",\"18446744073709551615\"]"));
}

// Fails with: a GPU's samples refused by the page that reads them, or an adapter's name lost or shown at any length.
#[test]
fn a_gpu_comes_back_with_its_adapters_name() {
    let mut document = document();
    (document["samples"][0]["group"], document["samples"][0]["mode"]) = (json!("gpu"), json!("gpu"));
    document["samples"][0]["batch_points"] = json!(0);
    for (name, read_back) in [(json!("an adapter"), 10), (json!(""), 0), (json!("x".repeat(1_000)), 41)] {
        document["environment"]["gpu"] = name;
        let loaded = read(&document.to_string()).unwrap();
        assert_eq!(loaded.environment.gpu.unwrap().chars().count(), read_back);
        let Condition { group, mode, .. } = loaded.samples[0].condition;
        assert_eq!((group.name(), mode), ("gpu", Mode::Gpu));
        assert_eq!((loaded.summaries.len(), loaded.summaries[0].speed_up), (1, None));
    }
}

#[test]
fn foreign_files_are_refused_by_name() {
    let said = |text: &str| read(text).unwrap_err().to_string();
    assert!(said("hello").contains("not a benchmark saved by this page: expected"));
    assert!(said("[1, 2]").contains("not a benchmark saved by this page: invalid"));
    assert!(
        said("{\"name\": \"dartboard\"}")
            .contains("not a benchmark saved by this page: it does not say “format”")
    );
    assert!(said(&" ".repeat(MAX_BYTES + 1)).contains("8000001 bytes; at most 8000000"));
    let changed = |change: fn(&mut Value)| {
        let mut document = document();
        change(&mut document);
        said(&document.to_string())
    };
    assert!(
        changed(|document| document["version"] = json!(3))
            .contains("of version 3; this page reads versions 1 and 2")
    );
    assert!(changed(|document| document["samples"] = json!([])).contains("0 samples"));
    assert!(changed(|document| document["environment"]["cores"] = json!(0)).contains("claims 0 cores"));
}

// Fails with: a file that keeps the page busy for minutes by conditions or repeats without end.
#[test]
fn more_than_a_page_can_sum_up_is_refused() {
    let read_with = |count, change| {
        let document = document_of(count, change);
        read(&document.to_string()).map(|loaded| loaded.summaries.len()).map_err(|error| error.to_string())
    };
    let another_batch: fn(&mut Value, u64) = |row, number| row["batch_points"] = json!(100_000 * number);
    assert_eq!(read_with(500, another_batch), Ok(500));
    assert_eq!(read_with(501, another_batch), Err("the file has more than 500 conditions".to_owned()));
    assert_eq!(read_with(1_000, |_, _| {}), Ok(1));
    assert_eq!(
        read_with(1_001, |_, _| {}),
        Err("the file has more than 1000 samples of one condition".to_owned())
    );
}

#[test]
fn impossible_samples_are_refused_by_number_and_field() {
    for (field, value) in [
        ("mode", json!("processes")),
        ("kernel", json!("gpu")),
        ("group", json!("other")),
        ("workers", json!(0)),
        ("workers", json!(65)),
        ("batch_points", json!(10_000_000_001_u64)),
        ("points", json!(150_000)),
        ("points", json!(0)),
        ("inside", json!(1_000_000_001_u64)),
        ("jobs", json!(0)),
        ("jobs", json!(3)),
        ("wall_ms", json!(0)),
        ("wall_ms", json!(5e-324)),
        ("wall_ms", json!(1e300)),
        ("spawn_ms", json!(-1)),
        ("repeat", json!(0)),
    ] {
        let mut document = document();
        document["samples"][0][field] = value.clone();
        let error = read(&document.to_string()).unwrap_err();
        assert_eq!(error, DocumentError::BadSample { number: 1, field }, "{field} of {value}");
    }
}

/// What is written of a sample just within its limits is read; just beyond them it is refused.
#[test]
fn limits_of_a_sample_are_the_last_that_is_read() {
    const GREATEST_POINTS: u64 = (1 << 53) / BLOCK_POINTS * BLOCK_POINTS;
    let read_with = |field: &'static str, value: Value| {
        let mut document = document();
        let row = &mut document["samples"][0];
        row["inside"] = json!(0);
        row["jobs"] = json!(1);
        row[field] = value;
        read(&document.to_string()).map(|_| ())
    };
    let refused = |field| Err(DocumentError::BadSample { number: 1, field });
    for (field, within, beyond) in [
        ("workers", json!(1), json!(0)),
        ("workers", json!(64), json!(65)),
        ("batch_points", json!(10_000_000_000_u64), json!(10_000_000_001_u64)),
        ("repeat", json!(1), json!(0)),
        ("repeat", json!(1_000), json!(1_001)),
        ("points", json!(BLOCK_POINTS), json!(0)),
        ("points", json!(GREATEST_POINTS), json!(GREATEST_POINTS + BLOCK_POINTS)),
        ("jobs", json!(10_000), json!(20_000)),
        ("inside", json!(1_000_000_000_u64), json!(1_000_000_001_u64)),
        ("wall_ms", json!(0.001), json!(0.000_999)),
        ("wall_ms", json!(3_600_000.0), json!(3_600_000.1)),
        ("spawn_ms", json!(0.0), json!(-0.1)),
        ("spawn_ms", json!(3_600_000.0), json!(3_600_000.1)),
        ("longest_gap_ms", json!(3_600_000.0), json!(3_600_000.1)),
        ("waiting_ms", json!(230_400_000.0), json!(230_400_000.1)),
    ] {
        assert_eq!(read_with(field, within.clone()), Ok(()), "{field} of {within}");
        assert_eq!(read_with(field, beyond.clone()), refused(field), "{field} of {beyond}");
    }
}

#[test]
fn limits_of_a_file_are_the_last_that_is_read() {
    let text = document().to_string();
    let padded = |bytes: usize| text.clone() + &" ".repeat(bytes - text.len());
    assert!(read(&padded(8_000_000)).is_ok());
    assert_eq!(read(&padded(8_000_001)), Err(DocumentError::TooLong { bytes: 8_000_001 }));

    let with_cores = |cores: u32| {
        let mut document = document();
        document["environment"]["cores"] = json!(cores);
        read(&document.to_string()).map(|loaded| loaded.environment.cores)
    };
    assert_eq!((with_cores(1), with_cores(100_000)), (Ok(1), Ok(100_000)));
    assert_eq!(with_cores(0), Err(DocumentError::Cores { cores: 0 }));
    assert_eq!(with_cores(100_001), Err(DocumentError::Cores { cores: 100_001 }));

    let with_samples = |samples| {
        let document = document_of(samples, |row, number| row["batch_points"] = json!(number % 100));
        read(&document.to_string()).map(|loaded| loaded.samples.len())
    };
    assert_eq!(with_samples(20_000), Ok(20_000));
    assert_eq!(with_samples(20_001), Err(DocumentError::SampleCount { samples: 20_001 }));
}

// Fails with: a file whose long words push all else off the page.
#[test]
fn words_from_a_file_are_cut() {
    let mut document = document();
    document["environment"]["user_agent"] = json!("u".repeat(1_000));
    document["environment"]["build"] = json!("b".repeat(1_000));
    let Environment { user_agent, build, .. } = read(&document.to_string()).unwrap().environment;
    assert_eq!(user_agent, "u".repeat(300));
    assert!(build.starts_with("bbb") && build.len() < 200, "{build}");
}

// Fails with: threads that come back as something else; a file of the time before them refused.
#[test]
fn every_mode_comes_back() {
    for mode in Mode::ALL {
        let mut document = document();
        document["samples"][0]["mode"] = json!(mode.name());
        assert_eq!(read(&document.to_string()).unwrap().samples[0].condition.mode, mode);
    }
    // Of this field, earlier files had no entry.
    let mut document = document();
    document["plan"] = json!([["workers", "1, 2"], ["cooperative", "1, 2"], ["repeats", "3"]]);
    document["samples"][0]["mode"] = json!("cooperative");
    let loaded = read(&document.to_string()).unwrap();
    assert_eq!(loaded.summaries[0].condition.to_string(), "2 cooperative tasks");
}

// Fails with: a file of version 1 refused; its kernels taken for today's, with which they share neither points nor loop.
#[test]
fn a_document_of_version_1_has_kernels_of_its_own() {
    let with = |version: u32, kernel: &str, group: &str| {
        let mut document = document();
        document["version"] = json!(version);
        document["samples"][0]["kernel"] = json!(kernel);
        document["samples"][0]["group"] = json!(group);
        read(&document.to_string())
    };
    for (kernel, reported, shown) in [
        ("math_random", ReportedKernel::Current(Kernel::MathRandom), "math_random"),
        ("scalar_f64", ReportedKernel::Current(Kernel::ScalarF64), "scalar_f64"),
        ("reference", ReportedKernel::EarlierReference, "reference (of the earlier stream)"),
        ("simd", ReportedKernel::EarlierSimd, "simd (point by point)"),
    ] {
        let condition = with(1, kernel, "kernel").unwrap().summaries[0].condition;
        assert_eq!((condition.kernel, condition.group), (reported, Group::Kernel(reported)));
        assert_eq!(condition.to_string(), format!("kernel {shown} on one worker"));
    }
    assert_ne!(ReportedKernel::EarlierSimd, ReportedKernel::Current(Kernel::Tree));
    let refused = Err(DocumentError::BadSample { number: 1, field: "kernel" });
    assert_eq!(with(1, "tree", "scaling"), refused);
    assert_eq!(with(2, "simd", "scaling"), refused);
    for kernel in Kernel::ALL {
        let condition = with(2, kernel.name(), "kernel").unwrap().summaries[0].condition;
        assert_eq!(condition.kernel, ReportedKernel::Current(kernel));
    }
    // What its lines in a chart are called.
    let name = environment().name();
    assert_eq!(with(1, "simd", "scaling").unwrap().name(), format!("{name}, simd (point by point)"));
    assert_eq!(with(2, "tree", "scaling").unwrap().name(), name);
}

// Fails with: times of other work, or of another loop, laid side by side without a word.
#[test]
fn what_cannot_be_compared_is_told() {
    let loaded = read(&document().to_string()).unwrap();
    let said = |change: fn(&mut Sample)| {
        let mut own = measured();
        change(&mut own);
        loaded.difference(&environment(), &summaries(&[own]))
    };
    assert_eq!(said(|_| {}), None);
    assert_eq!(said(|own| own.work = Work { job_blocks: 2_500, jobs: 9 }), None, "a job is a job");
    assert_eq!(
        said(|own| own.condition.kernel = Kernel::MathRandom).as_deref(),
        Some("It counted with tree, this page with math_random: compare speed-ups, not times.")
    );
    assert_eq!(
        said(|own| own.work.job_blocks = 40).as_deref(),
        Some("Its work was 250,000,000 points, here 4,000,000: compare speed-ups, not times.")
    );
    assert_eq!(loaded.difference(&environment(), &[]), None);
}

// Fails with: times of a coarse clock and of a fine one beside each other, and nothing said of it; a file of an earlier
// version that cannot be read, or of which something is said that it does not say.
#[test]
fn isolated_pages_and_others_are_told_apart() {
    let said = |there: Option<bool>, here: Option<bool>| {
        let mut document = document();
        match there {
            Some(isolated) => document["environment"]["isolated"] = json!(isolated),
            None => drop(document["environment"].as_object_mut().unwrap().remove("isolated")),
        }
        let own = Environment { isolated: here, timer_step_ms: 0.005, ..environment() };
        read(&document.to_string()).unwrap().difference(&own, &[])
    };
    let was = "Its page was isolated, this one is not: its clock had steps of 0.100 ms, here 0.005 ms.";
    let was_not = "Its page was not isolated, this one is: its clock had steps of 0.100 ms, here 0.005 ms.";
    assert_eq!(said(Some(true), Some(false)).as_deref(), Some(was));
    assert_eq!(said(Some(false), Some(true)).as_deref(), Some(was_not));
    for same in [Some(true), Some(false), None] {
        assert_eq!(said(same, same), None);
        assert_eq!(said(None, same), None);
    }
    // Beside what else keeps them apart.
    let mut own = measured();
    own.work.job_blocks = 40;
    let isolated = Environment { isolated: Some(true), ..environment() };
    let both = read(&document().to_string()).unwrap().difference(&isolated, &summaries(&[own])).unwrap();
    assert!(both.contains("compare speed-ups, not times. Its page was not isolated"), "{both}");
}

/// Each field of the format holds what its name says: other programs read it.
#[test]
fn a_document_says_all_that_was_measured() {
    let row = serde_json::to_value(SampleRow::from(&measured())).unwrap();
    assert_eq!(
        row,
        json!({
            "group": "scaling", "mode": "workers", "kernel": "tree", "workers": 2, "batch_points": 1_000_000,
            "repeat": 3, "jobs": 4, "points": 1_000_000_000, "inside": 785_398_163, "wall_ms": 500.0,
            "spawn_ms": 40.0, "longest_gap_ms": 6.0, "messages": 2_000, "message_characters": 120_000,
            "waiting_ms": 50.0,
        })
    );

    let baseline = sample(Mode::Sequential, 1, 1, 750.0);
    let summary = summaries(&[baseline, sample(Mode::Workers, 2, 1, 500.0)]).remove(1);
    let row = serde_json::to_value(SummaryRow::from(&summary)).unwrap();
    assert_eq!(
        row,
        json!({
            "condition": "2 workers", "samples": 1, "outliers": 0, "median_job_ms": 500.0, "mad_job_ms": 0.0,
            "interval_95_job_ms": null, "points_per_second": 2e9, "speed_up": 1.5, "efficiency": 0.75,
        })
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,300}") {
        let _ = read(&text);
    }

    #[test]
    fn any_change_of_a_document_is_read_or_refused(at: prop::sample::Index, byte in 32..127_u8) {
        let mut text = document().to_string().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        let _ = read(&String::from_utf8_lossy(&text));
    }
}
