//! The names of everything that a page stores in the browser, and of the locks that it holds.
//!
//! Every name contains the [`Scope`]: other deployments on the same host share the storage and the locks. Names
//! without one are read as well, so that their values can be moved.

use dartboard_points::decimal::parse_u64;

/// The beginning of all names of a page that is served under this path: `dartboard /some/repo/ `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(String);

/// Names a saved run, and the lock that its page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunKey(pub u64);

/// Names a value set aside: the run it was saved as, and when it was put there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetAsideKey {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The run.
    pub run: RunKey,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A saved run.
    Run(RunKey),
    /// A value set aside.
    SetAside(SetAsideKey),
}

impl Scope {
    /// Of a page that is served under `path`, as `/some/repo/`. A path has no spaces.
    pub fn of_path(path: &str) -> Self {
        Self(format!("dartboard {path} "))
    }

    /// Of names that carry no path.
    pub fn none() -> Self {
        Self("dartboard.".to_owned())
    }

    /// The name of a saved run, and of its lock.
    pub fn run(&self, RunKey(key): RunKey) -> String {
        format!("{}run.{key:016x}", self.0)
    }

    /// The name of a value set aside.
    pub fn set_aside(&self, SetAsideKey { at_ms, run: RunKey(key) }: SetAsideKey) -> String {
        format!("{}set-aside.{at_ms}.{key:016x}", self.0)
    }

    /// Where a tab remembers which run it saved last.
    pub fn own_run(&self) -> String {
        format!("{}own-run", self.0)
    }

    /// Where it is kept that the first darts of a run were shown.
    pub fn first_darts(&self) -> String {
        format!("{}first-darts", self.0)
    }

    /// Where a tab remembers that its user has reloaded the page for shared memory.
    pub fn reloaded_for_shared_memory(&self) -> String {
        format!("{}reloaded-for-shared-memory", self.0)
    }

    /// Where a tab keeps its seat in a class.
    pub fn seat(&self) -> String {
        format!("{}seat", self.0)
    }

    /// Where the choice of colours is; boot.js reads it too.
    pub fn theme(&self) -> String {
        format!("{}theme", self.0)
    }

    /// Where it says whether letters are commands.
    pub fn letter_keys(&self) -> String {
        format!("{}letter-keys", self.0)
    }

    /// What `name` stands for. Names are read only as they are written.
    pub fn parse(&self, name: &str) -> Option<Named> {
        let rest = name.strip_prefix(&self.0)?;
        if let Some(digits) = rest.strip_prefix("run.") {
            return parse_hex(digits).map(Named::Run);
        }
        let (at_ms, run) = rest.strip_prefix("set-aside.")?.split_once('.')?;
        let key = SetAsideKey { at_ms: parse_u64(at_ms)?, run: parse_hex(run)? };
        (self.set_aside(key) == name).then_some(Named::SetAside(key))
    }
}

/// Reads 16 hexadecimal digits in lower case.
fn parse_hex(digits: &str) -> Option<RunKey> {
    let valid = digits.len() == 16 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    valid.then(|| u64::from_str_radix(digits, 16).ok()).flatten().map(RunKey)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_as_they_are_found_in_browsers() {
        let scope = Scope::of_path("/some/repo/");
        assert_eq!(scope.run(RunKey(255)), "dartboard /some/repo/ run.00000000000000ff");
        let aside = SetAsideKey { at_ms: 7, run: RunKey(255) };
        assert_eq!(scope.set_aside(aside), "dartboard /some/repo/ set-aside.7.00000000000000ff");
        assert_eq!(scope.own_run(), "dartboard /some/repo/ own-run");
        assert_eq!(scope.reloaded_for_shared_memory(), "dartboard /some/repo/ reloaded-for-shared-memory");
        assert_eq!(scope.theme(), "dartboard /some/repo/ theme");
        assert_eq!(scope.letter_keys(), "dartboard /some/repo/ letter-keys");
        assert_eq!(Scope::none().run(RunKey(255)), "dartboard.run.00000000000000ff");
        assert_eq!(Scope::none().set_aside(aside), "dartboard.set-aside.7.00000000000000ff");
        assert_eq!(Scope::none().own_run(), "dartboard.own-run");
    }

    // Fails with: colours that a page keeps and the next one does not find.
    #[test]
    fn boot_js_reads_the_colours_under_the_same_names() {
        let boot = include_str!("../../../assets/boot.js");
        for scope in [Scope::of_path("${root.dataset.scope}"), Scope::none()] {
            assert!(boot.contains(&scope.theme()), "{scope:?}");
        }
    }

    #[test]
    fn names_are_read_only_as_they_are_written() {
        let scope = Scope::of_path("/");
        let run = |digits: &str| scope.parse(&format!("dartboard / run.{digits}"));
        assert_eq!(run("00000000000000ff"), Some(Named::Run(RunKey(255))));
        for digits in
            ["", "ff", "0000000000000000ff", "00000000000000FF", "+0000000000000ff", "00000000000000fg"]
        {
            assert_eq!(run(digits), None, "{digits}");
        }
        let aside = |rest: &str| scope.parse(&format!("dartboard / set-aside.{rest}"));
        let key = SetAsideKey { at_ms: 7, run: RunKey(255) };
        assert_eq!(aside("7.00000000000000ff"), Some(Named::SetAside(key)));
        for rest in ["07.00000000000000ff", "7.ff", "-7.00000000000000ff", ".00000000000000ff", "7"] {
            assert_eq!(aside(rest), None, "{rest}");
        }
    }

    // Fails with: a deployment that takes the runs of another one on the same host for its own.
    #[test]
    fn no_scope_reads_what_another_has_written() {
        let scopes = ["/", "/some/", "/some/repo/", "/some/repo2/"].map(Scope::of_path);
        let scopes: Vec<_> = scopes.into_iter().chain([Scope::none()]).collect();
        for (writer, scope) in scopes.iter().enumerate() {
            let names = [scope.run(RunKey(1)), scope.set_aside(SetAsideKey { at_ms: 2, run: RunKey(1) })];
            for (reader, other) in scopes.iter().enumerate() {
                for name in &names {
                    assert_eq!(other.parse(name).is_some(), reader == writer, "{name} read by {other:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_name_is_read_without_harm(name in ".{0,60}") {
            let scope = Scope::of_path("/");
            for name in [name.clone(), format!("dartboard / run.{name}"), format!("dartboard / set-aside.{name}")] {
                let written = scope.parse(&name).map(|named| match named {
                    Named::Run(key) => scope.run(key),
                    Named::SetAside(key) => scope.set_aside(key),
                });
                prop_assert!(written.is_none_or(|written| written == name));
            }
        }
    }
}
