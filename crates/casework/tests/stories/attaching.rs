//! Attachments: all of it or nothing, by content, downloads only for who reaches the compartment.

use crate::world::{MIGRATIONS, World};
use basics::{CaseId, CompartmentId};
use casework::attachment::{FileKind, LARGEST};
use office::{CompartmentKind, Role, Session};
use testkit::TestDb;

/// A PDF of this many bytes, no two pieces alike.
pub fn a_pdf(bytes: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    file.extend((0..bytes).map(|n| u8::try_from((n / 7 + n / 4093) % 251).unwrap()));
    file.truncate(bytes);
    file
}

async fn put(world: &World, who: &Session, case: CaseId, into: CompartmentId, file: &[u8]) -> i64 {
    let mut upload = world.casework.attach(who, case, into).await.unwrap();
    for chunk in file.chunks(10_000) {
        upload.take(chunk).await.unwrap();
    }
    upload
        .finish(who, "診断書.exe", "母から預かった写し")
        .await
        .unwrap()
}

async fn fetch(world: &World, who: &Session, case: CaseId, id: i64) -> casework::Result<Vec<u8>> {
    let mut download = world.casework.download(who, case, id).await?;
    let mut file = Vec::new();
    while let Some(piece) = download.next().await? {
        file.extend_from_slice(&piece);
    }
    Ok(file)
}

impl World {
    /// Lets a file be as long as this, without its bytes.
    async fn change_bytes(&self, id: i64, bytes: i64) {
        self.change(&format!(
            "UPDATE attachment SET bytes = {bytes} WHERE id = {id}"
        ))
        .await;
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    async fn a_file_comes_back_as_it_went_in(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let file = a_pdf(700_000);
        let id = put(&world, &me, opened.case, opened.compartment, &file).await;
        assert!(fetch(&world, &me, opened.case, id).await.unwrap() == file);
        let shelf = world.casework.attachments(&me, opened.case).await.unwrap();
        let about = shelf.files[0].about.clone().unwrap();
        assert_eq!((about.name.as_str(), about.note.as_str()), ("診断書.exe.pdf", "母から預かった写し"));
        assert_eq!((shelf.files[0].kind, shelf.used), (FileKind::Pdf, 700_000));
        let found = world.casework.search(&me, "診断書 預かった").await.unwrap();
        assert_eq!(found.total, 1);
        assert_eq!(world.recorded("attachment.read", "ok").await, 1);
    }

    /// Absent and forbidden are one; a leader reads and does not put anything into the family's compartment.
    async fn a_file_is_read_where_its_compartment_is(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let id = put(&world, &me, opened.case, opened.compartment, &a_pdf(3_000)).await;
        let other = world.a_mothers_case(&me).await;
        assert!(fetch(&world, &me, other.case, id).await.unwrap_err().is_not_found());
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        assert!(fetch(&world, &stranger, opened.case, id).await.unwrap_err().is_not_found());
        let refused = world.casework.attach(&stranger, opened.case, opened.compartment).await;
        assert!(refused.err().unwrap().is_not_found());
        let lead = world.supervisor().await;
        assert!(fetch(&world, &lead, opened.case, id).await.is_ok());
        assert!(world.casework.attach(&lead, opened.case, opened.compartment).await.is_err());
    }

    /// A broken line, a program, a page for a browser, a film: nothing of it stays.
    async fn what_breaks_off_or_is_refused_leaves_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let (case, into) = (opened.case, opened.compartment);
        let mut upload = world.casework.attach(&me, case, into).await.unwrap();
        upload.take(&a_pdf(600_000)).await.unwrap();
        assert!(world.casework.attachments(&me, case).await.unwrap().files.is_empty());
        drop(upload);
        for bad in [&b"<!doctype html><p>x</p>"[..], b"MZ\x90\0\x03", b"<svg/>"] {
            let mut upload = world.casework.attach(&me, case, into).await.unwrap();
            upload.take(bad).await.unwrap();
            let error = upload.finish(&me, "x.pdf", "").await.unwrap_err();
            assert!(error.to_string().contains("受け取れません"));
        }
        let mut upload = world.casework.attach(&me, case, into).await.unwrap();
        let mut taken = Ok(());
        for _ in 0..=(LARGEST / 1_000_000 + 1) {
            taken = upload.take(&a_pdf(1_000_000)).await;
            if taken.is_err() {
                break;
            }
        }
        assert!(taken.unwrap_err().to_string().contains("20MB"));
        upload.give_up().await.unwrap();
        // What a browser left half way is taken away by a task of its own.
        for _ in 0..200 {
            if world.number_of("SELECT COUNT(*) FROM attachment").await == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(world.number_of("SELECT COUNT(*) FROM attachment").await, 0);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM attachment_piece").await, 0);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM findable WHERE source = 'attachment'").await, 0);
    }

    /// A piece that was changed, left out or moved is an error and never a shorter file.
    /// A case holds 200 MiB: full, it is said before the first byte; a file that would go past it leaves nothing behind.
    async fn a_case_that_is_full_says_so(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let (case, into) = (opened.case, opened.compartment);
        let first = put(&world, &me, case, into, &a_pdf(3_000)).await;
        let holds = |bytes: i64| world.change_bytes(first, bytes);
        holds(casework::attachment::QUOTA - 1_000).await;
        let mut upload = world.casework.attach(&me, case, into).await.unwrap();
        upload.take(&a_pdf(1_001)).await.unwrap();
        let error = upload.finish(&me, "写し.pdf", "").await.unwrap_err();
        assert!(error.to_string().contains("合わせて200MBまで"), "{error}");
        assert_eq!(world.number_of("SELECT COUNT(*) FROM attachment").await, 1);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM attachment_piece").await, 1);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM findable WHERE source = 'attachment'").await, 1);
        holds(casework::attachment::QUOTA).await;
        let error = world.casework.attach(&me, case, into).await.err().unwrap();
        assert!(error.to_string().contains("合わせて200MBまで"), "{error}");
        // Another case is another shelf; and one byte less than the limit fits.
        let other = world.a_mothers_case(&me).await;
        put(&world, &me, other.case, other.compartment, &a_pdf(3_000)).await;
        holds(casework::attachment::QUOTA - 3_000).await;
        put(&world, &me, case, into, &a_pdf(3_000)).await;
    }

    async fn a_changed_piece_is_noticed(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let id = put(&world, &me, opened.case, opened.compartment, &a_pdf(800_000)).await;
        world.change("UPDATE attachment_piece SET n = n + 7 WHERE n = 0").await;
        world.change("UPDATE attachment_piece SET n = 0 WHERE n = 1").await;
        assert!(fetch(&world, &me, opened.case, id).await.is_err());
    }

    /// Put in by mistake: whoever did takes it back within a day. What stays is that there was one.
    async fn a_file_taken_back_leaves_a_line_without_a_name(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let id = put(&world, &me, opened.case, opened.compartment, &a_pdf(3_000)).await;
        let second = put(&world, &me, opened.case, opened.compartment, &a_pdf(3_000)).await;
        world.casework.hold(&me, opened.case, casework::retention::HoldGround::Litigation).await.unwrap();
        assert!(world.casework.take_back_attachment(&me, opened.case, id).await.is_err());
        let hold = world.casework.retention(&me).await.unwrap().holds[0].id;
        let lead = world.supervisor().await;
        assert!(world.casework.lift_hold(&me, opened.case, hold).await.is_err(), "a supervisor's decision");
        world.casework.lift_hold(&lead, opened.case, hold).await.unwrap();
        world.casework.take_back_attachment(&me, opened.case, id).await.unwrap();
        let shelf = world.casework.attachments(&me, opened.case).await.unwrap();
        let gone = shelf.files.iter().find(|file| file.id == id).unwrap();
        assert!(gone.about.is_none() && gone.erased_on.is_some() && gone.bytes == 0);
        assert!(fetch(&world, &me, opened.case, id).await.is_err());
        assert_eq!(world.number_of(&format!("SELECT COUNT(*) FROM attachment_piece WHERE attachment_id = {id}")).await, 0);
        world.wait(25);
        let me = world.coordinator().await;
        assert!(world.casework.take_back_attachment(&me, opened.case, second).await.is_err(), "after a day");
        let view = world.casework.case(&me, opened.case).await.unwrap();
        assert_eq!(view.compartments[0].kind, CompartmentKind::Family);
    }
}
