//! Memory and threads for a checker of schedules.

use dartboard_threads::memory::Memory;
use dartboard_threads::task::State;
use dartboard_threads::watch::Watch;

/// Memory that is all 0, and threads that share it.
pub(crate) trait World: Memory + Clone + Send + Sync + 'static {
    /// So many words.
    fn new(words: u32) -> Self;
    /// Runs a thread for each of these, together, until all have ended.
    fn run(threads: Vec<Box<dyn FnOnce() + Send>>);
}

/// Notes nothing. Its time stands still.
pub(crate) struct Unwatched;

impl Watch for Unwatched {
    fn waits(&mut self, _: State) {}
    fn goes_on(&mut self) {}
    fn now_us(&self) -> u64 {
        0
    }
}

/// What a limit is that is only there for threads that have died. In a world nobody dies unsaid: it is never reached, so
/// that a wake-up that is lost is seen.
pub(crate) const LONG_US: u64 = 10_000;

/// A world of the crate `$checker`, which has a std of its own. A wait with a short limit ends after `$patience` looks at
/// the latest.
macro_rules! world {
    ($checker:ident, $patience:expr) => {
        use $checker::sync::{Arc, Condvar, Mutex};

        use dartboard_threads::memory::{Memory, Woken, Words};

        use crate::world::{LONG_US, World};

        /// Words side by side; those within 16 wake each other.
        #[derive(Clone)]
        pub(crate) struct Shared(Arc<(Mutex<Held>, Vec<Condvar>)>);

        pub(crate) struct Held {
            values: Vec<i32>,
            /// How often it was notified, for each condition.
            notified: Vec<u32>,
        }

        fn at(word: u32) -> usize {
            usize::try_from(word).unwrap()
        }

        impl Shared {
            fn with<T>(&self, act: impl FnOnce(&mut Held) -> T) -> T {
                act(&mut self.0.0.lock().unwrap())
            }
        }

        impl Words for Shared {
            fn load(&self, word: u32) -> i32 {
                self.with(|words| words.values[at(word)])
            }
        }

        impl Memory for Shared {
            fn store(&self, word: u32, value: i32) {
                self.with(|words| words.values[at(word)] = value);
            }

            fn add(&self, word: u32, value: i32) -> i32 {
                self.with(|words| {
                    let before = words.values[at(word)];
                    words.values[at(word)] = before.wrapping_add(value);
                    before
                })
            }

            fn compare_exchange(&self, word: u32, expected: i32, new: i32) -> i32 {
                self.with(|words| {
                    let before = words.values[at(word)];
                    if before == expected {
                        words.values[at(word)] = new;
                    }
                    before
                })
            }

            fn wait(&self, word: u32, expected: i32, limit_us: Option<u64>) -> Woken {
                let line = at(word) / 16;
                let mut words = self.0.0.lock().unwrap();
                if words.values[at(word)] != expected {
                    return Woken::Changed;
                }
                let before = words.notified[line];
                let mut patience = $patience;
                while words.notified[line] == before {
                    if limit_us.is_none_or(|us| us >= LONG_US) {
                        words = self.0.1[line].wait(words).unwrap();
                    } else if patience == 0 {
                        return Woken::TimedOut;
                    } else {
                        patience -= 1;
                        drop(words);
                        $checker::thread::yield_now();
                        words = self.0.0.lock().unwrap();
                    }
                }
                Woken::Notified
            }

            fn notify(&self, word: u32) {
                let line = at(word) / 16;
                self.with(|words| words.notified[line] += 1);
                self.0.1[line].notify_all();
            }

            fn get(&self, word: u32) -> i32 {
                self.load(word)
            }

            fn set(&self, word: u32, value: i32) {
                self.store(word, value);
            }
        }

        impl World for Shared {
            fn new(words: u32) -> Self {
                let lines = at(words) / 16 + 1;
                let words = Held { values: vec![0; at(words)], notified: vec![0; lines] };
                Self(Arc::new((Mutex::new(words), (0..lines).map(|_| Condvar::new()).collect())))
            }

            fn run(threads: Vec<Box<dyn FnOnce() + Send>>) {
                let handles: Vec<_> = threads.into_iter().map(|act| $checker::thread::spawn(act)).collect();
                for handle in handles {
                    handle.join().unwrap();
                }
            }
        }
    };
}
pub(crate) use world;
