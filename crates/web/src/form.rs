//! Reads whatever a browser sends as a form, and loses nothing that can be saved.
//!
//! Old phones and odd clients send forms in Shift_JIS, EUC-JP or ISO-2022-JP, with stray NULs, with `\r\n`, twice the
//! same field, or far too long. [`Form::read`] gives plain fields or a [`FormTrouble`] that carries what could be read.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8};
use futures_util::StreamExt as _;

use crate::{App, Trouble};

/// The limit for forms without long text: 64 KiB.
pub const USUAL_LIMIT: usize = 64 * 1024;
/// How much of a body that is too long is read on and thrown away, so that the browser gets to see the answer.
const POLITE: usize = 8 * 1024 * 1024;
const MOST_FIELDS: usize = 2_000;
/// RFC 2046 §5.1.1. A longer one is nobody's browser, and looking for it would cost.
const BOUNDARY_MAX: usize = 70;

/// The fields of a form, in the order sent: UTF-8, `\n` line ends, no NUL and no other control characters.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    fields: Vec<(String, String)>,
    /// Small files that came with it: name of the field, bytes. Gone when the form is put back after a sign-in.
    files: Vec<(String, Vec<u8>)>,
}

/// Without what was typed: a form may end up in a log line one day.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Form({} fields)", self.fields.len())
    }
}

/// Why a form could not be taken as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Longer than the limit.
    TooLarge,
    /// Neither of the two kinds a form comes in.
    NotAForm,
    /// The connection broke, or the multipart frame is damaged.
    Broken,
    /// Bytes that are text in no known encoding.
    Encoding,
}

/// A form that could not be taken, with what could be read of it.
#[derive(Clone, Debug)]
pub struct FormTrouble {
    /// Why.
    pub what: What,
    /// What could be read, so that a handler can show the form again with the words in it.
    pub saved: Form,
}

impl FormTrouble {
    /// The status that fits.
    pub fn status(&self) -> StatusCode {
        match self.what {
            What::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            What::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            What::Broken | What::Encoding => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<FormTrouble> for Trouble {
    fn from(trouble: FormTrouble) -> Self {
        let kept = trouble.saved.words();
        match trouble.what {
            What::TooLarge if kept.is_empty() => Self::TooLarge,
            What::NotAForm if kept.is_empty() => Self::NotAForm,
            _ => Self::Unreadable {
                status: trouble.status(),
                kept,
            },
        }
    }
}

impl IntoResponse for FormTrouble {
    fn into_response(self) -> Response {
        Trouble::from(self).into_response()
    }
}

/// `Form` as the last argument of a handler reads with [`USUAL_LIMIT`]; its troubles are calm pages.
impl FromRequest<App> for Form {
    type Rejection = FormTrouble;

    async fn from_request(request: Request, _: &App) -> Result<Self, FormTrouble> {
        Self::read(request, USUAL_LIMIT).await
    }
}

impl Form {
    /// Reads a form of at most `limit` bytes.
    pub async fn read(request: Request, limit: usize) -> Result<Self, FormTrouble> {
        let (parts, body) = request.into_parts();
        let (bytes, end) = collect(body, limit).await;
        let read = parse(&parts.headers, &bytes);
        match (end, read) {
            (None, Ok(form)) => Ok(form),
            (None, Err(trouble)) => Err(trouble),
            (Some(what), Ok(saved)) => Err(FormTrouble {
                what,
                saved: saved.without_torn_end(),
            }),
            (Some(what), Err(trouble)) => Err(FormTrouble {
                what,
                saved: trouble.saved.without_torn_end(),
            }),
        }
    }

    /// A form from pairs, for tests and for showing a form again.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self {
            fields: pairs
                .into_iter()
                .map(|(n, v)| (n.to_owned(), v.to_owned()))
                .collect(),
            files: Vec::new(),
        }
    }

    /// The file sent under this name; `None` when none was chosen.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        let found = self.files.iter().find(|(key, _)| key == name);
        found.map(|(_, bytes)| bytes.as_slice())
    }

    /// The field as sent, or empty.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }

    /// The field as one line: outer white space off, line ends as spaces. For names, codes and numbers.
    pub fn line(&self, name: &str) -> String {
        self.text(name)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The field, if it was sent at all.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values sent under one name (check boxes).
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.fields
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a check box or a button was used.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| !matches!(value, "" | "0" | "false" | "off"))
    }

    /// Whether the field came with this value among others.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|sent| sent == value)
    }

    /// All fields in the order sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What a person seems to have written themselves, to show it again when nothing else can be done. Secrets and
    /// hidden fields look different (one unbroken piece of ASCII) and stay out.
    pub fn words(&self) -> Vec<String> {
        self.fields
            .iter()
            .filter(|(name, _)| {
                !name.starts_with('_')
                    && !matches!(name.as_str(), "password" | "code" | "totp" | "secret")
            })
            .map(|(_, value)| value.trim())
            .filter(|value| value.chars().any(|c| !c.is_ascii() || c.is_whitespace()))
            .map(str::to_owned)
            .collect()
    }

    fn without_torn_end(mut self) -> Self {
        for (_, value) in &mut self.fields {
            while value.ends_with('\u{FFFD}') {
                value.pop();
            }
        }
        self
    }
}

/// Reads up to `limit` bytes; what follows is let run past for a while, so that the browser listens to the answer.
async fn collect(body: Body, limit: usize) -> (Vec<u8>, Option<What>) {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut beyond = 0;
    while let Some(chunk) = stream.next().await {
        let Ok(chunk) = chunk else {
            return (bytes, Some(What::Broken));
        };
        let fits = chunk.len().min(limit - bytes.len());
        bytes.extend_from_slice(&chunk[..fits]);
        beyond += chunk.len() - fits;
        if beyond > POLITE {
            break;
        }
    }
    (bytes, (beyond > 0).then_some(What::TooLarge))
}

fn parse(headers: &HeaderMap, bytes: &[u8]) -> Result<Form, FormTrouble> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    let essence = kind
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    let encoded = headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|v| v != "identity");
    let charset =
        parameter(kind, "charset").and_then(|label| Encoding::for_label(label.as_bytes()));
    match essence.as_str() {
        _ if encoded => Err(FormTrouble {
            what: What::NotAForm,
            saved: Form::default(),
        }),
        "application/x-www-form-urlencoded" => decode(&urlencoded(bytes), charset),
        // A browser without a content type has never been seen; a script that forgot it has.
        "" if bytes.is_empty() || bytes.contains(&b'=') => decode(&urlencoded(bytes), charset),
        "multipart/form-data" => match parameter(kind, "boundary")
            .filter(|boundary| (1..=BOUNDARY_MAX).contains(&boundary.len()))
            .map(|boundary| multipart(bytes, boundary.as_bytes()))
        {
            Some((pairs, files, true)) => {
                decode(&pairs, charset).map(|form| Form { files, ..form })
            }
            Some((pairs, _, false)) => {
                let saved = decode(&pairs, charset).unwrap_or_else(|trouble| trouble.saved);
                Err(FormTrouble {
                    what: What::Broken,
                    saved,
                })
            }
            None => Err(FormTrouble {
                what: What::Broken,
                saved: Form::default(),
            }),
        },
        "text/plain" => {
            let saved = decode(&[(Vec::new(), bytes.to_vec())], charset)
                .unwrap_or_else(|trouble| trouble.saved);
            Err(FormTrouble {
                what: What::NotAForm,
                saved,
            })
        }
        _ => Err(FormTrouble {
            what: What::NotAForm,
            saved: Form::default(),
        }),
    }
}

type RawPairs = Vec<(Vec<u8>, Vec<u8>)>;
type Files = Vec<(String, Vec<u8>)>;

fn urlencoded(bytes: &[u8]) -> RawPairs {
    let unescape = |part: &[u8]| -> Vec<u8> {
        let spaced: Vec<u8> = part
            .iter()
            .map(|b| if *b == b'+' { b' ' } else { *b })
            .collect();
        percent_encoding::percent_decode(&spaced).collect()
    };
    bytes
        .split(|b| *b == b'&')
        .filter(|pair| !pair.is_empty())
        .take(MOST_FIELDS)
        .map(|pair| {
            let cut = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
            (
                unescape(&pair[..cut]),
                unescape(pair.get(cut + 1..).unwrap_or_default()),
            )
        })
        .collect()
}

/// The text fields and the files of a multipart body, and whether its frame was whole. A file that was not chosen is
/// none.
fn multipart(bytes: &[u8], boundary: &[u8]) -> (RawPairs, Files, bool) {
    let mark = [b"--", boundary].concat();
    let mut pairs = Vec::new();
    let mut files = Vec::new();
    let Some(first) = find(bytes, &mark) else {
        return (pairs, files, bytes.is_empty());
    };
    let mut rest = &bytes[first + mark.len()..];
    loop {
        if rest.starts_with(b"--") {
            return (pairs, files, true);
        }
        if pairs.len() + files.len() >= MOST_FIELDS {
            return (pairs, files, false);
        }
        let part_mark = [b"\r\n", mark.as_slice()].concat();
        let (part, whole) = match find(rest, &part_mark) {
            Some(end) => (&rest[..end], Some(end)),
            None => (rest, None),
        };
        if let Some(body_at) = find(part, b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&part[..body_at]).into_owned();
            let disposition = head
                .lines()
                .find(|l| l.to_ascii_lowercase().starts_with("content-disposition:"));
            if let Some(line) = disposition
                && let Some(name) = parameter(line, "name")
            {
                let body = part[body_at + 4..].to_vec();
                match parameter(line, "filename") {
                    None => pairs.push((name.into_bytes(), body)),
                    Some(chosen) if chosen.is_empty() && body.is_empty() => {}
                    Some(_) => files.push((name, body)),
                }
            }
        }
        match whole {
            Some(end) => rest = &rest[end + part_mark.len()..],
            None => return (pairs, files, false),
        }
    }
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len())
        .position(|window| window == needle)
}

/// A parameter of a header line such as `multipart/form-data; boundary="x"`.
fn parameter(line: &str, name: &str) -> Option<String> {
    line.split(';').skip(1).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// Bytes to text. All fields of a form share one encoding.
fn decode(
    pairs: &[(Vec<u8>, Vec<u8>)],
    charset: Option<&'static Encoding>,
) -> Result<Form, FormTrouble> {
    let everything: Vec<u8> = pairs
        .iter()
        .flat_map(|(_, value)| value.iter().copied().chain([b'\n']))
        .collect();
    let named = pairs
        .iter()
        .find(|(name, _)| name == b"_charset_")
        .and_then(|(_, label)| Encoding::for_label(label));
    let guess = guess(&everything, named.or(charset));
    let encoding = guess.unwrap_or(UTF_8);
    let text = |bytes: &[u8]| -> String { clean(&encoding.decode_without_bom_handling(bytes).0) };
    let form = Form {
        fields: pairs
            .iter()
            .map(|(name, value)| (text(name), text(value)))
            .collect(),
        files: Vec::new(),
    };
    if guess.is_some() {
        Ok(form)
    } else {
        Err(FormTrouble {
            what: What::Encoding,
            saved: form,
        })
    }
}

fn guess(bytes: &[u8], named: Option<&'static Encoding>) -> Option<&'static Encoding> {
    let reads = |encoding: &'static Encoding| {
        encoding.decode_without_bom_handling_and_without_replacement(bytes)
    };
    if std::str::from_utf8(bytes).is_ok() {
        // ISO-2022-JP looks like ASCII with escapes.
        let seven_bit = bytes
            .windows(3)
            .any(|w| matches!(w, b"\x1b$B" | b"\x1b$@" | b"\x1b(J"));
        return Some(if seven_bit && reads(ISO_2022_JP).is_some() {
            ISO_2022_JP
        } else {
            UTF_8
        });
    }
    if let Some(named) = named.filter(|named| *named != UTF_8 && reads(named).is_some()) {
        return Some(named);
    }
    // Both old encodings often accept the other's bytes; half-width kana are the sign of the wrong one.
    [SHIFT_JIS, EUC_JP]
        .into_iter()
        .filter_map(|encoding| reads(encoding).map(|text| (oddness(&text), encoding)))
        .min_by_key(|(oddness, _)| *oddness)
        .map(|(_, encoding)| encoding)
}

fn oddness(text: &str) -> usize {
    let odd = text.chars().filter(|c| matches!(c, '\u{FF61}'..='\u{FF9F}' | '\u{E000}'..='\u{F8FF}' | '\u{80}'..='\u{9F}')).count();
    let kana = text
        .chars()
        .filter(|c| matches!(c, '\u{3040}'..='\u{30FF}'))
        .count();
    (odd * 4 + 1_000_000).saturating_sub(kana)
}

/// `\r\n` and `\r` become `\n`; control characters other than line end and tab go.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\r' => {
                if characters.peek() == Some(&'\n') {
                    characters.next();
                }
                out.push('\n');
            }
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn multipart_of(boundary: &str) -> Result<Form, FormTrouble> {
        let mut headers = HeaderMap::new();
        let kind = format!("multipart/form-data; boundary={boundary}");
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        let body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"bun\"\r\n\r\nねむれない\r\n--{boundary}--\r\n"
        );
        parse(&headers, body.as_bytes())
    }

    #[test]
    fn a_form_prints_nothing_of_what_was_typed() {
        let form = multipart_of("x").unwrap();
        assert_eq!(form.text("bun"), "ねむれない");
        assert_eq!(format!("{form:?}"), "Form(1 fields)");
    }

    #[test]
    fn a_file_is_no_field_and_one_that_was_not_chosen_is_none() {
        let mut headers = HeaderMap::new();
        let kind = "multipart/form-data; boundary=x";
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        let of = |chosen: &str, bytes: &str| {
            let body = format!(
                "--x\r\nContent-Disposition: form-data; name=\"hi\"\r\n\r\n12/29\r\n--x\r\nContent-Disposition: form-data; \
                 name=\"fairu\"; filename=\"{chosen}\"\r\nContent-Type: text/calendar\r\n\r\n{bytes}\r\n--x--\r\n"
            );
            parse(&headers, body.as_bytes()).unwrap()
        };
        let sent = of("休み.ics", "BEGIN:VCALENDAR");
        assert_eq!(
            (sent.file("fairu"), sent.get("fairu")),
            (Some(&b"BEGIN:VCALENDAR"[..]), None)
        );
        assert_eq!(sent.text("hi"), "12/29");
        assert_eq!(of("", "").file("fairu"), None);
        // A file that is empty was chosen all the same.
        assert_eq!(of("x.ics", "").file("fairu"), Some(&b""[..]));
    }

    #[test]
    fn a_boundary_longer_than_the_standard_allows_is_not_looked_for() {
        assert!(multipart_of(&"-".repeat(70)).is_ok());
        assert!(multipart_of(&"-".repeat(71)).is_err());
    }
}
