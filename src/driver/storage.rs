//! Carries out what a session commands for saved runs: the browser's storage, and its locks.

use dartboard_core::run::saved_runs::{RunKey, StoreError, Stored, is_of_a_run};
use dartboard_core::session::{Command, Event};
use gloo::utils::window;
use js_sys::futures::spawn_local;
use web_sys::Storage;

use super::Driver;
use super::page::PageSession;
use crate::browser::{locks, storage};

/// Where a tab remembers across reloads which run it saved last: in its own session storage.
const OWN_RUN: &str = "dartboard.own-run";

impl Driver<PageSession> {
    /// Carries out one of the commands that concern saved runs.
    pub(super) fn carry_out_for_saved_runs(&self, command: Command) {
        match command {
            Command::Lock(key) => {
                let driver = self.clone();
                spawn_local(async move {
                    let (acquired, lock) = locks::acquire(key).await;
                    driver.inner.decider.borrow_mut().locks.extend(lock.map(|lock| (key, lock)));
                    driver.tell(Event::Locked { key, acquired });
                });
            }
            // Dropping a lock releases it.
            Command::Unlock(key) => self.inner.decider.borrow_mut().locks.retain(|(held, _)| *held != key),
            Command::AskLocks => {
                let driver = self.clone();
                spawn_local(async move { driver.tell(Event::LocksKnown(locks::in_use().await)) });
            }
            Command::ReadRuns => {
                let stored = storage::local().and_then(|storage| stored_runs(&storage));
                self.tell(Event::RunsRead(stored.unwrap_or_default()));
            }
            Command::Read(key) => {
                let stored = storage::local().and_then(|storage| storage::get(&storage, &key.to_string()));
                self.tell(Event::Read { key, stored });
            }
            Command::Write { key, text } => {
                let result =
                    storage::local().and_then(|storage| storage::set(&storage, &key.to_string(), &text));
                self.tell(Event::Written { key, result });
            }
            Command::Remove(key) => {
                let result = storage::local().and_then(|storage| storage::remove(&storage, &key.to_string()));
                self.tell(Event::Written { key, result });
            }
            // What the browser refuses is found again on the next visit.
            Command::Drop(name) => {
                let _ = storage::local().and_then(|storage| storage::remove(&storage, &name));
            }
            Command::Move { from, to } => {
                let _ = storage::local().and_then(|storage| rename(&storage, &from, &to));
            }
            Command::RememberOwn(key) => remember_own(key),
            Command::Run(_) | Command::SetTimer(_) | Command::WriteAddress(_) => {}
        }
    }
}

/// Everything stored for this page that is a saved run or one set aside.
fn stored_runs(storage: &Storage) -> Result<Vec<Stored>, StoreError> {
    let mut found = Vec::new();
    for key in storage::names(storage)? {
        if is_of_a_run(&key)
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
fn remember_own(key: RunKey) {
    if let Ok(Some(session)) = window().session_storage() {
        let _ = session.set_item(OWN_RUN, &key.to_string());
    }
}

/// The run that this tab saved last.
pub(super) fn own_run() -> Option<RunKey> {
    let session = window().session_storage().ok().flatten()?;
    RunKey::parse(&session.get_item(OWN_RUN).ok().flatten()?)
}
