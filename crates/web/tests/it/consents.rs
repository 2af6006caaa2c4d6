//! Taking a consent back with nothing but the code of the letters, over HTTP and without a script.

use axum::http::StatusCode;
use basics::ThreadId;
use casework::case::Opened;
use casework::consent::{
    ConsentId, Deed, Grantor, Item, Method, NewConsent, Purpose, Recipient, RecipientKind, Step,
};
use casework::{Knows, NewCase, NewPerson, Part, Relationship};
use jiff::civil::date;
use office::Session;
use testkit::TestDb;

use crate::world::{MIGRATIONS, World};

const LIST: &str = "/tegami/doui";
const PLACE: &str = "みどりサポステ";

impl World {
    async fn his_case(&self, me: &Session, thread: Option<ThreadId>) -> Opened {
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: None,
            subject_knows: Knows::Knows,
            thread,
        };
        self.app.casework.open_new(me, &new).await.unwrap()
    }

    async fn consent(&self, me: &Session, of: &Opened, deed: Deed, items: &[Item]) -> ConsentId {
        let new = NewConsent {
            compartment: of.compartment,
            grantor: Grantor::oneself(of.principal),
            recipient: Recipient {
                kind: RecipientKind::Work,
                name: PLACE.to_owned(),
            },
            first: Step {
                items: items.to_vec(),
                purposes: vec![Purpose::Referral],
                until: (deed == Deed::Give).then(|| date(2027, 3, 31)),
                ..Step::plain(deed, Method::Paper, "")
            },
            once: None,
        };
        let room = &self.app.casework;
        room.new_consent(me, of.case, &new).await.unwrap()
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Inv. 5, story 4: what was allowed is told in plain words, and one press takes it back. Whoever works on the case
    /// finds a word about it.
    async fn one_press_takes_a_consent_back(db: TestDb) {
        let world = World::new(&db).await;
        let mut writer = world.writer("夜になると眠れません。").await;
        writer.get("/tegami/fuutou").await.link("伝えてよいと決めたこと");
        let letter_only = writer.get(LIST).await;
        assert_eq!(letter_only.header("cache-control"), Some("no-store"));
        assert!(letter_only.bytes.len() < 30_000);
        letter_only.assert_says("いま、伝えてよいと決めたことはありません");
        let me = world.office.session(&world.office.coordinator).await;
        let thread = ThreadId::from(world.number("SELECT MIN(id) FROM thread").await);
        let his = world.his_case(&me, Some(thread)).await;
        // With a case behind it the page is the same until something was allowed.
        assert_eq!(writer.get(LIST).await.text(), letter_only.text());

        world.consent(&me, &his, Deed::Give, &[Item::Wishes, Item::Life]).await;
        world.consent(&me, &his, Deed::Refuse, &[]).await;
        let page = writer.get(LIST).await;
        for words in ["サポステ・ハローワーク・就労支援へ", "いまの暮らし、本人の希望・いやなこと", "紹介・つなぎ", "2027年3月31日まで", "（書面）", "伝えないことを選びました"] {
            page.assert_says(words);
        }
        for word in [PLACE, "ケース", "区画", "midori"] {
            assert!(!page.html().contains(word), "{word}");
        }
        let after = writer.submit(&page.form_with_button("取りやめる")).await;
        assert_eq!((after.status, after.path.as_str()), (StatusCode::OK, "/tegami/doui?ok=1"));
        after.assert_says("取りやめました");
        assert!(!after.html().contains("<form method=\"post\" action=\"/tegami/doui/"));
        // The page was open twice: the second press is done as well.
        let twice = writer.submit(&page.form_with_button("取りやめる")).await;
        assert_eq!((twice.status, twice.path.as_str()), (StatusCode::OK, "/tegami/doui?ok=1"));

        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let today = desk.get("/desk/kyou").await;
        let ledger = today.link("手紙の番号から、同意の取りやめがありました");
        assert_eq!(ledger, format!("/desk/case/{}/doui", his.case));
        assert_eq!(today.html().matches(&ledger).count(), 1, "told once");
        desk.get(&ledger).await.assert_says("手紙の番号で");
    }

    /// Inv. 2: another side's consent and nobody's are one answer, and nothing is taken back.
    async fn nobody_elses_consent_is_found(db: TestDb) {
        let world = World::new(&db).await;
        let mut writer = world.writer("夜になると眠れません。").await;
        let me = world.office.session(&world.office.coordinator).await;
        let thread = ThreadId::from(world.number("SELECT MIN(id) FROM thread").await);
        let his = world.his_case(&me, Some(thread)).await;
        world.consent(&me, &his, Deed::Give, &[Item::Wishes]).await;
        let other = world.his_case(&me, None).await;
        let theirs = world.consent(&me, &other, Deed::Give, &[Item::Wishes]).await;
        let form = writer.get(LIST).await.form_with_button("取りやめる");
        let token = form.value("_t").unwrap().to_owned();
        let mut answers = Vec::new();
        for id in [theirs.get(), theirs.get() + 1] {
            let answer = writer.post(&format!("{LIST}/{id}"), &[("_t", &token)]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
            answers.push(answer.html().replace(&id.to_string(), "N"));
        }
        assert_eq!(answers[0], answers[1]);
        // A form of another page, and somebody without a code.
        let own = format!("{LIST}/{}", world.number("SELECT MIN(id) FROM consent").await);
        let foreign = writer.post(&own, &[("_t", "x")]).await;
        assert_ne!(foreign.path, "/tegami/doui?ok=1");
        let mut stranger = world.visitor();
        assert_eq!(stranger.get(LIST).await.path, "/tegami/hiraku");
        assert_eq!(stranger.post(&own, &[("_t", &token)]).await.path, "/tegami/hiraku");
        let withdrawn = "SELECT COUNT(*) FROM consent_event WHERE deed = 'withdraw'";
        assert_eq!(world.number(withdrawn).await, 0);
    }
}
