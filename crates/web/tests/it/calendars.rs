//! Calendars over HTTP: the week on one page, a private address, closing days from a file, what is open for everybody.

use axum::{
    body::Body,
    http::{Request, header},
};
use basics::MunicipalityCode;
use basics::time::start_of_day;
use casework::visit::{Goal, NewVisit, Target, WantedBy, Words};
use casework::{Knows, NewCase, NewPerson, Part, Relationship};
use community::gathering::Day;
use community::programme::{AfterBooking, Details, Draft, ForWhom, Kind, PlaceShown, RunBy};
use jiff::SignedDuration;
use jiff::civil::{date, time};
use office::Role;
use std::fmt::Write as _;
use testkit::{
    TestDb,
    builders::{Colleague, PASSWORD},
    client::{Answer, Client},
};

use crate::world::{MIGRATIONS, World};

const SECRET_PLACE: &str = "桐生駅前ビル203";

impl World {
    async fn seated(&self, who: &Colleague) -> Client {
        let mut client = self.visitor();
        let page = client.get("/desk").await;
        self.clock.advance(SignedDuration::from_secs(30));
        let form = page
            .form_to("/desk/hairu")
            .fill("login", &who.login)
            .fill("password", PASSWORD)
            .fill("code", &who.totp.code_at(self.clock.now()));
        client.submit(&form).await;
        client
    }

    /// A visit of the coordinator and the supervisor on Wednesday afternoon, for a case of the coordinator.
    async fn a_visit_on_wednesday(&self) {
        let me = self.office.session(&self.office.coordinator).await;
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself).called("はると"),
            consulter: Some(
                NewPerson::unknown(Part::Family, Relationship::Mother).called("すみれ"),
            ),
            subject_knows: Knows::DoesNot,
            thread: None,
        };
        let opened = self.app.casework.open_new(&me, &new).await.unwrap();
        let day = start_of_day(date(2026, 11, 25));
        let visit = NewVisit {
            despite: None,
            compartment: opened.compartment,
            target: Target::FamilyAway,
            leave_at: day + SignedDuration::from_hours(14),
            return_at: day + SignedDuration::from_hours(16),
            wanted_by: WantedBy::ToSeeFamily,
            goals: vec![Goal::Family],
            words: Words::default(),
            staff: me.staff(),
            buddy: Some(self.office.supervisor.staff),
        };
        let room = &self.app.casework;
        room.plan_visit(&me, opened.case, &visit).await.unwrap();
    }

    /// A place whose address is told after booking only, on Thursday and on Friday, run by the coordinator.
    async fn a_sheltered_place(&self) {
        let me = self.office.session(&self.office.coordinator).await;
        let draft = Draft {
            kind: Kind::PeerGroup,
            for_whom: ForWhom::Principal,
            run_by: RunBy::Office,
            municipality: Some(MunicipalityCode::parse("10212").unwrap()),
            online: false,
            first_time_friendly: true,
            walk_in: false,
            takes_bookings: true,
            keeps_waiting_list: false,
            capacity: Some(6),
            details: Details {
                title: "しずかな会, ゆるやかに".to_owned(),
                place_shown: PlaceShown::AfterBooking,
                place_name: SECRET_PLACE.to_owned(),
                ..Details::default()
            },
            after_booking: AfterBooking {
                place: SECRET_PLACE.to_owned(),
                ..AfterBooking::default()
            },
            rule: None,
            hosts: vec![me.staff()],
        };
        let room = &self.app.community;
        let programme = room.add_programme(&me, &draft).await.unwrap();
        let mut gone = None;
        for day in [date(2026, 11, 26), date(2026, 11, 27)] {
            let day = Day {
                day,
                from: time(10, 0, 0, 0),
                minutes: 90,
                capacity: None,
                words: String::new(),
                hosts: Vec::new(),
            };
            gone = Some(room.add_gathering(&me, programme, &day).await.unwrap());
        }
        room.list_programme(&me, programme).await.unwrap();
        let words = "講師の都合でお休みします";
        room.cancel_gathering(&me, gone.unwrap(), words)
            .await
            .unwrap();
    }
}

/// The address between the words of the page that shows it.
fn address(page: &Answer) -> String {
    let html = page.html();
    let from = html
        .find("/koyomi/")
        .map(|at| &html[at..])
        .unwrap_or_default();
    from.split('<').next().unwrap_or_default().to_owned()
}

async fn upload(client: &mut Client, page: &Answer, file: &str) -> Answer {
    let token = page
        .form_with_button("たしかめる")
        .value("_t")
        .unwrap()
        .to_owned();
    let mut body = String::new();
    for (name, value) in [("_t", token.as_str()), ("gyou", ""), ("act", "look")] {
        write!(
            body,
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
        .unwrap();
    }
    write!(body, "--x\r\nContent-Disposition: form-data; name=\"fairu\"; filename=\"yasumi.ics\"\r\nContent-Type: text/calendar\r\n\r\n{file}\r\n--x--\r\n").unwrap();
    let request = Request::post("/desk/madoguchi/yasumi")
        .header(header::ORIGIN, "http://localhost")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    client.send(request.body(Body::from(body)).unwrap()).await
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Who is where, without the case for somebody who does not work on it.
    async fn the_week_on_one_page(db: TestDb) {
        let world = World::new(&db).await;
        world.a_visit_on_wednesday().await;
        world.a_sheltered_place().await;
        let mut me = world.seated(&world.office.coordinator).await;
        let page = me.get("/desk/shuu/2026-W48").await;
        for words in ["2026年11月23日（月）〜11月29日（日）", "勤労感謝の日", "14:00〜16:00", "訪問", "ケース 1", "当事者会「しずかな会, ゆるやかに」", "とりやめ"] {
            page.assert_says(words);
        }
        assert!(!page.says("すみれ") && !page.says("はると") && !page.says(SECRET_PLACE));
        // Saturday and Sunday stand there only with something on them.
        assert!(!page.says("11月28日（土）8") && !page.html().contains("<h2 id=\"d6\">"));
        assert_eq!(me.get(&page.link("前の週")).await.html().matches("ケース 1").count(), 0);
        me.get(&page.link("つぎの週")).await.assert_says("2026年11月30日（月）");
        // Sunday, the 22nd, belongs to the week before.
        me.get("/desk/shuu").await.assert_says("2026年11月16日（月）");
        // One colleague's week: the supervisor goes along on the visit and runs no group.
        let only = me.get(&format!("/desk/shuu/2026-W48?dare={}", world.office.supervisor.staff)).await;
        assert!(only.says("訪問") && !only.says("しずかな会"));

        let other = world.office.another("sora", Role::Coordinator).await;
        let mut other = world.seated(&other).await;
        let page = other.get("/desk/shuu/2026-W48").await;
        page.assert_says("訪問");
        assert!(!page.says("ケース 1"));
        let nothing = other.get("/desk/nai").await;
        for wrong in ["/desk/shuu/2026-W54", "/desk/shuu/x", "/desk/shuu/2026-W48x"] {
            let answer = other.get(wrong).await;
            assert_eq!((answer.status.as_u16(), answer.html()), (404, nothing.html()), "{wrong}");
        }
        let mut admin = world.seated(&world.office.administrator).await;
        assert_eq!(admin.get("/desk/shuu").await.status.as_u16(), 404);
        assert!(!admin.get("/desk/madoguchi").await.html().contains("href=\"/desk/shuu\""));
    }

    /// The address is shown once, gives hours and no names, and is gone when it is stopped.
    async fn a_private_calendar(db: TestDb) {
        let world = World::new(&db).await;
        world.a_visit_on_wednesday().await;
        world.a_sheltered_place().await;
        let mut me = world.seated(&world.office.coordinator).await;
        let page = me.get("/desk/watashi").await;
        let page = me.get(&page.link("カレンダーのアドレス")).await;
        let page = me.submit(&page.form_with_button("アドレスを作る")).await;
        page.assert_says("一度だけ出ます");
        let path = address(&page);
        assert_eq!(path.len(), "/koyomi/.ics".len() + 64);
        assert!(!me.get("/desk/watashi/koyomi").await.html().contains("/koyomi/0") && address(&me.get("/desk/watashi/koyomi").await) != path);

        let mut telephone = world.visitor().somebody_else();
        let file = telephone.get(&path).await;
        assert_eq!(file.header("content-type"), Some("text/calendar; charset=utf-8"));
        assert_eq!(file.header("cache-control"), Some("no-store"));
        assert_eq!(file.header("x-robots-tag"), Some("noindex, nofollow, noarchive"));
        let text = file.html();
        assert_eq!(text.matches("SUMMARY:訪問").count() + text.matches("SUMMARY:居場所").count(), 2, "{text}");
        for secret in ["すみれ", "はると", "しずかな会", SECRET_PLACE, "midori", "LOCATION"] {
            assert!(!text.contains(secret), "{secret}");
        }
        // Whatever is wrong with an address, the answer is the same.
        let nothing = telephone.get("/koyomi/nai").await;
        assert_eq!(nothing.status.as_u16(), 404);
        let upper = path.to_uppercase().replace("/KOYOMI/", "/koyomi/").replace(".ICS", ".ics");
        for wrong in [path.replace(".ics", ""), format!("/koyomi/{}.ics", "0".repeat(64)), "/koyomi/.ics".to_owned(), path.replace(".ics", "0.ics"), upper] {
            let answer = telephone.get(&wrong).await;
            // An address of digits alone is its own capital letters.
            assert!(wrong == path || (answer.status == nothing.status && answer.bytes == nothing.bytes && answer.headers == nothing.headers), "{wrong}");
        }
        let page = me.get("/desk/watashi/koyomi").await;
        me.submit(&page.form_with_button("止める")).await.assert_says("止めました");
        let gone = telephone.get(&path).await;
        assert_eq!((gone.status, gone.bytes), (nothing.status, nothing.bytes));
        // A peer has none.
        let peer = world.office.another("hana", Role::Peer).await;
        let mut peer = world.seated(&peer).await;
        assert_eq!(peer.get("/desk/watashi/koyomi").await.status.as_u16(), 404);
        assert!(!peer.get("/desk/watashi").await.says("カレンダーのアドレス"));
    }

    async fn closing_days_from_a_file(db: TestDb) {
        let world = World::new(&db).await;
        let mut lead = world.seated(&world.office.supervisor).await;
        let page = lead.get("/desk/madoguchi").await;
        let page = lead.get(&page.link("休みの日を、カレンダーのファイルや日付の一覧から入れる")).await;
        let file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:館内<整備>\r\nDTSTART;VALUE=DATE:20261207\r\nDTEND;VALUE=DATE:20261209\r\n\
                    END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:会議\r\nDTSTART:20261210T100000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let seen = upload(&mut lead, &page, file).await;
        for words in ["館内<整備>（2026年12月7日）", "2026年12月7日（月）から2026年12月8日（火）までのうち、2日を加えます。", "時刻のある予定なので、入れません。"] {
            seen.assert_says(words);
        }
        assert!(!seen.html().contains("<整備>"));
        let done = lead.submit(&seen.form_with_button("2日を休みの日に加える")).await;
        done.assert_says("2日を、休みの日に加えました。");
        assert!(lead.get("/desk/madoguchi").await.html().contains("2026-12-07\n2026-12-08"));
        // Sent again from the old page: there is nothing left to add.
        lead.submit(&seen.form_with_button("2日を休みの日に加える")).await.assert_says("0日を");

        // Lines, with a mistake in them; what was typed stays.
        let page = lead.get("/desk/madoguchi/yasumi").await;
        let typed = "12/29〜1/3\nそのうち";
        let seen = lead.submit(&page.form_with_button("たしかめる").fill("gyou", typed)).await;
        seen.assert_says("「そのうち」を日付として読めませんでした。");
        assert!(seen.html().contains(typed));
        // Somebody saves the office meanwhile: nothing is added, and it is looked at again.
        let office = lead.get("/desk/madoguchi").await;
        lead.submit(&office.form_with_button("保存する")).await.assert_says("保存しました");
        let again = lead.submit(&seen.form_with_button("6日を休みの日に加える")).await;
        assert_eq!(again.status.as_u16(), 409);
        again.assert_says("ほかの職員が先に窓口の設定を変えました。");
        lead.submit(&again.form_with_button("6日を休みの日に加える")).await.assert_says("6日を、");

        let page = lead.get("/desk/madoguchi/yasumi").await;
        let wrong = upload(&mut lead, &page, "PK\u{3}\u{4}").await;
        assert_eq!(wrong.status.as_u16(), 422);
        wrong.assert_says("カレンダーのファイル（.ics）として読めませんでした。");
        let large = "x".repeat(257 * 1024);
        assert_eq!(upload(&mut lead, &page, &large).await.status.as_u16(), 422);

        let mut me = world.seated(&world.office.coordinator).await;
        assert_eq!(me.get("/desk/madoguchi/yasumi").await.status.as_u16(), 404);
        let own = me.get("/desk/watashi").await;
        let token = own.html().split("name=\"_t\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let sent = me.post("/desk/madoguchi/yasumi", &[("_t", &token), ("act", "take"), ("version", "9"), ("hi", "2027-02-01")]).await;
        assert_eq!(sent.status.as_u16(), 404);
    }

    async fn what_is_open_for_other_programs(db: TestDb) {
        let world = World::new(&db).await;
        world.a_sheltered_place().await;
        let mut visitor = world.visitor();
        let file = visitor.get("/basho/koyomi.ics").await;
        assert_eq!(file.header("content-type"), Some("text/calendar; charset=utf-8"));
        let text = file.html().replace("\r\n ", "");
        for line in [
            "UID:basho-1-1@localhost",
            "SUMMARY:しずかな会\\, ゆるやかに",
            "LOCATION:場所は、予約のあとでお伝えします",
            "URL:http://localhost/basho/1",
            "DTSTART:20261126T010000Z",
            "UID:basho-1-2@localhost",
            "STATUS:CANCELLED",
            "SEQUENCE:2",
            "DESCRIPTION:講師の都合でお休みします",
            "X-WR-CALNAME:まちの窓口の予定",
        ] {
            assert!(text.contains(&format!("\r\n{line}\r\n")), "{line}\n{text}");
        }
        assert!(!text.contains(SECRET_PLACE));
    }
}
