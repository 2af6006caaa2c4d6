//! inv. 20 and 27, raw: the bytes of the database, of its write-ahead log and of every row hold no word that anybody said
//! or wrote, in no encoding; and after erasing not even sealed.

use crate::disclosing::block;
use crate::world::{MIGRATIONS, World};
use casework::contact_rule::{Channel, NewContactPoint, Others};
use casework::disclosure::{NewRequest, Standing};
use casework::note::BlockKind;
use casework::plan::{NewPlan, SavePart, Sheet, SubjectKind};
use casework::quick_log::{With, form_key};
use casework::{Knows, NewCase, NewPerson, Part, Relationship};
use jiff::civil::date;
use mailbox::return_code::Token;
use testkit::TestDb;

/// What somebody who takes the disk would look for.
const WORDS: [&str; 14] = [
    "渡邊湊",
    "わたなべみなと",
    "みーくん",
    "すみれさん",
    "架空坂一丁目",
    "夜中にコンビニ",
    "職員だけのメモ",
    "庭に出てみたい",
    "診断書の写し",
    "預かった日のこと",
    "書きかけの一行",
    "すべての記録を見たい",
    "手紙のなかの言葉",
    "玄関で手を振る",
];

/// In UTF-8, in UTF-16 both ways round, and folded as the search keeps it.
fn spellings(word: &str) -> Vec<Vec<u8>> {
    let wide: Vec<u16> = word.encode_utf16().collect();
    vec![
        word.as_bytes().to_vec(),
        basics::fold(word).into_bytes(),
        wide.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        wide.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
    ]
}

/// Every byte there is: the files on SQLite, every value of every row on PostgreSQL.
async fn every_byte(world: &World, db: &TestDb) -> Vec<(String, Vec<u8>)> {
    if let Some(path) = db.url().strip_prefix("sqlite:") {
        let parts = ["", "-wal", "-shm"].map(|end| format!("{path}{end}"));
        let there = parts
            .into_iter()
            .filter(|file| std::path::Path::new(file).exists());
        return there
            .map(|file| (file.clone(), std::fs::read(&file).unwrap()))
            .collect();
    }
    let mut all = Vec::new();
    for table in world.tables().await {
        let mut bytes = Vec::new();
        let sql = format!("SELECT * FROM {table}");
        let each = world.db.read().await.unwrap();
        let mut each = each;
        each.each(&sql, &[], |row: Bytes| {
            bytes.extend_from_slice(&row.0);
            Ok(())
        })
        .await
        .unwrap();
        all.push((table, bytes));
    }
    all
}

/// The values of a row of whatever shape, one after the other.
struct Bytes(Vec<u8>);

struct Any(store::Value);

impl store::FromValue for Any {
    fn from_value(value: store::Value, _: usize) -> Result<Self, store::Error> {
        Ok(Self(value))
    }
}

impl store::FromRow for Bytes {
    fn from_row(row: &mut store::Row) -> Result<Self, store::Error> {
        let mut bytes = Vec::new();
        while let Ok(Any(value)) = row.take() {
            match value {
                store::Value::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                store::Value::Blob(blob) => bytes.extend_from_slice(&blob),
                other => bytes.extend_from_slice(format!("{other:?}").as_bytes()),
            }
            bytes.push(0);
        }
        Ok(Self(bytes))
    }
}

fn count(all: &[(String, Vec<u8>)], needle: &[u8]) -> usize {
    let found = all
        .iter()
        .map(|(_, bytes)| memchr::memmem::find_iter(bytes, needle).count());
    found.sum()
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Names, a telephone number, an address, notes, staff's notes, plans, drafts, a file and its name, a letter, a request:
    /// all go in through the doors, none is found by looking at the bytes; the search finds them.
    async fn the_bytes_hold_no_word(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let room = &world.casework;
        // No telephone number stands in the program's text, so this one is put together.
        let phone = ["0", "99", "7", "12", "34", "56"].concat();

        world.a_letter("手紙のなかの言葉").await;
        let thread = basics::ThreadId::from(world.number_of("SELECT MAX(id) FROM thread").await);
        let mut him = NewPerson::unknown(Part::Principal, Relationship::Oneself).called("みーくん");
        him.identity.name = "渡邊湊".to_owned();
        him.identity.kana = "わたなべみなと".to_owned();
        him.identity.address = "架空坂一丁目".to_owned();
        let new = NewCase {
            principal: him,
            consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother).called("すみれさん")),
            subject_knows: Knows::DoesNot,
            thread: Some(thread),
        };
        let opened = room.open_new(&me, &new).await.unwrap();
        let mother = opened.consulter.unwrap();
        let point = NewContactPoint {
            channel: Channel::HomePhone,
            value: phone.clone(),
            from: None,
            until: None,
            may_say_centre_name: false,
            others: Others::ALL[0],
            ourselves: String::new(),
            remark: "玄関で手を振る".to_owned(),
            ban: false,
        };
        room.keep_contact_point(&me, opened.case, mother, &point, None).await.unwrap();
        let hers = vec![block(BlockKind::FamilyWords, Some(mother), None, "夜中にコンビニまで歩いた")];
        world.logged(&me, opened.case, With::Person(mother), hers, "職員だけのメモ").await;
        let plan = NewPlan { subject: SubjectKind::Household, person: None, once: None };
        let part = SavePart {
            compartment: opened.compartment,
            sheet: Sheet { words: "庭に出てみたい".to_owned(), ..Sheet::default() },
            agreed: None,
            review_on: None,
            seen: None,
        };
        room.new_plan(&me, opened.case, plan, &part).await.unwrap();
        let mut upload = room.attach(&me, opened.case, opened.compartment).await.unwrap();
        upload.take("預かった日のこと\n".repeat(40_000).as_bytes()).await.unwrap();
        let file = upload.finish(&me, "診断書の写し.txt", "").await.unwrap();
        room.keep_draft(&me, &form_key(opened.case), &Token::fresh(), "書きかけの一行").await.unwrap();
        let request = NewRequest {
            standing: Standing::Oneself,
            person: Some(mother),
            received_on: date(2026, 11, 24),
            words: "すべての記録を見たい".to_owned(),
        };
        room.request_disclosure(&me, opened.case, &request).await.unwrap();
        for typed in ["渡邊湊", "夜中にコンビニ", "診断書の写し", &phone] {
            assert!(room.search(&me, typed).await.unwrap().total > 0, "{typed} can be found by who may");
        }

        let all = every_byte(&world, &db).await;
        assert!(all.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > 500_000, "the bytes were read");
        assert!(count(&all, b"attachment.kept") > 0, "what is not secret is found this way");
        for word in WORDS.iter().copied().chain([phone.as_str()]) {
            for spelling in spellings(word) {
                assert_eq!(count(&all, &spelling), 0, "{word}");
            }
        }

        // Erased, the sealed bytes themselves are gone from file and log.
        let sealed: Vec<(Vec<u8>,)> = world.db.read().await.unwrap()
            .all(&format!("SELECT body FROM attachment_piece WHERE attachment_id = {file}"), &[]).await.unwrap();
        let piece = sealed[0].0[1_000..1_064].to_vec();
        assert!(count(&all, &piece) > 0);
        let lead = world.supervisor().await;
        let hold = room.retention(&lead).await.unwrap().holds[0].id;
        room.lift_hold(&lead, opened.case, hold).await.unwrap();
        world.finish(opened.case, "2020-05-08").await;
        let erasure = room.propose_erasure(&me, opened.case).await.unwrap();
        room.approve_erasure(&lead, opened.case, erasure).await.unwrap();
        let all = every_byte(&world, &db).await;
        assert_eq!(count(&all, &piece), 0, "sealed bytes of what was erased");
        for table in ["letter", "note_revision", "findable", "person", "compartment", "draft"] {
            assert_eq!(world.number_of(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
    }
}
