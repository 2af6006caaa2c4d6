//! Search: inside what the asker may open, and nothing of it written down.

use crate::world::{MIGRATIONS, World};
use casework::search::What;
use casework::{Knows, NewCase, NewPerson, Part, Relationship};
use office::Role;
use testkit::TestDb;

/// A case of somebody with this name.
pub fn named(name: &str, kana: &str, nickname: &str) -> NewCase {
    let mut principal = NewPerson::unknown(Part::Principal, Relationship::Oneself).called(nickname);
    name.clone_into(&mut principal.identity.name);
    kana.clone_into(&mut principal.identity.kana);
    NewCase {
        principal,
        consulter: None,
        subject_knows: Knows::Knows,
        thread: None,
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Name, kana and nickname, however they are typed; the number leads straight there.
    async fn a_case_is_found_by_what_is_known_of_it(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.casework.open_new(&me, &named("渡邊 湊", "わたなべ みなと", "みーくん")).await.unwrap();
        world.a_mothers_case(&me).await;
        for typed in ["渡辺", "ワタナベ", "わたなべみなと", "みーくん", "みなと　渡邉"] {
            let found = world.casework.search(&me, typed).await.unwrap();
            assert_eq!(found.total, 1, "{typed}");
            assert_eq!(found.lines[0].case, Some(opened.case));
            assert_eq!(found.lines[0].number, Some(opened.number));
            assert_eq!(found.lines[0].principal, "本人（みーくんさん）");
        }
        for typed in ["2", "２番", "No.2"] {
            let found = world.casework.search(&me, typed).await.unwrap();
            assert!(found.jump.is_some() && found.lines[0].what == What::Case, "{typed}");
        }
        for typed in ["", "　", "いない人", "湊 すみれ"] {
            assert_eq!(world.casework.search(&me, typed).await.unwrap().total, 0, "{typed}");
        }
    }

    /// inv. 10: what is out of reach is neither shown nor counted; the answer is that of an empty office.
    async fn a_search_ends_where_the_reach_ends(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        world.casework.open_new(&me, &named("渡邊 湊", "わたなべ みなと", "みーくん")).await.unwrap();
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        for typed in ["渡辺", "1", "みーくん"] {
            let found = world.casework.search(&stranger, typed).await.unwrap();
            assert_eq!((found.total, found.lines.len(), found.jump), (0, 0, None), "{typed}");
        }
        let lead = world.supervisor().await;
        assert_eq!(world.casework.search(&lead, "渡辺").await.unwrap().total, 1);
        let refused = world.session(&world.office.administrator).await;
        assert!(world.casework.search(&refused, "渡辺").await.unwrap_err().is_not_found());
        assert_eq!(world.recorded("case.search", "refused").await, 1);
    }

    /// inv. 19: the chain says that somebody searched, and whether twice for the same; never for what.
    async fn the_words_are_kept_as_a_keyed_fingerprint(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        for typed in ["渡邊", "渡辺", "湊"] {
            world.casework.search(&me, typed).await.unwrap();
        }
        // Another office has another key: nobody can tell that both looked for the same.
        let far = testkit::builders::a_staffed_office(&world.db, &world.clock, "umi").await;
        let stranger = far.session(&far.coordinator).await;
        world.casework.search(&stranger, "渡辺").await.unwrap();
        let rows: Vec<(String,)> = world
            .db
            .read()
            .await
            .unwrap()
            .all("SELECT detail FROM audit_row WHERE action = 'case.searched' ORDER BY office_id, seq", &[])
            .await
            .unwrap();
        let details: Vec<String> = rows.into_iter().map(|(detail,)| detail).collect();
        assert_eq!(details.len(), 4);
        assert!(details[..3].iter().all(|one| *one != details[3]));
        assert_eq!(details[0], details[1], "the same words, folded");
        assert_ne!(details[0], details[2]);
        assert!(details.iter().all(|one| one.is_ascii() && one.starts_with("term=") && one.len() == 29));
    }

    /// A letter's number leads to the letter; one that became part of a case is found by who may open that case.
    async fn a_letter_is_found_by_its_number(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        world.a_letter("息子のことで書いています").await;
        let thread = basics::ThreadId::from(world.number_of("SELECT MAX(id) FROM thread").await);
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        let found = world.casework.search(&stranger, "1").await.unwrap();
        assert_eq!(found.lines[0].what, What::Thread(thread));
        let mut new = named("", "", "みなと");
        new.thread = Some(thread);
        world.casework.open_new(&me, &new).await.unwrap();
        assert_eq!(world.casework.search(&stranger, "1").await.unwrap().total, 0);
        assert_eq!(world.casework.search(&me, "1").await.unwrap().total, 2);
    }
}
