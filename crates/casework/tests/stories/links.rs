//! The same human in two cases: proposed, decided, undone; hints inside one office.

use crate::world::{MIGRATIONS, World};
use basics::{PersonId, StaffId};
use casework::case::Opened;
use casework::contact_rule::{Channel, NewContactPoint};
use casework::duplicate::Alike;
use casework::identity::Ground;
use casework::person_link::{At, LinkGround, LinkKind, LinkState};
use casework::{Error, Knows, NewCase, NewPerson, Part, Relationship};
use office::{Role, Session};
use testkit::TestDb;

impl World {
    async fn a_case_of(&self, who: &Session, name: &str, kana: &str) -> (Opened, At) {
        let mut principal = NewPerson::unknown(Part::Principal, Relationship::Oneself);
        name.clone_into(&mut principal.identity.name);
        kana.clone_into(&mut principal.identity.kana);
        let new = NewCase {
            principal,
            consulter: None,
            subject_knows: Knows::Knows,
            thread: None,
        };
        let opened = self.casework.open_new(who, &new).await.unwrap();
        let at = At {
            case: opened.case,
            person: opened.principal,
        };
        (opened, at)
    }

    async fn is_the_person(&self, staff: StaffId, person: PersonId) {
        let result: store::Result<()> = async {
            store::housekeeping!(self.db, "session.touch", |tx| {
                tx.exec(
                    "INSERT INTO staff_person (staff_id, person_id, linked_by, linked_at) VALUES ($1, $2, 0, 0)",
                    store::params![staff.get(), person.get()],
                )
                .await?;
                Ok::<_, store::Error>(())
            })
        }
        .await;
        result.unwrap();
    }

    /// Everything a link could touch, as bytes.
    async fn everything(&self) -> String {
        let mut conn = self.db.read().await.unwrap();
        let mut all = String::new();
        for (table, columns) in [
            ("person", "id, case_id, identity_level, identity"),
            ("identity_event", "id, person_id, seq, after"),
            ("compartment", "id, case_id, opened_at, wrapped_key"),
        ] {
            let sql = format!("SELECT {columns} FROM {table} ORDER BY id");
            let rows: Vec<(i64, i64, i64, Vec<u8>)> = conn.all(&sql, &[]).await.unwrap();
            all = format!("{all}{rows:?}");
        }
        let circle: Vec<(i64, i64)> = conn
            .all(
                "SELECT case_id, person_id FROM case_circle ORDER BY case_id, person_id",
                &[],
            )
            .await
            .unwrap();
        let found: Vec<(i64, Vec<u8>)> = conn
            .all("SELECT row_id, folded FROM findable ORDER BY row_id", &[])
            .await
            .unwrap();
        format!("{all}{circle:?}{found:?}")
    }
}

const WHY: LinkGround = LinkGround::Records;

testkit::on_both_databases! {
    MIGRATIONS;

    /// inv. 23: approved by the supervisor, undone by the supervisor; both records are byte for byte what they were.
    async fn a_link_is_undone_exactly(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let (_, a) = world.a_case_of(&me, "", "さとう ゆうこ").await;
        world.wait(1);
        let (_, b) = world.a_case_of(&me, "", "サトウ ユーコ").await;
        let before = world.everything().await;
        let link = world.casework.propose_link(&me, b, a, LinkKind::Same, WHY).await.unwrap();
        assert_eq!(world.everything().await, before, "a proposal changes nothing");
        assert!(world.casework.decide_link(&me, link, true).await.unwrap_err().is_not_found());
        world.casework.decide_link(&lead, link, true).await.unwrap();
        assert_ne!(world.everything().await, before, "each belongs to the other's case now");
        assert!(matches!(world.casework.decide_link(&lead, link, true).await, Err(Error::Illegal(_))));
        let links = world.casework.person_links(&me).await.unwrap();
        assert_eq!((links.len(), links[0].state), (1, LinkState::Approved));
        world.casework.undo_link(&lead, link).await.unwrap();
        assert_eq!(world.everything().await, before);
        assert!(matches!(world.casework.undo_link(&lead, link).await, Err(Error::Illegal(_))));
        // The same two may be spoken of again.
        world.casework.propose_link(&me, a, b, LinkKind::NotSame, WHY).await.unwrap();
        let again = world.casework.propose_link(&me, a, b, LinkKind::Same, WHY).await;
        assert!(matches!(again, Err(Error::Again)));
    }

    /// inv. 16: a colleague who is one of the linked is barred from both cases, and from none after the link is undone.
    async fn who_is_one_of_the_linked_is_barred_from_both(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let (_, a) = world.a_case_of(&me, "", "さとう ゆうこ").await;
        let (_, b) = world.a_case_of(&me, "", "サトウ ユーコ").await;
        let (_, c) = world.a_case_of(&me, "", "サトー ユウコ").await;
        let colleague = world.office.another("second", Role::Supervisor).await;
        let other = world.session(&colleague).await;
        for at in [a, b, c] {
            assert!(world.casework.case(&other, at.case).await.is_ok());
        }
        let ab = world.casework.propose_link(&me, a, b, LinkKind::Same, WHY).await.unwrap();
        let bc = world.casework.propose_link(&me, b, c, LinkKind::Same, WHY).await.unwrap();
        for link in [ab, bc] {
            world.casework.decide_link(&lead, link, true).await.unwrap();
        }
        // The colleague turns out to be the person of the first case.
        world.is_the_person(colleague.staff, a.person).await;
        for at in [a, b, c] {
            assert!(world.casework.case(&other, at.case).await.unwrap_err().is_not_found());
        }
        world.casework.undo_link(&lead, bc).await.unwrap();
        assert!(world.casework.case(&other, c.case).await.is_ok());
        assert!(world.casework.case(&other, b.case).await.unwrap_err().is_not_found());
        world.casework.undo_link(&lead, ab).await.unwrap();
        assert!(world.casework.case(&other, b.case).await.is_ok());
        assert!(world.casework.case(&other, a.case).await.unwrap_err().is_not_found());
    }

    /// Who does not work on both cannot propose, decide or learn of a link.
    async fn a_link_needs_both_cases_in_reach(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        let lead = world.supervisor().await;
        let (_, mine) = world.a_case_of(&me, "", "さとう ゆうこ").await;
        let (_, theirs) = world.a_case_of(&stranger, "", "さとう ゆうこ").await;
        let (_, second) = world.a_case_of(&me, "", "さとう ゆうこ").await;
        let refused = world.casework.propose_link(&me, mine, theirs, LinkKind::Same, WHY).await;
        assert!(refused.unwrap_err().is_not_found());
        // A person who is not of that case does not exist in it.
        let stray = At { case: mine.case, person: second.person };
        let refused = world.casework.propose_link(&me, stray, second, LinkKind::Same, WHY).await;
        assert!(refused.unwrap_err().is_not_found());
        let link = world.casework.propose_link(&lead, mine, theirs, LinkKind::Same, WHY).await.unwrap();
        assert!(world.casework.person_links(&me).await.unwrap().is_empty());
        assert!(world.casework.undo_link(&me, link).await.unwrap_err().is_not_found());
        world.casework.decide_link(&lead, link, false).await.unwrap();
        assert_eq!(world.casework.person_links(&lead).await.unwrap()[0].state, LinkState::Declined);
        // A link opens nothing: after approval too, the other case is absent.
        let link = world.casework.propose_link(&lead, mine, theirs, LinkKind::Same, WHY).await.unwrap();
        world.casework.decide_link(&lead, link, true).await.unwrap();
        assert!(world.casework.case(&me, theirs.case).await.unwrap_err().is_not_found());
        assert!(world.casework.person_links(&me).await.unwrap().is_empty());
    }

    /// Hints: ひら/カタ, 長音, a forgotten 濁点, 旧字; only among the asker's cases, never about two who were told apart.
    async fn hints_see_through_kana_and_old_forms(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        let (_, a) = world.a_case_of(&me, "齋藤 裕子", "さいとう ゆうこ").await;
        let (_, b) = world.a_case_of(&me, "斉藤 優子", "サイトー ユーコ").await;
        world.a_case_of(&stranger, "斎藤 裕子", "さいどう ゆうこ").await;
        world.a_case_of(&me, "山本 太郎", "やまもと たろう").await;
        let mine = world.casework.duplicate_hints(&me).await.unwrap();
        assert_eq!(mine.len(), 1);
        assert_eq!((mine[0].a.at.case.min(mine[0].b.at.case), mine[0].alike[0].label()), (a.case.min(b.case), "よみが同じ"));
        let all = world.casework.duplicate_hints(&lead).await.unwrap();
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].alike[0].label(), "名前が同じ");
        let link = world.casework.propose_link(&me, a, b, LinkKind::NotSame, WHY).await.unwrap();
        world.casework.decide_link(&lead, link, true).await.unwrap();
        assert!(world.casework.duplicate_hints(&me).await.unwrap().is_empty());
        // What was learnt later counts as well: the ladder keeps the hints true.
        let opened = world.a_mothers_case(&me).await;
        world.learns(&me, &opened, opened.principal, Ground::Told, |step| {
            step.identity.kana = "ヤマモド タロー".to_owned();
        }).await.unwrap();
        assert_eq!(world.casework.duplicate_hints(&me).await.unwrap().len(), 1);
    }

    /// E3: an office never learns that somebody is known at another.
    async fn hints_never_cross_offices(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        world.a_case_of(&me, "山本 太郎", "やまもと たろう").await;
        let far = testkit::builders::a_staffed_office(&world.db, &world.clock, "umi").await;
        let lead = far.session(&far.supervisor).await;
        world.a_case_of(&lead, "山本 太郎", "やまもと たろう").await;
        for who in [&me, &lead, &world.supervisor().await] {
            assert!(world.casework.duplicate_hints(who).await.unwrap().is_empty());
        }
    }

    /// The same telephone in two cases is a hint, however it was written; never of a case the asker may not open, never
    /// across offices, and not when the number is no longer valid.
    async fn the_same_telephone_is_a_hint(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        let far = testkit::builders::a_staffed_office(&world.db, &world.clock, "umi").await;
        let far = far.session(&far.supervisor).await;
        let room = &world.casework;
        let number = |mark: &str| ["0250", "99", "1234"].join(mark);
        let mut kept = Vec::new();
        for (who, mark) in [(&me, "-"), (&me, " "), (&stranger, ""), (&far, "-")] {
            let opened = world.a_mothers_case(who).await;
            let mother = opened.consulter.unwrap();
            let phone = NewContactPoint::careful(Channel::HomePhone, &number(mark));
            let point = room.keep_contact_point(who, opened.case, mother, &phone, None).await.unwrap();
            kept.push((opened, point));
        }
        let by_phone = async |who: &Session| {
            let hints = room.duplicate_hints(who).await.unwrap();
            hints.into_iter().filter(|one| one.alike.contains(&Alike::Phone)).map(|one| (one.a.number, one.b.number)).collect::<Vec<_>>()
        };
        assert_eq!(by_phone(&me).await, [(1, 2)]);
        assert!(by_phone(&stranger).await.is_empty(), "of cases that are not theirs they learn nothing");
        assert_eq!(by_phone(&world.supervisor().await).await.len(), 3);
        assert!(by_phone(&far).await.is_empty());
        let (second, point) = &kept[1];
        room.end_contact_point(&me, second.case, second.consulter.unwrap(), *point).await.unwrap();
        assert!(by_phone(&me).await.is_empty());
    }
}
