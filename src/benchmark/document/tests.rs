//! What is written is read back; what another program wrote is refused by name.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::benchmark::plan::Preset;
use crate::benchmark::results::tests::sample;
use dartboard_worker::tally::Seed;

fn environment() -> Environment {
    Environment {
        user_agent: "Chrome/156".to_owned(),
        cores: 2,
        timer_step_ms: 0.1,
        simd: true,
        build: "b".to_owned(),
    }
}

/// A document with one sample, as JSON that can be changed.
fn document() -> Value {
    let runner = Runner::new(Preset::Quick.plan(2, Seed(u64::MAX)), 2);
    let mut document: Value = serde_json::from_str(&write(&runner, &environment(), &[]).unwrap()).unwrap();
    let row = SampleRow::from(&sample(Mode::Workers, 2, 1, 500.0));
    document["samples"] = json!([serde_json::to_value(&row).unwrap()]);
    document
}

#[test]
fn samples_and_environment_come_back() {
    let loaded = read(&document().to_string()).unwrap();
    assert_eq!(loaded.environment, environment());
    assert_eq!(loaded.samples, [sample(Mode::Workers, 2, 1, 500.0)]);
    assert_eq!(loaded.summaries.len(), 1);
    // As text: a Number would not hold it.
    assert!(document()["plan"].to_string().contains("[\"seed\",\"18446744073709551615\"]"));
}

#[test]
fn foreign_files_are_refused_by_name() {
    let said = |text: &str| read(text).unwrap_err().to_string();
    assert!(said("hello").contains("no JSON of this page"));
    assert!(said("[1, 2]").contains("no JSON of this page"));
    assert!(said("{\"name\": \"dartboard\"}").contains("not a benchmark of Dartboard"));
    assert!(said(&" ".repeat(MAX_BYTES + 1)).contains("8000001 bytes; at most 8000000"));
    let changed = |change: fn(&mut Value)| {
        let mut document = document();
        change(&mut document);
        said(&document.to_string())
    };
    assert!(changed(|document| document["version"] = json!(2)).contains("version 2"));
    assert!(changed(|document| document["samples"] = json!([])).contains("0 samples"));
    assert!(changed(|document| document["environment"]["cores"] = json!(0)).contains("0 cores"));
}

// Fails with: a file that keeps the page busy for minutes by conditions or repeats without end.
#[test]
fn more_than_a_page_can_sum_up_is_refused() {
    let document = document();
    let read_with = |count: u64, change: fn(&mut Value, u64)| {
        let mut document = document.clone();
        let row = document["samples"][0].clone();
        let rows = (0..count).map(|number| {
            let mut row = row.clone();
            change(&mut row, number);
            row
        });
        document["samples"] = rows.collect();
        read(&document.to_string()).map(|loaded| loaded.summaries.len()).map_err(|error| error.to_string())
    };
    let another_batch = |row: &mut Value, number| row["batch_points"] = json!(100_000 * number);
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
        ("batch_points", json!(1_000_000_001_u64)),
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
