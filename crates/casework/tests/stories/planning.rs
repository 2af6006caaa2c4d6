//! Plans: whose words lie where, what is an answer, and what waits for staff.

use crate::world::{MIGRATIONS, World};
use casework::compartment::Voice;
use casework::plan::{
    Agreed, AgreedHow, Goal, GoalStatus, NewPlan, Owner, PartOfPlan, SavePart, Sheet, Step,
    SubjectKind, Term,
};
use casework::refusal::NewRefusal;
use casework::{Error, Knows};
use jiff::civil::{Date, date};
use office::Role;
use testkit::TestDb;

fn goal(words: &str, status: GoalStatus) -> Goal {
    Goal {
        term: Term::Short,
        words: words.to_owned(),
        period: "春ごろまで".to_owned(),
        status,
    }
}

fn step(owner: Owner, words: &str, due: Option<Date>) -> Step {
    Step {
        owner,
        agency: String::new(),
        words: words.to_owned(),
        due,
        done: false,
    }
}

fn part(compartment: basics::CompartmentId, sheet: Sheet) -> SavePart {
    SavePart {
        compartment,
        sheet,
        agreed: None,
        review_on: None,
        seen: None,
    }
}

fn saying(words: &str) -> Sheet {
    Sheet {
        words: words.to_owned(),
        ..Sheet::default()
    }
}

const HIS: NewPlan = NewPlan {
    subject: SubjectKind::Principal,
    person: None,
    once: None,
};
const HOUSE: NewPlan = NewPlan {
    subject: SubjectKind::Household,
    person: None,
    once: None,
};

testkit::on_both_databases! {
    MIGRATIONS;

    /// 「今は決めない」 is an answer that is kept; nobody but staff has a due date; a change says why.
    async fn a_plan_says_what_is_wanted_and_dates_only_staff(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let sons = room.open_compartment(&me, opened.case, &Voice::Principal(opened.principal)).await.unwrap();
        let sheet = Sheet {
            goals: vec![goal("", GoalStatus::Undecided), goal("", GoalStatus::Thinking), goal("庭に出る", GoalStatus::Going)],
            steps: vec![step(Owner::Staff, "手紙を書く", Some(date(2026, 12, 3))), step(Owner::Principal, "気が向いたら返事", None), step(Owner::Agency, "", None)],
            ..saying("静かにしていたい")
        };
        for owner in [Owner::Principal, Owner::Family, Owner::Agency] {
            let mut dated = sheet.clone();
            dated.steps.push(step(owner, "電話する", Some(date(2026, 12, 3))));
            let error = room.new_plan(&me, opened.case, HIS, &part(sons, dated)).await.unwrap_err();
            assert!(matches!(error, Error::Invalid { field: "steps", .. }), "{owner:?}");
        }
        let first = SavePart { review_on: Some(date(2027, 2, 1)), ..part(sons, sheet) };
        let plan = room.new_plan(&me, opened.case, HIS, &first).await.unwrap();
        let read = room.plans(&me, opened.case).await.unwrap();
        let now = read[0].parts[0].now();
        assert_eq!(now.sheet.goals.iter().map(|one| one.status).collect::<Vec<_>>(), [GoalStatus::Undecided, GoalStatus::Going]);
        assert_eq!(now.sheet.steps.len(), 2);
        let mut again = SavePart { seen: Some(1), ..first.clone() };
        assert!(matches!(room.save_plan_part(&me, opened.case, plan, &again).await, Err(Error::Invalid { field: "reason", .. })));
        again.sheet.reason = "本人が、庭は夏にしたいと話した".to_owned();
        room.save_plan_part(&me, opened.case, plan, &again).await.unwrap();
        assert!(matches!(room.save_plan_part(&me, opened.case, plan, &again).await, Err(Error::Again)), "a double click");
        let other = SavePart { sheet: Sheet { reason: "別の職員の変更".to_owned(), ..again.sheet.clone() }, ..again.clone() };
        assert!(matches!(room.save_plan_part(&me, opened.case, plan, &other).await, Err(Error::Meanwhile)));
        assert_eq!(room.plans(&me, opened.case).await.unwrap()[0].parts[0].versions.len(), 2);
        // What waits is staff's, and only on its day; the latest version counts, not every one.
        assert!(room.plans_due(&me).await.unwrap().is_empty());
        world.wait(24 * 10);
        let me = world.coordinator().await;
        let due = room.plans_due(&me).await.unwrap();
        assert_eq!(due.iter().map(|one| one.on).collect::<Vec<_>>(), [date(2026, 12, 3)]);
        let after = room.plans(&me, opened.case).await.unwrap();
        assert_eq!(after[0].parts[0].now().sheet.goals[1].status, GoalStatus::Going, "inv. 13: time changes no goal");
    }

    /// inv. 1: the family's words are not in the person's compartment, nor the person's in the family's.
    async fn the_words_of_one_side_do_not_lie_on_the_other(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let mother = opened.consulter.unwrap();
        let sons = room.open_compartment(&me, opened.case, &Voice::Principal(opened.principal)).await.unwrap();
        let hers = opened.compartment;
        let family = NewPlan { subject: SubjectKind::Family, person: Some(mother), once: None };
        let error = room.new_plan(&me, opened.case, family, &part(sons, saying("眠れるようになりたい"))).await.unwrap_err();
        assert!(matches!(error, Error::Guarded(_)), "{error:?}");
        room.new_plan(&me, opened.case, family, &part(hers, saying("眠れるようになりたい"))).await.unwrap();
        assert!(room.new_plan(&me, opened.case, NewPlan { person: Some(opened.principal), ..family }, &part(hers, saying("x"))).await.is_err());
        // To his plan she may add her words, in her compartment; no goals for him.
        let plan = room.new_plan(&me, opened.case, HIS, &part(sons, saying("静かにしていたい"))).await.unwrap();
        let goals = Sheet { goals: vec![goal("働く", GoalStatus::Thinking)], ..saying("早く動いてほしい") };
        assert!(matches!(room.save_plan_part(&me, opened.case, plan, &part(hers, goals)).await, Err(Error::Guarded(_))));
        room.save_plan_part(&me, opened.case, plan, &part(hers, saying("元気でいてくれたら"))).await.unwrap();
        // Who reaches her side alone reads hers alone.
        let lead = world.supervisor().await;
        let other = world.office.another("other", Role::Coordinator).await;
        let narrow = world.session(&other).await;
        world.assign_only(&lead, opened.case, narrow.staff(), hers).await;
        let read = room.plans(&narrow, opened.case).await.unwrap();
        let mut words: Vec<&str> = read.iter().flat_map(|plan| &plan.parts).map(|part| part.now().sheet.words.as_str()).collect();
        words.sort_unstable();
        assert_eq!(words, ["元気でいてくれたら", "眠れるようになりたい"]);
    }

    /// On paper, one person's words: hers without his, his without hers, what they said together on both, and nothing of
    /// the staff's. Not for somebody who may not know, and not past a no.
    async fn a_plan_on_paper_is_one_persons(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let (son, mother) = (opened.principal, opened.consulter.unwrap());
        let open = async |voice| room.open_compartment(&me, opened.case, &voice).await.unwrap();
        let sons = open(Voice::Principal(son)).await;
        let both = open(Voice::Joint(vec![son, mother])).await;
        let staffs = open(Voice::Staff).await;
        let plan = room.new_plan(&me, opened.case, HIS, &part(sons, saying("静かにしていたい"))).await.unwrap();
        for (kept_in, words) in [(opened.compartment, "元気でいてくれたら"), (both, "ふたりで散歩"), (staffs, "母は疲れている")] {
            room.save_plan_part(&me, opened.case, plan, &part(kept_in, saying(words))).await.unwrap();
        }
        let words = async |person| {
            let paper = room.plan_paper(&me, opened.case, person).await?;
            let words = paper.parts.iter().map(|one| one.now().sheet.words.clone());
            Ok::<Vec<String>, Error>(words.collect())
        };
        assert_eq!(words(mother).await.unwrap(), ["元気でいてくれたら", "ふたりで散歩"]);
        assert!(matches!(words(son).await, Err(Error::Guarded(_))), "he does not know");
        world.hear(&me, &opened, Knows::Knows).await.unwrap();
        assert_eq!(words(son).await.unwrap(), ["静かにしていたい", "ふたりで散歩"]);
        let no = NewRefusal {
            person: mother,
            heard_on: world.clock.today(),
            heard_by: me.staff(),
            check_on: None,
            words: String::new(),
        };
        room.record_refusal(&me, opened.case, &no).await.unwrap();
        assert!(matches!(words(mother).await, Err(Error::Passable { .. })));
        assert!(words(basics::PersonId::from(7)).await.unwrap_err().is_not_found());
        assert_eq!(world.recorded("plan.printed", "ok").await, 2);
    }

    /// A household's plan is joined from its parts by what the asker reaches; who agrees holds the part's compartment.
    async fn a_households_plan_is_joined_on_reading(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let mother = opened.consulter.unwrap();
        let sons = room.open_compartment(&me, opened.case, &Voice::Principal(opened.principal)).await.unwrap();
        let agreed = |by| Some(Agreed { by, on: date(2026, 11, 24), how: AgreedHow::Spoken });
        let his = SavePart { agreed: agreed(opened.principal), ..part(sons, saying("部屋はこのまま")) };
        let plan = room.new_plan(&me, opened.case, HOUSE, &his).await.unwrap();
        let hers = part(opened.compartment, saying("介護の相談をしたい"));
        for not_hers in [opened.principal, basics::PersonId::from(7)] {
            let wrong = SavePart { agreed: agreed(not_hers), ..hers.clone() };
            assert!(matches!(room.save_plan_part(&me, opened.case, plan, &wrong).await, Err(Error::Guarded(_))));
        }
        let right = SavePart { agreed: agreed(mother), ..hers };
        room.save_plan_part(&me, opened.case, plan, &right).await.unwrap();
        assert_eq!(room.plans(&me, opened.case).await.unwrap()[0].parts.len(), 2);
        let lead = world.supervisor().await;
        let other = world.office.another("other", Role::Coordinator).await;
        let narrow = world.session(&other).await;
        world.assign_only(&lead, opened.case, narrow.staff(), sons).await;
        let read = room.plans(&narrow, opened.case).await.unwrap();
        assert_eq!((read[0].parts.len(), read[0].parts[0].compartment), (1, sons));
    }

    /// In a shared part several agree, each on their day; taken back it stays in the list; a new version begins without
    /// anybody's agreement, and whoever does not hold the compartment agrees to nothing.
    async fn who_agreed_is_a_list(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let (room, mother, son) = (&world.casework, opened.consulter.unwrap(), opened.principal);
        let joint = room.open_compartment(&me, opened.case, &Voice::Joint(vec![mother, son])).await.unwrap();
        let plan = room.new_plan(&me, opened.case, HOUSE, &part(joint, saying("夕食を、週に一度いっしょに"))).await.unwrap();
        let this = PartOfPlan { plan, compartment: joint };
        let on = |by, day| Agreed { by, on: day, how: AgreedHow::Spoken };
        let (first, second) = (date(2026, 11, 20), world.clock.today());
        room.agree_to_plan(&me, opened.case, this, 1, &on(son, second)).await.unwrap();
        room.agree_to_plan(&me, opened.case, this, 1, &on(mother, first)).await.unwrap();
        let twice = room.agree_to_plan(&me, opened.case, this, 1, &on(mother, second)).await.unwrap_err();
        assert!(matches!(twice, Error::Again));
        let list = async || {
            let plans = room.plans(&me, opened.case).await.unwrap();
            let now = plans[0].parts[0].now();
            now.agreements.iter().map(|one| (one.id, one.agreed.by, one.agreed.on, one.withdrawn_on)).collect::<Vec<_>>()
        };
        let given = list().await;
        assert_eq!(given.iter().map(|one| (one.1, one.2, one.3)).collect::<Vec<_>>(), [(mother, first, None), (son, second, None)]);

        let other = room.open_compartment(&me, opened.case, &Voice::Family(mother)).await.unwrap();
        let wrong = PartOfPlan { plan, compartment: other };
        assert!(room.withdraw_plan_agreement(&me, opened.case, wrong, given[1].0).await.is_err());
        room.withdraw_plan_agreement(&me, opened.case, this, given[1].0).await.unwrap();
        assert_eq!(list().await[1].3, Some(second));
        assert!(matches!(room.withdraw_plan_agreement(&me, opened.case, this, given[1].0).await, Err(Error::Again)));
        room.agree_to_plan(&me, opened.case, this, 1, &on(son, second)).await.unwrap();
        assert_eq!(list().await.len(), 3, "said again later, it is one more line");

        let mut sheet = saying("夕食は、気が向いたときに");
        sheet.reason = "週に一度は多いと話した".to_owned();
        let again = SavePart { seen: Some(1), ..part(joint, sheet) };
        room.save_plan_part(&me, opened.case, plan, &again).await.unwrap();
        assert!(list().await.is_empty());
        let old = room.agree_to_plan(&me, opened.case, this, 1, &on(son, second)).await.unwrap_err();
        assert!(matches!(old, Error::Meanwhile));
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        assert!(room.agree_to_plan(&stranger, opened.case, this, 2, &on(son, second)).await.unwrap_err().is_not_found());
    }
}
