//! The command `hall`: a class of devices counts one run. It serves the page, starts the broker, and is the desk.
//!
//! - `door`: where browsers come in; `page`: the page's files; `web`: what they get; `web_socket`: their way to the broker;
//! - `server`: the broker, a nats-server.

use std::collections::BTreeSet;
use std::future::IntoFuture;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::serve::ListenerExt;
use clap::Args;
use dartboard_core::hall::desk::Setup;
use dartboard_core::hall::entry::RunSpec;
use dartboard_core::hall::message::{Flash, Trust};
use dartboard_core::hall::seats::{MOST_SEATS, Seats};
use dartboard_core::hall::subjects::Subjects;
use dartboard_core::qr_code;
use dartboard_core::run::config::Target;
use dartboard_core::text::Grouped;
use dartboard_points::tally::Seed;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::interval;

use crate::broker::log::Log;
use crate::broker::{Broker, BrokerError};
use crate::count::request;
use crate::desk::decide::{DeskError, News, Surroundings, decide, random};
use crate::desk::parse_trust;
use crate::shared::{self, Ended};
use door::{Door, DoorError};
use page::{Page, PageError};
use server::{Server, ServerError};
use web::{About, Hall};

mod door;
mod page;
mod server;
mod web;
mod web_socket;

/// How often it is looked whether the broker is still there.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How many flashes may wait to be shown.
const MOST_FLASHES: usize = 16;
/// The longest address of lessons elsewhere.
const MOST_ADDRESS_BYTES: usize = 200;

/// A class of devices counts one run: serves the page, starts the broker, decides.
#[derive(Debug, Args)]
#[command(after_help = shared::EXIT_CODES)]
pub struct Options {
    /// Names the run's points: 0 to 18446744073709551615
    #[arg(long, default_value = "42", value_parser = request::parse_seed)]
    seed: Seed,
    /// How many points to count: a multiple of 100,000 [default: go on until stopped]
    #[arg(long, value_name = "POINTS", value_parser = request::parse_target)]
    target: Option<Target>,
    /// Whom to believe: all; samples (some counts are done again here, and who was wrong is excluded); everything (all
    /// counts are done again here)
    #[arg(long, default_value = "samples", value_parser = parse_trust)]
    trust: Trust,
    /// How many counts in a hundred are done again with --trust samples
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=100))]
    share: u8,
    /// The port that browsers use
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// How many devices can join: 1 to 2,000
    #[arg(long, default_value_t = 300, value_parser = parse_seats)]
    seats: usize,
    /// How many devices can join from one address; 0 for no limit, such as behind a router that gives all the same one
    #[arg(long, value_name = "DEVICES", default_value_t = 8)]
    seats_per_address: usize,
    /// The code that devices join by: 4 to 8 digits [default: drawn at random]
    #[arg(long, value_parser = parse_code)]
    code: Option<String>,
    /// Where the run is kept: the class goes on with it when it is started again
    #[arg(long, value_name = "FOLDER", default_value = "dartboard-class")]
    folder: PathBuf,
    /// The page's folder, as ./run build makes it [default: the page in this program]
    #[arg(long, value_name = "FOLDER")]
    page: Option<PathBuf>,
    /// The certificate (PEM) to serve the page with TLS, at https
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// The private key (PEM) of the certificate
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// The name by which browsers find this computer, as its certificate has it [default: its address in the network]
    #[arg(long, value_name = "NAME", value_parser = parse_host)]
    host: Option<String>,
    /// The https address of a page whose lessons share memory, which this one's cannot without TLS: Lecture leads there
    #[arg(long, value_name = "ADDRESS", value_parser = parse_lessons)]
    lessons: Option<String>,
    /// The program nats-server [default: beside this program, or on the PATH]
    #[arg(long, value_name = "FILE")]
    nats_server: Option<PathBuf>,
}

/// Why there is no class.
#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Page(#[from] PageError),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error("browsers cannot be served any more: {0}")]
    Web(io::Error),
    #[error("this program cannot start its event loop: {0}")]
    Runtime(#[from] io::Error),
}

/// Carries out the command.
pub fn main(options: Options) -> ExitCode {
    shared::main(|| run(options))
}

fn run(options: Options) -> Result<Ended, Failure> {
    shared::until_stopped(hold(options))?
}

async fn hold(options: Options) -> Result<(), Failure> {
    let page = Page::open(options.page.clone())?;
    let pair = options.cert.as_deref().zip(options.key.as_deref());
    let door = Door::open(options.port, pair).await?;
    let subjects = subjects(options.seed);
    let seats = seats(&options)?;
    let passwords = [password()?, password()?, password()?];
    let about = about(&options, &subjects, &passwords[2]);
    let (program, folder) = (options.nats_server.clone(), options.folder.clone());
    let server = Server::start(program, folder, subjects.clone(), passwords, &seats).await?;
    say_how_to_join(&about.address, seats.code());
    let seats = Arc::new(Mutex::new(seats));
    let around = surroundings(&server, &subjects).await?;

    let (flash, flashes) = mpsc::channel(MOST_FLASHES);
    let (ban, banned) = mpsc::unbounded_channel();
    let hall = Hall::new(page, Arc::clone(&seats), about, server.web_sockets(), flash);
    let web = axum::serve(
        door.tap_io(|_| {}),
        web::answers(hall).into_make_service_with_connect_info::<SocketAddr>(),
    );
    let desk = decide(&around, setup(&options)?, |news| match news {
        News::Banned(seat) => drop(ban.send(seat.to_owned())),
        News::Finished { tally, .. } => eprintln!("All {} points are counted.", Grouped(tally.points)),
        News::Looked(_) | News::Opened | News::StandsBy | News::Again => {}
    });
    let keeper = Keeper { server, seats, client: around.client.clone(), subjects, banned, flashes };
    tokio::select! {
        ended = web.into_future() => ended.map_err(Failure::Web),
        ended = desk => ended.map(drop).map_err(Failure::Desk),
        ended = keeper.keep() => ended.map_err(Failure::Server),
    }
}

fn about(options: &Options, subjects: &Subjects, screen_password: &str) -> About {
    let own = own_addresses();
    About {
        run: subjects.run().to_owned(),
        address: options
            .host
            .as_deref()
            .map_or_else(|| address(&own, options), |host| located(host, options)),
        lessons: options.lessons.clone(),
        screen_password: screen_password.to_owned(),
        own,
    }
}

/// What the class's desk has around it.
async fn surroundings(server: &Server, subjects: &Subjects) -> Result<Surroundings, Failure> {
    let client = Broker::connect(&server.address("desk"), "desk").await?.client;
    let log = Broker::connect(&server.address("log"), "log").await?.client;
    Ok(Surroundings {
        client,
        log: Log::create(log, subjects, 1).await.map_err(DeskError::Log)?,
        subjects: subjects.clone(),
        threads: request::all_cores(),
        stays: true,
    })
}

/// Keeps the broker running, and does what concerns it.
struct Keeper {
    server: Server,
    seats: Arc<Mutex<Seats>>,
    client: async_nats::Client,
    subjects: Subjects,
    /// Seats that the desk has banned.
    banned: mpsc::UnboundedReceiver<String>,
    /// What devices want to have shown.
    flashes: mpsc::Receiver<Flash>,
}

impl Keeper {
    /// Until the broker cannot be kept.
    async fn keep(mut self) -> Result<(), ServerError> {
        let mut look = interval(LOOK_EVERY);
        loop {
            tokio::select! {
                Some(seat) = self.banned.recv() => self.ban(&seat)?,
                Some(flash) = self.flashes.recv() => {
                    // Pressed again if it was lost.
                    drop(self.client.publish(self.subjects.show(), flash.encode().into()).await);
                }
                _ = look.tick() => {
                    if self.server.revive().await? {
                        eprintln!("The broker had ended, and was started again.");
                    }
                }
            }
        }
    }

    fn ban(&mut self, seat: &str) -> Result<(), ServerError> {
        // Whoever panicked with them has changed nothing by halves.
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if seats.ban(seat) {
            eprintln!("{seat} is excluded, and what it alone has counted is counted again.");
            self.server.reload(&seats)?;
        }
        Ok(())
    }
}

/// The run of each seed has a log of its own.
fn subjects(seed: Seed) -> Subjects {
    // The name is made of letters, digits and a hyphen, 25 of them at most.
    Subjects::new(&format!("seed-{seed}")).unwrap_or_else(|_| unreachable!("a seed is a number"))
}

fn seats(options: &Options) -> Result<Seats, DeskError> {
    let passwords = (0..options.seats).map(|_| password()).collect::<Result<_, _>>()?;
    let code =
        options.code.clone().map_or_else(|| random().map(|number| format!("{:04}", number % 10_000)), Ok)?;
    Ok(Seats::new(passwords, code, Some(options.seats_per_address).filter(|most| *most > 0)))
}

/// 128 random bits, in letters and digits.
fn password() -> Result<String, DeskError> {
    Ok(format!("{:016x}{:016x}", random()?, random()?))
}

fn setup(options: &Options) -> Result<Setup, DeskError> {
    Ok(Setup {
        id: random()?,
        run: RunSpec { seed: options.seed, target: options.target, trust: options.trust },
        lease: Duration::from_secs(10),
        // The desk before it was this program's own.
        take_over: true,
        key: random()?,
        share_percent: options.share,
        note: String::new(),
    })
}

/// This computer's addresses.
fn own_addresses() -> BTreeSet<IpAddr> {
    if_addrs::get_if_addrs().map(|all| all.into_iter().map(|one| one.ip()).collect()).unwrap_or_default()
}

/// Where the devices of a class find this computer.
fn address(own: &BTreeSet<IpAddr>, options: &Options) -> String {
    let in_the_room = own
        .iter()
        .find(|address| matches!(address, IpAddr::V4(v4) if !v4.is_loopback() && !v4.is_link_local()));
    located(&in_the_room.map_or_else(|| "localhost".to_owned(), IpAddr::to_string), options)
}

/// The address of the page at `host`.
fn located(host: &str, options: &Options) -> String {
    let (scheme, usual) = if options.cert.is_some() { ("https", 443) } else { ("http", 80) };
    let port = if options.port == usual { String::new() } else { format!(":{}", options.port) };
    format!("{scheme}://{host}{port}/")
}

fn say_how_to_join(address: &str, code: &str) {
    let link = format!("{address}#/hall?code={code}");
    if let Some(picture) = qr_code::in_letters(&link) {
        println!("{picture}");
    }
    println!("Join:    {link}");
    println!("Screen:  {address}#/hall?screen=1  (on this computer)");
    println!("Code:    {code}");
    println!("Stop with Ctrl-C; the class goes on where it was when it is started again.");
}

fn parse_seats(text: &str) -> Result<usize, String> {
    let seats = text.parse().ok().filter(|seats| (1..=MOST_SEATS).contains(seats));
    seats.ok_or_else(|| format!("it must be a whole number from 1 to {}", Grouped(MOST_SEATS as u64)))
}

fn parse_host(text: &str) -> Result<String, String> {
    let is_host =
        !text.is_empty() && text.chars().all(|char| char.is_ascii_alphanumeric() || ".-[]:".contains(char));
    if is_host { Ok(text.to_owned()) } else { Err("it must be a name such as class.example.org".to_owned()) }
}

/// The address without what follows a `#`, in characters that stand for themselves in a page.
fn parse_lessons(text: &str) -> Result<String, String> {
    let (address, _) = text.split_once('#').unwrap_or((text, ""));
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-._~:/?[]@!$()*+,;=%".contains(char);
    let is_address = address.strip_prefix("https://").is_some_and(|rest| !rest.is_empty())
        && address.len() <= MOST_ADDRESS_BYTES
        && address.chars().all(is_plain);
    let wrong = || {
        format!(
            "it must be an address such as https://example.org/dartboard/, of {MOST_ADDRESS_BYTES} characters at most"
        )
    };
    is_address.then(|| address.to_owned()).ok_or_else(wrong)
}

fn parse_code(text: &str) -> Result<String, String> {
    let is_code = (4..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { Ok(text.to_owned()) } else { Err("it must be 4 to 8 digits".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: an address that writes into the page, or one that browsers do not trust.
    #[test]
    fn lessons_are_elsewhere_at_an_address_that_browsers_trust() {
        assert_eq!(parse_lessons("https://a.b/c/#/lecture").as_deref(), Ok("https://a.b/c/"));
        let long = format!("https://{}", "a".repeat(MOST_ADDRESS_BYTES));
        for text in ["http://a.b/", "https://", "https://a.b/\"><script>", "https://a.b/ c", "a.b", "", &long]
        {
            assert!(parse_lessons(text).is_err(), "{text}");
        }
    }
}
