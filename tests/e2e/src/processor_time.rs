//! The processor time and the memory of the browser's processes, by Linux's `/proc`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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

/// The memory of all processes that this one has started, in MB, what they share counted once: their own pages, and those of
/// files that they have mapped, such as the program's. What the system keeps of files that were read or written is not theirs.
pub fn memory_mb() -> f64 {
    let kilobytes = |id: u32| -> Option<f64> {
        let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
        rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?.split_whitespace().next()?.parse().ok()
    };
    descendants().into_iter().filter_map(kilobytes).sum::<f64>() / 1_024.0
}

fn entries(path: &str) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// The name of a process or thread, and what follows it.
fn stat(path: &Path) -> Option<(String, Vec<String>)> {
    let text = fs::read_to_string(path.join("stat")).ok()?;
    // The name stands in brackets and may have any sign in it.
    let (name, rest) = (text.split_once('(')?.1, text.rsplit_once(')')?.1);
    let name = name.rsplit_once(')')?.0.to_owned();
    Some((name, rest.split_whitespace().map(str::to_owned).collect()))
}

/// The processes that descend from this one.
fn descendants() -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for path in entries("/proc") {
        let id = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        if let (Some(id), Some((_, fields))) = (id, stat(&path))
            && let Some(parent) = fields.get(1).and_then(|parent| parent.parse().ok())
        {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut found = children.remove(&process::id()).unwrap_or_default();
    let mut next = 0;
    while let Some(id) = found.get(next) {
        found.extend(children.remove(id).unwrap_or_default());
        next += 1;
    }
    found
}

/// The name and the processor time of each thread of each process that descends from this one, but its own, by its folder
/// in `/proc`.
fn ticks_of_threads() -> BTreeMap<String, (String, u64)> {
    let mut ticks = BTreeMap::new();
    for path in descendants().into_iter().flat_map(|id| entries(&format!("/proc/{id}/task"))) {
        let Some((name, fields)) = stat(&path) else { continue };
        // User and system time.
        let time = fields.iter().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        ticks.insert(path.display().to_string(), (name, time));
    }
    ticks
}
