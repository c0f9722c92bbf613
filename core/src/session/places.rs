//! Where in the browser's storage the runs of this page are saved.
//!
//! [`next_step`] decides what is overwritten, and when another place is taken
//! instead.

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::Command;
use crate::run::checkpoint::{Checkpoint, WrittenRun};
use crate::run::saved_runs::{LastSave, SaveStep, SavedRun, next_step};
use crate::run::stored_names::RunKey;

/// The place of one run.
#[derive(Clone, Debug)]
pub(super) struct Place {
    key: RunKey,
    /// Whether this page holds its lock.
    locked: bool,
    /// What this page last wrote there.
    last: Option<LastSave>,
    saving: Option<Saving>,
    /// What is to be saved after that.
    next: Option<Checkpoint>,
}

/// How far a save is.
#[derive(Clone, Debug)]
enum Saving {
    /// What is stored there is being read.
    Looking(Checkpoint),
    /// It is being written.
    Writing(LastSave),
    /// What is stored there is being removed.
    Removing,
}

impl Place {
    fn new(key: RunKey) -> Self {
        Self { key, locked: false, last: None, saving: None, next: None }
    }

    /// The place of a saved run that is resumed under its lock.
    pub(super) fn resumed(key: RunKey, last: LastSave) -> Self {
        Self { locked: true, last: Some(last), ..Self::new(key) }
    }

    pub(super) fn key(&self) -> RunKey {
        self.key
    }

    pub(super) fn is_locked(&self) -> bool {
        self.locked
    }

    pub(super) fn set_locked(&mut self) {
        self.locked = true;
    }

    /// Whether this page has saved its run there.
    pub(super) fn is_saved(&self) -> bool {
        self.last.is_some()
    }

    /// Whether a save is under way.
    pub(super) fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    /// Begins to save a run as `checkpoint` has it; nothing counted and nothing stored is nothing to save.
    pub(super) fn save(&mut self, checkpoint: Checkpoint) -> Option<Command> {
        if self.last.is_none() && checkpoint.tally().points == 0 && self.saving.is_none() {
            return None;
        }
        match &mut self.saving {
            // It will be what is written.
            Some(Saving::Looking(earlier)) => {
                *earlier = checkpoint;
                None
            }
            Some(Saving::Writing(_) | Saving::Removing) => {
                self.next = Some(checkpoint);
                None
            }
            None => {
                self.saving = Some(Saving::Looking(checkpoint));
                Some(Command::Read(self.key))
            }
        }
    }
}

/// The places of this page's runs.
#[derive(Clone, Debug)]
pub(super) struct Places {
    here: Place,
    /// Of the run that gave way to a lesson, and that run.
    parked: Option<(Place, Checkpoint)>,
    /// Of runs that are no longer here: given up once they are saved.
    leaving: Vec<Place>,
    /// Whether the page has been left, and holds no locks.
    without_locks: bool,
    /// The greatest place in the order of saves, as far as this page knows.
    newest_ms: u64,
    keys: SplitMix64,
}

impl Places {
    pub(super) fn new(random: u64) -> Self {
        let mut keys = SplitMix64::seed_from_u64(random);
        Self {
            here: Place::new(RunKey(keys.next_u64())),
            parked: None,
            leaving: Vec::new(),
            without_locks: false,
            newest_ms: 0,
            keys,
        }
    }

    pub(super) fn here(&self) -> &Place {
        &self.here
    }

    pub(super) fn here_mut(&mut self) -> &mut Place {
        &mut self.here
    }

    /// The run that gave way to a lesson.
    pub(super) fn parked(&self) -> Option<&Checkpoint> {
        self.parked.as_ref().map(|(_, run)| run)
    }

    /// The place of the run that this tab is to be offered first after a reload.
    pub(super) fn own(&self) -> &Place {
        self.parked.as_ref().map_or(&self.here, |(place, _)| place)
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        let parked = self.parked.as_mut().map(|(place, _)| place);
        std::iter::once(&mut self.here).chain(parked).chain(&mut self.leaving)
    }

    pub(super) fn of(&mut self, key: RunKey) -> Option<&mut Place> {
        self.all_mut().find(|place| place.key == key)
    }

    /// The place of `key`, if this page wants its lock.
    pub(super) fn wanting_lock(&mut self, key: RunKey) -> Option<&mut Place> {
        if self.without_locks { None } else { self.of(key) }
    }

    /// Gives up all locks until [`Self::want_locks`], and returns whose.
    pub(super) fn give_up_locks(&mut self) -> Vec<RunKey> {
        self.without_locks = true;
        let unlock = |place: &mut Place| {
            place.locked = false;
            place.key
        };
        self.all_mut().map(unlock).collect()
    }

    /// Returns whose locks are to be taken again after [`Self::give_up_locks`].
    pub(super) fn want_locks(&mut self) -> Vec<RunKey> {
        if !std::mem::take(&mut self.without_locks) {
            return Vec::new();
        }
        let parked = self.parked.as_ref().map(|(place, _)| place.key);
        std::iter::once(self.here.key).chain(parked).collect()
    }

    /// The key of the run here, if this page wants its lock.
    pub(super) fn key_to_lock(&self) -> Option<RunKey> {
        (!self.without_locks).then_some(self.here.key)
    }

    /// A place that no run has.
    pub(super) fn new_place(&mut self) -> Place {
        Place::new(RunKey(self.keys.next_u64()))
    }

    /// Makes `next` the place of the run here; the one before is given up once its run is saved as `last` has it.
    pub(super) fn leave_here(&mut self, next: Place, last: Checkpoint) -> Option<Command> {
        let mut before = std::mem::replace(&mut self.here, next);
        let save = before.save(last);
        self.leaving.push(before);
        save
    }

    /// Parks the run here, saved as `checkpoint` has it, and gives the next one a place; one parked earlier is left.
    pub(super) fn park_here(&mut self, checkpoint: Checkpoint) -> Option<Command> {
        if let Some((earlier, _)) = self.parked.take() {
            self.leaving.push(earlier);
        }
        let next = self.new_place();
        let mut place = std::mem::replace(&mut self.here, next);
        let save = place.save(checkpoint.clone());
        self.parked = Some((place, checkpoint));
        save
    }

    /// The parked run is here again and returned; the one before is left, saved as `last` has it.
    pub(super) fn bring_back(&mut self, last: Checkpoint) -> Option<(Checkpoint, Option<Command>)> {
        let (place, run) = self.parked.take()?;
        Some((run, self.leave_here(place, last)))
    }

    /// Takes another key for the place of `key`, since that one is another page's, and returns it.
    pub(super) fn move_elsewhere(&mut self, key: RunKey) -> Option<&mut Place> {
        let new = self.new_place();
        let place = self.of(key)?;
        *place = new;
        Some(place)
    }

    /// Runs saved from now on come after one that was saved at `newest_ms`, whatever the clock says.
    pub(super) fn come_after(&mut self, newest_ms: u64) {
        self.newest_ms = self.newest_ms.max(newest_ms);
    }

    /// The place in the order of saves of a run that is saved at `wall_ms`.
    fn next_order_ms(&mut self, wall_ms: u64) -> u64 {
        self.newest_ms = wall_ms.max(self.newest_ms.saturating_add(1));
        self.newest_ms
    }

    /// What is stored under `key` is known: what is to be done so that its run is.
    pub(super) fn read(&mut self, key: RunKey, stored: Option<&str>, wall_ms: u64) -> Vec<Command> {
        let Some(place) = self.of(key) else { return Vec::new() };
        let looking = place.saving.take_if(|saving| matches!(saving, Saving::Looking(_)));
        let Some(Saving::Looking(checkpoint)) = looking else { return Vec::new() };
        match next_step(&checkpoint, place.last.as_ref(), stored) {
            SaveStep::Nothing => {
                if checkpoint.tally().points == 0 {
                    place.last = None;
                }
                Vec::new()
            }
            SaveStep::Remove => {
                place.last = None;
                place.saving = Some(Saving::Removing);
                vec![Command::Remove(key)]
            }
            SaveStep::Write => {
                let order_ms = self.next_order_ms(wall_ms);
                self.of(key).map(|place| place.write(checkpoint, wall_ms, order_ms)).into_iter().collect()
            }
            SaveStep::WriteElsewhere => {
                let order_ms = self.next_order_ms(wall_ms);
                let Some(place) = self.move_elsewhere(key) else { return Vec::new() };
                let write = place.write(checkpoint, wall_ms, order_ms);
                vec![Command::Unlock(key), Command::Lock(place.key), write]
            }
        }
    }

    /// What was to be written or removed under `key` is; returns what is to be done next there.
    pub(super) fn written(&mut self, key: RunKey) -> Option<Command> {
        let place = self.of(key)?;
        if let Some(Saving::Writing(last)) = place.saving.take() {
            place.last = Some(last);
        }
        let next = place.next.take()?;
        place.save(next)
    }

    /// The browser does not save: the next save tries again.
    pub(super) fn give_up_saving(&mut self, key: RunKey) {
        if let Some(place) = self.of(key) {
            (place.saving, place.next) = (None, None);
        }
    }

    /// Gives up the places of runs that are no longer here and are saved, and returns their keys.
    pub(super) fn gone(&mut self) -> Vec<RunKey> {
        self.leaving.extract_if(.., |place| place.saving.is_none()).map(|place| place.key).collect()
    }
}

impl Place {
    fn write(&mut self, checkpoint: Checkpoint, saved_ms: u64, order_ms: u64) -> Command {
        let saved = SavedRun { saved_ms, order_ms, run: WrittenRun::Current(checkpoint.clone()) };
        let text = saved.encode();
        self.saving = Some(Saving::Writing(LastSave { checkpoint, text: text.clone() }));
        Command::Write { key: self.key, text }
    }
}
