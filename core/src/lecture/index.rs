//! The lecture at a glance: every lesson, and the question it answers.

use super::Lesson;
use super::address;
use super::experiment::Experiment;
use crate::address::Page;

/// A group of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its heading.
    pub name: &'static str,
    /// What is in it, in the order of the lecture.
    pub entries: Vec<Entry>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the lecture calls it.
    pub name: &'static str,
    /// What it answers.
    pub question: &'static str,
    /// The address, from `#` on, that leads there.
    pub address: String,
    /// The lesson, if it is one of this page.
    pub lesson: Option<Lesson>,
}

/// The last group: what the lecture comes to.
pub const CAPSTONE: &str = "Capstone and exercises";

/// All groups that have entries, in the order of the lecture.
pub fn groups() -> Vec<Group> {
    let elsewhere = |name, question, address| Entry { name, question, address, lesson: None };
    let experiment =
        |name, question, experiment: Experiment| elsewhere(name, question, experiment.address().to_owned());
    let lessons = |name: &'static str| {
        let here =
            Lesson::ALL.into_iter().filter(|lesson| lesson.about().group == name).map(|lesson| Entry {
                name: lesson.about().title,
                question: lesson.about().short_question,
                address: address::write(lesson, None, false),
                lesson: Some(lesson),
            });
        Group { name, entries: here.collect() }
    };
    let capstone = vec![
        elsewhere("The live estimate", "Can random points find π?", Page::Run.route().to_owned()),
        experiment("Experiment 1", "What does the next digit cost?", Experiment::NextDigit),
        experiment("Experiment 2", "How large should a batch be?", Experiment::SmallBatches),
        experiment("Experiment 3", "What if a worker is killed?", Experiment::KilledWorker),
    ];
    let mut last = lessons(CAPSTONE);
    // The lessons are the way of a batch and, after the exercises that have pages of their own, the other exercises.
    let exercises = last.entries.split_off(last.entries.len().min(1));
    last.entries.splice(0..0, capstone);
    let benchmark = Page::Benchmark.route().to_owned();
    last.entries.push(elsewhere("Exercise 1", "What do four workers really gain?", benchmark));
    let alone = format!("{}?workers=4&replace=0", Page::Run.route());
    last.entries.push(elsewhere("Exercise 2", "What if nobody replaces the dead?", alone));
    last.entries.extend(exercises);
    let groups = [lessons("Threads"), lessons("Queues"), lessons("Window"), last];
    groups.into_iter().filter(|group| !group.entries.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lecture::FIRST_FIELDS;
    use crate::lecture::guess::GuessKind;

    // Fails with: a lesson in no group, a question too long for its row or a label for its field, two lessons of one name.
    #[test]
    fn every_lesson_has_a_row_of_its_own() {
        let entries: Vec<Entry> = groups().into_iter().flat_map(|group| group.entries).collect();
        for lesson in Lesson::ALL {
            assert_eq!(entries.iter().filter(|entry| entry.lesson == Some(lesson)).count(), 1, "{lesson:?}");
            assert_eq!(Lesson::named(lesson.about().name), Some(lesson));
            assert!(FIRST_FIELDS <= 3 && FIRST_FIELDS <= lesson.about().fields.len());
            let (GuessKind::Numbers { label, .. } | GuessKind::Words { label, .. }) = lesson.about().guess;
            let first = lesson.about().fields.iter().take(FIRST_FIELDS).map(|field| (field.label, 20));
            for (label, most) in first.chain([(label, 38)]) {
                assert!(label.chars().count() <= most, "{label} has no room on a phone");
            }
        }
        for entry in entries {
            assert!(entry.question.chars().count() <= 40, "{}", entry.question);
            assert!(entry.name.chars().count() <= 24, "{}", entry.name);
        }
    }
}
