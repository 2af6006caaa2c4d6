//! Writing things down: the quick log, notes, drafts, the timeline.

use crate::world::{MIGRATIONS, World};
use basics::{CaseId, PersonId, StaffId};
use casework::case::Opened;
use casework::contact::{Channel, Direction, NewContact, Outcome, Party};
use casework::note::{Block, BlockKind, MayShare, State};
use casework::quick_log::{QuickLog, With, form_key};
use casework::timeline::{Timeline, What};
use casework::{Casework, Error, Knows, NewCase, NewPerson, Part, Relationship, Voice};
use jiff::ToSpan as _;
use mailbox::return_code::Token;
use office::access::CompartmentKind;
use office::custody::{AssignmentKind, NewAssignment};
use office::{Role, Session};
use testkit::TestDb;

fn block(text: &str, kind: BlockKind) -> Block {
    Block {
        text: text.to_owned(),
        kind,
        source: None,
        subject: None,
        may_share: MayShare::Not,
    }
}

fn seen(text: &str) -> Block {
    block(text, BlockKind::Observation)
}

impl World {
    fn a_call(&self, with: With, words: &[&str]) -> QuickLog {
        QuickLog {
            despite: None,
            contact: NewContact {
                at: self.clock.now(),
                channel: Channel::Phone,
                direction: Direction::Incoming,
                party: Party::Family,
                people: Vec::new(),
                about: None,
                minutes: Some(20),
                result: Outcome::Talked,
                staff: Vec::new(),
                next_on: None,
            },
            with,
            blocks: words
                .iter()
                .map(|text| block(text, BlockKind::FamilyWords))
                .collect(),
            staff_line: String::new(),
            state: State::Confirmed,
        }
    }

    async fn logs(
        &self,
        session: &Session,
        case: CaseId,
        log: &QuickLog,
    ) -> casework::quick_log::Logged {
        self.casework
            .log(session, case, log, &Token::fresh())
            .await
            .unwrap()
    }

    async fn all(&self, session: &Session, case: CaseId) -> Timeline {
        self.casework
            .timeline(session, case, None, None)
            .await
            .unwrap()
    }

    /// Lets somebody work on the compartments of some voices alone.
    async fn only(
        &self,
        lead: &Session,
        case: CaseId,
        staff: StaffId,
        only: Vec<basics::CompartmentId>,
    ) {
        let new = NewAssignment {
            only: Some(only),
            ..NewAssignment::whole(staff, AssignmentKind::Sub, &self.clock)
        };
        self.casework.assign(lead, case, &new).await.unwrap();
    }
}

fn mother(opened: &Opened) -> With {
    With::Person(opened.consulter.unwrap())
}

fn words(timeline: &Timeline) -> Vec<String> {
    let mut all = Vec::new();
    for entry in &timeline.entries {
        match &entry.what {
            What::Contact(_, notes) => {
                all.extend(
                    notes
                        .iter()
                        .flat_map(casework::note::NoteView::blocks)
                        .map(|block| block.text.clone()),
                );
            }
            What::Note(note) => all.extend(note.blocks().iter().map(|block| block.text.clone())),
            What::Addendum { body, .. } => all.push(body.clone()),
            What::Letters(_) => {}
        }
    }
    all
}

fn only_note(timeline: &Timeline) -> &casework::note::NoteView {
    match &timeline.entries[0].what {
        What::Contact(_, notes) => &notes[0],
        What::Note(note) => note,
        other => panic!("{other:?}"),
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Contact, note and the line for the staff: one transaction, each in its compartment, side by side in the timeline.
    async fn a_call_is_one_entry_and_a_line_for_the_staff_another(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let log = QuickLog { staff_line: "次は二人で聞く".into(), ..world.a_call(mother(&case), &["夜は起きているようです"]) };
        let logged = world.logs(&me, case.case, &log).await;
        assert_eq!(logged.compartment, case.compartment);
        let page = world.all(&me, case.case).await;
        assert_eq!(page.entries.len(), 2);
        let kinds: Vec<_> = page.entries.iter().map(|entry| entry.compartment == case.compartment).collect();
        assert!(kinds.contains(&true) && kinds.contains(&false));
        let mut found = words(&page);
        found.sort();
        assert_eq!(found, ["夜は起きているようです", "次は二人で聞く"]);
        let contact = page.entries.iter().find_map(|entry| match &entry.what {
            What::Contact(contact, notes) => Some((contact, notes)),
            _ => None,
        });
        let (contact, notes) = contact.unwrap();
        assert_eq!((contact.party, contact.minutes), (Party::Family, Some(20)));
        assert_eq!((&contact.people, &contact.staff), (&vec![case.consulter.unwrap()], &vec![me.staff()]));
        assert_eq!(notes[0].blocks()[0].source, case.consulter, "whose words is filled in");
    }

    /// Nobody answered: that is a contact too, and nothing has to be written.
    async fn an_attempt_that_reached_nobody_is_a_contact(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let mut log = world.a_call(mother(&case), &[]);
        log.contact.direction = Direction::Outgoing;
        log.contact.result = Outcome::NoAnswer;
        let logged = world.logs(&me, case.case, &log).await;
        assert_eq!((logged.note, logged.staff_note), (None, None));
        assert_eq!(world.number_of("SELECT COUNT(*) FROM contact WHERE result = 'no_answer'").await, 1);
    }

    /// A double click is one contact; the same form with other words is told, and nothing of it is lost unsaid.
    async fn a_double_click_is_one_contact(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let token = Token::fresh();
        let log = world.a_call(mother(&case), &["一度だけ"]);
        world.casework.log(&me, case.case, &log, &token).await.unwrap();
        let again = world.casework.log(&me, case.case, &log, &token).await.unwrap_err();
        assert!(matches!(again, Error::Again), "{again:?}");
        let other = world.a_call(mother(&case), &["一度だけ。書き足し"]);
        let other = world.casework.log(&me, case.case, &other, &token).await.unwrap_err();
        assert!(matches!(other, Error::Illegal(_)), "{other:?}");
        assert_eq!(world.number_of("SELECT COUNT(*) FROM contact").await, 1);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM note").await, 1);
    }

    /// A new voice opens its own compartment; several together theirs, once.
    async fn who_speaks_chooses_the_compartment(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let sister = With::New(NewPerson::unknown(Part::Family, Relationship::ElderSister).called("あおい"));
        let first = world.logs(&me, case.case, &world.a_call(sister, &["姉です"])).await;
        assert_ne!(first.compartment, case.compartment);
        let view = world.casework.case(&me, case.case).await.unwrap();
        let sister = view.people.iter().find(|one| one.relationship == Relationship::ElderSister).unwrap().id;
        let again = world.logs(&me, case.case, &world.a_call(With::Person(sister), &["また電話"])).await;
        assert_eq!(first.compartment, again.compartment);
        let both = vec![sister, case.consulter.unwrap()];
        let joint = world.logs(&me, case.case, &world.a_call(With::Together(both.clone()), &["二人で"])).await;
        let swapped = both.into_iter().rev().collect();
        assert_eq!(world.logs(&me, case.case, &world.a_call(With::Together(swapped), &["また二人で"])).await.compartment, joint.compartment);
        let view = world.casework.case(&me, case.case).await.unwrap();
        let joint = view.compartments.iter().find(|one| one.id == joint.compartment).unwrap();
        assert!(joint.kind == CompartmentKind::Joint && joint.is_held_by(sister));
        let agency = world.logs(&me, case.case, &world.a_call(With::Agency, &["包括から"])).await;
        let view = world.casework.case(&me, case.case).await.unwrap();
        let agency = view.compartments.iter().find(|one| one.id == agency.compartment).unwrap();
        assert_eq!(agency.kind, CompartmentKind::Staff);
        let stranger = world.casework.log(&me, case.case, &world.a_call(With::Person(PersonId::from(5)), &["?"]), &Token::fresh()).await;
        assert!(stranger.unwrap_err().is_not_found());
    }

    /// F5 story 3 「弟には言わない」 (inv. 1, 2): two workers, two sides of one household; kinship and a shared case open
    /// nothing. What was said together lies in 共同, and both hold it.
    async fn the_brother_is_not_told(db: TestDb) {
        let world = World::new(&db).await;
        let lead = world.supervisor().await;
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: None,
            subject_knows: Knows::Knows,
            thread: None,
        };
        let case = world.casework.open_new(&lead, &new).await.unwrap();
        let sister = With::New(NewPerson::unknown(Part::Family, Relationship::ElderSister));
        let hers = world.logs(&lead, case.case, &world.a_call(sister, &["姉の言葉"])).await.compartment;
        let view = world.casework.case(&lead, case.case).await.unwrap();
        let sister = view.people[1].id;
        let his = world.logs(&lead, case.case, &world.a_call(With::Person(case.principal), &["弟の言葉"])).await.compartment;
        let together = With::Together(vec![case.principal, sister]);
        let joint = world.logs(&lead, case.case, &world.a_call(together.clone(), &["二人の言葉"])).await.compartment;
        let (one, other) = (world.office.another("one", Role::Coordinator).await, world.office.another("other", Role::Coordinator).await);
        world.only(&lead, case.case, one.staff, vec![his, joint]).await;
        world.only(&lead, case.case, other.staff, vec![hers, joint]).await;
        let (one, other) = (world.session(&one).await, world.session(&other).await);
        let mut seen = words(&world.all(&one, case.case).await);
        seen.sort();
        assert_eq!(seen, ["二人の言葉", "弟の言葉"]);
        let mut seen = words(&world.all(&other, case.case).await);
        seen.sort();
        assert_eq!(seen, ["二人の言葉", "姉の言葉"]);
        // Asking for the other side by its number is asking for nothing that is there, and is recorded.
        let asked = world.casework.timeline(&one, case.case, Some(hers), None).await.unwrap_err();
        let nothing = world.casework.timeline(&one, case.case, Some(basics::CompartmentId::from(7)), None).await.unwrap_err();
        assert!(asked.is_not_found() && nothing.is_not_found());
        assert_eq!(world.recorded("compartment.read", "refused").await, 2);
        // Nor can one side's worker write into the other's.
        let into = world.casework.log(&one, case.case, &world.a_call(With::Person(sister), &["?"]), &Token::fresh()).await;
        assert!(into.unwrap_err().is_not_found());
        // The form offers each only their own side, and says who will read it.
        let form = world.casework.log_form(&other, case.case).await.unwrap();
        assert_eq!(form.voices.iter().map(|voice| voice.person).collect::<Vec<_>>(), [sister]);
        assert!(!form.may_write_staff);
        assert!(form.voices[0].readers.iter().any(|name| name == other.name()));
        assert!(!form.voices[0].readers.iter().any(|name| name == one.name()));
        // Both may write down what was said together, and both read it.
        world.logs(&other, case.case, &world.a_call(together, &["また二人で"])).await;
        assert!(words(&world.all(&one, case.case).await).contains(&"また二人で".to_owned()));
    }

    /// A note by its number, out of a compartment that is out of reach: absent.
    async fn a_note_is_read_in_its_compartment_alone(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let mothers = world.logs(&me, case.case, &world.a_call(mother(&case), &["母の言葉"])).await;
        let his = world.casework.open_compartment(&me, case.case, &Voice::Principal(case.principal)).await.unwrap();
        let other = world.office.another("other", Role::Coordinator).await;
        world.only(&me, case.case, other.staff, vec![his]).await;
        let other = world.session(&other).await;
        let note = mothers.note.unwrap();
        assert!(world.casework.note(&other, case.case, note).await.unwrap_err().is_not_found());
        assert!(world.casework.correct_note(&other, case.case, note, 1, "なおす", &[seen("?")]).await.unwrap_err().is_not_found());
        assert!(world.casework.void_contact(&other, case.case, mothers.contact).await.unwrap_err().is_not_found());
        assert!(words(&world.all(&other, case.case).await).is_empty());
        // The number of another case's note is no number here.
        let second = world.a_mothers_case(&me).await;
        assert!(world.casework.note(&me, second.case, note).await.unwrap_err().is_not_found());
        assert!(world.casework.void_contact(&me, second.case, mothers.contact).await.unwrap_err().is_not_found());
    }

    /// Inv. 11: what is confirmed is only added to; every revision stays in sight with its author and reason.
    async fn a_confirmed_note_is_corrected_and_never_changed(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let note = world.logs(&me, case.case, &world.a_call(mother(&case), &["息子は20歳"])).await.note.unwrap();
        let written = world.casework.save_draft(&me, case.case, note, 1, &[seen("書きかえ")]).await.unwrap_err();
        assert!(matches!(written, Error::Illegal(_)), "{written:?}");
        assert!(matches!(world.casework.discard_note(&me, case.case, note, 1).await.unwrap_err(), Error::Illegal(_)));
        let without = world.casework.correct_note(&me, case.case, note, 1, " ", &[seen("21歳")]).await.unwrap_err();
        assert!(matches!(without, Error::Invalid { field: "reason", .. }), "{without:?}");
        let sub = world.office.another("sub", Role::Coordinator).await;
        world.casework.assign(&me, case.case, &NewAssignment::whole(sub.staff, AssignmentKind::Sub, &world.clock)).await.unwrap();
        let sub = world.session(&sub).await;
        world.wait(1);
        world.casework.correct_note(&sub, case.case, note, 1, "聞きまちがい", &[seen("息子は21歳")]).await.unwrap();
        // Whoever corrects what they had before them a while ago is told.
        let late = world.casework.correct_note(&me, case.case, note, 1, "なおす", &[seen("22歳")]).await.unwrap_err();
        assert!(matches!(late, Error::Meanwhile), "{late:?}");
        let (_, view) = world.casework.note(&me, case.case, note).await.unwrap();
        let told: Vec<_> = view.revisions.iter().map(|one| (one.author, one.reason.as_str(), one.blocks[0].text.as_str())).collect();
        assert_eq!(told, [(me.staff(), "", "息子は20歳"), (sub.staff(), "聞きまちがい", "息子は21歳")]);
        assert_eq!(view.author, me.staff());
    }

    /// Two windows on one draft: the second is told, nothing is overwritten. A colleague leaves it alone.
    async fn two_windows_on_one_draft_do_not_overwrite_each_other(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let log = QuickLog { state: State::Draft, ..world.a_call(mother(&case), &["はじめ"]) };
        let note = world.logs(&me, case.case, &log).await.note.unwrap();
        world.casework.save_draft(&me, case.case, note, 1, &[seen("一つめの画面")]).await.unwrap();
        let second = world.casework.save_draft(&me, case.case, note, 1, &[seen("二つめの画面")]).await.unwrap_err();
        assert!(matches!(second, Error::Meanwhile), "{second:?}");
        let stale = world.casework.confirm_note(&me, case.case, note, 1).await.unwrap_err();
        assert!(matches!(stale, Error::Meanwhile), "{stale:?}");
        let sub = world.office.another("sub", Role::Coordinator).await;
        world.casework.assign(&me, case.case, &NewAssignment::whole(sub.staff, AssignmentKind::Sub, &world.clock)).await.unwrap();
        let sub = world.session(&sub).await;
        for refused in [
            world.casework.save_draft(&sub, case.case, note, 2, &[seen("同僚")]).await,
            world.casework.confirm_note(&sub, case.case, note, 2).await,
            world.casework.discard_note(&sub, case.case, note, 2).await,
        ] {
            assert!(matches!(refused.unwrap_err(), Error::Illegal(_)));
        }
        let page = world.all(&sub, case.case).await;
        assert_eq!((only_note(&page).state, words(&page)), (State::Draft, vec!["一つめの画面".to_owned()]));
        world.casework.confirm_note(&me, case.case, note, 2).await.unwrap();
        assert_eq!(only_note(&world.all(&me, case.case).await).state, State::Confirmed);
    }

    /// A draft outlives a closed tab and a restart, opens for nobody else, and lies unreadable in the file.
    async fn a_draft_outlives_a_restart_and_opens_for_its_writer_alone(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let key = form_key(case.case);
        let token = Token::fresh();
        let text = "words=%E3%81%8A%E6%AF%8D%E3%81%95%E3%82%93 お母さんの声がかすれていた";
        world.casework.keep_draft(&me, &key, &token, "はじめの一行").await.unwrap();
        world.casework.keep_draft(&me, &key, &token, text).await.unwrap();
        let restarted = Casework::new(world.db.clone(), world.clock.clone(), world.mailbox.clone());
        let again = world.coordinator().await;
        assert_eq!(restarted.draft(&again, &key).await.unwrap().unwrap().text, text);
        let lead = world.supervisor().await;
        assert!(restarted.draft(&lead, &key).await.unwrap().is_none());
        // Even whoever moves the row to another colleague reads nothing.
        let mut tx = world.db.begin("draft.keep").await.unwrap();
        tx.conn().exec("UPDATE draft SET staff_id = $1", store::params![lead.staff().get()]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(restarted.draft(&lead, &key).await.unwrap().is_none());
        let raw = db.raw_bytes().await;
        for word in ["お母さんの声", "%E3%81%8A%E6%AF%8D"] {
            assert!(!raw.windows(word.len()).any(|window| window == word.as_bytes()), "{word} is readable");
        }
    }

    /// Sent is sent: the draft is gone with it, and a late browser does not bring it back. Nobody came back: 30 days.
    async fn a_draft_ends_when_its_form_is_sent_or_after_thirty_days(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let key = form_key(case.case);
        let token = Token::fresh();
        world.casework.keep_draft(&me, &key, &token, "書きかけ").await.unwrap();
        world.casework.log(&me, case.case, &world.a_call(mother(&case), &["書きおえた"]), &token).await.unwrap();
        assert!(world.casework.draft(&me, &key).await.unwrap().is_none());
        world.casework.keep_draft(&me, &key, &token, "書きかけ（おくれて届いた）").await.unwrap();
        assert!(world.casework.draft(&me, &key).await.unwrap().is_none());
        world.casework.keep_draft(&me, &key, &Token::fresh(), "次の書きかけ").await.unwrap();
        assert!(world.casework.draft(&me, &key).await.unwrap().is_some());
        world.wait(24 * 29);
        assert_eq!(world.casework.purge_drafts().await.unwrap(), 0);
        world.wait(24 * 2);
        assert_eq!(world.casework.purge_drafts().await.unwrap(), 1);
        assert!(world.casework.draft(&world.coordinator().await, &key).await.unwrap().is_none());
    }

    /// Inv. 8: the person does not know; nothing that went to them is written down as if it had been all right.
    async fn what_went_to_a_person_who_must_not_know_is_stopped(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let mut log = world.a_call(With::Person(case.principal), &["呼びかけた"]);
        log.contact.direction = Direction::Outgoing;
        let stopped = world.casework.log(&me, case.case, &log, &Token::fresh()).await.unwrap_err();
        assert!(matches!(stopped, Error::Guarded(_)), "{stopped:?}");
        assert_eq!(world.number_of("SELECT COUNT(*) FROM contact").await, 0);
        // He calls by himself: that is always written down.
        log.contact.direction = Direction::Incoming;
        world.logs(&me, case.case, &log).await;
        world.hear(&me, &case, Knows::Knows).await.unwrap();
        log.contact.direction = Direction::Outgoing;
        world.logs(&me, case.case, &log).await;
    }

    /// Story 12: the receiver reads the hand-over sheet before the first contact that goes out; what comes in is written.
    async fn the_sheet_is_read_before_the_first_contact(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let next = world.office.another("next", Role::Coordinator).await;
        let due = NewAssignment { sheet_due: true, ..NewAssignment::whole(next.staff, AssignmentKind::Main, &world.clock) };
        world.casework.assign(&me, case.case, &due).await.unwrap();
        let next = world.session(&next).await;
        let mut log = world.a_call(mother(&case), &["はじめまして"]);
        log.contact.direction = Direction::Outgoing;
        let stopped = world.casework.log(&next, case.case, &log, &Token::fresh()).await.unwrap_err();
        assert!(matches!(stopped, Error::Guarded(_)), "{stopped:?}");
        log.contact.direction = Direction::Incoming;
        world.logs(&next, case.case, &log).await;
    }

    /// What cannot be is told at its field.
    async fn what_cannot_be_is_told_at_its_field(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let good = world.a_call(mother(&case), &["ことば"]);
        let mut future = good.clone();
        future.contact.at = world.clock.now() + 2.hours();
        let mut long = good.clone();
        long.contact.minutes = Some(2_000);
        let mut before = good.clone();
        before.contact.next_on = Some(world.clock.today() - 1.day());
        let alone = QuickLog { with: With::Together(vec![case.principal]), ..good.clone() };
        for (log, at) in [(future, "day"), (long, "minutes"), (before, "next"), (alone, "together")] {
            let told = world.casework.log(&me, case.case, &log, &Token::fresh()).await.unwrap_err();
            assert!(matches!(&told, Error::Invalid { field, .. } if *field == at), "{told:?}");
        }
        assert_eq!(world.number_of("SELECT COUNT(*) FROM contact").await, 0);
    }

    /// A long case: page by page, nothing twice and nothing left out, also where many things happened at one moment.
    async fn the_timeline_goes_on_page_by_page(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        for n in 0..40 {
            let mut log = world.a_call(mother(&case), &[&format!("電話{n}")]);
            if n % 3 == 0 {
                log.staff_line = format!("職員{n}");
            }
            if n % 4 == 0 {
                world.wait(1);
            }
            log.contact.at = world.clock.now();
            world.logs(&me, case.case, &log).await;
        }
        let mut below = None;
        let mut all = Vec::new();
        let mut pages = 0;
        loop {
            let page = world.casework.timeline(&me, case.case, None, below).await.unwrap();
            assert!(page.entries.windows(2).all(|two| two[0].at >= two[1].at));
            all.extend(words(&page));
            pages += 1;
            below = page.older;
            if below.is_none() {
                break;
            }
        }
        assert_eq!((pages, all.len()), (2, 54));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 54);
        let only = world.casework.timeline(&me, case.case, Some(case.compartment), None).await.unwrap();
        assert!(only.entries.iter().all(|entry| entry.compartment == case.compartment));
    }

    /// 「私はこう言いたい」 stands beside the notes of its side, on the thread, and with the writer; other sides see nothing.
    async fn an_addendum_stands_beside_the_notes_of_its_side(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let sent = world.a_letter("息子のことで、はじめて書きます").await;
        let holder = world.mailbox.holder(&sent.code).await.unwrap();
        let token = Token::fresh();
        // Before there is a case, and after: the same for whoever holds the code.
        world.casework.add_addendum(&holder, "わたしは急いでいません", &token).await.unwrap();
        let again = world.casework.add_addendum(&holder, "わたしは急いでいません", &token).await.unwrap_err();
        assert!(matches!(again, Error::Mailbox(mailbox::Error::Again)), "{again:?}");
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother)),
            subject_knows: Knows::DoesNot,
            thread: Some(sent.thread),
        };
        let case = world.casework.open_new(&me, &new).await.unwrap();
        world.wait(1);
        let holder = world.mailbox.holder(&sent.code).await.unwrap();
        world.casework.add_addendum(&holder, "眠れないとは言っていません", &Token::fresh()).await.unwrap();
        let page = world.all(&me, case.case).await;
        assert_eq!(words(&page), ["眠れないとは言っていません", "わたしは急いでいません"]);
        assert!(page.entries.iter().any(|entry| matches!(entry.what, What::Letters(_))));
        let (thread, letters) = world.mailbox.read_at_desk(&me, sent.thread).await.unwrap();
        assert_eq!(letters.iter().filter(|letter| letter.side == mailbox::Side::Addendum).count(), 2);
        assert_eq!(thread.state, mailbox::State::Waiting, "it moved nothing");
        let own = world.mailbox.read_as_holder(&holder).await.unwrap();
        assert_eq!(own.len(), 3);
        let his = world.casework.open_compartment(&me, case.case, &Voice::Principal(case.principal)).await.unwrap();
        let other = world.office.another("other", Role::Coordinator).await;
        world.only(&me, case.case, other.staff, vec![his]).await;
        let other = world.session(&other).await;
        assert!(world.all(&other, case.case).await.entries.is_empty());
    }

    /// The one who leads the office reads every side and writes for the staff alone.
    async fn a_supervisor_writes_for_the_staff_alone(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        world.logs(&me, case.case, &world.a_call(mother(&case), &["母の言葉"])).await;
        let lead = world.supervisor().await;
        assert_eq!(words(&world.all(&lead, case.case).await), ["母の言葉"]);
        let form = world.casework.log_form(&lead, case.case).await.unwrap();
        assert!(form.voices.is_empty() && !form.may_write_voices && form.may_write_staff);
        let sister = NewPerson::unknown(Part::Family, Relationship::ElderSister);
        for with in [mother(&case), With::New(sister), With::Together(vec![case.principal, case.consulter.unwrap()])] {
            let refused = world.casework.log(&lead, case.case, &world.a_call(with, &["?"]), &Token::fresh()).await;
            assert!(refused.unwrap_err().is_not_found());
        }
        assert_eq!(world.number_of("SELECT COUNT(*) FROM contact").await, 1);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM compartment").await, 2);
        world.logs(&lead, case.case, &world.a_call(With::Agency, &["包括から"])).await;
        assert_eq!(words(&world.all(&me, case.case).await).len(), 2);
    }

    /// A contact belongs to the support period it falls into; after its end one still writes things down.
    async fn a_record_after_the_end_belongs_to_no_period(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        world.logs(&me, case.case, &world.a_call(mother(&case), &["まえ"])).await;
        let mut tx = world.db.begin("draft.keep").await.unwrap();
        tx.conn().exec("UPDATE engagement SET state = 'finished'", &[]).await.unwrap();
        tx.commit().await.unwrap();
        world.wait(1);
        world.logs(&me, case.case, &world.a_call(mother(&case), &["あと"])).await;
        assert_eq!(world.number_of("SELECT COUNT(*) FROM contact WHERE engagement_id IS NOT NULL").await, 1);
        assert_eq!(words(&world.all(&me, case.case).await), ["あと", "まえ"]);
    }

    /// What was entered by mistake stays, is marked, and is not counted.
    async fn a_mistaken_contact_stays_and_is_not_counted(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let logged = world.logs(&me, case.case, &world.a_call(mother(&case), &["まちがい"])).await;
        world.casework.void_contact(&me, case.case, logged.contact).await.unwrap();
        assert!(matches!(world.casework.void_contact(&me, case.case, logged.contact).await.unwrap_err(), Error::Again));
        let page = world.all(&me, case.case).await;
        assert!(matches!(&page.entries[0].what, What::Contact(contact, notes) if contact.void && notes.len() == 1));
    }
}

/// Inv. 1, at the source: no statement reads blocks without saying of which compartment.
#[test]
fn no_query_reads_blocks_without_a_compartment() {
    let sources = [
        include_str!("../../src/note.rs"),
        include_str!("../../src/note/read.rs"),
        include_str!("../../src/timeline.rs"),
        include_str!("../../src/quick_log.rs"),
    ];
    let mut found = 0;
    for source in sources {
        for statement in source.split('"').skip(1).step_by(2) {
            let reads = [
                "FROM note_revision",
                "UPDATE note_revision",
                "JOIN note_revision",
            ];
            if reads.iter().any(|word| statement.contains(word)) {
                found += 1;
                assert!(statement.contains("compartment_id = $"), "{statement}");
            }
        }
    }
    assert!(found >= 4, "the statements moved: look for them again");
}
