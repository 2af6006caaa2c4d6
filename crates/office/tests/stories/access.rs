//! Who may open what.

use crate::world::World;
use basics::{OfficeId, ThreadId};
use office::access::{self, Action, ThreadRef};
use office::{Error, Grant, Role, Session, audit};
use store::transact;
use testkit::TestDb;
use vault::{CompartmentKey, Place, Sealed, SymmetricKey};

const WORDS: &str = "夜になると眠れません。";
const PLACE: Place = Place {
    table: "letter",
    row: 7,
    column: "body",
};

struct Thread {
    office: OfficeId,
    id: ThreadId,
    wrapped: Vec<u8>,
    letter: Sealed<String>,
    key: CompartmentKey,
}

impl Thread {
    fn of(world: &World) -> Self {
        let id = ThreadId::from(42);
        let key = CompartmentKey::fresh();
        Self {
            office: world.office,
            id,
            wrapped: key.wrap_for(&world.office_key.public(), id.get()).unwrap(),
            letter: key.seal(&PLACE, &WORDS.to_owned()),
            key,
        }
    }

    fn by_ref(&self) -> ThreadRef<'_> {
        ThreadRef {
            office: self.office,
            id: self.id,
            wrapped_key: &self.wrapped,
            part_of: None,
        }
    }
}

async fn open(
    world: &World,
    session: &Session,
    thread: &Thread,
    action: Action,
) -> office::Result<Grant> {
    transact!(world.db, "test.open", |tx| {
        access::open_thread(tx, session, thread.by_ref(), action).await
    })
}

testkit::on_both_databases! {
    [office::MIGRATIONS];

    async fn a_coordinator_opens_a_letter_and_the_chain_says_so(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (session, _) = world.sign_in(&sato).await;
        let thread = Thread::of(&world);
        let grant = open(&world, &session, &thread, Action::ReadThread).await.unwrap();
        assert_eq!(grant.open(&thread.letter, &PLACE).unwrap(), WORDS);
        assert_eq!(world.recorded(world.office, "thread.read", "ok", "").await, 1);

        let answer = grant.seal(&Place { row: 8, ..PLACE }, &"お手紙を読みました。".to_owned());
        assert_eq!(grant.open(&answer, &Place { row: 8, ..PLACE }).unwrap(), "お手紙を読みました。");
        assert!(grant.open(&answer, &PLACE).is_err(), "a letter moved to another row does not open");
    }

    async fn an_administrator_opens_no_letter(db: TestDb) {
        let world = World::new(&db).await;
        let kanri = world.person("kanri", Role::Administrator).await;
        let (session, _) = world.sign_in(&kanri).await;
        let thread = Thread::of(&world);
        for action in Action::ALL.into_iter().filter(|action| action.code().starts_with("thread.")) {
            assert!(matches!(open(&world, &session, &thread, action).await, Err(Error::NotFound)), "{action:?}");
        }
        session.refusals().settled().await.unwrap();
        assert_eq!(world.recorded(world.office, "thread.read", "refused", "role").await, 1);
        let permit = world.operator(Action::GrantOfficeKey);
        let given = office::office_key::grant_founding_key(&world.db, &permit, &world.office_key, kanri.id).await;
        assert!(matches!(given, Err(Error::Invalid { .. })), "nobody can give an administrator the key");
    }

    /// Absent, of another office, or without the key: the same answer; and each try is in the chain, although the
    /// transaction it happened in was undone.
    async fn a_refused_attempt_is_in_the_chain(db: TestDb) {
        let world = World::new(&db).await;
        let aoba = world.neighbour().await;
        let sato = world.person("sato", Role::Coordinator).await;
        let new = world.person_without_key("atarashi", Role::Coordinator).await;
        let (session, _) = world.sign_in(&sato).await;
        let (keyless, _) = world.sign_in(&new).await;
        let theirs = Thread::of(&aoba);
        let other_office = open(&world, &session, &theirs, Action::ReadThread).await.unwrap_err();
        let no_key = open(&world, &keyless, &Thread::of(&world), Action::ReadThread).await.unwrap_err();
        let absent = access::absent(&session, ThreadId::from(99), Action::ReadThread);
        assert!([&other_office, &no_key, &absent].iter().all(|error| matches!(error, Error::NotFound)));
        assert_eq!(other_office.to_string(), absent.to_string());
        session.refusals().settled().await.unwrap();
        keyless.refusals().settled().await.unwrap();
        for reason in ["other_office", "no_office_key", "absent"] {
            assert_eq!(world.recorded(world.office, "thread.read", "refused", reason).await, 1, "{reason}");
        }
        assert!(audit::verify(&world.db).await.unwrap().iter().all(|chain| chain.fault.is_none()));
    }

    /// Even a row that claims to be of one's own office does not open with another office's key.
    async fn a_thread_relabelled_in_the_database_does_not_open(db: TestDb) {
        let world = World::new(&db).await;
        let aoba = world.neighbour().await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (session, _) = world.sign_in(&sato).await;
        let theirs = Thread { office: world.office, ..Thread::of(&aoba) };
        assert!(matches!(open(&world, &session, &theirs, Action::ReadThread).await, Err(Error::NotFound)));
    }

    async fn a_page_that_is_not_for_this_role_is_refused_and_recorded(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (session, _) = world.sign_in(&sato).await;
        let refused = access::permit(&session, Action::SeeAudit, "audit").await;
        assert!(matches!(refused, Err(Error::NotFound)));
        assert_eq!(world.recorded(world.office, "audit.see", "refused", "role").await, 1);
        let permit = access::permit(&session, Action::EditPhrases, "phrases").await.unwrap();
        assert!(permit.must_be_for(Action::ManageStaff).is_err(), "a permit for one thing is none for another");
    }

    async fn who_shows_the_code_opens_the_thread_and_is_recorded(db: TestDb) {
        let world = World::new(&db).await;
        let thread = Thread::of(&world);
        let code = SymmetricKey::random();
        let wrapped = thread.key.wrap_under(&code, thread.id.get());
        let grant = transact!(world.db, "test.code_holder", |tx| {
            let key = code.open_compartment(&wrapped, thread.id.get())?;
            access::code_holder(tx, &world.clock, world.office, thread.id, key, "thread.return").await
        })
        .unwrap();
        assert_eq!(grant.open(&thread.letter, &PLACE).unwrap(), WORDS);
        assert_eq!(world.recorded(world.office, "thread.return", "ok", "").await, 1);
        assert!(SymmetricKey::random().open_compartment(&wrapped, thread.id.get()).is_err());
    }
}
