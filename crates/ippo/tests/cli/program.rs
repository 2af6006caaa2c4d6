//! A small language for starting the program: `Ippo::new().arg("windows").run().ends_with(2)`.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// A command about to be started in a folder of its own.
pub struct Ippo {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    input: Vec<u8>,
    folder: tempfile::TempDir,
}

/// What came of it.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ippo {
    pub fn new(line: &str) -> Self {
        Self {
            arguments: line.split_whitespace().map(str::to_owned).collect(),
            environment: Vec::new(),
            input: Vec::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// One argument that may hold spaces.
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub fn config(self, path: &Path) -> Self {
        self.arg("--config").arg(path.to_str().unwrap())
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ippo"));
        command
            .args(&self.arguments)
            .current_dir(self.folder.path())
            .env_remove("IPPO_DATABASE")
            .env_remove("IPPO_LISTEN")
            .env_remove("IPPO_LOG")
            .env("TMPDIR", self.folder.path())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    pub fn run(self) -> Ended {
        let mut child = self.command().spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = self.input.clone();
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ended {
            code: output.status.code().expect("it ended by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a server and waits until standard output or standard error says `ready`.
    pub fn start(self, ready: &str) -> Running {
        let mut child = self.command().spawn().unwrap();
        let (lines, said) = mpsc::channel();
        for pipe in [
            Box::new(child.stdout.take().unwrap()) as Box<dyn Read + Send>,
            Box::new(child.stderr.take().unwrap()),
        ] {
            let lines = lines.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    let _ = lines.send(line);
                }
            });
        }
        let mut running = Running {
            child,
            said,
            heard: Vec::new(),
            folder: self.folder,
        };
        running.wait_for(ready);
        running
    }
}

impl Ended {
    /// Checks the exit code and gives itself back for more questions.
    pub fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// One sentence on standard error that names this.
    pub fn one_sentence_about(&self, words: &str) {
        let sentence = self.err.trim_end();
        assert!(sentence.contains(words), "{self:#?}");
        assert!(
            sentence.starts_with("ippo: ") && sentence.ends_with('。'),
            "{self:#?}"
        );
        assert_eq!(sentence.lines().count(), 1, "{self:#?}");
    }
}

/// A server at work.
pub struct Running {
    child: Child,
    said: mpsc::Receiver<String>,
    pub heard: Vec<String>,
    pub folder: tempfile::TempDir,
}

impl Running {
    pub fn wait_for(&mut self, words: &str) -> String {
        loop {
            match self.said.recv_timeout(Duration::from_secs(30)) {
                Ok(line) => {
                    self.heard.push(line.clone());
                    if line.contains(words) {
                        return line;
                    }
                }
                Err(mpsc::RecvTimeoutError::Timeout | mpsc::RecvTimeoutError::Disconnected) => {
                    panic!("it never said {words:?}: {:#?}", self.heard)
                }
            }
        }
    }

    /// `127.0.0.1:PORT`, from the first line that has one.
    pub fn address(&self) -> String {
        let line = self
            .heard
            .iter()
            .find(|line| line.contains("127.0.0.1:"))
            .unwrap();
        let from = line.find("127.0.0.1:").unwrap();
        let digits = line[from + 10..]
            .chars()
            .take_while(char::is_ascii_digit)
            .count();
        line[from..from + 10 + digits].to_owned()
    }

    /// Asks for a page and gives status line, headers and body.
    pub fn get(&self, path: &str) -> String {
        let mut stream = std::net::TcpStream::connect(self.address()).unwrap();
        let host = self.address();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// SIGTERM, as systemd sends it; the exit code.
    pub fn stop(mut self) -> (i32, tempfile::TempDir) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        let code = self
            .child
            .wait()
            .unwrap()
            .code()
            .expect("it ended by itself");
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        (code, folder)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
