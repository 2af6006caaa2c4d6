//! A real mail server (Exim) that delivers into mailboxes of a temporary folder, for tests of what leaves the house.
//!
//! It runs as whoever runs the tests and reads nothing outside its folder. `scripts/test` installs it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// So long a server may take to start, or a message to lie in its box.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mail server for `example.jp`: there are `mikan`, `ringo`, `yuzu` and `kaki`; nobody is at `inai`, and `matsu` is
/// never ready.
pub struct MailServer {
    folder: tempfile::TempDir,
    port: u16,
    running: Option<Child>,
}

/// The account that Debian's package makes; root hands over to it.
const ACCOUNT: &str = "Debian-exim";

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    folders
        .iter()
        .flat_map(|folder| [folder.join("exim4"), folder.join("exim")])
        .find(|file| file.is_file())
        .expect("no mail server: install the package exim4-daemon-light (scripts/test does it)")
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.starts_with(b"0\n"))
}

impl MailServer {
    /// A server that is not running yet; its port is chosen.
    pub fn not_yet() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("ippo-mail-")
            .tempdir_in("/tmp")
            .expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let server = Self {
            folder,
            port,
            running: None,
        };
        server.configure();
        server
    }

    /// A server that runs.
    pub fn start() -> Self {
        let mut server = Self::not_yet();
        server.run();
        server
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn configure(&self) {
        let base = self.path().display();
        let account = if is_root() {
            format!("exim_user = {ACCOUNT}\nexim_group = {ACCOUNT}\n")
        } else {
            String::new()
        };
        let text = format!(
            "{account}primary_hostname = mail.example.jp\n\
             spool_directory = {base}/spool\n\
             log_file_path = {base}/log-%s\n\
             pid_file_path = {base}/pid\n\
             local_interfaces = 127.0.0.1\n\
             daemon_smtp_ports = {port}\n\
             deliver_drop_privilege = true\n\
             keep_environment =\n\
             rfc1413_hosts =\n\
             host_lookup =\n\
             acl_smtp_rcpt = asked\n\
             acl_smtp_data = accept\n\
             begin acl\n\
             asked:\n\
             \x20 deny local_parts = inai\n\
             \x20 defer local_parts = matsu\n\
             \x20 accept domains = example.jp\n\
             begin routers\n\
             here:\n\
             \x20 driver = accept\n\
             \x20 local_parts = mikan : ringo : yuzu : kaki\n\
             \x20 transport = box\n\
             begin transports\n\
             box:\n\
             \x20 driver = appendfile\n\
             \x20 directory = {base}/box/$local_part_data\n\
             \x20 maildir_format\n\
             \x20 create_directory\n\
             \x20 delivery_date_add\n\
             begin authenticators\n\
             login:\n\
             \x20 driver = plaintext\n\
             \x20 public_name = PLAIN\n\
             \x20 server_condition = ${{if and{{{{eq{{$auth2}}{{ippo}}}}{{eq{{$auth3}}{{himitsu}}}}}}}}\n\
             \x20 server_advertise_condition = true\n",
            port = self.port,
        );
        fs::write(self.path().join("exim.conf"), text).expect("its configuration");
        for folder in ["spool", "box"] {
            fs::create_dir(self.path().join(folder)).expect("its folders");
        }
        if is_root() {
            let chown = Command::new("chown")
                .args(["-R", &format!("{ACCOUNT}:{ACCOUNT}")])
                .arg(self.path().join("spool"))
                .arg(self.path().join("box"))
                .arg(self.path())
                .status();
            assert!(chown.is_ok_and(|done| done.success()), "chown");
            // Read by root, so it must be root's.
            let chown = Command::new("chown")
                .arg("root:root")
                .arg(self.path().join("exim.conf"))
                .status();
            assert!(chown.is_ok_and(|done| done.success()), "chown");
        }
    }

    /// Starts it, and waits until it answers.
    pub fn run(&mut self) {
        let child = Command::new(program())
            .arg("-C")
            .arg(self.path().join("exim.conf"))
            .arg("-bdf")
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.path().join("said")).expect("a file"))
            .spawn()
            .expect("the mail server");
        self.running = Some(child);
        let until = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                Instant::now() < until,
                "the mail server does not answer: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// What the server says of itself.
    pub fn log(&self) -> String {
        ["said", "log-main", "log-panic"]
            .iter()
            .filter_map(|name| fs::read_to_string(self.path().join(name)).ok())
            .collect()
    }

    /// What lies in somebody's box at this moment, each message whole.
    pub fn letters(&self, to: &str) -> Vec<String> {
        let Ok(new) = fs::read_dir(self.path().join("box").join(to).join("new")) else {
            return Vec::new();
        };
        new.filter_map(|file| fs::read_to_string(file.ok()?.path()).ok())
            .collect()
    }

    /// What lies in somebody's box once there are so many.
    pub fn letters_once_there_are(&self, number: usize, to: &str) -> Vec<String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let letters = self.letters(to);
            if letters.len() >= number {
                return letters;
            }
            assert!(
                Instant::now() < until,
                "{} of {number} letters: {}",
                letters.len(),
                self.log()
            );
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
