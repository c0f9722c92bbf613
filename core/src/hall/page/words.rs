//! What device and screen say.

use crate::hall::message::{MemberState, Show, Trust};
use crate::text::{Fixed, Grouped, counted, shortened};

/// The longest sentence of the hall's that is shown, in characters.
const MOST_CHARACTERS: usize = 300;

/// A text of the hall's as a sentence: with a capital letter and a full stop.
pub fn sentence(text: &str) -> String {
    let text = if text.chars().count() > MOST_CHARACTERS { shortened(text) } else { text.trim().to_owned() };
    let mut characters = text.chars();
    let mut sentence: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    sentence.push_str(characters.as_str());
    if !sentence.ends_with(['.', '!', '?', '…']) {
        sentence.push('.');
    }
    sentence
}

/// Whom the class believes, and what was counted again.
pub fn trust(show: &Show) -> String {
    let whom = match show.trust {
        Trust::All => return "We trust all devices.".to_owned(),
        Trust::Samples => "We check samples",
        Trust::Everything => "We check everything",
    };
    if show.confirmed_points == 0 {
        return format!("{whom}: nothing is counted again yet.");
    }
    let share = 100.0 * show.confirmed_points as f64 / show.tally.points.max(1) as f64;
    // Rounding must not claim that all is checked.
    let share =
        if share < 1.0 { "less than 1".to_owned() } else { Fixed(share.min(100.0).floor(), 0).to_string() };
    let found = match show.members.iter().filter(|member| member.state == MemberState::Banned).count() {
        0 => "no differences".to_owned(),
        banned => format!("{} excluded", counted(banned, "device")),
    };
    format!("{whom}; {share}\u{a0}% counted again by the lecturer’s computer: {found}.")
}

/// How far the class is, in points.
pub fn points(show: &Show) -> String {
    let target = show.target_blocks.and_then(crate::run::config::Target::from_blocks);
    match target {
        Some(target) if !show.finished => {
            format!("{} of {} points", Grouped(show.tally.points), Grouped(target.points()))
        }
        _ => format!("{} points", Grouped(show.tally.points)),
    }
}

/// What the state of a device is called.
pub fn state(state: MemberState) -> &'static str {
    match state {
        MemberState::Counting => "counting",
        MemberState::Waiting => "waiting",
        MemberState::Away => "away",
        MemberState::Banned => "not counted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hall::message::ShownMember;
    use dartboard_points::tally::{Seed, Tally};

    fn show(trust: Trust, confirmed_points: u64, banned: usize) -> Show {
        let member = |_| ShownMember {
            seat: "s000".to_owned(),
            state: MemberState::Banned,
            cores: 1,
            points_per_second: 0,
            points: 0,
        };
        Show {
            seed: Seed(1),
            target_blocks: Some(20),
            tally: Tally { points: 1_000_000, inside: 785_398 },
            confirmed_points,
            trust,
            points_per_second: 0,
            finished: false,
            members: (0..banned).map(member).collect(),
        }
    }

    #[test]
    fn the_hall_speaks_in_sentences() {
        assert_eq!(sentence("this is not the code on the screen"), "This is not the code on the screen.");
        assert_eq!(sentence(" Ähm! "), "Ähm!");
        assert!(sentence(&"x".repeat(10_000)).len() < 1_000);
        assert_eq!(sentence(""), ".");
    }

    // Fails with: a class that is told that all was checked when nearly all was; a liar that nobody hears of.
    #[test]
    fn what_was_checked_is_said_and_no_more() {
        for (show, said) in [
            (show(Trust::All, 0, 0), "We trust all devices."),
            (show(Trust::Samples, 0, 0), "We check samples: nothing is counted again yet."),
            (
                show(Trust::Samples, 123_456, 0),
                "We check samples; 12\u{a0}% counted again by the lecturer’s computer: no differences.",
            ),
            (
                show(Trust::Samples, 100, 2),
                "We check samples; less than 1\u{a0}% counted again by the lecturer’s computer: 2 devices excluded.",
            ),
            (
                show(Trust::Everything, 999_999, 0),
                "We check everything; 99\u{a0}% counted again by the lecturer’s computer: no differences.",
            ),
        ] {
            assert_eq!(trust(&show), said);
        }
    }

    #[test]
    fn points_are_said_with_those_that_are_wanted() {
        let mut show = show(Trust::All, 0, 0);
        assert_eq!(points(&show), "1,000,000 of 2,000,000 points");
        show.finished = true;
        assert_eq!(points(&show), "1,000,000 points");
    }
}
