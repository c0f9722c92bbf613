//! What takes long, run by `./run bench hall`: figures, and kills for minutes.

use std::env;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dartboard_core::text::{Grouped, whole_ms};
use dartboard_points::kernel;
use dartboard_points::tally::BlockRange;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::broker::{self, Brokers};
use crate::crowd::{Crowd, Kind, MADE_UP_INSIDE, Probe, Tells};
use crate::desks::{Program, desk, said};
use crate::pages::Pages;
use crate::shared_runs::{RUN, SEED, assert_inside};

const PATIENCE: Duration = Duration::from_secs(600);

/// A number from the environment, or what holds where nothing is said.
fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

// Each second one part dies, for as long as DARTBOARD_SECONDS says, once for each of DARTBOARD_SEEDS seeds from
// DARTBOARD_FIRST_SEED on.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes for each seed"]
async fn whatever_is_killed_for_two_minutes_the_total_is_the_kernels() {
    let Some(program) = broker::for_a_cluster() else { return };
    let seconds = number("DARTBOARD_SECONDS", 120);
    let blocks = blocks_in(seconds);
    let inside = bare(blocks);
    println!("{blocks} blocks, of which the bare kernel counts {inside} points inside");
    let first = number("DARTBOARD_FIRST_SEED", 0);
    for seed in first..first + number("DARTBOARD_SEEDS", 20) {
        let begun = Instant::now();
        let how = trial(&program, seed, seconds, blocks, inside).await;
        println!("seed {seed}: equal after {:.0} s; {how}", begun.elapsed().as_secs_f64());
    }
}

/// About as many blocks as pages and nodes count in `seconds` beside all that goes on: a part of what all cores can.
fn blocks_in(seconds: u64) -> u64 {
    let sample = 100_000;
    let begun = Instant::now();
    kernel::tally(SEED, BlockRange::new(0, sample).unwrap());
    let a_second = sample * 1_000 / whole_ms(begun.elapsed()).max(1);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    a_second * 2 / 5 * cores as u64 * seconds
}

/// The points inside of so many blocks, by the bare kernel on all cores.
fn bare(blocks: u64) -> u64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let bound = move |part| blocks * part / threads;
    let count = |part| move || kernel::tally(SEED, BlockRange::new(bound(part), bound(part + 1)).unwrap());
    let parts: Vec<_> = (0..threads).map(|part| std::thread::spawn(count(part))).collect();
    parts.into_iter().map(|part| part.join().unwrap().inside).sum()
}

/// One run of a hundred: two pages, two nodes, and members that are as slow as ten blocks a second. How it went.
async fn trial(program: &std::path::Path, seed: u64, seconds: u64, blocks: u64, inside: u64) -> String {
    let mut random = StdRng::seed_from_u64(seed);
    let mut brokers = Brokers::three(program);
    let address = brokers.address();
    let others = ["--replicas", "3"];
    let mut desks: Vec<Program> = (0..3).map(|_| desk(&address, blocks, &others)).collect();
    let start_node =
        |seat: usize| Program::start(&["node", &address, "--threads", "1", "--seat", &format!("n{seat}")]);
    let mut nodes: Vec<Program> = (0..2).map(start_node).collect();
    let pages = Pages::open(2, RUN, brokers.web_socket_ports()).await;
    let mut crowd = Crowd::new(&address, RUN);
    // A page that comes back has a seat that nobody had.
    for seat in 900..900 + if pages.is_some() { 96 } else { 98 } {
        crowd.join(seat, Kind { block: Duration::from_millis(100), tells: Tells::Truth });
    }
    let begun = Instant::now();
    let (mut holes, mut killed) = (0, [0; 6]);
    while begun.elapsed() < Duration::from_secs(seconds) && !desks.iter_mut().all(Program::has_ended) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (one_in_two, one_in_three) = (random.random_range(0..2), random.random_range(0..3));
        let what = match random.random_range(0..20) {
            0 | 1 if let Some(pages) = &pages => {
                pages.kill(one_in_two);
                0
            }
            2 => {
                nodes[one_in_two].kill();
                nodes[one_in_two] = start_node(one_in_two);
                1
            }
            0..8 => {
                crowd.kill_one();
                2
            }
            8..12 => {
                desks[one_in_three].kill();
                desks[one_in_three] = desk(&address, blocks, &others);
                3
            }
            12..16 => {
                brokers.kill(one_in_three);
                4
            }
            16 | 17 => {
                drop(desk(&address, blocks, &[&others[..], &["--take-over"]].concat()));
                5
            }
            _ if holes == 0 && begun.elapsed() > Duration::from_secs(seconds / 3) => {
                holes += 1;
                tokio::task::block_in_place(|| brokers.black_hole(Duration::from_secs(20.min(seconds / 4))));
                4
            }
            _ => {
                brokers.kill_all();
                4
            }
        };
        killed[what] += 1;
    }
    let killing = begun.elapsed().as_secs_f64();
    for desk in desks {
        assert_inside(&desk.output(PATIENCE), inside);
    }
    for node in nodes {
        let output = node.output(PATIENCE);
        assert!(output.status.success(), "{}", said(&output));
    }
    assert_inside(&Program::start(&["audit", &address]).output(PATIENCE), inside);
    let mut how =
        format!("killed within {killing:.0} s (pages, nodes, members, desks, servers, rivals): {killed:?}");
    if let Some(pages) = pages {
        let (shown, counted) = pages.endings().await;
        assert!(shown.iter().all(|shown| *shown == inside.to_string()), "{shown:?}");
        how = [&*how, "; ", &counted].concat();
    }
    how
}

/// A class of a hundred fast devices, each with leases of half a million blocks, whose results are made up: through three
/// servers goes what would go for days.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes"]
async fn how_large_the_log_of_a_quadrillion_points_is() {
    let Some(program) = broker::for_a_cluster() else { return };
    let blocks = 10_000_000_000;
    let brokers = Brokers::three(&program);
    let address = brokers.address();
    let deciding = desk(&address, blocks, &["--replicas", "3"]);
    let mut crowd = Crowd::new(&address, "dartboard");
    for seat in 0..100 {
        crowd.join(seat, Kind { block: Duration::from_micros(2), tells: Tells::MadeUp });
    }
    let begun = Instant::now();
    for tenth in 1..10 {
        while crowd.counted_blocks() < blocks / 10 * tenth {
            assert!(begun.elapsed() < PATIENCE, "{} blocks are counted", crowd.counted_blocks());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        println!("at {tenth}/10 the desk has {} KB", resident_kb(deciding.id()));
    }
    let output = deciding.output(PATIENCE);
    let inside = format!("inside                          {}", Grouped(blocks * MADE_UP_INSIDE));
    assert!(output.status.success() && said(&output).contains(&inside), "{inside}: {}", said(&output));
    println!("the log has {} bytes", log_bytes(&address).await);
}

/// How large the log of the run without a name is.
async fn log_bytes(address: &str) -> u64 {
    let client = async_nats::connect(address.split(',').next().unwrap()).await.unwrap();
    let log = async_nats::jetstream::new(client).get_stream("DART_dartboard").await.unwrap();
    log.cached_info().state.bytes
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a figure"]
async fn how_long_an_answer_takes_with_a_hundred_members() {
    let Some(program) = broker::for_a_class() else { return };
    let brokers = Brokers::one(&program);
    let address = brokers.address();
    let _deciding = desk(&address, 10_000_000, &[]);
    let mut crowd = Crowd::new(&address, "dartboard");
    for seat in 0..100 {
        crowd.join(seat, Kind { block: Duration::from_millis(20), tells: Tells::Truth });
    }
    let mut probe = Probe::connect(&address, "probe").await;
    probe.answered(PATIENCE).await;
    let mut waits = Vec::new();
    for _ in 0..300 {
        waits.push(probe.answered(PATIENCE).await);
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    waits.sort();
    println!("ask to told: median {:?}, 95 % {:?}, most {:?}", waits[150], waits[285], waits[299]);
}

/// Two nodes that have each as many threads as there are cores, while somebody else wants these cores twice, too, half of the
/// time: how many blocks are counted for nothing.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes"]
async fn how_many_results_come_late_under_twofold_overload() {
    let Some(program) = broker::for_a_class() else { return };
    let brokers = Brokers::one(&program);
    let address = brokers.address();
    let blocks = blocks_in(number("DARTBOARD_SECONDS", 120));
    let target = (blocks * 100_000).to_string();
    let deciding = Program::start(&["desk", &address, "--seed", "42", "--target", &target]);
    let nodes = ["a", "b"].map(|seat| Program::start(&["node", &address, "--seat", seat]));
    let is_over = Arc::new(AtomicBool::new(false));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..2 * cores {
        let is_over = Arc::clone(&is_over);
        std::thread::spawn(move || {
            let begun = Instant::now();
            while !is_over.load(Ordering::Relaxed) {
                // It comes and goes, each time for longer than a lease takes.
                if (begun.elapsed().as_secs() / 15).is_multiple_of(2) {
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        });
    }
    let begun = Instant::now();
    let output = tokio::task::block_in_place(|| deciding.output(PATIENCE));
    is_over.store(true, Ordering::Relaxed);
    drop(nodes);
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    let late =
        said.split_once("Counts of ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok()).unwrap_or(0);
    println!("of {blocks} blocks in {:.0} s {late} were counted too late", begun.elapsed().as_secs_f64());
    assert!(late * 100 <= blocks, "{said}");
}

/// How much of all cores a node takes in a minute, which it spends in the kernel but for some messages.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a figure, of a quiet machine"]
async fn how_much_of_all_cores_a_node_uses() {
    let Some(program) = broker::for_a_class() else { return };
    let brokers = Brokers::one(&program);
    let address = brokers.address();
    let _deciding = Program::start(&["desk", &address, "--seed", "42"]);
    let node = Program::start(&["node", &address]);
    // The first leases are small.
    tokio::time::sleep(Duration::from_secs(15)).await;
    let (begun, before) = (Instant::now(), ticks(node.id()));
    tokio::time::sleep(Duration::from_secs(number("DARTBOARD_SECONDS", 60))).await;
    let used = (ticks(node.id()) - before) as f64 / 100.0;
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    println!("a node uses {:.3} of {cores} cores", used / begun.elapsed().as_secs_f64() / cores);
}

/// The processor time of a process, in hundredths of a second, as Linux tells it.
fn ticks(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // Behind the program's name, in brackets.
    let fields: Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// From the first request to the last answer of the desk, and how much memory the broker has then.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a figure"]
async fn how_long_two_hundred_take_to_join_at_once() {
    if broker::for_a_class().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page");
    fs::create_dir(&page).unwrap();
    fs::write(page.join("index.html"), "<head></head>").unwrap();
    let (port, class) = (broker::free_port().to_string(), folder.path().join("class"));
    let _hall = Program::start(&[
        "hall",
        "--code",
        "4719",
        "--port",
        &port,
        "--seats-per-address",
        "0",
        "--folder",
        class.to_str().unwrap(),
        "--page",
        page.to_str().unwrap(),
    ]);
    let configuration = class.join("nats-server.conf");
    let begun = Instant::now();
    while join(&port).await.is_none() {
        assert!(begun.elapsed() < PATIENCE, "the class did not begin");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let configuration = fs::read_to_string(configuration).unwrap();
    let broker = configuration.split('"').nth(1).unwrap().to_owned();
    let begun = Instant::now();
    let devices: Vec<_> = (0..200)
        .map(|_| {
            let (port, broker) = (port.clone(), broker.clone());
            tokio::spawn(async move {
                let (seat, password) = join(&port).await.expect("a seat");
                let mut probe = Probe::of_seat(&broker, "seed-42", &seat, &password).await;
                probe.answered(PATIENCE).await;
                probe
            })
        })
        .collect();
    let mut probes = Vec::new();
    for device in devices {
        probes.push(device.await.unwrap());
    }
    println!(
        "200 joined and were answered in {:?}; the broker has {} MB",
        begun.elapsed(),
        memory_mb("nats-server", &class)
    );
}

/// A seat of the class at `port`, by a form as a browser sends it.
async fn join(port: &str) -> Option<(String, String)> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.ok()?;
    let request = "POST /hall/join HTTP/1.0\r\nHost: class\r\nContent-Length: 9\r\n\r\ncode=4719";
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    let field = |name: &str| body.split('&').find_map(|field| Some(field.strip_prefix(name)?.to_owned()));
    Some((field("seat=")?, field("password=")?))
}

/// How much memory a process has, in KB.
fn resident_kb(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0)
}

/// How much memory the process of this name has whose arguments name `folder`, in MB.
fn memory_mb(name: &str, folder: &std::path::Path) -> u64 {
    let folder = folder.to_str().unwrap();
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let is_it = |process: &std::path::PathBuf| {
        let arguments = fs::read_to_string(process.join("cmdline")).unwrap_or_default();
        arguments.contains(name) && arguments.contains(folder) && !arguments.contains("hall\0")
    };
    let number = |process: std::path::PathBuf| process.file_name()?.to_str()?.parse().ok();
    processes.filter(is_it).find_map(number).map_or(0, resident_kb) / 1_024
}
