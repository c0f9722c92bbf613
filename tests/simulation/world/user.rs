//! What the user of a simulated world does, and what happens to the page as a whole.

use std::cmp::Reverse;
use std::time::Duration;

use dartboard_core::coordinator::snapshot::RunStatus;
use dartboard_core::coordinator::{Coordinator, Event, Fault, SlotIndex};
use dartboard_core::run::checkpoint::WrittenRun;
use dartboard_core::run::config::{BatchPoints, BatchSize, Chaos, Gpu, LiveSetting, Target};
use rand::RngExt;

use super::{Coming, World, after_death, batch, config, gpu, kernel, workers};
use crate::BUILD;

impl World {
    /// The user of a wild world does something.
    pub(super) fn act(&mut self) {
        if self.character.gpu.is_some() && self.rng.random_bool(0.1) {
            let gpu = gpu(&mut self.rng);
            let event = if self.shown.points_in_doubt > 0 || self.rng.random_bool(0.1) {
                Event::CountAgain
            } else {
                Event::Set(LiveSetting::Gpu(gpu))
            };
            return self.tell(event);
        }
        let most = self.character.workers;
        match self.rng.random_range(0..42) {
            0..8 => self.tell(Event::Start),
            8..12 => self.tell(Event::Pause),
            12 => self.tell(Event::Finish),
            13..16 => self.tell(Event::Retry),
            16..19 => {
                let workers = workers(&mut self.rng, most);
                self.tell(Event::Set(LiveSetting::Workers(workers)));
            }
            19..21 => {
                let batch = self.batch();
                self.tell(Event::Set(LiveSetting::Batch(batch)));
            }
            21..23 => {
                let target = Target::from_blocks(self.rng.random_range(0..300));
                self.tell(Event::Set(LiveSetting::Target(target)));
            }
            23 => {
                let mut config = config(&mut self.rng, most);
                if self.character.gpu.is_some() {
                    (config.gpu, config.batch) = (gpu(&mut self.rng), self.batch());
                }
                self.tell(Event::Reset(config));
            }
            24..26 => self.reload(),
            26..33 if self.character.mischief => {
                let slot = SlotIndex(self.rng.random_range(0..most + 1));
                let fault = [Fault::Crash, Fault::Hang, Fault::Kill][self.rng.random_range(0..3)];
                self.tell(Event::Inject { slot, fault });
            }
            33 if self.character.mischief => {
                let chaos = ["0", "0.02", "0.3"][self.rng.random_range(0..3)];
                self.tell(Event::Set(LiveSetting::Chaos(Chaos::parse(chaos).expect("in range"))));
            }
            34 => {
                let lost = self.lost_time();
                self.sleep(lost);
            }
            35 => {
                let lost = self.lost_time();
                self.block(lost);
            }
            36..38 => self.freeze(),
            38 => self.tell(Event::Timer),
            39 => {
                let kernel = kernel(&mut self.rng);
                self.tell(Event::Set(LiveSetting::Kernel(kernel)));
            }
            40 => {
                let after_death = after_death(&mut self.rng);
                self.tell(Event::Set(LiveSetting::AfterDeath(after_death)));
            }
            _ => self.tell(Event::Open),
        }
    }

    /// A size of batches; with a GPU none that follows its speed.
    fn batch(&mut self) -> BatchSize {
        match batch(&mut self.rng) {
            BatchSize::Auto if self.character.gpu.is_some() => {
                BatchSize::Fixed(BatchPoints::nearest(self.rng.random_range(1..100)))
            }
            batch => batch,
        }
    }

    fn lost_time(&mut self) -> Duration {
        // In a quiet world none shorter than the shortest allowance: it could not be told from a hung worker.
        let shortest = if self.character.quiet { 2 } else { 0 };
        let seconds = [1.0, 2.05, 0.1, 2.3, 3.0, 12.0, 100.0, 30_000.0][self.rng.random_range(shortest..8)];
        Duration::from_secs_f64(seconds * self.rng.random_range(0.9..1.1))
    }

    /// The computer sleeps: nothing happens, then everything goes on.
    fn sleep(&mut self, lost: Duration) {
        self.now += lost;
        self.blocked_until += lost;
        for sim in self.workers.values_mut() {
            sim.heard_until += lost;
            sim.reached_until += lost;
        }
        self.coming = self
            .coming
            .drain()
            .map(|Reverse((at, order, number))| Reverse((at + lost, order, number)))
            .collect();
    }

    /// The page's main thread is blocked; workers go on.
    fn block(&mut self, lost: Duration) {
        let until = self.now + lost;
        self.blocked_until = until;
        let store = &self.store;
        self.coming = self
            .coming
            .drain()
            .map(|Reverse((at, order, number))| {
                let for_page = store[number].as_ref().is_some_and(Coming::is_for_page);
                Reverse((if for_page { at.max(until) } else { at }, order, number))
            })
            .collect();
    }

    /// The browser freezes the page, with or without its workers, and thaws it, saying so or not.
    fn freeze(&mut self) {
        self.tell(Event::Frozen);
        let lost = self.lost_time();
        if self.rng.random_bool(0.5) {
            self.sleep(lost);
        } else {
            self.block(lost);
            // Workers go on until then.
            let thaw = self.now + lost;
            while self.coming.peek().is_some_and(|next| next.0.0 < thaw) {
                self.step();
            }
            self.now = self.now.max(thaw);
        }
        if self.rng.random_bool(0.9) {
            self.tell(Event::Thawed);
        }
    }

    /// The page is closed and opened again, and resumes its run from the checkpoint.
    fn reload(&mut self) {
        self.outcome.reloads += 1;
        self.outcome.read(self.coordinator.log());
        let checkpoint = self.coordinator.checkpoint(self.now);
        let text = checkpoint.encode();
        let read = WrittenRun::parse(&text).expect("a checkpoint is read back");
        let checkpoint = read.current().expect("of this stream").clone();
        assert_eq!(checkpoint.encode(), text);
        assert_eq!(checkpoint.tally(), self.model.tally);
        let mut counted = 0;
        for range in checkpoint.done() {
            counted += range.blocks();
            assert!((range.first()..range.end()).all(|block| self.model.is_done(block)));
        }
        assert_eq!(counted * 100_000, self.model.tally.points);

        self.workers.clear();
        self.coming.clear();
        self.store.clear();
        self.timers += 1;
        self.schedule(Duration::ZERO, Coming::User);
        self.model.reload();
        let other = config(&mut self.rng, 1);
        self.coordinator = Coordinator::new(other, BUILD.to_owned());
        self.shown = self.coordinator.snapshot(self.now);
        self.tell(Event::Restore(checkpoint));
        self.tell(Event::Open);
    }

    /// From now on nothing goes wrong that has not yet, and the user wants to see the end.
    pub(super) fn calm_down(&mut self) {
        self.calm = true;
        self.character.timer_step = Duration::ZERO;
        self.tell(Event::Thawed);
        self.tell(Event::Set(LiveSetting::Chaos(Chaos::NONE)));
        // A GPU goes on as it is.
        if self.model.config.gpu == Gpu::Alone {
            self.tell(Event::Set(LiveSetting::Gpu(Gpu::Beside)));
        }
        if self.rng.random_bool(0.25) {
            self.tell(Event::Finish);
        } else {
            let more = self.rng.random_range(1..40);
            self.tell(Event::Set(LiveSetting::Target(Target::from_blocks(self.model.counted_end() + more))));
        }
    }

    /// The user of a calm world sees to it that the run goes on to its end.
    pub(super) fn insist(&mut self) {
        if self.shown.points_in_doubt > 0 {
            return self.tell(Event::CountAgain);
        }
        match self.shown.status {
            // A GPU may be given up again and again.
            RunStatus::Degraded { .. } if self.character.gpu.is_some() && self.rng.random_bool(0.5) => {
                self.tell(Event::Finish);
            }
            RunStatus::Failed(_) | RunStatus::Degraded { .. } => self.tell(Event::Retry),
            RunStatus::Idle | RunStatus::Paused => {
                if self.model.config.target.is_none() {
                    let end = self.model.counted_end() + 10;
                    self.tell(Event::Set(LiveSetting::Target(Target::from_blocks(end))));
                }
                self.tell(Event::Start);
            }
            // The dead may be gone from the page, with what they held missing still.
            RunStatus::Running if self.model.config.target.is_none() || self.shown.missing_points > 0 => {
                self.tell(Event::Finish);
            }
            RunStatus::Running | RunStatus::Pausing | RunStatus::Finished => {}
        }
    }
}
