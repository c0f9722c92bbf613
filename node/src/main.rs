//! The program `dartboard`: reads its arguments and carries out one command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use dartboard_node::{audit, count, desk, hall, node};

/// Estimates π with random points, on all cores. The same seed and target give the same result as the page.
#[derive(Debug, Parser)]
#[command(name = "dartboard", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
enum Command {
    Count(count::Options),
    Node(node::Options),
    Desk(desk::Options),
    Audit(audit::Options),
    Hall(hall::Options),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Count(options) => count::main(options),
        Command::Node(options) => node::main(options),
        Command::Desk(options) => desk::main(options),
        Command::Audit(options) => audit::main(&options),
        Command::Hall(options) => hall::main(options),
    }
}
