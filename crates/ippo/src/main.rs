//! `ippo`: one program, started in the role it is needed in (`ippo --help`).
//!
//! One file a command. A command reads its arguments, calls the rooms and prints; it holds no rule of the field and no
//! SQL. Everything it says to a person goes through [`failure::Failure`] (one clear sentence, exit 2 when what was
//! typed or configured is wrong, 1 when something failed) or onto standard output.
//!
//! Architecture invariants: `ippo windows`, `ippo guide` and `ippo code` need no configuration and no database; only
//! `ippo init` and `ippo demo` make a database; what a letter says is never printed or logged here.

mod audit;
mod cli;
mod code;
mod config;
mod demo;
mod failure;
mod guide;
mod import;
mod init;
mod mistyped;
mod post;
mod proxies;
mod rooms;
mod serve;
mod windows;

use clap::Parser as _;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let started = Instant::now();
    let done = match cli::Cli::try_parse() {
        Ok(cli) => cli.run(started),
        Err(error) => match mistyped::sentence(&error) {
            Some(failure) => Err(failure),
            None => error.exit(),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.say();
            ExitCode::from(failure.code())
        }
    }
}
