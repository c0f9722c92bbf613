//! `dartboard count` as a user runs it.

#![expect(clippy::unwrap_used, reason = "these are tests, also where they share a function")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use dartboard_core::run::checkpoint::{WrittenRun, sealed};
use dartboard_core::run::file::{self, MAX_RUN_FILE_BYTES, Origin};
use dartboard_points::kernel;
use dartboard_points::tally::{BlockRange, Seed, Tally};
use serde_json::Value;
use tempfile::TempDir;

/// Runs `dartboard count` in a folder.
fn count(folder: &Path, arguments: &[&str]) -> Output {
    ended(begin(folder, arguments))
}

fn begin(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = command(folder, arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What it said, which is little. One that does not end is ended.
fn ended(mut child: Child) -> Output {
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            panic!("it does not end: {:?}", child.wait_with_output());
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dartboard"));
    command.current_dir(folder).arg("count").args(arguments);
    command
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn tally(output: &Output) -> Tally {
    let json = json(output);
    let number = |name: &str| json[name].as_str().unwrap().parse().unwrap();
    Tally { points: number("points"), inside: number("inside") }
}

fn undisturbed(seed: u64, blocks: u64) -> Tally {
    kernel::tally(Seed(seed), BlockRange::new(0, blocks).unwrap())
}

/// A file as the page saves it.
fn saved(checkpoint: &str) -> String {
    let run = WrittenRun::parse(&sealed(checkpoint)).unwrap();
    let origin = Origin { version: "", build: "", browser: "a browser", written: "", link: "" };
    file::encode(&run, &origin)
}

#[test]
fn a_link_and_flags_count_what_the_bare_kernel_counts() {
    let folder = TempDir::new().unwrap();
    let link = "https://example.org/#/?seed=42&workers=1&target=200000000&stream=2&start=1";
    for arguments in [&[link, "--json"][..], &["--seed", "42", "--target", "2e8", "--threads", "3", "--json"]]
    {
        let output = count(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(tally(&output), undisturbed(42, 2_000));
        assert_eq!(error(&output), "", "nothing is said where nobody watches");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no file is left behind");
    // A target beside a link goes before the link's; a kernel is the link's.
    let output =
        count(folder.path(), &["#/?seed=7&target=900000&kernel=reference", "--target", "300000", "--json"]);
    assert_eq!(tally(&output), undisturbed(7, 3));
    let told = json(&output);
    assert_eq!((&told["kernel"], &told["target_points"]), (&"reference".into(), &"300000".into()));
}

#[test]
fn the_words_are_those_of_the_page() {
    let folder = TempDir::new().unwrap();
    let output = count(folder.path(), &["--seed", "42", "--target", "100000"]);
    let words = String::from_utf8(output.stdout).unwrap();
    let Tally { inside, .. } = undisturbed(42, 1);
    assert!(
        words.starts_with(&format!("π ≈ {}.{:04}", inside * 4 / 100_000, inside * 4 % 100_000 / 10)),
        "{words}"
    );
    for said in [
        "typical error (standard error)  5.",
        "points (darts decided)          100,000",
        "seed                            42",
    ] {
        assert!(words.contains(said), "{words}");
    }
}

#[test]
fn the_pages_run_is_resumed_and_its_gaps_are_counted() {
    let folder = TempDir::new().unwrap();
    let part = undisturbed(42, 10) + kernel::tally(Seed(42), BlockRange::new(12, 13).unwrap());
    let run = format!(
        "version=2&seed=42&workers=3&batch=200000&target=5000000&chaos=0.01&points={}&inside={}\
         &done=0-10.12-13&restarts=5&stale=6&ran_ms=7008",
        part.points, part.inside
    );
    fs::write(folder.path().join("mine.json"), saved(&run)).unwrap();
    let output = count(folder.path(), &["--resume", "mine.json", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(tally(&output), undisturbed(42, 50));
    assert!(json(&output)["seconds"].as_f64().unwrap() >= 7.008);
    // The file goes on with it, and once more there is nothing left to count.
    let kept = file::parse(&fs::read_to_string(folder.path().join("mine.json")).unwrap()).unwrap();
    assert_eq!(kept.tally(), undisturbed(42, 50));
    let again = count(folder.path(), &["--resume", "mine.json", "--json"]);
    assert_eq!((again.status.code(), tally(&again)), (Some(0), undisturbed(42, 50)));
    let further = count(folder.path(), &["--resume", "mine.json", "--target", "6000000", "--json"]);
    assert_eq!((further.status.code(), tally(&further)), (Some(0), undisturbed(42, 60)));
}

#[cfg(unix)]
mod stopped {
    use super::*;

    /// More than a machine counts while a test waits.
    const ENDLESS: &str = "100000000000000";

    fn begin_and_wait(folder: &Path, arguments: &[&str]) -> Child {
        let child = begin(folder, arguments);
        thread::sleep(Duration::from_millis(500));
        child
    }

    fn stop(child: Child, signal: &str) -> Output {
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let asked = Instant::now();
        let output = ended(child);
        assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
        output
    }

    // Fails with: a stop that loses what is counted, counts a batch twice, or leaves a gap that nobody counts.
    #[test]
    fn a_run_that_was_stopped_goes_on_to_the_same_total() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("dartboard-42.json");
        for (arguments, signal) in [
            (&["--seed", "42", "--target", ENDLESS, "--json"][..], "-INT"),
            (&["--resume", "dartboard-42.json", "--json"], "-TERM"),
        ] {
            let output = stop(begin_and_wait(folder.path(), arguments), signal);
            assert_eq!(output.status.code(), Some(3), "{output:?}");
            assert!(error(&output).contains("go on with --resume dartboard-42.json"), "{output:?}");
            let kept = file::parse(&fs::read_to_string(&file).unwrap()).unwrap();
            assert_eq!(kept.tally(), tally(&output));
        }
        let kept = file::parse(&fs::read_to_string(&file).unwrap()).unwrap();
        let end = kept.current().unwrap().done().last().unwrap().end() + 7;
        let target = (end * 100_000).to_string();
        let output = count(folder.path(), &["--resume", "dartboard-42.json", "--target", &target, "--json"]);
        assert_eq!((output.status.code(), tally(&output)), (Some(0), undisturbed(42, end)));
        // Begun anew it would be lost.
        let output = count(folder.path(), &["--seed", "42", "--target", &target]);
        assert_eq!(output.status.code(), Some(1));
        assert!(error(&output).contains("go on with --resume dartboard-42.json"), "{output:?}");
    }

    #[test]
    fn what_came_meanwhile_is_not_overwritten() {
        let folder = TempDir::new().unwrap();
        let arguments = ["--seed", "42", "--target", ENDLESS, "--checkpoint", "mine.json"];
        let child = begin_and_wait(folder.path(), &arguments);
        fs::write(folder.path().join("mine.json"), "a letter").unwrap();
        let output = stop(child, "-INT");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(error(&output).contains("mine.json holds no run that can be resumed and is not overwritten"));
        assert_eq!(fs::read_to_string(folder.path().join("mine.json")).unwrap(), "a letter");
    }
}

/// The arguments are refused with this exit code, and these words.
fn refused(folder: &Path, arguments: &[&str], code: i32, words: &str) {
    let output = count(folder, arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    assert!(error(&output).contains(words), "{arguments:?}: {}", error(&output));
    assert!(output.stdout.is_empty());
}

#[test]
fn wrong_arguments_are_refused_in_the_pages_words() {
    let folder = TempDir::new().unwrap();
    let refused = |arguments: &[&str], words: &str| refused(folder.path(), arguments, 2, words);
    refused(&[], "--seed");
    refused(&["--seed", "-1", "--target", "100000"], "seed");
    refused(
        &["--seed", "x", "--target", "100000"],
        "seed must be a whole number from 0 to 18,446,744,073,709,551,615, not “x”",
    );
    refused(&["--seed", "1", "--target", "150000"], "the nearest are 100,000 and 200,000");
    refused(&["--seed", "1"], "target is missing");
    refused(&["#/?seed=1&stream=1&target=100000"], "stream must be 2");
    refused(&["#/?target=100000"], "the link names no seed");
    refused(&["#/?seed=1", "--seed", "1"], "cannot be used with");
    refused(
        &["--seed", "1", "--target", "100000", "--threads", "65"],
        "threads must be a whole number from 1 to 64",
    );
}

// Fails with: a file that is read in part, read without end, or overwritten; a run that could be saved nowhere and is begun.
#[test]
fn files_that_do_not_do_are_refused_in_words() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let run = "seed=42&workers=3&batch=auto&target=5000000&chaos=0&points=100000&inside=78000&done=0-1&restarts=0&stale=0&ran_ms=8";
    let earlier = saved(&format!("version=1&{run}"));
    let good = saved(&format!("version=2&{run}"));
    fs::write(path("earlier.json"), &earlier).unwrap();
    fs::write(path("damaged.json"), good.replace("78000", "78001")).unwrap();
    fs::write(path("letter.json"), "a letter").unwrap();
    fs::write(path("huge.json"), " ".repeat(3 * MAX_RUN_FILE_BYTES)).unwrap();
    let resumed = |file: &str, words: &str| refused(folder.path(), &["--resume", file], 1, words);
    resumed("earlier.json", "counted with an earlier stream: it can be read and saved, not resumed");
    resumed("damaged.json", "the saved run cannot be resumed: it is damaged (check)");
    resumed("letter.json", "the file is not a run that Dartboard saved as JSON");
    resumed("huge.json", "the file has 393216 bytes; a run’s file has at most 131072");
    resumed("none.json", "none.json cannot be read");
    let kept_in = |file: &str, words: &str| {
        refused(folder.path(), &["--seed", "1", "--target", "100000", "--checkpoint", file], 1, words);
    };
    kept_in("no/folder.json", "name another file with --checkpoint FILE");
    kept_in("letter.json", "is not overwritten; name another file with --checkpoint FILE");
    kept_in("earlier.json", "is not overwritten");
    assert_eq!(fs::read_to_string(path("earlier.json")).unwrap(), earlier);
    // A run without an end goes on only to one.
    fs::write(path("endless.json"), saved(&format!("version=2&{}", run.replace("&target=5000000", ""))))
        .unwrap();
    refused(folder.path(), &["--resume", "endless.json"], 2, "target is missing");
}

// Fails with: a GPU that is asked for and quietly does without.
#[cfg(not(feature = "gpu"))]
#[test]
fn without_the_feature_a_gpu_is_refused_and_how_to_build_it_is_said() {
    let folder = TempDir::new().unwrap();
    let output = count(folder.path(), &["--seed", "1", "--target", "1000000", "--gpu"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        error(&output).contains("cargo build --profile native -p dartboard-node --features gpu"),
        "{output:?}"
    );
    assert!(output.stdout.is_empty());
}

#[cfg(feature = "gpu")]
mod gpu {
    use super::*;

    const RUN: [&str; 5] = ["--seed", "42", "--target", "1000000000", "--json"];

    /// Whether there is something to count on.
    fn is_there(output: &Output) -> bool {
        let is_there = output.status.success();
        if !is_there && std::env::var_os("DARTBOARD_GPU_REQUIRED").is_none() {
            assert!(error(output).contains("no GPU was found"), "{output:?}");
            eprintln!("left out: there is no GPU, and no program that stands for one");
            return false;
        }
        assert!(is_there, "{output:?}");
        true
    }

    #[test]
    fn a_gpu_beside_the_threads_or_alone_counts_the_same_run() {
        let folder = TempDir::new().unwrap();
        for (how, threads) in [("--gpu", 1), ("--gpu=only", 0)] {
            let output =
                count(folder.path(), &[&RUN[..], &["--threads", "1", "--gpu-software", how]].concat());
            if !is_there(&output) {
                return;
            }
            let blocks = BlockRange::new(0, 10_000).unwrap();
            assert_eq!(tally(&output), kernel::tally(Seed(42), blocks));
            let json = json(&output);
            assert!(json["gpu"].as_str().is_some_and(|name| !name.is_empty()), "{json}");
            assert_eq!(json["threads"], threads);
        }
    }

    #[test]
    fn a_program_on_the_processor_is_refused_before_anything_is_counted() {
        let folder = TempDir::new().unwrap();
        let with_software = count(folder.path(), &[&RUN[..], &["--gpu", "--gpu-software"]].concat());
        if !is_there(&with_software) || !json(&with_software)["gpu"].as_str().unwrap().contains("llvmpipe") {
            return;
        }
        let output = count(folder.path(), &[&RUN[..], &["--gpu"]].concat());
        assert_eq!(output.status.code(), Some(1));
        assert!(error(&output).contains("is a program on the processor"), "{output:?}");
        assert!(output.stdout.is_empty());
        assert_eq!(count(folder.path(), &[&RUN[..], &["--gpu-software"]].concat()).status.code(), Some(2));
    }
}
