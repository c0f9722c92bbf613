//! Whatever lies in the browser's storage: what is not this page's is left alone, nothing is overwritten, every
//! offer is where it says, what remains is bounded, and nothing that may be moved keeps a name without a scope.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::Arbitrary;
use dartboard_core::run::checkpoint::sealed;
use dartboard_core::run::saved_runs::{
    InUse, MAX_SAVED_RUNS, MAX_SET_ASIDE, SavedRun, Stored, Visit, survey,
};
use dartboard_core::run::stored_names::{Named, RunKey, Scope, SetAsideKey};
use dartboard_fuzz::assert_short;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Key<'a> {
    Run { scoped: bool, run: u8 },
    SetAside { scoped: bool, at: u8, run: u8 },
    LikeOurs { scoped: bool, rest: &'a str },
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
    unscoped: BTreeSet<u8>,
    now_ms: u64,
}

fn scope(scoped: bool) -> Scope {
    if scoped { Scope::of_path("/some/repo/") } else { Scope::none() }
}

fn key(key: &Key) -> String {
    match key {
        Key::Run { scoped, run } => scope(*scoped).run(RunKey(u64::from(*run))),
        Key::SetAside { scoped, at, run } => {
            let key = SetAsideKey { at_ms: u64::from(*at), run: RunKey(u64::from(*run)) };
            scope(*scoped).set_aside(key)
        }
        Key::LikeOurs { scoped, rest } => scope(*scoped).run(RunKey(0)).replace("run.0000000000000000", rest),
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
    let unscoped: Vec<RunKey> = storage.unscoped.into_iter().map(|key| RunKey(u64::from(key))).collect();
    let visit = Visit {
        scope: scope(true),
        unscoped: unscoped.clone(),
        own: storage.own.map(|key| RunKey(u64::from(key))),
        in_use: locked.clone().map_or(InUse::Unknown, InUse::Locked),
        now_ms: storage.now_ms,
    };
    let survey = survey(&stored, &visit);

    let mut after = before.clone();
    for name in &survey.drops {
        assert!(after.remove(name).is_some(), "{name} is not there to be dropped");
    }
    for (from, to) in &survey.moves {
        let value = after.remove(from).expect("there to be moved");
        assert_eq!(after.insert(to.clone(), value), None, "{to} was overwritten");
    }
    for (name, text) in &before {
        let is_left = match (scope(true).parse(name), scope(false).parse(name)) {
            (Some(Named::Run(run)), _) => locked.as_ref().is_some_and(|locked| locked.contains(&run)),
            (_, Some(Named::Run(run))) => locked.is_some() && !unscoped.contains(&run),
            (None, None) => true,
            _ => false,
        };
        if is_left {
            assert_eq!(after.get(name), Some(text), "{name} is not this page's");
        }
    }
    for name in after.keys() {
        match scope(false).parse(name) {
            Some(Named::Run(run)) => assert!(locked.is_none() || !unscoped.contains(&run), "{name}"),
            Some(Named::SetAside(_)) => panic!("{name} was not moved"),
            None => {}
        }
    }
    assert!(survey.offers.len() <= MAX_SAVED_RUNS && survey.refusals.len() <= MAX_SET_ASIDE);
    for offer in &survey.offers {
        assert_eq!(after.get(&scope(true).run(offer.key)), Some(&offer.text));
        assert_eq!(SavedRun::parse(&offer.text).as_ref(), Ok(&offer.saved));
        assert!(offer.describe(storage.now_ms).len() < 300);
    }
    for refusal in &survey.refusals {
        assert_short(refusal, 600);
    }
});
