//! Story 1, 母の10年, over HTTP: a mother writes without a name, for years; she dies; her son phones from her old number. The
//! office sees all of it. Nothing that he can open shows that she ever wrote (inv. 2, 8, 10, 15).

use axum::http::StatusCode;
use casework::approach::{Ground, NewApproach};
use casework::engagement::{Change, State};
use casework::{Knows, NewCase, NewPerson, Part, Relationship};
use jiff::SignedDuration;
use mailbox::answer::Reply;
use mailbox::return_code::Token;
use testkit::TestDb;
use testkit::client::Client;

use crate::world::{MIGRATIONS, World};

/// What only she said.
const HERS: &str = "息子が部屋から出てきません。わたしが書いたことは、内緒にしてください";

/// Every page that a holder of a code can open, as far as links lead.
async fn all_pages(holder: &mut Client) -> String {
    let mut open = vec!["/tegami/fuutou".to_owned()];
    let mut seen: Vec<String> = Vec::new();
    let mut text = String::new();
    while let Some(path) = open.pop() {
        if seen.contains(&path) {
            continue;
        }
        seen.push(path.clone());
        let page = holder.get(&path).await;
        text.push_str(&page.html());
        let ways = page.links().into_iter().map(|(href, _)| href);
        open.extend(ways.filter(|href| href.starts_with("/tegami") && !href.contains('#')));
    }
    assert!(seen.len() > 1, "{seen:?}");
    text
}

testkit::on_both_databases! {
    MIGRATIONS;

    async fn ten_years_of_a_mother(db: TestDb) {
        let world = World::new(&db).await;
        let (room, coordinator) = (&world.app.casework, &world.office.coordinator);
        // She writes without a name and gets a code; the letter becomes a case.
        let hers = world.letter(HERS).await;
        let session = world.office.session(coordinator).await;
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother).called("すみれ")),
            subject_knows: Knows::DoesNot,
            thread: Some(hers.thread),
        };
        let opened = room.open_new(&session, &new).await.unwrap();
        let mother = opened.consulter.unwrap();
        let case = format!("/desk/case/{}", opened.case);
        let mut desk = world.at_the_desk(coordinator).await;
        let page = desk.get(&format!("{case}/hito/{mother}")).await;
        let number = ["0250", "99", "1234"].join("-");
        let page = desk.submit(&page.form_with_button("きまりを記録する").fill("channel", "home_phone").fill("value", &number)).await;
        page.assert_says(&number);

        // No letter to him is printed, as long as she consults.
        let letter = desk.get(&format!("{case}/tayori")).await;
        let form = letter.form_with_button("印刷のページへ").fill("words", "寒くなりました。");
        let stopped = desk.submit(&form.force("to", &opened.principal.to_string())).await;
        assert_eq!(stopped.status, StatusCode::CONFLICT);
        for to in [State::Active, State::OnHold] {
            room.change_engagement(&session, opened.case, to, &Change::because("母と決めた")).await.unwrap();
        }

        // Six years. She dies; her son phones from her number, and writes.
        world.clock.advance(SignedDuration::from_hours(24 * 365 * 6));
        let session = world.office.session(coordinator).await;
        let mut desk = world.at_the_desk(coordinator).await;
        room.note_passing(&session, opened.case, mother, None, None).await.unwrap();
        let page = desk.get("/desk/sagasu").await;
        let found = desk.submit(&page.form_with_button("さがす").fill("kotoba", "0250991234")).await;
        assert!(found.links().iter().any(|(href, _)| href.starts_with(&case)), "found by her number");
        let page = desk.get(&case).await;
        page.assert_says("本人は、この相談を知りません。");
        page.assert_says("静観（見守り）");
        let his = world.letter("母が亡くなりました。これから、どうしたらいいか").await;
        let page = desk.get(&format!("/desk/tegami/{}", his.thread)).await;
        let page = desk.get(&page.link("いまあるケースに加える")).await;
        let into = format!("{}-{}", opened.case, opened.principal);
        let page = desk.submit(&page.form_with_button("加える").fill("into", &into)).await;
        page.assert_says("本人の区画");
        let reply = Reply {
            body: "書いてくださって、ありがとうございます",
            token: &Token::fresh(),
            seen: 1,
            next_promise: None,
        };
        // He is answered on the ground that he came himself; not before somebody wrote that down.
        assert!(matches!(room.answer_letter(&session, his.thread, &reply, None).await, Err(casework::Error::Guarded(_))));
        let came = NewApproach {
            ground: Ground::Came,
            agreed_with: opened.principal,
            agreed_on: world.clock.today(),
            words: "ご自身からの手紙への返事として書く".to_owned(),
        };
        room.propose_approach(&session, opened.case, &came).await.unwrap();
        room.answer_letter(&session, his.thread, &reply, None).await.unwrap();

        // Whoever works on it sees both sides, each in its own place: his is fresh.
        desk.get(&format!("/desk/tegami/{}", hers.thread)).await.assert_says(HERS);
        let view = room.case(&session, opened.case).await.unwrap();
        let sides: Vec<_> = view.compartments.iter().filter(|one| one.is_held_by(opened.principal)).collect();
        assert_eq!(sides.len(), 1);
        let hers_open = view.compartments.iter().any(|one| one.is_held_by(mother) && one.id != sides[0].id);
        assert!(hers_open, "her words stay in her place");
        let own = desk.get(&format!("{case}/keika?ku={}", sides[0].id)).await;
        assert_eq!(own.status, StatusCode::OK);
        assert!(!own.says(HERS));

        // He opens everything that his code opens. Of her there is nothing, not even a number of letters.
        let mut holder = world.visitor();
        let door = holder.get("/tegami/hiraku").await;
        let page = holder.submit(&door.form_with_button("開く").fill("ban", &his.code)).await;
        assert_eq!(page.path, "/tegami/fuutou");
        let shown = all_pages(&mut holder).await;
        assert!(shown.contains("ありがとうございます"));
        for word in [HERS, "内緒", "すみれ", "ケース", "家族の区画", &number] {
            assert!(!shown.contains(word), "{word}");
        }
        for path in [case.clone(), format!("{case}/keika"), format!("/desk/tegami/{}", hers.thread)] {
            assert!(!holder.get(&path).await.says("すみれ"), "{path}");
        }

        // Nothing is printed for the dead; the same case, no second person.
        let letter = desk.get(&format!("{case}/tayori")).await;
        let form = letter.form_with_button("印刷のページへ").fill("words", "寒くなりました。");
        let stopped = desk.submit(&form.force("to", &mother.to_string())).await;
        assert_eq!(stopped.status, StatusCode::CONFLICT);
        assert_eq!(world.number("SELECT COUNT(*) FROM outgoing").await, 0);
        assert_eq!(world.number("SELECT COUNT(*) FROM casefile").await, 1);
        let course = room.course(&session, opened.case).await.unwrap();
        assert_eq!((course.engagements.len(), course.current().state), (1, State::OnHold), "inv. 13");
    }
}
