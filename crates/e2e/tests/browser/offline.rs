//! The visit cards without a network (F5 11, inv. 29): readable after the PIN, nothing readable in the store, gone when
//! their time is over, and what was typed comes to the office afterwards as a draft.

use crate::desk::signed_in;
use e2e::{Browser, Demo, Look};
use serde_json::Value;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PLACE: &str = "公園の東口のベンチで";
const MEMO: &str = "玄関先で五分、天気の話をした";
const PIN: &str = "ひみつ-4821";

/// Every record of the store as bytes, the ciphertext read as text: what somebody with the disk would look for.
const STORE: &str = "const done = arguments[arguments.length - 1]; const asked = indexedDB.open('houmon', 1); \
    asked.onupgradeneeded = () => asked.result.createObjectStore('mono'); \
    asked.onsuccess = () => { const store = asked.result.transaction('mono').objectStore('mono'); const out = []; \
    store.openCursor().onsuccess = (event) => { const at = event.target.result; \
    if (!at) { asked.result.close(); done(out); return; } \
    const text = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? new TextDecoder().decode(value) : \
    value instanceof CryptoKey ? 'key:' + value.extractable : value && typeof value === 'object' ? \
    Object.values(value).map(text).join(' ') : String(value); \
    out.push(at.key + ' ' + text(at.value)); at.continue(); }; };";

/// Puts every date in the store into the past, as if the day were over.
const EXPIRE: &str = "const done = arguments[arguments.length - 1]; const asked = indexedDB.open('houmon', 1); \
    asked.onsuccess = () => { const deal = asked.result.transaction('mono', 'readwrite'); \
    deal.objectStore('mono').openCursor().onsuccess = (event) => { const at = event.target.result; if (!at) return; \
    if (at.value && at.value.until) at.update(Object.assign({}, at.value, { until: 1 })); at.continue(); }; \
    deal.oncomplete = () => { asked.result.close(); done(true); }; };";

async fn later(browser: &Browser, script: &str) -> Value {
    browser
        .client
        .execute_async(script, Vec::new())
        .await
        .expect("the store answers")
}

async fn store(browser: &Browser) -> Vec<String> {
    let found = later(browser, STORE).await;
    let records = found.as_array().expect("a list");
    records
        .iter()
        .map(|one| one.as_str().unwrap_or_default().to_owned())
        .collect()
}

/// The way between the phone and the office. DevTools' "offline" does not reach a service worker; a cut wire does.
struct Line {
    there: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Line {
    /// Lays a line to the demo and gives it the line's address.
    fn to(demo: &mut Demo) -> Self {
        let office = demo.origin.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        demo.origin = format!("http://{}", listener.local_addr().expect("an address"));
        let line = Self {
            there: Arc::new(AtomicBool::new(true)),
            open: Arc::default(),
        };
        let (there, open) = (line.there.clone(), line.open.clone());
        std::thread::spawn(move || {
            for phone in listener.incoming().flatten() {
                if !there.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(office) = TcpStream::connect(&office) else {
                    continue;
                };
                for (from, to) in [(&phone, &office), (&office, &phone)] {
                    let (mut from, mut to) = (
                        from.try_clone().expect("one more"),
                        to.try_clone().expect("one more"),
                    );
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
                let mut open = open.lock().expect("nobody panics with it");
                open.extend([phone, office]);
            }
        });
        line
    }

    fn cut(&self) {
        self.there.store(false, Ordering::SeqCst);
        for stream in self.open.lock().expect("nobody panics with it").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.there.store(true, Ordering::SeqCst);
    }
}

/// A case of one's own, and a visit of today to the mother, away from home.
async fn plan_a_visit(demo: &Demo, desk: &Browser) -> String {
    desk.goto(&demo.url("/desk/case/atarashii")).await;
    desk.choose("who", "mother").await;
    desk.choose("knows", "not").await;
    desk.fill("nickname", "はると").await;
    desk.press("ケースを開く").await;
    let opened = desk.address().await;
    let case = opened.trim_end_matches("/kaku");
    desk.goto(&format!("{case}/houmon")).await;
    desk.choose("nozomi", "to_see_family").await;
    desk.choose("aite", "family_away").await;
    desk.choose("mokuteki", "family").await;
    desk.script("const k = document.querySelectorAll('input[name=kukaku]'); k[0].checked = true")
        .await;
    // Until a minute before midnight, so that the story can be told at any hour.
    desk.script(
        "document.getElementById('deru').value = '00:01'; document.getElementById('modori').value = '23:59'",
    )
    .await;
    desk.paste("place", PLACE).await;
    desk.paste("alone", "母が、一人で来てほしいと言っている")
        .await;
    desk.press("訪問を予定する").await;
    desk.wait_for(PLACE).await;
    desk.address().await
}

async fn unlock(browser: &Browser, pin: &str) {
    browser
        .client
        .execute(
            "document.getElementById('pin').value = arguments[0]",
            vec![pin.into()],
        )
        .await
        .expect("a field for the PIN");
    browser.press("開く").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_are_there_without_a_network_and_drafts_come_back() {
    let mut demo = Demo::start();
    let line = Line::to(&mut demo);
    let phone = signed_in(&demo, "coordinator", Look::PHONE).await;
    let visit = plan_a_visit(&demo, &phone).await;
    let cards = demo.url("/desk/houmon/kaado");
    phone.goto(&cards).await;
    phone.wait_for("この端末に今日の分を入れる").await;
    phone.shot("houmon-kaado").await;
    for id in ["pin", "pin2"] {
        let script = format!("document.getElementById('{id}').value = '{PIN}'");
        phone.script(&script).await;
    }
    phone.press("この端末に今日の分を入れる").await;
    phone.wait_for("入りました").await;

    // Nothing readable lies in the store, and its key cannot be taken out of the browser.
    let kept = store(&phone).await.join("\n");
    assert!(
        kept.contains("cards ") && kept.contains("key:false"),
        "{kept}"
    );
    for word in [PLACE, "はると", "母", "family", PIN] {
        assert!(!kept.contains(word), "{word} lies in the store: {kept}");
    }

    // Without a network: the shell, the PIN, the cards; a memo is kept, unreadable too.
    line.cut();
    phone.goto(&cards).await;
    phone.wait_for("ネットワークにつながっていません").await;
    assert!(!phone.says(PLACE).await);
    unlock(&phone, "ちがうPIN").await;
    phone.wait_for("PINがちがいます").await;
    unlock(&phone, PIN).await;
    phone.wait_for(PLACE).await;
    assert_eq!(phone.overflow().await, 0);
    phone.shot("houmon-kara").await;
    phone.find("textarea").await.send_keys(MEMO).await.unwrap();
    phone.wait_for("端末に残しました").await;
    let kept = store(&phone).await.join("\n");
    assert!(kept.contains("d:") && !kept.contains(MEMO) && !kept.contains("天気"));

    // The session ends meanwhile. Back in reach: sign in, PIN, and it comes as a draft; nothing was lost.
    phone.goto(&cards).await;
    phone.wait_for("送っていないメモが1件").await;
    line.mend();
    phone.goto(&cards).await;
    phone.wait_for("送っていないメモが1件").await;
    unlock(&phone, PIN).await;
    phone.wait_for("下書きとして届けました").await;
    assert!(!store(&phone).await.join("\n").contains("d:"));
    phone.goto(&visit).await;
    phone.wait_for("端末から届いた下書き").await;
    assert!(phone.says(MEMO).await);
    phone.shot("houmon-visit").await;

    // When their time is over they are gone: from the page, and from the store, with the keys.
    phone.goto(&cards).await;
    phone.wait_for("きょうのカードが入っています").await;
    later(&phone, EXPIRE).await;
    line.cut();
    phone.goto(&cards).await;
    phone.wait_for("この端末には、カードは入っていません").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(store(&phone).await, Vec::<String>::new());
    line.mend();
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_pins_and_signing_out_empty_the_device() {
    let demo = Demo::start();
    let phone = signed_in(&demo, "coordinator", Look::PHONE.dark()).await;
    plan_a_visit(&demo, &phone).await;
    let fill = async || {
        phone.goto(&demo.url("/desk/houmon/kaado")).await;
        phone.wait_for("この端末に今日の分を入れる").await;
        for id in ["pin", "pin2"] {
            let script = format!("document.getElementById('{id}').value = '{PIN}'");
            phone.script(&script).await;
        }
        phone.press("この端末に今日の分を入れる").await;
        phone.wait_for("入りました").await;
        phone.goto(&demo.url("/desk/houmon/kaado")).await;
        phone.wait_for("きょうのカードが入っています").await;
    };
    fill().await;
    phone.shot("houmon-kaado-dark").await;
    for left in (1..5).rev() {
        unlock(&phone, "まちがい").await;
        phone.wait_for(&format!("あと{left}回")).await;
    }
    unlock(&phone, "まちがい").await;
    phone.wait_for("カードを消しました").await;
    assert_eq!(store(&phone).await, Vec::<String>::new());

    fill().await;
    phone.press("サインアウト").await;
    phone.wait_for("サインイン").await;
    assert_eq!(store(&phone).await, Vec::<String>::new());
}
