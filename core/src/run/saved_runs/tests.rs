//! Which saved runs are offered, set aside, dropped, and when a page writes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::run::checkpoint::sealed;

/// What the names of this page's things begin with.
const RUN_PREFIX: &str = "dartboard /some/repo/ run.";
const SET_ASIDE_PREFIX: &str = "dartboard /some/repo/ set-aside.";

const MINUTE_MS: u64 = 60_000;
const NOW_MS: u64 = 1_800_000_000_000;

/// A checkpoint of the first `blocks` blocks, with a target of 1,000 blocks.
fn checkpoint(seed: u64, blocks: u64) -> Checkpoint {
    let points = blocks * 100_000;
    let done = if blocks == 0 { String::new() } else { format!("0-{blocks}") };
    checked(&format!(
        "version=2&seed={seed}&workers=2&batch=auto&target=100000000&chaos=0&points={points}&inside={}\
         &done={done}&restarts=0&stale=0&ran_ms=5",
        points / 2
    ))
}

/// Reads a checkpoint without its check.
fn checked(body: &str) -> Checkpoint {
    WrittenRun::parse(&sealed(body)).unwrap().current().unwrap().clone()
}

fn saved(seed: u64, minutes_ago: u64) -> SavedRun {
    written(NOW_MS - minutes_ago * MINUTE_MS, checkpoint(seed, 10))
}

/// A run that was saved then, by a page of this stream.
fn written(saved_ms: u64, checkpoint: Checkpoint) -> SavedRun {
    SavedRun { saved_ms, order_ms: saved_ms, run: WrittenRun::Current(checkpoint) }
}

fn scope() -> Scope {
    Scope::of_path("/some/repo/")
}

fn name(key: u64) -> String {
    scope().run(RunKey(key))
}

fn stored(key: u64, value: impl Into<String>) -> Stored {
    Stored { key: name(key), value: value.into() }
}

fn run(key: u64, minutes_ago: u64) -> Stored {
    stored(key, saved(key, minutes_ago).encode())
}

fn visit(own: Option<u64>, locked: &[u64]) -> Visit {
    let in_use = InUse::Locked(locked.iter().copied().map(RunKey).collect());
    Visit { scope: scope(), unscoped: Vec::new(), own: own.map(RunKey), in_use, now_ms: NOW_MS }
}

fn keys(survey: &Survey) -> Vec<u64> {
    survey.offers.iter().map(|offer| offer.key.0).collect()
}

/// The storage after `survey` was carried out as the driver does.
fn after(stored: &[Stored], survey: &Survey) -> BTreeMap<String, String> {
    let mut map: BTreeMap<_, _> = stored.iter().map(|s| (s.key.clone(), s.value.clone())).collect();
    for name in &survey.drops {
        assert!(map.remove(name).is_some(), "{name} is not there to be dropped");
    }
    for (from, to) in &survey.moves {
        let value = map.remove(from).unwrap_or_else(|| panic!("{from} is not there to be moved"));
        assert_eq!(map.insert(to.clone(), value), None, "{to} was overwritten");
    }
    map
}

// Fails with: oldest first; this tab's run not preferred; a run offered that an open page has.
#[test]
fn own_run_comes_first_then_the_newest_and_none_of_an_open_page() {
    let all = vec![run(1, 9), run(2, 3), run(3, 5), run(4, 1)];
    assert_eq!(keys(&survey(&all, &visit(None, &[]))), [4, 2, 3, 1]);
    assert_eq!(keys(&survey(&all, &visit(Some(3), &[4]))), [3, 2, 1]);
    // A duplicated tab has the name of a run that another page has.
    assert_eq!(keys(&survey(&all, &visit(Some(3), &[3]))), [4, 2, 1]);
    let survey = survey(&all, &visit(None, &[1, 2, 3, 4]));
    assert_eq!(survey, Survey::default());
}

// Fails with: a run that is just being computed in another page offered where there are no locks; this tab's own
// run, saved a moment before its reload, withheld.
#[test]
fn without_locks_a_run_saved_just_now_is_left_alone() {
    let just_now = |key| {
        let saved = SavedRun { saved_ms: NOW_MS - STILL_OPEN_MS + 1, ..saved(key, 0) };
        stored(key, saved.encode())
    };
    let visit = Visit { in_use: InUse::Unknown, ..visit(Some(2), &[]) };
    let old_enough = SavedRun { saved_ms: NOW_MS - STILL_OPEN_MS, ..saved(3, 0) };
    let all = vec![just_now(1), just_now(2), stored(3, old_enough.encode())];
    let survey = survey(&all, &visit);
    assert_eq!(keys(&survey), [2, 3]);
    assert_eq!(survey.drops, Vec::<String>::new());
}

// Fails with: an age of a time that is still to come; a run withheld for as long as its time is ahead.
#[test]
fn a_run_saved_while_the_clock_was_ahead_is_offered_and_has_no_age() {
    let ahead = |ms| stored(1, written(NOW_MS + ms, checkpoint(1, 10)).encode());
    for in_use in [InUse::Unknown, InUse::Locked(Vec::new())] {
        let visit = Visit { in_use, ..visit(None, &[]) };
        let offers = survey(&[ahead(3_600_000)], &visit).offers;
        assert_eq!(
            offers[0].describe(NOW_MS),
            "1,000,000 points (seed 1, saved while the clock was ahead)",
            "{visit:?}"
        );
    }
    let nearly_now = survey(&[ahead(1)], &visit(None, &[])).offers;
    assert_eq!(nearly_now[0].describe(NOW_MS), "1,000,000 points (seed 1, a moment ago)");
}

// Fails with: an order by clocks that were set.
#[test]
fn runs_are_offered_in_the_order_in_which_they_were_saved_whatever_the_clock_said() {
    let with_order =
        |key, minutes_ago, order_ms| stored(key, SavedRun { order_ms, ..saved(key, minutes_ago) }.encode());
    let ahead_ms = NOW_MS + 60 * MINUTE_MS;
    let all = [
        run(1, 5),
        stored(2, written(ahead_ms, checkpoint(2, 10)).encode()),
        with_order(3, 2, ahead_ms + 1),
        with_order(4, 4, ahead_ms + 2),
    ];
    let survey = survey(&all, &visit(None, &[]));
    assert_eq!(keys(&survey), [4, 3, 2, 1]);
    assert_eq!(survey.newest_ms, ahead_ms + 2);
}

// Fails with: no bound; the newest dropped; an open page's run dropped.
#[test]
fn at_most_eight_are_kept_and_the_oldest_go() {
    let all: Vec<_> = (1..=12).map(|age| run(age, age)).collect();
    let survey = survey(&all, &visit(None, &[12]));
    assert_eq!(keys(&survey), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(survey.drops, [9, 10, 11].map(name));
    assert!(after(&all, &survey).contains_key(&name(12)));
}

// Fails with: a damaged value offered, left where it is, thrown away, or counted among the runs.
#[test]
fn what_cannot_be_read_is_told_set_aside_and_bounded() {
    let whole = saved(1, 1).encode();
    let newer = whole.replace("version=2&", "version=7&");
    let damaged = whole.replace("points=1000000", "points=9000000");
    let cases = [
        (newer.as_str(), "version 7"),
        (&damaged, "damaged (check)"),
        (&whole[..whole.len() / 2], "damaged"),
        ("", "damaged (time)"),
        ("saved_ms=-1&version=1", "damaged (time)"),
    ];
    for (value, words) in cases {
        let all = vec![run(2, 2), stored(1, value)];
        let survey = survey(&all, &visit(Some(1), &[]));
        assert_eq!(keys(&survey), [2], "{value}");
        let message = survey.refusals[0].to_string();
        assert!(message.contains(words), "{message:?} should say {words:?}");
        let aside = format!("{SET_ASIDE_PREFIX}{NOW_MS}.0000000000000001");
        assert_eq!(after(&all, &survey).get(&aside).map(String::as_str), Some(value));
    }
    let all: Vec<_> = (1..=9).map(|key| stored(key, "rubbish")).collect();
    let survey = survey(&all, &visit(None, &[]));
    assert_eq!(survey.refusals.len(), MAX_SET_ASIDE);
    assert_eq!(after(&all, &survey).len(), MAX_SET_ASIDE);
}

// Fails with: a run that only a newer page can read lost to it because an older one looked first.
#[test]
fn what_was_set_aside_and_can_be_read_now_comes_back() {
    let aside = Stored { key: format!("{SET_ASIDE_PREFIX}5.0000000000000001"), value: saved(1, 1).encode() };
    let twin = Stored { key: format!("{SET_ASIDE_PREFIX}6.0000000000000001"), ..aside.clone() };
    let all = vec![aside, twin, run(2, 2)];
    let survey = survey(&all, &visit(None, &[]));
    assert_eq!(keys(&survey), [1, 2]);
    assert_eq!(survey.refusals, vec![]);
    let map = after(&all, &survey);
    assert_eq!(map[&name(1)], saved(1, 1).encode());
    // The twin stays where it is.
    assert_eq!(map.len(), 3);
}

// Fails with: an old run dropped from where it is not; one put under its key and left there although it is too many.
#[test]
fn old_runs_that_could_come_back_are_dropped_from_where_they_are() {
    let aside = |key: u64| {
        let key_text = format!("{SET_ASIDE_PREFIX}5.{key:016x}");
        Stored { key: key_text, value: saved(key, key).encode() }
    };
    let all: Vec<_> = (1..=12).map(|key| if key % 2 == 0 { aside(key) } else { run(key, key) }).collect();
    let survey = survey(&all, &visit(None, &[]));
    assert_eq!(keys(&survey), [1, 2, 3, 4, 5, 6, 7, 8]);
    let oldest: Vec<_> = all[8..].iter().map(|stored| stored.key.clone()).collect();
    assert_eq!(survey.drops, oldest);
    assert_eq!(after(&all, &survey).len(), MAX_SAVED_RUNS);
}

// Fails with: a value set aside overwritten by another, or taken for one although no page named it so.
#[test]
fn values_set_aside_do_not_overwrite_each_other() {
    let name = format!("{SET_ASIDE_PREFIX}{NOW_MS}.0000000000000001");
    let earlier = Stored { key: name.clone(), value: "earlier".to_owned() };
    let padded = format!("{SET_ASIDE_PREFIX}0{NOW_MS}.0000000000000001");
    let foreign = Stored { key: padded.clone(), value: "foreign".to_owned() };
    let all = vec![stored(1, "rubbish"), earlier, foreign];
    let map = after(&all, &survey(&all, &visit(None, &[])));
    assert!(map[&name] == "earlier" || map[&name] == "rubbish");
    assert_eq!(map[&padded], "foreign");
    assert_eq!(map.len(), 2);
}

#[test]
fn what_storage_refuses_is_said_in_plain_words() {
    for (error, said) in [
        (StoreError::Disabled, "this browser is set to store nothing for this page"),
        (StoreError::Full, "the browser’s storage for this page is full"),
        (StoreError::Refused("no reason".to_owned()), "the browser refused (no reason)"),
    ] {
        assert_eq!(error.to_string(), said);
    }
    let damaged = SavedRunError::Checkpoint(CheckpointError::Damaged("done"));
    for (error, said) in [
        (OfferError::InUse, "the saved run has been opened in another tab meanwhile"),
        (OfferError::Gone, "the saved run has been resumed or discarded in another tab meanwhile"),
        (OfferError::Unreadable(damaged), "the saved run cannot be resumed: it is damaged (done)"),
        (
            OfferError::Storage(StoreError::Full),
            "the saved run cannot be reached: the browser’s storage for this page is full",
        ),
    ] {
        assert_eq!(error.to_string(), said);
    }
}

#[test]
fn an_offer_says_how_much_of_what_and_when() {
    let offer = |seed, blocks, minutes_ago| {
        let saved = written(NOW_MS - minutes_ago * MINUTE_MS, checkpoint(seed, blocks));
        Offer { key: RunKey(1), text: String::new(), saved }.describe(NOW_MS)
    };
    assert_eq!(offer(42, 124, 3), "12,400,000 points (seed 42, 3 minutes ago)");
    assert_eq!(offer(7, 1_000, 0), "100,000,000 points (seed 7, finished, a moment ago)");
    // A clock that was set back.
    let offer = Offer { key: RunKey(1), text: String::new(), saved: written(u64::MAX, checkpoint(1, 1)) };
    assert_eq!(offer.describe(NOW_MS), "100,000 points (seed 1, saved while the clock was ahead)");
}

/// What is stored under a name without a scope.
fn unscoped(key: u64, value: impl Into<String>) -> Stored {
    Stored { key: Scope::none().run(RunKey(key)), value: value.into() }
}

/// The visit of a page that holds the locks of these runs, whose names carry no scope.
fn moving(keys: &[u64]) -> Visit {
    Visit { unscoped: keys.iter().copied().map(RunKey).collect(), ..visit(None, &[]) }
}

// Fails with: a run lost or left behind by the move; one moved that a page of an older version has.
#[test]
fn runs_under_names_without_a_scope_are_moved_under_their_locks() {
    let all = vec![
        unscoped(1, saved(1, 1).encode()),
        unscoped(2, saved(2, 2).encode()),
        run(3, 3),
        Stored { key: "dartboard.set-aside.5.0000000000000004".to_owned(), value: "rubbish".to_owned() },
    ];
    let survey = survey(&all, &moving(&[1]));
    assert_eq!((keys(&survey), &survey.refusals), (vec![1, 3], &vec![]));
    let map = after(&all, &survey);
    let expected = [
        (name(1), saved(1, 1).encode()),
        (all[1].key.clone(), all[1].value.clone()),
        (name(3), saved(3, 3).encode()),
        (format!("{SET_ASIDE_PREFIX}5.0000000000000004"), "rubbish".to_owned()),
    ];
    assert_eq!(map, BTreeMap::from(expected));
}

// Fails with: the runs of one deployment offered by another on the same host, moved twice, or cleared away as too many.
#[test]
fn the_first_deployment_takes_what_has_no_scope_and_no_other_sees_it() {
    let mut all: Vec<_> = (1..=8).map(|key| run(key, key)).collect();
    all.push(unscoped(9, saved(9, 0).encode()));
    let first = Visit { scope: Scope::of_path("/other/"), ..moving(&[9]) };
    let taken = survey(&all, &first);
    assert_eq!(keys(&taken), [9]);
    let map = after(&all, &taken);
    assert_eq!(map.len(), 9);
    let all: Vec<_> = map.into_iter().map(|(key, value)| Stored { key, value }).collect();
    // That one has looked before and holds the lock.
    let second = survey(&all, &moving(&[9]));
    assert_eq!(keys(&second), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!((second.drops, second.moves), (vec![], vec![]));
}

// Fails with: two copies of a run after a page was closed within a move; one that was moved before overwritten.
#[test]
fn a_move_that_was_cut_off_is_finished() {
    let text = saved(1, 1).encode();
    let both = vec![unscoped(1, text.as_str()), stored(1, text.as_str())];
    let survey = survey(&both, &moving(&[1]));
    assert_eq!(keys(&survey), [1]);
    assert_eq!(after(&both, &survey), BTreeMap::from([(name(1), text.clone())]));

    let other = saved(5, 3).encode();
    let both = vec![unscoped(1, other.as_str()), stored(1, text.as_str())];
    let map = after(&both, &super::survey(&both, &moving(&[1])));
    let aside = format!("{SET_ASIDE_PREFIX}{NOW_MS}.0000000000000001");
    assert_eq!(map, BTreeMap::from([(name(1), text), (aside, other)]));
}

#[test]
fn so_many_runs_without_a_scope_are_moved_on_one_visit() {
    let all: Vec<_> = (0..100).flat_map(|key| [run(key, 1), unscoped(key, "")]).collect();
    let found = unscoped_runs(&all);
    assert_eq!(found, (0..MAX_MOVED_RUNS as u64).map(RunKey).collect::<Vec<_>>());
}

// Fails with: a run of the earlier stream set aside, or offered as one that can be resumed.
#[test]
fn a_run_of_the_earlier_stream_is_offered_as_it_stands() {
    let text = saved(7, 3).encode();
    let (saved_ms, body) = text.rsplit_once("&check=").unwrap().0.split_once('&').unwrap();
    let body = body.replacen("version=2", "version=1", 1);
    let earlier = format!("{saved_ms}&{}", sealed(&body));
    let aside = Stored { key: format!("{SET_ASIDE_PREFIX}5.0000000000000002"), value: earlier.clone() };
    let all = vec![stored(1, earlier.as_str()), aside];
    let survey = survey(&all, &visit(None, &[]));
    assert_eq!((keys(&survey), survey.refusals), (vec![1, 2], vec![]));
    for offer in &survey.offers {
        assert_eq!((offer.saved.run.current(), offer.saved.encode()), (None, earlier.clone()));
        assert_eq!(
            offer.describe(NOW_MS),
            "1,000,000 points, 500,000 inside, π ≈ 2.00000000 (seed 7, 3 minutes ago), counted with an earlier \
             stream: it can be read and saved, not resumed"
        );
    }
}

// Fails with: a target called reached short of it, beyond a gap, or never.
#[test]
fn a_run_is_finished_when_all_up_to_its_target_is_counted() {
    let with = |target: &str, done: &str, points: u64| {
        checked(&format!(
            "version=2&seed=1&workers=2&batch=auto{target}&chaos=0&points={points}&inside=0&done={done}\
             &restarts=0&stale=0&ran_ms=0"
        ))
        .is_finished()
    };
    assert!(with("&target=300000", "0-3", 300_000));
    assert!(with("&target=300000", "0-4", 400_000));
    assert!(!with("&target=300000", "0-2", 200_000));
    assert!(!with("&target=300000", "1-4", 300_000));
    assert!(!with("&target=300000", "0-3.4-5", 400_000));
    assert!(!with("&target=300000", "", 0));
    assert!(!with("", "0-3", 300_000));
}

// Fails with: a value written that is stored already; one written over another page's; a run kept after Reset,
// or another page's removed by it.
#[test]
fn a_page_writes_only_what_is_new_over_what_is_its_own() {
    let (some, more, none) = (checkpoint(1, 10), checkpoint(1, 11), checkpoint(1, 0));
    let last = LastSave { text: "mine".to_owned(), checkpoint: some.clone() };
    let (mine, other) = (Some("mine"), Some("other"));
    for (checkpoint, last, stored, step) in [
        (&none, None, None, SaveStep::Nothing),
        (&none, None, other, SaveStep::Nothing),
        (&none, Some(&last), mine, SaveStep::Remove),
        (&none, Some(&last), other, SaveStep::Nothing),
        (&none, Some(&last), None, SaveStep::Nothing),
        (&some, None, None, SaveStep::Write),
        (&some, None, other, SaveStep::WriteElsewhere),
        (&some, Some(&last), mine, SaveStep::Nothing),
        (&some, Some(&last), other, SaveStep::WriteElsewhere),
        (&some, Some(&last), None, SaveStep::WriteElsewhere),
        (&more, Some(&last), mine, SaveStep::Write),
        (&more, Some(&last), other, SaveStep::WriteElsewhere),
    ] {
        assert_eq!(next_step(checkpoint, last, stored), step, "{checkpoint:?} {last:?} {stored:?}");
    }
    // Time alone is nothing new.
    let mut later = some.clone();
    later.ran += std::time::Duration::from_secs(1);
    assert_eq!(next_step(&later, Some(&last), mine), SaveStep::Nothing);
}

/// Keys and values as a page, another page of the same site, or a person might have left them.
fn any_stored() -> impl Strategy<Value = Stored> {
    let key = prop_oneof![
        (0..12_u64).prop_map(name),
        (0..12_u64).prop_map(|key| Scope::none().run(RunKey(key))),
        (0..9_u64, 0..12_u64)
            .prop_map(|(at_ms, run)| Scope::none().set_aside(SetAsideKey { at_ms, run: RunKey(run) })),
        (0..9_u64, 0..12_u64).prop_map(|(at, key)| format!("{SET_ASIDE_PREFIX}{at}.{key:016x}")),
        // Set aside by another page in this very millisecond, and by none.
        (0..12_u64).prop_map(|key| format!("{SET_ASIDE_PREFIX}{NOW_MS}.{key:016x}")),
        (0..12_u64).prop_map(|key| format!("{SET_ASIDE_PREFIX}0{NOW_MS}.{key:016x}")),
        ".{0,40}".prop_map(|rest| format!("{RUN_PREFIX}{rest}")),
        ".{0,40}".prop_map(|rest| format!("{SET_ASIDE_PREFIX}{rest}")),
        ".{0,40}",
    ];
    let value = (any::<u64>(), 0..3_u64, any::<prop::sample::Index>(), any::<u8>(), ".{0,60}").prop_map(
        |(time, kind, at, byte, rubbish)| {
            let run = written(time, checkpoint(time, time % 50));
            let mut bytes = run.encode().into_bytes();
            match kind {
                0 => String::from_utf8_lossy(&bytes).into_owned(),
                1 => {
                    let at = at.index(bytes.len());
                    bytes[at] = byte;
                    String::from_utf8_lossy(&bytes).into_owned()
                }
                _ => rubbish,
            }
        },
    );
    (key, value).prop_map(|(key, value)| Stored { key, value })
}

proptest! {
    #[test]
    fn what_is_saved_is_read_back(saved_ms: u64, order_ms: u64, seed: u64, blocks in 0..10_000_u64) {
        let saved = SavedRun { order_ms, ..written(saved_ms, checkpoint(seed, blocks)) };
        prop_assert_eq!(SavedRun::parse(&saved.encode()), Ok(saved));
    }

    #[test]
    fn any_text_is_read_without_harm(text in ".{0,200}") {
        prop_assert!(SavedRun::parse(&text).is_err());
        let timed = format!("{SAVED_MS}1&{text}");
        prop_assert!(SavedRun::parse(&timed).is_err());
    }

    /// Any byte changed is noticed, or changes only when it was saved.
    #[test]
    fn a_changed_byte_never_changes_the_run(at: prop::sample::Index, byte: u8) {
        let run = saved(1, 1);
        let mut bytes = run.encode().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = SavedRun::parse(&String::from_utf8_lossy(&bytes)) {
            prop_assert_eq!(read.run, run.run);
        }
    }

    /// Whatever lies in the storage: foreign keys and open pages' runs stay as they are, nothing is overwritten,
    /// every offer is where it says, what remains is bounded, and the next visit has nothing more to tell.
    #[test]
    fn any_storage_is_surveyed_without_harm(
        all in proptest::collection::vec(any_stored(), 0..40),
        locked in proptest::collection::btree_set(0..12_u64, 0..4),
        unscoped in proptest::collection::btree_set(0..12_u64, 0..8),
        knows_locks: bool,
    ) {
        let all: BTreeMap<_, _> = all.into_iter().map(|stored| (stored.key, stored.value)).collect();
        let all: Vec<_> = all.into_iter().map(|(key, value)| Stored { key, value }).collect();
        let locked: Vec<_> = locked.into_iter().collect();
        let mut visit = visit(Some(3), &locked);
        visit.unscoped = unscoped.into_iter().map(RunKey).collect();
        if !knows_locks {
            visit.in_use = InUse::Unknown;
        }
        let survey = survey(&all, &visit);
        let map = after(&all, &survey);
        for Stored { key, value } in &all {
            let is_open = match scope().parse(key) {
                Some(Named::Run(run)) => knows_locks && locked.contains(&run.0),
                Some(Named::SetAside(_)) => false,
                None => match Scope::none().parse(key) {
                    Some(Named::Run(run)) => knows_locks && !visit.unscoped.contains(&run),
                    Some(Named::SetAside(_)) => false,
                    None => true,
                },
            };
            if is_open {
                prop_assert_eq!(map.get(key), Some(value));
            }
        }
        for name in map.keys() {
            // Nothing that may be moved is left under a name without a scope.
            match Scope::none().parse(name) {
                Some(Named::Run(run)) => prop_assert!(!knows_locks || !visit.unscoped.contains(&run), "{}", name),
                Some(Named::SetAside(_)) => prop_assert!(false, "{}", name),
                None => {}
            }
        }
        for offer in &survey.offers {
            prop_assert_eq!(map.get(&scope().run(offer.key)), Some(&offer.text));
            let parsed = SavedRun::parse(&offer.text);
            prop_assert_eq!(parsed.as_ref(), Ok(&offer.saved));
        }
        prop_assert!(survey.offers.len() <= MAX_SAVED_RUNS && survey.refusals.len() <= MAX_SET_ASIDE);
        let aside = map.keys().filter(|key| matches!(scope().parse(key), Some(Named::SetAside(_)))).count();
        prop_assert!(aside <= MAX_SET_ASIDE, "{} set aside", aside);
        let again: Vec<_> = map.into_iter().map(|(key, value)| Stored { key, value }).collect();
        let again = super::survey(&again, &visit);
        prop_assert_eq!(again.refusals, vec![]);
    }
}
