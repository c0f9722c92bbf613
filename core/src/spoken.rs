//! What screen readers are told, and when: a region that changes all the time talks over everything.

use std::time::Duration;

use crate::time::Instant;

/// How often the same state is spoken of.
pub const SPEAK_EVERY: Duration = Duration::from_secs(10);

/// The text of a live region: a change of state is spoken of at once, other news every [`SPEAK_EVERY`] at most.
#[derive(Clone, Debug)]
pub struct Spoken<S> {
    text: String,
    /// The state spoken of last, and when.
    last: Option<(S, Instant)>,
}

impl<S> Default for Spoken<S> {
    fn default() -> Self {
        Self { text: String::new(), last: None }
    }
}

impl<S: PartialEq> Spoken<S> {
    /// What the region says at `now` of `state`, where `news` would say it as it is now.
    pub fn say(&mut self, now: Instant, state: S, news: impl FnOnce() -> String) -> String {
        let is_due = self.last.as_ref().is_none_or(|(said, at)| *said != state || now - *at >= SPEAK_EVERY);
        if is_due {
            self.text = news();
            self.last = Some((state, now));
        }
        self.text.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: a region that changes with every figure; one that is late to say that all is over.
    #[test]
    fn a_change_of_state_is_spoken_of_at_once_and_other_news_every_ten_seconds() {
        let mut spoken = Spoken::default();
        let mut said: Vec<(u64, String)> = Vec::new();
        for ms in (0..35_000).step_by(100) {
            let now = Instant::after_origin(Duration::from_millis(ms));
            let state = if ms < 31_500 { "running" } else { "finished" };
            let text = spoken.say(now, state, || format!("{state} at {ms}"));
            if said.last().is_none_or(|(_, last)| *last != text) {
                said.push((ms, text));
            }
        }
        let times: Vec<u64> = said.iter().map(|(ms, _)| *ms).collect();
        assert_eq!(times, [0, 10_000, 20_000, 30_000, 31_500]);
        assert_eq!(said[4].1, "finished at 31500");
    }
}
