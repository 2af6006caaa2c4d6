//! A flood of wrong codes must not slow a right one by more than twice.

use crate::http::Visitor;
use crate::server::Server;
use crate::table::{Table, Target, median};
use crate::visits::visit;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use vault::code::{Locator, SpokenSecret, spoken_form};

/// How many connections try codes without a pause.
const INTRUDERS: usize = 200;
const VISITS: usize = 41;

/// Right visits in quiet and in the flood.
pub fn of_wrong_codes(ippo: &Path, work: &Path, table: &mut Table) {
    let folder = work.join("flood");
    std::fs::create_dir(&folder).unwrap();
    let server = Server::demo(ippo, &folder);
    // Half of the wrong codes are aimed at a letter that is there: the dearest kind.
    let aimed: String = server
        .code("waiting", "spoken")
        .chars()
        .filter(char::is_ascii_digit)
        .take(6)
        .collect();
    let aimed = Locator::from_number(aimed.parse().unwrap()).unwrap();
    let quiet = ["long", "spoken"].map(|form| latency(&server, form));
    let flood = Flood::begin(&server.address, aimed);
    std::thread::sleep(Duration::from_secs(2));
    let loud = ["long", "spoken"].map(|form| latency(&server, form));
    let tried = flood.end();
    for (at, what) in ["long", "spoken"].into_iter().enumerate() {
        table.add(
            format!("right {what} code in a flood of wrong ones ÷ in quiet"),
            loud[at] / quiet[at],
            "×",
            Target::AtMost(2.0),
            format!("median {:.1} ms against {:.1} ms; {tried:.0} wrong codes/s over {INTRUDERS} connections", loud[at], quiet[at]),
        );
    }
}

fn latency(server: &Server, form: &str) -> f64 {
    let code = server.code("waiting", form);
    let mut visitor = Visitor::new(&server.address);
    visit(&mut visitor, &code);
    let mut times: Vec<f64> = (0..VISITS)
        .map(|_| {
            let begun = Instant::now();
            visit(&mut visitor, &code);
            let time = begun.elapsed().as_secs_f64() * 1000.0;
            std::thread::sleep(Duration::from_millis(20));
            time
        })
        .collect();
    median(&mut times)
}

struct Flood {
    stop: Arc<AtomicBool>,
    tried: Arc<AtomicU64>,
    begun: Instant,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Flood {
    fn begin(address: &str, aimed: Locator) -> Self {
        let (stop, tried) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let threads = (0..INTRUDERS)
            .map(|number| {
                let (address, stop, tried) =
                    (address.to_owned(), Arc::clone(&stop), Arc::clone(&tried));
                std::thread::spawn(move || {
                    let mut intruder = Visitor::new(&address);
                    while !stop.load(Ordering::Relaxed) {
                        let locator = if number % 2 == 0 {
                            aimed
                        } else {
                            Locator::random()
                        };
                        let answer = intruder.post("/tegami/hiraku", &[("ban", &wrong(locator))]);
                        assert_eq!(answer.status, 422);
                        tried.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        Self {
            stop,
            tried,
            begun: Instant::now(),
            threads,
        }
    }

    /// Wrong codes a second.
    fn end(self) -> f64 {
        let rate = self.tried.load(Ordering::Relaxed) as f64 / self.begun.elapsed().as_secs_f64();
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
        rate
    }
}

/// Digits with right check digits: what somebody who knows the form would try.
fn wrong(locator: Locator) -> String {
    let bytes: [u8; 8] = vault::random();
    let digits = format!(
        "{:018}",
        u64::from_be_bytes(bytes) % 1_000_000_000_000_000_000
    );
    spoken_form(locator, &SpokenSecret::from_digits(&digits).unwrap()).to_string()
}
