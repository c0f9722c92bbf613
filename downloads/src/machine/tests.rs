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
