//! Whatever lies in the browser's storage: what is not this page's is left alone, nothing is overwritten, every
//! offer is where it says, and what remains is bounded.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::Arbitrary;
use dartboard_core::run::checkpoint::sealed;
use dartboard_core::run::saved_runs::{
    InUse, MAX_SAVED_RUNS, MAX_SET_ASIDE, RUN_PREFIX, RunKey, SET_ASIDE_PREFIX, SavedRun, Stored, Visit,
    survey,
};
use dartboard_fuzz::assert_short;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Key<'a> {
    Run(u8),
    SetAside { at: u8, run: u8 },
    LikeARun(&'a str),
    LikeSetAside(&'a str),
    Foreign(&'a str),
}

#[derive(Arbitrary, Debug)]
enum StoredValue<'a> {
    Run { earlier: bool, saved_ms: u64, blocks: u16 },
    LikeARun { saved_ms: u64, body: &'a str },
    Text(&'a str),
}

#[derive(Arbitrary, Debug)]
struct Storage<'a> {
    stored: Vec<(Key<'a>, StoredValue<'a>)>,
    own: Option<u8>,
    locked: Option<BTreeSet<u8>>,
    now_ms: u64,
}

fn key(key: &Key) -> String {
    match key {
        Key::Run(run) => RunKey(u64::from(*run)).to_string(),
        Key::SetAside { at, run } => format!("{SET_ASIDE_PREFIX}{at}.{run:016x}"),
        Key::LikeARun(rest) => format!("{RUN_PREFIX}{rest}"),
        Key::LikeSetAside(rest) => format!("{SET_ASIDE_PREFIX}{rest}"),
        Key::Foreign(text) => (*text).to_owned(),
    }
}

fn value(value: &StoredValue) -> String {
    match value {
        StoredValue::Run { earlier, saved_ms, blocks } => {
            let end = u64::from(*blocks) + 1;
            let version = if *earlier { 1 } else { 2 };
            let checkpoint = sealed(&format!(
                "version={version}&seed=1&workers=2&batch=auto&chaos=0&points={}&inside=7&done=0-{end}&restarts=0&stale=0&ran_ms=5",
                end * 100_000
            ));
            format!("saved_ms={saved_ms}&{checkpoint}")
        }
        StoredValue::LikeARun { saved_ms, body } => format!("saved_ms={saved_ms}&{}", sealed(body)),
        StoredValue::Text(text) => (*text).to_owned(),
    }
}

fuzz_target!(|storage: Storage| {
    let before: BTreeMap<String, String> =
        storage.stored.iter().map(|(name, text)| (key(name), value(text))).collect();
    let stored: Vec<_> =
        before.iter().map(|(key, value)| Stored { key: key.clone(), value: value.clone() }).collect();
    let locked: Option<Vec<RunKey>> =
        storage.locked.map(|keys| keys.into_iter().map(|key| RunKey(u64::from(key))).collect());
    let visit = Visit {
        own: storage.own.map(|key| RunKey(u64::from(key))),
        in_use: locked.clone().map_or(InUse::Unknown, InUse::Locked),
        now_ms: storage.now_ms,
    };
    let survey = survey(stored, &visit);

    let mut after = before.clone();
    for name in &survey.drops {
        assert!(after.remove(name).is_some(), "{name} is not there to be dropped");
    }
    for (from, to) in &survey.moves {
        let value = after.remove(from).expect("there to be moved");
        assert_eq!(after.insert(to.clone(), value), None, "{to} was overwritten");
    }
    for (name, text) in &before {
        let run = RunKey::parse(name);
        let open = run.zip(locked.as_ref()).is_some_and(|(run, locked)| locked.contains(&run));
        if open || (run.is_none() && !name.starts_with(SET_ASIDE_PREFIX)) {
            assert_eq!(after.get(name), Some(text), "{name} is not this page's");
        }
    }
    assert!(survey.offers.len() <= MAX_SAVED_RUNS && survey.refusals.len() <= MAX_SET_ASIDE);
    for offer in &survey.offers {
        assert_eq!(after.get(&offer.key.to_string()), Some(&offer.text));
        assert_eq!(SavedRun::parse(&offer.text).as_ref(), Ok(&offer.saved));
        assert!(offer.describe(storage.now_ms).len() < 300);
    }
    for refusal in &survey.refusals {
        assert_short(refusal, 600);
    }
});
