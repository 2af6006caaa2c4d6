//! `ippo demo` as a process: started on a free port, its output kept, ended with the test.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A running sample office with its own throw-away database.
pub struct Demo {
    child: Child,
    output: Arc<Mutex<String>>,
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub origin: String,
    /// What it says about itself: people, codes, the database's address.
    pub sample: Value,
    folder: tempfile::TempDir,
}

/// How one of the sample staff signs in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The name to sign in with.
    pub login: String,
    /// The password.
    pub password: String,
    /// The secret behind the six digits, base32.
    pub totp: String,
}

impl Demo {
    /// Starts one and waits until it answers.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one with more arguments.
    pub fn start_with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut child = Command::new(crate::piece("IPPO_BIN", "debug/ippo"))
            .args(["demo", "--json", "--listen", "127.0.0.1:0"])
            .args(arguments)
            // The throw-away database lands where the test can look at its bytes.
            .env("TMPDIR", folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("ippo starts");
        let output = Arc::new(Mutex::new(String::new()));
        keep(child.stdout.take().expect("piped"), &output);
        keep(child.stderr.take().expect("piped"), &output);
        let mut demo = Self {
            child,
            output,
            origin: String::new(),
            sample: Value::Null,
            folder,
        };
        let patience = Instant::now();
        while demo.sample.is_null() {
            let exited = demo.child.try_wait().expect("the process can be asked");
            assert!(
                exited.is_none() && patience.elapsed() < Duration::from_mins(1),
                "ippo demo did not come up:\n{}",
                demo.log()
            );
            // The line of JSON is printed once it listens.
            let line = demo
                .log()
                .lines()
                .find(|line| line.starts_with('{'))
                .map(str::to_owned);
            demo.sample = line.map_or(Value::Null, |line| {
                serde_json::from_str(&line).expect("JSON")
            });
            std::thread::sleep(Duration::from_millis(20));
        }
        demo.origin = demo.sample["public"]
            .as_str()
            .expect("an address")
            .to_owned();
        demo
    }

    /// Everything printed so far, on standard output and standard error.
    pub fn log(&self) -> String {
        self.output
            .lock()
            .expect("the reader did not panic")
            .clone()
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// How the sample colleague of this role signs in: `coordinator`, `supervisor`, `administrator`, `peer`.
    pub fn sign_in(&self, role: &str) -> SignIn {
        let known = self.sample["sign_ins"].as_array().expect("a list");
        let one = known
            .iter()
            .find(|one| one["role"] == role)
            .unwrap_or_else(|| panic!("no {role} in {known:?}"));
        let text = |key: &str| one[key].as_str().expect("a text").to_owned();
        SignIn {
            login: text("login"),
            password: text("password"),
            totp: text("totp"),
        }
    }

    /// The code of a sample letter: `overdue`, `answered`, `waiting`, `entered`, `risk`, `no_reply`, `closed`.
    pub fn letter(&self, key: &str) -> String {
        let known = self.sample["letters"].as_array().expect("a list");
        let one = known
            .iter()
            .find(|one| one["key"] == key)
            .unwrap_or_else(|| panic!("no letter {key} in {known:?}"));
        one["long"].as_str().expect("a text").to_owned()
    }

    /// The twelve digits of a sample booking: `seat`, `waiting`, `family`, `appointment`.
    pub fn slip(&self, key: &str) -> String {
        let known = self.sample["slips"].as_array().expect("a list");
        let one = known
            .iter()
            .find(|one| one["key"] == key)
            .unwrap_or_else(|| panic!("no booking {key} in {known:?}"));
        one["code"].as_str().expect("a text").to_owned()
    }

    /// The bytes of everything the program wrote to disk: database, write-ahead log, anything else.
    pub fn raw_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut folders: Vec<PathBuf> = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.is_file() {
                    bytes.extend(std::fs::read(path).unwrap_or_default());
                }
            }
        }
        assert!(
            !bytes.is_empty(),
            "the demo's database is not in {}",
            self.folder.path().display()
        );
        bytes
    }
}

impl SignIn {
    /// The six digits of this moment.
    pub fn code(&self) -> String {
        code_at(
            &self.totp,
            std::time::UNIX_EPOCH
                .elapsed()
                .expect("after 1970")
                .as_secs(),
        )
    }
}

fn code_at(secret: &str, seconds: u64) -> String {
    let secret = data_encoding::BASE32_NOPAD
        .decode(secret.replace([' ', '='], "").to_uppercase().as_bytes())
        .expect("base32");
    let totp = totp_rs::Builder::new()
        .with_secret(secret)
        .with_step_duration(30)
        .build()
        .expect("a secret of at least 128 bits");
    totp.generate(seconds).to_string()
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!(
                "--- the last that ippo demo printed ---\n{}",
                lines[lines.len().saturating_sub(20)..].join("\n")
            );
        }
    }
}

fn keep(pipe: impl Read + Send + 'static, output: &Arc<Mutex<String>>) {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut output = output.lock().expect("nobody panics with it");
            output.push_str(&line);
            output.push('\n');
        }
    });
}
