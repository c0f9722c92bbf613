use super::*;
use crate::list::{Entry, Target};

/// A list of the files `0`, `1` and so on at these hosts; of an empty host, no address.
fn list(hosts: &[&str]) -> List {
    let target = |number: usize, host: &str| match host {
        "" => Err(DownloadError::NotAnAddress),
        host => {
            let path = format!("/{number}.txt");
            Ok(Target { href: format!("https://{host}{path}"), host: host.to_owned(), path })
        }
    };
    let entry =
        |(number, host): (usize, &&str)| Entry { address: format!("{number}"), target: target(number, host) };
    List { rows: hosts.iter().enumerate().map(entry).collect(), notes: Vec::new() }
}

fn begun(plan: Plan, hosts: &[&str]) -> (Downloads, Vec<Command>) {
    let mut downloads = Downloads::new(plan, 1, list(hosts));
    let commands = downloads.handle(0, Event::Begin);
    (downloads, commands)
}

fn fetch(row: u32, attempt: u32, host: &str, from_bytes: Option<u64>) -> Command {
    Command::Fetch { row, attempt, href: format!("https://{host}/{row}.txt"), from_bytes }
}

fn answer(status: u16, length: Option<u64>) -> Answer {
    Answer { status, length, etag: Some("\"a\"".to_owned()), ..Answer::default() }
}

fn keep(row: u32) -> Command {
    Command::Keep { row, name: format!("{row}.txt") }
}

fn state(downloads: &Downloads, now_ms: u64, row: u32) -> State {
    downloads.row(now_ms, row).expect("a row").state
}

#[test]
fn a_list_is_worked_off_in_order() {
    // Fails with: a place that is not given on, a start out of order.
    let (mut downloads, commands) = begun(Plan { limit: 2, ..Plan::default() }, &["a", "", "a", "b"]);
    assert_eq!(commands, [fetch(0, 1, "a", None), fetch(2, 1, "a", None)]);
    assert_eq!(state(&downloads, 0, 0), State::Waiting(Wait::Connection));
    assert_eq!(state(&downloads, 0, 1), State::Failed(DownloadError::NotAnAddress));
    assert_eq!(state(&downloads, 0, 3), State::Waiting(Wait::Turn));
    assert_eq!(downloads.handle(5, Event::Answered { row: 0, attempt: 1, answer: answer(200, Some(4)) }), []);
    assert_eq!(downloads.handle(10, Event::Bytes { row: 0, attempt: 1, bytes: 4 }), []);
    assert_eq!(state(&downloads, 30, 0), State::Downloading { silent_ms: 20 });
    assert_eq!(downloads.handle(40, Event::Ended { row: 0, attempt: 1 }), [keep(0), fetch(3, 1, "b", None)]);
    assert_eq!(state(&downloads, 40, 0), State::Done);
    let totals = downloads.totals(40);
    assert_eq!((totals.done, totals.failed, totals.in_flight, totals.most_in_flight), (1, 1, 2, 2));
}

/// One row at the host `a`, answered with a length of 10 and four of its bytes, at the time 0.
fn half(plan: Plan) -> Downloads {
    let (mut downloads, _) = begun(plan, &["a"]);
    downloads.handle(0, Event::Answered { row: 0, attempt: 1, answer: answer(200, Some(10)) });
    downloads.handle(0, Event::Bytes { row: 0, attempt: 1, bytes: 4 });
    downloads
}

/// The same, cut off there; and when it is tried again.
fn cut_off(plan: Plan) -> (Downloads, u64) {
    let mut downloads = half(plan);
    assert_eq!(downloads.handle(0, Event::Broken { row: 0, attempt: 1, cause: Cause::CutOff }), []);
    let at_ms = downloads.wake_at_ms().expect("a retry");
    let after = DownloadError::CutOff { at_bytes: 4, of_bytes: Some(10) };
    assert_eq!(state(&downloads, 0, 0), State::Waiting(Wait::Again { at_ms, after }));
    (downloads, at_ms)
}

fn rest(content_range: &str) -> Answer {
    Answer { content_range: Some(content_range.to_owned()), ..answer(206, Some(6)) }
}

#[test]
fn a_file_is_fetched_from_where_it_was_cut_off() {
    // Fails with: a fetch from the beginning, bytes counted from 0 again.
    let (mut downloads, at_ms) = cut_off(Plan::default());
    assert_eq!(downloads.handle(at_ms - 1, Event::Tick), []);
    assert_eq!(downloads.handle(at_ms, Event::Tick), [fetch(0, 2, "a", Some(4))]);
    let answer = rest("bytes 4-9/10");
    assert_eq!(downloads.handle(at_ms, Event::Answered { row: 0, attempt: 2, answer }), []);
    downloads.handle(at_ms, Event::Bytes { row: 0, attempt: 2, bytes: 6 });
    let view = downloads.row(at_ms, 0).expect("a row");
    assert_eq!((view.got_bytes, view.of_bytes, view.started_over), (10, Some(10), false));
    assert_eq!(downloads.handle(at_ms + 5, Event::Ended { row: 0, attempt: 2 }), [keep(0)]);
    assert_eq!(downloads.row(at_ms, 0).expect("a row").took_ms, Some(at_ms + 5));
}

#[test]
fn a_server_that_sends_all_of_it_is_taken_at_its_word() {
    // Fails with: the whole file appended to its beginning; nothing said of bytes that came in vain.
    let (mut downloads, at_ms) = cut_off(Plan::default());
    downloads.handle(at_ms, Event::Tick);
    let answer = Answer { etag: Some("\"b\"".to_owned()), ..answer(200, Some(7)) };
    assert_eq!(
        downloads.handle(at_ms, Event::Answered { row: 0, attempt: 2, answer }),
        [Command::StartOver { row: 0 }]
    );
    let view = downloads.row(at_ms, 0).expect("a row");
    assert_eq!((view.got_bytes, view.of_bytes, view.started_over), (0, Some(7), true));
}

#[test]
fn another_rest_is_not_read_and_the_whole_file_fetched_in_its_place() {
    // Fails with: a rest of another file appended, its place given to another row, a second start within the pause.
    for answer in [rest("bytes 4-9/11"), rest("bytes 0-9/10"), answer(206, Some(6)), answer(416, None)] {
        let (mut downloads, at_ms) = cut_off(Plan::default());
        downloads.handle(at_ms, Event::Tick);
        let expected =
            [Command::Abort { row: 0, attempt: 2 }, Command::Discard { row: 0 }, fetch(0, 3, "a", None)];
        let event = Event::Answered { row: 0, attempt: 2, answer };
        assert_eq!(downloads.clone().handle(at_ms, event.clone()), expected);
        downloads.shared.plan.host_pause_ms = 1_000;
        assert_eq!(downloads.handle(at_ms, event), expected[..2]);
        assert_eq!(state(&downloads, at_ms, 0), State::Waiting(Wait::HostPause));
        assert_eq!(downloads.wake_at_ms(), Some(at_ms + 1_000));
        assert_eq!(downloads.handle(at_ms + 1_000, Event::Tick), expected[2..]);
    }
}

#[test]
fn a_rest_is_what_was_promised_or_is_fetched_again() {
    // Fails with: a file kept that is too short or too long.
    let resumed = || {
        let (mut downloads, at_ms) = cut_off(Plan::default());
        downloads.handle(at_ms, Event::Tick);
        let answer = Answer { length: None, ..rest("bytes 4-9/10") };
        downloads.handle(at_ms, Event::Answered { row: 0, attempt: 2, answer });
        (downloads, at_ms)
    };
    let (mut downloads, at_ms) = resumed();
    downloads.handle(at_ms, Event::Bytes { row: 0, attempt: 2, bytes: 5 });
    assert_eq!(downloads.handle(at_ms, Event::Ended { row: 0, attempt: 2 }), []);
    assert!(matches!(state(&downloads, at_ms, 0), State::Waiting(Wait::Again { .. })));
    let (mut downloads, at_ms) = resumed();
    assert_eq!(
        downloads.handle(at_ms, Event::Bytes { row: 0, attempt: 2, bytes: 7 }),
        [Command::Abort { row: 0, attempt: 2 }, Command::Discard { row: 0 }, fetch(0, 3, "a", None)]
    );
}

#[test]
fn what_cannot_be_resumed_is_fetched_from_its_beginning() {
    // Fails with: a rest fetched without knowing the file again; the beginning kept.
    let answers = [
        Answer { etag: None, ..answer(200, Some(10)) },
        Answer { etag: Some("W/\"a\"".to_owned()), ..answer(200, Some(10)) },
        Answer { is_encoded: Some(true), ..answer(200, Some(10)) },
        answer(200, None),
        answer(200, Some(4)),
        answer(200, Some(3)),
    ];
    for answer in answers {
        let (mut downloads, _) = begun(Plan::default(), &["a"]);
        downloads.handle(0, Event::Answered { row: 0, attempt: 1, answer: answer.clone() });
        downloads.handle(0, Event::Bytes { row: 0, attempt: 1, bytes: 4 });
        let commands = downloads.handle(0, Event::Broken { row: 0, attempt: 1, cause: Cause::CutOff });
        assert_eq!(commands, [Command::Discard { row: 0 }], "{answer:?}");
        let at_ms = downloads.wake_at_ms().expect("a retry");
        assert_eq!(downloads.handle(at_ms, Event::Tick), [fetch(0, 2, "a", None)]);
        assert!(downloads.row(at_ms, 0).expect("a row").started_over);
    }
}

#[test]
fn a_body_that_ends_early_is_cut_off_also_where_the_browser_does_not_say_so() {
    // Fails with: half a file taken for the whole; a compressed one, which may be longer than what it holds, for a half.
    for (bytes, length, is_whole) in
        [(5_000, 10_000, false), (9_000, 10_000, false), (9_990, 10_000, true), (2, 22, true)]
    {
        let (mut downloads, _) = begun(Plan { retries: 0, ..Plan::default() }, &["a"]);
        downloads.handle(
            0,
            Event::Answered {
                row: 0,
                attempt: 1,
                answer: Answer { etag: None, ..answer(200, Some(length)) },
            },
        );
        downloads.handle(0, Event::Bytes { row: 0, attempt: 1, bytes });
        downloads.handle(0, Event::Ended { row: 0, attempt: 1 });
        let cut_off = DownloadError::CutOff { at_bytes: bytes, of_bytes: Some(length) };
        let expected = if is_whole { State::Done } else { State::Failed(cut_off) };
        assert_eq!(state(&downloads, 0, 0), expected, "{bytes} of {length}");
    }
}

#[test]
fn more_bytes_than_announced_are_read_and_the_length_forgotten() {
    // Fails with: a share above 100 %, a compressed file cut where its length says.
    let mut downloads = half(Plan::default());
    downloads.handle(0, Event::Bytes { row: 0, attempt: 1, bytes: 6 });
    assert_eq!(downloads.row(0, 0).expect("a row").of_bytes, Some(10));
    downloads.handle(0, Event::Bytes { row: 0, attempt: 1, bytes: 1 });
    assert_eq!(downloads.row(0, 0).expect("a row").of_bytes, None);
    assert_eq!(downloads.handle(0, Event::Ended { row: 0, attempt: 1 }), [keep(0)]);
    assert_eq!(downloads.row(0, 0).expect("a row").of_bytes, Some(11));
}

#[test]
fn hosts_are_given_a_pause_and_others_go_ahead() {
    // Fails with: a pause for all hosts, or one that holds up the row behind.
    let plan = Plan { host_pause_ms: 100, ..Plan::default() };
    let (mut downloads, commands) = begun(plan, &["a", "a", "b", "a"]);
    assert_eq!(commands, [fetch(0, 1, "a", None), fetch(2, 1, "b", None)]);
    assert_eq!(state(&downloads, 0, 1), State::Waiting(Wait::HostPause));
    assert_eq!(downloads.wake_at_ms(), Some(100));
    assert_eq!(downloads.handle(99, Event::Tick), []);
    assert_eq!(downloads.handle(100, Event::Tick), [fetch(1, 1, "a", None)]);
    assert_eq!(downloads.handle(250, Event::Tick), [fetch(3, 1, "a", None)]);
}

/// The pauses before each try again of a row whose server always answers this.
fn pauses_ms(seed: u64, plan: Plan, answer: &Answer) -> Vec<u64> {
    let mut downloads = Downloads::new(plan, seed, list(&["a"]));
    let mut now_ms = 0;
    downloads.handle(now_ms, Event::Begin);
    let tries = (1..).map_while(|attempt| {
        let commands = downloads.handle(now_ms, Event::Answered { row: 0, attempt, answer: answer.clone() });
        assert_eq!(commands, [Command::Abort { row: 0, attempt }], "the body is not read");
        let pause_ms = downloads.wake_at_ms()? - now_ms;
        now_ms += pause_ms;
        downloads.handle(now_ms, Event::Tick);
        Some(pause_ms)
    });
    let pauses_ms = tries.collect();
    assert_eq!(state(&downloads, now_ms, 0), State::Failed(DownloadError::HttpStatus(answer.status)));
    pauses_ms
}

#[test]
fn pauses_before_tries_again_double_and_differ() {
    // Fails with: a body read that is not the file, no jitter, the same one for all seeds, a pause that does not grow, one try too many.
    let plan = Plan { retries: 5, ..Plan::default() };
    let mut firsts = Vec::new();
    for seed in 0..200 {
        let pauses_ms = pauses_ms(seed, plan, &answer(500, None));
        assert_eq!(pauses_ms.len(), 5);
        for (pause_ms, backoff_ms) in pauses_ms.iter().zip([500, 1_000, 2_000, 4_000, 8_000]) {
            assert!((backoff_ms / 2..=backoff_ms * 3 / 2).contains(pause_ms), "{pauses_ms:?}");
        }
        firsts.push(pauses_ms[0]);
    }
    firsts.sort_unstable();
    assert!(firsts[5] < 300 && firsts[194] > 700, "{firsts:?}");
}

#[test]
fn a_server_may_ask_for_a_longer_pause() {
    // Fails with: Retry-After ignored, or taken where it is shorter.
    let plan = Plan { retries: 1, backoff_ms: 10_000, ..Plan::default() };
    let busy = |seconds: &str| Answer { retry_after: Some(seconds.to_owned()), ..answer(503, None) };
    assert_eq!(pauses_ms(1, plan, &busy("20")), [20_000]);
    assert_eq!(pauses_ms(1, plan, &busy("1")), pauses_ms(1, plan, &answer(503, None)));
    assert_eq!(pauses_ms(1, plan, &answer(404, None)), [0; 0]);
}

#[test]
fn a_retry_waits_for_its_turn() {
    // Fails with: retries beside the limit, or behind all other rows.
    let plan = Plan { limit: 1, ..Plan::default() };
    let (mut downloads, _) = begun(plan, &["a", "a", "a"]);
    let commands = downloads.handle(0, Event::Broken { row: 0, attempt: 1, cause: Cause::Unreadable });
    assert_eq!(commands, [fetch(1, 1, "a", None)]);
    assert_eq!(downloads.handle(5_000, Event::Tick), []);
    assert_eq!(state(&downloads, 5_000, 0), State::Waiting(Wait::Turn));
    downloads.handle(5_000, Event::Answered { row: 1, attempt: 1, answer: answer(200, None) });
    let commands = downloads.handle(5_000, Event::Ended { row: 1, attempt: 1 });
    assert_eq!(commands, [keep(1), fetch(0, 2, "a", None)]);
}

#[test]
fn silence_is_an_error() {
    // Fails with: silence measured from the start, an attempt left in flight.
    let plan = Plan { retries: 0, ..Plan::default() };
    let mut downloads = half(plan);
    downloads.handle(29_000, Event::Bytes { row: 0, attempt: 1, bytes: 1 });
    assert_eq!(downloads.wake_at_ms(), Some(59_000));
    assert_eq!(downloads.handle(58_999, Event::Tick), []);
    assert_eq!(downloads.handle(59_000, Event::Tick), [Command::Abort { row: 0, attempt: 1 }]);
    assert_eq!(state(&downloads, 59_000, 0), State::Failed(DownloadError::Stalled { for_s: 30 }));
    assert_eq!(downloads.wake_at_ms(), None);
}

#[test]
fn who_waits_for_a_connection_has_not_stalled() {
    // Fails with: downloads given up that wait behind others of the same host, or are saved by another host.
    let plan = Plan { retries: 0, ..Plan::default() };
    let (mut downloads, _) = begun(plan, &["a", "a", "b"]);
    downloads.handle(0, Event::Answered { row: 0, attempt: 1, answer: answer(200, None) });
    downloads.handle(20_000, Event::Bytes { row: 0, attempt: 1, bytes: 1 });
    assert_eq!(downloads.handle(30_000, Event::Tick), [Command::Abort { row: 2, attempt: 1 }]);
    // The connection of the first is free now: the second gets the same time again.
    assert_eq!(
        downloads.handle(50_000, Event::Tick),
        [Command::Abort { row: 0, attempt: 1 }, Command::Discard { row: 0 }]
    );
    assert_eq!(downloads.wake_at_ms(), Some(80_000));
    assert_eq!(downloads.handle(80_000, Event::Tick), [Command::Abort { row: 1, attempt: 1 }]);
}

#[test]
fn a_cancelled_row_can_go_on_later() {
    // Fails with: a part thrown away that can be used, or kept that cannot; a late event of the old attempt counted.
    let mut downloads = half(Plan::default());
    assert_eq!(downloads.handle(1, Event::Cancel(0)), [Command::Abort { row: 0, attempt: 1 }]);
    assert_eq!(state(&downloads, 1, 0), State::Failed(DownloadError::Cancelled));
    for late in [
        Event::Bytes { row: 0, attempt: 1, bytes: 4 },
        Event::Ended { row: 0, attempt: 1 },
        Event::Cancel(0),
        Event::RetryFailed,
    ] {
        assert_eq!(downloads.handle(2, late), []);
    }
    assert_eq!(downloads.handle(3, Event::Retry(0)), [fetch(0, 2, "a", Some(4))]);
    assert_eq!(downloads.handle(4, Event::Bytes { row: 0, attempt: 1, bytes: 4 }), []);
    assert_eq!(downloads.row(4, 0).expect("a row").got_bytes, 4);
    downloads.handle(5, Event::Bytes { row: 0, attempt: 2, bytes: 4 });
    assert_eq!(downloads.row(5, 0).expect("a row").got_bytes, 4, "no byte before the answer");
    downloads.handle(6, Event::Answered { row: 0, attempt: 2, answer: rest("bytes 4-9/10") });
    downloads.handle(7, Event::Bytes { row: 0, attempt: 1, bytes: 4 });
    downloads.handle(7, Event::Broken { row: 0, attempt: 1, cause: Cause::CutOff });
    assert_eq!(state(&downloads, 7, 0), State::Downloading { silent_ms: 1 });
    assert_eq!(downloads.row(7, 0).expect("a row").got_bytes, 4, "no byte of another attempt");
}

#[test]
fn where_there_is_no_disk_memory_is_shared() {
    // Fails with: a limit for each file, a file begun that cannot fit, one counted after it has left.
    let plan = Plan { memory_limit: Some(10), limit: 1, retries: 5, ..Plan::default() };
    let (mut downloads, _) = begun(plan, &["a", "a"]);
    downloads.handle(0, Event::Answered { row: 0, attempt: 1, answer: answer(200, None) });
    downloads.handle(0, Event::Bytes { row: 0, attempt: 1, bytes: 6 });
    downloads.handle(0, Event::Ended { row: 0, attempt: 1 });
    let stopped = [Command::Abort { row: 1, attempt: 1 }, Command::Discard { row: 1 }];
    let event = Event::Answered { row: 1, attempt: 1, answer: answer(200, Some(5)) };
    assert_eq!(downloads.clone().handle(0, event), stopped);
    downloads.handle(0, Event::Answered { row: 1, attempt: 1, answer: answer(200, None) });
    assert_eq!(downloads.handle(0, Event::Bytes { row: 1, attempt: 1, bytes: 4 }), []);
    assert_eq!(downloads.handle(0, Event::Bytes { row: 1, attempt: 1, bytes: 1 }), stopped);
    assert_eq!(state(&downloads, 0, 1), State::Failed(DownloadError::TooLarge { limit_bytes: 10 }));
    assert_eq!(downloads.handle(0, Event::ClearDone), [Command::Discard { row: 0 }]);
    downloads.handle(0, Event::Retry(1));
    assert_eq!(
        downloads.handle(0, Event::Answered { row: 1, attempt: 2, answer: answer(200, Some(10)) }),
        []
    );
}

#[test]
fn all_that_failed_is_retried_in_place() {
    // Fails with: cancelled rows or wrong addresses retried, ids that change, a time that goes on from the first end.
    let plan = Plan { retries: 0, ..Plan::default() };
    let (mut downloads, _) = begun(plan, &["a", "", "a", "a"]);
    assert_eq!(downloads.totals(0).took_ms, None);
    downloads.handle(10, Event::Answered { row: 0, attempt: 1, answer: answer(404, None) });
    downloads.handle(20, Event::Cancel(2));
    downloads.handle(30, Event::Answered { row: 3, attempt: 1, answer: answer(204, None) });
    downloads.handle(40, Event::Ended { row: 3, attempt: 1 });
    let totals = downloads.totals(50);
    assert_eq!((totals.done, totals.failed, totals.cancelled, totals.took_ms), (1, 2, 1, Some(40)));
    assert!(downloads.is_over());
    assert_eq!(downloads.handle(60, Event::ClearDone), [Command::Discard { row: 3 }]);
    assert_eq!(downloads.handle(100, Event::RetryFailed), [fetch(0, 2, "a", None)]);
    assert_eq!(downloads.handle(110, Event::Cancel(0)), [Command::Abort { row: 0, attempt: 2 }]);
    assert_eq!(downloads.totals(200).took_ms, Some(10));
    assert_eq!(downloads.rows(200).map(|view| view.id).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn files_have_names_of_their_own() {
    // Fails with: two files of one name; a name not free again once its row is cleared, or a retry that takes a second one.
    let plan = Plan { retries: 0, ..Plan::default() };
    let (mut downloads, _) = begun(plan, &["a", "a"]);
    let named = || Answer {
        content_disposition: Some("attachment; filename=\"x.txt\"".to_owned()),
        ..answer(200, Some(0))
    };
    let name =
        |downloads: &Downloads, row| downloads.row(0, row).and_then(|view| view.name.map(str::to_owned));
    assert_eq!(name(&downloads, 0), None);
    downloads.handle(0, Event::Answered { row: 0, attempt: 1, answer: named() });
    downloads.handle(0, Event::Answered { row: 1, attempt: 1, answer: named() });
    assert_eq!(name(&downloads, 0).as_deref(), Some("x.txt"));
    downloads.handle(0, Event::Cancel(1));
    downloads.handle(0, Event::Retry(1));
    downloads.handle(0, Event::Answered { row: 1, attempt: 2, answer: named() });
    assert_eq!(name(&downloads, 1).as_deref(), Some("x (2).txt"));
    downloads.handle(0, Event::Ended { row: 0, attempt: 1 });
    downloads.handle(0, Event::ClearDone);
    downloads.handle(0, Event::Cancel(1));
    downloads.handle(0, Event::Retry(1));
    downloads.handle(0, Event::Answered { row: 1, attempt: 3, answer: named() });
    assert_eq!(name(&downloads, 1).as_deref(), Some("x.txt"));
}

#[test]
fn the_page_learns_what_has_changed() {
    // Fails with: a change not told, or all rows told for ever.
    let (mut downloads, _) = begun(Plan { limit: 1, retries: 0, ..Plan::default() }, &["a", "a", "a"]);
    assert_eq!(downloads.take_changed(), [0, 1, 2]);
    assert_eq!(downloads.take_changed(), [0]);
    downloads.handle(0, Event::Cancel(2));
    assert_eq!(downloads.take_changed(), [0, 2]);
    downloads.handle(0, Event::CancelAll);
    assert_eq!(downloads.take_changed(), [0, 1]);
    assert_eq!(downloads.take_changed(), [0; 0]);
}

#[test]
fn time_left_is_told_as_far_as_it_can_be() {
    // Fails with: rows that have not begun left out of it; a share of what no one knows the size of.
    let (mut downloads, _) = begun(Plan { limit: 1, ..Plan::default() }, &["a", "a", "a"]);
    let answered = Event::Answered { row: 0, attempt: 1, answer: answer(200, Some(10_000)) };
    downloads.handle(0, answered);
    assert_eq!(downloads.totals(0).left_ms, None);
    downloads.handle(900, Event::Bytes { row: 0, attempt: 1, bytes: 5_000 });
    let view = downloads.row(1_000, 0).expect("a row");
    assert_eq!((view.rate_bytes_s, view.left_ms), (5_000, Some(1_000)));
    let totals = downloads.totals(1_000);
    assert_eq!((totals.got_bytes, totals.of_bytes, totals.rate_bytes_s), (5_000, None, 5_000));
    assert_eq!(totals.left_ms, Some(5_000));
    downloads.handle(1_000, Event::Cancel(1));
    downloads.handle(1_000, Event::Cancel(2));
    let totals = downloads.totals(1_000);
    assert_eq!((totals.of_bytes, totals.left_ms), (Some(10_000), Some(1_000)));
}

#[test]
fn an_empty_list_is_over_and_a_plan_is_kept_in_range() {
    // Fails with: a list that never ends, a limit of 0 that starts nothing.
    let (downloads, commands) = begun(Plan::default(), &[]);
    assert!(downloads.is_over() && commands.is_empty() && downloads.wake_at_ms().is_none());
    assert_eq!(downloads.totals(0).took_ms, Some(0));
    let none =
        Plan { limit: 0, host_pause_ms: 0, retries: 0, backoff_ms: 0, stall_ms: 0, memory_limit: None };
    assert_eq!(begun(none, &["a", "a"]).1.len(), 1);
    let most = u64::MAX;
    let all = Plan {
        limit: u32::MAX,
        host_pause_ms: most,
        retries: u32::MAX,
        backoff_ms: most,
        stall_ms: most,
        memory_limit: Some(most),
    };
    let (mut downloads, commands) = begun(all, &["a"; 40]);
    assert_eq!(commands.len(), 1);
    downloads.handle(1, Event::Broken { row: 0, attempt: 1, cause: Cause::Unreadable });
    assert!(downloads.wake_at_ms().is_some_and(|at_ms| at_ms > 1));
    assert_eq!(begun(Plan { host_pause_ms: 0, ..all }, &["a"; 40]).1.len(), 16);
}
