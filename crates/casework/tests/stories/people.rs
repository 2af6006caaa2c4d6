//! Who is who: the ladder up and back, the household, the ways to reach people.

use crate::world::{MIGRATIONS, World};
use basics::{CaseId, PersonId};
use casework::case::Opened;
use casework::contact_rule::{Attempt, Channel, InTheWay, NewContactPoint, judge};
use casework::household::{
    Cohabiting, Entry, Kin, NewKinship, NewMembership, NewTie, Quality, TieKind,
};
use casework::identity::{Ground, Level, Step};
use casework::small_steps::SmallStep;
use casework::{Error, Knows, NewCase, NewPerson, Part, PartialDay, Person, Relationship, Voice};
use office::{CompartmentKind, Role, Session};
use testkit::TestDb;

impl World {
    pub async fn person(&self, who: &Session, case: CaseId, id: PersonId) -> Person {
        let view = self.casework.case(who, case).await.unwrap();
        view.person(id).unwrap().clone()
    }

    /// The number of the last step on the ladder.
    pub async fn last_step(&self, who: &Session, case: CaseId, id: PersonId) -> i64 {
        let steps = self.casework.identity_steps(who, case, id).await.unwrap();
        steps.last().unwrap().seq
    }

    /// One more thing is known.
    pub async fn learns(
        &self,
        who: &Session,
        opened: &Opened,
        id: PersonId,
        ground: Ground,
        change: impl FnOnce(&mut Step),
    ) -> Result<Level, Error> {
        let person = self.person(who, opened.case, id).await;
        let seen = self.last_step(who, opened.case, id).await;
        let mut step = Step::from(&person, seen, ground);
        change(&mut step);
        self.casework.learn(who, opened.case, id, &step).await
    }
}

/// A number that nobody has.
fn a_number() -> String {
    format!("{}-{}-{}", "0250", "99", "1234")
}

fn day(text: &str) -> Option<PartialDay> {
    PartialDay::parse("day", text).unwrap()
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Anonymous → nickname → number → named → verified, and back step by step to exactly what was known; nothing is
    /// merged, and what hangs on the person stays (inv. 13, 30, E4).
    async fn the_ladder_goes_up_and_exactly_back(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother)),
            subject_knows: Knows::Unknown,
            thread: None,
        };
        let opened = world.casework.open_new(&me, &new).await.unwrap();
        let mother = opened.consulter.unwrap();
        let words = SmallStep { day: world.clock.today(), words: "台所に立った".to_owned() };
        world.casework.note_small_step(&me, opened.case, opened.compartment, &words).await.unwrap();
        let mut known = vec![world.person(&me, opened.case, mother).await];
        assert_eq!(known[0].identity_level, 0);
        let level = world.learns(&me, &opened, mother, Ground::Told, |step| {
            step.identity.nickname = "すみれ".to_owned();
        }).await.unwrap();
        assert_eq!(level, Level::Pseudonym);
        known.push(world.person(&me, opened.case, mother).await);
        let level = world.learns(&me, &opened, mother, Ground::Code, |_| {}).await.unwrap();
        assert_eq!(level, Level::Coded);
        known.push(world.person(&me, opened.case, mother).await);
        let level = world.learns(&me, &opened, mother, Ground::Told, |step| {
            step.identity.kana = "やまだ すみこ".to_owned();
        }).await.unwrap();
        assert_eq!(level, Level::Named);
        known.push(world.person(&me, opened.case, mother).await);
        // L4 needs a seen document and the name that stands in it.
        let refused = world.learns(&me, &opened, mother, Ground::Document, |_| {}).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "name", .. })));
        let level = world.learns(&me, &opened, mother, Ground::Document, |step| {
            step.identity.name = "山田 澄子".to_owned();
            step.identity.born_on = Some("1952-05-01".parse().unwrap());
        }).await.unwrap();
        assert_eq!(level, Level::Verified);
        // Years pass: nothing changes by itself (inv. 13).
        let verified = world.person(&me, opened.case, mother).await;
        world.wait(24 * 365 * 6);
        let me = world.coordinator().await;
        assert_eq!(format!("{:?}", world.person(&me, opened.case, mother).await), format!("{verified:?}"));
        while let Some(before) = known.pop() {
            let seen = world.last_step(&me, opened.case, mother).await;
            let level = world.casework.step_back(&me, opened.case, mother, seen).await.unwrap();
            let now = world.person(&me, opened.case, mother).await;
            assert_eq!(level.number(), before.identity_level);
            assert_eq!(format!("{now:?}"), format!("{before:?}"));
        }
        let seen = world.last_step(&me, opened.case, mother).await;
        let floor = world.casework.step_back(&me, opened.case, mother, seen).await;
        assert!(matches!(floor, Err(Error::Illegal(_))));
        // What she told is where it was, and the one person is one person.
        assert_eq!(world.casework.small_steps(&me, opened.case).await.unwrap().len(), 1);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM person").await, 2);
        // Up again after going back: the ladder has no memory of having been climbed.
        let level = world.learns(&me, &opened, mother, Ground::Told, |step| {
            step.identity.nickname = "すみれ".to_owned();
        }).await.unwrap();
        assert_eq!(level, Level::Pseudonym);
    }

    /// Two colleagues write at once: the second sees what the first wrote instead of writing over it.
    async fn two_who_write_at_once_do_not_write_over_each_other(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let opened = world.a_mothers_case(&me).await;
        let person = world.person(&me, opened.case, opened.principal).await;
        let mut mine = Step::from(&person, 1, Ground::Told);
        mine.identity.nickname = "そら".to_owned();
        let mut theirs = Step::from(&person, 1, Ground::Told);
        theirs.identity.nickname = "うみ".to_owned();
        world.casework.learn(&me, opened.case, opened.principal, &mine).await.unwrap();
        let second = world.casework.learn(&lead, opened.case, opened.principal, &theirs).await;
        assert!(matches!(second, Err(Error::Meanwhile)));
        let back = world.casework.step_back(&lead, opened.case, opened.principal, 1).await;
        assert!(matches!(back, Err(Error::Meanwhile)));
        assert_eq!(world.person(&me, opened.case, opened.principal).await.identity.nickname, "そら");
    }

    /// Whoever wrote a letter holds a code: L2 without a name. Their voice stays where it is.
    async fn a_writer_stands_on_the_step_of_the_code(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        world.a_letter("はじめて書きます").await;
        let thread = basics::ThreadId::from(world.number_of("SELECT MAX(id) FROM thread").await);
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother)),
            subject_knows: Knows::Unknown,
            thread: Some(thread),
        };
        let opened = world.casework.open_new(&me, &new).await.unwrap();
        let mother = world.person(&me, opened.case, opened.consulter.unwrap()).await;
        let son = world.person(&me, opened.case, opened.principal).await;
        assert_eq!((mother.identity_level, son.identity_level), (2, 0));
    }

    /// inv. 2: living together, kinship, the same address: for a colleague who does not work on the case it stays absent,
    /// and no compartment opens to somebody because of it.
    async fn a_household_grants_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        let theirs = world.a_mothers_case(&stranger).await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        for id in [mother, opened.principal] {
            world.learns(&me, &opened, id, Ground::Told, |step| {
                step.identity.address = "みどり町一の二".to_owned();
            }).await.unwrap();
            let stay = NewMembership {
                person: id,
                relation: Relationship::Mother,
                cohabiting: Cohabiting::Together,
                from: day("1990"),
                until: None,
                source: Some(mother),
            };
            world.casework.note_membership(&me, opened.case, &stay).await.unwrap();
        }
        let kin = NewKinship {
            a: mother,
            b: opened.principal,
            kind: Kin::Parent,
            quality: Quality::Close,
            source: None,
        };
        world.casework.note_kinship(&me, opened.case, &kin).await.unwrap();
        let household = world.casework.household(&me, opened.case).await.unwrap();
        assert!(household.lives_here(mother) && household.kinship.len() == 1);
        // The stranger's own case is theirs; this one is not there.
        assert!(world.casework.household(&stranger, theirs.case).await.is_ok());
        for refused in [
            world.casework.household(&stranger, opened.case).await.map(|_| ()),
            world.casework.circle(&stranger, opened.case).await.map(|_| ()),
            world.casework.note_kinship(&stranger, opened.case, &kin).await.map(|_| ()),
            world.casework.identity_steps(&stranger, opened.case, mother).await.map(|_| ()),
            world.casework.small_steps(&stranger, opened.case).await.map(|_| ()),
        ] {
            assert!(refused.unwrap_err().is_not_found());
        }
        assert!(world.casework.duplicate_hints(&stranger).await.unwrap().is_empty());
        // And no compartment is anybody else's because they live together.
        let joint = Voice::Principal(opened.principal);
        world.casework.open_compartment(&me, opened.case, &joint).await.unwrap();
        let view = world.casework.case(&me, opened.case).await.unwrap();
        for one in &view.compartments {
            match one.kind {
                CompartmentKind::Principal => assert!(one.is_held_by(opened.principal) && !one.is_held_by(mother)),
                CompartmentKind::Family => assert!(one.is_held_by(mother) && !one.is_held_by(opened.principal)),
                _ => assert!(!one.is_held_by(mother) && !one.is_held_by(opened.principal)),
            }
        }
        // A person of another case does not exist here.
        let stray = NewKinship { a: theirs.principal, ..kin };
        assert!(world.casework.note_kinship(&me, opened.case, &stray).await.unwrap_err().is_not_found());
    }

    /// A wrong entry is taken back with a date, and the same two again replace what was said about them.
    async fn what_was_noted_of_a_household_can_be_taken_back(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        let mut kin = NewKinship { a: mother, b: opened.principal, kind: Kin::Parent, quality: Quality::Conflict, source: None };
        world.casework.note_kinship(&me, opened.case, &kin).await.unwrap();
        let turned = NewKinship { a: opened.principal, b: mother, ..kin };
        assert!(matches!(world.casework.note_kinship(&me, opened.case, &turned).await, Err(Error::Invalid { .. })));
        kin.quality = Quality::Distant;
        world.wait(1);
        let id = world.casework.note_kinship(&me, opened.case, &kin).await.unwrap();
        let tie = NewTie {
            person: None,
            kind: TieKind::Elderly,
            quality: Quality::Close,
            direction: casework::household::Direction::Both,
            name: "ひがし地域包括".to_owned(),
            source: None,
        };
        let tie = world.casework.note_tie(&me, opened.case, &tie).await.unwrap();
        let household = world.casework.household(&me, opened.case).await.unwrap();
        assert_eq!(household.kinship.len(), 1);
        assert_eq!(household.kinship[0].quality, Quality::Distant);
        assert_eq!(household.ties[0].name, "ひがし地域包括");
        for entry in [Entry::Kinship(id), Entry::Tie(tie)] {
            world.casework.withdraw_entry(&me, opened.case, entry).await.unwrap();
            assert!(world.casework.withdraw_entry(&me, opened.case, entry).await.is_err());
        }
        let household = world.casework.household(&me, opened.case).await.unwrap();
        assert!(household.kinship.is_empty() && household.ties.is_empty());
        assert_eq!(world.number_of("SELECT COUNT(*) FROM kinship").await, 2);
    }

    /// inv. 9: a ban is there for every workflow to read, and beats it; a changed rule leaves the old one in the past.
    async fn a_ban_is_read_by_every_workflow(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        let home = NewContactPoint::careful(Channel::HomePhone, &a_number());
        let id = world.casework.keep_contact_point(&me, opened.case, mother, &home, None).await.unwrap();
        let reaching = Attempt { person: mother, channel: Channel::HomePhone, point: None };
        let noon = Some(jiff::civil::time(12, 0, 0, 0).into());
        let points = world.casework.circle(&me, opened.case).await.unwrap().points;
        assert!(judge(&points, &reaching, noon).is_ok());
        let banned = NewContactPoint { ban: true, ..home };
        world.casework.keep_contact_point(&me, opened.case, mother, &banned, Some(id)).await.unwrap();
        let points = world.casework.circle(&me, opened.case).await.unwrap().points;
        assert_eq!(points.len(), 1);
        assert_eq!(judge(&points, &reaching, noon).unwrap_err(), InTheWay::Ban);
        // Somebody else's rules are somebody else's.
        let other = Attempt { person: opened.principal, ..reaching };
        assert!(judge(&points, &other, noon).is_ok());
        // The whole person: no letter, no visit, nothing.
        let nothing = NewContactPoint { ban: true, ..NewContactPoint::careful(Channel::Any, "") };
        world.casework.keep_contact_point(&me, opened.case, opened.principal, &nothing, None).await.unwrap();
        let points = world.casework.circle(&me, opened.case).await.unwrap().points;
        for channel in [Channel::Letter, Channel::Visit, Channel::Mail, Channel::Mobile] {
            let asked = Attempt { channel, ..other };
            assert_eq!(judge(&points, &asked, noon).unwrap_err(), InTheWay::Ban);
        }
        assert_eq!(world.number_of("SELECT COUNT(*) FROM contact_point").await, 3);
        let twice = world.casework.end_contact_point(&me, opened.case, mother, id).await;
        assert!(matches!(twice, Err(Error::Meanwhile)));
    }

    /// Not a word of a name, a number or a tie lies readable in the tables of this page.
    async fn nothing_typed_lies_readable(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        world.learns(&me, &opened, mother, Ground::Told, |step| step.identity.name = "NAMAE".to_owned()).await.unwrap();
        let mut point = NewContactPoint::careful(Channel::Mobile, &a_number());
        point.remark = "REMARK".to_owned();
        world.casework.keep_contact_point(&me, opened.case, mother, &point, None).await.unwrap();
        let mut conn = world.db.read().await.unwrap();
        for (table, column) in [("identity_event", "after"), ("person", "identity"), ("contact_point", "words"), ("findable", "folded")] {
            let rows: Vec<(Vec<u8>,)> = conn.all(&format!("SELECT {column} FROM {table} ORDER BY 1"), &[]).await.unwrap();
            assert!(!rows.is_empty());
            for (bytes,) in rows {
                let text = String::from_utf8_lossy(&bytes);
                for word in ["NAMAE", "namae", "REMARK", "1234"] {
                    assert!(!text.contains(word), "{table}.{column}");
                }
            }
        }
    }

    /// Story 1, 母の10年, the people's part: she consults for years and dies; the son phones from her old number. The staff
    /// find the case by it; his own compartment is fresh and holds nothing of hers (inv. 2, 8, 10).
    async fn ten_years_of_a_mother(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        let phone = NewContactPoint::careful(Channel::HomePhone, &a_number());
        world.casework.keep_contact_point(&me, opened.case, mother, &phone, None).await.unwrap();
        let today = world.clock.today();
        let step = |words: &str| SmallStep { day: today, words: words.to_owned() };
        world.casework.note_small_step(&me, opened.case, opened.compartment, &step("母の言葉")).await.unwrap();
        world.wait(24 * 365 * 6);
        let me = world.coordinator().await;
        let passed = day("2032-10");
        world.casework.note_passing(&me, opened.case, mother, passed, None).await.unwrap();
        // He phones. The last four digits are enough, and only for whoever works on the case.
        let found = world.casework.whose_number(&me, "１２３４").await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].case, found[0].person.as_str()), (opened.case, "母（すみれさん）"));
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        assert!(world.casework.whose_number(&stranger, &a_number()).await.unwrap().is_empty());
        assert!(matches!(world.casework.whose_number(&me, "12").await, Err(Error::Invalid { .. })));
        // His voice gets a place of its own; hers is not in it, and she is not one of its holders.
        let voice = Voice::Principal(opened.principal);
        let his = world.casework.open_compartment(&me, opened.case, &voice).await.unwrap();
        world.casework.note_small_step(&me, opened.case, his, &step("自分から電話をかけた")).await.unwrap();
        let steps = world.casework.small_steps(&me, opened.case).await.unwrap();
        let in_his: Vec<&str> = steps.iter().filter(|one| one.compartment == his).map(|one| one.step.words.as_str()).collect();
        assert_eq!(in_his, ["自分から電話をかけた"]);
        let view = world.casework.case(&me, opened.case).await.unwrap();
        assert_eq!(view.case.subject_knows, Knows::DoesNot);
        let theirs = view.compartments.iter().filter(|one| one.is_held_by(opened.principal)).count();
        assert_eq!(theirs, 1);
        let household = world.casework.household(&me, opened.case).await.unwrap();
        assert_eq!(household.passed.get(&mother), Some(&passed));
    }
}
