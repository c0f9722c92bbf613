//! Runs that are shared, while one thing after another is killed.

use std::thread::sleep;
use std::time::{Duration, Instant};

use dartboard_core::hall::member::MemberStanding;
use dartboard_core::text::Grouped;
use dartboard_points::kernel;
use dartboard_points::tally::{BlockRange, Seed};

use crate::broker::{self, Brokers};
use crate::crowd::{Crowd, Kind, Probe, Tells};
use crate::desks::{Program, desk, said};

pub(crate) const SEED: Seed = Seed(42);
/// The name of a run that was given none.
pub(crate) const RUN: &str = "dartboard";
/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(150);

fn honest(block: Duration) -> Kind {
    Kind { block, tells: Tells::Truth }
}

/// Whether what a program has said names the bare kernel's count of so many blocks.
fn assert_total(output: &std::process::Output, blocks: u64) {
    assert_inside(output, kernel::tally(SEED, BlockRange::new(0, blocks).expect("some blocks")).inside);
}

/// Whether what a program has said names so many points inside.
pub(crate) fn assert_inside(output: &std::process::Output, inside: u64) {
    let said = said(output);
    let line = format!("inside                          {}", Grouped(inside));
    assert!(output.status.success() && said.contains(&line), "{line} is not in:\n{said}");
}

// Fails with: a desk or a node that misses a message, a total that is not the kernel's, an audit that finds what is not so.
#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_and_a_crowd_count_one_run_while_its_desk_is_killed_again_and_again() {
    let Some(program) = broker::for_a_class() else { return };
    let blocks = 6_000;
    let brokers = Brokers::one(&program);
    let address = brokers.address();
    let mut deciding = desk(&address, blocks, &[]);
    let nodes = ["a", "b"].map(|seat| Program::start(&["node", &address, "--threads", "1", "--seat", seat]));
    let mut crowd = Crowd::new(&address, RUN);
    for seat in 0..20 {
        crowd.join(seat, honest(Duration::from_millis(25)));
    }
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        deciding.kill();
        deciding = desk(&address, blocks, &["--take-over"]);
    }
    assert_total(&deciding.output(PATIENCE), blocks);
    for node in nodes {
        let output = node.output(PATIENCE);
        assert!(output.status.success(), "{}", said(&output));
    }
    assert!(crowd.endings().await.into_iter().all(|(_, ending)| ending == MemberStanding::Finished));
    let audit = Program::start(&["audit", &address, "--share", "20"]).output(PATIENCE);
    assert_total(&audit, blocks);
}

// Fails with: a term shared by two desks, a block counted twice, a log of a cluster that forgets.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_keeps_the_total_while_each_second_one_part_is_killed() {
    let Some(program) = broker::for_a_cluster() else { return };
    let blocks = 4_000;
    let mut brokers = Brokers::three(&program);
    let address = brokers.address();
    let others = ["--replicas", "3"];
    // Three desks that start in the same instant.
    let mut desks: Vec<Program> = (0..3).map(|_| desk(&address, blocks, &others)).collect();
    let mut crowd = Crowd::new(&address, RUN);
    for seat in 0..40 {
        crowd.join(seat, honest(Duration::from_millis(100)));
    }
    let begun = Instant::now();
    let mut turn = 0;
    while begun.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        match turn % 4 {
            0 => crowd.kill_one(),
            1 => {
                desks[turn / 4 % 3].kill();
                desks[turn / 4 % 3] = desk(&address, blocks, &others);
            }
            2 => brokers.kill(turn / 4 % 3),
            // A rival.
            _ => drop(desk(&address, blocks, &[&others[..], &["--take-over"]].concat())),
        }
        turn += 1;
    }
    brokers.kill_all();
    for desk in desks {
        assert_total(&desk.output(PATIENCE), blocks);
    }
    assert!(crowd.counted_blocks() >= blocks);
    let audit = Program::start(&["audit", &address]).output(PATIENCE);
    assert_total(&audit, blocks);
}

// Fails with: a network that says nothing for a while taken for the end, or for somebody's death.
#[tokio::test(flavor = "multi_thread")]
async fn a_black_hole_costs_work_and_no_total() {
    let Some(program) = broker::for_a_class() else { return };
    let blocks = 2_000;
    let mut brokers = Brokers::one(&program);
    let address = brokers.address();
    let deciding = desk(&address, blocks, &[]);
    let mut crowd = Crowd::new(&address, RUN);
    for seat in 0..10 {
        crowd.join(seat, honest(Duration::from_millis(30)));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    tokio::task::block_in_place(|| brokers.black_hole(Duration::from_secs(8)));
    assert_total(&deciding.output(PATIENCE), blocks);
    assert!(crowd.endings().await.into_iter().all(|(_, ending)| ending == MemberStanding::Finished));
}

// Fails with: a desk that goes on with what its log no longer says, or waits for ever for a log that is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_lost_costs_all_the_work_and_no_total() {
    let Some(program) = broker::for_a_class() else { return };
    let blocks = 1_500;
    let mut brokers = Brokers::one(&program);
    let address = brokers.address();
    let deciding = desk(&address, blocks, &[]);
    let mut crowd = Crowd::new(&address, RUN);
    for seat in 0..10 {
        crowd.join(seat, honest(Duration::from_millis(20)));
    }
    while crowd.counted_blocks() < blocks / 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::task::block_in_place(|| brokers.lose(0));
    assert_total(&deciding.output(PATIENCE), blocks);
    let audit = Program::start(&["audit", &address]).output(PATIENCE);
    assert_total(&audit, blocks);
}

// Fails with: a lie that stays in the total, an honest device that is banned, a liar that is not.
#[tokio::test(flavor = "multi_thread")]
async fn where_everything_is_checked_ten_liars_of_a_hundred_are_banned_and_the_total_is_right() {
    check_liars(&["--trust", "everything"]).await;
}

// Fails with: a liar that is not found by its first counts, an honest device that is banned.
#[tokio::test(flavor = "multi_thread")]
async fn where_samples_are_checked_who_lies_from_the_first_is_banned_and_gone_from_the_total() {
    // Of each device the first two counts are looked at, so nothing that a liar has said is left.
    check_liars(&["--trust", "samples", "--share", "10"]).await;
}

async fn check_liars(trust: &[&str]) {
    let Some(program) = broker::for_a_class() else { return };
    let blocks = 8_000;
    let brokers = Brokers::one(&program);
    let address = brokers.address();
    let deciding = desk(&address, blocks, trust);
    let mut crowd = Crowd::new(&address, RUN);
    let lies = |seat: usize| seat % 10 == 3;
    for seat in 0..100 {
        let tells = if lies(seat) { Tells::Lies } else { Tells::Truth };
        crowd.join(seat, Kind { block: Duration::from_millis(20), tells });
    }
    assert_total(&deciding.output(PATIENCE), blocks);
    for (seat, ending) in crowd.endings().await {
        match ending {
            MemberStanding::Banned(why) => assert!(lies(seat), "{seat}: {why}"),
            ending => assert_eq!((lies(seat), ending), (false, MemberStanding::Finished), "{seat}"),
        }
    }
}

// Fails with: a desk that counts another run into a log, an old server where its logs are lost, or a message that says
// nothing of the way out.
#[test]
fn what_cannot_be_is_refused_in_words() {
    let Some(program) = broker::for_a_class() else { return };
    let brokers = Brokers::one(&program);
    let address = brokers.address();
    let refused = |arguments: &[&str]| {
        let output = Program::start(arguments).output(PATIENCE);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
        said(&output)
    };
    let mut first = desk(&address, 1_000, &[]);
    // Only a log with an opening is of a run.
    let begun = Instant::now();
    while !Program::start(&["audit", &address]).output(PATIENCE).status.success() {
        assert!(begun.elapsed() < PATIENCE, "the desk has not opened the log");
        sleep(Duration::from_millis(50));
    }
    let other = refused(&["desk", &address, "--seed", "43", "--target", "100000"]);
    assert!(other.contains("the log is of the run with seed 42"), "{other}");
    first.kill();
    assert!(refused(&["audit", &address, "--run", "none"]).contains("the broker has no run “none”"));
    assert!(
        refused(&["node", "nats://127.0.0.1:1"])
            .contains("no connection to the broker at nats://127.0.0.1:1")
    );
    let secret = refused(&["node", "nats://me:secret@127.0.0.1:1"]);
    assert!(secret.contains("nats://127.0.0.1:1") && !secret.contains("secret"), "{secret}");
}

// Fails with: one device that sends without end, and makes the others wait or fills the log.
#[tokio::test(flavor = "multi_thread")]
async fn a_flooder_is_banned_and_the_others_hardly_wait() {
    let Some(program) = broker::for_a_class() else { return };
    let brokers = Brokers::one(&program);
    let address = brokers.address();
    let _deciding = desk(&address, 1_000_000, &[]);
    let mut crowd = Crowd::new(&address, RUN);
    for seat in 0..10 {
        crowd.join(seat, honest(Duration::from_millis(50)));
    }
    let flooder = Probe::connect(&address, "flooder").await;
    let mut probe = Probe::connect(&address, "honest").await;
    // Until the desk decides.
    probe.answered(PATIENCE).await;
    let begun = Instant::now();
    let flood = tokio::spawn(async move {
        let mut flooder = flooder;
        loop {
            for _ in 0..1_000 {
                flooder.ask().await;
            }
            if flooder.is_banned() {
                return begun.elapsed();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let mut waits = Vec::new();
    while !flood.is_finished() || waits.len() < 20 {
        waits.push(probe.answered(PATIENCE).await);
        assert!(begun.elapsed() < PATIENCE, "the flooder was never banned");
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    let banned_after = flood.await.unwrap();
    waits.sort();
    let most = waits[waits.len() * 99 / 100];
    println!("banned after {banned_after:?}; {} asks, 99 % answered within {most:?}", waits.len());
}
