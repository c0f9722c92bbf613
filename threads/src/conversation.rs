//! What a thread without shared memory does: it asks the page, and waits for the answer.

use crate::memory::Memory;
use crate::recorder::{Clock, Recorder};
use crate::task::{End, Item, Report, Rest, State, Task};
use crate::thread::{InOrder, PAUSE_US, SAMPLES, SIGN_US, Unfinished, sum, work_for};
use crate::watch::Watch;

/// A task that goes by messages, under way.
#[derive(Debug)]
pub struct Conversation<M: 'static, C> {
    recorder: Recorder<'static, M, C>,
    exchange: Exchange,
}

#[derive(Debug)]
enum Exchange {
    Add { increments: u32 },
    Produce { thread: u32, items: u32, pace_us: u32 },
    Consume { order: InOrder, pace_us: u32 },
    Sleep,
    Sum { numbers: u32 },
    Tick { ticks: u32, every_us: u32 },
    Beat(Beat),
    Over,
}

/// Records, one after another.
#[derive(Debug)]
struct Beat {
    rest: Rest,
    /// How long a record takes, and the time to the next one.
    parts_us: [u64; 2],
    /// The last message's: odd in the middle of a record.
    number: u32,
    /// How long this part lasts.
    until_us: u64,
    /// Whether the event was heard of.
    is_set: bool,
}

impl Beat {
    fn is_writing(&self) -> bool {
        self.number % 2 == 1
    }

    /// Goes on to the next part if it is time, and says how far it is.
    fn go_on(&mut self, now_us: u64) -> Report {
        if now_us >= self.until_us {
            self.number += 1;
            self.until_us = now_us + self.parts_us[usize::from(!self.is_writing())];
        }
        Report::Tick { number: self.number, at_us: now_us }
    }
}

/// What the thread does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It works for so many microseconds; then [`Conversation::go_on`] says what comes.
    Work(u32),
    /// It posts this, to which no answer comes, and works likewise.
    SayAndWork(Report, u32),
    /// It posts this and works likewise, but does not return to its event loop, so it hears nothing. Then
    /// [`Conversation::stay`].
    SayAndStay(Report, u32),
    /// It posts these. Unless the last one is [`Report::Done`], an answer comes, for [`Conversation::hear`].
    Say(Vec<Report>),
}

impl<M: Memory, C: Clock> Conversation<M, C> {
    /// Begins a task; none if it is not one that goes by messages.
    pub fn begin(task: Task, clock: C) -> Option<(Self, Step)> {
        let (exchange, work_us) = match task {
            Task::AddByMessages { increments, .. } => (Exchange::Add { increments }, 0),
            Task::ProduceByMessages { thread, items, pace_us, .. } => {
                (Exchange::Produce { thread, items, pace_us }, pace_us)
            }
            Task::ConsumeByMessages { pace_us, .. } => {
                (Exchange::Consume { order: InOrder::default(), pace_us }, 0)
            }
            Task::Sleep { us, .. } => (Exchange::Sleep, us),
            Task::Sum { numbers, .. } => (Exchange::Sum { numbers }, 0),
            Task::Tick { ticks, every_us } => (Exchange::Tick { ticks, every_us }, 0),
            Task::BeatByMessages { beat_us, write_us, rest, .. } => {
                let parts_us = [write_us.into(), beat_us.saturating_sub(write_us).into()];
                (Exchange::Beat(Beat { rest, parts_us, number: 0, until_us: 0, is_set: false }), 0)
            }
            _ => return None,
        };
        let mut recorder = Recorder::new(clock, None);
        recorder.change(State::Working);
        let mut conversation = Self { recorder, exchange };
        let step = match conversation.exchange {
            Exchange::Sleep => Step::SayAndWork(Report::Line(0), work_us),
            _ => conversation.work(work_us),
        };
        Some((conversation, step))
    }

    /// The work is done.
    pub fn go_on(&mut self) -> Step {
        let done = self.recorder.done().own;
        let report = match self.exchange {
            Exchange::Add { increments } if done < increments => Report::Read,
            Exchange::Produce { thread, items, .. } if done < items => {
                self.recorder.waits(State::Blocked);
                Item::new(thread, done).map_or_else(|| self.end(), Report::Put)
            }
            Exchange::Consume { .. } => {
                self.recorder.waits(State::Empty);
                Report::Get
            }
            Exchange::Sleep => return Step::Say(vec![Report::Line(1), self.end()]),
            Exchange::Sum { numbers } => {
                let total = sum(numbers, &mut self.recorder);
                return Step::Say(vec![Report::Total(total), self.end()]);
            }
            Exchange::Tick { ticks, every_us } if done < ticks => return self.tick(ticks, every_us),
            Exchange::Beat(_) => return self.beat(),
            // It waits until the page has them all, or has a timer left from before its end.
            Exchange::Tick { .. } | Exchange::Over => return Step::Say(Vec::new()),
            Exchange::Add { .. } | Exchange::Produce { .. } => self.end(),
        };
        Step::Say(vec![report])
    }

    /// Works for so many microseconds without coming back to its event loop, and goes on.
    pub fn stay(&mut self, us: u32) -> Step {
        work_for(us.into(), || self.recorder.now_us());
        self.go_on()
    }

    /// The page has answered.
    ///
    /// # Errors
    /// When that is no answer to what was asked, or the thread must die.
    pub fn hear(&mut self, answer: Task) -> Result<Step, Unfinished> {
        self.recorder.goes_on();
        let done = self.recorder.done().own;
        match (&mut self.exchange, answer) {
            (_, Task::Die { .. }) => Err(Unfinished::Dies),
            (Exchange::Add { increments }, Task::Value(value)) if done < *increments => {
                let value = value.wrapping_add(1);
                self.recorder.worked(0);
                if (done + 1).is_multiple_of(increments.div_ceil(SAMPLES)) || done + 1 == *increments {
                    self.recorder.sample(done + 1, value);
                }
                let Step::Say(mut reports) = self.go_on() else { return Err(Unfinished::NotAsked) };
                reports.insert(0, Report::Write(value));
                Ok(Step::Say(reports))
            }
            (Exchange::Produce { thread, items, pace_us }, Task::Taken) if done < *items => {
                let work_us = if done + 1 < *items { *pace_us } else { 0 };
                if let Some(item) = Item::new(*thread, done) {
                    self.recorder.moved(item, 0);
                    self.recorder.worked(item.word().into());
                }
                Ok(self.work(work_us))
            }
            (Exchange::Consume { order, pace_us }, Task::Item(item)) => {
                let (work_us, fits) = (*pace_us, order.fits(item));
                self.recorder.moved(item, 0);
                if item == Item::SENTINEL {
                    return Ok(Step::Say(vec![self.end()]));
                }
                self.recorder.done().out_of_order += u32::from(!fits);
                self.recorder.worked(item.word().into());
                Ok(self.work(work_us))
            }
            (Exchange::Beat(beat), Task::Event) => {
                beat.is_set |= beat.rest == Rest::Event;
                // A record is completed first.
                let ends = beat.is_set && !beat.is_writing();
                Ok(Step::Say(if ends { vec![Report::Line(1), self.end()] } else { Vec::new() }))
            }
            (Exchange::Tick { ticks, .. }, Task::Taken) if done == *ticks => Ok(Step::Say(vec![self.end()])),
            (Exchange::Produce { pace_us, .. } | Exchange::Consume { pace_us, .. }, Task::Refused) => {
                let work_us = PAUSE_US.max(*pace_us);
                self.recorder.done().refused += 1;
                Ok(self.work(work_us))
            }
            _ => Err(Unfinished::NotAsked),
        }
    }

    /// The next tick; after the last one there is nothing to wait for but the page.
    fn tick(&mut self, ticks: u32, every_us: u32) -> Step {
        self.recorder.worked(0);
        let number = self.recorder.done().own;
        let tick = Report::Tick { number, at_us: self.recorder.now_us() };
        if number < ticks { Step::SayAndWork(tick, every_us) } else { Step::Say(vec![tick]) }
    }

    /// The next part of a record, or a sign of life.
    fn beat(&mut self) -> Step {
        let now_us = self.recorder.now_us();
        let Exchange::Beat(beat) = &mut self.exchange else { return Step::Say(Vec::new()) };
        let said = beat.go_on(now_us);
        let (rest, left_us) = (beat.rest, beat.until_us.saturating_sub(now_us));
        if beat.is_set && !beat.is_writing() {
            return Step::Say(vec![said, Report::Line(1), self.end()]);
        }
        let us = |us: u64| u32::try_from(us).unwrap_or(u32::MAX);
        match rest {
            Rest::Busy => Step::SayAndStay(said, us(left_us.min(SIGN_US))),
            Rest::Event | Rest::Asleep => Step::SayAndWork(said, us(left_us)),
        }
    }

    fn work(&mut self, us: u32) -> Step {
        if us > 0 { Step::Work(us) } else { self.go_on() }
    }

    fn end(&mut self) -> Report {
        self.exchange = Exchange::Over;
        Report::Done(self.recorder.finish(End::Complete))
    }
}

#[cfg(test)]
mod tests;
