//! `ippo` as a process: started, asked about itself through /proc, ended. And how quickly it starts, how little it holds.

use crate::http::Visitor;
use crate::table::{Table, Target, median};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server.
pub struct Server {
    child: Child,
    pub address: String,
    /// What `ippo demo --json` said of itself.
    pub sample: Value,
    /// From `exec` to the first answered request.
    pub ready_after: Duration,
}

/// An office made with `ippo init`, on SQLite.
pub struct Installation {
    pub config: PathBuf,
    pub database: PathBuf,
}

impl Installation {
    pub fn new(ippo: &Path, folder: &Path) -> Self {
        let config = folder.join("ippo.toml");
        let made = Command::new(ippo)
            .args([
                "init",
                "--yes",
                "--office",
                "測定の窓口",
                "--jurisdiction",
                "10212",
                "--admin-login",
                "kanri",
                "--config",
            ])
            .arg(&config)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        Self {
            config,
            database: folder.join("ippo.db"),
        }
    }

    /// `ippo serve`, as it runs by default: one log line a request, here into a file.
    pub fn serve(&self, ippo: &Path) -> Server {
        let address = format!("127.0.0.1:{}", free_port());
        let log = std::fs::File::create(self.config.with_extension("log")).unwrap();
        let begun = Instant::now();
        let child = Command::new(ippo)
            .args(["serve", "--config"])
            .arg(&self.config)
            .env("IPPO_LISTEN", &address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        while TcpStream::connect(&address).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "ippo serve did not come up"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(Visitor::new(&address).get("/").status, 200);
        Server {
            child,
            address,
            sample: Value::Null,
            ready_after: begun.elapsed(),
        }
    }

    /// How many letters lie in the database.
    pub fn letters(&self) -> i64 {
        let conn = rusqlite::Connection::open(&self.database).unwrap();
        conn.query_row("SELECT COUNT(*) FROM letter", [], |row| row.get(0))
            .unwrap()
    }

    pub fn office(&self) -> i64 {
        let conn = rusqlite::Connection::open(&self.database).unwrap();
        conn.query_row("SELECT id FROM office", [], |row| row.get(0))
            .unwrap()
    }
}

impl Server {
    /// `ippo demo`, which tells the codes of its sample letters.
    pub fn demo(ippo: &Path, folder: &Path) -> Self {
        let log = std::fs::File::create(folder.join("demo.log")).unwrap();
        let begun = Instant::now();
        let mut child = Command::new(ippo)
            .args(["demo", "--json", "--listen", "127.0.0.1:0"])
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        // Keeps the pipe open and empty.
        std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(drop));
        let sample: Value = serde_json::from_str(&line).unwrap();
        let address = sample["public"]
            .as_str()
            .unwrap()
            .trim_start_matches("http://")
            .to_owned();
        assert_eq!(Visitor::new(&address).get("/").status, 200);
        Self {
            child,
            address,
            sample,
            ready_after: begun.elapsed(),
        }
    }

    /// A code of a sample letter: `long` or `spoken`.
    pub fn code(&self, letter: &str, form: &str) -> String {
        let letters = self.sample["letters"].as_array().unwrap();
        let found = letters.iter().find(|one| one["key"] == letter).unwrap();
        found[form].as_str().unwrap().to_owned()
    }

    /// User and system time that the whole process has used, in milliseconds.
    pub fn cpu_ms(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
        let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
        // Linux counts these in hundredths of a second.
        ticks * 10.0
    }

    /// Resident memory in MiB.
    pub fn resident_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<f64>()
            .unwrap()
            / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Start-up and idle memory.
pub fn start_and_memory(ippo: &Path, work: &Path, table: &mut Table) {
    let folder = work.join("start");
    std::fs::create_dir(&folder).unwrap();
    let installation = Installation::new(ippo, &folder);
    let mut starts: Vec<f64> = (0..7)
        .map(|_| installation.serve(ippo).ready_after.as_secs_f64())
        .collect();
    let slowest = starts.iter().copied().fold(0.0, f64::max);
    table.add(
        "start (`ippo serve`, to the first answered page)",
        median(&mut starts),
        "s",
        Target::AtMost(0.3),
        format!("median of 7, slowest {slowest:.3} s"),
    );
    let mut demos: Vec<f64> = (0..3)
        .map(|_| Server::demo(ippo, &folder).ready_after.as_secs_f64())
        .collect();
    table.add(
        "start of `ippo demo` (founds, enrols, writes the letters)",
        median(&mut demos),
        "s",
        Target::None,
        "median of 3",
    );
    let server = installation.serve(ippo);
    std::thread::sleep(Duration::from_secs(3));
    table.add(
        "idle memory (resident)",
        server.resident_mib(),
        "MiB",
        Target::AtMost(40.0),
        "3 s after start, one page asked for",
    );
}
