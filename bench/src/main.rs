//! What the program costs on this machine: `bench/run`.
//!
//! Everything is measured in one run and judged as a ratio to something measured in the same run (nginx with the same
//! bytes, SQLite with one bare row), or as the server's own CPU time: other machines are faster or slower, the ratios
//! stay. Loads are bounded; only processes that were started here are ended; everything lies in one folder.

// A measurement that cannot go on has one good answer: stop and say why.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod casework;
mod flood;
mod http;
mod letters;
mod pages;
mod server;
mod table;
mod visits;
mod wrk;

use std::path::PathBuf;
use table::Table;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: bench IPPO FOLDER [SECONDS [start|pages|letters|visits|flood|casework|casework100 …]] (bench/run does it all)";
    let ippo = PathBuf::from(arguments.next().expect(usage));
    let folder = PathBuf::from(arguments.next().expect(usage));
    let seconds: u64 = arguments
        .next()
        .map_or(4, |text| text.parse().expect(usage));
    let work = tempfile::Builder::new()
        .prefix("work-")
        .tempdir_in(&folder)
        .unwrap();

    let parts: Vec<String> = arguments.collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|one| one == part);
    let mut table = Table::default();
    if wanted("start") {
        server::start_and_memory(&ippo, work.path(), &mut table);
    }
    if wanted("pages") {
        pages::against_nginx(&ippo, work.path(), seconds, &mut table);
    }
    if wanted("letters") {
        letters::against_bare_sqlite(&ippo, work.path(), seconds, &mut table);
    }
    if wanted("visits") {
        visits::by_code(&ippo, work.path(), &mut table);
    }
    if wanted("flood") {
        flood::of_wrong_codes(&ippo, work.path(), &mut table);
    }

    let postgres = std::env::var("BENCH_PG").ok();
    let postgres = postgres.as_deref();
    // Slow to build: asked for by name only; `casework100` goes up to 200,000 contacts.
    if parts.iter().any(|one| one == "casework100") {
        casework::as_records_grow(&work.path().join("records"), 100, postgres, &mut table);
    } else if parts.iter().any(|one| one == "casework") {
        casework::as_records_grow(&work.path().join("records"), 10, postgres, &mut table);
    }

    let text = table.markdown();
    println!("\n{text}");
    std::fs::write(folder.join("latest.md"), text).unwrap();
    if table.fell_short() {
        println!("Some figures fall short of their target.");
    }
}
