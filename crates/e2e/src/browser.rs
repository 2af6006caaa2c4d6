//! One Chromium, driven through ChromeDriver, gone when the story ends.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::http;

/// How a visitor's browser is set up.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Whether scripts run.
    pub script: bool,
    /// Whether the visitor asked for dark colours.
    pub dark: bool,
    /// Whether the system forces its own colours (Windows high contrast).
    pub forced_colours: bool,
    /// Text size in percent of the usual.
    pub text_percent: u32,
    /// Width and height in CSS pixels.
    pub size: (u32, u32),
}

impl Look {
    /// An old phone, upright.
    pub const PHONE: Self = Self {
        script: true,
        dark: false,
        forced_colours: false,
        text_percent: 100,
        size: (390, 844),
    };
    /// A desk screen.
    pub const DESK: Self = Self {
        size: (1280, 900),
        ..Self::PHONE
    };
    /// The narrowest screen we promise.
    pub const NARROW: Self = Self {
        size: (320, 640),
        ..Self::PHONE
    };

    /// The same with scripts switched off.
    #[must_use]
    pub const fn without_script(self) -> Self {
        Self {
            script: false,
            ..self
        }
    }

    /// The same in dark colours.
    #[must_use]
    pub const fn dark(self) -> Self {
        Self { dark: true, ..self }
    }
}

/// What a browser sent and was sent, without the bodies.
#[derive(Debug, Default)]
pub struct Wire {
    /// Every address asked for.
    pub addresses: BTreeSet<String>,
    /// The headers of every request and response, as JSON.
    pub headers: Vec<String>,
}

/// A browser window.
pub struct Browser {
    /// For what this kit has no word for.
    pub client: Client,
    driver: Driver,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens a fresh browser: an empty profile, nothing remembered.
    pub async fn open(look: Look) -> Self {
        let driver = Driver::start();
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut arguments: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--lang=ja",
            // Nothing leaves this machine, whatever a page says.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        arguments.push(format!("--window-size={},{}", look.size.0, look.size.1));
        let mut preferences = json!({ "webkit": { "webprefs": { "default_font_size": 16 * look.text_percent / 100 } } });
        if !look.script {
            preferences["profile"] =
                json!({ "managed_default_content_settings": { "javascript": 2 } });
        }
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": crate::piece("IPPO_CHROMIUM", "/usr/bin/chromium"),
                "args": arguments,
                "prefs": preferences,
            },
            "goog:loggingPrefs": { "performance": "ALL", "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("it is one")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.origin())
            .await
            .expect("Chromium starts");
        let session = client
            .session_id()
            .await
            .expect("an answer")
            .expect("a session");
        let browser = Self {
            client,
            driver,
            session,
            _profile: profile,
        };
        browser.resize(look.size).await;
        browser.media(look.dark, look.forced_colours).await;
        browser
    }

    /// Gives the window another size, in CSS pixels. The open page follows at once.
    pub async fn resize(&self, (width, height): (u32, u32)) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 }),
        )
        .await;
    }

    /// Changes what the visitor asked of the system: dark colours, forced colours. The open page follows at once.
    pub async fn media(&self, dark: bool, forced_colours: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let forced = if forced_colours { "active" } else { "none" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "forced-colors", "value": forced },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
    }

    /// Opens an address.
    pub async fn goto(&self, url: &str) {
        self.client
            .goto(url)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// The present address.
    pub async fn address(&self) -> String {
        self.client
            .current_url()
            .await
            .expect("an address")
            .to_string()
    }

    /// The path of the present address.
    pub async fn path(&self) -> String {
        self.client
            .current_url()
            .await
            .expect("an address")
            .path()
            .to_owned()
    }

    /// The words that can be seen.
    pub async fn text(&self) -> String {
        // A page that is just being replaced has no body for a moment.
        let patience = Instant::now();
        loop {
            let text = match self.client.find(Locator::Css("body")).await {
                Ok(body) => body.text().await.ok(),
                Err(_) => None,
            };
            if let Some(text) = text {
                return text;
            }
            assert!(
                patience.elapsed() < Duration::from_secs(10),
                "the page has no words"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether these words can be seen now; white space does not count.
    pub async fn says(&self, words: &str) -> bool {
        tight(&self.text().await).contains(&tight(words))
    }

    /// Waits until these words can be seen; fails with the page after ten seconds.
    pub async fn wait_for(&self, words: &str) {
        let patience = Instant::now();
        while !self.says(words).await {
            if patience.elapsed() > Duration::from_secs(10) {
                self.shot("failed").await;
                panic!(
                    "{} does not say {words:?}:\n{}",
                    self.address().await,
                    self.text().await
                );
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Presses the button or follows the link that reads so.
    pub async fn press(&self, words: &str) {
        let words = words.replace('"', "");
        let path = format!(
            "//main//button[contains(normalize-space(.), \"{words}\")] | //main//input[@type='submit'][contains(@value, \"{words}\")] \
             | //main//a[contains(normalize-space(.), \"{words}\")] | //button[contains(normalize-space(.), \"{words}\")] \
             | //a[contains(normalize-space(.), \"{words}\")]"
        );
        for element in self
            .client
            .find_all(Locator::XPath(&path))
            .await
            .expect("a search")
        {
            if element.is_displayed().await.unwrap_or(false) {
                hit(&element).await;
                return;
            }
        }
        self.shot("failed").await;
        panic!(
            "{} has nothing to press that reads {words:?}:\n{}",
            self.address().await,
            self.text().await
        );
    }

    /// Presses what this selector finds.
    pub async fn press_on(&self, css: &str) {
        hit(&self.find(css).await).await;
    }

    /// Types into the field of this name.
    pub async fn fill(&self, name: &str, words: &str) {
        let field = self.named(name).await;
        field
            .clear()
            .await
            .unwrap_or_else(|error| panic!("{name} cannot be cleared: {error}"));
        field
            .send_keys(words)
            .await
            .unwrap_or_else(|error| panic!("{name} cannot be filled: {error}"));
    }

    /// Puts many words into the field of this name at once, as a paste would.
    pub async fn paste(&self, name: &str, words: &str) {
        let field = serde_json::to_value(self.named(name).await).expect("an element is JSON");
        self.client
            .execute(
                "arguments[0].value = arguments[1]",
                vec![field, words.into()],
            )
            .await
            .unwrap_or_else(|error| panic!("{name} cannot be filled: {error}"));
    }

    /// What stands in the field of this name.
    pub async fn value(&self, name: &str) -> String {
        self.named(name)
            .await
            .prop("value")
            .await
            .expect("a property")
            .unwrap_or_default()
    }

    /// Picks a radio button, ticks a box, or picks from a list.
    pub async fn choose(&self, name: &str, value: &str) {
        let css = format!("select[name=\"{name}\"]");
        if let Ok(list) = self.client.find(Locator::Css(&css)).await {
            list.select_by_value(value)
                .await
                .unwrap_or_else(|error| panic!("{name}={value}: {error}"));
            return;
        }
        let css = format!("input[name=\"{name}\"][value=\"{value}\"]");
        let input = self.find(&css).await;
        if input.click().await.is_err() {
            // Drawn over by its label: press that, as a finger would.
            let id = input
                .attr("id")
                .await
                .expect("an answer")
                .unwrap_or_default();
            self.find(&format!("label[for=\"{id}\"]"))
                .await
                .click()
                .await
                .unwrap_or_else(|error| panic!("{css}: {error}"));
        }
    }

    /// Everything that this selector finds.
    pub async fn all(&self, css: &str) -> Vec<Element> {
        self.client
            .find_all(Locator::Css(css))
            .await
            .expect("a search")
    }

    /// Whether there is something that this selector finds.
    pub async fn has(&self, css: &str) -> bool {
        !self
            .client
            .find_all(Locator::Css(css))
            .await
            .expect("a search")
            .is_empty()
    }

    async fn named(&self, name: &str) -> Element {
        self.find(&format!(
            "textarea[name=\"{name}\"], input[name=\"{name}\"]:not([type=hidden])"
        ))
        .await
    }

    /// The first element that this selector finds.
    pub async fn find(&self, css: &str) -> Element {
        if let Ok(element) = self.client.find(Locator::Css(css)).await {
            return element;
        }
        self.shot("failed").await;
        panic!(
            "{} has no {css}:\n{}",
            self.address().await,
            self.text().await
        );
    }

    /// Runs a script and gives back what it returns.
    pub async fn script(&self, script: &str) -> Value {
        self.client
            .execute(script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// How many CSS pixels the page is wider than the window; more than zero means scrolling sideways.
    pub async fn overflow(&self) -> i64 {
        self.script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth",
        )
        .await
        .as_i64()
        .expect("a number")
    }

    /// The whole page as target/shots/NAME.png, to look at.
    pub async fn shot(&self, name: &str) {
        let folder = crate::target().join("shots");
        std::fs::create_dir_all(&folder).expect("target/shots");
        let answer = self
            .devtools(
                "Page.captureScreenshot",
                json!({ "captureBeyondViewport": true }),
            )
            .await;
        let picture = data_encoding::BASE64
            .decode(answer["data"].as_str().expect("a picture").as_bytes())
            .expect("base64");
        std::fs::write(folder.join(format!("{name}.png")), picture)
            .expect("target/shots can be written");
    }

    /// The page on paper, as a PDF whose sheets are what the page itself asks for (`@page`).
    pub async fn pdf(&self) -> Vec<u8> {
        let answer = self
            .devtools(
                "Page.printToPDF",
                json!({ "preferCSSPageSize": true, "printBackground": false }),
            )
            .await;
        data_encoding::BASE64
            .decode(answer["data"].as_str().expect("a PDF").as_bytes())
            .expect("base64")
    }

    /// What went over the wire since the last call.
    pub async fn wire(&self) -> Wire {
        let entries = self
            .command("se/log", json!({ "type": "performance" }))
            .await;
        let mut wire = Wire::default();
        for entry in entries.as_array().expect("a list") {
            let message: Value =
                serde_json::from_str(entry["message"].as_str().unwrap_or("{}")).expect("JSON");
            let (method, parameters) =
                (&message["message"]["method"], &message["message"]["params"]);
            if method == "Network.requestWillBeSent" {
                wire.addresses.insert(
                    parameters["request"]["url"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned(),
                );
                wire.headers
                    .push(parameters["request"]["headers"].to_string());
                wire.headers
                    .push(parameters["redirectResponse"]["headers"].to_string());
            }
            if method
                .as_str()
                .is_some_and(|name| name.ends_with("ExtraInfo"))
            {
                wire.headers.push(parameters["headers"].to_string());
            }
        }
        wire
    }

    /// What the browser complained about since the last call: refused by the policy, not found, script errors.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.command("se/log", json!({ "type": "browser" })).await;
        entries
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|entry| entry["message"].as_str().map(str::to_owned))
            .collect()
    }

    /// A command of the DevTools protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.command(
            "goog/cdp/execute",
            json!({ "cmd": command, "params": parameters }),
        )
        .await
    }

    /// A command beyond the WebDriver standard, asked of ChromeDriver directly.
    async fn command(&self, path: &str, body: Value) -> Value {
        let (origin, path) = (
            self.driver.origin(),
            format!("/session/{}/{path}", self.session),
        );
        let body = body.to_string();
        let answer = tokio::task::spawn_blocking({
            let path = path.clone();
            move || http::post_json(&origin, &path, &body)
        })
        .await
        .expect("ChromeDriver answers");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body());
        let mut answer: Value = serde_json::from_str(&answer.body()).expect("JSON");
        answer["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ending the session is what ends Chromium; this runs also when a story has failed, so it does not wait on tokio.
        let _ = self.driver.delete(&self.session);
    }
}

/// ChromeDriver on a free port.
struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    fn start() -> Self {
        let mut child = Command::new(crate::piece("IPPO_CHROMEDRIVER", "/usr/bin/chromedriver"))
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .filter_map(|line| {
                line.rsplit_once(" on port ")
                    .map(|(_, port)| port.to_owned())
            })
            .filter_map(|port| port.trim_end_matches('.').parse::<u16>().ok())
            // It first repeats the zero it was given, then says which port it found.
            .find(|port| *port != 0)
            .expect("chromedriver says its port");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, port }
    }

    fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn delete(&self, session: &str) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = [0; 64];
        stream.read(&mut answer).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Presses a link or a button, with the keyboard where something lies over it (a sticky header), and waits for its page.
async fn hit(element: &Element) {
    if element.click().await.is_err() {
        element
            .send_keys("\u{e007}")
            .await
            .expect("Enter reaches it");
    }
    gone(element).await;
}

/// Waits until a pressed element has left with its page; a press that stays on the page waits in vain, but not for long.
async fn gone(element: &Element) {
    let patience = Instant::now();
    while patience.elapsed() < Duration::from_millis(1500) && element.tag_name().await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn tight(words: &str) -> String {
    words.split_whitespace().collect()
}
