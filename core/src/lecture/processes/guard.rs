//! A script that starts two workers of itself, with and without its guard.

use super::one_run::Errands;
use super::void;
use crate::lecture::errand::{Answer, Errand, Next};
use crate::lecture::shown::{Figure, Look, Node, Shown, Table, Tree};
use crate::text::counted;

/// How many generations of workers there may be.
const GENERATIONS: u32 = 3;

/// More workers than this are never started: with two each, three generations are 14.
const MOST_WORKERS: usize = 15;

/// How many workers the page starts, as the main program.
const FIRST_WORKERS: usize = 2;

/// A worker that has run the top of its script.
struct Worker {
    /// Who has started whom: a sign a generation.
    path: String,
    started: u32,
    /// It would have started more.
    is_ended: bool,
}

/// The one run: without the guard, then with it.
#[derive(Default)]
pub(super) struct GuardRuns {
    /// The workers of both, in the order in which the page heard of them.
    born: [Vec<Worker>; 2],
    is_guarded: bool,
}

impl GuardRuns {
    /// Whether all workers that were started have been heard of.
    fn is_complete(born: &[Worker]) -> bool {
        let started: usize = born.iter().map(|worker| worker.started as usize).sum();
        born.len() >= FIRST_WORKERS + started
    }

    fn generations(born: &[Worker]) -> usize {
        born.iter().map(|worker| worker.path.len()).max().unwrap_or(0)
    }

    fn tree(&self, is_guarded: bool) -> Tree {
        let born = &self.born[usize::from(is_guarded)];
        // Each below the one that has started it: by path.
        let mut order: Vec<usize> = Vec::new();
        for (index, worker) in born.iter().enumerate() {
            let place = order.iter().position(|&other| born[other].path > worker.path).unwrap_or(order.len());
            order.insert(place, index);
        }
        let mut nodes = vec![Node { name: "page".to_owned(), parent: None, look: Look::Working }];
        for &index in &order {
            let worker = &born[index];
            let above = worker.path.get(..worker.path.len().saturating_sub(1)).unwrap_or_default();
            // The page is the first node, and has no path.
            let parent =
                order.iter().position(|&other| born[other].path == above).map_or(0, |place| place + 1);
            let look = match worker {
                Worker { is_ended: true, .. } => Look::Blocked,
                Worker { started: 0, .. } => Look::Waiting,
                Worker { .. } => Look::Working,
            };
            nodes.push(Node { name: (index + 1).to_string(), parent: Some(parent), look });
        }
        let workers = counted(born.len(), "worker");
        let legend = if is_guarded {
            vec![(Look::Working, "starts two"), (Look::Waiting, "asks who it is, and starts none")]
        } else {
            vec![(Look::Working, "starts two"), (Look::Blocked, "ended here: it would start two more")]
        };
        Tree {
            title: if is_guarded { "With the guard" } else { "Without the guard" },
            note: format!("{workers}, numbered as they came"),
            nodes,
            legend,
        }
    }

    fn findings(&self) -> Vec<String> {
        let [without, with] = &self.born;
        let ended = without.iter().filter(|worker| worker.is_ended).count();
        let others = with.iter().map(|worker| worker.started).sum::<u32>();
        vec![
            format!(
                "Without the guard each worker ran the script from its top, and so started two more: {} in {} generations. \
                 Here the page ended it; {ended} of them would have gone on.",
                counted(without.len(), "worker"),
                Self::generations(without)
            ),
            format!(
                "With the guard each of {} asked first whether it is the main program, and started {}.",
                counted(with.len(), "worker"),
                if others == 0 { "none".to_owned() } else { others.to_string() }
            ),
            "On Windows and macOS, Python starts a process by running your script again from its top (spawn): there the guard \
             is needed. Without it, today’s Python stops with a RuntimeError."
                .to_owned(),
            "On Linux, up to Python 3.13, the new process goes on where the main one was (fork). From 3.14 on the guard is \
             needed there, too."
                .to_owned(),
        ]
    }
}

impl Errands for GuardRuns {
    fn first(&self) -> Option<Errand> {
        Some(Errand::Nest { is_guarded: false, generations: GENERATIONS })
    }

    fn told(&mut self, answer: Answer) -> Next {
        let born = &mut self.born[usize::from(self.is_guarded)];
        match answer {
            Answer::Born { path, started, is_ended } => born.push(Worker { path, started, is_ended }),
            Answer::Failed { text } => return Next::Void(void(&text)),
            _ => return Next::GoesOn,
        }
        if born.len() > MOST_WORKERS || Self::generations(born) > GENERATIONS as usize {
            return Next::Void("More workers started than may: the page ended them all.".to_owned());
        }
        if !Self::is_complete(born) {
            return Next::GoesOn;
        }
        if std::mem::replace(&mut self.is_guarded, true) {
            return Next::Over;
        }
        Next::Errand(Errand::Nest { is_guarded: true, generations: GENERATIONS })
    }

    fn shown(&self) -> Shown {
        let [without, with] = &self.born;
        let workers = |born: &[Worker]| counted(born.len(), "worker");
        let mut rows = Vec::new();
        for (born, guard) in self.born.iter().zip(["no", "yes"]) {
            for (place, worker) in born.iter().enumerate() {
                let numbers = [place + 1, worker.path.len(), worker.started as usize];
                let mut row = vec![guard.to_owned()];
                row.extend(numbers.map(|number| number.to_string()));
                rows.push(row);
            }
        }
        Shown {
            figures: [
                Some(Figure { is_loss: true, ..Figure::plain(workers(without)) }),
                Some(Figure::count(Self::generations(without) as u64)),
                self.is_guarded.then(|| Figure::plain(workers(with))),
            ],
            trees: vec![self.tree(false), self.tree(true)],
            findings: self.findings(),
            table: Table { head: vec!["guard", "worker", "generation", "started"], rows },
            data: vec![
                ("data-generations", Self::generations(without).to_string()),
                ("data-workers-started", without.len().to_string()),
                ("data-guarded-workers-started", with.len().to_string()),
            ],
            ..Shown::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lecture::processes::one_run::OneRun;
    use crate::lecture::runs::{RoundOver, Runs};

    fn born(path: &str, started: u32, is_ended: bool) -> Answer {
        Answer::Born { path: path.to_owned(), started, is_ended }
    }

    /// Workers of a script without its guard, in an order in which each comes after the one that has started it.
    fn without() -> Vec<Answer> {
        let paths =
            ["1", "0", "00", "10", "000", "11", "01", "111", "001", "010", "100", "110", "011", "101"];
        paths.map(|path| born(path, if path.len() < 3 { 2 } else { 0 }, path.len() == 3)).into()
    }

    // Fails with: a run that is over before the last worker is heard of, or never; a tree in which a worker hangs under another
    // one than the one that has started it.
    #[test]
    fn both_scripts_run_until_all_of_their_workers_are_heard_of() {
        let mut runs = OneRun::of(GuardRuns::default());
        assert_eq!(runs.errand(), Some(Errand::Nest { is_guarded: false, generations: 3 }));
        let mut answers = without();
        let last = answers.pop().unwrap();
        for answer in answers {
            assert_eq!(runs.told(answer), Next::GoesOn);
        }
        assert_eq!(runs.told(last), Next::Errand(Errand::Nest { is_guarded: true, generations: 3 }));
        assert_eq!(runs.told(born("0", 0, false)), Next::GoesOn);
        assert_eq!(runs.told(born("1", 0, false)), Next::Over);
        runs.over(RoundOver { done: Vec::new(), heard_us: 0, words: &[], started_us: Vec::new() });
        let shown = runs.shown(&[]);
        assert_eq!(shown.figures.map(|figure| figure.unwrap().text), ["14 workers", "3", "2 workers"]);
        let [without, with] = &shown.trees[..] else { panic!("{:?}", shown.trees) };
        assert_eq!((without.nodes.len(), with.nodes.len()), (15, 3));
        // The page, its second worker, the first of that one, and its two.
        let named = |name: &str| without.nodes.iter().position(|node| node.name == name).unwrap();
        assert_eq!(without.nodes[named("2")].parent, Some(0));
        assert_eq!(without.nodes[named("3")].parent, Some(named("2")));
        assert_eq!(without.nodes[named("5")].parent, Some(named("3")));
        assert_eq!((without.nodes[named("5")].look, with.nodes[1].look), (Look::Blocked, Look::Waiting));
        assert!(
            without.nodes.iter().enumerate().all(|(index, node)| node.parent.is_none_or(|it| it < index))
        );
        assert!(
            shown.findings[0].contains("14 workers in 3 generations") && shown.findings[0].contains("; 8 of")
        );
        assert!(shown.findings[1].ends_with("started none."));
        assert_eq!(shown.table.rows.len(), 16);
        assert_eq!(
            shown.data[..2],
            [("data-generations", "3".into()), ("data-workers-started", "14".into())]
        );
    }

    // Fails with: a script that starts more and more workers, while the page looks on.
    #[test]
    fn what_starts_more_than_it_may_is_ended() {
        let voids = |answers: Vec<Answer>| {
            let mut runs = OneRun::of(GuardRuns::default());
            runs.errand();
            answers.into_iter().map(|answer| runs.told(answer)).position(|next| matches!(next, Next::Void(_)))
        };
        assert_eq!(voids((0..40).map(|_| born("0", 2, false)).collect()), Some(15));
        assert_eq!(voids(vec![born("0", 2, false), born("0000", 0, true)]), Some(1));
        assert_eq!(voids(vec![Answer::Failed { text: "404".to_owned() }]), Some(0));
        assert_eq!(voids(without()), None);
    }
}
