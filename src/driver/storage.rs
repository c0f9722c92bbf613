//! Carries out what a session commands for saved runs: the browser's storage, and its locks.

use dartboard_core::run::saved_runs::{StoreError, Stored};
use dartboard_core::run::stored_names::{Named, RunKey, Scope};
use dartboard_core::session::{Command, Event};
use gloo::utils::window;
use js_sys::futures::spawn_local;
use web_sys::Storage;

use super::Driver;
use super::page::PageSession;
use crate::browser::{locks, storage};

impl Driver<PageSession> {
    /// Carries out one of the commands that concern saved runs.
    pub(super) fn carry_out_for_saved_runs(&self, command: Command) {
        let scope = self.inner.decider.borrow().scope.clone();
        match command {
            Command::Lock(key) => {
                let driver = self.clone();
                spawn_local(async move {
                    let (acquired, lock) = locks::acquire(&scope.run(key)).await;
                    driver.inner.decider.borrow_mut().locks.extend(lock.map(|lock| (key, lock)));
                    driver.tell(Event::Locked { key, acquired });
                });
            }
            // Dropping a lock releases it.
            Command::Unlock(key) => self.inner.decider.borrow_mut().locks.retain(|(held, _)| *held != key),
            Command::AskLocks(keys) => {
                let driver = self.clone();
                spawn_local(async move {
                    let mut unscoped = Vec::new();
                    for key in keys {
                        if let (_, Some(lock)) = locks::acquire(&Scope::none().run(key)).await {
                            driver.inner.decider.borrow_mut().unscoped_locks.push(lock);
                            unscoped.push(key);
                        }
                    }
                    driver.tell(Event::LocksKnown { in_use: locks::in_use(&scope).await, unscoped });
                });
            }
            Command::UnlockUnscoped => self.inner.decider.borrow_mut().unscoped_locks.clear(),
            Command::ReadRuns => {
                let stored = storage::local().and_then(|storage| stored_runs(&storage, &scope));
                self.tell(Event::RunsRead(stored.unwrap_or_default()));
            }
            Command::Read(key) => {
                let stored = storage::local().and_then(|storage| storage::get(&storage, &scope.run(key)));
                self.tell(Event::Read { key, stored });
            }
            Command::Write { key, text } => {
                let result =
                    storage::local().and_then(|storage| storage::set(&storage, &scope.run(key), &text));
                self.tell(Event::Written { key, result });
            }
            Command::Remove(key) => {
                let result = storage::local().and_then(|storage| storage::remove(&storage, &scope.run(key)));
                self.tell(Event::Written { key, result });
            }
            // What the browser refuses is found again on the next visit.
            Command::Drop(name) => {
                let _ = storage::local().and_then(|storage| storage::remove(&storage, &name));
            }
            Command::Move { from, to } => {
                let _ = storage::local().and_then(|storage| rename(&storage, &from, &to));
            }
            Command::RememberOwn(key) => remember_own(&scope, key),
            Command::Run(_)
            | Command::SetTimer(_)
            | Command::Show
            | Command::SetTitle(_)
            | Command::KeepAwake(_)
            | Command::WriteAddress(_) => {}
        }
    }
}

/// Everything stored for this page that is a saved run or one set aside.
fn stored_runs(storage: &Storage, scope: &Scope) -> Result<Vec<Stored>, StoreError> {
    let (mut found, unscoped) = (Vec::new(), Scope::none());
    for key in storage::names(storage)? {
        if scope.parse(&key).or_else(|| unscoped.parse(&key)).is_some()
            && let Some(value) = storage::get(storage, &key)?
        {
            found.push(Stored { key, value });
        }
    }
    Ok(found)
}

fn rename(storage: &Storage, from: &str, to: &str) -> Result<(), StoreError> {
    if let Some(value) = storage::get(storage, from)? {
        storage::set(storage, to, &value)?;
    }
    storage::remove(storage, from)
}

/// Without it the newest run is offered first.
fn remember_own(scope: &Scope, key: RunKey) {
    if let Ok(Some(session)) = window().session_storage() {
        let _ = session.set_item(&scope.own_run(), &scope.run(key));
    }
}

/// The run that this tab saved last. A name without a scope is taken in and removed.
pub(super) fn own_run(scope: &Scope) -> Option<RunKey> {
    let session = window().session_storage().ok().flatten()?;
    for named_in in [&Scope::none(), scope] {
        let name = session.get_item(&named_in.own_run()).ok().flatten();
        if let Some(Named::Run(key)) = name.and_then(|name| named_in.parse(&name)) {
            if named_in != scope {
                let _ = session.remove_item(&named_in.own_run());
                remember_own(scope, key);
            }
            return Some(key);
        }
    }
    None
}
