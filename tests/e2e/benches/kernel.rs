//! Measures darts per second, one core each: the kernel in a browser's worker, the one before it, and what one would use
//! instead. Prints a table and writes `target/bench/kernel-ENGINE.json`. `./run bench kernel` runs it in each engine.
//!
//! All are measured in turn, again and again, so that what else the machine does falls on all alike; a ratio is the
//! median of the ratios within one turn.

use std::env;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dartboard_e2e::{Browser, Error, Site, figures};
use dartboard_points::kernel::tree::Instructions;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

const TURNS: usize = 9;
/// The least time of one sample.
const SAMPLE: Duration = Duration::from_millis(250);

/// The last commit whose kernel took 32 bits of SHISHUA for each point, whatever they decide.
const POINT_BY_POINT: &str = "d5008690ae08";

/// The lecture's loop.
const PYTHON: &str = "
import random, time
def count(points):
    inside = 0
    for _ in range(points):
        x = random.random()
        y = random.random()
        if x * x + y * y <= 1:
            inside += 1
    return inside
";

const NUMPY: &str = "
import time
import numpy
generator = numpy.random.default_rng(7)
def count(points):
    x = generator.random(points)
    y = generator.random(points)
    return numpy.count_nonzero(x * x + y * y <= 1)
";

/// Prints points per second of `count`.
const PYTHON_SAMPLE: &str = "
count(100_000)
points, start = 0, time.perf_counter()
while (elapsed := time.perf_counter() - start) < 0.25:
    count(100_000)
    points += 100_000
print(points / elapsed)
";

/// What runs one sample.
#[derive(Clone, Copy)]
enum Contender {
    /// A function of `tests/bench/kernel/worker.js` or of the wasm module that it loads.
    BrowserWorker(&'static str),
    /// Counts the points of one block, if this processor can.
    Native(fn(u64) -> Option<u64>),
    /// A program that defines `count`.
    Python(&'static str),
}

const CONTENDERS: [(&str, Contender); 11] = [
    ("kernel, browser worker", Contender::BrowserWorker("kernel")),
    ("point by point kernel of before, browser worker", Contender::BrowserWorker("point_by_point")),
    ("reference, browser worker", Contender::BrowserWorker("reference_kernel")),
    ("Rust wasm f64 xoshiro256++, browser worker", Contender::BrowserWorker("scalar_f64_kernel")),
    ("JavaScript Math.random, browser worker", Contender::BrowserWorker("math_random")),
    ("kernel, native AVX-512", Contender::Native(|block| native(0, block))),
    ("kernel, native AVX2", Contender::Native(|block| native(1, block))),
    ("kernel, native portable", Contender::Native(|block| native(2, block))),
    ("Rust f64 SmallRng, native", Contender::Native(|block| Some(small_rng(block)))),
    ("Python loop", Contender::Python(PYTHON)),
    ("NumPy arrays of 100,000", Contender::Python(NUMPY)),
];

/// By the instructions of that place, those of x86-64 in order; none if this processor lacks them.
fn native(place: usize, block: u64) -> Option<u64> {
    let instructions = if cfg!(target_arch = "x86_64") { place } else { place.checked_sub(2)? };
    let blocks = BlockRange::new(block, block + 1).expect("few blocks");
    Some(Instructions::ALL[instructions].tally(Seed(7), blocks)?.inside)
}

fn small_rng(seed: u64) -> u64 {
    let mut generator = SmallRng::seed_from_u64(seed);
    let mut inside = 0;
    for _ in 0..BLOCK_POINTS {
        let (x, y): (f64, f64) = (generator.random(), generator.random());
        inside += u64::from(x * x + y * y < 1.0);
    }
    inside
}

/// One line of the table.
#[derive(Serialize)]
struct Throughput {
    name: &'static str,
    median_points_per_s: f64,
    min: f64,
    max: f64,
    /// How many times as fast the kernel is.
    ratio_to_kernel: f64,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().map_err(Error::io("making a folder to serve"))?;
    fs::copy(build_wasm(&root)?, folder.path().join("worker_bg.wasm"))
        .map_err(Error::io("copying the wasm"))?;
    // With the tree's commits alone, as in a shallow clone, the kernel before it is left out.
    if let Some(before) = checked_out_before(&root)? {
        fs::copy(build_wasm(&before)?, folder.path().join("point_by_point.wasm"))
            .map_err(Error::io("copying the wasm of the kernel before"))?;
    }
    // The release's own loader brings the loop in JavaScript.
    for path in ["tests/bench/kernel/index.html", "tests/bench/kernel/worker.js", "worker/worker-loader.js"] {
        let name = path.rsplit('/').next().unwrap_or(path);
        fs::copy(root.join(path), folder.path().join(name)).map_err(Error::io(format!("copying {path}")))?;
    }
    let (site, browser) = (Site::serve(folder.path().to_owned()).await?, Browser::start().await?);
    browser.webdriver().goto(site.url()).await?;

    let mut samples = [const { Vec::new() }; CONTENDERS.len()];
    // The first turn compiles and warms up.
    for turn in 0..=TURNS {
        for ((_, contender), samples) in CONTENDERS.iter().zip(&mut samples) {
            if let Some(sample) = measure(*contender, &browser).await?
                && turn > 0
            {
                samples.push(sample);
            }
        }
    }

    let figures: Vec<Throughput> = CONTENDERS
        .iter()
        .zip(&samples)
        .filter(|(_, samples)| !samples.is_empty())
        .map(|((name, _), own)| Throughput::of(name, own, &samples[0]))
        .collect();
    println!("{}, {TURNS} turns; million darts/s of one core", browser.engine());
    println!("{:<48} {:>8} {:>8} {:>8}   kernel is faster by", "", "median", "min", "max");
    for (name, _) in CONTENDERS {
        match figures.iter().find(|figure| figure.name == name) {
            Some(Throughput { median_points_per_s, min, max, ratio_to_kernel, .. }) => println!(
                "{name:<48} {:>8.1} {:>8.1} {:>8.1}   {ratio_to_kernel:.2}",
                median_points_per_s / 1e6,
                min / 1e6,
                max / 1e6,
            ),
            None => println!("{name:<48} not on this machine"),
        }
    }
    figures::write(&format!("kernel-{}", browser.engine().to_string().to_lowercase()), &figures)
}

impl Throughput {
    fn of(name: &'static str, own: &[f64], kernel: &[f64]) -> Self {
        let mut ratios: Vec<f64> = kernel.iter().zip(own).map(|(kernel, own)| kernel / own).collect();
        let mut own = own.to_vec();
        let (median, ratio) = (median(&mut own), median(&mut ratios));
        let (min, max) = (own[0], own[own.len() - 1]);
        Self { name, median_points_per_s: median, min, max, ratio_to_kernel: ratio }
    }
}

/// Sorts `values` and gives the middle one.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Points per second; none when the program for it is not on this machine.
async fn measure(contender: Contender, browser: &Browser) -> Result<Option<f64>, Error> {
    match contender {
        Contender::BrowserWorker(function) => {
            #[derive(Deserialize)]
            struct Timing {
                points: f64,
                milliseconds: f64,
            }
            let script = format!("return await measure('{function}', {});", SAMPLE.as_millis());
            let timing: Option<Timing> = browser.evaluate_async(&script).await?;
            Ok(timing.map(|Timing { points, milliseconds }| points / milliseconds * 1e3))
        }
        Contender::Native(count) => {
            let (start, mut blocks) = (Instant::now(), 0);
            while start.elapsed() < SAMPLE {
                if black_box(count(black_box(blocks))).is_none() {
                    return Ok(None);
                }
                blocks += 1;
            }
            Ok(Some((blocks * BLOCK_POINTS) as f64 / start.elapsed().as_secs_f64()))
        }
        Contender::Python(program) => {
            let output = Command::new("python3").arg("-c").arg(format!("{program}{PYTHON_SAMPLE}")).output();
            // No Python, or a Python without NumPy.
            let output = output.ok().filter(|output| output.status.success());
            Ok(output.and_then(|output| String::from_utf8(output.stdout).ok()?.trim().parse().ok()))
        }
    }
}

/// The tree of the commit [`POINT_BY_POINT`], in `target/bench/before`; none if this clone does not have it.
fn checked_out_before(root: &Path) -> Result<Option<PathBuf>, Error> {
    let folder = root.join("target/bench/before");
    if folder.join("Cargo.toml").exists() {
        return Ok(Some(folder));
    }
    let failed = |what: &'static str| move |error| Error::io(what)(error);
    fs::create_dir_all(&folder).map_err(failed("making a folder for the kernel before"))?;
    let mut archive = Command::new("git")
        .args(["archive", POINT_BY_POINT])
        .current_dir(root)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed("asking git for the kernel before"))?;
    let output = archive
        .stdout
        .take()
        .ok_or_else(|| Error::io("reading from git")(std::io::ErrorKind::BrokenPipe.into()))?;
    let unpacked = Command::new("tar").args(["x", "-C"]).arg(&folder).stdin(output).status();
    let is_there = archive.wait().map_err(failed("asking git for the kernel before"))?.success()
        && unpacked.map_err(failed("unpacking the kernel before"))?.success();
    Ok(is_there.then_some(folder))
}

/// Builds `points/examples/kernel_bench.rs` of `root` as the worker of the release is built.
fn build_wasm(root: &Path) -> Result<PathBuf, Error> {
    let building = || "building points/examples/kernel_bench.rs";
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let target = ["--target", "wasm32-unknown-unknown"];
    let status = Command::new(cargo)
        .args(["build", "--profile", "worker", "--package", "dartboard-points", "--example", "kernel_bench"])
        .args(target)
        .arg("--target-dir")
        .arg(root.join("target"))
        .current_dir(root)
        .status()
        .map_err(Error::io(building()))?;
    if !status.success() {
        return Err(Error::io(building())(std::io::Error::other(status.to_string())));
    }
    Ok(root.join("target").join(target[1]).join("worker/examples/kernel_bench.wasm"))
}
