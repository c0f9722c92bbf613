use dartboard_threads::task::Done;

use super::*;
use crate::lecture::Lesson;
use crate::lecture::shown::Across;

fn runs(set: &[(&LessonField, u64)], shares_memory: bool, file: Option<&ChosenFile>) -> PipelineRuns {
    let mut values = Values::defaults(ABOUT.fields);
    for &(field, units) in set {
        values.set(field, units);
    }
    PipelineRuns::new(&values, shares_memory, file)
}

fn progress(role: Role, at_us: u64, [put, get]: [u64; 2], ending: Option<Ending>) -> Report {
    let (put_us, get_us) = (put * at_us / 100, get * at_us / 100);
    let done = Progress {
        at_us,
        lines: 1_000,
        bytes_in: 60_000,
        bytes_out: 60_000,
        queued: 3,
        ..Progress::of(role)
    };
    StageReport::Progress(Progress { put_us, get_us, ending, ..done }).report()
}

/// What the stages say at this time, each with the shares of its time in which it waits to put and to get.
fn say(runs: &mut PipelineRuns, at_us: u64, waits: [[u64; 2]; 3], ending: Option<Ending>) {
    for (thread, (role, waits)) in (0..).zip(Role::ALL.into_iter().zip(waits)) {
        runs.said(thread, &progress(role, at_us, waits, ending), 0);
    }
}

fn over(runs: &mut PipelineRuns) {
    let written = StageReport::Written { bytes: 60_000, sha256: "ab".to_owned() }.report();
    runs.said(2, &written, 0);
    let done = vec![Done::default(); 3];
    runs.over(RoundOver { done, heard_us: 0, words: &[], started_us: Vec::new() });
}

fn datum(shown: &Shown, name: &str) -> String {
    shown.data.iter().find(|(other, _)| *other == name).expect(name).1.clone()
}

// Fails with: a rate by another time than the writer's, a stage called the slowest that waits most, a result that can be saved before it
// is there.
#[test]
fn figures_are_the_writers_and_the_slowest_stage_is_the_one_that_waits_least() {
    let mut runs = runs(&[], true, None);
    assert_eq!(runs.shown(&[]), Shown::default());
    let tasks = runs.next_round().unwrap();
    assert!(matches!(
        tasks[0],
        Task::Stage(StageOrder {
            role: Role::Read,
            lines: 1,
            places: 16,
            generated_bytes: Some(10_000_000),
            by_messages: false
        })
    ));
    for (waits, slowest) in [
        ([[2, 0], [0, 60], [0, 70]], "the reader"),
        ([[76, 0], [1, 2], [0, 69]], "upper case"),
        ([[80, 0], [60, 0], [0, 3]], "the writer"),
    ] {
        say(&mut runs, 500_000, waits, None);
        let verdict = runs.shown(&[]).pipeline.unwrap().verdict;
        assert!(verdict.starts_with(&format!("The slowest stage is {slowest}: ")), "{verdict}");
    }
    say(&mut runs, 500_000, [[50, 0], [10, 42], [0, 49]], None);
    let shown = runs.shown(&[]);
    assert!(shown.pipeline.as_ref().unwrap().verdict.starts_with("No stage is clearly"), "{shown:?}");
    assert_eq!(shown.output, None);
    // 60,000 bytes of 10,000,000 took half a second.
    assert_eq!(shown.figures[1].as_ref().unwrap().beside.as_deref(), Some("1 %, about 83 s left"));
    say(&mut runs, 1_000_000, [[50, 0], [10, 42], [0, 49]], Some(Ending::Complete));
    let shown = runs.shown(&[]);
    let texts = shown.figures.map(|figure| figure.unwrap().text);
    assert_eq!(texts, ["1,000", "1,000", "0.1"]);
    over(&mut runs);
    let shown = runs.shown(&[]);
    assert_eq!([datum(&shown, "data-complete"), datum(&shown, "data-sha256")], ["1", "ab"]);
    let output = shown.output.unwrap();
    assert_eq!((&*output.name, output.bytes, output.is_complete), ("generated-upper.txt", 60_000, true));
    assert!(runs.next_round().is_none());
}

// Fails with: a file that is not read, one whose name is lost or goes out of hand.
#[test]
fn a_file_is_read_and_names_what_is_saved() {
    let long = "x".repeat(300) + ".txt";
    for (name, saved) in [("a.b.txt", "a.b-upper.txt"), ("notes", "notes-upper.txt"), (&*long, "")] {
        let file = ChosenFile { name: name.to_owned(), bytes: 120_000 };
        let mut runs = runs(&[], false, Some(&file));
        let tasks = runs.next_round().unwrap();
        assert!(matches!(tasks[0], Task::Stage(StageOrder { generated_bytes: None, by_messages: true, .. })));
        say(&mut runs, 500_000, [[0, 0]; 3], None);
        assert!(runs.shown(&[]).figures[1].as_ref().unwrap().beside.as_ref().unwrap().starts_with("50 %"));
        say(&mut runs, 500_000, [[0, 0]; 3], Some(Ending::Complete));
        over(&mut runs);
        let output = runs.shown(&[]).output.unwrap();
        assert!(output.name == saved || saved.is_empty() && output.name.len() < 80, "{}", output.name);
    }
}

fn control(thread: u32, control: Control) -> Command {
    Command::Post { thread, task: Task::Control(control) }
}

// Fails with: a stage that is not told that another is gone, one that is told what it cannot know, a run that waits for the dead, a
// part that is called the whole.
#[test]
fn the_others_are_told_when_a_stage_ends_early() {
    for killed in Role::ALL {
        let mut runs = runs(&[], true, None);
        runs.next_round();
        say(&mut runs, 100_000, [[0, 0]; 3], None);
        let mut expected = vec![Command::Terminate { thread: killed as u32 }];
        expected.extend((0..killed as u32).map(|thread| control(thread, Control::Leave)));
        if killed != Role::Write {
            expected.push(control(killed as u32 + 1, Control::Last));
        }
        assert_eq!(runs.act(Act::Kill(killed)), expected);
        assert_eq!(runs.act(Act::Kill(killed)), [], "it is dead already");
        assert!(!runs.gives_up());
        for (thread, role) in (0..).zip(Role::ALL).filter(|&(_, role)| role != killed) {
            assert_eq!(
                runs.said(thread, &progress(role, 200_000, [0, 0], Some(Ending::StoppedEarly)), 0),
                []
            );
        }
        assert_eq!(runs.gives_up(), killed == Role::Write);
        over(&mut runs);
        let shown = runs.shown(&[]);
        assert_eq!(datum(&shown, "data-complete"), "0");
        assert!(!shown.output.unwrap().is_complete);
        assert!(shown.findings.iter().any(|finding| finding.contains("only a part")), "{:?}", shown.findings);
        assert!(runs.next_round().is_none());
    }
    let mut runs = runs(&[], true, None);
    runs.next_round();
    assert_eq!(runs.act(Act::Stop(Role::Upper)), [control(1, Control::Stop)]);
    let told = runs.said(1, &progress(Role::Upper, 1, [0, 0], Some(Ending::StoppedEarly)), 0);
    assert_eq!(told, [(0, Task::Control(Control::Leave))]);
}

// Fails with: a pause that some stages do not hear of, that cannot be ended, or in which a stage cannot be ended.
#[test]
fn all_are_paused_and_one_is_slowed_down() {
    let mut runs = runs(&[], true, None);
    assert_eq!(runs.act(Act::Pause), [], "nothing works yet");
    runs.next_round();
    let all = |it: Control| (0..3).map(|thread| control(thread, it)).collect::<Vec<_>>();
    assert_eq!((runs.act(Act::Pause), runs.waits_for_user()), (all(Control::Pause), true));
    assert_eq!((runs.act(Act::Pause), runs.waits_for_user()), (all(Control::GoOn), false));
    runs.act(Act::Pause);
    let commands = runs.act(Act::Stop(Role::Read));
    assert_eq!(commands, [all(Control::GoOn), vec![control(0, Control::Stop)]].concat());
    assert_eq!(runs.act(Act::Slow(Role::Write)), [control(2, Control::Slow { us: SLOW_US })]);
    assert_eq!(runs.act(Act::Slow(Role::Write)), [control(2, Control::Slow { us: 0 })]);
}

// Fails with: a way that is left out or run twice, small messages that take for ever, a chart without its reference.
#[test]
fn all_ways_are_run_one_after_another() {
    for (shares_memory, ways) in [(true, 10), (false, 5)] {
        let mut runs = runs(&[(&MEASURE, 1), (&SIZE, 500)], shares_memory, None);
        let mut orders = Vec::new();
        while let Some(tasks) = runs.next_round() {
            let Task::Stage(order) = tasks[0] else { panic!("{tasks:?}") };
            orders.push((order.by_messages, order.lines));
            assert!(order.generated_bytes.unwrap() <= 500_000_000);
            assert!(order.lines > 1 || order.generated_bytes.unwrap() <= 10_000_000);
            say(&mut runs, 1_000_000, [[0, 0]; 3], Some(Ending::Complete));
            over(&mut runs);
        }
        orders.sort_unstable();
        orders.dedup();
        assert_eq!(
            (orders.len(), runs.rounds()),
            (ways, (u32::try_from(ways).unwrap(), u32::try_from(ways).unwrap()))
        );
        let shown = runs.shown(&[]);
        let [curves] = &shown.curves[..] else { panic!("{shown:?}") };
        assert!(curves.across == Across::LinesPerMessage && curves.reference.is_some());
        assert_eq!(curves.series.iter().map(|series| series.points.len()).sum::<usize>(), ways);
        assert_eq!(shown.table.rows.len(), ways);
    }
}

// Fails with: a list of moments that grows for as long as a run lasts, or that forgets its beginning.
#[test]
fn a_long_run_keeps_few_moments_of_all_of_its_time() {
    let mut runs = runs(&[], true, None);
    runs.next_round();
    for second in 1..=5_000 {
        say(&mut runs, second * 100_000, [[0, 0]; 3], None);
    }
    assert!(
        runs.depths.len() <= MOST_MOMENTS && runs.depths.len() >= MOST_MOMENTS / 4,
        "{}",
        runs.depths.len()
    );
    assert!(runs.depths[0].0 <= 200_000 && runs.depths.is_sorted());
    assert_eq!(Lesson::named("pipeline"), Some(Lesson::Pipeline));
}
