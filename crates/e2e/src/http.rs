//! Asking without a browser, byte for byte: headers, sizes on the wire, odd requests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What came back.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Header names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The bytes on the wire (chunks joined, still compressed).
    pub wire: Vec<u8>,
}

impl Response {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body, decompressed.
    pub fn body(&self) -> String {
        let mut bytes = Vec::new();
        if self.header("content-encoding") == Some("gzip") {
            flate2::read::GzDecoder::new(self.wire.as_slice())
                .read_to_end(&mut bytes)
                .expect("gzip");
        } else {
            bytes.clone_from(&self.wire);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// GET, as a browser that takes gzip.
pub fn get(origin: &str, path: &str) -> Response {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
        host(origin)
    );
    raw(origin, request.as_bytes())
}

/// POST of a form, as a browser on the same site.
pub fn post(origin: &str, path: &str, cookie: &str, body: &str) -> Response {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        host(origin),
        body.len()
    );
    raw(origin, request.as_bytes())
}

/// POST of JSON.
pub fn post_json(origin: &str, path: &str, body: &str) -> Response {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        host(origin),
        body.len()
    );
    raw(origin, request.as_bytes())
}

/// Any bytes at all; the connection is read to its end.
pub fn raw(origin: &str, request: &[u8]) -> Response {
    let mut stream = TcpStream::connect(host(origin)).expect("the server listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("a time limit");
    stream.write_all(request).expect("the server reads");
    let mut answer = Vec::new();
    let mut part = [0; 16 * 1024];
    while !complete(&answer) {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(length) => answer.extend_from_slice(&part[..length]),
            // A peer that was sent more than it cares to read may reset after answering: what came counts.
            Err(error) => {
                assert!(!answer.is_empty(), "the server answers: {error}");
                break;
            }
        }
    }
    let split = end_of_headers(&answer).expect("headers");
    let head = String::from_utf8_lossy(&answer[..split]).into_owned();
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|code| code.parse().ok())
        .expect("a status");
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let mut wire = answer[split + 4..].to_vec();
    if headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked")
    {
        wire = unchunked(&wire);
    }
    Response {
        status,
        headers,
        wire,
    }
}

fn host(origin: &str) -> &str {
    origin.trim_start_matches("http://")
}

fn end_of_headers(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|four| four == b"\r\n\r\n")
}

/// Whether all of a body of known length has come; ChromeDriver leaves the connection open after it.
fn complete(answer: &[u8]) -> bool {
    let Some(end) = end_of_headers(answer) else {
        return false;
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    head.lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse::<usize>().ok())
        .is_some_and(|length| answer.len() >= end + 4 + length)
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(String::from_utf8_lossy(&rest[..end]).trim(), 16)
            .expect("a chunk's size");
        if size == 0 {
            break;
        }
        out.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 2 + size + 2..];
    }
    out
}
