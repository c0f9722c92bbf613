//! A result of each lesson, recorded on a named machine, for rooms in which nothing can be run. It is shown only on request,
//! and never instead of a measurement.

/// The machine, its browser and the day.
pub const MACHINE: &str = "two cores of an Intel Xeon, Linux, Chromium 156, 29 and 30 November 2026";

/// What came of a lesson with the settings that it has at first.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// The three figures.
    pub figures: [&'static str; 3],
    /// What the page said of them.
    pub findings: &'static [&'static str],
}

#[cfg(test)]
mod tests {
    use crate::lecture::Lesson;

    // Fails with: a lesson without a recorded result, one of another lesson.
    #[test]
    fn every_lesson_has_one_of_its_own() {
        for lesson in Lesson::ALL {
            let recorded = lesson.about().recorded;
            assert!(recorded.figures.iter().all(|figure| !figure.is_empty()), "{lesson:?}");
            let findings = recorded.findings.join(" ");
            assert!(findings.ends_with('.') && findings.len() < 300, "{findings}");
            for other in Lesson::ALL.into_iter().filter(|&other| other != lesson) {
                assert_ne!(findings, other.about().recorded.findings.join(" "));
            }
        }
    }
}
