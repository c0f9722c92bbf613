use dartboard_core::run::config::{BatchSize, Config, Target, WorkerCount};
use tempfile::TempDir;

use super::*;

fn run(seed: u64) -> Checkpoint {
    let config = Config::new(Seed(seed), WorkerCount::MIN, BatchSize::Auto);
    Checkpoint::of_nothing(Config { target: Target::from_blocks(10), ..config })
}

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("run.json");
    (folder, path)
}

fn names(folder: &TempDir) -> Vec<String> {
    let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    fs::read_dir(folder.path()).unwrap().map(name).collect()
}

#[test]
fn what_is_saved_is_resumed_and_saved_over() {
    let (folder, path) = folder();
    let mut file = RunFile::new(path.clone(), Seed(7)).of_page("https://example.org/".to_owned());
    file.claim().unwrap();
    assert!(names(&folder).is_empty() && !file.is_begun(), "nothing is there before something is saved");
    file.save(run(7)).unwrap();
    file.save(run(7)).unwrap();
    assert_eq!(names(&folder), ["run.json"]);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"link\": \"https://example.org/#/?seed=7&"), "{text}");
    let (resumed, mut file) = RunFile::resume(&path).unwrap();
    assert_eq!(resumed, run(7));
    file.claim().unwrap();
    file.save(run(7)).unwrap();
}

// Fails with: a file that somebody else wrote and that is lost, also one that came while this run was counted.
#[test]
fn only_what_it_wrote_itself_is_written_over() {
    let (folder, path) = folder();
    let mut first = RunFile::new(path.clone(), Seed(7));
    let mut second = first.clone();
    let mut other = RunFile::new(path.clone(), Seed(8));
    first.save(run(7)).unwrap();
    let kept = fs::read_to_string(&path).unwrap();
    let shown = path.display();
    let held = format!("{shown} holds 0 points of the run with seed 7 and is not overwritten");
    for (refused, way_out) in [
        (second.claim(), format!("go on with --resume {shown}, or name another file with --checkpoint FILE")),
        (
            second.save(run(7)),
            format!("go on with --resume {shown}, or name another file with --checkpoint FILE"),
        ),
        (other.claim(), "name another file with --checkpoint FILE".to_owned()),
        (other.save(run(8)), "name another file with --checkpoint FILE".to_owned()),
    ] {
        assert_eq!(refused.unwrap_err().to_string(), format!("{held}; {way_out}"));
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), kept);
    for foreign in ["letter to my aunt", "", &"x".repeat(MAX_RUN_FILE_BYTES + 1)] {
        fs::write(&path, foreign).unwrap();
        let words = first.save(run(7)).unwrap_err().to_string();
        assert!(words.contains("holds no run that can be resumed and is not overwritten"), "{words}");
    }
    assert_eq!(names(&folder), ["run.json"], "nothing is left behind");
}

#[test]
fn a_file_may_be_named_in_two_ways() {
    let (folder, path) = folder();
    let mut file = RunFile::new(path, Seed(7));
    file.save(run(7)).unwrap();
    assert!(file.is_at(&folder.path().join(".").join("run.json")));
    assert!(!file.is_at(&folder.path().join("other.json")));
}

// Fails with: a leap year missed.
#[test]
fn times_are_written_as_the_page_writes_them() {
    let at = |seconds| iso_8601(UNIX_EPOCH + Duration::from_secs(seconds));
    assert_eq!(at(0), "1970-01-01T00:00:00Z");
    assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
    assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
    assert_eq!(at(1_767_323_045), "2026-01-02T03:04:05Z");
    assert_eq!(at(4_107_542_399), "2100-02-28T23:59:59Z");
    assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00Z");
    assert_eq!(iso_8601(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00Z");
}
