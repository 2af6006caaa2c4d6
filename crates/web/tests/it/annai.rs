//! The guide as a person meets it: at three in the morning, without a script, on a device that others use too.

use std::io::Write as _;

use axum::http::Method;
use jiff::SignedDuration;
use testkit::{
    TestDb,
    client::{Answer, Client},
    html,
};

use crate::world::{MIGRATIONS, World};

fn packed(page: &Answer) -> usize {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&page.bytes).unwrap();
    gzip.finish().unwrap().len()
}

/// What every page of this door keeps to.
#[track_caller]
fn assert_calm(page: &Answer) {
    assert_eq!(page.status, 200, "{}", page.path);
    assert_eq!(
        page.header("cache-control"),
        Some("no-store"),
        "{}",
        page.path
    );
    assert!(page.header("x-robots-tag").unwrap().contains("noindex"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let html = page.html();
    let title = html::title(&html);
    let neutral = [
        "",
        " 1",
        " 2",
        " 3",
        " 4",
        " 5",
        " 6",
        " 7",
        " たしかめ",
        " けっか",
        " まとめて",
        " カード",
    ];
    assert!(
        neutral.iter().any(
            |step| title.trim_start_matches("エラー：") == format!("ご案内{step} | まちの窓口")
        ),
        "{}: {title}",
        page.path
    );
    assert!(
        html.contains("id=\"tsurai\"") && html.contains("id=\"toziru\""),
        "{}",
        page.path
    );
    assert!(!html.contains("style="), "{}", page.path);
    assert!(
        packed(page) <= 14 * 1024,
        "{} has {} bytes",
        page.path,
        packed(page)
    );
}

/// The kinds of the first cards, in order.
fn first(page: &Answer) -> Vec<String> {
    page.html()
        .split("data-window=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

/// What stands below the first cards: other windows, later ones, the reasons.
fn rest(page: &Answer) -> String {
    let html = page.html();
    let from = html.find("<div class=\"rest\">").unwrap();
    let to = html[from..]
        .find("</section>")
        .map_or(html.len(), |at| from + at);
    let to = html[from..to]
        .find("<section class=\"noprint")
        .map_or(to, |at| from + at);
    html::text(&html[from..to])
}

/// Answers as form fields: name and value, any number of each name.
type Fields = Vec<(&'static str, String)>;

const PAGES: [(&str, &str); 9] = [
    ("who", "1"),
    ("area", "2"),
    ("age", "3"),
    ("school", "3b"),
    ("want", "4"),
    ("how", "5"),
    ("stage", "6"),
    ("prev", "6b"),
    ("circumstances", "7"),
];

fn encoded(fields: &[(&'static str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// One question at a time, as the pages lead; the result page.
async fn by_pages(visitor: &mut Client, fields: &Fields) -> Answer {
    let mut path = "/annai/1".to_owned();
    loop {
        let slug = path.trim_start_matches("/annai/");
        let Some((name, _)) = PAGES.iter().find(|(_, known)| *known == slug) else {
            return visitor.get(&path).await;
        };
        let own: Vec<(&'static str, String)> = fields
            .iter()
            .filter(|(field, _)| field == name || (*name == "area" && *field == "asker"))
            .cloned()
            .collect();
        let answer = visitor.once(Method::POST, &path, Some(encoded(&own))).await;
        assert_eq!(answer.status, 303, "{path} {own:?}");
        answer.header("location").unwrap().clone_into(&mut path);
        assert!(!path.contains('#'), "{path} {own:?}");
    }
}

/// Everything at once.
async fn at_once(visitor: &mut Client, fields: &Fields) -> Answer {
    visitor
        .once(Method::POST, "/annai/zenbu", Some(encoded(fields)))
        .await
}

fn fields(pairs: &[(&'static str, &str)]) -> Fields {
    pairs
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

/// The heaviest sheet: everything is pressing, three wishes, every circumstance.
fn heaviest(area: &str) -> Fields {
    let rules = guide::Rules::shipped().unwrap();
    let mut all = fields(&[
        ("who", "who:parent"),
        ("area", area),
        ("asker", "札幌市"),
        ("age", "age:16-18"),
        ("school", "school:high"),
        ("want", "want:listen"),
        ("want", "want:health"),
        ("want", "want:work"),
        ("how", "how:chat"),
        ("how", "how:voiceless"),
        ("stage", "stage:s1"),
        ("prev", "prev:HC"),
    ]);
    let question = rules.question("circumstances").unwrap();
    all.extend(
        question
            .options()
            .map(|pick| ("circumstances", pick.value.clone())),
    );
    all
}

/// Every table that something could be written into by somebody who only looks.
const ROWS: &str = "SELECT (SELECT COUNT(*) FROM audit_row) + (SELECT COUNT(*) FROM limit_bucket) + (SELECT COUNT(*) FROM thread) \
    + (SELECT COUNT(*) FROM mailbox_count) + (SELECT COUNT(*) FROM session)";

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn sheet(&mut self, rules: &guide::Rules) -> Fields {
        const PLACES: [&str; 12] = [
            "",
            "みどり市",
            "〒951-8068",
            "新潟市中央区",
            "沖縄県",
            "ＴＯＫＹＯ 港区",
            "大阪市北区",
            "1500001",
            "札幌市",
            "青森県",
            "神戸市",
            "高知市",
        ];
        let mut sheet = Fields::new();
        for question in &rules.questions {
            let name = PAGES
                .iter()
                .find(|(name, _)| *name == question.id)
                .unwrap()
                .0;
            let options: Vec<&str> = question
                .options()
                .chain(&question.aside)
                .map(|pick| pick.value.as_str())
                .collect();
            let many = match question.form {
                guide::Form::Area => {
                    sheet.push((name, PLACES[self.roll(PLACES.len())].to_owned()));
                    if self.roll(4) == 0 {
                        sheet.push(("asker", PLACES[self.roll(PLACES.len())].to_owned()));
                    }
                    continue;
                }
                guide::Form::One => self.roll(2),
                guide::Form::AtMostThree => self.roll(4),
                guide::Form::Many => self.roll(5),
            };
            let mut chosen: Vec<&str> = Vec::new();
            for _ in 0..many {
                let value = options[self.roll(options.len())];
                if !chosen.contains(&value) {
                    chosen.push(value);
                }
            }
            sheet.extend(chosen.into_iter().map(|value| (name, value.to_owned())));
        }
        sheet
    }
}

/// field/guide.md §D9: both ways through give the same.
#[test]
fn both_ways_through_give_the_same_windows() {
    async fn story(db: TestDb) {
        let world = World::new(&db).await;
        let rules = guide::Rules::shipped().unwrap();
        let mut dice = Dice(20_261_122);
        let mut kinds = std::collections::BTreeSet::new();
        for round in 0..500 {
            let sheet = dice.sheet(&rules);
            let mut visitor = world.visitor();
            let paged = by_pages(&mut visitor, &sheet).await;
            assert_eq!(paged.path, "/annai/kekka");
            let mut other = world.visitor();
            let single = at_once(&mut other, &sheet).await;
            assert!(other.cookies.is_empty(), "the one-page form sets no cookie");
            assert_eq!(first(&paged), first(&single), "{sheet:?}");
            assert_eq!(rest(&paged), rest(&single), "{sheet:?}");
            assert!((1..=3).contains(&first(&paged).len()), "{sheet:?}");
            assert!(first(&paged).contains(&"HC".to_owned()), "{sheet:?}");
            kinds.extend(first(&paged));
            if round % 25 == 0 {
                assert_calm(&paged);
                assert_calm(&single);
            }
        }
        assert!(kinds.len() > 12, "the dice reached many windows: {kinds:?}");
    }
    testkit::on_sqlite(MIGRATIONS, story);
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// A mother at three in the morning, in the area of an office that takes letters.
    async fn a_few_questions_lead_to_windows_with_reasons(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let start = visitor.get("/annai").await;
        assert_calm(&start);
        start.assert_says("どの質問も、とばせます");
        start.assert_says("どこにも保存しません");
        let page = visitor.get(&start.link("はじめる")).await;
        assert_calm(&page);
        page.assert_says("話しやすい窓口がかわるためです");
        page.assert_says("あと6つくらいです。とばしても大丈夫です");
        assert!(!page.html().contains(" checked"), "nothing is chosen for anyone");
        let page = visitor.submit(&page.form_with_button("つぎへ").fill("who", "who:parent")).await;
        assert_eq!(page.path, "/annai/2");
        assert_calm(&page);
        let page = visitor.submit(&page.form_with_button("つぎへ").fill("area", "みどり市")).await;
        let page = visitor.submit(&page.form_with_button("つぎへ").fill("age", "age:16-18")).await;
        assert_eq!(page.path, "/annai/3b", "only up to 18 the school is asked for");
        let page = visitor.submit(&page.form_with_button("とばす")).await;
        let page = visitor.submit(&page.form_with_button("つぎへ").tick("want", "want:advice")).await;
        let page = visitor.submit(&page.form_with_button("とばす")).await;
        let page = visitor.submit(&page.form_with_button("つぎへ").fill("stage", "stage:s1")).await;
        assert_eq!(page.path, "/annai/6b");
        let page = visitor.submit(&page.form_with_button("つぎへ")).await;
        page.assert_says("これで最後です");
        let result = visitor.submit(&page.form_with_button("とばす")).await;
        assert_eq!(result.path, "/annai/kekka");
        assert_calm(&result);
        result.assert_says("みどり市にお住まいの方への案内です");
        result.assert_says("群馬県ひきこもり支援センター");
        result.assert_says("家族だけで相談できます");
        result.assert_says("つぎの一歩");
        result.assert_says("ことわられたら");
        result.assert_says("まだ確認できていません");
        // Three o'clock on a Sunday; Monday is a holiday.
        result.assert_says("11月22日（日）3:00");
        result.assert_says("いま話せるところがあります");
        result.assert_says("朝までは");
        assert!(!result.says("いま、つながる時間です"));
        assert_eq!(result.link("手紙を書く"), world.form());
        assert!(first(&result).contains(&"HC".to_owned()));

        // The list of answers; one is changed, the follow-up goes with it.
        let list = visitor.get(&result.link("答えを見る")).await;
        assert_calm(&list);
        list.assert_says("群馬県みどり市");
        let page = visitor.get("/annai/3/naosu").await;
        assert!(page.html().contains("value=\"age:16-18\" checked"));
        let list = visitor.submit(&page.form_with_button("つぎへ").fill("age", "age:40-49")).await;
        assert_eq!(list.path, "/annai/kotae");
        list.assert_says("40歳から49歳");
        assert!(!list.says("学校（"));
        let card = visitor.get("/annai/kaado").await;
        assert_calm(&card);
        card.assert_says("子どものことで相談したい、親です");
        card.assert_says("みどり市に住んでいます");
        assert!(card.html().contains("class=\"outside\""), "the outside stays blank");

        // Gone.
        let gone = visitor.submit(&list.form_with_button("ぜんぶ消す")).await;
        assert_calm(&gone);
        assert_eq!(visitor.cookie("a"), None);
        assert_eq!(visitor.get("/annai/kekka").await.path, "/annai");
    }

    /// Nothing that was answered is in an address, a title, a readable cookie or the database.
    async fn no_answer_leaves_a_trace(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let before = world.number(ROWS).await;
        let sheet = heaviest("新潟市中央区");
        by_pages(&mut visitor, &sheet).await;
        let cookie = visitor.cookie("a").unwrap().to_owned();
        for path in ["/annai", "/annai/1", "/annai/4", "/annai/7", "/annai/kotae", "/annai/kekka", "/annai/kaado"] {
            assert_calm(&visitor.get(path).await);
        }
        for path in &visitor.visited {
            let known = ["/annai", "/annai/kotae", "/annai/kekka", "/annai/kaado"].contains(&path.as_str())
                || PAGES.iter().any(|(_, slug)| *path == format!("/annai/{slug}"));
            assert!(known, "{path}");
        }
        assert!(cookie.len() < 120, "{} bytes", cookie.len());
        let mut once_more = world.visitor();
        by_pages(&mut once_more, &sheet).await;
        assert_ne!(once_more.cookie("a"), Some(cookie.as_str()), "the same answers look different every time");
        // Words that led nowhere are kept for the next page, unreadable.
        let mut lost = world.visitor();
        lost.post("/annai/1", &[]).await;
        let page = lost.post("/annai/2", &[("area", "すみれの丘")]).await;
        assert!(page.html().contains("すみれの丘"));
        assert_calm(&page);
        let sealed = data_encoding::BASE64URL_NOPAD.decode(lost.cookie("a").unwrap().as_bytes()).unwrap();
        assert!(!sealed.windows(6).any(|bytes| bytes == "すみ".as_bytes()));
        assert!(!db.holds_in_the_clear("すみれの丘").await);
        let rows = world.number(ROWS).await;
        assert_eq!(rows, before, "no row for anyone who only looks");
    }
}

#[test]
fn a_broken_old_or_foreign_cookie_leads_gently_to_the_beginning() {
    async fn story(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        by_pages(
            &mut visitor,
            &fields(&[("who", "who:self"), ("area", "みどり市")]),
        )
        .await;
        let good = visitor.cookie("a").unwrap().to_owned();
        for at in [0, 5, 20, good.len() - 1] {
            let mut broken = good.clone().into_bytes();
            broken[at] = if broken[at] == b'A' { b'B' } else { b'A' };
            visitor.cookies = vec![("a".to_owned(), String::from_utf8(broken).unwrap())];
            let page = visitor.get("/annai/4").await;
            assert_eq!(page.path, "/annai");
            page.assert_says("前の答えは、もうありません");
            assert_calm(&page);
            assert_eq!(
                visitor.cookie("a"),
                None,
                "what cannot be read is taken away"
            );
        }
        for odd in ["x", "AAAA", "%", "あ"] {
            visitor.cookies = vec![("a".to_owned(), odd.to_owned())];
            assert_eq!(visitor.get("/annai/kekka").await.path, "/annai");
        }
        visitor.cookies = vec![("a".to_owned(), good.clone())];
        world.clock.advance(SignedDuration::from_mins(59));
        assert_eq!(visitor.get("/annai/kekka").await.path, "/annai/kekka");
        world.clock.advance(SignedDuration::from_mins(2));
        let late = visitor.get("/annai/kekka").await;
        assert_eq!(late.path, "/annai");
        late.assert_says("1時間たつと、答えは消えます");
        // Sent after an hour: nothing breaks, the beginning again.
        visitor.cookies = vec![("a".to_owned(), good)];
        assert_eq!(
            visitor.post("/annai/5", &[("how", "how:mail")]).await.path,
            "/annai"
        );
        // After 「この画面をとじる」 Back finds only the neutral beginning.
        let mut other = world.visitor();
        by_pages(&mut other, &fields(&[("who", "who:self")])).await;
        let closed = other.once(Method::GET, "/toziru", None).await;
        assert_eq!(closed.status, 200);
        let back = other.get("/annai/kekka").await;
        assert_eq!(back.path, "/annai");
        assert!(!back.says("前の答えは"));
    }
    testkit::on_sqlite(MIGRATIONS, story);
}

#[test]
fn a_place_may_be_written_in_any_way_and_what_was_typed_stays() {
    async fn story(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        visitor.post("/annai/1", &[]).await;
        let page = visitor.post("/annai/2", &[("area", "府中市")]).await;
        assert_eq!(page.path, "/annai/2");
        page.assert_says("いくつかあります。どちらですか");
        page.assert_says("東京都府中市");
        page.assert_says("広島県府中市");
        let page = visitor
            .submit(&page.form_with_button("つぎへ").fill("erabu", "34208"))
            .await;
        assert_eq!(page.path, "/annai/3");
        let list = visitor.get("/annai/kotae").await;
        list.assert_says("広島県府中市");
        for (typed, words) in [
            ("999-9999", "その郵便番号は見つかりませんでした"),
            ("12345", "7けたの数字"),
            ("<b>夢の国</b>", "見つかりませんでした"),
        ] {
            let page = visitor.post("/annai/2/naosu", &[("area", typed)]).await;
            assert_eq!(page.path, "/annai/2/naosu");
            assert!(html::title(&page.html()).starts_with("エラー："));
            page.assert_says(words);
            assert_eq!(page.form_with_button("つぎへ").value("area"), Some(typed));
            assert!(!page.html().contains("<b>夢"));
        }
        visitor
            .get("/annai/kotae")
            .await
            .assert_says("広島県府中市");
        let page = visitor.post("/annai/2/naosu", &[("pref", "47000")]).await;
        assert_eq!(page.path, "/annai/kotae");
        page.assert_says("沖縄県");
        // Four wishes: once more, with all four still ticked; odd values count for nothing.
        let wishes = [
            ("want", "want:listen"),
            ("want", "want:place"),
            ("want", "want:work"),
            ("want", "want:money"),
        ];
        let page = visitor.post("/annai/4", &wishes).await;
        assert_eq!(page.path, "/annai/4");
        page.assert_says("3つまで選んでください");
        assert_eq!(page.html().matches(" checked").count(), 4);
        let page = visitor
            .post("/annai/4", &[("want", "want:gold"), ("x", "y")])
            .await;
        assert_eq!(page.path, "/annai/5");
        // The one-page form keeps everything as well.
        let page = at_once(
            &mut visitor,
            &fields(&[("who", "who:self"), ("area", "北区"), ("stage", "stage:s2")]),
        )
        .await;
        page.assert_says("どれに近いですか");
        assert!(
            page.html().contains("value=\"stage:s2\" checked")
                && page.html().contains("value=\"who:self\" checked")
        );
        assert_calm(&page);
        let page = visitor
            .submit(&page.form_with_button("窓口を見る").fill("erabu", "13117"))
            .await;
        page.assert_says("北区にお住まいの方への案内です");
        let again = visitor.submit(&page.form_with_button("答えをなおす")).await;
        assert!(again.html().contains("value=\"who:self\" checked"));
        let card = visitor.submit(&page.form_with_button("言い方カード")).await;
        card.assert_says("自分のことで相談したいです");
        assert!(visitor.get("/annai/9").await.status == 404);
    }
    testkit::on_sqlite(MIGRATIONS, story);
}

#[test]
fn the_heaviest_pages_stay_light_everywhere() {
    async fn story(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let mut heaviest_page = (0, String::new());
        for area in [
            "新潟市中央区",
            "大阪市北区",
            "札幌市中央区",
            "東京都港区",
            "みどり市",
            "鹿児島県",
            "神戸市",
            "青森市",
            "沖縄県",
            "",
        ] {
            for easy in ["v=e=1&r=1", "v="] {
                visitor.cookies = vec![("v".to_owned(), easy[2..].to_owned())];
                let page = at_once(&mut visitor, &heaviest(area)).await;
                assert_calm(&page);
                heaviest_page = heaviest_page.max((packed(&page), area.to_owned()));
            }
        }
        assert_calm(&visitor.get("/annai/zenbu").await);
        println!("heaviest result: {heaviest_page:?}");
    }
    testkit::on_sqlite(MIGRATIONS, story);
}

#[test]
fn what_is_urgent_stands_first_and_words_are_easy_when_asked_for() {
    async fn story(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let page = at_once(
            &mut visitor,
            &fields(&[
                ("who", "who:self"),
                ("age", "age:13-15"),
                ("circumstances", "risk:suicide"),
            ]),
        )
        .await;
        let html = page.html();
        assert!(html.find("先に、ここへ").unwrap() < html.find("つぎの一歩").unwrap());
        page.assert_says("名前を言わなくて大丈夫です");
        page.assert_says("チャイルドライン");
        page.assert_says("24時間子供SOSダイヤル");
        page.assert_says("県をえらぶと、担当のセンターがわかります");
        visitor.cookies = vec![("v".to_owned(), "e=1".to_owned())];
        let page = at_once(
            &mut visitor,
            &fields(&[("who", "who:parent"), ("area", "みどり市")]),
        )
        .await;
        page.assert_says("何さいでも、お金を払わずに話せます");
        assert!(!page.says("年齢をとわず"));
        visitor
            .get("/annai/1")
            .await
            .assert_says("だれのことで、ここに来ましたか");
        // By day the centre is open, and nothing is said about the night.
        world.clock.set(testkit::clock_at("2026-11-24T11:00").now());
        let mut day = world.visitor();
        let page = at_once(
            &mut day,
            &fields(&[("who", "who:parent"), ("area", "みどり市")]),
        )
        .await;
        assert!(!page.html().contains("class=\"quiet night\""));
    }
    testkit::on_sqlite(MIGRATIONS, story);
}

#[test]
fn the_rules_are_printed_whole_from_the_same_data() {
    async fn story(db: TestDb) {
        let world = World::new(&db).await;
        let rules = guide::Rules::shipped().unwrap();
        let mut visitor = world.visitor();
        let page = visitor.get("/annai/kimari").await;
        assert!(packed(&page) <= 14 * 1024, "{}", packed(&page));
        assert!(!page.header("cache-control").unwrap().contains("no-store"));
        assert!(page.header("x-robots-tag").is_none());
        page.assert_says(&rules.version);
        for rule in &rules.rules {
            page.assert_says(&rule.id);
            page.assert_says(&rule.reason.normal);
        }
        page.assert_says("ひきこもり地域支援センター：100");
        let page = visitor.get("/annai/kimari/kimetakoto").await;
        assert!(packed(&page) <= 14 * 1024, "{}", packed(&page));
        for decision in &rules.decisions {
            page.assert_says(&decision.decision);
        }
        visitor.cookies = vec![("v".to_owned(), "e=1".to_owned())];
        let page = visitor.get("/annai/kimari").await;
        for rule in &rules.rules {
            page.assert_says(&rule.reason.easy);
        }
    }
    testkit::on_sqlite(MIGRATIONS, story);
}
