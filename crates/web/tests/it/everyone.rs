//! Every door, as everybody, against a case the asker must not see: the answer is the bytes of a case that does not
//! exist (field/casework.md §F3, inv. 10).
//!
//! The doors are read from the sources, so that a new one is walked the day it is built. Every way in is tried with every
//! identifier that belongs to the case (its own, its people's, its papers'), and beside it with one that is nobody's;
//! every form with every `act` its source knows and every field filled with the identifier. Pages without an identifier
//! (lists, counts, the day's page) are compared with what they were before the case existed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use axum::http::Method;
use basics::{Clock, ThreadId};
use casework::{Knows, NewCase, NewPerson, Part, Relationship, case::Opened};
use jiff::SignedDuration;
use mailbox::{
    Writer,
    first_letter::{FirstLetter, Sent},
    return_code::Token,
};
use office::Role;
use store::params;
use testkit::{
    TestDb,
    builders::{Colleague, PASSWORD, a_staffed_office},
    client::{Answer, Client},
};

use crate::world::{MIGRATIONS, World};

/// A door as the sources write it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Door {
    path: String,
    file: PathBuf,
    posts: bool,
    gets: bool,
}

/// Doors that cannot be walked like this, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "/desk/dekigoto",
        "a stream without end; stories in desk.rs listen to it",
    ),
    ("/desk/deru", "signs the asker out"),
    ("/desk/hairu", "the sign-in itself"),
    (
        "/desk/watashi/koyomi",
        "makes an address that is new each time and the asker's own; stories in calendars.rs",
    ),
    ("/assets/{name}", "files of the program"),
];

fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                into.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    found.sort();
    found
}

fn doors() -> BTreeSet<Door> {
    let mut doors = BTreeSet::new();
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices(".route(") {
            let rest = text[at + ".route(".len()..].trim_start();
            let Some((path, after)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'))
            else {
                continue;
            };
            // Up to the next door, or to the end of the function that lists them.
            let end = [after.find(".route("), after.find("\n}")];
            let handlers = &after[..end.into_iter().flatten().min().unwrap_or(after.len())];
            doors.insert(Door {
                path: path.to_owned(),
                file: file.clone(),
                gets: handlers.contains("get("),
                posts: handlers.contains("post("),
            });
        }
    }
    doors
}

/// What stands between quotes before this mark, or after it: the acts and the fields that a source knows.
fn quoted(text: &str, before: &str, after: &str) -> BTreeSet<String> {
    let plain = |word: &&str| {
        !word.is_empty()
            && word.len() < 30
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
    };
    let mut words = BTreeSet::new();
    let pieces: Vec<&str> = text.split('"').collect();
    for three in pieces.windows(3) {
        let fits =
            three[0].trim_end().ends_with(before) && three[2].trim_start().starts_with(after);
        if fits && plain(&three[1]) {
            words.insert(three[1].to_owned());
        }
    }
    words
}

fn acts(text: &str) -> BTreeSet<String> {
    let mut acts = quoted(text, "", "=>");
    acts.extend(quoted(text, "", "|"));
    acts.extend(quoted(text, ") ==", ""));
    acts.extend(quoted(text, ") !=", ""));
    acts.insert("redraw".to_owned());
    acts
}

fn fields(text: &str) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    for before in ["text(", "line(", "get(", "all(", "flag(", "has("] {
        fields.extend(quoted(text, before, ""));
    }
    fields.retain(|name| !matches!(name.as_str(), "act" | "_t" | "password" | "code"));
    fields
}

/// One who asks.
struct Asker {
    who: &'static str,
    client: Client,
    token: String,
}

impl World {
    async fn asker(&self, who: &'static str, colleague: &Colleague) -> Asker {
        let mut client = self.visitor();
        let page = client.get("/desk").await;
        self.clock.advance(SignedDuration::from_secs(30));
        let form = page
            .form_to("/desk/hairu")
            .fill("login", &colleague.login)
            .fill("password", PASSWORD)
            .fill("code", &colleague.totp.code_at(self.clock.now()));
        client.submit(&form).await;
        // Everybody has an account page.
        let page = client.get("/desk/watashi").await;
        let token = between(&page.html(), "name=\"_t\" value=\"", "\"").to_owned();
        assert!(!token.is_empty(), "{who} is signed in");
        Asker { who, client, token }
    }

    async fn names_of(&self, colleagues: &[&Colleague]) -> Vec<String> {
        let mut conn = self.db.read().await.unwrap();
        let mut names = Vec::new();
        for one in colleagues {
            let found = office::staff::one(&mut conn, self.office.id, one.staff).await;
            names.push(found.unwrap().name);
        }
        names
    }

    async fn a_letter_of_the_mother(&self) -> (Sent, ThreadId) {
        let token = Token::fresh();
        let letter = FirstLetter {
            office: self.office.id,
            writer: Writer::Family,
            body: "息子のことで、はじめて書きます",
            token: &token,
            address: None,
        };
        let sent = self.app.mailbox.first_letter(&letter).await.unwrap();
        let id = self.number("SELECT MAX(id) FROM thread").await;
        (sent, ThreadId::from(id))
    }

    /// A case of the coordinator, with a letter, that the supervisor must not know of.
    async fn a_case_to_hide(&self, thread: ThreadId) -> Opened {
        let me = self.office.session(&self.office.coordinator).await;
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself).called("はると"),
            consulter: Some(
                NewPerson::unknown(Part::Family, Relationship::Mother).called("すみれ"),
            ),
            subject_knows: Knows::DoesNot,
            thread: Some(thread),
        };
        self.app.casework.open_new(&me, &new).await.unwrap()
    }

    async fn deny(&self, opened: &Opened, who: &Colleague) {
        let (id, now) = (basics::new_id(&self.clock), self.clock.now_micros());
        let (office, case, staff) = (self.office.id.get(), opened.case.get(), who.staff.get());
        let done: store::Result<()> = store::transact!(self.db, "test.deny", |tx| {
            tx.exec(
                "INSERT INTO deny_entry (id, office_id, case_id, staff_id, reason, set_by, set_at) \
                 VALUES ($1, $2, $3, $4, 'relative', $5, $6)",
                params![id, office, case, staff, staff, now],
            )
            .await?;
            tx.mark_recorded();
            Ok(())
        });
        done.unwrap();
    }

    /// Every identifier that belongs to the case: its own, and those of all rows that name it.
    async fn identifiers(&self, opened: &Opened, thread: ThreadId) -> Vec<i64> {
        let mut ids = vec![
            opened.case.get(),
            thread.get(),
            opened.principal.get(),
            opened.compartment.get(),
        ];
        for table in tables_of_cases() {
            let mut conn = self.db.read().await.unwrap();
            let rows: Vec<(i64,)> = conn
                .all(
                    &format!("SELECT id FROM {table} WHERE case_id = $1 LIMIT 3"),
                    params![opened.case.get()],
                )
                .await
                .unwrap();
            ids.extend(rows.into_iter().map(|(id,)| id));
        }
        // In the order of importance, each once.
        let mut known = BTreeSet::new();
        ids.retain(|id| known.insert(*id));
        ids
    }
}

/// The tables with an identifier of their own and a case, read from the migrations.
fn tables_of_cases() -> Vec<String> {
    let mut tables = Vec::new();
    for room in MIGRATIONS {
        for migration in *room {
            for statement in migration.sql.split("CREATE TABLE ").skip(1) {
                let body = statement.split(");").next().unwrap_or_default();
                let name = statement.split_whitespace().next().unwrap_or_default();
                if body.contains("  id BIGINT PRIMARY KEY") && body.contains("  case_id BIGINT") {
                    tables.push(name.to_owned());
                }
            }
        }
    }
    tables
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split_once(before)
        .and_then(|(_, rest)| rest.split_once(after))
        .map_or("", |(found, _)| found)
}

/// What an asker can tell from an answer: status, headers, body, where identifiers they themselves sent and the one-time
/// tokens of forms are made equal.
fn told(answer: &Answer, sent: &[i64]) -> String {
    let mut text = format!("{}\n", answer.status);
    for (name, value) in &answer.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        if name != "set-cookie" && name != "date" && name != "content-length" {
            text = format!("{text}{name}: {value}\n");
        }
    }
    text.push_str(&answer.html());
    for id in sent {
        text = text.replace(&id.to_string(), "#");
    }
    without_tokens(&text)
}

/// The text without the long random values of hidden fields.
fn without_tokens(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once("value=\"") {
        let (value, tail) = tail.split_once('"').unwrap_or((tail, ""));
        // `once`: the number a form gives to what it will make, new each time it is shown.
        let random = head.ends_with("name=\"once\" ")
            || (value.len() >= 20
                && value
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
        out.push_str(head);
        out.push_str(if random { "random" } else { value });
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// The address with its places filled; `None` when it has none.
fn fill(path: &str, ids: &[i64]) -> Option<String> {
    let mut ids = ids.iter();
    let mut filled = Vec::new();
    let mut places = 0;
    for part in path.split('/') {
        if part.starts_with('{') {
            places += 1;
            filled.push(ids.next()?.to_string());
        } else {
            filled.push(part.to_owned());
        }
    }
    (places > 0).then(|| filled.join("/"))
}

fn places(path: &str) -> usize {
    path.matches('{').count()
}

async fn ask(
    asker: &mut Asker,
    method: &Method,
    path: &str,
    body: Option<&[(String, String)]>,
) -> Answer {
    let body = body.map(|fields| {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish()
    });
    asker.client.once(method.clone(), path, body).await
}

fn form(
    asker: &Asker,
    act: &str,
    names: &BTreeSet<String>,
    ids: &[i64],
    turn: usize,
) -> Vec<(String, String)> {
    let mut form = vec![
        ("_t".to_owned(), asker.token.clone()),
        ("act".to_owned(), act.to_owned()),
    ];
    for (at, name) in names.iter().enumerate() {
        form.push((
            name.clone(),
            ids[(at * 7 + turn * 3) % ids.len()].to_string(),
        ));
    }
    form
}

/// The identifiers to put into an address: behind `/desk/case/` the case comes first.
fn tries(door: &Door, ids: &[i64], case: i64) -> Vec<Vec<i64>> {
    let of_a_case = door.path.starts_with("/desk/case/{");
    match places(&door.path) {
        0 => Vec::new(),
        1 if of_a_case => vec![vec![case]],
        1 => ids.iter().take(5).map(|id| vec![*id]).collect(),
        more => ids
            .iter()
            .map(|id| {
                let mut real = vec![if of_a_case { case } else { *id }];
                real.resize(more, *id);
                real
            })
            .collect(),
    }
}

#[track_caller]
fn same(there: &Answer, nowhere: &Answer, sent: &[i64], what: &str) {
    let (there, nowhere) = (told(there, sent), told(nowhere, sent));
    if there != nowhere {
        let differ = there.lines().zip(nowhere.lines()).find(|(a, b)| a != b);
        panic!("{what}: {differ:?}");
    }
}

async fn walk(world: &World, asker: &mut Asker, ids: &[i64], case: i64) {
    let clock: Clock = world.clock.clone();
    let stand = clock.now();
    // Nobody's, and no longer or shorter than a real one.
    let nobodys = |ids: &[i64]| ids.iter().map(|id| id + 1).collect::<Vec<i64>>();
    assert!(ids.iter().all(|id| !ids.contains(&(id + 1))));
    let none = nobodys(ids);
    let sent: Vec<i64> = ids.iter().chain(&none).copied().collect();
    let mut seen = 0;
    for door in doors() {
        let desk = door.path.starts_with("/desk");
        if ELSEWHERE.iter().any(|(path, _)| *path == door.path) || (!desk && asker.who != "nobody")
        {
            continue;
        }
        let source = fs::read_to_string(&door.file).unwrap();
        let addresses = tries(&door, ids, case);
        if door.gets {
            for real in &addresses {
                let (Some(there), Some(nowhere)) =
                    (fill(&door.path, real), fill(&door.path, &nobodys(real)))
                else {
                    continue;
                };
                let there = ask(asker, &Method::GET, &there, None).await;
                let nowhere = ask(asker, &Method::GET, &nowhere, None).await;
                same(
                    &there,
                    &nowhere,
                    &sent,
                    &format!("{} GET {}", asker.who, door.path),
                );
                seen += 1;
            }
        }
        // Forms of the desk, and those anywhere that name something in their address.
        if door.posts && (desk || !addresses.is_empty()) {
            let names = fields(&source);
            let addresses = match places(&door.path) {
                0 => vec![Vec::new()],
                _ => addresses.into_iter().take(3).collect(),
            };
            for (act, real) in acts(&source)
                .iter()
                .flat_map(|act| addresses.iter().map(move |real| (act, real)))
            {
                for turn in 0..1 {
                    let path =
                        |ids: &[i64]| fill(&door.path, ids).unwrap_or_else(|| door.path.clone());
                    let body = form(asker, act, &names, ids, turn);
                    let there = ask(asker, &Method::POST, &path(real), Some(&body)).await;
                    clock.set(stand);
                    let body = form(asker, act, &names, &none, turn);
                    let nowhere =
                        ask(asker, &Method::POST, &path(&nobodys(real)), Some(&body)).await;
                    clock.set(stand);
                    same(
                        &there,
                        &nowhere,
                        &sent,
                        &format!("{} POST {} act={act}", asker.who, door.path),
                    );
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 20, "{} compared {seen} answers", asker.who);
}

/// The page of the chain: what was done, by everybody but these, page by page. The walk's own steps stand there too, so
/// those of the askers are left out, and that the story's coordinator signed in.
async fn chain_without(asker: &mut Asker, names: &[&str]) -> String {
    let mut rows = String::new();
    let mut path = "/desk/kiroku".to_owned();
    loop {
        let answer = ask(asker, &Method::GET, &path, None).await;
        let html = answer.html();
        for row in html.split("<tr ").skip(2) {
            if !names.iter().any(|name| row.contains(name)) && !row.contains("サインイン") {
                rows.push_str(row.split("</tr>").next().unwrap_or_default());
                rows.push('\n');
            }
        }
        let older = between(&html, "href=\"/desk/kiroku?mae=", "\"");
        if older.is_empty() {
            return rows;
        }
        path = format!("/desk/kiroku?mae={older}");
    }
}

/// Pages that name nobody in their address, as this asker sees them; the chain's page is looked at by itself
/// ([`chain_without`]): every step of this walk stands on it.
async fn plain_pages(asker: &mut Asker) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for door in doors() {
        if door.gets
            && places(&door.path) == 0
            && door.path.starts_with("/desk")
            && door.path != "/desk/kiroku"
            && !ELSEWHERE.iter().any(|(path, _)| *path == door.path)
        {
            let answer = ask(asker, &Method::GET, &door.path, None).await;
            pages.insert(door.path.clone(), told(&answer, &[]));
        }
    }
    pages
}

/// Walks every door as one who must not see the case. Each in a house of their own: forms change things.
async fn hidden_from(db: &TestDb, who: &'static str) {
    let world = World::new(db).await;
    let (_, thread) = world.a_letter_of_the_mother().await;
    let mut asker = match who {
        "a colleague" => {
            let other = world.office.another("yoso", Role::Coordinator).await;
            world.asker(who, &other).await
        }
        "the relative" => world.asker(who, &world.office.supervisor).await,
        "the administrator" => world.asker(who, &world.office.administrator).await,
        "a peer" => {
            let peer = world.office.another("pia", Role::Peer).await;
            world.asker(who, &peer).await
        }
        "another office" => {
            let elsewhere = a_staffed_office(db, &world.clock, "aoba").await;
            world.asker(who, &elsewhere.supervisor).await
        }
        _ => Asker {
            who,
            client: world.visitor(),
            token: String::new(),
        },
    };
    // The letter lies in everybody's inbox until it becomes a case; so the story begins when it has.
    let opened = world.a_case_to_hide(thread).await;
    world.deny(&opened, &world.office.supervisor).await;
    let ids = world.identifiers(&opened, thread).await;
    walk(&world, &mut asker, &ids, opened.case.get()).await;
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// inv. 10: a coordinator who does not work on it.
    async fn a_hidden_case_is_no_case_to_a_colleague(db: TestDb) {
        hidden_from(&db, "a colleague").await;
    }

    /// inv. 17: a supervisor who is a relative of the family.
    async fn a_hidden_case_is_no_case_to_a_relative(db: TestDb) {
        hidden_from(&db, "the relative").await;
    }

    /// inv. 20: the administrator.
    async fn a_hidden_case_is_no_case_to_the_administrator(db: TestDb) {
        hidden_from(&db, "the administrator").await;
    }

    /// inv. 16: a peer supporter.
    async fn a_hidden_case_is_no_case_to_a_peer(db: TestDb) {
        hidden_from(&db, "a peer").await;
    }

    /// A supervisor of another office in the same installation.
    async fn a_hidden_case_is_no_case_to_another_office(db: TestDb) {
        hidden_from(&db, "another office").await;
    }

    /// Nobody: without a cookie, every public door too.
    async fn a_hidden_case_is_no_case_to_nobody(db: TestDb) {
        hidden_from(&db, "nobody").await;
    }

    /// inv. 10, 17: lists, counts and the day's page say of a hidden case what they said before it was there.
    async fn lists_and_counts_do_not_tell(db: TestDb) {
        let world = World::new(&db).await;
        let other = world.office.another("yoso", Role::Coordinator).await;
        let mut askers = vec![
            world.asker("a colleague", &other).await,
            world.asker("the relative", &world.office.supervisor).await,
            world.asker("the administrator", &world.office.administrator).await,
        ];
        let stand = world.clock.now();
        let mut before = Vec::new();
        for asker in &mut askers {
            before.push(plain_pages(asker).await);
        }
        let names: Vec<String> = world.names_of(&[&other, &world.office.supervisor, &world.office.administrator]).await;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let chain = chain_without(&mut askers[1], &names).await;
        let (_, thread) = world.a_letter_of_the_mother().await;
        let opened = world.a_case_to_hide(thread).await;
        world.deny(&opened, &world.office.supervisor).await;
        world.clock.set(stand);
        assert_eq!(chain_without(&mut askers[1], &names).await, chain, "the relative GET /desk/kiroku");
        let told = chain_without(&mut askers[2], &names).await;
        assert!(told.len() > chain.len(), "who runs the system sees that somebody worked (F4: meta)");
        assert!(!told.contains(&opened.case.to_string()), "and not on what");
        for (asker, before) in askers.iter_mut().zip(before) {
            let after = plain_pages(asker).await;
            for (path, words) in before {
                let differ = words.lines().zip(after[&path].lines()).find(|(a, b)| a != b);
                assert!(words == after[&path], "{} GET {path}: {differ:?}", asker.who);
            }
        }
    }
}
