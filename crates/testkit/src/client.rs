//! A visitor without a browser: asks the router directly, keeps cookies, follows redirects, fills in forms.
//!
//! ```text
//! let mut visitor = Client::new(web::router(app));
//! let page = visitor.get("/tegami").await;
//! let page = visitor.submit(page.form_with_button("送る").fill("body", "こんにちは")).await;
//! assert!(page.says("お預かりしました"));
//! ```

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::html::{self, Form};

/// A visitor: one browser with its cookies, at one address.
#[derive(Clone)]
pub struct Client {
    router: axum::Router,
    /// Scheme and host as the browser sees them.
    pub origin: String,
    /// Where the visitor's packets come from.
    pub address: SocketAddr,
    /// The cookies kept so far: name and value.
    pub cookies: Vec<(String, String)>,
    /// Headers sent with every request, e.g. `accept-language`.
    pub headers: HeaderMap,
    /// Every address asked for, in order; for "nothing typed turns up in an address".
    pub visited: Vec<String>,
}

/// What came back, after redirects.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status of the last response.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub bytes: Vec<u8>,
    /// The path and query that answered.
    pub path: String,
}

/// A form being filled in.
#[derive(Debug, Clone)]
pub struct Filling {
    form: Form,
    page: String,
    action: Option<String>,
}

impl Client {
    /// A fresh visitor at `http://localhost`.
    pub fn new(router: axum::Router) -> Self {
        Self {
            router,
            origin: "http://localhost".to_owned(),
            address: SocketAddr::from(([192, 0, 2, 7], 50_000)),
            cookies: Vec::new(),
            headers: HeaderMap::new(),
            visited: Vec::new(),
        }
    }

    /// The same router, seen by somebody else: no cookies, another address.
    #[must_use]
    pub fn somebody_else(&self) -> Self {
        let mut other = Self::new(self.router.clone());
        other.origin.clone_from(&self.origin);
        other.address = SocketAddr::from(([198, 51, 100, 23], 50_001));
        other
    }

    /// Opens a page and follows redirects.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.follow(Method::GET, path.to_owned(), None).await
    }

    /// Sends a form of these fields and follows redirects.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.follow(Method::POST, path.to_owned(), Some(body)).await
    }

    /// Sends a filled form as a browser would.
    pub async fn submit(&mut self, filling: &Filling) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&filling.form.values)
            .finish();
        let action = filling.action.as_ref().unwrap_or(&filling.form.action);
        let path = resolve(&filling.page, action);
        if filling.form.method == "post" {
            self.follow(Method::POST, path, Some(body)).await
        } else {
            let path = path.split('?').next().unwrap_or_default().to_owned();
            self.follow(Method::GET, format!("{path}?{body}"), None)
                .await
        }
    }

    async fn follow(&mut self, method: Method, path: String, body: Option<String>) -> Answer {
        let (mut method, mut path, mut body) = (method, path, body);
        for _ in 0..10 {
            let answer = self.once(method.clone(), &path, body.clone()).await;
            let Some(next) = answer.redirect() else {
                return answer;
            };
            path = resolve(
                &path,
                next.strip_prefix(self.origin.as_str()).unwrap_or(&next),
            );
            if !matches!(answer.status.as_u16(), 307 | 308) {
                (method, body) = (Method::GET, None);
            }
        }
        panic!("more than ten redirects, last to {path}");
    }

    /// One request, one response; redirects are not followed.
    pub async fn once(&mut self, method: Method, path: &str, body: Option<String>) -> Answer {
        let mut request = Request::builder().method(&method).uri(path);
        if method != Method::GET {
            request = request
                .header(header::ORIGIN, &self.origin)
                .header("sec-fetch-site", "same-origin");
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let body = body.map_or_else(Body::empty, Body::from);
        self.send(request.body(body).unwrap()).await
    }

    /// Any request at all; this client adds its host, cookies, headers and address.
    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let path = request.uri().to_string();
        self.visited.push(path.clone());
        let host = self
            .origin
            .split("://")
            .nth(1)
            .unwrap_or_default()
            .to_owned();
        let headers = request.headers_mut();
        headers.entry(header::HOST).or_insert(host.parse().unwrap());
        if !self.cookies.is_empty() {
            let jar: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            headers
                .entry(header::COOKIE)
                .or_insert(jar.join("; ").parse().unwrap());
        }
        for (name, value) in &self.headers {
            headers.entry(name).or_insert(value.clone());
        }
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
            path,
        }
    }

    fn keep(&mut self, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let gone = parts.any(|attribute| {
            let attribute = attribute.to_ascii_lowercase();
            attribute == "max-age=0" || attribute.contains("01 jan 1970")
        });
        self.cookies.retain(|(kept, _)| kept != name);
        if !gone {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The value of a kept cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies
            .iter()
            .find(|(kept, _)| kept == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Answer {
    /// The body as text.
    pub fn html(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The words a person sees.
    pub fn text(&self) -> String {
        html::text(&self.html())
    }

    /// Whether a person sees these words (white space does not count).
    pub fn says(&self, words: &str) -> bool {
        let tight = |text: &str| text.split_whitespace().collect::<String>();
        tight(&self.text()).contains(&tight(words))
    }

    /// Fails, showing the page, unless it says these words.
    #[track_caller]
    pub fn assert_says(&self, words: &str) {
        assert!(
            self.says(words),
            "{} ({}) does not say {words:?}:\n{}",
            self.path,
            self.status,
            self.text()
        );
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn redirect(&self) -> Option<String> {
        if !self.status.is_redirection() {
            return None;
        }
        self.header("location").map(str::to_owned)
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// All links: address and words.
    pub fn links(&self) -> Vec<(String, String)> {
        html::links(&self.html())
    }

    /// The address behind a link that says these words.
    #[track_caller]
    pub fn link(&self, words: &str) -> String {
        self.links()
            .into_iter()
            .find(|(_, label)| label.contains(words))
            .map_or_else(
                || panic!("{} has no link {words:?}:\n{}", self.path, self.text()),
                |(href, _)| resolve(&self.path, &href),
            )
    }

    /// The form with a button that reads so; pressing that button is how it will be sent.
    #[track_caller]
    pub fn form_with_button(&self, label: &str) -> Filling {
        for mut form in html::forms(&self.html()) {
            let Some(button) = form
                .buttons
                .iter()
                .find(|button| button.label.contains(label))
                .cloned()
            else {
                continue;
            };
            if !button.name.is_empty() {
                form.values.push((button.name, button.value));
            }
            return Filling {
                form,
                page: self.path.clone(),
                action: button.action,
            };
        }
        panic!(
            "{} ({}) has no form with a button {label:?}:\n{}",
            self.path,
            self.status,
            self.text()
        );
    }

    /// The form that is sent to this path; no button is pressed.
    #[track_caller]
    pub fn form_to(&self, action: &str) -> Filling {
        html::forms(&self.html())
            .into_iter()
            .find(|form| form.action == action || (form.action.is_empty() && self.path == action))
            .map_or_else(
                || {
                    panic!(
                        "{} ({}) has no form to {action:?}:\n{}",
                        self.path,
                        self.status,
                        self.text()
                    )
                },
                |form| Filling {
                    form,
                    page: self.path.clone(),
                    action: None,
                },
            )
    }
}

impl Filling {
    /// Puts a value into a control that the form has.
    #[must_use]
    #[track_caller]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        assert!(
            self.form.names.iter().any(|known| known == name),
            "the form has no field {name:?}: {:?}",
            self.form.names
        );
        let offered: Vec<&str> = self
            .form
            .choices
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, choice)| choice.as_str())
            .collect();
        assert!(
            offered.is_empty() || offered.contains(&value),
            "{name:?} offers {offered:?}, not {value:?}"
        );
        self.form.values.retain(|(known, _)| known != name);
        self.form.values.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Ticks one more box of this name.
    #[must_use]
    #[track_caller]
    pub fn tick(mut self, name: &str, value: &str) -> Self {
        let choice = (name.to_owned(), value.to_owned());
        assert!(
            self.form.choices.contains(&choice),
            "the form has no box {name}={value}: {:?}",
            self.form.choices
        );
        if !self.form.values.contains(&choice) {
            self.form.values.push(choice);
        }
        self
    }

    /// Sets a value whether or not the form has such a control: an odd form, sent by hand.
    #[must_use]
    pub fn force(mut self, name: &str, value: &str) -> Self {
        self.form.values.retain(|(known, _)| known != name);
        self.form.values.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What will be sent for a name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.form
            .values
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// An address relative to a page: enough for our own (absolute paths, `?query`, empty, siblings).
fn resolve(page: &str, href: &str) -> String {
    let href = href.split('#').next().unwrap_or_default();
    let path = page.split('?').next().unwrap_or_default();
    if href.is_empty() {
        page.to_owned()
    } else if href.starts_with('/') {
        href.to_owned()
    } else if href.starts_with('?') {
        format!("{path}{href}")
    } else {
        let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
        format!("{folder}{href}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::Form as Sent;
    use axum::response::{Html, IntoResponse, Redirect};
    use axum::routing::get;

    fn router() -> axum::Router {
        let page = r#"<form method="post"><input type="hidden" name="t" value="1"><textarea name="body"></textarea>
                      <button name="go" value="yes">送る</button></form>"#;
        axum::Router::new()
            .route(
                "/write",
                get(move || async move { Html(page) }).post(
                    |Sent(sent): Sent<Vec<(String, String)>>| async move {
                        (
                            [("set-cookie", format!("seen={}; Path=/", sent.len()))],
                            Redirect::to("/done"),
                        )
                            .into_response()
                    },
                ),
            )
            .route(
                "/done",
                get(|headers: HeaderMap| async move {
                    Html(format!(
                        "<p>できました {}</p>",
                        headers
                            .get("cookie")
                            .map_or("", |jar| jar.to_str().unwrap_or(""))
                    ))
                }),
            )
    }

    #[tokio::test]
    async fn a_form_is_filled_sent_and_the_redirect_followed_with_the_cookie() {
        let mut visitor = Client::new(router());
        let page = visitor.get("/write").await;
        let page = visitor
            .submit(&page.form_with_button("送る").fill("body", "こんにちは"))
            .await;
        page.assert_says("できました seen=3");
        assert_eq!(visitor.visited, ["/write", "/write", "/done"]);
        assert_eq!(visitor.cookie("seen"), Some("3"));
    }

    #[test]
    fn addresses() {
        assert_eq!(resolve("/a/b?c", "d"), "/a/d");
        assert_eq!(resolve("/a/b?c", "?e"), "/a/b?e");
        assert_eq!(resolve("/a/b?c", ""), "/a/b?c");
        assert_eq!(resolve("/a/b", "/x#y"), "/x");
    }
}
