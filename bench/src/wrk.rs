//! wrk, the load generator, and nginx, the yardstick: both as processes of our own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// One load: 32 connections from one thread.
pub struct Load<'a> {
    pub address: &'a str,
    pub path: &'a str,
    pub headers: Vec<String>,
    pub script: Option<PathBuf>,
    pub seconds: u64,
}

/// What wrk counted.
pub struct Counted {
    pub per_second: f64,
    pub requests: i64,
}

impl Load<'_> {
    pub fn run(&self) -> Counted {
        let mut command = Command::new("wrk");
        command.args([
            "-t1",
            "-c32",
            "--timeout",
            "10s",
            "-d",
            &format!("{}s", self.seconds),
        ]);
        for header in &self.headers {
            command.args(["-H", header]);
        }
        if let Some(script) = &self.script {
            command.arg("-s").arg(script);
        }
        let output = command
            .arg(format!("http://{}{}", self.address, self.path))
            .output()
            .expect("wrk is installed");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            !text.contains("Non-2xx") && !text.contains("Socket errors"),
            "{text}"
        );
        let after = |label: &str| {
            text.split(label)
                .nth(1)
                .and_then(|rest| rest.split_whitespace().next())
                .map(str::to_owned)
        };
        let requests = text
            .lines()
            .find(|line| line.contains(" requests in "))
            .and_then(|line| line.split_whitespace().next());
        Counted {
            per_second: after("Requests/sec:")
                .and_then(|number| number.parse().ok())
                .unwrap_or_else(|| panic!("{text}")),
            requests: requests.unwrap().parse().unwrap(),
        }
    }
}

/// nginx without an access log, serving one folder.
pub struct Nginx {
    child: Child,
    pub address: String,
}

impl Nginx {
    /// With this many workers: a number, or `auto` for one a core.
    pub fn start(folder: &Path, workers: &str) -> Self {
        let address = format!("127.0.0.1:{}", crate::server::free_port());
        let temporary: Vec<String> = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|name| format!("{name}_temp_path {}/{name};", folder.display()))
            .collect();
        let config = format!(
            "worker_processes {workers}; daemon off; pid {0}/pid; error_log {0}/error.log;\n{user}\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; {temporary}\n\
             types {{ text/html html; }} server {{ listen {address}; root {0}/www;\n\
             location ~ gz {{ default_type text/html; add_header Content-Encoding gzip; }} }} }}\n",
            folder.display(),
            user = if is_root() { "user root;" } else { "" },
            temporary = temporary.join(" ")
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, config).unwrap();
        let nginx = Command::new("nginx")
            .arg("-c")
            .arg(&file)
            .arg("-p")
            .arg(folder)
            .arg("-e")
            .arg(folder.join("error.log"))
            .stdin(Stdio::null())
            .spawn()
            .expect("nginx is installed");
        let nginx = Self {
            child: nginx,
            address,
        };
        for _ in 0..500 {
            if std::net::TcpStream::connect(&nginx.address).is_ok() {
                return nginx;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!(
            "nginx did not come up: {}",
            std::fs::read_to_string(folder.join("error.log")).unwrap_or_default()
        );
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}
