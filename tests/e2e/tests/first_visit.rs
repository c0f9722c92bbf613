//! What a first visit downloads stays within its budget.

use dartboard_e2e::transfer_size::{self, TransferSizes};
use dartboard_e2e::{Error, site};

/// In bytes, compressed.
const TOTAL_BUDGET: u64 = 200_000;
const WORKER_BUDGET: u64 = 20_000;

// Fails with: a debug build served as the release; a heavy dependency; Yew linked into the worker.
#[test]
fn first_visit_is_within_budget() -> Result<(), Error> {
    let all = transfer_size::first_visit(&site::dist()?)?;
    let worker = transfer_size::worker_part(&all);
    let total = |sizes: &TransferSizes| sizes.values().sum::<u64>();
    println!("first visit: {} bytes compressed, worker {} of them: {all:#?}", total(&all), total(&worker));
    // Were nothing found, it would be within any budget.
    let has = |sizes: &TransferSizes, end: &str| sizes.keys().any(|name| name.ends_with(end));
    assert!(has(&worker, "js") && has(&worker, "wasm"), "no worker files found: {all:#?}");
    assert_eq!(all.keys().filter(|name| site::has_extension(name, "wasm")).count(), 2, "{all:#?}");
    assert!(total(&worker) < WORKER_BUDGET, "worker {} bytes: {worker:#?}", total(&worker));
    assert!(total(&all) < TOTAL_BUDGET, "in all {} bytes: {all:#?}", total(&all));
    Ok(())
}
