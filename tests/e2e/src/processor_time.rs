//! The processor time of the browser's threads, by Linux's `/proc`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use std::{fs, process};

/// Ticks of `/proc` in a second, which every Linux has.
const TICKS_PER_S: f64 = 100.0;

/// What all threads of the browsers that this process has started had taken by then.
#[derive(Debug)]
pub struct Reading {
    ticks: BTreeMap<String, (String, u64)>,
    at: Instant,
}

impl Reading {
    /// Now.
    pub fn now() -> Self {
        Self { ticks: ticks_of_threads(), at: Instant::now() }
    }

    /// How many cores threads took since `earlier`, by their names.
    pub fn cores_since(&self, earlier: &Self) -> BTreeMap<String, f64> {
        let seconds = (self.at - earlier.at).as_secs_f64();
        let mut cores = BTreeMap::new();
        for (thread, (name, now)) in &self.ticks {
            let before = earlier.ticks.get(thread).map_or(0, |(_, before)| *before);
            *cores.entry(name.clone()).or_default() +=
                now.saturating_sub(before) as f64 / TICKS_PER_S / seconds;
        }
        cores
    }
}

/// Whether a thread of that name is a Web Worker, in Chromium.
pub fn is_worker(thread: &str) -> bool {
    thread.starts_with("DedicatedWorker")
}

/// The name and the processor time of each thread of each process that descends from this one, but its own, by its folder
/// in `/proc`.
fn ticks_of_threads() -> BTreeMap<String, (String, u64)> {
    let entries = |path: &str| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    // The name stands in brackets and may have any sign in it.
    let stat = |path: &Path| {
        let text = fs::read_to_string(path.join("stat")).ok()?;
        let (name, rest) = (text.split_once('(')?.1, text.rsplit_once(')')?.1.to_owned());
        let name = name.rsplit_once(')')?.0.to_owned();
        Some((name, rest.split_whitespace().map(str::to_owned).collect::<Vec<_>>()))
    };
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for path in entries("/proc") {
        let id = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        if let (Some(id), Some((_, fields))) = (id, stat(&path))
            && let Some(parent) = fields.get(1).and_then(|parent| parent.parse().ok())
        {
            children.entry(parent).or_default().push(id);
        }
    }
    let (mut waiting, mut ticks) = (children.remove(&process::id()).unwrap_or_default(), BTreeMap::new());
    while let Some(id) = waiting.pop() {
        waiting.extend(children.remove(&id).unwrap_or_default());
        for path in entries(&format!("/proc/{id}/task")) {
            let Some((name, fields)) = stat(&path) else { continue };
            // User and system time.
            let time = fields.iter().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
            ticks.insert(path.display().to_string(), (name, time));
        }
    }
    ticks
}
