//! What takes long, run by `./run bench hall`: figures, and kills for minutes.

use std::env;
use std::fs;
use std::time::{Duration, Instant};

use dartboard_core::text::Grouped;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::broker::{self, Brokers};
use crate::crowd::{Crowd, Kind, MADE_UP_INSIDE, Probe, Tells};
use crate::desks::{Program, desk, said};
use crate::shared_runs::assert_total;

const PATIENCE: Duration = Duration::from_secs(600);

/// A number from the environment, or what holds where nothing is said.
fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

// Each second one part dies, for as long as DARTBOARD_SECONDS says, once for each of DARTBOARD_SEEDS.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes for each seed"]
async fn whatever_is_killed_for_two_minutes_the_total_is_the_kernels() {
    let Some(program) = broker::for_a_cluster() else { return };
    let seconds = number("DARTBOARD_SECONDS", 120);
    for seed in 0..number("DARTBOARD_SEEDS", 20) {
        let begun = Instant::now();
        let counted = trial(&program, seed, seconds).await;
        println!(
            "seed {seed}: equal after {:.0} s; {counted} blocks counted in all",
            begun.elapsed().as_secs_f64()
        );
    }
}

/// One run, of about as many blocks as are counted in `seconds`: how many were counted, also for nothing.
async fn trial(program: &std::path::Path, seed: u64, seconds: u64) -> u64 {
    let mut random = StdRng::seed_from_u64(seed);
    // A hundred members of ten blocks a second, and two nodes.
    let blocks = 600 * seconds;
    let mut brokers = Brokers::three(program);
    let address = brokers.address();
    let others = ["--replicas", "3"];
    let mut desks: Vec<Program> = (0..3).map(|_| desk(&address, blocks, &others)).collect();
    let start_node =
        |seat: usize| Program::start(&["node", &address, "--threads", "1", "--seat", &format!("n{seat}")]);
    let mut nodes: Vec<Program> = Vec::new();
    let mut crowd = Crowd::new(&address, "dartboard");
    for seat in 0..100 {
        crowd.join(seat, Kind { block: Duration::from_millis(100), tells: Tells::Truth });
    }
    let begun = Instant::now();
    let mut holes = 0;
    while begun.elapsed() < Duration::from_secs(seconds) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let one_in_three = random.random_range(0..3);
        match random.random_range(0..10) {
            0..4 => crowd.kill_one(),
            4..6 => {
                desks[one_in_three].kill();
                desks[one_in_three] = desk(&address, blocks, &others);
            }
            6..8 => brokers.kill(one_in_three),
            8 => drop(desk(&address, blocks, &[&others[..], &["--take-over"]].concat())),
            _ if holes == 0 && begun.elapsed() > Duration::from_secs(seconds / 3) => {
                holes += 1;
                tokio::task::block_in_place(|| brokers.black_hole(Duration::from_secs(20.min(seconds / 4))));
            }
            _ => brokers.kill_all(),
        }
    }
    // Two with the real kernel's speed, which bring the rest to its end.
    nodes.extend((0..2).map(start_node));
    for desk in desks {
        assert_total(&desk.output(PATIENCE), blocks);
    }
    for node in nodes {
        let output = node.output(PATIENCE);
        assert!(output.status.success(), "{}", said(&output));
    }
    assert_total(&Program::start(&["audit", &address]).output(PATIENCE), blocks);
    crowd.counted_blocks()
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

/// Two nodes that have each as many threads as there are cores, while somebody else has these cores, too, from one moment on: how
/// many of their blocks are counted for nothing.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes"]
async fn how_many_results_come_late_under_twofold_overload() {
    let Some(program) = broker::for_a_class() else { return };
    let brokers = Brokers::one(&program);
    let address = brokers.address();
    let blocks = 4_000_000;
    let deciding =
        Program::start(&["desk", &address, "--seed", "42", "--target", &format!("{}", blocks * 100_000)]);
    let mut nodes: Vec<Program> =
        ["a", "b"].map(|seat| Program::start(&["node", &address, "--seat", seat])).into();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let others = (0..2 * cores).map(|_| {
        // Somebody else, who comes and goes.
        std::thread::spawn(|| {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(120) {
                let round = Instant::now();
                while round.elapsed() < Duration::from_secs(15) {
                    std::hint::spin_loop();
                }
                std::thread::sleep(Duration::from_secs(15));
            }
        })
    });
    let others: Vec<_> = others.collect();
    let output = tokio::task::block_in_place(|| deciding.output(PATIENCE));
    println!("of {blocks} blocks: {}", said(&output));
    drop((nodes.drain(..), others));
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
